/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_selftest.c - selftest=reserve: promises in the running kernel, before there is a program.
 *
 * Proves: in each school, with all other memory taken (MEMALLOC, per-CPU stacks included) exactly the promise is there for its
 * holder and for nobody else, and one page more is not; what is given up is everybody's again; a top-up is all or
 * nothing; an object costs one page at worst, and its holder never reclaims for it; a line is served in its order, however little the last one
 * wants; what can never be met is refused; a standing reserve that gets another size keeps what is drawn as far as that goes, and one that
 * can't get it stays as it was; what the kernel keeps for its own paths is there for them to its last page, for nobody else, and is filled up
 * again; who keeps a standing reserve himself draws it to the last page in an interrupt, while nobody else gets any, and a freed page is his
 * again; everything comes back.
 */
#include <pages/page_alloc.h>
#include <pages/pages_init.h>
#include <pages/slab.h>
#include <pages/stats.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <log/printk.h>
#include <arch/preempt.h>
#include <sync/kthread.h>
#include <sync/rcu.h>
#include <sync/sync_port.h>
#include <time/ktime.h>
#include <time/timer.h>

#include "../reserve_impl.h"
#include "../reserve_queue.h"
#include "../slab_impl.h"
#include "selftest_impl.h"

#define INSIDE	(QUIET | __GFP_RESERVE)
#define SIZE	200ul

static struct reserve_class test_class = RESERVE_CLASS_INIT("selftest");

/* What the kernel keeps for its own paths (reserve_kernel.c) while it is whole: held back before the first test. */
static struct {
	unsigned long kernel_pages;
} held;

static unsigned long all_reserved_pages(void)
{
	unsigned long sum = 0;

	for_each_zone(zone)
		sum += zone->reserved;
	return sum;
}

/* By the tests themselves. */
static unsigned long reserved_pages(void)
{
	return all_reserved_pages() - held.kernel_pages;
}

/* Free, and not the kernel's own. */
static unsigned long free_for_tests(void)
{
	return nr_free_pages() - held.kernel_pages;
}

static bool promise_is_kept_to_the_last_page(void)
{
	unsigned long before = settled_free_pages();
	struct page *others = NULL, *mine = NULL;
	struct reserve reserve;
	bool ok;

	reserve_init(&reserve, &test_class);
	if (!EXPECT(!reserve_begin(&reserve, SIZE, NODES_ALL)))
		return false;
	ok = EXPECT(reserved_pages() == SIZE);
	take_all_pages(&others);
	ok &= EXPECT(free_for_tests() == SIZE);
	ok &= EXPECT(take_pages(INSIDE, SIZE + 1, &mine) == SIZE);
	ok &= EXPECT(reserve_left(&reserve) == 0 && atomic_long_read(&reserve.drawn) == SIZE);
	ok &= EXPECT(take_pages(INSIDE | __GFP_HIGH, 1, &mine) == 0);
	reserve_end(&reserve);
	ok &= EXPECT(reserved_pages() == 0);
	give_pages_back(&mine);
	give_pages_back(&others);
	return ok & all_came_back(before);
}

static bool what_is_not_drawn_is_given_up(void)
{
	unsigned long before = settled_free_pages();
	struct page *others = NULL, *mine = NULL;
	struct reserve reserve;
	bool ok;

	reserve_init(&reserve, &test_class);
	if (!EXPECT(!reserve_begin(&reserve, SIZE, NODES_ALL)))
		return false;
	take_all_pages(&others);
	ok = EXPECT(take_pages(INSIDE, SIZE / 2, &mine) == SIZE / 2);
	give_pages_back(&mine); /* gross: what is freed comes to the others */
	ok &= EXPECT(reserve_left(&reserve) == SIZE - SIZE / 2);
	ok &= EXPECT(take_pages(GREEDY, ~0ul, &others) <= SIZE / 2);
	ok &= EXPECT(settled_free_pages() >= held.kernel_pages + SIZE - SIZE / 2);
	reserve_end(&reserve);
	drain_all_pages();
	ok &= EXPECT(take_pages(GREEDY, ~0ul, &others) >= SIZE - SIZE / 2);
	ok &= EXPECT(free_for_tests() == 0);
	give_pages_back(&others);
	return ok & all_came_back(before);
}

static bool top_up_is_all_or_nothing(void)
{
	unsigned long before = settled_free_pages();
	struct page *others = NULL, *mine = NULL;
	struct reserve reserve;
	bool ok;

	reserve_init(&reserve, &test_class);
	if (!EXPECT(!reserve_begin(&reserve, 10, NODES_ALL)))
		return false;
	ok = EXPECT(!reserve_top_up(&reserve, 5, NODES_ALL) && reserve_left(&reserve) == 15 && reserved_pages() == 15);
	take_all_pages(&others);
	ok &= EXPECT(reserve_top_up(&reserve, 1, NODES_ALL) == -ENOMEM && reserved_pages() == 15);
	ok &= EXPECT(take_pages(INSIDE, 16, &mine) == 15);
	reserve_end(&reserve);
	give_pages_back(&mine);
	give_pages_back(&others);
	return ok & all_came_back(before);
}

static bool objects_cost_a_page_at_worst(void)
{
	struct kmem_cache *cache = kmalloc_table.cache[kmalloc_index(512)];
	unsigned long before = settled_free_pages();
	struct page *others = NULL;
	void *object[40] = { NULL };
	struct reserve reserve;
	long pages = reserve_slab_pages(cache, ARRAY_SIZE(object));
	bool ok = EXPECT(pages == ARRAY_SIZE(object));

	reserve_init(&reserve, &test_class);
	if (!ok || !EXPECT(!reserve_begin(&reserve, pages, NODES_ALL)))
		return false;
	take_all_pages(&others);
	for (size_t i = 0; i < ARRAY_SIZE(object); i++)
		ok &= EXPECT((object[i] = kmem_cache_alloc(cache, INSIDE)));
	ok &= EXPECT(reserve_left(&reserve) > 0 && atomic_long_read(&reserve.drawn) > 0);
	reserve_end(&reserve);
	give_pages_back(&others);
	for (size_t i = 0; i < ARRAY_SIZE(object); i++)
		kmem_cache_free(cache, object[i]);
	return ok & all_came_back(before);
}

static unsigned long nr_stalls(void)
{
	return vm_event_sum(ALLOCSTALL_DMA32) + vm_event_sum(ALLOCSTALL_NORMAL);
}

/* A cache that would like larger slabs than it needs: its holder gets the least, and does not reclaim for the others first. */
static bool objects_of_larger_slabs_do_not_wait(void)
{
	struct kmem_cache *cache = kmalloc_table.cache[kmalloc_index(2048)];
	unsigned long before = settled_free_pages(), stalls, shorts;
	struct page *others = NULL;
	void *object[40] = { NULL };
	struct reserve reserve;
	long pages = reserve_slab_pages(cache, ARRAY_SIZE(object));
	bool ok = EXPECT(cache->order > cache->order_least && pages == ARRAY_SIZE(object));

	reserve_init(&reserve, &test_class);
	if (!ok || !EXPECT(!reserve_begin(&reserve, pages, NODES_ALL)))
		return false;
	take_all_pages(&others);
	stalls = nr_stalls();
	shorts = vm_event_sum(RESERVE_SHORT);
	for (size_t i = 0; i < ARRAY_SIZE(object); i++)
		ok &= EXPECT((object[i] = kmem_cache_alloc(cache, GFP_RESERVE)));
	ok &= EXPECT(nr_stalls() == stalls && vm_event_sum(RESERVE_SHORT) == shorts);
	ok &= EXPECT(atomic_long_read(&reserve.drawn) > 0);
	reserve_end(&reserve);
	give_pages_back(&others);
	for (size_t i = 0; i < ARRAY_SIZE(object); i++)
		kmem_cache_free(cache, object[i]);
	return ok & all_came_back(before);
}

static bool what_can_never_be_met_is_refused(void)
{
	struct reserve reserve;
	bool ok;

	reserve_init(&reserve, &test_class);
	ok = EXPECT(reserve_begin(&reserve, nr_managed_pages() / 2 + 1, NODES_ALL) == -ENOMEM);
	return ok & EXPECT(!current_thread()->reserve && reserved_pages() == 0);
}

/* --- the kernel's own --------------------------------------------------------------------------- */

#define FILLS_UP_MS 10000

static struct reserve_class *class_named(const char *name)
{
	struct reserve_class *class = NULL;

	while ((class = reserve_class_next(class)))
		if (!strcmp(class->name, name))
			return class;
	return NULL;
}

static bool is_filled_up(const struct reserve_class *class)
{
	for (int ms = 0; ms < FILLS_UP_MS && atomic_long_read(&class->drawn); ms++)
		sleep_a_moment();
	return !atomic_long_read(&class->drawn) && reserved_pages() == 0;
}

/* As a thread that exits: everything else is taken, so what it gets is its reserve, down to the last page. */
static bool exit_has_pages_of_its_own(void)
{
	unsigned long before = settled_free_pages(), size;
	struct reserve_class *class = class_named("exit");
	struct page *others = NULL, *mine = NULL;
	bool ok;

	if (!EXPECT(class && is_filled_up(class)))
		return false;
	size = (unsigned long)atomic_long_read(&class->size);
	take_all_pages(&others);
	ok = EXPECT(free_for_tests() == 0 && size && size < held.kernel_pages);
	current_thread()->flags |= THREAD_EXITING;
	ok &= EXPECT(take_pages(QUIET | __GFP_HIGH | __GFP_NORETRY, 1, &mine) == 0); /* it has something to fall back on */
	ok &= EXPECT(take_pages(GFP_NOWAIT | QUIET, 1, &mine) == 0);		      /* the same */
	ok &= EXPECT(take_pages(QUIET | __GFP_HIGH, size + 1, &mine) == size);
	current_thread()->flags &= ~THREAD_EXITING;
	ok &= EXPECT((unsigned long)atomic_long_read(&class->drawn) == size && !atomic_long_read(&class->low_water));
	ok &= EXPECT(take_pages(GREEDY, 1, &mine) == 0);
	give_pages_back(&mine);
	give_pages_back(&others);
	ok &= EXPECT(is_filled_up(class));
	return ok & all_came_back(before);
}

/* --- standing ones ------------------------------------------------------------------------------ */

#define NR_DRAWN 60u

static struct page *draw_one(struct reserve *reserve)
{
	struct page *page = NULL;

	for_each_zone(zone)
		page = page ? page : reserve_zone_draw(reserve, zone, 0);
	return page;
}

static void put_one(struct page *page)
{
	page->flags = 0;
	reserve_standing_free(page);
}

static bool has(const struct reserve *reserve, unsigned long size, unsigned long left, long debt)
{
	return reserve->size == size && reserve_left(reserve) == left && reserved_pages() == left && atomic_long_read(&reserve->debt) == debt &&
	       atomic_long_read(&reserve->drawn) + left == size + debt; /* V4 */
}

static bool sizes_change_in_place(struct reserve *reserve)
{
	struct page *page[NR_DRAWN] = { NULL };
	bool ok = true;
	u32 i;

	for (i = 0; i < NR_DRAWN; i++)
		ok &= EXPECT(page[i] = draw_one(reserve));
	if (!ok)
		return false;
	ok &= EXPECT(has(reserve, 100, 40, 0));
	ok &= EXPECT(!reserve_standing_resize(reserve, 80, NODES_ALL) && has(reserve, 80, 20, 0));
	ok &= EXPECT(!reserve_standing_resize(reserve, 30, NODES_ALL) && has(reserve, 30, 0, 30));
	ok &= EXPECT(reserve_standing_resize(reserve, nr_managed_pages() / 2 + 31, NODES_ALL) == -ENOMEM && has(reserve, 30, 0, 30));
	ok &= EXPECT(!draw_one(reserve));
	put_one(page[--i]);
	ok &= EXPECT(has(reserve, 30, 0, 29)); /* what comes back pays first */
	ok &= EXPECT(!reserve_standing_resize(reserve, 50, NODES_ALL) && has(reserve, 50, 0, 9));
	ok &= EXPECT(!reserve_standing_resize(reserve, 70, NODES_ALL) && has(reserve, 70, 11, 0));
	while (i)
		put_one(page[--i]);
	return ok & EXPECT(has(reserve, 70, 70, 0));
}

static bool standing_size_changes_in_place(void)
{
	unsigned long before;
	struct reserve reserve;
	bool ok;

	if (!EXPECT(!reserve_standing_open(&reserve, 1, NODES_ALL))) /* the side array stays */
		return false;
	reserve_standing_close(&reserve);
	before = settled_free_pages();
	if (!EXPECT(!reserve_standing_open(&reserve, 100, NODES_ALL)))
		return false;
	ok = sizes_change_in_place(&reserve);
	reserve_standing_close(&reserve);
	ok &= EXPECT(reserved_pages() == 0);
	return ok & all_came_back(before);
}

#define NR_KEPT 20u

struct keeper {
	struct reserve reserve;
	struct page *page[NR_KEPT];
	u32 nr;
	bool had_more, was_interrupt;
	struct timer timer;
};

/* All of it, in an interrupt, and one more. */
static void keeper_draws(struct timer *timer)
{
	struct keeper *keeper = container_of(timer, struct keeper, timer);

	while (keeper->nr < NR_KEPT && (keeper->page[keeper->nr] = alloc_page_standing(&keeper->reserve, QUIET)))
		keeper->nr++;
	keeper->had_more = alloc_page_standing(&keeper->reserve, QUIET | __GFP_HIGH);
	smp_store_release(&keeper->was_interrupt, in_interrupt()); /* pairs with the keeper's wait */
}

static const struct timer_ops keeper_ops = { .name = "keeper", .expire = keeper_draws };

static bool keeper_has_all_to_himself(struct keeper *keeper)
{
	struct page *others = NULL;
	bool ok;

	take_all_pages(&others);
	ok = EXPECT(free_for_tests() == NR_KEPT);
	timer_init(&keeper->timer, &keeper_ops);
	timer_start_in(&keeper->timer, 0);
	while (!smp_load_acquire(&keeper->was_interrupt))
		sleep_a_moment();
	ok &= EXPECT(keeper->nr == NR_KEPT && !keeper->had_more && has(&keeper->reserve, NR_KEPT, 0, 0));
	while (keeper->nr)
		free_pages(keeper->page[--keeper->nr], 0);
	ok &= EXPECT(has(&keeper->reserve, NR_KEPT, NR_KEPT, 0) && take_pages(GREEDY, 1, &others) == 0);
	give_pages_back(&others);
	return ok;
}

static bool keeper_draws_in_interrupts(void)
{
	struct keeper *keeper = kzalloc(sizeof(*keeper), GFP_KERNEL);
	unsigned long before = settled_free_pages();
	bool ok = EXPECT(keeper) && EXPECT(!reserve_standing_open(&keeper->reserve, NR_KEPT, NODES_ALL));

	if (ok) {
		ok = keeper_has_all_to_himself(keeper);
		reserve_standing_close(&keeper->reserve);
		ok &= EXPECT(reserved_pages() == 0);
	}
	synchronize_rcu(); /* who finds a frame's owner may still be at it */
	kfree(keeper);
	return ok & all_came_back(before);
}

/* --- the line ------------------------------------------------------------------------------------- */

#define NR_WAITERS 4

struct queue_test {
	unsigned long want[NR_WAITERS];
	u32 served[NR_WAITERS]; /* in which order they were inside */
	u32 nr_served;		/* atomic */
	u32 nr_failed;		/* atomic */
};

struct queue_waiter {
	struct queue_test *test;
	u32 number;
	struct kthread *kthread;
};

static void queue_waiter_run(void *arg)
{
	struct queue_waiter *self = arg;
	struct reserve reserve;

	reserve_init(&reserve, &test_class);
	if (reserve_begin(&reserve, self->test->want[self->number], NODES_ALL)) {
		xadd(&self->test->nr_failed, 1u);
		return;
	}
	self->test->served[xadd(&self->test->nr_served, 1u)] = self->number;
	if (self->number == NR_WAITERS - 1 && READ_ONCE(reserve_line.nr_waiting))
		xadd(&self->test->nr_failed, 1u);
	reserve_end(&reserve);
}

static const struct kthread_ops queue_waiter_ops = { .name = "reserve_wait", .run = queue_waiter_run };

static void wait_for_queue(unsigned int length)
{
	while (READ_ONCE(reserve_line.nr_waiting) < length) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_until(ktime_get_ns() + 1000000);
	}
}

/*
 * While we hold so much that another such piece is not there, they come one after the other: so each but the last must end before the
 * next is served. The last wants a single page, and still nobody may be in line any more when it is served.
 */
static noinline bool line_is_served_in_order(void)
{
	unsigned long before = settled_free_pages(), much = min(nr_managed_pages() / 2, before * 6 / 10);
	struct queue_test test = { .want = { much, much, much, 1 } };
	struct queue_waiter waiter[NR_WAITERS];
	struct reserve reserve;
	bool ok;

	reserve_init(&reserve, &test_class);
	if (!EXPECT(!reserve_begin(&reserve, much, NODES_ALL)))
		return false;
	for (u32 i = 0; i < NR_WAITERS; i++) {
		waiter[i] = (struct queue_waiter){ &test, i, NULL };
		waiter[i].kthread = kthread_run(&queue_waiter_ops, &waiter[i], "reserve_wait");
		wait_for_queue(i + 1);
	}
	ok = EXPECT(!READ_ONCE(test.nr_served));
	reserve_end(&reserve);
	for (u32 i = 0; i < NR_WAITERS; i++)
		kthread_stop(waiter[i].kthread);
	ok &= EXPECT(test.nr_served == NR_WAITERS && !test.nr_failed);
	for (u32 i = 0, big = 0; i < NR_WAITERS; i++)
		if (test.served[i] != NR_WAITERS - 1)
			ok &= EXPECT(test.served[i] == big++);
	return ok & EXPECT(reserved_pages() == 0 && reserve_queue_is_empty());
}

int reserve_selftest(void)
{
	enum reserve_school before = reserve_school();
	bool ok = true;

	held.kernel_pages = all_reserved_pages();
	for (int school = 0; school < NR_RESERVE_SCHOOLS; school++) {
		reserve_set_school(school);
		ok &= promise_is_kept_to_the_last_page();
		if (!ok)
			pr_err("selftest reserve: in the school \"%s\"\n", reserve_school_names[school]);
	}
	reserve_set_school(before);
	ok &= what_is_not_drawn_is_given_up();
	ok &= top_up_is_all_or_nothing();
	ok &= objects_cost_a_page_at_worst();
	ok &= objects_of_larger_slabs_do_not_wait();
	ok &= what_can_never_be_met_is_refused();
	ok &= exit_has_pages_of_its_own();
	ok &= standing_size_changes_in_place();
	ok &= keeper_draws_in_interrupts();
	ok &= line_is_served_in_order();
	return ok ? 0 : -EIO;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * torture.c - selftest=torture: transactions on all processors while memory is completely filled.
 *
 * WHAT        A model of a driver that can't back out. On each processor one thread opens a reservation, allocates exactly its worst case in
 *             random order without waiting, lets others free some of it, and ends; beside it another thread (pressure.c) fills memory
 *             at every urgency there is. No allocation inside may fail. A transaction takes all that is not promised as soon as it is inside,
 *             and again now and then, so that its promise is all there is.
 *             Words of the command line: torture=TRANSACTIONS, torture_seed=N, reserve_school=NAME, and torture_bare, the
 *             negative control: the same transactions without reservations, of which at least one must fail.
 * INVARIANTS  U2  Of the allocations inside at least FULL_PERCENT_MIN in a hundred find memory full: no frame but what is promised.
 * LOCKING     Counters and exchange places are atomic.
 * TESTS       tests/harness/torture.py
 */
#include "pressure.h"

#include <arch/cpu.h>
#include <lib/err.h>
#include <log/printk.h>
#include <mm/mm_init.h>
#include <pages/page_alloc.h>
#include <pages/reserve.h>
#include <pages/slab.h>
#include <pages/zone.h>
#include <sync/kthread.h>
#include <time/ktime.h>

#define PAGES_MAX   24 /* of one transaction */
#define OBJECTS_MAX 8
#define EXCHANGES   32
#define FULL_PERCENT_MIN 25 /* U2 */

static struct reserve_class torture_class = RESERVE_CLASS_INIT("torture");

static struct {
	unsigned long nr_wanted, seed;
	bool is_bare;
	struct kmem_cache *cache;
	atomic_long_t nr_begun, nr_failed, nr_refused, held_sum;
	atomic_long_t nr_asked, nr_found_full; /* allocations inside, and those of them that found memory full */
	struct page *page[EXCHANGES];
	void *object[EXCHANGES];
} torture;

struct worker {
	struct kthread *kthread;
	u64 random;
};

static u32 draw(struct worker *worker, u32 below)
{
	return random_below(&worker->random, below);
}

/* --- transactions --------------------------------------------------------------------------------- */

struct transaction {
	u32 nr_pages, nr_objects; /* the worst case, all of which is used */
	u32 got_pages, got_objects;
	struct page *page[PAGES_MAX];
	void *object[OBJECTS_MAX];
};

/* Some of what a transaction allocates is left where another one finds and frees it. */
static struct page *leave_page(struct worker *worker, struct page *page)
{
	return draw(worker, 4) ? page : xchg(&torture.page[draw(worker, EXCHANGES)], page);
}

static void *leave_object(struct worker *worker, void *object)
{
	return draw(worker, 4) ? object : xchg(&torture.object[draw(worker, EXCHANGES)], object);
}

static void count_failure(const void *what)
{
	if (!what)
		atomic_long_inc(&torture.nr_failed);
}

/* Could no request of others, however urgent, have a frame now? */
static bool memory_is_full(void)
{
	for_each_zone(zone)
		if (READ_ONCE(zone->nr_free) > READ_ONCE(zone->reserved))
			return false;
	return true;
}

static void note_fullness(void)
{
	atomic_long_inc(&torture.nr_asked);
	if (memory_is_full())
		atomic_long_inc(&torture.nr_found_full);
}

static void allocate_one(struct worker *worker, struct transaction *t)
{
	u32 pages_left = t->nr_pages - t->got_pages, objects_left = t->nr_objects - t->got_objects;
	struct page *page;
	void *object;

	if (draw(worker, pages_left + objects_left) < pages_left) {
		page = alloc_page(QUIET | __GFP_RESERVE);
		count_failure(page);
		t->page[t->got_pages++] = leave_page(worker, page);
		return;
	}
	object = kmem_cache_alloc(torture.cache, QUIET | __GFP_RESERVE);
	count_failure(object);
	t->object[t->got_objects++] = leave_object(worker, object);
}

static void free_some(struct worker *worker, struct transaction *t, bool all)
{
	while (t->got_pages && (all || draw(worker, 8)))
		free_pages(t->page[--t->got_pages], 0);
	while (t->got_objects && (all || draw(worker, 8)))
		kmem_cache_free(torture.cache, t->object[--t->got_objects]);
}

static void transact(struct worker *worker)
{
	struct transaction t = { .nr_pages = 1 + draw(worker, PAGES_MAX), .nr_objects = draw(worker, OBJECTS_MAX + 1) };
	unsigned long worst = t.nr_pages + reserve_slab_pages(torture.cache, t.nr_objects);
	u32 nodes = draw(worker, 4) ? NODES_ALL : 1u << draw(worker, numa.nr_nodes);
	struct reserve reserve;

	reserve_init(&reserve, &torture_class);
	if (!torture.is_bare && reserve_begin(&reserve, worst, nodes)) {
		atomic_long_inc(&torture.nr_refused);
		return;
	}
	pressure_brim(); /* just then others take all there is */
	while (t.got_pages < t.nr_pages || t.got_objects < t.nr_objects) {
		if (!draw(worker, 100))
			pressure_brim();
		note_fullness();
		allocate_one(worker, &t);
	}
	atomic_long_add(held_back(), &torture.held_sum);
	free_some(worker, &t, false);
	if (!torture.is_bare)
		reserve_end(&reserve);
	free_some(worker, &t, true);
}

static void transactions_run(void *arg)
{
	while (atomic_long_inc_return(&torture.nr_begun) <= (long)torture.nr_wanted)
		transact(arg);
}

/* --- the run ---------------------------------------------------------------------------------------- */

static const struct kthread_ops transactions_ops = { .name = "transactions", .run = transactions_run };

static void prepare(void)
{
	torture.nr_wanted = word_number("torture", 2000);
	torture.seed = word_number("torture_seed", 1);
	torture.is_bare = word_is_given("torture_bare");
	torture.cache = pressure_cache();
	reserve_class_register(&torture_class);
}

static void start(struct worker *worker, u32 cpu)
{
	*worker = (struct worker){ .random = random_of(torture.seed, 2 * cpu + 1) };
	worker->kthread = kthread_create_on(&transactions_ops, worker, transactions_ops.name, cpu, 0);
	KASSERT(!IS_ERR(worker->kthread));
	kthread_start(worker->kthread);
}

static void run(u32 nr_cpus)
{
	struct worker workers[PRESSURE_CPUS_MAX];

	pressure_start(torture.seed, nr_cpus);
	for (u32 i = 0; i < nr_cpus; i++)
		start(&workers[i], i);
	for (u32 i = 0; i < nr_cpus; i++)
		kthread_stop(workers[i].kthread);
	pressure_stop();
}

static void clean_up(void)
{
	for (u32 i = 0; i < EXCHANGES; i++) {
		free_pages(torture.page[i], 0);
		kmem_cache_free(torture.cache, torture.object[i]);
	}
}

static unsigned long full_percent(void)
{
	unsigned long nr_asked = (unsigned long)atomic_long_read(&torture.nr_asked);

	return (unsigned long)atomic_long_read(&torture.nr_found_full) * 100 / max(nr_asked, 1ul);
}

static bool has_passed(unsigned long nr_killed, unsigned long nr_short)
{
	if (!all_is_given_back())
		pr_err("torture: something is still held back\n");
	if (full_percent() < FULL_PERCENT_MIN) {
		pr_err("torture: memory was not full\n"); /* U2 */
		return false;
	}
	if (torture.is_bare)
		return atomic_long_read(&torture.nr_failed) && all_is_given_back();
	return !atomic_long_read(&torture.nr_failed) && !atomic_long_read(&torture.nr_refused) && !nr_killed && !nr_short &&
	       all_is_given_back();
}

int torture_selftest(void)
{
	u32 nr_cpus = min_t(u32, num_online_cpus(), PRESSURE_CPUS_MAX);
	unsigned long killed = vm_event_sum(OOM_KILL), shorts = vm_event_sum(RESERVE_SHORT), draws = vm_event_sum(RESERVE_DIP);
	u64 began_ms;

	prepare();
	began_ms = ktime_get_ns() / 1000000;
	run(nr_cpus);
	killed = vm_event_sum(OOM_KILL) - killed;
	shorts = vm_event_sum(RESERVE_SHORT) - shorts;
	pr_notice("torture: seed %lu school %s cpus %u nodes %d transactions %lu failed %lu refused %lu short %lu killed %lu waits %lu draws %lu "
		  "held %lu full %lu%% ms %llu\n",
		  torture.seed, torture.is_bare ? "none" : reserve_school_names[reserve_school()], nr_cpus, numa.nr_nodes,
		  torture.nr_wanted, (unsigned long)atomic_long_read(&torture.nr_failed),
		  (unsigned long)atomic_long_read(&torture.nr_refused), shorts, killed,
		  (unsigned long)atomic_long_read(&torture_class.waits), vm_event_sum(RESERVE_DIP) - draws,
		  (unsigned long)atomic_long_read(&torture.held_sum) / torture.nr_wanted, full_percent(),
		  (unsigned long long)(ktime_get_ns() / 1000000 - began_ms));
	clean_up();
	return has_passed(killed, shorts) ? 0 : -1;
}

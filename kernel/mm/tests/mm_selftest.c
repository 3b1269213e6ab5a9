/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mm_selftest.c - selftest=mm: address spaces inside the running kernel, before there is a program.
 *
 * Proves: anonymous memory is zero, keeps what is written and goes back; fork shares until a write and no longer; mprotect takes the right to write away and
 * gives it back, and neighbours are joined again; mremap moves contents; DONTNEED forgets them; shared memory is shared; a forced write
 * changes only its own copy; a process' own reserve serves neither reclaim nor a file's cache; every frame and every promise comes back at the end.
 */
#include <arch/uaccess.h>
#include <lib/string.h>
#include <mm/fault.h>
#include <mm/mm_calls.h>
#include <mm/mm_init.h>
#include <pages/pages_init.h>
#include <pages/slab.h>
#include <sched/sched.h>
#include <mm/standing.h>
#include <pages/pages_port.h>
#include <sched/task.h>
#include "../mm_impl.h"
#include "mm_selftest_impl.h"

#define PAGES 40UL
#define ROUNDS_MAX 8
#define LEN (PAGES * PAGE_SIZE)
#define RW (PROT_READ | PROT_WRITE)
#define PRIVATE (MAP_PRIVATE | MAP_ANONYMOUS)

static bool put(unsigned long addr, u64 value)
{
	return !put_user_u64(value, uaddr(addr));
}

static u64 get(unsigned long addr)
{
	u64 value = ~0ull;

	return get_user_u64(uaddr(addr), &value) ? ~0ull : value;
}

static u64 get_remote(struct mm *mm, unsigned long addr)
{
	u64 value;

	return access_remote_vm(mm, addr, &value, sizeof(value), 0) == sizeof(value) ? value : ~0ull;
}

static bool fill(unsigned long addr, u64 salt)
{
	for (unsigned long i = 0; i < PAGES; i++)
		if (!put(addr + i * PAGE_SIZE, salt + i))
			return false;
	return true;
}

static bool holds(unsigned long addr, u64 salt)
{
	for (unsigned long i = 0; i < PAGES; i++)
		if (get(addr + i * PAGE_SIZE) != salt + i)
			return false;
	return true;
}

static unsigned long map(unsigned long flags)
{
	return vm_mmap(NULL, 0, LEN, RW, flags, 0);
}

static bool anonymous_memory_works(struct mm *mm)
{
	unsigned long addr = map(PRIVATE);

	return EXPECT(!IS_ERR_VALUE(addr)) && EXPECT(get(addr) == 0) && EXPECT(mm_rss(mm) == 0) &&
	       EXPECT(fill(addr, 100)) && EXPECT(holds(addr, 100)) && EXPECT(mm_rss(mm) == PAGES) &&
	       EXPECT(!sys_munmap(addr, LEN)) && EXPECT(mm_rss(mm) == 0) && EXPECT(get(addr) == ~0ull) &&
	       EXPECT(!mm->mmap);
}

static bool fork_shares_until_a_write(struct mm *mm)
{
	unsigned long addr = map(PRIVATE);
	struct mm *child;
	u64 value = 7;
	bool ok;

	if (!EXPECT(fill(addr, 200)))
		return false;
	child = mm_dup(mm);
	if (!EXPECT(!IS_ERR(child)))
		return false;
	ok = EXPECT(get_remote(child, addr) == 200) && EXPECT(mm_rss(child) == PAGES) && EXPECT(put(addr, 1)) &&
	     EXPECT(get_remote(child, addr) == 200) &&
	     EXPECT(access_remote_vm(child, addr + PAGE_SIZE, &value, 8, FOLL_WRITE) == 8) &&
	     EXPECT(get(addr + PAGE_SIZE) == 201) && EXPECT(get_remote(child, addr + PAGE_SIZE) == 7);
	mm_users_put(child);
	ok = ok && EXPECT(put(addr, 200)) && EXPECT(holds(addr, 200)) && EXPECT(fill(addr, 300)) && EXPECT(holds(addr, 300));
	return ok && EXPECT(!sys_munmap(addr, LEN));
}

static bool mprotect_takes_and_gives(struct mm *mm)
{
	unsigned long addr = map(PRIVATE), mid = addr + 4 * PAGE_SIZE;

	return EXPECT(fill(addr, 400)) && EXPECT(!sys_mprotect(mid, PAGE_SIZE, PROT_READ)) && EXPECT(mm->map_count == 3) &&
	       EXPECT(!put(mid, 1)) && EXPECT(get(mid) == 404) && EXPECT(!sys_mprotect(mid, PAGE_SIZE, PROT_NONE)) &&
	       EXPECT(get(mid) == ~0ull) && EXPECT(!sys_mprotect(mid, PAGE_SIZE, RW)) && EXPECT(mm->map_count == 1) &&
	       EXPECT(holds(addr, 400)) && EXPECT(put(mid, 404)) && EXPECT(!sys_munmap(mid, PAGE_SIZE)) &&
	       EXPECT(mm->map_count == 2) && EXPECT(get(mid) == ~0ull) && EXPECT(!sys_munmap(addr, LEN)) &&
	       EXPECT(mm->total_vm == 0);
}

static bool mremap_moves_contents(struct mm *mm)
{
	unsigned long addr = map(PRIVATE), to;
	bool ok = EXPECT(fill(addr, 500));

	to = sys_mremap(addr, LEN, 64 * LEN, MREMAP_MAYMOVE, 0);
	ok = ok && EXPECT(!IS_ERR_VALUE(to)) && EXPECT(holds(to, 500)) && EXPECT(get(to + LEN) == 0) &&
	     EXPECT(mm_rss(mm) == PAGES);
	addr = sys_mremap(to, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, to + 128 * LEN);
	ok = ok && EXPECT(addr == to + 128 * LEN) && EXPECT(holds(addr, 500)) && EXPECT(get(to) == ~0ull);
	return ok && EXPECT(!sys_munmap(to, 200 * LEN)) && EXPECT(mm->total_vm == 0) && EXPECT(mm_rss(mm) == 0);
}

static bool dontneed_forgets(void)
{
	unsigned long addr = map(PRIVATE);

	return EXPECT(fill(addr, 600)) && EXPECT(!sys_madvise(addr, LEN, MADV_DONTNEED)) && EXPECT(get(addr) == 0) &&
	       EXPECT(!sys_munmap(addr, LEN));
}

static bool shared_memory_is_shared(struct mm *mm)
{
	unsigned long addr = map(MAP_SHARED | MAP_ANONYMOUS);
	struct mm *child;
	bool ok;

	if (!EXPECT(!IS_ERR_VALUE(addr)) || !EXPECT(fill(addr, 700)))
		return false;
	child = mm_dup(mm);
	if (!EXPECT(!IS_ERR(child)))
		return false;
	ok = EXPECT(put(addr, 1)) && EXPECT(get_remote(child, addr) == 1) && EXPECT(mm_counter(mm, MM_SHMEMPAGES) == PAGES);
	mm_users_put(child);
	return ok && EXPECT(get(addr + PAGE_SIZE) == 701) && EXPECT(!sys_munmap(addr, LEN)) && EXPECT(mm_rss(mm) == 0);
}

static bool forced_write_changes_a_read_only_page(struct mm *mm)
{
	unsigned long addr = map(PRIVATE);
	u64 value = 5;

	return EXPECT(!sys_mprotect(addr, LEN, PROT_READ)) &&
	       EXPECT(access_remote_vm(mm, addr, &value, 8, FOLL_WRITE) == 0) &&
	       EXPECT(access_remote_vm(mm, addr, &value, 8, FOLL_WRITE | FOLL_FORCE) == 8) && EXPECT(get(addr) == 5) &&
	       EXPECT(!put(addr, 6)) && EXPECT(!sys_munmap(addr, LEN));
}

static bool gfp_draws_with(u32 flag)
{
	bool draws;

	current->flags |= flag;
	draws = task_standing_reserve() && (gfp_in_scope(GFP_KERNEL) & __GFP_RESERVE);
	current->flags &= ~flag;
	return draws;
}

static bool promise_serves_the_process_alone(void)
{
	return EXPECT(!gfp_draws_with(0)) && EXPECT(!mm_standing_set(NULL, PAGE_SIZE, 0)) && EXPECT(gfp_draws_with(0)) &&
	       EXPECT(!gfp_draws_with(PF_MEMALLOC)) && EXPECT(!gfp_draws_with(PF_PAGE_CACHE)) &&
	       EXPECT(!(gfp_in_scope(GFP_KERNEL | __GFP_NORETRY) & __GFP_RESERVE)) && EXPECT(!mm_standing_set(NULL, 0, 0)) &&
	       EXPECT(!gfp_draws_with(0));
}

static bool run_all(struct mm *mm)
{
	return anonymous_memory_works(mm) && fork_shares_until_a_write(mm) && mprotect_takes_and_gives(mm) &&
	       mremap_moves_contents(mm) && dontneed_forgets() && shared_memory_is_shared(mm) &&
	       forced_write_changes_a_read_only_page(mm) && private_pages_move(mm) && promise_serves_the_process_alone();
}

static unsigned long settled_free_pages(void)
{
	rcu_barrier();
	kmem_cache_drain_all();
	pages_shrink();
	drain_all_pages();
	return nr_free_pages();
}

static bool one_round(void)
{
	struct mm *mm = mm_create();
	bool ok;

	if (!EXPECT(mm != NULL))
		return false;
	mm_choose_layout(mm, 8UL << 20, true);
	mm_activate(NULL, mm);
	ok = run_all(mm);
	mm_activate(mm, NULL);
	mm_users_put(mm);
	return ok;
}

/* The first rounds warm the caches; one of the next gives back to the last frame what it took. */
static bool rounds_give_everything_back(void)
{
	long committed = vm_committed();
	bool ok = true, all_is_back = false;

	for (int i = 0; ok && !all_is_back && i < ROUNDS_MAX; i++) {
		unsigned long before = settled_free_pages();

		ok = one_round();
		all_is_back = settled_free_pages() == before;
	}
	return ok && EXPECT(all_is_back) && EXPECT(vm_committed() == committed);
}

int mm_selftest(void)
{
	cpumask_t allowed = sched_get_affinity(current);
	bool ok;

	/* The caches that are warm are this processor's. */
	if (!EXPECT(!sched_set_affinity(current, CPUMASK_OF(smp_processor_id()))))
		return -1;
	ok = rounds_give_everything_back();
	ok &= EXPECT(!sched_set_affinity(current, allowed));
	ok &= no_retry_is_one_round();
	ok &= reservation_takes_what_it_lacks();
	return ok ? 0 : -1;
}

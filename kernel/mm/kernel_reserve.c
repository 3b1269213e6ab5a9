/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_reserve.c - which paths of the kernel have memory of their own, and who draws it
 *
 * WHAT        Three reserves that are open from boot on (pages/reserve_kernel.c), each for a path by which memory, or the machine, is saved when
 *             there is none left:
 *                 exit    who dies: from the signal that kills to the last switch, page tables' teardown included
 *                 oom     who picks a victim, and the thread that takes its memory
 *                 still   who is asked to park, up to the boundary, and the conductor until all may go on
 *             They are drawn last: after the general pool, the process' own reserve, and the whole minimum where that is open to the task.
 * INVARIANTS  P1  Page cache is nobody's: PF_PAGE_CACHE draws nothing. Nor does who has something to fall back on: NORETRY, and requests
 *                 that may not sleep and are not urgent (the first try of a fault).
 * LOCKING     Set up before the reclaim threads are there; then constant. The reclaim thread of the first node alone fills them up.
 * TESTS       selftest=reserve; tests/guest/mm/reserve_kernel_ours_test.c
 */
#include "kernel_reserve.h"

#include <lib/bitops.h>
#include <pages/pages_port.h>
#include <pages/reserve.h>
#include <pages/zone.h>
#include <sched/task.h>
#include <sync/still.h>

#define PART_OF_MEMORY 256 /* each at most so much of it */
#define PAGES_LEAST    4ul

enum kernel_path { PATH_EXIT, PATH_OOM, PATH_STILL, NR_KERNEL_PATHS };

static struct {
	struct reserve reserve[NR_KERNEL_PATHS];
	struct reserve_class class[NR_KERNEL_PATHS];
} kernel_reserves = {
	.class = {
		[PATH_EXIT] = RESERVE_CLASS_INIT("exit"),
		[PATH_OOM] = RESERVE_CLASS_INIT("oom"),
		[PATH_STILL] = RESERVE_CLASS_INIT("still"),
	},
};

/* Frames for each on a machine that has plenty. */
static const unsigned long pages_wanted[NR_KERNEL_PATHS] = { [PATH_EXIT] = 64, [PATH_OOM] = 32, [PATH_STILL] = 32 };

void kernel_reserves_open(void)
{
	unsigned long most = max(nr_managed_pages() / PART_OF_MEMORY, PAGES_LEAST);

	for (int path = 0; path < NR_KERNEL_PATHS; path++)
		reserve_kernel_open(&kernel_reserves.reserve[path], &kernel_reserves.class[path], min(pages_wanted[path], most));
}

void kernel_reserves_fill_up(void)
{
	for (int path = 0; path < NR_KERNEL_PATHS; path++)
		reserve_kernel_fill(&kernel_reserves.reserve[path]);
}

static struct reserve *reserve_of(enum kernel_path path)
{
	return &kernel_reserves.reserve[path];
}

/* P1 */
static bool may_draw(gfp_t gfp)
{
	return !(gfp & __GFP_NORETRY) && (gfp & (__GFP_DIRECT_RECLAIM | __GFP_HIGH | __GFP_NOFAIL)) && !(current->flags & PF_PAGE_CACHE);
}

struct reserve *task_kernel_reserve(gfp_t gfp)
{
	struct thread *thread = current_thread();

	if (!may_draw(gfp))
		return NULL;
	if (current->flags & PF_OOM_PATH)
		return reserve_of(PATH_OOM);
	if ((thread->flags & THREAD_EXITING) || thread_fatal_signal_pending(thread))
		return reserve_of(PATH_EXIT);
	if ((thread->flags & THREAD_CONDUCTOR) || should_park())
		return reserve_of(PATH_STILL);
	return NULL;
}

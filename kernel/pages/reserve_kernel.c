/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_kernel.c - reserves of the kernel's own paths: shared by many threads, and filled up again.
 *
 * WHAT        Some paths must come to their end when memory is gone, and can't say beforehand when they will run: a process that exits, the
 *             OOM killer, the conductor of stillness. A reserve for each is open from boot on. task_kernel_reserve() (pages_port.h) says
 *             which one serves the current task; it is drawn when the request found nothing anywhere else. Draws are gross: who
 *             frees memory for all (the reclaim thread) promises anew what was drawn.
 * INVARIANTS  V1, V2 of reserve_zone.c.
 *             K1  left(reserve) + drawn(reserve) == size(reserve), between two settlements; the size never changes. (V4 with no debt: what is
 *                 promised anew is forgotten as drawn.)
 * LOCKING     The shares: zone->lock. Filling: one thread, so reserve->zones has one writer. Nothing is ever closed: no RCU.
 * ERRORS      None. A reserve that could not be filled is smaller for that long.
 * TESTS       selftest=reserve; tests/guest/mm/reserve_kernel_ours_test.c
 */
#include "reserve_impl.h"

void reserve_kernel_open(struct reserve *reserve, struct reserve_class *class, unsigned long nr_pages)
{
	reserve_class_register(class);
	reserve_init_flags(reserve, class, RESERVE_KERNEL);
	reserve->school = RESERVE_BOTH;
	reserve_add_size(reserve, (long)nr_pages);
	reserve_count_drawn(reserve, (int)nr_pages);
	reserve_kernel_fill(reserve);
}

void reserve_kernel_fill(struct reserve *reserve)
{
	long missing = atomic_long_read(&reserve->drawn);
	unsigned long nr;

	if (missing <= 0)
		return;
	nr = reserve_place(reserve, (unsigned long)missing, NODES_ALL, WMARK_MIN);
	reserve_count_drawn(reserve, -(int)nr);
}

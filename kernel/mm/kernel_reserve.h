/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_reserve.h - memory of the kernel's own paths. Theory: kernel_reserve.c. Private to mm. */
#ifndef MM_KERNEL_RESERVE_H
#define MM_KERNEL_RESERVE_H

/* Boot: once, before anybody may draw. */
void kernel_reserves_open(void);
/* What was drawn is promised anew as far as memory allows. The reclaim thread of the first node alone. */
void kernel_reserves_fill_up(void);

#endif

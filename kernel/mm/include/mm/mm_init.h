/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_init.h - what boot calls of this folder. */
#ifndef MM_MM_INIT_H
#define MM_MM_INIT_H

/* Caches, the zero page, queues. Before the first mm_create(). */
void mm_init(void);
/* The reclaim and flusher threads, once threads can be made. */
void mm_start(void);
/* selftest=mm: 0 or a negative number after it said what is wrong. */
int mm_selftest(void);

/* selftest=torture: the same (tests/torture.c). */
int torture_selftest(void);
/* selftest=users: the same (tests/users.c). */
int users_selftest(void);

#endif

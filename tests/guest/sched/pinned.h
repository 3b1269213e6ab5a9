/* SPDX-License-Identifier: GPL-2.0-only */
/* pinned.h - one processor for a task, and a page that tasks share. */
#pragma once
#include "check.h"
#include <sched.h>
#include <sys/mman.h>

static inline void pin(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	CHECK_EQ(sched_setaffinity(pid, sizeof(set), &set), 0);
}

static inline void *shared_page(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

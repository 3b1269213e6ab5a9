/* SPDX-License-Identifier: GPL-2.0-only */
/* holder.h - children that have memory and wait to be killed. What goes wrong in one ends it, and with it the case. */
#pragma once
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "text.h"

/* The task has memory of @nodes only; 0: of all. */
static inline void bind_self(unsigned long nodes)
{
	if (nodes && syscall(SYS_set_mempolicy, MPOL_BIND, &nodes, 8 * sizeof(nodes) + 1))
		_exit(97);
}

/* Fresh memory that was touched: MAP_SHARED, which nobody can reap, or MAP_PRIVATE; on @nodes whatever the task's policy is, 0: by that. */
static inline char *take(size_t size, int flags, unsigned long nodes)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || (nodes && syscall(SYS_mbind, p, size, MPOL_BIND, &nodes, 8 * sizeof(nodes) + 1, 0)))
		_exit(98);
	for (size_t at = 0; at < size; at += 4096)
		p[at] = 1;
	return p;
}

/* To the OOM killer. */
static inline void offer(const char *adj)
{
	if (put_text("/proc/self/oom_score_adj", adj))
		_exit(99);
}

static inline void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		_exit(95);
}

struct holding {
	size_t size;
	int flags;	     /* MAP_SHARED or MAP_PRIVATE */
	unsigned long nodes; /* the task's policy; 0: none */
	int cpu_plus_1;	     /* where it goes when it has the memory; 0: it stays */
};

/* A child that may be named by @adj. It has its memory when this returns. */
static inline pid_t start_holder(const char *adj, struct holding holding)
{
	int ready[2];
	char byte;

	CHECK_EQ(pipe(ready), 0);
	pid_t pid = fork();
	if (!pid) {
		bind_self(holding.nodes);
		take(holding.size, holding.flags, 0);
		offer(adj);
		if (holding.cpu_plus_1)
			pin(holding.cpu_plus_1 - 1);
		if (write(ready[1], "r", 1) != 1)
			_exit(96);
		for (;;)
			pause();
	}
	CHECK(pid > 0);
	close(ready[1]);
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

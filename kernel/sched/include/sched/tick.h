/* SPDX-License-Identifier: GPL-2.0-only */
/* tick.h - who wants to see each tick of a busy processor. */
#pragma once

#include <lib/types.h>

struct task;

struct sched_tick_ops {
	const char *name;
	/* Hard interrupt, interrupts off: @task was interrupted, in user mode or not. CPU-time limits and timers. */
	void (*tick)(struct task *task, bool is_user);
	/* The same: @task used more than the budget of its deadline and wants to be told (SCHED_FLAG_DL_OVERRUN). */
	void (*overrun)(struct task *task);
};

#define SCHED_TICK_NS 4000000ull

/* Process sets its one at boot. */
void sched_set_tick_ops(const struct sched_tick_ops *ops);

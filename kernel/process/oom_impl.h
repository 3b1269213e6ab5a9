/* SPDX-License-Identifier: GPL-2.0-only */
/* oom_impl.h - what the OOM killer's files and their neighbours share. */
#pragma once

#include <lib/types.h>

struct task;
struct mm;

#define OOM_NEVER LONG_MIN /* oom_badness(): not this one */

struct oom_offer {
	long points;	   /* pages that killing it would win, shifted by what it offers; OOM_NEVER: leave it alone */
	bool is_protected; /* by its own reserve: only when nobody else is left */
};

/* A thread of @task's process that still has its memory, locked (task_lock); NULL: none. RCU. */
struct task *find_lock_task_mm(struct task *task);
/* Does a thread of @task's process use @mm? RCU. */
bool process_shares_mm(struct task *task, const struct mm *mm);
/* Nothing but its end is ahead of @task's process. */
bool task_is_dying(struct task *task);
/* The same for every process that uses @mm. */
bool all_users_are_dying(const struct mm *mm);
/* May the OOM killer never take @task, whatever it offers? */
bool oom_is_unkillable(const struct task *task);
/* May a thread of @task's process have memory on one of @nodes (0: any)? RCU. */
bool oom_is_in_domain(struct task *task, u32 nodes);
/* What killing @task's process would win. RCU. */
struct oom_offer oom_badness(struct task *task, unsigned long total_pages);
/* A new process that shares its maker's memory offers what its maker does, also if that changed since it was copied. */
void oom_score_adj_fork(struct task *child, u64 clone_flags);

/* SPDX-License-Identifier: GPL-2.0-only */
/* oom.h - /proc/PID/oom_score, oom_score_adj, oom_adj: what a process offers the OOM killer, and what it would pick. */
#pragma once

#include <linux/oom.h>
#include <lib/types.h>

struct task;

/* -1000 (never) .. 1000 of @task's process. */
int oom_score_adj_read(const struct task *task);
/*
 * Set it for the process, and for all others that share its memory and are not in a vfork. -EACCES: below the least that was set with
 * CAP_SYS_RESOURCE, without that capability.
 */
int oom_score_adj_write(struct task *task, int adj) __must_check;
/* The same in the old scale of oom_adj (-17: never, -16 .. 15). -EACCES: lower than it is, without the capability; -EINVAL. */
int oom_adj_read(const struct task *task);
int oom_adj_write(struct task *task, int oom_adj) __must_check;
/* 0 .. 2000: Linux's figure; 0 also for who is never picked. */
unsigned long oom_score(struct task *task);

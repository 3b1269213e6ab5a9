/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_port.h - what the scheduler needs from above; one definer each. */
#pragma once

struct task;

/* process: free a task with a process part. After the grace period that follows the last reference. */
void free_task(struct task *task);

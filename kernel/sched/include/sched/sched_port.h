/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_port.h - what the scheduler needs from above; one definer each. */
#pragma once

struct task;

/* process: free a task with a process part. After the grace period that follows the last reference. */
void free_task(struct task *task);
/* process: a task has switched away for the last time (its stack is no longer in use). Interrupts off, no sleep. */
void process_task_dead(struct task *task);

/* SPDX-License-Identifier: GPL-2.0-only */
/* fork_impl.h - the pieces of a task, for those who make and unmake one. */
#pragma once

#include <sched/task.h>
#include <process/task_process.h>

/* What the task cache holds. */
struct task_object {
	struct task task;
	struct task_process process;
};

/* A zeroed task with stack and lists, nothing copied. NULL: no memory. */
struct task *task_alloc(const char *name);
/* The last step of a task's life: stack and memory. */
void task_release_memory(struct task *task);
/* Make a task that has its parts a process of its own. @from: whose group and session it joins; NULL: its own. */
void link_new_leader_locked(struct task *child, struct pid *pid, struct signal_struct *from);
/* Tell the vfork parent, if there is one. */
void vfork_release(struct task *child);

/* signal_struct.c */
struct signal_struct *signal_alloc(void);
void signal_put(struct signal_struct *signal);
struct sighand_struct *sighand_alloc(void);
void sighand_put(struct sighand_struct *sighand);

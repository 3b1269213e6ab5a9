/* SPDX-License-Identifier: GPL-2.0-only */
/* exit_impl.h - between the files that end tasks. */
#pragma once

#include <process/signal_struct.h>

struct task;
struct list_head;
struct pid_namespace;

/* exit.c */
void usage_add_task(struct usage_sums *sums, struct task *task);
void usage_add(struct usage_sums *to, const struct usage_sums *from);
/* What user space must learn when the caller leaves its memory: exit and exec. */
void mm_release_user(struct task *task);

/* rusage.c: all threads of a group, dead ones too. */
void thread_group_usage(struct task *task, struct usage_sums *sums);

/* reparent.c: tasklist_lock held. Children that end with it are put on @dead. */
void forget_original_parent_locked(struct list_head *dead);
void kill_orphaned_pgrp_locked(struct task *task, struct task *parent);
/* The reaper of a pid namespace ends: so does everybody in it. */
void zap_pid_ns_processes(struct pid_namespace *ns);

/* wait.c */
void reap_all_children(void);

/* signal side */
void retarget_shared_signals_locked(void);
void zap_other_threads_locked(int exit_code);

/* posix timers */
void exit_cpu_timers(struct task *task);

/* futex.c */
void futex_wake_user(uaddr_t addr, int nr);

static inline bool thread_group_empty(struct task *task)
{
	return tproc(task)->signal->nr_threads == 1;
}

static inline struct task *next_thread(struct task *task)
{
	struct list_head *next = tproc(task)->thread_node.next;

	if (next == &tproc(task)->signal->thread_head)
		next = next->next;
	return list_entry(next, struct task_process, thread_node)->task;
}

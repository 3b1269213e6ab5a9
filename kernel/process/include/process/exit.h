/* SPDX-License-Identifier: GPL-2.0-only */
/* exit.h - the end of tasks, and how parents learn of it. */
#pragma once

#include <lib/types.h>

struct task;

/* End the calling task; @code is a wait status (exit code << 8 | signal). Does not return. */
void do_exit(long code) __attribute__((noreturn));
/* End the whole thread group. Does not return. */
void do_group_exit(int code) __attribute__((noreturn));

/* Unlink a dead task from everything; the last reference frees it. Caller holds no lock. */
void release_task(struct task *task);

/* Free what remains of a task at its last put (called by put_task()). */
void free_task(struct task *task);

/* Would @pgrp be orphaned (no member with a parent in another group of its session)? Caller
 * holds tasklist_lock. */
struct pid;
bool is_current_pgrp_orphaned(void);
bool will_become_orphaned_pgrp_locked(struct pid *pgrp, struct task *ignored);

/* Process 1 is on its way: the first user process. Boot calls it last. Does not return to the
 * caller's idea of a process: it starts the task and comes back. */
int process_start_init(void);

/* Register caches, first namespaces and the first task's process part. Early in boot. */
void process_init(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/* task_impl.h - kernel threads' memory and the parts of sched_init(). */
#pragma once

#include <arch/thread.h>

struct task;

/* A zeroed struct task without a process part; NULL: no memory. */
struct task *kernel_task_alloc(void);
void kernel_task_free(struct task *task);
/* idle.c: the idle thread of the boot processor. */
extern const struct kthread_ops idle_thread_ops;
/* cred.c: caches. */
void cred_init(void);
void user_init(void);
void user_ns_init(void);
/* tick.c */
void loadavg_start(void);

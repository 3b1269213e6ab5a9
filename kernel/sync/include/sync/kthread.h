/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kthread.h - kernel threads. Declared here for everybody, defined by the scheduler (sched/kthread.c).
 */
#pragma once

#include <lib/types.h>
#include <sync/thread.h>

struct kthread;

/*
 * struct kthread_ops { name; void (*run)(void *arg); } is the processor's (arch/thread.h): run() is the thread's life,
 * its loop calls kthread_park_point(). When it returns the thread ends, unless it became a user thread meanwhile.
 */

#define KTHREAD_ANY_CPU (~0u)

/* A new stopped thread, named by @name (15 characters kept). ERR_PTR(-ENOMEM, -EAGAIN). May sleep. */
struct kthread *__must_check kthread_create(const struct kthread_ops *ops, void *arg, const char *name);
/* The same, bound to @cpu, with extra THREAD_ flags (THREAD_NO_PARK, THREAD_SERVER, THREAD_WORKER). */
struct kthread *__must_check kthread_create_on(const struct kthread_ops *ops, void *arg, const char *name,
					       u32 cpu, u32 thread_flags);
/* Let it run. */
void kthread_start(struct kthread *kthread);
/* Create and start. */
struct kthread *__must_check kthread_run(const struct kthread_ops *ops, void *arg, const char *name);
/* Ask it to end, wake it, wait until it has ended, and free it. Sleeps. */
void kthread_stop(struct kthread *kthread);
/* Has somebody asked the current kernel thread to end? Part of its wait conditions. */
bool kthread_should_stop(void);
/* The thread inside, to wake or to report. Borrowed while the kthread lives. */
struct thread *kthread_thread(struct kthread *kthread);

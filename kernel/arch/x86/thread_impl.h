/* SPDX-License-Identifier: GPL-2.0-only */
/* thread_impl.h - between thread.c and entry.S. */
#ifndef ARCH_THREAD_IMPL_H
#define ARCH_THREAD_IMPL_H

#include <arch/thread.h>

extern const char thread_begin_kernel[], thread_begin_user[];

struct arch_thread *switch_stack(struct arch_thread *prev, struct arch_thread *next);
/* A switch from a thread that had the extras @prev to @next. Interrupts off. */
void switch_extra(u32 prev, const struct arch_thread *next);
void thread_run_kernel(struct thread *prev, const struct kthread_ops *ops, void *arg);

#endif

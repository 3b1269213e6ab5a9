/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sync_port.h - what the scheduler and the log define for this folder (one definer each, checked at link).
 */
#pragma once

#include <lib/types.h>

struct thread;

/* sched: give up the CPU according to the current thread's state; returns when it runs again. */
void schedule(void);
/* sched: the same, but wake up by itself at @deadline_ns (monotonic). Returns true when the time has passed. */
bool schedule_until(u64 deadline_ns);
/* sched: make @thread runnable if its state is in @states. True when this call woke it. Any context but NMI. */
bool thread_wake(struct thread *thread, u32 states);

/*
 * Wake-ups in two halves. Under a lock that the woken thread will want, only its state is changed; it is queued, and its processor
 * told, when the lock is free. Else it runs against the lock while the waker still sends the interrupt, which takes long in a
 * guest, and longer while the other one spins. Preemption is off from the first half to the end of the second.
 */
#define WAKE_BATCH_MAX 8
struct wake_batch {
	u32 nr;
	u32 states[WAKE_BATCH_MAX];
	struct thread *threads[WAKE_BATCH_MAX];
};
/* sched: the first half of thread_wake(), with its result; all of it when @batch is NULL or full. */
bool thread_wake_batched(struct thread *thread, u32 states, struct wake_batch *batch);
/* sched: the second half for all of @batch, which may be empty. */
void wake_batch_finish(struct wake_batch *batch);
/* sched: make @thread notice new TIF_ work soon when it is running in user mode on some processor. */
void thread_kick(struct thread *thread);
/* log: the end / a line in the log / nobody cares about locks any more. */
__noreturn void panic(const char *fmt, ...) __printf(1, 2);
int printk(const char *fmt, ...) __printf(1, 2);
bool panic_in_progress(void);
/* time: monotonic nanoseconds. */
u64 ktime_get_ns(void);

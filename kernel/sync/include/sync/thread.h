/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.h - struct thread: what a kernel stack that can be switched to is.
 *
 * WHAT        The part of a task that locks, waits and parking need. struct task (sched) embeds it first, so
 *             the two pointers are one address. Interrupt and fork entry know arch, the first member.
 * INVARIANTS  T1  state is written by the thread itself, except TASK_RUNNING, which a waker writes under the
 *                 run-queue's rules, and the start and the end, which belong to the scheduler.
 *             T2  A thread structure is freed only after an RCU grace period that follows its last reference,
 *                 so a waker inside a preemption-disabled region may use a pointer it has just read.
 * LOCKING     Fields are the thread's own unless a comment names another rule.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <arch/atomic.h>
#include <arch/thread.h>
#include <arch/percpu.h>
#include <sync/call.h>
#include <sync/edge.h>
#include <sync/rank.h>

struct reserve;

/* States; a mask of them is what thread_wake() takes. */
#define TASK_RUNNING	     0x00
#define TASK_INTERRUPTIBLE   0x01
#define TASK_UNINTERRUPTIBLE 0x02
#define TASK_STOPPED	     0x04 /* job control, in the exit-to-user loop */
#define TASK_TRACED	     0x08 /* ptrace, in the exit-to-user loop */
#define TASK_PARKED	     0x10 /* held by still_begin() */
#define TASK_NEW	     0x20 /* never ran yet */
#define TASK_DEAD	     0x40 /* will not run again */
#define TASK_WAKEKILL	     0x80 /* with another bit: a fatal signal wakes it */
#define TASK_KILLABLE	     (TASK_UNINTERRUPTIBLE | TASK_WAKEKILL)
#define TASK_IDLE_WAIT	     0x100 /* with UNINTERRUPTIBLE: does not count as load */
#define TASK_WAKEPARK	     0x200 /* with another bit: a request to park wakes it */
#define TASK_SCHED_BITS	     0xf000 /* the scheduler's own (sched/run_queue.h) */
#define TASK_NORMAL	     (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

/* Beside states for thread_wake(): the waker is about to sleep itself, so the woken one had better run here. */
#define WAKE_SYNC 0x10000

/* thread.flags: set by the thread itself or before it runs. */
#define THREAD_KERNEL	 0x01 /* never returns to user mode */
#define THREAD_IDLE	 0x02 /* a processor's idle thread */
#define THREAD_CONDUCTOR 0x04 /* exempt from parking: it conducts */
#define THREAD_WORKER	 0x08 /* a work queue's worker */
#define THREAD_EXITING	 0x10 /* past the point of no return of exit: runs to its end */
#define THREAD_NO_PARK	 0x20 /* a kernel thread that stillness needs (RCU, timers) */
#define THREAD_SERVER	 0x40 /* a kernel thread that serves others: parks after them */

#define THREAD_NAME_LEN	 16
#define SLEEP_HELD_MAX	 12 /* sleeping locks that are known of a thread */

struct thread {
	struct arch_thread arch; /* first: entry code knows it */
	u32 state;		 /* TASK_*; T1 */
	u32 flags;		 /* THREAD_* */
	void *stack;		 /* lowest address; final */
	struct call call;	 /* what the current system call achieved */
	struct edge_wait edge;	 /* the record of an edge wait */
	const void *wait_lock;	 /* held.h: the sleeping lock it waits for; compared, never followed */
	const void *granted;	 /* held.h: a lock that it holds for somebody's sake, or NULL; own */
	const void *hand_over;	 /* held.h: the lock that it gives to the first in line, or NULL */
	u32 nr_sleep_held;	 /* held.h */
	const void *sleep_held[SLEEP_HELD_MAX];
	const char *wait_device; /* the device this thread waits for, or NULL */
	struct reserve *reserve; /* the transaction reserve (pages) that the thread is inside of, or NULL; own */
	bool is_parked;		 /* held by park_here(); still lock */
	bool fatal_signal;	 /* SIGKILL or group exit is pending; process sets and clears it */
	bool make_it_fail;	 /* its allocations are among those that fail by a setting; anybody, inherited by fork */
	atomic_t fail_nth;	 /* the allocation from now that fails; 0: none. pages/alloc_fault.c; atomic */
	u32 nr_refused;		 /* allocations that failed by vm.small_allocation alone. pages/alloc_policy.h; own */
	u32 refused_nodes;	 /* those that the last of them might have come from; own */
	struct list_head registry_node; /* all live threads; registry lock */
	u32 id;				/* the number users know, for reports */
	char name[THREAD_NAME_LEN];	/* for reports; the task's comm */
#ifdef DEBUG_LOCKS
	u32 nr_held;
	struct held_lock held[LOCK_MAX_HELD];
#endif
};

/* Prepare @thread (zeroed by the caller) and enter it in the registry. */
void thread_init(struct thread *thread, const char *name, u32 flags);
/* Take @thread out of the registry: it died (sched_exit_switch()) or never ran. Twice is harmless. */
void thread_leave(struct thread *thread);
/* The scheduler: a new thread is about to run for the first time. */
void thread_starting(struct thread *thread);

static __always_inline u32 thread_state(const struct thread *thread)
{
	return READ_ONCE(thread->state);
}

/* Announce a sleep: ordered before the test of the condition (pairs with thread_wake()). */
static __always_inline void set_current_state(u32 state)
{
	__atomic_exchange_n(&current_thread()->state, state, __ATOMIC_SEQ_CST);
}

/* The unordered form: back to running, or under the lock that the waker takes. */
static __always_inline void __set_current_state(u32 state)
{
	WRITE_ONCE(current_thread()->state, state);
}

/* A signal waits for delivery to @thread (TIF_SIGPENDING) / it is one that kills (process sets fatal_signal first). */
static inline bool thread_signal_pending(struct thread *thread)
{
	return thread_test_work(thread, TIF_SIGPENDING);
}

static inline bool thread_fatal_signal_pending(struct thread *thread)
{
	return thread_signal_pending(thread) && READ_ONCE(thread->fatal_signal);
}

/* The current thread is asked to park. */
static inline bool park_pending(void)
{
	return thread_test_work(current_thread(), TIF_PARK);
}

/* All threads, for reports and stillness. Hold the registry lock around the walk. */
void thread_registry_lock(void);
void thread_registry_unlock(void);
extern struct list_head thread_registry_list;
#define for_each_registered_thread(t) list_for_each_entry(t, &thread_registry_list, registry_node)

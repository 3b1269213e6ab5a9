/* SPDX-License-Identifier: GPL-2.0-only */
/* process_impl.h - what the files of this folder share. */
#pragma once

#include <lib/types.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/list.h>
#include <lib/hlist.h>
#include <lib/string.h>
#include <lib/assert.h>
#include <lib/bitops.h>
#include <arch/thread.h>
#include <arch/ptregs.h>
#include <arch/uaccess.h>
#include <sync/spinlock.h>
#include <sync/mutex.h>
#include <sync/rcu.h>
#include <sync/wait.h>
#include <sync/call.h>
#include <sync/still.h>
#include <sync/sync_port.h>
#include <sched/task.h>
#include <sched/cred.h>
#include <sched/sched.h>
#include <sched/sched_port.h>
#include <security/security.h>
#include <process/pid.h>
#include <process/signal.h>
#include <process/signal_struct.h>
#include <process/task_process.h>
#include <process/rlimit.h>

/* State of the whole folder. */
struct process_state {
	struct spinlock family_lock;   /* tasklist_lock: rank TASKLIST, interrupts off */
	struct list_head tasks;	       /* leaders by task_process.tasks; tasklist_lock, RCU readers */
	struct kmem_cache *task_cache, *signal_cache, *sighand_cache, *sigqueue_cache;
	struct kmem_cache *futex_cache, *nsproxy_cache, *uts_cache, *pid_ns_cache, *timers_cache, *timer_cache;
	u64 total_forks;	       /* tasklist_lock */
	u64 next_pid_ino;	       /* tasklist_lock or boot */
	u32 max_threads;
};
extern struct process_state process_state;

#define tasklist_lock (process_state.family_lock)

static inline struct task_process *tproc(const struct task *task)
{
	return task->process;
}

/* The caller's own. */
#define cur (current->process)

static inline bool thread_group_leader(const struct task *task)
{
	return tproc(task)->exit_signal >= 0;
}

static inline bool same_thread_group(const struct task *a, const struct task *b)
{
	return tproc(a)->signal == tproc(b)->signal;
}

#define for_each_process(task_)                                                                                        \
	for (struct task_process *fep_ = list_entry(process_state.tasks.next, struct task_process, tasks);             \
	     &fep_->tasks != &process_state.tasks && ((task_) = fep_->task, true);                                    \
	     fep_ = list_entry(READ_ONCE(fep_->tasks.next), struct task_process, tasks))

/* Every thread of @sig_; tasklist_lock, siglock or RCU. */
#define for_each_thread_of(sig_, task_)                                                                                \
	for (struct task_process *fet_ = list_entry(READ_ONCE((sig_)->thread_head.next), struct task_process,         \
						    thread_node);                                                      \
	     &fet_->thread_node != &(sig_)->thread_head && ((task_) = fet_->task, true);                              \
	     fet_ = list_entry(READ_ONCE(fet_->thread_node.next), struct task_process, thread_node))

/* Every process in group or session @pid_; tasklist_lock or RCU. */
#define for_each_pid_task(pid_, type_, task_)                                                                          \
	for (struct hlist_node *fpt_ = READ_ONCE((pid_)->tasks[type_].first);                                         \
	     fpt_ && ((task_) = task_of_pid_link(fpt_, type_), true); fpt_ = READ_ONCE(fpt_->next))

static inline struct task *task_of_pid_link(struct hlist_node *node, enum pid_type type)
{
	struct hlist_node(*links)[PIDTYPE_MAX] = (void *)(node - type);

	return container_of(links, struct task_process, pid_links)->task;
}

/* Lock the signal handlers of a task that may be exiting. NULL: it has none any more. */
struct sighand_struct *lock_task_sighand(struct task *task, unsigned long *flags) __must_check;
static inline void unlock_task_sighand(struct task *task, unsigned long flags)
{
	spin_unlock_irqrestore(&tproc(task)->sighand->siglock, flags);
}

/* Is it process 1 of the machine? */
static inline bool is_global_init(const struct task *task)
{
	return tproc(task)->pid && tproc(task)->signal->pids[PIDTYPE_TGID]->numbers[0].nr == 1;
}

/* Namespace of a task's objective credentials; borrowed, RCU. */
static inline struct user_namespace *task_cred_user_ns(const struct task *task)
{
	return task_cred_rcu(task)->user_ns;
}

static inline kuid_t task_uid(const struct task *task)
{
	return task_cred_rcu(task)->uid;
}

/* signal_queue.c */
void flush_sigqueue(struct sigpending *queue);
struct sigqueue *sigqueue_alloc_for(int sig, struct task *task, u32 flags, bool override_limit);
void sigqueue_put(struct sigqueue *q);
/* As dequeue_signal_locked(); *timer_private is the posix timer to re-arm after the lock was dropped, or 0. */
int dequeue_locked(const ksigset_t *mask, struct ksiginfo *info, bool *rearm);
int dequeue_synchronous_locked(struct ksiginfo *info);
void flush_itimer_signals(void);
bool has_pending_signals_locked(struct task *task);

/* A fork under way: what its process was sent as a member of a process group meanwhile. On the forker's stack. */
struct fork_signals {
	struct list_head node; /* signal->forks */
	ksigset_t got;	       /* siglock */
};

/* signal_send.c */
bool signal_action_ignores(unsigned long handler, int sig);
void flush_signal_mask(u64 mask, struct sigpending *pending);
int send_signal_locked(int sig, struct ksiginfo *info, struct task *task, int type);
bool signal_is_ignored(struct task *task, int sig, bool force);
void task_stop_pending_locked(struct task *task);
bool task_participate_group_stop_locked(struct task *task);
void zap_process_locked(struct task *start, int exit_code);

/* signal_stop.c */
void notify_parent_stopped(struct task *task, int why);
/* Sleep in the stopped state; called from get_signal() only. */
bool do_signal_stop_locked(int sig);

/* CPU time of the whole group and its status, as a SIGCHLD carries them. */
void task_fill_child_times(struct task *leader, struct ksiginfo *info);

/* rlimit.c: what the first process starts with. */
void rlimit_set_defaults(struct signal_struct *signal, unsigned long max_threads);

/* exit.c, wait.c */
bool notify_parent_exit(struct task *task, int sig);
int kill_orphaned_pgrp_check(struct task *task, struct task *parent);

/* posix timers */
void posix_timer_rearm(struct ksiginfo *info);
void exit_itimers(struct task *task);
void posix_cpu_timers_exit_thread(struct task *task);
void itimer_real_rearm_locked(void);

/* futex.c */
void exit_robust_list(struct task *task);

/* kcmp.c */
void kcmp_init(void);

/* rseq.c */
void rseq_signal_deliver(struct pt_regs *regs);
void rseq_resume(struct pt_regs *regs);
void rseq_fork(struct task *child, u64 clone_flags);
void rseq_exec(void);

/* For the caller. */
static inline bool signal_pending(void)
{
	return current_signal_pending();
}

static inline bool fatal_signal_pending(void)
{
	return thread_fatal_signal_pending(current_thread());
}

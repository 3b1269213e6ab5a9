/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_struct.h - what the threads of one process share.
 *
 * LOCKING     sighand->siglock unless a field says otherwise; pids, children and the group's thread list: tasklist_lock
 *             (RCU for readers).
 */
#pragma once

#include <sched/task.h>
#include <process/signal.h>
#include <process/pid.h>
#include <linux/resource.h>
#include <sync/mutex.h>

struct tty_struct;
struct posix_timers;

enum { NR_RLIMITS = 16 };

/* Bits of signal_struct.flags. */
enum {
	SIGNAL_STOP_STOPPED = 0x01,   /* job control: the group is stopped */
	SIGNAL_STOP_CONTINUED = 0x02, /* SIGCONT since then: for wait(WCONTINUED) */
	SIGNAL_GROUP_EXIT = 0x04,     /* the group is ending */
	SIGNAL_CLD_STOPPED = 0x10,    /* the parent is owed a CLD_STOPPED */
	SIGNAL_CLD_CONTINUED = 0x20,  /* or a CLD_CONTINUED */
	SIGNAL_CLD_MASK = SIGNAL_CLD_STOPPED | SIGNAL_CLD_CONTINUED,
	SIGNAL_UNKILLABLE = 0x40,     /* a namespace's init: default actions don't reach it */
	SIGNAL_STOP_MASK = SIGNAL_CLD_MASK | SIGNAL_STOP_STOPPED | SIGNAL_STOP_CONTINUED,
};

/* What getrusage() adds up. Times in ns. */
struct usage_sums {
	u64 utime, stime, sum_exec;
	unsigned long nvcsw, nivcsw, min_flt, maj_flt;
	struct io_account io;
	unsigned long maxrss_pages;
};

struct signal_struct {
	struct refcount refs;	  /* tasks that may look at it, dead ones too */
	atomic_t live;		  /* threads that have not begun to exit */
	int nr_threads;		  /* siglock and tasklist_lock for changes */
	int quick_threads;	  /* siglock: threads not yet past exit's first step */
	struct list_head thread_head;
	struct wait_queue_head wait_chldexit; /* parents in wait4 */
	struct task *curr_target; /* where the last group signal went */
	struct sigpending shared_pending;

	int group_exit_code;
	int notify_count;	  /* exec waits until so many are gone; -1: until the leader is a zombie */
	struct task *group_exec_task;
	int group_stop_count;
	u32 flags;		  /* SIGNAL_* */
	bool is_child_subreaper;
	bool has_child_subreaper;
	bool autoreap;

	struct list_head forks;		 /* siglock: struct fork_signals of forks under way; fork.c K2 */
	struct pid *pids[PIDTYPE_MAX];	 /* TGID, PGID, SID, alive while attached; tasklist_lock, readers RCU */
	struct pid *tty_old_pgrp;	 /* owned */
	bool leader;			 /* session leader */
	struct tty_struct *tty;		 /* controlling terminal, a reference of the tty's own; siglock */

	struct posix_timers *timers;	 /* made on first use; see posix_timers_impl.h. siglock */
	u64 cpu_limit_ns;		 /* CPU time of the next SIGXCPU, ~0: RLIMIT_CPU sets none. siglock, read by the tick without */
	struct usage_sums own;		 /* of threads that are gone; stats_lock */
	struct usage_sums children;	 /* of children that were waited for; stats_lock */
	struct spinlock stats_lock;	/* rank LEAF */

	struct rlimit rlim[NR_RLIMITS];	 /* task_lock of the leader for writers; words are read plainly */
	short oom_score_adj, oom_score_adj_min;

	struct mutex cred_guard_mutex;	 /* rank EXEC: exec computes credentials; nobody looks in meanwhile */
};


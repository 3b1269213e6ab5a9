/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_process.h - the process floor's part of a task: names, family, signals, what user space registered.
 *
 * task->process points here; both lie in one slab object, so a task has one exactly as long as it exists.
 *
 * LOCKING  tasklist_lock: family and pid links (readers: RCU). siglock: mask of others, queues, jobctl.
 *          The rest belongs to the thread itself.
 */
#pragma once

#include <process/signal_struct.h>
#include <process/pid.h>

struct task;
struct nsproxy;
struct futex_waiter;
struct completion;
struct rseq;

/* Job-control bits: states of the exit-to-user loop, siglock. */
enum {
	JOBCTL_STOP_PENDING = 0x01, /* shall stop for the group stop in progress */
	JOBCTL_STOP_CONSUME = 0x02, /* counts in group_stop_count */
	JOBCTL_STOPPED = 0x04,	    /* is in the stopped state */
	JOBCTL_STOP_DEQUEUED = 0x08, /* took a stop signal; no SIGCONT since */
};

enum task_exit_state { TASK_RUNNING_ON = 0, EXIT_STATE_ZOMBIE = 1, EXIT_STATE_DEAD = 2 };

/* A wait that a signal interrupted and restart_syscall goes on with. */
struct restart_block {
	const struct restart_ops *ops;
	u64 deadline_ns; /* absolute, on clock */
	int clock;
	u32 flags;
	uaddr_t user_a, user_b;
	u64 arg[3];
};
struct restart_ops {
	const char *name;
	long (*restart)(struct restart_block *block);
};

struct task_process {
	struct task *task; /* __final: whose part this is; both lie in one object */

	/* --- signals --- */
	struct signal_struct *signal;	/* owned reference, for life */
	struct sighand_struct *sighand; /* owned reference; NULL after the last step of exit. RCU */
	ksigset_t blocked;		/* own; others under siglock */
	ksigset_t real_blocked;		/* sigtimedwait: the mask meanwhile */
	ksigset_t saved_sigmask;	/* to restore when the call ends */
	bool has_saved_sigmask;
	struct sigpending pending;
	struct sigqueue *sigqueue_cache; /* one entry kept for the next signal */
	u32 jobctl;
	unsigned long sas_sp, sas_size;
	u32 sas_flags;
	struct restart_block restart_block;

	/* --- names and family: tasklist_lock --- */
	struct pid *pid;		/* NULL once reaped; tasklist_lock, readers RCU */
	struct hlist_node pid_links[PIDTYPE_MAX];
	struct task *group_leader;
	struct task *real_parent;	/* who made it, or who adopted it */
	struct task *parent;		/* who gets SIGCHLD and wait4 */
	struct list_head children;	/* group leaders, by sibling */
	struct list_head sibling;
	struct list_head sibling_dead;	/* while exit_notify() releases it */
	struct list_head thread_node;	/* signal->thread_head */
	struct list_head tasks;		/* leaders: all processes */
	u64 parent_exec_id, self_exec_id;
	int exit_state;			/* enum task_exit_state; tasklist_lock */
	int exit_code;
	int exit_signal;		/* -1: not a leader */
	int pdeath_signal;
	bool is_exiting;		/* past the start of do_exit */
	bool did_exec;
	bool in_execve;
	bool no_new_privs;
	bool is_vfork_child;
	u32 personality;

	/* --- what user space registered --- */
	uaddr_t set_child_tid;
	uaddr_t clear_child_tid;
	uaddr_t robust_list;
	uaddr_t rseq;
	u32 rseq_len;
	u32 rseq_sig;
	u32 rseq_events;		/* own, written with interrupts off */

	/* --- waits that live in the task --- */
	struct futex_waiter *futex;	/* made on first use, freed with the task */
	struct pid *vfork_pid;		/* owned by the waiting parent: where it waits */

	struct nsproxy *nsproxy;	/* owned reference; task_lock */
	u64 start_time, start_boottime; /* ns */
	u64 timer_slack_ns, default_timer_slack_ns;
	u16 ioprio;
	u8 mce_kill;			/* PR_MCE_KILL_LATE or EARLY, plus 1; 0: default. own */
	unsigned long dispatch_offset, dispatch_len; /* PR_SET_SYSCALL_USER_DISPATCH: calls from here pass; own */
	uaddr_t dispatch_selector;	/* a byte of the program's, or null: none passes */
};

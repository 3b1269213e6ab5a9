/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pid.h - the name of a process, of a group and of a session.
 *
 * A struct pid is a number in each pid namespace from its own up to the first one. It is
 * one object for four roles (thread, thread group, process group, session) and outlives the
 * tasks that bear it: who keeps a reference can ask later whether anybody is still there.
 * Kernel code passes struct pid, never integers; integers are made at the edge, for the
 * namespace of who asks.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <lib/hlist.h>
#include <lib/xarray.h>
#include <sync/spinlock.h>
#include <sync/refcount.h>
#include <sync/rcu.h>
#include <sync/wait.h>

struct task;
struct file;
struct user_namespace;
struct kmem_cache;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_MAX };

enum {
	MAX_PID_NS_LEVEL = 32,
	PID_MAX_LIMIT = 1 << 22,
	RESERVED_PIDS = 300, /* after the numbers wrapped, the low ones stay free for daemons */
};

/* What a pid is called in one namespace. */
struct upid {
	int nr;			  /* __final */
	struct pid_namespace *ns; /* __final; owned by the pid's reference on the deepest one */
};

struct pid {
	struct refcount refs;
	u32 level;			    /* __final: numbers[0..level] */
	struct hlist_head tasks[PIDTYPE_MAX]; /* writers: tasklist_lock; readers: it or RCU */
	struct wait_queue_head wait_pidfd;  /* pidfd pollers; woken when the group leader is a zombie */
	u64 ino;			    /* __final: identity of its pidfds */
	struct rcu_head rcu;
	struct upid numbers[];
};

/* Pids of one container. The first process to get number 1 is its reaper. */
struct pid_namespace {
	struct refcount refs;
	u32 level;			 /* __final */
	struct pid_namespace *parent;	 /* __final; owned */
	struct user_namespace *user_ns;	 /* __final; owned */
	struct kmem_cache *pid_cache;	 /* __final: struct pid with level + 1 numbers */
	u32 inum;			 /* __final */
	struct spinlock lock;		 /* rank PIDMAP */
	struct xarray pids;		 /* nr -> struct pid; writers: lock; readers: RCU */
	int last_nr;			 /* lock */
	int pid_max;			 /* sysctl kernel.pid_max */
	u32 nr_pids;			 /* lock */
	bool is_dying;			 /* lock: the reaper is gone, nobody joins any more */
	int reboot;			 /* signal that reboot(2) inside leaves for the parent */
	struct task *child_reaper;	 /* tasklist_lock */
	struct acct_file *acct;		 /* acct(2): owned reference; lock of acct.c */
	struct wait_queue_head empty_wait; /* the exiting reaper waits here for the others */
	struct rcu_head rcu;
};

extern struct pid_namespace init_pid_ns;

/* Take a reference on @pid; NULL is fine and stays NULL. */
static inline struct pid *get_pid(struct pid *pid)
{
	if (pid)
		refcount_inc(&pid->refs);
	return pid;
}

/* Drop a reference; NULL is fine. The memory goes after a grace period. */
void put_pid(struct pid *pid);

/* Make a pid in @ns and its ancestors; @set_tid[0..nr_set) asks for numbers, innermost first.
 * Returns a reference. -EAGAIN (full, dying), -ENOMEM, -EEXIST, -EPERM, -EINVAL. */
struct pid *alloc_pid(struct pid_namespace *ns, const int *set_tid, size_t nr_set) __must_check;

/* Undo alloc_pid() or retire the numbers of a reaped pid: nobody finds it from now on. Drops a
 * reference. */
void free_pid(struct pid *pid);

/* Find by number; borrowed, valid inside the RCU read section. */
struct pid *find_pid_ns(int nr, struct pid_namespace *ns);
/* The same in the caller's namespace. */
struct pid *find_vpid(int nr);
/* The same, with a reference. NULL if there is none. */
struct pid *find_get_pid(int nr);
/* The pid with the smallest number >= @nr in @ns, for /proc; borrowed under RCU. */
struct pid *find_ge_pid(int nr, struct pid_namespace *ns);

/* Number of @pid as seen from @ns; 0 if it isn't visible there or NULL. */
static inline int pid_nr_ns(const struct pid *pid, const struct pid_namespace *ns)
{
	if (pid && ns->level <= pid->level && pid->numbers[ns->level].ns == ns)
		return pid->numbers[ns->level].nr;
	return 0;
}

/* Number in the first namespace, for the log. */
static inline int pid_nr(const struct pid *pid)
{
	return pid ? pid->numbers[0].nr : 0;
}

/* Number in the caller's own namespace. */
int pid_vnr(const struct pid *pid);

/* Namespace in which @pid was made. */
static inline struct pid_namespace *ns_of_pid(const struct pid *pid)
{
	return pid ? pid->numbers[pid->level].ns : NULL;
}

/* Is it the reaper ("init") of its namespace? */
static inline bool is_child_reaper(const struct pid *pid)
{
	return pid->numbers[pid->level].nr == 1;
}

/* Any task that bears @pid in that role; borrowed under RCU or tasklist_lock. */
struct task *pid_task(struct pid *pid, enum pid_type type);
/* The same with a reference on the task. */
struct task *get_pid_task(struct pid *pid, enum pid_type type);
/* Task by number in the caller's namespace; borrowed under RCU. */
struct task *find_task_by_vpid(int nr);
struct task *find_task_by_pid_ns(int nr, struct pid_namespace *ns);
/* The same with a reference. */
struct task *find_get_task_by_vpid(int nr);

/* Pids of a task, borrowed under RCU (its own: always). */
struct pid *task_pid(struct task *task);
struct pid *task_tgid(struct task *task);
struct pid *task_pgrp(struct task *task);
struct pid *task_session(struct task *task);
/* References to them. */
struct pid *get_task_pid(struct task *task, enum pid_type type);

/* Numbers of a task in @ns; 0 when it is invisible there or gone. */
int task_pid_nr_ns(struct task *task, struct pid_namespace *ns);
int task_tgid_nr_ns(struct task *task, struct pid_namespace *ns);
int task_pgrp_nr_ns(struct task *task, struct pid_namespace *ns);
int task_session_nr_ns(struct task *task, struct pid_namespace *ns);
/* The same of its parent's process. */
int task_ppid_nr_ns(struct task *task, struct pid_namespace *ns);
/* Numbers in the first namespace (log, tracing). */
int task_pid_nr(struct task *task);
int task_tgid_nr(struct task *task);
/* Numbers in the caller's namespace. */
int task_pid_vnr(struct task *task);
int task_tgid_vnr(struct task *task);

/* Namespace a task lives in; NULL once it was reaped. */
struct pid_namespace *task_active_pid_ns(struct task *task);

/* Link or unlink a task in one role. Caller holds tasklist_lock. */
void attach_pid_locked(struct task *task, enum pid_type type, struct pid *pid);
void detach_pid_locked(struct task *task, enum pid_type type);
void change_pid_locked(struct task *task, enum pid_type type, struct pid *pid);

/* New file that stands for @pid (flags: O_NONBLOCK, O_CLOEXEC belong to the descriptor). Returns a
 * reference or ERR_PTR. */
struct file *pidfd_file_create(struct pid *pid, unsigned int flags) __must_check;
/* Pid behind a pidfd; borrowed from the file. ERR_PTR(-EBADF) for another kind of file. */
struct pid *pidfd_pid(const struct file *file);
/* Pid behind descriptor @fd, with a reference; *flags gets the file's flags. */
struct pid *pidfd_get_pid(int fd, unsigned int *flags);
/* The process behind it, with a reference. ERR_PTR(-EBADF, -ESRCH). */
struct task *pidfd_get_task(int fd);
/* The same; an open directory /proc/PID also stands for its process. */
struct pid *pidfd_or_directory_get_pid(int fd);

/* References on namespaces. */
static inline struct pid_namespace *get_pid_ns(struct pid_namespace *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}
void put_pid_ns(struct pid_namespace *ns);
/* A namespace below @parent. Returns a reference; -ENOSPC (too deep), -ENOMEM. */
struct pid_namespace *create_pid_ns(struct user_namespace *user_ns,
				    struct pid_namespace *parent) __must_check;

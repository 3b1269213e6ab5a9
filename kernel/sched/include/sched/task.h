/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task.h - struct task: a thread with an owner, and current.
 *
 * WHAT        struct thread comes first, so a struct thread * and its struct task * are one address. Everything
 *             above owns its pointer here and defines what it means: mm, files, fs, process, cgroup.
 * INVARIANTS  T1  refs counts holders; the task itself holds one until its last switch away.
 *             T2  The memory goes after a grace period that follows the last reference.
 * LOCKING     per group below. alloc_lock (rank TASK, task_lock()) for pointers that others follow.
 * LIFECYCLE   task_init -> sched_fork -> wake_up_new_task -> ... -> sched_exit_switch (dead) -> put_task -> free_task
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <arch/cpumask.h>
#include <sync/refcount.h>
#include <sync/rcu.h>
#include <sync/spinlock.h>
#include <sync/thread.h>
#include <sched/entity.h>

struct cred;
struct mempolicy;
struct mm;
struct files_struct;
struct fs_struct;
struct nameidata;
struct task_process;
struct cgroup;
struct seccomp;
struct ptrace_state;
struct io_context;
struct kthread;

/* task->flags: changed by the task itself only (or before it runs). */
#define PF_KTHREAD	 0x00000001
#define PF_IDLE		 0x00000002
#define PF_EXITING	 0x00000004
#define PF_FORKNOEXEC	 0x00000008
#define PF_SUPERPRIV	 0x00000010 /* used a capability */
#define PF_DUMPCORE	 0x00000020
#define PF_SIGNALED	 0x00000040
#define PF_MEMALLOC	 0x00000080 /* may use the reserves: it frees memory */
#define PF_MEMALLOC_NOFS 0x00000100 /* allocations do not enter file systems */
#define PF_MEMALLOC_NOIO 0x00000200 /* nor devices */
#define PF_NPROC_EXCEEDED 0x00000400
#define PF_NO_SETAFFINITY 0x00000800
#define PF_USER_WORKER	 0x00001000
#define PF_VFORK_CHILD	 0x00002000
#define PF_OOM_VICTIM	 0x00004000
#define PF_PAGE_CACHE	 0x00008000 /* allocates for a file's cache, which is not the process' own memory */
#define PF_OOM_PATH	 0x00010000 /* picks a victim of the OOM killer, or takes its memory */

/* /proc/PID/io. Written by the task alone. */
struct io_account {
	u64 rchar, wchar;	/* bytes that reads and writes moved, wherever they came from */
	u64 syscr, syscw;	/* such calls, also those that failed */
	u64 read_bytes;		/* asked of a device or a share's server */
	u64 write_bytes;	/* made dirty: somebody will write them there */
	u64 cancelled_write_bytes; /* dirty and thrown away: never written */
};

struct task {
	struct thread thread; /* first; name is the comm (task_lock) */

	/* --- scheduling: the run queue's lock --- */
	u32 cpu;	/* whose queue it is on, or was; stable under that queue's lock */
	u32 on_cpu;	/* 1 while running; cleared with release after the switch away */
	u8 policy;	/* SCHED_OTHER, FIFO, RR, BATCH, IDLE, DEADLINE */
	u8 rt_priority; /* 1..99 for FIFO and RR */
	s8 nice;
	bool reset_on_fork;
	bool notify_on_switch; /* own: TIF_NOTIFY after a preemption or a migration (rseq) */
	bool wants_move; /* sched_exec(): place it anew at the next switch */
	struct sched_entity se;
	struct dl_entity dl;
	cpumask_t cpus_allowed;	    /* effective affinity */
	cpumask_t cpus_requested;   /* what sched_setaffinity asked for */
	u64 nr_migrations;
	u64 nvcsw, nivcsw;	    /* voluntary and involuntary switches; own */
	u64 last_wakeup_ns;
	bool in_iowait;		    /* own */

	/* --- accounting: own, readers tolerate a moment's difference --- */
	u64 utime_ticks_ns, stime_ticks_ns; /* what ticks saw; task_cputime() scales them to the exact sum */
	u64 min_flt, maj_flt;
	struct io_account io;

	/* --- life --- */
	u32 flags; /* PF_*; own */
	struct refcount refs;
	struct rcu_head rcu;
	struct kthread *kthread; /* a kernel thread's own record */

	/* --- what floors above own --- */
	struct spinlock alloc_lock;	 /* rank TASK: mm, files, fs, comm, process->nsproxy as seen by others */
	struct mm *mm;			 /* NULL: kernel thread. Begins with struct arch_mm. alloc_lock */
	struct files_struct *files;	 /* alloc_lock */
	struct fs_struct *fs;		 /* alloc_lock */
	const struct cred *cred;	 /* subjective; own */
	const struct cred *real_cred;	 /* objective; RCU */
	struct task_process *process;	 /* lies in the same object; NULL: pure kernel thread */
	struct cgroup *cgroup;		 /* RCU */
	struct seccomp *seccomp;	 /* RCU */
	struct ptrace_state *ptrace;
	struct io_context *io_context;
	struct nameidata *fs_walk;	 /* the path walk in progress; own */
	struct mempolicy *mempolicy;	 /* a reference, or NULL: the default; own, and alloc_lock for others */
	u64 interleave_next;		 /* the next turn of a policy that interleaves; own */
	u64 oom_grant;			 /* mm/oom.c: the victim (mm->id) for whose sake it may use the reserve while thread.granted; own */
	u32 oom_turn;			 /* mm/oom.c: when it was last sent back to try again; own */
	u32 nr_failed_faults;		 /* mm/oom.c: user faults in a row that found no memory; own */
	u32 failed_fault_turn;		 /* mm/oom.c: when the last of them was; own */
	void *journal_info;		 /* a file system's open transaction; own */
	void *plug;			 /* requests held back; own */
};

static __always_inline struct task *thread_task(struct thread *thread)
{
	return (struct task *)thread;
}

static __always_inline struct task *current_task(void)
{
	return (struct task *)current_thread();
}

#define current current_task()

/*
 * Scopes: between save and restore no allocation of this task enters a file system (nofs), nor starts input or output (noio), whatever its
 * flags say: for code that holds locks which reclaim may want. They nest; restore takes what its save returned.
 */
static inline u32 memalloc_scope_save(u32 scope)
{
	u32 had = current->flags & scope;

	current->flags |= scope;
	return had;
}

static inline void memalloc_scope_restore(u32 scope, u32 had)
{
	current->flags = (current->flags & ~scope) | had;
}

static inline u32 __must_check memalloc_nofs_save(void)
{
	return memalloc_scope_save(PF_MEMALLOC_NOFS);
}

static inline void memalloc_nofs_restore(u32 had)
{
	memalloc_scope_restore(PF_MEMALLOC_NOFS, had);
}

static inline u32 __must_check memalloc_noio_save(void)
{
	return memalloc_scope_save(PF_MEMALLOC_NOIO);
}

static inline void memalloc_noio_restore(u32 had)
{
	memalloc_scope_restore(PF_MEMALLOC_NOIO, had);
}

static inline void task_lock(struct task *task)
{
	spin_lock(&task->alloc_lock);
}

static inline void task_unlock(struct task *task)
{
	spin_unlock(&task->alloc_lock);
}

static inline struct task *get_task(struct task *task)
{
	refcount_inc(&task->refs);
	return task;
}
/* Under RCU: false when it is going already. */
static inline bool __must_check tryget_task(struct task *task)
{
	return refcount_inc_not_zero(&task->refs);
}
/* The last reference frees it after a grace period (port free_task() for tasks with a process part). Any context. */
void put_task(struct task *task);
#define get_task_struct get_task
#define put_task_struct put_task

/* Copy the name. @buf holds THREAD_NAME_LEN bytes. */
void get_task_comm(char *buf, struct task *task);
void set_task_comm(struct task *task, const char *name);

/* The state letter of /proc: R S D T t X Z P I. Zombies are process' knowledge. */
char task_state_letter(const struct task *task);

/* signal_pending() for those who need no process: TIF_SIGPENDING of the current task. */
static inline bool current_signal_pending(void)
{
	return thread_signal_pending(current_thread());
}

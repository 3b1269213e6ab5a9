/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cred.h - who a task is and what it may do.
 *
 * WHAT        A struct cred never changes once a task or a file points to it. A task changes itself by prepare_creds(),
 *             changes to the copy, commit_creds(). Other tasks read task->real_cred under RCU.
 * INVARIANTS  C1  task->cred is what it acts as (override_creds() may replace it), real_cred what others see of it.
 */
#pragma once

#include <lib/types.h>
#include <sync/refcount.h>
#include <sync/rcu.h>
#include <sched/user_namespace.h>
#include <linux/capability.h>

struct task;
struct landlock_domain;

/* A set of capabilities; bit n is CAP n. */
typedef struct {
	u64 val;
} kernel_cap_t;

#define CAP_VALID_MASK ((1ull << (CAP_LAST_CAP + 1)) - 1)
#define CAP_EMPTY_SET  ((kernel_cap_t){ 0 })
#define CAP_FULL_SET   ((kernel_cap_t){ CAP_VALID_MASK })

static inline bool cap_raised(kernel_cap_t set, int cap)
{
	return (set.val >> cap) & 1;
}

static inline void cap_raise(kernel_cap_t *set, int cap)
{
	set->val |= 1ull << cap;
}

static inline void cap_lower(kernel_cap_t *set, int cap)
{
	set->val &= ~(1ull << cap);
}

/* Supplementary groups, sorted; never changes. */
struct group_info {
	struct refcount refs;
	u32 nr_groups;
	kgid_t gid[];
};

/* Counts per real user, whatever the namespace: limits look at them. */
struct user_struct {
	struct refcount refs;
	kuid_t uid; /* final */
	struct hlist_node node;
	atomic_long_t processes; /* counted by copy_creds() and uncount_creds(), moved by commit_creds() */
	atomic_long_t sigpending;
	atomic_long_t locked_pages;
	atomic_long_t pipe_pages;
	atomic_long_t unix_inflight;
	atomic_long_t epoll_watches;
	atomic_long_t mq_bytes;
	atomic_long_t inotify_instances;
	atomic_long_t inotify_watches;
};

struct user_struct *find_user(kuid_t uid);	/* a reference or NULL */
struct user_struct *alloc_uid(kuid_t uid);	/* a reference; NULL: no memory */
struct user_struct *get_uid(struct user_struct *user);
void put_uid(struct user_struct *user);
extern struct user_struct root_user;

struct cred {
	struct refcount refs;
	kuid_t uid, suid, euid, fsuid;
	kgid_t gid, sgid, egid, fsgid;
	u32 securebits; /* SECBIT_* */
	kernel_cap_t cap_inheritable, cap_permitted, cap_effective, cap_bset, cap_ambient;
	struct user_struct *user;	/* a reference: real uid */
	struct user_namespace *user_ns; /* a reference */
	struct group_info *group_info;	/* a reference */
	struct landlock_domain *landlock; /* a reference, or NULL: what the task gave up (sched_port.h) */
	struct rcu_head rcu;
};

extern struct cred init_cred;

static inline const struct cred *get_cred(const struct cred *cred)
{
	refcount_inc(&((struct cred *)cred)->refs);
	return cred;
}
void put_cred(const struct cred *cred);
/* Borrowed until the current task changes it. */
const struct cred *current_cred(void);
const struct cred *current_real_cred(void);
/* Another task's objective credentials: borrowed, RCU / with a reference. */
const struct cred *task_cred_rcu(const struct task *task) __must_hold_rcu;
const struct cred *get_task_cred(struct task *task);

/* A copy of the current ones to change. NULL: no memory. */
struct cred *prepare_creds(void) __must_check;
/* Install (consumes @new) / throw away. */
void commit_creds(struct cred *new);
void abort_creds(struct cred *new);
/* Act as @cred for a while. Returns the former to give back. References stay with the caller. */
const struct cred *override_creds(const struct cred *cred);
void revert_creds(const struct cred *old);
/* fork: @child shares (thread) or gets a copy of the current ones. -ENOMEM. */
int copy_creds(struct task *child, bool share) __must_check;
/* @task, whom copy_creds() counted for its user, is none of its processes any more: it was reaped, or never came to be. */
void uncount_creds(struct task *task);
void exit_creds(struct task *task);

struct group_info *groups_alloc(u32 nr_groups); /* NULL: no memory */
struct group_info *get_group_info(struct group_info *info);
void put_group_info(struct group_info *info);
void groups_sort(struct group_info *info);
bool groups_search(const struct group_info *info, kgid_t gid);
/* Put @info (a reference is taken) into @new. */
void set_groups(struct cred *new, struct group_info *info);
/* Is the current task in group @gid (filesystem gid / effective gid)? */
bool in_group_p(kgid_t gid);
bool in_egroup_p(kgid_t gid);

/* Has @cred capability @cap in @ns? */
bool cred_capable(const struct cred *cred, struct user_namespace *ns, int cap);
/* The current task: in the initial namespace / in @ns. Marks the task as having used privilege. */
bool capable(int cap);
bool ns_capable(struct user_namespace *ns, int cap);
bool ns_capable_noaudit(struct user_namespace *ns, int cap);
/* @task, for other eyes. */
bool has_ns_capability(struct task *task, struct user_namespace *ns, int cap);

static inline kuid_t current_uid(void)
{
	return current_cred()->uid;
}

static inline kuid_t current_euid(void)
{
	return current_cred()->euid;
}

static inline kuid_t current_fsuid(void)
{
	return current_cred()->fsuid;
}

static inline kgid_t current_gid(void)
{
	return current_cred()->gid;
}

static inline kgid_t current_egid(void)
{
	return current_cred()->egid;
}

static inline kgid_t current_fsgid(void)
{
	return current_cred()->fsgid;
}

static inline struct user_namespace *current_user_ns(void)
{
	return current_cred()->user_ns;
}

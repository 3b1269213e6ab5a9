/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nsproxy.h - the namespaces a task looks at the world through.
 *
 * One shared, immutable bundle per set of namespaces; a task that changes one gets a new bundle.
 * The user namespace is not here: it belongs to the credentials (sched/cred.h).
 * uts, pid, mnt and user can be made and joined; ipc, net, cgroup and time exist as objects with
 * exactly one instance, and asking for another gives EINVAL.
 */
#pragma once

#include <lib/types.h>
#include <sync/refcount.h>
#include <sync/spinlock.h>
#include <sync/rcu.h>
#include <linux/utsname.h>

struct task;
struct file;
struct cred;
struct fs_struct;
struct mnt_namespace;
struct pid_namespace;
struct user_namespace;

/* Host name and what uname(2) says. */
struct uts_namespace {
	struct refcount refs;
	u32 inum;			/* __final */
	struct user_namespace *user_ns; /* __final; owned */
	struct spinlock lock;		/* rank UTS: name */
	struct new_utsname name;
};

/* The kinds of which there is one instance. */
struct single_namespace {
	struct refcount refs;
	u32 inum;	     /* __final */
	u32 clone_flag;	     /* __final: CLONE_NEW* that names the kind */
	const char *ns_name; /* __final: "ipc", "net", ... */
};

struct nsproxy {
	struct refcount refs;
	struct uts_namespace *uts_ns;		    /* owned */
	struct mnt_namespace *mnt_ns;		    /* owned */
	struct pid_namespace *pid_ns_for_children;  /* owned */
	struct single_namespace *ipc_ns, *net_ns, *cgroup_ns, *time_ns;
};

extern struct nsproxy init_nsproxy;
extern struct uts_namespace init_uts_ns;
extern struct single_namespace init_ipc_ns, init_net_ns, init_cgroup_ns, init_time_ns;

static inline struct nsproxy *get_nsproxy(struct nsproxy *nsp)
{
	refcount_inc(&nsp->refs);
	return nsp;
}
void put_nsproxy(struct nsproxy *nsp);

/* Namespaces for a child made with clone @flags. @fs is the child's own fs_struct (mnt). */
int copy_namespaces(unsigned long flags, struct task *child, struct cred *cred,
		    struct fs_struct *fs) __must_check;
/* Drop the task's bundle at exit. */
void exit_task_namespaces(struct task *task);

struct uts_namespace *get_uts_ns(struct uts_namespace *ns);
void put_uts_ns(struct uts_namespace *ns);
/* uts namespace of the caller; borrowed. */
struct uts_namespace *current_uts_ns(void);

/* Which namespace files /proc/PID/ns offers. */
enum ns_kind { NS_UTS, NS_MNT, NS_PID, NS_PID_CHILDREN, NS_USER, NS_IPC, NS_NET, NS_CGROUP, NS_TIME,
	       NS_TIME_CHILDREN, NR_NS_KINDS };

/* A reference to one namespace of any kind, for nsfs links. */
struct path;

struct ns_ref {
	enum ns_kind kind;
	u32 inum;
	void *ns; /* owned */
};

/* "uts", "mnt", "pid", "pid_for_children", ... */
const char *ns_kind_name(enum ns_kind kind);
/* Take a reference on @task's namespace of that kind. -ESRCH when the task is gone. */
int ns_ref_get(struct task *task, enum ns_kind kind, struct ns_ref *ref) __must_check;
void ns_ref_put(struct ns_ref *ref);
/* CLONE_NEW* of the kind. */
unsigned long ns_kind_flag(enum ns_kind kind);
/* Where nsfs shows the namespace, for a magic link to jump to: owned references in *@path. *@ref is consumed. -ENOMEM. Sleeps. */
int ns_path(struct ns_ref *ref, struct path *path) __must_check;

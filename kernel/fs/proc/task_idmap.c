/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_idmap.c - /proc/PID/{uid_map,gid_map,projid_map,setgroups}: how a user namespace's ids look from outside.
 *
 * WHAT    A map is written once and whole; kernel/sched/user_namespace.c judges it, by the rights of who opened the file as well
 *         (user_namespaces(7)). Reading shows lower ids as the reader's namespace names them.
 * TESTS   tests/guest/process/namespace_test.c
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <sched/user_namespace.h>
#include <sync/rcu.h>
#include "proc_impl.h"

static struct user_namespace *user_ns_of(struct task *task)
{
	with_rcu();
	return get_user_ns(task_cred_rcu(task)->user_ns);
}

static int map_show(struct seq_file *m, struct task *task, enum id_kind kind)
{
	struct user_namespace *ns = user_ns_of(task);
	struct id_extent extent;

	for (u32 i = 0; user_ns_map_extent(ns, kind, i, current_user_ns(), &extent); i++)
		seq_printf(m, "%10u %10u %10u\n", extent.first, extent.lower_first, extent.count);
	put_user_ns(ns);
	return 0;
}

static int map_write(const struct cred *opener, struct task *task, const char *buf, size_t len, enum id_kind kind)
{
	struct user_namespace *ns = user_ns_of(task), *mine = current_user_ns();
	int ret = -EPERM;

	if (ns->parent && (mine == ns || mine == ns->parent))
		ret = user_ns_write_map(ns, kind, opener, buf, len);
	put_user_ns(ns);
	return ret;
}

#define ID_MAP_OPS(name, kind)                                                                                   \
	static int name##_show(struct seq_file *m, struct task *task)                                            \
	{                                                                                                        \
		return map_show(m, task, kind);                                                                  \
	}                                                                                                        \
	static int name##_write(const struct cred *opener, struct task *task, char *buf, size_t len)             \
	{                                                                                                        \
		return map_write(opener, task, buf, len, kind);                                                  \
	}                                                                                                        \
	const struct proc_node_ops task_##name##_ops = { .show = name##_show, .write_as = name##_write }

ID_MAP_OPS(uid_map, ID_UID);
ID_MAP_OPS(gid_map, ID_GID);
ID_MAP_OPS(projid_map, ID_PROJID);

static int setgroups_show(struct seq_file *m, struct task *task)
{
	struct user_namespace *ns = user_ns_of(task);

	seq_puts(m, READ_ONCE(ns->flags) & USERNS_SETGROUPS_ALLOWED ? "allow\n" : "deny\n");
	put_user_ns(ns);
	return 0;
}

static int setgroups_write(const struct cred *opener, struct task *task, char *buf, size_t len)
{
	struct user_namespace *ns = user_ns_of(task);
	int ret = ns_capable(ns, CAP_SYS_ADMIN) ? user_ns_write_setgroups(ns, buf, len) : -EACCES;

	put_user_ns(ns);
	return ret;
}

const struct proc_node_ops task_setgroups_ops = { .show = setgroups_show, .write_as = setgroups_write };

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.c - where the rest of the kernel asks.
 *
 * WHAT        Each hook finds the domain of the acting credentials and asks it. No domain: no objection. While a file system acts with
 *             its mounter's credentials (overlay), the mounter's domain is asked.
 * ERRORS      -EACCES, -EXDEV; -EPERM for mounts and for other tasks.
 * TESTS       tests/guest/vfs/landlock_test.c
 */
#include <lib/assert.h>
#include <lib/errno.h>
#include <lib/uabi.h>
#include <linux/fs.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <security/security.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include "landlock_impl.h"

static struct landlock_domain *current_domain(void)
{
	return current_cred()->landlock;
}

static access_t open_rights(const struct file *file)
{
	access_t asked = 0;

	if (file->f_mode & FMODE_READ) {
		if (S_ISDIR(file_inode(file)->i_mode))
			return LANDLOCK_ACCESS_FS_READ_DIR;
		asked = LANDLOCK_ACCESS_FS_READ_FILE;
	}
	if (file->f_mode & FMODE_WRITE)
		asked |= LANDLOCK_ACCESS_FS_WRITE_FILE;
	if (file->f_mode & FMODE_EXEC)
		asked |= LANDLOCK_ACCESS_FS_EXECUTE;
	return asked;
}

static int may_open_file(struct file *file)
{
	const struct landlock_domain *domain = current_domain();

	return domain ? landlock_check(domain, &file->f_path, open_rights(file)) : 0;
}

static int may_make(const struct path *dir, struct dentry *dentry, umode_t mode)
{
	const struct landlock_domain *domain = current_domain();

	return domain ? landlock_check(domain, dir, landlock_make_right(mode)) : 0;
}

static int may_remove(const struct path *dir, struct dentry *dentry)
{
	const struct landlock_domain *domain = current_domain();
	access_t right = d_is_dir(dentry) ? LANDLOCK_ACCESS_FS_REMOVE_DIR : LANDLOCK_ACCESS_FS_REMOVE_FILE;

	return domain ? landlock_check(domain, dir, right) : 0;
}

static int may_link(struct dentry *old, const struct path *dir, struct dentry *dentry)
{
	const struct landlock_domain *domain = current_domain();
	struct landlock_move move = { .old = old, .to_dir = dir, .new = dentry };

	return domain ? landlock_check_move(domain, &move) : 0;
}

static int may_rename(const struct path *old_dir, struct dentry *old, const struct path *new_dir, struct dentry *new,
		      unsigned int flags)
{
	const struct landlock_domain *domain = current_domain();
	struct landlock_move move = {
		.old = old, .to_dir = new_dir, .new = new, .leaves = true, .is_exchange = flags & RENAME_EXCHANGE,
	};

	return domain ? landlock_check_move(domain, &move) : 0;
}

/* The way up that checks take must stay as it is. */
static int may_mount_at(const char *source, const struct path *where, const char *fstype, unsigned long flags)
{
	return current_domain() ? -EPERM : 0;
}

static int may_change_mounts(const struct path *where)
{
	return current_domain() ? -EPERM : 0;
}

static int may_remount(struct super_block *sb)
{
	return current_domain() ? -EPERM : 0;
}

/* Whoever controls a task has its rights: it must have given up as much at least. */
static int may_access_task(struct task *target, unsigned int mode)
{
	const struct landlock_domain *domain = current_domain();
	bool is_below;

	if (!domain)
		return 0;
	rcu_read_lock();
	is_below = landlock_domain_is_below(task_cred_rcu(target)->landlock, domain);
	rcu_read_unlock();
	return is_below ? 0 : -EPERM;
}

static int let_go(struct super_block *sb)
{
	landlock_objects_release(sb);
	return 0;
}

const struct security_policy landlock_policy = {
	.policy_name = "landlock",
	.file_open = may_open_file,
	.path_make = may_make,
	.path_remove = may_remove,
	.path_link = may_link,
	.path_rename = may_rename,
	.sb_mount = may_mount_at,
	.mount_change = may_change_mounts,
	.sb_remount = may_remount,
	.sb_delete = let_go,
	.ptrace_access = may_access_task,
};

void landlock_init(void);
void landlock_init(void)
{
	int err;

	landlock_object_cache_init();
	landlock_domain_cache_init();
	err = security_register_idle(&landlock_policy);
	KASSERT(!err);
}

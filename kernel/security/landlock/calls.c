/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.c - landlock_create_ruleset, landlock_add_rule, landlock_restrict_self.
 *
 * WHAT        A ruleset is a file that can only be passed on and used here. Restricting is for ever: the domain goes to all who are started.
 *
 *             offset  size  struct landlock_path_beneath_attr (packed)
 *             0       8     allowed_access
 *             8       4     parent_fd
 * LOCKING     A ruleset's lock around a rule that is added. The open file keeps the ruleset.
 * ERRORS      -EINVAL, -ENOMSG (nothing handled or allowed), -EBADFD (a descriptor of another kind), -EPERM (neither no_new_privs nor
 *             CAP_SYS_ADMIN), -E2BIG (layers; a newer program's attributes).
 * TESTS       tests/guest/vfs/landlock_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <landlock/landlock_calls.h>
#include <pages/page.h>
#include <process/task_process.h>
#include <sched/cred.h>
#include <sched/sched_port.h>
#include <sched/task.h>
#include <vfs/anon_inode.h>
#include <vfs/dentry.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/super.h>
#include "landlock_impl.h"

static_assert(sizeof(struct landlock_ruleset_attr) == 8);
static_assert(sizeof(struct landlock_path_beneath_attr) == 12);
static_assert(offsetof(struct landlock_path_beneath_attr, parent_fd) == 8);

/* --- the file --- */

static void ruleset_release(struct inode *inode, struct file *file)
{
	landlock_ruleset_free(file->private_data);
}

static ssize_t ruleset_read(struct file *file, struct iter *to, loff_t *pos)
{
	return -EINVAL;
}

static ssize_t ruleset_write(struct file *file, struct iter *from, loff_t *pos)
{
	return -EINVAL;
}

static const struct file_operations ruleset_fops = {
	.release = ruleset_release,
	.read = ruleset_read,
	.write = ruleset_write,
};

/* The ruleset of @f, which needs a mode bit. ERR_PTR. */
static struct landlock_ruleset *ruleset_of(struct fd f, u32 mode)
{
	if (!f.file)
		return ERR_PTR(-EBADF);
	if (f.file->f_op != &ruleset_fops)
		return ERR_PTR(-EBADFD);
	if (!(f.file->f_mode & mode))
		return ERR_PTR(-EPERM);
	return f.file->private_data;
}

/* --- landlock_create_ruleset --- */

/* A structure that may be longer than ours if the rest is zero. */
static int copy_attr(struct landlock_ruleset_attr *attr, uaddr_t uattr, size_t size)
{
	size_t i;
	u8 byte;

	if (uaddr_is_null(uattr))
		return -EFAULT;
	if (size < sizeof(*attr))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	for (i = sizeof(*attr); i < size; i++) {
		if (get_user_u8(uaddr_add(uattr, i), &byte))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	return copy_from_user(attr, uattr, sizeof(*attr)) ? -EFAULT : 0;
}

long sys_landlock_create_ruleset(uaddr_t uattr, size_t size, u32 flags)
{
	struct landlock_ruleset_attr attr;
	struct landlock_ruleset *ruleset;
	int fd;

	if (flags) {
		bool asks_version = flags == LANDLOCK_CREATE_RULESET_VERSION && uaddr_is_null(uattr) && !size;

		return asks_version ? LANDLOCK_ABI : -EINVAL;
	}
	fd = copy_attr(&attr, uattr, size);
	if (fd)
		return fd;
	if (attr.handled_access_fs & ~(u64)ACCESS_ALL)
		return -EINVAL;
	if (!attr.handled_access_fs)
		return -ENOMSG;
	ruleset = landlock_ruleset_create(attr.handled_access_fs);
	if (IS_ERR(ruleset))
		return PTR_ERR(ruleset);
	fd = anon_inode_getfd("[landlock-ruleset]", &ruleset_fops, ruleset, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		landlock_ruleset_free(ruleset);
	return fd;
}

/* --- landlock_add_rule --- */

/* Rules are about what has a place that programs can reach. */
static bool has_place(const struct file *file)
{
	return file->f_op != &ruleset_fops && !(file->f_path.mnt->mnt_flags & MNT_INTERNAL) &&
	       !landlock_is_placeless(file->f_path.dentry) && d_is_positive(file->f_path.dentry);
}

static int add_at(struct landlock_ruleset *ruleset, const struct dentry *dentry, access_t allowed)
{
	struct landlock_grant grant = { .layer = 0 };
	struct landlock_object *object;
	int err;

	if (!d_is_dir(dentry) && (allowed & ~ACCESS_FILE))
		return -EINVAL;
	/* what the ruleset does not handle it does not deny */
	grant.allowed = allowed | (ACCESS_ALL & ~(ruleset->handled | ACCESS_ALWAYS));
	object = landlock_object_get(d_inode(dentry));
	if (IS_ERR(object))
		return PTR_ERR(object);
	mutex_lock(&ruleset->lock);
	err = landlock_rules_add(&ruleset->rules, object, grant);
	mutex_unlock(&ruleset->lock);
	landlock_object_put(object);
	return err;
}

static int add_path_beneath(struct landlock_ruleset *ruleset, uaddr_t uattr)
{
	struct landlock_path_beneath_attr attr;
	struct fd f;
	int err;

	if (copy_from_user(&attr, uattr, sizeof(attr)))
		return -EFAULT;
	if (!attr.allowed_access)
		return -ENOMSG;
	if (attr.allowed_access & ~(u64)ruleset->handled)
		return -EINVAL;
	f = fdget_raw(attr.parent_fd);
	if (!f.file)
		return -EBADF;
	err = has_place(f.file) ? add_at(ruleset, f.file->f_path.dentry, attr.allowed_access) : -EBADFD;
	fdput(f);
	return err;
}

long sys_landlock_add_rule(int ruleset_fd, u32 rule_type, uaddr_t rule_attr, u32 flags)
{
	struct landlock_ruleset *ruleset;
	struct fd f;
	long ret;

	if (flags)
		return -EINVAL;
	f = fdget(ruleset_fd);
	ruleset = ruleset_of(f, FMODE_CAN_WRITE);
	if (IS_ERR(ruleset))
		ret = PTR_ERR(ruleset);
	else
		ret = rule_type == LANDLOCK_RULE_PATH_BENEATH ? add_path_beneath(ruleset, rule_attr) : -EINVAL;
	fdput(f);
	return ret;
}

/* --- landlock_restrict_self --- */

static long restrict_with(struct landlock_ruleset *ruleset)
{
	struct cred *cred = prepare_creds();
	struct landlock_domain *domain;

	if (!cred)
		return -ENOMEM;
	domain = landlock_domain_create(cred->landlock, ruleset);
	if (IS_ERR(domain)) {
		abort_creds(cred);
		return PTR_ERR(domain);
	}
	if (cred->landlock)
		landlock_domain_put(cred->landlock);
	cred->landlock = domain;
	commit_creds(cred);
	return 0;
}

long sys_landlock_restrict_self(int ruleset_fd, u32 flags)
{
	struct landlock_ruleset *ruleset;
	struct fd f;
	long ret;

	if (!current->process->no_new_privs && !ns_capable_noaudit(current_user_ns(), CAP_SYS_ADMIN))
		return -EPERM;
	if (flags)
		return -EINVAL;
	f = fdget(ruleset_fd);
	ruleset = ruleset_of(f, FMODE_CAN_READ);
	ret = IS_ERR(ruleset) ? PTR_ERR(ruleset) : restrict_with(ruleset);
	fdput(f);
	return ret;
}

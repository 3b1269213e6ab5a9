/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xattr.c - extended attributes: who may do what to which name; a store in memory.
 *
 * WHAT        user.* belongs to who may read or write a file or directory; trusted.* to CAP_SYS_ADMIN; security.* and
 *             system.* to the file system and the hooks. POSIX ACLs are posix_acl.c's; here their ids
 *             are translated between the caller's user namespace and the kernel, for every file system.
 * LOCKING     Setting and removing hold i_rwsem exclusively. The store has its own lock.
 * ERRORS      -EPERM, -EACCES, -ENODATA, -EOPNOTSUPP, -ERANGE, -E2BIG, -ENOSPC, -EEXIST.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/namei.h>
#include <vfs/posix_acl.h>
#include <vfs/vfs_calls.h>
#include <vfs/xattr.h>
#include <linux/limits.h>

static int xattr_permission(struct inode *inode, const char *name, int mask)
{
	if (mask & MAY_WRITE) {
		if (IS_IMMUTABLE(inode) || IS_APPEND(inode))
			return -EPERM;
	}
	if (str_has_prefix(name, XATTR_SECURITY_PREFIX) || str_has_prefix(name, XATTR_SYSTEM_PREFIX))
		return 0;
	if (str_has_prefix(name, XATTR_TRUSTED_PREFIX)) {
		if (!capable(CAP_SYS_ADMIN))
			return mask & MAY_WRITE ? -EPERM : -ENODATA;
		return 0;
	}
	if (str_has_prefix(name, XATTR_USER_PREFIX)) {
		if (!S_ISREG(inode->i_mode) && !S_ISDIR(inode->i_mode))
			return mask & MAY_WRITE ? -EPERM : -ENODATA;
		if (S_ISDIR(inode->i_mode) && (inode->i_mode & S_ISVTX) && (mask & MAY_WRITE) &&
		    !inode_owner_or_capable(inode))
			return -EPERM;
	}
	return inode_permission(inode, mask);
}

ssize_t __vfs_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value, size_t size)
{
	if (!inode->i_op->getxattr)
		return -EOPNOTSUPP;
	return inode->i_op->getxattr(dentry, inode, name, value, size);
}

ssize_t vfs_getxattr(struct dentry *dentry, const char *name, void *value, size_t size)
{
	struct inode *inode = d_inode(dentry);
	int err = xattr_permission(inode, name, MAY_READ);

	return err ? err : __vfs_getxattr(dentry, inode, name, value, size);
}

int __vfs_setxattr(struct dentry *dentry, struct inode *inode, const char *name, const void *value, size_t size,
		   int flags)
{
	int err;

	if (!inode->i_op->setxattr)
		return -EOPNOTSUPP;
	err = inode->i_op->setxattr(dentry, inode, name, value, size, flags);
	if (!err) {
		inode->i_flags &= ~S_NOSEC;
		inode_inc_change(inode);
	}
	return err;
}

int __vfs_removexattr(struct dentry *dentry, const char *name)
{
	struct inode *inode = d_inode(dentry);
	int err;

	if (!inode->i_op->removexattr)
		return -EOPNOTSUPP;
	err = inode->i_op->removexattr(dentry, name);
	if (!err)
		inode_inc_change(inode);
	return err;
}

/* security.capability: who may set file capabilities. */
static int security_name_permission(const struct inode *inode, const char *name)
{
	if (!str_has_prefix(name, XATTR_SECURITY_PREFIX))
		return 0;
	if (streq(name, XATTR_NAME_CAPS))
		return inode_capable(inode, CAP_SETFCAP) ? 0 : -EPERM;
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

int vfs_setxattr(struct dentry *dentry, const char *name, const void *value, size_t size, int flags)
{
	struct inode *inode = d_inode(dentry);
	int err = inode_lock_killable(inode);

	if (err)
		return err;
	err = xattr_permission(inode, name, MAY_WRITE);
	if (!err)
		err = security_name_permission(inode, name);
	if (!err)
		err = security_inode_setxattr(dentry, name, value, size, flags);
	if (!err)
		err = __vfs_setxattr(dentry, inode, name, value, size, flags);
	inode_unlock(inode);
	return err;
}

int vfs_removexattr(struct dentry *dentry, const char *name)
{
	struct inode *inode = d_inode(dentry);
	int err = inode_lock_killable(inode);

	if (err)
		return err;
	err = xattr_permission(inode, name, MAY_WRITE);
	if (!err)
		err = security_name_permission(inode, name);
	if (!err)
		err = security_inode_removexattr(dentry, name);
	if (!err)
		err = __vfs_removexattr(dentry, name);
	inode_unlock(inode);
	return err;
}

ssize_t vfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	struct inode *inode = d_inode(dentry);

	return inode->i_op->listxattr ? inode->i_op->listxattr(dentry, list, size) : 0;
}

bool xattr_is_system(const char *name)
{
	return str_has_prefix(name, XATTR_SYSTEM_PREFIX);
}

/* --- system calls: each once for a path or a file --- */

static int xattr_name(uaddr_t uname, char *name)
{
	long len = strncpy_from_user(name, uname, XATTR_NAME_MAX + 1);

	if (len < 0)
		return len;
	return len == 0 || len > XATTR_NAME_MAX ? -ERANGE : 0;
}

static long do_setxattr(const struct path *path, uaddr_t uname, uaddr_t uvalue, size_t size, int flags)
{
	char name[XATTR_NAME_MAX + 1];
	void *value = NULL;
	int err;

	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	err = xattr_name(uname, name);
	if (err)
		return err;
	if (size > XATTR_SIZE_MAX)
		return -E2BIG;
	if (size) {
		value = kvmalloc(size, GFP_KERNEL);
		if (!value)
			return -ENOMEM;
		if (copy_from_user(value, uvalue, size)) {
			kvfree(value);
			return -EFAULT;
		}
		if (posix_acl_kind(name) >= 0)
			posix_acl_ids_from_user(value, size);
	}
	err = mnt_want_write(path->mnt);
	if (!err) {
		err = vfs_setxattr(path->dentry, name, value ? value : "", size, flags);
		mnt_drop_write(path->mnt);
	}
	kvfree(value);
	return err;
}

static long do_getxattr(const struct path *path, uaddr_t uname, uaddr_t uvalue, size_t size)
{
	char name[XATTR_NAME_MAX + 1];
	void *value = NULL;
	ssize_t len;

	len = xattr_name(uname, name);
	if (len)
		return len;
	size = min_t(size_t, size, XATTR_SIZE_MAX);
	if (size) {
		value = kvmalloc(size, GFP_KERNEL);
		if (!value)
			return -ENOMEM;
	}
	len = vfs_getxattr(path->dentry, name, value, size);
	if (len > 0 && size && posix_acl_kind(name) >= 0)
		posix_acl_ids_to_user(value, len);
	if (len > 0 && size && copy_to_user(uvalue, value, len))
		len = -EFAULT;
	else if (len == -ERANGE && size >= XATTR_SIZE_MAX)
		len = -E2BIG;
	kvfree(value);
	return len;
}

static long do_listxattr(const struct path *path, uaddr_t ulist, size_t size)
{
	char *list = NULL;
	ssize_t len;

	size = min_t(size_t, size, XATTR_LIST_MAX);
	if (size) {
		list = kvmalloc(size, GFP_KERNEL);
		if (!list)
			return -ENOMEM;
	}
	len = vfs_listxattr(path->dentry, list, size);
	if (len > 0 && size && copy_to_user(ulist, list, len))
		len = -EFAULT;
	else if (len == -ERANGE && size >= XATTR_LIST_MAX)
		len = -E2BIG;
	kvfree(list);
	return len;
}

static long do_removexattr(const struct path *path, uaddr_t uname)
{
	char name[XATTR_NAME_MAX + 1];
	int err = xattr_name(uname, name);

	if (err)
		return err;
	err = mnt_want_write(path->mnt);
	if (err)
		return err;
	err = vfs_removexattr(path->dentry, name);
	mnt_drop_write(path->mnt);
	return err;
}

/* What one of the twelve calls works on. */
struct xattr_target {
	struct path path;
	struct fd f;
};

static int target_path(struct xattr_target *t, uaddr_t upath, unsigned int lookup)
{
	t->f.file = NULL;
	return user_path_at(AT_FDCWD, upath, lookup, &t->path);
}

static int target_fd(struct xattr_target *t, int fd)
{
	t->f = fdget(fd);
	if (!t->f.file)
		return -EBADF;
	t->path = t->f.file->f_path;
	return 0;
}

static long target_done(struct xattr_target *t, long ret)
{
	if (t->f.file)
		fdput(t->f);
	else
		path_put(&t->path);
	return ret;
}

long sys_setxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size, int flags)
{
	struct xattr_target t;
	int err = target_path(&t, path, LOOKUP_FOLLOW);

	return err ? err : target_done(&t, do_setxattr(&t.path, name, value, size, flags));
}

long sys_lsetxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size, int flags)
{
	struct xattr_target t;
	int err = target_path(&t, path, 0);

	return err ? err : target_done(&t, do_setxattr(&t.path, name, value, size, flags));
}

long sys_fsetxattr(int fd, uaddr_t name, uaddr_t value, size_t size, int flags)
{
	struct xattr_target t;
	int err = target_fd(&t, fd);

	return err ? err : target_done(&t, do_setxattr(&t.path, name, value, size, flags));
}

long sys_getxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size)
{
	struct xattr_target t;
	int err = target_path(&t, path, LOOKUP_FOLLOW);

	return err ? err : target_done(&t, do_getxattr(&t.path, name, value, size));
}

long sys_lgetxattr(uaddr_t path, uaddr_t name, uaddr_t value, size_t size)
{
	struct xattr_target t;
	int err = target_path(&t, path, 0);

	return err ? err : target_done(&t, do_getxattr(&t.path, name, value, size));
}

long sys_fgetxattr(int fd, uaddr_t name, uaddr_t value, size_t size)
{
	struct xattr_target t;
	int err = target_fd(&t, fd);

	return err ? err : target_done(&t, do_getxattr(&t.path, name, value, size));
}

long sys_listxattr(uaddr_t path, uaddr_t list, size_t size)
{
	struct xattr_target t;
	int err = target_path(&t, path, LOOKUP_FOLLOW);

	return err ? err : target_done(&t, do_listxattr(&t.path, list, size));
}

long sys_llistxattr(uaddr_t path, uaddr_t list, size_t size)
{
	struct xattr_target t;
	int err = target_path(&t, path, 0);

	return err ? err : target_done(&t, do_listxattr(&t.path, list, size));
}

long sys_flistxattr(int fd, uaddr_t list, size_t size)
{
	struct xattr_target t;
	int err = target_fd(&t, fd);

	return err ? err : target_done(&t, do_listxattr(&t.path, list, size));
}

long sys_removexattr(uaddr_t path, uaddr_t name)
{
	struct xattr_target t;
	int err = target_path(&t, path, LOOKUP_FOLLOW);

	return err ? err : target_done(&t, do_removexattr(&t.path, name));
}

long sys_lremovexattr(uaddr_t path, uaddr_t name)
{
	struct xattr_target t;
	int err = target_path(&t, path, 0);

	return err ? err : target_done(&t, do_removexattr(&t.path, name));
}

long sys_fremovexattr(int fd, uaddr_t name)
{
	struct xattr_target t;
	int err = target_fd(&t, fd);

	return err ? err : target_done(&t, do_removexattr(&t.path, name));
}

/* --- a store in memory --- */

#define SIMPLE_XATTRS_MAX (1UL << 20)	/* bytes of one inode: -ENOSPC */

struct simple_xattr {
	struct list_head list;
	char *name;		/* behind value */
	size_t size;
	char value[];
};

void simple_xattrs_init(struct simple_xattrs *xattrs)
{
	INIT_LIST_HEAD(&xattrs->head);
	spin_lock_init(&xattrs->lock, RANK_XATTR);
	xattrs->bytes = 0;
}

void simple_xattrs_free(struct simple_xattrs *xattrs)
{
	struct simple_xattr *x, *next;

	list_for_each_entry_safe(x, next, &xattrs->head, list)
		kvfree(x);
	INIT_LIST_HEAD(&xattrs->head);
}

static struct simple_xattr *find_xattr(struct simple_xattrs *xattrs, const char *name)
{
	struct simple_xattr *x;

	list_for_each_entry(x, &xattrs->head, list) {
		if (streq(x->name, name))
			return x;
	}
	return NULL;
}

ssize_t simple_xattr_get(struct simple_xattrs *xattrs, const char *name, void *value, size_t size)
{
	ssize_t ret = -ENODATA;
	struct simple_xattr *x;

	if (list_empty(&xattrs->head))
		return ret;
	spin_lock(&xattrs->lock);
	x = find_xattr(xattrs, name);
	if (x) {
		ret = x->size;
		if (size && size < x->size)
			ret = -ERANGE;
		else if (size)
			memcpy(value, x->value, x->size);
	}
	spin_unlock(&xattrs->lock);
	return ret;
}

static size_t xattr_bytes(const struct simple_xattr *x)
{
	return x ? sizeof(*x) + x->size + strlen(x->name) + 1 : 0;
}

static struct simple_xattr *xattr_create(const char *name, const void *value, size_t size)
{
	size_t name_len = strlen(name) + 1;
	struct simple_xattr *x = kvmalloc(sizeof(*x) + size + name_len, GFP_KERNEL);

	if (!x)
		return NULL;
	x->size = size;
	memcpy(x->value, value, size);
	x->name = x->value + size;
	memcpy(x->name, name, name_len);
	return x;
}

int simple_xattr_set(struct simple_xattrs *xattrs, const char *name, const void *value, size_t size, int flags)
{
	struct simple_xattr *fresh = NULL, *old;
	int err = 0;

	if (value) {
		fresh = xattr_create(name, value, size);
		if (!fresh)
			return -ENOMEM;
	}
	spin_lock(&xattrs->lock);
	old = find_xattr(xattrs, name);
	if (old && (flags & XATTR_CREATE))
		err = -EEXIST;
	else if (!old && ((flags & XATTR_REPLACE) || !value))
		err = -ENODATA;
	else if (xattrs->bytes + xattr_bytes(fresh) > SIMPLE_XATTRS_MAX + xattr_bytes(old))
		err = -ENOSPC;
	if (!err) {
		xattrs->bytes += xattr_bytes(fresh);
		xattrs->bytes -= xattr_bytes(old);
		if (fresh)
			list_add_tail(&fresh->list, &xattrs->head);
		if (old)
			list_del(&old->list);
	}
	spin_unlock(&xattrs->lock);
	kvfree(err ? fresh : old);
	return err;
}

ssize_t simple_xattr_list(struct simple_xattrs *xattrs, char *buf, size_t size)
{
	bool trusted = capable(CAP_SYS_ADMIN);
	struct simple_xattr *x;
	ssize_t used = 0;

	spin_lock(&xattrs->lock);
	list_for_each_entry(x, &xattrs->head, list) {
		size_t len = strlen(x->name) + 1;

		if (!trusted && str_has_prefix(x->name, XATTR_TRUSTED_PREFIX))
			continue;
		if (size) {
			if (used + len > size) {
				used = -ERANGE;
				break;
			}
			memcpy(buf + used, x->name, len);
		}
		used += len;
	}
	spin_unlock(&xattrs->lock);
	return used;
}

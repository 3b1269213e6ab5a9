/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy_up.c - give an object that only a lower layer has a twin in the upper one, before it is changed.
 *
 * WHAT        The twin is made in the work directory, with data, extended attributes, owner, mode and times, and then moved to its
 *             place: whoever looks sees nothing or all of it.
 * INVARIANTS  I1  Parents are copied up before children.
 *             I2  ovl_inode.upper is set once, after the twin is in its place, with oi->lock held.
 *             I3  What fails leaves the upper tree as it was; the temporary object is removed.
 * LOCKING     oi->lock of the object, then the layer's own locks (workdir and parent by lock_rename). Data is copied with the work
 *             directory unlocked. That is locked as a parent: what lies in it may have to be removed.
 * ERRORS      -EROFS without an upper layer, -ENOSPC, -EDQUOT, -EIO, -ENOMEM.
 * TESTS       tests/guest/vfs/copy_up_test.c
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <vfs/namei.h>
#include <vfs/xattr.h>
#include "overlay_impl.h"

#define COPY_CHUNK PAGE_SIZE

/* --- temporary objects --------------------------------------------------------------------------------- */

struct dentry *ovl_lookup_temp(struct ovl_fs *ofs)
{
	char name[20];
	int len = snprintf(name, sizeof(name), "#%x", (u32)atomic_inc_return(&ofs->next_temp));
	struct dentry *temp = lookup_one_len(name, ofs->workdir, len);

	if (!IS_ERR(temp) && d_really_is_positive(temp)) { /* left by a mount that died */
		ovl_cleanup(ofs, temp);
		dput(temp);
		temp = lookup_one_len(name, ofs->workdir, len);
	}
	return temp;
}

void ovl_cleanup(struct ovl_fs *ofs, struct dentry *temp)
{
	if (d_really_is_negative(temp))
		return;
	if (d_is_dir(temp))
		(void)vfs_rmdir(d_inode(ofs->workdir), temp);
	else
		(void)vfs_unlink(d_inode(ofs->workdir), temp);
}

struct dentry *ovl_make_whiteout(struct ovl_fs *ofs)
{
	struct dentry *temp = ovl_lookup_temp(ofs);
	int ret;

	if (IS_ERR(temp))
		return temp;
	ret = vfs_whiteout(d_inode(ofs->workdir), temp);
	if (!ret)
		return temp;
	dput(temp);
	return ERR_PTR(ret);
}

/* --- contents ------------------------------------------------------------------------------------------ */

static int ovl_copy_loop(struct file *from, struct file *to, void *buf)
{
	loff_t in = 0, out = 0;
	ssize_t got;

	while ((got = kernel_read(from, buf, COPY_CHUNK, &in)) > 0) {
		ssize_t put = kernel_write(to, buf, got, &out);

		if (thread_fatal_signal_pending(current_thread()))
			return -EINTR;
		if (put != got)
			return put < 0 ? (int)put : -EIO;
	}
	return got;
}

/* Where files are memory: all of it is there, or the copy does not begin. */
static int ovl_set_aside(struct file *to, loff_t size)
{
	struct inode *inode = file_inode(to);
	int ret;

	if (!to->f_op->set_aside)
		return 0;
	inode_lock(inode);
	ret = to->f_op->set_aside(to, size);
	inode_unlock(inode);
	return ret;
}

/* The file was shorter than it said it is: what was set aside behind its end goes. */
static int ovl_drop_rest(struct file *to, loff_t size)
{
	struct inode *inode = file_inode(to);
	struct iattr attr = { .ia_valid = ATTR_SIZE | ATTR_FORCE };
	int ret = 0;

	inode_lock(inode);
	attr.ia_size = i_size_read(inode);
	if (to->f_op->set_aside && attr.ia_size < size)
		ret = notify_change(to->f_path.dentry, &attr);
	inode_unlock(inode);
	return ret;
}

/* @size bytes, as far as they are there. */
static int ovl_copy_bytes(struct file *from, struct file *to, void *buf, loff_t size)
{
	int ret = ovl_set_aside(to, size);

	if (!ret)
		ret = ovl_copy_loop(from, to, buf);
	return ret ? ret : ovl_drop_rest(to, size);
}

static int ovl_copy_data(struct ovl_fs *ofs, const struct path *lower, struct dentry *temp)
{
	struct path to_path = { ofs->upper_mnt, temp };
	struct file *from, *to;
	void *buf;
	int ret;

	if (!i_size_read(d_inode(lower->dentry)))
		return 0;
	buf = (void *)get_free_page(GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	from = dentry_open(lower, O_RDONLY | O_LARGEFILE, ofs->cred);
	ret = PTR_ERR(from);
	if (IS_ERR(from))
		goto free_buf;
	to = dentry_open(&to_path, O_WRONLY | O_LARGEFILE, ofs->cred);
	ret = PTR_ERR(to);
	if (!IS_ERR(to)) {
		ret = ovl_copy_bytes(from, to, buf, i_size_read(d_inode(lower->dentry)));
		if (!ret && !ofs->config.is_volatile)
			ret = vfs_fsync(to, false);
		fput(to);
	}
	fput(from);
free_buf:
	free_page(buf);
	return ret;
}

static int ovl_copy_one_xattr(struct dentry *from, struct dentry *to, const char *name)
{
	ssize_t size = vfs_getxattr(from, name, NULL, 0);
	void *value;
	int ret;

	if (size < 0)
		return size == -EOPNOTSUPP || size == -ENODATA ? 0 : (int)size;
	value = kvmalloc(size + 1, GFP_KERNEL);
	if (!value)
		return -ENOMEM;
	size = vfs_getxattr(from, name, value, size);
	ret = size < 0 ? (int)size : __vfs_setxattr(to, d_inode(to), name, value, size, 0);
	kvfree(value);
	/* An upper layer that cannot keep a kind of attribute does without, as Linux does. */
	return ret == -EOPNOTSUPP ? 0 : ret;
}

int ovl_copy_xattrs(const struct ovl_fs *ofs, struct dentry *from, struct dentry *to)
{
	ssize_t len = vfs_listxattr(from, NULL, 0);
	char *list, *name;
	int ret = 0;

	if (len <= 0)
		return len == -EOPNOTSUPP ? 0 : (int)len;
	list = kvmalloc(len, GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	len = vfs_listxattr(from, list, len);
	for (name = list; !ret && name < list + len; name += strnlen(name, list + len - name) + 1)
		if (!ovl_is_private_xattr(ofs, name))
			ret = ovl_copy_one_xattr(from, to, name);
	kvfree(list);
	return len < 0 ? (int)len : ret;
}

/* Owner, mode and times as the lower object has them. */
static int ovl_copy_attrs(struct inode *from, struct dentry *to)
{
	struct iattr attr = {
		.ia_valid = ATTR_UID | ATTR_GID | ATTR_ATIME | ATTR_ATIME_SET | ATTR_MTIME | ATTR_MTIME_SET | ATTR_FORCE,
		.ia_uid = from->i_uid,
		.ia_gid = from->i_gid,
		.ia_atime = from->i_atime,
		.ia_mtime = from->i_mtime,
	};
	int ret;

	inode_lock(d_inode(to));
	ret = notify_change(to, &attr);
	if (!ret && !S_ISLNK(from->i_mode)) { /* after the owner: changing that drops set-id bits */
		attr.ia_valid = ATTR_MODE | ATTR_FORCE;
		attr.ia_mode = from->i_mode;
		ret = notify_change(to, &attr);
	}
	inode_unlock(d_inode(to));
	return ret;
}

/* --- one object ---------------------------------------------------------------------------------------- */

/* An empty object of the lower one's kind in the locked work directory. */
static int ovl_make_like(struct ovl_fs *ofs, struct inode *lower, struct dentry *lower_dentry, struct dentry *temp)
{
	struct inode *dir = d_inode(ofs->workdir);
	struct delayed_call done = { 0 };
	const char *target;
	int ret;

	switch (lower->i_mode & S_IFMT) {
	case S_IFREG:
		return vfs_create(dir, temp, lower->i_mode & 07777, true);
	case S_IFDIR:
		return vfs_mkdir(dir, temp, lower->i_mode & 07777);
	case S_IFLNK:
		target = vfs_get_link(lower_dentry, &done);
		ret = IS_ERR(target) ? PTR_ERR(target) : vfs_symlink(dir, temp, target);
		do_delayed_call(&done);
		return ret;
	default:
		return vfs_mknod(dir, temp, lower->i_mode, lower->i_rdev);
	}
}

static int ovl_fill_temp(struct ovl_fs *ofs, const struct path *lower, struct dentry *temp, bool with_data)
{
	struct inode *inode = d_inode(lower->dentry);
	int ret = 0;

	if (S_ISREG(inode->i_mode) && with_data)
		ret = ovl_copy_data(ofs, lower, temp);
	if (!ret)
		ret = ovl_copy_xattrs(ofs, lower->dentry, temp);
	if (!ret)
		ret = ovl_flags_copy_up(ofs, lower->dentry, temp);
	return ret ? ret : ovl_copy_attrs(inode, temp);
}

/* Move @temp to the name of @dentry in the upper directory. Returns the upper dentry with a reference. */
static struct dentry *ovl_install(struct ovl_fs *ofs, struct dentry *dentry, struct dentry *temp)
{
	struct dentry *upper_dir = ovl_upper(dentry->d_parent), *upper;
	struct renamedata rd = { .old_dir = d_inode(ofs->workdir), .old_dentry = temp, .new_dir = d_inode(upper_dir) };
	int ret;

	if (lock_rename(ofs->workdir, upper_dir)) {
		unlock_rename(ofs->workdir, upper_dir);
		return ERR_PTR(-EIO);
	}
	upper = lookup_one_len(dentry->d_name.name, upper_dir, dentry->d_name.len);
	if (!IS_ERR(upper)) {
		rd.new_dentry = upper;
		ret = vfs_rename(&rd);
		dput(upper);
		upper = ret ? ERR_PTR(ret) : dget(temp); /* the object's dentry has moved to the new name */
	}
	unlock_rename(ofs->workdir, upper_dir);
	return upper;
}

/* oi->lock held, the parent has an upper object. */
static int ovl_copy_up_locked(struct dentry *dentry, bool with_data)
{
	struct ovl_fs *ofs = ovl_fs(dentry->d_sb);
	struct ovl_inode *oi = ovl_inode(d_inode(dentry));
	struct path lower = { oi->lower.mnt, oi->lower.dentry };
	struct dentry *temp, *upper;
	int ret;

	inode_lock_nested(d_inode(ofs->workdir), I_MUTEX_PARENT);
	temp = ovl_lookup_temp(ofs);
	ret = IS_ERR(temp) ? PTR_ERR(temp) : ovl_make_like(ofs, d_inode(lower.dentry), lower.dentry, temp);
	inode_unlock(d_inode(ofs->workdir));
	if (IS_ERR(temp))
		return ret;
	if (!ret)
		ret = ovl_fill_temp(ofs, &lower, temp, with_data);
	if (!ret) {
		upper = ovl_install(ofs, dentry, temp);
		ret = PTR_ERR_OR_ZERO(upper);
	}
	if (ret) { /* I3 */
		inode_lock_nested(d_inode(ofs->workdir), I_MUTEX_PARENT);
		ovl_cleanup(ofs, temp);
		inode_unlock(d_inode(ofs->workdir));
	} else {
		ovl_flags_copied_up(d_inode(dentry), upper);
		smp_store_release(&oi->upper, upper); /* I2; pairs with ovl_inode_upper() */
		if (!with_data)
			i_size_write(d_inode(dentry), 0);
	}
	dput(temp);
	return ret;
}

static int ovl_copy_up_one(struct dentry *dentry, bool with_data)
{
	struct ovl_fs *ofs = ovl_fs(dentry->d_sb);
	struct inode *inode = d_inode(dentry);
	const struct cred *old;
	int ret = mnt_want_write(ofs->upper_mnt);

	if (ret)
		return ret;
	old = ovl_override(dentry->d_sb);
	mutex_lock_nested(&ovl_inode(inode)->lock, inode_lock_depth(inode, I_MUTEX_STACK));
	if (!ovl_inode_upper(inode))
		ret = ovl_copy_up_locked(dentry, with_data);
	mutex_unlock(&ovl_inode(inode)->lock);
	revert_creds(old);
	mnt_drop_write(ofs->upper_mnt);
	return ret;
}

/* The highest ancestor-or-self of @dentry that has no upper object, with a reference. */
static struct dentry *ovl_topmost_lower(struct dentry *dentry)
{
	struct dentry *top = dget(dentry);

	for (;;) {
		struct dentry *parent = dget_parent(top);

		if (parent == top || ovl_upper(parent)) {
			dput(parent);
			return top;
		}
		dput(top);
		top = parent;
	}
}

static int ovl_copy_up_with(struct dentry *dentry, bool with_data)
{
	int ret = 0;

	if (!ovl_fs(dentry->d_sb)->upper_mnt)
		return -EROFS;
	while (!ret && !ovl_upper(dentry)) { /* I1 */
		struct dentry *next = ovl_topmost_lower(dentry);

		ret = ovl_copy_up_one(next, next != dentry || with_data);
		dput(next);
	}
	return ret;
}

int ovl_copy_up(struct dentry *dentry)
{
	return ovl_upper(dentry) ? 0 : ovl_copy_up_with(dentry, true);
}

int ovl_copy_up_truncate(struct dentry *dentry)
{
	return ovl_upper(dentry) ? 0 : ovl_copy_up_with(dentry, false);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inode.c - names and attributes of a share.
 *
 * WHAT        An inode stands for a qid and owns a walked fid. Names and attributes are believed for the session's cache time; then
 *             they are asked for again, and cached pages of a file whose contents changed on the host are dropped.
 * INVARIANTS  I1  Inodes are found by (qid.path, type), so hard links share one. The server may use the number anew as soon as the last
 *                 name is gone: from before that is asked for, the inode is_dying and not found any more, unless it is refused.
 *             I2  Pages in the cache are of the contents that size and mtime of the inode belong to, as far as the host tells.
 *             I3  Servers know a walked fid by its path: when a name of the inode goes, the fid is walked anew from another name that is
 *                 known, at the next use. Older fids stay until the inode goes, as somebody may be using them.
 *             I4  Who is killed before the answer to a change leaves it in doubt: the names are distrusted, and an inode that may have lost its
 *                 last name stays is_dying. What its name leads to is found out anew, with an inode of its own if it is still there.
 * LOCKING     p9_inode.lock (rank P9) for making the opened fids; the session's for the walked one; the VFS's locks for the rest. attr_until_ns and d_time are
 *             single words, read and written once.
 * ERRORS      Those of the server: -ENOENT, -EACCES, -EROFS (a read-only share), -EIO. -EINTR: killed.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <mm/filemap.h>
#include <pages/slab.h>
#include <time/ktime.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/namei.h>
#include <vfs/xattr.h>
#include "p9_impl.h"

/* --- the walked fid ------------------------------------------------------------------------------------ */

/* A name that still leads to @inode, walked to. ERR_PTR(-ENOENT): none is known. */
static struct p9_fid *p9_walk_alias(struct inode *inode)
{
	struct dentry *alias = d_find_alias(inode), *parent;
	char name[P9_NAME_MAX];
	struct p9_qid qid;
	struct p9_fid *fid;
	u32 len;

	if (!alias)
		return ERR_PTR(-ENOENT);
	parent = dget_parent(alias);
	spin_lock(&alias->d_lock);
	len = min_t(u32, alias->d_name.len, sizeof(name));
	memcpy(name, alias->d_name.name, len);
	spin_unlock(&alias->d_lock);
	fid = p9_walk(p9_base(d_inode(parent)), name, len, &qid);
	dput(parent);
	dput(alias);
	if (IS_ERR(fid) || qid.path == p9_inode(inode)->qid.path)
		return fid;
	p9_fid_put(fid); /* it was moved meanwhile, or replaced on the host */
	return ERR_PTR(-ENOENT);
}

/* I3 */
static struct p9_fid *p9_rebase(struct inode *inode)
{
	struct p9_inode *pi = p9_inode(inode);
	struct p9_fid *fid = p9_walk_alias(inode);

	if (IS_ERR(fid))
		return READ_ONCE(pi->base); /* for what is open the reader and the writer go on */
	with_spinlock_irqsave(&fid->session->lock);
	fid->older = pi->base;
	WRITE_ONCE(pi->base, fid);
	WRITE_ONCE(pi->is_base_lost, false);
	return fid;
}

struct p9_fid *p9_base(struct inode *inode)
{
	struct p9_inode *pi = p9_inode(inode);

	return unlikely(READ_ONCE(pi->is_base_lost)) ? p9_rebase(inode) : READ_ONCE(pi->base);
}

/*
 * Is the name that is to go, if it goes, the last of @inode? Then I1. The locks that the VFS holds for that keep others from making a new
 * name for it. False for NULL: nothing is there that could die.
 */
static bool p9_may_die(struct inode *inode)
{
	bool is_last = inode && (S_ISDIR(inode->i_mode) || inode->i_nlink <= 1);

	if (is_last)
		WRITE_ONCE(p9_inode(inode)->is_dying, true);
	return is_last;
}

/* The server refused with @err, or we were killed and nobody knows. @may_die: what p9_may_die() said. */
static void p9_not_removed(struct inode *inode, bool may_die, int err)
{
	if (inode && err == -EINTR)
		p9_distrust(inode);
	if (may_die && err == -EINTR) /* I4 */
		WRITE_ONCE(p9_inode(inode)->is_doubtful, true);
	else if (may_die)
		WRITE_ONCE(p9_inode(inode)->is_dying, false);
	else if (inode && err == -EINTR)
		WRITE_ONCE(p9_inode(inode)->is_base_lost, true);
}

/* A name of @inode went. */
static void p9_name_lost(struct inode *inode)
{
	p9_distrust(inode);
	if (S_ISDIR(inode->i_mode)) {
		clear_nlink(inode);
		return;
	}
	if (inode->i_nlink)
		drop_nlink(inode);
	WRITE_ONCE(p9_inode(inode)->is_base_lost, true);
}

/* --- inodes -------------------------------------------------------------------------------------------- */

static void p9_fill_inode(struct inode *inode, const struct p9_attr *attr)
{
	inode->i_uid = KUIDT_INIT(attr->uid);
	inode->i_gid = KGIDT_INIT(attr->gid);
	inode->i_mode = (inode->i_mode & S_IFMT) | (attr->mode & 07777);
	set_nlink(inode, min_t(u64, attr->nlink, 0x7fffffff));
	inode->i_blocks = attr->blocks;
	inode->i_atime = attr->atime;
	inode->i_mtime = attr->mtime;
	inode->i_ctime = attr->ctime;
	i_size_write(inode, attr->size);
	p9_inode(inode)->qid = attr->qid;
	WRITE_ONCE(p9_inode(inode)->attr_asked, attr->asked);
	WRITE_ONCE(p9_inode(inode)->attr_until_ns, ktime_get_ns() + p9_session(inode->i_sb)->cache_ns);
}

void p9_update_inode(struct inode *inode, const struct p9_attr *attr)
{
	bool is_changed = attr->size != i_size_read(inode) || attr->mtime.tv_sec != inode->i_mtime.tv_sec ||
			  attr->mtime.tv_nsec != inode->i_mtime.tv_nsec || READ_ONCE(p9_inode(inode)->is_stale);

	WRITE_ONCE(p9_inode(inode)->is_stale, false);
	p9_fill_inode(inode, attr);
	if (is_changed && S_ISREG(inode->i_mode)) { /* I2 */
		inode_inc_change(inode);
		invalidate_inode_pages2_range(&inode->i_data, 0, ~0ul);
	}
}

int p9_refresh(struct inode *inode)
{
	struct p9_inode *pi = p9_inode(inode);
	struct p9_attr attr;
	int ret;

	if (ktime_get_ns() < READ_ONCE(pi->attr_until_ns) && p9_doubts() == READ_ONCE(pi->attr_asked) && !READ_ONCE(pi->is_stale))
		return 0;
	ret = p9_getattr(p9_base(inode), &attr);
	if (ret == -ENOENT && (!inode->i_nlink || READ_ONCE(pi->is_doubtful)))
		return 0; /* open without a name: nobody else changes it, and the server looks for its name */
	if (!ret && (attr.mode & S_IFMT) != (inode->i_mode & S_IFMT))
		ret = -ESTALE;
	if (!ret)
		p9_update_inode(inode, &attr);
	return ret;
}

static void p9_set_ops(struct inode *inode, const struct p9_attr *attr)
{
	if (S_ISDIR(inode->i_mode)) {
		inode->i_op = &p9_dir_iops;
		inode->i_fop = &p9_dir_fops;
	} else if (S_ISLNK(inode->i_mode)) {
		inode->i_op = &p9_symlink_iops;
	} else {
		inode->i_op = &p9_file_iops;
		if (S_ISREG(inode->i_mode)) {
			inode->i_fop = &p9_file_fops;
			inode->i_data.a_ops = &p9_aops;
		} else {
			init_special_inode(inode, inode->i_mode, new_decode_dev(attr->rdev));
		}
	}
}

struct p9_iget_key {
	u64 path;
	u32 format; /* S_IFMT: a number used anew for another kind is another inode */
};

static bool p9_iget_test(struct inode *inode, const void *key)
{
	const struct p9_iget_key *k = key;

	return p9_inode(inode)->qid.path == k->path && (inode->i_mode & S_IFMT) == k->format &&
	       !READ_ONCE(p9_inode(inode)->is_dying); /* I1 */
}

static int p9_iget_set(struct inode *inode, const void *key)
{
	const struct p9_iget_key *k = key;

	p9_inode(inode)->qid.path = k->path;
	inode->i_ino = k->path;
	inode->i_mode = k->format;
	return 0;
}

static const struct iget_ops p9_iget_ops = { .test = p9_iget_test, .set = p9_iget_set };

struct inode *p9_iget(struct super_block *sb, struct p9_fid *base, const struct p9_attr *attr)
{
	struct p9_iget_key key = { attr->qid.path, attr->mode & S_IFMT };
	struct inode *inode = iget5_locked(sb, attr->qid.path, &p9_iget_ops, &key);

	if (!inode) {
		p9_fid_put(base);
		return ERR_PTR(-ENOMEM);
	}
	if (!(inode->i_state & I_NEW)) {
		p9_fid_put(base);
		p9_update_inode(inode, attr);
		return inode;
	}
	p9_inode(inode)->base = base;
	p9_fill_inode(inode, attr);
	p9_set_ops(inode, attr);
	inode->i_flags |= S_UNSEEN;
	unlock_new_inode(inode);
	return inode;
}

/* Open a clone of the inode's fid. */
static struct p9_fid *p9_open_clone(struct p9_inode *pi, u32 flags)
{
	struct p9_fid *fid = p9_walk(p9_base(&pi->vfs), NULL, 0, NULL);
	int ret;

	if (IS_ERR(fid))
		return fid;
	ret = p9_open(fid, flags);
	if (!ret)
		return fid;
	p9_fid_put(fid);
	return ERR_PTR(ret);
}

struct p9_fid *p9_opened_fid(struct inode *inode, bool for_write)
{
	struct p9_inode *pi = p9_inode(inode);
	struct p9_fid **slot = for_write ? &pi->writer : &pi->reader, *fid;
	u32 flags = for_write ? O_RDWR : O_RDONLY;
	int ret;

	fid = READ_ONCE(*slot);
	if (!fid && !for_write) { /* one that reads as well, which also goes on when the name is gone */
		fid = READ_ONCE(pi->writer);
		if (fid && fid->mode != O_RDWR)
			fid = NULL;
	}
	if (fid)
		return p9_fid_get(fid); /* set once, lives as long as the inode */
	ret = mutex_lock_killable(&pi->lock);
	if (ret)
		return ERR_PTR(ret);
	fid = *slot;
	if (!fid) {
		fid = p9_open_clone(pi, flags | (S_ISDIR(inode->i_mode) ? O_DIRECTORY : 0));
		if (fid == ERR_PTR(-EACCES) && for_write)
			fid = p9_open_clone(pi, O_WRONLY);
		if (!IS_ERR(fid))
			WRITE_ONCE(*slot, fid);
	}
	mutex_unlock(&pi->lock);
	return IS_ERR(fid) ? fid : p9_fid_get(fid);
}

/* --- names --------------------------------------------------------------------------------------------- */

/* What the server said of @dentry's name; @asked: p9_doubts() before the question. */
static void p9_believe_name(struct dentry *dentry, u64 asked)
{
	WRITE_ONCE(dentry->d_fsdata, (void *)asked);
	WRITE_ONCE(dentry->d_time, ktime_get_ns() + p9_session(dentry->d_sb)->cache_ns);
}

static bool p9_is_believed(const struct dentry *dentry)
{
	return ktime_get_ns() < READ_ONCE(dentry->d_time) && READ_ONCE(dentry->d_fsdata) == (void *)p9_doubts();
}

/* A change of @dentry's name was asked for, and what it leads to now is not known. */
static void p9_distrust_name(struct dentry *dentry)
{
	WRITE_ONCE(dentry->d_time, 0);
}

/* Walk to @name below @dir and make its inode. */
static struct inode *p9_walk_inode(struct inode *dir, const struct qstr *name)
{
	struct p9_qid qid;
	struct p9_attr attr;
	struct p9_fid *fid = p9_walk(p9_base(dir), name->name, name->len, &qid);
	int ret;

	if (IS_ERR(fid))
		return ERR_CAST(fid);
	ret = p9_getattr(fid, &attr);
	if (ret) {
		p9_fid_put(fid);
		return ERR_PTR(ret);
	}
	return p9_iget(dir->i_sb, fid, &attr);
}

static struct dentry *p9_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	u64 asked = p9_doubts();
	struct inode *inode;

	if (dentry->d_name.len > P9_NAME_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	inode = p9_walk_inode(dir, &dentry->d_name);
	if (inode == ERR_PTR(-ENOENT))
		inode = NULL;
	p9_believe_name(dentry, asked);
	return d_splice_alias(inode, dentry);
}

/* Does @dentry's name still lead where it led? Asks the server. */
static int p9_revalidate_name(struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(dentry), *now;
	u64 asked = p9_doubts();
	int valid;

	if (inode && READ_ONCE(p9_inode(inode)->is_dying) && inode->i_nlink && !READ_ONCE(p9_inode(inode)->is_doubtful))
		return 1; /* the removal in progress says what becomes of the name */
	now = p9_walk_inode(dir, &dentry->d_name);
	if (now == ERR_PTR(-ENOENT))
		valid = !inode;
	else if (IS_ERR(now))
		return now == ERR_PTR(-ENOMEM) || now == ERR_PTR(-EINTR) ? PTR_ERR(now) : 0;
	else
		valid = now == inode;
	if (!IS_ERR(now))
		iput(now);
	if (valid)
		p9_believe_name(dentry, asked);
	return valid;
}

static int p9_d_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct dentry *parent;
	int ret;

	if (p9_is_believed(dentry))
		return 1;
	if (flags & LOOKUP_RCU)
		return -ECHILD;
	if (IS_ROOT(dentry))
		return 1;
	parent = dget_parent(dentry);
	ret = p9_revalidate_name(d_inode(parent), dentry);
	dput(parent);
	return ret;
}

const struct dentry_operations p9_dentry_ops = { .d_revalidate = p9_d_revalidate };

static int p9_find_made(struct inode *dir, struct dentry *dentry)
{
	u64 asked = p9_doubts();
	struct inode *inode = p9_walk_inode(dir, &dentry->d_name);

	if (IS_ERR(inode))
		return PTR_ERR(inode);
	p9_believe_name(dentry, asked);
	d_instantiate(dentry, inode);
	return 0;
}

/* After a message that makes @dentry's name, and its answer @ret: find what it made. */
static int p9_instantiate(struct inode *dir, struct dentry *dentry, int ret)
{
	p9_distrust(dir);
	p9_distrust_name(dentry);
	return ret ? ret : p9_find_made(dir, dentry);
}

static u32 p9_current_gid(const struct inode *dir)
{
	return __kgid_val(dir->i_mode & S_ISGID ? dir->i_gid : current_fsgid());
}

static int p9_create_file(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	struct p9_fid *fid = p9_walk(p9_base(dir), NULL, 0, NULL);
	struct p9_qid qid;
	int ret;

	if (IS_ERR(fid))
		return PTR_ERR(fid);
	ret = p9_create(fid, dentry->d_name.name, dentry->d_name.len, O_RDWR | O_CREAT | (excl ? O_EXCL : 0), mode & 07777,
			p9_current_gid(dir), &qid);
	p9_fid_put(fid);
	return p9_instantiate(dir, dentry, ret);
}

static int p9_dir_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	int ret = p9_mkdir(p9_base(dir), &dentry->d_name, mode & 07777, p9_current_gid(dir));

	return p9_instantiate(dir, dentry, ret);
}

static int p9_dir_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	int ret = p9_symlink(p9_base(dir), &dentry->d_name, target, p9_current_gid(dir));

	return p9_instantiate(dir, dentry, ret);
}

static int p9_dir_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	int ret = p9_mknod(p9_base(dir), &dentry->d_name, mode, dev, p9_current_gid(dir));

	return p9_instantiate(dir, dentry, ret);
}

static int p9_dir_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	int ret = p9_link(p9_base(dir), p9_base(d_inode(old)), &dentry->d_name);

	p9_distrust(d_inode(old));
	return p9_instantiate(dir, dentry, ret);
}

static int p9_remove(struct inode *dir, struct dentry *dentry, bool is_dir)
{
	struct inode *inode = d_inode(dentry);
	bool may_die = p9_may_die(inode);
	int ret = p9_unlink(p9_base(dir), &dentry->d_name, is_dir);

	p9_distrust(dir);
	if (ret == -EINTR)
		p9_distrust_name(dentry);
	if (ret)
		p9_not_removed(inode, may_die, ret);
	else
		p9_name_lost(inode);
	return ret;
}

static int p9_dir_unlink(struct inode *dir, struct dentry *dentry)
{
	return p9_remove(dir, dentry, false);
}

static int p9_dir_rmdir(struct inode *dir, struct dentry *dentry)
{
	return p9_remove(dir, dentry, true);
}

static int p9_dir_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new,
			 unsigned int flags)
{
	struct inode *replaced = d_inode(new);
	bool may_die;
	int ret;

	if (flags)
		return -EINVAL;
	may_die = p9_may_die(replaced);
	ret = p9_rename(p9_base(old_dir), &old->d_name, p9_base(new_dir), &new->d_name);
	p9_distrust(old_dir);
	p9_distrust(new_dir);
	if (ret == -EINTR) { /* I4 */
		p9_distrust_name(old);
		p9_distrust_name(new);
	}
	if (ret)
		p9_not_removed(replaced, may_die, ret);
	else if (replaced)
		p9_name_lost(replaced);
	return ret;
}

/* --- attributes ---------------------------------------------------------------------------------------- */

static int p9_vfs_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);
	int ret = query_flags & AT_STATX_DONT_SYNC ? 0 : p9_refresh(inode);

	if (!ret)
		generic_fillattr(inode, stat);
	return ret;
}

static int p9_vfs_setattr(struct dentry *dentry, struct iattr *iattr)
{
	struct inode *inode = d_inode(dentry);
	int ret = setattr_prepare(dentry, iattr);

	if (!ret && S_ISREG(inode->i_mode))
		ret = filemap_write_and_wait(&inode->i_data);
	if (!ret)
		ret = p9_setattr(p9_base(inode), iattr);
	if (ret == -EINTR) { /* I4 */
		WRITE_ONCE(p9_inode(inode)->is_stale, true);
		p9_distrust(inode);
	}
	if (ret)
		return ret;
	if ((iattr->ia_valid & ATTR_SIZE) && iattr->ia_size != i_size_read(inode)) {
		i_size_write(inode, iattr->ia_size);
		truncate_pagecache(&inode->i_data, iattr->ia_size);
	}
	setattr_copy(inode, iattr);
	p9_distrust(inode);
	return 0;
}

static const char *p9_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	char *target;
	int ret;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	ret = p9_readlink(p9_base(inode), &target);
	if (ret)
		return ERR_PTR(ret);
	set_delayed_kfree(done, target);
	return target;
}

static ssize_t p9_vfs_listxattr(struct dentry *dentry, char *list, size_t size)
{
	return p9_getxattr(p9_base(d_inode(dentry)), "", list, size);
}

static ssize_t p9_vfs_getxattr(struct dentry *dentry, struct inode *inode, const char *name, void *value, size_t size)
{
	return p9_getxattr(p9_base(inode), name, value, size);
}

static int p9_vfs_setxattr(struct dentry *dentry, struct inode *inode, const char *name, const void *value, size_t size,
			   int flags)
{
	return xattr_is_system(name) ? -EOPNOTSUPP : p9_setxattr(p9_base(inode), name, value, size, flags);
}

static int p9_vfs_removexattr(struct dentry *dentry, const char *name)
{
	return xattr_is_system(name) ? -EOPNOTSUPP : p9_setxattr(p9_base(d_inode(dentry)), name, NULL, 0, XATTR_REPLACE);
}

#define P9_COMMON_IOPS                                                                                                 \
	.getattr = p9_vfs_getattr, .setattr = p9_vfs_setattr, .listxattr = p9_vfs_listxattr,                           \
	.getxattr = p9_vfs_getxattr, .setxattr = p9_vfs_setxattr, .removexattr = p9_vfs_removexattr

const struct inode_operations p9_dir_iops = {
	P9_COMMON_IOPS,
	.lookup = p9_lookup,
	.create = p9_create_file,
	.link = p9_dir_link,
	.unlink = p9_dir_unlink,
	.symlink = p9_dir_symlink,
	.mkdir = p9_dir_mkdir,
	.rmdir = p9_dir_rmdir,
	.mknod = p9_dir_mknod,
	.rename = p9_dir_rename,
};

const struct inode_operations p9_file_iops = { P9_COMMON_IOPS };

const struct inode_operations p9_symlink_iops = { P9_COMMON_IOPS, .get_link = p9_get_link };

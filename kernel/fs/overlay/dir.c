/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dir.c - making, removing and moving names: always in the upper layer, with whiteouts for what stays below.
 *
 * WHAT        A new name is made in the upper directory; where a whiteout stands there, the object is made in the work directory and
 *             exchanged with it. A removed name leaves a whiteout if a lower layer still has it. A new directory over a lower one
 *             is opaque.
 * INVARIANTS  I1  What a user sees changes in one step of the upper file system (create, rename, exchange).
 *                 A new object has its owner and lists before it is exchanged; without a whiteout it is taken away again if it can't
 *                 be given them.
 *             I2  A directory that merges lower ones, or comes from one, is not moved: -EXDEV, and mv copies (redirect_dir=off).
 * LOCKING     The VFS holds the overlay directories' i_rwsem; the layers' are taken here, as the mounter.
 * ERRORS      Those of the upper layer; -EXDEV, -ENOTEMPTY, -EROFS.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <linux/fs.h>
#include <pages/slab.h>
#include <vfs/namei.h>
#include <vfs/posix_acl.h>
#include <vfs/xattr.h>
#include "overlay_impl.h"

/* What is to be made. */
struct ovl_new {
	umode_t mode;
	dev_t rdev;
	const char *target;  /* symlink */
	struct dentry *hard; /* upper dentry to link to; what follows is its own then */
	const struct inode *like;	 /* its owner and mode */
	const struct posix_acls *acls;
};

/* Between begin and end the parent has an upper directory, and the layers are used as the mounter. */
struct ovl_scope {
	struct ovl_fs *ofs;
	const struct cred *old;
};

static int ovl_begin(struct ovl_scope *scope, struct dentry *parent)
{
	int ret = ovl_copy_up(parent);

	if (ret)
		return ret;
	scope->ofs = ovl_fs(parent->d_sb);
	ret = mnt_want_write(scope->ofs->upper_mnt);
	if (!ret)
		scope->old = ovl_override(parent->d_sb);
	return ret;
}

static void ovl_end(struct ovl_scope *scope)
{
	revert_creds(scope->old);
	mnt_drop_write(scope->ofs->upper_mnt);
}

/* The directory's entries changed. */
static void ovl_dir_modified(struct dentry *dir)
{
	ovl_inode(d_inode(dir))->layer_version++;
	inode_inc_change(d_inode(dir));
	ovl_copyattr(d_inode(dir));
}

/* --- making -------------------------------------------------------------------------------------------- */

/* Make the object at negative @at in locked directory @dir. */
static int ovl_make(struct inode *dir, struct dentry *at, const struct ovl_new *new)
{
	if (new->hard)
		return vfs_link(new->hard, dir, at);
	switch (new->mode & S_IFMT) {
	case S_IFREG:
		return vfs_create(dir, at, new->mode & 07777, true);
	case S_IFDIR:
		return vfs_mkdir(dir, at, new->mode & 07777);
	case S_IFLNK:
		return vfs_symlink(dir, at, new->target);
	default:
		return vfs_mknod(dir, at, new->mode, new->rdev);
	}
}

/* The new object belongs to the caller, not to the mounter who makes it; the mode is already without the umask. */
static int ovl_give_to(struct dentry *upper, const struct inode *like)
{
	struct iattr attr = {
		.ia_valid = ATTR_UID | ATTR_GID | ATTR_FORCE,
		.ia_uid = like->i_uid,
		.ia_gid = like->i_gid,
	};
	int ret;

	inode_lock_nested(d_inode(upper), I_MUTEX_CHILD);
	ret = notify_change(upper, &attr);
	if (!ret && !S_ISLNK(like->i_mode)) {
		attr.ia_valid = ATTR_MODE | ATTR_FORCE;
		attr.ia_mode = like->i_mode;
		ret = notify_change(upper, &attr);
	}
	inode_unlock(d_inode(upper));
	return ret;
}

static int ovl_give_list(struct dentry *upper, enum acl_kind kind, const struct posix_acl *acl)
{
	ssize_t size = posix_acl_to_xattr(acl, NULL, 0);
	void *value;
	int ret;

	if (!acl)
		return 0;
	value = kvmalloc(size, GFP_KERNEL);
	if (!value)
		return -ENOMEM;
	posix_acl_to_xattr(acl, value, size);
	inode_lock_nested(d_inode(upper), I_MUTEX_CHILD);
	ret = __vfs_setxattr(upper, d_inode(upper), posix_acl_name(kind), value, size, 0);
	inode_unlock(d_inode(upper));
	kvfree(value);
	return ret;
}

/* What the default list of its directory in the overlay gives: what was made in the work directory has not got it. */
static int ovl_give_lists(struct dentry *upper, const struct posix_acls *acls)
{
	int ret = ovl_give_list(upper, ACL_OF_OBJECT, acls->acl[ACL_OF_OBJECT]);

	return ret ? ret : ovl_give_list(upper, ACL_OF_CHILDREN, acls->acl[ACL_OF_CHILDREN]);
}

/* The rest of what it is to be. While this can fail nobody may find it for good. */
static int ovl_give(struct dentry *upper, const struct ovl_new *new)
{
	int ret = new->hard ? 0 : ovl_give_lists(upper, new->acls);

	return ret || new->hard ? ret : ovl_give_to(upper, new->like);
}

static void ovl_unmake(struct inode *dir, struct dentry *at)
{
	if (d_is_dir(at))
		(void)vfs_rmdir(dir, at);
	else
		(void)vfs_unlink(dir, at);
}

/* Make it at @at in locked directory @dir: whole, or not at all. */
static int ovl_make_whole(struct inode *dir, struct dentry *at, const struct ovl_new *new)
{
	int ret = ovl_make(dir, at, new);

	if (ret)
		return ret;
	ret = ovl_give(at, new);
	if (ret)
		ovl_unmake(dir, at);
	return ret;
}

/* In the upper directory, where the name is free. Returns the upper dentry. */
static struct dentry *ovl_make_plain(struct dentry *dentry, const struct ovl_new *new)
{
	struct dentry *dir = ovl_upper(dentry->d_parent), *upper;
	int ret;

	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	upper = lookup_one_len(dentry->d_name.name, dir, dentry->d_name.len);
	if (!IS_ERR(upper)) {
		ret = ovl_make_whole(d_inode(dir), upper, new);
		if (ret) {
			dput(upper);
			upper = ERR_PTR(ret);
		}
	}
	inode_unlock(d_inode(dir));
	return upper;
}

/* Exchange @temp (in workdir) with the whiteout at @dentry's name. Both directories locked. */
static struct dentry *ovl_exchange_whiteout(struct ovl_fs *ofs, struct dentry *dentry, struct dentry *temp,
					    struct dentry *dir)
{
	struct dentry *whiteout = lookup_one_len(dentry->d_name.name, dir, dentry->d_name.len);
	struct renamedata rd = { .old_dir = d_inode(ofs->workdir), .old_dentry = temp, .new_dir = d_inode(dir) };
	int ret;

	if (IS_ERR(whiteout))
		return whiteout;
	rd.new_dentry = whiteout;
	rd.flags = d_really_is_positive(whiteout) ? RENAME_EXCHANGE : 0;
	ret = vfs_rename(&rd);
	if (!ret && rd.flags)
		ovl_cleanup(ofs, whiteout); /* it lies in the work directory now */
	dput(whiteout);
	return ret ? ERR_PTR(ret) : dget(temp);
}

/* Where a whiteout stands: make it aside and exchange. */
static struct dentry *ovl_make_over(struct ovl_fs *ofs, struct dentry *dentry, const struct ovl_new *new)
{
	struct dentry *dir = ovl_upper(dentry->d_parent), *temp, *upper;
	int ret;

	if (lock_rename(ofs->workdir, dir)) {
		unlock_rename(ofs->workdir, dir);
		return ERR_PTR(-EIO);
	}
	temp = ovl_lookup_temp(ofs);
	ret = IS_ERR(temp) ? PTR_ERR(temp) : ovl_make(d_inode(ofs->workdir), temp, new);
	if (!ret && !new->hard && S_ISDIR(new->mode))
		ret = ovl_set_opaque(ofs, temp);
	if (!ret)
		ret = ovl_give(temp, new);
	upper = ret ? ERR_PTR(ret) : ovl_exchange_whiteout(ofs, dentry, temp, dir);
	if (!IS_ERR(temp)) {
		if (IS_ERR(upper))
			ovl_cleanup(ofs, temp);
		dput(temp);
	}
	unlock_rename(ofs->workdir, dir);
	return upper;
}

/* Is there anything below the name that a new object would uncover or merge with? */
static bool ovl_is_covered(struct dentry *dentry)
{
	return ovl_lower_positive(dentry);
}

/* Make the upper object for negative @dentry; its dentry with a reference. */
static struct dentry *ovl_make_upper(struct ovl_fs *ofs, struct dentry *dentry, const struct ovl_new *new)
{
	return ovl_is_covered(dentry) ? ovl_make_over(ofs, dentry, new) : ovl_make_plain(dentry, new);
}

static int ovl_create_object(struct inode *dir, struct dentry *dentry, struct ovl_new *new)
{
	struct posix_acls acls = { 0 };
	struct ovl_scope scope;
	struct dentry *upper;
	struct inode *inode;
	umode_t mode;
	int ret = ovl_begin(&scope, dentry->d_parent);

	if (ret)
		return ret;
	inode = new_inode(dentry->d_sb);
	ret = -ENOMEM;
	if (!inode)
		goto end;
	revert_creds(scope.old); /* the owner is the caller */
	inode_init_owner(inode, dir, new->mode);
	scope.old = ovl_override(dentry->d_sb);
	mode = inode->i_mode;
	ret = posix_acl_inherit(dir, &mode, &acls);
	inode->i_mode = mode;
	new->like = inode;
	new->acls = &acls;
	upper = ret ? ERR_PTR(ret) : ovl_make_upper(scope.ofs, dentry, new);
	ret = PTR_ERR_OR_ZERO(upper);
	if (ret) {
		iput(inode);
		goto end;
	}
	ovl_inode_bind(inode, upper, NULL);
	if (!S_ISDIR(inode->i_mode))
		insert_inode_hash(inode, (u64)d_inode(upper));
	d_instantiate(dentry, inode);
	ovl_dir_modified(dentry->d_parent);
end:
	posix_acls_fini(&acls);
	ovl_end(&scope);
	return ret;
}

int ovl_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	struct ovl_new new = { .mode = (mode & 07777) | S_IFREG };

	return ovl_create_object(dir, dentry, &new);
}

int ovl_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct ovl_new new = { .mode = (mode & 07777) | S_IFDIR };

	return ovl_create_object(dir, dentry, &new);
}

int ovl_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	struct ovl_new new = { .mode = S_IFLNK | 0777, .target = target };

	return ovl_create_object(dir, dentry, &new);
}

int ovl_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct ovl_new new = { .mode = mode, .rdev = dev };

	if (S_ISCHR(mode) && dev == WHITEOUT_DEV)
		return -EPERM; /* it would read as "removed" */
	return ovl_create_object(dir, dentry, &new);
}

int ovl_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old);
	struct ovl_new new = { 0 };
	struct ovl_scope scope;
	struct dentry *upper;
	int ret = ovl_copy_up(old);

	if (!ret)
		ret = ovl_begin(&scope, dentry->d_parent);
	if (ret)
		return ret;
	new.hard = ovl_upper(old);
	upper = ovl_make_upper(scope.ofs, dentry, &new);
	ret = PTR_ERR_OR_ZERO(upper);
	if (!ret) {
		dput(upper); /* the inode has one of its names already */
		ovl_copyattr(inode);
		ihold(inode);
		d_instantiate(dentry, inode);
		ovl_dir_modified(dentry->d_parent);
	}
	ovl_end(&scope);
	return ret;
}

/* --- removing ------------------------------------------------------------------------------------------ */

/* Put a whiteout in the place of @dentry's name, and what was there away. */
static int ovl_remove_over(struct ovl_fs *ofs, struct dentry *dentry)
{
	struct dentry *dir = ovl_upper(dentry->d_parent), *whiteout, *victim;
	struct renamedata rd = { .old_dir = d_inode(ofs->workdir), .new_dir = d_inode(dir) };
	int ret;

	if (lock_rename(ofs->workdir, dir)) {
		unlock_rename(ofs->workdir, dir);
		return -EIO;
	}
	victim = lookup_one_len(dentry->d_name.name, dir, dentry->d_name.len);
	whiteout = IS_ERR(victim) ? ERR_CAST(victim) : ovl_make_whiteout(ofs);
	ret = PTR_ERR_OR_ZERO(whiteout);
	if (!ret) {
		rd.old_dentry = whiteout;
		rd.new_dentry = victim;
		rd.flags = d_is_dir(victim) ? RENAME_EXCHANGE : 0; /* a directory cannot be replaced by a node */
		ret = vfs_rename(&rd);
		if (ret)
			ovl_cleanup(ofs, whiteout);
		else if (rd.flags)
			ovl_cleanup(ofs, victim); /* its whiteouts went before */
		dput(whiteout);
	}
	if (!IS_ERR(victim))
		dput(victim);
	unlock_rename(ofs->workdir, dir);
	return ret;
}

/* The name is only in the upper layer. */
static int ovl_remove_plain(struct dentry *dentry, bool is_dir)
{
	struct dentry *dir = ovl_upper(dentry->d_parent), *victim;
	int ret;

	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	victim = lookup_one_len(dentry->d_name.name, dir, dentry->d_name.len);
	ret = PTR_ERR_OR_ZERO(victim);
	if (!ret) {
		ret = is_dir ? vfs_rmdir(d_inode(dir), victim) : vfs_unlink(d_inode(dir), victim);
		dput(victim);
	}
	inode_unlock(d_inode(dir));
	return ret;
}

/* A merged directory that shows nothing may still hold whiteouts: they go first. */
static int ovl_clear_upper_dir(struct ovl_fs *ofs, struct dentry *dentry)
{
	struct dentry *upper = ovl_upper(dentry);

	return upper ? ovl_remove_whiteouts(ofs, upper) : 0;
}

static int ovl_remove(struct dentry *dentry, bool is_dir)
{
	struct ovl_scope scope;
	struct inode *inode = d_inode(dentry);
	int ret = is_dir ? ovl_check_empty(dentry) : 0;

	if (!ret)
		ret = ovl_begin(&scope, dentry->d_parent);
	if (ret)
		return ret;
	if (is_dir)
		ret = ovl_clear_upper_dir(scope.ofs, dentry);
	if (!ret)
		ret = ovl_is_covered(dentry) ? ovl_remove_over(scope.ofs, dentry) : ovl_remove_plain(dentry, is_dir);
	if (!ret) {
		if (is_dir)
			clear_nlink(inode);
		else
			drop_nlink(inode);
		if (!is_dir && ovl_inode_upper(inode))
			ovl_copyattr(inode);
		ovl_dir_modified(dentry->d_parent);
	}
	ovl_end(&scope);
	return ret;
}

int ovl_unlink(struct inode *dir, struct dentry *dentry)
{
	return ovl_remove(dentry, false);
}

int ovl_rmdir(struct inode *dir, struct dentry *dentry)
{
	return ovl_remove(dentry, true);
}

/* --- moving -------------------------------------------------------------------------------------------- */

static bool ovl_comes_from_below(struct dentry *dentry)
{
	return d_is_dir(dentry) && ovl_entry(dentry) && ovl_entry(dentry)->nr_lower;
}

/* Objects ready to move: both in the upper layer, the target empty if it is a directory. */
static int ovl_rename_prepare(struct dentry *old, struct dentry *new, unsigned int flags)
{
	bool exchange = flags & RENAME_EXCHANGE;
	int ret;

	if (ovl_comes_from_below(old) || (exchange && ovl_comes_from_below(new)))
		return -EXDEV; /* I2 */
	if (!exchange && d_is_positive(new) && d_is_dir(new)) {
		ret = ovl_check_empty(new);
		if (ret)
			return ret;
	}
	ret = ovl_copy_up(old);
	if (!ret)
		ret = ovl_copy_up(new->d_parent);
	if (!ret && exchange)
		ret = ovl_copy_up(new);
	return ret;
}

/* Both upper directories are locked. */
static int ovl_rename_locked(struct ovl_fs *ofs, struct dentry *old, struct dentry *new, unsigned int flags)
{
	struct dentry *old_dir = ovl_upper(old->d_parent), *new_dir = ovl_upper(new->d_parent);
	struct renamedata rd = { .old_dir = d_inode(old_dir), .new_dir = d_inode(new_dir), .flags = flags };
	bool old_covered = !(flags & RENAME_EXCHANGE) && ovl_is_covered(old);
	struct dentry *from, *to;
	int ret = 0;

	from = lookup_one_len(old->d_name.name, old_dir, old->d_name.len);
	if (IS_ERR(from))
		return PTR_ERR(from);
	to = lookup_one_len(new->d_name.name, new_dir, new->d_name.len);
	if (IS_ERR(to)) {
		dput(from);
		return PTR_ERR(to);
	}
	rd.old_dentry = from;
	rd.new_dentry = to;
	if (!(flags & RENAME_EXCHANGE)) {
		if (d_is_dir(from) && ovl_is_covered(new))
			ret = ovl_set_opaque(ofs, from);
		/* A whiteout in the way of a directory changes places with it; elsewhere it is replaced. */
		rd.flags = 0;
		if (d_really_is_positive(to) && ovl_is_whiteout(to) && d_is_dir(from))
			rd.flags = RENAME_EXCHANGE;
		else if (old_covered)
			rd.flags = RENAME_WHITEOUT;
	}
	if (!ret)
		ret = vfs_rename(&rd);
	if (!ret && rd.flags == RENAME_EXCHANGE && !(flags & RENAME_EXCHANGE) && !old_covered)
		ret = vfs_unlink(d_inode(old_dir), to); /* the whiteout came over, and nothing needs it here */
	dput(to);
	dput(from);
	return ret;
}

int ovl_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new, unsigned int flags)
{
	struct dentry *old_upper, *new_upper;
	struct ovl_scope scope;
	int ret;

	if (flags & ~(RENAME_EXCHANGE | RENAME_NOREPLACE))
		return -EINVAL;
	flags &= ~RENAME_NOREPLACE; /* the VFS has looked */
	ret = ovl_rename_prepare(old, new, flags);
	if (!ret)
		ret = ovl_begin(&scope, old->d_parent);
	if (ret)
		return ret;
	if (!(flags & RENAME_EXCHANGE) && d_is_positive(new) && d_is_dir(new))
		ret = ovl_clear_upper_dir(scope.ofs, new);
	old_upper = ovl_upper(old->d_parent);
	new_upper = ovl_upper(new->d_parent);
	if (!ret) {
		struct dentry *trap = lock_rename(old_upper, new_upper);

		/* The VFS has checked the overlay's tree; the upper one may have been changed behind its back. */
		if (trap && (trap == ovl_upper(old) || trap == ovl_upper(new)))
			ret = -EINVAL;
		else
			ret = ovl_rename_locked(scope.ofs, old, new, flags);
		unlock_rename(old_upper, new_upper);
	}
	if (!ret) {
		if (d_is_positive(new) && !(flags & RENAME_EXCHANGE)) {
			if (d_is_dir(new))
				clear_nlink(d_inode(new));
			else
				drop_nlink(d_inode(new));
		}
		ovl_dir_modified(old->d_parent);
		if (new_dir != old_dir)
			ovl_dir_modified(new->d_parent);
		ovl_copyattr(d_inode(old));
	}
	ovl_end(&scope);
	return ret;
}

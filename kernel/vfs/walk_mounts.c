/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * walk_mounts.c - a path walk goes through mounts: down what is mounted on a place, and ".." up.
 *
 * WHAT        A place that is covered by a mount is its root; the parent of a mount's root is the parent of the place it covers, up to
 *             the walk's root. The RCU walk reads the table of mounts and checks mount_seq; the ref-walk takes references.
 * INVARIANTS  K1 to K3 of walk.c. A mount's root without a place stays where it is on "..".
 * LOCKING     RCU and mount_seq; mount_lock to step up with references (M4 of mount.c).
 * ERRORS      -ECHILD, -EXDEV, -EAGAIN (a scoped walk raced).
 * TESTS       tests/guest/vfs/mount_test.c, tests/guest/vfs/race_test.c
 */
#include <lib/err.h>
#include <vfs/fs_struct.h>
#include "dcache_impl.h"
#include "mount_impl.h"
#include "walk_impl.h"

/* --- crossing mounts --- */

bool cross_mounts_rcu(struct nameidata *nd, struct path *path, struct inode **inode, u32 *seqp)
{
	while (d_mountpoint(path->dentry)) {
		struct mount *m = mount_find_rcu(path->mnt, path->dentry);

		if (!m)
			return !read_seqretry(&mount_seq, nd->m_seq);
		path->mnt = &m->mnt;
		path->dentry = m->mnt.mnt_root;
		nd->state |= ND_JUMPED;
		*seqp = raw_read_seqcount(&path->dentry->d_seq);
		*inode = READ_ONCE(path->dentry->d_inode);
		if (read_seqretry(&mount_seq, nd->m_seq))
			return false;
	}
	return true;
}

void cross_mounts(struct path *path, bool *jumped, bool *got_mnt)
{
	while (d_mountpoint(path->dentry)) {
		struct vfsmount *mnt = lookup_mnt(path);

		if (!mnt)
			break;
		dput(path->dentry);
		if (*got_mnt)
			mntput(path->mnt);
		path->mnt = mnt;
		path->dentry = dget(mnt->mnt_root);
		*got_mnt = true;
		*jumped = true;
	}
}

/* --- ".." --- */

static bool at_root(const struct nameidata *nd, const struct path *path)
{
	return path->dentry == nd->root.dentry && path->mnt == nd->root.mnt;
}

static int dotdot_rcu(struct nameidata *nd)
{
	struct path path = nd->path;
	struct dentry *parent;
	u32 seq = nd->seq;

	while (!at_root(nd, &path) && path.dentry == path.mnt->mnt_root) {
		struct mount *m = real_mount(path.mnt), *up = READ_ONCE(m->mnt_parent);

		if (up == m)
			break;
		path.dentry = READ_ONCE(m->mnt_mountpoint);
		path.mnt = &up->mnt;
		seq = raw_read_seqcount(&path.dentry->d_seq);
		if (read_seqretry(&mount_seq, nd->m_seq))
			return -ECHILD;
		if (nd->flags & LOOKUP_NO_XDEV)
			return -EXDEV;
	}
	if (at_root(nd, &path) || path.dentry == path.mnt->mnt_root) {
		if (nd->flags & LOOKUP_BENEATH)
			return -ECHILD;
		parent = path.dentry;
	} else {
		struct inode *inode;

		parent = READ_ONCE(path.dentry->d_parent);
		if (read_seqretry(&path.dentry->d_seq, seq))
			return -ECHILD;
		path.dentry = parent;
		seq = raw_read_seqcount(&parent->d_seq);
		inode = d_inode_rcu(parent);
		if (!cross_mounts_rcu(nd, &path, &inode, &seq))
			return -ECHILD;
	}
	nd->inode = d_inode_rcu(path.dentry);
	if (!nd->inode || read_seqretry(&path.dentry->d_seq, seq))
		return -ECHILD;
	nd->path = path;
	nd->seq = seq;
	return 0;
}

bool path_up_one_mount(struct path *path)
{
	struct path upper;
	struct mount *m = real_mount(path->mnt);

	spin_lock(&mounts.lock);
	if (!mnt_has_parent(m)) {
		spin_unlock(&mounts.lock);
		return false;
	}
	upper.mnt = mntget(&m->mnt_parent->mnt);
	upper.dentry = dget(m->mnt_mountpoint);
	spin_unlock(&mounts.lock);
	path_put(path);
	*path = upper;
	return true;
}

static int dotdot_ref(struct nameidata *nd)
{
	struct path path = nd->path;
	bool jumped = false, got_mnt = true;

	path_get(&path);
	while (!at_root(nd, &path) && path.dentry == path.mnt->mnt_root) {
		if (!path_up_one_mount(&path))
			break;
		if (nd->flags & LOOKUP_NO_XDEV) {
			path_put(&path);
			return -EXDEV;
		}
	}
	if (at_root(nd, &path) || path.dentry == path.mnt->mnt_root) {
		if (nd->flags & LOOKUP_BENEATH) {
			path_put(&path);
			return -EXDEV;
		}
	} else {
		struct dentry *parent = dget_parent(path.dentry);

		dput(path.dentry);
		path.dentry = parent;
		cross_mounts(&path, &jumped, &got_mnt);
	}
	path_put(&nd->path);
	nd->path = path;
	nd->inode = d_inode(path.dentry);
	return 0;
}

int walk_dots(struct nameidata *nd)
{
	int err;

	if (nd->last_type != LAST_DOTDOT)
		return 0;
	if (!nd->root.mnt) {
		err = set_root(nd);
		if (err)
			return err;
	}
	nd->state |= ND_JUMPED;
	if (nd->flags & LOOKUP_RCU)
		err = dotdot_rcu(nd);
	else
		err = dotdot_ref(nd);
	if (err || !(nd->flags & LOOKUP_IS_SCOPED))
		return err;
	/* a rename or mount meanwhile may have moved us outside: the caller tries again */
	if (read_seqretry(&mount_seq, nd->m_seq) || read_seqretry(&rename_seq, nd->r_seq))
		return nd->flags & LOOKUP_RCU ? -ECHILD : -EAGAIN;
	return 0;
}

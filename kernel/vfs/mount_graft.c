/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_graft.c - putting mounts in place and taking them away: bind, move, unmount, pivot_root.
 *
 * WHAT        Each operation finds its place, locks it (the mount point's inode, then mount_sem), checks, and commits a tree that was
 *             made before. Nothing can fail once something visible has changed.
 * LOCKING     inode of the mount point > mount_sem > mount_lock.
 * ERRORS      -EPERM, -EINVAL, -EBUSY, -ENOENT, -ENOTDIR, -ELOOP, -ENOMEM, -ENOSPC, -EAGAIN (MNT_EXPIRE).
 * TESTS       tests/guest/vfs/mount_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <security/security.h>
#include <vfs/fs_struct.h>
#include <vfs/inode.h>
#include <vfs/namei.h>
#include <vfs/vfs_calls.h>
#include <vfs/vfs_port.h>
#include <vfs/vfs_limits.h>
#include <linux/fs.h>
#include "mount_graft.h"

bool may_mount(void)
{
	return ns_capable(current_mnt_ns()->user_ns, CAP_SYS_ADMIN);
}

bool mount_is_ours(const struct mount *m)
{
	return m->mnt_ns == current_mnt_ns();
}

/* --- locking the place --- */

/* The topmost mount's root at @path (which moves there), its inode and mount_sem locked, and a mountpoint for it. */
struct mountpoint *lock_mount(struct path *path)
{
	struct mountpoint *mp;
	struct vfsmount *over;

	for (;;) {
		struct dentry *dentry = path->dentry;

		inode_lock(d_inode(dentry));
		if (IS_DEADDIR(d_inode(dentry)) || (dentry->d_flags & DCACHE_CANT_MOUNT)) {
			inode_unlock(d_inode(dentry));
			return ERR_PTR(-ENOENT);
		}
		down_write(&mounts.sem);
		over = lookup_mnt(path);
		if (likely(!over))
			break;
		up_write(&mounts.sem);
		inode_unlock(d_inode(dentry));
		path_put(path);
		path->mnt = over;
		path->dentry = dget(over->mnt_root);
	}
	mp = get_mountpoint(path->dentry);
	if (IS_ERR(mp)) {
		up_write(&mounts.sem);
		inode_unlock(d_inode(path->dentry));
	}
	return mp;
}

void unlock_mount(struct path *path, struct mountpoint *mp)
{
	up_write(&mounts.sem);
	inode_unlock(d_inode(path->dentry));
	put_mountpoint(mp);
}

/* --- attaching --- */

static int count_mounts(struct mnt_namespace *ns, struct mount *m)
{
	unsigned int n = 0;
	struct mount *p;

	for (p = m; p; p = next_mnt(p, m))
		n++;
	return n + ns->nr_mounts > (unsigned int)READ_ONCE(vfs_limits.mount_max) ? -ENOSPC : 0;
}

/* The tree @m, already at its place, becomes part of its parent's namespace. mount_lock held. */
static void commit_tree(struct mount *m)
{
	struct mnt_namespace *ns = m->mnt_parent->mnt_ns;
	struct mount *p;

	for (p = m; p; p = next_mnt(p, m)) {
		list_del_init(&p->mnt_list);
		if (p->mnt_ns) {
			p->mnt_ns->nr_mounts--;
			if (p->mnt_ns->root == p)
				p->mnt_ns->root = NULL;
		}
		list_add_tail(&p->mnt_list, &ns->list);
		p->mnt_ns = ns;
		ns->nr_mounts++;
	}
	mnt_attach_locked(m, m->mnt_parent, NULL);
	touch_mnt_ns_locked(ns);
}

static void set_shared_tree(struct mount *m)
{
	struct mount *p;

	for (p = m; p; p = next_mnt(p, m)) {
		if (!(p->mnt.mnt_flags & MNT_SHARED))
			change_mnt_propagation(p, MS_SHARED);
	}
}

static void drop_tree_list(struct list_head *tree_list)
{
	LIST_HEAD(dead);

	while (!list_empty(tree_list)) {
		struct mount *copy = list_first_entry(tree_list, struct mount, mnt_umounting);

		list_del_init(&copy->mnt_umounting);
		lock_mount_hash();
		umount_tree(copy, 0, &dead);
		unlock_mount_hash();
	}
	umount_finish(&dead, true);
}

/* What receives from @dest gets copies, then everything appears. @moving: @m has a place that it leaves. */
int attach_recursive_mnt(struct mount *m, struct mount *dest, struct mountpoint *mp, bool moving)
{
	bool shared = dest->mnt.mnt_flags & MNT_SHARED;
	struct mountpoint *old_mp = NULL;
	struct mount *old_parent = NULL, *copy, *next;
	LIST_HEAD(tree_list);
	int err = moving ? 0 : count_mounts(dest->mnt_ns, m);

	if (err)
		return err;
	if (shared) {
		err = invent_group_ids(m, true);
		if (err)
			return err;
		err = propagate_mnt(dest, mp, m, &tree_list);
		if (err) {
			drop_tree_list(&tree_list);
			cleanup_group_ids(m, NULL);
			return err;
		}
	}
	lock_mount_hash();
	if (shared)
		set_shared_tree(m);
	if (mnt_has_parent(m)) {
		old_parent = m->mnt_parent;
		old_mp = mnt_unhash_locked(m);
		touch_mnt_ns_locked(m->mnt_ns);
	}
	mnt_set_mountpoint_locked(dest, mp, m);
	commit_tree(m);
	list_for_each_entry_safe(copy, next, &tree_list, mnt_umounting) {
		list_del_init(&copy->mnt_umounting);
		commit_tree(copy);
	}
	unlock_mount_hash();
	if (old_mp) {
		put_mountpoint(old_mp);
		mntput(&old_parent->mnt);
	}
	return 0;
}

/* Consumes nothing: on success the tree holds @m's first reference. */
int graft_tree(struct mount *m, struct mount *dest, struct mountpoint *mp)
{
	if (m->mnt.mnt_sb->s_flags & SB_NOUSER)
		return -EINVAL;
	if (d_is_dir(mp->m_dentry) != d_is_dir(m->mnt.mnt_root))
		return -ENOTDIR;
	return attach_recursive_mnt(m, dest, mp, false);
}

/* A new mount on @path. @mnt's reference is consumed on success. */
int do_add_mount(struct vfsmount *mnt, struct path *path, int mnt_flags)
{
	struct mount *m = real_mount(mnt), *dest;
	struct mountpoint *mp = lock_mount(path);
	int err;

	if (IS_ERR(mp))
		return PTR_ERR(mp);
	dest = real_mount(path->mnt);
	err = -EINVAL;
	if (!mount_is_ours(dest))
		goto unlock;
	err = -EBUSY;	/* the same file system on itself */
	if (path->mnt->mnt_sb == mnt->mnt_sb && path->dentry == path->mnt->mnt_root)
		goto unlock;
	err = -EINVAL;
	if (d_is_symlink(mnt->mnt_root))
		goto unlock;
	mnt->mnt_flags = mnt_flags;
	err = graft_tree(m, dest, mp);
unlock:
	unlock_mount(path, mp);
	return err;
}

/* --- bind --- */

bool has_locked_children(struct mount *m, struct dentry *dentry)
{
	struct mount *child;

	list_for_each_entry(child, &m->mnt_mounts, mnt_child) {
		if (is_subdir(child->mnt_mountpoint, dentry) && (child->mnt.mnt_flags & MNT_LOCKED))
			return true;
	}
	return false;
}

struct mount *copy_for_bind(const struct path *old, bool recurse)
{
	struct mount *m = real_mount(old->mnt), *copy;

	if ((m->mnt.mnt_flags & MNT_UNBINDABLE) || (d_inode(old->dentry)->i_flags & S_NOBIND))
		return ERR_PTR(-EINVAL);
	if (!mount_is_ours(m) && !(m->mnt.mnt_flags & MNT_INTERNAL && old->dentry->d_op))
		return ERR_PTR(-EINVAL);
	if (!recurse && has_locked_children(m, old->dentry))
		return ERR_PTR(-EINVAL);
	copy = recurse ? copy_tree(m, old->dentry, 0) : clone_mnt(m, old->dentry, 0);
	if (!IS_ERR(copy))
		copy->mnt.mnt_flags &= ~MNT_LOCKED;
	return copy;
}

int do_loopback(struct path *path, const char *old_name, bool recurse)
{
	struct mount *copy;
	struct mountpoint *mp;
	struct path old;
	LIST_HEAD(dead);
	int err;

	if (!old_name || !*old_name)
		return -EINVAL;
	err = kern_path(old_name, LOOKUP_FOLLOW | LOOKUP_AUTOMOUNT, &old);
	if (err)
		return err;
	mp = lock_mount(path);
	err = PTR_ERR_OR_ZERO(mp);
	if (err)
		goto put_old;
	err = -EINVAL;
	if (!mount_is_ours(real_mount(path->mnt)))
		goto unlock;
	copy = copy_for_bind(&old, recurse);
	err = PTR_ERR_OR_ZERO(copy);
	if (err)
		goto unlock;
	err = graft_tree(copy, real_mount(path->mnt), mp);
	if (err) {
		lock_mount_hash();
		umount_tree(copy, 0, &dead);
		unlock_mount_hash();
	}
unlock:
	unlock_mount(path, mp);
	umount_finish(&dead, false);
put_old:
	path_put(&old);
	return err;
}

/* --- moving --- */

static bool tree_has_unbindable(struct mount *m)
{
	struct mount *p;

	for (p = m; p; p = next_mnt(p, m)) {
		if (p->mnt.mnt_flags & MNT_UNBINDABLE)
			return true;
	}
	return false;
}

static int move_checks(struct mount *old, const struct path *old_path, struct mount *dest, struct mountpoint *mp)
{
	bool is_attached = mnt_has_parent(old);
	struct mount *p;

	if (!mount_is_ours(dest))
		return -EINVAL;
	if (is_attached ? !mount_is_ours(old) : !(old->mnt_ns && old->mnt_ns->is_anon))
		return -EINVAL;
	if (old->mnt.mnt_flags & MNT_LOCKED)
		return -EINVAL;
	if (old_path->dentry != old_path->mnt->mnt_root)
		return -EINVAL;
	if (d_is_dir(mp->m_dentry) != d_is_dir(old_path->dentry))
		return -EINVAL;
	if (is_attached && (old->mnt_parent->mnt.mnt_flags & MNT_SHARED))
		return -EINVAL;
	if ((dest->mnt.mnt_flags & MNT_SHARED) && tree_has_unbindable(old))
		return -EINVAL;
	for (p = dest; mnt_has_parent(p); p = p->mnt_parent) {
		if (p == old)
			return -ELOOP;
	}
	return p == old ? -ELOOP : 0;
}

int do_move_mount(struct path *old_path, struct path *new_path)
{
	struct mount *old = real_mount(old_path->mnt);
	struct mnt_namespace *anon = NULL;
	struct mountpoint *mp = lock_mount(new_path);
	int err;

	if (IS_ERR(mp))
		return PTR_ERR(mp);
	err = move_checks(old, old_path, real_mount(new_path->mnt), mp);
	if (!err) {
		anon = mnt_has_parent(old) ? NULL : old->mnt_ns;
		/* an anonymous namespace lets go of its reference: the tree has it now */
		err = attach_recursive_mnt(old, real_mount(new_path->mnt), mp, !anon);
		if (!err && anon)
			anon->root = NULL;
	}
	unlock_mount(new_path, mp);
	if (!err && anon)
		put_mnt_ns(anon);	/* empty now; only the tree knew it */
	return err;
}

int do_move_mount_old(struct path *path, const char *old_name)
{
	struct path old;
	int err;

	if (!old_name || !*old_name)
		return -EINVAL;
	err = kern_path(old_name, LOOKUP_FOLLOW, &old);
	if (err)
		return err;
	err = mnt_has_parent(real_mount(old.mnt)) ? do_move_mount(&old, path) : -EINVAL;
	path_put(&old);
	return err;
}

/* --- unmounting --- */

static int umount_expire(struct mount *m)
{
	if (&m->mnt == current->fs->root.mnt)
		return -EINVAL;
	if (atomic_read(&m->mnt_count) > 2 || !list_empty(&m->mnt_mounts))
		return -EBUSY;
	if (!(__atomic_fetch_or(&m->mnt.mnt_flags, MNT_EXPIRY_MARK, __ATOMIC_SEQ_CST) & MNT_EXPIRY_MARK))
		return -EAGAIN;
	return 0;
}

static int umount_root(struct mount *m)
{
	struct super_block *sb = m->mnt.mnt_sb;
	struct fs_context *fc;
	int err;

	/* the root of the system is not taken away: it becomes read-only */
	if (!ns_capable(sb->s_user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	fc = fs_context_for_reconfigure(m->mnt.mnt_root, SB_RDONLY, SB_RDONLY);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	down_write(&sb->s_umount);
	err = reconfigure_super(fc);
	up_write(&sb->s_umount);
	put_fs_context(fc);
	return err;
}

static int do_umount(struct mount *m, int flags)
{
	LIST_HEAD(dead);
	int err = 0;

	if (flags & MNT_EXPIRE) {
		if (flags & (MNT_FORCE | MNT_DETACH))
			return -EINVAL;
		err = umount_expire(m);
		if (err)
			return err;
	}
	if ((flags & MNT_FORCE) && m->mnt.mnt_sb->s_op->umount_begin)
		m->mnt.mnt_sb->s_op->umount_begin(m->mnt.mnt_sb);
	if (&m->mnt == current->fs->root.mnt && !(flags & MNT_DETACH))
		return umount_root(m);
	down_write(&mounts.sem);
	lock_mount_hash();
	err = -EINVAL;
	if ((m->mnt.mnt_flags & MNT_LOCKED) || !m->mnt_ns)
		goto unlock;
	if (flags & MNT_DETACH) {
		umount_tree(m, UMOUNT_PROPAGATE, &dead);	/* all part from each other */
		err = 0;
	} else {
		err = -EBUSY;
		if (!propagate_mount_busy(m, 2)) {
			umount_tree(m, UMOUNT_PROPAGATE | UMOUNT_SYNC, &dead);
			err = 0;
		}
	}
unlock:
	unlock_mount_hash();
	up_write(&mounts.sem);
	umount_finish(&dead, false);
	return err;
}

static int umount_path(const struct path *path, int flags)
{
	struct mount *m = real_mount(path->mnt);
	int err;

	if (!may_mount())
		return -EPERM;
	if (path->dentry != path->mnt->mnt_root || !mount_is_ours(m))
		return -EINVAL;
	if (m->mnt.mnt_flags & MNT_LOCKED)
		return -EINVAL;
	if ((flags & MNT_FORCE) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	err = security_mount_change(path);
	return err ? err : do_umount(m, flags);
}

int umount_name(struct filename *name, int flags)
{
	unsigned int lookup = LOOKUP_MOUNTPOINT | (flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW);
	struct path path;
	int err;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	err = filename_lookup(AT_FDCWD, name, lookup, &path, NULL);
	if (err)
		return err;
	err = umount_path(&path, flags);
	dput(path.dentry);
	/* without the expiry mark being cleared by our own put */
	mntput_no_expire(path.mnt);
	return err;
}

int do_umount_path(const char *text, int flags)
{
	struct filename *name = getname_kernel(text);
	int err = IS_ERR(name) ? (int)PTR_ERR(name) : umount_name(name, flags);

	putname(name);
	return err;
}

/* --- pivot_root --- */

/* Whoever stands on the old root stands on the new one afterwards. */
static void chroot_fs_refs(const struct path *old_root, const struct path *new_root)
{
	struct thread *thread;

	thread_registry_lock();
	for_each_registered_thread(thread) {
		struct task *task = thread_task(thread);
		struct fs_struct *fs;
		int drops = 0;

		task_lock(task);
		fs = task->fs;
		if (fs) {
			spin_lock(&fs->lock);
			write_seqcount_begin(&fs->seq);
			if (path_equal(&fs->root, old_root)) {
				fs->root = *new_root;
				path_get(new_root);
				drops++;
			}
			if (path_equal(&fs->pwd, old_root)) {
				fs->pwd = *new_root;
				path_get(new_root);
				drops++;
			}
			write_seqcount_end(&fs->seq);
			spin_unlock(&fs->lock);
		}
		task_unlock(task);
		/* never the last: the caller holds the old root too */
		while (drops--) {
			atomic_dec(&old_root->dentry->d_count);
			atomic_dec(&real_mount(old_root->mnt)->mnt_count);
		}
	}
	thread_registry_unlock();
}

static int pivot_checks(const struct path *new, const struct path *old, const struct path *root)
{
	struct mount *new_mnt = real_mount(new->mnt), *root_mnt = real_mount(root->mnt), *old_mnt = real_mount(old->mnt);
	struct mount *ex_parent = root_mnt->mnt_parent;

	if ((old_mnt->mnt.mnt_flags & MNT_SHARED) || (new_mnt->mnt_parent->mnt.mnt_flags & MNT_SHARED) ||
	    (ex_parent->mnt.mnt_flags & MNT_SHARED))
		return -EINVAL;
	if (!mount_is_ours(root_mnt) || !mount_is_ours(new_mnt))
		return -EINVAL;
	if (new_mnt->mnt.mnt_flags & MNT_LOCKED)
		return -EINVAL;
	if (d_unlinked(new->dentry))
		return -ENOENT;
	if (new_mnt == root_mnt || old_mnt == root_mnt)
		return -EBUSY;
	if (root->mnt->mnt_root != root->dentry || !mnt_has_parent(root_mnt))
		return -EINVAL;
	if (new->mnt->mnt_root != new->dentry || !mnt_has_parent(new_mnt))
		return -EINVAL;
	if (!path_is_under(old, new) || !path_is_under(new, root))
		return -EINVAL;
	return 0;
}

static void pivot_swap(const struct path *new, struct mountpoint *old_mp, const struct path *old, const struct path *root)
{
	struct mount *new_mnt = real_mount(new->mnt), *root_mnt = real_mount(root->mnt);
	struct mount *root_parent = root_mnt->mnt_parent, *new_parent = new_mnt->mnt_parent;
	struct mountpoint *root_mp, *new_mp;

	lock_mount_hash();
	new_mp = mnt_unhash_locked(new_mnt);
	root_mp = mnt_unhash_locked(root_mnt);
	if (root_mnt->mnt.mnt_flags & MNT_LOCKED) {
		new_mnt->mnt.mnt_flags |= MNT_LOCKED;
		root_mnt->mnt.mnt_flags &= ~MNT_LOCKED;
	}
	mnt_attach_locked(root_mnt, real_mount(old->mnt), old_mp);
	mnt_attach_locked(new_mnt, root_parent, root_mp);
	touch_mnt_ns_locked(current_mnt_ns());
	unlock_mount_hash();
	put_mountpoint(new_mp);
	put_mountpoint(root_mp);
	mntput(&root_parent->mnt);
	mntput(&new_parent->mnt);
}

static int pivot(struct path *new, struct path *old)
{
	struct mountpoint *old_mp;
	struct path root;
	int err;

	get_fs_root(current->fs, &root);
	old_mp = lock_mount(old);
	err = PTR_ERR_OR_ZERO(old_mp);
	if (err)
		goto put_root;
	err = pivot_checks(new, old, &root);
	if (!err)
		pivot_swap(new, old_mp, old, &root);
	unlock_mount(old, old_mp);
	if (!err)
		chroot_fs_refs(&root, new);
put_root:
	path_put(&root);
	return err;
}

long sys_pivot_root(uaddr_t new_root, uaddr_t put_old)
{
	struct path new, old;
	int err;

	if (!may_mount())
		return -EPERM;
	err = user_path_at(AT_FDCWD, new_root, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &new);
	if (err)
		return err;
	err = user_path_at(AT_FDCWD, put_old, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &old);
	if (!err) {
		err = security_mount_change(&old);
		if (!err)
			err = pivot(&new, &old);
		path_put(&old);
	}
	path_put(&new);
	return err;
}

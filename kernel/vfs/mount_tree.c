/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_tree.c - trees of mounts: copying, grafting, taking apart; namespaces.
 *
 * WHAT        The shapes of trees: next mount, copies of a tree, the end of a tree, and who owns trees.
 *
 * INVARIANTS  T1  Each mount of a namespace is on ns->list once and counted in nr_mounts.
 *             T2  A mount that left its namespace is detached from its parent before its reference is dropped, or stays connected to
 *                 a parent that left in the same step. A connected one holds no count on its parent and keeps its own
 *                 first reference; the parent's end detaches and puts it (M4).
 * LOCKING     mount_sem for writing; mount_lock for what walks read.
 * ERRORS      -ENOMEM, -ENOSPC (vfs_limits.mount_max), -EBUSY, -EINVAL.
 * TESTS       tests/guest/vfs/mount_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <vfs/fs_struct.h>
#include <vfs/inode.h>
#include <vfs/vfs_port.h>
#include <linux/sched.h>
#include "mount_impl.h"

struct ns_counter {
	atomic64_t seq;
	atomic_t inum;
};
static struct ns_counter ns_counter = { .inum = ATOMIC_INIT(0) };
struct mnt_namespace *init_mnt_ns;

#define MNT_NS_FIRST_INUM 0xF0000000U	/* where /proc/PID/ns/mnt numbers start */

/* The mount after @p in a walk of the tree under @root, parents first; NULL at the end. */
struct mount *next_mnt(struct mount *p, struct mount *root)
{
	struct list_head *next = p->mnt_mounts.next;

	if (next == &p->mnt_mounts) {
		for (;; p = p->mnt_parent) {
			if (p == root)
				return NULL;
			next = p->mnt_child.next;
			if (next != &p->mnt_parent->mnt_mounts)
				break;
		}
	}
	return list_entry(next, struct mount, mnt_child);
}

static struct mount *skip_subtree(struct mount *p)
{
	while (!list_empty(&p->mnt_mounts))
		p = list_last_entry(&p->mnt_mounts, struct mount, mnt_child);
	return p;
}

/* --- namespaces --- */

void touch_mnt_ns_locked(struct mnt_namespace *ns)
{
	if (!ns)
		return;
	ns->event++;
	wake_up_interruptible_all(&ns->poll);
}

struct mnt_namespace *alloc_mnt_ns(struct user_namespace *user_ns, bool is_anon)
{
	struct mnt_namespace *ns = kmem_cache_zalloc(mounts.ns_cache, GFP_KERNEL);

	if (!ns)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ns->refs, 1);
	ns->inum = MNT_NS_FIRST_INUM + atomic_inc_return(&ns_counter.inum);
	ns->seq = is_anon ? 0 : atomic64_inc_return(&ns_counter.seq);
	ns->user_ns = get_user_ns(user_ns);
	INIT_LIST_HEAD(&ns->list);
	init_waitqueue_head(&ns->poll);
	ns->is_anon = is_anon;
	return ns;
}

void free_mnt_ns(struct mnt_namespace *ns)
{
	put_user_ns(ns->user_ns);
	kmem_cache_free(mounts.ns_cache, ns);
}

struct mnt_namespace *get_mnt_ns(struct mnt_namespace *ns)
{
	refcount_inc(&ns->refs);
	return ns;
}

void put_mnt_ns(struct mnt_namespace *ns)
{
	LIST_HEAD(dead);

	if (!ns || !refcount_dec_and_test(&ns->refs))
		return;
	down_write(&mounts.sem);
	lock_mount_hash();
	if (ns->root)
		umount_tree(ns->root, 0, &dead);
	unlock_mount_hash();
	up_write(&mounts.sem);
	umount_finish(&dead, false);
	free_mnt_ns(ns);
}

u32 mnt_ns_inum(const struct mnt_namespace *ns)
{
	return ns->inum;
}

struct user_namespace *mnt_ns_user_ns(const struct mnt_namespace *ns)
{
	return ns->user_ns;
}

/* --- copies --- */

struct mount *clone_mnt(struct mount *old, struct dentry *root, int flags)
{
	struct super_block *sb = old->mnt.mnt_sb;
	struct mount *m = alloc_vfsmnt(old->mnt_devname);

	if (!m)
		return ERR_PTR(-ENOMEM);
	if (!(flags & (CL_SLAVE | CL_PRIVATE | CL_SHARED_TO_SLAVE)))
		m->mnt_group_id = old->mnt_group_id;
	if ((flags & CL_MAKE_SHARED) && !m->mnt_group_id) {
		int err = mnt_alloc_group_id(m);

		if (err) {
			free_vfsmnt(m);
			return ERR_PTR(err);
		}
	}
	m->mnt.mnt_flags = old->mnt.mnt_flags & ~(MNT_EXPIRY_MARK | MNT_INTERNAL | MNT_DOOMED | MNT_UMOUNT);
	atomic_inc(&sb->s_active);
	m->mnt.mnt_sb = sb;
	m->mnt.mnt_root = dget(root);
	m->mnt_mountpoint = m->mnt.mnt_root;
	lock_mount_hash();
	list_add_tail(&m->mnt_instance, &sb->s_mounts);
	if ((flags & CL_SLAVE) || ((flags & CL_SHARED_TO_SLAVE) && (old->mnt.mnt_flags & MNT_SHARED))) {
		list_add(&m->mnt_slave, &old->mnt_slave_list);
		m->mnt_master = old;
		m->mnt.mnt_flags &= ~MNT_SHARED;
	} else if (!(flags & CL_PRIVATE)) {
		if ((flags & CL_MAKE_SHARED) || (old->mnt.mnt_flags & MNT_SHARED))
			list_add(&m->mnt_share, &old->mnt_share);
		if (old->mnt_master)
			list_add(&m->mnt_slave, &old->mnt_slave);
		m->mnt_master = old->mnt_master;
	} else {
		m->mnt.mnt_flags &= ~MNT_SHARED;
	}
	if (flags & CL_MAKE_SHARED)
		m->mnt.mnt_flags = (m->mnt.mnt_flags & ~MNT_UNBINDABLE) | MNT_SHARED;
	unlock_mount_hash();
	return m;
}

static void drop_copied(struct mount *root)
{
	LIST_HEAD(dead);

	lock_mount_hash();
	umount_tree(root, 0, &dead);
	unlock_mount_hash();
	/* mount_sem is held: superblocks stay, the originals hold them */
	umount_finish(&dead, true);
}

/* Copy one mount under its copied parent. */
static int copy_one(struct mount *old, struct mount *new_root, struct mount *new_parent, int flags)
{
	struct mount *m = clone_mnt(old, old->mnt.mnt_root, flags);

	if (IS_ERR(m))
		return PTR_ERR(m);
	old->mnt_copy = m;
	lock_mount_hash();
	list_add_tail(&m->mnt_list, &new_root->mnt_list);
	mnt_attach_locked(m, new_parent, old->mnt_mp);
	unlock_mount_hash();
	return 0;
}

/* The tree under @m that is visible below @root: the copies hang together through mnt_list of the first. */
struct mount *copy_tree(struct mount *m, struct dentry *root, int flags)
{
	struct mount *copy, *old;
	int err;

	if (!(flags & CL_COPY_UNBINDABLE) && (m->mnt.mnt_flags & MNT_UNBINDABLE))
		return ERR_PTR(-EINVAL);
	copy = clone_mnt(m, root, flags);
	if (IS_ERR(copy))
		return copy;
	m->mnt_copy = copy;
	for (old = next_mnt(m, m); old; old = next_mnt(old, m)) {
		bool hidden = old->mnt_parent == m && !is_subdir(old->mnt_mountpoint, root);

		if (hidden || (!(flags & CL_COPY_UNBINDABLE) && (old->mnt.mnt_flags & MNT_UNBINDABLE))) {
			old = skip_subtree(old);
			continue;
		}
		err = copy_one(old, copy, old->mnt_parent->mnt_copy, flags);
		if (err) {
			drop_copied(copy);
			return ERR_PTR(err);
		}
	}
	return copy;
}

/* --- taking apart --- */

/*
 * Does @p part from its parent? Never stays on one that is still mounted. With a parent that goes too it stays if the name below is
 * being removed (UMOUNT_CONNECTED) or if it may not uncover what it hides (MNT_LOCKED).
 */
static bool parts_from_parent(const struct mount *p, int how)
{
	if (!mnt_has_parent(p) || !(p->mnt_parent->mnt.mnt_flags & MNT_UMOUNT))
		return true;
	return !(how & UMOUNT_CONNECTED) && !(p->mnt.mnt_flags & MNT_LOCKED);
}

static void leave_namespace(struct mount *p)
{
	struct mnt_namespace *ns = p->mnt_ns;

	list_del_init(&p->mnt_list);
	p->mnt_ns = NULL;
	if (!ns)
		return;
	ns->nr_mounts--;	/* T1 */
	if (ns->root == p)
		ns->root = NULL;
	touch_mnt_ns_locked(ns);
}

/* mount_lock held. Everything under @m leaves its namespace; what parts from its parent goes on @dead to be put (T2). */
void umount_tree(struct mount *m, int how, struct list_head *dead)
{
	LIST_HEAD(gone);
	struct mount *p;

	for (p = m; p; p = next_mnt(p, m)) {
		p->mnt.mnt_flags |= MNT_UMOUNT;
		list_add_tail(&p->mnt_umounting, &gone);
	}
	if (how & UMOUNT_PROPAGATE)
		propagate_umount(&gone);
	while (!list_empty(&gone)) {
		p = list_first_entry(&gone, struct mount, mnt_umounting);
		list_del_init(&p->mnt_umounting);
		leave_namespace(p);
		change_mnt_propagation(p, MS_PRIVATE);
		if (!parts_from_parent(p, how)) {
			/* never the last: the parent's own reference is put after this, by umount_finish() or its parent's end */
			atomic_dec(&p->mnt_parent->mnt_count);
			continue;
		}
		if (mnt_has_parent(p)) {
			p->mnt_detached_from = p->mnt_parent;
			p->mnt_detached_mp = mnt_unhash_locked(p);
		}
		p->mnt.mnt_flags |= MNT_DOOMED;
		list_add_tail(&p->mnt_umounting, dead);
	}
}

static void put_one(struct mount *m, bool later)
{
	if (later)
		mntput_later(&m->mnt);
	else
		mntput(&m->mnt);
}

void umount_finish(struct list_head *dead, bool later)
{
	struct mount *m, *next;

	list_for_each_entry_safe(m, next, dead, mnt_umounting) {
		struct mount *parent = m->mnt_detached_from;

		list_del_init(&m->mnt_umounting);
		if (m->mnt_detached_mp)
			put_mountpoint(m->mnt_detached_mp);
		m->mnt_detached_from = NULL;
		m->mnt_detached_mp = NULL;
		if (parent)
			put_one(parent, later);
		put_one(m, later);
	}
}

bool is_local_mountpoint(struct dentry *dentry)
{
	struct mnt_namespace *ns;
	struct mountpoint *mp;
	struct mount *m;
	bool found = false;

	if (likely(!d_mountpoint(dentry)))
		return false;
	ns = current_mnt_ns();
	spin_lock(&mounts.lock);
	mp = find_mountpoint_locked(dentry);
	if (mp) {
		hlist_for_each_entry(m, &mp->m_list, mnt_mp_list) {
			if (m->mnt_ns == ns)
				found = true;
		}
	}
	spin_unlock(&mounts.lock);
	return found;
}

/* The name under the mounts goes away: so do they, lazily. */
void detach_mounts(struct dentry *dentry)
{
	struct mountpoint *mp;
	LIST_HEAD(dead);

	down_write(&mounts.sem);
	lock_mount_hash();
	while ((mp = find_mountpoint_locked(dentry)) && !hlist_empty(&mp->m_list)) {
		struct mount *m = hlist_entry(mp->m_list.first, struct mount, mnt_mp_list);

		if (m->mnt.mnt_flags & MNT_UMOUNT) {
			/* left hanging on its parent, whose count it does not hold any more */
			m->mnt_detached_mp = mnt_unhash_locked(m);
			list_add_tail(&m->mnt_umounting, &dead);
		} else {
			umount_tree(m, UMOUNT_CONNECTED, &dead);
		}
	}
	unlock_mount_hash();
	up_write(&mounts.sem);
	umount_finish(&dead, true);
}

/* --- copying a namespace --- */

/* root and pwd of @fs follow from @old's mount to its copy. */
static void move_fs(struct fs_struct *fs, struct mount *old, struct mount *copy)
{
	if (!fs)
		return;
	if (fs->root.mnt == &old->mnt) {
		struct path path = { &copy->mnt, fs->root.dentry };

		set_fs_root(fs, &path);
	}
	if (fs->pwd.mnt == &old->mnt) {
		struct path path = { &copy->mnt, fs->pwd.dentry };

		set_fs_pwd(fs, &path);
	}
}

static void adopt_copies(struct mnt_namespace *ns, struct mnt_namespace *old_ns, struct mount *copy, struct fs_struct *fs)
{
	struct mount *p = old_ns->root, *q = copy;

	ns->root = copy;
	list_add_tail(&ns->list, &copy->mnt_list);	/* the ring of copies becomes the namespace's list */
	while (p) {
		q->mnt_ns = ns;
		ns->nr_mounts++;
		move_fs(fs, p, q);
		p = next_mnt(p, old_ns->root);
		q = next_mnt(q, copy);
	}
}

struct mnt_namespace *copy_mnt_ns(unsigned long flags, struct mnt_namespace *ns, struct user_namespace *user_ns,
				  struct fs_struct *new_fs)
{
	struct mnt_namespace *new_ns;
	struct mount *copy;
	int copy_flags = CL_COPY_UNBINDABLE | CL_EXPIRE;

	if (likely(!(flags & CLONE_NEWNS)))
		return get_mnt_ns(ns);
	new_ns = alloc_mnt_ns(user_ns, false);
	if (IS_ERR(new_ns))
		return new_ns;
	if (user_ns != ns->user_ns)
		copy_flags |= CL_SHARED_TO_SLAVE;
	down_write(&mounts.sem);
	copy = copy_tree(ns->root, ns->root->mnt.mnt_root, copy_flags);
	if (IS_ERR(copy)) {
		up_write(&mounts.sem);
		free_mnt_ns(new_ns);
		return ERR_CAST(copy);
	}
	if (user_ns != ns->user_ns)
		lock_mnt_tree(copy);
	adopt_copies(new_ns, ns, copy, new_fs);
	up_write(&mounts.sem);
	return new_ns;
}

static int locks_for(int flags)
{
	return MNT_LOCK_ATIME | (flags & MNT_READONLY ? MNT_LOCK_READONLY : 0) | (flags & MNT_NODEV ? MNT_LOCK_NODEV : 0) |
	       (flags & MNT_NOSUID ? MNT_LOCK_NOSUID : 0) | (flags & MNT_NOEXEC ? MNT_LOCK_NOEXEC : 0);
}

/* Seen from a less privileged user namespace: flags may not be loosened, mounts not taken away alone. */
void lock_mnt_tree(struct mount *m)
{
	struct mount *p;

	for (p = m; p; p = next_mnt(p, m))
		p->mnt.mnt_flags |= locks_for(p->mnt.mnt_flags) | (p != m ? MNT_LOCKED : 0);
}

int mntns_install(struct mnt_namespace *ns, struct fs_struct *fs, const struct cred *cred)
{
	struct path root;

	if (!cred_capable(cred, ns->user_ns, CAP_SYS_ADMIN) ||
	    !cred_capable(cred, cred->user_ns, CAP_SYS_CHROOT) ||
	    !cred_capable(cred, cred->user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	if (ns->is_anon)
		return -EINVAL;
	if (fs->users != 1)
		return -EINVAL;
	down_read(&mounts.sem);
	if (!ns->root) {
		up_read(&mounts.sem);
		return -EINVAL;
	}
	root.mnt = mntget(&ns->root->mnt);
	root.dentry = dget(ns->root->mnt.mnt_root);
	up_read(&mounts.sem);
	/* the topmost of what is mounted on the root */
	for (;;) {
		struct vfsmount *over = lookup_mnt(&root);

		if (!over)
			break;
		path_put(&root);
		root.mnt = over;
		root.dentry = dget(over->mnt_root);
	}
	set_fs_pwd(fs, &root);
	set_fs_root(fs, &root);
	path_put(&root);
	return 0;
}

struct vfsmount *clone_private_mount(const struct path *path)
{
	struct mount *old = real_mount(path->mnt), *m;

	down_read(&mounts.sem);
	m = old->mnt.mnt_flags & MNT_UNBINDABLE ? ERR_PTR(-EINVAL) : clone_mnt(old, path->dentry, CL_PRIVATE);
	up_read(&mounts.sem);
	return IS_ERR(m) ? ERR_CAST(m) : &m->mnt;
}

bool path_is_under(const struct path *path1, const struct path *path2)
{
	struct mount *m = real_mount(path1->mnt);
	struct dentry *dentry = path1->dentry;
	bool under;

	spin_lock(&mounts.lock);
	while (&m->mnt != path2->mnt && mnt_has_parent(m)) {
		dentry = m->mnt_mountpoint;
		m = m->mnt_parent;
	}
	under = &m->mnt == path2->mnt && is_subdir(dentry, path2->dentry);
	spin_unlock(&mounts.lock);
	return under;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount.c - the table of mounts: which file system covers which place.
 *
 * WHAT        A struct mount puts (part of) a superblock's tree at a place of another mount. The table finds the mount on a
 *             place without a lock. Mount points are counted per dentry, so that removing the name can take them away.
 * INVARIANTS  M1  mnt_count: one for being attached or held by a namespace, one for each child (through its mountpoint path) and
 *                 one for each user. From 0 it never rises.
 *             M2  DCACHE_MOUNTED is set on a dentry while any mount of any namespace is on it.
 *             M3  mnt_parent, mnt_mountpoint and the hash change under mount_lock and mount_seq.
 *             M4  mnt_count reaches 0 under mount_lock, in one step with the children leaving: under mount_lock an attached
 *                 mount's parent can be referenced, even by a child that was lazily unmounted and holds no count on it.
 * LOCKING     mount_impl.h
 * LIFECYCLE   alloc_vfsmnt -> attached -> umount_tree -> last mntput -> superblock released -> RCU -> freed
 * ERRORS      NULL / -ENOMEM; mnt_want_write -EROFS.
 * TESTS       tests/guest/vfs/mount_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/hash.h>
#include <lib/idr.h>
#include <pages/slab.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include "mount_graft.h"

struct mount_table mounts = {
	.sem = RWSEM_INIT(mounts.sem, RANK_MOUNT),
	.lock = SPINLOCK_INIT(RANK_MOUNT_HASH),
};
struct seqcount mount_seq = SEQCOUNT_INIT(&mounts.lock);

struct mount_ids {
	struct mutex lock;	/* rank MOUNT_IDS: ids. Mounts end anywhere, so mount_sem cannot guard them */
	struct ida ids;		/* lock */
	struct ida groups;	/* mount_sem, for writing */
};
static struct mount_ids mount_ids = {
	.lock = MUTEX_INIT(mount_ids.lock, RANK_MOUNT_IDS),
	.ids = IDA_INIT(mount_ids.ids),
	.groups = IDA_INIT(mount_ids.groups),
};

static int take_mount_id(void)
{
	with_mutex(&mount_ids.lock);
	return ida_alloc_min(&mount_ids.ids, 1, GFP_KERNEL);
}

static void give_mount_id(int id)
{
	with_mutex(&mount_ids.lock);
	ida_free(&mount_ids.ids, id);
}

static const struct object_type mount_type = { .name = "mount", .owner = "vfs", .id = 0x302, .version = 1 };
static const struct object_type mnt_ns_type = {
	.name = "mnt_namespace", .owner = "vfs", .id = 0x303, .version = 1,
};

static struct hlist_head *m_bucket(const struct vfsmount *mnt, const struct dentry *dentry)
{
	unsigned long key = (unsigned long)mnt / 64 + (unsigned long)dentry / 64;

	return &mounts.hash[hash_long(key, mounts.log2)];
}

static struct hlist_head *mp_bucket(const struct dentry *dentry)
{
	return &mounts.mp_hash[hash_ptr(dentry, mounts.log2)];
}

/* --- finding --- */

struct mount *mount_find_rcu(const struct vfsmount *mnt, const struct dentry *dentry)
{
	struct mount *m;

	hlist_for_each_entry_rcu(m, m_bucket(mnt, dentry), mnt_hash) {
		if (&READ_ONCE(m->mnt_parent)->mnt == mnt && READ_ONCE(m->mnt_mountpoint) == dentry)
			return m;
	}
	return NULL;
}

bool legitimize_mnt(struct vfsmount *mnt, u32 seq, bool *must_put)
{
	*must_put = false;
	if (read_seqretry(&mount_seq, seq))
		return false;
	if (!atomic_inc_not_zero(&real_mount(mnt)->mnt_count))	/* M1 */
		return false;
	smp_mb();	/* pairs with the busy test of umount under mount_seq */
	if (likely(!read_seqretry(&mount_seq, seq)))
		return true;
	*must_put = true;
	return false;
}

struct vfsmount *lookup_mnt(const struct path *path)
{
	struct mount *m;
	bool must_put;
	u32 seq;

	for (;;) {
		rcu_read_lock();
		seq = read_seqbegin(&mount_seq);
		m = mount_find_rcu(path->mnt, path->dentry);
		if (!m) {
			rcu_read_unlock();
			if (!read_seqretry(&mount_seq, seq))
				return NULL;
			continue;
		}
		if (legitimize_mnt(&m->mnt, seq, &must_put)) {
			rcu_read_unlock();
			return &m->mnt;
		}
		rcu_read_unlock();
		if (must_put)
			mntput(&m->mnt);
	}
}

/* --- references --- */

struct vfsmount *mntget(struct vfsmount *mnt)
{
	if (mnt)
		atomic_inc(&real_mount(mnt)->mnt_count);
	return mnt;
}

static void mount_reclaim(struct rcu_head *head)
{
	struct mount *m = container_of(head, struct mount, mnt_rcu);

	kfree(m->mnt_devname);
	kmem_cache_free(mounts.cache, m);
}

static const struct rcu_ops mount_rcu_ops = { .name = "mount", .reclaim = mount_reclaim };

void free_vfsmnt(struct mount *m)
{
	give_mount_id(m->mnt_id);
	call_rcu(&m->mnt_rcu, &mount_rcu_ops);
}

/* @m has no reference left: nothing finds its superblock by it, and what hung on it hangs on nothing. mount_lock held. */
static void mnt_cut_off_locked(struct mount *m)
{
	struct mount *child, *next;

	write_seqcount_begin(&mount_seq);
	list_for_each_entry_safe(child, next, &m->mnt_mounts, mnt_child) {
		child->mnt_detached_mp = mnt_unhash_locked(child);
		list_add_tail(&child->mnt_umounting, &m->mnt_orphans);
	}
	list_del_init(&m->mnt_instance);
	write_seqcount_end(&mount_seq);
}

/* True: it was the last reference, and the caller must clean up. A child finds its parent dead or referenced, nothing between. */
static bool mnt_put_ref(struct mount *m)
{
	bool is_last;

	if (likely(atomic_add_unless(&m->mnt_count, -1, 1)))
		return false;
	spin_lock(&mounts.lock);	/* M4 */
	is_last = atomic_dec_and_test(&m->mnt_count);
	if (is_last)
		mnt_cut_off_locked(m);
	spin_unlock(&mounts.lock);
	return is_last;
}

/* Put what was left hanging on @m; those whose last reference that was go on @dead. */
static void put_orphans(struct mount *m, struct list_head *dead)
{
	struct mount *child, *next;

	list_for_each_entry_safe(child, next, &m->mnt_orphans, mnt_umounting) {
		list_del_init(&child->mnt_umounting);
		put_mountpoint(child->mnt_detached_mp);
		child->mnt_detached_mp = NULL;
		if (mnt_put_ref(child))
			list_add_tail(&child->mnt_umounting, dead);
	}
}

/* A loop, not a recursion: programs choose how deep they pile mounts on each other. */
static void cleanup_mnt(struct mount *m)
{
	LIST_HEAD(dead);

	for (;;) {
		WARN_ON(atomic_read(&m->mnt_writers));
		put_orphans(m, &dead);
		dput(m->mnt.mnt_root);
		deactivate_super(m->mnt.mnt_sb);
		free_vfsmnt(m);
		if (list_empty(&dead))
			return;
		m = list_first_entry(&dead, struct mount, mnt_umounting);
		list_del_init(&m->mnt_umounting);
	}
}

/* umount's own look at the mount does not count as use. */
void mntput_no_expire(struct vfsmount *mnt)
{
	if (mnt_put_ref(real_mount(mnt)))
		cleanup_mnt(real_mount(mnt));
}

static void cleanup_work(struct work *work)
{
	cleanup_mnt(container_of(work, struct mount, mnt_work));
}

static const struct work_ops cleanup_work_ops = { .name = "mntput", .run = cleanup_work };

/* For holders of an inode's lock, under which no superblock may go. */
void mntput_later(struct vfsmount *mnt)
{
	struct mount *m = real_mount(mnt);

	if (!mnt_put_ref(m))
		return;
	work_init(&m->mnt_work, &cleanup_work_ops);
	work_queue(&m->mnt_work);
}

void mntput(struct vfsmount *mnt)
{
	if (!mnt)
		return;
	if (unlikely(READ_ONCE(mnt->mnt_flags) & MNT_EXPIRY_MARK))
		__atomic_fetch_and(&mnt->mnt_flags, ~MNT_EXPIRY_MARK, __ATOMIC_RELAXED);
	mntput_no_expire(mnt);
}

void path_get(const struct path *path)
{
	mntget(path->mnt);
	dget(path->dentry);
}

void path_put(const struct path *path)
{
	dput(path->dentry);
	mntput(path->mnt);
}

/* --- write access --- */

#define MNT_WRITE_HOLD 0x200	/* a change to read-only is being decided: wait for it */

int mount_id(const struct vfsmount *mnt)
{
	return real_mount(mnt)->mnt_id;
}

bool mnt_is_readonly(const struct vfsmount *mnt)
{
	/* pairs with end_readonly(): it becomes that before it is not on the way any more */
	return (READ_ONCE(mnt->mnt_flags) & MNT_READONLY) || smp_load_acquire(&mnt->mnt_sb->s_becomes_readonly) || sb_rdonly(mnt->mnt_sb);
}

int mnt_want_write(struct vfsmount *mnt)
{
	struct mount *m = real_mount(mnt);

	atomic_inc(&m->mnt_writers);	/* full barrier: pairs with mnt_hold_writers_locked() */
	while (unlikely(READ_ONCE(mnt->mnt_flags) & MNT_WRITE_HOLD))
		cpu_relax();
	if (likely(!mnt_is_readonly(mnt)))
		return 0;
	atomic_dec(&m->mnt_writers);
	return -EROFS;
}

void mnt_drop_write(struct vfsmount *mnt)
{
	atomic_dec(&real_mount(mnt)->mnt_writers);
}

int mnt_want_write_file(struct file *file)
{
	if (!(file->f_mode & FMODE_WRITER))
		return mnt_want_write(file->f_path.mnt);
	atomic_inc(&real_mount(file->f_path.mnt)->mnt_writers);
	return 0;
}

void mnt_drop_write_file(struct file *file)
{
	mnt_drop_write(file->f_path.mnt);
}

/* mount_lock held. False: somebody writes. */
bool mnt_hold_writers_locked(struct mount *m)
{
	__atomic_fetch_or(&m->mnt.mnt_flags, MNT_WRITE_HOLD, __ATOMIC_SEQ_CST);
	if (!atomic_read(&m->mnt_writers))
		return true;
	mnt_unhold_writers_locked(m);
	return false;
}

void mnt_unhold_writers_locked(struct mount *m)
{
	__atomic_fetch_and(&m->mnt.mnt_flags, ~MNT_WRITE_HOLD, __ATOMIC_SEQ_CST);
}

bool mnt_may_suid(const struct vfsmount *mnt)
{
	return !(mnt->mnt_flags & MNT_NOSUID) && !(mnt->mnt_sb->s_flags & SB_NOSUID) &&
	       in_userns(mnt->mnt_sb->s_user_ns, current_user_ns());
}

bool path_noexec(const struct path *path)
{
	return (path->mnt->mnt_flags & MNT_NOEXEC) || (path->mnt->mnt_sb->s_iflags & SB_I_NOEXEC) ||
	       (path->mnt->mnt_sb->s_flags & SB_NOEXEC);
}

/* --- making --- */

struct mount *alloc_vfsmnt(const char *name)
{
	struct mount *m = kmem_cache_zalloc(mounts.cache, GFP_KERNEL);
	int id;

	if (!m)
		return NULL;
	id = take_mount_id();
	if (id < 0)
		goto free_mount;
	m->mnt_devname = kstrdup(name ? name : "none", GFP_KERNEL);
	if (!m->mnt_devname)
		goto free_id;
	m->mnt_id = id;
	m->mnt_parent = m;
	atomic_set(&m->mnt_count, 1);
	INIT_HLIST_NODE(&m->mnt_hash);
	INIT_LIST_HEAD(&m->mnt_mounts);
	INIT_LIST_HEAD(&m->mnt_child);
	INIT_LIST_HEAD(&m->mnt_instance);
	INIT_LIST_HEAD(&m->mnt_list);
	INIT_HLIST_NODE(&m->mnt_mp_list);
	INIT_LIST_HEAD(&m->mnt_share);
	INIT_LIST_HEAD(&m->mnt_slave_list);
	INIT_LIST_HEAD(&m->mnt_slave);
	INIT_LIST_HEAD(&m->mnt_umounting);
	INIT_LIST_HEAD(&m->mnt_orphans);
	return m;
free_id:
	give_mount_id(id);
free_mount:
	kmem_cache_free(mounts.cache, m);
	return NULL;
}

struct vfsmount *vfs_create_mount(struct fs_context *fc)
{
	struct mount *m = alloc_vfsmnt(fc->source);

	if (!m)
		return ERR_PTR(-ENOMEM);
	if (fc->is_kernel_mount)
		m->mnt.mnt_flags = MNT_INTERNAL;
	atomic_inc(&fc->root->d_sb->s_active);
	m->mnt.mnt_sb = fc->root->d_sb;
	m->mnt.mnt_root = dget(fc->root);
	m->mnt_mountpoint = m->mnt.mnt_root;
	lock_mount_hash();
	list_add_tail(&m->mnt_instance, &m->mnt.mnt_sb->s_mounts);
	unlock_mount_hash();
	return &m->mnt;
}

struct vfsmount *kern_mount(struct file_system_type *type)
{
	struct fs_context *fc = fs_context_for_mount(type, SB_KERNMOUNT);
	struct vfsmount *mnt;
	int err;

	if (IS_ERR(fc))
		return ERR_CAST(fc);
	fc->is_kernel_mount = true;
	err = vfs_get_tree(fc);
	mnt = err ? ERR_PTR(err) : vfs_create_mount(fc);
	put_fs_context(fc);
	return mnt;
}

int mnt_alloc_group_id(struct mount *m)
{
	int id;

	lock_assert_held(&mounts.sem);
	id = ida_alloc_min(&mount_ids.groups, 1, GFP_KERNEL);

	if (id < 0)
		return id;
	m->mnt_group_id = id;
	return 0;
}

void mnt_release_group_id(struct mount *m)
{
	lock_assert_held(&mounts.sem);
	ida_free(&mount_ids.groups, m->mnt_group_id);
	m->mnt_group_id = 0;
}

/* --- mount points --- */

struct mountpoint *find_mountpoint_locked(struct dentry *dentry)
{
	struct mountpoint *mp;

	hlist_for_each_entry(mp, mp_bucket(dentry), m_hash) {
		if (mp->m_dentry == dentry)
			return mp;
	}
	return NULL;
}

/* mount_lock held. Mark @dentry as a mount point and enter @mp for it. */
static int insert_mountpoint_locked(struct mountpoint *mp, struct dentry *dentry)
{
	spin_lock(&dentry->d_lock);
	if (d_unlinked(dentry) || (dentry->d_flags & DCACHE_CANT_MOUNT)) {
		spin_unlock(&dentry->d_lock);
		return -ENOENT;
	}
	dentry->d_flags |= DCACHE_MOUNTED;	/* M2 */
	spin_unlock(&dentry->d_lock);
	mp->m_dentry = dget(dentry);
	mp->m_count = 1;
	hlist_add_head(&mp->m_hash, mp_bucket(dentry));
	return 0;
}

/* A reference; the dentry's directory may not be removed meanwhile (its i_rwsem is held). */
struct mountpoint *get_mountpoint(struct dentry *dentry)
{
	struct mountpoint *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL), *mp;
	int err = 0;

	if (!fresh)
		return ERR_PTR(-ENOMEM);
	spin_lock(&mounts.lock);
	mp = find_mountpoint_locked(dentry);
	if (mp)
		mp->m_count++;
	else
		err = insert_mountpoint_locked(fresh, dentry);
	spin_unlock(&mounts.lock);
	if (!mp && !err)
		return fresh;
	kfree(fresh);
	return err ? ERR_PTR(err) : mp;
}

void put_mountpoint(struct mountpoint *mp)
{
	spin_lock(&mounts.lock);
	if (--mp->m_count) {
		spin_unlock(&mounts.lock);
		return;
	}
	hlist_del(&mp->m_hash);
	spin_lock(&mp->m_dentry->d_lock);
	mp->m_dentry->d_flags &= ~DCACHE_MOUNTED;
	spin_unlock(&mp->m_dentry->d_lock);
	spin_unlock(&mounts.lock);
	dput(mp->m_dentry);
	kfree(mp);
}

/* --- attaching: mount_sem for writing, mount_lock held --- */

void mnt_set_mountpoint_locked(struct mount *parent, struct mountpoint *mp, struct mount *child)
{
	mp->m_count++;
	mntget(&parent->mnt);
	child->mnt_mountpoint = mp->m_dentry;
	child->mnt_parent = parent;
	child->mnt_mp = mp;
	hlist_add_head(&child->mnt_mp_list, &mp->m_list);
}

void mnt_attach_locked(struct mount *m, struct mount *parent, struct mountpoint *mp)
{
	if (mp)
		mnt_set_mountpoint_locked(parent, mp, m);
	hlist_add_head_rcu(&m->mnt_hash, m_bucket(&parent->mnt, m->mnt_mountpoint));
	list_add_tail(&m->mnt_child, &parent->mnt_mounts);
}

/* Detach from the parent. The parent's reference and the returned mountpoint are the caller's to put. */
struct mountpoint *mnt_unhash_locked(struct mount *m)
{
	struct mountpoint *mp = m->mnt_mp;

	m->mnt_parent = m;
	m->mnt_mountpoint = m->mnt.mnt_root;
	list_del_init(&m->mnt_child);
	hlist_del_init_rcu(&m->mnt_hash);
	hlist_del_init(&m->mnt_mp_list);
	m->mnt_mp = NULL;
	return mp;
}

void mount_table_init(unsigned long nr_pages)
{
	mounts.log2 = 8;
	while (mounts.log2 < 12 && (1UL << mounts.log2) < nr_pages / 64)
		mounts.log2++;
	mounts.hash = kvzalloc(sizeof(struct hlist_head) << mounts.log2, GFP_KERNEL);
	mounts.mp_hash = kvzalloc(sizeof(struct hlist_head) << mounts.log2, GFP_KERNEL);
	KASSERT(mounts.hash && mounts.mp_hash);
	mounts.cache = kmem_cache_create(&mount_type, sizeof(struct mount), 64, SLAB_PANIC);
	mounts.ns_cache = kmem_cache_create(&mnt_ns_type, sizeof(struct mnt_namespace), 0, SLAB_PANIC);
}

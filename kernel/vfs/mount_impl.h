/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_impl.h - the tree of mounts, this folder's own.
 *
 *	mount_sem   (rank MOUNT, rwsem)  shape of all trees: parents, lists, propagation, namespaces
 *	mount_lock  (rank MOUNT_HASH)    what RCU walks read: hash, mnt_parent, mnt_mountpoint, flags, counts
 *	mount_seq   moves under mount_lock; an RCU walk that saw it move starts again
 */
#ifndef VFS_MOUNT_IMPL_H
#define VFS_MOUNT_IMPL_H

#include <lib/hlist.h>
#include <sync/rwsem.h>
#include <sync/seqlock.h>
#include <sync/spinlock.h>
#include <sync/workqueue.h>
#include <vfs/dentry.h>
#include <vfs/mount.h>
#include <vfs/super.h>

struct mountpoint {
	struct hlist_node m_hash;	/* mount_lock */
	struct dentry *m_dentry;	/* owned */
	struct hlist_head m_list;	/* mount_lock: mounts on it */
	int m_count;			/* mount_lock: mounts on it, and who is about to mount */
};

struct mount {
	struct hlist_node mnt_hash;	/* mount_lock; readers RCU */
	struct mount *mnt_parent;	/* mount_lock; itself: not attached */
	struct dentry *mnt_mountpoint;	/* mount_lock; owned with the parent */
	struct vfsmount mnt;
	atomic_t mnt_count;		/* 0: dead */
	atomic_t mnt_writers;
	struct list_head mnt_mounts;	/* mount_lock: children */
	struct list_head mnt_child;	/* mount_lock: in parent's mnt_mounts */
	struct list_head mnt_instance;	/* mount_lock: in sb->s_mounts */
	const char *mnt_devname;	/* __final, owned */
	struct mnt_namespace *mnt_ns;	/* mount_lock; NULL: in none */
	struct list_head mnt_list;	/* mount_sem: of the namespace, or a private list */
	struct mountpoint *mnt_mp;	/* mount_lock */
	struct hlist_node mnt_mp_list;	/* mount_lock */
	/* propagation: mount_sem, changed under mount_lock too */
	struct list_head mnt_share;	/* ring of peers */
	struct list_head mnt_slave_list;	/* my slaves */
	struct list_head mnt_slave;	/* in the master's list */
	struct mount *mnt_master;
	int mnt_group_id;		/* of the peer group; 0: none */
	int mnt_id;			/* __final */
	struct list_head mnt_umounting;	/* private list of umount_tree(), propagate_mnt() or cleanup_mnt() */
	struct list_head mnt_orphans;	/* dead: children still connected at the end, by mnt_umounting */
	struct mount *mnt_copy;		/* copy_tree(): what became of this one; mount_sem */
	struct mount *mnt_prop_dest;	/* propagate_mnt(): where this copy will be attached */
	struct mount *mnt_detached_from;	/* umount_tree(): the parent, until its reference is put */
	struct mountpoint *mnt_detached_mp;
	struct work mnt_work;		/* last put while locks are held: the rest is done later */
	struct rcu_head mnt_rcu;
};

struct mnt_namespace {
	struct refcount refs;
	u32 inum;			/* __final */
	struct user_namespace *user_ns;	/* __final, owned */
	struct mount *root;		/* mount_sem; owned by the tree */
	struct list_head list;		/* mount_sem: all mounts */
	unsigned int nr_mounts;		/* mount_sem */
	u64 seq;			/* __final: age, to refuse cycles of namespaces */
	u64 event;			/* mount_lock: moves with each change */
	struct wait_queue_head poll;
	bool is_anon;			/* __final: of open_tree and fsmount files */
};


struct mount_table {
	struct rw_semaphore sem;
	struct spinlock lock;
	struct hlist_head *hash;	/* __final; chains: lock */
	struct hlist_head *mp_hash;	/* __final; chains: lock */
	unsigned int log2;		/* __final */
	struct kmem_cache *cache, *ns_cache;	/* __final */
};
extern struct mount_table mounts;
extern struct seqcount mount_seq;

static inline struct mount *real_mount(const struct vfsmount *mnt)
{
	return container_of((struct vfsmount *)mnt, struct mount, mnt);
}

static inline bool mnt_has_parent(const struct mount *m)
{
	return m->mnt_parent != m;
}

static inline void lock_mount_hash(void)
{
	spin_lock(&mounts.lock);
	write_seqcount_begin(&mount_seq);
}

static inline void unlock_mount_hash(void)
{
	write_seqcount_end(&mount_seq);
	spin_unlock(&mounts.lock);
}


/* mount.c: the table */
/* Under RCU: what is mounted on @dentry in @mnt, or NULL. The caller checks mount_seq. */
struct mount *mount_find_rcu(const struct vfsmount *mnt, const struct dentry *dentry);
/* With a reference. */
struct vfsmount *lookup_mnt(const struct path *path);
/* Turn an RCU-found mount into a referenced one: false if mounts moved since @seq (*bad must be put later). */
bool legitimize_mnt(struct vfsmount *mnt, u32 seq, bool *must_put);
struct mount *alloc_vfsmnt(const char *name);
void free_vfsmnt(struct mount *m);
struct mountpoint *get_mountpoint(struct dentry *dentry);
void put_mountpoint(struct mountpoint *mp);
struct mountpoint *find_mountpoint_locked(struct dentry *dentry);
void lock_mnt_tree(struct mount *m);
/* May the caller's namespace see all of @sb by a fresh mount with MNT_* @flags? Adds the flags that it may not loosen. -EPERM. */
int mount_check_reveals(const struct super_block *sb, int *flags) __must_check;
void mnt_set_mountpoint_locked(struct mount *parent, struct mountpoint *mp, struct mount *child);
void mnt_attach_locked(struct mount *m, struct mount *parent, struct mountpoint *mp);
struct mountpoint *mnt_unhash_locked(struct mount *m);
struct vfsmount *vfs_create_mount(struct fs_context *fc);
/* mount_lock held, as until the other one. False: somebody writes; then nobody is held off. Who begins to write meanwhile waits. */
bool mnt_hold_writers_locked(struct mount *m);
/* They go on; harmless where none are held off. */
void mnt_unhold_writers_locked(struct mount *m);
void mount_table_init(unsigned long nr_pages);

/* mount_tree.c */
void detach_mounts(struct dentry *dentry);
bool is_local_mountpoint(struct dentry *dentry);
struct mount *next_mnt(struct mount *p, struct mount *root);
struct mnt_namespace *alloc_mnt_ns(struct user_namespace *user_ns, bool is_anon);
void free_mnt_ns(struct mnt_namespace *ns);
void touch_mnt_ns_locked(struct mnt_namespace *ns);

/* fsopen.c: the file that held a detached tree is closed */
void dissolve_on_fput(struct vfsmount *mnt);

/* pnode.c: propagation */
int propagate_mnt(struct mount *dest, struct mountpoint *mp, struct mount *source, struct list_head *tree_list);
void propagate_umount(struct list_head *list);
bool propagate_mount_busy(struct mount *m, int refs);
void change_mnt_propagation(struct mount *m, int type);
struct mount *next_peer(struct mount *m);
int invent_group_ids(struct mount *m, bool recurse);
void cleanup_group_ids(struct mount *m, struct mount *end);
int get_dominating_id(struct mount *m, const struct path *root);
int mnt_alloc_group_id(struct mount *m);
void mnt_release_group_id(struct mount *m);

/* copies */
#define CL_EXPIRE		0x01
#define CL_SLAVE		0x02
#define CL_COPY_UNBINDABLE	0x04
#define CL_MAKE_SHARED		0x08
#define CL_PRIVATE		0x10
#define CL_SHARED_TO_SLAVE	0x20
#define CL_COPY_MNT_NS_FILE	0x40
struct mount *clone_mnt(struct mount *old, struct dentry *root, int flags);
struct mount *copy_tree(struct mount *m, struct dentry *root, int flags);
/* Take a tree out of everything. mount_sem for writing and mount_lock held; released mounts wait on a private list. */
#define UMOUNT_SYNC		1
#define UMOUNT_PROPAGATE	2
#define UMOUNT_CONNECTED	4
void umount_tree(struct mount *m, int how, struct list_head *dead);
/* Put what umount_tree() collected. No lock held, or @later: a worker releases the superblocks. */
void umount_finish(struct list_head *dead, bool later);
void mntput_later(struct vfsmount *mnt);

#endif

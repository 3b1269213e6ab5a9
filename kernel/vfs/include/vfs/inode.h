/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inode.h - the object behind a name: attributes, methods, page cache.
 *
 * A file system embeds struct inode in its own structure and allocates that
 * from its own object_type, in super_operations.alloc_inode.
 */
#ifndef VFS_INODE_H
#define VFS_INODE_H

#include <lib/errno.h>
#include <lib/hlist.h>
#include <lib/types.h>
#include <arch/atomic.h>
#include <sync/rcu.h>
#include <sync/rwsem.h>
#include <sync/spinlock.h>
#include <lib/time_units.h>
#include <sched/cred.h>
#include <mm/mapping.h>
#include <linux/stat.h>
#include <vfs/posix_acl.h>
#include <vfs/types.h>

struct file_operations;
struct file_lock_context;
struct pipe_inode_info;
struct chrdev;
struct fiemap_extent_info;
struct fileattr;

/* Where get_link() leaves what must be freed once its string was walked. */
struct delayed_call {
	void *kmem;		/* kfree()d */
};

static inline void set_delayed_kfree(struct delayed_call *done, void *kmem)
{
	done->kmem = kmem;
}

/* ia_valid bits */
#define ATTR_MODE	(1U << 0)
#define ATTR_UID	(1U << 1)
#define ATTR_GID	(1U << 2)
#define ATTR_SIZE	(1U << 3)
#define ATTR_ATIME	(1U << 4)
#define ATTR_MTIME	(1U << 5)
#define ATTR_CTIME	(1U << 6)
#define ATTR_ATIME_SET	(1U << 7)
#define ATTR_MTIME_SET	(1U << 8)
#define ATTR_FORCE	(1U << 9)	/* no permission check */
#define ATTR_KILL_SUID	(1U << 11)
#define ATTR_KILL_SGID	(1U << 12)
#define ATTR_FILE	(1U << 13)	/* ia_file is set */
#define ATTR_KILL_PRIV	(1U << 14)
#define ATTR_OPEN	(1U << 15)	/* truncate by open(O_TRUNC) */
#define ATTR_TIMES_SET	(1U << 16)
#define ATTR_TOUCH	(1U << 17)

struct iattr {
	unsigned int ia_valid;
	umode_t ia_mode;
	kuid_t ia_uid;
	kgid_t ia_gid;
	loff_t ia_size;
	struct timespec64 ia_atime;
	struct timespec64 ia_mtime;
	struct timespec64 ia_ctime;
	struct file *ia_file;
};

struct kstat {
	u32 result_mask;		/* STATX_* that are valid */
	umode_t mode;
	u32 nlink;
	u32 blksize;
	u64 attributes;
	u64 attributes_mask;
	u64 ino;
	dev_t dev;
	dev_t rdev;
	kuid_t uid;
	kgid_t gid;
	loff_t size;
	struct timespec64 atime;
	struct timespec64 mtime;
	struct timespec64 ctime;
	struct timespec64 btime;
	u64 blocks;
	u64 mnt_id;
	u64 change_cookie;
};

/*
 * What a file system does with names and attributes.
 *
 * The directory methods run with the directory's i_rwsem held (lookup: shared
 * or exclusive; the others: exclusive). They may sleep; they must not park
 * (return -EPARK) except where their line says so.
 */
struct inode_operations {
	/* Fill @dentry: d_splice_alias() or d_add(dentry, NULL). NULL, another dentry, or ERR_PTR. */
	struct dentry *(*lookup)(struct inode *dir, struct dentry *dentry, unsigned int flags);
	/* Target of a symlink; dentry NULL in RCU walk, then ERR_PTR(-ECHILD) asks for ref-walk. */
	const char *(*get_link)(struct dentry *dentry, struct inode *inode, struct delayed_call *done);
	/* NULL means generic_permission(). */
	int (*permission)(struct inode *inode, int mask);
	/* Set if objects can have lists: borrowed within the caller's RCU section, NULL: none, ERR_PTR(-ECHILD): look again. */
	struct posix_acl *(*get_acl)(struct inode *inode, enum acl_kind kind);
	int (*readlink)(struct dentry *dentry, char *buf, int len);

	int (*create)(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl);
	int (*link)(struct dentry *old, struct inode *dir, struct dentry *dentry);
	int (*unlink)(struct inode *dir, struct dentry *dentry);
	int (*symlink)(struct inode *dir, struct dentry *dentry, const char *target);
	int (*mkdir)(struct inode *dir, struct dentry *dentry, umode_t mode);
	int (*rmdir)(struct inode *dir, struct dentry *dentry);
	int (*mknod)(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev);
	int (*rename)(struct inode *old_dir, struct dentry *old, struct inode *new_dir,
		      struct dentry *new, unsigned int flags);
	/* Called under the inode's i_rwsem, exclusive. */
	int (*setattr)(struct dentry *dentry, struct iattr *attr);
	int (*getattr)(const struct path *path, struct kstat *stat, u32 request_mask,
		       unsigned int query_flags);
	/* Names, each NUL-terminated, one after the other; size 0 asks for the length. */
	ssize_t (*listxattr)(struct dentry *dentry, char *list, size_t size);
	ssize_t (*getxattr)(struct dentry *dentry, struct inode *inode, const char *name,
			    void *value, size_t size);
	int (*setxattr)(struct dentry *dentry, struct inode *inode, const char *name,
			const void *value, size_t size, int flags);
	int (*removexattr)(struct dentry *dentry, const char *name);
	/* Flags that chattr sets; both or neither. The setter is told the whole new word, checked, under i_rwsem, exclusive. */
	int (*fileattr_get)(struct dentry *dentry, struct fileattr *fa);
	int (*fileattr_set)(struct dentry *dentry, const struct fileattr *fa);
	/* Times are already new in the inode; NULL marks it dirty. @flags: S_ATIME ... */
	int (*update_time)(struct inode *inode, int flags);
	/* Look up, create and open in one step: finish_open() or finish_no_open(). */
	int (*atomic_open)(struct inode *dir, struct dentry *dentry, struct file *file,
			   unsigned int open_flag, umode_t create_mode);
	int (*tmpfile)(struct inode *dir, struct file *file, umode_t mode);
};

/* i_flags */
#define S_SYNC		(1U << 0)
#define S_NOATIME	(1U << 1)
#define S_APPEND	(1U << 2)
#define S_IMMUTABLE	(1U << 3)
#define S_DEAD		(1U << 4)	/* removed directory that somebody still holds */
#define S_NOCMTIME	(1U << 7)
#define S_PRIVATE	(1U << 9)	/* kernel-internal: no security hooks */
#define S_NOSEC		(1U << 12)	/* no suid and no capability xattr: writes need not look */
#define S_NOBIND	(1U << 14)	/* a bind mount of it would hold itself: mount namespaces */
#define S_EMPTY		(1U << 16)	/* a directory for ever without entries: something is mounted on it */
#define S_ACL		(1U << 15)	/* has an access control list: the mode does not say all */
#define S_UNSEEN	(1U << 13)	/* contents may change unseen (host share): law 5 */

/* i_opflags: what the path walk may skip */
#define IOP_FASTPERM	0x01	/* no ->permission: the generic check does */
#define IOP_LOOKUP	0x02	/* is a directory with ->lookup */
#define IOP_NOFOLLOW	0x04	/* has no ->get_link */

/* i_state */
#define I_DIRTY_SYNC		(1U << 0)
#define I_DIRTY_DATASYNC	(1U << 1)
#define I_DIRTY_PAGES		(1U << 2)
#define I_NEW			(1U << 3)
#define I_WILL_FREE		(1U << 4)
#define I_FREEING		(1U << 5)
#define I_CLEAR			(1U << 6)
#define I_REFERENCED		(1U << 8)
#define I_LINKABLE		(1U << 10)	/* O_TMPFILE that linkat() may name */
#define I_DIRTY_TIME		(1U << 11)
#define I_CREATING		(1U << 15)
#define I_DIRTY_INODE		(I_DIRTY_SYNC | I_DIRTY_DATASYNC)
#define I_DIRTY			(I_DIRTY_INODE | I_DIRTY_PAGES)

/* what inode_update_time() is told changed */
#define S_ATIME		1
#define S_MTIME		2
#define S_CTIME		4
#define S_VERSION	8

struct inode {
	umode_t i_mode;			/* writers: i_rwsem */
	u16 i_opflags;			/* __final after first lookup */
	u32 i_flags;			/* writers: i_rwsem */
	kuid_t i_uid;			/* writers: i_rwsem */
	kgid_t i_gid;			/* writers: i_rwsem */
	const struct inode_operations *i_op;	/* __final */
	struct super_block *i_sb;		/* __final */
	struct address_space *i_mapping;	/* &i_data but for stacked and device files */
	void *i_security;

	u64 i_ino;
	u32 i_nlink;			/* set_nlink() and friends; writers: i_rwsem of the directory */
	dev_t i_rdev;			/* __final */
	loff_t i_size;			/* i_size_read(), i_size_write() under i_rwsem */
	struct timespec64 i_atime;	/* read unlocked, may tear between the two words */
	struct timespec64 i_mtime;
	struct timespec64 i_ctime;
	struct timespec64 i_btime;
	u64 i_blocks;			/* units of 512 bytes */
	atomic64_t change_count;	/* law 5: inode_inc_change() */

	const struct file_operations *i_fop;	/* former of i_op: what open() installs */
	struct file_lock_context *i_flctx;	/* set once */
	atomic_t i_count;
	atomic_t i_writecount;		/* > 0 writers, < 0 denied (being executed) */
	struct spinlock i_lock;		/* rank INODE_STATE: i_state, i_dentry, lists */
	u32 i_state;			/* i_lock */
	u8 i_blkbits;
	u8 i_write_hint;		/* F_SET_RW_HINT; one word, no lock */
	u32 i_generation;
	u64 i_dirtied_when_ns;
	u32 i_nr_writing;		/* sb->s_inode_list_lock: how many write it now */
	u64 i_written_pass, i_synced_pass; /* sb->s_inode_list_lock: the last pass that wrote it, wrote it and waited (writeback.c) */

	struct rw_semaphore i_rwsem;	/* rank INODE */
	struct hlist_head i_dentry;	/* i_lock: aliases */
	struct hlist_node i_hash;	/* inode hash lock; readers RCU */
	u64 i_hash_key;			/* __final once hashed */
	struct list_head i_lru;		/* sb->s_inode_lru_lock */
	struct list_head i_sb_list;	/* sb->s_inode_list_lock */
	struct list_head i_io_list;	/* dirty list of the superblock */
	struct address_space i_data;
	union {
		struct pipe_inode_info *i_pipe;
		const struct chrdev *i_cdev;
		char *i_link;		/* target of a fast symlink, valid while the inode is */
		void *i_socket;
		u64 i_next_offset; /* ram directory: place of the next child; i_rwsem */
	};
	void *i_private;		/* the file system's or device's own */
	struct rcu_head i_rcu;
};

static inline loff_t i_size_read(const struct inode *inode)
{
	return READ_ONCE(inode->i_size);
}

/* Caller holds i_rwsem exclusively (or is the inode's only user). */
static inline void i_size_write(struct inode *inode, loff_t size)
{
	WRITE_ONCE(inode->i_size, size);
}

/* Data, or an attribute that policy cares for, changed (law 5). */
static inline void inode_inc_change(struct inode *inode)
{
	atomic64_inc(&inode->change_count);
}

static inline u64 inode_change_count(const struct inode *inode)
{
	return atomic64_read(&inode->change_count);
}

/* Nesting of i_rwsem: a directory before its entries; what lies on top of a stack before what lies below. */
enum inode_lock_class { I_MUTEX_RENAME, I_MUTEX_PARENT, I_MUTEX_PARENT2, I_MUTEX_NORMAL, I_MUTEX_NONDIR2, I_MUTEX_STACK,
			NR_INODE_LOCK_CLASSES };
#define I_MUTEX_CHILD I_MUTEX_NORMAL

#ifdef DEBUG_LOCKS
u32 inode_lock_depth(const struct inode *inode, enum inode_lock_class lock_class);
#else
static inline u32 inode_lock_depth(const struct inode *inode, enum inode_lock_class lock_class)
{
	return 0;
}
#endif

static inline void inode_lock_nested(struct inode *inode, enum inode_lock_class lock_class)
{
	down_write_nested(&inode->i_rwsem, inode_lock_depth(inode, lock_class));
}
/* 0, or -EINTR for a fatal signal: who holds the lock may be waiting for a server that does not answer. */
static inline int __must_check inode_lock_killable_nested(struct inode *inode, enum inode_lock_class lock_class)
{
	return down_write_killable_nested(&inode->i_rwsem, inode_lock_depth(inode, lock_class));
}
static inline int __must_check inode_lock_killable(struct inode *inode)
{
	return inode_lock_killable_nested(inode, I_MUTEX_NORMAL);
}
static inline void inode_lock(struct inode *inode) { inode_lock_nested(inode, I_MUTEX_NORMAL); }
static inline void inode_unlock(struct inode *inode) { up_write(&inode->i_rwsem); }
static inline bool inode_trylock(struct inode *inode) { return down_write_trylock(&inode->i_rwsem); }
static inline void inode_lock_shared(struct inode *inode)
{
	down_read_nested(&inode->i_rwsem, inode_lock_depth(inode, I_MUTEX_NORMAL));
}
static inline int __must_check inode_lock_shared_killable(struct inode *inode)
{
	return down_read_killable_nested(&inode->i_rwsem, inode_lock_depth(inode, I_MUTEX_NORMAL));
}
static inline void inode_unlock_shared(struct inode *inode) { up_read(&inode->i_rwsem); }
static inline bool inode_is_locked(const struct inode *inode) { return rwsem_is_locked(&inode->i_rwsem); }

static inline bool IS_DEADDIR(const struct inode *inode) { return inode->i_flags & S_DEAD; }
static inline bool IS_IMMUTABLE(const struct inode *inode) { return inode->i_flags & S_IMMUTABLE; }
static inline bool IS_APPEND(const struct inode *inode) { return inode->i_flags & S_APPEND; }
static inline bool IS_WHITEOUT(const struct inode *inode)
{
	return S_ISCHR(inode->i_mode) && inode->i_rdev == WHITEOUT_DEV;
}

/* A fresh inode of @sb with one reference, on the superblock's list; NULL: no memory. */
struct inode *new_inode(struct super_block *sb);
/* Initialise the part that is the VFS's; for alloc_inode constructors. */
void inode_init_once(struct inode *inode);
/* Mode, owner (setgid rule of @dir) and current times for an inode just made. */
void inode_init_owner(struct inode *inode, const struct inode *dir, umode_t mode);
/* Install the file operations of a device, FIFO or socket node. */
void init_special_inode(struct inode *inode, umode_t mode, dev_t rdev);
/* A number unique enough for file systems without their own. */
u64 get_next_ino(void);

/* Another reference; the caller has one. */
void ihold(struct inode *inode);
/* A reference if the inode is not being freed; else NULL. */
struct inode *igrab(struct inode *inode);
/* Give a reference back; the last one evicts (if unlinked) or keeps the inode in the LRU. May sleep. */
void iput(struct inode *inode);

/*
 * Find or make the inode that @ino (or test/set) names. A new one comes with
 * I_NEW set: fill it, then unlock_new_inode(), or iget_failed().
 */
struct iget_ops {
	bool (*test)(struct inode *inode, const void *key);
	int (*set)(struct inode *inode, const void *key);
};
struct inode *iget_locked(struct super_block *sb, u64 ino);
struct inode *iget5_locked(struct super_block *sb, u64 hash, const struct iget_ops *ops, const void *key);
struct inode *ilookup5(struct super_block *sb, u64 hash, const struct iget_ops *ops, const void *key);
void insert_inode_hash(struct inode *inode, u64 hash);
/* The same for one that may be hashed already, with the same @hash; any number of callers, each with a reference. */
void insert_inode_hash_once(struct inode *inode, u64 hash);
void remove_inode_hash(struct inode *inode);
void unlock_new_inode(struct inode *inode);
void iget_failed(struct inode *inode);
/* The default evict_inode: drop pages. File systems call them from theirs. */
void clear_inode(struct inode *inode);
/* Answers for super_operations.drop_inode. */
int generic_delete_inode(struct inode *inode);
int generic_drop_inode(struct inode *inode);

void set_nlink(struct inode *inode, unsigned int nlink);
void clear_nlink(struct inode *inode);
void drop_nlink(struct inode *inode);
void inc_nlink(struct inode *inode);

/* Dirty state: @flags of I_DIRTY*. */
void __mark_inode_dirty(struct inode *inode, int flags);
static inline void mark_inode_dirty(struct inode *inode) { __mark_inode_dirty(inode, I_DIRTY); }
static inline void mark_inode_dirty_sync(struct inode *inode) { __mark_inode_dirty(inode, I_DIRTY_SYNC); }

/* The present, cut to what the file system can store. */
struct timespec64 current_time(const struct inode *inode);
/* Note an access through @path, as the mount's and file system's options say. */
void touch_atime(const struct path *path);
/* A write through @file: new mtime, ctime, change count. */
int file_update_time(struct file *file);
void file_accessed(struct file *file);
/* Drop setuid, setgid and file capabilities before a write. */
int file_remove_privs(struct file *file);

/* Check @mask (MAY_*) against current's fsuid and capabilities. -EACCES, -EPERM, -EROFS. */
int inode_permission(struct inode *inode, int mask);
int generic_permission(struct inode *inode, int mask);
bool inode_owner_or_capable(const struct inode *inode);
bool inode_capable(const struct inode *inode, int cap);

/* Attribute changes. notify_change(): caller holds i_rwsem exclusively. */
int notify_change(struct dentry *dentry, struct iattr *attr);
int setattr_prepare(struct dentry *dentry, struct iattr *attr);
void setattr_copy(struct inode *inode, const struct iattr *attr);
int inode_newsize_ok(const struct inode *inode, loff_t size);

/* stat of what @path names, through the hooks. */
int vfs_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags);
void generic_fillattr(struct inode *inode, struct kstat *stat);

/* Write access to the contents: -ETXTBSY while executed; deny: -ETXTBSY while written. */
static inline int get_write_access(struct inode *inode)
{
	return atomic_inc_unless_negative(&inode->i_writecount) ? 0 : -ETXTBSY;
}
static inline int deny_write_access(struct inode *inode)
{
	return atomic_dec_unless_positive(&inode->i_writecount) ? 0 : -ETXTBSY;
}
static inline void put_write_access(struct inode *inode) { atomic_dec(&inode->i_writecount); }
static inline void allow_write_access(struct inode *inode) { atomic_inc(&inode->i_writecount); }

/* Reclaim: free up to @nr unused inodes and dentries; how many went. */
unsigned long vfs_cache_shrink(unsigned long nr);
unsigned long vfs_cache_count(void);

#endif

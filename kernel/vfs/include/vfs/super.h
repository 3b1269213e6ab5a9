/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * super.h - a mounted file system, its type, and how its options arrive.
 *
 * LIFECYCLE  fs_context --get_tree--> super_block (s_active 1 per mount) --last
 *            deactivate_super--> kill_sb: dcache shrunk, inodes evicted, freed.
 */
#ifndef VFS_SUPER_H
#define VFS_SUPER_H

#include <lib/list.h>
#include <lib/types.h>
#include <arch/atomic.h>
#include <sync/mutex.h>
#include <sync/refcount.h>
#include <sync/rwsem.h>
#include <sync/spinlock.h>
#include <linux/mount.h>
#include <vfs/types.h>

struct fs_context;
struct dentry_operations;
struct inode;
struct backing_dev_info;

/* s_flags: the values of mount(2)'s MS_* */
#define SB_RDONLY	(1U << 0)
#define SB_NOSUID	(1U << 1)
#define SB_NODEV	(1U << 2)
#define SB_NOEXEC	(1U << 3)
#define SB_SYNCHRONOUS	(1U << 4)
#define SB_MANDLOCK	(1U << 6)
#define SB_DIRSYNC	(1U << 7)
#define SB_NOATIME	(1U << 10)
#define SB_NODIRATIME	(1U << 11)
#define SB_SILENT	(1U << 15)
#define SB_POSIXACL	(1U << 16)
#define SB_KERNMOUNT	(1U << 22)
#define SB_I_VERSION	(1U << 23)
#define SB_LAZYTIME	(1U << 25)
#define SB_ACTIVE	(1U << 30)
#define SB_NOUSER	(1U << 31)	/* cannot be mounted from user space */

#define SB_I_NODEV	0x1U
#define SB_I_NOEXEC	0x2U
#define SB_I_USERNS_VISIBLE 0x4U /* a fresh mount in a user namespace shows no more than one that is there: mount_reveal.c */
#define SB_I_UNSEEN	0x8U	/* law 5: cannot see changes of its files */

#define FILESYSTEM_MAX_STACK_DEPTH 2

struct kstatfs {
	long f_type;
	long f_bsize;
	u64 f_blocks;
	u64 f_bfree;
	u64 f_bavail;
	u64 f_files;
	u64 f_ffree;
	u64 f_fsid;
	long f_namelen;
	long f_frsize;
	long f_flags;
};

struct super_operations {
	/* Object with the inode inside; NULL: no memory. No method: plain inodes. */
	struct inode *(*alloc_inode)(struct super_block *sb);
	void (*destroy_inode)(struct inode *inode);	/* before RCU: tear down the own part */
	void (*free_inode)(struct inode *inode);	/* after a grace period: free the memory */
	void (*dirty_inode)(struct inode *inode, int flags);
	int (*write_inode)(struct inode *inode, bool wait);
	int (*drop_inode)(struct inode *inode);		/* last iput: non-zero evicts now */
	void (*evict_inode)(struct inode *inode);	/* default: truncate pages, clear_inode */
	void (*put_super)(struct super_block *sb);
	int (*sync_fs)(struct super_block *sb, bool wait);
	int (*statfs)(struct dentry *dentry, struct kstatfs *st);
	void (*umount_begin)(struct super_block *sb);	/* MNT_FORCE */
	/* The part after the standard flags in /proc/mounts: ",size=4k". */
	int (*show_options)(struct seq_file *m, struct dentry *root);
	int (*show_devname)(struct seq_file *m, struct dentry *root);
	int (*show_stats)(struct seq_file *m, struct dentry *root);
};

/*
 * Handles of objects (handle.c): words of the file system's own that find the object again as long as it exists, whatever its names.
 * A file system without this gives out none.
 */
#define FILEID_INVALID 255	/* no handle: the room is too small */
struct export_operations {
	/* Identify @inode in at most *@nr words; *@nr becomes what it takes. The handle's type, or FILEID_INVALID. */
	int (*encode)(struct inode *inode, u32 *words, u32 *nr);
	/* A dentry of the inode that @words mean, with a reference; NULL: there is none. ERR_PTR. Believes nothing. */
	struct dentry *(*decode)(struct super_block *sb, const u32 *words, u32 nr, int type);
};

struct super_block {
	struct list_head s_list;		/* super_lock */
	dev_t s_dev;				/* __final: st_dev */
	u8 s_blocksize_bits;
	u8 s_stack_depth;			/* overlay on overlay: lock rank offset */
	u32 s_blocksize;
	loff_t s_maxbytes;
	struct file_system_type *s_type;	/* __final */
	const struct super_operations *s_op;	/* __final */
	const struct export_operations *s_export_op;	/* __final; NULL: no handles */
	const struct dentry_operations *s_d_op;	/* installed in every new dentry */
	u32 s_flags;				/* SB_*; s_umount */
	u32 s_iflags;
	bool s_becomes_readonly;		/* mount_lock: nobody begins to write */
	bool s_is_synced;			/* going, and nothing will be dirty any more; s_umount */
	u64 s_magic;
	struct dentry *s_root;			/* owned */
	struct rw_semaphore s_umount;		/* rank SUPER */
	atomic_t s_active;			/* mounts; 0: being killed */
	void *s_key;				/* __final: what get_tree_keyed() finds it by */
	void *s_fs_info;			/* the file system's own */
	u32 s_time_gran;			/* ns */
	char s_id[32];				/* device or type name for messages */
	const char *s_subtype;
	struct user_namespace *s_user_ns;	/* owned */
	struct backing_dev_info *s_bdi;
	u64 s_fsid;

	struct mutex s_rename_mutex;		/* rank INODE, class RENAME: moves between directories */
	struct spinlock s_inode_list_lock;	/* rank SUPER_LIST: s_inodes, i_sb_list, s_dirty, s_writing */
	struct list_head s_inodes;
	struct list_head s_dirty;		/* i_io_list */
	struct list_head s_writing;		/* whoever writes an inode now: writeback.c */
	struct spinlock s_lru_lock;		/* rank SUPER_LRU: both LRU lists */
	struct list_head s_dentry_lru;
	struct list_head s_inode_lru;
	unsigned long s_nr_dentry_unused;
	unsigned long s_nr_inode_unused;
	struct list_head s_mounts;		/* mount_lock: mount.mnt_instance */
	struct refcount s_passive;		/* keeps the memory: list walks, inodes waiting for RCU */
};

static inline bool sb_rdonly(const struct super_block *sb) { return sb->s_flags & SB_RDONLY; }

#define FS_REQUIRES_DEV		1
#define FS_BINARY_MOUNTDATA	2
#define FS_HAS_SUBTYPE		4
#define FS_USERNS_MOUNT		8
#define FS_RENAME_DOES_D_MOVE	32768

struct fs_type_ops {
	/* Set fc->ops and the private part; to mount, fs_context_set_user_ns() if what is shown has an owner of its own. */
	int (*init_fs_context)(struct fs_context *fc);
	void (*kill_sb)(struct super_block *sb);	/* kill_anon_super(), kill_litter_super() */
};

struct file_system_type {
	const char *name;
	int fs_flags;
	const struct fs_type_ops *ops;
	struct list_head list;		/* registry lock */
	void *owner;			/* of a kernel user with several instances */
};

/* -EBUSY: the name is taken. */
int register_filesystem(struct file_system_type *fs);
struct file_system_type *get_fs_type(const char *name, size_t len);
/* "nodev\tproc\n" lines of /proc/filesystems. */
int filesystems_show(struct seq_file *m);

/* --- options --- */

enum fs_value_type { FS_VALUE_FLAG, FS_VALUE_STRING, FS_VALUE_BLOB, FS_VALUE_FILE, FS_VALUE_PATH /* nobody takes one yet */ };

/* One option: flag ("ro"), string ("size=4k"), or an fd from fsconfig. Borrowed during the call. */
struct fs_parameter {
	const char *key;
	enum fs_value_type type;
	char *string;			/* FS_VALUE_STRING */
	void *blob;			/* FS_VALUE_BLOB */
	size_t size;
	struct file *file;		/* FS_VALUE_FILE */
};

enum fs_context_purpose { FS_CONTEXT_FOR_MOUNT, FS_CONTEXT_FOR_RECONFIGURE };

struct fs_context_operations {
	void (*free)(struct fs_context *fc);
	/* 0 taken; -ENOPARAM: not mine (then "source" is tried); else -errno. */
	int (*parse_param)(struct fs_context *fc, struct fs_parameter *param);
	/* Replace generic splitting of mount(2)'s data at commas. */
	int (*parse_monolithic)(struct fs_context *fc, void *data);
	/* Set fc->root (its sb active, s_umount held for write on a new sb by the helpers). */
	int (*get_tree)(struct fs_context *fc);
	int (*reconfigure)(struct fs_context *fc);
};

#define ENOPARAM 519	/* internal to this header's parsers */

struct fs_context {
	const struct fs_context_operations *ops;
	struct file_system_type *fs_type;
	enum fs_context_purpose purpose;
	void *fs_private;		/* of the type: options */
	void *s_fs_info;		/* proposed sb->s_fs_info */
	struct dentry *root;		/* result; for reconfigure: given */
	char *source;			/* owned: "none", a tag, a directory */
	char *subtype;
	unsigned int sb_flags;
	unsigned int sb_flags_mask;	/* of those fsconfig and remount name */
	struct user_namespace *user_ns;
	bool is_kernel_mount;
	char *error;			/* owned: last message, read from the fscontext fd */
};

/* Record why an option or a mount was refused; returns -EINVAL for `return invalf(...)`. */
int invalf(struct fs_context *fc, const char *fmt, ...) __printf(2, 3);

struct fs_context *fs_context_for_mount(struct file_system_type *type, unsigned int sb_flags);
struct fs_context *fs_context_for_reconfigure(struct dentry *root, unsigned int sb_flags,
					      unsigned int sb_flags_mask);
/* Not the caller's: who owns what a new superblock shows. The right to mount is asked for there. */
void fs_context_set_user_ns(struct fs_context *fc, struct user_namespace *ns);
/* May the caller make a superblock with this context? */
bool fs_context_may_mount(const struct fs_context *fc);
int vfs_parse_fs_param(struct fs_context *fc, struct fs_parameter *param);
int vfs_parse_fs_string(struct fs_context *fc, const char *key, const char *value, size_t len);
int generic_parse_monolithic(struct fs_context *fc, void *data);
int vfs_get_tree(struct fs_context *fc);
void put_fs_context(struct fs_context *fc);

/* Fill a superblock just made: s_op, s_root, s_magic ... On failure the caller kills it. */
struct fill_super_ops {
	int (*fill_super)(struct super_block *sb, struct fs_context *fc);
};
/* A new superblock per mount, without a device. */
int get_tree_nodev(struct fs_context *fc, const struct fill_super_ops *ops);
/* One superblock for all mounts of the type (proc per pid namespace uses keyed: fc->s_fs_info is the key). */
int get_tree_single(struct fs_context *fc, const struct fill_super_ops *ops);
int get_tree_keyed(struct fs_context *fc, const struct fill_super_ops *ops, void *key);

/* --- superblocks --- */

void deactivate_super(struct super_block *sb);
void deactivate_locked_super(struct super_block *sb);
void generic_shutdown_super(struct super_block *sb);
void kill_anon_super(struct super_block *sb);
/* The same after d_genocide(): for ram file systems whose dentries are pinned. */
void kill_litter_super(struct super_block *sb);
int get_anon_bdev(dev_t *dev);
void free_anon_bdev(dev_t dev);
int sync_filesystem(struct super_block *sb);
/*
 * No file of @sb is open and none can be opened, and its ->kill_sb() is about to wait for a server: write back what is dirty. Who syncs
 * does not wait for the rest of the end.
 */
void sync_before_kill(struct super_block *sb);
/* Write back everything of all file systems. Who is killed waits for none that somebody else is making or ending. */
void sync_all_filesystems(bool wait);
/* The same before the machine stops: bounded, whatever servers do. What is left is named in the log. */
void final_sync(void);

int vfs_statfs(const struct path *path, struct kstatfs *st);
int simple_statfs(struct dentry *dentry, struct kstatfs *st);

struct sb_visitor;
struct sb_visitor_ops {
	void (*visit)(struct sb_visitor *visitor, struct super_block *sb);
};
struct sb_visitor {
	const struct sb_visitor_ops *ops;
};
/* Each live superblock, s_umount held shared. */
void iterate_supers(struct sb_visitor *visitor);

/* A kernel-internal mount of a type (pipefs, anon_inodefs ...). */
struct vfsmount *kern_mount(struct file_system_type *type);

#endif

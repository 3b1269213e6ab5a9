/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * namei.h - from path strings to objects, and the operations on names for
 * kernel callers (the system calls are in vfs_calls.h).
 */
#ifndef VFS_NAMEI_H
#define VFS_NAMEI_H

#include <lib/types.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <vfs/types.h>

struct open_how;
struct delayed_call;
struct inode_operations;

/* lookup flags */
#define LOOKUP_FOLLOW		0x0001	/* follow a final symlink */
#define LOOKUP_DIRECTORY	0x0002	/* the end must be a directory */
#define LOOKUP_AUTOMOUNT	0x0004
#define LOOKUP_EMPTY		0x4000	/* "" names the start */
#define LOOKUP_DOWN		0x8000	/* cross mounts on the starting point */
#define LOOKUP_MOUNTPOINT	0x0080	/* do not revalidate the end */
#define LOOKUP_REVAL		0x0020
#define LOOKUP_RCU		0x0040
#define LOOKUP_OPEN		0x0100
#define LOOKUP_CREATE		0x0200
#define LOOKUP_EXCL		0x0400
#define LOOKUP_RENAME_TARGET	0x0800
#define LOOKUP_PARENT		0x0010
#define LOOKUP_NO_SYMLINKS	0x010000
#define LOOKUP_NO_MAGICLINKS	0x020000
#define LOOKUP_NO_XDEV		0x040000
#define LOOKUP_BENEATH		0x080000
#define LOOKUP_IN_ROOT		0x100000
#define LOOKUP_CACHED		0x200000
#define LOOKUP_IS_SCOPED	(LOOKUP_BENEATH | LOOKUP_IN_ROOT)

#define MAXSYMLINKS		40

/* A path string in kernel memory. */
struct filename {
	const char *name;	/* inside this object, or borrowed from kernel text */
	uaddr_t uptr;
	u32 len;
	u32 refs;
	bool is_long;		/* private: which cache it came from */
	char iname[];
};

/* Copy a path in: ERR_PTR -EFAULT, -ENAMETOOLONG, -ENOENT (empty), -ENOMEM. */
struct filename *getname(uaddr_t name);
struct filename *getname_flags(uaddr_t name, unsigned int lookup_flags);
struct filename *getname_kernel(const char *name);
void putname(struct filename *name);

/* path with references; 0 or -errno. */
int user_path_at(int dfd, uaddr_t name, unsigned int flags, struct path *path);
int filename_lookup(int dfd, struct filename *name, unsigned int flags, struct path *path,
		    const struct path *root);
int kern_path(const char *name, unsigned int flags, struct path *path);
/* Relative to a directory that serves as "/" (boot, overlay layers). */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path);

/*
 * The parent locked (i_rwsem) and write access taken, a negative dentry for the
 * last component. Then vfs_*(), then done_path_create().
 */
struct dentry *kern_path_create(int dfd, const char *name, struct path *path, unsigned int flags);
void done_path_create(struct path *path, struct dentry *dentry);
/* The parent locked, the last component looked up (may be positive). Unlock it, path_put, dput. */
struct dentry *kern_path_locked(const char *name, struct path *path);

/* One component below @base; the caller holds base's i_rwsem. */
struct dentry *lookup_one_len(const char *name, struct dentry *base, int len);
/* Without the lock held; takes it shared if the cache does not know. */
struct dentry *lookup_one_len_unlocked(const char *name, struct dentry *base, int len);
struct dentry *lookup_positive_unlocked(const char *name, struct dentry *base, int len);

/*
 * exec's open: read, executable regular file on a mount without noexec. Nobody may write to it (-ETXTBSY) until the file is closed for
 * the last time, or file_allow_write(): an interpreter may be replaced while it runs.
 */
struct file *do_open_execat(int dfd, struct filename *name, int flags);
/* Keep writers away as exec's open does; again is nothing. -ETXTBSY: there is one. Any context that may spin. */
int file_deny_write(struct file *file) __must_check;
void file_allow_write(struct file *file);
/* Open by kernel string. */
struct file *do_filp_open(int dfd, struct filename *name, const struct open_how *how);
struct file *file_open_root(const struct path *root, const char *name, int flags, umode_t mode);

/* Magic links (proc/PID/fd/N): called from ->get_link; consumes @path. */
int nd_jump_link(struct path *path);

/* Both directories' i_rwsem in the right order; the dentry that must not be moved below itself or NULL. */
struct dentry *lock_rename(struct dentry *p1, struct dentry *p2);
void unlock_rename(struct dentry *p1, struct dentry *p2);

struct renamedata {
	struct inode *old_dir;
	struct dentry *old_dentry;
	struct inode *new_dir;
	struct dentry *new_dentry;
	unsigned int flags;
};

/* The operations, with permission and hooks; the caller holds the directory's i_rwsem. */
int vfs_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool want_excl);
int vfs_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode);
int vfs_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev);
int vfs_symlink(struct inode *dir, struct dentry *dentry, const char *target);
int vfs_link(struct dentry *old, struct inode *dir, struct dentry *dentry);
int vfs_rmdir(struct inode *dir, struct dentry *dentry);
int vfs_unlink(struct inode *dir, struct dentry *dentry);
int vfs_rename(struct renamedata *rd);	/* both directories locked by lock_rename() */
int vfs_whiteout(struct inode *dir, struct dentry *dentry);
/* A file without a name on @parent's file system; opened, for kernel users (overlay copy-up). */
struct file *vfs_tmpfile_open(const struct path *parent, umode_t mode, int open_flag,
			      const struct cred *cred);
/* The target of a symlink: free with do_delayed_call(). */
const char *vfs_get_link(struct dentry *dentry, struct delayed_call *done);
void do_delayed_call(struct delayed_call *done);
int vfs_readlink(struct dentry *dentry, uaddr_t buffer, int buflen);

/* symlink methods */
const char *simple_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done);
extern const struct inode_operations simple_symlink_inode_operations;

/* -EXDEV, -EPERM ... rules shared by unlink, rename and stacked file systems. */
bool sticky_denies(const struct inode *dir, const struct inode *inode);

/* fs.protected_*: 0, 1, and for FIFOs and regular files 2 (protected.c). Words of their own, no lock. */
struct vfs_protection {
	int symlinks, hardlinks, fifos, regular;
};
extern struct vfs_protection vfs_protection;

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * types.h - the small types that every header of this folder shares: names,
 * paths, open modes, access masks.
 */
#ifndef VFS_TYPES_H
#define VFS_TYPES_H

#include <lib/types.h>

struct inode;
struct dentry;
struct file;
struct path;
struct super_block;
struct vfsmount;
struct mnt_namespace;
struct user_namespace;
struct address_space;
struct file_lock;
struct iter;
struct vma;
struct cred;
struct seq_file;
struct kstat;
struct kstatfs;
struct iattr;
struct dir_context;
struct poll_table;
struct task;

/* A name of one path component, with the hash its parent salts. */
struct qstr {
	union {
		struct {
			u32 hash;
			u32 len;
		};
		u64 hash_len;
	};
	const char *name;
};

#define QSTR_INIT(n, l)	{ { { .len = (l) } }, .name = (n) }

/* A place in the tree of mounts. */
struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

#define FMODE_READ		0x1U	/* open for reading */
#define FMODE_WRITE		0x2U	/* open for writing */
#define FMODE_LSEEK		0x4U	/* can seek */
#define FMODE_PREAD		0x8U	/* pread works */
#define FMODE_PWRITE		0x10U	/* pwrite works */
#define FMODE_EXEC		0x20U	/* opened by exec */
#define FMODE_WRITER		0x100U	/* holds write access to inode and mount */
#define FMODE_DENIES_WRITE	0x400U	/* keeps writers away until it is closed or file_allow_write() */
#define FMODE_STREAM		0x200U	/* has no position at all */
#define FMODE_NOCMTIME		0x800U	/* does not change times */
#define FMODE_PATH		0x4000U	/* O_PATH */
#define FMODE_ATOMIC_POS	0x8000U	/* f_pos needs its lock */
#define FMODE_CAN_READ		0x20000U /* has a read method */
#define FMODE_CAN_WRITE		0x40000U /* has a write method */
#define FMODE_OPENED		0x80000U /* ->open succeeded */
#define FMODE_CREATED		0x100000U /* this open made the file */
#define FMODE_CAN_DIRECT	0x400000U /* O_DIRECT is allowed */
#define FMODE_NEED_UNMOUNT	0x10000000U /* close dissolves the detached mount tree */
#define FMODE_NOACCOUNT		0x20000000U

/* Access that is asked of inode_permission(). */
#define MAY_EXEC	0x1
#define MAY_WRITE	0x2
#define MAY_READ	0x4
#define MAY_APPEND	0x8
#define MAY_ACCESS	0x10
#define MAY_OPEN	0x20
#define MAY_CHDIR	0x40
#define MAY_NOT_BLOCK	0x80	/* called in RCU walk: answer -ECHILD rather than sleep */

/* File types in directory entries (DT_*): the high bits of the mode. */
#define S_DT_SHIFT	12
static inline unsigned char fs_umode_to_dtype(umode_t mode)
{
	return (mode >> S_DT_SHIFT) & 15;
}

#define RENAME_VALID_FLAGS	7	/* NOREPLACE, EXCHANGE, WHITEOUT */
#define WHITEOUT_MODE		0
#define WHITEOUT_DEV		0

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* devpts_impl.h - one mounted devpts, for the files of this folder. */
#ifndef DEVPTS_DEVPTS_IMPL_H
#define DEVPTS_DEVPTS_IMPL_H

#include <lib/idr.h>
#include <lib/types.h>
#include <sync/mutex.h>
#include <tty/pty.h>
#include <vfs/super.h>

#define DEVPTS_SUPER_MAGIC 0x1cd1
#define PTMX_MINOR 2 /* 5:2 */

struct devpts_options {
	bool has_uid, has_gid;
	kuid_t uid;
	kgid_t gid;
	umode_t mode, ptmx_mode;
	unsigned int max;   /* pairs of this mount */
	bool has_reserve;   /* may have the last of the machine's pairs */
};

/* sb->s_fs_info */
struct devpts {
	struct pty_home home;	       /* embedded: what the pairs know of us */
	struct super_block *sb;	       /* __final */
	struct devpts_options options; /* written by remount, under s_umount; words are read plainly */
	struct mutex lock;	       /* rank TTY_LIST: numbers */
	struct idr numbers;	       /* lock: index -> struct pty, or the devpts itself while there is none to open */
	struct dentry *ptmx;	       /* __final; pinned by the tree */
};

static inline struct devpts *devpts_of(const struct super_block *sb)
{
	return sb->s_fs_info;
}

/* devpts.c */
bool is_devpts(const struct super_block *sb);
/* An inode for a device node of @pts; NULL: no memory. */
struct inode *devpts_new_node(struct devpts *pts, u64 ino, umode_t mode, dev_t dev);

/* options.c */
struct fs_context;
int devpts_init_fs_context(struct fs_context *fc);
int devpts_show_options(struct seq_file *m, struct dentry *root);
int devpts_fill_super(struct super_block *sb, struct fs_context *fc);

/* ptmx.c */
extern const struct pty_home_ops devpts_home_ops;
void ptmx_init(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * overlay_impl.h - the objects of an overlay mount.
 *
 *	dentry --d_fsdata--> ovl_entry: the lower dentries of that name, top first
 *	inode --embeds-- ovl_inode: the upper dentry once there is one, and the lower one below it
 *
 * A name is what the topmost layer that has it says. Directories merge: all layers' directories down to the first that is
 * opaque, or is hidden by a whiteout or a non-directory.
 */
#pragma once
#include <lib/types.h>
#include <sched/cred.h>
#include <sync/mutex.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/super.h>

#define OVL_MAX_LAYERS	 500
#define OVL_XATTR_PREFIX "trusted.overlay."
#define OVL_USER_PREFIX	 "user.overlay."
#define OVL_MAX_STACK	 2 /* overlay on overlay */

struct ovl_path {
	struct vfsmount *mnt;  /* borrowed from ovl_fs.layers */
	struct dentry *dentry; /* owned reference */
};

/* Lower dentries of a name. Never changes once it is published with its dentry. */
struct ovl_entry {
	u32 nr_lower;
	struct ovl_path lower[];
};

/* What the mount options said. */
struct ovl_config {
	char *lowerdir, *upperdir, *workdir;
	bool userxattr;
	bool is_volatile;
	bool default_permissions;
};

struct ovl_fs {
	struct ovl_config config;
	struct vfsmount *upper_mnt; /* owned; NULL: read-only */
	u32 nr_layers;
	struct vfsmount **layers; /* owned: private clones of the lower mounts */
	struct dentry *workdir;	  /* owned; where copies and whiteouts are made */
	const struct cred *cred;  /* owned: the mounter's; layers are used with it */
	atomic_t next_temp;
};

struct ovl_inode {
	struct inode vfs;
	struct mutex lock;     /* rank INODE below i_rwsem: copy-up; upper */
	struct dentry *upper;  /* owned; set once, stored with release */
	struct ovl_path lower; /* owned; top lower, or empty */
	u64 layer_version;     /* lock: grows when a directory's entries change */
};

static inline struct ovl_fs *ovl_fs(const struct super_block *sb) { return sb->s_fs_info; }
static inline struct ovl_inode *ovl_inode(struct inode *inode) { return container_of(inode, struct ovl_inode, vfs); }
static inline struct ovl_entry *ovl_entry(const struct dentry *dentry) { return dentry->d_fsdata; }

/* The upper dentry of an inode or name, or NULL. Borrowed. */
static inline struct dentry *ovl_inode_upper(struct inode *inode)
{
	return smp_load_acquire(&ovl_inode(inode)->upper);
}
static inline struct dentry *ovl_upper(const struct dentry *dentry)
{
	return d_inode(dentry) ? ovl_inode_upper(d_inode(dentry)) : NULL;
}

/* The layer object that has the data and attributes now. Borrowed. */
void ovl_real_path(struct inode *inode, const struct super_block *sb, struct path *real);
static inline struct inode *ovl_real_inode(struct inode *inode)
{
	struct dentry *upper = ovl_inode_upper(inode);

	return d_inode(upper ? upper : ovl_inode(inode)->lower.dentry);
}

/* Act as the mounter; give the result to revert_creds(). */
static inline const struct cred *ovl_override(const struct super_block *sb)
{
	return override_creds(ovl_fs(sb)->cred);
}

static inline bool ovl_is_whiteout(const struct dentry *dentry)
{
	return d_inode(dentry) && IS_WHITEOUT(d_inode(dentry));
}

/* Is the layer directory @dentry opaque: does it hide what is below it? */
bool ovl_is_opaque(const struct ovl_fs *ofs, struct dentry *dentry);
int ovl_set_opaque(const struct ovl_fs *ofs, struct dentry *upper);
/* Is @name one of the overlay's own attributes, never shown? */
bool ovl_is_private_xattr(const struct ovl_fs *ofs, const char *name);

/* --- lookup.c --- */
struct dentry *ovl_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags);
struct ovl_entry *ovl_entry_alloc(u32 nr);
void ovl_entry_free(struct ovl_entry *entry);
/* Does some lower layer have this name (visible or not)? Then removing it needs a whiteout. */
bool ovl_lower_positive(struct dentry *dentry);
extern const struct dentry_operations ovl_dentry_ops;

/* --- inode.c --- */
/* The overlay's inode for @upper (reference consumed) or the top of @entry; either may be NULL, not both. ERR_PTR. */
struct inode *ovl_get_inode(struct super_block *sb, struct dentry *upper, const struct ovl_entry *entry);
/* An inode for an upper object made just now, in @inode that new_inode() gave. Consumes @upper. */
void ovl_inode_bind(struct inode *inode, struct dentry *upper, const struct ovl_path *lower);
/* Attributes of the layer object, copied for the VFS. */
void ovl_copyattr(struct inode *inode);
extern const struct inode_operations ovl_dir_iops, ovl_file_iops, ovl_special_iops, ovl_symlink_iops;
extern const struct file_operations ovl_file_fops, ovl_dir_fops;

/* --- flags.c: chattr --- */
/* What the layer object and its private attribute say, into the overlay inode that is being made. */
void ovl_flags_bind(struct inode *inode);
/* @upper is about to be its upper object: what the lower one was on account of its layer holds no more. Nobody sees @upper yet. */
void ovl_flags_copied_up(struct inode *inode, const struct dentry *upper);
/* Give the twin @to what the lower object @from has. */
int ovl_flags_copy_up(const struct ovl_fs *ofs, struct dentry *from, struct dentry *to);
int ovl_fileattr_get(struct dentry *dentry, struct fileattr *fa);
int ovl_fileattr_set(struct dentry *dentry, const struct fileattr *fa);

/* --- copy_up.c --- */
/* Have an upper object for @dentry and its parents. Takes no lock of the caller. 0, -EROFS, -ENOSPC ... */
int ovl_copy_up(struct dentry *dentry);
/* Without the data: the caller truncates. */
int ovl_copy_up_truncate(struct dentry *dentry);
/* A name for a temporary object in the work directory, looked up, with workdir locked. */
struct dentry *ovl_lookup_temp(struct ovl_fs *ofs);
/* A whiteout in the (locked) work directory. ERR_PTR. */
struct dentry *ovl_make_whiteout(struct ovl_fs *ofs);
/* Throw a temporary object away; workdir locked. */
void ovl_cleanup(struct ovl_fs *ofs, struct dentry *temp);
int ovl_copy_xattrs(const struct ovl_fs *ofs, struct dentry *from, struct dentry *to);

/* --- dir.c: the methods of ovl_dir_iops --- */
int ovl_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl);
int ovl_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode);
int ovl_symlink(struct inode *dir, struct dentry *dentry, const char *target);
int ovl_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev);
int ovl_link(struct dentry *old, struct inode *dir, struct dentry *dentry);
int ovl_unlink(struct inode *dir, struct dentry *dentry);
int ovl_rmdir(struct inode *dir, struct dentry *dentry);
int ovl_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new, unsigned int flags);


/* --- readdir.c --- */
/* Nothing visible in the merged directory? 0, -ENOTEMPTY or -errno. */
int ovl_check_empty(struct dentry *dentry);
/* Unlink the whiteouts that an upper directory holds. */
int ovl_remove_whiteouts(struct ovl_fs *ofs, struct dentry *upper);
int ovl_parse_options(struct fs_context *fc);
void ovl_config_free(struct ovl_config *config);
struct ovl_config *ovl_context_config(struct fs_context *fc);
extern const struct fs_context_operations ovl_context_ops;
int ovl_get_tree(struct fs_context *fc);
int ovl_show_options(struct seq_file *m, struct dentry *root);

/* SPDX-License-Identifier: GPL-2.0-only */
/* namei_impl.h - the state of one path walk, shared by the walk (walk*.c), the lookups on it (namei*.c) and open.c (the last step of an open). */
#ifndef VFS_NAMEI_IMPL_H
#define VFS_NAMEI_IMPL_H

#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/namei.h>

enum last_type { LAST_NORM, LAST_ROOT, LAST_DOT, LAST_DOTDOT };

#define ND_ROOT_PRESET	1	/* nd->root came from the caller (borrowed) */
#define ND_ROOT_GRABBED 2	/* nd->root holds references */
#define ND_JUMPED	4	/* arrived by a jump (root, magic link, ".."): name was not compared */
#define ND_LAST		8	/* only the last component is left: dir_mode and dir_uid count */

/* A symlink whose target is being walked. */
struct nd_link {
	const char *rest;		/* what follows the link in the string around it; NULL: it was the last */
	struct path link;		/* ref-walk: referenced while its target is used */
	struct delayed_call done;
};

struct nameidata {
	struct path path;		/* where the walk stands; referenced in ref-walk */
	struct qstr last;		/* component not walked yet */
	enum last_type last_type;
	unsigned int flags;		/* LOOKUP_* */
	unsigned int state;		/* ND_* */
	u32 seq;			/* d_seq of path.dentry (RCU walk) */
	u32 m_seq, r_seq;		/* mount_seq and rename_seq when the walk began */
	struct inode *inode;		/* path.dentry->d_inode */
	struct path root;		/* what "/" means; set when first needed */
	u32 root_seq;
	u32 link_seq;			/* d_seq of the symlink that pick_link() looks at (RCU walk) */
	unsigned int depth;		/* links being walked */
	unsigned int nr_links;		/* followed so far: MAXSYMLINKS */
	struct nd_link *links;
	struct nd_link first_links[2];
	struct filename *name;
	int dfd;
	umode_t dir_mode;		/* of the directory of the last component: sticky rules */
	kuid_t dir_uid;
	struct nameidata *outer;	/* of the same task (a walk inside a file system's method) */
	struct path jump;		/* set by nd_jump_link() */
	bool has_jump;
};

/* Begin and end a walk: links current's nd_jump_link() to it. */
void nd_begin(struct nameidata *nd, int dfd, struct filename *name, unsigned int flags, const struct path *root);
void nd_end(struct nameidata *nd);
/* Start over in another mode: call before each attempt. Returns the string to walk or ERR_PTR. */
const char *nd_start(struct nameidata *nd, unsigned int flags);
/* Walk everything but the last component (links at the end not followed). */
int nd_walk_parent(const char *name, struct nameidata *nd);
/* Take the last component; a link at the end that shall be followed gives its string, else NULL. */
const char *nd_walk_last(struct nameidata *nd);
/* The same for a dentry that the caller looked up itself (reference consumed in ref-walk). */
const char *nd_step(struct nameidata *nd, struct dentry *dentry, u32 seq, bool follow);
/* Leave RCU walk keeping the place: false means start again in ref-walk. */
bool nd_unlazy(struct nameidata *nd);
/* The end of the walk: references held, scope kept. */
int nd_complete(struct nameidata *nd);
/* Drop everything that the attempt holds. */
void nd_terminate(struct nameidata *nd);
/* Cached child: NULL with the walk in ref mode means ask the file system. */
struct dentry *nd_lookup_fast(struct nameidata *nd, u32 *seqp);
/* Ask the file system; the directory's lock is held. */
struct dentry *lookup_in_dir_locked(const struct qstr *name, struct dentry *dir, unsigned int flags);

/* walk the whole path for the three modes: RCU, ref, ref with forced revalidation */
int path_lookupat(struct nameidata *nd, unsigned int flags, struct path *path);
int path_parentat(struct nameidata *nd, unsigned int flags, struct path *parent);
/* Parent of @name: *parent referenced, *last points into the name. */
int filename_parentat(int dfd, struct filename *name, unsigned int flags, struct path *parent,
		      struct qstr *last, enum last_type *type);
int may_delete(struct inode *dir, struct dentry *victim, bool isdir);
int may_create(struct inode *dir, struct dentry *child);
/* @dir is locked. A default list stands in the umask's place: the file system applies it (posix_acl_inherit()). */
umode_t mode_after_umask(struct inode *dir, umode_t mode);

struct open_flags {
	int open_flag;
	umode_t mode;
	int acc_mode;
	int intent;		/* LOOKUP_* of the last component */
	int lookup_flags;
};
int build_open_flags(const struct open_how *how, struct open_flags *op);
struct open_how build_open_how(int flags, umode_t mode);

#define O_TMPFILE_BIT (O_TMPFILE & ~O_DIRECTORY)

/* protected.c: what fs.protected_* forbid in directories that everybody writes to. */
int may_follow_link(const struct nameidata *nd, const struct inode *link);
int may_create_in_sticky(const struct nameidata *nd, const struct inode *inode);
int may_linkat(struct inode *inode);
/* open_flags.c: may @path be opened with @acc_mode (MAY_*)? Takes out of *flag what its type does not know. */
int may_open(const struct path *path, int acc_mode, int *flag);
/* open.c: the whole open. @root: what "/" means, borrowed, or NULL for the caller's. */
struct file *open_filename(int dfd, struct filename *name, const struct open_flags *op, const struct path *root);
/* open_file.c */
struct file *alloc_empty_file(int flags, const struct cred *cred);
int do_dentry_open_inode(struct file *file, struct inode *inode);
int vfs_open(const struct path *path, struct file *file);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* walk_impl.h - what the files of the path walk (walk.c, walk_state.c, walk_links.c, walk_mounts.c) share with each other alone. */
#ifndef VFS_WALK_IMPL_H
#define VFS_WALK_IMPL_H

#include "namei_impl.h"

/* walk_state.c */
/* What "/" means for the caller becomes nd->root. */
int set_root(struct nameidata *nd);
/* Stand on the root: an absolute path or link. */
int jump_root(struct nameidata *nd);

/* walk_mounts.c */
/* Down through what is mounted on the place, RCU. False: start again. */
bool cross_mounts_rcu(struct nameidata *nd, struct path *path, struct inode **inode, u32 *seqp);
/* The same in ref-walk: path->dentry is referenced; path->mnt is borrowed until *got_mnt says that it was crossed. */
void cross_mounts(struct path *path, bool *jumped, bool *got_mnt);
/* Take a "." or "..". */
int walk_dots(struct nameidata *nd);

/* walk_links.c */
/*
 * @link is a symlink to be followed (ref-walk: its references are consumed). The walk stays in the link's directory.
 * Returns the string to walk next, "" after a jump with nothing left, or ERR_PTR.
 */
const char *pick_link(struct nameidata *nd, struct path *link, struct inode *inode);
/* The innermost link's target was walked to its end. */
void pop_link(struct nameidata *nd);
/* The link just pushed stood at the end of the one before it, which is done with: it takes its place. */
void replace_outer_link(struct nameidata *nd);

#endif

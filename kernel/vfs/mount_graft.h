/* SPDX-License-Identifier: GPL-2.0-only */
/* mount_graft.h - the operations of mount_graft.c, for the two families of mount calls. */
#ifndef VFS_MOUNT_GRAFT_H
#define VFS_MOUNT_GRAFT_H

#include <vfs/namei.h>
#include "mount_impl.h"

/* umount2's flags, which the C library's header has. */
#define MNT_FORCE	1
#define MNT_DETACH	2
#define MNT_EXPIRE	4
#define UMOUNT_NOFOLLOW	8

bool may_mount(void);
bool mount_is_ours(const struct mount *m);
struct mountpoint *lock_mount(struct path *path);
void unlock_mount(struct path *path, struct mountpoint *mp);
int attach_recursive_mnt(struct mount *m, struct mount *dest, struct mountpoint *mp, bool moving);
int graft_tree(struct mount *m, struct mount *dest, struct mountpoint *mp);
int do_add_mount(struct vfsmount *mnt, struct path *path, int mnt_flags);
struct mount *copy_for_bind(const struct path *old, bool recurse);
int do_loopback(struct path *path, const char *old_name, bool recurse);
int do_change_type(const struct path *path, int ms_flags);
int do_reconfigure_mnt(const struct path *path, int mnt_flags);
int reconfigure_super(struct fs_context *fc);
int do_remount(const struct path *path, int sb_flags, int mnt_flags, void *data);
/* MOUNT_ATTR_* as MNT_*; -EINVAL: not one of those that are flags. */
int mount_attr_flags(u64 attr, int *flags);
/* Give @to, which is private, the peer group and the master of @from (MOVE_MOUNT_SET_GROUP). */
int do_set_group(const struct path *from, const struct path *to);
bool has_locked_children(struct mount *m, struct dentry *dentry);
int do_move_mount(struct path *old_path, struct path *new_path);
int do_move_mount_old(struct path *path, const char *old_name);
int umount_name(struct filename *name, int flags);
void mntput_no_expire(struct vfsmount *mnt);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_change.c - changing mounts where they are: flags, kinds of propagation, groups; and superblocks' options.
 *
 * WHAT        mount(2) with MS_REMOUNT or a kind of propagation, mount_setattr(2), move_mount(2) with MOVE_MOUNT_SET_GROUP. Everything is
 *             checked for a whole tree before anything changes.
 * INVARIANTS  G1  A flag that was set when a mount came to a less privileged user namespace (MNT_LOCK_*) is not loosened there.
 *             G2  Between the look for writers and SB_RDONLY no writer begins: mnt_want_write() finds s_becomes_readonly.
 *             P1 of pnode.c: members of a peer group follow the same master.
 * LOCKING     mount_sem > mount_lock; s_umount > mount_lock.
 * ERRORS      -EPERM, -EINVAL, -EBUSY (becoming read-only while somebody writes), -EBADF, -ENOMEM.
 * TESTS       tests/guest/vfs/mount_test.c, tests/guest/vfs/mount_change_test.c, tests/guest/vfs/race_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/vfs_calls.h>
#include <vfs/vfs_port.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include "mount_graft.h"
#include "namei_impl.h"
#include "vfs_impl.h"

/* --- kinds of propagation, and groups --- */

int do_change_type(const struct path *path, int ms_flags)
{
	int type = ms_flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE);
	struct mount *m = real_mount(path->mnt), *p;
	bool recurse = ms_flags & MS_REC;
	int err = 0;

	if (path->dentry != path->mnt->mnt_root || !type || (type & (type - 1)))
		return -EINVAL;
	if (ms_flags & ~(MS_REC | MS_SILENT | type))
		return -EINVAL;
	down_write(&mounts.sem);
	if (!mount_is_ours(m)) {
		err = -EINVAL;
		goto unlock;
	}
	if (type == MS_SHARED) {
		err = invent_group_ids(m, recurse);
		if (err)
			goto unlock;
	}
	lock_mount_hash();
	for (p = m; p; p = recurse ? next_mnt(p, m) : NULL)
		change_mnt_propagation(p, type);
	touch_mnt_ns_locked(m->mnt_ns);
	unlock_mount_hash();
unlock:
	up_write(&mounts.sem);
	return err;
}

/* May @to join the group of @from? */
static int group_checks(const struct path *from_path, const struct path *to_path)
{
	struct mount *from = real_mount(from_path->mnt), *to = real_mount(to_path->mnt);

	if (!from->mnt_ns || !to->mnt_ns)
		return -EINVAL;
	if (!ns_capable(from->mnt_ns->user_ns, CAP_SYS_ADMIN) || !ns_capable(to->mnt_ns->user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	if (from_path->dentry != from->mnt.mnt_root || to_path->dentry != to->mnt.mnt_root)
		return -EINVAL;
	if (from->mnt.mnt_sb != to->mnt.mnt_sb)
		return -EINVAL;
	/* whatever comes to @to has its place below @from, where nothing is hidden from the caller */
	if (!is_subdir(to->mnt.mnt_root, from->mnt.mnt_root) || has_locked_children(from, to->mnt.mnt_root))
		return -EINVAL;
	if ((to->mnt.mnt_flags & MNT_SHARED) || to->mnt_master)
		return -EINVAL;
	return (from->mnt.mnt_flags & MNT_SHARED) || from->mnt_master ? 0 : -EINVAL;
}

/* P1: the master too. mount_lock held. */
static void join_group(struct mount *from, struct mount *to)
{
	if (from->mnt_master) {
		to->mnt_master = from->mnt_master;
		list_add(&to->mnt_slave, &from->mnt_master->mnt_slave_list);
	}
	if (from->mnt.mnt_flags & MNT_SHARED) {
		to->mnt_group_id = from->mnt_group_id;
		list_add(&to->mnt_share, &from->mnt_share);
		change_mnt_propagation(to, MS_SHARED);
	}
	touch_mnt_ns_locked(to->mnt_ns);
}

int do_set_group(const struct path *from, const struct path *to)
{
	int err;

	down_write(&mounts.sem);
	lock_mount_hash();
	err = group_checks(from, to);
	if (!err)
		join_group(real_mount(from->mnt), real_mount(to->mnt));
	unlock_mount_hash();
	up_write(&mounts.sem);
	return err;
}

/* --- flags --- */

static bool lost(int locked, int lock, int flags, int flag)
{
	return (locked & lock) && !(flags & flag);
}

/* G1: would @flags loosen what is locked? */
static bool loosens_locked_flags(const struct mount *m, int flags)
{
	int now = m->mnt.mnt_flags;

	if (lost(now, MNT_LOCK_READONLY, flags, MNT_READONLY) || lost(now, MNT_LOCK_NODEV, flags, MNT_NODEV) ||
	    lost(now, MNT_LOCK_NOSUID, flags, MNT_NOSUID) || lost(now, MNT_LOCK_NOEXEC, flags, MNT_NOEXEC))
		return true;
	return (now & MNT_LOCK_ATIME) && (now & MNT_ATIME_MASK) != (flags & MNT_ATIME_MASK);
}

/* mount_lock held. Where @flags make a mount read-only its writers are held off before, and let go behind. */
static int hold_writers_for(struct mount *m, int flags)
{
	bool must = (flags & MNT_READONLY) && !(m->mnt.mnt_flags & MNT_READONLY);

	return must && !mnt_hold_writers_locked(m) ? -EBUSY : 0;
}

static void set_flags_locked(struct mount *m, int flags)
{
	int keep = m->mnt.mnt_flags & ~MNT_USER_SETTABLE;

	WRITE_ONCE(m->mnt.mnt_flags, keep | (flags & MNT_USER_SETTABLE));
	touch_mnt_ns_locked(m->mnt_ns);
}

static int set_flags_of_one(struct mount *m, int flags)
{
	int err = loosens_locked_flags(m, flags) ? -EPERM : hold_writers_for(m, flags);

	if (err)
		return err;
	set_flags_locked(m, flags);
	mnt_unhold_writers_locked(m);
	return 0;
}

int do_reconfigure_mnt(const struct path *path, int mnt_flags)
{
	struct mount *m = real_mount(path->mnt);
	int err;

	if (!mount_is_ours(m) || path->dentry != path->mnt->mnt_root)
		return -EINVAL;
	down_write(&mounts.sem);
	lock_mount_hash();
	err = set_flags_of_one(m, mnt_flags);
	unlock_mount_hash();
	up_write(&mounts.sem);
	return err;
}

/* mount_lock held: with every writer held off, is there none? They must be let go of. */
static bool hold_super_writers(struct super_block *sb)
{
	struct mount *m;

	list_for_each_entry(m, &sb->s_mounts, mnt_instance) {
		if (!(m->mnt.mnt_flags & MNT_READONLY) && !mnt_hold_writers_locked(m))
			return false;
	}
	return true;
}

/* G2: from here on nobody begins to write, if nobody writes to the superblock through any mount. s_umount is held for writing. */
static int begin_readonly(struct super_block *sb)
{
	struct mount *m;
	bool is_free;

	lock_mount_hash();
	is_free = hold_super_writers(sb);
	if (is_free)
		WRITE_ONCE(sb->s_becomes_readonly, true);
	list_for_each_entry(m, &sb->s_mounts, mnt_instance)
		mnt_unhold_writers_locked(m);	/* pairs with mnt_want_write(): s_becomes_readonly before */
	unlock_mount_hash();
	return is_free ? 0 : -EBUSY;
}

/* s_flags says it now, or it stays writable. */
static void end_readonly(struct super_block *sb)
{
	smp_store_release(&sb->s_becomes_readonly, false);	/* pairs with mnt_is_readonly() */
}

int reconfigure_super(struct fs_context *fc)
{
	struct super_block *sb = fc->root->d_sb;
	bool to_ro = (fc->sb_flags_mask & SB_RDONLY) && (fc->sb_flags & SB_RDONLY) && !sb_rdonly(sb);
	int err = 0;

	if (fc->sb_flags_mask & ~(SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_DIRSYNC | SB_SILENT | SB_POSIXACL |
				  SB_LAZYTIME | SB_I_VERSION))
		return -EINVAL;
	err = security_sb_remount(sb);
	if (err)
		return err;
	if (to_ro) {
		err = begin_readonly(sb);
		if (err)
			return err;
		shrink_dcache_sb(sb);
		sync_filesystem(sb);
	}
	if (fc->ops->reconfigure)
		err = fc->ops->reconfigure(fc);
	if (!err)
		WRITE_ONCE(sb->s_flags, (sb->s_flags & ~fc->sb_flags_mask) | (fc->sb_flags & fc->sb_flags_mask));
	if (to_ro)
		end_readonly(sb);
	return err;
}

/* The superblock's change was made, so this must not fail: a mount that becomes read-only has no writers, its superblock is that already. */
static int remount_locked(struct fs_context *fc, struct mount *m, int mnt_flags)
{
	int err = ns_capable(m->mnt.mnt_sb->s_user_ns, CAP_SYS_ADMIN) ? reconfigure_super(fc) : -EPERM;

	if (err)
		return err;
	lock_mount_hash();
	set_flags_locked(m, mnt_flags);
	unlock_mount_hash();
	return 0;
}

int do_remount(const struct path *path, int sb_flags, int mnt_flags, void *data)
{
	struct super_block *sb = path->mnt->mnt_sb;
	struct fs_context *fc;
	int err;

	if (!mount_is_ours(real_mount(path->mnt)) || path->dentry != path->mnt->mnt_root)
		return -EINVAL;
	/* the superblock's read-only flag is not the mount's */
	mnt_flags &= ~(sb_flags & SB_RDONLY ? 0 : MNT_READONLY);
	if (loosens_locked_flags(real_mount(path->mnt), mnt_flags))
		return -EPERM;
	fc = fs_context_for_reconfigure(path->dentry, sb_flags,
					SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_DIRSYNC | SB_LAZYTIME | SB_I_VERSION);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	err = fc->ops->parse_monolithic ? fc->ops->parse_monolithic(fc, data) : generic_parse_monolithic(fc, data);
	if (!err) {
		down_write(&sb->s_umount);
		err = remount_locked(fc, real_mount(path->mnt), mnt_flags);
		up_write(&sb->s_umount);
	}
	put_fs_context(fc);
	return err;
}

/* --- mount_setattr --- */

int mount_attr_flags(u64 attr, int *flags)
{
	if (attr & ~(u64)(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
			  MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW))
		return -EINVAL;
	*flags = 0;
	if (attr & MOUNT_ATTR_RDONLY)
		*flags |= MNT_READONLY;
	if (attr & MOUNT_ATTR_NOSUID)
		*flags |= MNT_NOSUID;
	if (attr & MOUNT_ATTR_NODEV)
		*flags |= MNT_NODEV;
	if (attr & MOUNT_ATTR_NOEXEC)
		*flags |= MNT_NOEXEC;
	if (attr & MOUNT_ATTR_NODIRATIME)
		*flags |= MNT_NODIRATIME;
	if (attr & MOUNT_ATTR_NOSYMFOLLOW)
		*flags |= MNT_NOSYMFOLLOW;
	switch (attr & MOUNT_ATTR__ATIME) {
	case MOUNT_ATTR_RELATIME:
		*flags |= MNT_RELATIME;
		return 0;
	case MOUNT_ATTR_NOATIME:
		*flags |= MNT_NOATIME;
		return 0;
	case MOUNT_ATTR_STRICTATIME:
		return 0;
	default:
		return -EINVAL;
	}
}

struct setattr {
	int set, clear;		/* MNT_* */
	u64 propagation;
	bool recurse;
	bool idmap;	/* ids are to be mapped */
};

/* The user namespace of descriptor @fd may say how ids are mapped: it is none but the initial one, and the caller's to use. */
static int idmap_checks(u64 userns_fd)
{
	struct user_namespace *ns;
	struct fd f;
	int err;

	if (userns_fd > INT_MAX)
		return -EINVAL;
	f = fdget(userns_fd);
	if (!f.file)
		return -EBADF;
	ns = vfs_user_ns_of(f.file);
	if (!ns)
		err = -EINVAL;
	else
		err = ns != &init_user_ns && ns_capable(ns, CAP_SYS_ADMIN) ? 0 : -EPERM;
	fdput(f);
	return err;
}

static int setattr_flags(const struct mount *p, const struct setattr *sa)
{
	return (p->mnt.mnt_flags & MNT_USER_SETTABLE & ~sa->clear) | sa->set;
}

static int setattr_decode(const struct mount_attr *attr, struct setattr *out)
{
	u64 set = attr->attr_set, clear = attr->attr_clr;
	int err;

	if (attr->propagation & ~(u64)(MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return -EINVAL;
	if (attr->propagation & (attr->propagation - 1))
		return -EINVAL;
	/* access times are one choice: to set one, clear all */
	if (clear & MOUNT_ATTR__ATIME) {
		if ((clear & MOUNT_ATTR__ATIME) != MOUNT_ATTR__ATIME)
			return -EINVAL;
	} else if (set & MOUNT_ATTR__ATIME) {
		return -EINVAL;
	}
	err = mount_attr_flags(set & ~(u64)MOUNT_ATTR_IDMAP, &out->set);
	if (err)
		return err;
	if (!(clear & MOUNT_ATTR__ATIME))
		out->set &= ~MNT_RELATIME;
	err = mount_attr_flags(clear & ~(u64)(MOUNT_ATTR__ATIME | MOUNT_ATTR_IDMAP), &out->clear);
	if (err)
		return err;
	out->clear &= ~MNT_RELATIME;
	if (clear & MOUNT_ATTR__ATIME)
		out->clear |= MNT_RELATIME | MNT_NOATIME;
	out->propagation = attr->propagation;
	if (clear & MOUNT_ATTR_IDMAP)
		return -EINVAL;	/* a mapping stays */
	out->idmap = set & MOUNT_ATTR_IDMAP;
	return out->idmap ? idmap_checks(attr->userns_fd) : 0;
}

/* Can all that is asked for be done to @p? It can then until its writers are let go. */
static int mount_attr_prepare(struct mount *p, const struct setattr *sa)
{
	if (loosens_locked_flags(p, setattr_flags(p, sa)))
		return -EPERM;
	if (sa->idmap)
		return -EINVAL;	/* no file system here maps ids per mount, nor do these in Linux 6.1 */
	return hold_writers_for(p, setattr_flags(p, sa));
}

static void mount_attr_commit(struct mount *p, const struct setattr *sa)
{
	set_flags_locked(p, setattr_flags(p, sa));
	if (sa->propagation)
		change_mnt_propagation(p, sa->propagation);
}

static int setattr_apply(struct mount *m, const struct setattr *sa)
{
	struct mount *p;
	int err = 0;

	lock_mount_hash();
	/* first what can fail */
	for (p = m; p && !err; p = sa->recurse ? next_mnt(p, m) : NULL)
		err = mount_attr_prepare(p, sa);
	for (p = m; p; p = sa->recurse ? next_mnt(p, m) : NULL) {
		if (!err)
			mount_attr_commit(p, sa);
		mnt_unhold_writers_locked(p);
	}
	unlock_mount_hash();
	return err;
}

static int do_setattr(const struct path *path, const struct setattr *sa)
{
	struct mount *m = real_mount(path->mnt);
	int err = 0;

	if (path->dentry != path->mnt->mnt_root)
		return -EINVAL;
	down_write(&mounts.sem);
	if (!mount_is_ours(m) && !(m->mnt_ns && m->mnt_ns->is_anon))
		err = -EINVAL;
	if (!err && sa->propagation == MS_SHARED)
		err = invent_group_ids(m, sa->recurse);
	if (!err) {
		err = setattr_apply(m, sa);
		if (err && sa->propagation == MS_SHARED)
			cleanup_group_ids(m, sa->recurse ? NULL : next_mnt(m, m));
	}
	up_write(&mounts.sem);
	return err;
}

long sys_mount_setattr(int dfd, uaddr_t upath, unsigned int flags, uaddr_t uattr, size_t size)
{
	unsigned int lookup = LOOKUP_FOLLOW;
	struct mount_attr attr;
	struct setattr sa = { 0 };
	struct path path;
	int err;

	if (flags & ~(AT_EMPTY_PATH | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT))
		return -EINVAL;
	if (size > 4096)
		return -E2BIG;
	if (size < MOUNT_ATTR_SIZE_VER0)
		return -EINVAL;
	if (!may_mount())
		return -EPERM;
	err = copy_struct_from_user_size(&attr, sizeof(attr), uattr, size);
	if (err)
		return err;
	if (!attr.attr_set && !attr.attr_clr && !attr.propagation)
		return 0;
	sa.recurse = flags & AT_RECURSIVE;
	err = setattr_decode(&attr, &sa);
	if (err)
		return err;
	if (flags & AT_SYMLINK_NOFOLLOW)
		lookup &= ~LOOKUP_FOLLOW;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(dfd, upath, lookup, &path);
	if (err)
		return err;
	err = do_setattr(&path, &sa);
	path_put(&path);
	return err;
}

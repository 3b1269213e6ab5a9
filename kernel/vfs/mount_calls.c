/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_calls.c - mount(2) and umount2(2): flags to operations.
 *
 * WHAT        The flags choose one operation of mount_graft.c; a new mount goes through an fs_context.
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/vfs_calls.h>
#include <linux/fs.h>
#include "mount_graft.h"

#define MOUNT_DATA_SIZE 4096

struct ms_bit {
	unsigned long ms;
	int mnt;
};

static const struct ms_bit ms_bits[] = {
	{ MS_NOSUID, MNT_NOSUID }, { MS_NODEV, MNT_NODEV }, { MS_NOEXEC, MNT_NOEXEC },
	{ MS_NOATIME, MNT_NOATIME }, { MS_NODIRATIME, MNT_NODIRATIME }, { MS_RDONLY, MNT_READONLY },
	{ MS_NOSYMFOLLOW, MNT_NOSYMFOLLOW },
};

static int ms_to_mnt(unsigned long flags)
{
	int mnt_flags = 0;
	unsigned int i;

	if (!(flags & MS_NOATIME))
		mnt_flags |= MNT_RELATIME;
	for (i = 0; i < ARRAY_SIZE(ms_bits); i++) {
		if (flags & ms_bits[i].ms)
			mnt_flags |= ms_bits[i].mnt;
	}
	if (flags & MS_STRICTATIME)
		mnt_flags &= ~(MNT_RELATIME | MNT_NOATIME);
	return mnt_flags;
}

static bool fs_mount_allowed(const struct file_system_type *type)
{
	return (type->fs_flags & FS_USERNS_MOUNT) || capable(CAP_SYS_ADMIN);
}

static int parse_type_and_data(struct fs_context *fc, const char *type, const char *name, void *data)
{
	const char *subtype = strchr(type, '.');
	int err = 0;

	if (subtype) {
		fc->subtype = kstrdup(subtype + 1, GFP_KERNEL);
		err = fc->subtype ? 0 : -ENOMEM;
	}
	if (!err && name)
		err = vfs_parse_fs_string(fc, "source", name, strlen(name));
	if (err)
		return err;
	return fc->ops->parse_monolithic ? fc->ops->parse_monolithic(fc, data) : generic_parse_monolithic(fc, data);
}

static int do_new_mount(struct path *path, const char *type_name, int sb_flags, int mnt_flags, const char *name, void *data)
{
	struct file_system_type *type;
	struct fs_context *fc;
	struct vfsmount *mnt;
	int err;

	if (!type_name)
		return -EINVAL;
	type = get_fs_type(type_name, strlen(type_name));
	if (!type)
		return -ENODEV;
	if (!fs_mount_allowed(type))
		return -EPERM;
	fc = fs_context_for_mount(type, sb_flags);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	err = parse_type_and_data(fc, type_name, name, data);
	if (!err)
		err = fs_context_may_mount(fc) ? vfs_get_tree(fc) : -EPERM;
	if (!err && (fc->root->d_sb->s_flags & SB_NOUSER))
		err = -EINVAL;
	if (!err)
		err = mount_check_reveals(fc->root->d_sb, &mnt_flags);
	if (err)
		goto put_fc;
	mnt = vfs_create_mount(fc);
	err = PTR_ERR_OR_ZERO(mnt);
	if (err)
		goto put_fc;
	err = do_add_mount(mnt, path, mnt_flags);
	if (err)
		mntput(mnt);
put_fc:
	put_fs_context(fc);
	return err;
}

static int path_mount(const char *dev_name, struct path *path, const char *type, unsigned long flags, void *data)
{
	int mnt_flags, sb_flags, err;

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MSK;
	if (flags & MS_NOUSER)
		return -EINVAL;
	err = security_sb_mount(dev_name, path, type, flags);
	if (err)
		return err;
	if (!may_mount())
		return -EPERM;
	mnt_flags = ms_to_mnt(flags);
	if ((flags & MS_REMOUNT) && !(flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)) &&
	    path->dentry == path->mnt->mnt_root) {
		int atime = MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME;

		mnt_flags = (mnt_flags & ~atime) | (path->mnt->mnt_flags & atime);
	}
	sb_flags = flags & (SB_RDONLY | SB_SYNCHRONOUS | SB_MANDLOCK | SB_DIRSYNC | SB_SILENT | SB_POSIXACL |
			    SB_LAZYTIME | SB_I_VERSION);
	if ((flags & (MS_REMOUNT | MS_BIND)) == (MS_REMOUNT | MS_BIND))
		return do_reconfigure_mnt(path, mnt_flags);
	if (flags & MS_REMOUNT)
		return do_remount(path, sb_flags, mnt_flags, data);
	if (flags & MS_BIND)
		return do_loopback(path, dev_name, flags & MS_REC);
	if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		return do_change_type(path, flags);
	if (flags & MS_MOVE)
		return do_move_mount_old(path, dev_name);
	return do_new_mount(path, type, sb_flags, mnt_flags, dev_name, data);
}

int do_mount(const char *dev_name, const char *dir_name, const char *type, unsigned long flags, void *data)
{
	struct path path;
	int err = kern_path(dir_name, LOOKUP_FOLLOW, &path);

	if (err)
		return err;
	err = path_mount(dev_name, &path, type, flags, data);
	path_put(&path);
	return err;
}

/* --- system calls --- */

static char *copy_string(uaddr_t ustr)
{
	char *text;
	long len;

	if (uaddr_is_null(ustr))
		return NULL;
	text = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!text)
		return ERR_PTR(-ENOMEM);
	len = strncpy_from_user(text, ustr, PATH_MAX);
	if (len >= 0 && len < PATH_MAX)
		return text;
	kfree(text);
	return ERR_PTR(len < 0 ? len : -EINVAL);
}

/* Up to a page; what lies behind an unmapped boundary is taken as zero. */
static char *copy_data(uaddr_t udata)
{
	size_t left;
	char *data;

	if (uaddr_is_null(udata))
		return NULL;
	data = kzalloc(MOUNT_DATA_SIZE + 1, GFP_KERNEL);
	if (!data)
		return ERR_PTR(-ENOMEM);
	left = copy_from_user(data, udata, MOUNT_DATA_SIZE);
	if (left == MOUNT_DATA_SIZE) {
		kfree(data);
		return ERR_PTR(-EFAULT);
	}
	memset(data + MOUNT_DATA_SIZE - left, 0, left);
	return data;
}

static void free_string(char *text)
{
	if (!IS_ERR(text))
		kfree(text);
}

long sys_mount(uaddr_t udev, uaddr_t udir, uaddr_t utype, unsigned long flags, uaddr_t udata)
{
	char *type = copy_string(utype), *dev = copy_string(udev), *data = copy_data(udata);
	struct path path;
	int err = 0;

	if (IS_ERR(type))
		err = PTR_ERR(type);
	else if (IS_ERR(dev))
		err = PTR_ERR(dev);
	else if (IS_ERR(data))
		err = PTR_ERR(data);
	if (!err)
		err = user_path_at(AT_FDCWD, udir, LOOKUP_FOLLOW, &path);
	if (!err) {
		err = path_mount(dev, &path, type, flags, data);
		path_put(&path);
	}
	free_string(data);
	free_string(dev);
	free_string(type);
	return err;
}

long sys_umount2(uaddr_t uname, int flags)
{
	struct filename *name = getname(uname);
	int err = IS_ERR(name) ? (int)PTR_ERR(name) : umount_name(name, flags);

	putname(name);
	return err;
}

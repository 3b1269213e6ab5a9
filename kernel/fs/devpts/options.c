/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c - devpts' mount options.
 *
 * WHAT        uid, gid, mode (of slaves), ptmxmode, max. newinstance is accepted: every mount is its own. A remount begins with
 *             what is in force.
 * ERRORS      -EINVAL for unknown options and values.
 */
#include "devpts_impl.h"
#include <lib/errno.h>
#include <lib/mount_opts.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/seq_file.h>
#include <vfs/vfs_port.h>

enum { OPT_UID, OPT_GID, OPT_MODE, OPT_PTMXMODE, OPT_MAX, OPT_NEWINSTANCE };

static const struct mount_opt table[] = {
	{ "uid", OPT_UID, MOUNT_OPT_U64 },
	{ "gid", OPT_GID, MOUNT_OPT_U64 },
	{ "mode", OPT_MODE, MOUNT_OPT_OCT },
	{ "ptmxmode", OPT_PTMXMODE, MOUNT_OPT_OCT },
	{ "max", OPT_MAX, MOUNT_OPT_U64 },
	{ "newinstance", OPT_NEWINSTANCE, MOUNT_OPT_FLAG },
	{},
};

static bool is_known(const char *key)
{
	for (const struct mount_opt *opt = table; opt->key; opt++)
		if (strcmp(opt->key, key) == 0)
			return true;
	return false;
}

static int set_option(struct devpts_options *o, struct user_namespace *ns, int id, u64 number)
{
	switch (id) {
	case OPT_UID:
		o->uid = make_kuid(ns, (uid_t)number);
		o->has_uid = true;
		return number <= U32_MAX && uid_valid(o->uid) ? 0 : -EINVAL;
	case OPT_GID:
		o->gid = make_kgid(ns, (gid_t)number);
		o->has_gid = true;
		return number <= U32_MAX && gid_valid(o->gid) ? 0 : -EINVAL;
	case OPT_MODE:
		o->mode = number & S_IALLUGO;
		return 0;
	case OPT_PTMXMODE:
		o->ptmx_mode = number & S_IALLUGO;
		return 0;
	case OPT_MAX:
		o->max = (unsigned int)number;
		return number <= PTY_NR_MAX ? 0 : -EINVAL;
	}
	return 0;
}

static int parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct mount_opt_value value = {};
	const char *text = param->type == FS_VALUE_STRING ? param->string : NULL;
	int id;

	if (!is_known(param->key))
		return -ENOPARAM;
	id = mount_opt_match(table, param->key, text, &value);
	if (id >= 0)
		id = set_option(fc->fs_private, fc->user_ns, id, value.number);
	return id < 0 ? invalf(fc, "devpts: bad value for '%s'", param->key) : 0;
}

static const struct fill_super_ops fill_ops = { .fill_super = devpts_fill_super };

static int get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, &fill_ops);
}

static int reconfigure(struct fs_context *fc)
{
	struct devpts *pts = devpts_of(fc->root->d_sb);
	struct inode *ptmx = d_inode(pts->ptmx);

	pts->options = *(struct devpts_options *)fc->fs_private;
	inode_lock(ptmx);
	ptmx->i_mode = S_IFCHR | pts->options.ptmx_mode;
	inode_unlock(ptmx);
	return 0;
}

static void free_context(struct fs_context *fc)
{
	kfree(fc->fs_private);
}

static const struct fs_context_operations context_ops = {
	.free = free_context,
	.parse_param = parse_param,
	.get_tree = get_tree,
	.reconfigure = reconfigure,
};

static bool is_first_mount_ns(void)
{
	return current_mnt_ns() == init_mnt_ns;
}

int devpts_init_fs_context(struct fs_context *fc)
{
	struct devpts_options *o = kzalloc(sizeof(*o), GFP_KERNEL);

	if (!o)
		return -ENOMEM;
	o->mode = 0600;
	o->max = PTY_NR_MAX;
	o->has_reserve = is_first_mount_ns();
	if (fc->purpose == FS_CONTEXT_FOR_RECONFIGURE)
		*o = devpts_of(fc->root->d_sb)->options;
	fc->fs_private = o;
	fc->ops = &context_ops;
	return 0;
}

int devpts_show_options(struct seq_file *m, struct dentry *root)
{
	const struct devpts_options *o = &devpts_of(root->d_sb)->options;

	if (o->has_uid)
		seq_printf(m, ",uid=%u", from_kuid_munged(current_user_ns(), o->uid));
	if (o->has_gid)
		seq_printf(m, ",gid=%u", from_kgid_munged(current_user_ns(), o->gid));
	seq_printf(m, ",mode=%03o,ptmxmode=%03o", o->mode, o->ptmx_mode);
	if (o->max < PTY_NR_MAX)
		seq_printf(m, ",max=%u", o->max);
	return 0;
}

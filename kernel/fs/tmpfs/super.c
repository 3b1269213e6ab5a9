/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * super.c - tmpfs mounts: options, limits, statfs.
 *
 * WHAT        One superblock for each mount; the limits can be changed by a remount.
 * LOCKING     s_umount for the limits.
 */
#include <crypto/random.h>
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/mount_opts.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <tmpfs/tmpfs.h>
#include <vfs/init.h>
#include <vfs/seq_file.h>
#include <linux/magic.h>
#include "tmpfs_impl.h"

enum { OPT_SIZE, OPT_NR_BLOCKS, OPT_NR_INODES, OPT_MODE, OPT_UID, OPT_GID, OPT_HUGE, OPT_MPOL, OPT_INODE32, OPT_INODE64 };

static const struct mount_opt tmpfs_opts[] = {
	{ "size", OPT_SIZE, MOUNT_OPT_SIZE },	     { "nr_blocks", OPT_NR_BLOCKS, MOUNT_OPT_SIZE },
	{ "nr_inodes", OPT_NR_INODES, MOUNT_OPT_SIZE }, { "mode", OPT_MODE, MOUNT_OPT_OCT },
	{ "uid", OPT_UID, MOUNT_OPT_U64 },	     { "gid", OPT_GID, MOUNT_OPT_U64 },
	{ "huge", OPT_HUGE, MOUNT_OPT_STRING },	     { "mpol", OPT_MPOL, MOUNT_OPT_STRING },
	{ "inode32", OPT_INODE32, MOUNT_OPT_FLAG },  { "inode64", OPT_INODE64, MOUNT_OPT_FLAG },
	{ NULL },
};

struct tmpfs_options {
	unsigned long pages, inodes;
	umode_t mode;
	kuid_t uid;
	kgid_t gid;
	bool has_pages, has_inodes, has_mode, has_uid, has_gid;
};

static unsigned long default_pages(void)
{
	return nr_managed_pages() / 2;
}

static int parse_id(struct fs_context *fc, struct tmpfs_options *o, int opt, u64 number)
{
	if (number > U32_MAX)
		return -EINVAL;
	if (opt == OPT_UID) {
		o->uid = make_kuid(current_user_ns(), number);
		o->has_uid = true;
		return uid_valid(o->uid) ? 0 : invalf(fc, "tmpfs: Bad uid");
	}
	o->gid = make_kgid(current_user_ns(), number);
	o->has_gid = true;
	return gid_valid(o->gid) ? 0 : invalf(fc, "tmpfs: Bad gid");
}

static int tmpfs_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct tmpfs_options *o = fc->fs_private;
	struct mount_opt_value v;
	int opt;

	if (streq(param->key, "source"))
		return -ENOPARAM;
	if (param->type != FS_VALUE_FLAG && param->type != FS_VALUE_STRING)
		return -EINVAL;
	opt = mount_opt_match(tmpfs_opts, param->key, param->type == FS_VALUE_STRING ? param->string : NULL, &v);
	if (opt < 0)
		return invalf(fc, "tmpfs: Bad value or unknown parameter '%s'", param->key);
	switch (opt) {
	case OPT_SIZE:
		o->pages = v.is_percent ? nr_managed_pages() * v.number / 100 : DIV_ROUND_UP(v.number, PAGE_SIZE);
		o->has_pages = true;
		return 0;
	case OPT_NR_BLOCKS:
		o->pages = v.number;
		o->has_pages = true;
		return v.is_percent ? -EINVAL : 0;
	case OPT_NR_INODES:
		o->inodes = v.number;
		o->has_inodes = true;
		return v.is_percent ? -EINVAL : 0;
	case OPT_MODE:
		o->mode = v.number & 07777;
		o->has_mode = true;
		return 0;
	case OPT_UID:
	case OPT_GID:
		return parse_id(fc, o, opt, v.number);
	default:
		return 0;	/* huge pages and policies are hints; inode numbers are 64 bits wide */
	}
}

static void tmpfs_free_fc(struct fs_context *fc)
{
	kfree(fc->fs_private);
}

/* --- the superblock --- */

void tmpfs_kill_super(struct super_block *sb)
{
	struct tmpfs_sb *ts = tmpfs_sb(sb);

	kill_litter_super(sb);
	kfree(ts);
}

static int tmpfs_statfs(struct dentry *dentry, struct kstatfs *st)
{
	struct tmpfs_sb *ts = tmpfs_sb(dentry->d_sb);

	st->f_type = TMPFS_MAGIC;
	st->f_bsize = PAGE_SIZE;
	st->f_namelen = 255;
	st->f_fsid = huge_encode_dev(dentry->d_sb->s_dev);
	if (ts->max_pages) {
		long used = atomic_long_read(&ts->used_pages);

		st->f_blocks = ts->max_pages;
		st->f_bfree = st->f_bavail = ts->max_pages - min_t(long, used, ts->max_pages);
	}
	if (ts->max_inodes) {
		st->f_files = ts->max_inodes;
		st->f_ffree = ts->max_inodes - atomic_long_read(&ts->used_inodes);
	}
	return 0;
}

static int tmpfs_show_options(struct seq_file *m, struct dentry *root)
{
	struct tmpfs_sb *ts = tmpfs_sb(root->d_sb);
	struct user_namespace *ns = current_user_ns();

	if (ts->shows_size)
		seq_printf(m, ",size=%luk", ts->max_pages << (PAGE_SHIFT - 10));
	if (ts->shows_inodes)
		seq_printf(m, ",nr_inodes=%lu", ts->max_inodes);
	if (ts->mode != 01777)
		seq_printf(m, ",mode=%03o", ts->mode);
	if (!uid_eq(ts->uid, GLOBAL_ROOT_UID))
		seq_printf(m, ",uid=%u", from_kuid_munged(ns, ts->uid));
	if (!gid_eq(ts->gid, GLOBAL_ROOT_GID))
		seq_printf(m, ",gid=%u", from_kgid_munged(ns, ts->gid));
	seq_puts(m, ",inode64");
	return 0;
}

static const struct super_operations tmpfs_sops = {
	.alloc_inode = tmpfs_alloc_inode,
	.free_inode = tmpfs_free_inode,
	.drop_inode = generic_delete_inode,
	.evict_inode = tmpfs_evict_inode,
	.statfs = tmpfs_statfs,
	.show_options = tmpfs_show_options,
};

static struct tmpfs_sb *tmpfs_sb_create(const struct tmpfs_options *o, bool is_internal)
{
	struct tmpfs_sb *ts = kzalloc(sizeof(*ts), GFP_KERNEL);

	if (!ts)
		return NULL;
	ts->generation = get_random_u32();
	ts->mode = o->has_mode ? o->mode : 01777;
	ts->uid = o->has_uid ? o->uid : current_fsuid();
	ts->gid = o->has_gid ? o->gid : current_fsgid();
	ts->shows_size = o->has_pages;
	ts->shows_inodes = o->has_inodes;
	ts->max_pages = o->has_pages ? o->pages : is_internal ? 0 : default_pages();
	ts->max_inodes = o->has_inodes ? o->inodes : is_internal ? 0 : default_pages();
	return ts;
}

/* Files of the kernel's own mount have no place: their name is what memfd_create() was given. */
static const struct dentry_operations memfd_dops = { .d_dname = simple_dname };

static int tmpfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	/* devtmpfs has an instance of the kernel's too, which programs see */
	bool is_internal = (fc->sb_flags & SB_KERNMOUNT) && streq(sb->s_type->name, "tmpfs");
	struct tmpfs_sb *ts = tmpfs_sb_create(fc->fs_private, is_internal);
	struct inode *root;

	if (!ts)
		return -ENOMEM;
	sb->s_fs_info = ts;
	sb->s_op = &tmpfs_sops;
	sb->s_export_op = &tmpfs_export_ops;
	sb->s_d_op = is_internal ? &memfd_dops : &simple_dentry_operations;
	sb->s_magic = TMPFS_MAGIC;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_time_gran = 1;
	root = tmpfs_new_inode(sb, NULL, S_IFDIR | ts->mode, 0);
	if (IS_ERR(root))
		return PTR_ERR(root);
	root->i_uid = ts->uid;
	root->i_gid = ts->gid;
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static const struct fill_super_ops tmpfs_fill_ops = { .fill_super = tmpfs_fill_super };

static int tmpfs_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, &tmpfs_fill_ops);
}

static int tmpfs_reconfigure(struct fs_context *fc)
{
	const struct tmpfs_options *o = fc->fs_private;
	struct tmpfs_sb *ts = tmpfs_sb(fc->root->d_sb);

	if (o->has_pages && o->pages && (unsigned long)atomic_long_read(&ts->used_pages) > o->pages)
		return invalf(fc, "tmpfs: Too small a size for current use");
	if (o->has_inodes && o->inodes && (unsigned long)atomic_long_read(&ts->used_inodes) > o->inodes)
		return invalf(fc, "tmpfs: Too few inodes for current use");
	if (o->has_pages) {
		ts->max_pages = o->pages;
		ts->shows_size = true;
	}
	if (o->has_inodes) {
		ts->max_inodes = o->inodes;
		ts->shows_inodes = true;
	}
	return 0;
}

static const struct fs_context_operations tmpfs_fc_ops = {
	.free = tmpfs_free_fc,
	.parse_param = tmpfs_parse_param,
	.get_tree = tmpfs_get_tree,
	.reconfigure = tmpfs_reconfigure,
};

int tmpfs_init_fs_context(struct fs_context *fc)
{
	fc->fs_private = kzalloc(sizeof(struct tmpfs_options), GFP_KERNEL);
	if (!fc->fs_private)
		return -ENOMEM;
	fc->ops = &tmpfs_fc_ops;
	return 0;
}

static const struct fs_type_ops tmpfs_type_ops = {
	.init_fs_context = tmpfs_init_fs_context, .kill_sb = tmpfs_kill_super,
};

struct tmpfs_types {
	struct file_system_type tmpfs, rootfs;
};
static struct tmpfs_types types = {
	.tmpfs = { .name = "tmpfs", .fs_flags = FS_USERNS_MOUNT, .ops = &tmpfs_type_ops },
	.rootfs = { .name = "rootfs", .ops = &tmpfs_type_ops },
};

void tmpfs_init(void)
{
	int err;

	tmpfs_inode_cache_init();
	KASSERT(!register_filesystem(&types.rootfs));
	KASSERT(!register_filesystem(&types.tmpfs));
	memfd_init();
	err = vfs_mount_root("rootfs", "mode=755");
	KASSERT(!err);
}

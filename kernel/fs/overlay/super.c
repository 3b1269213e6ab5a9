/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * super.c - mounting an overlay: resolve the layers, clone their mounts, make the root.
 *
 * WHAT        lowerdir's directories, top first, become private mounts; an upperdir with its workdir may stand above
 *             them. The root is a merged directory of all. Names below it are made on lookup.
 * INVARIANTS  I1  Layers are private clones of mounts: what is mounted over or unmounted elsewhere does not matter any more.
 *             I2  upperdir and workdir are on one mount and neither contains the other; workdir/work is emptied at mount.
 *             I3  The superblock stands above all its layers: s_stack_depth is one more than the deepest.
 * ERRORS      -EINVAL (no lowerdir, bad layout), -ENOTDIR, -EROFS, -ENOENT, -ELOOP... each with a line that says what.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <log/printk.h>
#include <overlay/overlay.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <vfs/namei.h>
#include <vfs/mount.h>
#include <vfs/posix_acl.h>
#include <vfs/xattr.h>
#include "overlay_impl.h"

#define OVERLAYFS_MAGIC 0x794c7630

static const struct object_type ovl_inode_type = { .name = "ovl_inode", .owner = "overlay", .id = 0x0c01, .version = 1 };

static struct {
	struct kmem_cache *inodes; /* __final */
} overlay;

/* --- inode memory -------------------------------------------------------------------------------------- */

static struct inode *ovl_alloc_inode(struct super_block *sb)
{
	struct ovl_inode *oi = kmem_cache_alloc(overlay.inodes, GFP_KERNEL | __GFP_ZERO);

	if (!oi)
		return NULL;
	inode_init_once(&oi->vfs);
	mutex_init(&oi->lock, RANK_INODE);
	return &oi->vfs;
}

static void ovl_destroy_inode(struct inode *inode)
{
	dput(ovl_inode(inode)->upper);
	dput(ovl_inode(inode)->lower.dentry);
}

static void ovl_free_inode(struct inode *inode)
{
	kmem_cache_free(overlay.inodes, ovl_inode(inode));
}

/* --- super operations ---------------------------------------------------------------------------------- */

static void ovl_fs_free(struct ovl_fs *ofs)
{
	if (!ofs)
		return;
	dput(ofs->workdir);
	for (u32 i = 0; i < ofs->nr_layers; i++)
		mntput(ofs->layers[i]);
	kfree(ofs->layers);
	if (ofs->upper_mnt)
		mntput(ofs->upper_mnt);
	ovl_config_free(&ofs->config);
	if (ofs->cred)
		put_cred(ofs->cred);
	kfree(ofs);
}

static void ovl_put_super(struct super_block *sb)
{
	ovl_fs_free(ovl_fs(sb));
	sb->s_fs_info = NULL;
}

static int ovl_statfs(struct dentry *dentry, struct kstatfs *st)
{
	struct path real;
	int ret;

	ovl_real_path(d_inode(dentry->d_sb->s_root), dentry->d_sb, &real);
	ret = vfs_statfs(&real, st);
	st->f_type = OVERLAYFS_MAGIC;
	return ret;
}

static int ovl_sync_fs(struct super_block *sb, bool wait)
{
	struct vfsmount *upper = ovl_fs(sb)->upper_mnt;
	int ret;

	if (!upper || ovl_fs(sb)->config.is_volatile || !wait)
		return 0;
	/* sync(2) holds ours, without a depth */
	down_read_nested(&upper->mnt_sb->s_umount, FILESYSTEM_MAX_STACK_DEPTH - upper->mnt_sb->s_stack_depth);
	ret = sync_filesystem(upper->mnt_sb);
	up_read(&upper->mnt_sb->s_umount);
	return ret;
}

static const struct super_operations ovl_super_ops = {
	.alloc_inode = ovl_alloc_inode,
	.destroy_inode = ovl_destroy_inode,
	.free_inode = ovl_free_inode,
	.drop_inode = generic_delete_inode,
	.put_super = ovl_put_super,
	.sync_fs = ovl_sync_fs,
	.statfs = ovl_statfs,
	.show_options = ovl_show_options,
};

/* --- layers -------------------------------------------------------------------------------------------- */

static int ovl_lookup_dir(struct fs_context *fc, const char *what, const char *name, struct path *path)
{
	int ret = kern_path(name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, path);

	if (ret)
		pr_warn("overlay: %s %s: error %d\n", what, name, ret);
	return ret;
}

/* Cut the next layer off "a:b\:c"; unescapes in place. NULL at the end. */
static char *ovl_next_layer(char **cursor)
{
	char *start = *cursor, *out = start, *in = start;

	if (!in)
		return NULL;
	while (*in && *in != ':') {
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in++;
	}
	*cursor = *in ? in + 1 : NULL;
	*out = 0;
	return start;
}

/* I1. Consumes the path. */
static int ovl_add_lower(struct ovl_fs *ofs, struct super_block *sb, struct path *path, struct ovl_entry *roots)
{
	struct vfsmount *mnt = clone_private_mount(path);

	if (IS_ERR(mnt)) {
		path_put(path);
		return PTR_ERR(mnt);
	}
	mnt->mnt_flags |= MNT_READONLY | MNT_NOATIME;
	ofs->layers[ofs->nr_layers++] = mnt;
	roots->lower[roots->nr_lower++] = (struct ovl_path){ mnt, dget(path->dentry) };
	sb->s_stack_depth = max_t(u8, sb->s_stack_depth, path->mnt->mnt_sb->s_stack_depth + 1);
	path_put(path);
	return 0;
}

static u32 ovl_count_layers(const char *s)
{
	u32 n = 1;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == ':')
			n++;
	}
	return n;
}

static struct ovl_entry *ovl_get_lowers(struct fs_context *fc, struct ovl_fs *ofs, struct super_block *sb)
{
	u32 nr = ovl_count_layers(ofs->config.lowerdir);
	char *copy, *cursor, *name;
	struct ovl_entry *roots;
	int ret = 0;

	if (nr > OVL_MAX_LAYERS)
		return ERR_PTR(invalf(fc, "overlay: more than %d lower layers", OVL_MAX_LAYERS));
	roots = ovl_entry_alloc(nr);
	copy = cursor = kstrdup(ofs->config.lowerdir, GFP_KERNEL);
	ofs->layers = kcalloc(nr, sizeof(*ofs->layers), GFP_KERNEL);
	if (!roots || !copy || !ofs->layers)
		ret = -ENOMEM;
	else
		roots->nr_lower = 0;
	while (!ret && (name = ovl_next_layer(&cursor))) {
		struct path path;

		ret = ovl_lookup_dir(fc, "lowerdir", name, &path);
		if (!ret)
			ret = ovl_add_lower(ofs, sb, &path, roots);
	}
	kfree(copy);
	if (!ret)
		return roots;
	if (roots && ret != -ENOMEM)
		ovl_entry_free(roots);
	return ERR_PTR(ret);
}

/* What is made in the work directory gets only the lists it is given. */
static int ovl_remove_lists(struct dentry *work)
{
	int ret;

	if (!d_inode(work)->i_op->get_acl)
		return 0;
	inode_lock_nested(d_inode(work), I_MUTEX_CHILD);
	ret = __vfs_removexattr(work, posix_acl_name(ACL_OF_CHILDREN));
	if (!ret)
		ret = __vfs_removexattr(work, posix_acl_name(ACL_OF_OBJECT));
	inode_unlock(d_inode(work));
	return ret;
}

/* Empty and (re)make workdir/work. */
static int ovl_make_workdir(struct ovl_fs *ofs, struct dentry *dir)
{
	struct dentry *work;
	int ret = 0;

	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	work = lookup_one_len("work", dir, 4);
	if (IS_ERR(work)) {
		ret = PTR_ERR(work);
	} else if (d_really_is_negative(work)) {
		ret = vfs_mkdir(d_inode(dir), work, 0);
	} else if (!d_is_dir(work)) {
		ret = -ENOTDIR;
	}
	if (!ret)
		ret = ovl_remove_lists(work);
	inode_unlock(d_inode(dir));
	if (ret) {
		if (!IS_ERR(work))
			dput(work);
		return ret;
	}
	ofs->workdir = work;
	return 0;
}

static int ovl_get_upper(struct fs_context *fc, struct ovl_fs *ofs, struct super_block *sb, struct dentry **root)
{
	struct path upper, work;
	int ret = ovl_lookup_dir(fc, "upperdir", ofs->config.upperdir, &upper);

	if (ret)
		return ret;
	ret = ovl_lookup_dir(fc, "workdir", ofs->config.workdir, &work);
	if (ret)
		goto put_upper;
	ret = -EINVAL;
	if (upper.mnt != work.mnt || is_subdir(upper.dentry, work.dentry) || is_subdir(work.dentry, upper.dentry)) {
		pr_warn("overlay: workdir and upperdir must be two trees of one mount\n"); /* I2 */
		goto put_work;
	}
	ofs->upper_mnt = clone_private_mount(&upper);
	ret = PTR_ERR(ofs->upper_mnt);
	if (IS_ERR(ofs->upper_mnt)) {
		ofs->upper_mnt = NULL;
		goto put_work;
	}
	ofs->upper_mnt->mnt_flags &= ~(MNT_NOATIME | MNT_NODIRATIME | MNT_RELATIME);
	ret = mnt_want_write(ofs->upper_mnt);
	if (ret)
		goto put_work;
	ret = ovl_make_workdir(ofs, work.dentry);
	mnt_drop_write(ofs->upper_mnt);
	if (!ret) {
		*root = dget(upper.dentry);
		sb->s_stack_depth = max_t(u8, sb->s_stack_depth, upper.mnt->mnt_sb->s_stack_depth + 1);
	}
put_work:
	path_put(&work);
put_upper:
	path_put(&upper);
	return ret;
}

static int ovl_make_root(struct super_block *sb, struct dentry *upper, struct ovl_entry *roots)
{
	struct inode *inode = ovl_get_inode(sb, upper, roots);

	if (IS_ERR(inode)) {
		ovl_entry_free(roots);
		return PTR_ERR(inode);
	}
	sb->s_root = d_make_root(inode);
	if (!sb->s_root) {
		ovl_entry_free(roots);
		return -ENOMEM;
	}
	sb->s_root->d_fsdata = roots;
	return 0;
}

static int ovl_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct ovl_fs *ofs = kzalloc(sizeof(*ofs), GFP_KERNEL);
	struct ovl_config *config = ovl_context_config(fc);
	struct dentry *upper = NULL;
	struct ovl_entry *roots;
	int ret;

	if (!ofs)
		return -ENOMEM;
	sb->s_fs_info = ofs; /* ovl_kill_sb() frees it */
	ofs->config = *config;
	*config = (struct ovl_config){ 0 };
	ofs->cred = get_cred(current_cred());
	sb->s_op = &ovl_super_ops;
	sb->s_d_op = &ovl_dentry_ops;
	sb->s_magic = OVERLAYFS_MAGIC;
	sb->s_maxbytes = S64_MAX;
	sb->s_time_gran = 1;

	if (!ofs->config.lowerdir)
		return invalf(fc, "overlay: lowerdir is missing");
	if (!ofs->config.upperdir != !ofs->config.workdir)
		return invalf(fc, "overlay: upperdir and workdir go together");
	if (ofs->config.upperdir) {
		ret = ovl_get_upper(fc, ofs, sb, &upper);
		if (ret)
			return ret;
	} else {
		sb->s_flags |= SB_RDONLY;
	}
	roots = ovl_get_lowers(fc, ofs, sb);
	ret = PTR_ERR(roots);
	if (IS_ERR(roots) || sb->s_stack_depth > OVL_MAX_STACK) { /* I3 */
		if (!IS_ERR(roots)) {
			ovl_entry_free(roots);
			ret = -EINVAL;
		}
		dput(upper);
		return ret;
	}
	return ovl_make_root(sb, upper, roots);
}

static const struct fill_super_ops ovl_fill_ops = { .fill_super = ovl_fill_super };

int ovl_get_tree(struct fs_context *fc)
{
	return get_tree_nodev(fc, &ovl_fill_ops);
}

static int ovl_init_context(struct fs_context *fc)
{
	fc->fs_private = kzalloc(sizeof(struct ovl_config), GFP_KERNEL);
	if (!fc->fs_private)
		return -ENOMEM;
	fc->ops = &ovl_context_ops;
	return 0;
}

static void ovl_kill_sb(struct super_block *sb)
{
	kill_anon_super(sb);
	ovl_fs_free(ovl_fs(sb)); /* when it never got a root, put_super was not called */
	sb->s_fs_info = NULL;
}

static const struct fs_type_ops ovl_type_ops = { .init_fs_context = ovl_init_context, .kill_sb = ovl_kill_sb };
static struct file_system_type ovl_fs_type = { .name = "overlay", .fs_flags = FS_USERNS_MOUNT, .ops = &ovl_type_ops };

void overlay_init(void)
{
	overlay.inodes = kmem_cache_create(&ovl_inode_type, sizeof(struct ovl_inode), 0,
					   SLAB_RECLAIMABLE | SLAB_ACCOUNT | SLAB_PANIC);
	KASSERT(!register_filesystem(&ovl_fs_type));
}

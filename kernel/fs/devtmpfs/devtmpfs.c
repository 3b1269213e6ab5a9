/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * devtmpfs.c - /dev as the kernel knows it.
 *
 * WHAT        One tmpfs instance, mounted by the kernel itself, in which every registered device has a node. Each mount of type devtmpfs
 *             shows this instance; what programs add or change stays.
 * INVARIANTS  D1  A node is made when its device is registered (also for those registered before) and removed with it, unless
 *                 a program replaced it by something else.
 * LOCKING     The device list's lock is held around a notification; directories by their i_rwsem.
 * ERRORS      A node that cannot be made is reported in the log; the device works without.
 */
#include <devtmpfs/devtmpfs.h>
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <log/printk.h>
#include <tmpfs/tmpfs.h>
#include <vfs/chrdev.h>
#include <vfs/dentry.h>
#include <vfs/inode.h>
#include <vfs/libfs.h>
#include <vfs/mount.h>
#include <vfs/namei.h>
#include <vfs/super.h>

#define NODE_NAME_MAX 64

struct devtmpfs {
	struct vfsmount *mnt;	/* __final: the one instance */
	struct chrdev_listener listener;
	struct file_system_type type;
	struct fs_context_operations shared_ops;
};

static int devtmpfs_init_fs_context(struct fs_context *fc);
static void node_added(struct chrdev_listener *listener, const struct chrdev *cdev);
static void node_removed(struct chrdev_listener *listener, const struct chrdev *cdev);

static const struct fs_type_ops devtmpfs_type_ops = {
	.init_fs_context = devtmpfs_init_fs_context, .kill_sb = tmpfs_kill_super,
};
static const struct chrdev_listener_ops listener_ops = { .added = node_added, .removed = node_removed };

static struct devtmpfs devtmpfs = {
	.listener = { .ops = &listener_ops },
	.type = { .name = "devtmpfs", .ops = &devtmpfs_type_ops },
};

/* --- mounting --- */

static int shared_get_tree(struct fs_context *fc)
{
	struct super_block *sb = devtmpfs.mnt->mnt_sb;

	atomic_inc(&sb->s_active);
	fc->root = dget(sb->s_root);
	return 0;
}

/* The first context makes the instance; later ones show it. */
static int devtmpfs_init_fs_context(struct fs_context *fc)
{
	int err = tmpfs_init_fs_context(fc);

	if (err || !devtmpfs.mnt)
		return err;
	if (fc->purpose == FS_CONTEXT_FOR_MOUNT) {
		devtmpfs.shared_ops = *fc->ops;
		devtmpfs.shared_ops.get_tree = shared_get_tree;
		fc->ops = &devtmpfs.shared_ops;
	}
	return 0;
}

/* --- nodes --- */

/* The child @name (len bytes) of @dir, made as a directory if it is not there. Consumes @dir. */
static struct dentry *open_dir(struct dentry *dir, const char *name, int len)
{
	struct dentry *child;
	int err = 0;

	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	child = lookup_one_len(name, dir, len);
	if (!IS_ERR(child) && d_is_negative(child))
		err = vfs_mkdir(d_inode(dir), child, 0755);
	inode_unlock(d_inode(dir));
	dput(dir);
	if (!IS_ERR(child) && err) {
		dput(child);
		return ERR_PTR(err);
	}
	return child;
}

/* The directory of @path, made as needed; *last is the final component. */
static struct dentry *node_dir(const char *path, const char **last)
{
	struct dentry *dir = dget(devtmpfs.mnt->mnt_root);
	const char *slash;

	while (!IS_ERR(dir) && (slash = strchr(path, '/'))) {
		dir = open_dir(dir, path, slash - path);
		path = slash + 1;
	}
	*last = path;
	return dir;
}

static int make_node(const char *path, umode_t mode, dev_t dev)
{
	const char *last;
	struct dentry *dir = node_dir(path, &last), *node;
	int err;

	if (IS_ERR(dir))
		return PTR_ERR(dir);
	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	node = lookup_one_len(last, dir, strlen(last));
	err = PTR_ERR_OR_ZERO(node);
	if (!err) {
		if (d_is_negative(node))
			err = vfs_mknod(d_inode(dir), node, mode, dev);
		dput(node);
	}
	inode_unlock(d_inode(dir));
	dput(dir);
	return err;
}

static void remove_node(const char *path, dev_t dev)
{
	const char *last;
	struct dentry *dir = node_dir(path, &last), *node;

	if (IS_ERR(dir))
		return;
	inode_lock_nested(d_inode(dir), I_MUTEX_PARENT);
	node = lookup_one_len(last, dir, strlen(last));
	if (!IS_ERR(node)) {
		if (d_is_positive(node) && d_inode(node)->i_rdev == dev)	/* D1 */
			vfs_unlink(d_inode(dir), node);
		dput(node);
	}
	inode_unlock(d_inode(dir));
	dput(dir);
}

static void node_added(struct chrdev_listener *listener, const struct chrdev *cdev)
{
	umode_t mode = S_IFCHR | (cdev->mode ? cdev->mode : 0600);
	unsigned int i, n = cdev->count ? cdev->count : 1;
	char name[NODE_NAME_MAX];

	for (i = 0; i < n && !cdev->no_nodes; i++) {
		int err;

		if (chrdev_node_name(cdev, i, name, sizeof(name)) < 0)
			return;
		err = make_node(name, mode, cdev->first + i);
		if (err)
			pr_err("devtmpfs: %s: error %d\n", name, err);
	}
}

static void node_removed(struct chrdev_listener *listener, const struct chrdev *cdev)
{
	unsigned int i, n = cdev->count ? cdev->count : 1;
	char name[NODE_NAME_MAX];

	for (i = 0; i < n && !cdev->no_nodes; i++) {
		if (chrdev_node_name(cdev, i, name, sizeof(name)) < 0)
			return;
		remove_node(name, cdev->first + i);
	}
}

void devtmpfs_init(void)
{
	struct vfsmount *mnt;

	KASSERT(!register_filesystem(&devtmpfs.type));
	mnt = kern_mount(&devtmpfs.type);
	KASSERT(!IS_ERR(mnt));
	d_inode(mnt->mnt_root)->i_mode = S_IFDIR | 0755;
	devtmpfs.mnt = mnt;
	chrdev_listen(&devtmpfs.listener);
}

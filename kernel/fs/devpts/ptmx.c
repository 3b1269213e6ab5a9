/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ptmx.c - opening ptmx: a number, a pair, a name.
 *
 * WHAT        The node inside a devpts makes pairs of that devpts; any other node 5:2 those of the devpts mounted on "pts" in
 *             the directory it lies in.
 * INVARIANTS  X1  A number is taken from before the pair exists until the pair's last user is gone (ops->release). While
 *                 nobody may open it, before and after, it leads to the devpts itself, which is no pair.
 *             X2  No more than pty_limits.max pairs exist in all, without the reserve for mounts from other namespaces.
 * LOCKING     pts->lock: numbers, the count of pairs by atomic.
 * ERRORS      open: -ENODEV (no devpts there), -ENOSPC (max, limit), -ENOMEM.
 * TESTS       tests/guest/tty/devpts_test.c, pty_test.c
 */
#include "devpts_impl.h"
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <linux/major.h>
#include <log/printk.h>
#include <process/tty_hooks.h>
#include <vfs/chrdev.h>
#include <vfs/libfs.h>
#include <vfs/mount.h>
#include <vfs/namei.h>

#define INO_SLAVES 3   /* inode number of slave 0 */

static struct {
	struct chrdev chrdev;
} ptmx;

static struct devpts *of_home(struct pty_home *home)
{
	return container_of(home, struct devpts, home);
}

/* --- which devpts ---------------------------------------------------------------------------------------------------- */

static int path_beside(const struct path *node, struct path *out)
{
	struct dentry *parent = dget_parent(node->dentry);
	int ret = vfs_path_lookup(parent, node->mnt, "pts", LOOKUP_DIRECTORY, out);

	dput(parent);
	if (ret)
		return ret;
	if (is_devpts(out->dentry->d_sb) && out->dentry == out->dentry->d_sb->s_root)
		return 0;
	path_put(out);
	return -ENODEV;
}

/* The root of the devpts that a file of ptmx belongs to; @out gets references. */
static int find_devpts(struct file *file, struct path *out)
{
	struct super_block *sb = file_dentry(file)->d_sb;

	if (!is_devpts(sb))
		return path_beside(&file->f_path, out);
	*out = (struct path){ .mnt = mntget(file->f_path.mnt), .dentry = dget(sb->s_root) };
	return 0;
}

/* --- numbers --------------------------------------------------------------------------------------------------------- */

static int take_number(struct devpts *pts)
{
	int index;

	int limit = READ_ONCE(pty_limits.max) - (pts->options.has_reserve ? 0 : READ_ONCE(pty_limits.reserve));

	if (atomic_inc_return(&pty_limits.nr) > limit) { /* X2 */
		atomic_dec(&pty_limits.nr);
		return -ENOSPC;
	}
	mutex_lock(&pts->lock);
	index = pts->options.max ? idr_alloc(&pts->numbers, pts, 0, (int)pts->options.max, GFP_KERNEL) : -ENOSPC;
	mutex_unlock(&pts->lock);
	if (index < 0)
		atomic_dec(&pty_limits.nr);
	return index;
}

/* X1 */
static void point_number(struct devpts *pts, unsigned int index, void *to)
{
	with_mutex(&pts->lock);
	idr_replace(&pts->numbers, to, index);
}

static void release_number(struct pty_home *home, unsigned int index)
{
	struct devpts *pts = of_home(home);

	mutex_lock(&pts->lock);
	idr_remove(&pts->numbers, index);
	mutex_unlock(&pts->lock);
	atomic_dec(&pty_limits.nr);
	deactivate_super(pts->sb); /* D1 */
}

static struct pty *lookup_pair(struct inode *inode)
{
	struct devpts *pts;
	struct pty *pty;

	if (!is_devpts(inode->i_sb))
		return NULL;
	pts = devpts_of(inode->i_sb);
	with_mutex(&pts->lock);
	pty = idr_find(&pts->numbers, MINOR(inode->i_rdev));
	return pty && (void *)pty != pts && pty_tryget(pty) ? pty : NULL;
}

static const struct pty_lookup_ops lookup_ops = { .lookup = lookup_pair };

/* --- names ------------------------------------------------------------------------------------------------------------ */

static struct dentry *find_name(struct devpts *pts, unsigned int index)
{
	char name[12];
	struct qstr qstr = { .name = name, .len = snprintf(name, sizeof(name), "%u", index) };

	qstr.hash = d_name_hash(pts->sb->s_root, name, qstr.len);
	return d_lookup(pts->sb->s_root, &qstr);
}

static int make_name(struct devpts *pts, unsigned int index)
{
	struct dentry *root = pts->sb->s_root, *dentry;
	struct inode *inode;
	char name[12];
	int len = snprintf(name, sizeof(name), "%u", index);

	inode = devpts_new_node(pts, INO_SLAVES + index, pts->options.mode, MKDEV(UNIX98_PTY_SLAVE_MAJOR, index));
	if (!inode)
		return -ENOMEM;
	inode_lock(d_inode(root));
	dentry = lookup_one_len(name, root, len);
	if (!IS_ERR(dentry)) {
		d_make_persistent(dentry, inode);
		dput(dentry); /* the pin stays */
	}
	inode_unlock(d_inode(root));
	if (IS_ERR(dentry)) {
		iput(inode);
		return PTR_ERR(dentry);
	}
	return 0;
}

static void unlink_slave(struct pty_home *home, unsigned int index)
{
	struct devpts *pts = of_home(home);
	struct dentry *dentry = find_name(pts, index);

	point_number(pts, index, pts);
	if (!dentry)
		return;
	simple_remove(dentry);
	dput(dentry);
}

static int peer_path(struct pty_home *home, unsigned int index, struct file *master, struct path *path)
{
	struct devpts *pts = of_home(home);
	struct dentry *dentry;
	int ret = find_devpts(master, path);

	if (ret)
		return ret;
	dentry = path->dentry->d_sb == pts->sb ? find_name(pts, index) : NULL;
	if (!dentry) {
		path_put(path);
		return -ENODEV;
	}
	dput(path->dentry);
	path->dentry = dentry;
	return 0;
}

const struct pty_home_ops devpts_home_ops = {
	.unlink = unlink_slave,
	.release = release_number,
	.peer_path = peer_path,
};

/* --- open ----------------------------------------------------------------------------------------------------------- */

/* A numbered and named pair. ERR_PTR. */
static struct pty *make_pair(struct devpts *pts)
{
	int index = take_number(pts), ret;
	struct pty *pty;

	if (index < 0)
		return ERR_PTR(index);
	atomic_inc(&pts->sb->s_active); /* D1; the caller's path holds one */
	pty = pty_create(&pts->home, (unsigned int)index);
	if (IS_ERR(pty)) {
		release_number(&pts->home, (unsigned int)index);
		return pty;
	}
	point_number(pts, (unsigned int)index, pty);
	ret = make_name(pts, (unsigned int)index);
	if (!ret)
		return pty;
	point_number(pts, (unsigned int)index, pts);
	pty_put(pty);
	return ERR_PTR(ret);
}

static int ptmx_open(struct inode *inode, struct file *file)
{
	struct path path;
	struct pty *pty;
	int ret = find_devpts(file, &path);

	if (ret)
		return ret;
	pty = make_pair(devpts_of(path.dentry->d_sb));
	path_put(&path);
	return IS_ERR(pty) ? PTR_ERR(pty) : pty_open_master(pty, file);
}

static const struct file_operations ptmx_fops = {
	.llseek = no_llseek,
	.read = pty_master_read,
	.write = pty_master_write,
	.poll = pty_master_poll,
	.ioctl = pty_master_ioctl,
	.open = ptmx_open,
	.release = pty_master_release,
	.fasync = pty_master_fasync,
};

void ptmx_init(void)
{
	ptmx.chrdev = (struct chrdev){ .name = "ptmx", .class_name = "tty", .first = MKDEV(TTYAUX_MAJOR, PTMX_MINOR),
				       .mode = 0666, .fops = &ptmx_fops };
	if (chrdev_register(&ptmx.chrdev))
		pr_warn("devpts: /dev/ptmx is taken\n");
	pty_register_lookup(&lookup_ops);
}

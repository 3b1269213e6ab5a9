/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysfs.c - the node trees as file systems: "sysfs" shows sysfs_root, "debugfs" debugfs_root.
 *
 * WHAT        Inodes are made on lookup and hold a reference on their node. Opening an attribute prepares its text when it is first
 *             read, so a reader sees one state of it.
 * ERRORS      -ENODEV: the node was removed. -EINVAL: longer than a page. -EACCES, -EIO: not an attribute that can be written.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <mm/iter.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/libfs.h>
#include <vfs/seq_file.h>
#include <vfs/super.h>
#include "node_impl.h"

#define SYSFS_TEXT_MAX 65536
#define SYSFS_WRITE_MAX 4095

static struct inode *sysfs_get_inode(struct super_block *sb, struct sysfs_node *node);

static struct sysfs_node *inode_node(struct inode *inode)
{
	return inode->i_private;
}

/* --- directories --------------------------------------------------------------------------------------- */

static struct dentry *sysfs_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct sysfs_node *node = sysfs_lookup_child(inode_node(dir), dentry->d_name.name, dentry->d_name.len);
	struct inode *inode;

	if (!node)
		return ERR_PTR(-ENOENT);
	inode = sysfs_get_inode(dir->i_sb, node);
	if (!inode) {
		sysfs_node_put(node);
		return ERR_PTR(-ENOMEM);
	}
	return d_splice_alias(inode, dentry);
}

static int sysfs_iterate(struct file *file, struct dir_context *ctx)
{
	struct sysfs_node *dir = inode_node(file_inode(file)), *node;

	if (!dir_emit_dots(file, ctx))
		return 0;
	while ((node = sysfs_child_at(dir, ctx->pos - 2))) {
		bool room = dir_emit(ctx, node->name, strlen(node->name), node->ino, fs_umode_to_dtype(node->mode));

		sysfs_node_put(node);
		if (!room)
			break;
		ctx->pos++;
	}
	return 0;
}

static int sysfs_d_revalidate(struct dentry *dentry, unsigned int flags)
{
	return d_really_is_positive(dentry) && !READ_ONCE(inode_node(d_inode(dentry))->is_dead);
}

static const struct dentry_operations sysfs_dentry_ops = { .d_revalidate = sysfs_d_revalidate };
static const struct inode_operations sysfs_dir_iops = { .lookup = sysfs_lookup, .setattr = simple_setattr };
static const struct file_operations sysfs_dir_fops = { .llseek = generic_file_llseek, .iterate = sysfs_iterate };

static const char *sysfs_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	return inode_node(inode)->target;
}

static const struct inode_operations sysfs_link_iops = { .get_link = sysfs_get_link };

/* --- attributes ---------------------------------------------------------------------------------------- */

static int sysfs_show_size(struct seq_file *m, struct sysfs_node *node, size_t size)
{
	struct report_writer writer = { .buf = kvmalloc(size, GFP_KERNEL), .size = size };

	if (!writer.buf)
		return -ENOMEM;
	node->ops->show(node->priv, &writer);
	if (writer.len <= size)
		seq_write(m, writer.buf, writer.len);
	kvfree(writer.buf);
	return writer.len <= size ? 0 : -EFBIG;
}

static int sysfs_show(struct seq_file *m, void *v)
{
	struct sysfs_node *node = m->private;
	int ret = -EFBIG;

	if (!sysfs_node_begin(node))
		return -ENODEV;
	for (size_t size = PAGE_SIZE; ret == -EFBIG && size <= SYSFS_TEXT_MAX; size *= 4)
		ret = sysfs_show_size(m, node, size);
	sysfs_node_end(node);
	return ret;
}

static const struct seq_operations sysfs_show_ops = { .show = sysfs_show };

static int sysfs_open(struct inode *inode, struct file *file)
{
	struct sysfs_node *node = inode_node(inode);
	int ret;

	if ((file->f_mode & FMODE_WRITE) && !node->ops->store)
		return -EACCES;
	if ((file->f_mode & FMODE_READ) && !node->ops->show)
		return -EACCES;
	ret = single_open(file, &sysfs_show_ops, node);
	if (!ret)
		file->f_mode |= FMODE_PWRITE; /* attributes take pwrite(), other text files do not */
	return ret;
}

static ssize_t sysfs_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct sysfs_node *node = inode_node(file_inode(file));
	size_t len = iter_count(from), text = len;
	char *buf;
	int ret;

	if (len > SYSFS_WRITE_MAX)
		return -EINVAL;
	buf = kmalloc(len + 1, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	ret = copy_from_iter_full(buf, len, from) ? 0 : -EFAULT;
	if (!ret) {
		buf[len] = 0;
		if (text && buf[text - 1] == '\n')
			buf[--text] = 0;
		ret = -ENODEV;
		if (sysfs_node_begin(node)) {
			ret = node->ops->store(node->priv, buf, text);
			sysfs_node_end(node);
		}
	}
	kfree(buf);
	if (ret)
		return ret;
	*pos += len;
	return len;
}

static const struct inode_operations sysfs_file_iops = { .setattr = simple_setattr };
static const struct file_operations sysfs_file_fops = {
	.llseek = seq_lseek,
	.read = seq_read,
	.write = sysfs_write,
	.open = sysfs_open,
	.release = seq_release,
};

/* --- inodes and mounts --------------------------------------------------------------------------------- */

/* Consumes the reference on @node if it succeeds. */
static struct inode *sysfs_get_inode(struct super_block *sb, struct sysfs_node *node)
{
	struct inode *inode = new_inode(sb);

	if (!inode)
		return NULL;
	inode->i_ino = node->ino;
	inode->i_mode = node->mode;
	inode->i_private = node;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	if (S_ISDIR(node->mode)) {
		inode->i_op = &sysfs_dir_iops;
		inode->i_fop = &sysfs_dir_fops;
		set_nlink(inode, 2);
		inode->i_flags |= node->is_for_mounts ? S_EMPTY : 0;
	} else if (S_ISLNK(node->mode)) {
		inode->i_op = &sysfs_link_iops;
	} else {
		inode->i_op = &sysfs_file_iops;
		inode->i_fop = &sysfs_file_fops;
		i_size_write(inode, PAGE_SIZE);
	}
	return inode;
}

static void sysfs_evict_inode(struct inode *inode)
{
	clear_inode(inode);
	if (inode->i_private)
		sysfs_node_put(inode->i_private);
}

static const struct super_operations sysfs_super_ops = {
	.alloc_inode = simple_alloc_inode,
	.free_inode = simple_free_inode,
	.statfs = simple_statfs,
	.drop_inode = generic_delete_inode,
	.evict_inode = sysfs_evict_inode,
};

static int fill_root(struct super_block *sb, struct sysfs_node *root, u64 magic)
{
	struct inode *inode;

	sb->s_op = &sysfs_super_ops;
	sb->s_d_op = &sysfs_dentry_ops;
	sb->s_magic = magic;
	sb->s_blocksize = PAGE_SIZE;
	sb->s_blocksize_bits = PAGE_SHIFT;
	sb->s_time_gran = 1;
	refcount_inc(&root->refs);
	inode = sysfs_get_inode(sb, root);
	if (!inode) {
		sysfs_node_put(root);
		return -ENOMEM;
	}
	sb->s_root = d_make_root(inode);
	return sb->s_root ? 0 : -ENOMEM;
}

static int sysfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	sb->s_iflags |= SB_I_USERNS_VISIBLE;
	return fill_root(sb, &sysfs_root, SYSFS_MAGIC);
}

static int debugfs_fill_super(struct super_block *sb, struct fs_context *fc)
{
	return fill_root(sb, &debugfs_root, DEBUGFS_MAGIC);
}

static const struct fill_super_ops sysfs_fill_ops = { .fill_super = sysfs_fill_super };
static const struct fill_super_ops debugfs_fill_ops = { .fill_super = debugfs_fill_super };

static int sysfs_get_tree(struct fs_context *fc)
{
	return get_tree_single(fc, &sysfs_fill_ops);
}

static int debugfs_get_tree(struct fs_context *fc)
{
	return get_tree_single(fc, &debugfs_fill_ops);
}

static const struct fs_context_operations sysfs_context_ops = { .get_tree = sysfs_get_tree };
static const struct fs_context_operations debugfs_context_ops = { .get_tree = debugfs_get_tree };

/* It shows the machine's only network namespace, which the first user namespace owns. */
static int sysfs_init_context(struct fs_context *fc)
{
	fc->ops = &sysfs_context_ops;
	if (fc->purpose == FS_CONTEXT_FOR_MOUNT)
		fs_context_set_user_ns(fc, &init_user_ns);
	return 0;
}

static int debugfs_init_context(struct fs_context *fc)
{
	fc->ops = &debugfs_context_ops;
	return 0;
}

static const struct fs_type_ops sysfs_type_ops = { .init_fs_context = sysfs_init_context, .kill_sb = kill_anon_super };
static const struct fs_type_ops debugfs_type_ops = { .init_fs_context = debugfs_init_context, .kill_sb = kill_anon_super };
static struct file_system_type sysfs_fs_type = { .name = "sysfs", .fs_flags = FS_USERNS_MOUNT, .ops = &sysfs_type_ops };
static struct file_system_type debugfs_fs_type = { .name = "debugfs", .ops = &debugfs_type_ops };

void sys_init(void)
{
	sysfs_system_init();
	KASSERT(!register_filesystem(&sysfs_fs_type));
	KASSERT(!register_filesystem(&debugfs_fs_type));
}

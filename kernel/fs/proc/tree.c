/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree.c - directories that are tables of rows, and the text files and links in them.
 *
 * WHAT        Looking up a name finds its row; opening a text file shows the row when it is first read; writing hands the row the
 *             whole text of one write().
 * LIMITS      A write is at most one page: longer ones are -EINVAL, as settings are short.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <linux/limits.h>
#include <process/pid.h>
#include <sched/task.h>
#include <vfs/libfs.h>
#include <vfs/mount.h>
#include <vfs/namei.h>
#include "proc_impl.h"

#define PROC_WRITE_MAX 4095

/* --- rows ---------------------------------------------------------------------------------------------- */

static const struct proc_node *row_find(const struct proc_node *table, const struct qstr *name)
{
	for (; table->name; table++)
		if (strlen(table->name) == name->len && !memcmp(table->name, name->name, name->len))
			return table;
	return NULL;
}

u32 proc_count_rows(const struct proc_node *table)
{
	u32 n = 0;

	while (table[n].name)
		n++;
	return n;
}

struct dentry *proc_lookup_row(struct inode *dir, struct dentry *dentry, const struct proc_node *table)
{
	const struct proc_node *row = row_find(table, &dentry->d_name);
	struct pid *pid = proc_inode(dir)->pid;

	if (!row)
		return ERR_PTR(-ENOENT);
	if (pid)
		d_set_d_op(dentry, &proc_task_dentry_ops);
	return proc_splice(dentry, proc_get_inode(dir->i_sb, row, pid, 0));
}

bool proc_emit_rows(struct file *file, struct dir_context *ctx, const struct proc_node *table, loff_t base)
{
	u32 n = proc_count_rows(table);

	for (; ctx->pos >= base && ctx->pos < base + n; ctx->pos++) {
		const struct proc_node *row = &table[ctx->pos - base];

		if (!dir_emit(ctx, row->name, strlen(row->name), 0x10000 + (row - table), fs_umode_to_dtype(row->mode)))
			return false;
	}
	return true;
}

static struct dentry *proc_dir_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	return proc_lookup_row(dir, dentry, proc_inode(dir)->node->children);
}

static int proc_dir_iterate(struct file *file, struct dir_context *ctx)
{
	if (dir_emit_dots(file, ctx))
		proc_emit_rows(file, ctx, proc_inode(file_inode(file))->node->children, 2);
	return 0;
}

static int proc_setattr(struct dentry *dentry, struct iattr *attr)
{
	int ret;

	if (attr->ia_valid & (ATTR_MODE | ATTR_UID | ATTR_GID))
		return -EPERM;
	ret = setattr_prepare(dentry, attr);
	if (!ret)
		setattr_copy(d_inode(dentry), attr);
	return ret;
}

static int proc_getattr(const struct path *path, struct kstat *stat, u32 request_mask, unsigned int query_flags)
{
	struct inode *inode = d_inode(path->dentry);
	struct task *task = proc_get_task(inode);

	if (task) {
		proc_set_owner(inode, task);
		put_task(task);
	}
	generic_fillattr(inode, stat);
	return 0;
}

const struct inode_operations proc_dir_iops = { .lookup = proc_dir_lookup, .setattr = proc_setattr, .getattr = proc_getattr };
const struct file_operations proc_dir_fops = { .llseek = generic_file_llseek, .iterate = proc_dir_iterate };
const struct inode_operations proc_file_iops = { .setattr = proc_setattr, .getattr = proc_getattr };

/* --- text files ---------------------------------------------------------------------------------------- */

/* The task that a row needs, referenced; *ret is 0, or why it cannot be shown. */
static struct task *proc_row_task(struct inode *inode, int *ret)
{
	struct task *task;

	*ret = 0;
	if (!proc_inode(inode)->pid)
		return NULL;
	task = proc_get_task(inode);
	if (!task)
		*ret = -ESRCH;
	return task;
}

static int proc_show(struct seq_file *m, void *v)
{
	struct inode *inode = m->private;
	int ret;
	struct task *task = proc_row_task(inode, &ret);

	if (!ret)
		ret = proc_inode(inode)->node->ops->show(m, task);
	if (task)
		put_task(task);
	return ret;
}

static const struct seq_operations proc_show_ops = { .show = proc_show };

static int proc_file_open(struct inode *inode, struct file *file)
{
	const struct proc_node *node = proc_inode(inode)->node;
	int ret;
	struct task *task = proc_row_task(inode, &ret);

	if (!ret && node->is_private && !proc_may_inspect(task))
		ret = -EACCES;
	if (task)
		put_task(task);
	if (ret)
		return ret;
	if ((file->f_mode & FMODE_READ) && !node->ops->show)
		return -EACCES;
	return single_open(file, &proc_show_ops, inode);
}

static ssize_t proc_file_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	const struct proc_node *node = proc_inode(inode)->node;
	size_t len = iter_count(from);
	struct task *task;
	char *buf;
	int ret;

	if (!node->ops->write && !node->ops->write_as)
		return -EIO;
	if (len > PROC_WRITE_MAX || (*pos && node->ops->write_as))
		return -EINVAL;
	buf = kmalloc(len + 1, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	task = proc_row_task(inode, &ret);
	if (!ret && !copy_from_iter_full(buf, len, from))
		ret = -EFAULT;
	if (!ret) {
		size_t text = len;

		buf[len] = 0;
		if (text && buf[text - 1] == '\n')
			buf[--text] = 0;
		ret = node->ops->write_as ? node->ops->write_as(file->f_cred, task, buf, text) :
					    node->ops->write(node, task, buf, text);
	}
	if (task)
		put_task(task);
	kfree(buf);
	if (ret)
		return ret;
	*pos += len;
	return len;
}

const struct file_operations proc_file_fops = {
	.llseek = seq_lseek,
	.read = seq_read,
	.write = proc_file_write,
	.open = proc_file_open,
	.release = seq_release,
};

/* --- links --------------------------------------------------------------------------------------------- */

static const char *proc_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	const struct proc_node *node = proc_inode(inode)->node;
	struct task *task;
	struct path path;
	char *text;
	int ret;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	if (node->ops->text) {
		text = kmalloc(64, GFP_KERNEL);
		if (!text)
			return ERR_PTR(-ENOMEM);
		set_delayed_kfree(done, text);
		ret = node->ops->text(proc_pid_ns(inode->i_sb), text, 64);
		return ret ? ERR_PTR(ret) : text;
	}
	task = proc_row_task(inode, &ret);
	if (ret)
		return ERR_PTR(ret);
	ret = proc_may_inspect(task) ? node->ops->link(task, &path) : -EACCES;
	put_task(task);
	if (!ret)
		ret = nd_jump_link(&path);
	return ERR_PTR(ret);
}

/* readlink() shows the path where following jumps to the object. */
static int proc_readlink(struct dentry *dentry, char *buf, int len)
{
	struct inode *inode = d_inode(dentry);
	const struct proc_node *node = proc_inode(inode)->node;
	struct task *task;
	struct path path;
	char *page, *name;
	int ret;

	if (node->ops->text) {
		ret = node->ops->text(proc_pid_ns(inode->i_sb), buf, len);
		return ret ? ret : (int)strlen(buf);
	}
	task = proc_row_task(inode, &ret);
	if (ret)
		return ret;
	ret = proc_may_inspect(task) ? node->ops->link(task, &path) : -EACCES;
	put_task(task);
	if (ret)
		return ret;
	page = kmalloc(PATH_MAX, GFP_KERNEL);
	name = page ? d_path(&path, page, PATH_MAX) : ERR_PTR(-ENOMEM);
	path_put(&path);
	ret = PTR_ERR_OR_ZERO(name);
	if (!ret) {
		ret = min_t(int, strlen(name), len);
		memcpy(buf, name, ret);
	}
	kfree(page);
	return ret;
}

const struct inode_operations proc_link_iops = {
	.get_link = proc_get_link,
	.readlink = proc_readlink,
	.setattr = proc_setattr,
	.getattr = proc_getattr,
};

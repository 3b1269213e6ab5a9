/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task_fd.c - what a process has open: fd, fdinfo, ns, and the links cwd, root and exe.
 *
 * WHAT        A link is followed to the object itself, not by its name: the open file may be unlinked or out of
 *             sight. A name is believed only while the descriptor, or the process, is there.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/uabi_file.h>
#include <linux/limits.h>
#include <mm/mm.h>
#include <pages/slab.h>
#include <process/access.h>
#include <process/nsproxy.h>
#include <process/pid.h>
#include <sched/task.h>
#include <sync/rcu.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <vfs/libfs.h>
#include <vfs/mount.h>
#include <vfs/namei.h>
#include "proc_impl.h"

/* --- fd ------------------------------------------------------------------------------------------------ */

static struct file *inode_file(struct inode *inode)
{
	struct task *task = proc_get_task(inode);
	struct file *file;

	if (!task)
		return NULL;
	file = fget_task(task, proc_inode(inode)->fd);
	put_task(task);
	return file;
}

static int fd_path(struct inode *inode, struct path *path)
{
	struct file *file = inode_file(inode);

	if (!file)
		return -ENOENT;
	*path = file->f_path;
	path_get(path);
	fput(file);
	return 0;
}

static const char *fd_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	struct path path;
	int ret;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	ret = fd_path(inode, &path);
	if (!ret)
		ret = nd_jump_link(&path);
	return ERR_PTR(ret);
}

static int path_text(struct path *path, char *buf, int len)
{
	char *page = kmalloc(PATH_MAX, GFP_KERNEL);
	char *name = page ? d_path(path, page, PATH_MAX) : ERR_PTR(-ENOMEM);
	int ret = PTR_ERR_OR_ZERO(name);

	if (!ret) {
		ret = min_t(int, strlen(name), len);
		memcpy(buf, name, ret);
	}
	kfree(page);
	return ret;
}

static int fd_readlink(struct dentry *dentry, char *buf, int len)
{
	struct path path;
	int ret = fd_path(d_inode(dentry), &path);

	if (ret)
		return ret;
	ret = path_text(&path, buf, len);
	path_put(&path);
	return ret;
}

static const struct inode_operations fd_link_iops = { .get_link = fd_get_link, .readlink = fd_readlink };

static int fdinfo_show(struct seq_file *m, struct task *task)
{
	struct file *file = inode_file(m->private);

	if (!file)
		return -ENOENT;
	seq_printf(m, "pos:\t%lli\nflags:\t0%o\nmnt_id:\t%i\nino:\t%llu\n", (long long)file->f_pos,
		   file->f_flags | (fd_close_on_exec(task, proc_inode(m->private)->fd) ? O_CLOEXEC : 0),
		   mount_id(file->f_path.mnt), (unsigned long long)file_inode(file)->i_ino);
	if (file->f_op->show_fdinfo)
		file->f_op->show_fdinfo(m, file);
	fput(file);
	return 0;
}

static const struct proc_node_ops fdinfo_ops = { .show = fdinfo_show };
static const struct proc_node fdinfo_node = PROC_PRIVATE("FD", 0400, fdinfo_ops);
static const struct proc_node_ops fd_link_ops = { 0 };
static const struct proc_node fd_node = { .name = "FD", .mode = S_IFLNK | 0700, .ops = &fd_link_ops };

static int fd_of_name(const struct qstr *name)
{
	int fd = 0;

	if (!name->len || name->len > 9 || (name->len > 1 && name->name[0] == '0'))
		return -1;
	for (u32 i = 0; i < name->len; i++) {
		if (name->name[i] < '0' || name->name[i] > '9')
			return -1;
		fd = fd * 10 + (name->name[i] - '0');
	}
	return fd;
}

static int fd_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct file *file;

	if (flags & LOOKUP_RCU)
		return -ECHILD;
	file = d_inode(dentry) ? inode_file(d_inode(dentry)) : NULL;
	if (!file)
		return 0;
	fput(file);
	return 1;
}

static bool fd_dentry_delete(const struct dentry *dentry)
{
	return true;
}

static const struct dentry_operations fd_dentry_ops = { .d_revalidate = fd_revalidate, .d_delete = fd_dentry_delete };

static struct dentry *fd_lookup_as(struct inode *dir, struct dentry *dentry, const struct proc_node *node)
{
	struct task *task = proc_get_task(dir);
	struct dentry *found = ERR_PTR(-ENOENT);
	struct file *file = NULL;
	struct inode *inode;
	int fd = fd_of_name(&dentry->d_name);

	if (task && fd >= 0 && proc_may_inspect(task))
		file = fget_task(task, fd);
	if (file) {
		inode = proc_get_inode(dir->i_sb, node, proc_inode(dir)->pid, fd);
		if (inode && S_ISLNK(node->mode)) {
			inode->i_op = &fd_link_iops;
			inode->i_mode = S_IFLNK | (file->f_mode & FMODE_READ ? 0500 : 0) | (file->f_mode & FMODE_WRITE ? 0300 : 0);
		}
		d_set_d_op(dentry, &fd_dentry_ops);
		found = proc_splice(dentry, inode);
		fput(file);
	}
	if (task)
		put_task(task);
	return found;
}

static struct dentry *fd_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	return fd_lookup_as(dir, dentry, &fd_node);
}

static struct dentry *fdinfo_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	return fd_lookup_as(dir, dentry, &fdinfo_node);
}

static int fd_iterate_as(struct file *dir_file, struct dir_context *ctx, u8 type)
{
	struct task *task = proc_get_task(file_inode(dir_file));
	char name[12];
	int ret = 0;

	if (!task)
		return -ENOENT;
	if (!proc_may_inspect(task))
		ret = -EACCES;
	if (!ret && dir_emit_dots(dir_file, ctx)) {
		unsigned int fd = ctx->pos - 2;
		struct file *file;

		for (; (file = task_lookup_next_fd_get(task, &fd)); fd++) {
			fput(file);
			ctx->pos = fd + 2;
			if (!dir_emit(ctx, name, snprintf(name, sizeof(name), "%u", fd), 0x20000 + fd, type))
				break;
			ctx->pos++;
		}
	}
	put_task(task);
	return ret;
}

static int fd_iterate(struct file *file, struct dir_context *ctx)
{
	return fd_iterate_as(file, ctx, DT_LNK);
}

static int fdinfo_iterate(struct file *file, struct dir_context *ctx)
{
	return fd_iterate_as(file, ctx, DT_REG);
}

/* A process may always look into its own descriptors, whatever its credentials became. */
static int fd_permission(struct inode *inode, int mask)
{
	struct task *task;
	int ret = generic_permission(inode, mask);

	if (!ret)
		return 0;
	task = proc_get_task(inode);
	if (task && task_tgid(task) == task_tgid(current))
		ret = 0;
	if (task)
		put_task(task);
	return ret;
}

static const struct inode_operations fd_dir_iops = { .lookup = fd_lookup, .permission = fd_permission };
static const struct inode_operations fdinfo_dir_iops = { .lookup = fdinfo_lookup, .permission = fd_permission };
static const struct file_operations fd_dir_fops = { .llseek = generic_file_llseek, .iterate = fd_iterate };
static const struct file_operations fdinfo_dir_fops = { .llseek = generic_file_llseek, .iterate = fdinfo_iterate };
const struct proc_node_ops task_fd_dir_ops = { .iops = &fd_dir_iops, .fops = &fd_dir_fops };
const struct proc_node_ops task_fdinfo_dir_ops = { .iops = &fdinfo_dir_iops, .fops = &fdinfo_dir_fops };

/* --- ns ------------------------------------------------------------------------------------------------ */

static int ns_ref_of(struct inode *inode, struct ns_ref *ref)
{
	struct task *task = proc_get_task(inode);
	int ret;

	if (!task)
		return -ESRCH;
	ret = proc_may_inspect(task) ? ns_ref_get(task, proc_inode(inode)->fd, ref) : -EACCES;
	put_task(task);
	return ret;
}

static const char *ns_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	struct ns_ref ref;
	struct path path;
	int ret;

	if (!dentry)
		return ERR_PTR(-ECHILD);
	ret = ns_ref_of(inode, &ref);
	if (!ret)
		ret = ns_path(&ref, &path);
	return ERR_PTR(ret ?: nd_jump_link(&path));
}

static int ns_readlink(struct dentry *dentry, char *buf, int len)
{
	struct ns_ref ref;
	char text[48];
	int ret = ns_ref_of(d_inode(dentry), &ref);

	if (ret)
		return ret;
	ret = snprintf(text, sizeof(text), "%s:[%u]", ns_kind_name(ref.kind), ref.inum);
	ns_ref_put(&ref);
	ret = min(ret, len);
	memcpy(buf, text, ret);
	return ret;
}

static const struct inode_operations ns_link_iops = { .get_link = ns_get_link, .readlink = ns_readlink };

static const char *ns_file_name(enum ns_kind kind)
{
	if (kind == NS_PID_CHILDREN)
		return "pid_for_children";
	return kind == NS_TIME_CHILDREN ? "time_for_children" : ns_kind_name(kind);
}

static struct dentry *ns_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	for (int kind = 0; kind < NR_NS_KINDS; kind++) {
		const char *name = ns_file_name(kind);
		struct inode *inode;

		if (strlen(name) != dentry->d_name.len || memcmp(name, dentry->d_name.name, dentry->d_name.len))
			continue;
		inode = proc_get_inode(dir->i_sb, &fd_node, proc_inode(dir)->pid, kind);
		if (inode) {
			inode->i_op = &ns_link_iops;
			inode->i_mode = S_IFLNK | 0777;
		}
		d_set_d_op(dentry, &proc_task_dentry_ops);
		return proc_splice(dentry, inode);
	}
	return ERR_PTR(-ENOENT);
}

static int ns_iterate(struct file *file, struct dir_context *ctx)
{
	if (!dir_emit_dots(file, ctx))
		return 0;
	for (; ctx->pos < 2 + NR_NS_KINDS; ctx->pos++) {
		const char *name = ns_file_name(ctx->pos - 2);

		if (!dir_emit(ctx, name, strlen(name), 0x30000 + ctx->pos, DT_LNK))
			break;
	}
	return 0;
}

static const struct inode_operations ns_dir_iops = { .lookup = ns_lookup };
static const struct file_operations ns_dir_fops = { .llseek = generic_file_llseek, .iterate = ns_iterate };
const struct proc_node_ops task_ns_dir_ops = { .iops = &ns_dir_iops, .fops = &ns_dir_fops };

/* --- cwd, root, exe ------------------------------------------------------------------------------------ */

static int cwd_link(struct task *task, struct path *path)
{
	int ret = -ENOENT;

	task_lock(task);
	if (task->fs) {
		get_fs_pwd(task->fs, path);
		ret = 0;
	}
	task_unlock(task);
	return ret;
}

static int root_link(struct task *task, struct path *path)
{
	int ret = -ENOENT;

	task_lock(task);
	if (task->fs) {
		get_fs_root(task->fs, path);
		ret = 0;
	}
	task_unlock(task);
	return ret;
}

static int exe_link(struct task *task, struct path *path)
{
	struct mm *mm = get_task_mm(task);
	struct file *exe = NULL;

	if (mm) {
		exe = mm_get_exe_file(mm);
		mm_users_put(mm);
	}
	if (!exe)
		return -ENOENT;
	*path = exe->f_path;
	path_get(path);
	fput(exe);
	return 0;
}

const struct proc_node_ops task_cwd_ops = { .link = cwd_link };
const struct proc_node_ops task_root_ops = { .link = root_link };
const struct proc_node_ops task_exe_ops = { .link = exe_link };

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * super.c - the proc file system: one superblock for each pid namespace, inodes made on lookup.
 *
 * WHAT        An inode belongs to a row of the tables (proc_node) and, below a process, to a struct pid. The process
 *             is looked up again at each operation, so an open file does not keep it.
 * INVARIANTS  I1  An inode about a process owns a reference on its struct pid, never on the task: a process that is gone leaves
 *                 its files answering -ESRCH, and its dentries go with their last user.
 * LOCKING     None of its own. Tasks are found under RCU and referenced for the length of an operation.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/magic.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <proc/proc.h>
#include <process/access.h>
#include <process/nsproxy.h>
#include <process/pid.h>
#include <process/report.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <sync/rcu.h>
#include <vfs/namei.h>
#include "proc_impl.h"

static const struct object_type proc_inode_type = { .name = "proc_inode", .owner = "proc", .id = 0x0b01, .version = 1 };

static struct {
	struct kmem_cache *inodes; /* __final */
} proc;

/* --- inodes -------------------------------------------------------------------------------------------- */

static struct inode *proc_alloc_inode(struct super_block *sb)
{
	struct proc_inode *pi = kmem_cache_alloc(proc.inodes, GFP_KERNEL | __GFP_ZERO);

	if (!pi)
		return NULL;
	inode_init_once(&pi->vfs);
	return &pi->vfs;
}

static void proc_free_inode(struct inode *inode)
{
	kmem_cache_free(proc.inodes, proc_inode(inode));
}

static void proc_destroy_inode(struct inode *inode)
{
	put_pid(proc_inode(inode)->pid);
}

struct task *proc_get_task(struct inode *inode)
{
	struct pid *pid = proc_inode(inode)->pid;

	return pid ? get_pid_task(pid, PIDTYPE_PID) : NULL;
}

bool proc_is_process(struct inode *inode)
{
	const struct proc_node *node = proc_inode(inode)->node;

	return node >= proc_task_rows && node < proc_task_rows + proc_count_rows(proc_task_rows);
}

bool proc_may_inspect(struct task *task)
{
	return process_may_access(task, ACCESS_READ_FSCREDS);
}

void proc_set_owner(struct inode *inode, struct task *task)
{
	const struct cred *cred;

	inode->i_uid = GLOBAL_ROOT_UID;
	inode->i_gid = GLOBAL_ROOT_GID;
	if (!process_is_dumpable(task) && !S_ISDIR(inode->i_mode))
		return;
	rcu_read_lock();
	cred = task_cred_rcu(task);
	inode->i_uid = cred->euid;
	inode->i_gid = cred->egid;
	rcu_read_unlock();
}

static void proc_set_ops(struct inode *inode, const struct proc_node *node)
{
	if (S_ISDIR(node->mode)) {
		inode->i_op = node->ops && node->ops->iops ? node->ops->iops : &proc_dir_iops;
		inode->i_fop = node->ops && node->ops->fops ? node->ops->fops : &proc_dir_fops;
		set_nlink(inode, 2);
	} else if (S_ISLNK(node->mode)) {
		inode->i_op = &proc_link_iops;
	} else {
		inode->i_op = &proc_file_iops;
		inode->i_fop = node->ops->fops ? node->ops->fops : &proc_file_fops;
	}
}

struct inode *proc_get_inode(struct super_block *sb, const struct proc_node *node, struct pid *pid, int fd)
{
	struct inode *inode = new_inode(sb);
	struct task *task;

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode->i_mode = node->mode;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
	proc_inode(inode)->node = node;
	proc_inode(inode)->pid = get_pid(pid);
	proc_inode(inode)->fd = fd;
	proc_set_ops(inode, node);
	task = proc_get_task(inode);
	if (task) {
		proc_set_owner(inode, task);
		put_task(task);
	}
	return inode;
}

struct dentry *proc_splice(struct dentry *dentry, struct inode *inode)
{
	if (!inode)
		return ERR_PTR(-ENOMEM);
	return d_splice_alias(inode, dentry);
}

/* --- dentries ------------------------------------------------------------------------------------------ */

/* Names of processes are right while the process is; its owner may have changed. */
static int proc_task_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct inode *inode = d_inode(dentry);
	struct task *task;

	if (flags & LOOKUP_RCU)
		return -ECHILD;
	if (!inode)
		return 0;
	task = proc_get_task(inode);
	if (!task)
		return 0;
	proc_set_owner(inode, task);
	put_task(task);
	return 1;
}

/* Unused names of processes are not kept: nobody would drop them when the process goes, and each holds its number. */
static bool proc_task_delete(const struct dentry *dentry)
{
	return true;
}

const struct dentry_operations proc_task_dentry_ops = { .d_revalidate = proc_task_revalidate,
							 .d_delete = proc_task_delete };

/* Rows never change, but a name that is missing now may be a process later: negative answers are not kept. */
static int proc_d_revalidate(struct dentry *dentry, unsigned int flags)
{
	return d_really_is_positive(dentry);
}

const struct dentry_operations proc_dentry_ops = { .d_revalidate = proc_d_revalidate };

/* --- mounting ------------------------------------------------------------------------------------------ */

struct pid_namespace *proc_pid_ns(const struct super_block *sb)
{
	return sb->s_fs_info;
}

static const struct super_operations proc_super_ops = {
	.alloc_inode = proc_alloc_inode,
	.free_inode = proc_free_inode,
	.destroy_inode = proc_destroy_inode,
	.drop_inode = generic_delete_inode,
	.statfs = simple_statfs,
};

static int proc_fill_super(struct super_block *sb, struct fs_context *fc)
{
	struct inode *root;

	get_pid_ns(sb->s_fs_info);
	sb->s_op = &proc_super_ops;
	sb->s_d_op = &proc_dentry_ops;
	sb->s_magic = PROC_SUPER_MAGIC;
	sb->s_blocksize = 1024;
	sb->s_blocksize_bits = 10;
	sb->s_time_gran = 1;
	sb->s_iflags |= SB_I_USERNS_VISIBLE;
	root = proc_get_inode(sb, &proc_root_node, NULL, 0);
	if (!root)
		return -ENOMEM;
	sb->s_root = d_make_root(root);
	return sb->s_root ? 0 : -ENOMEM;
}

static const struct fill_super_ops proc_fill_ops = { .fill_super = proc_fill_super };

static int proc_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	/* hidepid=0 and gid= say what holds anyway. */
	if (param->string && !strcmp(param->key, "hidepid") && !strcmp(param->string, "0"))
		return 0;
	return -ENOPARAM;
}

static int proc_get_tree(struct fs_context *fc)
{
	fc->s_fs_info = fc->fs_private;
	return get_tree_nodev(fc, &proc_fill_ops);
}

static void proc_free_context(struct fs_context *fc)
{
	if (fc->fs_private)
		put_pid_ns(fc->fs_private);
}

static const struct fs_context_operations proc_context_ops = {
	.free = proc_free_context, .parse_param = proc_parse_param, .get_tree = proc_get_tree
};

/* It shows the processes of who asks first, and the right to mount it is theirs. */
static int proc_init_context(struct fs_context *fc)
{
	struct pid_namespace *ns = task_active_pid_ns(current);

	fc->ops = &proc_context_ops;
	if (fc->purpose != FS_CONTEXT_FOR_MOUNT)
		return 0;
	get_pid_ns(ns);
	fc->fs_private = ns;
	fs_context_set_user_ns(fc, ns->user_ns);
	return 0;
}

static void proc_kill_sb(struct super_block *sb)
{
	struct pid_namespace *ns = proc_pid_ns(sb);

	kill_anon_super(sb);
	if (ns)
		put_pid_ns(ns);
}

static const struct fs_type_ops proc_type_ops = { .init_fs_context = proc_init_context, .kill_sb = proc_kill_sb };
static struct file_system_type proc_fs_type = { .name = "proc", .fs_flags = FS_USERNS_MOUNT, .ops = &proc_type_ops };

void proc_init(void)
{
	proc.inodes = kmem_cache_create(&proc_inode_type, sizeof(struct proc_inode), 0,
					SLAB_RECLAIMABLE | SLAB_ACCOUNT | SLAB_PANIC);
	KASSERT(!register_filesystem(&proc_fs_type));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nsfs.c - the file system whose inodes are namespaces: what /proc/PID/ns/ links lead to.
 *
 * WHAT        An inode stands for one namespace; its number is the namespace's (two names are of one namespace exactly if device and
 *             inode number agree, namespaces(7)). It can be opened for setns(), asked by ioctl (ioctl_ns(2)), and bound to a name,
 *             which keeps the namespace alive without a process in it.
 * INVARIANTS  N1  One inode for a namespace at a time: found by number. It owns a reference and goes with its last user.
 *             N2  A mount namespace is not bound (S_NOBIND): inside of itself it would never end.
 * LOCKING     The inode cache's.
 * ERRORS      -ENOMEM.
 * TESTS       tests/guest/process/namespace_test.c
 */
#include "process_impl.h"
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <lib/assert.h>
#include <pages/slab.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <vfs/libfs.h>
#include <vfs/mount.h>
#include <process/nsproxy.h>
#include "ns_impl.h"

static struct vfsmount *nsfs_mnt; /* final */

/* ---- inodes ---- */

static struct ns_ref *ref_of(const struct inode *inode)
{
	return inode->i_private;
}

static void ns_evict(struct inode *inode)
{
	clear_inode(inode);
	if (!ref_of(inode)) /* it was never filled */
		return;
	ns_ref_put(ref_of(inode));
	kfree(inode->i_private);
}

static const struct super_operations nsfs_sops = { .drop_inode = generic_delete_inode, .evict_inode = ns_evict };

/* The kind that the namespace itself is of: "for children" only says who it is for. */
static enum ns_kind kind_itself(enum ns_kind kind)
{
	if (kind == NS_PID_CHILDREN)
		return NS_PID;
	return kind == NS_TIME_CHILDREN ? NS_TIME : kind;
}

static const struct file_operations ns_fops;

static void fill_inode(struct inode *inode, struct ns_ref *ref)
{
	inode->i_private = ref;
	inode->i_mode = S_IFREG | 0444;
	inode->i_flags |= S_IMMUTABLE | (ref->kind == NS_MNT ? S_NOBIND : 0);
	inode->i_fop = &ns_fops;
	inode->i_atime = inode->i_mtime = inode->i_ctime = current_time(inode);
}

/* The inode of @ref's namespace, NULL without memory; @ref is consumed either way. */
static struct inode *ns_inode(struct ns_ref *ref)
{
	struct ns_ref *own = kmemdup(ref, sizeof(*ref), GFP_KERNEL);
	struct inode *inode = own ? iget_locked(nsfs_mnt->mnt_sb, ref->inum) : NULL;

	if (!inode || !(inode->i_state & I_NEW)) {
		ns_ref_put(ref);
		kfree(own);
		return inode;
	}
	own->kind = kind_itself(ref->kind);
	fill_inode(inode, own);
	unlock_new_inode(inode);
	return inode;
}

static char *ns_dname(struct dentry *dentry, char *buf, int buflen)
{
	struct inode *inode = d_inode(dentry);

	return dynamic_dname(buf, buflen, "%s:[%u]", ns_kind_name(ref_of(inode)->kind), ref_of(inode)->inum);
}

static const struct dentry_operations nsfs_dops = { .d_delete = always_delete_dentry, .d_dname = ns_dname };

int ns_path(struct ns_ref *ref, struct path *path)
{
	struct qstr name = { .name = "" };
	struct inode *inode = ns_inode(ref);
	struct dentry *dentry;

	if (!inode)
		return -ENOMEM;
	dentry = d_alloc_pseudo(nsfs_mnt->mnt_sb, &name);
	if (!dentry) {
		iput(inode);
		return -ENOMEM;
	}
	d_instantiate(dentry, inode);
	path->mnt = mntget(nsfs_mnt);
	path->dentry = dentry;
	return 0;
}

struct ns_ref *ns_ref_of_file(struct file *file)
{
	return file->f_op == &ns_fops ? ref_of(file_inode(file)) : NULL;
}

/* ---- ioctl_ns(2) ---- */

/* A descriptor for @ref's namespace (consumed). */
static long ns_open_fd(struct ns_ref *ref)
{
	struct file *file;
	struct path path;
	int fd, ret = ns_path(ref, &path);

	if (ret)
		return ret;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		path_put(&path);
		return fd;
	}
	file = dentry_open(&path, O_RDONLY, current_cred());
	path_put(&path);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static struct user_namespace *owner_of(const struct ns_ref *ref)
{
	switch (ref->kind) {
	case NS_UTS:
		return ((struct uts_namespace *)ref->ns)->user_ns;
	case NS_MNT:
		return mnt_ns_user_ns(ref->ns);
	case NS_PID:
		return ((struct pid_namespace *)ref->ns)->user_ns;
	case NS_USER:
		return ((struct user_namespace *)ref->ns)->parent;
	default:
		return &init_user_ns;
	}
}

static long open_user_ns(struct user_namespace *ns)
{
	struct ns_ref ref = { .kind = NS_USER };

	if (!ns || !in_userns(current_user_ns(), ns))
		return -EPERM;
	ref.ns = get_user_ns(ns);
	ref.inum = ns->inum;
	return ns_open_fd(&ref);
}

static long open_parent(const struct ns_ref *of)
{
	struct pid_namespace *parent;
	struct ns_ref ref = { .kind = NS_PID };

	if (of->kind == NS_USER)
		return open_user_ns(((struct user_namespace *)of->ns)->parent);
	if (of->kind != NS_PID)
		return -EINVAL;
	parent = ((struct pid_namespace *)of->ns)->parent;
	if (!parent || !pid_ns_is_in(parent, task_active_pid_ns(current)))
		return -EPERM;
	ref.ns = get_pid_ns(parent);
	ref.inum = parent->inum;
	return ns_open_fd(&ref);
}

static long owner_uid(const struct ns_ref *ref, uaddr_t arg)
{
	uid_t uid;

	if (ref->kind != NS_USER)
		return -EINVAL;
	uid = from_kuid_munged(current_user_ns(), ((struct user_namespace *)ref->ns)->owner);
	return put_user_u32(uid, arg);
}

static long ns_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct ns_ref *ref = ref_of(file_inode(file));

	switch (cmd) {
	case NS_GET_USERNS:
		return open_user_ns(owner_of(ref));
	case NS_GET_PARENT:
		return open_parent(ref);
	case NS_GET_NSTYPE:
		return (long)ns_kind_flag(ref->kind);
	case NS_GET_OWNER_UID:
		return owner_uid(ref, uaddr(arg));
	default:
		return -ENOTTY;
	}
}

static const struct file_operations ns_fops = { .llseek = no_llseek, .ioctl = ns_ioctl };

/* ---- the file system ---- */

static const struct pseudo_fs nsfs_pseudo = { .ops = &nsfs_sops, .dops = &nsfs_dops, .magic = NSFS_MAGIC };

static int nsfs_init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, &nsfs_pseudo);
}

static const struct fs_type_ops nsfs_type_ops = { .init_fs_context = nsfs_init_fs_context, .kill_sb = kill_anon_super };
static struct file_system_type nsfs_type = { .name = "nsfs", .ops = &nsfs_type_ops };

void nsfs_init(void)
{
	nsfs_mnt = kern_mount(&nsfs_type);
	KASSERT(!IS_ERR(nsfs_mnt));
	nsfs_mnt->mnt_sb->s_flags &= ~SB_NOUSER; /* its files may be bound to names */
}

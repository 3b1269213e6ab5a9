/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fsopen.c - the newer mount calls: a context is opened, configured step by step, turned into a mount, and moved into place.
 *
 * WHAT        fsopen and fspick give a descriptor for an fs_context; fsconfig feeds it; fsmount makes a mount in an anonymous namespace
 *             that only the returned descriptor holds; move_mount attaches it. open_tree copies a tree the same way.
 * INVARIANTS  C1  The phase only goes forward: CREATE_PARAMS -> (CREATED) AWAITING_MOUNT -> RECONF_PARAMS; FAILED is final.
 *             C2  A file with FMODE_NEED_UNMOUNT dissolves its anonymous tree, if nobody moved it, when it is closed.
 * LOCKING     ctx->lock (rank FS_CONTEXT).
 * TESTS       tests/guest/vfs/mount_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/anon_inode.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/vfs_calls.h>
#include <vfs/vfs_port.h>
#include <linux/fs.h>
#include "mount_graft.h"
#include "namei_impl.h"
#include "vfs_impl.h"

enum context_phase { PHASE_CREATE_PARAMS, PHASE_AWAITING_MOUNT, PHASE_RECONF_PARAMS, PHASE_FAILED };

struct config_context {
	struct mutex lock;	/* rank FS_CONTEXT */
	struct fs_context *fc;	/* lock; owned */
	enum context_phase phase;
};

/* The last refusal, as "e message\n". */
static ssize_t context_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct config_context *ctx = file->private_data;
	char *error;
	ssize_t ret;
	size_t len;

	mutex_lock(&ctx->lock);
	error = ctx->fc->error;
	ctx->fc->error = NULL;
	mutex_unlock(&ctx->lock);
	if (!error)
		return -ENODATA;
	len = strlen(error);
	ret = len + 3;
	if (iter_count(to) < len + 3)
		ret = -EMSGSIZE;
	else if (!copy_to_iter_full("e ", 2, to) || !copy_to_iter_full(error, len, to) || !copy_to_iter_full("\n", 1, to))
		ret = -EFAULT;
	kfree(error);
	return ret;
}

static void context_release(struct inode *inode, struct file *file)
{
	struct config_context *ctx = file->private_data;

	put_fs_context(ctx->fc);
	kfree(ctx);
}

static const struct file_operations context_fops = {
	.read = context_read,
	.release = context_release,
	.llseek = no_llseek,
};

static long context_fd(struct fs_context *fc, enum context_phase phase, unsigned int o_flags)
{
	struct config_context *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	int fd;

	if (!ctx) {
		put_fs_context(fc);
		return -ENOMEM;
	}
	mutex_init(&ctx->lock, RANK_FS_CONTEXT);
	ctx->fc = fc;
	ctx->phase = phase;
	fd = anon_inode_getfd("[fscontext]", &context_fops, ctx, O_RDWR | o_flags);
	if (fd < 0) {
		put_fs_context(fc);
		kfree(ctx);
	}
	return fd;
}

static char *user_text(uaddr_t utext, size_t max)
{
	char *text = kmalloc(max, GFP_KERNEL);
	long len;

	if (!text)
		return ERR_PTR(-ENOMEM);
	len = strncpy_from_user(text, utext, max);
	if (len >= 0 && len < (long)max)
		return text;
	kfree(text);
	return ERR_PTR(len < 0 ? len : -EINVAL);
}

long sys_fsopen(uaddr_t uname, unsigned int flags)
{
	struct file_system_type *type;
	struct fs_context *fc;
	char *name;

	if (!may_mount())
		return -EPERM;
	if (flags & ~FSOPEN_CLOEXEC)
		return -EINVAL;
	name = user_text(uname, PAGE_SIZE);
	if (IS_ERR(name))
		return PTR_ERR(name);
	type = get_fs_type(name, strlen(name));
	kfree(name);
	if (!type)
		return -ENODEV;
	if (!(type->fs_flags & FS_USERNS_MOUNT) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	fc = fs_context_for_mount(type, 0);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	return context_fd(fc, PHASE_CREATE_PARAMS, flags & FSOPEN_CLOEXEC ? O_CLOEXEC : 0);
}

long sys_fspick(int dfd, uaddr_t upath, unsigned int flags)
{
	unsigned int lookup = LOOKUP_FOLLOW;
	struct fs_context *fc;
	struct path path;
	int err;

	if (!may_mount())
		return -EPERM;
	if (flags & ~(FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH))
		return -EINVAL;
	if (flags & FSPICK_SYMLINK_NOFOLLOW)
		lookup &= ~LOOKUP_FOLLOW;
	if (flags & FSPICK_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(dfd, upath, lookup, &path);
	if (err)
		return err;
	if (path.mnt->mnt_root != path.dentry) {
		path_put(&path);
		return -EINVAL;
	}
	fc = fs_context_for_reconfigure(path.dentry, 0, 0);
	path_put(&path);
	if (IS_ERR(fc))
		return PTR_ERR(fc);
	return context_fd(fc, PHASE_RECONF_PARAMS, flags & FSPICK_CLOEXEC ? O_CLOEXEC : 0);
}

/* --- fsconfig --- */

static int config_create(struct config_context *ctx)
{
	int err;

	if (ctx->phase != PHASE_CREATE_PARAMS)
		return -EBUSY;
	if (!may_mount() || !fs_context_may_mount(ctx->fc))
		return -EPERM;
	err = vfs_get_tree(ctx->fc);
	if (!err && (ctx->fc->root->d_sb->s_flags & SB_NOUSER))
		err = -EINVAL;
	ctx->phase = err ? PHASE_FAILED : PHASE_AWAITING_MOUNT;
	return err;
}

static int config_reconfigure(struct config_context *ctx)
{
	struct super_block *sb;
	int err;

	if (ctx->phase != PHASE_RECONF_PARAMS)
		return -EBUSY;
	sb = ctx->fc->root->d_sb;
	if (!ns_capable(sb->s_user_ns, CAP_SYS_ADMIN))
		return -EPERM;
	down_write(&sb->s_umount);
	err = reconfigure_super(ctx->fc);
	up_write(&sb->s_umount);
	if (err)
		ctx->phase = PHASE_FAILED;
	return err;
}

static int config_apply(struct config_context *ctx, unsigned int cmd, struct fs_parameter *param)
{
	if (ctx->phase == PHASE_FAILED)
		return -EBUSY;
	if (cmd == FSCONFIG_CMD_CREATE)
		return config_create(ctx);
	if (cmd == FSCONFIG_CMD_RECONFIGURE)
		return config_reconfigure(ctx);
	if (ctx->phase != PHASE_CREATE_PARAMS && ctx->phase != PHASE_RECONF_PARAMS)
		return -EBUSY;
	return vfs_parse_fs_param(ctx->fc, param);
}

static bool config_args_ok(unsigned int cmd, uaddr_t key, uaddr_t value, int aux)
{
	bool has_key = !uaddr_is_null(key), has_value = !uaddr_is_null(value);

	switch (cmd) {
	case FSCONFIG_SET_FLAG:
		return has_key && !has_value && !aux;
	case FSCONFIG_SET_STRING:
		return has_key && has_value && !aux;
	case FSCONFIG_SET_BINARY:
		return has_key && has_value && aux > 0 && aux <= 1024 * 1024;
	case FSCONFIG_SET_FD:
		return has_key && !has_value && aux >= 0;
	case FSCONFIG_SET_PATH:
	case FSCONFIG_SET_PATH_EMPTY:
		return has_key && has_value && (aux == AT_FDCWD || aux >= 0);
	case FSCONFIG_CMD_CREATE:
	case FSCONFIG_CMD_RECONFIGURE:
		return !has_key && !has_value && !aux;
	default:
		return false;
	}
}

static int config_load_value(unsigned int cmd, uaddr_t value, int aux, struct fs_parameter *param)
{
	switch (cmd) {
	case FSCONFIG_SET_STRING:
	case FSCONFIG_SET_PATH:
	case FSCONFIG_SET_PATH_EMPTY:
		param->type = cmd == FSCONFIG_SET_STRING ? FS_VALUE_STRING : FS_VALUE_PATH;
		param->string = user_text(value, cmd == FSCONFIG_SET_STRING ? 256 : PATH_MAX);
		if (IS_ERR(param->string)) {
			int err = PTR_ERR(param->string);

			param->string = NULL;
			return err;
		}
		param->size = strlen(param->string);
		return 0;
	case FSCONFIG_SET_BINARY:
		param->type = FS_VALUE_BLOB;
		param->size = aux;
		param->blob = kvmalloc(aux, GFP_KERNEL);
		if (!param->blob)
			return -ENOMEM;
		return copy_from_user(param->blob, value, aux) ? -EFAULT : 0;
	case FSCONFIG_SET_FD:
		param->type = FS_VALUE_FILE;
		param->file = fget(aux);
		return param->file ? 0 : -EBADF;
	default:
		return 0;
	}
}

long sys_fsconfig(int fd, unsigned int cmd, uaddr_t ukey, uaddr_t uvalue, int aux)
{
	struct fs_parameter param = { .type = FS_VALUE_FLAG };
	struct config_context *ctx;
	char *key = NULL;
	struct fd f;
	int err;

	if (fd < 0)
		return -EINVAL;
	if (cmd > FSCONFIG_CMD_RECONFIGURE)
		return -EOPNOTSUPP;
	if (!config_args_ok(cmd, ukey, uvalue, aux))
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	err = -EINVAL;
	if (f.file->f_op != &context_fops)
		goto put_file;
	ctx = f.file->private_data;
	if (!uaddr_is_null(ukey)) {
		key = user_text(ukey, 256);
		err = PTR_ERR_OR_ZERO(key);
		if (err)
			goto put_file;
		param.key = key;
	}
	err = config_load_value(cmd, uvalue, aux, &param);
	if (!err) {
		mutex_lock(&ctx->lock);
		err = config_apply(ctx, cmd, &param);
		mutex_unlock(&ctx->lock);
	}
	if (param.file)
		fput(param.file);
	kvfree(param.blob);
	kfree(param.string);
	kfree(key);
put_file:
	fdput(f);
	return err;
}

/* --- detached trees --- */

/* The mounts of @m's tree (their list hangs on @m) belong to @ns. mount_lock held. */
static void adopt_tree(struct mnt_namespace *ns, struct mount *m)
{
	struct mount *p;

	ns->root = m;
	for (p = m; p; p = next_mnt(p, m)) {
		list_del_init(&p->mnt_list);
		list_add_tail(&p->mnt_list, &ns->list);
		p->mnt_ns = ns;
		ns->nr_mounts++;
	}
}

/* A file with an O_PATH-like hold on the root of @m, which dissolves the tree when closed (C2). Consumes @m. */
static struct file *detached_file(struct mount *m, unsigned int o_flags)
{
	struct mnt_namespace *ns = alloc_mnt_ns(current_user_ns(), true);
	struct path path = { &m->mnt, m->mnt.mnt_root };
	struct file *file;
	LIST_HEAD(dead);

	if (!IS_ERR(ns)) {
		down_write(&mounts.sem);
		lock_mount_hash();
		adopt_tree(ns, m);
		unlock_mount_hash();
		up_write(&mounts.sem);
		file = dentry_open(&path, O_PATH | o_flags, current_cred());
		if (!IS_ERR(file))
			file->f_mode |= FMODE_NEED_UNMOUNT;
		else
			put_mnt_ns(ns);
		return file;
	}
	down_write(&mounts.sem);
	lock_mount_hash();
	umount_tree(m, 0, &dead);
	unlock_mount_hash();
	up_write(&mounts.sem);
	umount_finish(&dead, false);
	return ERR_CAST(ns);
}

void dissolve_on_fput(struct vfsmount *mnt)
{
	struct mnt_namespace *ns;

	down_write(&mounts.sem);
	lock_mount_hash();
	ns = real_mount(mnt)->mnt_ns;
	if (!ns || !ns->is_anon)
		ns = NULL;	/* somebody moved it into place */
	unlock_mount_hash();
	up_write(&mounts.sem);
	if (ns)
		put_mnt_ns(ns);
}

static long install_detached(struct mount *m, unsigned int o_flags)
{
	struct file *file;
	int fd = get_unused_fd_flags(o_flags);

	/* the descriptor first: a tree that fails to get one is dissolved with the file */
	file = detached_file(m, 0);
	if (fd < 0) {
		if (!IS_ERR(file))
			fput(file);
		return fd;
	}
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static int make_mount(struct config_context *ctx, int mnt_flags, struct vfsmount **mntp)
{
	int err;

	if (!ctx->fc->root)
		return -EINVAL;
	err = mount_check_reveals(ctx->fc->root->d_sb, &mnt_flags);
	if (err)
		return err;
	if (ctx->phase != PHASE_AWAITING_MOUNT)
		return -EBUSY;
	*mntp = vfs_create_mount(ctx->fc);
	if (IS_ERR(*mntp))
		return PTR_ERR(*mntp);
	(*mntp)->mnt_flags = mnt_flags;
	/* the superblock is configured through this descriptor from now on (C1) */
	ctx->fc->purpose = FS_CONTEXT_FOR_RECONFIGURE;
	ctx->phase = PHASE_RECONF_PARAMS;
	return 0;
}

long sys_fsmount(int fs_fd, unsigned int flags, unsigned int attr_flags)
{
	struct config_context *ctx;
	struct vfsmount *mnt;
	int mnt_flags, err;
	struct fd f;

	if (!may_mount())
		return -EPERM;
	if (flags & ~FSMOUNT_CLOEXEC)
		return -EINVAL;
	err = mount_attr_flags(attr_flags, &mnt_flags);
	if (err)
		return err;
	f = fdget(fs_fd);
	if (!f.file)
		return -EBADF;
	err = -EINVAL;
	if (f.file->f_op == &context_fops) {
		ctx = f.file->private_data;
		mutex_lock(&ctx->lock);
		err = make_mount(ctx, mnt_flags, &mnt);
		mutex_unlock(&ctx->lock);
	}
	fdput(f);
	if (err)
		return err;
	return install_detached(real_mount(mnt), flags & FSMOUNT_CLOEXEC ? O_CLOEXEC : 0);
}

static long open_plain_tree(const struct path *path, unsigned int o_flags)
{
	int fd = get_unused_fd_flags(o_flags);
	struct file *file;

	if (fd < 0)
		return fd;
	file = dentry_open(path, O_PATH, current_cred());
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static long open_copied_tree(const struct path *path, bool recurse, unsigned int o_flags)
{
	struct mount *copy;

	down_write(&mounts.sem);
	copy = copy_for_bind(path, recurse);
	up_write(&mounts.sem);
	return IS_ERR(copy) ? PTR_ERR(copy) : install_detached(copy, o_flags);
}

long sys_open_tree(int dfd, uaddr_t upath, unsigned int flags)
{
	bool detached = flags & OPEN_TREE_CLONE;
	unsigned int lookup = LOOKUP_FOLLOW, o_flags = flags & O_CLOEXEC;
	struct path path;
	long ret;

	if (flags & ~(AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW | OPEN_TREE_CLONE |
		      OPEN_TREE_CLOEXEC))
		return -EINVAL;
	if ((flags & (AT_RECURSIVE | OPEN_TREE_CLONE)) == AT_RECURSIVE)
		return -EINVAL;
	if (flags & AT_SYMLINK_NOFOLLOW)
		lookup &= ~LOOKUP_FOLLOW;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	if (detached && !may_mount())
		return -EPERM;
	ret = user_path_at(dfd, upath, lookup, &path);
	if (ret)
		return ret;
	ret = detached ? open_copied_tree(&path, flags & AT_RECURSIVE, o_flags) : open_plain_tree(&path, o_flags);
	path_put(&path);
	return ret;
}

long sys_move_mount(int from_dfd, uaddr_t ufrom, int to_dfd, uaddr_t uto, unsigned int flags)
{
	unsigned int lookup = 0;
	struct path from, to;
	int err;

	if (!may_mount())
		return -EPERM;
	if (flags & ~MOVE_MOUNT__MASK)
		return -EINVAL;
	if (flags & MOVE_MOUNT_F_SYMLINKS)
		lookup |= LOOKUP_FOLLOW;
	if (flags & MOVE_MOUNT_F_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(from_dfd, ufrom, lookup, &from);
	if (err)
		return err;
	lookup = 0;
	if (flags & MOVE_MOUNT_T_SYMLINKS)
		lookup |= LOOKUP_FOLLOW;
	if (flags & MOVE_MOUNT_T_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(to_dfd, uto, lookup, &to);
	if (!err) {
		err = security_mount_change(&to);
		if (!err)
			err = flags & MOVE_MOUNT_SET_GROUP ? do_set_group(&from, &to) : do_move_mount(&from, &to);
		path_put(&to);
	}
	path_put(&from);
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cwd.c - struct fs_struct: root, working directory, umask; and the calls that change them.
 *
 * WHAT        Processes share or own one; the path walk reads it under RCU by its sequence.
 * LOCKING     fs->lock (rank FS_STRUCT) and fs->seq.
 *
 * INVARIANTS  R1  root and pwd hold references; they change together with seq under lock.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <vfs/fs_struct.h>
#include <vfs/vfs_calls.h>
#include "dcache_impl.h"
#include "mount_impl.h"
#include "vfs_impl.h"

struct fs_cache {
	struct kmem_cache *cache;	/* __final */
};
static struct fs_cache fs_cache;

static const struct object_type fs_type = { .name = "fs_struct", .owner = "vfs", .id = 0x306, .version = 1 };

struct fs_struct init_fs = {
	.users = 1,
	.lock = SPINLOCK_INIT(RANK_FS_STRUCT),
	.seq = SEQCOUNT_INIT(&init_fs.lock),
	.umask = 0022,
};

void fs_struct_init(void)
{
	fs_cache.cache = kmem_cache_create(&fs_type, sizeof(struct fs_struct), 64, SLAB_PANIC);
}

void get_fs_root(struct fs_struct *fs, struct path *root)
{
	spin_lock(&fs->lock);
	*root = fs->root;
	path_get(root);
	spin_unlock(&fs->lock);
}

void get_fs_pwd(struct fs_struct *fs, struct path *pwd)
{
	spin_lock(&fs->lock);
	*pwd = fs->pwd;
	path_get(pwd);
	spin_unlock(&fs->lock);
}

static void replace_path(struct fs_struct *fs, struct path *slot, const struct path *path)
{
	struct path old;

	path_get(path);
	spin_lock(&fs->lock);
	write_seqcount_begin(&fs->seq);	/* R1 */
	old = *slot;
	*slot = *path;
	write_seqcount_end(&fs->seq);
	spin_unlock(&fs->lock);
	if (old.dentry)
		path_put(&old);
}

void set_fs_root(struct fs_struct *fs, const struct path *path)
{
	replace_path(fs, &fs->root, path);
}

void set_fs_pwd(struct fs_struct *fs, const struct path *path)
{
	replace_path(fs, &fs->pwd, path);
}

struct fs_struct *copy_fs_struct(struct fs_struct *old)
{
	struct fs_struct *fs = kmem_cache_alloc(fs_cache.cache, GFP_KERNEL);

	if (!fs)
		return NULL;
	fs->users = 1;
	fs->in_exec = false;
	spin_lock_init(&fs->lock, RANK_FS_STRUCT);
	seqcount_init(&fs->seq, &fs->lock);
	spin_lock(&old->lock);
	fs->umask = old->umask;
	fs->root = old->root;
	path_get(&fs->root);
	fs->pwd = old->pwd;
	path_get(&fs->pwd);
	spin_unlock(&old->lock);
	return fs;
}

struct fs_struct *get_fs_struct(struct fs_struct *fs)
{
	spin_lock(&fs->lock);
	fs->users++;
	spin_unlock(&fs->lock);
	return fs;
}

void put_fs_struct(struct fs_struct *fs)
{
	int left;

	spin_lock(&fs->lock);
	left = --fs->users;
	spin_unlock(&fs->lock);
	if (left)
		return;
	path_put(&fs->root);
	path_put(&fs->pwd);
	if (fs != &init_fs)
		kmem_cache_free(fs_cache.cache, fs);
}

void exit_fs(struct task *task)
{
	struct fs_struct *fs = task->fs;

	if (!fs)
		return;
	task_lock(task);
	task->fs = NULL;
	task_unlock(task);
	put_fs_struct(fs);
}

int unshare_fs_struct(void)
{
	struct task *task = current;
	struct fs_struct *old = task->fs, *new;

	if (old->users == 1)
		return 0;
	new = copy_fs_struct(old);
	if (!new)
		return -ENOMEM;
	task_lock(task);
	task->fs = new;
	task_unlock(task);
	put_fs_struct(old);
	return 0;
}

int current_umask(void)
{
	return current->fs->umask;
}

/* --- system calls --- */

long sys_umask(int mask)
{
	return xchg(&current->fs->umask, mask & S_IRWXUGO);
}

static int chdir_checked(const struct path *path)
{
	int err = inode_permission(d_inode(path->dentry), MAY_EXEC | MAY_CHDIR);

	if (!err)
		set_fs_pwd(current->fs, path);
	return err;
}

long sys_chdir(uaddr_t upath)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, upath, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = chdir_checked(&path);
	path_put(&path);
	return err;
}

long sys_fchdir(unsigned int fd)
{
	struct fd f = fdget_raw(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = d_can_lookup(f.file->f_path.dentry) ? chdir_checked(&f.file->f_path) : -ENOTDIR;
	fdput(f);
	return err;
}

long sys_chroot(uaddr_t upath)
{
	struct path path;
	int err = user_path_at(AT_FDCWD, upath, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);

	if (err)
		return err;
	err = inode_permission(d_inode(path.dentry), MAY_EXEC | MAY_CHDIR);
	if (!err && !ns_capable(current_user_ns(), CAP_SYS_CHROOT))
		err = -EPERM;
	if (!err)
		set_fs_root(current->fs, &path);
	path_put(&path);
	return err;
}

#define UNREACHABLE "(unreachable)"

static char *unreachable_prefix(char *text, char *buf)
{
	if (text - buf < (long)strlen(UNREACHABLE))
		return ERR_PTR(-ENAMETOOLONG);
	text -= strlen(UNREACHABLE);
	memcpy(text, UNREACHABLE, strlen(UNREACHABLE));
	return text;
}

long sys_getcwd(uaddr_t ubuf, unsigned long size)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *text;
	struct path root, pwd;
	bool reachable;
	long ret;

	if (!buf)
		return -ENOMEM;
	get_fs_root(current->fs, &root);
	get_fs_pwd(current->fs, &pwd);
	ret = -ENOENT;
	if (d_unlinked(pwd.dentry))
		goto out;
	text = d_path_from(&pwd, &root, buf, PATH_MAX, &reachable);
	if (!IS_ERR(text) && !reachable)
		text = unreachable_prefix(text, buf);
	ret = PTR_ERR_OR_ZERO(text);
	if (ret)
		goto out;
	ret = buf + PATH_MAX - text;
	if ((unsigned long)ret > size)
		ret = -ERANGE;
	else if (copy_to_user(ubuf, text, ret))
		ret = -EFAULT;
out:
	path_put(&pwd);
	path_put(&root);
	kfree(buf);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * handle.c - file handles: a name for an object that outlives its path.
 *
 * WHAT        name_to_handle_at() asks the object's file system to put what identifies it into a few words; open_by_handle_at() gives
 *             these words back to a mount of the same file system and opens what they mean. The words are the file system's own
 *             (export_operations); programs compare them and keep them.
 *
 *             offset  size  struct file_handle
 *             0       4     handle_bytes: room for the words; on return what they take
 *             4       4     handle_type: of the file system
 *             8       n     the words
 * INVARIANTS  H1  A handle is never believed: decoding finds a live inode by number and generation or answers -ESTALE. An inode that is
 *                 being evicted is waited for and then not found (inode.c, N1).
 * LOCKING     None of its own.
 * ERRORS      -EOPNOTSUPP: the file system gives out none. -EOVERFLOW: the room is too small, and says how much it takes.
 *             -EPERM: opening needs CAP_DAC_READ_SEARCH, as it goes past all directories. -ESTALE: no such object any more.
 * TESTS       tests/guest/vfs/handle_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/fdtable.h>
#include <vfs/fs_struct.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/namei.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>

#define HANDLE_BYTES_MAX 128
#define HANDLE_WORDS_MAX (HANDLE_BYTES_MAX / 4)

struct file_handle_head {
	u32 handle_bytes;
	s32 handle_type;
};
static_assert(sizeof(struct file_handle_head) == 8);

struct file_handle {
	struct file_handle_head head;
	u32 words[HANDLE_WORDS_MAX];
};
static_assert(offsetof(struct file_handle, words) == 8);

/* --- giving out --- */

/* Fill @handle, whose head.handle_bytes says how much room there is. -EOVERFLOW: the head says how much it takes. */
static int encode(const struct path *path, struct file_handle *handle)
{
	const struct export_operations *ops = path->dentry->d_sb->s_export_op;
	u32 room = handle->head.handle_bytes / 4, taken = room;

	handle->head.handle_type = ops->encode(d_inode(path->dentry), handle->words, &taken);
	handle->head.handle_bytes = taken * 4;
	return handle->head.handle_type == FILEID_INVALID || taken > room ? -EOVERFLOW : 0;
}

static int give_handle(const struct path *path, uaddr_t uhandle, uaddr_t umount_id)
{
	struct file_handle handle = {};
	u32 mount = mount_id(path->mnt), bytes;
	int err;

	if (!path->dentry->d_sb->s_export_op)
		return -EOPNOTSUPP;
	if (copy_from_user(&handle.head, uhandle, sizeof(handle.head)))
		return -EFAULT;
	if (handle.head.handle_bytes > HANDLE_BYTES_MAX)
		return -EINVAL;
	err = encode(path, &handle);
	bytes = sizeof(handle.head) + (err ? 0 : handle.head.handle_bytes);
	if (copy_to_user(umount_id, &mount, sizeof(mount)) || copy_to_user(uhandle, &handle, bytes))
		return -EFAULT;
	return err;
}

long sys_name_to_handle_at(int dfd, uaddr_t uname, uaddr_t uhandle, uaddr_t umount_id, int flag)
{
	unsigned int lookup = 0;
	struct path path;
	int err;

	if (flag & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flag & AT_SYMLINK_FOLLOW)
		lookup |= LOOKUP_FOLLOW;
	if (flag & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	err = user_path_at(dfd, uname, lookup, &path);
	if (err)
		return err;
	err = give_handle(&path, uhandle, umount_id);
	path_put(&path);
	return err;
}

/* --- taking back --- */

static int take_handle(uaddr_t uhandle, struct file_handle *handle)
{
	if (copy_from_user(&handle->head, uhandle, sizeof(handle->head)))
		return -EFAULT;
	if (!handle->head.handle_bytes || handle->head.handle_bytes > HANDLE_BYTES_MAX)
		return -EINVAL;
	if (copy_from_user(handle->words, uaddr_add(uhandle, sizeof(handle->head)), handle->head.handle_bytes))
		return -EFAULT;
	return 0;
}

/* The mount that @fd is on, with a reference. */
static struct vfsmount *mount_of_fd(int fd)
{
	struct vfsmount *mnt;
	struct path pwd;
	struct fd f;

	if (fd == AT_FDCWD) {
		get_fs_pwd(current->fs, &pwd);
		dput(pwd.dentry);
		return pwd.mnt;
	}
	f = fdget(fd);
	if (!f.file)
		return ERR_PTR(-EBADF);
	mnt = mntget(f.file->f_path.mnt);
	fdput(f);
	return mnt;
}

static int decode(int mountdirfd, const struct file_handle *handle, struct path *path)
{
	const struct export_operations *ops;
	struct dentry *dentry = NULL;
	struct vfsmount *mnt = mount_of_fd(mountdirfd);

	if (IS_ERR(mnt))
		return PTR_ERR(mnt);
	ops = mnt->mnt_sb->s_export_op;
	if (ops)
		dentry = ops->decode(mnt->mnt_sb, handle->words, handle->head.handle_bytes / 4, handle->head.handle_type);
	if (IS_ERR_OR_NULL(dentry)) {
		mntput(mnt);
		return dentry == ERR_PTR(-ENOMEM) ? -ENOMEM : -ESTALE; /* H1 */
	}
	path->mnt = mnt;
	path->dentry = dentry;
	return 0;
}

static long open_decoded(const struct path *path, int flags)
{
	int fd = get_unused_fd_flags(flags);
	struct file *file;

	if (fd < 0)
		return fd;
	file = file_open_root(path, "", flags, 0);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

long sys_open_by_handle_at(int mountdirfd, uaddr_t uhandle, int flags)
{
	struct file_handle handle;
	struct path path;
	long ret;

	if (!capable(CAP_DAC_READ_SEARCH))
		return -EPERM;
	ret = take_handle(uhandle, &handle);
	if (!ret)
		ret = decode(mountdirfd, &handle, &path);
	if (ret)
		return ret;
	ret = open_decoded(&path, flags | O_LARGEFILE);
	path_put(&path);
	return ret;
}

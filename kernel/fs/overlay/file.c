/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.c - open files: every operation goes to a file of the layer that has the data.
 *
 * WHAT        Opening for writing copies the object up first. An open overlay file owns an open real file. A file that was opened
 *             for reading before the copy-up goes on with the new object from its next operation on.
 * INVARIANTS  I1  private_data is the real file of the inode that had the data at open; operations use it, or a fresh one when the
 *                 object was copied up since.
 *             I2  Pages belong to the real file's inode; the overlay inode has none. A map is a map of the real file under the
 *                 overlay's path.
 * LOCKING     i_rwsem of the overlay inode for writes; the real file's operations take their own.
 * ERRORS      Those of the real file.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/uabi_file.h>
#include <mm/iter.h>
#include <mm/mm.h>
#include <vfs/file.h>
#include "overlay_impl.h"

static struct file *ovl_open_real(struct file *file, struct inode *inode)
{
	const struct cred *old = ovl_override(inode->i_sb);
	u32 flags = (file->f_flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY)) | O_NOATIME;
	struct file *real;

	real = open_with_fake_path(&file->f_path, flags, ovl_real_inode(inode), current_cred());
	revert_creds(old);
	return real;
}

/* The real file to use now. *fresh says that the caller puts it. */
static struct file *ovl_real_file(struct file *file, bool *fresh)
{
	struct file *real = file->private_data;

	*fresh = false;
	if (likely(file_inode(real) == ovl_real_inode(file_inode(file))))
		return real;
	real = ovl_open_real(file, file_inode(file)); /* I1 */
	*fresh = !IS_ERR(real);
	return real;
}

static void ovl_real_put(struct file *real, bool fresh)
{
	if (fresh)
		fput(real);
}

static int ovl_open(struct inode *inode, struct file *file)
{
	struct dentry *dentry = file_dentry(file);
	struct file *real;
	int ret = 0;

	if (file->f_mode & FMODE_WRITE)
		ret = file->f_flags & O_TRUNC ? ovl_copy_up_truncate(dentry) : ovl_copy_up(dentry);
	if (ret)
		return ret;
	file->f_flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	real = ovl_open_real(file, inode);
	if (IS_ERR(real))
		return PTR_ERR(real);
	file->private_data = real;
	file->f_mode |= real->f_mode & FMODE_CAN_DIRECT;
	return 0;
}

static void ovl_release(struct inode *inode, struct file *file)
{
	fput(file->private_data);
}

static loff_t ovl_llseek(struct file *file, loff_t off, int whence)
{
	bool fresh;
	struct file *real;
	loff_t ret;

	if (whence == SEEK_CUR && !off)
		return file->f_pos;
	real = ovl_real_file(file, &fresh);
	if (IS_ERR(real))
		return PTR_ERR(real);
	real->f_pos = file->f_pos;
	ret = vfs_llseek(real, off, whence);
	file->f_pos = real->f_pos;
	ovl_real_put(real, fresh);
	return ret;
}

static ssize_t ovl_read(struct file *file, struct iter *to, loff_t *pos)
{
	const struct cred *old;
	bool fresh;
	struct file *real;
	ssize_t ret;

	if (!iter_count(to))
		return 0;
	real = ovl_real_file(file, &fresh);
	if (IS_ERR(real))
		return PTR_ERR(real);
	old = ovl_override(file_inode(file)->i_sb);
	ret = vfs_read_iter(real, to, pos);
	revert_creds(old);
	if (ovl_inode_upper(file_inode(file)))
		file_accessed(file);
	ovl_real_put(real, fresh);
	return ret;
}

static ssize_t ovl_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	const struct cred *old;
	bool fresh;
	struct file *real;
	ssize_t ret;

	if (!iter_count(from))
		return 0;
	inode_lock(inode);
	ovl_copyattr(inode);
	ret = file_remove_privs(file);
	real = ret ? ERR_PTR(ret) : ovl_real_file(file, &fresh);
	ret = PTR_ERR_OR_ZERO(real);
	if (!ret) {
		old = ovl_override(inode->i_sb);
		ret = vfs_write_iter(real, from, pos);
		revert_creds(old);
		ovl_copyattr(inode);
		inode_inc_change(inode);
		ovl_real_put(real, fresh);
	}
	inode_unlock(inode);
	return ret;
}

static int ovl_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct inode *inode = file_inode(file);
	bool fresh;
	struct file *real;
	int ret;

	if (!ovl_inode_upper(inode) || ovl_fs(inode->i_sb)->config.is_volatile)
		return 0;
	real = ovl_real_file(file, &fresh);
	if (IS_ERR(real))
		return PTR_ERR(real);
	ret = vfs_fsync_datasync_range(real, start, end, datasync);
	ovl_real_put(real, fresh);
	return ret;
}

/* I2 */
static int ovl_mmap(struct file *file, struct vma *vma)
{
	struct file *real = file->private_data;
	int ret;

	if (!real->f_op->mmap)
		return -ENODEV;
	vma->vm_file = get_file(real);
	ret = real->f_op->mmap(real, vma);
	if (ret) {
		vma->vm_file = file;
		fput(real);
		return ret;
	}
	fput(file); /* the map holds the real file in its place */
	return 0;
}

static long ovl_fallocate(struct file *file, int mode, loff_t off, loff_t len)
{
	struct inode *inode = file_inode(file);
	const struct cred *old;
	bool fresh;
	struct file *real;
	long ret;

	real = ovl_real_file(file, &fresh);
	if (IS_ERR(real))
		return PTR_ERR(real);
	inode_lock(inode);
	old = ovl_override(inode->i_sb);
	ret = vfs_fallocate(real, mode, off, len);
	revert_creds(old);
	ovl_copyattr(inode);
	inode_unlock(inode);
	ovl_real_put(real, fresh);
	return ret;
}

static int ovl_fadvise(struct file *file, loff_t off, loff_t len, int advice)
{
	bool fresh;
	struct file *real = ovl_real_file(file, &fresh);
	int ret = 0;

	if (IS_ERR(real))
		return PTR_ERR(real);
	if (real->f_op->fadvise)
		ret = real->f_op->fadvise(real, off, len, advice);
	ovl_real_put(real, fresh);
	return ret;
}

const struct file_operations ovl_file_fops = {
	.llseek = ovl_llseek,
	.read = ovl_read,
	.write = ovl_write,
	.mmap = ovl_mmap,
	.open = ovl_open,
	.release = ovl_release,
	.fsync = ovl_fsync,
	.fallocate = ovl_fallocate,
	.fadvise = ovl_fadvise,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * open_file.c - the open proper: a struct file meets its inode.
 *
 * WHAT        A struct file is made first and filled last. Here it takes its path, its right to write, the security hooks' word and the
 *             file system's ->open; and what ->open, ->atomic_open and ->tmpfile call to say how it went.
 * INVARIANTS  O1  A file with FMODE_OPENED has had its ->open; only such a file gets ->release.
 *             O3  FMODE_WRITER: the file counts among the writers of its inode and of its mount.
 * LOCKING     None is held over ->open, which may park.
 * ERRORS      -ETXTBSY, -EROFS, what the hooks and ->open say. Nothing is held after an error.
 * TESTS       tests/guest/vfs/names_test.c, tests/guest/vfs/files_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <mm/filemap.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/super.h>
#include <linux/fs.h>
#include "namei_impl.h"

static const struct file_operations path_fops;

/* --- the open proper --- */

int generic_file_open(struct inode *inode, struct file *file)
{
	return 0;
}

int nonseekable_open(struct inode *inode, struct file *file)
{
	file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	return 0;
}

int stream_open(struct inode *inode, struct file *file)
{
	file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE | FMODE_ATOMIC_POS);
	file->f_mode |= FMODE_STREAM;
	return 0;
}

static bool is_special(const struct inode *inode)
{
	umode_t mode = inode->i_mode;

	return S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode);
}

static int take_file_access(struct file *file, struct inode *inode)
{
	int err;

	if (!(file->f_mode & FMODE_WRITE) || is_special(inode))
		return 0;
	err = get_write_access(inode);
	if (err)
		return err;
	err = mnt_want_write(file->f_path.mnt);
	if (err) {
		put_write_access(inode);
		return err;
	}
	file->f_mode |= FMODE_WRITER;
	return 0;
}

static void drop_file_access(struct file *file, struct inode *inode)
{
	if (!(file->f_mode & FMODE_WRITER))
		return;
	put_write_access(inode);
	mnt_drop_write(file->f_path.mnt);
	file->f_mode &= ~FMODE_WRITER;
}

/* Contents that have a place below the page cache can be had from there. A stacked file system says so in its ->open. */
static bool allows_direct(const struct file *file)
{
	return !mapping_is_ram(file->f_mapping) && file->f_mapping->a_ops->read_folio;
}

/* file->f_path is set, borrowed; references are taken here. @override: the inode of a stacked file system's real file. */
int do_dentry_open_inode(struct file *file, struct inode *inode)
{
	int err;

	path_get(&file->f_path);
	file->f_inode = inode;
	file->f_mapping = inode->i_mapping;
	if (unlikely(file->f_flags & O_PATH)) {
		file->f_mode = FMODE_PATH | FMODE_OPENED;
		file->f_op = &path_fops;
		return 0;
	}
	file->f_wb_err = mapping_sample_wb_err(file->f_mapping);
	err = take_file_access(file, inode);
	if (err)
		goto put_path;
	if (S_ISREG(inode->i_mode) || S_ISDIR(inode->i_mode))
		file->f_mode |= FMODE_ATOMIC_POS;
	file->f_op = inode->i_fop;
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	err = security_file_open(file);
	if (err)
		goto drop_access;
	if (allows_direct(file))
		file->f_mode |= FMODE_CAN_DIRECT;
	if (file->f_op->open) {
		err = file->f_op->open(inode, file);
		if (err)
			goto drop_access;
	}
	file->f_mode |= FMODE_OPENED;	/* O1 */
	if ((file->f_mode & FMODE_READ) && file->f_op->read)
		file->f_mode |= FMODE_CAN_READ;
	if ((file->f_mode & FMODE_WRITE) && file->f_op->write)
		file->f_mode |= FMODE_CAN_WRITE;
	if ((file->f_mode & FMODE_LSEEK) && !file->f_op->llseek)
		file->f_mode &= ~FMODE_LSEEK;
	file->f_flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	file_ra_state_init(&file->f_ra);
	if ((file->f_flags & O_DIRECT) && !(file->f_mode & FMODE_CAN_DIRECT))
		return -EINVAL; /* the last fput() undoes the open */
	return 0;
drop_access:
	drop_file_access(file, inode);
put_path:
	path_put(&file->f_path);
	file->f_path.mnt = NULL;
	file->f_path.dentry = NULL;
	file->f_inode = NULL;
	return err;
}

int vfs_open(const struct path *path, struct file *file)
{
	file->f_path = *path;
	return do_dentry_open_inode(file, d_backing_inode(path->dentry));
}

struct file *dentry_open(const struct path *path, unsigned int flags, const struct cred *cred)
{
	struct file *file = alloc_empty_file(flags, cred);
	int err;

	if (IS_ERR(file))
		return file;
	err = vfs_open(path, file);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

struct file *open_with_fake_path(const struct path *path, unsigned int flags, struct inode *inode,
				 const struct cred *cred)
{
	struct file *file = alloc_empty_file(flags, cred);
	int err;

	if (IS_ERR(file))
		return file;
	file->f_path = *path;
	err = do_dentry_open_inode(file, inode);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

/* --- helpers of ->atomic_open and ->tmpfile --- */

int finish_open(struct file *file, struct dentry *dentry)
{
	KASSERT(!(file->f_mode & FMODE_OPENED));
	file->f_path.dentry = dentry;	/* mnt was set by the caller of the method */
	return do_dentry_open_inode(file, d_backing_inode(dentry));
}

int finish_no_open(struct file *file, struct dentry *dentry)
{
	file->f_path.dentry = dentry;
	return 0;
}

int finish_open_simple(struct file *file, int error)
{
	return error ? error : finish_open(file, file->f_path.dentry);
}

void d_mark_tmpfile(struct file *file, struct inode *inode)
{
	struct dentry *dentry = file->f_path.dentry;
	char name[24];
	int len = scnprintf(name, sizeof(name), "#%llu", (unsigned long long)inode->i_ino);

	spin_lock(&dentry->d_lock);
	memcpy(dentry->d_iname, name, len + 1);
	dentry->d_name.len = len;
	spin_unlock(&dentry->d_lock);
	d_instantiate(dentry, inode);
}

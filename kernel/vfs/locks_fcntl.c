/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * locks_fcntl.c - fcntl(2) on locks of ranges: from struct flock to a request, and back.
 *
 * WHAT        F_SETLK, F_SETLKW, F_GETLK and their OFD forms. The range is made absolute here; locks.c, or the file system's own
 *             operation, decides.
 * ERRORS      -EFAULT, -EINVAL, -EOVERFLOW (a range beyond OFFSET_MAX), -EBADF (not open for it, or closed meanwhile), those of locks.c.
 * TESTS       tests/guest/vfs/locks_test.c
 */
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <sched/task.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/locks.h>
#include <vfs/vfs_port.h>
#include "vfs_impl.h"

static int flock_base(struct file *file, int whence, loff_t *base)
{
	switch (whence) {
	case SEEK_SET:
		*base = 0;
		return 0;
	case SEEK_CUR:
		*base = file->f_pos;
		return 0;
	case SEEK_END:
		*base = i_size_read(file_inode(file));
		return 0;
	default:
		return -EINVAL;
	}
}

/* From the wire form. */
static int flock_to_range(struct file *file, struct file_lock *fl, const struct flock *l)
{
	loff_t base;
	int err = flock_base(file, l->l_whence, &base);

	if (err)
		return err;
	if (l->l_start > OFFSET_MAX - base)
		return -EOVERFLOW;
	fl->fl_start = base + l->l_start;
	if (fl->fl_start < 0)
		return -EINVAL;
	if (l->l_len > 0) {
		if (l->l_len - 1 > OFFSET_MAX - fl->fl_start)
			return -EOVERFLOW;
		fl->fl_end = fl->fl_start + l->l_len - 1;
	} else if (l->l_len < 0) {
		if (fl->fl_start + l->l_len < 0)
			return -EINVAL;
		fl->fl_end = fl->fl_start - 1;
		fl->fl_start += l->l_len;
	} else {
		fl->fl_end = OFFSET_MAX;
	}
	if (l->l_type != F_RDLCK && l->l_type != F_WRLCK && l->l_type != F_UNLCK)
		return -EINVAL;
	fl->fl_type = l->l_type;
	fl->fl_flags = FL_POSIX;
	fl->fl_file = file;
	fl->fl_owner = current->files;
	fl->fl_pid = vfs_current_tgid();
	return 0;
}

static int make_ofd(struct file *file, struct file_lock *fl, const struct flock *l)
{
	if (l->l_pid)
		return -EINVAL;
	fl->fl_flags |= FL_OFDLCK;
	fl->fl_owner = file;
	fl->fl_pid = -1;
	return 0;
}

static bool mode_allows_lock(const struct file *file, unsigned char type)
{
	if (type == F_RDLCK)
		return file->f_mode & FMODE_READ;
	return type != F_WRLCK || (file->f_mode & FMODE_WRITE);
}

long fcntl_setlk(unsigned int fd, struct file *file, unsigned int cmd, uaddr_t arg)
{
	struct file_lock fl = { 0 };
	struct fd again;
	struct flock l;
	int err;

	if (get_user_obj(&l, arg))
		return -EFAULT;
	err = flock_to_range(file, &fl, &l);
	if (err)
		return err;
	if (!mode_allows_lock(file, fl.fl_type))
		return -EBADF;
	if (cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW) {
		err = make_ofd(file, &fl, &l);
		if (err)
			return err;
	}
	if (cmd == F_SETLKW || cmd == F_OFD_SETLKW)
		fl.fl_flags |= FL_SLEEP;
	if (file->f_op->lock)
		err = file->f_op->lock(file, cmd, &fl);
	else
		err = posix_lock_file_wait(file, &fl);
	if (err || fl.fl_type == F_UNLCK || (fl.fl_flags & FL_OFDLCK))
		return err;
	/* another thread may have closed the descriptor meanwhile: then nobody would drop the lock */
	again = fdget_raw(fd);
	if (again.file != file) {
		fl.fl_type = F_UNLCK;
		posix_lock_file(file, &fl);
		err = -EBADF;
	}
	if (again.file)
		fdput(again);
	return err;
}

long fcntl_getlk(struct file *file, unsigned int cmd, uaddr_t arg)
{
	struct file_lock fl = { 0 };
	struct flock l;
	int err;

	if (get_user_obj(&l, arg))
		return -EFAULT;
	if (l.l_type != F_RDLCK && l.l_type != F_WRLCK)
		return -EINVAL;
	err = flock_to_range(file, &fl, &l);
	if (!err && cmd == F_OFD_GETLK)
		err = make_ofd(file, &fl, &l);
	if (err)
		return err;
	if (file->f_op->lock) {
		err = file->f_op->lock(file, F_GETLK, &fl);
		if (err)
			return err;
	} else {
		posix_test_lock(file, &fl);
	}
	l.l_type = fl.fl_type;
	if (fl.fl_type != F_UNLCK) {
		l.l_whence = SEEK_SET;
		l.l_start = fl.fl_start;
		l.l_len = fl.fl_end == OFFSET_MAX ? 0 : fl.fl_end - fl.fl_start + 1;
		l.l_pid = fl.fl_flags & FL_OFDLCK ? -1 : vfs_pid_nr_here(fl.fl_pid);
	}
	return put_user_obj(&l, arg);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fdtable_calls.c - the calls on descriptors themselves: close, dup and its kin, close_range, the close-on-exec mark.
 *
 * WHAT        Each call takes or puts one number or a range of them, under the lock; files that go are closed after it is dropped.
 * INVARIANTS  I1  close that parks has taken the file out of the table and keeps its reference in object slot 0: the next pass goes on with
 *                 that file, whatever the number stands for by then.
 * LOCKING     file_lock for every change of the table.
 * ERRORS      -EBADF, -EMFILE (RLIMIT_NOFILE), -EINVAL, -ENOMEM, -EBUSY (dup2 onto a reserved number).
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/bitmap.h>
#include <sched/task.h>
#include <sync/call.h>
#include <vfs/inode.h>
#include <vfs/locks.h>
#include <vfs/vfs_calls.h>
#include <vfs/vfs_port.h>
#include <linux/close_range.h>
#include <linux/resource.h>
#include "fdtable_impl.h"
#include "vfs_impl.h"

long sys_close(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct file *file = call_resumed() ? call_take(0) : NULL;
	int err = 0;

	if (!file)
		file = pick_file(files, fd);
	if (!file)
		return -EBADF;
	if (file->f_op->flush) {
		err = file->f_op->flush(file);
		if (err == -EPARK) {
			call_keep(0, file);	/* I1 */
			return err;
		}
	}
	if (likely(!(file->f_mode & FMODE_PATH)) && file->f_inode->i_flctx)
		locks_remove_posix(file, files);
	fput(file);
	/* the descriptor is gone: calling close() again would be wrong */
	if (err == -ERESTARTSYS || err == -ERESTARTNOINTR || err == -ERESTARTNOHAND)
		err = -EINTR;
	return err;
}

/* Put @file (borrowed) at @fd, closing what was there. file_lock is held and dropped. */
static int replace_locked(struct files_struct *files, struct file *file, unsigned int fd, unsigned int flags)
{
	struct file *old = files->fdt->fd[fd];

	if (!old && test_bit(fd, files->fdt->open_fds)) {
		spin_unlock(&files->file_lock);
		return -EBUSY;
	}
	get_file(file);
	rcu_assign_pointer(files->fdt->fd[fd], file);
	fdtable_mark_open(files->fdt, fd, flags & O_CLOEXEC);
	spin_unlock(&files->file_lock);
	if (old)
		filp_close(old, files);
	return fd;
}

static int dup_to(unsigned int oldfd, unsigned int newfd, unsigned int flags)
{
	struct files_struct *files = current->files;
	struct file *file;
	int err;

	if (newfd >= vfs_rlimit(RLIMIT_NOFILE))
		return -EBADF;
	spin_lock(&files->file_lock);
	err = fdtable_expand_locked(files, newfd);
	if (err < 0) {
		spin_unlock(&files->file_lock);
		return err == -EMFILE ? -EBADF : err;
	}
	file = fdtable_file_at(files->fdt, oldfd);
	if (!file) {
		spin_unlock(&files->file_lock);
		return -EBADF;
	}
	return replace_locked(files, file, newfd, flags);
}

long sys_dup3(unsigned int oldfd, unsigned int newfd, int flags)
{
	if (flags & ~O_CLOEXEC)
		return -EINVAL;
	if (oldfd == newfd)
		return -EINVAL;
	return dup_to(oldfd, newfd, flags);
}

long sys_dup2(unsigned int oldfd, unsigned int newfd)
{
	if (unlikely(oldfd == newfd)) {
		struct fd f = fdget_raw(oldfd);

		if (!f.file)
			return -EBADF;
		fdput(f);
		return oldfd;
	}
	return dup_to(oldfd, newfd, 0);
}

long sys_dup(unsigned int oldfd)
{
	struct file *file = fget_raw(oldfd);
	int fd;

	if (!file)
		return -EBADF;
	fd = get_unused_fd_flags(0);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

int dup_from(struct file *file, unsigned int from, unsigned int flags)
{
	unsigned long max = vfs_rlimit(RLIMIT_NOFILE);
	int fd;

	if (from >= max)
		return -EINVAL;
	fd = alloc_fd(from, max, flags);
	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

void set_close_on_exec(unsigned int fd, bool set)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	if (fd < files->fdt->max_fds) {
		if (set)
			__set_bit(fd, files->fdt->close_on_exec);
		else
			__clear_bit(fd, files->fdt->close_on_exec);
	}
	spin_unlock(&files->file_lock);
}

bool get_close_on_exec(unsigned int fd)
{
	struct fdtable *fdt;
	bool set;

	rcu_read_lock();
	fdt = rcu_dereference(current->files->fdt);
	set = fd < fdt->max_fds && test_bit(fd, fdt->close_on_exec);
	rcu_read_unlock();
	return set;
}

static void range_cloexec(struct files_struct *files, unsigned int first, unsigned int last)
{
	spin_lock(&files->file_lock);
	last = min(last, files->fdt->max_fds - 1);
	if (first <= last)
		bitmap_set(files->fdt->close_on_exec, first, last - first + 1);
	spin_unlock(&files->file_lock);
}

static void range_close(struct files_struct *files, unsigned int first, unsigned int last)
{
	unsigned int fd;

	for (fd = first; fd <= last; fd++) {
		struct file *file;

		spin_lock(&files->file_lock);
		if (fd >= files->fdt->max_fds) {
			spin_unlock(&files->file_lock);
			return;
		}
		fd = find_next_bit(files->fdt->open_fds, files->fdt->max_fds, fd);
		file = fd <= last ? pick_file_locked(files, fd) : NULL;
		spin_unlock(&files->file_lock);
		if (file)
			filp_close(file, files);
		if (fd == UINT_MAX)
			return;
	}
}

long sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	if (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		int err = unshare_files();

		if (err)
			return err;
	}
	if (flags & CLOSE_RANGE_CLOEXEC)
		range_cloexec(current->files, first, last);
	else
		range_close(current->files, first, last);
	return 0;
}

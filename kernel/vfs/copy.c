/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy.c - sendfile and copy_file_range: bytes from file to file without passing through user space.
 *
 * WHAT        A kernel page buffer goes between the two methods. What was read but not written (the writer parked or took
 *             less) is read again: the source's position moves only by what the target took.
 * INVARIANTS  P1  Progress over passes of one call is in call_done(), as in read_write.c.
 * ERRORS      -EINVAL, -EBADF, -EXDEV, -EISDIR, -ESPIPE, -EPARK.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/err.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <sync/call.h>
#include <sync/thread.h>
#include <vfs/inode.h>
#include <vfs/splice.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>
#include "vfs_impl.h"

#define COPY_CHUNK 65536

/* One bufferful: bytes written, 0 at the end of @in, or -errno. */
static ssize_t copy_chunk(struct file *in, loff_t *ppos, struct file *out, loff_t *opos, char *buf, size_t len)
{
	loff_t from = *ppos;
	ssize_t got = kernel_read(in, buf, len, &from);
	struct iter iter;
	ssize_t put;

	if (got <= 0)
		return got;
	iter_init_kbuf(&iter, ITER_SOURCE, buf, got);
	put = vfs_write_iter(out, &iter, opos);
	if (put == -EPARK && iter_count(&iter) < (size_t)got)
		put = got - iter_count(&iter);	/* part of it went: the next chunk will say -EPARK again */
	if (put > 0)
		*ppos += put;
	return put;
}

/* Sources that cannot be read twice (pipes, sockets) must not lose bytes: read only what is surely taken. */
ssize_t do_copy_direct(struct file *in, loff_t *ppos, struct file *out, loff_t *opos, size_t len, unsigned int flags)
{
	size_t chunk = min_t(size_t, len, COPY_CHUNK);
	ssize_t total = 0, ret = 0;
	char *buf;

	if (!len)
		return 0;
	buf = kvmalloc(chunk, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	while (len) {
		ret = copy_chunk(in, ppos, out, opos, buf, min(len, chunk));
		if (ret <= 0)
			break;
		total += ret;
		len -= ret;
		if (thread_signal_pending(current_thread()) || park_pending())
			break;
	}
	kvfree(buf);
	if (ret < 0 && ret != -EPARK && total)
		return total;
	if (ret == -EPARK || (len && ret > 0 && park_pending())) {
		call_done_add(total);
		return -EPARK;
	}
	return ret < 0 ? ret : total;
}

/* --- sendfile --- */

static ssize_t send_between(struct file *in, loff_t *ppos, struct file *out, size_t count)
{
	loff_t opos = out->f_pos;
	ssize_t ret;

	if (!(in->f_mode & FMODE_CAN_READ) || !(out->f_mode & FMODE_CAN_WRITE) || !(in->f_mode & FMODE_LSEEK))
		return -EINVAL;
	if (in->f_op->splice_read == splice_read_none || !(file_inode(out)->i_mode & S_IFMT))
		return -EINVAL; /* the second: eventfd and its kind take whole numbers from write() alone */
	if (out->f_flags & O_APPEND)
		return -EINVAL;
	ret = do_copy_direct(in, ppos, out, &opos, min(count, MAX_RW_COUNT), 0);
	if (!(out->f_mode & FMODE_STREAM))
		out->f_pos = opos;
	return ret;
}

long sys_sendfile(int out_fd, int in_fd, uaddr_t uoffset, size_t count)
{
	u64 done = this_call()->done;
	struct fd in, out;
	loff_t pos = 0;
	ssize_t ret;

	if (!uaddr_is_null(uoffset) && get_user_u64(uoffset, (u64 *)&pos))
		return -EFAULT;
	in = fdget(in_fd);
	if (!in.file)
		return -EBADF;
	out = fdget(out_fd);
	ret = -EBADF;
	if (!out.file)
		goto put_in;
	if (!(in.file->f_mode & FMODE_READ) || !(out.file->f_mode & FMODE_WRITE))
		goto put_out;
	ret = -EINVAL;
	if ((ssize_t)count < 0)
		goto put_out;
	if (uaddr_is_null(uoffset)) {
		pos = in.file->f_pos;
	} else {
		ret = -ESPIPE;
		if (!(in.file->f_mode & FMODE_PREAD))
			goto put_out;
		ret = -EINVAL;
		if (pos < 0)
			goto put_out;
	}
	ret = send_between(in.file, &pos, out.file, count - done);
	if (uaddr_is_null(uoffset))
		in.file->f_pos = pos;
	else if (put_user_u64(pos, uoffset))
		ret = -EFAULT;
	ret = copy_result(ret);
put_out:
	fdput(out);
put_in:
	fdput(in);
	return ret;
}

/* --- copy_file_range --- */

static int copy_range_checks(struct file *in, loff_t pos_in, struct file *out, loff_t pos_out, size_t *len)
{
	struct inode *from = file_inode(in), *to = file_inode(out);
	loff_t size = i_size_read(from);
	ssize_t room;

	if (S_ISDIR(from->i_mode) || S_ISDIR(to->i_mode))
		return -EISDIR;
	if (!S_ISREG(from->i_mode) || !S_ISREG(to->i_mode))
		return -EINVAL;
	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE) || (out->f_flags & O_APPEND))
		return -EBADF;
	if (IS_IMMUTABLE(to))
		return -EPERM;
	if (pos_in < 0 || pos_out < 0)
		return -EINVAL;
	if ((u64)pos_in + *len < (u64)pos_in || (u64)pos_out + *len < (u64)pos_out)
		return -EOVERFLOW;
	*len = pos_in >= size ? 0 : min_t(u64, *len, size - pos_in);
	if (*len) {
		room = write_limits(out, pos_out, *len);
		if (room < 0)
			return room;
		*len = room;
	}
	if (from == to && pos_out + *len > pos_in && pos_out < pos_in + (loff_t)*len)
		return -EINVAL;
	return 0;
}

ssize_t vfs_copy_file_range(struct file *in, loff_t pos_in, struct file *out, loff_t pos_out, size_t len,
			    unsigned int flags)
{
	int err;

	if (flags)
		return -EINVAL;
	err = copy_range_checks(in, pos_in, out, pos_out, &len);
	if (err)
		return err;
	if (file_inode(in)->i_sb != file_inode(out)->i_sb &&
	    (!out->f_op->copy_file_range || out->f_op->copy_file_range != in->f_op->copy_file_range))
		return -EXDEV;
	if (!len)
		return 0;
	if (out->f_op->copy_file_range && out->f_op == in->f_op) {
		ssize_t ret = out->f_op->copy_file_range(in, pos_in, out, pos_out, len, flags);

		if (ret != -EOPNOTSUPP && ret != -EXDEV)
			return ret;
	}
	return do_copy_direct(in, &pos_in, out, &pos_out, min_t(size_t, len, MAX_RW_COUNT), 0);
}

static int pos_of(struct file *file, uaddr_t uoff, loff_t *pos)
{
	if (!uaddr_is_null(uoff))
		return get_user_u64(uoff, (u64 *)pos);
	*pos = file->f_pos;
	return 0;
}

static int set_pos_of(struct file *file, uaddr_t uoff, loff_t pos)
{
	if (!uaddr_is_null(uoff))
		return put_user_u64(pos, uoff);
	file->f_pos = pos;
	return 0;
}

long sys_copy_file_range(int fd_in, uaddr_t off_in, int fd_out, uaddr_t off_out, size_t len, unsigned int flags)
{
	u64 before = this_call()->done, moved;
	struct fd in = fdget(fd_in), out;
	loff_t pos_in = 0, pos_out = 0;
	ssize_t ret = -EBADF;

	if (!in.file)
		return -EBADF;
	out = fdget(fd_out);
	if (!out.file)
		goto put_in;
	ret = -EFAULT;
	if (pos_of(in.file, off_in, &pos_in) || pos_of(out.file, off_out, &pos_out))
		goto put_out;
	ret = vfs_copy_file_range(in.file, pos_in, out.file, pos_out, len - before, flags);
	moved = ret == -EPARK ? this_call()->done - before : ret > 0 ? ret : 0;
	if (moved && (set_pos_of(in.file, off_in, pos_in + moved) || set_pos_of(out.file, off_out, pos_out + moved)))
		ret = -EFAULT;
	ret = copy_result(ret);
put_out:
	fdput(out);
put_in:
	fdput(in);
	return ret;
}

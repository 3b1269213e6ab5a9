/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * splice.c - splice, tee and vmsplice: pieces of pages change hands between a pipe and something else.
 *
 * WHAT        pipe -> pipe moves the pieces (splice) or shares their pages (tee). file -> pipe reads into fresh pages that become
 *             pieces; pipe -> file writes the oldest pieces and lets go of what was written. A file may bring its own
 *             splice_read and splice_write.
 * INVARIANTS  I1  Bytes are in the pipe or handed over, never lost: a piece leaves the ring only by what was really written, and
 *                 what was read from a file fits the ring, because the pipe's mutex is held from the test of its room on.
 *             I2  A call waits only while it has moved nothing; after that it returns what it moved.
 * LOCKING     pipe->mutex (rank PIPE, outside files' own locks) around the transfer; two pipes in address order.
 * ERRORS      -EBADF -EINVAL -ESPIPE -EAGAIN -ENOMEM -EPIPE -EFAULT -EPARK -ERESTARTSYS and those of the files.
 * TESTS       tests/guest/ipc/pipe_test.c: splice_and_tee_move_between_pipes, splice_to_and_from_a_file
 */
#include <arch/uaccess.h>
#include <linux/fs.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <mm/iter.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/ipc_calls.h>
#include <vfs/pipe.h>
#include <vfs/splice.h>
#include <vfs/vfs_port.h>
#include "vfs_impl.h"

/* splice(2) flags; the C library's header has them, linux-libc-dev does not. */
#define SPLICE_F_MOVE	  0x01
#define SPLICE_F_NONBLOCK 0x02
#define SPLICE_F_MORE	  0x04
#define SPLICE_F_GIFT	  0x08
#define SPLICE_F_ALL	  (SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

#define SPLICE_BATCH 16 /* pieces of one transfer */

static u32 pipe_room(const struct pipe_inode_info *pipe)
{
	u32 used = pipe->head - pipe->tail;

	return used < pipe->ring_size ? pipe->ring_size - used : 0;
}

/* Lock @pipe when it can take bytes. 0 with the mutex held, else -EPIPE (SIGPIPE sent) or why the wait ended. */
static int pipe_lock_writable(struct pipe_inode_info *pipe, bool is_nonblock)
{
	for (;;) {
		int ret;

		mutex_lock(&pipe->mutex);
		if (!pipe->readers) {
			mutex_unlock(&pipe->mutex);
			vfs_send_sigpipe();
			return -EPIPE;
		}
		if (pipe_room(pipe))
			return 0;
		mutex_unlock(&pipe->mutex);
		ret = pipe_wait_writable(pipe, is_nonblock);
		if (ret)
			return ret;
	}
}

/* Lock @pipe when it has bytes or no writer (then *is_end). */
static int pipe_lock_readable(struct pipe_inode_info *pipe, bool is_nonblock, bool *is_end)
{
	for (;;) {
		int ret;

		mutex_lock(&pipe->mutex);
		*is_end = pipe_is_empty(pipe);
		if (!*is_end || !pipe->writers)
			return 0;
		mutex_unlock(&pipe->mutex);
		ret = pipe_wait_readable(pipe, is_nonblock);
		if (ret)
			return ret;
	}
}

static void pipe_push(struct pipe_inode_info *pipe, struct page *page, u32 offset, u32 len, u32 flags)
{
	*pipe_slot(pipe, pipe->head) = (struct pipe_buffer){ page, offset, len, flags };
	WRITE_ONCE(pipe->head, pipe->head + 1);
}

/* --- file -> pipe -------------------------------------------------------------------------------------- */

static void put_segs(struct page_seg *segs, u32 from, u32 nr)
{
	for (u32 i = from; i < nr; i++)
		put_page(segs[i].page);
}

/* Read up to @len bytes into fresh pages and push them. pipe->mutex held, there is room. */
static ssize_t splice_read_copy(struct file *in, loff_t *pos, struct pipe_inode_info *pipe, size_t len)
{
	struct page_seg segs[SPLICE_BATCH];
	u32 nr = min_t(size_t, min_t(u32, pipe_room(pipe), SPLICE_BATCH), DIV_ROUND_UP(len, PAGE_SIZE));
	struct iter to;
	ssize_t got, left;
	u32 i;

	len = min_t(size_t, len, nr * PAGE_SIZE);
	for (i = 0; i < nr; i++) {
		segs[i] = (struct page_seg){ alloc_pages(GFP_USER, 0), 0, min_t(size_t, len - i * PAGE_SIZE, PAGE_SIZE) };
		if (!segs[i].page) {
			put_segs(segs, 0, i);
			return -ENOMEM;
		}
	}
	iter_init_pages(&to, ITER_DEST, segs, nr, len);
	got = vfs_read_iter(in, &to, pos);
	for (i = 0, left = got; left > 0; i++, left -= PAGE_SIZE)
		pipe_push(pipe, segs[i].page, 0, min_t(ssize_t, left, PAGE_SIZE), 0);
	put_segs(segs, i, nr);
	return got;
}

ssize_t splice_read_none(struct file *in, loff_t *pos, struct pipe_inode_info *pipe, size_t len, unsigned int flags)
{
	return -EINVAL;
}

static ssize_t splice_file_to_pipe(struct file *in, loff_t *pos, struct file *out, size_t len, u32 flags)
{
	struct pipe_inode_info *pipe = pipe_of_file(out);
	bool is_nonblock = (flags & SPLICE_F_NONBLOCK) || (out->f_flags & O_NONBLOCK);
	ssize_t ret;

	if (S_ISDIR(file_inode(in)->i_mode))
		return -EINVAL;
	ret = pipe_lock_writable(pipe, is_nonblock);
	if (ret)
		return ret;
	if (in->f_op->splice_read)
		ret = in->f_op->splice_read(in, pos, pipe, min_t(size_t, len, pipe_room(pipe) * PAGE_SIZE), flags);
	else
		ret = splice_read_copy(in, pos, pipe, len);
	mutex_unlock(&pipe->mutex);
	if (ret > 0)
		pipe_wake_readers(pipe);
	return ret;
}

/* --- pipe -> file -------------------------------------------------------------------------------------- */

/* Let go of the oldest @bytes bytes. */
static void pipe_consume(struct pipe_inode_info *pipe, size_t bytes)
{
	while (bytes) {
		struct pipe_buffer *buf = pipe_slot(pipe, pipe->tail);
		u32 n = min_t(size_t, bytes, buf->len);

		buf->offset += n;
		buf->len -= n;
		bytes -= n;
		if (!buf->len) {
			pipe_buffer_release(buf);
			WRITE_ONCE(pipe->tail, pipe->tail + 1);
		}
	}
}

static ssize_t splice_write_copy(struct pipe_inode_info *pipe, struct file *out, loff_t *pos, size_t len)
{
	struct page_seg segs[SPLICE_BATCH];
	struct iter from;
	size_t total = 0;
	ssize_t written;
	u32 nr = 0;

	for (u32 i = pipe->tail; i != pipe->head && nr < SPLICE_BATCH && total < len; i++, nr++) {
		struct pipe_buffer *buf = pipe_slot(pipe, i);

		segs[nr] = (struct page_seg){ buf->page, buf->offset, min_t(size_t, buf->len, len - total) };
		total += segs[nr].len;
	}
	iter_init_pages(&from, ITER_SOURCE, segs, nr, total);
	written = vfs_write_iter(out, &from, pos);
	if (written > 0)
		pipe_consume(pipe, written);
	return written;
}

static ssize_t splice_pipe_to_file(struct file *in, struct file *out, loff_t *pos, size_t len, u32 flags)
{
	struct pipe_inode_info *pipe = pipe_of_file(in);
	bool is_nonblock = (flags & SPLICE_F_NONBLOCK) || (in->f_flags & O_NONBLOCK);
	bool is_end;
	ssize_t ret = pipe_lock_readable(pipe, is_nonblock, &is_end);

	if (ret)
		return ret;
	if (!is_end)
		ret = out->f_op->splice_write ? out->f_op->splice_write(pipe, out, pos, len, flags) :
						splice_write_copy(pipe, out, pos, len);
	mutex_unlock(&pipe->mutex);
	if (ret > 0)
		pipe_wake_writers(pipe);
	return ret;
}

/* --- pipe -> pipe -------------------------------------------------------------------------------------- */

/* Put up to @len bytes of @in's pieces into @out; @keep (tee): @in keeps them. Both mutexes held. */
static size_t pipe_transfer(struct pipe_inode_info *in, struct pipe_inode_info *out, size_t len, bool keep)
{
	size_t total = 0;

	for (u32 i = in->tail; i != in->head && pipe_room(out) && total < len; i++) {
		struct pipe_buffer *buf = pipe_slot(in, i);
		u32 n = min_t(size_t, buf->len, len - total);

		get_page(buf->page);
		/* A shared page must not grow under the other pipe. */
		buf->flags &= ~PIPE_BUF_CAN_MERGE;
		pipe_push(out, buf->page, buf->offset, n, buf->flags & PIPE_BUF_PACKET);
		total += n;
	}
	if (!keep)
		pipe_consume(in, total);
	return total;
}

static ssize_t splice_pipe_to_pipe(struct file *in_file, struct file *out_file, size_t len, u32 flags, bool keep)
{
	struct pipe_inode_info *in = pipe_of_file(in_file), *out = pipe_of_file(out_file);
	bool is_nonblock = (flags & SPLICE_F_NONBLOCK) || ((in_file->f_flags | out_file->f_flags) & O_NONBLOCK);
	ssize_t ret = 0;

	if (in == out)
		return -EINVAL;
	while (!ret) {
		bool is_end, is_broken;

		mutex_lock_pair(&in->mutex, &out->mutex);
		is_broken = !out->readers;
		is_end = pipe_is_empty(in) && !in->writers;
		if (!is_broken && !is_end)
			ret = pipe_transfer(in, out, len, keep);
		mutex_unlock_pair(&in->mutex, &out->mutex);
		if (is_broken) {
			vfs_send_sigpipe();
			return -EPIPE;
		}
		if (is_end)
			return 0;
		if (ret)
			break;
		ret = pipe_wait_readable(in, is_nonblock);
		if (!ret)
			ret = pipe_wait_writable(out, is_nonblock);
	}
	if (ret > 0) {
		pipe_wake_readers(out);
		if (!keep)
			pipe_wake_writers(in);
	}
	return ret;
}

/* --- calls --------------------------------------------------------------------------------------------- */

/* The position that a transfer with a file uses: the caller's, or the file's own. */
static int splice_position(struct file *file, const loff_t *given, loff_t **pos)
{
	if (given) {
		if (!(file->f_mode & FMODE_PREAD))
			return -EINVAL;
		*pos = (loff_t *)given;
		return 0;
	}
	*pos = &file->f_pos;
	return 0;
}

static ssize_t do_splice(struct file *in, loff_t *off_in, struct file *out, loff_t *off_out, size_t len, u32 flags)
{
	struct pipe_inode_info *in_pipe = pipe_of_file(in), *out_pipe = pipe_of_file(out);
	loff_t *pos;
	ssize_t ret;

	if (!(in->f_mode & FMODE_READ) || !(out->f_mode & FMODE_WRITE))
		return -EBADF;
	if ((in_pipe && off_in) || (out_pipe && off_out))
		return -ESPIPE;
	if (in_pipe && out_pipe)
		return splice_pipe_to_pipe(in, out, len, flags, false);
	if (in_pipe) {
		ret = splice_position(out, off_out, &pos);
		if (!ret && (out->f_flags & O_APPEND))
			ret = -EINVAL;
		return ret ? ret : splice_pipe_to_file(in, out, pos, len, flags);
	}
	if (out_pipe) {
		ret = splice_position(in, off_in, &pos);
		return ret ? ret : splice_file_to_pipe(in, pos, out, len, flags);
	}
	return -EINVAL;
}

static int get_offset(uaddr_t uoff, loff_t *off, loff_t **given)
{
	*given = NULL;
	if (uaddr_is_null(uoff))
		return 0;
	if (copy_from_user(off, uoff, sizeof(*off)))
		return -EFAULT;
	*given = off;
	return 0;
}

static int put_offset(uaddr_t uoff, const loff_t *given)
{
	return given && copy_to_user(uoff, given, sizeof(*given)) ? -EFAULT : 0;
}

/* A pipe has no position: that is said before the caller's offsets are looked at. */
static ssize_t splice_between(struct file *in, uaddr_t uoff_in, struct file *out, uaddr_t uoff_out, size_t len, u32 flags)
{
	loff_t in_pos, out_pos, *off_in, *off_out;
	ssize_t ret;

	if ((pipe_of_file(in) && !uaddr_is_null(uoff_in)) || (pipe_of_file(out) && !uaddr_is_null(uoff_out)))
		return -ESPIPE;
	if (get_offset(uoff_out, &out_pos, &off_out) || get_offset(uoff_in, &in_pos, &off_in))
		return -EFAULT;
	if ((ssize_t)len < 0 && !pipe_of_file(out))
		return -EINVAL;
	ret = do_splice(in, off_in, out, off_out, min_t(size_t, len, MAX_RW_COUNT), flags);
	if (ret > 0 && (put_offset(uoff_in, off_in) || put_offset(uoff_out, off_out)))
		return -EFAULT;
	return ret;
}

long sys_splice(int fd_in, uaddr_t uoff_in, int fd_out, uaddr_t uoff_out, size_t len, u32 flags)
{
	struct fd in, out;
	ssize_t ret;

	if (!len)
		return 0;
	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	in = fdget(fd_in);
	out = fdget(fd_out);
	ret = -EBADF;
	if (in.file && out.file)
		ret = splice_between(in.file, uoff_in, out.file, uoff_out, len, flags);
	if (in.file)
		fdput(in);
	if (out.file)
		fdput(out);
	return ret;
}

long sys_tee(int fd_in, int fd_out, size_t len, u32 flags)
{
	struct fd in, out;
	ssize_t ret = -EBADF;

	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	if (!len)
		return 0;
	in = fdget(fd_in);
	out = fdget(fd_out);
	if (in.file && out.file && (in.file->f_mode & FMODE_READ) && (out.file->f_mode & FMODE_WRITE))
		ret = pipe_of_file(in.file) && pipe_of_file(out.file) ?
			      splice_pipe_to_pipe(in.file, out.file, min_t(size_t, len, MAX_RW_COUNT), flags, true) :
			      -EINVAL;
	if (in.file)
		fdput(in);
	if (out.file)
		fdput(out);
	return ret;
}

/* Bytes of the caller's memory into the pipe; they are copied, which vmsplice(2) allows. */
long sys_vmsplice(int fd, uaddr_t uvec, u32 nr_segs, u32 flags)
{
	struct iovec fast[ITER_FAST_SEGS], *allocated = NULL;
	struct iter iter;
	struct fd f;
	ssize_t ret;
	bool is_write;

	if (flags & ~SPLICE_F_ALL)
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	is_write = f.file->f_mode & FMODE_WRITE;
	ret = -EBADF;
	if (!pipe_of_file(f.file))
		goto put_file;
	ret = import_iovec(is_write ? ITER_SOURCE : ITER_DEST, uvec, nr_segs, fast, &allocated, &iter);
	if (ret > 0) {
		iter.rwf = flags & SPLICE_F_NONBLOCK ? RWF_NOWAIT : 0;
		ret = transfer_stream(f.file, &iter);
	}
	kfree(allocated);
put_file:
	fdput(f);
	return ret;
}

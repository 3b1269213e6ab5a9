/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.c - open files of a share.
 *
 * WHAT        Reading goes through the page cache, unless the program (O_DIRECT) or the server (FOPEN_DIRECT_IO) asks for the way
 *             past it. Writing goes to the server at once and drops what the cache held of that range, so the cache is never
 *             dirtier than the host but for shared writable maps.
 * INVARIANTS  I1  No dirty folio outlives the last handle that may write it: closing writes back first.
 *             I2  A server that does not say FOPEN_KEEP_CACHE gets the cache dropped at each open.
 * LOCKING     i_rwsem around writing; what is left of a killed write is unknown, so the range is dropped and attributes are asked for
 *             again, whatever the outcome.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <mm/filemap.h>
#include <mm/iter.h>
#include <sched/task.h>
#include <vfs/file.h>
#include "fuse_impl.h"

static struct fuse_handle *handle_of(const struct file *file)
{
	return file->private_data;
}

static struct fuse_conn *conn_of(const struct file *file)
{
	return fuse_conn(file_inode(file)->i_sb);
}

static bool is_direct(const struct file *file)
{
	return (file->f_flags & O_DIRECT) || (handle_of(file)->open_flags & FOPEN_DIRECT_IO);
}

/* --- opening and closing ------------------------------------------------------------------------------- */

static int fuse_file_open(struct inode *inode, struct file *file)
{
	struct fuse_handle *handle = handle_of(file); /* there already after CREATE */
	int ret;

	if (!handle) {
		handle = fuse_open(inode, file->f_flags);
		if (IS_ERR(handle))
			return PTR_ERR(handle);
	}
	if (!(handle->open_flags & FOPEN_KEEP_CACHE)) { /* I2 */
		fuse_distrust(inode);
		invalidate_inode_pages2_range(&inode->i_data, 0, ~0ul);
	}
	ret = generic_file_open(inode, file);
	if (!ret)
		file->private_data = handle;
	else if (!file->private_data)
		fuse_handle_put(handle);
	if (!ret && (handle->open_flags & FOPEN_STREAM))
		return stream_open(inode, file);
	if (!ret && (handle->open_flags & FOPEN_NONSEEKABLE))
		return nonseekable_open(inode, file);
	return ret;
}

static int ask_flush(struct file *file)
{
	struct fuse_flush_in in = { .fh = handle_of(file)->fh, .lock_owner = (unsigned long)file };
	struct fuse_conn *conn = conn_of(file);
	struct fuse_rpc *rpc;

	if (fuse_is_absent(conn, FUSE_NO_FLUSH))
		return 0;
	rpc = fuse_begin_on(file_inode(file), FUSE_FLUSH, 0, 0);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	rpc->handle[0] = handle_of(file);
	fuse_put(&rpc->tx, &in, sizeof(in));
	return fuse_note_absent(conn, FUSE_NO_FLUSH, fuse_call_and_end(rpc), 0);
}

/*
 * Each close: what was written is at the server, and what it has to say about it is heard. Who exits hears nothing, and could not be killed
 * while it waits for a silent server: RELEASE is all that its last close sends.
 */
static int fuse_file_flush(struct file *file)
{
	int ret;

	if (!(file->f_mode & FMODE_WRITE) || (handle_of(file)->open_flags & FOPEN_NOFLUSH))
		return 0;
	ret = filemap_write_and_wait(&file_inode(file)->i_data);
	return ret || current->flags & PF_EXITING ? ret : ask_flush(file);
}

static void fuse_file_release(struct inode *inode, struct file *file)
{
	if (file->f_mode & FMODE_WRITE)
		filemap_write_and_wait(&inode->i_data); /* I1; an error stays with the mapping */
	fuse_handle_put(handle_of(file));
}

static int fuse_file_mmap(struct file *file, struct vma *vma)
{
	/* A server that wants no cache can't have one shared between programs. */
	return handle_of(file)->open_flags & FOPEN_DIRECT_IO ? -ENODEV : generic_file_mmap(file, vma);
}

/* --- reading and writing ------------------------------------------------------------------------------- */

static ssize_t read_past_cache(struct file *file, struct iter *to, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	ssize_t ret = filemap_write_and_wait(&inode->i_data);

	if (!ret && iter_count(to))
		ret = fuse_read_direct(handle_of(file), to, *pos);
	if (ret > 0)
		*pos += ret;
	return ret;
}

static ssize_t fuse_file_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	int ret;

	if (is_direct(file))
		return read_past_cache(file, to, pos);
	ret = fuse_refresh(inode);
	if (ret)
		return ret;
	return filemap_read(&inode->i_data, file, &file->f_ra, pos, to, 0);
}

/*
 * The range [@start, @end) is the server's now, as far as we know. A killed writer can't wait for folios that the silent server may be reading
 * into: all that is cached goes when the server answers again.
 */
static void range_changed(struct inode *inode, loff_t start, loff_t end)
{
	if (thread_fatal_signal_pending(current_thread()))
		WRITE_ONCE(fuse_inode(inode)->is_stale, true);
	else if (end > start)
		invalidate_inode_pages2_range(&inode->i_data, start >> PAGE_SHIFT, (end - 1) >> PAGE_SHIFT);
	inode_inc_change(inode);
	fuse_changed(inode);
}

static ssize_t write_locked(struct file *file, struct iter *from, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	size_t count = iter_count(from);
	loff_t start = *pos;
	ssize_t ret = filemap_write_and_wait_range(&inode->i_data, start, start + count - 1);

	if (ret)
		return ret;
	ret = fuse_write_through(handle_of(file), from, start);
	if (ret > 0) {
		*pos += ret;
		if (*pos > i_size_read(inode))
			i_size_write(inode, *pos);
	}
	range_changed(inode, start, start + count);
	return ret;
}

static ssize_t fuse_file_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	ssize_t ret = inode_lock_killable(inode);

	if (ret)
		return ret;
	if (file->f_flags & O_APPEND) { /* where the end is, the server knows */
		fuse_distrust(inode);
		ret = fuse_refresh(inode);
	}
	if (!ret)
		ret = generic_write_checks(file, from, pos);
	if (ret > 0)
		ret = file_remove_privs(file);
	if (!ret && iter_count(from))
		ret = write_locked(file, from, pos);
	inode_unlock(inode);
	return ret > 0 ? generic_write_sync(file, *pos - ret, ret, from->rwf) : ret;
}

static int fuse_file_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct fuse_fsync_in in = { .fh = handle_of(file)->fh, .fsync_flags = datasync ? FUSE_FSYNC_FDATASYNC : 0 };
	struct fuse_conn *conn = conn_of(file);
	struct fuse_rpc *rpc;
	int ret = filemap_write_and_wait_range(&file_inode(file)->i_data, start, end);

	if (ret || fuse_is_absent(conn, FUSE_NO_FSYNC))
		return ret;
	rpc = fuse_begin_on(file_inode(file), FUSE_FSYNC, 0, 0);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	rpc->handle[0] = handle_of(file);
	fuse_put(&rpc->tx, &in, sizeof(in));
	return fuse_note_absent(conn, FUSE_NO_FSYNC, fuse_call_and_end(rpc), 0);
}

/* --- holes and copies ---------------------------------------------------------------------------------- */

/* Where the next data or hole is; positive: the server does not say. */
static loff_t ask_lseek(struct file *file, loff_t off, int whence)
{
	struct fuse_lseek_in in = { .fh = handle_of(file)->fh, .offset = off, .whence = whence };
	struct fuse_conn *conn = conn_of(file);
	struct fuse_lseek_out out;
	struct fuse_rpc *rpc = fuse_begin_on(file_inode(file), FUSE_LSEEK, 0, 0);
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	rpc->handle[0] = handle_of(file);
	fuse_put(&rpc->tx, &in, sizeof(in));
	ret = fuse_call(rpc);
	if (!ret && (!fuse_get(&rpc->rx, &out, sizeof(out)) || (s64)out.offset < 0))
		ret = -EIO;
	fuse_end(rpc);
	return ret ? fuse_note_absent(conn, FUSE_NO_LSEEK, ret, -ENOSYS) : (loff_t)out.offset;
}

static loff_t fuse_file_llseek(struct file *file, loff_t off, int whence)
{
	struct inode *inode = file_inode(file);
	loff_t ret;

	if (whence == SEEK_SET || whence == SEEK_CUR)
		return generic_file_llseek(file, off, whence);
	ret = fuse_refresh(inode);
	if (ret)
		return ret;
	if (whence != SEEK_DATA && whence != SEEK_HOLE)
		return generic_file_llseek(file, off, whence);
	if (off < 0 || fuse_is_absent(conn_of(file), FUSE_NO_LSEEK))
		return generic_file_llseek(file, off, whence);
	ret = filemap_write_and_wait(&inode->i_data);
	if (!ret)
		ret = ask_lseek(file, off, whence);
	if (ret == -ENOSYS)
		return generic_file_llseek(file, off, whence);
	return ret < 0 ? ret : generic_file_llseek(file, ret, SEEK_SET);
}

static int ask_fallocate(struct file *file, int mode, loff_t off, loff_t len)
{
	struct fuse_fallocate_in in = { .fh = handle_of(file)->fh, .offset = off, .length = len, .mode = mode };
	struct fuse_conn *conn = conn_of(file);
	struct fuse_rpc *rpc = fuse_begin_on(file_inode(file), FUSE_FALLOCATE, 0, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	rpc->handle[0] = handle_of(file);
	fuse_put(&rpc->tx, &in, sizeof(in));
	return fuse_note_absent(conn, FUSE_NO_FALLOCATE, fuse_call_and_end(rpc), -EOPNOTSUPP);
}

static long fallocate_locked(struct file *file, int mode, loff_t off, loff_t len)
{
	struct inode *inode = file_inode(file);
	long ret = filemap_write_and_wait(&inode->i_data);

	if (!ret && !(mode & FALLOC_FL_KEEP_SIZE))
		ret = inode_newsize_ok(inode, off + len);
	if (!ret)
		ret = file_remove_privs(file);
	if (ret)
		return ret;
	ret = ask_fallocate(file, mode, off, len);
	if (ret == -EOPNOTSUPP)
		return ret;
	if (!ret && !(mode & FALLOC_FL_KEEP_SIZE) && off + len > i_size_read(inode))
		i_size_write(inode, off + len);
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		truncate_pagecache_range(&inode->i_data, off, off + len - 1);
	range_changed(inode, 0, 0);
	return ret;
}

static long fuse_file_fallocate(struct file *file, int mode, loff_t off, loff_t len)
{
	struct inode *inode = file_inode(file);
	long ret;

	if ((mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) ||
	    fuse_is_absent(conn_of(file), FUSE_NO_FALLOCATE))
		return -EOPNOTSUPP;
	ret = inode_lock_killable(inode);
	if (ret)
		return ret;
	ret = fallocate_locked(file, mode, off, len);
	inode_unlock(inode);
	return ret;
}

static ssize_t ask_copy(struct file *in_file, loff_t pos_in, struct file *out_file, loff_t pos_out, size_t len)
{
	struct fuse_conn *conn = conn_of(out_file);
	struct fuse_copy_file_range_in in = {
		.fh_in = handle_of(in_file)->fh,
		.off_in = pos_in,
		.nodeid_out = fuse_nodeid(file_inode(out_file)),
		.fh_out = handle_of(out_file)->fh,
		.off_out = pos_out,
		.len = len,
	};
	struct fuse_rpc *rpc = fuse_begin_on(file_inode(in_file), FUSE_COPY_FILE_RANGE, 0, 0);
	ssize_t ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	rpc->handle[0] = handle_of(in_file);
	rpc->inode[1] = file_inode(out_file);
	rpc->handle[1] = handle_of(out_file);
	fuse_put(&rpc->tx, &in, sizeof(in));
	ret = fuse_call(rpc);
	if (!ret)
		ret = fuse_get_written(&rpc->rx, len);
	fuse_end(rpc);
	return ret == -ENOSYS ? fuse_note_absent(conn, FUSE_NO_COPY, ret, -EOPNOTSUPP) : ret;
}

static ssize_t copy_locked(struct file *in, loff_t pos_in, struct file *out, loff_t pos_out, size_t len)
{
	struct inode *inode = file_inode(out);
	ssize_t ret = filemap_write_and_wait(&inode->i_data);

	if (!ret)
		ret = file_remove_privs(out);
	if (ret)
		return ret;
	ret = ask_copy(in, pos_in, out, pos_out, len);
	if (ret == -EOPNOTSUPP)
		return ret;
	if (ret > 0 && pos_out + ret > i_size_read(inode))
		i_size_write(inode, pos_out + ret);
	range_changed(inode, pos_out, pos_out + len);
	return ret;
}

static ssize_t fuse_file_copy_range(struct file *in, loff_t pos_in, struct file *out, loff_t pos_out, size_t len,
				    unsigned int flags)
{
	struct inode *inode = file_inode(out);
	ssize_t ret;

	if (file_inode(in)->i_sb != inode->i_sb || fuse_is_absent(conn_of(out), FUSE_NO_COPY))
		return -EOPNOTSUPP;
	ret = filemap_write_and_wait(&file_inode(in)->i_data);
	if (ret)
		return ret;
	ret = inode_lock_killable(inode);
	if (ret)
		return ret;
	ret = copy_locked(in, pos_in, out, pos_out, min_t(size_t, len, MAX_RW_COUNT & PAGE_MASK));
	inode_unlock(inode);
	return ret;
}

const struct file_operations fuse_file_fops = {
	.llseek = fuse_file_llseek,
	.read = fuse_file_read,
	.write = fuse_file_write,
	.open = fuse_file_open,
	.flush = fuse_file_flush,
	.release = fuse_file_release,
	.mmap = fuse_file_mmap,
	.fsync = fuse_file_fsync,
	.fallocate = fuse_file_fallocate,
	.copy_file_range = fuse_file_copy_range,
};

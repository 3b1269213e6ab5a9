/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read_write.c - read, write and their relatives: checks, position, progress across passes of one call.
 *
 * WHAT        Each call sets up an iterator, calls the file's method once, and accounts.
 * INVARIANTS  P1  call_done() counts the bytes that earlier passes of this call moved (law 1). A pass starts after them; what the
 *                 program gets is the sum. -EPARK never becomes a short count.
 *             P2  f_pos moves by what was moved, also when the call parks.
 * LOCKING     f_pos_lock where the file has an atomic position and others may use it; not held while parked.
 * ERRORS      As the calls' pages.
 * TESTS       tests/guest/vfs/files_test.c
 */
#include <lib/err.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <security/security.h>
#include <sync/call.h>
#include <sync/thread.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/super.h>
#include <vfs/vfs_calls.h>
#include <vfs/vfs_port.h>
#include <linux/fs.h>
#include <linux/resource.h>
#include "vfs_impl.h"

#define POS_MAX 0x7fffffffffffffffLL

int rw_verify_area(bool write, struct file *file, loff_t pos, size_t count)
{
	if (unlikely((ssize_t)count < 0))
		return -EINVAL;
	if (!(file->f_mode & FMODE_STREAM) && unlikely(pos < 0 || (u64)pos + count > (u64)POS_MAX))
		return -EINVAL;
	return security_file_permission(file, write ? MAY_WRITE : MAY_READ);
}

static ssize_t call_result(ssize_t ret)
{
	u64 done = this_call()->done;

	if (likely(!done) || ret == -EPARK)
		return ret;
	return ret < 0 ? (ssize_t)done : (ssize_t)done + ret;
}

/* Fold one pass's result into the call's (P1). @moved: bytes of this pass. */
static ssize_t pass_result(ssize_t ret, size_t moved)
{
	if (ret == -EPARK)
		call_done_add(moved);
	return call_result(ret);
}

/* A call that ends with @ret is counted for /proc/PID/io; one that parks is counted when it ends. */
static ssize_t account(enum iter_dir dir, ssize_t ret)
{
	struct io_account *io = &current->io;
	u64 moved = ret > 0 ? (u64)ret : 0;

	if (ret == -EPARK)
		return ret;
	if (dir == ITER_DEST) {
		io->syscr++;
		io->rchar += moved;
	} else {
		io->syscw++;
		io->wchar += moved;
	}
	return ret;
}

ssize_t copy_result(ssize_t ret)
{
	ret = call_result(ret);
	account(ITER_DEST, ret);
	return account(ITER_SOURCE, ret);
}

/* Skip what earlier passes moved. */
static void skip_done(struct iter *iter, loff_t *pos, bool is_positioned)
{
	u64 done = this_call()->done;

	if (likely(!done))
		return;
	iter_advance(iter, done);
	if (is_positioned)
		*pos += done;
}

ssize_t vfs_read_iter(struct file *file, struct iter *to, loff_t *pos)
{
	int err;

	if (unlikely(!(file->f_mode & FMODE_READ)))
		return -EBADF;
	if (unlikely(!(file->f_mode & FMODE_CAN_READ)))
		return S_ISDIR(file_inode(file)->i_mode) ? -EISDIR : -EINVAL;
	err = rw_verify_area(false, file, *pos, iter_count(to));
	if (err)
		return err;
	return file->f_op->read(file, to, pos);
}

ssize_t vfs_write_iter(struct file *file, struct iter *from, loff_t *pos)
{
	int err;

	if (unlikely(!(file->f_mode & FMODE_WRITE)))
		return -EBADF;
	if (unlikely(!(file->f_mode & FMODE_CAN_WRITE)))
		return -EINVAL;
	err = rw_verify_area(true, file, *pos, iter_count(from));
	if (err)
		return err;
	return file->f_op->write(file, from, pos);
}

ssize_t kernel_read(struct file *file, void *buf, size_t count, loff_t *pos)
{
	struct iter iter;

	iter_init_kbuf(&iter, ITER_DEST, buf, count);
	iter.rwf = 0;
	return vfs_read_iter(file, &iter, pos);
}

ssize_t kernel_write(struct file *file, const void *buf, size_t count, loff_t *pos)
{
	struct iter iter;

	iter_init_kbuf(&iter, ITER_SOURCE, (void *)buf, count);
	iter.rwf = 0;
	return vfs_write_iter(file, &iter, pos);
}

/* --- one transfer with the file's own position, or a given one --- */

static inline bool has_pos(const struct file *file)
{
	return !(file->f_mode & FMODE_STREAM);
}

/* RWF_NOWAIT is refused where nobody promises to keep it. */
static int check_nowait(const struct file *file, const struct iter *iter)
{
	bool is_read = iter->dir == ITER_DEST;

	if (likely(!(iter->rwf & RWF_NOWAIT)) || !iter_count(iter) || !(file->f_mode & (is_read ? FMODE_READ : FMODE_WRITE)))
		return 0;
	return file->f_op->nowait & (is_read ? FOP_NOWAIT_READ : FOP_NOWAIT_WRITE) ? 0 : -EOPNOTSUPP;
}

static ssize_t do_transfer(struct file *file, struct iter *iter, loff_t *pos)
{
	if (iter->dir == ITER_DEST)
		return vfs_read_iter(file, iter, pos);
	return vfs_write_iter(file, iter, pos);
}

ssize_t transfer_stream(struct file *file, struct iter *iter)
{
	loff_t pos = 0;
	size_t count;
	ssize_t ret;

	skip_done(iter, &pos, false);
	count = iter_count(iter);
	ret = do_transfer(file, iter, &pos);
	return pass_result(ret, count - iter_count(iter));
}

static ssize_t transfer_at_fpos(unsigned int fd, struct iter *iter)
{
	struct fd f = fdget_pos(fd);
	size_t count;
	loff_t pos;
	ssize_t ret;

	if (unlikely(!f.file))
		return -EBADF;
	pos = has_pos(f.file) ? f.file->f_pos : 0;
	skip_done(iter, &pos, false);
	count = iter_count(iter);
	ret = check_nowait(f.file, iter);
	if (!ret)
		ret = do_transfer(f.file, iter, &pos);
	if ((ret >= 0 || ret == -EPARK) && has_pos(f.file))
		f.file->f_pos = pos;	/* P2 */
	fdput_pos(f);
	return account(iter->dir, pass_result(ret, count - iter_count(iter)));
}

static ssize_t transfer_at(unsigned int fd, struct iter *iter, loff_t pos, fmode_t needed)
{
	struct fd f;
	size_t count;
	ssize_t ret;

	if (pos < 0)
		return -EINVAL;
	f = fdget(fd);
	if (unlikely(!f.file))
		return -EBADF;
	if (unlikely(!(f.file->f_mode & needed))) {
		fdput(f);
		return -ESPIPE;
	}
	skip_done(iter, &pos, true);
	count = iter_count(iter);
	ret = check_nowait(f.file, iter);
	if (!ret)
		ret = do_transfer(f.file, iter, &pos);
	fdput(f);
	return account(iter->dir, pass_result(ret, count - iter_count(iter)));
}

/* Bytes of one call, cut at the system's bound; a range outside user space is -EFAULT. */
static inline ssize_t init_user(struct iter *iter, enum iter_dir dir, uaddr_t buf, size_t count)
{
	if (unlikely(!access_ok(buf, count)))
		return -EFAULT;
	iter_init_ubuf(iter, dir, buf, min(count, MAX_RW_COUNT));
	return 0;
}

/* A bad buffer matters only if the descriptor is good. */
static ssize_t bad_buffer(unsigned int fd, fmode_t needed)
{
	struct fd f = fdget(fd);
	ssize_t ret = !f.file || !(f.file->f_mode & needed) ? -EBADF : -EFAULT;

	if (f.file)
		fdput(f);
	return ret;
}

long sys_read(unsigned int fd, uaddr_t buf, size_t count)
{
	struct iter iter;

	if (init_user(&iter, ITER_DEST, buf, count))
		return bad_buffer(fd, FMODE_READ);
	return transfer_at_fpos(fd, &iter);
}

long sys_write(unsigned int fd, uaddr_t buf, size_t count)
{
	struct iter iter;

	if (init_user(&iter, ITER_SOURCE, buf, count))
		return bad_buffer(fd, FMODE_WRITE);
	return transfer_at_fpos(fd, &iter);
}

long sys_pread64(unsigned int fd, uaddr_t buf, size_t count, loff_t pos)
{
	struct iter iter;

	if (init_user(&iter, ITER_DEST, buf, count))
		return pos < 0 ? -EINVAL : bad_buffer(fd, FMODE_READ);
	return transfer_at(fd, &iter, pos, FMODE_PREAD);
}

long sys_pwrite64(unsigned int fd, uaddr_t buf, size_t count, loff_t pos)
{
	struct iter iter;

	if (init_user(&iter, ITER_SOURCE, buf, count))
		return pos < 0 ? -EINVAL : bad_buffer(fd, FMODE_WRITE);
	return transfer_at(fd, &iter, pos, FMODE_PWRITE);
}

/* --- vectors --- */

#define RWF_KNOWN (RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND)

static long transfer_vec(unsigned int fd, enum iter_dir dir, uaddr_t vec, u32 vlen, bool at_fpos,
			 loff_t pos, int flags)
{
	struct iovec fast[ITER_FAST_SEGS], *slow = NULL;
	struct iter iter;
	ssize_t ret;

	if (flags & ~RWF_KNOWN)
		return -EOPNOTSUPP;
	ret = import_iovec(dir, vec, vlen, fast, &slow, &iter);
	if (ret < 0)
		return ret;
	iter.rwf = flags;
	if (at_fpos)
		ret = transfer_at_fpos(fd, &iter);
	else
		ret = transfer_at(fd, &iter, pos, dir == ITER_DEST ? FMODE_PREAD : FMODE_PWRITE);
	kfree(slow);
	return ret;
}

static loff_t pos_from_halves(unsigned long low, unsigned long high)
{
	return (loff_t)low;	/* 64-bit: the low word is all of it */
}

long sys_readv(unsigned int fd, uaddr_t vec, u32 vlen)
{
	return transfer_vec(fd, ITER_DEST, vec, vlen, true, 0, 0);
}

long sys_writev(unsigned int fd, uaddr_t vec, u32 vlen)
{
	return transfer_vec(fd, ITER_SOURCE, vec, vlen, true, 0, 0);
}

long sys_preadv(unsigned int fd, uaddr_t vec, u32 vlen, unsigned long pos_l, unsigned long pos_h)
{
	return transfer_vec(fd, ITER_DEST, vec, vlen, false, pos_from_halves(pos_l, pos_h), 0);
}

long sys_pwritev(unsigned int fd, uaddr_t vec, u32 vlen, unsigned long pos_l, unsigned long pos_h)
{
	return transfer_vec(fd, ITER_SOURCE, vec, vlen, false, pos_from_halves(pos_l, pos_h), 0);
}

long sys_preadv2(unsigned int fd, uaddr_t vec, u32 vlen, unsigned long pos_l,
		 unsigned long pos_h, int flags)
{
	loff_t pos = pos_from_halves(pos_l, pos_h);

	return transfer_vec(fd, ITER_DEST, vec, vlen, pos == -1, pos, flags);
}

long sys_pwritev2(unsigned int fd, uaddr_t vec, u32 vlen, unsigned long pos_l,
		  unsigned long pos_h, int flags)
{
	loff_t pos = pos_from_halves(pos_l, pos_h);

	return transfer_vec(fd, ITER_SOURCE, vec, vlen, pos == -1, pos, flags);
}

/* --- lseek --- */

static bool seek_ok(const struct file *file, loff_t pos, loff_t max)
{
	return pos >= 0 && pos <= max;
}

loff_t generic_file_llseek_size(struct file *file, loff_t off, int whence, loff_t max, loff_t eof)
{
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		if (check_add_overflow(off, file->f_pos, &off))
			return -EINVAL;
		break;
	case SEEK_END:
		if (check_add_overflow(off, eof, &off))
			return -EINVAL;
		break;
	case SEEK_DATA:
		if (off < 0 || off >= eof)
			return -ENXIO;
		break;
	case SEEK_HOLE:
		if (off < 0 || off >= eof)
			return -ENXIO;
		off = eof;
		break;
	default:
		return -EINVAL;
	}
	if (!seek_ok(file, off, max))
		return -EINVAL;
	file->f_pos = off;
	return off;
}

loff_t generic_file_llseek(struct file *file, loff_t off, int whence)
{
	struct inode *inode = file_inode(file);

	return generic_file_llseek_size(file, off, whence, inode->i_sb->s_maxbytes, i_size_read(inode));
}

loff_t fixed_size_llseek(struct file *file, loff_t off, int whence, loff_t size)
{
	if (whence > SEEK_END)
		return -EINVAL;
	return generic_file_llseek_size(file, off, whence, size, size);
}

loff_t no_llseek(struct file *file, loff_t off, int whence)
{
	return -ESPIPE;
}

loff_t noop_llseek(struct file *file, loff_t off, int whence)
{
	return file->f_pos;
}

loff_t default_llseek(struct file *file, loff_t off, int whence)
{
	return generic_file_llseek_size(file, off, whence, POS_MAX, i_size_read(file_inode(file)));
}

loff_t vfs_llseek(struct file *file, loff_t off, int whence)
{
	return file->f_mode & FMODE_LSEEK ? file->f_op->llseek(file, off, whence) : -ESPIPE;
}

long sys_lseek(unsigned int fd, loff_t offset, unsigned int whence)
{
	struct fd f = fdget_pos(fd);
	loff_t ret = -EINVAL;

	if (!f.file)
		return -EBADF;
	if (whence <= SEEK_HOLE)
		ret = vfs_llseek(f.file, offset, whence);
	fdput_pos(f);
	return ret;
}

/* --- limits of writing --- */

ssize_t write_limits(struct file *file, loff_t pos, size_t count)
{
	struct inode *inode = file_inode(file);
	unsigned long limit = vfs_rlimit(RLIMIT_FSIZE);
	loff_t max = inode->i_sb->s_maxbytes;

	if (limit != RLIM_INFINITY && S_ISREG(inode->i_mode)) {
		if ((u64)pos >= limit) {
			vfs_send_sigxfsz();
			return -EFBIG;
		}
		count = min_t(u64, count, limit - pos);
	}
	if (unlikely(pos >= max))
		return count ? -EFBIG : 0;
	return min_t(u64, count, max - pos);
}

ssize_t generic_write_checks(struct file *file, struct iter *from, loff_t *pos)
{
	ssize_t count = iter_count(from);

	if (!count)
		return 0;
	if ((file->f_flags & O_APPEND) || (from->rwf & RWF_APPEND))
		*pos = i_size_read(file_inode(file));
	count = write_limits(file, *pos, count);
	if (count > 0)
		iter_truncate(from, count);
	return count;
}

ssize_t generic_file_read(struct file *file, struct iter *to, loff_t *pos)
{
	unsigned int flags = to->rwf & RWF_NOWAIT ? FILEMAP_NOWAIT : 0;
	ssize_t ret;

	if (!iter_count(to))
		return 0;
	ret = filemap_read(file->f_mapping, file, &file->f_ra, pos, to, flags);
	file_accessed(file);
	return ret;
}

static ssize_t write_locked(struct file *file, struct iter *from, loff_t *pos)
{
	ssize_t ret = generic_write_checks(file, from, pos);
	int err;

	if (ret <= 0)
		return ret;
	err = file_remove_privs(file);
	if (!err)
		err = file_update_time(file);
	return err ? err : generic_perform_write(file->f_mapping, file, pos, from);
}

ssize_t generic_file_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	size_t before = iter_count(from);
	ssize_t ret;

	inode_lock(inode);
	ret = write_locked(file, from, pos);
	inode_unlock(inode);
	iter_reexpand(from, before - (ret > 0 ? ret : 0));	/* what a limit cut off */
	if (ret > 0)
		ret = generic_write_sync(file, *pos - ret, ret, from->rwf);
	return ret;
}

ssize_t generic_write_sync(struct file *file, loff_t start, ssize_t count, int rwf)
{
	bool sync = (file->f_flags & O_DSYNC) || (rwf & (RWF_DSYNC | RWF_SYNC)) ||
		    (file_inode(file)->i_sb->s_flags & SB_SYNCHRONOUS);
	bool full = (file->f_flags & __O_SYNC) || (rwf & RWF_SYNC);
	int err;

	if (likely(!sync))
		return count;
	err = vfs_fsync_datasync_range(file, start, start + count - 1, !full);
	return err ? err : count;
}

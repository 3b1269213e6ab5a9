/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pipe.c - a ring of page pieces: bytes go in at the head and come out at the tail.
 *
 * WHAT        Both ends of pipe(2) and of a named pipe share one pipe_inode_info. A write fills pages of the pipe's own, a
 *             splice puts references to other people's pages in the ring; a read copies out and lets go.
 * INVARIANTS  I1  tail <= head <= tail + ring_size; slots in [tail, head) own a page and have len > 0.
 *             I2  A write of at most PIPE_BUF (4096) bytes is published by one store of head or len: it is whole or absent.
 *             I3  Readers sleep on rd_wait only while the ring is empty and a writer exists; writers on wr_wait only while it is
 *                 full and a reader exists. Whoever changes one of these wakes the other side.
 * LOCKING     pipe->mutex (rank PIPE) for everything but the wait conditions, which read head and tail once. User memory is copied
 *             without sleeping under the mutex; a copy that would fault drops it, faults the memory in and goes on. Nobody sleeps
 *             for the other side with the mutex held.
 * LIFECYCLE   pipe_create -> files open and close it (files counts under i_lock) -> the last close destroys.
 * ERRORS      read: -EAGAIN, -EFAULT, -EPARK, -ERESTARTSYS. write: also -EPIPE with SIGPIPE, -ENOMEM.
 * TESTS       tests/guest/ipc/pipe_test.c
 */
#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/err.h>
#include <linux/eventpoll.h>
#include <pages/object.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/pipe.h>
#include <vfs/vfs_limits.h>
#include "vfs_impl.h"
#include <vfs/poll.h>
#include <vfs/vfs_port.h>
#include <mm/mm_port.h>
#include <linux/capability.h>
#include <asm/signal.h>
#include <asm/siginfo.h>
#include <asm/ioctls.h>
#include <linux/fs.h>

static const struct object_type pipe_type = { .name = "pipe", .owner = "vfs", .id = 0x0720, .version = 1 };

static struct {
	struct kmem_cache *cache; /* __final after pipe_init() */
} pipes;

/* --- the ring ------------------------------------------------------------------------------------------ */

struct pipe_inode_info *pipe_create(void)
{
	struct pipe_inode_info *pipe = kmem_cache_alloc(pipes.cache, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	u32 nr_slots = PIPE_DEF_BUFFERS;

	if (!pipe)
		return NULL;
	if (!pipe_charge(pipe, &nr_slots))
		goto free_pipe;
	pipe->bufs = kcalloc(nr_slots, sizeof(*pipe->bufs), GFP_KERNEL_ACCOUNT);
	if (!pipe->bufs)
		goto uncharge;
	pipe->ring_size = nr_slots;
	mutex_init(&pipe->mutex, RANK_PIPE);
	init_waitqueue_head(&pipe->rd_wait);
	init_waitqueue_head(&pipe->wr_wait);
	return pipe;
uncharge:
	pipe_uncharge(pipe);
free_pipe:
	kmem_cache_free(pipes.cache, pipe);
	return NULL;
}

void pipe_buffer_release(struct pipe_buffer *buf)
{
	put_page(buf->page);
	buf->page = NULL;
}

void pipe_destroy(struct pipe_inode_info *pipe)
{
	while (pipe->tail != pipe->head)
		pipe_buffer_release(pipe_slot(pipe, pipe->tail++));
	if (pipe->spare)
		put_page(pipe->spare);
	kfree(pipe->bufs);
	pipe_uncharge(pipe);
	kmem_cache_free(pipes.cache, pipe);
}

struct pipe_inode_info *pipe_of_file(struct file *file)
{
	return file->f_op == &pipe_fops ? file->private_data : NULL;
}

/* --- waiting and waking -------------------------------------------------------------------------------- */

static bool pipe_is_readable(const struct pipe_inode_info *pipe)
{
	return !pipe_is_empty(pipe) || !READ_ONCE(pipe->writers);
}

static bool pipe_is_writable(const struct pipe_inode_info *pipe)
{
	return !pipe_is_full(pipe) || !READ_ONCE(pipe->readers);
}

int pipe_wait_readable(struct pipe_inode_info *pipe, bool is_nonblock)
{
	if (is_nonblock)
		return pipe_is_readable(pipe) ? 0 : -EAGAIN;
	return wait_event_interruptible_exclusive(pipe->rd_wait, pipe_is_readable(pipe));
}

int pipe_wait_writable(struct pipe_inode_info *pipe, bool is_nonblock)
{
	if (is_nonblock)
		return pipe_is_writable(pipe) ? 0 : -EAGAIN;
	return wait_event_interruptible_exclusive(pipe->wr_wait, pipe_is_writable(pipe));
}

void pipe_wake_readers(struct pipe_inode_info *pipe)
{
	if (wq_has_sleeper(&pipe->rd_wait))
		wake_up_interruptible_poll_sync(&pipe->rd_wait, EPOLLIN | EPOLLRDNORM);
	if (unlikely(pipe->fasync_readers))
		kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
}

void pipe_wake_writers(struct pipe_inode_info *pipe)
{
	if (wq_has_sleeper(&pipe->wr_wait))
		wake_up_interruptible_poll_sync(&pipe->wr_wait, EPOLLOUT | EPOLLWRNORM);
	if (unlikely(pipe->fasync_writers))
		kill_fasync(&pipe->fasync_writers, SIGIO, POLL_OUT);
}

/* --- read ---------------------------------------------------------------------------------------------- */

/* Keep a page of the pipe's own for the next write. */
static void pipe_buffer_consume(struct pipe_inode_info *pipe, struct pipe_buffer *buf)
{
	if ((buf->flags & PIPE_BUF_CAN_MERGE) && !pipe->spare && page_ref_count(buf->page) == 1)
		pipe->spare = buf->page;
	else
		put_page(buf->page);
	buf->page = NULL;
	WRITE_ONCE(pipe->tail, pipe->tail + 1);
}

/*
 * Copy what the ring holds into @to, mutex held. Bytes copied; *faulted says that user memory was missing. A packet ends the read.
 */
static size_t pipe_drain(struct pipe_inode_info *pipe, struct iter *to, bool *faulted, bool *packet_end)
{
	size_t total = 0;

	while (iter_count(to) && pipe->tail != pipe->head) {
		struct pipe_buffer *buf = pipe_slot(pipe, pipe->tail);
		size_t want = min_t(size_t, buf->len, iter_count(to));
		size_t got = copy_to_iter_nosleep(page_address(buf->page) + buf->offset, want, to);

		if (got < want) { /* a piece is read whole, or as far as the caller asked, or not at all */
			iter_revert(to, got);
			*faulted = true;
			return total;
		}
		total += got;
		buf->offset += got;
		buf->len -= got;
		if (buf->flags & PIPE_BUF_PACKET) {
			pipe_buffer_consume(pipe, buf);
			*packet_end = true;
			return total;
		}
		if (!buf->len)
			pipe_buffer_consume(pipe, buf);
	}
	return total;
}

static ssize_t pipe_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct pipe_inode_info *pipe = file->private_data;
	bool is_nonblock = (file->f_flags & O_NONBLOCK) || (to->rwf & RWF_NOWAIT);
	bool was_full = false, wake_next, packet_end = false;
	size_t total = 0;
	ssize_t error = 0;

	if (!iter_count(to))
		return 0;
	mutex_lock(&pipe->mutex);
	for (;;) {
		bool faulted = false;

		was_full |= pipe_is_full(pipe);
		total += pipe_drain(pipe, to, &faulted, &packet_end);
		if (faulted) {
			mutex_unlock(&pipe->mutex);
			if (fault_in_iter_writeable(to, min_t(size_t, iter_count(to), PAGE_SIZE))) {
				error = -EFAULT;
				mutex_lock(&pipe->mutex);
				break;
			}
			mutex_lock(&pipe->mutex);
			continue;
		}
		if (total || !pipe->writers)
			break;
		mutex_unlock(&pipe->mutex);
		error = pipe_wait_readable(pipe, is_nonblock);
		if (error)
			return error;
		mutex_lock(&pipe->mutex);
	}
	was_full = was_full && !pipe_is_full(pipe);
	wake_next = !pipe_is_empty(pipe);
	mutex_unlock(&pipe->mutex);
	if (was_full)
		pipe_wake_writers(pipe);
	if (wake_next)
		pipe_wake_readers(pipe);
	return total ? (ssize_t)total : error;
}

/* --- write --------------------------------------------------------------------------------------------- */

static struct page *pipe_take_page(struct pipe_inode_info *pipe)
{
	struct page *page = pipe->spare;

	if (page) {
		pipe->spare = NULL;
		return page;
	}
	return alloc_pages(GFP_USER | __GFP_ACCOUNT, 0);
}

/* Append to the newest piece if all of @len fits its page. Bytes, 0: no room there, -EFAULT: fault in and retry. */
static ssize_t pipe_merge(struct pipe_inode_info *pipe, struct iter *from, size_t len)
{
	struct pipe_buffer *buf;

	if (pipe->head == pipe->tail)
		return 0;
	buf = pipe_slot(pipe, pipe->head - 1);
	if (!(buf->flags & PIPE_BUF_CAN_MERGE) || buf->offset + buf->len + len > PAGE_SIZE)
		return 0;
	size_t got = copy_from_iter_nosleep(page_address(buf->page) + buf->offset + buf->len, len, from);
	if (got < len) {
		iter_revert(from, got);
		return -EFAULT;
	}
	buf->len += len; /* I2 */
	return len;
}

/* Put the next page of bytes in a slot of its own. The ring is not full. Bytes, -ENOMEM, -EFAULT. */
static ssize_t pipe_append(struct pipe_inode_info *pipe, struct iter *from, u32 flags)
{
	size_t len = min_t(size_t, iter_count(from), PAGE_SIZE);
	struct page *page = pipe_take_page(pipe);
	struct pipe_buffer *buf;
	size_t got;

	if (!page)
		return -ENOMEM;
	got = copy_from_iter_nosleep(page_address(page), len, from);
	if (got < len) {
		iter_revert(from, got);
		if (pipe->spare)
			put_page(page);
		else
			pipe->spare = page;
		return -EFAULT;
	}
	buf = pipe_slot(pipe, pipe->head);
	*buf = (struct pipe_buffer){ .page = page, .offset = 0, .len = len, .flags = flags };
	WRITE_ONCE(pipe->head, pipe->head + 1); /* I2 */
	return len;
}

/* One step of a write, mutex held: bytes moved, or -EAGAIN (full), -EPIPE, -ENOMEM, -EFAULT (memory not there). */
static ssize_t pipe_write_step(struct pipe_inode_info *pipe, struct iter *from, bool may_merge, u32 flags)
{
	ssize_t n;

	if (!pipe->readers)
		return -EPIPE;
	if (may_merge) {
		n = pipe_merge(pipe, from, iter_count(from) & (PAGE_SIZE - 1));
		if (n)
			return n;
	}
	if (pipe_is_full(pipe))
		return -EAGAIN;
	return pipe_append(pipe, from, flags);
}

static ssize_t pipe_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct pipe_inode_info *pipe = file->private_data;
	bool is_nonblock = (file->f_flags & O_NONBLOCK) || (from->rwf & RWF_NOWAIT);
	u32 flags = file->f_flags & O_DIRECT ? PIPE_BUF_PACKET : PIPE_BUF_CAN_MERGE;
	bool was_empty = false, may_merge, wake_next;
	size_t total = 0;
	ssize_t error = 0;

	if (!iter_count(from))
		return 0;
	may_merge = flags == PIPE_BUF_CAN_MERGE && (iter_count(from) & (PAGE_SIZE - 1));
	mutex_lock(&pipe->mutex);
	while (iter_count(from)) {
		was_empty |= pipe_is_empty(pipe);
		ssize_t n = pipe_write_step(pipe, from, may_merge, flags);
		if (n > 0) {
			total += n;
			may_merge = false;
			continue;
		}
		error = n;
		if (error != -EFAULT && error != -EAGAIN)
			break;
		mutex_unlock(&pipe->mutex);
		if (error == -EFAULT) {
			size_t step = min_t(size_t, iter_count(from), PAGE_SIZE);
			error = fault_in_iter_readable(from, step) ? -EFAULT : 0;
		} else {
			if (was_empty)
				pipe_wake_readers(pipe);
			was_empty = false;
			error = pipe_wait_writable(pipe, is_nonblock);
		}
		mutex_lock(&pipe->mutex);
		if (error)
			break;
	}
	wake_next = !pipe_is_full(pipe);
	mutex_unlock(&pipe->mutex);
	if (was_empty)
		pipe_wake_readers(pipe);
	if (wake_next && total)
		pipe_wake_writers(pipe);
	if (error == -EPIPE)
		vfs_send_sigpipe();
	if (error == -EPARK) /* the caller counts what the iterator moved and calls again */
		return error;
	return total ? (ssize_t)total : error;
}

/* --- poll, ioctl, size --------------------------------------------------------------------------------- */

static u32 pipe_poll(struct file *file, struct poll_table *pt)
{
	struct pipe_inode_info *pipe = file->private_data;
	u32 mask = 0;

	if (file->f_mode & FMODE_READ)
		poll_wait(file, &pipe->rd_wait, pt);
	if (file->f_mode & FMODE_WRITE)
		poll_wait(file, &pipe->wr_wait, pt);
	smp_mb(); /* pairs with wq_has_sleeper() in pipe_wake_*(): queued before head and tail are read */
	if (file->f_mode & FMODE_READ) {
		if (!pipe_is_empty(pipe))
			mask |= EPOLLIN | EPOLLRDNORM;
		if (!READ_ONCE(pipe->writers) && file->f_version != pipe->w_counter)
			mask |= EPOLLHUP;
	}
	if (file->f_mode & FMODE_WRITE) {
		if (!pipe_is_full(pipe))
			mask |= EPOLLOUT | EPOLLWRNORM;
		if (!READ_ONCE(pipe->readers))
			mask |= EPOLLERR;
	}
	return mask;
}

static long pipe_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode_info *pipe = file->private_data;
	u32 count = 0;

	if (cmd != FIONREAD)
		return -ENOIOCTLCMD;
	mutex_lock(&pipe->mutex);
	for (u32 i = pipe->tail; i != pipe->head; i++)
		count += pipe_slot(pipe, i)->len;
	mutex_unlock(&pipe->mutex);
	return put_user_u32(count, uaddr(arg));
}

/* Move the pieces to a ring of @nr_slots, a power of two. -EBUSY when they do not fit. */
static int pipe_resize_locked(struct pipe_inode_info *pipe, u32 nr_slots)
{
	u32 used = pipe->head - pipe->tail;
	struct pipe_buffer *bufs;

	if (nr_slots < used)
		return -EBUSY;
	bufs = kcalloc(nr_slots, sizeof(*bufs), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!bufs)
		return -ENOMEM;
	for (u32 i = 0; i < used; i++)
		bufs[i] = *pipe_slot(pipe, pipe->tail + i);
	kfree(pipe->bufs);
	pipe->bufs = bufs;
	pipe->tail = 0;
	WRITE_ONCE(pipe->ring_size, nr_slots);
	WRITE_ONCE(pipe->head, used);
	return 0;
}

static int pipe_charge_and_resize_locked(struct pipe_inode_info *pipe, u32 nr_slots)
{
	int ret;

	if (!pipe_recharge_locked(pipe, nr_slots))
		return -EPERM;
	ret = pipe_resize_locked(pipe, nr_slots);
	if (ret)
		pipe_restore_charge_locked(pipe);
	return ret;
}

/* Bytes, -EINVAL, -EPERM, -EBUSY, -ENOMEM. */
static long pipe_set_size(struct pipe_inode_info *pipe, unsigned long arg)
{
	unsigned long nr_pages = (arg + PAGE_SIZE - 1) >> PAGE_SHIFT;
	u32 nr_slots = 1;
	long ret;

	if (arg > (1ul << 31))
		return -EINVAL;
	while (nr_slots < nr_pages)
		nr_slots *= 2;
	if (nr_slots > pipe->ring_size && nr_slots * PAGE_SIZE > (unsigned long)READ_ONCE(vfs_limits.pipe_max_size) &&
	    !process_capable(CAP_SYS_RESOURCE))
		return -EPERM;
	mutex_lock(&pipe->mutex);
	ret = pipe_charge_and_resize_locked(pipe, nr_slots);
	mutex_unlock(&pipe->mutex);
	if (ret)
		return ret;
	pipe_wake_writers(pipe);
	return (long)nr_slots * PAGE_SIZE;
}

static long pipe_fcntl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pipe_inode_info *pipe = file->private_data;

	if (cmd == F_GETPIPE_SZ)
		return (long)READ_ONCE(pipe->ring_size) * PAGE_SIZE;
	return cmd == F_SETPIPE_SZ ? pipe_set_size(pipe, arg) : -EINVAL;
}

static int pipe_fasync(int fd, struct file *file, bool on)
{
	struct pipe_inode_info *pipe = file->private_data;
	int ret = 0;

	mutex_lock(&pipe->mutex);
	if (file->f_mode & FMODE_READ)
		ret = fasync_helper(fd, file, on, &pipe->fasync_readers);
	if (ret >= 0 && (file->f_mode & FMODE_WRITE)) {
		ret = fasync_helper(fd, file, on, &pipe->fasync_writers);
		if (ret < 0 && (file->f_mode & FMODE_READ))
			fasync_helper(-1, file, false, &pipe->fasync_readers);
	}
	mutex_unlock(&pipe->mutex);
	return ret;
}

/* --- close --------------------------------------------------------------------------------------------- */

void pipe_put(struct inode *inode, struct pipe_inode_info *pipe)
{
	bool is_last;

	spin_lock(&inode->i_lock);
	is_last = !--pipe->files;
	if (is_last)
		inode->i_pipe = NULL;
	spin_unlock(&inode->i_lock);
	if (is_last)
		pipe_destroy(pipe);
}

static void pipe_release(struct inode *inode, struct file *file)
{
	struct pipe_inode_info *pipe = file->private_data;
	bool wake;

	mutex_lock(&pipe->mutex);
	if (file->f_mode & FMODE_READ)
		WRITE_ONCE(pipe->readers, pipe->readers - 1);
	if (file->f_mode & FMODE_WRITE)
		WRITE_ONCE(pipe->writers, pipe->writers - 1);
	wake = !pipe->readers != !pipe->writers;
	mutex_unlock(&pipe->mutex);
	if (wake) {
		wake_up_queue(&pipe->rd_wait, TASK_INTERRUPTIBLE, 0, EPOLLIN | EPOLLRDNORM | EPOLLERR | EPOLLHUP);
		wake_up_queue(&pipe->wr_wait, TASK_INTERRUPTIBLE, 0, EPOLLOUT | EPOLLWRNORM | EPOLLERR | EPOLLHUP);
		kill_fasync(&pipe->fasync_readers, SIGIO, POLL_IN);
		kill_fasync(&pipe->fasync_writers, SIGIO, POLL_OUT);
	}
	pipe_put(inode, pipe);
}

const struct file_operations pipe_fops = {
	.llseek = no_llseek,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.fcntl = pipe_fcntl,
	.fasync = pipe_fasync,
	.release = pipe_release,
};

void pipe_cache_init(void)
{
	pipes.cache = kmem_cache_create(&pipe_type, sizeof(struct pipe_inode_info), 0, SLAB_ACCOUNT);
}

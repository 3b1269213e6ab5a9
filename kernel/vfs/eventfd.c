/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eventfd.c - a counter as a file: write adds, read takes all (or one), poll says which would work.
 *
 * WHAT        eventfd(2). The counter lives in [0, 2^64 - 2]; a write that would pass the top waits, a read of 0 waits.
 * LOCKING     efd->lock guards the count; waiters drop it while they sleep. Inside: the wait queue's own lock.
 * ERRORS      -EAGAIN, -EINVAL, -EFAULT, -EPARK, -ERESTARTSYS.
 * TESTS       tests/guest/ipc/poll_test.c: eventfd_counts
 */
#include <lib/errno.h>
#include <linux/eventpoll.h>
#include <mm/iter.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <sync/wait.h>
#include <linux/fs.h>
#include <vfs/anon_inode.h>
#include <vfs/file.h>
#include <vfs/ipc_calls.h>
#include <vfs/poll.h>
#include <vfs/seq_file.h>

/* eventfd2(2) flags; linux-libc-dev 6.1 has no header for them. */
#define EFD_SEMAPHORE 1
#define EVENTFD_TOP (~0ull - 1)
#define EFD_VALID   (EFD_SEMAPHORE | O_CLOEXEC | O_NONBLOCK)

struct eventfd {
	struct spinlock lock; /* rank EVENTFD */
	struct wait_queue_head wq;
	u64 count; /* lock */
	bool is_semaphore; /* __final */
};

static const struct object_type eventfd_type = { .name = "eventfd", .owner = "vfs", .id = 0x0723, .version = 1 };

static struct {
	struct kmem_cache *cache; /* __final */
} eventfds;

static ssize_t eventfd_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct eventfd *efd = file->private_data;
	u64 value;
	int ret = 0;

	if (iter_count(to) < sizeof(value))
		return -EINVAL;
	spin_lock_irq(&efd->lock);
	if (!efd->count)
		ret = (file->f_flags & O_NONBLOCK) || (to->rwf & RWF_NOWAIT) ?
			      -EAGAIN :
			      wait_event_interruptible_lock_irq(efd->wq, efd->count, efd->lock);
	if (!ret) {
		value = efd->is_semaphore ? 1 : efd->count;
		efd->count -= value;
		if (waitqueue_active(&efd->wq))
			wake_up_poll_all(&efd->wq, EPOLLOUT);
	}
	spin_unlock_irq(&efd->lock);
	if (ret)
		return ret;
	return copy_to_iter_full(&value, sizeof(value), to) ? (ssize_t)sizeof(value) : -EFAULT;
}

static ssize_t eventfd_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct eventfd *efd = file->private_data;
	u64 value;
	int ret = 0;

	if (iter_count(from) < sizeof(value))
		return -EINVAL;
	if (!copy_from_iter_full(&value, sizeof(value), from))
		return -EFAULT;
	if (value == ~0ull)
		return -EINVAL;
	spin_lock_irq(&efd->lock);
	if (value > EVENTFD_TOP - efd->count)
		ret = file->f_flags & O_NONBLOCK ?
			      -EAGAIN :
			      wait_event_interruptible_lock_irq(efd->wq, value <= EVENTFD_TOP - efd->count,
								efd->lock);
	if (!ret) {
		efd->count += value;
		if (waitqueue_active(&efd->wq))
			wake_up_poll_all(&efd->wq, EPOLLIN);
	}
	spin_unlock_irq(&efd->lock);
	if (ret)
		iter_revert(from, sizeof(value));
	return ret ? ret : (ssize_t)sizeof(value);
}

static u32 eventfd_poll(struct file *file, struct poll_table *pt)
{
	struct eventfd *efd = file->private_data;
	u64 count;
	u32 mask = 0;

	poll_wait(file, &efd->wq, pt);
	count = READ_ONCE(efd->count); /* after poll_wait() queued us: a later change wakes us */
	if (count)
		mask |= EPOLLIN;
	if (count < EVENTFD_TOP)
		mask |= EPOLLOUT;
	return mask;
}

static void eventfd_release(struct inode *inode, struct file *file)
{
	kmem_cache_free(eventfds.cache, file->private_data);
}

static void eventfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct eventfd *efd = file->private_data;

	seq_printf(m, "eventfd-count: %16llx\n", (unsigned long long)READ_ONCE(efd->count));
}

static const struct file_operations eventfd_fops = {
	.nowait = FOP_NOWAIT_READ,
	.llseek = noop_llseek,
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.release = eventfd_release,
	.show_fdinfo = eventfd_show_fdinfo,
};

long sys_eventfd2(u32 count, int flags)
{
	struct eventfd *efd;
	int fd;

	if (flags & ~EFD_VALID)
		return -EINVAL;
	efd = kmem_cache_alloc(eventfds.cache, GFP_KERNEL_ACCOUNT);
	if (!efd)
		return -ENOMEM;
	spin_lock_init(&efd->lock, RANK_EVENTFD);
	init_waitqueue_head(&efd->wq);
	efd->count = count;
	efd->is_semaphore = flags & EFD_SEMAPHORE;
	fd = anon_inode_getfd("[eventfd]", &eventfd_fops, efd, O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
	if (fd < 0)
		kmem_cache_free(eventfds.cache, efd);
	return fd;
}

long sys_eventfd(u32 count)
{
	return sys_eventfd2(count, 0);
}

void eventfd_init(void)
{
	eventfds.cache = kmem_cache_create(&eventfd_type, sizeof(struct eventfd), 0, SLAB_ACCOUNT | SLAB_PANIC);
}

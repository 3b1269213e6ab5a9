/* SPDX-License-Identifier: GPL-2.0-only */
/* random.c - /dev/random (waits until there is entropy) and /dev/urandom (never waits). */
#include <arch/uaccess.h>
#include <crypto/random.h>
#include <lib/err.h>
#include <lib/uabi.h>
#include <mm/iter.h>
#include <sched/cred.h>
#include <sync/wait.h>
#include <vfs/libfs.h>
#include <vfs/poll.h>
#include <linux/random.h>
#include "mem_impl.h"

static ssize_t random_read(struct file *file, struct iter *to, loff_t *pos)
{
	int err;

	if (!random_is_ready() && (file->f_flags & O_NONBLOCK))
		return -EAGAIN;
	err = random_wait_ready();
	return err ? err : random_read_iter(to);
}

static ssize_t urandom_read(struct file *file, struct iter *to, loff_t *pos)
{
	return random_read_iter(to);
}

static ssize_t random_write(struct file *file, struct iter *from, loff_t *pos)
{
	ssize_t done = 0;
	u8 chunk[64];

	while (iter_count(from)) {
		size_t n = copy_from_iter(chunk, min(iter_count(from), sizeof(chunk)), from);

		if (!n)
			return done ? done : -EFAULT;
		random_add(chunk, n, 0);
		done += n;
	}
	return done;
}

static u32 random_poll(struct file *file, struct poll_table *pt)
{
	return random_is_ready() ? EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM : EPOLLOUT | EPOLLWRNORM;
}

static long add_entropy(uaddr_t arg)
{
	struct rand_pool_info head;
	u8 chunk[64];
	int left;

	if (copy_from_user(&head, arg, 8))
		return -EFAULT;
	if (head.entropy_count < 0 || head.buf_size < 0)
		return -EINVAL;
	arg = uaddr_add(arg, 8);
	for (left = head.buf_size; left > 0; left -= sizeof(chunk)) {
		size_t n = min_t(size_t, left, sizeof(chunk));

		if (copy_from_user(chunk, arg, n))
			return -EFAULT;
		random_add(chunk, n, left <= (int)sizeof(chunk) ? head.entropy_count : 0);
		arg = uaddr_add(arg, n);
	}
	return 0;
}

static long random_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	u32 count;

	if (cmd == RNDGETENTCNT)
		return put_user_u32(random_entropy_bits(), uaddr(arg));
	switch (cmd) {
	case RNDADDTOENTCNT:
	case RNDADDENTROPY:
	case RNDZAPENTCNT:
	case RNDCLEARPOOL:
	case RNDRESEEDCRNG:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		break;
	default:
		return -EINVAL;
	}
	if (cmd == RNDADDENTROPY)
		return add_entropy(uaddr(arg));
	if (cmd == RNDADDTOENTCNT) {
		if (get_user_u32(uaddr(arg), &count))
			return -EFAULT;
		if ((s32)count < 0)
			return -EINVAL;
		random_add(NULL, 0, count);
		return 0;
	}
	if (cmd == RNDRESEEDCRNG)
		random_reseed();
	return 0;
}

const struct file_operations random_fops = {
	.nowait = FOP_NOWAIT_READ | FOP_NOWAIT_WRITE,
	.llseek = noop_llseek, .read = random_read, .write = random_write, .poll = random_poll, .ioctl = random_ioctl,
};

const struct file_operations urandom_fops = {
	.nowait = FOP_NOWAIT_READ | FOP_NOWAIT_WRITE,
	.llseek = noop_llseek, .read = urandom_read, .write = random_write, .ioctl = random_ioctl,
};

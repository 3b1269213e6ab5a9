/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signalfd.c - signals as records that are read from a descriptor.
 *
 * WHAT        A read takes blocked signals of the reading thread that are in the file's mask. The file has no state but the mask.
 * LOCKING     siglock of the reader; the mask is one word, written under it.
 * ERRORS      -EINVAL mask size, descriptor that is not a signalfd, read shorter than a record; -EAGAIN; -ERESTARTSYS, -EPARK.
 * TESTS       tests/guest/ipc/poll_test.c
 */
#include "process_impl.h"
#include <linux/signalfd.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <vfs/anon_inode.h>
#include <vfs/file.h>
#include <vfs/poll.h>
#include <vfs/seq_file.h>
#include <process/process_calls.h>

struct signalfd {
	ksigset_t mask; /* signals NOT wanted: what dequeue takes as blocked */
};

static u32 signalfd_poll(struct file *file, struct poll_table *pt)
{
	struct signalfd *sfd = file->private_data;
	ksigset_t wanted = { ~READ_ONCE(sfd->mask.bits) };

	poll_wait(file, &cur->sighand->signalfd_wait, pt);
	return signal_pending_in(&wanted) ? EPOLLIN : 0;
}

static void signalfd_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
}

static void fill_record(struct signalfd_siginfo *to, const struct ksiginfo *from)
{
	memset(to, 0, sizeof(*to));
	to->ssi_signo = from->si_signo;
	to->ssi_errno = from->si_errno;
	to->ssi_code = from->si_code;
	if (from->si_code == SI_TIMER) {
		to->ssi_tid = from->si_tid;
		to->ssi_overrun = from->si_overrun;
		to->ssi_ptr = (u64)from->si_value.sival_ptr;
		to->ssi_int = from->si_value.sival_int;
	} else if (from->si_code < 0) {
		to->ssi_pid = from->si_pid;
		to->ssi_uid = from->si_uid;
		to->ssi_ptr = (u64)from->si_value.sival_ptr;
		to->ssi_int = from->si_value.sival_int;
	} else if (from->si_signo == SIGCHLD && from->si_code > 0) {
		to->ssi_pid = from->si_pid;
		to->ssi_uid = from->si_uid;
		to->ssi_status = from->si_status;
		to->ssi_utime = from->si_utime;
		to->ssi_stime = from->si_stime;
	} else if ((sigmask(from->si_signo) & SIG_SYNCHRONOUS_MASK) && from->si_code > 0) {
		to->ssi_addr = (u64)from->si_addr;
	} else if (from->si_signo == SIGPOLL && from->si_code > 0) {
		to->ssi_band = (u32)from->si_band;
		to->ssi_fd = from->si_fd;
	} else {
		to->ssi_pid = from->si_pid;
		to->ssi_uid = from->si_uid;
	}
}

/* One signal; waits for it when @may_wait. The number, 0: none, -ERESTARTSYS, -EPARK. */
static int take_signal(struct signalfd *sfd, struct ksiginfo *info, bool may_wait)
{
	struct wait_queue_head *wq = &cur->sighand->signalfd_wait;
	struct wait_queue_entry entry;
	int sig = dequeue_signal(&sfd->mask, info), ret = 0;

	if (sig || !may_wait)
		return sig;
	wait_entry_init(&entry, 0);
	while (!ret) {
		prepare_to_wait(wq, &entry, TASK_INTERRUPTIBLE);
		sig = dequeue_signal(&sfd->mask, info);
		if (sig)
			break;
		ret = wait_sleep(WAIT_LEVEL, DEADLINE_NEVER);
	}
	finish_wait(wq, &entry);
	return sig ? sig : ret;
}

static ssize_t signalfd_read(struct file *file, struct iter *to, loff_t *pos)
{
	bool may_wait = !(file->f_flags & O_NONBLOCK);
	struct signalfd_siginfo record;
	struct ksiginfo info;
	ssize_t total = 0;

	if (iter_count(to) < sizeof(record))
		return -EINVAL;
	while (iter_count(to) >= sizeof(record)) {
		int ret = take_signal(file->private_data, &info, may_wait && !total);

		if (ret <= 0)
			return total ? total : ret ? ret : -EAGAIN;
		fill_record(&record, &info);
		if (copy_to_iter(&record, sizeof(record), to) != sizeof(record))
			return total ? total : -EFAULT;
		total += sizeof(record);
	}
	return total;
}

static void signalfd_show(struct seq_file *m, struct file *file)
{
	struct signalfd *sfd = file->private_data;

	seq_printf(m, "sigmask:\t%016llx\n", ~sfd->mask.bits);
}

static const struct file_operations signalfd_fops = {
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
	.show_fdinfo = signalfd_show,
	.llseek = noop_llseek,
};

static long signalfd_change(int fd, ksigset_t mask)
{
	struct fd f = fdget((unsigned int)fd);
	struct signalfd *sfd;

	if (!f.file)
		return -EBADF;
	if (f.file->f_op != &signalfd_fops) {
		fdput(f);
		return -EINVAL;
	}
	sfd = f.file->private_data;
	spin_lock_irq(&cur->sighand->siglock);
	sfd->mask = mask;
	spin_unlock_irq(&cur->sighand->siglock);
	/* More may be wanted now than who sleeps on it knows. */
	wake_up_all(&cur->sighand->signalfd_wait);
	fdput(f);
	return fd;
}

long sys_signalfd4(int fd, uaddr_t mask, size_t sizemask, int flags)
{
	struct signalfd *sfd;
	ksigset_t set;
	long ret;

	if ((flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) || sizemask != sizeof(set))
		return -EINVAL;
	if (get_user_u64(mask, &set.bits))
		return -EFAULT;
	set.bits = ~(set.bits & ~SIG_KERNEL_ONLY_MASK);
	if (fd != -1)
		return signalfd_change(fd, set);
	sfd = kmalloc(sizeof(*sfd), GFP_KERNEL);
	if (!sfd)
		return -ENOMEM;
	sfd->mask = set;
	ret = anon_inode_getfd("[signalfd]", &signalfd_fops, sfd, O_RDWR | (flags & (O_CLOEXEC | O_NONBLOCK)));
	if (ret < 0)
		kfree(sfd);
	return ret;
}

long sys_signalfd(int fd, uaddr_t mask, size_t sizemask)
{
	return sys_signalfd4(fd, mask, sizemask, 0);
}

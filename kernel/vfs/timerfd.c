/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timerfd.c - a timer as a file: read takes the number of expirations since the last read.
 *
 * WHAT        timerfd_create(2). The kernel timer fires once; a periodic one is started again, and missed periods are counted, when
 *             somebody reads or asks. So a timer that nobody reads costs one interrupt.
 * INVARIANTS  I1  expires_ns is on the timer's own clock; the kernel timer runs at its monotonic equivalent.
 *             I2  A step of the real-time clock moves the kernel timers of absolute CLOCK_REALTIME timers, and cancels those that
 *                 asked for it (TFD_TIMER_CANCEL_ON_SET): their next read is -ECANCELED, once.
 * LOCKING     tfd->lock (rank EVENTFD, interrupts off: expire() takes it). timerfds.lock: the list of those that follow steps;
 *             outside tfd->lock.
 * ERRORS      read: -EAGAIN, -ECANCELED, -EINVAL, -EFAULT, -EPARK, -ERESTARTSYS. settime: -EBADF, -EINVAL, -EFAULT.
 * TESTS       tests/guest/ipc/poll_test.c: timerfd_expires_and_repeats
 */
#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/list.h>
#include <linux/eventpoll.h>
#include <linux/time.h>
#include <linux/timerfd.h>
#include <mm/iter.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <sync/wait.h>
#include <time/ktime.h>
#include <time/timekeeping.h>
#include <time/timer.h>
#include <vfs/anon_inode.h>
#include <vfs/file.h>
#include <vfs/ipc_calls.h>
#include <vfs/poll.h>
#include <vfs/seq_file.h>

#define TIMERFD_CREATE_FLAGS  (O_CLOEXEC | O_NONBLOCK)
#define TIMERFD_SETTIME_FLAGS (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)

struct timerfd {
	struct spinlock lock;
	struct wait_queue_head wq;
	struct timer timer;
	int clockid;	    /* __final */
	u64 expires_ns;	    /* lock; I1; 0: disarmed */
	u64 interval_ns;    /* lock; 0: once */
	u64 ticks;	    /* lock; expirations noted and not read */
	bool is_expired;    /* lock; the kernel timer has fired and was not started again */
	bool cancel_on_set; /* lock */
	bool is_cancelled;  /* lock */
	u32 settime_flags;  /* lock; for fdinfo */
	struct list_head node; /* timerfds.lock */
};

static const struct object_type timerfd_type = { .name = "timerfd", .owner = "vfs", .id = 0x0724, .version = 1 };

static struct {
	struct kmem_cache *cache; /* __final */
	struct spinlock lock;
	struct list_head all; /* lock */
} timerfds = { .lock = SPINLOCK_INIT(RANK_TIMERFDS), .all = LIST_HEAD_INIT(timerfds.all) };

/* --- clocks -------------------------------------------------------------------------------------------- */

static bool clock_is_real(int clockid)
{
	return clockid == CLOCK_REALTIME || clockid == CLOCK_REALTIME_ALARM;
}

static bool clock_is_boot(int clockid)
{
	return clockid == CLOCK_BOOTTIME || clockid == CLOCK_BOOTTIME_ALARM;
}

/* What the timer's clock is ahead of the monotonic one. */
static s64 clock_offset_ns(int clockid)
{
	if (clock_is_real(clockid))
		return ktime_real_offset_ns();
	return clock_is_boot(clockid) ? ktime_boottime_offset_ns() : 0;
}

static u64 clock_now_ns(int clockid)
{
	return ktime_get_ns() + clock_offset_ns(clockid);
}

/* I1. A time before boot is due at once. */
static void timerfd_start_locked(struct timerfd *tfd)
{
	s64 monotonic = (s64)tfd->expires_ns - clock_offset_ns(tfd->clockid);

	tfd->is_expired = false;
	timer_start_at(&tfd->timer, monotonic > 0 ? monotonic : 1);
}

/* --- expiry -------------------------------------------------------------------------------------------- */

static void timerfd_expire(struct timer *timer)
{
	struct timerfd *tfd = container_of(timer, struct timerfd, timer);
	unsigned long flags;

	spin_lock_irqsave(&tfd->lock, flags);
	if (tfd->expires_ns && !tfd->is_expired) {
		tfd->is_expired = true;
		tfd->ticks++;
	}
	spin_unlock_irqrestore(&tfd->lock, flags);
	wake_up_poll_all(&tfd->wq, EPOLLIN);
}

static const struct timer_ops timerfd_timer_ops = { .name = "timerfd", .expire = timerfd_expire };

/* A periodic timer that has fired: count what was missed and start it for the next period. */
static void timerfd_catch_up_locked(struct timerfd *tfd)
{
	u64 now;

	if (!tfd->is_expired || !tfd->interval_ns)
		return;
	now = clock_now_ns(tfd->clockid);
	tfd->expires_ns += tfd->interval_ns;
	if (tfd->expires_ns <= now) {
		u64 missed = (now - tfd->expires_ns) / tfd->interval_ns + 1;

		tfd->ticks += missed;
		tfd->expires_ns += missed * tfd->interval_ns;
	}
	timerfd_start_locked(tfd);
}

/* The real-time clock was set. */
static void timerfds_clock_stepped(struct clock_step_listener *listener)
{
	struct timerfd *tfd;

	spin_lock(&timerfds.lock);
	list_for_each_entry(tfd, &timerfds.all, node) {
		spin_lock_irq(&tfd->lock);
		if (tfd->cancel_on_set)
			tfd->is_cancelled = true;
		if (tfd->expires_ns && !tfd->is_expired)
			timerfd_start_locked(tfd);
		spin_unlock_irq(&tfd->lock);
		wake_up_poll_all(&tfd->wq, EPOLLIN);
	}
	spin_unlock(&timerfds.lock);
}

static const struct clock_step_ops timerfds_step_ops = { .name = "timerfd", .stepped = timerfds_clock_stepped };
static struct clock_step_listener timerfds_step_listener = { .ops = &timerfds_step_ops };

/* --- the file ------------------------------------------------------------------------------------------ */

static ssize_t timerfd_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct timerfd *tfd = file->private_data;
	u64 ticks = 0;
	int ret = 0;

	if (iter_count(to) < sizeof(ticks))
		return -EINVAL;
	spin_lock_irq(&tfd->lock);
	if (!tfd->ticks && !tfd->is_cancelled)
		ret = file->f_flags & O_NONBLOCK ?
			      -EAGAIN :
			      wait_event_interruptible_lock_irq(tfd->wq, tfd->ticks || tfd->is_cancelled, tfd->lock);
	if (!ret && tfd->is_cancelled) {
		tfd->is_cancelled = false;
		tfd->ticks = 0;
		ret = -ECANCELED;
	}
	if (!ret) {
		timerfd_catch_up_locked(tfd);
		ticks = tfd->ticks;
		tfd->ticks = 0;
	}
	spin_unlock_irq(&tfd->lock);
	if (ret)
		return ret;
	return copy_to_iter_full(&ticks, sizeof(ticks), to) ? (ssize_t)sizeof(ticks) : -EFAULT;
}

static u32 timerfd_poll(struct file *file, struct poll_table *pt)
{
	struct timerfd *tfd = file->private_data;

	poll_wait(file, &tfd->wq, pt);
	return READ_ONCE(tfd->ticks) || READ_ONCE(tfd->is_cancelled) ? EPOLLIN : 0;
}

static void timerfd_release(struct inode *inode, struct file *file)
{
	struct timerfd *tfd = file->private_data;

	spin_lock(&timerfds.lock);
	list_del_init(&tfd->node);
	spin_unlock(&timerfds.lock);
	timer_cancel_sync(&tfd->timer);
	kmem_cache_free(timerfds.cache, tfd);
}

/* Time left and period, now. */
static void timerfd_get_locked(struct timerfd *tfd, struct __kernel_itimerspec *its)
{
	u64 now, left = 0;

	timerfd_catch_up_locked(tfd);
	now = clock_now_ns(tfd->clockid);
	if (tfd->expires_ns && !tfd->is_expired)
		left = tfd->expires_ns > now ? tfd->expires_ns - now : 1;
	its->it_value.tv_sec = left / NSEC_PER_SEC;
	its->it_value.tv_nsec = left % NSEC_PER_SEC;
	its->it_interval.tv_sec = tfd->interval_ns / NSEC_PER_SEC;
	its->it_interval.tv_nsec = tfd->interval_ns % NSEC_PER_SEC;
}

static void timerfd_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct timerfd *tfd = file->private_data;
	struct __kernel_itimerspec its;
	u64 ticks;

	spin_lock_irq(&tfd->lock);
	ticks = tfd->ticks;
	timerfd_get_locked(tfd, &its);
	spin_unlock_irq(&tfd->lock);
	seq_printf(m, "clockid: %d\nticks: %llu\nsettime flags: 0%o\nit_value: (%llu, %llu)\nit_interval: (%llu, %llu)\n",
		   tfd->clockid, (unsigned long long)ticks, tfd->settime_flags,
		   (unsigned long long)its.it_value.tv_sec, (unsigned long long)its.it_value.tv_nsec,
		   (unsigned long long)its.it_interval.tv_sec, (unsigned long long)its.it_interval.tv_nsec);
}

static const struct file_operations timerfd_fops = {
	.llseek = noop_llseek,
	.read = timerfd_read,
	.poll = timerfd_poll,
	.release = timerfd_release,
	.show_fdinfo = timerfd_show_fdinfo,
};

/* --- calls --------------------------------------------------------------------------------------------- */

static bool itimerspec_is_valid(const struct __kernel_itimerspec *its)
{
	return its->it_value.tv_sec >= 0 && its->it_interval.tv_sec >= 0 &&
	       (u64)its->it_value.tv_nsec < NSEC_PER_SEC && (u64)its->it_interval.tv_nsec < NSEC_PER_SEC;
}

/* Nanoseconds, cut at what a signed count can hold. */
static u64 timespec_to_ns_cut(const struct __kernel_timespec *ts)
{
	if ((u64)ts->tv_sec >= (u64)(1ull << 62) / NSEC_PER_SEC)
		return 1ull << 62;
	return ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static void timerfd_set_locked(struct timerfd *tfd, int flags, const struct __kernel_itimerspec *its)
{
	u64 value = timespec_to_ns_cut(&its->it_value);

	tfd->settime_flags = flags & TIMERFD_SETTIME_FLAGS;
	tfd->ticks = 0;
	tfd->is_expired = tfd->is_cancelled = false;
	tfd->interval_ns = timespec_to_ns_cut(&its->it_interval);
	tfd->cancel_on_set = clock_is_real(tfd->clockid) &&
			     (flags & TIMERFD_SETTIME_FLAGS) == TIMERFD_SETTIME_FLAGS;
	tfd->expires_ns = 0;
	if (!value)
		return;
	tfd->expires_ns = flags & TFD_TIMER_ABSTIME ? value : clock_now_ns(tfd->clockid) + value;
	timerfd_start_locked(tfd);
}

static struct timerfd *timerfd_of_fd(struct fd f)
{
	return f.file && f.file->f_op == &timerfd_fops ? f.file->private_data : NULL;
}

long sys_timerfd_settime(int fd, int flags, uaddr_t unew, uaddr_t uold)
{
	struct __kernel_itimerspec its, old;
	struct timerfd *tfd;
	struct fd f;

	if (copy_from_user(&its, unew, sizeof(its)))
		return -EFAULT;
	if ((flags & ~TIMERFD_SETTIME_FLAGS) || !itimerspec_is_valid(&its))
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	tfd = timerfd_of_fd(f);
	if (!tfd) {
		fdput(f);
		return -EINVAL;
	}
	timer_cancel_sync(&tfd->timer);
	spin_lock_irq(&tfd->lock);
	timerfd_get_locked(tfd, &old);
	timerfd_set_locked(tfd, flags, &its);
	spin_unlock_irq(&tfd->lock);
	fdput(f);
	if (!uaddr_is_null(uold) && copy_to_user(uold, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}

long sys_timerfd_gettime(int fd, uaddr_t uvalue)
{
	struct __kernel_itimerspec its;
	struct fd f = fdget(fd);
	struct timerfd *tfd;

	if (!f.file)
		return -EBADF;
	tfd = timerfd_of_fd(f);
	if (tfd) {
		spin_lock_irq(&tfd->lock);
		timerfd_get_locked(tfd, &its);
		spin_unlock_irq(&tfd->lock);
	}
	fdput(f);
	if (!tfd)
		return -EINVAL;
	return copy_to_user(uvalue, &its, sizeof(its)) ? -EFAULT : 0;
}

long sys_timerfd_create(int clockid, int flags)
{
	struct timerfd *tfd;
	int fd;

	if ((flags & ~TIMERFD_CREATE_FLAGS) ||
	    (clockid != CLOCK_MONOTONIC && !clock_is_real(clockid) && !clock_is_boot(clockid)))
		return -EINVAL;
	tfd = kmem_cache_alloc(timerfds.cache, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!tfd)
		return -ENOMEM;
	spin_lock_init(&tfd->lock, RANK_EVENTFD);
	init_waitqueue_head(&tfd->wq);
	timer_init(&tfd->timer, &timerfd_timer_ops);
	INIT_LIST_HEAD(&tfd->node);
	tfd->clockid = clockid;
	if (clock_is_real(clockid)) {
		spin_lock(&timerfds.lock);
		list_add(&tfd->node, &timerfds.all);
		spin_unlock(&timerfds.lock);
	}
	fd = anon_inode_getfd("[timerfd]", &timerfd_fops, tfd, O_RDWR | flags);
	if (fd < 0) {
		spin_lock(&timerfds.lock);
		list_del_init(&tfd->node);
		spin_unlock(&timerfds.lock);
		kmem_cache_free(timerfds.cache, tfd);
	}
	return fd;
}

void timerfd_init(void)
{
	timerfds.cache = kmem_cache_create(&timerfd_type, sizeof(struct timerfd), 0, SLAB_ACCOUNT | SLAB_PANIC);
	clock_step_listen(&timerfds_step_listener);
}

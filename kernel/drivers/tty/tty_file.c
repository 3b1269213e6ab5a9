/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty_file.c - terminals as files: /dev/tty, /dev/console and every other node but a pty's master.
 *
 * WHAT        open finds the terminal: by the device's private data, by the caller (5:0), by console= (5:1), or by the
 *             devpts node (136). All share one table of methods.
 * INVARIANTS  F1  A write is whole towards other writes of the terminal: it holds the write turn to its end.
 *             F2  The bytes of a parked write are neither lost nor sent twice: the iterator stands where the
 *                 discipline stopped taking.
 * LOCKING     tty->lock inside the methods; user memory is touched without it.
 * ERRORS      open -ENXIO (no controlling terminal), -ENODEV, -EIO, -EBUSY; write -EIO, -EAGAIN, -EFAULT, -ERESTARTSYS.
 * TESTS       tests/guest/tty/
 */
#include "tty_impl.h"
#include <lib/err.h>
#include <linux/major.h>
#include <mm/iter.h>
#include <process/pid.h>
#include <process/signal.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <sync/still.h>
#include <time/ktime.h>
#include <tty/pty.h>
#include <vfs/chrdev.h>
#include <vfs/inode.h>
#include <vfs/poll.h>

#define CHUNK		 512u
#define WAKE_UNSENT	 256u /* poll says writable below this */
#define ACCESS_GRAIN_SEC 8    /* times of terminals are kept coarse: they tell who types when */

/* --- open ---------------------------------------------------------------------------------------------------------- */

static int open_mine(struct file *file)
{
	struct tty_struct *tty = get_current_tty();
	int ret;

	if (!tty)
		return -ENXIO;
	ret = tty_open_file(tty, file, false);
	tty_put(tty);
	return ret;
}

static int open_console(struct file *file)
{
	struct tty_struct *tty = console_tty();

	return tty ? tty_open_file(tty, file, true) : -ENODEV;
}

static int tty_open(struct inode *inode, struct file *file)
{
	switch (MAJOR(inode->i_rdev)) {
	case TTYAUX_MAJOR:
		return MINOR(inode->i_rdev) == 1 ? open_console(file) : open_mine(file);
	case UNIX98_PTY_SLAVE_MAJOR:
		return pty_open_slave(inode, file);
	default:
		return tty_open_file(inode->i_cdev->private_data, file, false);
	}
}

static void tty_release(struct inode *inode, struct file *file)
{
	tty_close_file(tty_file_of(file));
}

/* --- read ------------------------------------------------------------------------------------------------------------ */

void tty_note_access(struct file *file, bool is_write)
{
	struct inode *inode = file_inode(file);
	struct timespec64 *stamp = is_write ? &inode->i_mtime : &inode->i_atime;
	time64_t now = ktime_get_real_seconds();

	if ((now ^ stamp->tv_sec) & ~(ACCESS_GRAIN_SEC - 1))
		*stamp = (struct timespec64){ .tv_sec = now };
}

static ssize_t tty_read(struct file *file, struct iter *to, loff_t *pos)
{
	ssize_t ret = n_tty_read(tty_file_of(file), to);

	if (ret > 0)
		tty_note_access(file, false);
	return ret;
}

/* --- write ----------------------------------------------------------------------------------------------------------- */

static bool may_write_now(struct tty_file *tf)
{
	struct tty_struct *tty = tf->tty;

	return tty_is_hung_up(tf) || READ_ONCE(tty->is_other_closed) ||
	       (!READ_ONCE(tty->is_stopped) && tty->ops->write_room(tty) > 0);
}

/* What the discipline takes of @bytes now. -EIO: the other side is gone. */
static ssize_t write_step(struct tty_file *tf, const u8 *bytes, size_t len)
{
	struct tty_struct *tty = tf->tty;

	with_mutex(&tty->lock);
	if (tf->is_hung_up || tty->is_other_closed)
		return -EIO;
	return n_tty_write_some(tty, bytes, len);
}

static int wait_for_room(struct tty_file *tf)
{
	if (is_nonblock(tf->file))
		return -EAGAIN;
	return wait_event_interruptible(tf->tty->write_wait, may_write_now(tf));
}

/* All of @bytes; how many went before *@error. */
static size_t write_bytes(struct tty_file *tf, const u8 *bytes, size_t len, int *error)
{
	size_t done = 0;

	while (done < len && !*error) {
		ssize_t n = write_step(tf, bytes + done, len - done);

		if (n > 0)
			done += n;
		else
			*error = n < 0 ? (int)n : wait_for_room(tf);
	}
	return done;
}

static ssize_t write_turn(struct tty_file *tf, struct iter *from)
{
	u8 chunk[CHUNK];
	size_t total = 0;
	int error = 0;

	while (iter_count(from) && !error) {
		size_t got = copy_from_iter(chunk, min_t(size_t, iter_count(from), CHUNK), from), used;

		if (!got) {
			error = -EFAULT;
			break;
		}
		used = write_bytes(tf, chunk, got, &error);
		iter_revert(from, got - used); /* F2 */
		total += used;
		if (!error && iter_count(from) && current_signal_pending())
			error = -ERESTARTSYS;
		else if (!error && iter_count(from) && should_park())
			error = -EPARK;
	}
	if (error == -EPARK)
		return error;
	return total ? (ssize_t)total : error;
}

static ssize_t write_to_redirect(struct iter *from, bool *is_redirected)
{
	struct file *other = console_redirected_to();
	loff_t pos = 0;
	ssize_t ret;

	*is_redirected = other != NULL;
	if (!other)
		return 0;
	ret = other->f_op->write(other, from, &pos);
	fput(other);
	return ret;
}

static ssize_t tty_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct tty_file *tf = tty_file_of(file);
	bool is_redirected;
	ssize_t ret;

	if (tf->is_console) {
		ret = write_to_redirect(from, &is_redirected);
		if (is_redirected)
			return ret;
	}
	if (tty_is_hung_up(tf))
		return -EIO;
	if (has_l(tf->tty, TOSTOP) && !tf->is_console && !call_resumed()) {
		ret = tty_check_background(tf->tty, SIGTTOU);
		if (ret)
			return ret;
	}
	ret = turn_take(&tf->tty->write_turn, is_nonblock(file));
	if (ret)
		return ret;
	ret = write_turn(tf, from);
	turn_give(&tf->tty->write_turn, ret);
	if (ret > 0)
		tty_note_access(file, true);
	return ret;
}

/* --- poll, SIGIO ------------------------------------------------------------------------------------------------------- */

static u32 tty_poll(struct file *file, struct poll_table *pt)
{
	struct tty_file *tf = tty_file_of(file);
	struct tty_struct *tty = tf->tty;
	u32 mask = 0;

	poll_wait(file, &tty->read_wait, pt);
	poll_wait(file, &tty->write_wait, pt);
	smp_mb(); /* pairs with wq_has_sleeper() where input comes and room grows */
	if (tty_is_hung_up(tf))
		return EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM;
	if (n_tty_has_input(tty, true))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(tty->is_other_closed))
		mask |= EPOLLHUP;
	if (!READ_ONCE(tty->is_stopped) && tty->ops->write_room(tty) > 0 &&
	    (!tty->ops->unsent || tty->ops->unsent(tty) < WAKE_UNSENT))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/* Who asked for SIGIO without saying for whom: the foreground group, or the caller. */
static void own_by_default(struct file *file, struct tty_struct *tty)
{
	struct pid *pid = tty_get_pgrp(tty);
	int type = F_OWNER_PGRP;

	if (!pid) {
		pid = get_task_pid(current, PIDTYPE_TGID);
		type = F_OWNER_PID;
	}
	spin_lock(&file->f_lock);
	if (!file->f_owner.pid) {
		file->f_owner.pid_type = type;
		file->f_owner.uid = current_uid();
		file->f_owner.euid = current_euid();
		rcu_assign_pointer(file->f_owner.pid, pid);
		pid = NULL;
	}
	spin_unlock(&file->f_lock);
	put_pid(pid);
}

int tty_fasync_file(int fd, struct file *file, bool on, struct tty_struct *tty, struct fasync_struct **list)
{
	int ret = fasync_helper(fd, file, on, list);

	if (ret <= 0)
		return ret;
	if (on)
		own_by_default(file, tty);
	return 0;
}

static int tty_fasync(int fd, struct file *file, bool on)
{
	struct tty_file *tf = tty_file_of(file);

	if (tty_is_hung_up(tf))
		return -ENOTTY;
	return tty_fasync_file(fd, file, on, tf->tty, &tf->tty->fasync);
}

const struct file_operations tty_fops = {
	.llseek = no_llseek,
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.open = tty_open,
	.release = tty_release,
	.fasync = tty_fasync,
};

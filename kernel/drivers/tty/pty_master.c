/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pty_master.c - the other end of a pseudo-terminal: what a terminal emulator, a login server or a test holds.
 *
 * WHAT        A master has no discipline and no settings of its own: bytes are bytes, and requests about settings, window and
 *             groups mean the slave's. In packet mode (TIOCPKT) each read begins with a byte: 0 before data, or the TIOCPKT_*
 *             bits of what happened to the slave.
 * INVARIANTS  M1  Read: data first, also what was written before the slave's last close; then -EIO while it is closed.
 *             M2  A write is whole towards other writes of the master (turn.c).
 * LOCKING     read: out_lock; write: slave.lock. User memory is touched under neither.
 * ERRORS      -EAGAIN, -EIO, -EFAULT, -ERESTARTSYS, -EPARK, -EINVAL, -ENOTTY
 * TESTS       tests/guest/tty/pty_test.c, flow_test.c (packets)
 */
#include "pty_impl.h"
#include <arch/uaccess.h>
#include <lib/err.h>
#include <lib/string.h>
#include <linux/capability.h>
#include <mm/iter.h>
#include <process/signal.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <sync/still.h>
#include <vfs/inode.h>
#include <vfs/mount.h>
#include <vfs/poll.h>

#define CHUNK 512u

static struct pty *master_of(const struct file *file)
{
	return file->private_data;
}

int pty_open_master(struct pty *pty, struct file *file)
{
	file->private_data = pty;
	return nonseekable_open(file_inode(file), file);
}

void pty_master_release(struct inode *inode, struct file *file)
{
	struct pty *pty = master_of(file);

	pty->home->ops->unlink(pty->home, pty->index);
	mutex_lock(&pty->slave.lock);
	WRITE_ONCE(pty->slave.is_other_closed, true); /* who reads now gets EIO, who reads later the end */
	mutex_unlock(&pty->slave.lock);
	tty_hangup(&pty->slave); /* at once, and it wakes the readers: most die of SIGHUP before they can say what they got */
	pty_put(pty);
}

/* --- read ------------------------------------------------------------------------------------------------------- */

static bool has_status(const struct pty *pty)
{
	return READ_ONCE(pty->is_packet) && READ_ONCE(pty->packet_status);
}

static bool may_read_now(const struct pty *pty)
{
	return ring_used(&pty->to_master) || has_status(pty) || READ_ONCE(pty->is_slave_closed) ||
	       READ_ONCE(pty->is_master_hung_up);
}

/* What a read of @max bytes gets now; 0: nothing. *@is_last when no more may follow in this read. */
static u32 take(struct pty *pty, u8 *chunk, u32 max, bool is_first, bool *is_last)
{
	u32 n = 0, len;
	u8 *run;

	mutex_lock_nested(&pty->out_lock, 1);
	if (has_status(pty)) {
		*is_last = true;
		if (is_first) {
			chunk[n++] = pty->packet_status;
			WRITE_ONCE(pty->packet_status, 0);
		}
		goto out;
	}
	if (!ring_used(&pty->to_master))
		goto out;
	if (pty->is_packet && is_first)
		chunk[n++] = TIOCPKT_DATA;
	while (n < max && (len = ring_run(&pty->to_master, &run)) != 0) {
		len = min(len, max - n);
		memcpy(chunk + n, run, len);
		ring_drop(&pty->to_master, len);
		n += len;
	}
out:
	mutex_unlock(&pty->out_lock);
	return n;
}

static int read_wait(struct pty *pty, struct file *file)
{
	if (READ_ONCE(pty->is_slave_closed))
		return -EIO; /* M1 */
	if (is_nonblock(file))
		return -EAGAIN;
	return wait_event_interruptible(pty->master_read_wait, may_read_now(pty));
}

static ssize_t read_all(struct pty *pty, struct file *file, struct iter *to)
{
	u8 chunk[CHUNK];
	size_t total = 0;
	bool is_last = false;

	while (iter_count(to) && !is_last) {
		u32 max = (u32)min_t(size_t, iter_count(to), CHUNK), n;
		int ret;

		if (fault_in_iter_writeable(to, max) == max)
			return total ? (ssize_t)total : -EFAULT;
		n = take(pty, chunk, max, !total, &is_last);
		if (copy_to_iter(chunk, n, to) < n)
			return total ? (ssize_t)total : -EFAULT;
		total += n;
		if (total && n < max)
			break;
		if (n || READ_ONCE(pty->is_master_hung_up)) {
			if (!n)
				break;
			continue;
		}
		is_last = false;
		ret = read_wait(pty, file);
		if (ret)
			return ret;
	}
	return total;
}

ssize_t pty_master_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct pty *pty = master_of(file);
	ssize_t ret = read_all(pty, file, to);

	if (ret > 0) {
		tty_output_ready(&pty->slave);
		tty_note_access(file, false);
	}
	return ret;
}

/* --- write ------------------------------------------------------------------------------------------------------ */

static bool may_write_now(const struct pty *pty)
{
	return (ring_room(&pty->to_slave) && !READ_ONCE(pty->is_master_stopped)) || READ_ONCE(pty->is_master_hung_up);
}

/* P1: to the discipline, or behind what waits for it. */
static ssize_t write_step(struct pty *pty, const u8 *bytes, size_t len)
{
	size_t done = 0;

	with_mutex(&pty->slave.lock);
	if (pty->is_master_hung_up)
		return -EIO;
	if (pty->is_master_stopped)
		return 0;
	if (!ring_used(&pty->to_slave))
		done = n_tty_receive(&pty->slave, bytes, len);
	return done + ring_put(&pty->to_slave, bytes + done, len - done);
}

static int wait_for_room(struct pty *pty, struct file *file)
{
	if (is_nonblock(file))
		return -EAGAIN;
	return wait_event_interruptible(pty->master_write_wait, may_write_now(pty));
}

static size_t write_bytes(struct pty *pty, struct file *file, const u8 *bytes, size_t len, int *error)
{
	size_t done = 0;

	while (done < len && !*error) {
		ssize_t n = write_step(pty, bytes + done, len - done);

		if (n > 0)
			done += n;
		else
			*error = n < 0 ? (int)n : wait_for_room(pty, file);
	}
	return done;
}

static ssize_t write_turn(struct pty *pty, struct file *file, struct iter *from)
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
		used = write_bytes(pty, file, chunk, got, &error);
		iter_revert(from, got - used);
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

ssize_t pty_master_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct pty *pty = master_of(file);
	ssize_t ret;

	if (READ_ONCE(pty->is_master_hung_up))
		return -EIO;
	ret = turn_take(&pty->master_write_turn, is_nonblock(file));
	if (ret)
		return ret;
	ret = write_turn(pty, file, from);
	turn_give(&pty->master_write_turn, ret);
	if (ret > 0)
		tty_note_access(file, true);
	return ret;
}

/* --- poll, SIGIO ---------------------------------------------------------------------------------------------------- */

u32 pty_master_poll(struct file *file, struct poll_table *pt)
{
	struct pty *pty = master_of(file);
	u32 mask = 0;

	poll_wait(file, &pty->master_read_wait, pt);
	poll_wait(file, &pty->master_write_wait, pt);
	smp_mb(); /* pairs with wq_has_sleeper() in pty_wake_master_*() */
	if (READ_ONCE(pty->is_master_hung_up))
		return EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLRDNORM | EPOLLWRNORM;
	if (ring_used(&pty->to_master))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (has_status(pty))
		mask |= EPOLLPRI | EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(pty->is_slave_closed))
		mask |= EPOLLHUP;
	if (may_write_now(pty))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

int pty_master_fasync(int fd, struct file *file, bool on)
{
	struct pty *pty = master_of(file);

	return tty_fasync_file(fd, file, on, &pty->slave, &pty->master_fasync);
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

static long set_lock(struct pty *pty, uaddr_t arg)
{
	u32 is_on;

	if (get_user_u32(arg, &is_on))
		return -EFAULT;
	WRITE_ONCE(pty->is_locked, is_on != 0);
	return 0;
}

static long set_packet(struct pty *pty, uaddr_t arg)
{
	u32 is_on;

	if (get_user_u32(arg, &is_on))
		return -EFAULT;
	mutex_lock_nested(&pty->out_lock, 1);
	if (is_on && !pty->is_packet)
		pty->packet_status = 0;
	WRITE_ONCE(pty->is_packet, is_on != 0);
	mutex_unlock(&pty->out_lock);
	return 0;
}

/* TIOCGPTPEER: the slave opened through the master's own devpts, whatever is mounted on /dev/pts. */
static long open_peer(struct pty *pty, struct file *file, unsigned long flags)
{
	struct file *peer;
	struct path path;
	int fd, ret;

	ret = pty->home->ops->peer_path(pty->home, pty->index, file, &path);
	if (ret)
		return ret;
	fd = get_unused_fd_flags((unsigned int)flags);
	if (fd < 0) {
		path_put(&path);
		return fd;
	}
	peer = dentry_open(&path, (unsigned int)flags, current_cred());
	path_put(&path);
	if (IS_ERR(peer)) {
		put_unused_fd(fd);
		return PTR_ERR(peer);
	}
	fd_install(fd, peer);
	return fd;
}

static long send_signal(struct pty *pty, unsigned long sig)
{
	if (sig < 1 || sig > NSIGNALS)
		return -EINVAL;
	tty_signal_foreground(&pty->slave, (int)sig);
	return 0;
}

static long flush_queues(struct pty *pty, unsigned long which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which != TCOFLUSH) {
		mutex_lock_nested(&pty->out_lock, 1);
		ring_drop(&pty->to_master, ring_used(&pty->to_master));
		mutex_unlock(&pty->out_lock);
		tty_output_ready(&pty->slave);
	}
	if (which != TCIFLUSH) {
		mutex_lock(&pty->slave.lock);
		pty->slave.ops->flush_input(&pty->slave);
		mutex_unlock(&pty->slave.lock);
	}
	return 0;
}

static long control_flow(struct pty *pty, unsigned long what)
{
	u8 c = what == TCIOFF ? 'S' - 0x40 : 'Q' - 0x40;

	switch (what) {
	case TCOOFF:
	case TCOON:
		WRITE_ONCE(pty->is_master_stopped, what == TCOOFF);
		pty_wake_master_writer(pty);
		return 0;
	case TCIOFF:
	case TCION:
		write_step(pty, &c, 1);
		return 0;
	default:
		return -EINVAL;
	}
}

/* TIOCSTI on a master: as if the slave had written it. */
static long push_input(struct pty *pty, uaddr_t arg)
{
	u8 c;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user_u8(arg, &c))
		return -EFAULT;
	mutex_lock_nested(&pty->out_lock, 1);
	ring_put(&pty->to_master, &c, 1);
	mutex_unlock(&pty->out_lock);
	pty_wake_master_reader(pty);
	return 0;
}

static long hang_up_master(struct pty *pty)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	WRITE_ONCE(pty->is_master_hung_up, true);
	wake_up_poll_all(&pty->master_read_wait, EPOLLIN | EPOLLHUP);
	wake_up_poll_all(&pty->master_write_wait, EPOLLOUT | EPOLLHUP);
	return 0;
}

static long own_ioctl(struct pty *pty, struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCSPTLCK:
		return set_lock(pty, uaddr(arg));
	case TIOCGPTLCK:
		return put_user_u32(pty->is_locked, uaddr(arg));
	case TIOCPKT:
		return set_packet(pty, uaddr(arg));
	case TIOCGPKT:
		return put_user_u32(pty->is_packet, uaddr(arg));
	case TIOCGPTN:
		return put_user_u32(pty->index, uaddr(arg));
	case TIOCGPTPEER:
		return open_peer(pty, file, arg);
	case TIOCSIG:
		return send_signal(pty, arg);
	case TCFLSH:
		return flush_queues(pty, arg);
	case TCXONC:
		return control_flow(pty, arg);
	case TIOCSTI:
		return push_input(pty, uaddr(arg));
	case FIONREAD:
		return put_user_u32(ring_used(&pty->to_master), uaddr(arg));
	case TIOCOUTQ:
		return put_user_u32(0, uaddr(arg));
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
	case TIOCCBRK:
		return 0; /* a ring has no line to break */
	case TIOCVHANGUP:
		return hang_up_master(pty);
	default:
		return -ENOIOCTLCMD;
	}
}

long pty_master_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct pty *pty = master_of(file);
	long ret;

	if (READ_ONCE(pty->is_master_hung_up))
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	ret = own_ioctl(pty, file, cmd, arg);
	return ret == -ENOIOCTLCMD ? tty_common_ioctl(&pty->slave, file, true, cmd, arg) : ret;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pty.c - pseudo-terminal pairs: the slave, a terminal whose line is a ring of bytes.
 *
 *	program --write--> discipline --to_master--> master's read
 *	program <--read--- discipline <--to_slave--- master's write
 *
 * WHAT        What the master writes goes through the slave's discipline at once, in the master's own call; only what
 *             the discipline has no room for waits in to_slave, until a reader makes room (pump). Echo is thus in
 *             to_master when the master's write returns.
 * INVARIANTS  P1  to_slave holds bytes only when the discipline is full: later bytes queue behind them.
 *             P2  The pair has one reference count, the slave's. The master's file holds one.
 *             P3  After the master's close nobody opens the slave, and its name is gone.
 * LOCKING     slave.lock outside out_lock; both rank TTY, depth 0 and 1. Neither is held while anybody waits.
 * LIFECYCLE   pty_create (locked) -> pty_open_master -> slave opened and closed any number of times -> master closed: hang-up
 *             of the slave -> last reference: freed, the home gets its number back
 * ERRORS      -ENOMEM; opening a slave -EIO (locked, master gone, no pair).
 * TESTS       tests/guest/tty/pty_test.c, flow_test.c (packets), hangup_test.c
 */
#include "pty_impl.h"
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <linux/major.h>
#include <log/printk.h>
#include <pages/slab.h>
#include <process/signal.h>
#include <vfs/chrdev.h>
#include <vfs/inode.h>
#include <vfs/poll.h>

static const struct object_type pty_type = { .name = "pty", .owner = "tty", .id = 0x1501, .version = 1 };

static struct {
	struct kmem_cache *cache;		/* __final */
	const struct pty_lookup_ops *lookup;	/* __final after boot */
	struct chrdev slaves;
} ptys;

/* --- rings ----------------------------------------------------------------------------------------------------- */

u32 ring_put(struct pty_ring *ring, const u8 *bytes, size_t len)
{
	u32 n = (u32)min_t(size_t, len, ring_room(ring));
	u32 at = ring->head % PTY_RING_SIZE;
	u32 run = min(n, PTY_RING_SIZE - at);

	memcpy(ring->bytes + at, bytes, run);
	memcpy(ring->bytes, bytes + run, n - run);
	smp_store_release(&ring->head, ring->head + n);
	return n;
}

u32 ring_run(const struct pty_ring *ring, u8 **run)
{
	u32 at = ring->tail % PTY_RING_SIZE;

	*run = ring->bytes + at;
	return min(ring_used(ring), PTY_RING_SIZE - at);
}

void ring_drop(struct pty_ring *ring, u32 len)
{
	WRITE_ONCE(ring->tail, ring->tail + len);
}

/* --- the slave's line ---------------------------------------------------------------------------------------------- */

static struct pty *pty_of(struct tty_struct *tty)
{
	return container_of(tty, struct pty, slave);
}

void pty_wake_master_reader(struct pty *pty)
{
	if (wq_has_sleeper(&pty->master_read_wait))
		wake_up_interruptible_poll(&pty->master_read_wait, EPOLLIN | EPOLLRDNORM);
	if (unlikely(pty->master_fasync))
		kill_fasync(&pty->master_fasync, SIGIO, POLL_IN);
}

void pty_wake_master_writer(struct pty *pty)
{
	if (wq_has_sleeper(&pty->master_write_wait))
		wake_up_interruptible_poll(&pty->master_write_wait, EPOLLOUT | EPOLLWRNORM);
}

static size_t slave_write(struct tty_struct *tty, const u8 *bytes, size_t len)
{
	struct pty *pty = pty_of(tty);
	u32 n;

	if (tty->is_other_closed)
		return len; /* nobody will read it */
	mutex_lock_nested(&pty->out_lock, 1);
	n = ring_put(&pty->to_master, bytes, len);
	mutex_unlock(&pty->out_lock);
	if (n)
		pty_wake_master_reader(pty);
	return n;
}

static size_t slave_write_room(struct tty_struct *tty)
{
	return ring_room(&pty_of(tty)->to_master);
}

static void slave_pump(struct tty_struct *tty)
{
	struct pty *pty = pty_of(tty);
	u32 before = ring_used(&pty->to_slave), len, taken;
	u8 *run;

	if (!before)
		return;
	do {
		len = ring_run(&pty->to_slave, &run);
		taken = (u32)n_tty_receive(tty, run, len);
		ring_drop(&pty->to_slave, taken);
	} while (taken == len && ring_used(&pty->to_slave));
	if (ring_used(&pty->to_slave) < before)
		pty_wake_master_writer(pty);
}

static void slave_packet(struct tty_struct *tty, u8 clear, u8 set)
{
	struct pty *pty = pty_of(tty);

	if (!READ_ONCE(pty->is_packet))
		return;
	mutex_lock_nested(&pty->out_lock, 1);
	if (pty->is_packet)
		WRITE_ONCE(pty->packet_status, (pty->packet_status & ~clear) | set);
	mutex_unlock(&pty->out_lock);
	pty_wake_master_reader(pty);
}

static void slave_flush_input(struct tty_struct *tty)
{
	struct pty *pty = pty_of(tty);

	ring_drop(&pty->to_slave, ring_used(&pty->to_slave));
	pty_wake_master_writer(pty);
}

static void slave_flush_output(struct tty_struct *tty)
{
	struct pty *pty = pty_of(tty);

	mutex_lock_nested(&pty->out_lock, 1);
	ring_drop(&pty->to_master, ring_used(&pty->to_master));
	mutex_unlock(&pty->out_lock);
	slave_packet(tty, 0, TIOCPKT_FLUSHWRITE);
	wake_up_interruptible_poll(&tty->write_wait, EPOLLOUT | EPOLLWRNORM);
}

/* The master may be told to leave flow control by ^S and ^Q to us, or to do it itself. */
static bool has_usual_flow(const struct ktermios *t)
{
	return (t->c_iflag & IXON) && t->c_cc[VSTOP] == 'S' - 0x40 && t->c_cc[VSTART] == 'Q' - 0x40;
}

static void slave_set_termios(struct tty_struct *tty, const struct ktermios *old)
{
	struct ktermios *t = &tty->termios;
	bool flow = has_usual_flow(t);

	if (flow != has_usual_flow(old))
		slave_packet(tty, TIOCPKT_DOSTOP | TIOCPKT_NOSTOP, flow ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
	if ((old->c_lflag | t->c_lflag) & EXTPROC)
		slave_packet(tty, 0, TIOCPKT_IOCTL);
	t->c_cflag = (t->c_cflag & ~(CSIZE | PARENB)) | CS8 | CREAD;
}

static int slave_opened(struct tty_struct *tty)
{
	WRITE_ONCE(pty_of(tty)->is_slave_closed, false);
	return 0;
}

static void slave_closed(struct tty_struct *tty)
{
	struct pty *pty = pty_of(tty);

	WRITE_ONCE(pty->is_slave_closed, true);
	wake_up_poll_all(&pty->master_read_wait, EPOLLIN | EPOLLHUP);
	wake_up_poll_all(&pty->master_write_wait, EPOLLOUT | EPOLLHUP);
}

static void pty_free(struct tty_struct *tty)
{
	struct pty *pty = pty_of(tty);
	struct pty_home *home = pty->home;
	unsigned int index = pty->index;

	tty_fini_struct(tty);
	kvfree(pty->to_slave.bytes);
	kvfree(pty->to_master.bytes);
	kmem_cache_free(ptys.cache, pty);
	home->ops->release(home, index);
}

static const struct tty_ops slave_ops = {
	.name = "pty slave",
	.open = slave_opened,
	.close = slave_closed,
	.write = slave_write,
	.write_room = slave_write_room,
	.pump = slave_pump,
	.flush_input = slave_flush_input,
	.flush_output = slave_flush_output,
	.set_termios = slave_set_termios,
	.packet = slave_packet,
	.free = pty_free,
};

/* --- the pair ------------------------------------------------------------------------------------------------------ */

static int pty_init_pair(struct pty *pty)
{
	struct ktermios initial = tty_std_termios;
	char name[sizeof(pty->slave.name)];

	initial.c_cflag &= ~HUPCL;
	mutex_init(&pty->out_lock, RANK_TTY);
	init_waitqueue_head(&pty->master_read_wait);
	init_waitqueue_head(&pty->master_write_wait);
	turn_init(&pty->master_write_turn);
	pty->is_locked = true;
	pty->slave.pty = pty;
	pty->to_slave.bytes = kvmalloc(PTY_RING_SIZE, GFP_KERNEL_ACCOUNT);
	pty->to_master.bytes = kvmalloc(PTY_RING_SIZE, GFP_KERNEL_ACCOUNT);
	if (!pty->to_slave.bytes || !pty->to_master.bytes)
		return -ENOMEM;
	snprintf(name, sizeof(name), "pts/%u", pty->index);
	return tty_init_struct(&pty->slave, &slave_ops, name, MKDEV(UNIX98_PTY_SLAVE_MAJOR, pty->index), &initial);
}

struct pty *pty_create(struct pty_home *home, unsigned int index)
{
	struct pty *pty = kmem_cache_zalloc(ptys.cache, GFP_KERNEL_ACCOUNT);

	if (!pty)
		return ERR_PTR(-ENOMEM);
	pty->home = home;
	pty->index = index;
	if (pty_init_pair(pty)) {
		kvfree(pty->to_slave.bytes);
		kvfree(pty->to_master.bytes);
		kmem_cache_free(ptys.cache, pty);
		return ERR_PTR(-ENOMEM);
	}
	return pty;
}

struct pty *pty_get(struct pty *pty)
{
	tty_get(&pty->slave);
	return pty;
}

bool pty_tryget(struct pty *pty)
{
	return refcount_inc_not_zero(&pty->slave.refs);
}

void pty_put(struct pty *pty)
{
	tty_put(&pty->slave);
}

void pty_register_lookup(const struct pty_lookup_ops *ops)
{
	ptys.lookup = ops;
}

int pty_open_slave(struct inode *inode, struct file *file)
{
	struct pty *pty = ptys.lookup ? ptys.lookup->lookup(inode) : NULL;
	int ret = -EIO;

	if (!pty)
		return -EIO;
	if (!READ_ONCE(pty->is_locked) && !READ_ONCE(pty->slave.is_other_closed)) /* P3 */
		ret = tty_open_file(&pty->slave, file, false);
	pty_put(pty);
	return ret;
}

void pty_init(void)
{
	ptys.cache = kmem_cache_create(&pty_type, sizeof(struct pty), 0, SLAB_PANIC | SLAB_ACCOUNT);
	ptys.slaves = (struct chrdev){ .class_name = "tty", .first = MKDEV(UNIX98_PTY_SLAVE_MAJOR, 0), .count = PTY_NR_MAX,
				       .fops = &tty_fops };
	if (chrdev_register(&ptys.slaves))
		pr_warn("tty: major %u is taken\n", UNIX98_PTY_SLAVE_MAJOR);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * port_tty.c - terminals over character ports: serial lines (ttyS) and virtual consoles (hvc).
 *
 * WHAT        The driver calls from its interrupt; bytes go into a ring, and a work item feeds them to the discipline, sends
 *             echoes, and handles hang-up and new window sizes. When the ring is full the driver keeps the rest until
 *             unthrottle().
 * INVARIANTS  P1  One producer (the driver's interrupt, under in_lock) and one consumer (pump, under tty->lock).
 *             P2  is_throttled is set with bytes refused; the pump that makes room clears it and tells the driver.
 * LOCKING     in_lock (rank TTY_BUFFER, interrupts off): ring head, is_throttled, events.
 * LIFECYCLE   one per port, made when the port appears, never freed.
 * ERRORS      a port for which there is no memory has no terminal; the log says so.
 * TESTS       every guest run: the console is such a port
 */
#include "tty_impl.h"
#include <lib/bitops.h>
#include <lib/printf.h>
#include <log/printk.h>
#include <pages/slab.h>
#include <serial/port.h>
#include <sync/workqueue.h>
#include <vfs/chrdev.h>

#define IN_SIZE	   4096u
#define EVENT_HUP  0u
#define EVENT_SIZE 1u

struct port_tty {
	struct tty_struct tty;
	struct char_port *port; /* __final */
	struct char_port_user user;
	struct chrdev node;
	struct work work;
	struct spinlock in_lock;
	u32 in_head, in_tail;	/* P1 */
	bool is_throttled;	/* in_lock */
	unsigned long events;	/* EVENT_* bits, __atomic_field */
	u8 in[IN_SIZE];
};

static struct {
	struct char_port_listener listener;
} port_ttys;

static struct port_tty *of_tty(struct tty_struct *tty)
{
	return container_of(tty, struct port_tty, tty);
}

static struct port_tty *of_user(struct char_port_user *user)
{
	return container_of(user, struct port_tty, user);
}

/* --- from the driver, in its interrupt -------------------------------------------------------------------------- */

static size_t port_received(struct char_port_user *user, const u8 *bytes, size_t len)
{
	struct port_tty *pt = of_user(user);
	size_t n;

	with_spinlock_irqsave(&pt->in_lock);
	n = min_t(size_t, len, IN_SIZE - (pt->in_head - READ_ONCE(pt->in_tail)));
	for (size_t i = 0; i < n; i++)
		pt->in[(pt->in_head + i) % IN_SIZE] = bytes[i];
	smp_store_release(&pt->in_head, pt->in_head + (u32)n);
	pt->is_throttled |= n < len;
	work_queue(&pt->work);
	return n;
}

static void port_room_grew(struct char_port_user *user)
{
	work_queue(&of_user(user)->work);
}

static void port_hung_up(struct char_port_user *user, bool is_gone)
{
	set_bit(EVENT_HUP, &of_user(user)->events);
	work_queue(&of_user(user)->work);
}

static void port_resized(struct char_port_user *user, u16 columns, u16 rows)
{
	set_bit(EVENT_SIZE, &of_user(user)->events);
	work_queue(&of_user(user)->work);
}

static const struct char_port_user_ops user_ops = {
	.name = "tty",
	.received = port_received,
	.write_room_grew = port_room_grew,
	.hung_up = port_hung_up,
	.resized = port_resized,
};

/* --- the terminal's line -------------------------------------------------------------------------------------------- */

/* P2 */
static void take_back_throttle(struct port_tty *pt)
{
	bool was_throttled;

	spin_lock_irq(&pt->in_lock);
	was_throttled = pt->is_throttled;
	pt->is_throttled = false;
	spin_unlock_irq(&pt->in_lock);
	if (was_throttled)
		pt->port->ops->unthrottle(pt->port);
}

static void port_pump(struct tty_struct *tty)
{
	struct port_tty *pt = of_tty(tty);
	bool is_deaf = !(tty->termios.c_cflag & CREAD) || !tty->count;
	u32 used, run, taken;

	while ((used = smp_load_acquire(&pt->in_head) - pt->in_tail) != 0) {
		u32 at = pt->in_tail % IN_SIZE;

		run = min(used, IN_SIZE - at);
		taken = is_deaf ? run : (u32)n_tty_receive(tty, pt->in + at, run);
		WRITE_ONCE(pt->in_tail, pt->in_tail + taken);
		if (taken < run)
			break;
	}
	if (READ_ONCE(pt->is_throttled) && pt->in_head - pt->in_tail < IN_SIZE / 2)
		take_back_throttle(pt);
}

static void port_flush_input(struct tty_struct *tty)
{
	struct port_tty *pt = of_tty(tty);

	WRITE_ONCE(pt->in_tail, smp_load_acquire(&pt->in_head));
	take_back_throttle(pt);
}

static size_t port_write(struct tty_struct *tty, const u8 *bytes, size_t len)
{
	struct char_port *port = of_tty(tty)->port;

	return port->ops->write(port, bytes, len);
}

static size_t port_write_room(struct tty_struct *tty)
{
	struct char_port *port = of_tty(tty)->port;

	return port->ops->write_room(port);
}

static size_t port_unsent(struct tty_struct *tty)
{
	struct char_port *port = of_tty(tty)->port;

	return port->ops->unsent(port);
}

static void port_set_termios(struct tty_struct *tty, const struct ktermios *old)
{
	struct char_port *port = of_tty(tty)->port;
	const struct ktermios *t = &tty->termios;
	struct char_port_line line = {
		.baud = t->c_ospeed,
		.data_bits = (u8)(5 + (t->c_cflag & CSIZE) / CS6),
		.two_stop_bits = (t->c_cflag & CSTOPB) != 0,
		.has_parity = (t->c_cflag & PARENB) != 0,
		.is_odd_parity = (t->c_cflag & PARODD) != 0,
		.has_rts_cts = (t->c_cflag & CRTSCTS) != 0,
	};

	if (port->ops->configure && line.baud)
		port->ops->configure(port, &line);
	if (!line.baud && port->ops->set_modem)
		port->ops->set_modem(port, 0); /* B0: hang up */
}

static int port_open(struct tty_struct *tty)
{
	struct char_port *port = of_tty(tty)->port;
	int ret = port->ops->open(port);

	if (!ret)
		port_set_termios(tty, NULL);
	return ret;
}

static void port_close(struct tty_struct *tty)
{
	struct char_port *port = of_tty(tty)->port;

	port->ops->close(port);
}

static u32 port_get_modem(struct tty_struct *tty)
{
	struct char_port *port = of_tty(tty)->port;

	return port->ops->get_modem(port);
}

static void port_set_modem(struct tty_struct *tty, u32 bits)
{
	struct char_port *port = of_tty(tty)->port;

	port->ops->set_modem(port, bits);
}

static void port_set_break(struct tty_struct *tty, bool is_on)
{
	struct char_port *port = of_tty(tty)->port;

	if (port->ops->set_break)
		port->ops->set_break(port, is_on);
}

/* Ports with modem lines, and without. */
#define PORT_TTY_METHODS                                                                                            \
	.open = port_open, .close = port_close, .write = port_write, .write_room = port_write_room,                 \
	.unsent = port_unsent, .pump = port_pump, .flush_input = port_flush_input, .set_termios = port_set_termios, \
	.set_break = port_set_break

static const struct tty_ops line_ops = {
	.name = "character port",
	PORT_TTY_METHODS,
	.get_modem = port_get_modem,
	.set_modem = port_set_modem,
};
static const struct tty_ops plain_ops = { .name = "character port without modem", PORT_TTY_METHODS };

/* --- what interrupts left to do ------------------------------------------------------------------------------------ */

static void take_size(struct port_tty *pt)
{
	struct winsize size = { .ws_row = READ_ONCE(pt->port->rows), .ws_col = READ_ONCE(pt->port->columns) };

	tty_resize(&pt->tty, &size);
}

static void port_work(struct work *work)
{
	struct port_tty *pt = container_of(work, struct port_tty, work);

	mutex_lock(&pt->tty.lock);
	port_pump(&pt->tty);
	mutex_unlock(&pt->tty.lock);
	tty_output_ready(&pt->tty);
	if (test_and_clear_bit(EVENT_SIZE, &pt->events))
		take_size(pt);
	if (test_and_clear_bit(EVENT_HUP, &pt->events))
		tty_hangup(&pt->tty);
}

static const struct work_ops work_ops = { .name = "tty input", .run = port_work };

/* --- ports appear -------------------------------------------------------------------------------------------------- */

static int make_tty(struct port_tty *pt, struct char_port *port)
{
	struct ktermios initial = tty_std_termios;
	char name[sizeof(pt->tty.name)];

	if (port->ops->configure) {
		initial.c_cflag = B9600 | CS8 | CREAD | HUPCL | CLOCAL;
		initial.c_ispeed = initial.c_ospeed = 9600;
	}
	pt->port = port;
	pt->user.ops = &user_ops;
	spin_lock_init(&pt->in_lock, RANK_TTY_BUFFER);
	work_init(&pt->work, &work_ops);
	snprintf(name, sizeof(name), "%s%u", port->driver, port->index);
	return tty_init_struct(&pt->tty, port->ops->get_modem ? &line_ops : &plain_ops, name,
			       MKDEV(port->major, port->minor), &initial);
}

static void port_added(struct char_port_listener *listener, struct char_port *port)
{
	struct port_tty *pt = kzalloc(sizeof(*pt), GFP_KERNEL);

	if (!pt || make_tty(pt, port)) {
		pr_err("tty: no memory for %s%u\n", port->driver, port->index);
		kfree(pt);
		return;
	}
	pt->node = (struct chrdev){ .name = pt->tty.name, .class_name = "tty", .first = pt->tty.device, .mode = 0600,
				    .fops = &tty_fops, .private_data = &pt->tty };
	if (chrdev_register(&pt->node)) {
		pr_err("tty: the number of %s is taken\n", pt->tty.name);
		return;
	}
	char_port_attach(port, &pt->user);
	pt->tty.winsize = (struct winsize){ .ws_row = port->rows, .ws_col = port->columns };
	tty_register(&pt->tty);
}

static const struct char_port_listener_ops listener_ops = { .name = "tty", .added = port_added };

void port_tty_init(void)
{
	port_ttys.listener.ops = &listener_ops;
	char_port_listen(&port_ttys.listener);
}

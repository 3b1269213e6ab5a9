/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * port.h - a raw line of characters: a UART, a paravirtual console. Drivers register ports; the terminal
 * layer listens, gives each a tty and is called back with what comes in.
 *
 * LIFECYCLE   char_port_register -> listener sees it -> char_port_attach(user) -> open/close any number of
 *             times -> for ever (a port whose other side is gone reports hangup)
 * LOCKING     write() and friends from any context but NMI; callbacks of the user in hard interrupt.
 */
#ifndef SERIAL_PORT_H
#define SERIAL_PORT_H

#include <lib/list.h>
#include <lib/types.h>

struct char_port;
struct char_port_user;

/* Line settings, as termios has them. Paravirtual ports ignore them. */
struct char_port_line {
	u32 baud;
	u8 data_bits; /* 5..8 */
	bool two_stop_bits, has_parity, is_odd_parity, has_rts_cts;
};

struct char_port_ops {
	const char *name;
	/* Somebody listens / nobody does any more: interrupts on, off. May sleep. */
	int (*open)(struct char_port *port);
	void (*close)(struct char_port *port);
	/* Take up to @len bytes; how many were taken. Never sleeps. */
	size_t (*write)(struct char_port *port, const u8 *bytes, size_t len);
	size_t (*write_room)(struct char_port *port);
	/* Bytes taken and not yet sent. */
	size_t (*unsent)(struct char_port *port);
	void (*configure)(struct char_port *port, const struct char_port_line *line); /* may be NULL */
	/* TIOCM_* bits; may be NULL. */
	u32 (*get_modem)(struct char_port *port);
	void (*set_modem)(struct char_port *port, u32 bits);
	void (*set_break)(struct char_port *port, bool is_on);
	/* Receive again after the user had no room (it left @received's return short). */
	void (*unthrottle)(struct char_port *port);
};

struct char_port_user_ops {
	const char *name;
	/* Bytes came in; how many the user took. The rest stays with the driver until unthrottle(). */
	size_t (*received)(struct char_port_user *user, const u8 *bytes, size_t len);
	void (*write_room_grew)(struct char_port_user *user);
	void (*hung_up)(struct char_port_user *user, bool is_gone);
	void (*resized)(struct char_port_user *user, u16 columns, u16 rows);
};

struct char_port_user {
	const struct char_port_user_ops *ops;
};

struct char_port {
	struct list_head node; /* the registry's */
	const struct char_port_ops *ops;
	const char *driver; /* "ttyS", "hvc": /dev/<driver><index> */
	u32 index;
	u32 major, minor; /* Linux's numbers: ttyS 4:64+, hvc 229:0+ */
	u16 columns, rows; /* 0: not known */
	const char *line_note; /* "port:0x3f8 irq:4", for /proc/tty; may be NULL */
	bool is_announced;	       /* the registry's */
	struct char_port_user *user; /* written once, by char_port_attach() */
};

void char_port_register(struct char_port *port);
/* The port's one user; before ops->open(). */
void char_port_attach(struct char_port *port, struct char_port_user *user);

struct char_port_listener;
struct char_port_listener_ops {
	const char *name;
	void (*added)(struct char_port_listener *listener, struct char_port *port); /* may sleep */
};
struct char_port_listener {
	const struct char_port_listener_ops *ops;
};
/* The one listener (the terminal layer); hears of ports that are there already, too. */
void char_port_listen(struct char_port_listener *listener);

/* For drivers. Bytes that nobody takes (no user) are dropped: returns @len then. */
static inline size_t char_port_received(struct char_port *port, const u8 *bytes, size_t len)
{
	struct char_port_user *user = __atomic_load_n(&port->user, __ATOMIC_ACQUIRE);

	return user ? user->ops->received(user, bytes, len) : len;
}

static inline void char_port_write_room_grew(struct char_port *port)
{
	struct char_port_user *user = __atomic_load_n(&port->user, __ATOMIC_ACQUIRE);

	if (user)
		user->ops->write_room_grew(user);
}

static inline void char_port_hung_up(struct char_port *port, bool is_gone)
{
	struct char_port_user *user = __atomic_load_n(&port->user, __ATOMIC_ACQUIRE);

	if (user)
		user->ops->hung_up(user, is_gone);
}

static inline void char_port_resized(struct char_port *port, u16 columns, u16 rows)
{
	struct char_port_user *user = __atomic_load_n(&port->user, __ATOMIC_ACQUIRE);

	port->columns = columns;
	port->rows = rows;
	if (user)
		user->ops->resized(user, columns, rows);
}

/* Boot: the PC's serial ports, and the first one as the log's console. */
void serial_init(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_hvc.c - a console port as a line for the terminal layer: /dev/hvcN.
 *
 * WHAT        Moves bytes between a port and its terminal; room, hang-up and connection pass through.
 * INVARIANTS  H1  Bytes that the terminal has no room for wait in `left`, before those of the receive buffer;
 *                 unthrottle() goes on with them.
 * LOCKING     line_lock around pump(): interrupts and unthrottle() do not overtake each other; port->lock inside vport_read().
 */
#include "virtio_console_impl.h"

#include <lib/string.h>
#include <log/printk.h>

#define HVC_MAJOR 229

static struct vport *port_of(struct char_port *line)
{
	return container_of(line, struct vport, line);
}

/* What was left last time, or else what the host sent. */
static u32 next_bytes(struct vport *port)
{
	if (!port->left_len)
		port->left_len = (u32)vport_read(port, port->left, sizeof(port->left));
	return port->left_len;
}

static void pump(struct vport *port)
{
	u32 len;

	with_spinlock_irqsave(&port->line_lock);
	while ((len = next_bytes(port)) != 0) {
		u32 taken = (u32)char_port_received(&port->line, port->left, len);

		port->left_len -= taken;
		memmove(port->left, port->left + taken, port->left_len);
		if (taken < len)
			break; /* H1 */
	}
}

static int hvc_open(struct char_port *line)
{
	struct vport *port = port_of(line);

	port->is_guest_open = true;
	pump(port);
	return 0;
}

static void hvc_close(struct char_port *line)
{
	port_of(line)->is_guest_open = false;
}

static size_t hvc_write(struct char_port *line, const u8 *bytes, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = vport_write(port_of(line), bytes + done, len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static size_t hvc_write_room(struct char_port *line)
{
	return vport_tx_room(port_of(line));
}

static size_t hvc_unsent(struct char_port *line)
{
	return 0; /* the host takes a buffer at once or not at all */
}

static void hvc_unthrottle(struct char_port *line)
{
	pump(port_of(line));
}

static const struct char_port_ops hvc_ops = {
	.name = "virtio-hvc",
	.open = hvc_open,
	.close = hvc_close,
	.write = hvc_write,
	.write_room = hvc_write_room,
	.unsent = hvc_unsent,
	.unthrottle = hvc_unthrottle,
};

static void face_received(struct vport *port)
{
	pump(port);
}

static void face_room_grew(struct vport *port)
{
	char_port_write_room_grew(&port->line);
}

static void face_connected(struct vport *port, bool is_connected)
{
	if (!is_connected)
		char_port_hung_up(&port->line, false);
}

static const struct vport_face hvc_face = {
	.name = "hvc",
	.received = face_received,
	.room_grew = face_room_grew,
	.connected = face_connected,
};

void vport_make_hvc(struct vport *port)
{
	port->is_hvc = true;
	spin_lock_init(&port->line_lock, RANK_TTY_LINE);
	port->line.ops = &hvc_ops;
	port->line.driver = "hvc";
	port->line.index = vconsole_next_hvc();
	port->line.major = HVC_MAJOR;
	port->line.minor = port->line.index;
	port->face = &hvc_face;
	char_port_register(&port->line);
	pr_info("virtio: %s port %u is hvc%u\n", port->console->dev->name, port->id, port->line.index);
}

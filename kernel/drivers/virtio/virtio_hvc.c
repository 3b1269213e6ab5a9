/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_hvc.c - a console port as a line for the terminal layer: /dev/hvcN.
 *
 * INVARIANTS  H1  Bytes that the terminal has no room for stay in the receive buffer; unthrottle() goes on.
 * LOCKING     port->lock inside vport_read(); `pump` runs on one CPU at a time (is_pumping).
 */
#include "virtio_console_impl.h"

#include <arch/irqflags.h>
#include <log/printk.h>

#define HVC_MAJOR 229
#define PUMP	  128

static struct vport *port_of(struct char_port *line)
{
	return container_of(line, struct vport, line);
}

static void pump(struct vport *port)
{
	u8 bytes[PUMP];
	size_t n;

	while ((n = vport_read(port, bytes, sizeof(bytes))))
		if (char_port_received(&port->line, bytes, n) < n)
			break;
}

static int hvc_open(struct char_port *line)
{
	struct vport *port = port_of(line);
	unsigned long flags;

	port->is_guest_open = true;
	local_irq_save(flags);
	pump(port);
	local_irq_restore(flags);
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
	unsigned long flags;

	local_irq_save(flags);
	pump(port_of(line));
	local_irq_restore(flags);
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
	port->line.ops = &hvc_ops;
	port->line.driver = "hvc";
	port->line.index = vconsole_next_hvc();
	port->line.major = HVC_MAJOR;
	port->line.minor = port->line.index;
	port->face = &hvc_face;
	char_port_register(&port->line);
	pr_info("virtio: %s port %u is hvc%u\n", port->console->dev->name, port->id, port->line.index);
}

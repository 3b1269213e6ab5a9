/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_console.c - the device with many ports: queues, the control channel, and what goes over both.
 *
 * WHAT        Port n has a receive and a transmit queue; queues 2 and 3 carry control messages (with
 *             VIRTIO_CONSOLE_F_MULTIPORT; without it there is only port 0, a console). The host announces
 *             ports, names them, says which are consoles and whether somebody is connected. Control messages
 *             are handled by a work item, in order, since they allocate and register.
 * INVARIANTS  C1  A message about a port that was not added, or beyond nr_ports, is ignored.
 *             C2  Each receive buffer is the device's until it comes back; then its bytes are read to the end
 *                 before it is handed out again.
 *             C3  A port becomes a console (hvcN) or a plain port (vportNpM) once; it never changes.
 * LOCKING     vconsole.control_lock (mutex, rank VIRTIO_CONTROL): ports, control transmit. port->lock, rank
 *             TTY_BUFFER, interrupts off, outside VIRTQ: receive position, transmit count, connected.
 * ERRORS      A device without queues is refused; a broken queue hangs its port up.
 * SEE         virtio 1.0 section 5.3
 */
#include "virtio_console_impl.h"

#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <log/printk.h>

#define CONFIG_COLS	    0
#define CONFIG_ROWS	    2
#define CONFIG_MAX_PORTS    4
#define CONTROL_BUFFERS	    32
#define CONTROL_BUFFER_SIZE 128 /* a message and a name */
#define RX_BUFFERS	    8

static struct {
	u32 nr_consoles; /* DEVICE lock of the device that adds one; atomic */
} console_numbers;

u32 vconsole_next_hvc(void)
{
	return __atomic_fetch_add(&console_numbers.nr_consoles, 1, __ATOMIC_RELAXED);
}

static int queue_of_port(u32 id)
{
	return id == 0 ? 0 : 2 + 2 * (int)id;
}

/* --- one port ------------------------------------------------------------------------------------------ */

static int add_rx_buffer(struct vport *port, u8 *buffer)
{
	struct scatter piece = { .phys = virt_to_phys(buffer), .len = VPORT_BUFFER };

	return virtqueue_add(port->rx, &piece, 0, 1, buffer, GFP_ATOMIC);
}

/* Have a buffer at hand, if the device gave one back. C2. */
static bool rx_fetch_locked(struct vport *port)
{
	if (port->rx_buffer && port->rx_at < port->rx_len)
		return true;
	if (port->rx_buffer) {
		u8 *empty = port->rx_buffer;

		port->rx_buffer = NULL;
		if (add_rx_buffer(port, empty))
			free_page(empty); /* the queue is dead */
		virtqueue_kick(port->rx);
	}
	port->rx_buffer = virtqueue_get(port->rx, &port->rx_len);
	port->rx_at = 0;
	return port->rx_buffer && port->rx_len;
}

bool vport_has_data(struct vport *port)
{
	with_spinlock_irqsave(&port->lock);
	return rx_fetch_locked(port);
}

size_t vport_read(struct vport *port, u8 *bytes, size_t len)
{
	size_t done = 0;

	with_spinlock_irqsave(&port->lock);
	while (done < len && rx_fetch_locked(port)) {
		size_t n = port->rx_len - port->rx_at;

		n = n < len - done ? n : len - done;
		memcpy(bytes + done, port->rx_buffer + port->rx_at, n);
		port->rx_at += (u32)n;
		done += n;
	}
	return done;
}

/* Sent buffers come back: free them. */
static void tx_reclaim_locked(struct vport *port)
{
	void *buffer;
	u32 len;

	while ((buffer = virtqueue_get(port->tx, &len))) {
		kfree(buffer);
		port->nr_tx--;
	}
}

size_t vport_tx_room(struct vport *port)
{
	with_spinlock_irqsave(&port->lock);
	tx_reclaim_locked(port);
	return port->nr_tx < VPORT_TX_MAX && !virtqueue_is_broken(port->tx) ?
		       (VPORT_TX_MAX - port->nr_tx) * VPORT_BUFFER :
		       0;
}

ssize_t vport_write_owned(struct vport *port, u8 *buffer, size_t len)
{
	struct scatter piece = { .phys = virt_to_phys(buffer), .len = (u32)len };
	int err = -ENOSPC;

	with_spinlock_irqsave(&port->lock);
	tx_reclaim_locked(port);
	if (port->nr_tx < VPORT_TX_MAX)
		err = virtqueue_add(port->tx, &piece, 1, 0, buffer, GFP_ATOMIC);
	if (err)
		return err;
	port->nr_tx++;
	virtqueue_kick(port->tx);
	return (ssize_t)len;
}

ssize_t vport_write(struct vport *port, const u8 *bytes, size_t len)
{
	ssize_t sent;
	u8 *copy;

	len = len < VPORT_BUFFER ? len : VPORT_BUFFER;
	copy = kmemdup(bytes, len, GFP_ATOMIC);
	if (!copy)
		return -ENOMEM;
	sent = vport_write_owned(port, copy, len);
	if (sent < 0)
		kfree(copy);
	return sent;
}

static void rx_done(struct virtqueue *vq)
{
	struct vport *port = vq->driver_data;

	if (port && port->face)
		port->face->received(port);
}

static void tx_done(struct virtqueue *vq)
{
	struct vport *port = vq->driver_data;

	if (!port || !port->face)
		return;
	spin_lock(&port->lock);
	tx_reclaim_locked(port);
	spin_unlock(&port->lock);
	port->face->room_grew(port);
}

static const struct virtqueue_ops rx_ops = { .name = "console rx", .done = rx_done };
static const struct virtqueue_ops tx_ops = { .name = "console tx", .done = tx_done };

/* The port's queues exist since probe(); give it its buffers. */
static struct vport *port_create(struct vconsole *vc, u32 id)
{
	struct vport *port = kzalloc(sizeof(*port), GFP_KERNEL);
	int q = queue_of_port(id);

	if (!port)
		return NULL;
	port->console = vc;
	port->id = id;
	port->rx = vc->dev->queue[q];
	port->tx = vc->dev->queue[q + 1];
	spin_lock_init(&port->lock, RANK_TTY_BUFFER);
	init_waitqueue_head(&port->wait);
	for (u32 i = 0; i < RX_BUFFERS && i < port->rx->num; i++) {
		u8 *buffer = get_free_page(GFP_KERNEL);

		if (!buffer || add_rx_buffer(port, buffer)) {
			free_page(buffer);
			break;
		}
	}
	port->rx->driver_data = port;
	port->tx->driver_data = port;
	vc->port[id] = port;
	virtqueue_kick(port->rx);
	return port;
}

/* --- control ------------------------------------------------------------------------------------------------ */

void vconsole_control_send(struct vconsole *vc, u32 id, u16 event, u16 value)
{
	struct virtio_console_control *message;
	struct scatter piece = { .len = sizeof(*message) };
	void *sent;
	u32 len;

	if (!vc->is_multiport)
		return;
	while ((sent = virtqueue_get(vc->control_tx, &len)))
		kfree(sent);
	message = kmalloc(sizeof(*message), GFP_KERNEL);
	if (!message)
		return;
	message->id = id;
	message->event = event;
	message->value = value;
	piece.phys = virt_to_phys(message);
	if (virtqueue_add(vc->control_tx, &piece, 1, 0, message, GFP_KERNEL))
		kfree(message);
	else
		virtqueue_kick(vc->control_tx);
}

static void port_added(struct vconsole *vc, u32 id)
{
	if (vc->port[id])
		return;
	vconsole_control_send(vc, id, VIRTIO_CONSOLE_PORT_READY, port_create(vc, id) != NULL);
}

static void port_is_console(struct vport *port)
{
	if (port->face) /* C3 */
		return;
	vport_make_hvc(port);
	vconsole_control_send(port->console, port->id, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

static void port_named(struct vport *port, const char *name, u32 len)
{
	if (port->name[0])
		return;
	len = len < sizeof(port->name) - 1 ? len : sizeof(port->name) - 1;
	memcpy(port->name, name, len);
	port->name[len] = '\0';
	if (!port->face)
		vport_make_device(port);
}

static void port_opened(struct vport *port, bool is_open)
{
	/* A port without a name gets its device now. */
	if (!port->face)
		vport_make_device(port);
	WRITE_ONCE(port->is_host_connected, is_open);
	if (port->face)
		port->face->connected(port, is_open);
}

static void port_resized(struct vport *port, const u8 *size, u32 len)
{
	u16 rows, columns;

	if (len < 4 || !port->is_hvc)
		return;
	memcpy(&rows, size, 2);
	memcpy(&columns, size + 2, 2);
	char_port_resized(&port->line, columns, rows);
}

static void control_handle(struct vconsole *vc, const u8 *bytes, u32 len)
{
	struct virtio_console_control message;
	struct vport *port;

	if (len < sizeof(message))
		return;
	memcpy(&message, bytes, sizeof(message));
	if (message.id >= vc->nr_ports) /* C1 */
		return;
	if (message.event == VIRTIO_CONSOLE_PORT_ADD) {
		port_added(vc, message.id);
		return;
	}
	port = vc->port[message.id];
	if (!port) /* C1 */
		return;
	switch (message.event) {
	case VIRTIO_CONSOLE_CONSOLE_PORT:
		port_is_console(port);
		break;
	case VIRTIO_CONSOLE_PORT_NAME:
		port_named(port, (const char *)bytes + sizeof(message), len - sizeof(message));
		break;
	case VIRTIO_CONSOLE_PORT_OPEN:
		port_opened(port, message.value != 0);
		break;
	case VIRTIO_CONSOLE_PORT_REMOVE:
		port_opened(port, false);
		break;
	case VIRTIO_CONSOLE_RESIZE:
		port_resized(port, bytes + sizeof(message), len - sizeof(message));
		break;
	}
}

static bool add_control_buffer(struct vconsole *vc, u8 *buffer)
{
	struct scatter piece = { .phys = virt_to_phys(buffer), .len = CONTROL_BUFFER_SIZE };

	return !virtqueue_add(vc->control_rx, &piece, 0, 1, buffer, GFP_KERNEL);
}

static void control_run(struct work *work)
{
	struct vconsole *vc = container_of(work, struct vconsole, control_work);
	u8 *buffer;
	u32 len;

	with_mutex(&vc->control_lock);
	do {
		while ((buffer = virtqueue_get(vc->control_rx, &len))) {
			control_handle(vc, buffer, len);
			if (!add_control_buffer(vc, buffer))
				kfree(buffer);
		}
	} while (!virtqueue_enable_done(vc->control_rx) && !virtqueue_is_broken(vc->control_rx));
	virtqueue_kick(vc->control_rx);
}

static const struct work_ops control_work_ops = { .name = "virtio-console", .run = control_run };

static void control_done(struct virtqueue *vq)
{
	struct vconsole *vc = vq->driver_data;

	virtqueue_disable_done(vq);
	work_queue(&vc->control_work);
}

static const struct virtqueue_ops control_ops = { .name = "console control", .done = control_done };

static void control_start(struct vconsole *vc)
{
	for (u32 i = 0; i < CONTROL_BUFFERS && i < vc->control_rx->num; i++) {
		u8 *buffer = kmalloc(CONTROL_BUFFER_SIZE, GFP_KERNEL);

		if (!buffer || !add_control_buffer(vc, buffer)) {
			kfree(buffer);
			break;
		}
	}
	virtqueue_kick(vc->control_rx);
	vconsole_control_send(vc, ~0u, VIRTIO_CONSOLE_DEVICE_READY, 1);
}

/* --- the device ------------------------------------------------------------------------------------------------ */

static int create_queues(struct vconsole *vc)
{
	struct virtio_queue_spec *specs;
	u16 n = vc->is_multiport ? (u16)(2 * (vc->nr_ports + 1)) : 2;
	int err;

	specs = kcalloc(n, sizeof(*specs), GFP_KERNEL);
	if (!specs)
		return -ENOMEM;
	for (u16 i = 0; i < n; i++)
		specs[i] = (struct virtio_queue_spec){ i & 1 ? "tx" : "rx", i & 1 ? &tx_ops : &rx_ops };
	if (vc->is_multiport) {
		specs[2] = (struct virtio_queue_spec){ "control rx", &control_ops };
		specs[3] = (struct virtio_queue_spec){ "control tx", NULL };
	}
	err = virtio_create_queues(vc->dev, n, specs);
	kfree(specs);
	if (err || !vc->is_multiport)
		return err;
	vc->control_rx = vc->dev->queue[2];
	vc->control_tx = vc->dev->queue[3];
	vc->control_rx->driver_data = vc;
	return 0;
}

static u32 read_nr_ports(struct vconsole *vc)
{
	u32 n = vc->is_multiport ? virtio_config_read32(vc->dev, CONFIG_MAX_PORTS) : 1;

	return n < 1 ? 1 : (n > VCONSOLE_MAX_PORTS ? VCONSOLE_MAX_PORTS : n);
}

static int probe(struct virtio_device *dev)
{
	struct vconsole *vc = kzalloc(sizeof(*vc), GFP_KERNEL);
	struct vport *port;
	int err;

	if (!vc)
		return -ENOMEM;
	vc->dev = dev;
	dev->driver_data = vc;
	vc->is_multiport = virtio_has(dev, VIRTIO_CONSOLE_F_MULTIPORT);
	vc->nr_ports = read_nr_ports(vc);
	mutex_init(&vc->control_lock, RANK_VIRTIO_CONTROL);
	work_init(&vc->control_work, &control_work_ops);
	err = create_queues(vc);
	if (err) {
		kfree(vc);
		return err;
	}
	virtio_device_ready(dev);
	if (vc->is_multiport) {
		control_start(vc);
		return 0;
	}
	port = port_create(vc, 0);
	if (port)
		vport_make_hvc(port);
	return 0;
}

static void config_changed(struct virtio_device *dev)
{
	struct vconsole *vc = dev->driver_data;

	if (vc && vc->port[0] && vc->port[0]->is_hvc && virtio_has(dev, VIRTIO_CONSOLE_F_SIZE))
		char_port_resized(&vc->port[0]->line, virtio_config_read16(dev, CONFIG_COLS),
				  virtio_config_read16(dev, CONFIG_ROWS));
}

static const struct virtio_driver_ops driver_ops = { .probe = probe, .config_changed = config_changed };
static struct virtio_driver virtio_console_driver = {
	.name = "virtio-console",
	.device_id = VIRTIO_ID_CONSOLE,
	.features = 1ull << VIRTIO_CONSOLE_F_SIZE | 1ull << VIRTIO_CONSOLE_F_MULTIPORT,
	.ops = &driver_ops,
};

void virtio_console_init(void)
{
	virtio_driver_register(&virtio_console_driver);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_console_impl.h - ports of a console device, between the queues (virtio_console.c) and what people
 * see: a line for the terminal layer (virtio_hvc.c) or a file in /dev (virtio_port.c).
 */
#ifndef VIRTIO_VIRTIO_CONSOLE_IMPL_H
#define VIRTIO_VIRTIO_CONSOLE_IMPL_H

#include "virtio_impl.h"

#include <serial/port.h>
#include <sync/mutex.h>
#include <sync/wait.h>
#include <sync/workqueue.h>
#include <linux/virtio_console.h>

#define VCONSOLE_MAX_PORTS 31 /* 2 * (31 + 1) queues: VIRTIO_MAX_QUEUES */
#define VPORT_BUFFER	   4096
#define VPORT_TX_MAX	   16 /* buffers under way to the host */

#define VPORT_PUMP 128 /* bytes that an hvc moves at a time */

struct vport;

/* Who uses the port. Hard interrupt, but connected(): a work item. */
struct vport_face {
	const char *name;
	void (*received)(struct vport *port);
	void (*room_grew)(struct vport *port);
	void (*connected)(struct vport *port, bool is_connected);
};

struct vconsole {
	struct virtio_device *dev;
	struct virtqueue *control_rx, *control_tx;
	struct mutex control_lock;
	struct work control_work;
	bool is_multiport;
	u32 nr_ports;
	struct vport *port[VCONSOLE_MAX_PORTS];
};

struct vport {
	struct vconsole *console;
	u32 id;
	char name[96];
	const struct vport_face *face; /* written once */
	struct virtqueue *rx, *tx;
	struct spinlock lock;
	u8 *rx_buffer __guarded_by(&lock); /* what the device filled, not read to the end */
	u32 rx_at, rx_len __guarded_by(&lock);
	u32 nr_tx __guarded_by(&lock);
	bool is_hvc, is_host_connected, is_guest_open;
	struct wait_queue_head wait;
	struct char_port line; /* hvc */
	struct spinlock line_lock; /* hvc, rank TTY_LINE: keeps the bytes in order, and left */
	u8 left[VPORT_PUMP];	   /* line_lock: read, and refused by the terminal */
	u32 left_len;		   /* line_lock */
	void *device;	       /* virtio_port.c's */
};

u32 vconsole_next_hvc(void);
void vconsole_control_send(struct vconsole *vc, u32 id, u16 event, u16 value);

/* Bytes that the host sent: takes up to @len, never sleeps. */
size_t vport_read(struct vport *port, u8 *bytes, size_t len);
bool vport_has_data(struct vport *port);
/* Up to VPORT_BUFFER bytes to the host: how many, -ENOSPC, -ENOMEM, -EIO. Never sleeps. */
ssize_t vport_write(struct vport *port, const u8 *bytes, size_t len);
/* The same with a kmalloc'ed buffer that is consumed on success. */
ssize_t vport_write_owned(struct vport *port, u8 *buffer, size_t len);
size_t vport_tx_room(struct vport *port);

void vport_make_hvc(struct vport *port);
void vport_make_device(struct vport *port);

#endif

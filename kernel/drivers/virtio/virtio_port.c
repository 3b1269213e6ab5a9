/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_port.c - a console device's other ports as files: /dev/vportNpM.
 *
 * WHAT        One opener at a time. While nobody on the host is connected a read is at its end and a write
 *             waits. What one write() carries goes out as one buffer, up to VPORT_BUFFER bytes.
 * INVARIANTS  F1  is_guest_open is set by exactly one open file.
 * LOCKING     port->lock inside vport_*(); user memory is touched with no lock held.
 * ERRORS      -EBUSY (open), -EAGAIN, -ENODEV (queue dead), -EFAULT, -ENOMEM.
 */
#include "virtio_console_impl.h"

#include <pages/slab.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <log/printk.h>
#include <mm/iter.h>
#include <vfs/chrdev.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/poll.h>

#define VPORT_MAJOR 248

struct vport_device {
	struct chrdev chrdev;
	char name[24];
	u32 is_open; /* F1, atomic */
};

static struct vport *port_of(struct file *file)
{
	return file->private_data;
}

static int vport_open(struct inode *inode, struct file *file)
{
	struct vport *port = inode->i_cdev->private_data;
	struct vport_device *device = port->device;

	if (__atomic_exchange_n(&device->is_open, 1, __ATOMIC_ACQUIRE))
		return -EBUSY;
	file->private_data = port;
	port->is_guest_open = true;
	vconsole_control_send(port->console, port->id, VIRTIO_CONSOLE_PORT_OPEN, 1);
	return nonseekable_open(inode, file);
}

static void vport_release(struct inode *inode, struct file *file)
{
	struct vport *port = port_of(file);
	struct vport_device *device = port->device;

	port->is_guest_open = false;
	vconsole_control_send(port->console, port->id, VIRTIO_CONSOLE_PORT_OPEN, 0);
	__atomic_store_n(&device->is_open, 0, __ATOMIC_RELEASE);
}

static bool is_connected(struct vport *port)
{
	return READ_ONCE(port->is_host_connected);
}

/* 1: there is something to read. 0: end. Or why not. */
static int wait_readable(struct vport *port, bool nonblock)
{
	bool may_come = is_connected(port); /* before the look at what came: the host's last bytes come before it goes */
	int err;

	if (vport_has_data(port))
		return 1;
	if (virtqueue_is_broken(port->rx))
		return -ENODEV;
	if (!may_come)
		return 0;
	if (nonblock)
		return -EAGAIN;
	err = wait_event_interruptible(port->wait, vport_has_data(port) || !is_connected(port));
	return err ? err : vport_has_data(port);
}

static ssize_t vport_file_read(struct file *file, struct iter *to, loff_t *pos)
{
	size_t len = iter_count(to) < VPORT_BUFFER ? iter_count(to) : VPORT_BUFFER, n, copied;
	struct vport *port = port_of(file);
	int ready;
	u8 *bounce;

	if (!len)
		return 0;
	ready = wait_readable(port, file->f_flags & O_NONBLOCK);
	if (ready <= 0)
		return ready;
	bounce = kmalloc(len, GFP_KERNEL);
	if (!bounce)
		return -ENOMEM;
	if (fault_in_iter_writeable(to, len)) {
		kfree(bounce);
		return -EFAULT;
	}
	n = vport_read(port, bounce, len);
	copied = copy_to_iter(bounce, n, to);
	kfree(bounce);
	return copied || !n ? (ssize_t)copied : -EFAULT;
}

static bool can_write(struct vport *port)
{
	return virtqueue_is_broken(port->tx) || (is_connected(port) && vport_tx_room(port));
}

static ssize_t vport_file_write(struct file *file, struct iter *from, loff_t *pos)
{
	size_t len = iter_count(from) < VPORT_BUFFER ? iter_count(from) : VPORT_BUFFER;
	struct vport *port = port_of(file);
	ssize_t sent;
	u8 *buffer;
	int err;

	if (!len)
		return 0;
	if (!can_write(port)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(port->wait, can_write(port));
		if (err)
			return err;
	}
	buffer = kmalloc(len, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	sent = copy_from_iter_full(buffer, len, from) ? vport_write_owned(port, buffer, len) : -EFAULT;
	if (sent < 0)
		kfree(buffer);
	if (sent == -EIO)
		return -ENODEV;
	return sent == -ENOSPC ? -EAGAIN : sent;
}

static u32 vport_poll(struct file *file, struct poll_table *pt)
{
	struct vport *port = port_of(file);
	bool may_come;
	u32 ready = 0;

	poll_wait(file, &port->wait, pt);
	may_come = is_connected(port);
	if (vport_has_data(port))
		ready |= EPOLLIN | EPOLLRDNORM;
	if (may_come && vport_tx_room(port))
		ready |= EPOLLOUT;
	if (!may_come)
		ready |= EPOLLHUP;
	return ready;
}

static const struct file_operations vport_fops = {
	.open = vport_open,
	.release = vport_release,
	.read = vport_file_read,
	.write = vport_file_write,
	.poll = vport_poll,
};

static void face_received(struct vport *port)
{
	wake_up_interruptible_poll(&port->wait, EPOLLIN | EPOLLRDNORM);
}

static void face_room_grew(struct vport *port)
{
	wake_up_interruptible_poll(&port->wait, EPOLLOUT);
}

static void face_connected(struct vport *port, bool is_connected)
{
	wake_up_all(&port->wait);
}

static const struct vport_face file_face = {
	.name = "vport",
	.received = face_received,
	.room_grew = face_room_grew,
	.connected = face_connected,
};

void vport_make_device(struct vport *port)
{
	struct vport_device *device = kzalloc(sizeof(*device), GFP_KERNEL);
	u32 n = port->console->dev->index;

	if (!device)
		return;
	snprintf(device->name, sizeof(device->name), "vport%up%u", n, port->id);
	device->chrdev = (struct chrdev){
		.name = device->name,
		.class_name = "virtio-ports",
		.label = port->name[0] ? port->name : NULL,
		.first = MKDEV(VPORT_MAJOR, n * 32 + port->id),
		.count = 1,
		.fops = &vport_fops,
		.private_data = port,
	};
	port->device = device;
	port->face = &file_face;
	if (chrdev_register(&device->chrdev)) {
		pr_err("virtio: no number for %s\n", device->name);
		return;
	}
	pr_info("virtio: %s is port \"%s\"\n", device->name, port->name);
}

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VIRTIO_VIRTIO_IMPL_H
#define VIRTIO_VIRTIO_IMPL_H

#include <virtio/virtio.h>
#include <arch/io.h>

/* A queue of @num descriptors with its rings, unknown to the device yet; NULL: no memory. */
struct virtqueue *virtqueue_create(struct virtio_device *dev, u16 index, u16 num,
				   const struct virtio_queue_spec *spec);
void virtqueue_destroy(struct virtqueue *vq);

/* Ring the doorbell: both transports have one register a queue that wants its number. */
static inline void virtqueue_notify(struct virtqueue *vq)
{
	if (vq->notify_is_16)
		writew(vq->index, vq->notify);
	else
		writel(vq->index, vq->notify);
}

/* /sys/bus/virtio/devices/virtioN. May sleep. */
void virtio_sysfs_add(struct virtio_device *dev);

/* Transports look for their devices. */
void virtio_mmio_init(void);
void virtio_pci_init(void);

/* Drivers register themselves. */
void virtio_rng_init(void);
void virtio_console_init(void);
void virtio_9p_init(void) __weak; /* absent until fs/p9 is there */
void virtio_fs_init(void) __weak; /* absent until fs/fuse is there */

#endif

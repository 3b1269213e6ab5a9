/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio.h - virtio 1.0 devices and their drivers, over whatever transport brought them.
 *
 * WHAT        A transport (virtio_mmio.c, virtio_pci.c) finds devices and registers them; the core matches
 *             them with drivers, negotiates features and hands the device to probe().
 * INVARIANTS  I1  VIRTIO_F_VERSION_1 is always negotiated; legacy devices are refused.
 *             I2  Nothing a device says is believed without a check: ids and lengths of answers, queue
 *                 sizes, configuration fields (the driver's duty).
 * LIFECYCLE   register -> ACKNOWLEDGE -> DRIVER -> features -> FEATURES_OK -> probe (queues) -> DRIVER_OK
 *             -> for ever; a broken device is FAILED and its queues answer -EIO.
 */
#ifndef VIRTIO_VIRTIO_H
#define VIRTIO_VIRTIO_H

#include <lib/list.h>
#include <lib/types.h>
#include <virtio/virtqueue.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#define VIRTIO_MAX_QUEUES 64
#define VIRTIO_RING_MAX	  256 /* descriptors that we use of a queue, at most */

struct virtio_driver;

/* One queue that a driver wants. */
struct virtio_queue_spec {
	const char *name;
	const struct virtqueue_ops *ops; /* NULL: the driver polls */
};

struct virtio_transport_ops {
	const char *name;
	u8 (*get_status)(struct virtio_device *dev);
	void (*set_status)(struct virtio_device *dev, u8 status); /* 0 resets, and waits for it */
	u64 (*get_features)(struct virtio_device *dev);
	void (*set_features)(struct virtio_device *dev, u64 features);
	u32 (*config_generation)(struct virtio_device *dev);
	void (*config_read)(struct virtio_device *dev, u32 offset, void *buf, u32 len);
	void (*config_write)(struct virtio_device *dev, u32 offset, const void *buf, u32 len);
	/* Largest size of queue @index; 0: there is no such queue. */
	u16 (*queue_max)(struct virtio_device *dev, u16 index);
	/* Tell the device where the rings of @vq are and enable it; sets vq->notify. @nr_queues in all. */
	int (*queue_enable)(struct virtio_device *dev, struct virtqueue *vq, u16 nr_queues);
};

struct virtio_device {
	struct list_head node; /* the core's */
	const struct virtio_transport_ops *transport;
	const struct virtio_driver *driver;
	void *driver_data;
	u32 index; /* virtioN */
	u32 device_id, vendor_id;
	u64 offered_features, features; /* features: negotiated */
	struct virtqueue *queue[VIRTIO_MAX_QUEUES];
	u16 nr_queues;
	char name[16];
};

struct virtio_driver {
	const char *name;
	u32 device_id;
	u64 features; /* what the driver can use, VERSION_1 and ring features apart */
	struct list_head node; /* the core's */
	const struct virtio_driver_ops *ops;
};

struct virtio_driver_ops {
	/* The features are settled; set up queues, then virtio_device_ready(). May sleep. 0 or -errno. */
	int (*probe)(struct virtio_device *dev);
	/* The device changed its configuration. Hard interrupt. May be NULL. */
	void (*config_changed)(struct virtio_device *dev);
};

/* Drivers: for ever. Devices that are there already are probed now. */
void virtio_driver_register(struct virtio_driver *driver);
/* Transports: consumes @dev's storage. 0, or -ENODEV when it does not speak virtio 1.0. */
int virtio_device_register(struct virtio_device *dev) __must_check;
/* Boot, when threads run: all drivers, then all transports. */
void virtio_init(void);
/* The next device after @from (NULL: the first), for /sys/bus/virtio. */
struct virtio_device *virtio_next(struct virtio_device *from);

static inline bool virtio_has(const struct virtio_device *dev, unsigned int feature)
{
	return (dev->features >> feature) & 1;
}

/* Create queues 0 .. n-1. 0, -ENOENT (the device has fewer), -ENOMEM, -EIO. */
int virtio_create_queues(struct virtio_device *dev, u16 n, const struct virtio_queue_spec *specs)
	__must_check;
/* DRIVER_OK: the device may use the queues from now on. */
void virtio_device_ready(struct virtio_device *dev);
/* The device misbehaved or can't be used: status FAILED, reset. */
void virtio_device_fail(struct virtio_device *dev, const char *why);

/* A consistent copy of @len bytes of the configuration space, little endian as it is. */
void virtio_config_read(struct virtio_device *dev, u32 offset, void *buf, u32 len);
u8 virtio_config_read8(struct virtio_device *dev, u32 offset);
u16 virtio_config_read16(struct virtio_device *dev, u32 offset);
u32 virtio_config_read32(struct virtio_device *dev, u32 offset);
u64 virtio_config_read64(struct virtio_device *dev, u32 offset);

/* Transports' interrupt handlers. */
void virtqueue_interrupt(struct virtqueue *vq);
void virtio_config_interrupt(struct virtio_device *dev);

#endif

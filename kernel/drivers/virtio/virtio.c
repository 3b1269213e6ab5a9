/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio.c - devices meet drivers: status steps, features, queues, configuration.
 *
 * WHAT        Transports register devices, drivers register themselves; a pair with the same device id goes through the steps
 *             of initialisation, and probe() decides.
 * INVARIANTS  I1, I2 of virtio.h.
 *             V1  A device's status only grows until it is reset.
 *             V2  No queue exists before FEATURES_OK, none is added after DRIVER_OK.
 * LOCKING     bus.lock (mutex, rank VIRTIO_BUS): both lists, probing.
 * ERRORS      A device that fails a step is FAILED, with one line in the log, and nobody uses it.
 * SEE         virtio 1.0 section 3.1 (device initialization)
 */
#include "virtio_impl.h"

#include <virtio/vring.h>
#include <pages/slab.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <log/printk.h>
#include <sync/mutex.h>

#define RING_FEATURES \
	(1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_EVENT_IDX | 1ull << VIRTIO_RING_F_INDIRECT_DESC)
#define CONFIG_READ_TRIES 100

static struct {
	struct mutex lock;
	struct list_head devices, drivers;
	u32 nr_devices;
} bus = {
	.lock = MUTEX_INIT(bus.lock, RANK_VIRTIO_BUS),
	.devices = LIST_HEAD_INIT(bus.devices),
	.drivers = LIST_HEAD_INIT(bus.drivers),
};

static void status_add(struct virtio_device *dev, u8 bit)
{
	dev->transport->set_status(dev, dev->transport->get_status(dev) | bit); /* V1 */
}

static void queues_destroy(struct virtio_device *dev)
{
	while (dev->nr_queues) {
		struct virtqueue *vq = dev->queue[--dev->nr_queues];

		dev->queue[dev->nr_queues] = NULL;
		virtqueue_destroy(vq);
	}
}

void virtio_device_fail(struct virtio_device *dev, const char *why)
{
	pr_err("virtio: %s (device id %u): %s\n", dev->name, dev->device_id, why);
	status_add(dev, VIRTIO_CONFIG_S_FAILED);
}

static int negotiate(struct virtio_device *dev, const struct virtio_driver *driver)
{
	dev->offered_features = dev->transport->get_features(dev);
	if (!(dev->offered_features >> VIRTIO_F_VERSION_1 & 1)) {
		virtio_device_fail(dev, "speaks no virtio 1.0");
		return -ENODEV;
	}
	dev->features = dev->offered_features & (driver->features | RING_FEATURES);
	dev->transport->set_features(dev, dev->features);
	status_add(dev, VIRTIO_CONFIG_S_FEATURES_OK);
	if (!(dev->transport->get_status(dev) & VIRTIO_CONFIG_S_FEATURES_OK)) {
		virtio_device_fail(dev, "refuses the features");
		return -ENODEV;
	}
	return 0;
}

static void device_probe(struct virtio_device *dev, struct virtio_driver *driver)
{
	int err;

	dev->transport->set_status(dev, 0);
	status_add(dev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	status_add(dev, VIRTIO_CONFIG_S_DRIVER);
	if (negotiate(dev, driver))
		return;
	dev->driver = driver;
	err = driver->ops->probe(dev);
	if (!err) {
		pr_info("virtio: %s is %s over %s, features %#llx\n", dev->name, driver->name,
			dev->transport->name, dev->features);
		return;
	}
	dev->driver = NULL;
	virtio_device_fail(dev, "the driver can't use it");
	dev->transport->set_status(dev, 0);
	queues_destroy(dev);
}

void virtio_driver_register(struct virtio_driver *driver)
{
	struct virtio_device *dev;

	mutex_lock(&bus.lock);
	list_add_tail(&driver->node, &bus.drivers);
	list_for_each_entry(dev, &bus.devices, node)
		if (!dev->driver && dev->device_id == driver->device_id)
			device_probe(dev, driver);
	mutex_unlock(&bus.lock);
}

int virtio_device_register(struct virtio_device *dev)
{
	struct virtio_driver *driver;

	mutex_lock(&bus.lock);
	dev->index = bus.nr_devices++;
	snprintf(dev->name, sizeof(dev->name), "virtio%u", dev->index);
	list_add_tail(&dev->node, &bus.devices);
	virtio_sysfs_add(dev);
	list_for_each_entry(driver, &bus.drivers, node) {
		if (driver->device_id != dev->device_id)
			continue;
		device_probe(dev, driver);
		break;
	}
	mutex_unlock(&bus.lock);
	return 0;
}

struct virtio_device *virtio_next(struct virtio_device *from)
{
	struct list_head *next = from ? from->node.next : bus.devices.next;

	return next == &bus.devices ? NULL : list_entry(next, struct virtio_device, node);
}

/* --- for drivers ---------------------------------------------------------------------------------- */

static int queue_create(struct virtio_device *dev, u16 index, u16 nr, const struct virtio_queue_spec *spec)
{
	u16 num = dev->transport->queue_max(dev, index);
	struct virtqueue *vq;
	int err;

	if (!num)
		return -ENOENT;
	num = num > VIRTIO_RING_MAX ? VIRTIO_RING_MAX : num;
	num = (u16)(1u << (31 - __builtin_clz(num))); /* a power of two, whatever it said (I2) */
	vq = virtqueue_create(dev, index, num, spec);
	if (!vq)
		return -ENOMEM;
	err = dev->transport->queue_enable(dev, vq, nr);
	if (err) {
		virtqueue_destroy(vq);
		return err;
	}
	dev->queue[index] = vq;
	dev->nr_queues = index + 1;
	return 0;
}

int virtio_create_queues(struct virtio_device *dev, u16 n, const struct virtio_queue_spec *specs)
{
	if (n > VIRTIO_MAX_QUEUES)
		return -EINVAL;
	for (u16 i = 0; i < n; i++) {
		int err = queue_create(dev, i, n, &specs[i]);

		if (err)
			return err; /* device_probe() resets the device and destroys the queues */
	}
	return 0;
}

void virtio_device_ready(struct virtio_device *dev)
{
	status_add(dev, VIRTIO_CONFIG_S_DRIVER_OK);
}

void virtio_config_interrupt(struct virtio_device *dev)
{
	const struct virtio_driver *driver = dev->driver;

	if (driver && driver->ops->config_changed)
		driver->ops->config_changed(dev);
}

void virtio_config_read(struct virtio_device *dev, u32 offset, void *buf, u32 len)
{
	u32 before, after, tries = CONFIG_READ_TRIES;

	do {
		before = dev->transport->config_generation(dev);
		dev->transport->config_read(dev, offset, buf, len);
		after = dev->transport->config_generation(dev);
	} while (before != after && --tries);
}

#define CONFIG_READ(bits)                                                            \
	u##bits virtio_config_read##bits(struct virtio_device *dev, u32 offset)      \
	{                                                                            \
		u##bits value = 0;                                                   \
		virtio_config_read(dev, offset, &value, sizeof(value));              \
		return value;                                                        \
	}
CONFIG_READ(8)
CONFIG_READ(16)
CONFIG_READ(32)
CONFIG_READ(64)

void virtio_init(void)
{
	virtio_rng_init();
	if (virtio_9p_init)
		virtio_9p_init();
	if (virtio_fs_init)
		virtio_fs_init();
	virtio_console_init();
	virtio_mmio_init();
	virtio_pci_init();
}

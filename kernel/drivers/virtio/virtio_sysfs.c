/* SPDX-License-Identifier: GPL-2.0-only */
/* virtio_sysfs.c - /sys/bus/virtio/devices/virtioN/{device,vendor,status,features,modalias}, as Linux writes them. */
#include "virtio_impl.h"

#include <lib/printf.h>
#include <sys/sysfs.h>

static void device_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%04x\n", ((struct virtio_device *)priv)->device_id);
}

static void vendor_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%04x\n", ((struct virtio_device *)priv)->vendor_id);
}

static void status_show(void *priv, struct report_writer *writer)
{
	struct virtio_device *dev = priv;

	report_printf(writer, "0x%08x\n", dev->transport->get_status(dev));
}

/* One character a bit, bit 0 first. */
static void features_show(void *priv, struct report_writer *writer)
{
	struct virtio_device *dev = priv;
	char bits[65];

	for (unsigned int i = 0; i < 64; i++)
		bits[i] = virtio_has(dev, i) ? '1' : '0';
	bits[64] = '\0';
	report_printf(writer, "%s\n", bits);
}

static void modalias_show(void *priv, struct report_writer *writer)
{
	struct virtio_device *dev = priv;

	report_printf(writer, "virtio:d%08Xv%08X\n", dev->device_id, dev->vendor_id);
}

static const struct sysfs_attr_ops attrs[] = {
	{ .name = "device", .show = device_show },     { .name = "vendor", .show = vendor_show },
	{ .name = "status", .show = status_show },     { .name = "features", .show = features_show },
	{ .name = "modalias", .show = modalias_show },
};

void virtio_sysfs_add(struct virtio_device *dev)
{
	struct sysfs_node *dir;
	char path[48];

	snprintf(path, sizeof(path), "bus/virtio/devices/%s", dev->name);
	dir = sysfs_dir(&sysfs_root, path);
	for (size_t i = 0; dir && i < ARRAY_SIZE(attrs); i++)
		sysfs_add_attr(dir, attrs[i].name, 0444, &attrs[i], dev);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* pci_sysfs.c - /sys/bus/pci/devices/SSSS:BB:DD.F: identity and resources, as Linux writes them. */
#include "pci_impl.h"

#include <lib/printf.h>
#include <sys/sysfs.h>

#define RESOURCE_IO	  0x100
#define RESOURCE_MEMORY	  0x200
#define RESOURCE_PREFETCH 0x2000
#define RESOURCE_64	  0x100000

static void vendor_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%04x\n", ((struct pci_device *)priv)->vendor);
}

static void device_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%04x\n", ((struct pci_device *)priv)->device);
}

static void subsystem_vendor_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%04x\n", ((struct pci_device *)priv)->subsystem_vendor);
}

static void subsystem_device_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%04x\n", ((struct pci_device *)priv)->subsystem);
}

static void class_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%06x\n", ((struct pci_device *)priv)->class);
}

static void revision_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%02x\n", ((struct pci_device *)priv)->revision);
}

static u64 resource_flags(const struct pci_bar *bar)
{
	if (bar->is_io)
		return RESOURCE_IO;
	return RESOURCE_MEMORY | (bar->is_64 ? RESOURCE_64 : 0) |
	       (bar->is_prefetchable ? RESOURCE_PREFETCH : 0);
}

/* First and last address and flags, a line each; zeros where there is none. */
static void resource_show(void *priv, struct report_writer *writer)
{
	struct pci_device *pdev = priv;

	for (int i = 0; i < PCI_NR_BARS; i++) {
		const struct pci_bar *bar = &pdev->bar[i];
		bool is_there = bar->size && bar->address;

		report_printf(writer, "0x%016llx 0x%016llx 0x%016llx\n", is_there ? bar->address : 0,
			      is_there ? bar->address + bar->size - 1 : 0,
			      is_there ? resource_flags(bar) : 0);
	}
}

static const struct sysfs_attr_ops attrs[] = {
	{ .name = "vendor", .show = vendor_show },
	{ .name = "device", .show = device_show },
	{ .name = "subsystem_vendor", .show = subsystem_vendor_show },
	{ .name = "subsystem_device", .show = subsystem_device_show },
	{ .name = "class", .show = class_show },
	{ .name = "revision", .show = revision_show },
	{ .name = "resource", .show = resource_show },
};

void pci_sysfs_add(struct pci_device *pdev)
{
	struct sysfs_node *dir;
	char path[64];

	snprintf(path, sizeof(path), "bus/pci/devices/%04x:%02x:%02x.%x", pdev->segment, pdev->bus,
		 pdev->devfn >> 3, pdev->devfn & 7);
	dir = sysfs_dir(&sysfs_root, path);
	for (size_t i = 0; dir && i < ARRAY_SIZE(attrs); i++)
		sysfs_add_attr(dir, attrs[i].name, 0444, &attrs[i], pdev);
}

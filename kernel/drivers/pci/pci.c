/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pci.c - finding functions and matching drivers.
 *
 * WHAT        Every bus that the firmware's memory window covers is scanned, device by device; without a
 *             window, bus 0 and what bridges name, through ports. The firmware has numbered the buses.
 * INVARIANTS  F1  A function is in the list once, in order of segment, bus, device, function.
 *             F2  Walking capabilities ends after 48 steps, whatever the pointers say.
 * LOCKING     Boot: one thread. Read-only afterwards.
 * ERRORS      No memory for a function: it is left out, with a line in the log.
 */
#include "pci_impl.h"

#include <pages/slab.h>
#include <log/printk.h>

#define CAPABILITY_STEPS 48
#define HEADER_MULTI	 0x80
#define HEADER_BRIDGE	 1
#define STATUS_HAS_CAPS  0x10
#define BRIDGE_SECONDARY 0x19

static struct {
	struct list_head devices;
	int nr;
	u64 seen_bus[4]; /* ports: buses that were scanned */
} pci = { .devices = LIST_HEAD_INIT(pci.devices) };

u8 pci_find_capability(struct pci_device *pdev, u8 id, u8 after)
{
	u8 at;

	if (!(pci_read16(pdev, PCI_STATUS) & STATUS_HAS_CAPS))
		return 0;
	at = pci_read8(pdev, after ? after + 1 : PCI_CAPABILITIES) & 0xfc;
	for (int i = 0; i < CAPABILITY_STEPS && at >= 0x40; i++) { /* F2 */
		if (pci_read8(pdev, at) == id)
			return at;
		at = pci_read8(pdev, at + 1) & 0xfc;
	}
	return 0;
}

void pci_enable(struct pci_device *pdev)
{
	u16 command = pci_read16(pdev, PCI_COMMAND);

	pci_write16(pdev, PCI_COMMAND, command | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
}

static void function_fill(struct pci_device *pdev)
{
	u32 class = pci_read32(pdev, PCI_CLASS_REVISION);

	pdev->vendor = pci_read16(pdev, PCI_VENDOR_ID);
	pdev->device = pci_read16(pdev, PCI_DEVICE_ID);
	pdev->subsystem_vendor = pci_read16(pdev, PCI_SUBSYSTEM_VENDOR);
	pdev->subsystem = pci_read16(pdev, PCI_SUBSYSTEM_ID);
	pdev->class = class >> 8;
	pdev->revision = (u8)class;
	bars_read(pdev);
}

/* The function's header type, or -1 when nobody is there. */
static int function_scan(u16 segment, u8 bus, u8 devfn)
{
	volatile void *config = config_map(segment, bus, devfn);
	u32 id = config_probe32(config, bus, devfn, PCI_VENDOR_ID);
	struct pci_device *pdev;

	if ((id & 0xffff) == 0xffff || (id & 0xffff) == 0)
		return -1;
	pdev = kzalloc(sizeof(*pdev), GFP_KERNEL);
	if (!pdev) {
		pr_err("pci: no memory for %02x:%02x.%x\n", bus, devfn >> 3, devfn & 7);
		return -1;
	}
	pdev->segment = segment;
	pdev->bus = bus;
	pdev->devfn = devfn;
	pdev->config = config;
	function_fill(pdev);
	list_add_tail(&pdev->node, &pci.devices);
	pci.nr++;
	pci_sysfs_add(pdev);
	pr_info("pci: %04x:%02x:%02x.%x %04x:%04x class %06x\n", segment, bus, devfn >> 3, devfn & 7,
		pdev->vendor, pdev->device, pdev->class);
	return pci_read8(pdev, PCI_HEADER_TYPE);
}

static void bus_scan(u16 segment, u8 bus)
{
	for (u8 device = 0; device < 32; device++) {
		int header = function_scan(segment, bus, (u8)(device << 3));

		if (header < 0 || !(header & HEADER_MULTI))
			continue;
		for (u8 function = 1; function < 8; function++)
			function_scan(segment, bus, (u8)(device << 3 | function));
	}
}

/* Buses behind bridges that are on the list from @first on; each bus once. */
static void scan_behind_bridges(struct list_head *first)
{
	for (struct list_head *at = first; at != &pci.devices; at = at->next) {
		struct pci_device *pdev = list_entry(at, struct pci_device, node);
		u8 bus;

		if ((pci_read8(pdev, PCI_HEADER_TYPE) & 0x7f) != HEADER_BRIDGE)
			continue;
		bus = pci_read8(pdev, BRIDGE_SECONDARY);
		if (!bus || (pci.seen_bus[bus / 64] >> (bus % 64) & 1))
			continue;
		pci.seen_bus[bus / 64] |= 1ull << (bus % 64);
		bus_scan(pdev->segment, bus); /* appends; this loop goes on to them */
	}
}

static void segment_scan(u16 segment, u8 bus_first)
{
	struct list_head *last = pci.devices.prev;

	for (int i = 0; i < 4; i++)
		pci.seen_bus[i] = 0;
	pci.seen_bus[bus_first / 64] |= 1ull << (bus_first % 64);
	bus_scan(segment, bus_first);
	scan_behind_bridges(last->next);
}

void pci_init(void)
{
	unsigned int n = 0;
	u8 first, last;
	u16 segment;

	while (config_has_ecam(&segment, &first, &last, n)) {
		segment_scan(segment, first);
		n++;
	}
	if (!n && config_probe32(NULL, 0, 0, PCI_VENDOR_ID) != ~0u)
		segment_scan(0, 0);
	pr_info("pci: %d functions\n", pci.nr);
}

struct pci_device *pci_next(struct pci_device *from)
{
	struct list_head *next = from ? from->node.next : pci.devices.next;

	return next == &pci.devices ? NULL : list_entry(next, struct pci_device, node);
}

static bool id_matches(const struct pci_driver *driver, const struct pci_device *pdev)
{
	for (const struct pci_id *id = driver->ids; id->vendor; id++)
		if ((id->vendor == PCI_ANY || id->vendor == pdev->vendor) &&
		    (id->device == PCI_ANY || id->device == pdev->device))
			return true;
	return false;
}

void pci_driver_register(const struct pci_driver *driver)
{
	struct pci_device *pdev;

	list_for_each_entry(pdev, &pci.devices, node) {
		if (pdev->driver || !id_matches(driver, pdev))
			continue;
		if (!driver->probe(pdev))
			pdev->driver = driver;
	}
}

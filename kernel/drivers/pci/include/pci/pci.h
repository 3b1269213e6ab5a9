/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pci.h - PCI functions: found once at boot, matched with drivers, never removed.
 *
 * LIFECYCLE   pci_init() finds all functions. pci_driver_register() probes those that match; what
 *             probe() accepted belongs to the driver for ever.
 * LOCKING     Configuration accesses of one function by its driver only, except at boot. The lists are
 *             written at boot by one thread.
 */
#ifndef PCI_PCI_H
#define PCI_PCI_H

#include <lib/list.h>
#include <lib/types.h>
#include <arch/irq.h>

#define PCI_VENDOR_ID	    0x00
#define PCI_DEVICE_ID	    0x02
#define PCI_COMMAND	    0x04
#define PCI_STATUS	    0x06
#define PCI_CLASS_REVISION  0x08
#define PCI_HEADER_TYPE	    0x0e
#define PCI_BAR0	    0x10
#define PCI_SUBSYSTEM_VENDOR 0x2c
#define PCI_SUBSYSTEM_ID    0x2e
#define PCI_CAPABILITIES    0x34
#define PCI_COMMAND_IO	    0x1
#define PCI_COMMAND_MEMORY  0x2
#define PCI_COMMAND_MASTER  0x4
#define PCI_COMMAND_NO_INTX 0x400
#define PCI_CAP_MSIX	    0x11
#define PCI_CAP_VENDOR	    0x09
#define PCI_ANY		    0xffff
#define PCI_NR_BARS	    6
#define PCI_MAX_MSIX	    64 /* vectors of one function that we use */

struct pci_bar {
	u64 address; /* physical, or a port; 0: not assigned */
	u64 size;    /* 0: there is no such register */
	bool is_io;
	bool is_64;
	bool is_prefetchable;
};

struct pci_driver;

struct pci_device {
	struct list_head node; /* pci's */
	u16 segment;
	u8 bus;
	u8 devfn; /* device << 3 | function */
	u16 vendor, device, subsystem_vendor, subsystem;
	u32 class; /* class, subclass, interface */
	u8 revision;
	volatile void *config; /* 4 KiB of ECAM, or NULL: ports */
	struct pci_bar bar[PCI_NR_BARS];
	const struct pci_driver *driver;
	void *driver_data;
	/* MSI-X */
	u8 msix_cap; /* 0: none */
	u16 msix_count;
	volatile void *msix_table;
	struct irq_vector msix_vector[PCI_MAX_MSIX];
	u64 msix_used; /* bits of vectors in use */
};

struct pci_id {
	u16 vendor, device; /* PCI_ANY matches all; vendor 0 ends a table */
};

struct pci_driver {
	const char *name;
	const struct pci_id *ids;
	/* 0: the function is the driver's. -errno: left alone. May sleep. */
	int (*probe)(struct pci_device *pdev);
};

/* Boot: find all functions. */
void pci_init(void);
/* Probe every unclaimed function that matches. For ever. */
void pci_driver_register(const struct pci_driver *driver);
/* The next function after @from (NULL: the first); NULL at the end. */
struct pci_device *pci_next(struct pci_device *from);

u8 pci_read8(struct pci_device *pdev, u16 reg);
u16 pci_read16(struct pci_device *pdev, u16 reg);
u32 pci_read32(struct pci_device *pdev, u16 reg);
void pci_write8(struct pci_device *pdev, u16 reg, u8 value);
void pci_write16(struct pci_device *pdev, u16 reg, u16 value);
void pci_write32(struct pci_device *pdev, u16 reg, u32 value);

/* Offset of the first capability @id after offset @after (0: from the start), or 0. */
u8 pci_find_capability(struct pci_device *pdev, u8 id, u8 after);
/* Decode memory and master the bus. */
void pci_enable(struct pci_device *pdev);
/* Map [offset, offset + len) of a memory BAR, uncached. NULL: no such range, or no memory. */
volatile void *pci_map_bar(struct pci_device *pdev, int bar, u64 offset, size_t len) __must_check;

/* Switch MSI-X on, all vectors masked. The number of vectors, or -ENODEV, -ENOMEM. */
int pci_msix_enable(struct pci_device *pdev) __must_check;
/* Vector @n to @ops on a CPU of @mask. 0, -ENOSPC, -EINVAL. */
int pci_msix_request(struct pci_device *pdev, unsigned int n, const struct irq_ops *ops, void *ctx,
		     cpumask_t mask) __must_check;
void pci_msix_free(struct pci_device *pdev, unsigned int n);

#endif

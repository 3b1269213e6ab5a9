/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.c - configuration space: through memory where the firmware says how, else through two ports.
 *
 * WHAT        A bus's window of 1 MiB is mapped when the bus is first touched. The ports reach the first 256 bytes of a function.
 * INVARIANTS  G1  A register offset is below 4096 (memory) or 256 (ports); beyond reads all ones.
 * LOCKING     config.lock for the port pair (rank LEAF, interrupts off); memory needs none.
 */
#include "pci_impl.h"

#include <pages/vmalloc.h>
#include <arch/acpi.h>
#include <arch/io.h>
#include <sync/spinlock.h>

#define PORT_ADDRESS 0xcf8
#define PORT_DATA    0xcfc

static struct {
	spinlock_t lock;
	volatile void *bus[ACPI_MAX_ECAMS][256]; /* mapped when first touched; 1 MiB each */
} config = { .lock = SPINLOCK_INIT(RANK_LEAF) };

bool config_has_ecam(u16 *segment, u8 *bus_first, u8 *bus_last, unsigned int n)
{
	if (n >= acpi_info.nr_ecams)
		return false;
	*segment = acpi_info.ecam[n].segment;
	*bus_first = acpi_info.ecam[n].bus_first;
	*bus_last = acpi_info.ecam[n].bus_last;
	return true;
}

volatile void *config_map(u16 segment, u8 bus, u8 devfn)
{
	for (u32 i = 0; i < acpi_info.nr_ecams; i++) {
		const struct acpi_ecam *ecam = &acpi_info.ecam[i];
		u32 place = bus - ecam->bus_first;

		if (ecam->segment != segment || bus < ecam->bus_first || bus > ecam->bus_last)
			continue;
		if (!config.bus[i][place])
			config.bus[i][place] = ioremap(ecam->phys + ((u64)place << 20), 1 << 20);
		return config.bus[i][place] ? config.bus[i][place] + ((u32)devfn << 12) : NULL;
	}
	return NULL;
}

static u32 port_access(u8 bus, u8 devfn, u16 reg, bool is_write, u32 value)
{
	with_spinlock_irqsave(&config.lock);
	outl(0x80000000u | (u32)bus << 16 | (u32)devfn << 8 | (reg & 0xfc), PORT_ADDRESS);
	if (is_write)
		outl(value, PORT_DATA);
	else
		value = inl(PORT_DATA);
	return value;
}

u32 config_probe32(volatile void *map, u8 bus, u8 devfn, u16 reg)
{
	if (map)
		return readl(map + (reg & 0xffc));
	return reg < 256 ? port_access(bus, devfn, reg, false, 0) : ~0u; /* G1 */
}

u32 pci_read32(struct pci_device *pdev, u16 reg)
{
	return config_probe32(pdev->config, pdev->bus, pdev->devfn, reg);
}

u16 pci_read16(struct pci_device *pdev, u16 reg)
{
	return (u16)(pci_read32(pdev, reg) >> (8 * (reg & 2)));
}

u8 pci_read8(struct pci_device *pdev, u16 reg)
{
	return (u8)(pci_read32(pdev, reg) >> (8 * (reg & 3)));
}

void pci_write32(struct pci_device *pdev, u16 reg, u32 value)
{
	if (pdev->config)
		writel(value, pdev->config + (reg & 0xffc));
	else if (reg < 256)
		port_access(pdev->bus, pdev->devfn, reg, true, value);
}

void pci_write16(struct pci_device *pdev, u16 reg, u16 value)
{
	u32 shift = 8 * (reg & 2), old;

	if (pdev->config) {
		writew(value, pdev->config + (reg & 0xffe));
		return;
	}
	old = pci_read32(pdev, reg) & ~(0xffffu << shift);
	pci_write32(pdev, reg, old | (u32)value << shift);
}

void pci_write8(struct pci_device *pdev, u16 reg, u8 value)
{
	u32 shift = 8 * (reg & 3), old;

	if (pdev->config) {
		writeb(value, pdev->config + (reg & 0xfff));
		return;
	}
	old = pci_read32(pdev, reg) & ~(0xffu << shift);
	pci_write32(pdev, reg, old | (u32)value << shift);
}

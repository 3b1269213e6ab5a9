/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bars.c - base address registers: where the firmware put a function's memory, and how much there is.
 *
 * WHAT        The size is found by writing all ones and reading back which bits stick; decoding is off
 *             meanwhile. We move nothing: a register that the firmware left at 0 has no address.
 * INVARIANTS  R1  A range that pci_map_bar() maps lies inside its BAR.
 * SEE         PCI Local Bus 3.0 section 6.2.5.1
 */
#include "pci_impl.h"

#include <pages/vmalloc.h>
#include <arch/io.h>

#define BAR_IO		 1u
#define BAR_TYPE_64	 4u
#define BAR_TYPE_MASK	 6u
#define BAR_PREFETCHABLE 8u

static u32 size_mask(struct pci_device *pdev, u16 reg, u32 old)
{
	u32 mask;

	pci_write32(pdev, reg, ~0u);
	mask = pci_read32(pdev, reg);
	pci_write32(pdev, reg, old);
	return mask;
}

/* Returns how many registers the BAR takes. */
static int bar_read(struct pci_device *pdev, int n)
{
	u16 reg = (u16)(PCI_BAR0 + 4 * n);
	struct pci_bar *bar = &pdev->bar[n];
	u32 low = pci_read32(pdev, reg);
	u64 mask = size_mask(pdev, reg, low), high;

	bar->is_io = low & BAR_IO;
	if (bar->is_io) {
		mask &= 0xfffc;
		bar->address = low & 0xfffc;
		bar->size = mask ? (~mask & 0xffff) + 1 : 0;
		return 1;
	}
	bar->is_prefetchable = (low & BAR_PREFETCHABLE) != 0;
	bar->is_64 = (low & BAR_TYPE_MASK) == BAR_TYPE_64 && n + 1 < PCI_NR_BARS;
	mask &= ~0xfull;
	bar->address = low & ~0xfu;
	if (bar->is_64) {
		high = pci_read32(pdev, reg + 4);
		mask |= (u64)size_mask(pdev, reg + 4, (u32)high) << 32;
		bar->address |= high << 32;
	} else if (mask) {
		mask |= 0xffffffff00000000ull;
	}
	bar->size = mask ? ~mask + 1 : 0;
	return bar->is_64 ? 2 : 1;
}

void bars_read(struct pci_device *pdev)
{
	u16 command = pci_read16(pdev, PCI_COMMAND);
	bool is_bridge = (pci_read8(pdev, PCI_HEADER_TYPE) & 0x7f) == 1;
	int nr = is_bridge ? 2 : PCI_NR_BARS;

	pci_write16(pdev, PCI_COMMAND, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	for (int n = 0; n < nr;)
		n += bar_read(pdev, n);
	pci_write16(pdev, PCI_COMMAND, command);
}

volatile void *pci_map_bar(struct pci_device *pdev, int n, u64 offset, size_t len)
{
	const struct pci_bar *bar;

	if (n < 0 || n >= PCI_NR_BARS)
		return NULL;
	bar = &pdev->bar[n];
	if (bar->is_io || !bar->address || !len || offset > bar->size || len > bar->size - offset) /* R1 */
		return NULL;
	return ioremap(bar->address + offset, len);
}

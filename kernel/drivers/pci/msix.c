/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * msix.c - message interrupts: a table in a BAR, an entry of 16 bytes a vector.
 *
 * INVARIANTS  M1  An entry is written while it is masked.
 *             M2  A vector without a user is masked in the table.
 * SEE         PCI Local Bus 3.0 section 6.8.2
 */
#include "pci_impl.h"

#include <arch/apic.h>
#include <arch/io.h>
#include <lib/errno.h>

#define MSIX_CONTROL	 2
#define MSIX_TABLE	 4
#define CONTROL_COUNT	 0x7ff
#define CONTROL_MASK_ALL 0x4000
#define CONTROL_ENABLE	 0x8000
#define ENTRY_SIZE	 16
#define ENTRY_MASKED	 1u

static volatile void *entry_of(struct pci_device *pdev, unsigned int n)
{
	return pdev->msix_table + n * ENTRY_SIZE;
}

int pci_msix_enable(struct pci_device *pdev)
{
	u8 cap = pci_find_capability(pdev, PCI_CAP_MSIX, 0);
	u16 control;
	u32 where;

	if (!cap)
		return -ENODEV;
	control = pci_read16(pdev, cap + MSIX_CONTROL);
	where = pci_read32(pdev, cap + MSIX_TABLE);
	pdev->msix_count = (control & CONTROL_COUNT) + 1;
	if (pdev->msix_count > PCI_MAX_MSIX)
		pdev->msix_count = PCI_MAX_MSIX;
	pdev->msix_table = pci_map_bar(pdev, where & 7, where & ~7u, pdev->msix_count * ENTRY_SIZE);
	if (!pdev->msix_table)
		return -ENOMEM;
	pci_write16(pdev, cap + MSIX_CONTROL, control | CONTROL_ENABLE | CONTROL_MASK_ALL);
	for (unsigned int n = 0; n < pdev->msix_count; n++)
		writel(ENTRY_MASKED, entry_of(pdev, n) + 12); /* M2 */
	pci_write16(pdev, cap + MSIX_CONTROL, (control | CONTROL_ENABLE) & ~CONTROL_MASK_ALL);
	pci_write16(pdev, PCI_COMMAND, pci_read16(pdev, PCI_COMMAND) | PCI_COMMAND_NO_INTX);
	pdev->msix_cap = cap;
	return pdev->msix_count;
}

int pci_msix_request(struct pci_device *pdev, unsigned int n, const struct irq_ops *ops, void *ctx,
		     cpumask_t mask)
{
	volatile void *entry;
	u64 address;
	u32 data;
	int err;

	if (!pdev->msix_cap || n >= pdev->msix_count || (pdev->msix_used >> n & 1))
		return -EINVAL;
	err = irq_vector_alloc(ops, ctx, mask, &pdev->msix_vector[n]);
	if (err)
		return err;
	apic_msi_message(pdev->msix_vector[n].cpu, pdev->msix_vector[n].vector, &address, &data);
	entry = entry_of(pdev, n);
	writel((u32)address, entry); /* M1: masked since enable or free */
	writel((u32)(address >> 32), entry + 4);
	writel(data, entry + 8);
	writel(0, entry + 12);
	pdev->msix_used |= 1ull << n;
	return 0;
}

void pci_msix_free(struct pci_device *pdev, unsigned int n)
{
	if (n >= pdev->msix_count || !(pdev->msix_used >> n & 1))
		return;
	writel(ENTRY_MASKED, entry_of(pdev, n) + 12); /* M2 */
	readl(entry_of(pdev, n) + 12);
	irq_vector_free(pdev->msix_vector[n]);
	pdev->msix_used &= ~(1ull << n);
}

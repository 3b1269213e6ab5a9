/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCI_PCI_IMPL_H
#define PCI_PCI_IMPL_H

#include <pci/pci.h>

/* The 4 KiB of configuration space of a function, or NULL when only ports reach it. */
volatile void *config_map(u16 segment, u8 bus, u8 devfn);
/* Before there is a struct pci_device: ECAM or ports. */
u32 config_probe32(volatile void *config, u8 bus, u8 devfn, u16 reg);
bool config_has_ecam(u16 *segment, u8 *bus_first, u8 *bus_last, unsigned int n);

/* Find out kind, address and size of each base address register. */
void bars_read(struct pci_device *pdev);
/* /sys/bus/pci/devices/SSSS:BB:DD.F. May sleep. */
void pci_sysfs_add(struct pci_device *pdev);

#endif

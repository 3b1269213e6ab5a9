# SPDX-License-Identifier: GPL-2.0-only
srcs := pci.c config.c bars.c msix.c pci_sysfs.c
deps := lib arch/x86 sync log probe pages fs/sys
public_deps := lib arch/x86 sync

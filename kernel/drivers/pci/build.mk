# SPDX-License-Identifier: GPL-2.0-only
srcs := pci.c config.c bars.c msix.c
deps := lib arch/x86 sync log pages
public_deps := lib arch/x86 sync

/* SPDX-License-Identifier: GPL-2.0-only */
/* version.c - the version of this kernel. */
#include "boot_impl.h"

const char boot_version[] = "0.1.0";

/* SPDX-License-Identifier: GPL-2.0-only */
/* stdint.h - linux/fuse.h asks for it by name; the kernel's own integers have the same names. */
#pragma once
#ifdef HOST_TEST
#include_next <stdint.h>
#else
#include <lib/types.h>
#endif

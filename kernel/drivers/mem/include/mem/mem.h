/* SPDX-License-Identifier: GPL-2.0-only */
/* mem.h - boot's way in. */
#ifndef MEM_MEM_H
#define MEM_MEM_H

/* Registers the devices of major 1. */
void mem_devices_init(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* start_impl.h - what the start-up files of arch/x86 share: the loader's structures and the early steps. */
#ifndef ARCH_START_IMPL_H
#define ARCH_START_IMPL_H

#include <lib/types.h>

/* PVH: struct hvm_start_info and what it points to. All addresses are physical. */
#define PVH_MAGIC 0x336ec578

struct pvh_start_info {
	u32 magic, version, flags, nr_modules;
	u64 modlist_paddr, cmdline_paddr, rsdp_paddr;
	u64 memmap_paddr; /* from version 1 on */
	u32 memmap_entries, reserved;
};
ASSERT_SIZE(struct pvh_start_info, 56);

struct pvh_module {
	u64 paddr, size, cmdline_paddr, reserved;
};
ASSERT_SIZE(struct pvh_module, 32);

struct pvh_memmap_entry {
	u64 addr, size;
	u32 type, reserved;
};
ASSERT_SIZE(struct pvh_memmap_entry, 24);

unsigned long kaslr_start(const struct pvh_start_info *info, unsigned long load_delta);
void arch_start(phys_addr_t start_info, unsigned long load_delta);

#endif

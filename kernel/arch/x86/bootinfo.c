/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bootinfo.c - copies what the loader said out of its memory, and distrusts it.
 *
 * INVARIANTS  I1  ranges[] are sorted, not empty, and do not wrap around.
 *             I2  A module in modules[] lies wholly in RAM and touches nothing else; QEMU can put an initrd over ACPI
 *                 tables (q35 with a TPM). Such a module is refused: boot says so and stops.
 */
#include <arch/bootinfo.h>
#include <arch/memlayout.h>
#include <lib/string.h>
#include "start_impl.h"

struct boot_info boot_info;

static void add_range(struct boot_info *info, u64 start, u64 size, u32 type)
{
	u32 i;

	if (!size || start + size < start || info->nr_ranges == BOOT_MAX_RANGES)
		return;
	for (i = info->nr_ranges++; i > 0 && info->ranges[i - 1].start > start; i--)
		info->ranges[i] = info->ranges[i - 1];
	info->ranges[i] = (struct boot_range){ start, start + size, type };
}

static void copy_memmap(struct boot_info *info, const struct pvh_start_info *pvh)
{
	const struct pvh_memmap_entry *e = phys_to_virt(pvh->memmap_paddr);

	if (!pvh->version || !pvh->memmap_paddr)
		return;
	for (u32 i = 0; i < pvh->memmap_entries; i++)
		add_range(info, e[i].addr, e[i].size, e[i].type);
}

/* Why [start, end) can't be a module, or NULL. */
static const char *module_problem(const struct boot_info *info, phys_addr_t start, phys_addr_t end)
{
	phys_addr_t covered = start;

	for (u32 i = 0; i < info->nr_ranges; i++) {
		const struct boot_range *r = &info->ranges[i];

		if (r->end <= start || r->start >= end)
			continue;
		if (r->type != BOOT_RAM)
			return "lies over reserved memory";
		if (r->start <= covered)
			covered = max(covered, r->end);
	}
	if (start < info->image_end && end > info->image_start)
		return "lies over the kernel image";
	return covered >= end ? NULL : "lies outside memory";
}

static void copy_modules(struct boot_info *info, const struct pvh_start_info *pvh)
{
	const struct pvh_module *m = phys_to_virt(pvh->modlist_paddr);

	for (u32 i = 0; i < pvh->nr_modules && i < BOOT_MAX_MODULES; i++) {
		struct boot_range range = { m[i].paddr, m[i].paddr + m[i].size, 0 };
		const char *problem = module_problem(info, range.start, range.end);

		if (problem) {
			info->refusal = problem;
			info->refused = range;
			return;
		}
		info->modules[info->nr_modules++] = range;
	}
}

void bootinfo_init(phys_addr_t start_info)
{
	const struct pvh_start_info *pvh = phys_to_virt(start_info);

	boot_info.image_start = virt_to_phys(image_start);
	boot_info.image_end = virt_to_phys(image_end);
	if (pvh->magic != PVH_MAGIC) {
		boot_info.refusal = "the loader is not PVH";
		return;
	}
	if (pvh->cmdline_paddr)
		boot_info.is_cmdline_cut = strscpy(boot_info.cmdline, phys_to_virt(pvh->cmdline_paddr), BOOT_CMDLINE_SIZE) < 0;
	boot_info.rsdp = pvh->rsdp_paddr;
	copy_memmap(&boot_info, pvh);
	copy_modules(&boot_info, pvh);
}

u32 bootinfo_type_of(phys_addr_t pa)
{
	for (u32 i = 0; i < boot_info.nr_ranges; i++)
		if (pa >= boot_info.ranges[i].start && pa < boot_info.ranges[i].end)
			return boot_info.ranges[i].type;
	return 0;
}

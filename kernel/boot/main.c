/* SPDX-License-Identifier: GPL-2.0-only */
/* main.c - slice 1: to a printed line. */
#include <arch/alternative.h>
#include <arch/arch_port.h>
#include <arch/bootinfo.h>
#include <arch/cpu.h>
#include <arch/early_console.h>
#include <arch/early_mem.h>
#include <arch/extable.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/memlayout.h>
#include <arch/pgtable.h>
#include <paravirt/paravirt.h>

void kernel_main(void)
{
	early_printk("Perennial: image at %px (loaded at %llx), cmdline \"%s\"\n", image_start,
		     (unsigned long long)virt_to_phys(image_start), boot_info.cmdline);
	for (u32 i = 0; i < boot_info.nr_ranges; i++)
		early_printk("  %012llx-%012llx type %u\n", (unsigned long long)boot_info.ranges[i].start,
			     (unsigned long long)boot_info.ranges[i].end, boot_info.ranges[i].type);
	extable_init();
	cpu_detect(boot_info.cmdline);
	cpu_init_boot();
	early_printk("traps\n");
	pv_init(boot_info.cmdline);
	early_printk("pv %u inline %u call %u nop\n", pv_patch_stats.nr_inline, pv_patch_stats.nr_call, pv_patch_stats.nr_nop);
	alternatives_apply();
	early_mem_init();
	pgtable_init_kernel();
	early_printk("tables\n");
	percpu_init();
	early_printk("percpu\n");
	fpu_init();
	early_printk("W+X pages: %lu\n", pgtable_count_wx());
	for (;;)
		cpu_halt();
}

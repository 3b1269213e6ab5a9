/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ldt.c - the processor's side of local descriptor tables: ldt.h.
 *
 * WHAT        Making descriptors, loading a table, and telling other CPUs of a new one.
 * INVARIANTS  L1  A CPU's bit is in mm->active before it reads mm->ldt (arch_mm_switch()); a publisher stores mm->ldt before it
 *                 reads mm->active. So a CPU either loads the new table by itself or is interrupted.
 * TESTS       tests/guest/arch/ldt_test.c
 */
#include <arch/cpu.h>
#include <arch/irqflags.h>
#include <arch/ldt.h>
#include <arch/preempt.h>
#include <arch/pv.h>
#include <arch/smp.h>
#include "cpu_impl.h"

enum { DESC_ACCESSED = 1, DESC_WRITE = 2, DESC_S = 0x10, DESC_DPL3 = 0x60, DESC_PRESENT = 0x80, DESC_TYPE_LDT = 2 };
enum { DESC_AVL = 1, DESC_32BIT = 4, DESC_PAGES = 8 };

/* Where the parts of a descriptor stand (SDM vol. 3, 3.4.5). */
static u64 make_descriptor(u64 base, u64 limit, u64 access, u64 flags)
{
	return (limit & 0xffff) | (base & 0xffffff) << 16 | access << 40 | (limit >> 16 & 15) << 48 | flags << 52 |
	       (base >> 24 & 0xff) << 56;
}

u64 arch_ldt_entry(const struct user_desc *desc)
{
	u64 access = DESC_S | DESC_DPL3 | DESC_ACCESSED | desc->contents << 2, flags = 0;

	/* Accessed from the beginning: the processor never writes to the table. */
	if (!desc->read_exec_only)
		access |= DESC_WRITE;
	if (!desc->seg_not_present)
		access |= DESC_PRESENT;
	if (desc->useable)
		flags |= DESC_AVL;
	if (desc->seg_32bit)
		flags |= DESC_32BIT;
	if (desc->limit_in_pages)
		flags |= DESC_PAGES;
	return make_descriptor(desc->base_addr, desc->limit, access, flags);
}

void arch_ldt_load(const struct arch_ldt *ldt)
{
	u64 *slot = this_cpu_ptr(&cpu_gdt[LDT_SEL / 8]);
	u64 base;

	if (!ldt) {
		PV_VOID1(load_ldt, 0);
		return;
	}
	base = (u64)ldt->entries;
	slot[0] = make_descriptor(base, ldt->nr_entries * 8 - 1, DESC_PRESENT | DESC_TYPE_LDT, 0);
	slot[1] = base >> 32;
	PV_VOID1(load_ldt, LDT_SEL);
}

/* Is it code or data, present and of privilege 3? LAR looks at the tables as they are now. */
static bool is_loadable(u32 selector)
{
	u32 access;
	bool is_valid;

	asm volatile("larl %2, %0" : "=r"(access), "=@ccz"(is_valid) : "r"(selector | 3));
	if (!is_valid)
		return false;
	access >>= 8;
	if ((access & (DESC_PRESENT | DESC_S | DESC_DPL3)) != (DESC_PRESENT | DESC_S | DESC_DPL3))
		return false;
	return !(access & 8) || (access & 2); /* data, or code that can be read */
}

u32 arch_usable_selector(u32 selector)
{
	if (!(selector & 4)) /* the GDT's never change */
		return selector;
	return is_loadable(selector) ? selector : 0;
}

/* DS and ES hold what they were loaded with: look again. FS and GS keep their bases until they are loaded or switched. */
static void refresh_data_segments(void)
{
	u32 ds, es;

	asm volatile("movl %%ds, %0\n\tmovl %%es, %1" : "=r"(ds), "=r"(es));
	if (ds & 4)
		asm volatile("movl %0, %%ds" : : "r"(arch_usable_selector(ds)) : "memory");
	if (es & 4)
		asm volatile("movl %0, %%es" : : "r"(arch_usable_selector(es)) : "memory");
}

static void reload(void *arg)
{
	struct arch_mm *mm = arg;

	if (arch_mm_loaded() != mm)
		return;
	arch_mm_reload_ldt();
	refresh_data_segments();
}

static const struct ipi_ops reload_ops = { .name = "ldt_reload", .run = reload };

void arch_ldt_publish(struct arch_mm *mm, const struct arch_ldt *ldt)
{
	unsigned long flags;
	cpumask_t others;

	preempt_disable();
	WRITE_ONCE(mm->ldt, ldt);
	smp_mb(); /* pairs with cpumask_set_cpu() in arch_mm_switch(): L1 */
	others = (cpumask_t){ cpumask_bits(&mm->active) & ~(1ull << smp_processor_id()) };
	local_irq_save(flags);
	reload(mm);
	local_irq_restore(flags);
	if (others.bits)
		smp_call_function_mask(others, &reload_ops, mm, true);
	preempt_enable();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * espfix.c - the return to a 16-bit stack, which would show programs half of the kernel's stack pointer.
 *
 * WHAT        IRET to a stack segment of 16 bits sets SP alone: bits 31 to 16 of ESP stay the kernel's. So such a return is made from
 *             a frame at an address whose bits 31 to 16 are the program's own. One page holds a frame for each CPU; it is mapped
 *             every 64 KiB of 4 GiB, whatever these bits are, by tables that are their own neighbours:
 *
 *                 kernel_pgd[ESPFIX_WINDOW] -> puds[0..3] -> all of pmds[] -> every 16th of ptes[] -> frames
 *
 *             pv_native_return_iret copies the frame there by the page's ordinary address, and returns from the alias.
 * INVARIANTS  I1  The aliases are read-only. An IRET that faults cannot push its exception there: that ends as a double fault, on
 *                 a stack of its own, with the address of the IRET. espfix_recover() makes a general protection fault of it.
 *             I2  A CPU's frame is used with interrupts off, from the copy to the IRET. NMIs do not come back to user mode by IRET here.
 *             I3  Bits 63 to 32 and 15 to 0 of an alias are known to everybody: nothing is given away by them.
 * TESTS       tests/guest/arch/ldt16_test.c
 */
#include <arch/pgtable.h>
#include <arch/preempt.h>
#include "cpu_impl.h"
#include "espfix_impl.h"

#define ALIAS_PTES (0x10000 / PAGE_SIZE)
#define ALIAS_PUDS (0x100000000ul / PUD_SIZE)

/* What IRET pops, above a place for rax; pv_native_ops.S knows the layout. */
struct espfix_frame {
	unsigned long ax, ip, cs, flags, sp, ss, unused[2];
};
ASSERT_SIZE(struct espfix_frame, 64);
ASSERT_OFFSET(struct espfix_frame, ss, ESPFIX_SS);

static struct {
	pud_t puds[PTRS_PER_TABLE];
	pmd_t pmds[PTRS_PER_TABLE];
	pte_t ptes[PTRS_PER_TABLE];
	struct espfix_frame frames[NR_CPUS];
} espfix __aligned(PAGE_SIZE) __section(".bss..page_aligned");
_Static_assert(sizeof(espfix.frames) <= PAGE_SIZE, "the aliases map one page");

/* This CPU's frame, and the lowest of its aliases. */
DEFINE_PERCPU(struct espfix_frame *, espfix_frame);
DEFINE_PERCPU(unsigned long, espfix_alias);

static phys_addr_t new_table(const void *table, int level)
{
	phys_addr_t pa = virt_to_phys(table);

	PV_VOID2(alloc_table, level, PHYS_PFN(pa));
	return pa | _TABLE_KERNEL;
}

void espfix_init(void)
{
	u64 puds = new_table(espfix.puds, 3), pmds = new_table(espfix.pmds, 2), ptes = new_table(espfix.ptes, 1);

	for (u32 i = 0; i < PTRS_PER_TABLE; i += ALIAS_PTES)
		set_pte(&espfix.ptes[i], pfn_pte(PHYS_PFN(virt_to_phys(espfix.frames)), PAGE_KERNEL_RO));
	for (u32 i = 0; i < PTRS_PER_TABLE; i++)
		set_pmd(&espfix.pmds[i], __pmd(ptes));
	for (u32 i = 0; i < ALIAS_PUDS; i++)
		set_pud(&espfix.puds[i], __pud(pmds));
	set_pgd(&kernel_pgd[pgd_index(ESPFIX_WINDOW)], __pgd(puds));
}

void espfix_init_cpu(int cpu)
{
	per_cpu(espfix_frame, cpu) = &espfix.frames[cpu];
	per_cpu(espfix_alias, cpu) = ESPFIX_WINDOW + cpu * sizeof(struct espfix_frame);
}

bool espfix_recover(struct pt_regs *regs)
{
	const struct espfix_frame *from = this_cpu_read(espfix_frame);
	unsigned long *frame = (unsigned long *)this_cpu_read(cpu_tss.sp0) - 5;

	if (regs->ip != (unsigned long)native_iret_insn || regs->cs != KERNEL_CS ||
	    pgd_index(regs->sp) != pgd_index(ESPFIX_WINDOW))
		return false;
	frame[0] = from->ip;
	frame[1] = from->cs;
	frame[2] = from->flags;
	frame[3] = from->sp;
	frame[4] = from->ss;
	regs->ip = (unsigned long)bad_iret_espfix;
	regs->sp = (unsigned long)frame;
	return true;
}

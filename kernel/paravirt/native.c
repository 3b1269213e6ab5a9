/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * native.c - the back end for hardware that does everything itself (and for TCG): arch/x86/pv_native_ops.S has the
 * instructions, and what takes more than those is in the file that owns it (APIC, TLB).
 */
#include <arch/cpu.h>
#include <arch/pv_native.h>
#include "paravirt_impl.h"

struct pv_ops pv_ops __section(".data..ro_after_init") = {
	.irq_save = pv_native_irq_save,
	.irq_flags = pv_native_irq_flags,
	.irq_disable = pv_native_irq_disable,
	.irq_enable = pv_native_irq_enable,
	.halt = pv_native_halt,
	.safe_halt = pv_native_safe_halt,
	.read_cr0 = pv_native_read_cr0,
	.write_cr0 = pv_native_write_cr0,
	.read_cr2 = pv_native_read_cr2,
	.write_cr2 = pv_native_write_cr2,
	.read_cr3 = pv_native_read_cr3,
	.write_cr3 = pv_native_write_cr3,
	.read_cr4 = pv_native_read_cr4,
	.write_cr4 = pv_native_write_cr4,
	.read_msr = pv_native_read_msr,
	.write_msr = pv_native_write_msr,
	.read_msr_safe = pv_native_read_msr_safe,
	.write_msr_safe = pv_native_write_msr_safe,
	.tlb_flush_local = pv_native_tlb_flush_local,
	.tlb_flush_global = pv_native_tlb_flush_global,
	.tlb_flush_one = pv_native_tlb_flush_one,
	.tlb_flush_others = pv_native_tlb_flush_others,
	.set_pte = pv_native_set_pte,
	.set_pmd = pv_native_set_pmd,
	.set_pud = pv_native_set_pud,
	.set_pgd = pv_native_set_pgd,
	.make_entry = pv_native_make_entry,
	.entry_val = pv_native_entry_val,
	.pte_xchg = pv_native_pte_xchg,
	.pte_and = pv_native_pte_and,
	.pte_test_clear = pv_native_pte_test_clear,
	.alloc_table = pv_native_alloc_table,
	.release_table = pv_native_release_table,
	.load_gdt = pv_native_load_gdt,
	.load_idt = pv_native_load_idt,
	.load_tr = pv_native_load_tr,
	.load_ldt = pv_native_load_ldt,
	.load_sp0 = pv_native_load_sp0,
	.write_fsbase = pv_native_write_fsbase_msr,
	.write_user_gsbase = pv_native_write_user_gsbase_msr,
	.return_sysret = pv_native_return_sysret,
	.return_iret = pv_native_return_iret,
	.io_delay = pv_native_io_delay,
	.clock_read = pv_native_clock_read,
	.send_ipi = pv_native_send_ipi,
	.send_ipi_mask = pv_native_send_ipi_mask,
	.lock_wait = pv_native_lock_wait,
	.lock_kick = pv_native_lock_kick,
	.vcpu_is_preempted = pv_native_vcpu_is_preempted,
};

static bool native_detect(void)
{
	return true;
}

static void native_init(struct pv_ops *ops)
{
	if (cpu_has(FEATURE_HYPERVISOR)) {
		ops->lock_wait = pv_halting_lock_wait;
		ops->lock_kick = pv_nmi_lock_kick;
	}
	if (!cpu_has(FEATURE_FSGSBASE))
		return;
	ops->write_fsbase = pv_native_write_fsbase;
	ops->write_user_gsbase = pv_native_write_user_gsbase;
}

/* An operation whose function is one of pv_native_ops.S may be copied into its sites. */
static bool native_code(unsigned int nr, const u8 **start, const u8 **end)
{
	const void *fn = ((const void *const *)&pv_ops)[nr];

	for (unsigned int i = 0; i < pv_native_nr_codes; i++) {
		if (pv_native_codes[i].start != fn)
			continue;
		*start = pv_native_codes[i].start;
		*end = pv_native_codes[i].end;
		return true;
	}
	return false;
}

const struct pv_backend pv_native_backend = {
	.name = "bare hardware",
	.detect = native_detect,
	.init = native_init,
	.inline_code = native_code,
};

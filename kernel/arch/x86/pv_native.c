/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pv_native.c - which native operations are plain instructions, so that the patcher may copy them, and the
 * native operations that do nothing.
 */
#include <arch/pv_native.h>

/* The stubs in pv_trace.S are 64. */
_Static_assert(PV_NR_OPS <= 64, "pv_trace.S");

DEFINE_PERCPU(u64, pv_trace_counts[PV_NR_OPS]);

#define CODE(name) extern const u8 pv_native_##name##_code[] asm("pv_native_" #name); \
	extern const u8 pv_native_##name##_end[]
#define CODES(X) X(irq_save) X(irq_flags) X(irq_disable) X(irq_enable) X(halt) X(safe_halt) X(read_cr0) \
	X(write_cr0) X(read_cr2) X(write_cr2) X(read_cr3) X(write_cr3) X(read_cr4) X(write_cr4) \
	X(tlb_flush_local) X(tlb_flush_one) X(set_pte) X(set_pmd) X(set_pud) X(set_pgd) X(make_entry) \
	X(entry_val) X(pte_xchg) X(pte_and) X(alloc_table) X(release_table) X(load_gdt) X(load_idt) \
	X(load_tr) X(load_ldt) X(load_sp0) X(write_fsbase) X(return_sysret) X(io_delay) X(lock_wait) X(lock_kick) \
	X(vcpu_is_preempted)
#define DECLARE(name) CODE(name);
CODES(DECLARE)

#define ENTRY(name) { pv_native_##name##_code, pv_native_##name##_end },
const struct pv_native_code pv_native_codes[] = { CODES(ENTRY) };
const unsigned int pv_native_nr_codes = ARRAY_SIZE(pv_native_codes);

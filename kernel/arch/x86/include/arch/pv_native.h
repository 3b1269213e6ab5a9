/* SPDX-License-Identifier: GPL-2.0-only */
/* pv_native.h - the native operations by name, for the back ends in paravirt/ (others leave out what they keep). */
#ifndef ARCH_PV_NATIVE_H
#define ARCH_PV_NATIVE_H

#include <arch/percpu.h>
#include <arch/pv.h>

#define PV_OP(name, ret, args) ret pv_native_##name args __pvcall;
#include <arch/pv_ops.def>
#undef PV_OP

/* For CPUs without FSGSBASE. */
void pv_native_write_fsbase_msr(u64 base) __pvcall;
void pv_native_write_user_gsbase_msr(u64 base) __pvcall;

/* Under a hypervisor: halt until an NMI, which is the kick (pv_native_ops.S, apic.c). */
void pv_halting_lock_wait(u8 *held, u64 with_irqs) __pvcall;
void pv_nmi_lock_kick(u64 cpu) __pvcall;
/* An NMI in between goes on at the end. */
extern const u8 pv_lock_halt_begin[], pv_lock_halt_end[];

/* Which of them are plain instructions: code without its return. */
struct pv_native_code {
	const u8 *start, *end;
};
extern const struct pv_native_code pv_native_codes[];
extern const unsigned int pv_native_nr_codes;

/* Counting stubs, one per operation, each PV_TRACE_STUB_SIZE bytes. */
#define PV_TRACE_STUB_SIZE 16
extern const u8 pv_trace_stubs[];
extern struct pv_ops pv_traced_ops;
DECLARE_PERCPU(u64, pv_trace_counts[PV_NR_OPS]);

#endif

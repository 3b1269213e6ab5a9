/* SPDX-License-Identifier: GPL-2.0-only */
/* msr.h - model specific registers, control registers, the time stamp counter. */
#ifndef ARCH_MSR_H
#define ARCH_MSR_H

#include <arch/pv.h>

#define MSR_TSC 0x10
#define MSR_APIC_BASE 0x1b
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_PAT 0x277
#define MSR_X2APIC(reg) (0x800 + ((reg) >> 4))
#define MSR_EFER 0xc0000080
#define MSR_STAR 0xc0000081
#define MSR_LSTAR 0xc0000082
#define MSR_CSTAR 0xc0000083
#define MSR_SYSCALL_MASK 0xc0000084
#define MSR_FS_BASE 0xc0000100
#define MSR_GS_BASE 0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define EFER_SCE 0x001ul
#define EFER_LME 0x100ul
#define EFER_NX 0x800ul

#define CR0_PE 0x00000001ul
#define CR0_MP 0x00000002ul
#define CR0_EM 0x00000004ul
#define CR0_TS 0x00000008ul
#define CR0_ET 0x00000010ul
#define CR0_NE 0x00000020ul
#define CR0_WP 0x00010000ul
#define CR0_AM 0x00040000ul
#define CR0_PG 0x80000000ul
#define CR4_TSD 0x00000004ul
#define CR4_PSE 0x00000010ul
#define CR4_PAE 0x00000020ul
#define CR4_PGE 0x00000080ul
#define CR4_OSFXSR 0x00000200ul
#define CR4_OSXMMEXCPT 0x00000400ul
#define CR4_UMIP 0x00000800ul
#define CR4_FSGSBASE 0x00010000ul
#define CR4_OSXSAVE 0x00040000ul
#define CR4_SMEP 0x00100000ul
#define CR4_SMAP 0x00200000ul
#define CR4_PKE 0x00400000ul

static __always_inline u64 read_msr(u32 msr) { return PV_CALL1(read_msr, msr); }
static __always_inline void write_msr(u32 msr, u64 v) { PV_VOID2(write_msr, msr, v); }
static __always_inline int read_msr_safe(u32 msr, u64 *v) { return (int)PV_CALL2(read_msr_safe, msr, v); }
static __always_inline int write_msr_safe(u32 msr, u64 v) { return (int)PV_CALL2(write_msr_safe, msr, v); }
static __always_inline u64 read_cr0(void) { return PV_CALL0(read_cr0); }
static __always_inline void write_cr0(u64 v) { PV_VOID1(write_cr0, v); }
static __always_inline u64 read_cr2(void) { return PV_CALL0(read_cr2); }
static __always_inline u64 read_cr3(void) { return PV_CALL0(read_cr3); }
static __always_inline void write_cr3(u64 v) { PV_VOID1(write_cr3, v); }
static __always_inline u64 read_cr4(void) { return PV_CALL0(read_cr4); }
static __always_inline void write_cr4(u64 v) { PV_VOID1(write_cr4, v); }

/* The counter, not ordered against surrounding code: entropy, rough times. pv_clock_read() is ordered. */
static __always_inline u64 rdtsc(void)
{
	u32 lo, hi;

	asm volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

/* 64 random bits from the CPU; false when it has none (now). */
bool cpu_random_u64(u64 *out);

#endif

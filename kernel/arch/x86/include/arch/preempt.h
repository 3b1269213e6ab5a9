/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * preempt.h - may this CPU switch threads now?
 *
 * WHAT        arch_preempt_count, one per CPU, says why it may not: bits 0-7 depth of preempt_disable(),
 *             8-15 depth of local_bh-like sections, 16-19 hard interrupts, 20-23 NMIs. Bit 31 is *clear*
 *             when a reschedule is wanted, so "depth 0 and wanted" is the value 0, and preempt_enable()
 *             is one decrement and one branch.
 * INVARIANTS  I1  The count belongs to the CPU: arch_switch_to() is always called with the same depth
 *                 (1 + what the scheduler's own lock adds), so the count need not move with threads.
 *             I2  sched_preempt() is called with depth exactly 1 and interrupts enabled.
 */
#ifndef ARCH_PREEMPT_H
#define ARCH_PREEMPT_H

#include <arch/barrier.h>
#include <arch/percpu.h>

#define PREEMPT_OFFSET 0x00000001u
#define SOFTIRQ_OFFSET 0x00000100u
#define HARDIRQ_OFFSET 0x00010000u
#define NMI_OFFSET 0x00100000u
#define PREEMPT_MASK 0x000000ffu
#define SOFTIRQ_MASK 0x0000ff00u
#define HARDIRQ_MASK 0x000f0000u
#define NMI_MASK 0x00f00000u
#define PREEMPT_NO_RESCHED 0x80000000u /* set: no reschedule wanted */
#define PREEMPT_DISABLED_INIT (PREEMPT_NO_RESCHED + PREEMPT_OFFSET)

DECLARE_PERCPU(u32, arch_preempt_count);

/* The count without the reschedule bit. */
static inline u32 preempt_count(void)
{
	return this_cpu_read(arch_preempt_count) & ~PREEMPT_NO_RESCHED;
}

static inline void preempt_disable(void)
{
	asm volatile("incl %%gs:%0" : "+m"(arch_preempt_count) : : "memory", "cc");
}

static inline void preempt_enable_no_resched(void)
{
	asm volatile("decl %%gs:%0" : "+m"(arch_preempt_count) : : "memory", "cc");
}

/* preempt_slow_thunk keeps every register, so the fast path costs two instructions. */
static inline void preempt_enable(void)
{
	asm volatile("decl %%gs:%0\n\t"
		     "jnz 771f\n\t"
		     "call preempt_slow_thunk\n771:"
		     : "+m"(arch_preempt_count) : : "memory", "cc");
}

static inline void preempt_count_add(u32 val)
{
	this_cpu_add(arch_preempt_count, val);
	barrier();
}

static inline void preempt_count_sub(u32 val)
{
	barrier();
	this_cpu_sub(arch_preempt_count, val);
}

/* A reschedule of this CPU is wanted / no longer wanted. */
static inline void set_preempt_need_resched(void)
{
	this_cpu_and(arch_preempt_count, ~PREEMPT_NO_RESCHED);
}

static inline void clear_preempt_need_resched(void)
{
	this_cpu_or(arch_preempt_count, PREEMPT_NO_RESCHED);
}

static inline bool test_preempt_need_resched(void)
{
	return !(this_cpu_read(arch_preempt_count) & PREEMPT_NO_RESCHED);
}

/* Depth 0 and wanted: this is the moment. */
static inline bool should_resched(u32 offset)
{
	return this_cpu_read(arch_preempt_count) == offset;
}

#define in_hardirq() ((preempt_count() & HARDIRQ_MASK) != 0)
#define in_nmi() ((preempt_count() & NMI_MASK) != 0)
#define in_interrupt() ((preempt_count() & (HARDIRQ_MASK | NMI_MASK | SOFTIRQ_MASK)) != 0)
#define in_task() (!in_interrupt())
/* True when the caller must not sleep. */
#define in_atomic() (preempt_count() != 0)
#define preemptible() (preempt_count() == 0 && !irqs_disabled())

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * smp.h - calls and signals between CPUs.
 * LOCKING     smp_call_function_mask() with wait must not be used with interrupts off (two CPUs could wait for
 *             each other); the operation itself runs with interrupts off in interrupt context.
 */
#ifndef ARCH_SMP_H
#define ARCH_SMP_H

#include <arch/cpu.h>

struct ipi_ops {
	const char *name;
	void (*run)(void *arg);
};

/* Makes @cpu pass through the scheduler's interrupt: port sched_ipi(), then NEED_RESCHED is looked at. */
void smp_send_reschedule(int cpu);
/* Runs @ops->run(@arg) on every online CPU of @mask other than the caller's. @wait: until all are done. */
void smp_call_function_mask(cpumask_t mask, const struct ipi_ops *ops, void *arg, bool wait);
/* The same, on this CPU too (directly). */
void smp_call_all(const struct ipi_ops *ops, void *arg);
/* For panic: all other CPUs stop for ever, even with interrupts off (NMI). */
void stop_other_cpus(void);

#endif

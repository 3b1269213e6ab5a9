/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irq.h - interrupt vectors of devices.
 *
 * WHAT        Each CPU has its own table of vectors. A device gets a vector on one CPU: {cpu, vector} is what
 *             goes into an MSI message or an I/O APIC entry.
 * LOCKING     Handlers run with interrupts off on the CPU's interrupt stack; they must not sleep.
 * LIFECYCLE   irq_vector_alloc -> interrupts -> mask the device -> irq_vector_free, which waits until no
 *             handler of it runs.
 */
#ifndef ARCH_IRQ_H
#define ARCH_IRQ_H

#include <arch/cpumask.h>
#include <lib/types.h>

struct irq_ops {
	const char *name;
	void (*handle)(void *ctx);
};

struct irq_vector {
	int cpu;
	int vector;
};

#define VECTOR_DEVICE_FIRST 0x30
#define VECTOR_DEVICE_LAST 0xef
#define VECTOR_CALL 0xfb
#define VECTOR_RESCHEDULE 0xfc
#define VECTOR_TIMER 0xfd
#define VECTOR_ERROR 0xfe
#define VECTOR_SPURIOUS 0xff

/* A vector on one CPU of @mask (the online one with the fewest). 0, -ENOSPC, -EINVAL (empty mask). */
int irq_vector_alloc(const struct irq_ops *ops, void *ctx, cpumask_t mask, struct irq_vector *out)
	__must_check;
void irq_vector_free(struct irq_vector vector);
/* The I/O APIC needs a second word after the handler for level interrupts: called after EOI. */

/* One line of /proc/interrupts. */
struct irq_stat {
	const char *name;
	int cpu, vector;
	u64 count;
};
/* Walks vectors that are in use: *cursor starts at 0; false at the end. */
bool irq_stat_next(unsigned int *cursor, struct irq_stat *out);
/* Interrupts taken by @cpu since it started. */
u64 irq_count_cpu(int cpu);

/* Sleep a moment in irq_vector_free() terms: waits until handlers in progress on other CPUs are done. */
void irq_synchronize(struct irq_vector vector);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioapic.h - global system interrupts (GSI): the wires of devices without message interrupts.
 *
 * LOCKING     ioapic.c's own lock, rank none: a raw word, interrupts off.
 * LIFECYCLE   gsi_request -> interrupts -> gsi_free
 */
#ifndef ARCH_IOAPIC_H
#define ARCH_IOAPIC_H

#include <arch/irq.h>

#define GSI_EDGE       0u
#define GSI_LEVEL      1u
#define GSI_ACTIVE_LOW 2u
#define GSI_ISA	       4u /* the number is an ISA interrupt: overrides of the firmware apply */

struct gsi_line {
	u32 gsi;
	struct irq_vector vector;
};

/* Maps the I/O APICs of acpi_info (or the usual one) and masks every line. Once. */
void ioapic_init(void);
/* Route @gsi to @ops on a CPU of @mask and open it. 0, -ENODEV (no such line), -EBUSY, -ENOSPC. */
int gsi_request(u32 gsi, u32 flags, const struct irq_ops *ops, void *ctx, cpumask_t mask,
		struct gsi_line *line) __must_check;
void gsi_free(struct gsi_line *line);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* irqflags.h - the interrupt flag of this CPU, through the operations table. */
#ifndef ARCH_IRQFLAGS_H
#define ARCH_IRQFLAGS_H

#include <arch/pv.h>

#define X86_EFLAGS_IF_BIT 0x200ul

static inline void local_irq_disable(void)
{
	pv_irq_disable();
}

static inline void local_irq_enable(void)
{
	pv_irq_enable();
}

static inline bool irqs_disabled_flags(unsigned long flags)
{
	return !(flags & X86_EFLAGS_IF_BIT);
}

static inline bool irqs_disabled(void)
{
	return irqs_disabled_flags(pv_irq_flags());
}

static inline unsigned long arch_local_irq_save(void)
{
	return pv_irq_save();
}

static inline void arch_local_irq_restore(unsigned long flags)
{
	if (flags & X86_EFLAGS_IF_BIT)
		pv_irq_enable();
}

/* Disables interrupts; @flags (unsigned long) remembers how it was. */
#define local_irq_save(flags) ((flags) = arch_local_irq_save())
/* Undoes local_irq_save(): never leaves interrupts more disabled than they are. */
#define local_irq_restore(flags) arch_local_irq_restore(flags)
#define local_save_flags(flags) ((flags) = pv_irq_flags())

/* Enables interrupts and sleeps until one comes, with no gap between the two. */
static inline void cpu_safe_halt(void)
{
	pv_safe_halt();
}

/* Sleeps until an NMI or reset; interrupts stay as they are. */
static inline void cpu_halt(void)
{
	pv_halt();
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * irq.c - from a vector to its handler.
 *
 * WHAT        irq_dispatch() runs on the CPU's interrupt stack. The four vectors of our own go to timer, scheduler and
 *             cross-calls; the others to the handler that irq_vector_alloc() put into this CPU's slot.
 * INVARIANTS  I1  A slot with ops == NULL is free. ops is written last when filling, first when freeing.
 *             I2  in_handler holds the vector a CPU is working on, so that irq_synchronize() can wait for it.
 * LOCKING     irq_lock (a bit lock of this file: slots are few and changes rare); handlers take none.
 */
#include <arch/arch_port.h>
#include <arch/atomic.h>
#include <arch/irq.h>
#include <arch/irqflags.h>
#include <arch/preempt.h>
#include <arch/thread.h>
#include <lib/errno.h>
#include "apic_impl.h"
#include "cpu_impl.h"
#include "smp_impl.h"

struct irq_slot {
	const struct irq_ops *ops;
	void *ctx;
	u64 count;
};

DEFINE_PERCPU(struct irq_slot, irq_slots[VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1]);
DEFINE_PERCPU(u64, irq_total);
DEFINE_PERCPU(u64, irq_timer_count);
DEFINE_PERCPU(u64, irq_resched_count);
DEFINE_PERCPU(u64, irq_call_count);
DEFINE_PERCPU(u64, irq_spurious_count);
DEFINE_PERCPU(int, irq_in_handler);

static struct {
	atomic_t lock;
} irq_lock;

static unsigned long irq_table_lock(void)
{
	unsigned long flags;

	local_irq_save(flags);
	while (atomic_xchg(&irq_lock.lock, 1))
		cpu_relax();
	return flags;
}

static void irq_table_unlock(unsigned long flags)
{
	atomic_set_release(&irq_lock.lock, 0);
	local_irq_restore(flags);
}

static void device_interrupt(int vector)
{
	struct irq_slot *slot = this_cpu_ptr(&irq_slots[vector - VECTOR_DEVICE_FIRST]);
	const struct irq_ops *ops;

	this_cpu_write(irq_in_handler, vector);
	smp_mb(); /* pairs with irq_vector_free(): in_handler before ops */
	ops = READ_ONCE(slot->ops);
	if (ops) {
		slot->count++;
		ops->handle(slot->ctx);
	} else {
		this_cpu_inc(irq_spurious_count);
	}
	smp_store_release(this_cpu_ptr(&irq_in_handler), 0);
}

void irq_dispatch(struct pt_regs *regs, int vector)
{
	preempt_count_add(HARDIRQ_OFFSET);
	this_cpu_inc(irq_total);
	switch (vector) {
	case VECTOR_TIMER:
		apic_eoi();
		this_cpu_inc(irq_timer_count);
		timer_interrupt();
		break;
	case VECTOR_RESCHEDULE:
		apic_eoi();
		this_cpu_inc(irq_resched_count);
		sched_ipi();
		break;
	case VECTOR_CALL:
		apic_eoi();
		this_cpu_inc(irq_call_count);
		smp_handle_calls();
		break;
	case VECTOR_SPURIOUS:
	case VECTOR_ERROR:
		this_cpu_inc(irq_spurious_count);
		if (vector == VECTOR_ERROR)
			apic_eoi();
		break;
	default:
		if (vector >= VECTOR_DEVICE_FIRST && vector <= VECTOR_DEVICE_LAST)
			device_interrupt(vector);
		else
			this_cpu_inc(irq_spurious_count);
		apic_eoi();
	}
	preempt_count_sub(HARDIRQ_OFFSET);
}

static int used_vectors(int cpu)
{
	const struct irq_slot *slots = per_cpu_ptr(&irq_slots[0], cpu);
	int used = 0;

	for (int i = 0; i <= VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST; i++)
		used += slots[i].ops != NULL;
	return used;
}

static int least_used_cpu(cpumask_t mask)
{
	int best = -1, best_used = 0, cpu;

	for_each_cpu(cpu, &mask) {
		int used = used_vectors(cpu);

		if (best < 0 || used < best_used) {
			best = cpu;
			best_used = used;
		}
	}
	return best;
}

int irq_vector_alloc(const struct irq_ops *ops, void *ctx, cpumask_t mask, struct irq_vector *out)
{
	unsigned long flags = irq_table_lock();
	int cpu = least_used_cpu(cpumask_and(mask, cpu_online_mask)), err = -ENOSPC;
	struct irq_slot *slots;

	if (cpu < 0) {
		irq_table_unlock(flags);
		return -EINVAL;
	}
	slots = per_cpu_ptr(&irq_slots[0], cpu);
	for (int i = 0; i <= VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST; i++) {
		if (slots[i].ops)
			continue;
		slots[i].ctx = ctx;
		slots[i].count = 0;
		smp_store_release(&slots[i].ops, ops);
		*out = (struct irq_vector){ cpu, VECTOR_DEVICE_FIRST + i };
		err = 0;
		break;
	}
	irq_table_unlock(flags);
	return err;
}

void irq_synchronize(struct irq_vector vector)
{
	while (READ_ONCE(per_cpu(irq_in_handler, vector.cpu)) == vector.vector &&
	       vector.cpu != smp_processor_id())
		cpu_relax();
}

void irq_vector_free(struct irq_vector vector)
{
	struct irq_slot *slot = per_cpu_ptr(&irq_slots[vector.vector - VECTOR_DEVICE_FIRST], vector.cpu);
	unsigned long flags = irq_table_lock();

	WRITE_ONCE(slot->ops, NULL);
	smp_mb(); /* pairs with device_interrupt(): ops before in_handler */
	irq_table_unlock(flags);
	irq_synchronize(vector);
}

/* Rows of one CPU: 4 of ours, then its device vectors. */
#define ROWS (4 + VECTOR_DEVICE_LAST - VECTOR_DEVICE_FIRST + 1)

static bool row_of_cpu(int cpu, unsigned int row, struct irq_stat *out)
{
	const struct irq_slot *slot;

	out->cpu = cpu;
	switch (row) {
	case 0:
		*out = (struct irq_stat){ "timer", cpu, VECTOR_TIMER, per_cpu(irq_timer_count, cpu) };
		return true;
	case 1:
		*out = (struct irq_stat){ "reschedule", cpu, VECTOR_RESCHEDULE, per_cpu(irq_resched_count, cpu) };
		return true;
	case 2:
		*out = (struct irq_stat){ "call", cpu, VECTOR_CALL, per_cpu(irq_call_count, cpu) };
		return true;
	case 3:
		*out = (struct irq_stat){ "spurious", cpu, VECTOR_SPURIOUS, per_cpu(irq_spurious_count, cpu) };
		return true;
	}
	slot = per_cpu_ptr(&irq_slots[row - 4], cpu);
	if (!slot->ops)
		return false;
	*out = (struct irq_stat){ slot->ops->name, cpu, VECTOR_DEVICE_FIRST + row - 4, slot->count };
	return true;
}

bool irq_stat_next(unsigned int *cursor, struct irq_stat *out)
{
	while (*cursor < ROWS * (unsigned int)nr_cpu_ids) {
		unsigned int at = (*cursor)++;

		if (row_of_cpu(at / ROWS, at % ROWS, out))
			return true;
	}
	return false;
}

u64 irq_count_cpu(int cpu)
{
	return per_cpu(irq_total, cpu);
}

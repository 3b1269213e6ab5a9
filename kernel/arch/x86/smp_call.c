/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * smp_call.c - runs an operation on other CPUs.
 *
 * WHAT        Each CPU owns one call record per target. To call, it fills the record, pushes it on the target's
 *             list and, if the list was empty, sends an interrupt. The target takes the whole list.
 * INVARIANTS  I1  A record is owned by the sender while busy == 0, by the target while busy == 1.
 *             I2  Only the sending CPU, with preemption off, uses its records: no lock.
 *             I3  A waiting sender answers calls itself only by interrupt, so interrupts must be on.
 */
#include <arch/apic.h>
#include <arch/irq.h>
#include <arch/irqflags.h>
#include <arch/pv_native.h>
#include <arch/preempt.h>
#include <lib/assert.h>
#include <lib/llist.h>
#include "apic_impl.h"
#include "cpu_impl.h"
#include "smp_impl.h"

struct call_record {
	struct llist_node node;
	const struct ipi_ops *ops;
	void *arg;
	u32 busy;
};

DEFINE_PERCPU(struct call_record, call_records[NR_CPUS]);
DEFINE_PERCPU(struct llist_head, call_queue);

static struct {
	bool is_stopping;
} smp_stop;

void smp_handle_calls(void)
{
	struct llist_node *node = llist_del_all(this_cpu_ptr(&call_queue));

	node = llist_reverse_order(node);
	while (node) {
		struct call_record *call = container_of(node, struct call_record, node);

		node = node->next;
		call->ops->run(call->arg);
		smp_store_release(&call->busy, 0); /* pairs with wait_record() */
	}
}

static void wait_record(struct call_record *call)
{
	smp_cond_load_acquire(&call->busy, !VAL);
}

static bool queue_call(int cpu, const struct ipi_ops *ops, void *arg)
{
	struct call_record *call = this_cpu_ptr(&call_records[cpu]);

	wait_record(call);
	call->ops = ops;
	call->arg = arg;
	WRITE_ONCE(call->busy, 1);
	return llist_add(&call->node, per_cpu_ptr(&call_queue, cpu));
}

void smp_call_function_mask(cpumask_t mask, const struct ipi_ops *ops, void *arg, bool wait)
{
	cpumask_t targets, wake = CPUMASK_NONE;
	int cpu;

	preempt_disable();
	targets = cpumask_and(mask, cpu_online_mask);
	targets.bits &= ~(1ull << smp_processor_id());
	if (!targets.bits) {
		preempt_enable();
		return;
	}
	KASSERT(!wait || !irqs_disabled() || smp_stop.is_stopping); /* I3 */
	for_each_cpu(cpu, &targets)
		if (queue_call(cpu, ops, arg))
			wake.bits |= 1ull << cpu;
	if (wake.bits)
		pv_send_ipi_mask(&wake, VECTOR_CALL);
	if (wait)
		for_each_cpu(cpu, &targets)
			wait_record(this_cpu_ptr(&call_records[cpu]));
	preempt_enable();
}

void smp_call_all(const struct ipi_ops *ops, void *arg)
{
	unsigned long flags;

	preempt_disable();
	smp_call_function_mask(cpu_online_mask, ops, arg, true);
	local_irq_save(flags);
	ops->run(arg);
	local_irq_restore(flags);
	preempt_enable();
}

void smp_send_reschedule(int cpu)
{
	pv_send_ipi(cpu, VECTOR_RESCHEDULE);
}

void stop_other_cpus(void)
{
	smp_stop.is_stopping = true;
	if (cpumask_weight(&cpu_online_mask) > 1)
		apic_send_nmi_all_others();
}

void smp_handle_nmi(struct pt_regs *regs)
{
	if (!user_mode(regs) && regs->ip >= (unsigned long)pv_lock_halt_begin && regs->ip < (unsigned long)pv_lock_halt_end)
		regs->ip = (unsigned long)pv_lock_halt_end; /* kicked before it halted */
	if (!READ_ONCE(smp_stop.is_stopping))
		return;
	cpumask_clear_cpu(smp_processor_id(), &cpu_online_mask);
	for (;;)
		cpu_halt();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * srcu.c - grace periods for readers that sleep.
 *
 * WHAT        Readers count themselves in and out of one of two generations. A grace period turns the
 *             generation over and waits until the old one's ins and outs agree, twice, because a reader may have read
 *             the index just before it turned.
 * LOCKING     mutex: one grace period at a time. Counts are per processor, summed without a lock: outs first, then
 *             ins, so a sum that agrees proves that nobody was inside.
 */
#include <sync/srcu.h>
#include <sync/sync_port.h>
#include <arch/cpu.h>

#define SRCU_POLL_NS 500000ull

void srcu_init(struct srcu_domain *domain)
{
	domain->index = 0;
	mutex_init(&domain->mutex, RANK_RCU_MUTEX);
	__builtin_memset(domain->cpu, 0, sizeof(domain->cpu));
}

int srcu_read_lock(struct srcu_domain *domain)
{
	int token;

	preempt_disable();
	token = READ_ONCE(domain->index) & 1;
	domain->cpu[smp_processor_id()].entered[token]++;
	smp_mb(); /* pairs with is_drained(): counted in before the reader looks at data */
	preempt_enable();
	return token;
}

void srcu_read_unlock(struct srcu_domain *domain, int token)
{
	smp_mb(); /* pairs with is_drained(): data before counted out */
	preempt_disable();
	domain->cpu[smp_processor_id()].left[token]++;
	preempt_enable();
}

static bool is_drained(struct srcu_domain *domain, u32 generation)
{
	u64 left = 0, entered = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		left += READ_ONCE(domain->cpu[cpu].left[generation]);
	smp_mb(); /* pairs with srcu_read_lock() and srcu_read_unlock() */
	for_each_possible_cpu(cpu)
		entered += READ_ONCE(domain->cpu[cpu].entered[generation]);
	return left == entered;
}

static void wait_drained(struct srcu_domain *domain, u32 generation)
{
	while (!is_drained(domain, generation)) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_until(ktime_get_ns() + SRCU_POLL_NS);
	}
}

void synchronize_srcu(struct srcu_domain *domain)
{
	u32 pass;

	with_mutex(&domain->mutex);
	smp_mb();
	for (pass = 0; pass < 2; pass++) {
		u32 old = domain->index & 1;

		wait_drained(domain, old ^ 1);
		WRITE_ONCE(domain->index, domain->index + 1);
		smp_mb(); /* new readers see the new index or are in the old sums */
		wait_drained(domain, old);
	}
	smp_mb();
}

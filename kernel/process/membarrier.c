/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * membarrier.c - a memory barrier on every processor that runs the caller's (or any) threads.
 *
 * WHAT        Global commands wait for a grace period, or interrupt all processors. Private ones interrupt those that run this address
 *             space; sync-core and rseq variants do more in the interrupt.
 * INVARIANTS  A processor that is not interrupted has switched address spaces since, which is a full barrier.
 * ERRORS      -EINVAL command, flags; -EPERM a private command without registration.
 * TESTS       tests/guest/process/pidfd_test.c
 */
#include "process_impl.h"
#include <arch/barrier.h>
#include <arch/smp.h>
#include <linux/membarrier.h>
#include <mm/mm_types.h>
#include <process/process_calls.h>

enum {
	STATE_PRIVATE = 1, STATE_GLOBAL = 2, STATE_SYNC_CORE = 4, STATE_RSEQ = 8,
};

static void barrier_here(void *arg)
{
	smp_mb();
}

/* The interrupt itself serialises the instruction stream (IRET). */
static void rseq_restart_here(void *arg)
{
	struct task *task = current;

	smp_mb();
	if (!task->process || task->mm != arg)
		return;
	thread_set_work(&task->thread, TIF_NOTIFY);
}

static const struct ipi_ops barrier_ops = { .name = "membarrier", .run = barrier_here };
static const struct ipi_ops rseq_ops = { .name = "membarrier_rseq", .run = rseq_restart_here };

static void interrupt_others(cpumask_t mask, const struct ipi_ops *ops)
{
	smp_mb(); /* what the caller did before is seen by whom we interrupt */
	preempt_disable();
	smp_call_function_mask(mask, ops, current->mm, true);
	preempt_enable();
	smp_mb(); /* and what they did before is seen by the caller */
}

static long private_expedited(u32 needed, u32 flags, int cpu)
{
	const struct ipi_ops *ops = needed == STATE_RSEQ ? &rseq_ops : &barrier_ops;
	cpumask_t mask = current->mm->arch.active;

	if (!(current->mm->membarrier_state & needed))
		return -EPERM;
	if (flags & MEMBARRIER_CMD_FLAG_CPU) {
		if (cpu < 0 || cpu >= NR_CPUS || !cpumask_test_cpu(cpu, &mask))
			return 0;
		mask = CPUMASK_OF(cpu);
	}
	interrupt_others(mask, ops);
	if (needed == STATE_RSEQ)
		thread_set_work(&current->thread, TIF_NOTIFY);
	return 0;
}

static long register_state(u32 bits)
{
	__atomic_fetch_or(&current->mm->membarrier_state, bits, __ATOMIC_SEQ_CST);
	return 0;
}

long sys_membarrier(int cmd, u32 flags, int cpu_id)
{
	const int supported = MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED |
			      MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED |
			      MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE |
			      MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE | MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ |
			      MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ;

	if (flags && (cmd != MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ || flags != MEMBARRIER_CMD_FLAG_CPU))
		return -EINVAL;
	if (!(flags & MEMBARRIER_CMD_FLAG_CPU))
		cpu_id = -1;
	switch (cmd) {
	case MEMBARRIER_CMD_QUERY:
		return supported;
	case MEMBARRIER_CMD_GLOBAL:
		synchronize_rcu();
		return 0;
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		interrupt_others(CPUMASK_ALL, &barrier_ops);
		return 0;
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
		return register_state(STATE_GLOBAL);
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		return private_expedited(STATE_PRIVATE, 0, -1);
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		return register_state(STATE_PRIVATE);
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
		return private_expedited(STATE_SYNC_CORE, 0, -1);
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
		return register_state(STATE_SYNC_CORE);
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ:
		return private_expedited(STATE_RSEQ, flags, cpu_id);
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ:
		return register_state(STATE_RSEQ);
	default:
		return -EINVAL;
	}
}

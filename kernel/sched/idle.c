/* SPDX-License-Identifier: GPL-2.0-only */
/* idle.c - what a processor does when there is nothing to do, and how it starts. */
#include <arch/arch_port.h>
#include <arch/irqflags.h>
#include <lib/assert.h>
#include <log/log.h>
#include <sync/rcu.h>
#include <time/ktime.h>
#include "run_queue.h"
#include "task_impl.h"

void idle_loop(void)
{
	struct run_queue *rq = this_rq();

	for (;;) {
		WRITE_ONCE(rq->idle_polls, true);
		rcu_tick();
		log_wake_readers();
		local_irq_disable();
		smp_store_mb(rq->idle_polls, false); /* before the look at the work; pairs with rq_resched() */
		if (need_resched()) {
			WRITE_ONCE(rq->idle_polls, true);
			local_irq_enable();
			schedule();
			continue;
		}
		/* A waker may have claimed us for a task that went elsewhere: say again that we are idle. */
		if (nr_cpu_ids > 1 && !cpumask_test_cpu(rq->cpu, &sched_idle_mask))
			cpumask_set_cpu(rq->cpu, &sched_idle_mask);
		cpu_safe_halt(); /* a wake-up that comes now ends the halt: interrupts were off since the look */
	}
}

static void idle_thread(void *arg)
{
	idle_loop();
}

const struct kthread_ops idle_thread_ops = { .name = "idle", .run = idle_thread };

void sched_cpu_start(int cpu)
{
	preempt_enable_no_resched(); /* the processor started at depth 1 */
	KASSERT(preempt_count() == 0);
	local_irq_enable();
	idle_loop();
}

void sched_idle(void)
{
	sched_exit_switch();
}

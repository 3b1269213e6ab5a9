/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * start.c - the scheduler's threads and reports, once the clock runs.
 *
 * WHAT        The last step of bringing the scheduler up: the tick, RCU's thread, the workers, the load average, and the
 *             two reports that say how it goes.
 */
#include <probe/report.h>
#include <sync/rcu.h>
#include <sync/workqueue.h>
#include <time/timer.h>
#include "run_queue.h"
#include "task_impl.h"

static void show_queues(struct report *report, struct report_writer *writer)
{
	int cpu;

	for_each_online_cpu(cpu) {
		const struct run_queue *rq = cpu_rq(cpu);

		report_printf(writer, "cpu%d running %u fair %u rt %u switches %llu current %s\n", cpu, rq->nr_running,
			      rq->fair.nr_queued, rq->rt.nr, (unsigned long long)rq->nr_switches,
			      rq->curr->thread.name);
	}
}

static void show_rcu(struct report *report, struct report_writer *writer)
{
	report_printf(writer, "grace_periods %llu\nbacklog %llu\n", (unsigned long long)rcu_grace_periods(),
		      (unsigned long long)rcu_backlog());
}

static const struct report_ops queues_ops = { .name = "run queues", .show = show_queues };
static const struct report_ops rcu_ops = { .name = "rcu", .show = show_rcu };
static struct report queues_report = { .name = "sched/queues", .ops = &queues_ops };
static struct report rcu_report = { .name = "sync/rcu", .ops = &rcu_ops };

void sched_start(void)
{
	local_irq_disable();
	tick_begin(this_rq());
	local_irq_enable();
	rcu_start();
	workqueue_start();
	loadavg_start();
	report_register(&queues_report);
	report_register(&rcu_report);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * selftest.c - selftest=sync and selftest=sched: locks, waits, timers, threads and the scheduler, in the running kernel.
 *
 * WHAT        Each test lets several kernel threads, on all processors, do what a lock or queue must make safe, and checks
 *             what must hold afterwards. Nothing sleeps for luck: waits have ends, and lateness is no failure.
 * LOCKING     failures: atomic.
 */
#include <lib/bitops.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/assert.h>
#include <linux/sched.h>
#include <arch/cpu.h>
#include <sync/completion.h>
#include <time/ktime.h>
#include <sched/sched.h>
#include <sched/trace.h>
#include "selftest_impl.h"

int sync_selftest(void);
int sched_selftest(void);

struct selftest_state {
	u32 failures; /* atomic */
};

static struct selftest_state state;

void selftest_fail(void)
{
	xadd(&state.failures, 1u);
}

u32 selftest_failures(void)
{
	return READ_ONCE(state.failures);
}

static void crew_member_run(void *arg)
{
	struct crew_member *member = arg;

	member->crew->ops->work(member->crew, member->number);
}

static const struct kthread_ops crew_thread_ops = { .name = "crew", .run = crew_member_run };

void crew_start(struct crew *crew, const struct crew_ops *ops, u32 nr, void *data, bool bind_to_cpus)
{
	u32 i;

	crew->ops = ops;
	crew->data = data;
	crew->nr = nr;
	for (i = 0; i < nr; i++) {
		char name[THREAD_NAME_LEN];
		u32 cpu = bind_to_cpus ? i % num_online_cpus() : KTHREAD_ANY_CPU;

		scnprintf(name, sizeof(name), "crew%u", i);
		crew->member[i] = (struct crew_member){ crew, i };
		crew->kthread[i] = kthread_create_on(&crew_thread_ops, &crew->member[i], name, cpu, 0);
		KASSERT(!IS_ERR(crew->kthread[i]));
	}
	for (i = 0; i < nr; i++)
		kthread_start(crew->kthread[i]);
}

void crew_join(struct crew *crew)
{
	u32 i;

	for (i = 0; i < crew->nr; i++)
		kthread_stop(crew->kthread[i]);
}

void crew_run(struct crew *crew, const struct crew_ops *ops, u32 nr, void *data, bool bind_to_cpus)
{
	crew_start(crew, ops, nr, data, bind_to_cpus);
	crew_join(crew);
}

int sync_selftest(void)
{
	u32 before = selftest_failures();

	test_spinlock();
	test_mutex();
	test_rwsem();
	test_rwsem_passing();
	test_held_search();
	test_held_grant();
	test_wait();
	test_completion();
	test_edge();
	test_timers();
	test_rcu();
	test_srcu();
	test_work();
	test_still();
	return selftest_failures() == before ? 0 : -1;
}

/* ---- the scheduler ---- */

#define SPIN_NS 40000000ull

struct share {
	u64 exec_ns[CREW_MAX];
	u32 where[CREW_MAX];
	u64 end_ns;
	u32 order[CREW_MAX];
	u32 nr_done; /* atomic */
};

static void spin_until(u64 end_ns)
{
	while (ktime_get_ns() < end_ns)
		cpu_relax();
}

static void work_share(struct crew *crew, u32 member)
{
	struct share *share = crew->data;

	spin_until(share->end_ns);
	share->exec_ns[member] = task_sum_exec_ns(current);
	share->where[member] = smp_processor_id();
}

static const struct crew_ops share_ops = { .work = work_share };

/* Two spinners of one processor get about the same; nice 5 gets less than half. */
static void test_fairness(void)
{
	struct share share = { .end_ns = ktime_get_ns() + 4 * SPIN_NS };
	struct crew crew;
	u32 i;

	crew_start(&crew, &share_ops, 2, &share, false);
	for (i = 0; i < 2; i++) /* both on processor 0 */
		EXPECT(!sched_set_affinity((struct task *)kthread_thread(crew.kthread[i]), CPUMASK_OF(0)));
	sched_set_nice((struct task *)kthread_thread(crew.kthread[1]), 5);
	crew_join(&crew);
	EXPECT(share.where[0] == 0 && share.where[1] == 0);
	EXPECT(share.exec_ns[0] > share.exec_ns[1]);
	EXPECT(share.exec_ns[1] > share.exec_ns[0] / 64);
}

/* As many spinners as processors end up on one processor each. */
static void test_spread(void)
{
	struct share share = { .end_ns = ktime_get_ns() + 2 * SPIN_NS };
	u32 nr = min_t(u32, num_online_cpus(), CREW_MAX), i;
	struct crew crew;
	u64 cpus = 0;

	crew_run(&crew, &share_ops, nr, &share, false);
	for (i = 0; i < nr; i++)
		cpus |= 1ull << share.where[i];
	EXPECT((int)hweight64(cpus) >= (int)(nr > 1 ? nr - 1 : nr));
}

/* A running task is moved, there and back. */
static void work_migrate(struct crew *crew, u32 member)
{
	int cpu, round;

	for (round = 0; round < 20; round++) {
		for_each_online_cpu(cpu) {
			EXPECT(!sched_set_affinity(current, CPUMASK_OF(cpu)));
			EXPECT((int)smp_processor_id() == cpu);
		}
	}
}

static const struct crew_ops migrate_ops = { .work = work_migrate };

static void test_affinity(void)
{
	struct share share = { .end_ns = ktime_get_ns() + SPIN_NS };
	struct crew crew;
	struct task *task;
	int last = num_online_cpus() - 1;

	crew_run(&crew, &migrate_ops, 4, NULL, false);
	crew_start(&crew, &share_ops, 1, &share, false);
	task = (struct task *)kthread_thread(crew.kthread[0]);
	EXPECT(!sched_set_affinity(task, CPUMASK_OF(last)));
	EXPECT((int)task_cpu(task) == last || !task_is_running_now(task));
	crew_join(&crew);
	EXPECT((int)share.where[0] == last);
	EXPECT(sched_set_affinity(current, CPUMASK_NONE) == -22);
}

static void work_order(struct crew *crew, u32 member)
{
	struct share *share = crew->data;

	share->order[xadd(&share->nr_done, 1u)] = member;
}

static const struct crew_ops order_ops = { .work = work_order };

/* On one processor the higher real-time priority runs first, whatever the order of waking. */
static void test_priorities(void)
{
	struct share share = { 0 };
	struct crew crew = { .ops = &order_ops, .data = &share, .nr = 3 };
	cpumask_t mine = sched_get_affinity(current);
	u32 i;

	EXPECT(!sched_set_affinity(current, CPUMASK_OF(0)));
	EXPECT(!sched_set_policy(current, SCHED_FIFO, 50, 0, false));
	for (i = 0; i < 3; i++) {
		crew.member[i] = (struct crew_member){ &crew, i };
		crew.kthread[i] = kthread_create_on(&crew_thread_ops, &crew.member[i], "prio", 0, 0);
		EXPECT(!sched_set_policy((struct task *)kthread_thread(crew.kthread[i]), SCHED_FIFO, 10 + i, 0, false));
		kthread_start(crew.kthread[i]);
	}
	crew_join(&crew);
	EXPECT(share.order[0] == 2 && share.order[1] == 1 && share.order[2] == 0);
	EXPECT(!sched_set_policy(current, SCHED_NORMAL, 0, 0, false));
	EXPECT(!sched_set_affinity(current, mine));
	EXPECT(sched_set_policy(current, SCHED_FIFO, 0, 0, false) == -22);
}

static void work_yield(struct crew *crew, u32 member)
{
	u32 i;

	EXPECT(!sched_set_affinity(current, CPUMASK_OF(0)));
	for (i = 0; i < 2000; i++)
		sched_yield();
}

static const struct crew_ops yield_ops = { .work = work_yield };

static void test_yield(void)
{
	struct crew crew;
	u64 switches = sched_nr_switches();

	crew_run(&crew, &yield_ops, 4, NULL, false);
	EXPECT(sched_nr_switches() > switches + 1000);
}

/* A tracepoint is patched in and out while the place it watches runs on all processors. */
struct switch_counter {
	struct tracepoint_probe base;
	u64 nr; /* atomic */
};

static void count_switch(struct tracepoint_probe *self, bool preempt, struct task *prev, struct task *next)
{
	struct switch_counter *counter = container_of(self, struct switch_counter, base);

	xadd(&counter->nr, 1ull);
}

static const struct trace_sched_switch_ops count_ops = { .name = "selftest", .probe = count_switch };

static void test_tracepoint(void)
{
	struct switch_counter counter = { .base = { .ops = &count_ops } };
	struct crew crew;
	u64 seen, end;
	u32 i;

	EXPECT(tracepoint_find("sched_switch") == &tracepoint_sched_switch);
	EXPECT(!tracepoint_find("no such place"));
	crew_start(&crew, &yield_ops, 4, NULL, false);
	for (i = 0; i < 20; i++) {
		seen = counter.nr;
		tracepoint_add(&tracepoint_sched_switch, &counter.base);
		end = ktime_get_ns() + 10000000000ull;
		while (READ_ONCE(counter.nr) == seen && ktime_get_ns() < end)
			sleep_ns(100000); /* at least our own sleep is a switch */
		tracepoint_remove(&tracepoint_sched_switch, &counter.base);
		EXPECT(counter.nr > seen);
		seen = counter.nr;
		sleep_ns(10000);
		EXPECT(counter.nr == seen);
	}
	crew_join(&crew);
	EXPECT(!static_key_users(&tracepoint_sched_switch.key));
}

int sched_selftest(void)
{
	u32 before = selftest_failures();

	test_affinity();
	test_fairness();
	test_spread();
	test_priorities();
	test_yield();
	test_tracepoint();
	return selftest_failures() == before ? 0 : -1;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * smp_selftest.c - selftest=smp: what arch promises while several CPUs and threads run.
 *
 * WHAT        A thread on each CPU calls a function whose entry is patched to a call, a jump and back a number of times; a
 *             patch is replaced when every thread has called it. Each call must do what one of the patches
 *             says, and each patch must be seen. A sleeping thread's stack must unwind reliably.
 */
#include <arch/atomic.h>
#include <arch/cpu.h>
#include <arch/smp.h>
#include <arch/stacktrace.h>
#include <arch/text.h>
#include <lib/err.h>
#include <lib/string.h>
#include <log/printk.h>
#include <sched/sched.h>
#include <sync/kthread.h>
#include <sync/wait.h>
#include "../boot_impl.h"

#define ROUNDS 5
#define CALLS_EACH 10 /* of every thread before the next patch */

static struct {
	atomic_long_t hits, jumps, bad;
	atomic_long_t calls[NR_CPUS];
} poked;

static noinline long poked_function(long x)
{
	asm volatile("" : "+r"(x) : : "memory");
	return x + 1;
}

static noinline long jumped_function(long x)
{
	asm volatile("" : "+r"(x) : : "memory");
	return x + 2;
}

/* Called from the entry of poked_function(): keeps its registers. */
static noinstr __attribute__((no_caller_saved_registers)) void entry_hook(void)
{
	asm volatile("lock; incq %0" : "+m"(poked.hits.counter) : : "memory", "cc");
}

static void run_caller(void *arg)
{
	atomic_long_t *calls = arg;

	while (!kthread_should_stop()) {
		long got = poked_function(40);

		if (got == 42)
			atomic_long_inc(&poked.jumps);
		else if (got != 41)
			atomic_long_inc(&poked.bad);
		atomic_long_inc(calls);
		cond_resched();
	}
}

static const struct kthread_ops caller_ops = { .name = "poke caller", .run = run_caller };

static void count_call(void *arg)
{
	atomic_inc(arg);
}

static const struct ipi_ops count_ops = { .name = "smp selftest", .run = count_call };

/* Until each thread has made CALLS_EACH more calls. */
static void let_them_call(void)
{
	int cpu;

	for_each_online_cpu(cpu) {
		long enough = atomic_long_read(&poked.calls[cpu]) + CALLS_EACH;

		while (atomic_long_read(&poked.calls[cpu]) < enough)
			sched_yield();
	}
}

static void poke_and_wait(const u8 *code)
{
	text_poke((void *)poked_function, code, TEXT_CALL_SIZE);
	let_them_call();
}

static void poke_rounds(void)
{
	u8 old[TEXT_CALL_SIZE], call[TEXT_CALL_SIZE], jump[TEXT_CALL_SIZE];
	void *site = (void *)poked_function;

	memcpy(old, site, sizeof(old));
	text_make_call(call, site, (void *)entry_hook);
	text_make_jump(jump, site, (void *)jumped_function);
	let_them_call();
	for (int i = 0; i < ROUNDS; i++) {
		poke_and_wait(call);
		poke_and_wait(old);
		poke_and_wait(jump);
		poke_and_wait(old);
	}
}

static int test_poke(void)
{
	struct kthread *caller[NR_CPUS];
	long hits, jumps, bad, least;
	int cpu;

	for_each_online_cpu(cpu) {
		caller[cpu] = kthread_create_on(&caller_ops, &poked.calls[cpu], "poke caller", cpu, 0);
		if (IS_ERR(caller[cpu]))
			return (int)PTR_ERR(caller[cpu]);
		kthread_start(caller[cpu]);
	}
	poke_rounds();
	for_each_online_cpu(cpu)
		kthread_stop(caller[cpu]);
	hits = atomic_long_read(&poked.hits);
	jumps = atomic_long_read(&poked.jumps);
	bad = atomic_long_read(&poked.bad);
	least = (long)ROUNDS * (CALLS_EACH - 1) * num_online_cpus(); /* one call each may straddle a patch */
	pr_info("smp selftest: %ld calls through the hook, %ld jumps, %ld wrong\n", hits, jumps, bad);
	return bad || hits < least || jumps < least ? -EIO : 0;
}

static void run_sleeper(void *arg)
{
	struct wait_queue_head *queue = arg;

	wait_event(*queue, kthread_should_stop());
}

static const struct kthread_ops sleeper_ops = { .name = "sleeper", .run = run_sleeper };

static int test_unwind(void)
{
	struct wait_queue_head queue;
	struct kthread *sleeper;
	unsigned long trace[32];
	int n = -EINVAL;

	init_waitqueue_head(&queue);
	sleeper = kthread_run(&sleeper_ops, &queue, "sleeper");
	if (IS_ERR(sleeper))
		return (int)PTR_ERR(sleeper);
	for (int i = 0; i < 1000000 && thread_state(kthread_thread(sleeper)) != TASK_UNINTERRUPTIBLE; i++)
		sched_yield();
	for (int i = 0; i < 1000000 && n < 3; i++) {
		sched_yield();
		n = stack_trace_save_reliable(kthread_thread(sleeper), trace, ARRAY_SIZE(trace));
	}
	wake_up_all(&queue);
	kthread_stop(sleeper);
	if (n < 3)
		pr_err("smp selftest: trace of a sleeper: %d\n", n);
	return n < 3 ? -EIO : 0;
}

static int test_cross_calls(void)
{
	atomic_t calls = ATOMIC_INIT(0);

	for (int i = 0; i < 1000; i++)
		smp_call_function_mask(cpu_online_mask, &count_ops, &calls, i & 1);
	smp_call_function_mask(cpu_online_mask, &count_ops, &calls, true);
	return atomic_read(&calls) == 1001 * (num_online_cpus() - 1) ? 0 : -EIO;
}

int smp_selftest(void)
{
	int err = test_cross_calls();

	err = err ? err : test_unwind();
	return err ? err : test_poke();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * still_stress.c - still_stress=MS: every MS milliseconds all tasks are brought to the boundary, held a moment and released, while
 * whatever was booted runs. No program may notice: the guest tests pass with it as without.
 *
 * WHAT        A conducting kernel thread. Each stillness that fails is reported with the task that did not come; every
 *             REPORT_EVERY rounds one line says how many succeeded and how long the longest took.
 * LOCKING     None; the thread's own counters.
 */
#include <arch/bootinfo.h>
#include <lib/cmdline.h>
#include <lib/err.h>
#include <lib/kstrtox.h>
#include <log/printk.h>
#include <sched/sched.h>
#include <sync/kthread.h>
#include <sync/still.h>
#include "boot_impl.h"

#define STILL_TIMEOUT_NS 2000000000ull
#define STILL_HOLD_NS	 200000ull
#define REPORT_EVERY	 100

struct stress {
	u32 period_ms;
	u32 nr_done, nr_failed;
	u64 longest_ns;
};

static struct stress stress;

static void one_round(void)
{
	struct still_report report;

	if (still_begin(STILL_TIMEOUT_NS, STILL_TASKS, &report)) {
		stress.nr_failed++;
		pr_err("still: %u %s did not come: call %d state %x device %s, %u missing\n", report.id, report.name,
		       (int)report.call_nr, report.state, report.device ? report.device : "none", report.nr_missing);
		return;
	}
	stress.nr_done++;
	if (report.took_ns > stress.longest_ns)
		stress.longest_ns = report.took_ns;
	sleep_ns(STILL_HOLD_NS);
	still_end();
}

static void stress_run(void *arg)
{
	u32 round;

	for (round = 1;; round++) {
		sleep_ns(stress.period_ms * 1000000ull);
		one_round();
		if (round % REPORT_EVERY == 0)
			pr_info("still: %u times, %u failures, longest %llu us\n", stress.nr_done, stress.nr_failed,
				(unsigned long long)stress.longest_ns / 1000);
	}
}

static const struct kthread_ops stress_ops = { .name = "still_stress", .run = stress_run };

void boot_still_stress(const char *cmdline)
{
	char value[16];
	struct kthread *kthread;

	if (cmdline_find(cmdline, "still_stress", value, sizeof(value)) < 0)
		return;
	if (kstrtouint(value, 10, &stress.period_ms) || !stress.period_ms)
		stress.period_ms = 10;
	kthread = kthread_run(&stress_ops, NULL, "still_stress");
	if (IS_ERR(kthread))
		pr_err("still_stress: no memory\n");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* console_selftest.c - who shows the log on a slow console has interrupts in between, and is relieved by the next who logs. */
#include <arch/cpu.h>
#include <arch/smp.h>
#include <log/log.h>
#include <log/printk.h>
#include <time/ktime.h>
#include <sched/sched.h>
#include "selftest_impl.h"

#define NR_RECORDS 64
#define RECORD_NS  300000ull
#define MUCH	   41 /* records after which who shows is tired (SHOW_TIRED of log/printk.c and one round more) */

struct slow_console {
	struct console console;
	u32 nr_written, nr_at_interrupt;
	bool is_ready;	     /* the second thread runs */
	bool is_interrupted; /* an interrupt is on its way to who shows */
	bool waits;	     /* the first record, for that */
	u32 cpus; /* that wrote, a bit each */
};

static void slow_write(struct console *console, const char *text, size_t len)
{
	struct slow_console *slow = container_of(console, struct slow_console, console);
	u64 end_ns = ktime_get_ns() + RECORD_NS;

	slow->cpus |= 1u << smp_processor_id();
	WRITE_ONCE(slow->nr_written, slow->nr_written + 1);
	while (ktime_get_ns() < end_ns || (slow->waits && !READ_ONCE(slow->is_interrupted)))
		cpu_relax();
}

static const struct console_ops slow_ops = { .name = "slow", .write = slow_write };

static void note_interrupt(void *arg)
{
	struct slow_console *slow = arg;

	WRITE_ONCE(slow->nr_at_interrupt, READ_ONCE(slow->nr_written));
}

static const struct ipi_ops interrupt_ops = { .name = "console test", .run = note_interrupt };

/* The first shows all that the ring holds. The second interrupts it, and has something to say when that has become much. */
static void work_log(struct crew *crew, u32 member)
{
	struct slow_console *slow = crew->data;

	if (!member) {
		while (slow->waits && !READ_ONCE(slow->is_ready))
			cpu_relax();
		console_register(&slow->console);
		return;
	}
	WRITE_ONCE(slow->is_ready, true);
	while (!READ_ONCE(slow->nr_written))
		cpu_relax();
	smp_call_function_mask(CPUMASK_OF(0), &interrupt_ops, slow, false);
	WRITE_ONCE(slow->is_interrupted, true);
	while (READ_ONCE(slow->nr_written) < MUCH)
		cpu_relax();
	pr_info("console test: said by another processor\n");
}

static const struct crew_ops log_ops = { .work = work_log };

void test_consoles(void)
{
	u32 nr = min(num_online_cpus(), 2u);
	struct slow_console slow = { .console = { .ops = &slow_ops, .wants_replay = true }, .waits = nr > 1 };
	struct crew crew;

	for (u32 i = 0; i < NR_RECORDS; i++)
		pr_info("console test: record %u\n", i);
	crew_run(&crew, &log_ops, nr, &slow, true);
	console_unregister(&slow.console);
	EXPECT(slow.nr_written >= NR_RECORDS + nr - 1);
	EXPECT(nr == 1 || (slow.nr_at_interrupt && slow.nr_at_interrupt < MUCH));
	EXPECT(slow.cpus == (1u << nr) - 1);
}

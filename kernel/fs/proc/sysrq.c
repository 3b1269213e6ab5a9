/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysrq.c - /proc/sysrq-trigger: one letter, one deed, for who administers a machine that does not listen otherwise.
 *
 * WHAT        The letters are Linux's, as far as there is something that they can do here; every other one is answered by the list
 *             of those that exist. What sleeps long runs in a worker: the writer may be the one who holds what is waited for.
 * LOCKING     None of its own.
 * ERRORS      None: a write of a letter succeeds.
 * TESTS       tests/guest/proc/sysrq_test.c, tests/suites/oom.py
 */
#include <arch/power.h>
#include <lib/string.h>
#include <log/log.h>
#include <log/panic.h>
#include <log/printk.h>
#include <mm/oom.h>
#include <pages/page_alloc.h>
#include <process/signal.h>
#include <sync/workqueue.h>
#include <vfs/super.h>
#include "proc_impl.h"

struct sysrq_op {
	char first, last;    /* the letters */
	const char *help;
	const char *action;  /* what the log says before */
	void (*run)(char key);
	struct work *work;   /* instead of run */
};

/* --- in a worker ---------------------------------------------------------------------------------------- */

static void oom_run(struct work *work)
{
	if (!oom_kill_by_hand())
		pr_info("sysrq: OOM request ignored. No task eligible\n");
}

static void sync_run(struct work *work)
{
	sync_all_filesystems(true);
	pr_info("Emergency Sync complete\n");
}

static void power_off_run(struct work *work)
{
	machine_power_off();
}

static const struct work_ops oom_work_ops = { .name = "sysrq_oom", .run = oom_run };
static const struct work_ops sync_work_ops = { .name = "sysrq_sync", .run = sync_run };
static const struct work_ops power_off_work_ops = { .name = "sysrq_power_off", .run = power_off_run };

#define SYSRQ_WORK(member) { .node = LIST_HEAD_INIT(sysrq.member.node), .ops = &member##_work_ops }

static struct {
	struct work oom, sync, power_off;
} sysrq = { .oom = SYSRQ_WORK(oom), .sync = SYSRQ_WORK(sync), .power_off = SYSRQ_WORK(power_off) };

/* --- at once -------------------------------------------------------------------------------------------- */

static void set_log_level(char key)
{
	log_set_console_level(log_settings.default_console_level);
	pr_info("sysrq: Loglevel set to %d\n", key - '0');
	log_set_console_level(key - '0');
}

static void restart(char key)
{
	machine_restart();
}

static void crash(char key)
{
	panic("sysrq triggered crash");
}

static void signal_all(char key)
{
	signal_all_processes(key == 'e' ? SIGTERM : SIGKILL);
}

static void memory(char key)
{
	show_mem(NODES_ALL);
}

/* --- the table ------------------------------------------------------------------------------------------ */

static const struct sysrq_op sysrq_ops[] = {
	{ '0', '9', "loglevel(0-9)", "Changing Loglevel", .run = set_log_level },
	{ 'b', 'b', "reboot(b)", "Resetting", .run = restart },
	{ 'c', 'c', "crash(c)", "Trigger a crash", .run = crash },
	{ 'e', 'e', "terminate-all-tasks(e)", "Terminate All Tasks", .run = signal_all },
	{ 'f', 'f', "memory-full-oom-kill(f)", "Manual OOM execution", .work = &sysrq.oom },
	{ 'i', 'i', "kill-all-tasks(i)", "Kill All Tasks", .run = signal_all },
	{ 'm', 'm', "show-memory-usage(m)", "Show Memory", .run = memory },
	{ 'o', 'o', "poweroff(o)", "Power Off", .work = &sysrq.power_off },
	{ 's', 's', "sync(s)", "Emergency Sync", .work = &sysrq.sync },
};

static void print_help(void)
{
	char text[256];
	size_t at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sysrq_ops); i++)
		at += (size_t)scnprintf(text + at, sizeof(text) - at, "%s ", sysrq_ops[i].help);
	pr_info("sysrq: HELP : %s\n", text);
}

static void handle(char key)
{
	for (size_t i = 0; i < ARRAY_SIZE(sysrq_ops); i++) {
		const struct sysrq_op *op = &sysrq_ops[i];

		if (key < op->first || key > op->last)
			continue;
		pr_info("sysrq: %s\n", op->action);
		if (op->work)
			work_queue(op->work);
		else
			op->run(key);
		return;
	}
	print_help();
}

static int sysrq_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	handle(buf[0]);
	return 0;
}
const struct proc_node_ops sysrq_trigger_ops = { .write = sysrq_write };

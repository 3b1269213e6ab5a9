/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl_log.c - the kernel's log in /proc: printk, printk_devkmsg.
 *
 * TESTS       tests/guest/proc/sysctl_test.c
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <log/log.h>
#include "sysctl_impl.h"

/* Four levels: of the console now, of messages without one, the lowest that syslog(2) sets, of the console as it starts. */
static int printk_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%u\t%d\t%d\t%d\n", log_console_level(), log_settings.message_level, log_settings.min_console_level,
		   log_settings.default_console_level);
	return 0;
}

static int printk_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int v[4] = { (int)log_console_level(), log_settings.message_level, log_settings.min_console_level,
		     log_settings.default_console_level };

	if (sysctl_parse_ints(buf, v, 4) < 0)
		return -EINVAL;
	log_set_console_level((u32)max(v[0], 0));
	WRITE_ONCE(log_settings.message_level, clamp(v[1], LOG_EMERG, LOG_DEBUG));
	WRITE_ONCE(log_settings.min_console_level, max(v[2], 0));
	WRITE_ONCE(log_settings.default_console_level, v[3]);
	return 0;
}
const struct proc_node_ops sysctl_printk_ops = { .show = printk_show, .write = printk_write };

static const char *const writer_names[] = { [KMSG_ON] = "on", [KMSG_OFF] = "off", [KMSG_RATELIMIT] = "ratelimit" };

static int devkmsg_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%s\n", writer_names[log_settings.devkmsg]);
	return 0;
}

static int devkmsg_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	for (u32 i = 0; i < ARRAY_SIZE(writer_names); i++) {
		if (strcmp(buf, writer_names[i]))
			continue;
		WRITE_ONCE(log_settings.devkmsg, (int)i);
		return 0;
	}
	return -EINVAL;
}
const struct proc_node_ops sysctl_devkmsg_ops = { .show = devkmsg_show, .write = devkmsg_write };

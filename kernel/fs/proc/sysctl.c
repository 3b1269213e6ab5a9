/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl.c - /proc/sys: settings and facts as one number or one line each.
 *
 * WHAT        The kinds of rows and the top of the tree; what rows there are is in sysctl_fs.c, sysctl_kernel.c and sysctl_vm.c.
 *             Reading prints the number, writing checks and stores it. Rows with an ops of their own compute their text.
 * LOCKING     A number is one word, read and written whole, without a lock.
 * ERRORS      -EINVAL: not a number, or out of bounds; nothing is changed then. -EPERM: only for who administers the machine. A row
 *             with mode 0444 cannot be opened for writing.
 * TESTS       tests/guest/proc/sysctl_test.c
 */
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <linux/capability.h>
#include <mm/mm_port.h>
#include <net/sock.h>
#include <unix/unix_report.h>
#include "sysctl_impl.h"

/* --- numbers ------------------------------------------------------------------------------------------- */

int sysctl_parse_int(char *buf, int min, int max, int *value)
{
	int number;

	if (kstrtoint(strim(buf), 0, &number) || number < min || number > max)
		return -EINVAL;
	*value = number;
	return 0;
}

int sysctl_parse_ints(char *buf, int *values, int nr)
{
	char *word = strim(buf);
	int n = 0;

	while (*word) {
		char *end = word;
		bool is_last;

		while (*end && !isspace(*end))
			end++;
		is_last = !*end;
		*end = 0;
		if (n == nr || kstrtoint(word, 0, &values[n++]))
			return -EINVAL;
		word = is_last ? end : skip_spaces(end + 1);
	}
	return n ? n : -EINVAL;
}

/* --- kinds of rows ------------------------------------------------------------------------------------- */

static int int_show(struct seq_file *m, struct task *task)
{
	const struct sysctl_int *row = proc_shown_node(m)->data;

	seq_printf(m, "%d\n", READ_ONCE(*row->value));
	return 0;
}

static int int_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	const struct sysctl_int *row = node->data;
	int value, ret = sysctl_parse_int(buf, row->min, row->max, &value);

	if (!ret)
		WRITE_ONCE(*row->value, value);
	return ret;
}
const struct proc_node_ops sysctl_int_ops = { .show = int_show, .write = int_write };

static int admin_int_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	return process_capable(CAP_SYS_ADMIN) ? int_write(node, task, buf, len) : -EPERM;
}
const struct proc_node_ops sysctl_admin_int_ops = { .show = int_show, .write = admin_int_write };

static int ulong_show(struct seq_file *m, struct task *task)
{
	const struct sysctl_ulong *row = proc_shown_node(m)->data;

	seq_printf(m, "%lu\n", READ_ONCE(*row->value));
	return 0;
}

static int ulong_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	const struct sysctl_ulong *row = node->data;
	unsigned long value;

	if (kstrtoul(strim(buf), 0, &value) || value < row->min || value > row->max)
		return -EINVAL;
	WRITE_ONCE(*row->value, value);
	return 0;
}
const struct proc_node_ops sysctl_ulong_ops = { .show = ulong_show, .write = ulong_write };

/* A fact: the text is the row's data. */
static int text_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%s\n", (const char *)proc_shown_node(m)->data);
	return 0;
}
const struct proc_node_ops sysctl_text_ops = { .show = text_show };

/* --- net ----------------------------------------------------------------------------------------------- */

static const struct proc_node sys_net_core_rows[] = {
	SYSCTL_INT("optmem_max", &net_limits.optmem_max, 0, 0x7fffffff),
	SYSCTL_INT("rmem_default", &net_limits.rmem_default, 2304, 0x7fffffff),
	SYSCTL_INT("rmem_max", &net_limits.rmem_max, 2304, 0x7fffffff),
	SYSCTL_INT("somaxconn", &net_limits.somaxconn, 0, 0x7fffffff),
	SYSCTL_INT("wmem_default", &net_limits.wmem_default, 4608, 0x7fffffff),
	SYSCTL_INT("wmem_max", &net_limits.wmem_max, 4608, 0x7fffffff),
	{ 0 },
};

static const struct proc_node sys_net_unix_rows[] = {
	SYSCTL_INT("max_dgram_qlen", &unix_limits.max_dgram_qlen, 0, 0x7fffffff),
	{ 0 },
};

static const struct proc_node sys_net_rows[] = {
	PROC_DIR("core", 0555, sys_net_core_rows),
	PROC_DIR("unix", 0555, sys_net_unix_rows),
	{ 0 },
};

/* --- the top ------------------------------------------------------------------------------------------- */

const struct proc_node proc_sys_rows[] = {
	PROC_DIR("fs", 0555, sysctl_fs_rows),
	PROC_DIR("kernel", 0555, sysctl_kernel_rows),
	PROC_DIR("net", 0555, sys_net_rows),
	PROC_DIR("vm", 0555, sysctl_vm_rows),
	{ 0 },
};

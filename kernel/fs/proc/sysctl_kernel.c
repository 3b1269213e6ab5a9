/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl_kernel.c - /proc/sys/kernel: the machine, its processes and its log.
 *
 * WHAT        Names of the machine, numbers of processes, limits of the scheduler and of terminals, randomness.
 *
 * LOCKING     boot_id: sysctl_state.lock (rank LEAF). Names of the machine: the uts namespace's lock. The last number given: the pid namespace's.
 * TESTS       tests/guest/proc/sysctl_test.c
 */
#include <crypto/random.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <log/log.h>
#include <log/panic.h>
#include <mm/mm.h>
#include <process/nsproxy.h>
#include <process/pid.h>
#include <process/report.h>
#include <process/tty_hooks.h>
#include <sched/bandwidth.h>
#include <sched/sched.h>
#include <sched/task.h>
#include <sched/user_namespace.h>
#include "sysctl_impl.h"

#define THREADS_MIN 1
#define PTY_LIMIT_MAX (1 << 20)

/* One of the six strings of uname(2). The row's data is its offset in struct new_utsname. */
static int uts_show(struct seq_file *m, struct task *task)
{
	struct uts_namespace *ns = current_uts_ns();
	char text[__NEW_UTS_LEN + 1];

	spin_lock_irq(&ns->lock);
	strscpy(text, (const char *)&ns->name + (unsigned long)proc_shown_node(m)->data, sizeof(text));
	spin_unlock_irq(&ns->lock);
	seq_printf(m, "%s\n", text);
	return 0;
}

static int uts_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	struct uts_namespace *ns = current_uts_ns();
	char *field = (char *)&ns->name + (unsigned long)node->data;

	if (len > __NEW_UTS_LEN)
		return -EINVAL;
	spin_lock_irq(&ns->lock);
	memset(field, 0, __NEW_UTS_LEN + 1);
	memcpy(field, buf, len);
	spin_unlock_irq(&ns->lock);
	return 0;
}
static const struct proc_node_ops uts_ops = { .show = uts_show, .write = uts_write };
#define SYSCTL_UTS(name_, mode_, field) \
	{ .name = name_, .mode = S_IFREG | (mode_), .ops = &uts_ops, .data = (const void *)offsetof(struct new_utsname, field) }

static void uuid_print(struct seq_file *m, u8 *id)
{
	id[6] = (id[6] & 0x0f) | 0x40; /* version 4, RFC 4122 */
	id[8] = (id[8] & 0x3f) | 0x80;
	for (int i = 0; i < 16; i++)
		seq_printf(m, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", id[i]);
	seq_putc(m, '\n');
}

static int uuid_show(struct seq_file *m, struct task *task)
{
	u8 id[16];

	get_random_bytes(id, sizeof(id));
	uuid_print(m, id);
	return 0;
}
PROC_SHOW_OPS(uuid_show);

static struct {
	struct spinlock lock; /* boot_id: drawn by its first reader, for all that come */
	u8 boot_id[16];
	bool has_boot_id;
} sysctl_state = { .lock = SPINLOCK_INIT(RANK_LEAF) };

static void boot_id_read(u8 *id, size_t len)
{
	u8 fresh[16];

	get_random_bytes(fresh, sizeof(fresh));
	with_spinlock_irq(&sysctl_state.lock);
	if (!sysctl_state.has_boot_id)
		memcpy(sysctl_state.boot_id, fresh, sizeof(fresh));
	sysctl_state.has_boot_id = true;
	memcpy(id, sysctl_state.boot_id, len);
}

static int boot_id_show(struct seq_file *m, struct task *task)
{
	u8 id[16];

	boot_id_read(id, sizeof(id));
	uuid_print(m, id);
	return 0;
}
PROC_SHOW_OPS(boot_id_show);

static const struct proc_node random_rows[] = {
	PROC_FILE("boot_id", 0444, boot_id_show_ops),
	SYSCTL_FACT("entropy_avail", "256"),
	SYSCTL_FACT("poolsize", "256"),
	PROC_FILE("uuid", 0444, uuid_show_ops),
	{ 0 },
};

/* The row's data is the offset of its number in struct sched_rt_limits or sched_period_bounds. */
static int rt_limit_show(struct seq_file *m, struct task *task)
{
	struct sched_rt_limits limits;

	sched_get_rt_limits(&limits);
	seq_printf(m, "%d\n", *(int *)((char *)&limits + (unsigned long)proc_shown_node(m)->data));
	return 0;
}

static int rt_limit_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int value;

	return kstrtoint(strim(buf), 0, &value) ? -EINVAL : sched_set_rt_limit((size_t)node->data, value);
}
static const struct proc_node_ops rt_limit_ops = { .show = rt_limit_show, .write = rt_limit_write };

static int period_bound_show(struct seq_file *m, struct task *task)
{
	struct sched_period_bounds bounds;

	sched_get_period_bounds(&bounds);
	seq_printf(m, "%u\n", *(u32 *)((char *)&bounds + (unsigned long)proc_shown_node(m)->data));
	return 0;
}

static int period_bound_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	u32 value;

	return kstrtouint(strim(buf), 0, &value) ? -EINVAL : sched_set_period_bound((size_t)node->data, value);
}
static const struct proc_node_ops period_bound_ops = { .show = period_bound_show, .write = period_bound_write };
#define SYSCTL_SCHED(name_, ops_, type, field) \
	{ .name = name_, .mode = S_IFREG | 0644, .ops = &(ops_), .data = (const void *)offsetof(struct type, field) }

static int rr_slice_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int ms, ret = sysctl_parse_int(buf, INT_MIN, INT_MAX, &ms);

	if (!ret)
		WRITE_ONCE(sched_rr_slice_ms, ms > 0 ? ms : SCHED_RR_SLICE_MS);
	return ret;
}

static int rr_slice_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", READ_ONCE(sched_rr_slice_ms));
	return 0;
}
static const struct proc_node_ops rr_slice_ops = { .show = rr_slice_show, .write = rr_slice_write };

/* --- processes ----------------------------------------------------------------------------------------- */

static int last_pid_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", process_last_pid());
	return 0;
}

static int last_pid_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int nr, ret = sysctl_parse_int(buf, 0, INT_MAX, &nr);

	return ret ? ret : process_set_last_pid(nr);
}
static const struct proc_node_ops last_pid_ops = { .show = last_pid_show, .write = last_pid_write };

static int threads_max_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%u\n", process_max_threads());
	return 0;
}

static int threads_max_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int nr, ret = sysctl_parse_int(buf, THREADS_MIN, PID_MAX_LIMIT, &nr);

	if (!ret)
		process_set_max_threads((u32)nr);
	return ret;
}
static const struct proc_node_ops threads_max_ops = { .show = threads_max_show, .write = threads_max_write };

static int acct_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\t%d\t%d\n", process_settings.acct_percent[0], process_settings.acct_percent[1],
		   process_settings.acct_period_s);
	return 0;
}

static int acct_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int v[3] = { process_settings.acct_percent[0], process_settings.acct_percent[1], process_settings.acct_period_s };

	if (sysctl_parse_ints(buf, v, 3) < 0 || v[0] < 0 || v[0] > 100 || v[1] < 0 || v[1] > 100 || v[2] < 0)
		return -EINVAL;
	WRITE_ONCE(process_settings.acct_percent[0], v[0]);
	WRITE_ONCE(process_settings.acct_percent[1], v[1]);
	WRITE_ONCE(process_settings.acct_period_s, v[2]);
	return 0;
}
static const struct proc_node_ops acct_ops = { .show = acct_show, .write = acct_write };

static int pty_nr_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", atomic_read(&pty_limits.nr));
	return 0;
}
PROC_SHOW_OPS(pty_nr_show);

static const struct proc_node pty_rows[] = {
	SYSCTL_INT("max", &pty_limits.max, 0, PTY_LIMIT_MAX),
	PROC_FILE("nr", 0444, pty_nr_show_ops),
	SYSCTL_INT("reserve", &pty_limits.reserve, 0, PTY_LIMIT_MAX),
	{ 0 },
};

/* --- the table ----------------------------------------------------------------------------------------- */

const struct proc_node sysctl_kernel_rows[] = {
	PROC_FILE("acct", 0644, acct_ops),
	SYSCTL_UTS("arch", 0444, machine),
	SYSCTL_FACT("cap_last_cap", "40"),
	SYSCTL_FACT("core_pattern", "core"),
	SYSCTL_ADMIN_INT("dmesg_restrict", &log_settings.dmesg_restrict, 0, 1),
	SYSCTL_UTS("domainname", 0644, domainname),
	SYSCTL_UTS("hostname", 0644, nodename),
	SYSCTL_ADMIN_INT("kptr_restrict", &log_settings.kptr_restrict, 0, 2),
	SYSCTL_FACT("ngroups_max", "65536"),
	PROC_FILE("ns_last_pid", 0666, last_pid_ops),
	SYSCTL_UTS("osrelease", 0444, release),
	SYSCTL_UTS("ostype", 0444, sysname),
	SYSCTL_INT("overflowgid", &overflow_ids.gid, 0, 65535),
	SYSCTL_INT("overflowuid", &overflow_ids.uid, 0, 65535),
	SYSCTL_INT("panic", &panic_settings.timeout_s, INT_MIN, INT_MAX),
	SYSCTL_FACT("panic_on_oops", "1"),
	SYSCTL_INT("panic_on_warn", &panic_settings.on_warn, 0, 1),
	SYSCTL_INT("pid_max", &init_pid_ns.pid_max, 301, PID_MAX_LIMIT),
	SYSCTL_INT("print-fatal-signals", &process_settings.print_fatal_signals, INT_MIN, INT_MAX),
	PROC_FILE("printk", 0644, sysctl_printk_ops),
	PROC_FILE("printk_devkmsg", 0644, sysctl_devkmsg_ops),
	PROC_DIR("pty", 0555, pty_rows),
	PROC_DIR("random", 0555, random_rows),
	SYSCTL_INT("randomize_va_space", &mm_sysctl.randomize_va_space, 0, 2),
	SYSCTL_SCHED("sched_deadline_period_max_us", period_bound_ops, sched_period_bounds, max_us),
	SYSCTL_SCHED("sched_deadline_period_min_us", period_bound_ops, sched_period_bounds, min_us),
	PROC_FILE("sched_rr_timeslice_ms", 0644, rr_slice_ops),
	SYSCTL_SCHED("sched_rt_period_us", rt_limit_ops, sched_rt_limits, period_us),
	SYSCTL_SCHED("sched_rt_runtime_us", rt_limit_ops, sched_rt_limits, runtime_us),
	SYSCTL_FACT("tainted", "0"),
	PROC_FILE("threads-max", 0644, threads_max_ops),
	SYSCTL_INT("unprivileged_userns_clone", &unprivileged_userns_clone, 0, 1),
	SYSCTL_UTS("version", 0444, version),
	{ 0 },
};

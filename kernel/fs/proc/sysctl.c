/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl.c - /proc/sys: settings and facts as one number or one line each.
 *
 * WHAT        A row's data says where its number lies and between which bounds; reading prints it, writing checks and stores it.
 *             Rows with an ops of their own compute their text.
 * LOCKING     A number is one word, read and written whole, without a lock. Names of the machine: the uts namespace's
 *             lock.
 * ERRORS      -EINVAL: not a number, or out of bounds; nothing is changed then. A row with mode 0444 cannot be opened for writing.
 */
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <crypto/random.h>
#include <mm/mm.h>
#include <mm/reclaim.h>
#include <pages/zone.h>
#include <process/nsproxy.h>
#include <process/pid.h>
#include <sched/bandwidth.h>
#include <sched/task.h>
#include <sched/user_namespace.h>
#include <net/sock.h>
#include <unix/unix_report.h>
#include <vfs/namei.h>
#include <vfs/pipe.h>
#include "proc_impl.h"

/* Where a number lies. */
struct sysctl_int {
	int *value;
	int min, max;
};

struct sysctl_ulong {
	unsigned long *value;
	unsigned long min, max;
};

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
	int value;

	if (kstrtoint(strim(buf), 0, &value) || value < row->min || value > row->max)
		return -EINVAL;
	WRITE_ONCE(*row->value, value);
	return 0;
}
static const struct proc_node_ops int_ops = { .show = int_show, .write = int_write };

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
static const struct proc_node_ops ulong_ops = { .show = ulong_show, .write = ulong_write };

/* A fact: the text is the row's data. */
static int text_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%s\n", (const char *)proc_shown_node(m)->data);
	return 0;
}
static const struct proc_node_ops text_ops = { .show = text_show };

#define SYSCTL_INT(name_, ptr, min_, max_) \
	{ .name = name_, .mode = S_IFREG | 0644, .ops = &int_ops, .data = &(const struct sysctl_int){ ptr, min_, max_ } }
#define SYSCTL_ULONG(name_, ptr, min_, max_) \
	{ .name = name_, .mode = S_IFREG | 0644, .ops = &ulong_ops, .data = &(const struct sysctl_ulong){ ptr, min_, max_ } }
#define SYSCTL_FACT(name_, text) { .name = name_, .mode = S_IFREG | 0444, .ops = &text_ops, .data = text }

/* --- kernel -------------------------------------------------------------------------------------------- */

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
	u8 boot_id[16];
	bool has_boot_id;
} sysctl_state;

static int boot_id_show(struct seq_file *m, struct task *task)
{
	u8 id[16];

	if (!READ_ONCE(sysctl_state.has_boot_id)) {
		get_random_bytes(sysctl_state.boot_id, sizeof(id));
		WRITE_ONCE(sysctl_state.has_boot_id, true);
	}
	memcpy(id, sysctl_state.boot_id, sizeof(id));
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
	struct sched_rt_limits limits;

	sched_get_rt_limits(&limits);
	if (kstrtoint(strim(buf), 0, (int *)((char *)&limits + (unsigned long)node->data)))
		return -EINVAL;
	return sched_set_rt_limits(&limits);
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
	struct sched_period_bounds bounds;

	sched_get_period_bounds(&bounds);
	if (kstrtouint(strim(buf), 0, (u32 *)((char *)&bounds + (unsigned long)node->data)))
		return -EINVAL;
	return sched_set_period_bounds(&bounds);
}
static const struct proc_node_ops period_bound_ops = { .show = period_bound_show, .write = period_bound_write };
#define SYSCTL_SCHED(name_, ops_, type, field) \
	{ .name = name_, .mode = S_IFREG | 0644, .ops = &(ops_), .data = (const void *)offsetof(struct type, field) }

static const struct proc_node kernel_rows[] = {
	SYSCTL_FACT("cap_last_cap", "40"),
	SYSCTL_FACT("core_pattern", "core"),
	SYSCTL_UTS("domainname", 0644, domainname),
	SYSCTL_UTS("hostname", 0644, nodename),
	SYSCTL_FACT("kptr_restrict", "1"),
	SYSCTL_FACT("ngroups_max", "65536"),
	SYSCTL_UTS("osrelease", 0444, release),
	SYSCTL_UTS("ostype", 0444, sysname),
	SYSCTL_FACT("overflowgid", "65534"),
	SYSCTL_FACT("overflowuid", "65534"),
	SYSCTL_INT("pid_max", &init_pid_ns.pid_max, 301, PID_MAX_LIMIT),
	PROC_DIR("random", 0555, random_rows),
	SYSCTL_INT("randomize_va_space", &mm_sysctl.randomize_va_space, 0, 2),
	SYSCTL_SCHED("sched_deadline_period_max_us", period_bound_ops, sched_period_bounds, max_us),
	SYSCTL_SCHED("sched_deadline_period_min_us", period_bound_ops, sched_period_bounds, min_us),
	SYSCTL_SCHED("sched_rt_period_us", rt_limit_ops, sched_rt_limits, period_us),
	SYSCTL_SCHED("sched_rt_runtime_us", rt_limit_ops, sched_rt_limits, runtime_us),
	SYSCTL_FACT("tainted", "0"),
	SYSCTL_FACT("threads-max", "4194304"),
	SYSCTL_UTS("version", 0444, version),
	{ 0 },
};

/* --- vm ------------------------------------------------------------------------------------------------ */

static int drop_caches_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int what;

	if (kstrtoint(strim(buf), 0, &what) || what < 1 || what > 4)
		return -EINVAL;
	drop_caches(what);
	return 0;
}
static const struct proc_node_ops drop_caches_ops = { .write = drop_caches_write };

static int min_free_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%lu\n", zones_min_free_kbytes());
	return 0;
}

static int min_free_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	unsigned long kib;

	if (kstrtoul(strim(buf), 0, &kib))
		return -EINVAL;
	zones_set_watermarks(kib, zones_watermark_scale_factor());
	return 0;
}
static const struct proc_node_ops min_free_ops = { .show = min_free_show, .write = min_free_write };

static int scale_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%u\n", zones_watermark_scale_factor());
	return 0;
}

static int scale_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int factor;

	if (kstrtoint(strim(buf), 0, &factor) || factor < 1 || factor > 3000)
		return -EINVAL;
	zones_set_watermarks(zones_min_free_kbytes(), factor);
	return 0;
}
static const struct proc_node_ops scale_ops = { .show = scale_show, .write = scale_write };

static const struct proc_node vm_rows[] = {
	PROC_FILE("drop_caches", 0200, drop_caches_ops),
	SYSCTL_INT("max_map_count", &mm_sysctl.max_map_count, 0, 0x7fffffff),
	PROC_FILE("min_free_kbytes", 0644, min_free_ops),
	SYSCTL_ULONG("mmap_min_addr", &mm_sysctl.mmap_min_addr, 0, 1ul << 46),
	SYSCTL_ULONG("overcommit_kbytes", &mm_sysctl.overcommit_kbytes, 0, ~0ul),
	SYSCTL_INT("overcommit_memory", &mm_sysctl.overcommit_memory, 0, 2),
	SYSCTL_INT("overcommit_ratio", &mm_sysctl.overcommit_ratio, 0, 0x7fffffff),
	SYSCTL_INT("panic_on_oom", &mm_sysctl.panic_on_oom, 0, 2),
	PROC_FILE("watermark_scale_factor", 0644, scale_ops),
	{ 0 },
};

/* --- fs, net, user ------------------------------------------------------------------------------------- */

static const struct proc_node fs_rows[] = {
	SYSCTL_FACT("file-max", "9223372036854775807"),
	SYSCTL_FACT("nr_open", "1048576"),
	SYSCTL_FACT("pipe-max-size", "1048576"),
	SYSCTL_INT("protected_fifos", &vfs_protection.fifos, 0, 2),
	SYSCTL_INT("protected_hardlinks", &vfs_protection.hardlinks, 0, 1),
	SYSCTL_INT("protected_regular", &vfs_protection.regular, 0, 2),
	SYSCTL_INT("protected_symlinks", &vfs_protection.symlinks, 0, 1),
	{ 0 },
};

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

const struct proc_node proc_sys_rows[] = {
	PROC_DIR("fs", 0555, fs_rows),
	PROC_DIR("kernel", 0555, kernel_rows),
	PROC_DIR("net", 0555, sys_net_rows),
	PROC_DIR("vm", 0555, vm_rows),
	{ 0 },
};

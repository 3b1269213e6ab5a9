/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl_vm.c - /proc/sys/vm.
 *
 * WHAT        How memory is promised, reclaimed and written back. What the numbers do is said where they are obeyed (mm/).
 *
 * INVARIANTS  I1  Of a threshold of dirty memory, and of what may be promised, either the share or the number of bytes holds; the other one reads 0.
 * TESTS       tests/guest/proc/sysctl_test.c
 */
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <mm/mm.h>
#include <mm/reclaim.h>
#include <pages/alloc_policy.h>
#include <pages/reserve.h>
#include <pages/zone.h>
#include "sysctl_impl.h"

static int drop_caches_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int what;

	if (kstrtoint(strim(buf), 0, &what) || what < 1 || what > 4)
		return -EINVAL;
	drop_caches(what);
	return 0;
}
static const struct proc_node_ops drop_caches_ops = { .write = drop_caches_write };

static int compact_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	return compact_memory(); /* whatever was written, as on Linux */
}
static const struct proc_node_ops compact_ops = { .write = compact_write };

static int min_free_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%lu\n", zones_min_free_kbytes());
	return 0;
}

static int min_free_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int kib;

	if (kstrtoint(strim(buf), 0, &kib) || kib < 0)
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

/* I1 for what may be promised: the share and the size. */
static int commit_ratio_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", READ_ONCE(mm_sysctl.overcommit_ratio));
	return 0;
}

static int commit_ratio_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int percent, ret = sysctl_parse_int(buf, 0, INT_MAX, &percent);

	if (ret)
		return ret;
	WRITE_ONCE(mm_sysctl.overcommit_ratio, percent);
	WRITE_ONCE(mm_sysctl.overcommit_kbytes, 0);
	return 0;
}
static const struct proc_node_ops commit_ratio_ops = { .show = commit_ratio_show, .write = commit_ratio_write };

static int commit_kbytes_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%lu\n", READ_ONCE(mm_sysctl.overcommit_kbytes));
	return 0;
}

static int commit_kbytes_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	unsigned long kib;

	if (kstrtoul(strim(buf), 0, &kib))
		return -EINVAL;
	WRITE_ONCE(mm_sysctl.overcommit_kbytes, kib);
	WRITE_ONCE(mm_sysctl.overcommit_ratio, 0);
	return 0;
}
static const struct proc_node_ops commit_kbytes_ops = { .show = commit_kbytes_show, .write = commit_kbytes_write };

/* I1. The row's data is what is set and what goes to 0 with it. */
struct sysctl_dirty {
	int *ratio;
	unsigned long *bytes;
	unsigned long min_bytes;
};
static const struct sysctl_dirty dirty_writers = { &mm_sysctl.dirty_ratio, &mm_sysctl.dirty_bytes, 2 * PAGE_SIZE };
static const struct sysctl_dirty dirty_background = { &mm_sysctl.dirty_background_ratio, &mm_sysctl.dirty_background_bytes, 1 };

static int dirty_ratio_show(struct seq_file *m, struct task *task)
{
	const struct sysctl_dirty *row = proc_shown_node(m)->data;

	seq_printf(m, "%d\n", READ_ONCE(*row->ratio));
	return 0;
}

static int dirty_ratio_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	const struct sysctl_dirty *row = node->data;
	int percent, ret = sysctl_parse_int(buf, 0, 100, &percent);

	if (ret)
		return ret;
	WRITE_ONCE(*row->ratio, percent);
	WRITE_ONCE(*row->bytes, 0);
	return 0;
}
static const struct proc_node_ops dirty_ratio_ops = { .show = dirty_ratio_show, .write = dirty_ratio_write };

static int dirty_bytes_show(struct seq_file *m, struct task *task)
{
	const struct sysctl_dirty *row = proc_shown_node(m)->data;

	seq_printf(m, "%lu\n", READ_ONCE(*row->bytes));
	return 0;
}

static int dirty_bytes_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	const struct sysctl_dirty *row = node->data;
	unsigned long bytes;

	if (kstrtoul(strim(buf), 0, &bytes) || bytes < row->min_bytes)
		return -EINVAL;
	WRITE_ONCE(*row->bytes, bytes);
	WRITE_ONCE(*row->ratio, 0);
	return 0;
}
static const struct proc_node_ops dirty_bytes_ops = { .show = dirty_bytes_show, .write = dirty_bytes_write };

#define SYSCTL_DIRTY(name_, ops_, row) { .name = name_, .mode = S_IFREG | 0644, .ops = &(ops_), .data = &(row) }

static int period_show(struct seq_file *m, struct task *task)
{
	seq_printf(m, "%d\n", READ_ONCE(mm_sysctl.dirty_writeback_centisecs));
	return 0;
}

/* The flusher sleeps by the old period until it is woken. */
static int period_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	int period, ret = sysctl_parse_int(buf, 0, INT_MAX, &period);

	if (ret)
		return ret;
	WRITE_ONCE(mm_sysctl.dirty_writeback_centisecs, period);
	flusher_wake();
	return 0;
}
static const struct proc_node_ops period_ops = { .show = period_show, .write = period_write };

static int small_show(struct seq_file *m, struct task *task)
{
	seq_puts(m, READ_ONCE(alloc_policy.small_may_fail) ? "fail\n" : "retry\n");
	return 0;
}

static int small_write(const struct proc_node *node, struct task *task, char *buf, size_t len)
{
	const char *word = strim(buf);

	if (strcmp(word, "retry") && strcmp(word, "fail"))
		return -EINVAL;
	WRITE_ONCE(alloc_policy.small_may_fail, *word == 'f');
	return 0;
}
static const struct proc_node_ops small_ops = { .show = small_show, .write = small_write };

const struct proc_node sysctl_vm_rows[] = {
	SYSCTL_ULONG("admin_reserve_kbytes", &mm_sysctl.admin_reserve_kbytes, 0, ~0ul),
	SYSCTL_INT("allocation_stall_ms", &alloc_policy.stall_ms, 0, INT_MAX),
	PROC_FILE("compact_memory", 0200, compact_ops),
	SYSCTL_DIRTY("dirty_background_bytes", dirty_bytes_ops, dirty_background),
	SYSCTL_DIRTY("dirty_background_ratio", dirty_ratio_ops, dirty_background),
	SYSCTL_DIRTY("dirty_bytes", dirty_bytes_ops, dirty_writers),
	SYSCTL_INT("dirty_expire_centisecs", &mm_sysctl.dirty_expire_centisecs, 0, INT_MAX),
	SYSCTL_DIRTY("dirty_ratio", dirty_ratio_ops, dirty_writers),
	PROC_FILE("dirty_writeback_centisecs", 0644, period_ops),
	PROC_FILE("drop_caches", 0200, drop_caches_ops),
	SYSCTL_INT("legacy_va_layout", &mm_sysctl.legacy_va_layout, 0, INT_MAX),
	SYSCTL_INT("max_map_count", &mm_sysctl.max_map_count, 0, 0x7fffffff),
	PROC_FILE("min_free_kbytes", 0644, min_free_ops),
	SYSCTL_ULONG("mmap_min_addr", &mm_sysctl.mmap_min_addr, 0, 1ul << 46),
	SYSCTL_INT("mmap_rnd_bits", &mm_sysctl.mmap_rnd_bits, MMAP_RND_BITS_MIN, MMAP_RND_BITS_MAX),
	SYSCTL_INT("oom_dump_tasks", &mm_sysctl.oom_dump_tasks, INT_MIN, INT_MAX),
	SYSCTL_INT("oom_kill_allocating_task", &mm_sysctl.oom_kill_allocating_task, INT_MIN, INT_MAX),
	SYSCTL_INT("oom_victim_timeout_ms", &mm_sysctl.oom_victim_timeout_ms, 0, INT_MAX),
	PROC_FILE("overcommit_kbytes", 0644, commit_kbytes_ops),
	SYSCTL_INT("overcommit_memory", &mm_sysctl.overcommit_memory, 0, 2),
	PROC_FILE("overcommit_ratio", 0644, commit_ratio_ops),
	SYSCTL_INT("panic_on_oom", &mm_sysctl.panic_on_oom, 0, 2),
	SYSCTL_INT("reserve_max_percent", &reserve_policy.max_percent, 0, 80),
	PROC_FILE("small_allocation", 0644, small_ops),
	SYSCTL_ULONG("user_reserve_kbytes", &mm_sysctl.user_reserve_kbytes, 0, ~0ul),
	SYSCTL_INT("vfs_cache_pressure", &mm_sysctl.vfs_cache_pressure, 0, INT_MAX),
	PROC_FILE("watermark_scale_factor", 0644, scale_ops),
	{ 0 },
};

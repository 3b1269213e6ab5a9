/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.c - allocation failures on purpose: /sys/kernel/debug/fail_page_alloc and failslab, with Linux's files.
 *
 * WHAT        Each file is one word of a struct fault_attr or of alloc_fault; what they mean is said there and in Linux's
 *             Documentation/fault-injection. /sys/kernel/slab/CACHE/failslab chooses caches for failslab/cache-filter.
 *             The words failslab= and fail_page_alloc= of the kernel's command line are applied here, when the kernel is up.
 * LOCKING     fault_files.lock: writers. Readers and the allocators look without it: each value is one word.
 * TESTS       tests/guest/bad/inject_test.c
 */
#include <arch/bootinfo.h>
#include <lib/cmdline.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/string.h>
#include <lib/time_units.h>
#include <log/printk.h>
#include <pages/alloc_fault.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <sync/mutex.h>
#include "node_impl.h"

#define WORD_MAX 64

static struct {
	struct mutex lock; /* rank DEVICE */
} fault_files = { .lock = MUTEX_INIT(fault_files.lock, RANK_DEVICE) };

/* --- one word a file ----------------------------------------------------------------------------------- */

static void ulong_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%lu\n", READ_ONCE(*(unsigned long *)priv));
}

static int ulong_store(void *priv, char *text, size_t len)
{
	unsigned long value;
	int err = kstrtoul(strim(text), 0, &value);

	if (!err)
		WRITE_ONCE(*(unsigned long *)priv, value);
	return err;
}

static int probability_store(void *priv, char *text, size_t len)
{
	struct fault_attr *attr = container_of((unsigned long *)priv, struct fault_attr, probability);
	int err;

	with_mutex(&fault_files.lock);
	err = ulong_store(priv, text, len);
	if (!err)
		fault_attr_update(attr);
	return err;
}

static void addr_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "0x%016lx\n", READ_ONCE(*(unsigned long *)priv));
}

static void atomic_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%d\n", atomic_read(priv));
}

static int atomic_store(void *priv, char *text, size_t len)
{
	int value, err = kstrtoint(strim(text), 0, &value);

	if (!err)
		atomic_set(priv, value);
	return err;
}

static void u32_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%u\n", READ_ONCE(*(u32 *)priv));
}

static int u32_store(void *priv, char *text, size_t len)
{
	u32 value;
	int err = kstrtouint(strim(text), 0, &value);

	if (!err)
		WRITE_ONCE(*(u32 *)priv, value);
	return err;
}

static void bool_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%c\n", READ_ONCE(*(bool *)priv) ? 'Y' : 'N');
}

static int bool_store(void *priv, char *text, size_t len)
{
	bool value;
	int err = kstrtobool(strim(text), &value);

	if (!err)
		WRITE_ONCE(*(bool *)priv, value);
	return err;
}

static void ms_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%lu\n", (unsigned long)(READ_ONCE(*(u64 *)priv) / NSEC_PER_MSEC));
}

static int ms_store(void *priv, char *text, size_t len)
{
	u32 ms;
	int err = kstrtouint(strim(text), 0, &ms);

	if (!err)
		WRITE_ONCE(*(u64 *)priv, ms * (u64)NSEC_PER_MSEC);
	return err;
}

static const struct sysfs_attr_ops ulong_ops = { .name = "ulong", .show = ulong_show, .store = ulong_store };
static const struct sysfs_attr_ops probability_ops = { .name = "probability", .show = ulong_show, .store = probability_store };
static const struct sysfs_attr_ops addr_ops = { .name = "addr", .show = addr_show, .store = ulong_store };
static const struct sysfs_attr_ops atomic_ops = { .name = "atomic", .show = atomic_show, .store = atomic_store };
static const struct sysfs_attr_ops u32_ops = { .name = "u32", .show = u32_show, .store = u32_store };
static const struct sysfs_attr_ops bool_ops = { .name = "bool", .show = bool_show, .store = bool_store };
static const struct sysfs_attr_ops ms_ops = { .name = "ms", .show = ms_show, .store = ms_store };

/* What both capabilities have. */
static struct sysfs_node *add_attr_files(struct fault_attr *attr)
{
	struct sysfs_node *dir = sysfs_dir(&debugfs_root, attr->name);

	sysfs_add_attr(dir, "probability", 0600, &probability_ops, &attr->probability);
	sysfs_add_attr(dir, "interval", 0600, &ulong_ops, &attr->interval);
	sysfs_add_attr(dir, "times", 0600, &atomic_ops, &attr->times);
	sysfs_add_attr(dir, "space", 0600, &atomic_ops, &attr->space);
	sysfs_add_attr(dir, "verbose", 0600, &ulong_ops, &attr->verbose);
	sysfs_add_attr(dir, "verbose_ratelimit_interval_ms", 0600, &ms_ops, &attr->ratelimit.interval_ns);
	sysfs_add_attr(dir, "verbose_ratelimit_burst", 0600, &u32_ops, &attr->ratelimit.burst);
	sysfs_add_attr(dir, "task-filter", 0600, &bool_ops, &attr->task_filter);
	sysfs_add_attr(dir, "stacktrace-depth", 0600, &ulong_ops, &attr->stack.depth);
	sysfs_add_attr(dir, "require-start", 0600, &addr_ops, &attr->stack.require_start);
	sysfs_add_attr(dir, "require-end", 0600, &addr_ops, &attr->stack.require_end);
	sysfs_add_attr(dir, "reject-start", 0600, &addr_ops, &attr->stack.reject_start);
	sysfs_add_attr(dir, "reject-end", 0600, &addr_ops, &attr->stack.reject_end);
	return dir;
}

/* --- caches -------------------------------------------------------------------------------------------- */

static void chosen_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%d\n", kmem_cache_is_chosen_to_fail(priv));
}

static int chosen_store(void *priv, char *text, size_t len)
{
	if (strcmp(text, "0") && strcmp(text, "1"))
		return -EINVAL;
	kmem_cache_choose_to_fail(priv, *text == '1');
	return 0;
}

static const struct sysfs_attr_ops chosen_ops = { .name = "failslab", .show = chosen_show, .store = chosen_store };

/* A name for each type: caches of one type are chosen together. */
static void add_caches(void)
{
	struct object_stats st;
	char path[64];

	for (size_t n = 0; object_stats_at(n, &st); n++) {
		if (snprintf(path, sizeof(path), "kernel/slab/%s", st.type->name) >= (int)sizeof(path))
			continue;
		sysfs_add_attr(sysfs_dir(&sysfs_root, path), "failslab", 0644, &chosen_ops, (void *)st.type->name);
	}
}

/* --- the command line ---------------------------------------------------------------------------------- */

static void apply_word(const char *name, struct fault_attr *attr)
{
	char text[WORD_MAX];

	if (cmdline_find(boot_info.cmdline, name, text, sizeof(text)) > 0 && fault_attr_parse(attr, text))
		pr_warn("%s=: interval,probability,space,times are wanted\n", name);
}

void sysfs_fault_init(void)
{
	struct sysfs_node *dir = add_attr_files(&alloc_fault.page);

	sysfs_add_attr(dir, "ignore-gfp-highmem", 0600, &bool_ops, &alloc_fault.page_ignore_highmem);
	sysfs_add_attr(dir, "ignore-gfp-wait", 0600, &bool_ops, &alloc_fault.page_ignore_wait);
	sysfs_add_attr(dir, "min-order", 0600, &u32_ops, &alloc_fault.page_min_order);
	dir = add_attr_files(&alloc_fault.slab);
	sysfs_add_attr(dir, "ignore-gfp-wait", 0600, &bool_ops, &alloc_fault.slab_ignore_wait);
	sysfs_add_attr(dir, "cache-filter", 0600, &bool_ops, &alloc_fault.slab_cache_filter);
	add_caches();
	apply_word("fail_page_alloc", &alloc_fault.page);
	apply_word("failslab", &alloc_fault.slab);
}

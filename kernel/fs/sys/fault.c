/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.c - allocation failures on purpose, by hand: /sys/kernel/debug/fail_page_alloc.
 *
 * WHAT        probability (percent), interval and times mean what they mean on Linux; a write to any of
 *             them applies all. nth fails exactly the nth eligible allocation from now, once;
 *             own_nth counts allocations of the writing thread alone. failed counts. One setting
 *             serves frames and objects alike; failslab is a link to it.
 * LOCKING     Writers race harmlessly: each value is one word.
 */
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <pages/alloc_fault.h>
#include "node_impl.h"

static struct {
	u32 probability, interval;
	int times;
} wanted = { .interval = 1, .times = 1 };

static void apply(void)
{
	alloc_fault_arm(wanted.probability, wanted.interval, wanted.times);
}

static void u32_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%u\n", *(u32 *)priv);
}

static int u32_store(void *priv, char *text, size_t len)
{
	int err = kstrtouint(text, 0, priv);

	if (!err)
		apply();
	return err;
}

static void times_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%d\n", atomic_read(&alloc_fault.times));
}

static int times_store(void *priv, char *text, size_t len)
{
	int err = kstrtoint(text, 0, &wanted.times);

	if (!err)
		apply();
	return err;
}

static void nth_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%llu\n", (unsigned long long)alloc_fault.fail_nth);
}

static int nth_store(void *priv, char *text, size_t len)
{
	u64 nth;
	int err = kstrtou64(text, 0, &nth);

	if (!err)
		alloc_fault_arm_nth(nth);
	return err;
}

static int own_nth_store(void *priv, char *text, size_t len)
{
	u64 nth;
	int err = kstrtou64(text, 0, &nth);

	if (!err)
		alloc_fault_arm_nth_own(nth);
	return err;
}

static void failed_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%llu\n", (unsigned long long)alloc_fault.nr_failed);
}

static const struct sysfs_attr_ops u32_ops = { .name = "u32", .show = u32_show, .store = u32_store };
static const struct sysfs_attr_ops times_ops = { .name = "times", .show = times_show, .store = times_store };
static const struct sysfs_attr_ops nth_ops = { .name = "nth", .show = nth_show, .store = nth_store };
static const struct sysfs_attr_ops own_nth_ops = { .name = "own_nth", .show = nth_show, .store = own_nth_store };
static const struct sysfs_attr_ops failed_ops = { .name = "failed", .show = failed_show };

void sysfs_fault_init(void)
{
	struct sysfs_node *dir = sysfs_dir(&debugfs_root, "fail_page_alloc");

	sysfs_add_attr(dir, "probability", 0600, &u32_ops, &wanted.probability);
	sysfs_add_attr(dir, "interval", 0600, &u32_ops, &wanted.interval);
	sysfs_add_attr(dir, "times", 0600, &times_ops, NULL);
	sysfs_add_attr(dir, "nth", 0600, &nth_ops, NULL);
	sysfs_add_attr(dir, "own_nth", 0600, &own_nth_ops, NULL);
	sysfs_add_attr(dir, "failed", 0400, &failed_ops, NULL);
	sysfs_add_link(&debugfs_root, "failslab", "fail_page_alloc");
}

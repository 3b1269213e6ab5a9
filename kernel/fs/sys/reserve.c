/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve.c - /sys/kernel/mm/reserve: who holds how much promised memory back, by class.
 *
 * WHAT        A directory for each class of reservations: size (pages of the open ones), drawn (of these, already used), low_water (the
 *             fewest undrawn pages with which one ended; -1 before the first end), waits (how many had to wait at the
 *             start). "school" chooses for those that begin from now on.
 * LOCKING     None: each figure is one word.
 * TESTS       tests/guest/mm/reserve_test.c
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/reserve.h>
#include "node_impl.h"

static void count_show(void *priv, struct report_writer *writer)
{
	report_printf(writer, "%ld\n", (long)atomic_long_read((atomic_long_t *)priv));
}

static const struct sysfs_attr_ops count_ops = { .name = "reserve", .show = count_show };

static void school_show(void *priv, struct report_writer *writer)
{
	for (int school = 0; school < NR_RESERVE_SCHOOLS; school++)
		report_printf(writer, reserve_school() == (u32)school ? "[%s]%c" : "%s%c", reserve_school_names[school],
			      school + 1 < NR_RESERVE_SCHOOLS ? ' ' : '\n');
}

static int school_store(void *priv, char *text, size_t len)
{
	for (int school = 0; school < NR_RESERVE_SCHOOLS; school++) {
		if (strcmp(strim(text), reserve_school_names[school]))
			continue;
		reserve_set_school(school);
		return 0;
	}
	return -EINVAL;
}

static const struct sysfs_attr_ops school_ops = { .name = "reserve_school", .show = school_show, .store = school_store };

static void add_class(struct sysfs_node *root, struct reserve_class *class)
{
	struct sysfs_node *dir = sysfs_dir(root, class->name);

	if (!dir)
		return;
	sysfs_add_attr(dir, "size", 0444, &count_ops, &class->size);
	sysfs_add_attr(dir, "drawn", 0444, &count_ops, &class->drawn);
	sysfs_add_attr(dir, "low_water", 0444, &count_ops, &class->low_water);
	sysfs_add_attr(dir, "waits", 0444, &count_ops, &class->waits);
}

void sysfs_reserve_init(void)
{
	struct sysfs_node *root = sysfs_dir(&sysfs_root, "kernel/mm/reserve");

	if (!root)
		return;
	sysfs_add_attr(root, "school", 0644, &school_ops, NULL);
	for (struct reserve_class *class = reserve_class_next(NULL); class; class = reserve_class_next(class))
		add_class(root, class);
}

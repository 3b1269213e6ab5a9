/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - statistics: a low folder describes them, procfs and sysfs publish them.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <lib/printf.h>

struct report;

/* Where a report writes. */
struct report_writer {
	char *buf;
	size_t size;
	size_t len; /* wanted; more than size when it did not fit */
};

struct report_ops {
	const char *name;
	/* Write the whole text. May sleep. */
	void (*show)(struct report *report, struct report_writer *writer);
};

struct report {
	const char *name; /* a path below debugfs, such as "sched/rcu"; final */
	const struct report_ops *ops;
	struct list_head node;
};

void report_printf(struct report_writer *writer, const char *fmt, ...) __printf(2, 3);
void report_write(struct report_writer *writer, const char *text, size_t len);
static inline void report_puts(struct report_writer *writer, const char *text)
{
	report_write(writer, text, __builtin_strlen(text));
}

/* For ever (statistics of the kernel itself live as long as it does). */
void report_register(struct report *report);
/* The registered ones, in order of registration: *@cursor starts at NULL. NULL at the end. */
struct report *report_next(struct report *cursor);
struct report *report_find(const char *name);
/* Run @report into @buf: the length it wants, which may be more than @size. */
size_t report_show(struct report *report, char *buf, size_t size);

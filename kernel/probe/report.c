/* SPDX-License-Identifier: GPL-2.0-only */
/* report.c - the list of statistics that low folders offer. Entries are never removed, so readers need no lock. */
#include <lib/list.h>
#include <lib/string.h>
#include <sync/spinlock.h>
#include <probe/report.h>

static DEFINE_SPINLOCK(report_lock, RANK_LEAF);
static LIST_HEAD(reports);

void report_register(struct report *report)
{
	with_spinlock_irqsave(&report_lock);

	list_add_tail_rcu(&report->node, &reports);
}

struct report *report_next(struct report *cursor)
{
	struct list_head *next = READ_ONCE((cursor ? &cursor->node : &reports)->next);

	return next == &reports ? NULL : list_entry(next, struct report, node);
}

struct report *report_find(const char *name)
{
	struct report *report;

	for (report = report_next(NULL); report; report = report_next(report)) {
		if (!strcmp(report->name, name))
			return report;
	}
	return NULL;
}

void report_write(struct report_writer *writer, const char *text, size_t len)
{
	if (writer->len < writer->size)
		memcpy(writer->buf + writer->len, text, min(len, writer->size - writer->len));
	writer->len += len;
}

void report_printf(struct report_writer *writer, const char *fmt, ...)
{
	size_t room = writer->len < writer->size ? writer->size - writer->len : 0;
	va_list args;

	va_start(args, fmt);
	writer->len += vsnprintf(room ? writer->buf + writer->len : NULL, room, fmt, args);
	va_end(args);
}

size_t report_show(struct report *report, char *buf, size_t size)
{
	struct report_writer writer = { .buf = buf, .size = size };

	report->ops->show(report, &writer);
	return writer.len;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_log.c - what the guest's kernel prints.
 *
 * WHAT        The log goes to the file of --log, if there is one, and its end is kept so that a
 *             panic can be shown with what led to it. Our kernel begins the line with "panic:",
 *             Linux has "Kernel panic - not syncing", and its trace may come before that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "kernel_log.h"
#include "protocol.h"
#include "report.h"

struct mark {
	const char *text;
	bool is_end; /* the kernel stops here, rather than only complaining */
};

static const struct mark panic_marks[] = {
	{ "panic:", true },  { "Kernel panic - not syncing", true }, { "BUG: ", false },
	{ "Oops: ", false }, { "general protection fault", false },  { "double fault", false },
};

void kernel_log_init(struct kernel_log *log, const char *path)
{
	*log = (struct kernel_log){ .file_fd = -1 };
	if (!path)
		return;
	log->file_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (log->file_fd < 0)
		die("--log %s: %s", path, strerror(errno));
}

static char *find(struct kernel_log *log, const char *text)
{
	return log->text.len ? memmem(log->text.at, log->text.len, text, strlen(text)) : NULL;
}

/* Forget the older half when twice what is to be kept has come. */
static void trim(struct kernel_log *log)
{
	if (log->text.len < 2 * KERNEL_LOG_KEEP || log->is_panic)
		return;
	memmove(log->text.at, log->text.at + log->text.len - KERNEL_LOG_KEEP, KERNEL_LOG_KEEP);
	log->text.len = KERNEL_LOG_KEEP;
}

void kernel_log_add(struct kernel_log *log, const char *bytes, size_t len)
{
	if (log->file_fd >= 0 && write(log->file_fd, bytes, len) < 0) {
		report("cannot write the kernel's log: %s", strerror(errno));
		close(log->file_fd);
		log->file_fd = -1;
	}
	if (log->text.len < 4 * KERNEL_LOG_KEEP)
		bytes_add(&log->text, bytes, len);
	for (size_t i = 0; i < sizeof(panic_marks) / sizeof(panic_marks[0]); i++)
		if (panic_marks[i].is_end && !log->is_panic)
			log->is_panic = find(log, panic_marks[i].text) != NULL;
	trim(log);
}

/* To stderr, without the carriage returns of a serial line. */
static void print_from(struct kernel_log *log, const char *from)
{
	const char *end = (const char *)log->text.at + log->text.len;

	for (const char *s = from; s < end; s++)
		if (*s != '\r')
			fputc(*s, stderr);
	if (end > from && end[-1] != '\n')
		fputc('\n', stderr);
	fflush(stderr);
}

bool kernel_log_print_panic(struct kernel_log *log)
{
	char *first = NULL;

	if (!log->is_panic)
		return false;
	for (size_t i = 0; i < sizeof(panic_marks) / sizeof(panic_marks[0]); i++) {
		char *at = find(log, panic_marks[i].text);

		if (at && (!first || at < first))
			first = at;
	}
	while (first > (char *)log->text.at && first[-1] != '\n')
		first--;
	print_from(log, first);
	return true;
}

void kernel_log_print_tail(struct kernel_log *log, int nr_lines)
{
	const char *start = (const char *)log->text.at;
	const char *at = start + log->text.len;

	if (!log->text.len)
		return;
	for (at--; nr_lines >= 0 && at > start; at--)
		if (at[-1] == '\n' && nr_lines-- <= 1)
			break;
	print_from(log, at);
}

int kernel_log_exit_status(struct kernel_log *log)
{
	char *at = find(log, CONSOLE_EXIT_MARK);

	return at ? atoi(at + strlen(CONSOLE_EXIT_MARK)) & 0xff : -1;
}

void kernel_log_fini(struct kernel_log *log)
{
	if (log->file_fd >= 0)
		close(log->file_fd);
	bytes_fini(&log->text);
}

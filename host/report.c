/* SPDX-License-Identifier: GPL-2.0-only */
/* report.c - what the command says about itself. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "report.h"

struct reporter {
	bool is_verbose;
	struct timespec start;
};

static struct reporter reporter;

/* One write, so that lines of several processes do not mix. "\r": the terminal may be raw. */
static void say(const char *prefix, const char *format, va_list args)
{
	char *text = NULL, *line = NULL;
	int n;

	if (vasprintf(&text, format, args) < 0)
		return;
	n = asprintf(&line, "%sperennial: %s%s%s\n", isatty(2) ? "\r" : "", prefix, text,
		     isatty(2) ? "\r" : "");
	if (n > 0 && write(2, line, (size_t)n) < 0) {
		/* stderr is gone: there is nobody to tell. */
	}
	free(text);
	free(line);
}

void report(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("", format, args);
	va_end(args);
	exit(EXIT_LAUNCHER);
}

void detail_enable(void)
{
	reporter.is_verbose = true;
	clock_gettime(CLOCK_MONOTONIC, &reporter.start);
}

bool detail_is_enabled(void)
{
	return reporter.is_verbose;
}

void detail(const char *format, ...)
{
	struct timespec now;
	char prefix[32];
	va_list args;

	if (!reporter.is_verbose)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	snprintf(prefix, sizeof(prefix), "[%6ld ms] ",
		 (now.tv_sec - reporter.start.tv_sec) * 1000 +
		     (now.tv_nsec - reporter.start.tv_nsec) / 1000000);
	va_start(args, format);
	say(prefix, format, args);
	va_end(args);
}

void *must_alloc(unsigned long len_bytes)
{
	return must_realloc(NULL, len_bytes);
}

void *must_realloc(void *p, unsigned long len_bytes)
{
	p = realloc(p, len_bytes ? len_bytes : 1);
	if (!p)
		die("out of memory (%lu bytes)", len_bytes);
	return p;
}

char *must_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&text, format, args);
	va_end(args);
	if (n < 0)
		die("out of memory");
	return text;
}

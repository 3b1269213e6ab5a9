/* SPDX-License-Identifier: GPL-2.0-only */
/* report_stub.c - report.c for tests: quiet, and die() returns to the test. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "report.h"
#include "report_stub.h"

char died_with[512];

/* unit_main.c counts what fails in the kernel's allocator; there is none here. */
int unit_fail_alloc_at;
jmp_buf die_target;

/* What a die() leaves behind is no leak: the command would have ended. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

void report(const char *format, ...)
{
	(void)format;
}

void detail(const char *format, ...)
{
	(void)format;
}

bool detail_is_enabled(void)
{
	return false;
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(died_with, sizeof(died_with), format, args);
	va_end(args);
	longjmp(die_target, 1);
}

void *must_alloc(unsigned long len_bytes)
{
	return must_realloc(NULL, len_bytes);
}

void *must_realloc(void *p, unsigned long len_bytes)
{
	p = realloc(p, len_bytes ? len_bytes : 1);
	if (!p)
		abort();
	return p;
}

char *must_format(const char *format, ...)
{
	char text[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return __builtin_strdup(text);
}

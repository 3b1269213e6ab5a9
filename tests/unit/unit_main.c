/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unit_main.c - runs the cases of one test program in the order they are written.
 *
 * WHAT        Prints each failed case with its place, then "N passed, N failed". A sanitizer's report ends the
 *             program at once, which run.sh counts as a failure.
 */
#include "unit_test.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	struct unit_case *first;
	struct unit_case **last;
	jmp_buf escape;
	unsigned long random;
} unit = { .last = &unit.first };

void unit_register(struct unit_case *c)
{
	*unit.last = c;
	unit.last = &c->next;
}

void unit_fail(const char *file, int line, const char *what)
{
	printf("%s:%d: %s\n", file, line, what);
	longjmp(unit.escape, 1);
}

void unit_fail_eq(const char *file, int line, const char *what, long long a, long long b)
{
	printf("%s:%d: %s, but %lld and %lld (%#llx, %#llx)\n", file, line, what, a, b, a, b);
	longjmp(unit.escape, 1);
}

void unit_check_streq(const char *file, int line, const char *what, const char *a, const char *b)
{
	if (a && b && !strcmp(a, b))
		return;
	printf("%s:%d: %s, but \"%s\" and \"%s\"\n", file, line, what, a ? a : "NULL", b ? b : "NULL");
	longjmp(unit.escape, 1);
}

unsigned long unit_random(void)
{
	unsigned long x = unit.random;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	unit.random = x;
	return x * 0x2545f4914f6cdd1dUL;
}

static bool is_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc == 1;
}

static bool run_case(struct unit_case *c)
{
	unit.random = 88172645463325252UL;
	unit_fail_alloc_at = 0;
	if (setjmp(unit.escape)) {
		printf("FAIL %s\n", c->name);
		return false;
	}
	c->run();
	return true;
}

int main(int argc, char **argv)
{
	int passed = 0, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (struct unit_case *c = unit.first; c; c = c->next) {
		if (!is_wanted(c->name, argc, argv))
			continue;
		if (run_case(c))
			passed++;
		else
			failed++;
	}
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}

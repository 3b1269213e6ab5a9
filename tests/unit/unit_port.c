/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unit_port.c - lib's ports for programs on the host: memory from malloc with a failure on demand, frees at once
 * (the sanitizer then sees every use after), assertions that a test can expect. All weak: a test may define its own.
 */
#include <lib/lib_port.h>
#include <lib/xarray.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

int unit_fail_alloc_at;
long unit_live_nodes;
int unit_warnings;

static struct {
	jmp_buf escape;
	bool is_expected;
} asserting;

/* Declared in unit_test.h, which fuzzers do not include. */
bool unit_asserts(void (*run)(void));

bool unit_asserts(void (*run)(void))
{
	if (setjmp(asserting.escape)) {
		asserting.is_expected = false;
		return true;
	}
	asserting.is_expected = true;
	run();
	asserting.is_expected = false;
	return false;
}

__weak void *xa_node_alloc(gfp_t gfp)
{
	void *node;

	if (unit_fail_alloc_at && !--unit_fail_alloc_at)
		return NULL;
	node = calloc(1, sizeof(struct xa_node));
	if (node)
		unit_live_nodes++;
	return node;
}

__weak void xa_node_free_rcu(struct xa_node *node)
{
	unit_live_nodes--;
	free(node);
}

__weak const char *symbol_lookup(unsigned long addr, unsigned long *off, unsigned long *size)
{
	if (addr < 0x1000 || addr >= 0x2000)
		return NULL;
	*off = addr - 0x1000;
	*size = 0x1000;
	return "a_function";
}

__weak void assert_fail(const char *expr, const char *file, int line)
{
	if (asserting.is_expected)
		longjmp(asserting.escape, 1);
	printf("%s:%d: assertion failed: %s\n", file, line, expr);
	fflush(stdout);
	abort();
}

__weak void warn_fail(const char *expr, const char *file, int line)
{
	unit_warnings++;
}

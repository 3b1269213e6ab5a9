/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unit_test.h - cases and checks for tests that run on the host.
 *
 *	TEST(insert_when_full_returns_enospc)
 *	{
 *		CHECK_EQ(flow_insert(&table, flow), -ENOSPC);
 *	}
 *
 * A failed check ends its case. Programs run all cases, or those named on the command line.
 */
#ifndef UNIT_TEST_H
#define UNIT_TEST_H

#include <stdbool.h>

struct unit_case {
	const char *name;
	void (*run)(void);
	struct unit_case *next;
};

void unit_register(struct unit_case *c);
__attribute__((__noreturn__)) void unit_fail(const char *file, int line, const char *what);
__attribute__((__noreturn__)) void unit_fail_eq(const char *file, int line, const char *what,
						long long a, long long b);
void unit_check_streq(const char *file, int line, const char *what, const char *a, const char *b);

/* A small generator with a fixed seed per case: failures repeat. */
unsigned long unit_random(void);

/* Port stubs: the allocation that fails next (0: none; 1: the next one), and what happened. */
extern int unit_fail_alloc_at;
extern long unit_live_nodes;
extern int unit_warnings;
/* True when @run ended in a failed KASSERT. */
bool unit_asserts(void (*run)(void));

#define TEST(case_name)                                                                        \
	static void case_name(void);                                                           \
	static struct unit_case case_name##_case = { #case_name, case_name, 0 };               \
	__attribute__((__constructor__)) static void case_name##_register(void)               \
	{                                                                                      \
		unit_register(&case_name##_case);                                              \
	}                                                                                      \
	static void case_name(void)

#define CHECK(x)                                           \
	do {                                               \
		if (!(x))                                  \
			unit_fail(__FILE__, __LINE__, #x); \
	} while (0)
#define CHECK_EQ(a, b)                                                                    \
	do {                                                                              \
		long long unit_a = (long long)(a), unit_b = (long long)(b);               \
		if (unit_a != unit_b)                                                     \
			unit_fail_eq(__FILE__, __LINE__, #a " == " #b, unit_a, unit_b);   \
	} while (0)
#define CHECK_STREQ(a, b) unit_check_streq(__FILE__, __LINE__, #a " == " #b, a, b)

#endif

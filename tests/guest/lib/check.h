/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check.h - what a guest test needs: cases with names, checks that say where and why they failed.
 *
 * A guest test is an ordinary static Linux program. It is proved on Debian's kernel first, then judges ours.
 *
 *	CASE(pipe_read_gets_what_was_written)
 *	{
 *		CHECK_EQ(write(fd, "x", 1), 1);
 *	}
 *	TEST_MAIN()
 *
 * Each case runs in a child of its own with a limit of CASE_SECONDS, in the order of the file. The program prints a line
 * `ok NAME MILLISECONDS` or `FAIL NAME: file:line: what` for each and exits with the number of failed ones. On Debian's kernel a case with
 * the word "ours" in its name is not run, and `not here: NAME` says so. A check that fails ends its
 * case there: what has been changed outside of the case's processes is put back only if keep_setting() knows of it.
 */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CASE_SECONDS
#define CASE_SECONDS 20
#endif

struct test_case {
	const char *name;
	void (*run)(void);
	struct test_case *next;
};

extern struct test_case *test_cases;
extern struct test_case **test_cases_end;
int test_main(int argc, char **argv, int case_seconds);

void check_failed(const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4), noreturn));

/*
 * Keep a setting of the machine (a file of /proc/sys or /sys): when the case has ended, also at a failed check or its time limit, the file
 * says again what it says now. Settings that cannot be put back fail the case.
 */
void keep_setting(const char *path);

#define CASE(case_name)                                                                                                \
	static void case_##case_name(void);                                                                            \
	static struct test_case case_##case_name##_entry = { #case_name, case_##case_name, NULL };                     \
	__attribute__((constructor)) static void case_##case_name##_add(void)                                          \
	{                                                                                                              \
		*test_cases_end = &case_##case_name##_entry;                                                           \
		test_cases_end = &case_##case_name##_entry.next;                                                       \
	}                                                                                                              \
	static void case_##case_name(void)

#define TEST_MAIN()                                                                                                    \
	int main(int argc, char **argv)                                                                                \
	{                                                                                                              \
		return test_main(argc, argv, CASE_SECONDS);                                                                          \
	}

#define CHECK(cond)                                                                                                    \
	do {                                                                                                           \
		errno = 0;                                                                                             \
		if (!(cond))                                                                                           \
			check_failed(__FILE__, __LINE__, "%s (errno %d %s)", #cond, errno, strerror(errno));           \
	} while (0)

#define CHECK_EQ(got, want)                                                                                            \
	do {                                                                                                           \
		errno = 0;                                                                                             \
		long long got_ = (long long)(got), want_ = (long long)(want);                                          \
		if (got_ != want_)                                                                                     \
			check_failed(__FILE__, __LINE__, "%s is %lld, not %lld (errno %d %s)", #got, got_, want_,       \
				     errno, strerror(errno));                                                          \
	} while (0)

/* The call fails with -1 and exactly this errno. */
#define CHECK_ERRNO(call, want_errno)                                                                                  \
	do {                                                                                                           \
		errno = 0;                                                                                             \
		long long got_ = (long long)(call);                                                                    \
		int errno_ = errno;                                                                                    \
		if (got_ != -1 || errno_ != (want_errno))                                                              \
			check_failed(__FILE__, __LINE__, "%s gives %lld errno %d (%s), not -1 errno %d", #call, got_,   \
				     errno_, strerror(errno_), want_errno);                                            \
	} while (0)

/* Run the code in a child that must exit 0. */
#define IN_CHILD(...)                                                                                                  \
	do {                                                                                                           \
		pid_t child_ = fork();                                                                                 \
		CHECK(child_ >= 0);                                                                                    \
		if (!child_) {                                                                                         \
			__VA_ARGS__;                                                                                          \
			_exit(0);                                                                                      \
		}                                                                                                      \
		int status_;                                                                                           \
		CHECK_EQ(waitpid(child_, &status_, 0), child_);                                                        \
		CHECK_EQ(status_, 0);                                                                                  \
	} while (0)

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * keep_test.c - proves that keep_setting() of check.h leaves the machine as it was, however a case ends: cases that are none of this
 * program's run under a test_main() of their own, whose lines are read.
 */
#include "../sched/deadline.h"
#include "text.h"

#define SETTING "/proc/sys/kernel/sched_deadline_period_min_us"
#define OTHER	"/proc/sys/kernel/sched_rr_timeslice_ms"
#define RUNTIME "/proc/sys/kernel/sched_rt_runtime_us"
#define FILE_OF_OURS "/tmp/keep_test"

/* Run @body as the only case of a program, with @seconds; its number of failed cases. What it said is left in @text. */
static int run_alone(void (*body)(void), int seconds, char *text, size_t size)
{
	struct test_case alone = { "alone", body, NULL };
	char *argv[] = { "keep_test", NULL };
	int fds[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		dup2(fds[1], 1);
		close(fds[1]);
		test_cases = &alone;
		_exit(test_main(1, argv, seconds));
	}
	close(fds[1]);
	while ((n = read(fds[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = 0;
	close(fds[0]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void ends_with(void (*body)(void), int failed, const char *line)
{
	char before[64], other[64], now[64], text[1024];

	get_text(SETTING, before, sizeof(before));
	get_text(OTHER, other, sizeof(other));
	CHECK_EQ(run_alone(body, 2, text, sizeof(text)), failed);
	if (!strstr(text, line))
		check_failed(__FILE__, __LINE__, "no \"%s\" in \"%s\"", line, text);
	CHECK(!strcmp(get_text(SETTING, now, sizeof(now)), before));
	CHECK(!strcmp(get_text(OTHER, now, sizeof(now)), other));
}

static void change_both(void)
{
	CHECK_EQ(change_setting(SETTING, "20000"), 0);
	CHECK_EQ(change_setting(OTHER, "40"), 0);
	CHECK_EQ(change_setting(SETTING, "30000"), 0);
}

static void change_and_pass(void)
{
	change_both();
}

CASE(a_case_that_passes)
{
	ends_with(change_and_pass, 0, "ok alone");
}

static void change_and_fail(void)
{
	change_both();
	CHECK(0);
}

CASE(a_check_that_fails)
{
	ends_with(change_and_fail, 1, "FAIL alone: status 97");
}

static void change_and_fail_in_a_child(void)
{
	IN_CHILD(change_and_fail());
}

CASE(a_check_that_fails_in_a_child)
{
	ends_with(change_and_fail_in_a_child, 1, "FAIL alone: status 97");
}

static void change_and_wait(void)
{
	IN_CHILD(change_both(); for (;;) pause());
}

CASE(a_case_at_its_time_limit)
{
	ends_with(change_and_wait, 1, " faults\nFAIL alone: signal 14 (time limit)");
}

/* More is admitted than the setting that was can bear, and goes some time after its task. */
static void admit_much_and_fail(void)
{
	CHECK_EQ(change_setting(RUNTIME, "-1"), 0);
	for (int i = 0; i < nr_cpus(); i++)
		CHECK_EQ(set_deadline(sleeper(), 999 * MS, 1000 * MS, 0, 0), 0);
	CHECK(0);
}

CASE(a_setting_that_is_busy_for_a_while)
{
	char before[64], now[64], text[1024];

	get_text(RUNTIME, before, sizeof(before));
	CHECK_EQ(run_alone(admit_much_and_fail, 10, text, sizeof(text)), 1);
	CHECK(strstr(text, "FAIL alone: status 97"));
	CHECK(!strcmp(get_text(RUNTIME, now, sizeof(now)), before));
}

static void change_what_goes(void)
{
	CHECK_EQ(change_setting(FILE_OF_OURS, "after"), 0);
	CHECK_EQ(unlink(FILE_OF_OURS), 0);
}

CASE(what_cannot_be_put_back_fails_the_case)
{
	char text[1024];
	int fd = open(FILE_OF_OURS, O_CREAT | O_WRONLY, 0600);

	CHECK_EQ(write(fd, "first", 5), 5);
	close(fd);
	CHECK_EQ(run_alone(change_what_goes, 2, text, sizeof(text)), 1);
	CHECK(strstr(text, "  " FILE_OF_OURS " is not what it was: "));
	CHECK(strstr(text, "FAIL alone: a setting stays changed"));
}

TEST_MAIN()

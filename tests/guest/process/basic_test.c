/* SPDX-License-Identifier: GPL-2.0-only */
/* basic_test.c - proves fork, exec, exit statuses, wait and simple signals, by using them. */
#include "check.h"
#include <sched.h>

CASE(fork_gives_child_its_own_memory)
{
	volatile int value = 1;

	IN_CHILD(value = 2);
	CHECK_EQ(value, 1);
}

CASE(exit_status_reaches_the_parent)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(42);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 42);
}

CASE(wait_without_children_is_echild)
{
	CHECK_ERRNO(waitpid(-1, NULL, 0), ECHILD);
}

CASE(killed_child_reports_its_signal)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	CHECK_EQ(kill(pid, SIGTERM), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGTERM);
}

static volatile sig_atomic_t seen;

static void on_signal(int sig)
{
	seen = sig;
}

CASE(handler_runs_and_returns)
{
	struct sigaction action = { .sa_handler = on_signal };

	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(seen, SIGUSR1);
}

CASE(exec_of_missing_file_is_enoent)
{
	char *argv[] = { "x", NULL };

	CHECK_ERRNO(execv("/no/such/file", argv), ENOENT);
}

CASE(children_of_children_are_reaped)
{
	for (int round = 0; round < 50; round++)
		IN_CHILD(IN_CHILD(IN_CHILD(sched_yield())));
}

TEST_MAIN()

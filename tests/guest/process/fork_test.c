/* SPDX-License-Identifier: GPL-2.0-only */
/* fork_test.c - proves what a child gets of its process group while it is being made, by signalling the group all the time. */
#include "check.h"
#include <stdatomic.h>
#include <sys/mman.h>

#define NR_FORKS 200

static void block(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
}

/* Outside of the group: sends @sig to it until it is killed. */
static pid_t start_sender(pid_t group, int sig, atomic_int *nr_sent)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	CHECK_EQ(setpgid(0, 0), 0);
	for (;;) {
		kill(-group, sig);
		atomic_fetch_add(nr_sent, 1);
	}
}

static atomic_int *shared_counter(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	return page;
}

static void fork_under(int sig)
{
	atomic_int *nr_sent = shared_counter();
	pid_t sender;

	CHECK_EQ(setpgid(0, 0), 0);
	sender = start_sender(getpid(), sig, nr_sent);
	while (!atomic_load(nr_sent))
		usleep(100);
	for (int i = 0; i < NR_FORKS; i++) {
		pid_t pid = fork();
		int status;

		CHECK(pid >= 0);
		if (!pid)
			_exit(7);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 7 << 8);
	}
	kill(sender, SIGKILL);
	CHECK_EQ(waitpid(sender, NULL, 0), sender);
}

CASE(fork_succeeds_under_blocked_group_signals)
{
	block(SIGUSR1);
	fork_under(SIGUSR1);
}

CASE(fork_succeeds_under_ignored_group_signals)
{
	signal(SIGUSR1, SIG_IGN);
	fork_under(SIGUSR1);
}

CASE(fork_succeeds_while_the_group_is_probed)
{
	fork_under(0);
}

/* Each child lives until the signal that ended the group: none may be left out, however young it was. */
CASE(a_group_kill_reaches_children_that_are_being_made)
{
	for (int round = 0; round < 30; round++) {
		int alive[2];
		pid_t group;
		char byte;

		CHECK_EQ(pipe(alive), 0);
		group = fork();
		CHECK(group >= 0);
		if (!group) {
			setpgid(0, 0);
			CHECK_EQ(write(alive[1], "x", 1), 1);
			for (int i = 0; i < 100; i++)
				if (!fork())
					for (;;)
						pause();
			for (;;)
				pause();
		}
		CHECK_EQ(close(alive[1]), 0);
		CHECK_EQ(read(alive[0], &byte, 1), 1);
		usleep(round * 100);
		CHECK_EQ(kill(-group, SIGTERM), 0);
		/* The last end of the pipe is closed by the last of them. */
		CHECK_EQ(read(alive[0], &byte, 1), 0);
		CHECK_EQ(close(alive[0]), 0);
		CHECK_EQ(waitpid(group, NULL, 0), group);
	}
}

TEST_MAIN()

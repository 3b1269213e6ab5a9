/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_draw.c - runs a program many times, each time with one allocation that was drawn made to fail; see injection.py.
 *
 * usage: inject_draw SEED DRAWS PROGRAM [ARGUMENT...]
 *
 * Large programs have no agreed answer to "no memory": what is judged is that each run ends, that the kernel goes on, and that it has all its
 * objects and pages back at the end. Prints `PROGRAM: N draws of M allocations, E exits, S signals` and exits 0, or says what is wrong.
 */
#define _GNU_SOURCE
#include "check.h"
#include "../guest/bad/counts.h"
#include "../guest/bad/inject.h"
#include <stdarg.h>
#include <time.h>

#define NTH_MAX	    1000000000
#define RUN_SECONDS 120

void check_failed(const char *file, int line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "%s:%d: ", file, line);
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	_exit(97);
}

static void run_child(char **argv, int nth)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	setpgid(0, 0);
	if (inject_set_nth(inject_open_nth(), nth))
		_exit(125);
	execvp(argv[0], argv);
	_exit(126);
}

/* The status; *@left of the count. */
static int run_once(char **argv, int nth, long *left)
{
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0);
	if (!pid)
		run_child(argv, nth);
	if (!inject_run_ended(pid, RUN_SECONDS))
		check_failed(__FILE__, __LINE__, "%s, allocation %d: it does not end", argv[0], nth);
	*left = inject_left_of(pid);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	kill(-pid, SIGKILL); /* what it has left behind */
	while (waitpid(-1, NULL, 0) > 0)
		;
	return status;
}

int main(int argc, char **argv)
{
	int exits = 0, signals = 0, injected = 0, draws, status;
	unsigned long long state;
	static struct counts before;
	long left, count;

	if (argc < 4)
		return 2;
	state = strtoull(argv[1], NULL, 0) * 2 + 1;
	draws = atoi(argv[2]);
	if (inject_allow_all())
		check_failed(__FILE__, __LINE__, "this kernel has no fault injection");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int i = 0; i < 2; i++)
		status = run_once(argv + 3, NTH_MAX, &left);
	if (status)
		check_failed(__FILE__, __LINE__, "%s: status %#x without any failure", argv[3], status);
	count = NTH_MAX - left;
	counts_take(&before);
	for (int i = 0; i < draws; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		status = run_once(argv + 3, 1 + (int)((state >> 33) % (unsigned long)count), &left);
		injected += !left;
		exits += WIFEXITED(status);
		signals += WIFSIGNALED(status);
	}
	counts_check_back(&before);
	printf("%s: %d draws of %ld allocations, %d injected, %d exits, %d signals\n", argv[3], draws, count, injected, exits, signals);
	return injected > draws * 3 / 4 ? 0 : 1;
}

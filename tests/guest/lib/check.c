/* SPDX-License-Identifier: GPL-2.0-only */
/* check.c - runs the cases of one guest test; see check.h. */
#include "check.h"
#include <stdarg.h>
#include <time.h>

struct test_case *test_cases;
struct test_case **test_cases_end = &test_cases;

void check_failed(const char *file, int line, const char *fmt, ...)
{
	char text[512];
	const char *base = strrchr(file, '/');
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	dprintf(1, "  %s:%d: %s\n", base ? base + 1 : file, line, text);
	_exit(97);
}

static int run_case(struct test_case *test, int seconds)
{
	int status = 0;
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(seconds);
		test->run();
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	return status;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int test_main(int argc, char **argv, int case_seconds)
{
	int failed = 0;

	for (struct test_case *test = test_cases; test; test = test->next) {
		if (argc > 1 && strcmp(argv[1], test->name))
			continue;
		long start = now_ms();
		int status = run_case(test, case_seconds);
		if (!status) {
			dprintf(1, "ok %s %ld\n", test->name, now_ms() - start);
			continue;
		}
		failed++;
		if (status == -1)
			dprintf(1, "FAIL %s: fork: %s\n", test->name, strerror(errno));
		else if (WIFSIGNALED(status))
			dprintf(1, "FAIL %s: signal %d%s\n", test->name, WTERMSIG(status),
				WTERMSIG(status) == SIGALRM ? " (time limit)" : "");
		else
			dprintf(1, "FAIL %s: status %d\n", test->name, WEXITSTATUS(status));
	}
	return failed > 100 ? 100 : failed;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* check.c - runs the cases of one guest test; see check.h. */
#include "check.h"
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#define KEPT_MAX   32
#define BUSY_STEPS 2000 /* of 10 ms, for what counts on a setting to go */

struct kept_setting {
	char path[96], text[128];
};

/* What the case that runs has noted. Shared by its processes and test_main(). */
struct kept_settings {
	int nr;
	struct kept_setting settings[KEPT_MAX];
};

static struct kept_settings *kept;

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

/* --- settings ------------------------------------------------------------------------------------------ */

/* 0, or the errno of what failed. */
static int read_setting(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
	int error = n < 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = 0;
	return error;
}

static int write_setting(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), error;

	if (fd < 0)
		return errno;
	error = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

/* Processes of a case may note at the same time: each takes a place of its own. Two at once do not note the same path. */
void keep_setting(const char *path)
{
	struct kept_setting *setting;
	int error, place;

	for (int i = 0; i < KEPT_MAX; i++)
		if (!strcmp(kept->settings[i].path, path))
			return;
	place = __atomic_fetch_add(&kept->nr, 1, __ATOMIC_SEQ_CST);
	if (place >= KEPT_MAX || strlen(path) >= sizeof(setting->path))
		check_failed(__FILE__, __LINE__, "no room to keep %s", path);
	setting = &kept->settings[place];
	error = read_setting(path, setting->text, sizeof setting->text);
	if (error)
		check_failed(__FILE__, __LINE__, "%s: %s", path, strerror(error));
	strcpy(setting->path, path);
}

static int put_back_one(const struct kept_setting *setting)
{
	char now[sizeof setting->text];
	int error = read_setting(setting->path, now, sizeof now);

	if (!error && !strcmp(now, setting->text))
		return 0;
	error = write_setting(setting->path, setting->text);
	for (int i = 0; error == EBUSY && i < BUSY_STEPS; i++) {
		usleep(10000);
		error = write_setting(setting->path, setting->text);
	}
	if (!error)
		error = read_setting(setting->path, now, sizeof now);
	if (!error && !strcmp(now, setting->text))
		return 0;
	dprintf(1, "  %s is not what it was: %s\n", setting->path, error ? strerror(error) : now);
	return -1;
}

/* The last change first. 0, or -1 if one could not be put back. */
static int put_back(void)
{
	int result = 0;

	for (int i = KEPT_MAX - 1; i >= 0; i--) {
		struct kept_setting *setting = &kept->settings[i];

		if (setting->path[0] && put_back_one(setting))
			result = -1;
		setting->path[0] = 0;
	}
	kept->nr = 0;
	return result;
}

/* --- cases --------------------------------------------------------------------------------------------- */

/* In ms. */
static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static long in_ms(struct timeval tv)
{
	return tv.tv_sec * 1000 + tv.tv_usec / 1000;
}

/* How long the machine's processors had nothing to do, in ms since boot; -1. */
static long idle_ms(void)
{
	char text[128];
	long user, nice, system, idle;

	if (read_setting("/proc/stat", text, sizeof text) ||
	    sscanf(text, "cpu %ld %ld %ld %ld", &user, &nice, &system, &idle) != 4)
		return -1;
	return idle * 1000 / sysconf(_SC_CLK_TCK);
}

/* Whether it waited, ran or was kept from running: who reads of a time limit far from here must be able to tell. */
static void tell_how_it_spent_its_time(const struct rusage *usage, long took, long idle)
{
	dprintf(1, "  of %ld ms: user %ld, system %ld, the machine idle %ld; switches: %ld to wait, %ld forced; %ld faults\n", took,
		in_ms(usage->ru_utime), in_ms(usage->ru_stime), idle, usage->ru_nvcsw, usage->ru_nivcsw, usage->ru_minflt);
}

/* Its status, or -1 when it could not be started. */
static int run_case(struct test_case *test, int seconds)
{
	int status = 0;
	long start = now_ms(), idle = idle_ms();
	struct rusage usage;
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
	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		tell_how_it_spent_its_time(&usage, now_ms() - start, idle_ms() - idle);
	return status;
}

/* A case with "ours" in its name is about what Linux has not. */
static int is_for_ours_only(const struct test_case *test)
{
	return !strncmp(test->name, "ours_", 5) || strstr(test->name, "_ours_");
}

static int is_debian_s_kernel(void)
{
	char version[512];

	return !read_setting("/proc/version", version, sizeof version) && strstr(version, "(debian-kernel@lists.debian.org)");
}

int test_main(int argc, char **argv, int case_seconds)
{
	int failed = 0, is_debian = is_debian_s_kernel();

	kept = mmap(NULL, sizeof *kept, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (kept == MAP_FAILED) {
		dprintf(1, "FAIL mmap: %s\n", strerror(errno));
		return 1;
	}
	for (struct test_case *test = test_cases; test; test = test->next) {
		if (argc > 1 && strcmp(argv[1], test->name))
			continue;
		if (is_debian && is_for_ours_only(test)) {
			dprintf(1, "not here: %s\n", test->name);
			continue;
		}
		long start = now_ms();
		int status = run_case(test, case_seconds), error = errno;
		int lost = put_back();
		if (!status && !lost) {
			dprintf(1, "ok %s %ld\n", test->name, now_ms() - start);
			continue;
		}
		failed++;
		if (status == -1)
			dprintf(1, "FAIL %s: fork: %s\n", test->name, strerror(error));
		else if (WIFSIGNALED(status))
			dprintf(1, "FAIL %s: signal %d%s\n", test->name, WTERMSIG(status),
				WTERMSIG(status) == SIGALRM ? " (time limit)" : "");
		else if (status)
			dprintf(1, "FAIL %s: status %d\n", test->name, WEXITSTATUS(status));
		else
			dprintf(1, "FAIL %s: a setting stays changed\n", test->name);
	}
	return failed > 100 ? 100 : failed;
}

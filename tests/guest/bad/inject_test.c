/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject_test.c - the files of fault injection: /sys/kernel/debug/{fail_page_alloc,failslab}, /proc/PID/{make-it-fail,fail-nth}.
 *
 * PROVES     Each file has the meaning that Linux's Documentation/fault-injection gives it: which allocations fail, for whom, how often; what a
 *            child inherits, what a write may say.
 * ON LINUX   A kernel without fault injection (Debian's) passes with nothing tried: the meaning follows the documentation.
 */
#include "check.h"
#include "inject.h"
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define NOBODY 65534

static int make_fd = -1; /* make-it-fail of this thread: writing it allocates nothing */

static int has_injection(void)
{
	return !inject_allow_all();
}

static void set(const char *file, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), INJECT_DIR "%s", file);
	if (inject_write(path, value))
		check_failed(__FILE__, __LINE__, "%s < %s: errno %d", file, value, errno);
}

static const char *get(const char *file)
{
	static char text[64];
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s%s", *file == '/' ? "" : INJECT_DIR, file);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = 0;
	text[strcspn(text, "\n")] = 0;
	return text;
}

static void check_value(const char *file, const char *want)
{
	if (strcmp(get(file), want))
		check_failed(__FILE__, __LINE__, "%s is %s, not %s", file, get(file), want);
}

/* An open file: one slab object at least. */
static int can_open(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY);

	close(fd);
	return fd >= 0;
}

static int failures_of(int calls)
{
	int n = 0;

	for (int i = 0; i < calls; i++)
		n += !can_open();
	return n;
}

/* Failures of this thread alone, by the dice of failslab. */
static void arm_self(const char *interval, const char *times)
{
	make_fd = open("/proc/thread-self/make-it-fail", O_RDWR);
	set("failslab/task-filter", "Y");
	set("failslab/interval", interval);
	set("failslab/times", times);
	set("failslab/probability", "100");
	CHECK_EQ(pwrite(make_fd, "1", 1, 0), 1);
}

static void disarm(void)
{
	CHECK_EQ(pwrite(make_fd, "0", 1, 0), 1);
	close(make_fd);
	set("failslab/probability", "0");
	set("failslab/task-filter", "N");
	set("failslab/times", "1");
	set("failslab/interval", "1");
	set("failslab/space", "0");
}

CASE(settings_read_back_as_linux_prints_them)
{
	if (!has_injection())
		return;
	check_value("fail_page_alloc/ignore-gfp-wait", "N");
	check_value("fail_page_alloc/min-order", "0");
	check_value("fail_page_alloc/ignore-gfp-highmem", "Y");
	check_value("failslab/cache-filter", "N");
	check_value("failslab/probability", "0");
	check_value("failslab/require-end", "0xffffffffffffffff");
	check_value("failslab/reject-start", "0x0000000000000000");
	check_value("failslab/stacktrace-depth", "32");
	set("failslab/times", "-1");
	check_value("failslab/times", "-1");
	set("failslab/times", "1");
	CHECK_EQ(inject_write(INJECT_DIR "failslab/probability", "many"), -1);
	CHECK_EQ(inject_write(INJECT_DIR "failslab/task-filter", "?"), -1);
}

CASE(the_nth_allocation_of_the_thread_fails_once)
{
	int fd;

	if (!has_injection())
		return;
	fd = inject_open_nth();
	CHECK(fd >= 0);
	CHECK_EQ(inject_nth_left(fd), 0);
	CHECK(can_open());
	CHECK_EQ(inject_set_nth(fd, 1), 0);
	CHECK_EQ(inject_nth_left(fd), 1); /* neither file counts */
	CHECK(!can_open());
	CHECK_EQ(inject_nth_left(fd), 0);
	CHECK(can_open());
	CHECK_EQ(inject_set_nth(fd, 100000), 0);
	CHECK(can_open());
	CHECK(inject_nth_left(fd) > 0 && inject_nth_left(fd) < 100000);
	CHECK_EQ(inject_set_nth(fd, 0), 0);
}

CASE(nth_goes_before_the_dice_and_not_before_the_capability)
{
	int fd;

	if (!has_injection())
		return;
	fd = inject_open_nth();
	set("failslab/ignore-gfp-wait", "Y");
	set("fail_page_alloc/min-order", "1");
	set("fail_page_alloc/ignore-gfp-wait", "Y");
	inject_set_nth(fd, 1);
	CHECK(can_open()); /* it sleeps, so it does not fail, and is not counted */
	CHECK_EQ(inject_nth_left(fd), 1);
	CHECK_EQ(inject_set_nth(fd, 0), 0);
	inject_allow_all();
	CHECK_EQ(inject_set_nth(fd, 1), 0);
	CHECK(!can_open());
}

CASE(a_child_inherits_make_it_fail_and_no_nth)
{
	int fd;

	if (!has_injection())
		return;
	fd = inject_open_nth();
	CHECK_EQ(inject_write("/proc/self/make-it-fail", "1"), 0);
	check_value("/proc/self/make-it-fail", "1");
	CHECK_EQ(inject_set_nth(fd, 1000000), 0);
	IN_CHILD({
		check_value("/proc/self/make-it-fail", "1");
		check_value("/proc/self/fail-nth", "0");
	});
	CHECK_EQ(inject_set_nth(fd, 0), 0);
	CHECK_EQ(inject_write("/proc/self/make-it-fail", "0"), 0);
	check_value("/proc/self/make-it-fail", "0");
}

CASE(an_nth_goes_through_exec)
{
	pid_t pid;
	int status;

	if (!has_injection())
		return;
	pid = fork();
	if (!pid) {
		inject_set_nth(inject_open_nth(), 1000000);
		execl("/bin/busybox", "busybox", "grep", "-q", "^9", "/proc/self/fail-nth", NULL);
		_exit(99);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

static void copy_busybox(const char *path)
{
	static char bytes[1 << 16];
	int from = open("/bin/busybox", O_RDONLY), to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	ssize_t n;

	CHECK(from >= 0 && to >= 0);
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		CHECK_EQ(write(to, bytes, (size_t)n), n);
	CHECK_EQ(fchmod(to, 04755), 0);
	close(from);
	close(to);
}

CASE(an_nth_does_not_go_into_a_program_with_other_rights)
{
	pid_t pid;
	int status;

	if (!has_injection())
		return;
	copy_busybox("/tmp/set_id_busybox");
	pid = fork();
	if (!pid) {
		int fd = inject_open_nth();

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(98);
		inject_set_nth(fd, 1000000);
		execl("/tmp/set_id_busybox", "busybox", "grep", "-q", "^0", "/proc/self/fail-nth", NULL);
		_exit(99);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(unlink("/tmp/set_id_busybox"), 0);
	CHECK_EQ(status, 0);
}

CASE(who_opened_the_count_may_not_change_it_when_the_thread_has_other_rights)
{
	if (!has_injection())
		return;
	IN_CHILD({
		int fd;

		CHECK_EQ(setresuid(NOBODY, NOBODY, 0), 0);
		CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
		fd = inject_open_nth();
		CHECK(fd >= 0);
		CHECK_EQ(setresuid(0, 0, 0), 0);
		CHECK_ERRNO(write(fd, "100000", 6), EPERM);
		CHECK_EQ(inject_nth_left(fd), 0);
		CHECK_EQ(setresuid(NOBODY, NOBODY, NOBODY), 0);
		CHECK_EQ(inject_set_nth(fd, 100000), 0);
		CHECK_EQ(inject_set_nth(fd, 0), 0);
	});
}

static int lines_in_log(const char *words)
{
	static char log[1 << 20];
	int len = klogctl(3, log, sizeof(log) - 1), n = 0; /* all there is */

	log[len < 0 ? 0 : len] = 0;
	for (const char *at = log; (at = strstr(at, words)); at++)
		n++;
	return n;
}

CASE(failures_of_a_thread_s_own_do_not_fill_the_log)
{
	enum { MANY = 60 };
	int fd, before;

	if (!has_injection())
		return;
	fd = inject_open_nth();
	set("failslab/verbose", "1");
	before = lines_in_log("forcing a failure");
	for (int i = 0; i < MANY; i++) {
		CHECK_EQ(inject_set_nth(fd, 1), 0);
		CHECK(!can_open());
	}
	set("failslab/verbose", "0");
	CHECK(lines_in_log("forcing a failure") > before);
	CHECK(lines_in_log("forcing a failure") < before + MANY);
}

CASE(the_count_of_a_thread_that_ended_holds_nothing_up)
{
	if (!has_injection())
		return;
	for (int i = 0; i < 20; i++)
		IN_CHILD(CHECK_EQ(inject_set_nth(inject_open_nth(), 1000000), 0));
	CHECK_EQ(failures_of(10), 0);
}

CASE(what_is_written_is_judged)
{
	int fd;

	if (!has_injection())
		return;
	CHECK_ERRNO(write(open("/proc/self/make-it-fail", O_WRONLY), "2", 1), EINVAL);
	fd = open("/proc/self/fail-nth", O_WRONLY);
	CHECK_ERRNO(write(fd, "1234567890123456789", 19), EINVAL);
	CHECK_ERRNO(write(fd, "-1", 2), EINVAL);
	CHECK_ERRNO(write(fd, "4294967296", 10), ERANGE);
	CHECK_ERRNO(write(fd, "one", 3), EINVAL);
	CHECK_EQ(write(fd, " 0\n", 3), 3);
	CHECK_ERRNO(syscall(SYS_write, fd, 8, 3), EFAULT);
	IN_CHILD({
		int own = open("/proc/thread-self/make-it-fail", O_WRONLY);

		CHECK(own >= 0);
		CHECK_EQ(setuid(NOBODY), 0);
		CHECK_ERRNO(write(own, "1", 1), EPERM);
		CHECK_ERRNO(open("/proc/1/fail-nth", O_WRONLY), EACCES);
	});
}

CASE(times_limits_and_interval_spreads)
{
	int failed;

	if (!has_injection())
		return;
	arm_self("1", "3");
	failed = failures_of(10);
	disarm();
	CHECK_EQ(failed, 3);
	arm_self("1", "-1");
	failed = failures_of(10);
	disarm();
	CHECK_EQ(failed, 10);
	arm_self("1000000", "-1");
	failed = failures_of(10);
	disarm();
	CHECK_EQ(failed, 0);
}

CASE(nothing_fails_before_the_space_is_used_up)
{
	int failed;

	if (!has_injection())
		return;
	set("failslab/space", "1000000000");
	arm_self("1", "-1");
	failed = failures_of(10);
	CHECK(atol(get("failslab/space")) < 1000000000);
	disarm();
	CHECK_EQ(failed, 0);
	set("failslab/space", "1500");
	arm_self("1", "-1");
	failed = failures_of(10);
	disarm();
	CHECK(failed > 0 && failed < 10);
}

CASE(only_threads_that_are_made_to_fail_fail)
{
	int failed, others;

	if (!has_injection())
		return;
	arm_self("1", "-1");
	failed = failures_of(5);
	pwrite(make_fd, "0", 1, 0);
	others = failures_of(5);
	disarm();
	CHECK_EQ(failed, 5);
	CHECK_EQ(others, 0);
}

CASE(only_chosen_caches_fail)
{
	int failed, pair[2], is_made;

	if (!has_injection())
		return;
	CHECK_EQ(inject_write("/sys/kernel/slab/eventfd/failslab", "1"), 0);
	check_value("/sys/kernel/slab/eventfd/failslab", "1");
	CHECK_EQ(inject_write("/sys/kernel/slab/eventfd/failslab", "7"), -1);
	set("failslab/cache-filter", "Y");
	arm_self("1", "-1");
	failed = (int)syscall(SYS_eventfd2, 0, 0);
	is_made = !pipe(pair);
	disarm();
	set("failslab/cache-filter", "N");
	CHECK_EQ(inject_write("/sys/kernel/slab/eventfd/failslab", "0"), 0);
	check_value("/sys/kernel/slab/eventfd/failslab", "0");
	CHECK_EQ(failed, -1);
	CHECK(is_made);
}

CASE(a_fault_that_finds_no_page_is_made_again)
{
	char *p;
	int fd;

	if (!has_injection())
		return;
	fd = inject_open_nth();
	for (int nth = 1; nth < 6; nth++) {
		p = mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(p != MAP_FAILED);
		CHECK_EQ(inject_set_nth(fd, nth), 0);
		for (size_t at = 0; at < 2 << 20; at += 65536)
			p[at] = 1;
		CHECK_EQ(inject_nth_left(fd), 0);
		munmap(p, 2 << 20);
	}
}

CASE(blocks_below_min_order_do_not_fail)
{
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd;

	if (!has_injection())
		return;
	fd = inject_open_nth();
	set("fail_page_alloc/min-order", "1");
	CHECK_EQ(inject_set_nth(fd, 1), 0);
	p[4096] = 1;
	CHECK_EQ(inject_nth_left(fd), 1);
	CHECK_EQ(inject_set_nth(fd, 0), 0);
	set("fail_page_alloc/min-order", "0");
	CHECK_EQ(inject_set_nth(fd, 1), 0);
	p[8192] = 1;
	CHECK_EQ(inject_nth_left(fd), 0);
	CHECK_EQ(p[4096] + p[8192], 2);
}

TEST_MAIN()

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * personality_test.c - proves what each bit of personality(2) changes: page zero at exec, time limits that calls leave alone, the machine's
 * name, what a set-id program and an exec clear; and that the rest is kept and changes nothing.
 */
#include "check.h"
#include "text.h"
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <time.h>

#define SET_ID_COPY "/personality_set_id"

static unsigned persona(void)
{
	return (unsigned)personality(0xffffffff);
}

/* Run this program again as @role with @bits, and after @prepare; its exit status. */
static int run_with(unsigned long bits, void (*prepare)(void), const char *program, const char *role)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		CHECK(personality(bits) >= 0);
		if (prepare)
			prepare();
		execl(program, program, role, (char *)NULL);
		_exit(90);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return status;
}

static void become_nobody(void)
{
	CHECK_EQ(setresgid(1000, 1000, 1000), 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
}

/* --- page zero ----------------------------------------------------------------------------------------- */

static bool maps_begin_with(const char *want)
{
	char text[128] = "";
	int fd = open("/proc/self/maps", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	close(fd);
	return !strncmp(text, want, strlen(want));
}

static int role_page_zero(void)
{
	volatile char *zero = NULL;

	__asm__("" : "+r"(zero)); /* an address like another */
	return maps_begin_with("00000000-00001000 r-xp 00000000 00:00 0") && !*zero && !zero[4095] ? 0 : 1;
}

static int role_no_page_zero(void)
{
	return maps_begin_with("00000000-") ? 1 : 0;
}

static int role_write_page_zero(void)
{
	volatile char *zero = NULL;

	__asm__("" : "+r"(zero));
	*zero = 1;
	return 1;
}

CASE(page_zero_is_mapped_at_exec)
{
	CHECK_EQ(run_with(0, NULL, "/proc/self/exe", "no_page_zero"), 0);
	CHECK_EQ(run_with(MMAP_PAGE_ZERO, NULL, "/proc/self/exe", "page_zero"), 0);
	CHECK_EQ(run_with(MMAP_PAGE_ZERO, NULL, "/proc/self/exe", "write_page_zero"), SIGSEGV);
	CHECK_EQ(run_with(MMAP_PAGE_ZERO, become_nobody, "/proc/self/exe", "no_page_zero"), 0);
	CHECK_EQ(change_setting("/proc/sys/vm/mmap_min_addr", "0"), 0);
	CHECK_EQ(run_with(MMAP_PAGE_ZERO, become_nobody, "/proc/self/exe", "page_zero"), 0);
}

/* --- time limits --------------------------------------------------------------------------------------- */

struct limits {
	struct timeval select;
	struct timespec pselect, ppoll;
};

/* Three calls on a descriptor that is ready (or, with -1, on none), by the numbers: the C library keeps copies. */
static void use_limits(struct limits *l, int fd, int ready)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	fd_set set;

	FD_ZERO(&set);
	if (fd >= 0)
		FD_SET(fd, &set);
	CHECK_EQ(syscall(SYS_select, fd + 1, fd < 0 ? NULL : &set, NULL, NULL, &l->select), ready);
	CHECK_EQ(syscall(SYS_pselect6, fd + 1, fd < 0 ? NULL : &set, NULL, NULL, &l->pselect, NULL), ready);
	CHECK_EQ(syscall(SYS_ppoll, &p, 1, &l->ppoll, NULL, 8), ready);
}

CASE(sticky_time_limits_stay)
{
	const struct limits hour = { { 3600, 5 }, { 3600, 5 }, { 3600, 5 } }, moment = { { 0, 1000 }, { 0, 1000 }, { 0, 1000 } };
	struct limits l, *readonly;
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	l = hour;
	use_limits(&l, fds[0], 1);
	CHECK(l.select.tv_sec <= 3600 && l.select.tv_sec * 1000000 + l.select.tv_usec < 3600000005);
	CHECK(l.pselect.tv_sec * 1000000000 + l.pselect.tv_nsec < 3600000000005);
	CHECK(l.ppoll.tv_sec * 1000000000 + l.ppoll.tv_nsec < 3600000000005);
	l = moment;
	use_limits(&l, -1, 0);
	CHECK_EQ(l.select.tv_usec | l.pselect.tv_nsec | l.ppoll.tv_nsec, 0);
	readonly = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(readonly != MAP_FAILED);
	*readonly = hour;
	CHECK_EQ(mprotect(readonly, 4096, PROT_READ), 0);
	use_limits(readonly, fds[0], 1);

	CHECK_EQ(personality(STICKY_TIMEOUTS), 0);
	l = hour;
	use_limits(&l, fds[0], 1);
	CHECK(!memcmp(&l, &hour, sizeof(l)));
	l = moment;
	use_limits(&l, -1, 0);
	CHECK(!memcmp(&l, &moment, sizeof(l)));
	use_limits(readonly, fds[0], 1);
}

/* Until it sleeps in its call, or has ended. */
static void wait_for_sleep(pid_t pid)
{
	char path[64], state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	while ((state = state_in(path)) != 'S' && state != 'Z')
		usleep(1000);
}

/* How a call with a time limit ends that is stopped and goes on: errno, or 0 when the byte that comes then ended it. */
static int stopped_in(int call, unsigned long bits, bool has_limit)
{
	int fds[2], status;
	pid_t pid;

	CHECK_EQ(pipe(fds), 0);
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		struct timeval tv = { 1000, 0 };
		struct timespec ts = { 1000, 0 };
		struct pollfd p = { .fd = fds[0], .events = POLLIN };
		long ret;
		fd_set set;

		FD_ZERO(&set);
		FD_SET(fds[0], &set);
		personality(bits);
		if (call == SYS_select)
			ret = syscall(call, fds[0] + 1, &set, NULL, NULL, has_limit ? &tv : NULL);
		else if (call == SYS_pselect6)
			ret = syscall(call, fds[0] + 1, &set, NULL, NULL, has_limit ? &ts : NULL, NULL);
		else if (call == SYS_ppoll)
			ret = syscall(call, &p, 1, has_limit ? &ts : NULL, NULL, 8);
		else
			ret = syscall(SYS_poll, &p, 1, 1000000);
		_exit(ret == 1 ? 0 : errno);
	}
	wait_for_sleep(pid);
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_EQ(kill(pid, SIGCONT), 0);
	wait_for_sleep(pid);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	close(fds[0]);
	close(fds[1]);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What cannot say how much time is left cannot start again. */
CASE(sticky_calls_are_interrupted_by_a_stop)
{
	static const int calls[] = { SYS_select, SYS_pselect6, SYS_ppoll };

	for (int i = 0; i < 3; i++) {
		CHECK_EQ(stopped_in(calls[i], 0, true), 0);
		CHECK_EQ(stopped_in(calls[i], STICKY_TIMEOUTS, true), EINTR);
		CHECK_EQ(stopped_in(calls[i], STICKY_TIMEOUTS, false), 0);
	}
	CHECK_EQ(stopped_in(SYS_poll, STICKY_TIMEOUTS, true), 0);
}

/* --- names and what is kept ---------------------------------------------------------------------------- */

CASE(linux32_names_another_machine)
{
	struct utsname name;

	CHECK_EQ(uname(&name), 0);
	CHECK(!strcmp(name.machine, "x86_64"));
	CHECK_EQ(personality(PER_LINUX32), 0);
	CHECK_EQ(uname(&name), 0);
	CHECK(!strcmp(name.machine, "i686"));
	CHECK_EQ(personality(PER_LINUX32_3GB), PER_LINUX32);
	CHECK_EQ(uname(&name), 0);
	CHECK(!strcmp(name.machine, "i686"));
	CHECK_EQ(personality(PER_LINUX), PER_LINUX32_3GB);
	CHECK_EQ(uname(&name), 0);
	CHECK(!strcmp(name.machine, "x86_64"));
}

static const unsigned no_effect = WHOLE_SECONDS | SHORT_INODE | ADDR_LIMIT_32BIT | ADDR_LIMIT_3GB | 0x0080000 /* FDPIC_FUNCPTRS */;

/* All of a 64-bit program's space, whole inode numbers, times with nanoseconds. */
static int role_nothing_changed(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	char *high = mmap((void *)0x7000000000, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	struct timespec times[2] = { { 1, 23456789 }, { 1, 23456789 } };
	struct stat st;
	int fd = open("/", O_TMPFILE | O_RDWR, 0600);

	if (persona() != (no_effect | PER_SOLARIS) || here < 0x100000000 || high != (void *)0x7000000000 || fd < 0)
		return 1;
	high[0] = 1;
	if (futimens(fd, times) || fstat(fd, &st))
		return 2;
	return st.st_mtim.tv_nsec == 23456789 && st.st_ino ? 0 : 3;
}

CASE(what_has_no_effect_is_kept)
{
	CHECK_EQ(run_with(no_effect | PER_SOLARIS, NULL, "/proc/self/exe", "nothing_changed"), 0);
}

static int role_implies_exec_is_gone(void)
{
	return persona() & READ_IMPLIES_EXEC ? 1 : 0;
}

CASE(exec_ends_read_implies_exec)
{
	CHECK_EQ(run_with(READ_IMPLIES_EXEC, NULL, "/proc/self/exe", "implies_exec_is_gone"), 0);
}

static int role_harmless_alone(void)
{
	return geteuid() == 0 && persona() == (STICKY_TIMEOUTS | SHORT_INODE) && role_no_page_zero() == 0 ? 0 : 1;
}

static void copy_self(void)
{
	char buf[65536];
	int from = open("/proc/self/exe", O_RDONLY), to = open(SET_ID_COPY, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	ssize_t n;

	CHECK(from >= 0 && to >= 0);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		CHECK_EQ(write(to, buf, (size_t)n), n);
	CHECK_EQ(fchmod(to, 04755), 0);
	close(from);
	close(to);
}

/* A program that gets other rights keeps none of the bits that would help against it. */
CASE(set_id_clears_dangerous_bits)
{
	unsigned bits = MMAP_PAGE_ZERO | ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | READ_IMPLIES_EXEC | STICKY_TIMEOUTS | SHORT_INODE;
	int status;

	copy_self();
	status = run_with(bits, become_nobody, SET_ID_COPY, "harmless_alone");
	CHECK_EQ(unlink(SET_ID_COPY), 0);
	CHECK_EQ(status, 0);
}

struct role {
	const char *name;
	int (*run)(void);
};

int main(int argc, char **argv)
{
	static const struct role roles[] = {
		{ "page_zero", role_page_zero },
		{ "no_page_zero", role_no_page_zero },
		{ "write_page_zero", role_write_page_zero },
		{ "nothing_changed", role_nothing_changed },
		{ "implies_exec_is_gone", role_implies_exec_is_gone },
		{ "harmless_alone", role_harmless_alone },
	};

	for (size_t i = 0; argc == 2 && i < sizeof(roles) / sizeof(roles[0]); i++)
		if (!strcmp(argv[1], roles[i].name))
			return roles[i].run();
	return test_main(argc, argv, CASE_SECONDS);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* prctl_test.c - proves prctl's strict mode and user dispatch, what is kept and inherited, and what cannot be steered. Runs as root. */
#include "check.h"
#include <asm/prctl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <ucontext.h>

#ifndef ARCH_GET_CPUID
#define ARCH_GET_CPUID 0x1011
#define ARCH_SET_CPUID 0x1012
#endif
#ifndef ARCH_REQ_XCOMP_PERM
#define ARCH_REQ_XCOMP_PERM 0x1023
#endif
#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_OFF 0
#define PR_SYS_DISPATCH_ON 1
#endif

static long raw(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("syscall" : "=a"(ret) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}

static int run_strict(long nr, long a, long b, long c)
{
	int status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child) {
		CHECK_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), 0);
		raw(nr, a, b, c);
		raw(SYS_exit, 5, 0, 0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	return status;
}

CASE(strict_mode_leaves_four_calls)
{
	int fds[2];
	char byte;

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(prctl(PR_GET_SECCOMP), 0);
	CHECK_ERRNO(prctl(PR_SET_SECCOMP, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_SECCOMP, 3), EINVAL);
	CHECK_EQ(run_strict(SYS_write, fds[1], (long)"x", 1), 5 << 8);
	CHECK_EQ(read(fds[0], &byte, 1), 1);
	CHECK_EQ(byte, 'x');
	CHECK_EQ(write(fds[1], "y", 1), 1);
	CHECK_EQ(run_strict(SYS_read, fds[0], (long)&byte, 1), 5 << 8);
	CHECK_EQ(run_strict(SYS_getpid, 0, 0, 0), SIGKILL);
	CHECK_EQ(run_strict(SYS_exit_group, 0, 0, 0), SIGKILL);
	CHECK_EQ(run_strict(SYS_prctl, PR_GET_SECCOMP, 0, 0), SIGKILL);
	CHECK_EQ(run_strict(100000, 0, 0, 0), SIGKILL);
	CHECK_EQ(run_strict(-1, 0, 0, 0), SIGKILL);
}

CASE(strict_mode_takes_the_counter_and_shows_in_status)
{
	char path[64], line[4096] = "";
	int fds[2], ready[2], fd, status;
	pid_t child;

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(pipe(ready), 0);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		char byte;

		close(fds[1]);
		CHECK_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT), 0);
		raw(SYS_write, ready[1], (long)"r", 1);
		raw(SYS_read, fds[0], (long)&byte, 1);
		(void)__builtin_ia32_rdtsc();
		raw(SYS_exit, 0, 0, 0);
	}
	CHECK_EQ(read(ready[0], line, 1), 1);
	snprintf(path, sizeof(path), "/proc/%d/status", child);
	fd = open(path, O_RDONLY);
	CHECK(read(fd, line, sizeof(line) - 1) > 0);
	CHECK(strstr(line, "\nSeccomp:\t1\n"));
	CHECK_EQ(close(fds[1]), 0);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status & 0x7f, SIGSEGV);
}

/* ---- user dispatch ---- */

static volatile unsigned char selector;
static volatile int seen_nr, seen_code, seen_arch;
static volatile uintptr_t seen_addr;
static volatile long seen_ax;

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	selector = 0; /* allow */
	seen_nr = info->si_syscall;
	seen_code = info->si_code;
	seen_arch = (int)info->si_arch;
	seen_addr = (uintptr_t)info->si_call_addr;
	seen_ax = uc->uc_mcontext.gregs[REG_RAX];
	uc->uc_mcontext.gregs[REG_RAX] = 4711;
}

static void catch_sigsys(void)
{
	struct sigaction action = { .sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO };

	CHECK_EQ(sigaction(SIGSYS, &action, NULL), 0);
}

static long user_dispatch(long mode, long offset, long len, const volatile void *sel)
{
	return prctl(PR_SET_SYSCALL_USER_DISPATCH, mode, offset, len, sel);
}

CASE(user_dispatch_checks_its_arguments)
{
	CHECK_ERRNO(user_dispatch(2, 0, 0, NULL), EINVAL);
	CHECK_ERRNO(user_dispatch(PR_SYS_DISPATCH_OFF, 1, 0, NULL), EINVAL);
	CHECK_ERRNO(user_dispatch(PR_SYS_DISPATCH_OFF, 0, 1, NULL), EINVAL);
	CHECK_ERRNO(user_dispatch(PR_SYS_DISPATCH_OFF, 0, 0, &selector), EINVAL);
	CHECK_ERRNO(user_dispatch(PR_SYS_DISPATCH_ON, 1, 0, NULL), EINVAL);
	CHECK_ERRNO(user_dispatch(PR_SYS_DISPATCH_ON, 1, -1, NULL), EINVAL);
	CHECK_ERRNO(user_dispatch(PR_SYS_DISPATCH_ON, 0, 0, (void *)-1), EFAULT);
	CHECK_EQ(user_dispatch(PR_SYS_DISPATCH_OFF, 0, 0, NULL), 0);
}

CASE(a_blocked_call_is_a_signal)
{
	long pid = getpid();

	catch_sigsys();
	selector = 0;
	CHECK_EQ(user_dispatch(PR_SYS_DISPATCH_ON, 0, 0, &selector), 0);
	CHECK_EQ(raw(SYS_getpid, 0, 0, 0), pid);
	selector = 1;
	CHECK_EQ(raw(SYS_getppid, 0, 0, 0), 4711);
	CHECK_EQ(selector, 0);
	CHECK_EQ(seen_nr, SYS_getppid);
	CHECK_EQ(seen_ax, SYS_getppid);
	CHECK_EQ(seen_code, 2);
	CHECK_EQ((unsigned int)seen_arch, AUDIT_ARCH_X86_64);
	CHECK_EQ(((unsigned char *)seen_addr)[-2], 0x0f);
	CHECK_EQ(((unsigned char *)seen_addr)[-1], 0x05);
	selector = 1;
	CHECK_EQ(raw(77777, 0, 0, 0), 4711); /* numbers that nobody has, too */
	CHECK_EQ(seen_nr, 77777);
	CHECK_EQ(user_dispatch(PR_SYS_DISPATCH_OFF, 0, 0, NULL), 0);
	selector = 1;
	CHECK_EQ(raw(SYS_getpid, 0, 0, 0), pid);
}

CASE(the_range_passes)
{
	catch_sigsys();
	selector = 1;
	CHECK_EQ(user_dispatch(PR_SYS_DISPATCH_ON, 0x1000, 0x7ffffffff000, &selector), 0);
	CHECK(raw(SYS_getpid, 0, 0, 0) > 0);
	CHECK_EQ(selector, 1);
}

CASE(a_child_is_not_dispatched)
{
	pid_t child;
	int status;

	catch_sigsys();
	selector = 0;
	CHECK_EQ(user_dispatch(PR_SYS_DISPATCH_ON, 0, 0, &selector), 0);
	child = fork();
	if (!child) {
		selector = 1;
		_exit(raw(SYS_getppid, 0, 0, 0) == 4711);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

CASE(a_bad_selector_ends_the_program)
{
	pid_t child;
	int status;

	for (int is_unmapped = 0; is_unmapped < 2; is_unmapped++) {
		child = fork();
		if (!child) {
			catch_sigsys();
			selector = 0;
			CHECK_EQ(user_dispatch(PR_SYS_DISPATCH_ON, 0, 0, is_unmapped ? (void *)8 : &selector), 0);
			selector = 7;
			raw(SYS_getpid, 0, 0, 0);
			_exit(0);
		}
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK_EQ(status & 0x7f, is_unmapped ? SIGSEGV : SIGSYS);
	}
}

/* ---- what is kept ---- */

CASE(machine_check_policy_is_kept)
{
	CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_DEFAULT);
	CHECK_ERRNO(prctl(PR_MCE_KILL_GET, 1, 0, 0, 0), EINVAL);
	CHECK_EQ(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0), 0);
	CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_EARLY);
	IN_CHILD(CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_EARLY));
	CHECK_EQ(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_LATE, 0, 0), 0);
	CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_LATE);
	CHECK_ERRNO(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, 3, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_MCE_KILL, 2, 0, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 1, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, 1, 1, 0), EINVAL);
	CHECK_EQ(prctl(PR_MCE_KILL, PR_MCE_KILL_CLEAR, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), PR_MCE_KILL_DEFAULT);
}

CASE(io_flusher_is_kept)
{
	CHECK_EQ(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0), 0);
	CHECK_ERRNO(prctl(PR_SET_IO_FLUSHER, 2, 0, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_IO_FLUSHER, 1, 1, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_GET_IO_FLUSHER, 1, 0, 0, 0), EINVAL);
	CHECK_EQ(prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0), 1);
	IN_CHILD(CHECK_EQ(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0), 1));
	CHECK_EQ(prctl(PR_SET_IO_FLUSHER, 0, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0), 0);
	CHECK_EQ(setuid(1000), 0);
	CHECK_ERRNO(prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0), EPERM);
	CHECK_ERRNO(prctl(PR_GET_IO_FLUSHER, 0, 0, 0, 0), EPERM);
}

/* This program again, for the case below. */
__attribute__((constructor)) static void tell_thp_disable(void)
{
	if (getenv("PRCTL_TEST_THP"))
		_exit(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
}

CASE(huge_pages_are_still_refused_after_exec)
{
	char *const argv[] = { "prctl", NULL }, *const envp[] = { "PRCTL_TEST_THP=1", NULL };
	pid_t pid = fork();
	int status;

	if (!pid) {
		prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
		execve("/proc/self/exe", argv, envp);
		_exit(99);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 1);
}

CASE(huge_pages_can_be_refused)
{
	CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
	CHECK_ERRNO(prctl(PR_SET_THP_DISABLE, 1, 1, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL);
	CHECK_EQ(prctl(PR_SET_THP_DISABLE, 77, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1);
	IN_CHILD(CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1));
	CHECK_EQ(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0);
}

CASE(a_tracer_must_exist)
{
	CHECK_EQ(prctl(PR_SET_PTRACER, 0), 0);
	CHECK_EQ(prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY), 0);
	CHECK_EQ(prctl(PR_SET_PTRACER, getpid()), 0);
	CHECK_ERRNO(prctl(PR_SET_PTRACER, 4000000), EINVAL);
}

CASE(no_perf_events_to_stop)
{
	CHECK_EQ(prctl(PR_TASK_PERF_EVENTS_DISABLE), 0);
	CHECK_EQ(prctl(PR_TASK_PERF_EVENTS_ENABLE), 0);
}

/* Which answers a processor gives is its own business; arguments and the form of the answers are not. */
CASE(speculation_is_asked_by_the_rules)
{
	for (unsigned long which = 0; which < 3; which++)
		CHECK(prctl(PR_GET_SPECULATION_CTRL, which, 0, 0, 0) >= 0);
	CHECK_ERRNO(prctl(PR_GET_SPECULATION_CTRL, 3, 0, 0, 0), ENODEV);
	CHECK_ERRNO(prctl(PR_GET_SPECULATION_CTRL, 0, 1, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_SPECULATION_CTRL, 3, PR_SPEC_ENABLE, 0, 0), ENODEV);
	CHECK_ERRNO(prctl(PR_SET_SPECULATION_CTRL, 0, PR_SPEC_ENABLE, 1, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_DISABLE, 0, 0), ENXIO);
	CHECK_ERRNO(prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_L1D_FLUSH, PR_SPEC_ENABLE, 0, 0), EPERM);
}

static void check_status_line(const char *name, unsigned long which, const char *enabled, const char *unaffected)
{
	long value = prctl(PR_GET_SPECULATION_CTRL, which, 0, 0, 0);
	FILE *f = fopen("/proc/self/status", "r");
	char line[256], said[256] = "";

	CHECK(f != NULL);
	while (fgets(line, sizeof line, f))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), ":%*[\t]%255[^\n]", said);
	fclose(f);
	CHECK(said[0]);
	if (value == PR_SPEC_ENABLE)
		CHECK(!strcmp(said, enabled));
	if (value == PR_SPEC_NOT_AFFECTED)
		CHECK(!strcmp(said, unaffected));
}

CASE(status_says_of_speculation_what_prctl_says)
{
	check_status_line("Speculation_Store_Bypass", PR_SPEC_STORE_BYPASS, "vulnerable", "not vulnerable");
	check_status_line("SpeculationIndirectBranch", PR_SPEC_INDIRECT_BRANCH, "always enabled", "not affected");
}

CASE(the_processor_cannot_hide_cpuid)
{
	CHECK_EQ(syscall(SYS_arch_prctl, ARCH_GET_CPUID, 0), 1);
	CHECK_ERRNO(syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0), ENODEV);
	CHECK_ERRNO(syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1), ENODEV);
	CHECK_ERRNO(syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, 18), EOPNOTSUPP);
	CHECK_ERRNO(syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, 2), EOPNOTSUPP);
	CHECK_ERRNO(syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, 19), EINVAL);
}

TEST_MAIN()

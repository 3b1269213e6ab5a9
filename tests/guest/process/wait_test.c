/* SPDX-License-Identifier: GPL-2.0-only */
/* wait_test.c - proves wait4 and waitid, reparenting, sessions and groups, pidfds, by using them. */
#include "check.h"
#include <poll.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static pid_t child_exits(int status)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid)
		_exit(status);
	return pid;
}

static pid_t child_sleeps(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid)
		for (;;)
			pause();
	return pid;
}

CASE(waitid_nowait_leaves_the_zombie)
{
	siginfo_t info = { 0 };
	pid_t pid = child_exits(9);

	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	CHECK_EQ(info.si_pid, pid);
	CHECK_EQ(info.si_status, 9);
	CHECK_EQ(info.si_code, CLD_EXITED);
	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED), 0);
	CHECK_ERRNO(waitid(P_PID, pid, &info, WEXITED), ECHILD);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
	CHECK_ERRNO(waitid(P_ALL, 0, &info, 0), EINVAL);
	CHECK_ERRNO(waitid(99, 0, &info, WEXITED), EINVAL);
	CHECK_ERRNO(waitpid(-1, NULL, 0x100), EINVAL);
}

CASE(waitid_nohang_says_nothing)
{
	siginfo_t info;
	pid_t pid = child_sleeps();

	memset(&info, 0xff, sizeof info);
	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOHANG), 0);
	CHECK_EQ(info.si_pid, 0);
	CHECK_EQ(info.si_signo, 0);
	kill(pid, SIGKILL);
	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED), 0);
	CHECK_EQ(info.si_code, CLD_KILLED);
	CHECK_EQ(info.si_status, SIGKILL);
}

CASE(wait_by_group)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		_exit(4);
	}
	setpgid(pid, pid);
	CHECK_EQ(waitpid(-pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 4);
	CHECK_ERRNO(waitpid(-pid, &status, 0), ECHILD);
}

CASE(orphans_go_to_the_subreaper)
{
	int status;

	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t me = getpid(), pid = fork();
	if (!pid) {
		if (!fork()) {
			while (getppid() != me)
				usleep(1000);
			_exit(33);
		}
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(waitpid(-1, &status, 0) > 0);
	CHECK_EQ(WEXITSTATUS(status), 33);
	int value = 0;
	CHECK_EQ(prctl(PR_GET_CHILD_SUBREAPER, &value), 0);
	CHECK_EQ(value, 1);
}

CASE(parent_death_signal)
{
	int status;

	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t pid = fork();
	if (!pid) {
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGUSR2);
			for (;;)
				pause();
		}
		usleep(100000);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(waitpid(-1, &status, 0) > 0);
	CHECK_EQ(WTERMSIG(status), SIGUSR2);
}

CASE(sessions_and_groups)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		CHECK(setsid() == getpid());
		CHECK_EQ(getsid(0), getpid());
		CHECK_EQ(getpgid(0), getpid());
		CHECK_ERRNO(setsid(), EPERM);
		CHECK_ERRNO(setpgid(0, 0), EPERM);
		pid_t child = child_sleeps();
		CHECK_EQ(setpgid(child, child), 0);
		CHECK_EQ(getpgid(child), child);
		CHECK_EQ(setpgid(child, getpid()), 0);
		CHECK_ERRNO(setpgid(child, 999999), EPERM);
		CHECK_ERRNO(setpgid(child, -1), EINVAL);
		CHECK_ERRNO(setpgid(999999, 0), ESRCH);
		kill(child, SIGKILL);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_ERRNO(getpgid(999999), ESRCH);
	CHECK_ERRNO(getsid(999999), ESRCH);
}

CASE(orphaned_stopped_group_gets_hup_and_cont)
{
	int status;

	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t pid = fork();
	if (!pid) {
		setsid();
		pid_t job = fork();
		if (!job) {
			setpgid(0, 0);
			for (;;)
				raise(SIGSTOP);
		}
		_exit(waitpid(job, NULL, WUNTRACED) != job);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	/* The job's only tie to its session is gone: SIGHUP ends it, SIGCONT lets that happen. */
	CHECK(waitpid(-1, &status, 0) > 0);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGHUP);
}

CASE(pidfd_polls_signals_and_waits)
{
	siginfo_t info = { 0 };
	pid_t pid = child_sleeps();
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	CHECK(fd >= 0);
	struct pollfd p = { fd, POLLIN, 0 };
	CHECK_EQ(poll(&p, 1, 0), 0);
	CHECK_EQ(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), 0);
	CHECK_EQ(poll(&p, 1, 5000), 1);
	CHECK_EQ(waitid(P_PIDFD, fd, &info, WEXITED), 0);
	CHECK_EQ(info.si_pid, pid);
	CHECK_ERRNO(syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0), ESRCH);
	CHECK_ERRNO(syscall(SYS_pidfd_open, 999999, 0), ESRCH);
	CHECK_ERRNO(syscall(SYS_pidfd_open, -1, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_pidfd_open, getpid(), 77), EINVAL);
}

CASE(many_children_all_come_back)
{
	int sum = 0, status;

	for (int i = 0; i < 60; i++)
		child_exits(1);
	for (int i = 0; i < 60; i++) {
		CHECK(wait(&status) > 0);
		sum += WEXITSTATUS(status);
	}
	CHECK_EQ(sum, 60);
	CHECK_ERRNO(wait(&status), ECHILD);
}

CASE(process_limit_stops_forks)
{
	struct rlimit limit = { 5, 5 };
	pid_t pids[10];
	int made = 0;

	CHECK_EQ(setgid(12345), 0);
	CHECK_EQ(setuid(12345), 0);
	CHECK_EQ(setrlimit(RLIMIT_NPROC, &limit), 0);
	while (made < 10 && (pids[made] = fork()) >= 0) {
		if (!pids[made])
			for (;;)
				pause();
		made++;
	}
	int error = errno;
	for (int i = 0; i < made; i++)
		kill(pids[i], SIGKILL);
	CHECK_EQ(made, 4);
	CHECK_EQ(error, EAGAIN);
}

CASE(a_process_that_was_waited_for_counts_no_more)
{
	struct rlimit limit = { 2, 2 };

	CHECK_EQ(setgid(12346), 0);
	CHECK_EQ(setuid(12346), 0);
	CHECK_EQ(setrlimit(RLIMIT_NPROC, &limit), 0);
	for (int i = 0; i < 200; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid)
			_exit(0);
		CHECK_EQ(waitpid(pid, NULL, 0), pid);
	}
}

CASE(pid_namespace_starts_at_one)
{
	int status;

	CHECK_EQ(unshare(CLONE_NEWPID), 0);
	pid_t pid = fork();
	if (!pid) {
		CHECK_EQ(getpid(), 1);
		CHECK_EQ(getppid(), 0);
		pid_t inner = fork();
		if (!inner)
			_exit(getpid() == 2 && getppid() == 1 ? 0 : 1);
		CHECK_EQ(waitpid(inner, &status, 0), inner);
		CHECK_EQ(status, 0);
		child_sleeps();
		_exit(0);
	}
	CHECK(pid > 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_ERRNO(fork(), ENOMEM);
}

CASE(host_name_in_its_own_namespace)
{
	char before[65], after[65];

	CHECK_EQ(gethostname(before, sizeof before), 0);
	IN_CHILD(CHECK_EQ(unshare(CLONE_NEWUTS), 0); CHECK_EQ(sethostname("inside", 6), 0);
		 CHECK_EQ(gethostname(after, sizeof after), 0); CHECK_EQ(strcmp(after, "inside"), 0));
	CHECK_EQ(gethostname(after, sizeof after), 0);
	CHECK_EQ(strcmp(before, after), 0);
}

TEST_MAIN()

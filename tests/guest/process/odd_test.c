/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * odd_test.c - proves the calls about processes that few programs make: attributes of scheduling, other processes' limits, personalities,
 * times, memory of others, kcmp, ioprio, getcpu, machine-wide settings and who may change them.
 */
#include "check.h"
#include <linux/kcmp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

static char *volatile nowhere = (char *)8;

static pid_t sleeping_child(void)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	CHECK(pid > 0);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

struct sched_attr_ {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

CASE(sched_attr_is_read_and_set_whole)
{
	struct sched_attr_ attr = { .size = sizeof attr };

	CHECK_EQ(syscall(SYS_sched_getattr, 0, &attr, sizeof attr, 0), 0);
	CHECK_EQ(attr.policy, SCHED_OTHER);
	attr = (struct sched_attr_){ .size = 48, .policy = SCHED_BATCH, .nice = 5 };
	CHECK_EQ(syscall(SYS_sched_setattr, 0, &attr, 0), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_BATCH);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 5);
	attr = (struct sched_attr_){ .size = 48, .policy = SCHED_FIFO, .priority = 100 };
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 0), EINVAL);
	attr.size = 10;
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 0), E2BIG);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &attr, 10, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, nowhere, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 4000000, &attr, 48, 0), ESRCH);
}

CASE(limits_of_another_process)
{
	struct rlimit set = { 50, 60 }, got;
	pid_t pid = sleeping_child();

	CHECK_EQ(prlimit(pid, RLIMIT_NOFILE, &set, &got), 0);
	CHECK(got.rlim_cur != 50);
	CHECK_EQ(prlimit(pid, RLIMIT_NOFILE, NULL, &got), 0);
	CHECK(got.rlim_cur == 50 && got.rlim_max == 60);
	set.rlim_cur = 70;
	CHECK_ERRNO(prlimit(pid, RLIMIT_NOFILE, &set, NULL), EINVAL);
	CHECK_ERRNO(prlimit(pid, 99, NULL, &got), EINVAL);
	CHECK_ERRNO(prlimit(4000000, RLIMIT_NOFILE, NULL, &got), ESRCH);
	CHECK_EQ(setresuid(65533, 65533, 65533), 0);
	CHECK_ERRNO(prlimit(pid, RLIMIT_NOFILE, NULL, &got), EPERM);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &got), 0);
	got.rlim_max++;
	CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &got), EPERM);
}

CASE(times_add_up)
{
	struct tms before, after;
	struct rusage self, child;
	clock_t start = times(&before), end;

	CHECK(start != (clock_t)-1);
	IN_CHILD(for (volatile int i = 0; i < 30000000; i++));
	end = times(&after);
	CHECK(end >= start);
	CHECK(after.tms_cutime + after.tms_cstime >= before.tms_cutime + before.tms_cstime);
	CHECK_EQ(getrusage(RUSAGE_SELF, &self), 0);
	CHECK_EQ(getrusage(RUSAGE_CHILDREN, &child), 0);
	CHECK(child.ru_utime.tv_sec * 1000000 + child.ru_utime.tv_usec > 0);
	CHECK(self.ru_maxrss > 0 && self.ru_minflt > 0);
	CHECK_ERRNO(getrusage(7, &self), EINVAL);
	CHECK_EQ(getrusage(RUSAGE_THREAD, &self), 0);
}

CASE(memory_of_another_process)
{
	static char data[64] = "parent";
	char got[64] = "";
	struct iovec local = { got, 6 }, remote = { data, 6 };
	int pipes[2];
	char byte;

	CHECK_EQ(pipe(pipes), 0);
	pid_t pid = fork();

	if (!pid) {
		strcpy(data, "child!");
		CHECK_EQ(write(pipes[1], "x", 1), 1);
		for (;;)
			pause();
	}
	CHECK_EQ(read(pipes[0], &byte, 1), 1);
	CHECK_EQ(process_vm_readv(pid, &local, 1, &remote, 1, 0), 6);
	CHECK(!strcmp(got, "child!"));
	CHECK_EQ(process_vm_writev(pid, &local, 1, &remote, 1, 0), 6);
	CHECK(!strcmp(data, "parent"));
	remote.iov_base = nowhere;
	CHECK_ERRNO(process_vm_readv(pid, &local, 1, &remote, 1, 0), EFAULT);
	CHECK_ERRNO(process_vm_readv(pid, &local, 1, &remote, 1, 1), EINVAL);
	CHECK_ERRNO(process_vm_readv(4000000, &local, 1, &remote, 1, 0), ESRCH);
	CHECK_EQ(setresuid(65533, 65533, 65533), 0);
	remote.iov_base = data;
	CHECK_ERRNO(process_vm_readv(pid, &local, 1, &remote, 1, 0), EPERM);
}

CASE(kcmp_looks_into_epoll)
{
	struct kcmp_epoll_slot slot = {};
	struct epoll_event event = { .events = EPOLLIN };
	int fds[2], epoll = epoll_create1(0), copy;

	CHECK_EQ(pipe(fds), 0);
	copy = dup(fds[0]);
	slot.efd = epoll;
	slot.tfd = fds[0];
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, fds[0], &slot), ENOENT);
	CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event), 0);
	CHECK_EQ(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, copy, &slot), 0);
	CHECK(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, fds[1], &slot) > 0);
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, 999, &slot), EBADF);
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, copy, NULL), EFAULT);
	slot.toff = 1;
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, copy, &slot), ENOENT);
	/* the number is used for another file too: both are found */
	CHECK(dup2(fds[1], fds[0]) >= 0);
	event.events = EPOLLOUT;
	CHECK_EQ(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[0], &event), 0);
	slot.toff = 0;
	CHECK((syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, copy, &slot) == 0) !=
	      (syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, fds[1], &slot) == 0));
	slot.efd = fds[1];
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, copy, &slot), EINVAL);
	slot.efd = 999;
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), getpid(), KCMP_EPOLL_TFD, copy, &slot), EBADF);
}

CASE(kcmp_orders_what_differs)
{
	int a = dup(1), b = open("/dev/null", O_RDONLY);
	pid_t pid = sleeping_child();

	CHECK_EQ(syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, 1, a), 0);
	CHECK(syscall(SYS_kcmp, getpid(), getpid(), KCMP_FILE, 1, b) > 0);
	CHECK_EQ(syscall(SYS_kcmp, getpid(), pid, KCMP_FILE, b, b), 0);
	CHECK(syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0) > 0);
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), pid, 99, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), pid, KCMP_FILE, 999, 0), EBADF);
	CHECK_ERRNO(syscall(SYS_kcmp, getpid(), 4000000, KCMP_VM, 0, 0), ESRCH);
	end_child(pid);
}

CASE(personality_is_inherited_and_remembered)
{
	CHECK_EQ(personality(0xffffffff), 0);
	CHECK_EQ(personality(ADDR_NO_RANDOMIZE), 0);
	CHECK_EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE);
	IN_CHILD(CHECK_EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE));
	struct utsname name;

	CHECK_EQ(personality(UNAME26), ADDR_NO_RANDOMIZE);
	CHECK_EQ(uname(&name), 0);
	CHECK(!strncmp(name.release, "2.6.", 4));
}

CASE(getcpu_and_affinity_agree)
{
	unsigned int cpu = 99, node = 99;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK_EQ(sched_setaffinity(0, sizeof one, &one), 0);
	CHECK_EQ(syscall(SYS_getcpu, &cpu, &node, NULL), 0);
	CHECK(cpu == 0 && node == 0);
	CHECK_ERRNO(syscall(SYS_getcpu, nowhere, NULL, NULL), EFAULT);
	CHECK(syscall(SYS_sched_getaffinity, 0, 128, &one) > 0);
	CHECK_ERRNO(syscall(SYS_sched_getaffinity, 0, 1, &one), EINVAL);
	CPU_ZERO(&one);
	CHECK_ERRNO(sched_setaffinity(0, sizeof one, &one), EINVAL);
}

CASE(io_priorities)
{
	CHECK_EQ(syscall(SYS_ioprio_get, 1, 0), 0); /* never set */
	CHECK_EQ(syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6), 0);
	CHECK_EQ(syscall(SYS_ioprio_get, 1, 0), 2 << 13 | 6);
	CHECK_ERRNO(syscall(SYS_ioprio_set, 1, 0, 7 << 13), EINVAL);
	CHECK_ERRNO(syscall(SYS_ioprio_get, 9, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_ioprio_get, 1, 4000000), ESRCH);
}

CASE(only_root_changes_the_machine)
{
	struct timex tx = { .modes = ADJ_FREQUENCY };
	struct timespec ts = { 1000000000, 0 };

	CHECK_EQ(setresuid(65533, 65533, 65533), 0);
	CHECK_ERRNO(sethostname("x", 1), EPERM);
	CHECK_ERRNO(setdomainname("x", 1), EPERM);
	CHECK_ERRNO(clock_settime(CLOCK_REALTIME, &ts), EPERM);
	CHECK_ERRNO(adjtimex(&tx), EPERM);
	CHECK_ERRNO(reboot(RB_AUTOBOOT), EPERM);
	CHECK_ERRNO(chroot("/tmp"), EPERM);
	CHECK_ERRNO(syscall(SYS_vhangup), EPERM);
	CHECK_ERRNO(klogctl(5, NULL, 0), EPERM);
	CHECK_ERRNO(syscall(SYS_pivot_root, "/", "/"), EPERM);
	CHECK_ERRNO(nice(-1), EPERM);
	CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, -5), EACCES);
	CHECK_ERRNO(setpriority(PRIO_PROCESS, 1, 5), EPERM);
	CHECK_ERRNO(setuid(0), EPERM);
}

CASE(host_names_have_a_length)
{
	char name[80];

	memset(name, 'n', sizeof name);
	CHECK_ERRNO(sethostname(name, 65), EINVAL);
	CHECK_ERRNO(syscall(SYS_sethostname, name, -1), EINVAL);
	CHECK_ERRNO(sethostname(nowhere, 5), EFAULT);
	IN_CHILD(CHECK_EQ(unshare(CLONE_NEWUTS), 0); CHECK_EQ(sethostname(name, 64), 0); CHECK_EQ(gethostname(name, 80), 0);
		 CHECK_EQ(strlen(name), 64));
}

CASE(groups_of_processes)
{
	pid_t pid = sleeping_child();

	CHECK_EQ(setpgid(pid, pid), 0);
	CHECK_EQ(getpgid(pid), pid);
	CHECK_ERRNO(setpgid(pid, 4000000), EPERM);
	CHECK_ERRNO(setpgid(pid, -1), EINVAL);
	CHECK_ERRNO(getpgid(4000000), ESRCH);
	CHECK_ERRNO(getsid(4000000), ESRCH);
	CHECK_EQ(setpriority(PRIO_PGRP, pid, 7), 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, pid), 7);
	CHECK_ERRNO(setpriority(9, 0, 0), EINVAL);
	CHECK_ERRNO(killpg(4000000, 0), ESRCH);
	CHECK_EQ(killpg(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(-pid, NULL, 0), pid);
}

CASE(alarms_and_interval_timers_read_back)
{
	struct itimerval set = { .it_value = { 100, 0 }, .it_interval = { 5, 0 } }, got;

	alarm(0); /* the case's own limit */
	CHECK_EQ(alarm(50), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &set, &got), 0);
	CHECK(got.it_value.tv_sec == 49 || got.it_value.tv_sec == 50);
	unsigned int left = alarm(0);

	CHECK(left == 100 || left == 99);
	CHECK_EQ(getitimer(ITIMER_REAL, &got), 0);
	CHECK(!got.it_value.tv_sec && !got.it_value.tv_usec);
	set.it_value.tv_usec = 1000000;
	CHECK_ERRNO(setitimer(ITIMER_VIRTUAL, &set, NULL), EINVAL);
	CHECK_ERRNO(setitimer(9, &set, NULL), EINVAL);
}

CASE(sysinfo_counts)
{
	struct sysinfo info;

	CHECK_EQ(sysinfo(&info), 0);
	CHECK(info.totalram && info.freeram <= info.totalram && info.procs >= 2);
	CHECK_EQ(info.mem_unit, 1);
	CHECK_EQ(info.totalswap, 0);
	CHECK_ERRNO(sysinfo((void *)nowhere), EFAULT);
}

CASE(calls_that_are_not_there)
{
	CHECK_ERRNO(syscall(1000), ENOSYS);
	CHECK_ERRNO(syscall(-1), ENOSYS);
	CHECK_ERRNO(syscall(335), ENOSYS); /* the gap in the table */
	CHECK_EQ(syscall(1ul << 32 | SYS_getpid), getpid()); /* the number has 32 bits */
}

TEST_MAIN()

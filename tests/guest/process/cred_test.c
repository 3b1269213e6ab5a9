/* SPDX-License-Identifier: GPL-2.0-only */
/* cred_test.c - proves ids, groups, capabilities, limits, priorities and prctl options. Runs as root. */
#include "check.h"
#include <grp.h>
#include <linux/capability.h>
#include <linux/kcmp.h>
#include <linux/securebits.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static struct __user_cap_data_struct caps[2];

static void read_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };

	CHECK_EQ(syscall(SYS_capget, &head, caps), 0);
}

static int write_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };

	return (int)syscall(SYS_capset, &head, caps);
}

CASE(setuid_drops_for_good)
{
	uid_t r, e, s;

	CHECK_EQ(setresuid(1, 2, 3), 0);
	CHECK_EQ(getresuid(&r, &e, &s), 0);
	CHECK(r == 1 && e == 2 && s == 3);
	CHECK_ERRNO(setuid(0), EPERM);
	CHECK_ERRNO(setresuid(0, -1, -1), EPERM);
	CHECK_EQ(setresuid(-1, 3, -1), 0);
	CHECK_EQ(geteuid(), 3);
	CHECK_EQ(setreuid(3, 1), 0);
	CHECK_ERRNO(setgid(5), EPERM);
	CHECK_ERRNO(setgroups(0, NULL), EPERM);
}

CASE(effective_id_may_come_back)
{
	CHECK_EQ(seteuid(1000), 0);
	read_caps();
	CHECK_EQ(caps[0].effective, 0);
	CHECK(caps[0].permitted != 0);
	CHECK_EQ(seteuid(0), 0);
	read_caps();
	CHECK(caps[0].effective != 0);
	CHECK_EQ(setfsuid(77), 0);
	CHECK_EQ(setfsuid(-1), 77);
}

CASE(groups_are_kept_sorted_and_limited)
{
	gid_t list[4] = { 30, 10, 20, 10 }, back[8];

	CHECK_EQ(setgroups(4, list), 0);
	CHECK_EQ(getgroups(0, NULL), 4);
	CHECK_EQ(getgroups(8, back), 4);
	CHECK_EQ(back[0], 10);
	CHECK_EQ(back[3], 30);
	CHECK_ERRNO(getgroups(2, back), EINVAL);
	CHECK_ERRNO(syscall(SYS_setgroups, 70000, list), EINVAL);
}

CASE(capabilities_only_shrink)
{
	read_caps();
	caps[0].effective = caps[0].permitted = 1u << CAP_SETUID;
	caps[1].effective = caps[1].permitted = 0;
	CHECK_EQ(write_caps(), 0);
	caps[0].permitted |= 1u << CAP_KILL;
	CHECK_ERRNO(write_caps(), EPERM);
	CHECK_EQ(setuid(5), 0);
	read_caps();
	CHECK_EQ(caps[0].permitted, 0);
}

CASE(keepcaps_keeps_permitted)
{
	CHECK_EQ(prctl(PR_SET_KEEPCAPS, 1), 0);
	CHECK_EQ(setuid(5), 0);
	read_caps();
	CHECK(caps[0].permitted != 0);
	CHECK_EQ(caps[0].effective, 0);
}

CASE(ambient_needs_inheritable)
{
	CHECK_ERRNO(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0), EPERM);
	read_caps();
	caps[0].inheritable |= 1u << CAP_KILL;
	CHECK_EQ(write_caps(), 0);
	CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0), 0);
	CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 1);
	CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0), 0);
}

CASE(bounding_set_and_securebits)
{
	CHECK_EQ(prctl(PR_CAPBSET_READ, CAP_SYS_TIME), 1);
	CHECK_EQ(prctl(PR_CAPBSET_DROP, CAP_SYS_TIME), 0);
	CHECK_EQ(prctl(PR_CAPBSET_READ, CAP_SYS_TIME), 0);
	CHECK_ERRNO(prctl(PR_CAPBSET_READ, 99), EINVAL);
	CHECK_EQ(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED), 0);
	CHECK_EQ(prctl(PR_GET_SECUREBITS), SECBIT_NOROOT | SECBIT_NOROOT_LOCKED);
	CHECK_ERRNO(prctl(PR_SET_SECUREBITS, 0), EPERM);
}

CASE(prctl_basics)
{
	char name[17] = "";
	int value = -1;

	CHECK_EQ(prctl(PR_SET_NAME, "a-name-longer-than-fifteen"), 0);
	CHECK_EQ(prctl(PR_GET_NAME, name), 0);
	CHECK_EQ(strcmp(name, "a-name-longer-t"), 0);
	CHECK_EQ(prctl(PR_SET_PDEATHSIG, SIGUSR1), 0);
	CHECK_EQ(prctl(PR_GET_PDEATHSIG, &value), 0);
	CHECK_EQ(value, SIGUSR1);
	CHECK_ERRNO(prctl(PR_SET_PDEATHSIG, 100), EINVAL);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 1);
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 0), 0);
	CHECK_EQ(prctl(PR_GET_DUMPABLE), 0);
	CHECK_ERRNO(prctl(PR_SET_DUMPABLE, 2), EINVAL);
	CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_EQ(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
	CHECK_ERRNO(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL);
	CHECK_EQ(prctl(PR_SET_TIMERSLACK, 123456), 0);
	CHECK_EQ(prctl(PR_GET_TIMERSLACK), 123456);
	CHECK_ERRNO(prctl(9999), EINVAL);
}

CASE(limits_by_name)
{
	struct rlimit limit, old;

	CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
	CHECK_EQ(limit.rlim_cur, 8 << 20);
	limit = (struct rlimit){ 50, 60 };
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK_EQ(prlimit(getpid(), RLIMIT_NOFILE, NULL, &old), 0);
	CHECK_EQ(old.rlim_cur, 50);
	limit = (struct rlimit){ 70, 60 };
	CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EINVAL);
	CHECK_ERRNO(getrlimit(99, &limit), EINVAL);
	CHECK_ERRNO(prlimit(999999, RLIMIT_NOFILE, NULL, &old), ESRCH);
	CHECK_EQ(setuid(1), 0);
	limit = (struct rlimit){ 50, 80 };
	CHECK_ERRNO(setrlimit(RLIMIT_NOFILE, &limit), EPERM);
}

CASE(priorities_and_policies)
{
	struct sched_param param = { 10 };
	cpu_set_t set;

	errno = 0;
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 0);
	CHECK_EQ(setpriority(PRIO_PROCESS, 0, 5), 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 5);
	CHECK_EQ(setpriority(PRIO_PROCESS, 0, -3), 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), -3);
	CHECK_EQ(sched_setscheduler(0, SCHED_FIFO, &param), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_FIFO);
	param.sched_priority = 0;
	CHECK_ERRNO(sched_setscheduler(0, SCHED_FIFO, &param), EINVAL);
	CHECK_EQ(sched_setscheduler(0, SCHED_OTHER, &param), 0);
	CHECK_EQ(sched_get_priority_max(SCHED_RR), 99);
	CHECK_EQ(sched_get_priority_min(SCHED_OTHER), 0);
	CHECK_EQ(sched_getaffinity(0, sizeof set, &set), 0);
	CHECK(CPU_COUNT(&set) >= 1);
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	CHECK_EQ(sched_setaffinity(0, sizeof set, &set), 0);
	CHECK_EQ(sched_getcpu(), 0);
	CPU_ZERO(&set);
	CHECK_ERRNO(sched_setaffinity(0, sizeof set, &set), EINVAL);
	CHECK_EQ(setuid(1), 0);
	CHECK_ERRNO(setpriority(PRIO_PROCESS, 0, -10), EACCES);
	param.sched_priority = 1;
	CHECK_ERRNO(sched_setscheduler(0, SCHED_RR, &param), EPERM);
}

CASE(names_and_figures)
{
	struct utsname name;
	struct sysinfo info;

	CHECK_EQ(uname(&name), 0);
	CHECK_EQ(strcmp(name.sysname, "Linux"), 0);
	CHECK_EQ(strcmp(name.machine, "x86_64"), 0);
	CHECK_EQ(sysinfo(&info), 0);
	CHECK(info.totalram * info.mem_unit > 8 << 20);
	CHECK(info.procs > 0);
	CHECK_EQ(personality(0xffffffff), 0);
	CHECK_EQ(personality(ADDR_NO_RANDOMIZE), 0);
	CHECK_EQ(personality(0xffffffff), ADDR_NO_RANDOMIZE);
}

CASE(kcmp_knows_what_is_shared)
{
	pid_t me = getpid(), pid = fork();

	if (!pid)
		for (;;)
			pause();
	CHECK_EQ(syscall(SYS_kcmp, me, me, KCMP_VM, 0, 0), 0);
	CHECK(syscall(SYS_kcmp, me, pid, KCMP_VM, 0, 0) > 0);
	CHECK_EQ(syscall(SYS_kcmp, me, pid, KCMP_FILE, 1, 1), 0);
	CHECK_ERRNO(syscall(SYS_kcmp, me, pid, 99, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_kcmp, me, 999999, KCMP_VM, 0, 0), ESRCH);
	kill(pid, SIGKILL);
}

CASE(unprivileged_may_not_signal_others)
{
	pid_t root_child = fork();

	if (!root_child)
		for (;;)
			pause();
	CHECK_EQ(setuid(1), 0);
	CHECK_ERRNO(kill(root_child, SIGKILL), EPERM);
	CHECK_ERRNO(kill(1, 0), EPERM);
}

TEST_MAIN()

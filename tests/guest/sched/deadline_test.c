/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deadline_test.c - proves the calls of SCHED_DEADLINE: what they refuse, who may, what is inherited, and who is admitted.
 */
#define CASE_SECONDS 90
#include "deadline.h"
#include "pinned.h"
#include <pthread.h>

/* --- values -------------------------------------------------------------------------------------------- */

struct refused {
	uint64_t runtime, deadline, period, flags;
	int error;
};

CASE(values_are_checked)
{
	static const struct refused table[] = {
		{ 0, 0, 0, 0, EINVAL },
		{ 1023, 10 * MS, 10 * MS, 0, EINVAL },
		{ 10 * MS, 0, 10 * MS, 0, EINVAL },
		{ 11 * MS, 10 * MS, 10 * MS, 0, EINVAL },
		{ 5 * MS, 10 * MS, 9 * MS, 0, EINVAL },
		{ 5 * MS, 1ull << 63, 0, 0, EINVAL },
		{ 5 * MS, 10 * MS, 1ull << 63, 0, EINVAL },
		{ ~0ull, ~0ull, ~0ull, 0, EINVAL },
		{ 2048, 99 * MS / 1000, 0, 0, EINVAL },	 /* sched_deadline_period_min_us */
		{ 5 * MS, 10 * MS, 4194305000ull, 0, EINVAL }, /* sched_deadline_period_max_us */
		{ 5 * MS, 10 * MS, 0, 0x80, EINVAL },
		{ 5 * MS, 10 * MS, 0, 0x10000000, EINVAL }, /* SCHED_FLAG_SUGOV: not for programs */
		{ 5 * MS, 10 * MS, 0, FLAG_CLAMP_MIN, EOPNOTSUPP },
		{ 20 * MS, 10 * MS, 0, FLAG_CLAMP_MIN, EINVAL },
		{ 1024, 100 * MS / 1000, 0, 0, 0 },
		{ 5 * MS, 10 * MS, 0, FLAG_RECLAIM | FLAG_OVERRUN, 0 },
		{ 5 * MS, 10 * MS, 4194304000ull, 0, 0 },
	};

	CHECK(signal(SIGXCPU, SIG_IGN) != SIG_ERR);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct refused *row = &table[i];
		int ret = set_deadline(0, row->runtime, row->deadline, row->period, row->flags);

		if (ret ? errno != row->error : row->error)
			check_failed(__FILE__, __LINE__, "row %zu gives %d errno %d", i, ret, errno);
	}
}

CASE(calls_check_their_arguments)
{
	struct sched_param param = { 0 };
	struct sched_attr attr = {
		.size = sizeof(attr), .sched_policy = SCHED_DEADLINE, .sched_runtime = 5 * MS, .sched_deadline = 10 * MS,
	};
	char big[sizeof(attr) + 8] = { 0 };
	struct timespec interval = { 1, 1 };

	CHECK_EQ(sched_get_priority_max(SCHED_DEADLINE), 0);
	CHECK_EQ(sched_get_priority_min(SCHED_DEADLINE), 0);
	CHECK_ERRNO(sched_setscheduler(0, SCHED_DEADLINE, &param), EINVAL);
	CHECK_ERRNO(sched_setscheduler(0, SCHED_DEADLINE | SCHED_RESET_ON_FORK, &param), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, -1, &attr, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_setattr, 999999, &attr, 0), ESRCH);
	attr.sched_flags = 0x80;
	CHECK_ERRNO(syscall(SYS_sched_setattr, 999999, &attr, 0), ESRCH);
	attr.sched_flags = 0;
	attr.sched_priority = 1;
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 0), EINVAL);
	attr.sched_priority = 0;
	attr.size = 47;
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 0), E2BIG);
	CHECK_EQ(attr.size, 56);
	memcpy(big, &attr, sizeof(attr));
	((struct sched_attr *)big)->size = sizeof(big);
	CHECK_EQ(syscall(SYS_sched_setattr, 0, big, 0), 0);
	big[sizeof(attr)] = 1;
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, big, 0), E2BIG);
	attr.size = SCHED_ATTR_SIZE_VER0;
	CHECK_EQ(syscall(SYS_sched_setattr, 0, &attr, 0), 0);
	attr.sched_flags = FLAG_CLAMP_MIN;
	CHECK_ERRNO(syscall(SYS_sched_setattr, 0, &attr, 0), EINVAL);
	attr.size = 0;
	attr.sched_flags = 0;
	CHECK_EQ(syscall(SYS_sched_setattr, 0, &attr, 0), 0);
	CHECK_ERRNO(sched_setparam(0, &param), EINVAL);
	CHECK_EQ(sched_rr_get_interval(0, &interval), 0);
	CHECK_EQ(interval.tv_sec + interval.tv_nsec, 0);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &attr, 47, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &attr, 4097, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_sched_getattr, 0, &attr, 56, 1), EINVAL);
	CHECK_EQ(syscall(SYS_sched_getattr, 0, &attr, 48, 0), 0);
	CHECK_EQ(attr.size, 48);
}

/* Field @nr, from 1, of /proc/self/stat. */
static long stat_field(int nr)
{
	char text[1024] = "", *at;
	int fd = open("/proc/self/stat", O_RDONLY);

	CHECK(fd >= 0);
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strrchr(text, ')') + 2;
	for (int i = 3; i < nr; i++)
		at = strchr(at, ' ') + 1;
	return atol(at);
}

CASE(what_was_set_can_be_read)
{
	struct sched_param param = { .sched_priority = 77 };
	struct sched_attr attr;

	CHECK(signal(SIGXCPU, SIG_IGN) != SIG_ERR); /* there may be overruns */
	CHECK_EQ(setpriority(PRIO_PROCESS, 0, 5), 0);
	set_deadline_in_time(0, 5 * MS, 10 * MS, 0, FLAG_RESET_ON_FORK | FLAG_OVERRUN);
	CHECK_EQ(sched_getscheduler(0), SCHED_DEADLINE | SCHED_RESET_ON_FORK);
	CHECK_EQ(sched_getparam(0, &param), 0);
	CHECK_EQ(param.sched_priority, 0);
	attr = get_attr(0);
	CHECK_EQ(attr.size, sizeof(attr));
	CHECK_EQ(attr.sched_policy, SCHED_DEADLINE);
	CHECK_EQ(attr.sched_flags, FLAG_RESET_ON_FORK | FLAG_OVERRUN);
	CHECK_EQ(attr.sched_nice, 0);
	CHECK_EQ(attr.sched_priority, 0);
	CHECK_EQ(attr.sched_runtime, 5 * MS);
	CHECK_EQ(attr.sched_deadline, 10 * MS);
	CHECK_EQ(attr.sched_period, 10 * MS);
	CHECK_EQ(stat_field(18), -101);
	CHECK_EQ(stat_field(19), 5);
	CHECK_EQ(stat_field(40), 0);
	CHECK_EQ(stat_field(41), SCHED_DEADLINE);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 5);
	CHECK_EQ(setpriority(PRIO_PROCESS, 0, 7), 0);
	CHECK_EQ(getpriority(PRIO_PROCESS, 0), 7);
	CHECK_EQ(get_attr(0).sched_runtime, 5 * MS);
	set_deadline_in_time(0, 6 * MS, 12 * MS, 20 * MS, FLAG_RECLAIM);
	attr = get_attr(0);
	CHECK_EQ(attr.sched_flags, FLAG_RECLAIM);
	CHECK_EQ(attr.sched_deadline, 12 * MS);
	CHECK_EQ(attr.sched_period, 20 * MS);
	param.sched_priority = 0;
	CHECK_EQ(sched_setscheduler(0, SCHED_OTHER, &param), 0);
	attr = get_attr(0);
	CHECK_EQ(attr.sched_runtime | attr.sched_deadline | attr.sched_period | attr.sched_flags, 0);
	CHECK_EQ(attr.sched_nice, 7);
	CHECK_EQ(stat_field(18), 27);
}

CASE(flags_keep_policy_and_parameters)
{
	struct sched_attr attr = { .sched_policy = SCHED_FIFO, .sched_priority = 9, .sched_flags = FLAG_KEEP_PARAMS | FLAG_RESET_ON_FORK };

	CHECK_EQ(set_attr(0, &attr), 0); /* with the parameters the policy stays */
	CHECK_EQ(sched_getscheduler(0), SCHED_OTHER | SCHED_RESET_ON_FORK);
	set_deadline_in_time(0, 5 * MS, 10 * MS, 0, 0);
	attr = (struct sched_attr){ .sched_flags = FLAG_KEEP_POLICY, .sched_runtime = 6 * MS, .sched_deadline = 20 * MS };
	CHECK_EQ(set_attr(0, &attr), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_DEADLINE);
	CHECK_EQ(get_attr(0).sched_runtime, 6 * MS);
	attr = (struct sched_attr){ .sched_flags = FLAG_KEEP_POLICY };
	CHECK_ERRNO(set_attr(0, &attr), EINVAL);
	attr = (struct sched_attr){ .sched_flags = FLAG_KEEP_POLICY | FLAG_KEEP_PARAMS };
	CHECK_EQ(set_attr(0, &attr), 0);
	CHECK_EQ(get_attr(0).sched_deadline, 20 * MS);
}

static void as_nobody(pid_t root)
{
	struct sched_attr attr;

	set_deadline_in_time(0, 5 * MS, 10 * MS, 0, 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	attr = get_attr(0);
	CHECK_EQ(attr.sched_policy, SCHED_DEADLINE); /* it keeps what it has */
	CHECK_ERRNO(set_deadline(0, 4 * MS, 10 * MS, 0, 0), EPERM);
	CHECK_ERRNO(set_deadline(root, 4 * MS, 10 * MS, 0, 0), EPERM);
	CHECK_ERRNO(set_deadline(0, 40 * MS, 10 * MS, 0, 0), EINVAL);
	CHECK_ERRNO(set_deadline(0, 4 * MS, 10 * MS, 0, FLAG_CLAMP_MIN), EPERM);
	attr = (struct sched_attr){ .sched_policy = SCHED_OTHER };
	CHECK_EQ(set_attr(0, &attr), 0);
	CHECK_ERRNO(set_deadline(0, 5 * MS, 10 * MS, 0, 0), EPERM);
}

CASE(rights_are_needed)
{
	pid_t root = sleeper();

	IN_CHILD(as_nobody(root));
	reap(root);
}

/* --- inheritance, affinity ----------------------------------------------------------------------------- */

static void *no_thread(void *arg)
{
	return arg;
}

CASE(fork_needs_reset)
{
	pthread_t thread;

	set_deadline_in_time(0, 5 * MS, 10 * MS, 0, 0);
	CHECK_ERRNO(fork(), EAGAIN);
	CHECK_EQ(pthread_create(&thread, NULL, no_thread, NULL), EAGAIN);
	CHECK_EQ(set_deadline(0, 5 * MS, 10 * MS, 0, FLAG_RESET_ON_FORK), 0);
	IN_CHILD(CHECK_EQ(sched_getscheduler(0), SCHED_OTHER); CHECK_EQ(get_attr(0).sched_runtime, 0));
	CHECK_EQ(pthread_create(&thread, NULL, no_thread, NULL), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(sched_getscheduler(0), SCHED_DEADLINE | SCHED_RESET_ON_FORK);
}

CASE(exec_keeps_it)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		set_deadline_in_time(0, 5 * MS, 10 * MS, 0, 0);
		execl("/proc/self/exe", "deadline_test", "exec_keeps_it_child", (char *)NULL);
		_exit(9);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

CASE(affinity_is_all_processors)
{
	cpu_set_t all;

	if (nr_cpus() < 2)
		return;
	CHECK_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
	pin(0, 0);
	CHECK_ERRNO(set_deadline(0, 5 * MS, 10 * MS, 0, 0), EPERM);
	CHECK_EQ(sched_setaffinity(0, sizeof(all), &all), 0);
	set_deadline_in_time(0, 5 * MS, 10 * MS, 0, 0);
	CHECK_EQ(sched_setaffinity(0, sizeof(all), &all), 0);
	CPU_CLR(0, &all);
	CHECK_ERRNO(sched_setaffinity(0, sizeof(all), &all), EBUSY);
	CHECK_EQ(sched_getscheduler(0), SCHED_DEADLINE);
}

static void bound_to_one(void)
{
	cpu_set_t all;

	CHECK_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
	pin(0, 0);
	set_deadline_in_time(0, 5 * MS, 10 * MS, 0, 0);
	CHECK_EQ(sched_setaffinity(0, sizeof(all), &all), 0);
	pin(0, 0);
	set_deadline_in_time(0, 6 * MS, 10 * MS, 0, 0);
}

CASE(affinity_is_free_without_admission)
{
	without_admission(bound_to_one);
}

/* --- admission ----------------------------------------------------------------------------------------- */

#define ADMIT_MAX 256

/* Tenths of a processor are given away until they are gone; what one gives back another can have. */
CASE(the_sum_is_bounded)
{
	int nr, most = nr_cpus() * 95 / 10;
	pid_t pid[ADMIT_MAX], late;

	CHECK(most < ADMIT_MAX);
	CHECK_EQ(sysctl_get("sched_rt_period_us"), 1000000);
	CHECK_EQ(sysctl_get("sched_rt_runtime_us"), 950000);
	for (nr = 0; nr < most; nr++) {
		pid[nr] = sleeper();
		set_deadline_in_time(pid[nr], MS, 10 * MS, 0, 0);
	}
	late = sleeper();
	CHECK_ERRNO(set_deadline(late, MS, 10 * MS, 0, 0), EBUSY);
	CHECK_ERRNO(set_deadline(pid[0], 2 * MS, 10 * MS, 0, 0), EBUSY);
	CHECK_EQ(get_attr(pid[0]).sched_runtime, MS);
	CHECK_EQ(set_deadline(pid[0], 2 * MS, 20 * MS, 0, 0), 0); /* as much, in other portions */
	CHECK_EQ(set_deadline(pid[0], 15 * MS / 10, 20 * MS, 0, 0), 0);
	CHECK_EQ(set_deadline(pid[0], 2 * MS, 20 * MS, 0, 0), 0);
	CHECK_ERRNO(sysctl_set("sched_rt_runtime_us", 900000 / 10 * 9), EBUSY);
	CHECK_EQ(sysctl_get("sched_rt_runtime_us"), 950000);
	reap(pid[--nr]);
	set_deadline_in_time(late, MS, 10 * MS, 0, 0);
	pid[nr++] = late;
	while (nr)
		reap(pid[--nr]);
}

CASE(limits_can_be_set)
{
	CHECK_EQ(sysctl_get("sched_deadline_period_min_us"), 100);
	CHECK_EQ(sysctl_get("sched_deadline_period_max_us"), 4194304);
	CHECK_ERRNO(sysctl_set("sched_deadline_period_min_us", 4194305), EINVAL);
	CHECK_ERRNO(sysctl_set("sched_deadline_period_max_us", 99), EINVAL);
	CHECK_ERRNO(sysctl_set("sched_rt_runtime_us", 1000001), EINVAL);
	CHECK_ERRNO(sysctl_set("sched_rt_runtime_us", -2), EINVAL);
	CHECK_ERRNO(sysctl_set("sched_rt_period_us", 0), EINVAL);
	CHECK_ERRNO(sysctl_set("sched_rt_period_us", 949999), EINVAL);
	CHECK_EQ(sysctl_set("sched_deadline_period_min_us", 20000), 0);
	CHECK_ERRNO(set_deadline(0, 5 * MS, 10 * MS, 0, 0), EINVAL);
	CHECK_EQ(sysctl_set("sched_deadline_period_min_us", 100), 0);
	no_bandwidth();
	CHECK_ERRNO(set_deadline(0, 1024, 1000 * MS, 0, 0), EPERM);
}

/* What is written to one of two files stays, whatever is written to the other at the same time. */
static void keep_writing(const char *name, long value, int times)
{
	for (int i = 0; i < times; i++) {
		CHECK_EQ(sysctl_set(name, value + i % 2), 0);
		CHECK_EQ(sysctl_get(name), value + i % 2);
	}
}

CASE(period_and_runtime_are_written_at_the_same_time)
{
	pid_t other = fork();
	int status;

	if (!other) {
		keep_writing("sched_rt_runtime_us", 900000, 4000);
		_exit(0);
	}
	keep_writing("sched_rt_period_us", 1000000, 4000);
	CHECK_EQ(waitpid(other, &status, 0), other);
	CHECK_EQ(sysctl_set("sched_rt_period_us", 1000000), 0);
	CHECK_EQ(sysctl_set("sched_rt_runtime_us", 950000), 0);
	CHECK_EQ(status, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "exec_keeps_it_child"))
		return get_attr(0).sched_policy == SCHED_DEADLINE && get_attr(0).sched_runtime == 5 * MS ? 0 : 1;
	return test_main(argc, argv, CASE_SECONDS);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* deadline.h - SCHED_DEADLINE for tests: its calls, its settings, and tasks that have it. */
#pragma once
#include "check.h"
#include "text.h"
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef SCHED_DEADLINE
#define SCHED_DEADLINE 6
#endif
#define FLAG_RESET_ON_FORK 0x01
#define FLAG_RECLAIM 0x02
#define FLAG_OVERRUN 0x04
#define FLAG_KEEP_POLICY 0x08
#define FLAG_KEEP_PARAMS 0x10
#define FLAG_CLAMP_MIN 0x20
#define MS 1000000ull
#define SCHED_ATTR_SIZE_VER0 48

/* <linux/sched/types.h> and the C library's <sched.h> do not go together. */
struct sched_attr {
	uint32_t size;
	uint32_t sched_policy;
	uint64_t sched_flags;
	int32_t sched_nice;
	uint32_t sched_priority;
	uint64_t sched_runtime;
	uint64_t sched_deadline;
	uint64_t sched_period;
	uint32_t sched_util_min;
	uint32_t sched_util_max;
};

static inline int set_attr(pid_t pid, struct sched_attr *attr)
{
	attr->size = sizeof(*attr);
	return (int)syscall(SYS_sched_setattr, pid, attr, 0);
}

static inline struct sched_attr get_attr(pid_t pid)
{
	struct sched_attr attr;

	memset(&attr, 0xff, sizeof(attr));
	CHECK_EQ(syscall(SYS_sched_getattr, pid, &attr, sizeof(attr), 0), 0);
	return attr;
}

static inline int set_deadline(pid_t pid, uint64_t runtime, uint64_t deadline, uint64_t period, uint64_t flags)
{
	struct sched_attr attr = {
		.sched_policy = SCHED_DEADLINE, .sched_flags = flags,
		.sched_runtime = runtime, .sched_deadline = deadline, .sched_period = period,
	};

	return set_attr(pid, &attr);
}

static inline uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	CHECK_EQ(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static inline uint64_t own_cpu_ns(void)
{
	return now_ns(CLOCK_THREAD_CPUTIME_ID);
}

static inline int nr_cpus(void)
{
	cpu_set_t set;

	CHECK_EQ(sched_getaffinity(0, sizeof(set), &set), 0);
	return CPU_COUNT(&set);
}

static inline long sysctl_get(const char *name)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	return atol(get_text(path, text, sizeof(text)));
}

/* Until the case has ended. */
static inline int sysctl_set(const char *name, long value)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	snprintf(text, sizeof(text), "%ld\n", value);
	errno = change_setting(path, text);
	return errno ? -1 : 0;
}

/* What tasks left behind counts until their zero-lag time: wait until this one is admitted. */
static inline void set_deadline_in_time(pid_t pid, uint64_t runtime, uint64_t deadline, uint64_t period, uint64_t flags)
{
	while (set_deadline(pid, runtime, deadline, period, flags)) {
		int error = errno;

		CHECK_EQ(error, EBUSY);
		usleep(5000);
	}
}

/* Run @body, in a child, while tasks of one processor can have deadlines; also, nothing holds real-time tasks back on Linux then. */
static inline void without_admission(void (*body)(void))
{
	CHECK_EQ(sysctl_set("sched_rt_runtime_us", -1), 0);
	IN_CHILD(body());
}

static inline void reap(pid_t pid)
{
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

/* Wait until nothing counts any more: a limit of 0 is refused before. It stays until the case has ended. */
static inline void no_bandwidth(void)
{
	while (sysctl_set("sched_rt_runtime_us", 0)) {
		int error = errno;

		CHECK_EQ(error, EBUSY);
		usleep(5000);
	}
}

/* A child that does nothing but wait to be killed. */
static inline pid_t sleeper(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

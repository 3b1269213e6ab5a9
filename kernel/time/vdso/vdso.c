/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vdso.c - clocks for user space, run by user space: no system call while the data page says how.
 *
 * WHAT        Compiled on its own, position independent, linked to a small shared object that the kernel embeds
 *             (build.mk). It knows nothing but the data page's layout (time/vdso.h), and that the page lies below it.
 * LOCKING     None: the data page's sequence is odd while it changes, and readers retry.
 */
#include <time/vdso.h>

#define NSEC_PER_SEC 1000000000u
#define NR_CLOCK_GETTIME 228
#define NR_GETTIMEOFDAY	 96
#define NR_TIME		 201
#define NR_GETCPU	 309
#define NR_CLOCK_GETRES	 229
#define EXPORT		 __attribute__((visibility("default")))

struct vdso_timespec {
	s64 sec;
	s64 nsec;
};

struct vdso_timeval {
	s64 sec;
	s64 usec;
};

struct vdso_timezone {
	s32 minuteswest;
	s32 dsttime;
};

int __vdso_clock_gettime(int clock, struct vdso_timespec *ts);
int __vdso_clock_getres(int clock, struct vdso_timespec *res);
int __vdso_gettimeofday(struct vdso_timeval *tv, struct vdso_timezone *tz);
s64 __vdso_time(s64 *out);
long __vdso_getcpu(u32 *cpu, u32 *node, void *unused);

extern const char __ehdr_start[] __attribute__((visibility("hidden")));

static inline const struct vdso_data *vdso_data(void)
{
	return (const struct vdso_data *)(__ehdr_start - VDSO_DATA_OFFSET);
}

static inline long system_call(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("syscall" : "=a"(ret) : "0"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return ret;
}

static inline u64 read_counter(void)
{
	u32 low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

/* Which base a clock reads, or -1. Fine clocks come first. */
static inline int base_of(int clock)
{
	switch (clock) {
	case 0: /* CLOCK_REALTIME */
		return VDSO_REALTIME;
	case 1: /* CLOCK_MONOTONIC */
		return VDSO_MONOTONIC;
	case 4: /* CLOCK_MONOTONIC_RAW */
		return VDSO_RAW;
	case 5: /* CLOCK_REALTIME_COARSE */
		return VDSO_REALTIME_COARSE;
	case 6: /* CLOCK_MONOTONIC_COARSE */
		return VDSO_MONOTONIC_COARSE;
	case 7: /* CLOCK_BOOTTIME */
		return VDSO_BOOTTIME;
	case 11: /* CLOCK_TAI */
		return VDSO_TAI;
	default:
		return -1;
	}
}

static inline u64 elapsed_shifted(const volatile struct vdso_data *d, int base, u64 shifted_ns, u32 shift)
{
	u64 now, last;

	if (base >= VDSO_REALTIME_COARSE)
		return shifted_ns >> shift;
	now = read_counter();
	last = d->cycle_last;
	now = now > last ? now - last : 0;
	return (u64)(((unsigned __int128)now * (base == VDSO_RAW ? d->mult_raw : d->mult) + shifted_ns) >> shift);
}

/* False: no data to read, ask the kernel. */
static inline bool read_clock(int base, struct vdso_timespec *ts)
{
	const volatile struct vdso_data *d = vdso_data();
	u64 sec, ns;
	u32 seq;

	do {
		while ((seq = d->sequence) & 1)
			asm volatile("pause" : : : "memory");
		asm volatile("" : : : "memory");
		if (d->mode != VDSO_MODE_TSC || d->version != VDSO_VERSION)
			return false;
		sec = d->base[base].seconds;
		ns = elapsed_shifted(d, base, d->base[base].shifted_ns, d->shift);
		asm volatile("" : : : "memory");
	} while (d->sequence != seq);
	while (ns >= NSEC_PER_SEC) {
		ns -= NSEC_PER_SEC;
		sec++;
	}
	ts->sec = sec;
	ts->nsec = ns;
	return true;
}

EXPORT int __vdso_clock_gettime(int clock, struct vdso_timespec *ts)
{
	int base = base_of(clock);

	if (base >= 0 && read_clock(base, ts))
		return 0;
	return system_call(NR_CLOCK_GETTIME, clock, (long)ts, 0);
}

EXPORT int __vdso_clock_getres(int clock, struct vdso_timespec *res)
{
	int base = base_of(clock);

	if (base < 0)
		return system_call(NR_CLOCK_GETRES, clock, (long)res, 0);
	if (res) {
		res->sec = 0;
		res->nsec = base >= VDSO_REALTIME_COARSE ? vdso_data()->coarse_res_ns : 1;
	}
	return 0;
}

EXPORT int __vdso_gettimeofday(struct vdso_timeval *tv, struct vdso_timezone *tz)
{
	struct vdso_timespec ts;

	if (tv) {
		if (!read_clock(VDSO_REALTIME, &ts))
			return system_call(NR_GETTIMEOFDAY, (long)tv, (long)tz, 0);
		tv->sec = ts.sec;
		tv->usec = (u32)ts.nsec / 1000;
	}
	if (tz) {
		tz->minuteswest = vdso_data()->tz_minuteswest;
		tz->dsttime = vdso_data()->tz_dsttime;
	}
	return 0;
}

EXPORT s64 __vdso_time(s64 *out)
{
	struct vdso_timespec ts;

	if (!read_clock(VDSO_REALTIME_COARSE, &ts))
		return system_call(NR_TIME, (long)out, 0, 0);
	if (out)
		*out = ts.sec;
	return ts.sec;
}

EXPORT long __vdso_getcpu(u32 *cpu, u32 *node, void *unused)
{
	u32 aux;

	if (!vdso_data()->has_rdtscp)
		return system_call(NR_GETCPU, (long)cpu, (long)node, 0);
	asm volatile("rdtscp" : "=c"(aux) : : "rax", "rdx");
	if (cpu)
		*cpu = aux & 0xfff;
	if (node)
		*node = aux >> 12;
	return 0;
}

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

#define NOT_HERE 0xff
#define NR_KNOWN 12

/* Which base a clock reads. Volatile: a load is cheaper than what the compiler makes of the constants. */
static const volatile u8 base_of_clock[NR_KNOWN] = {
	VDSO_REALTIME,	       /* CLOCK_REALTIME */
	VDSO_MONOTONIC,	       /* CLOCK_MONOTONIC */
	NOT_HERE, NOT_HERE,    /* CPU-time clocks */
	VDSO_RAW,	       /* CLOCK_MONOTONIC_RAW */
	VDSO_REALTIME_COARSE,  /* CLOCK_REALTIME_COARSE */
	VDSO_MONOTONIC_COARSE, /* CLOCK_MONOTONIC_COARSE */
	VDSO_BOOTTIME,	       /* CLOCK_BOOTTIME */
	NOT_HERE, NOT_HERE, NOT_HERE,
	VDSO_TAI, /* CLOCK_TAI */
};

/* Cycles for which the product below stays in 64 bits, whatever the slope: 2^30 * 2^32 + 2^62. */
#define SHORT_CYCLES (1ull << 30)

/* version and mode lie side by side: one comparison says that the page can be read. */
#define READABLE (VDSO_VERSION | (u64)VDSO_MODE_TSC << 32)

struct vdso_state {
	u64 version_and_mode;
} __attribute__((packed, may_alias));

static inline bool is_readable(const volatile struct vdso_data *d)
{
	return ((const volatile struct vdso_state *)&d->version)->version_and_mode == READABLE;
}

static inline u32 base_of(int clock)
{
	return (u32)clock < NR_KNOWN ? base_of_clock[clock] : NOT_HERE;
}

/* One attempt, for the common case only: false when the kernel was writing, when the last update is long ago, or when a second
 * has passed since. */
static inline bool read_fast(const volatile struct vdso_data *d, u32 base, struct vdso_timespec *ts)
{
	u32 seq = d->sequence, mult = d->base[base].mult;
	u64 sec = d->base[base].seconds, ns = d->base[base].shifted_ns, cycles = 0;

	asm volatile("" : : : "memory");
	if (__builtin_expect(mult != 0, 1))
		cycles = read_counter() - d->cycle_last;
	ns = (cycles * mult + ns) >> (d->shift & 63);
	asm volatile("" : : : "memory");
	if (__builtin_expect(d->sequence != seq || (seq & 1), 0))
		return false;
	if (__builtin_expect(cycles >= SHORT_CYCLES || ns >= NSEC_PER_SEC, 0))
		return false;
	ts->sec = sec;
	ts->nsec = ns;
	return true;
}

/* Any case, until it succeeds. */
static void read_slow(const volatile struct vdso_data *d, u32 base, struct vdso_timespec *ts)
{
	unsigned __int128 product;
	u64 sec, ns, cycles, last;
	u32 seq;

	do {
		while ((seq = d->sequence) & 1)
			asm volatile("pause" : : : "memory");
		asm volatile("" : : : "memory");
		sec = d->base[base].seconds;
		cycles = read_counter();
		last = d->cycle_last;
		cycles = cycles > last ? cycles - last : 0; /* another processor's counter may be a little ahead */
		product = (unsigned __int128)cycles * d->base[base].mult + d->base[base].shifted_ns;
		ns = (u64)(product >> (d->shift & 63));
		asm volatile("" : : : "memory");
	} while (d->sequence != seq);
	for (; ns >= NSEC_PER_SEC; ns -= NSEC_PER_SEC)
		sec++;
	ts->sec = sec;
	ts->nsec = ns;
}

static noinline int gettime_slow(int clock, struct vdso_timespec *ts)
{
	u32 base = base_of(clock);

	if (base == NOT_HERE || !is_readable(vdso_data()))
		return system_call(NR_CLOCK_GETTIME, clock, (long)ts, 0);
	read_slow(vdso_data(), base, ts);
	return 0;
}

EXPORT int __vdso_clock_gettime(int clock, struct vdso_timespec *ts)
{
	const volatile struct vdso_data *d = vdso_data();
	u32 base = base_of(clock);

	if (__builtin_expect(base != NOT_HERE && is_readable(d) && read_fast(d, base, ts), 1))
		return 0;
	return gettime_slow(clock, ts);
}

/* False: the kernel must be asked. */
static inline bool read_clock(u32 base, struct vdso_timespec *ts)
{
	const volatile struct vdso_data *d = vdso_data();

	if (!is_readable(d))
		return false;
	if (!read_fast(d, base, ts))
		read_slow(d, base, ts);
	return true;
}

EXPORT int __vdso_clock_getres(int clock, struct vdso_timespec *res)
{
	u32 base = base_of(clock);

	if (base == NOT_HERE)
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cputime.c - per-processor time by kind, and the load averages.
 *
 * WHAT        Each processor adds to its own counters. The averages decay by exp(-5s/1min), exp(-5s/5min),
 *             exp(-5s/15min) each 5 seconds, in fixed point with 11 bits:
 *             2048 / e^(5/60) = 1884, 2048 / e^(5/300) = 2014, 2048 / e^(5/900) = 2037.
 */
#include <arch/cpu.h>
#include <time/cputime.h>

struct cputime_cpu {
	u64 ns[NR_CPUTIME];
};

static DEFINE_PERCPU(struct cputime_cpu, cputime_cpu);

struct loadavg {
	u32 avg[3]; /* written by one updater, read plainly */
};

static struct loadavg loadavg;
static const u32 loadavg_decay[3] = { 1884, 2014, 2037 };

void cputime_add(enum cpu_usage kind, u64 ns)
{
	struct cputime_cpu *cpu = this_cpu_ptr(&cputime_cpu);

	WRITE_ONCE(cpu->ns[kind], cpu->ns[kind] + ns);
}

void cputime_read(u32 cpu, u64 ns[NR_CPUTIME])
{
	const struct cputime_cpu *from = per_cpu_ptr(&cputime_cpu, cpu);
	u32 i;

	for (i = 0; i < NR_CPUTIME; i++)
		ns[i] = READ_ONCE(from->ns[i]);
}

void loadavg_read(u32 avg[3])
{
	u32 i;

	for (i = 0; i < 3; i++)
		avg[i] = READ_ONCE(loadavg.avg[i]);
}

void loadavg_update(u32 nr_active)
{
	u64 active = (u64)nr_active * LOADAVG_ONE;
	u32 i;

	for (i = 0; i < 3; i++) {
		u64 old = loadavg.avg[i], decay = loadavg_decay[i];
		u64 new = old * decay + active * (LOADAVG_ONE - decay);

		if (active >= old)
			new += LOADAVG_ONE - 1;
		WRITE_ONCE(loadavg.avg[i], (u32)(new / LOADAVG_ONE));
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tsc.c - how fast the time stamp counter runs.
 *
 * WHAT        Asked in this order: the command line; CPUID 0x40000010 (hypervisor) and 0x15 (crystal); the
 *             PIT's channel 0, read back while it counts down at 1193182 Hz; the RTC's periodic flag at
 *             1024 Hz. The PIT's speaker channel is not used: microvm has no port 0x61.
 * INVARIANTS  T1  A measurement is used only when it spans 10 ms or more and the clock it was measured
 *                 against moved; every loop ends after a bounded number of port reads.
 * LOCKING     One CPU, interrupts off.
 */
#include <arch/bootinfo.h>
#include <arch/cmos.h>
#include <arch/early_console.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/tsc.h>
#include <lib/cmdline.h>
#include <lib/kstrtox.h>

#define PIT_HZ	      1193182u
#define PIT_CHANNEL0  0x40
#define PIT_COMMAND   0x43
#define PIT_MODE2     0x34 /* channel 0, low then high byte, rate generator */
#define PIT_LATCH0    0x00
#define PIT_SPAN      14318u /* ticks: 12 ms */
#define PIT_TOLERANCE   25 /* two halves may differ by one in so many */
#define PIT_WINDOWS_MAX 20
#define PIT_STUCK_MAX 20000u /* reads without a change: there is no such chip */

#define RTC_REG_A     10
#define RTC_REG_B     11
#define RTC_REG_C     12
#define RTC_1024HZ    0x26
#define RTC_PERIODIC  0x40
#define RTC_PERIODS   16
#define RTC_READS_MAX 2000000u

#define ASSUMED_KHZ 1000000u

u64 tsc_khz;

static u64 khz_from_cmdline(void)
{
	char text[24];
	u64 khz;

	if (cmdline_find(boot_info.cmdline, "tsc_early_khz", text, sizeof(text)) <= 0 ||
	    kstrtou64(text, 0, &khz))
		return 0;
	return khz;
}

static void cpuid_leaf(u32 leaf, u32 *a, u32 *b, u32 *c, u32 *d)
{
	asm volatile("cpuid" : "=a"(*a), "=b"(*b), "=c"(*c), "=d"(*d) : "a"(leaf), "c"(0));
}

static u64 khz_from_cpuid(void)
{
	u32 a, b, c, d, top;

	cpuid_leaf(1, &a, &b, &c, &d);
	if (c & (1u << 31)) {
		cpuid_leaf(0x40000000, &top, &b, &c, &d);
		if (top >= 0x40000010 && top < 0x40010000) {
			cpuid_leaf(0x40000010, &a, &b, &c, &d);
			if (a)
				return a;
		}
	}
	cpuid_leaf(0, &top, &b, &c, &d);
	if (top < 0x15)
		return 0;
	cpuid_leaf(0x15, &a, &b, &c, &d);
	return a && b && c ? (u64)c * b / a / 1000 : 0;
}

/* --- PIT ---------------------------------------------------------------------------------------- */

static u16 pit_read(void)
{
	u8 low;

	outb(PIT_LATCH0, PIT_COMMAND);
	low = inb(PIT_CHANNEL0);
	return (u16)(low | inb(PIT_CHANNEL0) << 8);
}

/* Count and counter at one instant: the tightest of a few tries. */
static void pit_sample(u16 *count, u64 *tsc)
{
	u64 best = ~0ull;

	for (int i = 0; i < 5; i++) {
		u64 before = rdtsc();
		u16 c = pit_read();
		u64 after = rdtsc();

		if (after - before >= best)
			continue;
		best = after - before;
		*count = c;
		*tsc = before + (after - before) / 2;
	}
}

/* Wait until the count has gone down by @span from @start. False: it stands still (T1). */
static bool pit_wait(u16 start, u16 span)
{
	u16 now = start, before;
	u32 reads;

	for (reads = 0; (u16)(start - now) < span; reads++) {
		before = now;
		now = pit_read();
		if (now != before)
			reads = 0;
		else if (reads > PIT_STUCK_MAX)
			return false;
	}
	return true;
}

static u64 pit_khz(u16 ticks, u64 cycles)
{
	return cycles * PIT_HZ / ((u64)ticks * 1000);
}

/*
 * One window in two halves. A guest that its host stops for longer than the 16-bit count lasts (55 ms) sees a count that went round, and a
 * processor several times too fast: then the halves differ. Gives the frequency; *@alike if they agree. 0: no PIT.
 */
static u64 pit_window(bool *alike)
{
	u16 start, mid, end;
	u64 tsc_start, tsc_mid, tsc_end, first, second;

	pit_sample(&start, &tsc_start);
	if (!pit_wait(start, PIT_SPAN / 2))
		return 0;
	pit_sample(&mid, &tsc_mid);
	if (!pit_wait(mid, PIT_SPAN / 2))
		return 0;
	pit_sample(&end, &tsc_end);
	first = pit_khz(start - mid, tsc_mid - tsc_start);
	second = pit_khz(mid - end, tsc_end - tsc_mid);
	*alike = first * PIT_TOLERANCE < second * (PIT_TOLERANCE + 1) && second * PIT_TOLERANCE < first * (PIT_TOLERANCE + 1);
	return *alike ? pit_khz(start - end, tsc_end - tsc_start) : min(first, second);
}

static u64 khz_from_pit(void)
{
	u64 khz, least = ~0ull;
	u32 reads = 0;
	bool alike = false;
	int i;

	outb(PIT_MODE2, PIT_COMMAND);
	outb(0, PIT_CHANNEL0);
	outb(0, PIT_CHANNEL0);
	while (pit_read() == 0xffff && ++reads < 100)
		; /* a fresh count is loaded with the next tick; a missing chip reads so for ever */
	for (i = 0; i < PIT_WINDOWS_MAX && !alike; i++) {
		khz = pit_window(&alike);
		if (!khz || alike)
			return khz;
		least = min(least, khz); /* a count that went round only makes it larger */
	}
	return least;
}

/* --- RTC ---------------------------------------------------------------------------------------- */

/* The counter when the periodic flag comes up next; 0 when it does not. Reading register C clears it. */
static u64 rtc_edge(u32 *reads)
{
	while (++*reads < RTC_READS_MAX)
		if (cmos_read(RTC_REG_C) & RTC_PERIODIC)
			return rdtsc();
	return 0;
}

static u64 khz_from_rtc(void)
{
	u8 a, b;
	u64 start, end = 0;
	u32 reads = 0;

	if (!cmos_is_present())
		return 0;
	a = cmos_read(RTC_REG_A);
	b = cmos_read(RTC_REG_B);
	cmos_write(RTC_REG_A, RTC_1024HZ);
	cmos_write(RTC_REG_B, b | RTC_PERIODIC); /* the line is masked at the I/O APIC */
	cmos_read(RTC_REG_C);
	start = rtc_edge(&reads);
	for (int i = 0; start && i < RTC_PERIODS; i++)
		end = rtc_edge(&reads);
	cmos_write(RTC_REG_B, b);
	cmos_write(RTC_REG_A, a);
	cmos_read(RTC_REG_C);
	return start && end ? (end - start) * 1024 / (RTC_PERIODS * 1000) : 0;
}

void tsc_calibrate(void)
{
	const char *from = "the command line";
	unsigned long flags;

	tsc_khz = khz_from_cmdline();
	if (!tsc_khz) {
		tsc_khz = khz_from_cpuid();
		from = "CPUID";
	}
	local_irq_save(flags);
	if (!tsc_khz) {
		tsc_khz = khz_from_pit();
		from = "the PIT";
	}
	if (!tsc_khz) {
		tsc_khz = khz_from_rtc();
		from = "the RTC";
	}
	local_irq_restore(flags);
	if (!tsc_khz) {
		tsc_khz = ASSUMED_KHZ;
		from = "nothing: a guess, clocks will be wrong";
	}
	early_printk("tsc: %llu.%03llu MHz by %s\n", tsc_khz / 1000, tsc_khz % 1000, from);
}

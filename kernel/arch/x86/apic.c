/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apic.c - the local APIC, by memory (xAPIC) or by MSR (x2APIC): end of interrupt, messages to other CPUs,
 * the one-shot timer.
 *
 * WHAT        apic_init() maps and enables; apic_send_*() and the IPI operations write the command register; the timer is
 *             one-shot, by the deadline MSR where there is one, else by a count calibrated against the TSC.
 * INVARIANTS  I1  Before apic_init() nothing is sent and no interrupt arrives; the boot CPU's id comes from CPUID.
 *             I2  apic.x2 is the same on all CPUs.
 *             I3  The xAPIC command register is written with interrupts off, high half first.
 * SEE         SDM volume 3, chapter 11
 */
#include <arch/apic.h>
#include <arch/arch_port.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <arch/pv_native.h>
#include <lib/math64.h>
#include "apic_impl.h"
#include "cpu_impl.h"

#define APIC_ID 0x20
#define APIC_TPR 0x80
#define APIC_EOI 0xb0
#define APIC_SVR 0xf0
#define APIC_ESR 0x280
#define APIC_ICR 0x300
#define APIC_ICR_HIGH 0x310
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_TIMER_INIT 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE 0x3e0

#define ICR_BUSY 0x1000
#define ICR_FIXED 0x4000 /* fixed delivery, edge, assert */
#define ICR_NMI 0x4400
#define ICR_INIT 0x4500
#define ICR_STARTUP 0x4600
#define ICR_ALL_OTHERS 0xc0000
#define LVT_MASKED 0x10000
#define LVT_DEADLINE 0x40000
#define DIVIDE_BY_1 0xb
#define DIVIDE_BY_16 0x3
#define TIMER_WINDOWS_MAX 20
#define TIMER_ERROR_MAX 5 /* parts of a thousand */

static struct {
	u8 *base;          /* xAPIC registers */
	u64 timer_mult;    /* timer ticks per ns, scaled by 2^32 */
	u64 tsc_mult;      /* TSC ticks per ns, scaled by 2^32 */
	u64 max_ns;
	bool x2, deadline;
} apic __section(".data..ro_after_init");

static u32 apic_read(u32 reg)
{
	return apic.x2 ? (u32)read_msr(MSR_X2APIC(reg)) : readl(apic.base + reg);
}

static void apic_write(u32 reg, u32 val)
{
	if (apic.x2)
		write_msr(MSR_X2APIC(reg), val);
	else
		writel(val, apic.base + reg);
}

u32 apic_id_this_cpu(void)
{
	u32 a, b, c, d;

	if (apic.x2)
		return apic_read(APIC_ID);
	if (apic.base)
		return apic_read(APIC_ID) >> 24;
	cpuid(0, 0, &a, &b, &c, &d);
	if (a >= 11) {
		cpuid(11, 0, &a, &b, &c, &d);
		if (b & 0xffff)
			return d;
	}
	cpuid(1, 0, &a, &b, &c, &d);
	return b >> 24;
}

void apic_eoi(void)
{
	if (!apic.x2 && apic.base)
		writel(0, apic.base + APIC_EOI);
	else if (apic.x2)
		write_msr(MSR_X2APIC(APIC_EOI), 0);
}

static void send(u32 apic_id, u32 command)
{
	unsigned long flags;

	if (apic.x2) {
		write_msr(MSR_X2APIC(APIC_ICR), (u64)apic_id << 32 | command);
		return;
	}
	local_irq_save(flags);
	while (readl(apic.base + APIC_ICR) & ICR_BUSY)
		cpu_relax();
	writel(apic_id << 24, apic.base + APIC_ICR_HIGH);
	writel(command, apic.base + APIC_ICR);
	local_irq_restore(flags);
}

void apic_send_init(u32 apic_id)
{
	send(apic_id, ICR_INIT);
}

void apic_send_startup(u32 apic_id, u8 page)
{
	send(apic_id, ICR_STARTUP | page);
}

void apic_send_nmi_all_others(void)
{
	if (apic.base || apic.x2)
		send(0, ICR_NMI | ICR_ALL_OTHERS);
}

void __pvcall pv_nmi_lock_kick(u64 cpu)
{
	send(cpu_apic_id(cpu), ICR_NMI);
}

static void ipi_send(int cpu, int vector)
{
	smp_mb(); /* the message may overtake stores in x2APIC mode */
	send(cpu_apic_id(cpu), ICR_FIXED | vector);
}

void __pvcall pv_native_send_ipi(u64 cpu, u64 vector)
{
	ipi_send(cpu, vector);
}

void __pvcall pv_native_send_ipi_mask(const cpumask_t *mask, u64 vector)
{
	int cpu;

	for_each_cpu(cpu, mask)
		ipi_send(cpu, vector);
}

void apic_init_this_cpu(void)
{
	u64 base = read_msr(MSR_APIC_BASE) | 0x800;

	if (apic.x2)
		base |= 0x400;
	write_msr(MSR_APIC_BASE, base);
	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_LINT1, ICR_NMI & 0x700);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	apic_write(APIC_SVR, 0x100 | VECTOR_SPURIOUS);
	apic_write(APIC_ESR, 0);
	if (apic.timer_mult || apic.deadline)
		apic_write(APIC_LVT_TIMER, VECTOR_TIMER | (apic.deadline ? LVT_DEADLINE : 0));
}

void apic_init(phys_addr_t phys)
{
	apic.x2 = cpu_has(FEATURE_X2APIC);
	if (!apic.x2)
		apic.base = ioremap_early(phys, 4096);
	if (!apic.x2 && !apic.base)
		panic("no mapping for the local APIC");
	apic_init_this_cpu();
}

/* Count and TSC at one instant: the tightest of a few tries. Cycles that the reading took, within which the two may differ. */
static u64 timer_sample(u32 *count, u64 *tsc)
{
	u64 best = ~0ull;

	for (int i = 0; i < 5; i++) {
		u64 before = rdtsc();
		u32 c = apic_read(APIC_TIMER_CURRENT);
		u64 width = rdtsc() - before;

		if (width >= best)
			continue;
		best = width;
		*count = c;
		*tsc = before + width / 2;
	}
	return best;
}

/* The timer's frequency over one window of 2 ms or, when the host lets this processor stand, more; *@error in parts of a thousand. */
static u64 timer_window(u64 tsc_khz, u64 *error)
{
	u64 start, end, width;
	u32 first, last;

	apic_write(APIC_TIMER_INIT, ~0u);
	width = timer_sample(&first, &start);
	while (rdtsc() - start < tsc_khz * 2)
		cpu_relax();
	width += timer_sample(&last, &end);
	*error = width * 1000 / (end - start);
	return (u64)(first - last) * tsc_khz / (end - start);
}

/* What is measured is what passed, not what was asked for: a wait ends late on a busy host, by several times its length. */
static u64 timer_khz(u64 tsc_khz)
{
	u64 khz = 0, error, least = ~0ull;

	for (int i = 0; i < TIMER_WINDOWS_MAX && least > TIMER_ERROR_MAX; i++) {
		u64 found = timer_window(tsc_khz, &error);

		if (error >= least)
			continue;
		least = error;
		khz = found;
	}
	apic_write(APIC_TIMER_INIT, 0);
	return khz;
}

void apic_timer_calibrate(u64 tsc_khz)
{
	u64 khz;

	apic.tsc_mult = (tsc_khz << 32) / 1000000;
	apic.deadline = cpu_has(FEATURE_TSC_DEADLINE);
	apic.max_ns = 1000000000ull;
	if (!apic.deadline) {
		khz = timer_khz(tsc_khz);
		/* Hypervisors use round frequencies; the count has an error of its own. */
		khz = khz > 100000 ? DIV_ROUND_CLOSEST(khz, 10000) * 10000 : khz;
		if (!khz)
			panic("the local APIC's timer does not count");
		apic.timer_mult = (khz << 32) / 1000000;
		apic.max_ns = 0xf0000000ull * 1000000 / khz;
	}
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER | (apic.deadline ? LVT_DEADLINE : 0));
}

void clockevent_set_oneshot_ns(u64 delta)
{
	u64 ticks;

	delta = min(delta, apic.max_ns);
	if (apic.deadline) {
		write_msr(MSR_TSC_DEADLINE, rdtsc() + mul_u64_u64_shr(delta, apic.tsc_mult, 32));
		return;
	}
	ticks = mul_u64_u64_shr(delta, apic.timer_mult, 32);
	apic_write(APIC_TIMER_INIT, ticks ? ticks : 1);
}

void clockevent_stop(void)
{
	if (apic.deadline)
		write_msr(MSR_TSC_DEADLINE, 0);
	else
		apic_write(APIC_TIMER_INIT, 0);
}

u64 clockevent_max_ns(void)
{
	return apic.max_ns;
}

void apic_msi_message(int cpu, int vector, u64 *addr, u32 *data)
{
	*addr = APIC_DEFAULT_PHYS | (u64)(cpu_apic_id(cpu) & 0xff) << 12;
	*data = vector;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * smp_boot.c - starts the other CPUs, one after the other.
 *
 * WHAT        A starting CPU begins in 16-bit mode in a page below 1 MiB: a copy of trampoline.S. Its tables (one page
 *             each) map that page one to one and the kernel half like everybody's. It picks up its number,
 *             loads its per-CPU base and goes to its idle thread's stack.
 * INVARIANTS  I1  start.cpu belongs to the one CPU being started until it sets itself online.
 * ERRORS      A CPU that does not come up in time is left alone for good (never retried: it may still come).
 */
#include <arch/apic.h>
#include <arch/arch_port.h>
#include <arch/early_mem.h>
#include <arch/fpu.h>
#include <arch/irqflags.h>
#include <arch/memlayout.h>
#include <arch/msr.h>
#include <arch/pgtable.h>
#include <arch/thread.h>
#include <lib/string.h>
#include "apic_impl.h"
#include "cpu_impl.h"
#include "smp_impl.h"
#include "trampoline_impl.h"

#define TRAMPOLINE_PAGES 4
/* TSC ticks: at any likely frequency between 1 and 5 seconds. */
#define START_PATIENCE 5000000000ull

static struct {
	phys_addr_t page; /* code; then PGD, PUD, PMD */
	int cpu;
} start;

void trampoline_reserve(void)
{
	start.page = early_alloc_below(TRAMPOLINE_PAGES * PAGE_SIZE, PAGE_SIZE, 0x9f000);
}

static void prepare_trampoline(void)
{
	u64 *pgd = phys_to_virt(start.page + PAGE_SIZE), *pud = pgd + 512, *pmd = pud + 512;
	struct trampoline_args *args = phys_to_virt(start.page + TRAMPOLINE_ARGS);

	memcpy(phys_to_virt(start.page), trampoline_start, trampoline_end - trampoline_start);
	memcpy(pgd, kernel_pgd, PAGE_SIZE);
	memset(pud, 0, 2 * PAGE_SIZE);
	pgd[0] = virt_to_phys(pud) | _TABLE_KERNEL;
	pud[0] = virt_to_phys(pmd) | _TABLE_KERNEL;
	pmd[0] = _TABLE_KERNEL | _PAGE_PSE;
	args->cr3 = start.page + PAGE_SIZE;
	args->entry = (u64)secondary_start_asm;
	args->kernel_cr3 = virt_to_phys(kernel_pgd);
}

static void wait_tsc(u64 ticks)
{
	u64 from = rdtsc();

	while (rdtsc() - from < ticks)
		cpu_relax();
}

static bool start_one(int cpu)
{
	struct trampoline_args *args = phys_to_virt(start.page + TRAMPOLINE_ARGS);
	struct thread *idle = sched_create_idle(cpu);
	u64 from;

	if (!idle)
		return false;
	per_cpu(current_thread_ptr, cpu) = idle;
	per_cpu(cpu_tss, cpu).sp0 = arch_thread(idle)->stack_top;
	args->stack = arch_thread(idle)->stack_top - sizeof(struct pt_regs) - 16;
	args->gs_base = percpu_offset[cpu];
	start.cpu = cpu;
	smp_mb();
	apic_send_init(cpu_apic_id(cpu));
	wait_tsc(200000);
	apic_send_startup(cpu_apic_id(cpu), start.page >> PAGE_SHIFT);
	for (from = rdtsc(); rdtsc() - from < START_PATIENCE;) {
		if (cpu_online(cpu))
			return true;
		cpu_relax();
	}
	return false;
}

int cpu_start_secondaries(void)
{
	int failed = 0;

	if (nr_cpu_ids == 1)
		return 0;
	if (!start.page)
		return nr_cpu_ids - 1;
	prepare_trampoline();
	for (int cpu = 1; cpu < nr_cpu_ids; cpu++)
		failed += !start_one(cpu);
	return failed;
}

/* From trampoline.S: GS.base is set, the stack is the idle thread's, the tables are the kernel's. */
void secondary_start(void)
{
	int cpu = start.cpu;

	cpu_init_this(cpu);
	fpu_init_this_cpu();
	apic_init_this_cpu();
	cpumask_set_cpu(cpu, &cpu_online_mask);
	sched_cpu_start(cpu);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * percpu.c - makes the per-CPU areas; percpu.h has the theory.
 *
 * LIFECYCLE   The boot CPU starts on the template (offset 0). percpu_init() gives it an area; what it wrote before that is
 *             copied along. Other CPUs get a copy of the template when they are registered.
 */
#include <arch/arch_port.h>
#include <arch/early_mem.h>
#include <arch/memlayout.h>
#include <arch/preempt.h>
#include <arch/thread.h>
#include <lib/errno.h>
#include <lib/string.h>
#include "cpu_impl.h"

unsigned long percpu_offset[NR_CPUS] __section(".data..ro_after_init");

/* Read at every entry: next to each other. */
#define DEFINE_PERCPU_FIRST(type, name) \
	__attribute__((section(".data..percpu..first"))) __typeof__(type) name

DEFINE_PERCPU_FIRST(struct thread *, current_thread_ptr);
DEFINE_PERCPU_FIRST(u32, arch_preempt_count) = PREEMPT_DISABLED_INIT;
DEFINE_PERCPU_FIRST(int, cpu_number);
DEFINE_PERCPU_FIRST(unsigned long, this_cpu_offset);

static void fill_area(int cpu, void *area)
{
	memcpy(area, percpu_template_start, percpu_template_end - percpu_template_start);
	percpu_offset[cpu] = (unsigned long)area - (unsigned long)percpu_template_start;
	per_cpu(this_cpu_offset, cpu) = percpu_offset[cpu];
	per_cpu(cpu_number, cpu) = cpu;
}

size_t percpu_area_size(void)
{
	return ALIGN(percpu_template_end - percpu_template_start, PAGE_SIZE);
}

void percpu_init(void)
{
	size_t size = percpu_area_size();

	fill_area(0, phys_to_virt(early_alloc(size, PAGE_SIZE)));
	if (cpu_stacks_create(0))
		panic("no stacks for the boot CPU");
	cpu_init_this(0);
}

int percpu_create_area(int cpu)
{
	size_t size = percpu_area_size();
	void *area = arch_pages_alloc(size);

	if (!area)
		return -ENOMEM;
	fill_area(cpu, area);
	per_cpu(arch_preempt_count, cpu) = PREEMPT_DISABLED_INIT;
	per_cpu(current_thread_ptr, cpu) = NULL;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu_registry.c - the numbers of CPUs: boot CPU 0, then in the order firmware lists them.
 *
 * WHAT        cpu_register() gives each CPU that firmware lists a number, a per-CPU area and its stacks. The rest of the
 *             kernel knows numbers only; APIC ids and nodes are looked up here.
 * INVARIANTS  I1  A registered CPU has a per-CPU area and stacks; its APIC id is unique.
 * LOCKING     none: registration happens during boot, on one CPU.
 */
#include <arch/apic.h>
#include <arch/arch_port.h>
#include <arch/memlayout.h>
#include <arch/thread.h>
#include <lib/errno.h>
#include "cpu_impl.h"

int nr_cpu_ids = 1;
cpumask_t cpu_possible_mask, cpu_online_mask;

static struct {
	u32 apic_id[NR_CPUS];
} cpus __section(".data..ro_after_init");

/* The boot CPU cannot wait for an allocator. */
static struct {
	u8 ist[NR_IST][IST_STACK_SIZE];
	u8 irq[THREAD_STACK_SIZE];
} boot_stacks __aligned(IST_STACK_SIZE) __section(".bss..page_aligned");

DEFINE_PERCPU(unsigned long, cpu_irq_stack);
DEFINE_PERCPU(int, cpu_node);

static void set_stacks(int cpu, u8 *ist, u8 *irq)
{
	struct tss *tss = per_cpu_ptr(&cpu_tss, cpu);

	for (int i = 0; i < NR_IST; i++) {
		u8 *stack = ist + i * IST_STACK_SIZE;

		/* The lowest word tells paranoid entries which CPU this is. */
		*(u64 *)stack = percpu_offset[cpu];
		tss->ist[i] = (u64)stack + IST_STACK_SIZE;
	}
	per_cpu(cpu_irq_stack, cpu) = (u64)irq + THREAD_STACK_SIZE - 16;
}

int cpu_stacks_create(int cpu)
{
	u8 *ist, *irq;

	if (!cpu) {
		set_stacks(0, boot_stacks.ist[0], boot_stacks.irq);
		return 0;
	}
	ist = arch_pages_alloc(NR_IST * IST_STACK_SIZE);
	irq = arch_stack_alloc(THREAD_STACK_SIZE);
	if (!ist || !irq)
		return -ENOMEM;
	set_stacks(cpu, ist, irq);
	return 0;
}

void cpu_register_boot(void)
{
	cpus.apic_id[0] = apic_id_this_cpu();
	cpumask_set_cpu(0, &cpu_possible_mask);
	cpumask_set_cpu(0, &cpu_online_mask);
	set_stacks(0, boot_stacks.ist[0], boot_stacks.irq);
}

int cpu_register(u32 apic_id, int node)
{
	int cpu = cpu_from_apic_id(apic_id), err;

	if (cpu == 0) {
		per_cpu(cpu_node, 0) = node;
		return 0;
	}
	if (cpu > 0)
		return -EEXIST;
	if (nr_cpu_ids == NR_CPUS)
		return -ENOSPC;
	cpu = nr_cpu_ids;
	err = percpu_create_area(cpu);
	if (!err)
		err = cpu_stacks_create(cpu);
	if (err)
		return err;
	cpus.apic_id[cpu] = apic_id;
	per_cpu(cpu_node, cpu) = node;
	cpumask_set_cpu(cpu, &cpu_possible_mask);
	nr_cpu_ids++;
	return cpu;
}

int cpu_to_node(int cpu)
{
	return per_cpu(cpu_node, cpu);
}

u32 cpu_apic_id(int cpu)
{
	return cpus.apic_id[cpu];
}

int cpu_from_apic_id(u32 apic_id)
{
	for (int i = 0; i < nr_cpu_ids; i++)
		if (cpus.apic_id[i] == apic_id)
			return i;
	return -1;
}

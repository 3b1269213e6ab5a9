/* SPDX-License-Identifier: GPL-2.0-only */
/* cpu.h - which CPUs there are, what they can do, and how they come up. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/barrier.h>
#include <arch/cpufeature.h>
#include <arch/cpumask.h>
#include <arch/percpu.h>

/* How many CPU numbers are in use: 0 .. nr_cpu_ids - 1. */
extern int nr_cpu_ids;
/* CPUs that were registered / that run threads. Bits of the second appear one by one during boot. */
extern cpumask_t cpu_possible_mask, cpu_online_mask;

#define cpu_possible(cpu) cpumask_test_cpu(cpu, &cpu_possible_mask)
#define cpu_online(cpu) cpumask_test_cpu(cpu, &cpu_online_mask)
#define num_online_cpus() cpumask_weight(&cpu_online_mask)
#define num_possible_cpus() cpumask_weight(&cpu_possible_mask)
#define for_each_online_cpu(cpu) for_each_cpu(cpu, &cpu_online_mask)
#define for_each_possible_cpu(cpu) for_each_cpu(cpu, &cpu_possible_mask)

/* A CPU exists: called by the firmware tables' reader, boot CPU included (recognised by its APIC id).
 * Assigns the next number. The CPU number, -ENOSPC beyond NR_CPUS, -EEXIST, -ENOMEM. */
int cpu_register(u32 apic_id, int node);
/* NUMA node of a CPU; 0 when the firmware does not say. */
int cpu_to_node(int cpu);
DECLARE_PERCPU(int, cpu_node);
u32 cpu_apic_id(int cpu);
/* CPU number of an APIC id, or -1. */
int cpu_from_apic_id(u32 apic_id);

/* Reserves the page that starting CPUs run in, below 1 MiB. Before early memory closes. */
void trampoline_reserve(void);
/* Starts all registered CPUs but the caller's. How many did not answer. */
int cpu_start_secondaries(void);

/* Model strings for /proc/cpuinfo and the log. */
struct cpu_info {
	char vendor[13];
	char model_name[49];
	u32 family, model, stepping;
	u32 phys_bits, virt_bits, clflush_bytes;
	char hypervisor[13]; /* signature of leaf 0x40000000, or empty */
};
extern struct cpu_info boot_cpu;

/* First look at the CPU: fills boot_cpu and features; @cmdline may switch some off ("nosmap", "nosmep",
 * "nopku", "mitigations=off"). */
void cpu_detect(const char *cmdline);
/* Exceptions work from here on: GDT, TSS, IDT, control registers of the boot CPU, on the template. */
void cpu_init_boot(void);
/* The same for the running CPU @cpu in its own per-CPU area. */
void cpu_init_this(int cpu);

#endif

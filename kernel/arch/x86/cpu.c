/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.c - what the CPU can do, and its control registers and descriptor tables.
 *
 * WHAT        cpu_detect() reads CPUID once. cpu_init_boot() and cpu_init_this() load GDT, TSS, IDT, control registers and
 *             the system call registers of the running CPU.
 * INVARIANTS  I1  cpu_features holds what the boot CPU has, less what we switched off; a secondary CPU that lacks
 *                 any of it is not started (a VM's CPUs are alike).
 *             I2  CR4 and EFER of all CPUs are equal, but for CR4.TSD, which is the running thread's.
 */
#include <arch/alternative.h>
#include <arch/fpu.h>
#include <arch/memlayout.h>
#include <arch/msr.h>
#include <arch/preempt.h>
#include <arch/topology.h>
#include <lib/cmdline.h>
#include <lib/string.h>
#include "cpu_impl.h"
#include "espfix_impl.h"

u32 cpu_features[NR_CPUID_WORDS] __section(".data..ro_after_init");
struct cpu_info boot_cpu;

DEFINE_PERCPU(struct tss, cpu_tss);
DEFINE_PERCPU(unsigned long, cpu_user_sp);
DEFINE_PERCPU(u64, cpu_gdt[GDT_ENTRIES]);

static const u64 gdt_template[GDT_ENTRIES] = {
	[1] = 0x00cf9b000000ffffull, /* 08: 32-bit kernel code, for starting CPUs */
	[2] = 0x00af9b000000ffffull, /* 10: kernel code */
	[3] = 0x00cf93000000ffffull, /* 18: kernel data */
	[4] = 0x00cffb000000ffffull, /* 23: user code of 32 bits, which has no system calls */
	[5] = 0x00cff3000000ffffull, /* 2b: user data */
	[6] = 0x00affb000000ffffull, /* 33: user code */
};

static void read_features(void)
{
	u32 a, b, c, d, max, max_ext;

	cpuid(0, 0, &max, &b, &c, &d);
	memcpy(boot_cpu.vendor, (u32[]){ b, d, c }, 12);
	cpuid(1, 0, &a, &b, &cpu_features[CPUID_1_ECX], &cpu_features[CPUID_1_EDX]);
	boot_cpu.stepping = a & 15;
	boot_cpu.family = (a >> 8 & 15) + ((a >> 8 & 15) == 15 ? a >> 20 & 255 : 0);
	boot_cpu.model = (a >> 4 & 15) + ((a >> 8 & 15) >= 6 ? (a >> 16 & 15) << 4 : 0);
	boot_cpu.clflush_bytes = (b >> 8 & 255) * 8;
	if (max >= 6)
		cpuid(6, 0, &cpu_features[CPUID_6_EAX], &b, &c, &d);
	if (max >= 7)
		cpuid(7, 0, &a, &cpu_features[CPUID_7_EBX], &cpu_features[CPUID_7_ECX],
		      &cpu_features[CPUID_7_EDX]);
	if (max >= 13)
		cpuid(13, 1, &cpu_features[CPUID_D1_EAX], &b, &c, &d);
	cpuid(0x80000000, 0, &max_ext, &b, &c, &d);
	cpuid(0x80000001, 0, &a, &b, &cpu_features[CPUID_80000001_ECX],
	      &cpu_features[CPUID_80000001_EDX]);
	if (max_ext >= 0x80000007)
		cpuid(0x80000007, 0, &a, &b, &c, &cpu_features[CPUID_80000007_EDX]);
}

/* Keys need their register in XSAVE's area. The bit as read is the processor's, from before we enabled anything. */
static void decide_pkeys(const char *cmdline)
{
	u32 components = 0, b, c, d;

	cpu_clear_feature(FEATURE_OSPKE);
	if (cpu_has(FEATURE_XSAVE))
		cpuid(13, 0, &components, &b, &c, &d);
	if (!(components & XFEATURE_PKRU))
		cpu_clear_feature(FEATURE_PKU);
	if (cpu_has(FEATURE_PKU) && !cmdline_has(cmdline, "nopku"))
		cpu_features[FEATURE_OSPKE / 32] |= 1u << FEATURE_OSPKE % 32;
}

static void read_names(void)
{
	u32 r[12], a, b, c, d;

	for (u32 i = 0; i < 3; i++)
		cpuid(0x80000002 + i, 0, &r[i * 4], &r[i * 4 + 1], &r[i * 4 + 2], &r[i * 4 + 3]);
	memcpy(boot_cpu.model_name, r, 48);
	cpuid(0x80000008, 0, &a, &b, &c, &d);
	boot_cpu.phys_bits = a & 255;
	boot_cpu.virt_bits = a >> 8 & 255;
	if (!cpu_has(FEATURE_HYPERVISOR))
		return;
	cpuid(0x40000000, 0, &a, &b, &c, &d);
	memcpy(boot_cpu.hypervisor, (u32[]){ b, c, d }, 12);
}

void cpu_detect(const char *cmdline)
{
	char value[16];

	read_features();
	read_names();
	topology_detect();
	cpu_features[CPUID_OURS] = 1u << (FEATURE_ALWAYS % 32) | 1u << (FEATURE_MITIGATIONS % 32);
	decide_pkeys(cmdline);
	if (cmdline_has(cmdline, "nosmap"))
		cpu_clear_feature(FEATURE_SMAP);
	if (cmdline_has(cmdline, "nosmep"))
		cpu_clear_feature(FEATURE_SMEP);
	if (cmdline_find(cmdline, "mitigations", value, sizeof(value)) > 0 && !strcmp(value, "off"))
		cpu_clear_feature(FEATURE_MITIGATIONS);
}

static void set_control_registers(void)
{
	u64 cr4 = CR4_PAE | CR4_PGE | CR4_PSE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpu_has(FEATURE_UMIP))
		cr4 |= CR4_UMIP;
	if (cpu_has(FEATURE_FSGSBASE))
		cr4 |= CR4_FSGSBASE;
	if (cpu_has(FEATURE_SMEP))
		cr4 |= CR4_SMEP;
	if (cpu_has(FEATURE_SMAP))
		cr4 |= CR4_SMAP;
	if (cpu_has(FEATURE_XSAVE))
		cr4 |= CR4_OSXSAVE;
	if (cpu_has(FEATURE_OSPKE))
		cr4 |= CR4_PKE;
	write_cr4(cr4);
	write_cr0(CR0_PG | CR0_AM | CR0_WP | CR0_NE | CR0_ET | CR0_MP | CR0_PE);
	write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_SCE | EFER_NX);
}

static void load_gdt_tss(u64 *gdt, struct tss *tss)
{
	u64 base = (u64)tss;
	struct desc_ptr ptr = { sizeof(gdt_template) - 1, (u64)gdt };

	memcpy(gdt, gdt_template, sizeof(gdt_template));
	gdt[TSS_SEL / 8] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
			   (base >> 24 & 0xff) << 56;
	gdt[TSS_SEL / 8 + 1] = base >> 32;
	tss->io_bitmap = sizeof(struct tss);
	tss->ports_end = 0xff;
	PV_VOID1(load_gdt, &ptr);
	asm volatile("pushq %0\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:\n\t"
		     "movl %1, %%ss\n\tmovl %2, %%ds\n\tmovl %2, %%es\n\tmovl %2, %%fs"
		     : : "i"(KERNEL_CS_SEL), "r"(KERNEL_DS_SEL), "r"(0) : "rax", "memory");
	PV_VOID1(load_tr, TSS_SEL);
	PV_VOID1(load_ldt, 0); /* after reset it is 64 KiB from address 0 */
}

static void set_syscall_msrs(void)
{
	write_msr(MSR_STAR, (u64)(USER_DS_SEL - 8) << 48 | (u64)KERNEL_CS_SEL << 32);
	write_msr(MSR_LSTAR, (u64)entry_syscall);
	write_msr(MSR_CSTAR, (u64)entry_syscall_compat);
	write_msr(MSR_SYSCALL_MASK, X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF |
		  X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_IF | X86_EFLAGS_DF | X86_EFLAGS_OF |
		  X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_RF | X86_EFLAGS_AC | X86_EFLAGS_ID);
	write_msr(MSR_KERNEL_GS_BASE, 0);
}

void cpu_init_boot(void)
{
	idt_init();
	cpu_register_boot();
	load_gdt_tss(cpu_gdt, &cpu_tss);
	write_msr(MSR_GS_BASE, 0);
	idt_load();
	set_control_registers();
	set_syscall_msrs();
}

void cpu_init_this(int cpu)
{
	/* Loading selectors may clear GS.base: set it after, and touch no per-CPU variable between. */
	u64 *gdt = per_cpu_ptr(&cpu_gdt[0], cpu);

	load_gdt_tss(gdt, per_cpu_ptr(&cpu_tss, cpu));
	espfix_init_cpu(cpu);
	write_msr(MSR_GS_BASE, percpu_offset[cpu]);
	idt_load();
	set_control_registers();
	set_syscall_msrs();
}

bool cpu_random_u64(u64 *out)
{
	bool ok = false;

	if (!cpu_has(FEATURE_RDRAND))
		return false;
	for (int i = 0; i < 10 && !ok; i++)
		asm volatile("rdrand %0" : "=r"(*out), "=@ccc"(ok));
	return ok;
}

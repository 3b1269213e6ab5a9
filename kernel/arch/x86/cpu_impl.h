/* SPDX-License-Identifier: GPL-2.0-only */
/* cpu_impl.h - descriptor tables, per-CPU entry state; shared by cpu.c, idt.c, smp.c, thread.c. */
#ifndef ARCH_CPU_IMPL_H
#define ARCH_CPU_IMPL_H

#include <arch/cpu.h>
#include <arch/io_ports.h>
#include <arch/ptregs.h>
#include "asm.h"

struct desc_ptr {
	u16 limit;
	u64 base;
} __packed;
ASSERT_SIZE(struct desc_ptr, 10);

struct tss {
	u32 reserved0;
	u64 sp0, sp1, sp2;
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, io_bitmap;       /* offset of ports, or beyond the limit: no port is allowed */
	u64 ports[IO_PORTS / 64];       /* a set bit forbids the port */
	u8 ports_end;                   /* the processor reads one byte more, and wants all ones */
} __packed;
ASSERT_SIZE(struct tss, 104 + IO_PORTS / 8 + 1);
ASSERT_OFFSET(struct tss, sp0, TSS_SP0);

#define GDT_ENTRIES 12

enum ist_index { IST_NMI, IST_DF, IST_MC, IST_DB, NR_IST };

DECLARE_PERCPU(struct tss, cpu_tss);
DECLARE_PERCPU(u64, cpu_gdt[GDT_ENTRIES]);
DECLARE_PERCPU(unsigned long, cpu_user_sp);
DECLARE_PERCPU(unsigned long, cpu_irq_stack);

/* Loads the table that all CPUs share. */
void idt_load(void);
void idt_init(void);
/* Interrupt and IST stacks of a CPU; 0 or -ENOMEM. */
int cpu_stacks_create(int cpu) __must_check;
/* Registers the boot CPU as number 0. */
void cpu_register_boot(void);

void trap_from_user(struct pt_regs *regs, int vector);
void trap_from_kernel(struct pt_regs *regs, int vector);
void trap_paranoid(struct pt_regs *regs, int vector);
void irq_dispatch(struct pt_regs *regs, int vector);
void irq_preempt(void);
void preempt_slow(void);

extern const u64 trap_entries[32];
extern const u8 irq_entries[];
extern const u8 entry_syscall[], entry_syscall_compat[];

#endif

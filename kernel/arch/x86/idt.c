/* SPDX-License-Identifier: GPL-2.0-only */
/* idt.c - the interrupt descriptor table that all CPUs share. Read-only after boot. */
#include <arch/pv.h>
#include "cpu_impl.h"

struct gate {
	u16 offset_low, selector;
	u8 ist, type;
	u16 offset_mid;
	u32 offset_high, reserved;
};
ASSERT_SIZE(struct gate, 16);

#define GATE_INTERRUPT 0x8e
#define GATE_USER 0xee

static struct gate idt[256] __aligned(4096) __section(".data..ro_after_init");

static void set_gate(int vector, u64 entry, u8 type, u8 ist)
{
	idt[vector] = (struct gate){
		.offset_low = entry,
		.selector = KERNEL_CS_SEL,
		.ist = ist,
		.type = type,
		.offset_mid = entry >> 16,
		.offset_high = entry >> 32,
	};
}

void idt_init(void)
{
	for (int i = 0; i < 32; i++)
		set_gate(i, trap_entries[i], GATE_INTERRUPT, 0);
	for (int i = 32; i < 256; i++)
		set_gate(i, (u64)irq_entries + (i - 32) * 16, GATE_INTERRUPT, 0);
	set_gate(X86_TRAP_NMI, trap_entries[X86_TRAP_NMI], GATE_INTERRUPT, IST_NMI + 1);
	set_gate(X86_TRAP_DF, trap_entries[X86_TRAP_DF], GATE_INTERRUPT, IST_DF + 1);
	set_gate(X86_TRAP_MC, trap_entries[X86_TRAP_MC], GATE_INTERRUPT, IST_MC + 1);
	set_gate(X86_TRAP_DB, trap_entries[X86_TRAP_DB], GATE_INTERRUPT, IST_DB + 1);
	set_gate(X86_TRAP_BP, trap_entries[X86_TRAP_BP], GATE_USER, 0);
	set_gate(X86_TRAP_OF, trap_entries[X86_TRAP_OF], GATE_USER, 0);
}

void idt_load(void)
{
	struct desc_ptr ptr = { sizeof(idt) - 1, (u64)idt };

	PV_VOID1(load_idt, &ptr);
}

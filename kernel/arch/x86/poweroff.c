/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poweroff.c - off and on again, by what the firmware tables name.
 *
 * LOCKING     None: called by one CPU that has stopped the others, or by panic.
 */
#include <arch/acpi.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/power.h>
#include <arch/memlayout.h>

#define PM1_SLEEP_ENABLE     (1u << 13)
#define PM1_TYPE_SHIFT	     10
#define SLEEP_CONTROL_ENABLE 0x20u
#define SLEEP_CONTROL_SHIFT  2
#define RESET_PORT	     0xcf9
#define KEYBOARD_COMMAND     0x64
#define KEYBOARD_RESET	     0xfe
#define SPIN_READS	     100000

static void reg_write(const struct acpi_reg *reg, u32 value)
{
	void *mmio;

	if (!reg->address)
		return;
	if (reg->space == 1) {
		if (reg->width_bits > 8)
			outw((u16)value, (u16)reg->address);
		else
			outb((u8)value, (u16)reg->address);
		return;
	}
	mmio = reg->space == 0 ? ioremap_early(reg->address, 4) : NULL;
	if (mmio && reg->width_bits > 8)
		writew((u16)value, mmio);
	else if (mmio)
		writeb((u8)value, mmio);
}

/* The machine takes a moment to obey. */
static void wait_a_little(void)
{
	for (int i = 0; i < SPIN_READS; i++)
		inb(0x80);
}

void machine_power_off(void)
{
	local_irq_disable();
	if (acpi_info.is_hw_reduced) {
		reg_write(&acpi_info.sleep_control,
			  SLEEP_CONTROL_ENABLE | (u32)acpi_info.s5_type_a << SLEEP_CONTROL_SHIFT);
	} else if (acpi_info.has_s5) {
		reg_write(&acpi_info.pm1a_control,
			  PM1_SLEEP_ENABLE | (u32)acpi_info.s5_type_a << PM1_TYPE_SHIFT);
		reg_write(&acpi_info.pm1b_control,
			  PM1_SLEEP_ENABLE | (u32)acpi_info.s5_type_b << PM1_TYPE_SHIFT);
	}
	for (;;)
		cpu_halt();
}

static void keyboard_reset(void)
{
	for (int i = 0; i < SPIN_READS && (inb(KEYBOARD_COMMAND) & 2); i++)
		;
	outb(KEYBOARD_RESET, KEYBOARD_COMMAND);
}

static void triple_fault(void)
{
	struct {
		u16 limit;
		u64 base;
	} __packed none = { 0, 0 };

	asm volatile("lidt %0; int3" : : "m"(none));
}

void machine_restart(void)
{
	local_irq_disable();
	if (acpi_info.can_reset) {
		reg_write(&acpi_info.reset, acpi_info.reset_value);
		wait_a_little();
	}
	if (!acpi_info.is_hw_reduced) {
		outb(0x06, RESET_PORT);
		wait_a_little();
	}
	keyboard_reset();
	wait_a_little();
	triple_fault();
	for (;;)
		cpu_halt();
}

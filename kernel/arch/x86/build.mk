# SPDX-License-Identifier: GPL-2.0-only
# arch/x86: the processor: entry, page tables, interrupts, FPU, text patching. The only assembler.
srcs := head.S kaslr.c start.c bootinfo.c early_mem.c early_console.c \
	cpu.c cpu_registry.c percpu.c idt.c entry.S trap.c extable.c irq.c apic.c \
	smp_call.c smp_boot.c trampoline.S thread.c switch_extra.c pkeys.c ldt.c fpu.c copy_user.S uaccess.c \
	pgtable.c espfix.c mm_arch.c text.c stacktrace.c pv_native_ops.S pv_native.c pv_trace.S asm_check.c \
	tests/arch_selftest.c
ifeq ($(VARIANT),asan)
srcs += kasan.c
endif
deps := lib
public_deps := lib

# The platform: what firmware tables and the oldest chips tell.
srcs += acpi.c acpi_tables.c acpi_aml.c mptable.c cmos.c ioapic.c numa.c topology.c poweroff.c tsc.c
host_srcs += acpi_tables.c acpi_aml.c mptable.c
host_tests += acpi_test.c
host_fuzz += acpi_fuzz.c

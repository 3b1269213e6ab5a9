# SPDX-License-Identifier: GPL-2.0-only
# arch/x86: the processor: entry, page tables, interrupts, FPU, text patching. The only assembler.
srcs :=
deps := lib
public_deps := lib

# The platform: what firmware tables and the oldest chips tell.
srcs += acpi.c acpi_tables.c acpi_aml.c cmos.c ioapic.c numa.c poweroff.c tsc.c

/* SPDX-License-Identifier: GPL-2.0-only */
/* acpi_fuzz.c - any bytes as firmware tables: the readers stay inside (L1) and their counts within bounds. */
#include "../acpi_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void visit_cpu(struct srat_visitor *visitor, u32 apic_id, u32 domain)
{
}

static void visit_memory(struct srat_visitor *visitor, u64 base, u64 length, u32 domain)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct srat_visitor visitor = { .cpu = visit_cpu, .memory = visit_memory };
	struct acpi_info info = { 0 };

	acpi_rsdp_check(data, size);
	acpi_table_ok(data, size);
	acpi_read_madt(&info, data, size);
	acpi_read_fadt(&info, data, size);
	acpi_read_mcfg(&info, data, size);
	acpi_read_srat(&visitor, data, size);
	acpi_slit_distance(data, size, size & 7, size & 3);
	acpi_read_dsdt(&info, data, size);
	mptable_find_pointer(data, size);
	mptable_ok(data, size);
	mptable_read(&info, data, size);
	if (info.nr_cpus > ACPI_MAX_CPUS || info.nr_ioapics > ACPI_MAX_IOAPICS ||
	    info.nr_overrides > ACPI_MAX_OVERRIDES || info.nr_ecams > ACPI_MAX_ECAMS ||
	    info.nr_mmio > ACPI_MAX_MMIO || info.s5_type_a > 7)
		__builtin_trap();
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.c - pv=trace: counts calls per operation and CPU.
 *
 * WHAT        The stubs (arch/x86/pv_trace.S) add one to pv_trace_counts and jump on to pv_traced_ops, the table as the
 *             back end left it. Sites are patched to call the stubs directly.
 * LOCKING     none: the counts belong to their CPU; readers add them up as they find them.
 */
#include <arch/cpu.h>
#include <arch/pv_native.h>
#include <lib/string.h>
#include "paravirt_impl.h"

#define PV_OP(name, ret, args) #name,
const char *const pv_op_names[PV_NR_OPS] = {
#include <arch/pv_ops.def>
};
#undef PV_OP

struct pv_ops pv_traced_ops __section(".data..ro_after_init");

static struct {
	bool is_enabled;
} pv_trace __section(".data..ro_after_init");

void pv_trace_start(void)
{
	const void **slot = (const void **)&pv_ops;

	memcpy(&pv_traced_ops, &pv_ops, sizeof(pv_ops));
	for (unsigned int i = 0; i < PV_NR_OPS; i++)
		slot[i] = pv_trace_stubs + i * PV_TRACE_STUB_SIZE;
	pv_trace.is_enabled = true;
}

bool pv_trace_enabled(void)
{
	return pv_trace.is_enabled;
}

u64 pv_trace_count(unsigned int nr)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(pv_trace_counts, cpu)[nr];
	return sum;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * paravirt.h - choosing a back end at boot, and counting what goes through the table.
 */
#ifndef PARAVIRT_PARAVIRT_H
#define PARAVIRT_PARAVIRT_H

#include <arch/pv.h>

struct pv_backend {
	const char *name;
	/* Is this our hypervisor? */
	bool (*detect)(void);
	/* Fills pv_ops from the native table it already holds. */
	void (*init)(struct pv_ops *ops);
	/* Instructions that do operation @nr in place of a call, if there are any. */
	bool (*inline_code)(unsigned int nr, const u8 **start, const u8 **end);
};

/* The back end in use. */
extern const struct pv_backend *pv_backend;

/* Detects, fills the table, patches all call sites. Options: pv=nopatch, pv=trace. Once, on one CPU,
 * while text is writable. */
void pv_init(const char *cmdline);

/* How sites were treated. */
struct pv_patch_stats {
	u32 nr_sites, nr_inline, nr_call, nr_nop, nr_indirect;
};
extern struct pv_patch_stats pv_patch_stats;

/* Names, and counts per operation since boot (all CPUs); counts are 0 unless pv=trace. */
extern const char *const pv_op_names[PV_NR_OPS];
bool pv_trace_enabled(void);
u64 pv_trace_count(unsigned int nr);

/* Publishes paravirt/backend, paravirt/sites and paravirt/calls (probe/report.h). */
void pv_register_reports(void);

#endif

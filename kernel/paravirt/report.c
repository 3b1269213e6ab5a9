/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.c - what the patcher did and how often each operation ran.
 *
 * WHAT        Three reports: paravirt/backend (the name), paravirt/sites (how call sites were treated) and paravirt/calls (one line
 *             an operation: name, calls; all 0 unless booted with pv=trace).
 */
#include <probe/report.h>
#include "paravirt_impl.h"

static void show_backend(struct report *report, struct report_writer *writer)
{
	report_printf(writer, "%s\n", pv_backend->name);
}

static void show_sites(struct report *report, struct report_writer *writer)
{
	report_printf(writer, "inline %u\ndirect %u\nnop %u\nindirect %u\n", pv_patch_stats.nr_inline,
		      pv_patch_stats.nr_call, pv_patch_stats.nr_nop, pv_patch_stats.nr_indirect);
}

static void show_calls(struct report *report, struct report_writer *writer)
{
	for (unsigned int i = 0; i < PV_NR_OPS; i++)
		report_printf(writer, "%s %llu\n", pv_op_names[i], (unsigned long long)pv_trace_count(i));
}

static const struct report_ops backend_ops = { .name = "pv backend", .show = show_backend };
static const struct report_ops sites_ops = { .name = "pv sites", .show = show_sites };
static const struct report_ops calls_ops = { .name = "pv calls", .show = show_calls };

static struct report reports[] = {
	{ .name = "paravirt/backend", .ops = &backend_ops },
	{ .name = "paravirt/sites", .ops = &sites_ops },
	{ .name = "paravirt/calls", .ops = &calls_ops },
};

void pv_register_reports(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(reports); i++)
		report_register(&reports[i]);
}

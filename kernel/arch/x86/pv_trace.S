/* SPDX-License-Identifier: GPL-2.0-only */
/* pv_trace.S - counting stubs for pv=trace, in the order of pv_ops.def; see paravirt/trace.c. */
#define PV_TRACE_STUB_SIZE 16

	.section .noinstr.text, "ax"
	.globl pv_trace_stubs
	.balign 16
pv_trace_stubs:
	.set nr, 0
	.rept 64
	.balign PV_TRACE_STUB_SIZE
	incq %gs:pv_trace_counts + nr * 8
	jmp *pv_traced_ops + nr * 8(%rip)
	.set nr, nr + 1
	.endr

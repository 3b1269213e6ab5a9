/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stacktrace.h - the frame-pointer unwinder. Interrupt frames are marked: the saved rbp there is the address
 * of struct pt_regs with bit 0 set. Reliable means: every frame was found where it must be, up to the frame
 * that ends each kernel stack, and no frame was interrupted code whose rbp may not be set up yet.
 */
#ifndef ARCH_STACKTRACE_H
#define ARCH_STACKTRACE_H

#include <lib/types.h>

struct pt_regs;
struct thread;

struct unwind_state {
	struct thread *thread;
	unsigned long bp, ip;
	unsigned long stack_start, stack_end;
	struct pt_regs *regs; /* set when the current frame is an interrupted one */
	bool reliable, done;
	unsigned int nr_stacks;
};

/* Starts at @regs if given; else at @thread (NULL: the caller itself, whose frame is first). */
void unwind_start(struct unwind_state *state, struct thread *thread, struct pt_regs *regs);
/* To the caller's frame; false at the end: state->ip is valid while !state->done. */
bool unwind_next(struct unwind_state *state);

/* Return addresses, innermost first. How many were stored. */
unsigned int stack_trace_save(struct thread *thread, struct pt_regs *regs, unsigned long *out,
			      unsigned int max);
/* As above, but -EINVAL when the trace cannot be trusted and -ENOSPC when it does not fit. @thread is
 * not running. */
int stack_trace_save_reliable(struct thread *thread, unsigned long *out, unsigned int max);

#endif

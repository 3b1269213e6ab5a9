/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stacktrace.c - follows frame pointers: arch/stacktrace.h.
 *
 * WHAT        A frame is {caller's rbp, return address} at rbp. A saved rbp with bit 0 set is a struct pt_regs: the
 *             frame of an entry from elsewhere, possibly another stack. User registers end the walk.
 * INVARIANTS  I1  Nothing outside [stack_start, stack_end) is read; a step to another stack is only made through
 *                 pt_regs, at most MAX_STACKS times.
 *             I2  Along one stack, rbp grows.
 */
#include <arch/memlayout.h>
#include <arch/stacktrace.h>
#include <arch/thread.h>
#include <lib/errno.h>
#include "cpu_impl.h"

#define MAX_STACKS 8

/* The stack that holds @addr: its thread's, or one of the CPU's own. */
static bool find_stack(struct unwind_state *state, unsigned long addr)
{
	struct arch_thread *t = arch_thread(state->thread);
	int cpu;

	if (t && addr >= t->stack && addr < t->stack_top) {
		state->stack_start = t->stack;
		state->stack_end = t->stack_top;
		return true;
	}
	for_each_possible_cpu(cpu) {
		unsigned long top = per_cpu(cpu_irq_stack, cpu) + 16;

		if (addr >= top - THREAD_STACK_SIZE && addr < top) {
			state->stack_start = top - THREAD_STACK_SIZE;
			state->stack_end = top;
			return true;
		}
		for (int i = 0; i < NR_IST; i++) {
			top = per_cpu(cpu_tss, cpu).ist[i];
			if (addr < top - IST_STACK_SIZE || addr >= top)
				continue;
			state->stack_start = top - IST_STACK_SIZE;
			state->stack_end = top;
			return true;
		}
	}
	return false;
}

static bool on_stack(const struct unwind_state *state, unsigned long addr, size_t len)
{
	return !(addr & 7) && addr >= state->stack_start && addr + len <= state->stack_end;
}

static bool stop(struct unwind_state *state, bool reliable)
{
	state->done = true;
	state->reliable &= reliable;
	return false;
}

/* The registers at @regs: where they were interrupted is the next frame. */
static bool enter_regs(struct unwind_state *state, unsigned long addr)
{
	struct pt_regs *regs = (struct pt_regs *)addr;

	if (!on_stack(state, addr, sizeof(*regs)))
		return stop(state, false);
	if (user_mode(regs) || addr == state->stack_end - sizeof(*regs))
		return stop(state, true); /* the bottom of a thread's stack */
	if (++state->nr_stacks > MAX_STACKS)
		return stop(state, false);
	/* The interrupted function may not have set up its frame: its caller may be skipped. */
	state->reliable = false;
	state->regs = regs;
	state->ip = regs->ip;
	state->bp = regs->bp;
	if (!find_stack(state, regs->sp))
		return stop(state, false);
	return true;
}

bool unwind_next(struct unwind_state *state)
{
	unsigned long bp = state->bp, next;

	if (state->done)
		return false;
	state->regs = NULL;
	if (bp & 1) {
		/* Code in entry.S pushes the frame of its callee with the mark in rbp. */
		if (!on_stack(state, bp - 1, sizeof(struct pt_regs)) && !find_stack(state, bp - 1))
			return stop(state, false);
		return enter_regs(state, bp - 1);
	}
	if (!on_stack(state, bp, 16))
		return stop(state, false);
	next = READ_ONCE(((unsigned long *)bp)[0]);
	state->ip = READ_ONCE(((unsigned long *)bp)[1]);
	if (!(next & 1) && next <= bp)
		return stop(state, false);
	if (!address_is_text(state->ip) && (state->ip < PATCH_WINDOW || state->ip >= PATCH_WINDOW_END))
		return stop(state, false);
	state->bp = next;
	return true;
}

void unwind_start(struct unwind_state *state, struct thread *thread, struct pt_regs *regs)
{
	*state = (struct unwind_state){ .thread = thread ? thread : current_thread(), .reliable = true };
	if (regs && user_mode(regs)) {
		state->done = true;
		return;
	}
	if (regs) {
		state->ip = regs->ip;
		state->bp = regs->bp;
		state->regs = regs;
		state->reliable = false;
		/* After an overflow rsp is below the stack, the frame still on it. */
		if (!find_stack(state, regs->sp) && !find_stack(state, regs->bp))
			state->done = true;
		return;
	}
	if (state->thread == current_thread()) {
		state->bp = (unsigned long)__builtin_frame_address(0);
		if (!find_stack(state, state->bp) || !unwind_next(state))
			state->done = true;
		return;
	}
	/* Switched out: six saved registers, rbp the last, then the return address. */
	state->bp = arch_thread(state->thread)->sp + 5 * 8;
	if (!find_stack(state, state->bp) || !on_stack(state, state->bp, 16)) {
		stop(state, false);
		return;
	}
	unwind_next(state);
}

unsigned int stack_trace_save(struct thread *thread, struct pt_regs *regs, unsigned long *out,
			      unsigned int max)
{
	struct unwind_state state;
	unsigned int n = 0;

	unwind_start(&state, thread, regs);
	if (!regs && state.thread == current_thread())
		unwind_next(&state); /* not this function itself */
	while (!state.done && n < max) {
		out[n++] = state.ip;
		unwind_next(&state);
	}
	return n;
}

int stack_trace_save_reliable(struct thread *thread, unsigned long *out, unsigned int max)
{
	struct unwind_state state;
	unsigned int n = 0;

	unwind_start(&state, thread, NULL);
	while (!state.done) {
		if (n == max)
			return -ENOSPC;
		out[n++] = state.ip;
		unwind_next(&state);
	}
	return state.reliable ? (int)n : -EINVAL;
}

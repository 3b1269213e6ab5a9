/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dispatch.c - from the SYSCALL instruction's registers to a handler, and back to user mode.
 *
 * WHAT        syscall_dispatch() calls the handler that table.def names for a number. A handler whose wait was asked to
 *             park returns -EPARK: the task is held here, at the boundary, and then the same handler is called again with
 *             the same registers. exit_to_user_mode() does what has to be done before user code runs on: reschedule, park,
 *             signals.
 * INVARIANTS  I1  -EPARK never reaches user space: it only makes the loop go round.
 *             I2  The user's registers are untouched between two passes; what the first pass achieved is in struct call.
 *             I3  A number that user space chose is masked before it indexes the table, also under speculation.
 * LOCKING     None; no lock is held on entry, and none may be held when a handler returns (asserted in debug builds).
 * ERRORS      A number outside the table, or without a handler: -ENOSYS or the errno that table.def names.
 * SEE         docs/adr/0020-call-and-parking.md
 */
#include <asm/unistd.h>
#include <arch/arch_port.h>
#include <arch/irqflags.h>
#include <arch/thread.h>
#include <lib/assert.h>
#include <sync/call.h>
#include <sync/still.h>
#include <sync/thread.h>
#include <sync/sync_port.h>
#include <process/signal.h>
#include <process/syscall_gate.h>
#include <syscall/syscall.h>
#include "dispatch_impl.h"

long call_absent(const struct pt_regs *regs)
{
	u32 nr = (u32)regs->orig_ax;

	if (nr < NR_CALLS && call_absent_errno[nr])
		return -(long)call_absent_errno[nr];
	return -ENOSYS;
}

const char *syscall_name(unsigned int nr)
{
	return nr < NR_CALLS && call_names[nr] ? call_names[nr] : "?";
}

/* All ones when nr < NR_CALLS, else 0, without a branch (I3). */
static inline unsigned long index_mask(unsigned long nr)
{
	unsigned long mask;

	asm("cmp %1, %2\n\tsbb %0, %0" : "=r"(mask) : "i"(NR_CALLS), "r"(nr) : "cc");
	return mask;
}

static noinline long dispatch_again(struct call *call, call_fn fn, const struct pt_regs *regs)
{
	long ret;

	do {
		call->pass++;
		park_here();
		ret = fn(regs);
	} while (ret == -EPARK);
	KASSERT(!call->objects[0] && !call->objects[1] && !current_thread()->edge.ops); /* C2 of call.h */
	return ret;
}

void syscall_dispatch(struct pt_regs *regs)
{
	struct call *call = &current_thread()->call;
	unsigned long nr = (u32)regs->orig_ax; /* the number has 32 bits (Linux, arch/x86/entry) */
	call_fn fn;
	long ret;

	if (unlikely(thread_work(current_thread()) & TIF_SYSCALL_WORK) && !syscall_gate_passes(regs))
		return;
	if (unlikely(nr >= NR_CALLS))
		return; /* regs->ax is -ENOSYS already */
	nr &= index_mask(nr);
	call_begin(call, nr);
	fn = call_table[nr];
	ret = fn(regs);
	/* rt_sigreturn() gives back whatever the frame held, and never waits. */
	if (unlikely(ret == -EPARK) && nr != __NR_rt_sigreturn)
		ret = dispatch_again(call, fn, regs);
	call_end(call);
	regs->ax = ret;
}

void exit_to_user_mode(struct pt_regs *regs)
{
	struct thread *thread = current_thread();
	u32 work;

	while ((work = thread_work(thread) & TIF_EXIT_WORK)) {
		local_irq_enable();
		if (work & BIT(TIF_NEED_RESCHED))
			schedule();
		if (work & BIT(TIF_PARK))
			park_here();
		if (work & (BIT(TIF_SIGPENDING) | BIT(TIF_NOTIFY)))
			signal_deliver(regs);
		local_irq_disable();
	}
}

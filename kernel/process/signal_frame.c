/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_frame.c - the frame that a signal handler runs on (layout: lib/uabi_signal.h).
 *
 * WHAT        push saves registers, mask and vector state on the user stack and starts the handler; pop restores them.
 * INVARIANTS  F1  Nothing in a frame is trusted: segments, flags and vector state are made harmless, the mask never holds SIGKILL or
 *                 SIGSTOP, any address may fault.
 *             F2  When push fails the registers are as they were, so that the process dies where it stood.
 *             F3  A handler on the alternate stack never leaves it: overflow of that stack is a failure, not a write below it.
 * ERRORS      -EFAULT: the caller turns it into SIGSEGV.
 * TESTS       tests/guest/process/signal_test.c
 */
#include "process_impl.h"
#include "signal_frame_impl.h"
#include <process/process_calls.h>
#include <lib/uabi_signal.h>
#include <arch/fpu.h>

enum { RED_ZONE_BYTES = 128, MIN_ALTSTACK_BYTES = 2048 };

static bool is_on_altstack_raw(unsigned long sp)
{
	return sp > cur->sas_sp && sp - cur->sas_sp <= cur->sas_size;
}

/* With SS_AUTODISARM there is no such thing as being on it. */
static bool is_on_altstack(unsigned long sp)
{
	return !(cur->sas_flags & SS_AUTODISARM) && is_on_altstack_raw(sp);
}

static u32 altstack_flags(unsigned long sp)
{
	if (!cur->sas_size)
		return SS_DISABLE;
	return is_on_altstack(sp) ? SS_ONSTACK : 0;
}

static void altstack_forget(void)
{
	cur->sas_sp = 0;
	cur->sas_size = 0;
	cur->sas_flags = SS_DISABLE;
}

/* Where the frame goes: address of struct rt_sigframe, and of the vector state above it. 0: no room (F3). */
static unsigned long frame_place(const struct ksignal *ksig, const struct pt_regs *regs, unsigned long *fpstate)
{
	unsigned long sp = regs->sp - RED_ZONE_BYTES;
	bool was_on = is_on_altstack(regs->sp), enters = false;

	if ((ksig->ka.flags & SA_ONSTACK) && altstack_flags(sp) == 0) {
		sp = cur->sas_sp + cur->sas_size;
		enters = true;
	}
	sp = round_down(sp - fpu_user_frame_size, 64);
	*fpstate = sp;
	sp = round_down(sp - sizeof(struct rt_sigframe), 16) - 8;
	if ((was_on || enters) && !is_on_altstack_raw(sp))
		return 0;
	return sp;
}

static void save_registers(struct user_sigcontext *sc, const struct pt_regs *regs)
{
	const struct arch_thread *at = current_arch_thread();

	sc->r8 = regs->r8;
	sc->r9 = regs->r9;
	sc->r10 = regs->r10;
	sc->r11 = regs->r11;
	sc->r12 = regs->r12;
	sc->r13 = regs->r13;
	sc->r14 = regs->r14;
	sc->r15 = regs->r15;
	sc->rdi = regs->di;
	sc->rsi = regs->si;
	sc->rbp = regs->bp;
	sc->rbx = regs->bx;
	sc->rdx = regs->dx;
	sc->rax = regs->ax;
	sc->rcx = regs->cx;
	sc->rsp = regs->sp;
	sc->rip = regs->ip;
	sc->rflags = regs->flags;
	sc->cs = (u16)regs->cs;
	sc->gs = sc->fs = 0;
	sc->ss = (u16)regs->ss;
	sc->err = at->fault_error;
	sc->trapno = at->trap_nr;
	sc->cr2 = at->fault_addr;
}

static void load_registers(struct pt_regs *regs, const struct user_sigcontext *sc, u64 uc_flags)
{
	regs->r8 = sc->r8;
	regs->r9 = sc->r9;
	regs->r10 = sc->r10;
	regs->r11 = sc->r11;
	regs->r12 = sc->r12;
	regs->r13 = sc->r13;
	regs->r14 = sc->r14;
	regs->r15 = sc->r15;
	regs->di = sc->rdi;
	regs->si = sc->rsi;
	regs->bp = sc->rbp;
	regs->bx = sc->rbx;
	regs->dx = sc->rdx;
	regs->ax = sc->rax;
	regs->cx = sc->rcx;
	regs->sp = sc->rsp;
	regs->ip = sc->rip;
	regs->flags = (regs->flags & ~X86_EFLAGS_USER) | (sc->rflags & X86_EFLAGS_USER);
	regs->cs = sc->cs;
	regs->ss = sc->ss;
	regs->orig_ax = REGS_NO_SYSCALL;
	/* A frame that an old program made up: its ss may be anything, and never mattered. */
	if (!(uc_flags & UABI_UC_STRICT_RESTORE_SS) && (regs->cs | 3) == USER_CS)
		regs->ss = USER_DS;
	regs_sanitize_user(regs);
}

static void fill_ucontext(struct user_ucontext *uc, const struct pt_regs *regs, unsigned long fpstate)
{
	uc->uc_flags = UABI_UC_FP_XSTATE | UABI_UC_SIGCONTEXT_SS | UABI_UC_STRICT_RESTORE_SS;
	uc->uc_link = 0;
	uc->uc_stack.sp = cur->sas_sp;
	uc->uc_stack.flags = cur->sas_flags;
	uc->uc_stack.__pad0 = 0;
	uc->uc_stack.size = cur->sas_size;
	save_registers(&uc->uc_mcontext, regs);
	uc->uc_mcontext.oldmask = cur->has_saved_sigmask ? cur->saved_sigmask.bits : cur->blocked.bits;
	uc->uc_mcontext.fpstate = fpstate;
	memset(uc->uc_mcontext.reserved1, 0, sizeof(uc->uc_mcontext.reserved1));
	uc->uc_sigmask = uc->uc_mcontext.oldmask;
}

int signal_frame_push(const struct ksignal *ksig, struct pt_regs *regs)
{
	unsigned long fpstate, place = frame_place(ksig, regs, &fpstate);
	struct rt_sigframe frame;
	size_t bytes = offsetof(struct rt_sigframe, info);

	if (!place || !(ksig->ka.flags & SA_RESTORER))
		return -EFAULT;
	frame.pretcode = ksig->ka.restorer;
	fill_ucontext(&frame.uc, regs, fpstate);
	if (ksig->ka.flags & SA_SIGINFO) {
		memcpy(frame.info, &ksig->info, sizeof(ksig->info));
		memset(frame.info + sizeof(ksig->info), 0, sizeof(frame.info) - sizeof(ksig->info));
		bytes = sizeof(frame);
	}
	if (fpu_save_to_user_frame(uaddr(fpstate)) || copy_to_user(uaddr(place), &frame, bytes))
		return -EFAULT;
	fpu_thread_reset();
	if (cur->sas_flags & SS_AUTODISARM)
		altstack_forget();
	regs->di = ksig->sig;
	regs->ax = 0; /* variadic handlers: no vector arguments */
	regs->si = place + offsetof(struct rt_sigframe, info);
	regs->dx = place + offsetof(struct rt_sigframe, uc);
	regs->ip = ksig->ka.handler;
	regs->sp = place;
	regs->cs = USER_CS;
	regs->ss = USER_DS;
	return 0;
}

int altstack_set(unsigned long ss_sp, u32 ss_flags, unsigned long ss_size, unsigned long sp)
{
	u32 mode = ss_flags & ~SS_AUTODISARM;

	if (is_on_altstack(sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (cur->sas_sp == ss_sp && cur->sas_size == ss_size && cur->sas_flags == ss_flags)
		return 0;
	if (mode == SS_DISABLE) {
		ss_sp = 0;
		ss_size = 0;
	} else if (ss_size < MIN_ALTSTACK_BYTES) {
		return -ENOMEM;
	}
	cur->sas_sp = ss_sp;
	cur->sas_size = ss_size;
	cur->sas_flags = ss_flags;
	return 0;
}

int signal_frame_pop(struct pt_regs *regs)
{
	uaddr_t place = uaddr(regs->sp - 8);
	struct user_ucontext uc;
	ksigset_t mask;

	if (copy_from_user(&uc, uaddr_add(place, offsetof(struct rt_sigframe, uc)), sizeof(uc)))
		return -EFAULT;
	mask.bits = uc.uc_sigmask;
	set_current_blocked(&mask);
	load_registers(regs, &uc.uc_mcontext, uc.uc_flags);
	if (fpu_restore_from_user_frame(uaddr(uc.uc_mcontext.fpstate)))
		return -EFAULT;
	/* As Linux: a bad stack in the frame is ignored, it is not what the program returns to. */
	(void)altstack_set(uc.uc_stack.sp, uc.uc_stack.flags, uc.uc_stack.size, regs->sp);
	return 0;
}

long sys_sigaltstack(uaddr_t ss, uaddr_t old_ss)
{
	unsigned long sp = arch_user_regs(&current->thread)->sp;
	struct user_sigaltstack new_stack, old = {
		.sp = cur->sas_sp,
		.flags = (s32)(altstack_flags(sp) | (cur->sas_flags & SS_AUTODISARM)),
		.size = cur->sas_size,
	};
	int ret;

	if (!uaddr_is_null(ss)) {
		if (get_user_obj(&new_stack, ss))
			return -EFAULT;
		ret = altstack_set(new_stack.sp, new_stack.flags, new_stack.size, sp);
		if (ret)
			return ret;
	}
	return uaddr_is_null(old_ss) ? 0 : put_user_obj(&old, old_ss);
}

long sys_rt_sigreturn(void)
{
	struct pt_regs *regs = arch_user_regs(&current->thread);

	if (signal_frame_pop(regs)) {
		force_sig(SIGSEGV);
		return 0;
	}
	/* The dispatcher stores this result in ax: give it what the frame held. */
	return (long)regs->ax;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* fault_trap.c - exceptions that user code causes, as the signals that programs know (arch port; page faults are mm's). */
#include "process_impl.h"
#include <arch/arch_port.h>
#include <arch/fpu.h>
#include <arch/io_ports.h>

enum { NO_CODE = SI_KERNEL };

struct trap_signal {
	u8 sig;
	u8 code;
	bool has_address; /* si_addr is the instruction */
};

static const struct trap_signal trap_signals[] = {
	[X86_TRAP_DE] = { SIGFPE, FPE_INTDIV, true },
	[X86_TRAP_DB] = { SIGTRAP, TRAP_TRACE, true },
	[X86_TRAP_BP] = { SIGTRAP, NO_CODE, false },
	[X86_TRAP_OF] = { SIGSEGV, NO_CODE, false },
	[X86_TRAP_BR] = { SIGSEGV, NO_CODE, false },
	[X86_TRAP_UD] = { SIGILL, ILL_ILLOPN, true },
	[X86_TRAP_TS] = { SIGSEGV, NO_CODE, false },
	[X86_TRAP_NP] = { SIGBUS, NO_CODE, false },
	[X86_TRAP_SS] = { SIGBUS, NO_CODE, false },
	[X86_TRAP_GP] = { SIGSEGV, NO_CODE, false },
	[X86_TRAP_MF] = { SIGFPE, FPE_FLTINV, true },
	[X86_TRAP_AC] = { SIGBUS, BUS_ADRALN, false },
	[X86_TRAP_XF] = { SIGFPE, FPE_FLTINV, true },
	[X86_TRAP_CP] = { SIGSEGV, NO_CODE, false },
};

/* Which of the floating-point exceptions it was: the bits are the same in the x87 status word and in MXCSR. */
static int float_code(int vector)
{
	u32 raised = fpu_raised_exceptions(vector);

	if (raised & 0x01)
		return FPE_FLTINV;
	if (raised & 0x04)
		return FPE_FLTDIV;
	if (raised & 0x08)
		return FPE_FLTOVF;
	if (raised & 0x12)
		return FPE_FLTUND;
	if (raised & 0x20)
		return FPE_FLTRES;
	return 0;
}

/* At iopl 3 a program may say CLI and STI, which do nothing: the real privilege level stays 0. */
static bool skip_interrupt_flag(struct pt_regs *regs)
{
	enum { CLI = 0xfa, STI = 0xfb };
	u8 code;

	if (arch_iopl(&current->thread) != 3 || copy_from_user(&code, uaddr(regs->ip), 1))
		return false;
	if (code != CLI && code != STI)
		return false;
	regs->ip++;
	return true;
}

void fault_trap(struct pt_regs *regs, int vector, unsigned long error)
{
	struct arch_thread *at = current_arch_thread();
	struct ksiginfo info = { 0 };
	const struct trap_signal *t;

	if (vector == X86_TRAP_GP && skip_interrupt_flag(regs))
		return;
	at->trap_nr = vector;
	at->fault_error = error;
	t = (size_t)vector < ARRAY_SIZE(trap_signals) ? &trap_signals[vector] : NULL;
	if (!t || !t->sig) {
		force_sig(SIGSEGV);
		return;
	}
	info.si_signo = t->sig;
	info.si_code = t->code;
	if (vector == X86_TRAP_MF || vector == X86_TRAP_XF) {
		info.si_code = float_code(vector);
		if (!info.si_code)
			return; /* spurious */
	}
	if (t->has_address)
		info.si_addr = (void *)regs->ip;
	force_sig_info(&info);
}

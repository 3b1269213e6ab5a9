/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syscall_gate.c - who stands between a thread and its system calls: seccomp's strict mode, user dispatch.
 *
 * WHAT        Strict mode leaves read, write, exit and rt_sigreturn; anything else ends the thread as SIGKILL would. User dispatch
 *             turns calls from outside a range of addresses into SIGSYS, when a byte of the program's says so.
 * INVARIANTS  I1  A thread with TIF_SECCOMP keeps it to its end; it can make no thread and start no program.
 *             I2  User dispatch comes first, belongs to one thread, and does not survive fork or exec.
 * LOCKING     The thread's own words.
 * ERRORS      -EINVAL, -EFAULT of the prctl options.
 * TESTS       tests/guest/process/prctl_test.c
 */
#include "process_impl.h"
#include <arch/io_ports.h>
#include <asm/unistd.h>
#include <linux/audit.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <process/exit.h>
#include <process/syscall_gate.h>
#include "cred_impl.h"
#include "exit_impl.h"

static long set_strict(void)
{
	arch_tsc_allow(false); /* no clock for covert channels */
	thread_set_work(&current->thread, TIF_SECCOMP);
	return 0;
}

static long set_user_dispatch(unsigned long mode, unsigned long offset, unsigned long len, uaddr_t selector)
{
	if (mode == PR_SYS_DISPATCH_OFF) {
		if (offset || len || !uaddr_is_null(selector))
			return -EINVAL;
		user_dispatch_clear();
		return 0;
	}
	if (mode != PR_SYS_DISPATCH_ON || (offset && offset + len <= offset))
		return -EINVAL;
	if (!uaddr_is_null(selector) && !access_ok(selector, 1))
		return -EFAULT;
	cur->dispatch_offset = offset;
	cur->dispatch_len = len;
	cur->dispatch_selector = selector;
	thread_set_work(&current->thread, TIF_USER_DISPATCH);
	return 0;
}

void user_dispatch_clear(void)
{
	thread_clear_work(&current->thread, TIF_USER_DISPATCH);
}

long prctl_syscall_gate(int option, unsigned long arg2, unsigned long arg3, unsigned long arg4, unsigned long arg5)
{
	switch (option) {
	case PR_GET_SECCOMP:
		return SECCOMP_MODE_DISABLED; /* in strict mode the question itself is forbidden */
	case PR_SET_SECCOMP:
		return arg2 == SECCOMP_MODE_STRICT ? set_strict() : -EINVAL;
	case PR_SET_SYSCALL_USER_DISPATCH:
		return set_user_dispatch(arg2, arg3, arg4, uaddr(arg5));
	default:
		return -ENOSYS;
	}
}

static void send_sigsys(struct pt_regs *regs)
{
	struct ksiginfo info = { 0 };

	info.si_signo = SIGSYS;
	info.si_code = SYS_USER_DISPATCH;
	info.si_call_addr = (void *)regs->ip;
	info.si_arch = AUDIT_ARCH_X86_64;
	info.si_syscall = (int)regs->orig_ax;
	regs->ax = regs->orig_ax;
	regs->orig_ax = REGS_NO_SYSCALL;
	force_sig_info(&info);
}

/* True: the program deals with the call itself. */
static bool dispatch_to_user(struct pt_regs *regs)
{
	u8 state = SYSCALL_DISPATCH_FILTER_BLOCK;

	if (regs->ip - cur->dispatch_offset < cur->dispatch_len)
		return false;
	if (!uaddr_is_null(cur->dispatch_selector) && get_user_u8(cur->dispatch_selector, &state)) {
		force_fatal_sig(SIGSEGV);
		return true;
	}
	if (state == SYSCALL_DISPATCH_FILTER_ALLOW)
		return false;
	if (state == SYSCALL_DISPATCH_FILTER_BLOCK)
		send_sigsys(regs);
	else
		force_fatal_sig(SIGSYS);
	return true;
}

static bool is_allowed_in_strict_mode(unsigned long nr)
{
	return nr == __NR_read || nr == __NR_write || nr == __NR_exit || nr == __NR_rt_sigreturn;
}

bool syscall_gate_passes(struct pt_regs *regs)
{
	struct thread *thread = &current->thread;

	if (thread_test_work(thread, TIF_USER_DISPATCH) && dispatch_to_user(regs))
		return false;
	if (thread_test_work(thread, TIF_SECCOMP) && !is_allowed_in_strict_mode((u32)regs->orig_ax))
		do_exit(SIGKILL);
	return true;
}

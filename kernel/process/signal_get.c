/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_get.c - what a thread does about its signals on the way back to user mode.
 *
 * WHAT        get_signal() takes signals until one wants a handler: it carries out default actions itself, that is it stops, it
 *             dies, or it goes on. Restarting an interrupted system call is decided here too, because only here is known
 *             whether a handler will run.
 * INVARIANTS  G1  Called at the boundary: no lock, interrupts on, nothing of the system call left but its result.
 *             G2  A system call that returned -ERESTART* is never seen by user space: it becomes a restart or -EINTR.
 * LOCKING     siglock while a signal is chosen; dropped before dying, stopping and asking about the process group,
 *             after which the choice starts over.
 * TESTS       tests/guest/process/signal_test.c
 */
#include "process_impl.h"
#include <process/exit.h>
#include "signal_frame_impl.h"
#include <asm/unistd.h>
#include <log/printk.h>
#include <process/report.h>

static bool is_ignored_by_default(int sig)
{
	return sigmask(sig) & (sigmask(SIGCONT) | sigmask(SIGCHLD) | sigmask(SIGWINCH) | sigmask(SIGURG));
}

/* The group owes its parent a note about a continue (or a stop that a continue cut short). */
static bool pay_parent_notice(void)
{
	struct signal_struct *signal = cur->signal;
	int why;

	if (likely(!(signal->flags & SIGNAL_CLD_MASK)))
		return false;
	why = signal->flags & SIGNAL_CLD_CONTINUED ? CLD_CONTINUED : CLD_STOPPED;
	signal->flags &= ~SIGNAL_CLD_MASK;
	spin_unlock_irq(&cur->sighand->siglock);
	notify_parent_stopped(current, why);
	return true;
}

#define CORE_SIGNALS                                                                                                   \
	(sigmask(SIGQUIT) | sigmask(SIGILL) | sigmask(SIGTRAP) | sigmask(SIGABRT) | sigmask(SIGBUS) | sigmask(SIGFPE) | \
	 sigmask(SIGSEGV) | sigmask(SIGSYS) | sigmask(SIGXCPU) | sigmask(SIGXFSZ))

/* A word about a program that did something wrong, if that is wanted. */
static void report_fatal(int sig)
{
	struct pt_regs *regs = arch_user_regs(&current->thread);

	if (unlikely(READ_ONCE(process_settings.print_fatal_signals)) && (sigmask(sig) & CORE_SIGNALS))
		pr_info("%s[%d]: ended by signal %d at %lx, stack %lx\n", current->thread.name, task_pid_nr(current), sig, regs->ip,
			regs->sp);
}

static void die_of(int sig)
{
	spin_unlock_irq(&cur->sighand->siglock);
	report_fatal(sig);
	do_group_exit(sig);
}

/* A stop signal with its default action. True: the lock was dropped, start over. */
static bool default_stop(int sig)
{
	if (sig != SIGSTOP) {
		bool is_orphaned;

		spin_unlock_irq(&cur->sighand->siglock);
		is_orphaned = is_current_pgrp_orphaned();
		if (is_orphaned)
			return true; /* nobody could continue it */
		spin_lock_irq(&cur->sighand->siglock);
	}
	return do_signal_stop_locked(sig);
}

enum verdict { SIGNAL_NONE, SIGNAL_HANDLE, SIGNAL_SKIP, SIGNAL_RELOCK };

/* Take one signal and act on it. siglock held; dropped for SIGNAL_RELOCK only. */
static enum verdict take_one(struct ksignal *ksig)
{
	struct signal_struct *signal = cur->signal;
	struct k_sigaction *action;
	int sig;

	if (unlikely((signal->flags & SIGNAL_GROUP_EXIT) || signal->group_exec_task)) {
		cur->pending.signal.bits &= ~sigmask(SIGKILL);
		die_of(signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : SIGKILL);
	}
	if (unlikely((cur->jobctl & JOBCTL_STOP_PENDING) && do_signal_stop_locked(0)))
		return SIGNAL_RELOCK;
	sig = dequeue_synchronous_locked(&ksig->info);
	if (!sig)
		sig = dequeue_signal_locked(&cur->blocked, &ksig->info);
	if (!sig)
		return SIGNAL_NONE;
	ksig->sig = sig;
	action = &cur->sighand->action[sig - 1];
	if (action->handler == (unsigned long)SIG_IGN)
		return SIGNAL_SKIP;
	if (action->handler != (unsigned long)SIG_DFL) {
		ksig->ka = *action;
		if (action->flags & SA_ONESHOT)
			action->handler = (unsigned long)SIG_DFL;
		return SIGNAL_HANDLE;
	}
	if (is_ignored_by_default(sig))
		return SIGNAL_SKIP;
	if ((signal->flags & SIGNAL_UNKILLABLE) && !(sigmask(sig) & SIG_KERNEL_ONLY_MASK))
		return SIGNAL_SKIP;
	if (sigmask(sig) & SIG_STOP_MASK) {
		cur->jobctl |= JOBCTL_STOP_DEQUEUED;
		return default_stop(sig) ? SIGNAL_RELOCK : SIGNAL_SKIP;
	}
	die_of(sig);
	return SIGNAL_NONE;
}

bool get_signal(struct ksignal *ksig)
{
	enum verdict verdict;

	for (;;) {
		spin_lock_irq(&cur->sighand->siglock);
		if (pay_parent_notice())
			continue;
		do {
			verdict = take_one(ksig);
		} while (verdict == SIGNAL_SKIP);
		if (verdict != SIGNAL_RELOCK)
			break;
	}
	spin_unlock_irq(&cur->sighand->siglock);
	return verdict == SIGNAL_HANDLE;
}

/* A handler runs: does the interrupted call start again after it? */
static void restart_before_handler(struct pt_regs *regs, unsigned long sa_flags)
{
	switch ((long)regs->ax) {
	case -ERESTARTSYS:
		if (!(sa_flags & SA_RESTART)) {
			regs->ax = -EINTR;
			break;
		}
		fallthrough;
	case -ERESTARTNOINTR:
		regs_restart_syscall(regs);
		break;
	case -ERESTART_RESTARTBLOCK:
	case -ERESTARTNOHAND:
		regs->ax = -EINTR;
		break;
	}
}

/* No handler runs: every interrupted call starts again. */
static void restart_without_handler(struct pt_regs *regs)
{
	switch ((long)regs->ax) {
	case -ERESTARTNOHAND:
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
		regs_restart_syscall(regs);
		break;
	case -ERESTART_RESTARTBLOCK:
		regs->ax = __NR_restart_syscall;
		regs->ip -= 2;
		break;
	}
}

static inline bool is_in_syscall(const struct pt_regs *regs)
{
	return (long)regs->orig_ax >= 0;
}

/* The mask while the handler runs. */
static void block_for_handler(const struct ksignal *ksig)
{
	ksigset_t blocked = { cur->blocked.bits | ksig->ka.mask.bits };

	cur->has_saved_sigmask = false;
	if (!(ksig->ka.flags & SA_NODEFER))
		blocked.bits |= sigmask(ksig->sig);
	set_current_blocked(&blocked);
}

static void run_handler(struct ksignal *ksig, struct pt_regs *regs)
{
	if (is_in_syscall(regs))
		restart_before_handler(regs, ksig->ka.flags);
	if (cur->rseq.v)
		rseq_signal_deliver(regs);
	if (signal_frame_push(ksig, regs)) {
		force_sigsegv(ksig->sig);
		return;
	}
	/* The handler starts as a function does. */
	regs->flags &= ~(X86_EFLAGS_DF | X86_EFLAGS_RF | X86_EFLAGS_TF);
	block_for_handler(ksig);
}

void signal_deliver(struct pt_regs *regs)
{
	struct ksignal ksig;

	if (thread_test_work(&current->thread, TIF_NOTIFY)) {
		thread_clear_work(&current->thread, TIF_NOTIFY);
		rseq_resume(regs);
		if (!signal_pending())
			return;
	}
	if (get_signal(&ksig)) {
		run_handler(&ksig, regs);
		return;
	}
	if (is_in_syscall(regs))
		restart_without_handler(regs);
	if (cur->has_saved_sigmask) {
		cur->has_saved_sigmask = false;
		set_current_blocked(&cur->saved_sigmask);
	}
}

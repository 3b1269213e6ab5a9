/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_wait.c - calls that wait for a signal, and temporary masks.
 *
 * WHAT        sigsuspend and pause wait for a handler; sigtimedwait takes a signal without one. While a thread waits in
 *             sigtimedwait the signals it wants are unblocked, and what the mask really is stands in real_blocked, so that a sender wakes
 *             it and does not throw the signal away. All this survives a park: the mask stays as the wait set it.
 * INVARIANTS  W1  real_blocked is not empty only between the first pass and the last of one sigtimedwait. The passes between read nothing
 *                 from the program that could fail: the set and the deadline are the call's.
 *             W2  The mask is closed and real_blocked emptied under one hold of siglock: to a sender in between, the signal would be one
 *                 that nobody waits for and nobody blocks, and so kill.
 * LOCKING     siglock for the masks and for taking a signal; never held across the wait.
 * ERRORS      -EAGAIN time over; -EINTR another signal came.
 * TESTS       tests/guest/process/signal_test.c
 */
#include "process_impl.h"
#include <lib/time_units.h>
#include <process/process_calls.h>
#include "timespec_impl.h"

enum { STAGE_WAITING = 1, KEEP_SET = 0 };

int set_user_sigmask(uaddr_t umask, size_t size)
{
	ksigset_t mask;

	if (uaddr_is_null(umask))
		return 0;
	if (size != sizeof(ksigset_t))
		return -EINVAL;
	if (get_user_u64(umask, &mask.bits))
		return -EFAULT;
	/* A pass after a park finds its mask installed already. */
	if (!cur->has_saved_sigmask) {
		cur->saved_sigmask = cur->blocked;
		cur->has_saved_sigmask = true;
	}
	set_current_blocked(&mask);
	return 0;
}

void restore_saved_sigmask_unless(bool interrupted)
{
	if (interrupted || !cur->has_saved_sigmask)
		return;
	cur->has_saved_sigmask = false;
	set_current_blocked(&cur->saved_sigmask);
}

/* Sleep until a signal is there. */
static long wait_for_handler(void)
{
	int ret = 0;

	while (!ret) {
		set_current_state(TASK_INTERRUPTIBLE);
		ret = wait_sleep(WAIT_LEVEL, DEADLINE_NEVER);
	}
	__set_current_state(TASK_RUNNING);
	return ret == -EPARK ? -EPARK : -ERESTARTNOHAND;
}

long sys_pause(void)
{
	return wait_for_handler();
}

long sys_rt_sigsuspend(uaddr_t set, size_t sigsetsize)
{
	int ret;

	if (sigsetsize != sizeof(ksigset_t))
		return -EINVAL;
	if (uaddr_is_null(set))
		return -EFAULT;
	if (call_current()->stage != STAGE_WAITING) {
		ret = set_user_sigmask(set, sigsetsize);
		if (ret)
			return ret;
		call_current()->stage = STAGE_WAITING;
	}
	return wait_for_handler();
}

/* First pass: take what is there, or open the mask for @these. */
static int take_or_open(const ksigset_t *these, struct ksiginfo *info, bool may_wait)
{
	ksigset_t others = { ~these->bits };
	int sig;

	with_spinlock_irq(&cur->sighand->siglock);
	sig = dequeue_signal_locked(&others, info);
	if (!sig && may_wait) {
		cur->real_blocked = cur->blocked;
		cur->blocked.bits &= ~these->bits;
		recalc_sigpending_locked();
	}
	return sig;
}

/* W2 */
static int close_and_take(const ksigset_t *these, struct ksiginfo *info)
{
	ksigset_t others = { ~these->bits };
	int sig;

	with_spinlock_irq(&cur->sighand->siglock);
	set_current_blocked_locked(cur->real_blocked.bits);
	cur->real_blocked.bits = 0;
	sig = dequeue_signal_locked(&others, info);
	recalc_sigpending_locked();
	return sig;
}

static long timed_wait(const ksigset_t *these, struct ksiginfo *info, u64 deadline, bool may_wait)
{
	int sig, ret;

	if (call_current()->stage != STAGE_WAITING) {
		sig = take_or_open(these, info, may_wait);
		if (sig || !may_wait)
			return sig ? sig : -EAGAIN;
		call_current()->stage = STAGE_WAITING;
	}
	do {
		set_current_state(TASK_INTERRUPTIBLE);
		ret = wait_sleep(WAIT_LEVEL, deadline);
	} while (!ret);
	__set_current_state(TASK_RUNNING);
	if (ret == -EPARK)
		return ret;
	sig = close_and_take(these, info);
	if (sig)
		return sig;
	return ret == -ETIME ? -EAGAIN : -EINTR;
}

long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timeout, size_t sigsetsize)
{
	struct timespec64 limit;
	u64 deadline = DEADLINE_NEVER;
	struct ksiginfo kinfo;
	ksigset_t these;
	bool may_wait = true;
	long sig;

	if (sigsetsize != sizeof(these))
		return -EINVAL;
	if (call_current()->stage == STAGE_WAITING)
		these.bits = (u64)call_take(KEEP_SET); /* W1 */
	else if (get_user_u64(set, &these.bits))
		return -EFAULT;
	these.bits &= ~SIG_KERNEL_ONLY_MASK;
	if (!uaddr_is_null(timeout) && !call_deadline_kept(&deadline)) {
		if (get_user_obj(&limit, timeout))
			return -EFAULT;
		if (!timespec64_valid(&limit))
			return -EINVAL;
		may_wait = limit.tv_sec || limit.tv_nsec;
		deadline = call_deadline(timespec64_to_ns(&limit));
	}
	sig = timed_wait(&these, &kinfo, deadline, may_wait);
	if (sig == -EPARK)
		call_keep(KEEP_SET, (void *)these.bits);
	if (sig > 0 && !uaddr_is_null(info) && copy_siginfo_to_user(info, &kinfo))
		return -EFAULT;
	return sig;
}

long sys_restart_syscall(void)
{
	const struct restart_ops *ops = cur->restart_block.ops;

	return ops ? ops->restart(&cur->restart_block) : -EINTR;
}

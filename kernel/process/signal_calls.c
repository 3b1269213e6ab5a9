/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_calls.c - the system calls about actions, masks and sending; waiting ones are in signal_wait.c.
 *
 * WHAT        An action that becomes "ignore" drops what is pending. A mask that closes hands shared signals to a
 *             thread that is open for them. Sending checks rights, then signal_send.c queues.
 * LOCKING     siglock for actions and masks. The caller's own mask is read without it.
 * ERRORS      as the manual pages say; each call checks its sigsetsize first (-EINVAL), then copies (-EFAULT).
 * TESTS       tests/guest/process/signal_test.c
 */
#include "process_impl.h"
#include "signal_frame_impl.h"
#include "exit_impl.h"
#include <process/process_calls.h>

#define SA_KNOWN_FLAGS                                                                                                 \
	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND |              \
	 SA_EXPOSE_TAGBITS | SA_RESTORER)

/* A shared signal that the caller is about to block must find another thread. siglock held. */
static void retarget_shared(u64 newly_blocked)
{
	struct signal_struct *signal = cur->signal;
	u64 bits = signal->shared_pending.signal.bits & newly_blocked;
	struct task *t;

	if (!bits)
		return;
	for_each_thread_of(signal, t) {
		struct task_process *tp = tproc(t);
		u64 takes = bits & ~tp->blocked.bits;

		if (t == current || tp->is_exiting || !takes)
			continue;
		bits &= ~takes;
		if (!thread_test_work(&t->thread, TIF_SIGPENDING))
			signal_wake_up(t, false);
		if (!bits)
			break;
	}
}

/* The caller exits: what the group got must find another thread. siglock held. */
void retarget_shared_signals_locked(void)
{
	retarget_shared(~cur->blocked.bits);
}

void set_current_blocked_locked(u64 bits)
{
	if (unlikely(cur->signal->nr_threads > 1) && thread_test_work(&current->thread, TIF_SIGPENDING))
		retarget_shared(bits & ~cur->blocked.bits);
	WRITE_ONCE(cur->blocked.bits, bits);
	recalc_sigpending_locked();
}

void set_current_blocked(ksigset_t *set)
{
	u64 bits = set->bits & ~SIG_KERNEL_ONLY_MASK;

	if (bits == cur->blocked.bits)
		return;
	with_spinlock_irq(&cur->sighand->siglock);
	set_current_blocked_locked(bits);
}

long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t oldset, size_t sigsetsize)
{
	u64 old = cur->blocked.bits;
	ksigset_t next = { old };
	u64 bits;

	if (sigsetsize != sizeof(ksigset_t))
		return -EINVAL;
	if (!uaddr_is_null(set)) {
		if (get_user_u64(set, &bits))
			return -EFAULT;
		switch (how) {
		case SIG_BLOCK:
			next.bits |= bits;
			break;
		case SIG_UNBLOCK:
			next.bits &= ~bits;
			break;
		case SIG_SETMASK:
			next.bits = bits;
			break;
		default:
			return -EINVAL;
		}
		set_current_blocked(&next);
	}
	return uaddr_is_null(oldset) ? 0 : put_user_u64(old, oldset);
}

/* An action that ignores drops what already waits: POSIX 2.4.3. siglock held. */
static void drop_if_ignored(int sig)
{
	struct task *t;

	if (!signal_action_ignores(cur->sighand->action[sig - 1].handler, sig))
		return;
	flush_signal_mask(sigmask(sig), &cur->signal->shared_pending);
	for_each_thread_of(cur->signal, t)
		flush_signal_mask(sigmask(sig), &tproc(t)->pending);
}

int do_sigaction(int sig, const struct k_sigaction *act, struct k_sigaction *oact)
{
	struct k_sigaction *slot;

	if (sig < 1 || sig > NSIGNALS || (act && (sigmask(sig) & SIG_KERNEL_ONLY_MASK)))
		return -EINVAL;
	slot = &cur->sighand->action[sig - 1];
	with_spinlock_irq(&cur->sighand->siglock);
	if (oact) {
		*oact = *slot;
		oact->flags &= SA_KNOWN_FLAGS;
	}
	if (act) {
		*slot = *act;
		slot->flags &= SA_KNOWN_FLAGS;
		slot->mask.bits &= ~SIG_KERNEL_ONLY_MASK;
		drop_if_ignored(sig);
	}
	return 0;
}

long sys_rt_sigaction(int sig, uaddr_t act, uaddr_t oldact, size_t sigsetsize)
{
	bool has_act = !uaddr_is_null(act), has_old = !uaddr_is_null(oldact);
	struct k_sigaction new_action, old_action;
	int ret;

	if (sigsetsize != sizeof(ksigset_t))
		return -EINVAL;
	if (has_act && get_user_obj(&new_action, act))
		return -EFAULT;
	ret = do_sigaction(sig, has_act ? &new_action : NULL, has_old ? &old_action : NULL);
	if (!ret && has_old)
		ret = put_user_obj(&old_action, oldact);
	return ret;
}

void flush_signal_handlers(struct task *task, bool force)
{
	struct k_sigaction *action = tproc(task)->sighand->action;

	for (int i = 0; i < NSIGNALS; i++) {
		if (force || action[i].handler != (unsigned long)SIG_IGN)
			action[i].handler = (unsigned long)SIG_DFL;
		action[i].flags = 0;
		action[i].restorer = 0;
		action[i].mask.bits = 0;
	}
}

long sys_rt_sigpending(uaddr_t set, size_t sigsetsize)
{
	u64 bits;

	if (sigsetsize > sizeof(ksigset_t))
		return -EINVAL;
	spin_lock_irq(&cur->sighand->siglock);
	bits = (cur->pending.signal.bits | cur->signal->shared_pending.signal.bits) & cur->blocked.bits;
	spin_unlock_irq(&cur->sighand->siglock);
	return copy_to_user(set, &bits, sigsetsize) ? -EFAULT : 0;
}

static void fill_kill_info(struct ksiginfo *info, int sig, int code)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = code;
	info->si_pid = task_tgid_vnr(current);
	info->si_uid = from_kuid_munged(current_user_ns(), current_uid());
}

/* kill(-1): everybody the caller may signal, but not itself and not an init. */
static int kill_all(int sig, struct ksiginfo *info)
{
	struct pid_namespace *ns = task_active_pid_ns(current);
	int ret = 0, nr = 0;
	struct task *t;

	with_spinlock_irqsave(&tasklist_lock);
	for_each_process(t) {
		int one;

		if (task_pid_nr_ns(t, ns) <= 1 || same_thread_group(t, current))
			continue;
		one = group_send_sig_info(sig, info, t, PIDTYPE_MAX);
		nr++;
		if (one != -EPERM)
			ret = one;
	}
	return nr ? ret : -ESRCH;
}

static int kill_group_nr(int sig, struct ksiginfo *info, pid_t nr)
{
	struct pid *pgrp = nr ? find_get_pid(nr) : get_task_pid(current, PIDTYPE_PGID);
	int ret = pgrp ? kill_pgrp_info(sig, info, pgrp) : -ESRCH;

	put_pid(pgrp);
	return ret;
}

static int kill_something(int sig, struct ksiginfo *info, pid_t nr)
{
	if (nr > 0) {
		with_rcu();
		struct pid *pid = find_vpid(nr);

		return pid ? kill_pid_info(sig, info, pid) : -ESRCH;
	}
	if (nr == INT_MIN)
		return -ESRCH;
	return nr == -1 ? kill_all(sig, info) : kill_group_nr(sig, info, -nr);
}

long sys_kill(pid_t pid, int sig)
{
	struct ksiginfo info;

	fill_kill_info(&info, sig, SI_USER);
	return kill_something(sig, &info, pid);
}

static int send_to_thread(pid_t tgid, pid_t tid, int sig, struct ksiginfo *info)
{
	struct task *t;
	int ret;

	with_rcu();
	t = find_task_by_vpid(tid);
	if (!t || (tgid > 0 && task_tgid_vnr(t) != tgid))
		return -ESRCH;
	ret = group_send_sig_info(sig, info, t, PIDTYPE_PID);
	/* Gone between lookup and lock: POSIX lets a signal to a dying thread succeed. */
	return ret == -ESRCH && sig ? 0 : ret;
}

long sys_tgkill(pid_t tgid, pid_t tid, int sig)
{
	struct ksiginfo info;

	if (tgid <= 0 || tid <= 0)
		return -EINVAL;
	fill_kill_info(&info, sig, SI_TKILL);
	return send_to_thread(tgid, tid, sig, &info);
}

long sys_tkill(pid_t tid, int sig)
{
	struct ksiginfo info;

	if (tid <= 0)
		return -EINVAL;
	fill_kill_info(&info, sig, SI_TKILL);
	return send_to_thread(0, tid, sig, &info);
}

/* Only to itself may a process send what looks like coming from the kernel or from kill(). */
static bool may_forge(const struct ksiginfo *info, pid_t target)
{
	return (info->si_code < 0 && info->si_code != SI_TKILL) || task_pid_vnr(current) == target;
}

long sys_rt_sigqueueinfo(pid_t pid, int sig, uaddr_t info)
{
	struct ksiginfo kinfo;
	int ret = copy_siginfo_from_user(&kinfo, info);

	if (ret)
		return ret;
	kinfo.si_signo = sig;
	if (!may_forge(&kinfo, pid))
		return -EPERM;
	if (pid <= 0)
		return -ESRCH;
	return kill_something(sig, &kinfo, pid);
}

long sys_rt_tgsigqueueinfo(pid_t tgid, pid_t tid, int sig, uaddr_t info)
{
	struct ksiginfo kinfo;
	int ret = copy_siginfo_from_user(&kinfo, info);

	if (ret)
		return ret;
	if (tgid <= 0 || tid <= 0)
		return -EINVAL;
	kinfo.si_signo = sig;
	if (!may_forge(&kinfo, tid))
		return -EPERM;
	return send_to_thread(tgid, tid, sig, &kinfo);
}

static int pidfd_info(struct ksiginfo *kinfo, int sig, uaddr_t info, struct pid *pid)
{
	int ret;

	if (uaddr_is_null(info)) {
		fill_kill_info(kinfo, sig, SI_USER);
		return 0;
	}
	ret = copy_siginfo_from_user(kinfo, info);
	if (ret)
		return ret;
	if (sig != kinfo->si_signo)
		return -EINVAL;
	if (pid != task_tgid(current) && (kinfo->si_code >= 0 || kinfo->si_code == SI_TKILL))
		return -EPERM;
	return 0;
}

long sys_pidfd_send_signal(int pidfd, int sig, uaddr_t info, u32 flags)
{
	struct ksiginfo kinfo;
	struct pid *pid;
	int ret;

	if (flags)
		return -EINVAL;
	pid = pidfd_or_directory_get_pid(pidfd);
	if (IS_ERR(pid))
		return PTR_ERR(pid);
	ret = -EINVAL;
	/* The process must be visible from here. */
	if (pid_vnr(pid))
		ret = pidfd_info(&kinfo, sig, info, pid);
	if (!ret)
		ret = kill_pid_info(sig, &kinfo, pid);
	put_pid(pid);
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_send.c - sending: what a new signal does before anybody sees it, and whom it wakes.
 *
 * WHAT        send_signal_locked() is the one way in. It applies what must happen at once (stop and continue cancel each
 *             other, ignored signals vanish), queues the rest, and chooses a thread that can take it. A signal that will
 *             certainly kill becomes a SIGKILL for every thread here already.
 * INVARIANTS  S1  A process never has both a stop signal and SIGCONT pending.
 *             S2  When a signal that some thread could take is pending, at least one such thread has TIF_SIGPENDING.
 *             S3  Nothing here sleeps or allocates except one GFP_ATOMIC queue entry.
 * LOCKING     siglock of the receiver, with interrupts off. Groups: tasklist_lock, so that a fork in progress is either linked
 *             already or notes the signal for its child.
 * ERRORS      -EINVAL bad number; -ESRCH nobody; -EPERM rights; -EAGAIN queue limit.
 * TESTS       tests/guest/process/signal_test.c
 */
#include "process_impl.h"
#include <pages/slab.h>
#include "exit_impl.h"

static bool is_valid_signal(int sig)
{
	return sig >= 0 && sig <= NSIGNALS;
}

/* Would the action for @sig, as it stands, throw it away? */
bool signal_action_ignores(unsigned long handler, int sig)
{
	const u64 ignored_by_default = sigmask(SIGCONT) | sigmask(SIGCHLD) | sigmask(SIGWINCH) | sigmask(SIGURG);

	return handler == (unsigned long)SIG_IGN ||
	       (handler == (unsigned long)SIG_DFL && (sigmask(sig) & ignored_by_default));
}

static bool task_handler_ignores(struct task *task, int sig, bool force)
{
	struct task_process *tp = tproc(task);
	unsigned long handler = tp->sighand->action[sig - 1].handler;

	/* Nothing but the kernel itself kills the first process of the whole machine. */
	if (unlikely(is_global_init(task)) && (sigmask(sig) & SIG_KERNEL_ONLY_MASK))
		return true;
	if (unlikely(tp->signal->flags & SIGNAL_UNKILLABLE) && handler == (unsigned long)SIG_DFL &&
	    !(force && (sigmask(sig) & SIG_KERNEL_ONLY_MASK)))
		return true;
	return signal_action_ignores(handler, sig);
}

bool signal_is_ignored(struct task *task, int sig, bool force)
{
	/* A blocked signal stays: its action may change before it is unblocked. */
	if ((tproc(task)->blocked.bits | tproc(task)->real_blocked.bits) & sigmask(sig))
		return false;
	return task_handler_ignores(task, sig, force);
}

/* Remove the signals in @mask from @pending. */
void flush_signal_mask(u64 mask, struct sigpending *pending)
{
	struct sigqueue *q, *next;

	if (!(pending->signal.bits & mask))
		return;
	pending->signal.bits &= ~mask;
	list_for_each_entry_safe(q, next, &pending->list, list) {
		if (!(sigmask(q->info.si_signo) & mask))
			continue;
		list_del_init(&q->list);
		sigqueue_put(q);
	}
}

static void flush_group_mask(struct signal_struct *signal, u64 mask)
{
	struct task *t;

	flush_signal_mask(mask, &signal->shared_pending);
	for_each_thread_of(signal, t)
		flush_signal_mask(mask, &tproc(t)->pending);
}

/* SIGCONT: cancel what wanted to stop, wake who is stopped, note what the parent is owed. */
static void continue_group(struct signal_struct *signal)
{
	u32 owed = 0;
	struct task *t;

	flush_group_mask(signal, SIG_STOP_MASK);
	for_each_thread_of(signal, t) {
		task_stop_pending_locked(t);
		tproc(t)->jobctl &= ~JOBCTL_STOPPED;
		thread_wake(&t->thread, TASK_STOPPED);
	}
	if (signal->flags & SIGNAL_STOP_STOPPED)
		owed = SIGNAL_CLD_CONTINUED;
	else if (signal->group_stop_count)
		owed = SIGNAL_CLD_STOPPED;
	if (owed) {
		/* The first thread that comes by tells the parent: get_signal(). */
		signal->flags = (signal->flags & ~SIGNAL_STOP_MASK) | owed | SIGNAL_STOP_CONTINUED;
		signal->group_stop_count = 0;
		signal->group_exit_code = 0;
	}
}

/* What @sig does at once. False: nothing is left to queue. */
static bool prepare_signal(int sig, struct task *task, bool force)
{
	struct signal_struct *signal = tproc(task)->signal;

	if (signal->flags & SIGNAL_GROUP_EXIT)
		return false; /* it is dying anyway */
	if (sigmask(sig) & SIG_STOP_MASK)
		flush_group_mask(signal, sigmask(SIGCONT));
	else if (sig == SIGCONT)
		continue_group(signal);
	return !signal_is_ignored(task, sig, force);
}

/* Can @task take @sig now? */
static bool wants_signal(int sig, struct task *task)
{
	struct task_process *tp = tproc(task);

	if (sigset_has(&tp->blocked, sig) || tp->is_exiting)
		return false;
	if (sig == SIGKILL)
		return true;
	if (tp->jobctl & JOBCTL_STOPPED)
		return false;
	return current == task || !thread_test_work(&task->thread, TIF_SIGPENDING);
}

static bool is_fatal_by_default(int sig)
{
	const u64 harmless = sigmask(SIGCONT) | sigmask(SIGCHLD) | sigmask(SIGWINCH) | sigmask(SIGURG) | SIG_STOP_MASK;

	return !(sigmask(sig) & harmless);
}

static bool is_certainly_fatal(struct task *task, int sig)
{
	struct task_process *tp = tproc(task);

	return is_fatal_by_default(sig) && tp->sighand->action[sig - 1].handler == (unsigned long)SIG_DFL &&
	       !(tp->signal->flags & (SIGNAL_UNKILLABLE | SIGNAL_GROUP_EXIT)) && !sigset_has(&tp->real_blocked, sig);
}

void signal_wake_up(struct task *task, bool fatal)
{
	if (fatal && !tproc(task)->is_exiting) {
		task->thread.fatal_signal = true;
		tproc(task)->jobctl &= ~JOBCTL_STOPPED;
	}
	thread_set_work(&task->thread, TIF_SIGPENDING);
	if (!thread_wake(&task->thread, TASK_INTERRUPTIBLE | (fatal ? TASK_WAKEKILL | TASK_STOPPED : 0)))
		thread_kick(&task->thread);
}

/* Everybody in @start's group dies with @exit_code. */
void zap_process_locked(struct task *start, int exit_code)
{
	struct signal_struct *signal = tproc(start)->signal;
	struct task *t;

	signal->flags = SIGNAL_GROUP_EXIT | (signal->flags & SIGNAL_UNKILLABLE);
	signal->group_exit_code = exit_code;
	signal->group_stop_count = 0;
	for_each_thread_of(signal, t) {
		task_stop_pending_locked(t);
		tproc(t)->pending.signal.bits |= sigmask(SIGKILL);
		signal_wake_up(t, true);
	}
}

/* Everybody but the caller dies with @exit_code. */
void zap_other_threads_locked(int exit_code)
{
	struct signal_struct *signal = cur->signal;
	struct task *t;

	signal->flags = SIGNAL_GROUP_EXIT | (signal->flags & SIGNAL_UNKILLABLE);
	signal->group_exit_code = exit_code;
	signal->group_stop_count = 0;
	for_each_thread_of(signal, t) {
		task_stop_pending_locked(t);
		if (t == current || tproc(t)->is_exiting)
			continue;
		tproc(t)->pending.signal.bits |= sigmask(SIGKILL);
		signal_wake_up(t, true);
	}
}

/* Find a thread for a signal to the group; NULL: all block it, they find it when they unblock. */
static struct task *choose_thread(int sig, struct task *task, int type)
{
	struct signal_struct *signal = tproc(task)->signal;
	struct task *t;

	if (wants_signal(sig, task))
		return task;
	if (type == PIDTYPE_PID || signal->nr_threads == 1)
		return NULL;
	/* Go round from where the last one went. */
	t = signal->curr_target;
	for (int i = 0; i < signal->nr_threads; i++) {
		struct list_head *next = tproc(t)->thread_node.next;

		if (wants_signal(sig, t)) {
			signal->curr_target = t;
			return t;
		}
		if (next == &signal->thread_head)
			next = next->next;
		t = list_entry(next, struct task_process, thread_node)->task;
	}
	return NULL;
}

static void complete_signal(int sig, struct task *task, int type)
{
	struct task *target = choose_thread(sig, task, type);

	if (!target)
		return;
	if (is_certainly_fatal(target, sig)) {
		zap_process_locked(target, sig);
		return;
	}
	signal_wake_up(target, sig == SIGKILL);
}

static void fill_user_info(struct ksiginfo *info, int sig, struct task *task)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = SI_USER;
	with_rcu();
	info->si_pid = task_tgid_nr_ns(current, task_active_pid_ns(task));
	info->si_uid = from_kuid_munged(task_cred_user_ns(task), current_uid());
}

static void fill_info(struct ksiginfo *to, const struct ksiginfo *info, int sig, struct task *task)
{
	if (info == SEND_SIG_NOINFO) {
		fill_user_info(to, sig, task);
	} else if (info == SEND_SIG_PRIV) {
		memset(to, 0, sizeof(*to));
		to->si_signo = sig;
		to->si_code = SI_KERNEL;
	} else {
		*to = *info;
	}
}

static bool is_special(const struct ksiginfo *info)
{
	return info == SEND_SIG_NOINFO || info == SEND_SIG_PRIV;
}

/* Queue an entry; may do without one. -EAGAIN when the data would be lost. */
static int queue_info(int sig, const struct ksiginfo *info, struct task *task, struct sigpending *pending)
{
	bool override = sig < SIGRTMIN && (is_special(info) || info->si_code >= 0);
	struct sigqueue *q = sigqueue_alloc_for(sig, task, 0, override);

	if (q) {
		list_add_tail(&q->list, &pending->list);
		fill_info(&q->info, info, sig, task);
		return 0;
	}
	if (!is_special(info) && sig >= SIGRTMIN && info->si_code != SI_USER)
		return -EAGAIN;
	return 0;
}

/* Children that are being made are members of the process group too: fork.c K2. S1 holds for them as well. */
static void note_for_forks(struct signal_struct *signal, int sig)
{
	struct fork_signals *fork;

	list_for_each_entry(fork, &signal->forks, node) {
		if (sigmask(sig) & SIG_STOP_MASK)
			fork->got.bits &= ~sigmask(SIGCONT);
		else if (sig == SIGCONT)
			fork->got.bits &= ~SIG_STOP_MASK;
		fork->got.bits |= sigmask(sig);
	}
}

static int send_forced_locked(int sig, struct ksiginfo *info, struct task *task, int type, bool force)
{
	struct task_process *tp = tproc(task);
	struct sigpending *pending;
	int ret;

	lock_assert_held(&tp->sighand->siglock);
	if (!prepare_signal(sig, task, force))
		return 0;
	if (type > PIDTYPE_TGID)
		note_for_forks(tp->signal, sig);
	pending = type != PIDTYPE_PID ? &tp->signal->shared_pending : &tp->pending;
	if (sig < SIGRTMIN && sigset_has(&pending->signal, sig))
		return 0; /* Q1: one is enough */
	if (sig != SIGKILL && !(task->thread.flags & THREAD_KERNEL)) {
		ret = queue_info(sig, info, task, pending);
		if (ret)
			return ret;
	}
	pending->signal.bits |= sigmask(sig);
	if (waitqueue_active(&tp->sighand->signalfd_wait))
		wake_up_poll(&tp->sighand->signalfd_wait, 1 /* EPOLLIN */);
	complete_signal(sig, task, type);
	return 0;
}

/* Does a sender outside the receiver's pid namespace count as force? Its init obeys such SIGKILL and SIGSTOP. */
static bool is_forcing(const struct ksiginfo *info, struct task *task)
{
	if (info == SEND_SIG_PRIV)
		return true;
	if (info == SEND_SIG_NOINFO || info->si_code == SI_USER) {
		struct pid_namespace *ns = task_active_pid_ns(task);

		return !ns || !task_pid_nr_ns(current, ns);
	}
	return info->si_code > 0;
}

/* A siginfo of the caller speaks in its namespaces; the receiver reads it in its own. */
static void translate_ids(struct ksiginfo *info, struct task *task)
{
	struct pid_namespace *ns = task_active_pid_ns(task);

	if (!ns || info->si_code > 0)
		return;
	if (info->si_code == SI_TIMER || info->si_code == SI_SIGIO)
		return;
	if (!task_pid_nr_ns(current, ns))
		info->si_pid = 0;
	if (task_cred_user_ns(task) != current_user_ns())
		info->si_uid = from_kuid_munged(task_cred_user_ns(task),
						make_kuid(current_user_ns(), info->si_uid));
}

int send_signal_locked(int sig, struct ksiginfo *info, struct task *task, int type)
{
	struct ksiginfo copy;

	if (!is_special(info) && info->si_code <= 0) {
		copy = *info;
		translate_ids(&copy, task);
		info = &copy;
	}
	return send_forced_locked(sig, info, task, type, is_forcing(info, task));
}

int send_signal_info(int sig, struct ksiginfo *info, struct task *task, int type)
{
	unsigned long flags;
	int ret;

	if (!is_valid_signal(sig))
		return -EINVAL;
	if (!lock_task_sighand(task, &flags))
		return -ESRCH;
	ret = sig ? send_signal_locked(sig, info, task, type) : 0;
	unlock_task_sighand(task, flags);
	return ret;
}

int send_sig(int sig, struct task *task, int priv)
{
	return send_signal_info(sig, priv ? SEND_SIG_PRIV : SEND_SIG_NOINFO, task, PIDTYPE_PID);
}

/* May the caller's credentials signal @task? RCU. */
static bool cred_may_kill(const struct cred *cred, struct task *task)
{
	const struct cred *tcred = rcu_dereference(task->real_cred);

	return uid_eq(cred->euid, tcred->suid) || uid_eq(cred->euid, tcred->uid) || uid_eq(cred->uid, tcred->suid) ||
	       uid_eq(cred->uid, tcred->uid) || ns_capable(tcred->user_ns, CAP_KILL);
}

static int check_kill_permission(int sig, struct ksiginfo *info, struct task *task)
{
	if (!is_valid_signal(sig))
		return -EINVAL;
	/* What the kernel itself sends is always right. */
	if (info == SEND_SIG_PRIV || (!is_special(info) && info->si_code > 0))
		return 0;
	if (!same_thread_group(current, task) && !cred_may_kill(current_cred(), task)) {
		/* SIGCONT may go anywhere inside the session. */
		if (sig != SIGCONT || task_session(current) != task_session(task))
			return -EPERM;
	}
	return security_task_kill(task, sig);
}

int group_send_sig_info(int sig, struct ksiginfo *info, struct task *task, int type)
{
	int ret;

	rcu_read_lock();
	ret = check_kill_permission(sig, info, task);
	rcu_read_unlock();
	if (!ret && sig)
		ret = send_signal_info(sig, info, task, type);
	return ret;
}

void signal_all_processes(int sig)
{
	struct task *t;

	with_spinlock_irqsave(&tasklist_lock); /* as kill(-1): a fork under way is before it, or its child gets the signal */
	for_each_process(t)
		if (!is_global_init(t) && !(t->flags & PF_KTHREAD))
			send_signal_info(sig, SEND_SIG_PRIV, t, PIDTYPE_MAX);
}

int kill_pgrp_info(int sig, struct ksiginfo *info, struct pid *pgrp)
{
	bool reached = false;
	struct task *t;
	int ret = -ESRCH;

	with_spinlock_irqsave(&tasklist_lock);
	for_each_pid_task(pgrp, PIDTYPE_PGID, t) {
		int one = group_send_sig_info(sig, info, t, PIDTYPE_PGID);

		reached |= !one;
		ret = one;
	}
	return reached ? 0 : ret;
}

int kill_pid_info(int sig, struct ksiginfo *info, struct pid *pid)
{
	struct task *t;
	int ret = -ESRCH;

	with_rcu();
	/* An exec in another thread may just be taking over the leader's identity: look again. */
	while ((t = pid_task(pid, PIDTYPE_PID))) {
		ret = group_send_sig_info(sig, info, t, PIDTYPE_TGID);
		if (ret != -ESRCH || pid_task(pid, PIDTYPE_PID) == t)
			break;
	}
	return ret;
}

int kill_pgrp(struct pid *pgrp, int sig, int priv)
{
	return kill_pgrp_info(sig, priv ? SEND_SIG_PRIV : SEND_SIG_NOINFO, pgrp);
}

int kill_pid(struct pid *pid, int sig, int priv)
{
	return kill_pid_info(sig, priv ? SEND_SIG_PRIV : SEND_SIG_NOINFO, pid);
}

int kill_pid_as_cred(int sig, struct ksiginfo *info, struct pid *pid, const struct cred *cred)
{
	struct task *t;

	if (!is_valid_signal(sig))
		return -EINVAL;
	with_rcu();
	t = pid_task(pid, PIDTYPE_PID);
	if (!t)
		return -ESRCH;
	if (!cred_may_kill(cred, t))
		return -EPERM;
	return sig ? send_signal_info(sig, info, t, PIDTYPE_TGID) : 0;
}

/* A fault of the caller: unblock and reset the action if it could not be taken otherwise. */
static void force_locked(struct ksiginfo *info, bool is_deadly)
{
	int sig = info->si_signo;
	struct k_sigaction *action = &cur->sighand->action[sig - 1];
	bool is_blocked = sigset_has(&cur->blocked, sig);

	if (is_deadly || is_blocked || action->handler == (unsigned long)SIG_IGN) {
		action->handler = (unsigned long)SIG_DFL;
		if (is_blocked)
			cur->blocked.bits &= ~sigmask(sig);
	}
	/* Not even an init survives its own fault. */
	if (action->handler == (unsigned long)SIG_DFL)
		cur->signal->flags &= ~SIGNAL_UNKILLABLE;
	send_forced_locked(sig, info, current, PIDTYPE_PID, true);
	recalc_sigpending_locked();
}

void force_sig_info(struct ksiginfo *info)
{
	with_spinlock_irqsave(&cur->sighand->siglock);
	force_locked(info, false);
}

static void force_kernel(int sig, bool is_deadly)
{
	struct ksiginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	with_spinlock_irqsave(&cur->sighand->siglock);
	force_locked(&info, is_deadly);
}

void force_sig(int sig)
{
	force_kernel(sig, false);
}

void force_fatal_sig(int sig)
{
	force_kernel(sig, true);
}

void force_sigsegv(int sig)
{
	force_kernel(SIGSEGV, sig == SIGSEGV);
}

void force_sig_fault(int sig, int code, unsigned long addr)
{
	struct ksiginfo info = { .si_signo = sig, .si_code = code };

	info.si_addr = (void *)addr;
	force_sig_info(&info);
}

void force_sig_pkey_fault(unsigned long addr, u32 key)
{
	struct ksiginfo info = { .si_signo = SIGSEGV, .si_code = SEGV_PKUERR };

	info.si_addr = (void *)addr;
	info.si_pkey = key;
	force_sig_info(&info);
}

int send_sigqueue_locked(struct sigqueue *q, struct task *task, int type)
{
	struct task_process *tp = tproc(task);
	int sig = q->info.si_signo;
	struct sigpending *pending;

	lock_assert_held(&tp->sighand->siglock);
	if (!prepare_signal(sig, task, false))
		return 1;
	if (!list_empty(&q->list))
		return 0;
	pending = type != PIDTYPE_PID ? &tp->signal->shared_pending : &tp->pending;
	list_add_tail(&q->list, &pending->list);
	pending->signal.bits |= sigmask(sig);
	if (waitqueue_active(&tp->sighand->signalfd_wait))
		wake_up_poll(&tp->sighand->signalfd_wait, 1);
	complete_signal(sig, task, type);
	return 0;
}

bool is_ignored(int sig)
{
	return sigset_has(&cur->blocked, sig) || cur->sighand->action[sig - 1].handler == (unsigned long)SIG_IGN;
}

void collect_signal_sets(struct task *task, ksigset_t *ignored, ksigset_t *caught)
{
	struct k_sigaction *action = tproc(task)->sighand->action;

	ignored->bits = caught->bits = 0;
	for (int sig = 1; sig <= NSIGNALS; sig++) {
		if (action[sig - 1].handler == (unsigned long)SIG_IGN)
			ignored->bits |= sigmask(sig);
		else if (action[sig - 1].handler != (unsigned long)SIG_DFL)
			caught->bits |= sigmask(sig);
	}
}

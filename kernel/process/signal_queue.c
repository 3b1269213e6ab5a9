/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_queue.c - signals that wait: the queues, their entries, and taking one out.
 *
 * WHAT        A struct sigpending is a bit set and a list. Each set bit has at least one event; a list entry carries its
 *             siginfo. A bit without an entry (no memory, over the limit) is a signal whose origin is not known.
 * INVARIANTS  Q1  An entry on the list implies its bit. A signal below SIGRTMIN has at most one entry.
 *             Q2  user->sigpending counts the entries that were charged to that user.
 *             Q3  A preallocated entry (timers) is never freed here; it only leaves the list.
 * LOCKING     siglock. The one-entry cache of a thread is guarded by the siglock of that thread as well.
 * ERRORS      Real-time signals that carry data and exceed RLIMIT_SIGPENDING: -EAGAIN. All others go through as a bare bit.
 * TESTS       tests/guest/process/signal_test.c
 */
#include "process_impl.h"
#include <pages/slab.h>

/* Charge one entry to the real user of @task. False: the limit is reached. */
static bool charge_user(struct task *task, struct user_struct *user, bool override_limit)
{
	long count = atomic_long_inc_return(&user->sigpending);

	if (override_limit || count <= (long)task_rlimit(task, RLIMIT_SIGPENDING))
		return true;
	atomic_long_dec(&user->sigpending);
	return false;
}

struct sigqueue *sigqueue_alloc_for(int sig, struct task *task, u32 flags, bool override_limit)
{
	struct task_process *tp = tproc(task);
	struct user_struct *user;
	struct sigqueue *q;

	/* The caller's siglock or RCU section keeps the credentials. */
	user = rcu_dereference(task->real_cred)->user;
	if (!charge_user(task, user, override_limit))
		return NULL;
	if (tp->sigqueue_cache && !flags) {
		q = tp->sigqueue_cache;
		tp->sigqueue_cache = NULL;
	} else {
		q = kmem_cache_alloc(process_state.sigqueue_cache, GFP_ATOMIC | __GFP_NOWARN);
		if (!q) {
			atomic_long_dec(&user->sigpending);
			return NULL;
		}
	}
	INIT_LIST_HEAD(&q->list);
	q->flags = flags;
	q->user = get_uid(user);
	return q;
}

void sigqueue_put(struct sigqueue *q)
{
	if (q->flags & SIGQUEUE_PREALLOC)
		return;
	atomic_long_dec(&q->user->sigpending);
	put_uid(q->user);
	kmem_cache_free(process_state.sigqueue_cache, q);
}

/* The same for the caller's own entry, which it keeps for the next signal. siglock held. */
static void sigqueue_put_to_cache(struct sigqueue *q)
{
	if (q->flags & SIGQUEUE_PREALLOC)
		return;
	if (cur->sigqueue_cache || cur->is_exiting) {
		sigqueue_put(q);
		return;
	}
	atomic_long_dec(&q->user->sigpending);
	put_uid(q->user);
	cur->sigqueue_cache = q;
}

void flush_sigqueue(struct sigpending *queue)
{
	struct sigqueue *q, *next;

	queue->signal.bits = 0;
	list_for_each_entry_safe(q, next, &queue->list, list) {
		list_del_init(&q->list);
		sigqueue_put(q);
	}
}

/* Which of @bits goes first: what the program itself caused, then the lowest number. */
static int first_signal(u64 bits)
{
	u64 sync = bits & SIG_SYNCHRONOUS_MASK;

	return __builtin_ctzll(sync ? sync : bits) + 1;
}

static void fill_unknown_info(struct ksiginfo *info, int sig)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = sig;
	info->si_code = SI_USER;
}

/* Take @sig out of @pending: its oldest entry, and the bit when that was the last. */
static void collect_signal(int sig, struct sigpending *pending, struct ksiginfo *info, bool *rearm)
{
	struct sigqueue *q, *first = NULL;
	bool is_more = false;

	list_for_each_entry(q, &pending->list, list) {
		if (q->info.si_signo != sig)
			continue;
		if (first) {
			is_more = true;
			break;
		}
		first = q;
		if (sig < SIGRTMIN)
			break;
	}
	if (!is_more)
		pending->signal.bits &= ~sigmask(sig);
	if (!first) {
		fill_unknown_info(info, sig);
		return;
	}
	list_del_init(&first->list);
	*info = first->info;
	*rearm = (first->flags & SIGQUEUE_PREALLOC) && info->si_code == SI_TIMER;
	sigqueue_put_to_cache(first);
}

int dequeue_locked(const ksigset_t *mask, struct ksiginfo *info, bool *rearm)
{
	struct sigpending *pending = &cur->pending;
	u64 bits = pending->signal.bits & ~mask->bits;
	int sig;

	*rearm = false;
	if (!bits) {
		pending = &cur->signal->shared_pending;
		bits = pending->signal.bits & ~mask->bits;
		if (!bits) {
			/* A signal that was cancelled, or that another thread took, leaves its notice behind. */
			recalc_sigpending_locked();
			return 0;
		}
	}
	sig = first_signal(bits);
	collect_signal(sig, pending, info, rearm);
	if (sig == SIGALRM && pending != &cur->pending)
		itimer_real_rearm_locked();
	recalc_sigpending_locked();
	return sig;
}

int dequeue_signal_locked(const ksigset_t *mask, struct ksiginfo *info)
{
	bool rearm;
	int sig = dequeue_locked(mask, info, &rearm);

	if (rearm) {
		spin_unlock_irq(&cur->sighand->siglock);
		posix_timer_rearm(info);
		spin_lock_irq(&cur->sighand->siglock);
		/* This field was ours; user space sees zero. */
		info->_sifields._timer._sys_private = 0;
	}
	return sig;
}

int dequeue_signal(const ksigset_t *mask, struct ksiginfo *info)
{
	with_spinlock_irq(&cur->sighand->siglock);
	return dequeue_signal_locked(mask, info);
}

/* A fault's own signal goes before anything that was sent meanwhile, so that its frame is the innermost. */
int dequeue_synchronous_locked(struct ksiginfo *info)
{
	struct sigpending *pending = &cur->pending;
	struct sigqueue *q;
	bool rearm = false;
	u64 bits = pending->signal.bits & ~cur->blocked.bits & SIG_SYNCHRONOUS_MASK;

	if (!bits)
		return 0;
	list_for_each_entry(q, &pending->list, list) {
		int sig = q->info.si_signo;

		if (q->info.si_code <= SI_USER || !(bits & sigmask(sig)))
			continue;
		collect_signal(sig, pending, info, &rearm);
		recalc_sigpending_locked();
		return sig;
	}
	return 0;
}

bool has_pending_signals_locked(struct task *task)
{
	struct task_process *tp = tproc(task);

	return ((tp->pending.signal.bits | tp->signal->shared_pending.signal.bits) & ~tp->blocked.bits) ||
	       (tp->jobctl & JOBCTL_STOP_PENDING);
}

void recalc_sigpending_locked(void)
{
	if (has_pending_signals_locked(current))
		thread_set_work(&current->thread, TIF_SIGPENDING);
	else if (thread_test_work(&current->thread, TIF_SIGPENDING))
		thread_clear_work(&current->thread, TIF_SIGPENDING);
}

void recalc_sigpending(void)
{
	with_spinlock_irq(&cur->sighand->siglock);
	recalc_sigpending_locked();
}

bool signal_pending_in(const ksigset_t *mask)
{
	with_spinlock_irq(&cur->sighand->siglock);
	return (cur->pending.signal.bits | cur->signal->shared_pending.signal.bits) & mask->bits;
}

struct sigqueue *sigqueue_alloc(void)
{
	struct sigqueue *q = sigqueue_alloc_for(-1, current, SIGQUEUE_PREALLOC, false);

	return q;
}

void sigqueue_free(struct sigqueue *q)
{
	unsigned long flags;
	struct sighand_struct *sighand = lock_task_sighand(current, &flags);

	/* Still queued: whoever takes it out frees it as an ordinary entry. */
	q->flags &= ~SIGQUEUE_PREALLOC;
	if (!list_empty(&q->list))
		q = NULL;
	if (sighand)
		unlock_task_sighand(current, flags);
	if (q)
		sigqueue_put(q);
}

/* Drop what interval timers had queued: exec. */
static void drop_timer_entries(struct sigpending *pending)
{
	struct sigqueue *q, *next;
	u64 timer_bits = 0, kept_bits = 0;

	list_for_each_entry_safe(q, next, &pending->list, list) {
		if (q->info.si_code != SI_TIMER) {
			kept_bits |= sigmask(q->info.si_signo);
			continue;
		}
		timer_bits |= sigmask(q->info.si_signo);
		list_del_init(&q->list);
		sigqueue_put(q);
	}
	pending->signal.bits &= ~(timer_bits & ~kept_bits);
}

void flush_itimer_signals(void)
{
	with_spinlock_irq(&cur->sighand->siglock);
	drop_timer_entries(&cur->pending);
	drop_timer_entries(&cur->signal->shared_pending);
}

struct sighand_struct *lock_task_sighand(struct task *task, unsigned long *flags)
{
	struct sighand_struct *sighand;

	with_rcu();
	for (;;) {
		sighand = rcu_dereference(tproc(task)->sighand);
		if (!sighand)
			return NULL;
		spin_lock_irqsave(&sighand->siglock, *flags);
		/* exec may have given the task a table of its own meanwhile. */
		if (likely(sighand == READ_ONCE(tproc(task)->sighand)))
			return sighand;
		spin_unlock_irqrestore(&sighand->siglock, *flags);
	}
}

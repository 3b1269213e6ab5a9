/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * posix_timer.c - timer_create and its family.
 *
 * WHAT        A timer on a wall clock is a kernel timer; one on a CPU clock is a value that the tick compares (cpu_timer.c). When it
 *             expires its one preallocated signal is queued. A periodic timer is set again when its signal is taken, so that a
 *             program that doesn't take it costs nothing; what was missed is the overrun.
 * INVARIANTS  M1  A timer has one queue entry for life; it is on a queue at most once.
 *             M2  A signal from before the last timer_settime does not re-arm: signal_seq tells them apart.
 *             M3  Everything about a timer changes under its owner's siglock.
 * LOCKING     siglock. The expire function runs in interrupt context and takes it too.
 * LIFECYCLE   timer_create -> armed and not -> timer_delete, exec or the end of the process.
 * ERRORS      -EINVAL; -EAGAIN no memory or too many; -EOPNOTSUPP; -EFAULT.
 * TESTS       tests/guest/process/timer_test.c
 */
#include "process_impl.h"
#include <linux/time.h>
#include <pages/slab.h>
#include <time/ktime.h>
#include <time/timekeeping.h>
#include <process/process_calls.h>
#include "timer_impl.h"
#include "timespec_impl.h"

enum { USER_SIGEV_SIGNAL = 0, USER_SIGEV_NONE = 1, USER_SIGEV_THREAD = 2, USER_SIGEV_THREAD_ID = 4,
       DELAYTIMER_MAX = INT_MAX, MIN_INTERVAL_NS = 1000 };

/* struct sigevent of the wire. */
struct user_sigevent {
	u64 value;
	s32 signo, notify;
	s32 tid;
	u8 pad[44];
};
ASSERT_SIZE(struct user_sigevent, 64);

static void itimer_real_expire(struct timer *timer)
{
	struct posix_timers *timers = container_of(timer, struct posix_timers, real);

	kill_pid_info(SIGALRM, SEND_SIG_PRIV, timers->tgid);
}

static const struct timer_ops itimer_real_ops = { .name = "itimer_real", .expire = itimer_real_expire };

static struct posix_timers *timers_create(void)
{
	struct posix_timers *timers = kmem_cache_zalloc(process_state.timers_cache, GFP_KERNEL);

	if (!timers)
		return NULL;
	timer_init(&timers->real, &itimer_real_ops);
	INIT_LIST_HEAD(&timers->cpu_timers);
	idr_init(&timers->ids);
	timers->tgid = get_task_pid(current, PIDTYPE_TGID);
	return timers;
}

struct posix_timers *posix_timers_get(void)
{
	struct posix_timers *timers = READ_ONCE(cur->signal->timers), *other;

	if (timers)
		return timers;
	timers = timers_create();
	if (!timers)
		return NULL;
	spin_lock_irq(&cur->sighand->siglock);
	other = cur->signal->timers;
	if (!other)
		WRITE_ONCE(cur->signal->timers, timers);
	spin_unlock_irq(&cur->sighand->siglock);
	if (!other)
		return timers;
	put_pid(timers->tgid);
	kmem_cache_free(process_state.timers_cache, timers);
	return other;
}

/* ---- expiry ---- */

static bool is_cpu_timer(const struct posix_timer *timer)
{
	return timer->cpu_task;
}

static u64 timer_now(const struct posix_timer *timer)
{
	return is_cpu_timer(timer) ? cpu_clock_read(timer->cpu_task, timer->cpu_is_thread) : clock_now_ns(timer->base);
}

/* Move the expiry beyond @now by whole intervals; how many were passed. */
static u64 timer_forward(struct posix_timer *timer, u64 now)
{
	u64 missed;

	if (timer->expires_ns > now)
		return 0;
	missed = (now - timer->expires_ns) / timer->interval_ns + 1;
	timer->expires_ns += missed * timer->interval_ns;
	return missed;
}

static void timer_start(struct posix_timer *timer)
{
	timer->is_armed = true;
	if (is_cpu_timer(timer))
		cpu_timer_arm_locked(timer);
	else
		timer_start_at(&timer->timer, clock_to_monotonic(timer->base, timer->expires_ns));
}

/* Queue the signal. The owner's siglock, which is the receiver's too, is held. */
static void send_timer_signal(struct posix_timer *timer)
{
	struct ksiginfo *info = &timer->sigqueue->info;
	int type = timer->notify & USER_SIGEV_THREAD_ID ? PIDTYPE_PID : PIDTYPE_TGID;
	struct task *target = pid_task(timer->target, type);

	if (!target || !tproc(target)->sighand)
		return;
	info->si_signo = timer->sig;
	info->si_errno = 0;
	info->si_code = SI_TIMER;
	info->si_tid = timer->id;
	info->si_value.sival_ptr = (void *)timer->value;
	info->_sifields._timer._sys_private = (int)timer->signal_seq;
	if (!send_sigqueue_locked(timer->sigqueue, target, type))
		return;
	/* Ignored: nobody will take it, so nobody will re-arm. A periodic timer goes on, slowly, in case the action changes. */
	if (timer->interval_ns) {
		u64 now = timer_now(timer);

		timer->overrun += timer_forward(timer, now + 4 * NSEC_PER_MSEC);
		timer_start(timer);
	}
}

void posix_timer_fire_locked(struct posix_timer *timer)
{
	timer->is_armed = false;
	if (timer->notify != USER_SIGEV_NONE)
		send_timer_signal(timer);
}

static void posix_timer_expire(struct timer *t)
{
	struct posix_timer *timer = container_of(t, struct posix_timer, timer);
	unsigned long flags;
	struct task *task;

	with_rcu();
	task = pid_task(timer->owner->tgid, PIDTYPE_TGID);
	if (!task || !lock_task_sighand(task, &flags))
		return;
	/* Set again or stopped between the interrupt and the lock. */
	if (!timer->is_deleted && timer->is_armed && !timer_is_started(&timer->timer)) {
		/* The clock was set back meanwhile: not yet. */
		if (clock_can_step(timer->base) && clock_now_ns(timer->base) < timer->expires_ns)
			timer_start(timer);
		else
			posix_timer_fire_locked(timer);
	}
	unlock_task_sighand(task, flags);
}

static const struct timer_ops posix_timer_ops = { .name = "posix_timer", .expire = posix_timer_expire };

void posix_timers_stepped_locked(struct posix_timers *timers)
{
	struct posix_timer *timer;

	for (unsigned long id = 0; (timer = idr_get_next(&timers->ids, &id)); id++) {
		if (is_cpu_timer(timer) || !timer->is_armed || timer->notify == USER_SIGEV_NONE || !clock_can_step(timer->base))
			continue;
		timer_cancel(&timer->timer);
		timer_start(timer);
	}
}

/* The signal was taken: set a periodic timer again, and say how much was missed. */
void posix_timer_rearm(struct ksiginfo *info)
{
	struct posix_timers *timers = cur->signal->timers;
	struct posix_timer *timer;

	if (!timers)
		return;
	with_spinlock_irq(&cur->sighand->siglock);
	timer = idr_find(&timers->ids, info->si_tid);
	if (!timer || (int)timer->signal_seq != info->_sifields._timer._sys_private)
		return;
	if (timer->interval_ns && !timer->is_armed) {
		timer->overrun += timer_forward(timer, timer_now(timer));
		timer->overrun_last = timer->overrun ? timer->overrun - 1 : 0;
		timer->overrun = 0;
		timer_start(timer);
	} else {
		timer->overrun_last = timer->overrun;
		timer->overrun = 0;
	}
	info->si_overrun = (int)min(timer->overrun_last, (u64)DELAYTIMER_MAX);
}

/* ---- creating and deleting ---- */

static int decode_event(uaddr_t sevp, struct user_sigevent *event)
{
	if (uaddr_is_null(sevp)) {
		memset(event, 0, sizeof(*event));
		event->signo = SIGALRM;
		return 0;
	}
	if (get_user_obj(event, sevp))
		return -EFAULT;
	switch (event->notify) {
	case USER_SIGEV_SIGNAL:
	case USER_SIGEV_THREAD:
	case USER_SIGEV_SIGNAL | USER_SIGEV_THREAD_ID:
		return event->signo > 0 && event->signo <= NSIGNALS ? 0 : -EINVAL;
	case USER_SIGEV_NONE:
		return 0;
	default:
		return -EINVAL;
	}
}

/* Whom the signal goes to: a reference, or NULL when that thread is not one of ours. */
static struct pid *event_target(const struct user_sigevent *event)
{
	struct pid *pid = NULL;
	struct task *task;

	if (!(event->notify & USER_SIGEV_THREAD_ID))
		return get_task_pid(current, PIDTYPE_TGID);
	with_rcu();
	task = find_task_by_vpid(event->tid);
	if (task && same_thread_group(task, current))
		pid = get_pid(task_pid(task));
	return pid;
}

static void timer_reclaim(struct rcu_head *head)
{
	struct posix_timer *timer = container_of(head, struct posix_timer, rcu);

	put_pid(timer->target);
	kmem_cache_free(process_state.timer_cache, timer);
}

static const struct rcu_ops timer_rcu_ops = { .name = "posix_timer", .reclaim = timer_reclaim };

static void timer_free(struct posix_timer *timer)
{
	if (timer->sigqueue)
		sigqueue_free(timer->sigqueue);
	if (timer->cpu_task)
		put_task(timer->cpu_task);
	call_rcu(&timer->rcu, &timer_rcu_ops);
}

static int timer_set_clock(struct posix_timer *timer, int clockid)
{
	struct cpu_clock clock;
	int ret;

	timer->clock = timer->base = clockid;
	if (clock_is_timer_clock(clockid))
		return 0;
	if (clockid == CLOCK_REALTIME_ALARM || clockid == CLOCK_BOOTTIME_ALARM)
		return -EOPNOTSUPP; /* no clock here wakes a sleeping machine */
	if (clockid >= 0 && clockid != CLOCK_PROCESS_CPUTIME_ID && clockid != CLOCK_THREAD_CPUTIME_ID)
		return clockid <= CLOCK_TAI ? -EOPNOTSUPP : -EINVAL;
	ret = cpu_clock_decode(clockid, &clock);
	if (ret)
		return ret;
	timer->cpu_task = clock.task;
	timer->cpu_is_thread = clock.is_thread;
	return 0;
}

static struct posix_timer *timer_make(int clockid, const struct user_sigevent *event)
{
	struct posix_timer *timer = kmem_cache_zalloc(process_state.timer_cache, GFP_KERNEL);
	int ret;

	if (!timer)
		return ERR_PTR(-EAGAIN);
	timer_init(&timer->timer, &posix_timer_ops);
	INIT_LIST_HEAD(&timer->node);
	timer->notify = event->notify;
	timer->sig = event->signo;
	timer->value = event->value;
	ret = timer_set_clock(timer, clockid);
	if (ret)
		goto fail;
	ret = -EINVAL;
	timer->target = event_target(event);
	if (!timer->target)
		goto fail;
	ret = -EAGAIN;
	timer->sigqueue = sigqueue_alloc();
	if (timer->sigqueue)
		return timer;
fail:
	timer_free(timer);
	return ERR_PTR(ret);
}

/* Nobody finds @timer any more and it fires no more: who calls this frees it, with free_removed(). siglock held. */
static void remove_locked(struct posix_timers *timers, struct posix_timer *timer)
{
	idr_remove(&timers->ids, timer->id);
	timer->is_deleted = true;
	if (is_cpu_timer(timer))
		cpu_timer_disarm_locked(timer);
}

static void free_removed(struct posix_timer *timer)
{
	timer_cancel_sync(&timer->timer);
	timer_free(timer);
}

/* siglock held. */
static struct posix_timer *find_timer(int id)
{
	struct posix_timers *timers = cur->signal->timers;

	return timers && id >= 0 ? idr_find(&timers->ids, id) : NULL;
}

static int delete_timer(int id)
{
	struct posix_timer *timer;

	spin_lock_irq(&cur->sighand->siglock);
	timer = find_timer(id);
	if (timer)
		remove_locked(cur->signal->timers, timer);
	spin_unlock_irq(&cur->sighand->siglock);
	if (!timer)
		return -EINVAL;
	free_removed(timer);
	return 0;
}

long sys_timer_create(int clockid, uaddr_t sevp, uaddr_t timerid)
{
	struct user_sigevent event;
	struct posix_timers *timers;
	struct posix_timer *timer;
	int ret = decode_event(sevp, &event);

	if (ret)
		return ret;
	timers = posix_timers_get();
	if (!timers)
		return -EAGAIN;
	timer = timer_make(clockid, &event);
	if (IS_ERR(timer))
		return PTR_ERR(timer);
	timer->owner = timers;
	spin_lock_irq(&cur->sighand->siglock);
	ret = idr_alloc_cyclic(&timers->ids, timer, 0, 0, GFP_ATOMIC);
	timer->id = ret;
	if (uaddr_is_null(sevp)) /* without a sigevent the value is the timer's own number */
		timer->value = (u64)ret;
	spin_unlock_irq(&cur->sighand->siglock); /* from here on another thread may delete it */
	if (ret < 0) {
		timer_free(timer);
		return -EAGAIN;
	}
	if (put_user_u32(ret, timerid)) {
		delete_timer(ret);
		return -EFAULT;
	}
	return 0;
}

long sys_timer_delete(int timerid)
{
	return delete_timer(timerid);
}

void exit_itimers(struct task *task)
{
	struct posix_timers *timers = cur->signal->timers;
	struct posix_timer *timer;
	bool is_real_running;
	unsigned long id;

	if (!timers)
		return;
	is_real_running = timer_cancel_sync(&timers->real);
	for (;;) {
		id = 0;
		timer = idr_get_next(&timers->ids, &id);
		if (!timer)
			break;
		spin_lock_irq(&cur->sighand->siglock);
		remove_locked(timers, timer);
		spin_unlock_irq(&cur->sighand->siglock);
		free_removed(timer);
		cond_resched();
	}
	spin_lock_irq(&cur->sighand->siglock);
	/* Interval timers survive an exec, timers made by timer_create() don't. */
	if (cur->is_exiting)
		cur->signal->timers = NULL;
	else if (is_real_running)
		timer_start_at(&timers->real, timers->real.expires_ns);
	spin_unlock_irq(&cur->sighand->siglock);
	if (!cur->is_exiting)
		return;
	put_pid(timers->tgid);
	kmem_cache_free(process_state.timers_cache, timers);
}

/* ---- setting and reading ---- */

static void read_setting(struct posix_timer *timer, struct itimerspec64 *out)
{
	u64 now, left = 0;

	out->it_interval = ns_to_timespec64((s64)timer->interval_ns);
	if (timer->is_armed || timer->interval_ns) {
		now = timer_now(timer);
		/* Expired, its signal not yet taken: what the next period has left. */
		if (timer->expires_ns <= now && timer->interval_ns && (!timer->is_armed || timer->notify == USER_SIGEV_NONE))
			timer->overrun += timer_forward(timer, now);
		if (timer->expires_ns > now)
			left = timer->expires_ns - now;
		else if (timer->is_armed && timer->notify != USER_SIGEV_NONE)
			left = 1;
	}
	out->it_value = ns_to_timespec64((s64)left);
}

static void stop_locked(struct posix_timer *timer)
{
	if (is_cpu_timer(timer))
		cpu_timer_disarm_locked(timer);
	else
		timer_cancel(&timer->timer);
	timer->is_armed = false;
}

static void set_locked(struct posix_timer *timer, int flags, const struct itimerspec64 *set)
{
	u64 value = timespec64_to_ns(&set->it_value);

	timer->signal_seq++;
	timer->overrun = timer->overrun_last = 0;
	timer->interval_ns = 0;
	if (!value)
		return;
	timer->interval_ns = timespec64_to_ns(&set->it_interval);
	timer->base = clock_can_step(timer->clock) && !(flags & TIMER_ABSTIME) ? CLOCK_MONOTONIC : timer->clock;
	timer->expires_ns = flags & TIMER_ABSTIME ? value : (u64)ktime_add_safe(timer_now(timer), value);
	if (timer->notify == USER_SIGEV_NONE)
		timer->is_armed = true;
	else
		timer_start(timer);
}

long sys_timer_settime(int timerid, int flags, uaddr_t new_value, uaddr_t old_value)
{
	struct itimerspec64 set, old;
	struct posix_timer *timer;

	if (uaddr_is_null(new_value))
		return -EINVAL;
	if (get_user_obj(&set, new_value))
		return -EFAULT;
	if (!timespec64_valid(&set.it_value) || !timespec64_valid(&set.it_interval))
		return -EINVAL;
	spin_lock_irq(&cur->sighand->siglock);
	timer = find_timer(timerid);
	if (timer) {
		read_setting(timer, &old);
		stop_locked(timer);
		set_locked(timer, flags, &set);
	}
	spin_unlock_irq(&cur->sighand->siglock);
	if (!timer)
		return -EINVAL;
	return uaddr_is_null(old_value) ? 0 : put_user_obj(&old, old_value);
}

long sys_timer_gettime(int timerid, uaddr_t value)
{
	struct itimerspec64 setting;
	struct posix_timer *timer;

	spin_lock_irq(&cur->sighand->siglock);
	timer = find_timer(timerid);
	if (timer)
		read_setting(timer, &setting);
	spin_unlock_irq(&cur->sighand->siglock);
	return timer ? put_user_obj(&setting, value) : -EINVAL;
}

long sys_timer_getoverrun(int timerid)
{
	struct posix_timer *timer;

	with_spinlock_irq(&cur->sighand->siglock);
	timer = find_timer(timerid);
	return timer ? (long)min(timer->overrun_last, (u64)DELAYTIMER_MAX) : -EINVAL;
}

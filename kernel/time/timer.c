/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timer.c - timers of each processor over one one-shot interrupt.
 *
 * WHAT        A processor's queue holds its timers by expiry; the hardware is set for the first one. There is no
 *             periodic tick: who wants one (the scheduler) starts a timer again and again.
 * INVARIANTS  T1  A queued timer is in the queue of processor timer->cpu, and only that queue's lock changes that.
 *             T2  programmed_ns <= expiry of the first timer: the interrupt may come early, not late. Cancelling
 *                 leaves it as it is; the interrupt then finds nothing to do.
 *             T3  expire() of one timer runs at most once at a time: a running timer is started again on the queue
 *                 it runs on.
 *             T4  Without the lock, a timer that is idle and, looked at after that, not running, is nobody's: its memory may go.
 * LOCKING     queue->lock, rank TIMER, interrupts off; dropped around expire().
 * LIFECYCLE   idle --start--> queued --interrupt--> idle, expire() running --> idle
 * TESTS       tests/timer_queue_test.c; boot selftest=sync
 */
#include <lib/assert.h>
#include <arch/apic.h>
#include <arch/arch_port.h>
#include <arch/cpu.h>
#include <arch/smp.h>
#include <sync/spinlock.h>
#include <time/ktime.h>
#include <time/timer.h>
#include "tick_impl.h"
#include "timer_queue.h"

#define NEVER (~0ull)

struct timer_cpu {
	struct spinlock lock;
	struct timer_queue queue;
	struct timer *running;	/* expire() in progress */
	u64 programmed_ns;	/* when the hardware fires, NEVER: not set */
	u32 cpu;
	bool must_program;	/* another processor queued a new first timer */
	bool in_interrupt;	/* the handler will program on its way out */
	u64 nr_interrupts, nr_expired;
} __aligned(64);

static DEFINE_PERCPU(struct timer_cpu, timer_cpu) = {
	.lock = SPINLOCK_INIT(RANK_TIMER),
	.programmed_ns = NEVER,
};

void timers_init_cpu(u32 cpu)
{
	struct timer_cpu *base = per_cpu_ptr(&timer_cpu, cpu);

	spin_lock_init(&base->lock, RANK_TIMER);
	base->cpu = cpu;
	base->programmed_ns = NEVER;
}

/* Set the hardware of this processor for @when_ns. */
static void program(struct timer_cpu *base, u64 when_ns)
{
	u64 now = ktime_get_ns();
	u64 delta = when_ns > now ? when_ns - now : 0;

	base->programmed_ns = when_ns;
	clockevent_set_oneshot_ns(min(delta, clockevent_max_ns()));
}

/* The queue has a new first timer: see that its processor wakes up in time. */
static void first_changed_locked(struct timer_cpu *base, u64 expires_ns)
{
	if (base->in_interrupt || expires_ns >= base->programmed_ns)
		return;
	if (base == this_cpu_ptr(&timer_cpu)) {
		program(base, expires_ns);
	} else if (!base->must_program) {
		base->must_program = true;
		smp_send_reschedule(base->cpu);
	}
}

void timers_poke(void)
{
	struct timer_cpu *base = this_cpu_ptr(&timer_cpu);
	struct timer *first;

	if (likely(!READ_ONCE(base->must_program)))
		return;
	spin_lock(&base->lock);
	base->must_program = false;
	first = timer_queue_first(&base->queue);
	if (first && first->expires_ns < base->programmed_ns)
		program(base, first->expires_ns);
	spin_unlock(&base->lock);
}

/* Lock the queue that @timer belongs to. Interrupts off. */
static struct timer_cpu *lock_home(struct timer *timer)
{
	for (;;) {
		u32 cpu = READ_ONCE(timer->cpu);
		struct timer_cpu *base = per_cpu_ptr(&timer_cpu, cpu);

		spin_lock(&base->lock);
		if (likely(timer->cpu == cpu))
			return base;
		spin_unlock(&base->lock);
	}
}

/* Make @cpu the timer's home and lock its queue. The timer is not queued when this returns. */
static struct timer_cpu *lock_and_move(struct timer *timer, u32 cpu, bool *was_started)
{
	for (;;) {
		struct timer_cpu *base = lock_home(timer);

		if (timer->state == TIMER_QUEUED) {
			timer_queue_remove(&base->queue, timer);
			*was_started = true;
		}
		if (base->cpu == cpu || base->running == timer) /* T3 */
			return base;
		WRITE_ONCE(timer->cpu, cpu);
		spin_unlock(&base->lock);
	}
}

static bool start_on(struct timer *timer, u32 cpu, u64 expires_ns)
{
	bool was_started = false;
	struct timer_cpu *base = lock_and_move(timer, cpu, &was_started);

	timer->expires_ns = expires_ns;
	if (timer_queue_insert(&base->queue, timer))
		first_changed_locked(base, expires_ns);
	spin_unlock(&base->lock);
	return was_started;
}

bool timer_start_at(struct timer *timer, u64 expires_ns)
{
	unsigned long flags;
	bool was_started;

	local_irq_save(flags);
	was_started = start_on(timer, smp_processor_id(), expires_ns);
	local_irq_restore(flags);
	return was_started;
}

bool timer_start_pinned(struct timer *timer, u32 cpu, u64 expires_ns)
{
	unsigned long flags;
	bool was_started;

	local_irq_save(flags);
	was_started = start_on(timer, cpu, expires_ns);
	local_irq_restore(flags);
	return was_started;
}

bool timer_start_in(struct timer *timer, u64 delta_ns)
{
	u64 now = ktime_get_ns();

	return timer_start_at(timer, delta_ns >= NEVER - now ? NEVER - 1 : now + delta_ns);
}

/* T4. */
static bool is_nobodys(const struct timer *timer)
{
	return smp_load_acquire(&timer->state) == TIMER_IDLE &&
	       smp_load_acquire(&per_cpu_ptr(&timer_cpu, READ_ONCE(timer->cpu))->running) != timer;
}

bool timer_cancel(struct timer *timer)
{
	struct timer_cpu *base;
	unsigned long flags;
	bool was_started;

	if (is_nobodys(timer))
		return false;
	local_irq_save(flags);
	base = lock_home(timer);
	was_started = timer->state == TIMER_QUEUED;
	if (was_started)
		timer_queue_remove(&base->queue, timer);
	spin_unlock(&base->lock);
	local_irq_restore(flags);
	return was_started;
}

bool timer_cancel_sync(struct timer *timer)
{
	bool was_started = false;

	for (;;) {
		was_started |= timer_cancel(timer);
		if (is_nobodys(timer))
			return was_started;
		cpu_relax();
	}
}

u64 timer_remaining_ns(const struct timer *timer)
{
	u64 now, expires = READ_ONCE(timer->expires_ns);

	if (!timer_is_started(timer))
		return 0;
	now = ktime_get_ns();
	return expires > now ? expires - now : 0;
}

u64 timer_next_expiry_ns(void)
{
	struct timer *first = timer_queue_first(&this_cpu_ptr(&timer_cpu)->queue);

	return first ? READ_ONCE(first->expires_ns) : NEVER;
}

static void run_one_locked(struct timer_cpu *base, struct timer *timer)
{
	const struct timer_ops *ops = timer->ops;

	/* T4: running before idle, so that who finds it idle and looks next finds it running */
	WRITE_ONCE(base->running, timer);
	smp_wmb();
	timer_queue_remove(&base->queue, timer);
	base->nr_expired++;
	spin_unlock(&base->lock);
	ops->expire(timer); /* the timer may be gone after this */
	spin_lock(&base->lock);
	smp_store_release(&base->running, NULL); /* pairs with timer_cancel_sync() */
}

static void run_due_locked(struct timer_cpu *base, u64 now_ns)
{
	struct timer *first;

	while ((first = timer_queue_first(&base->queue)) != NULL && first->expires_ns <= now_ns)
		run_one_locked(base, first);
}

void timer_interrupt(void)
{
	struct timer_cpu *base = this_cpu_ptr(&timer_cpu);
	struct timer *first;
	u64 now = ktime_get_ns();

	timekeeping_tick(now);
	spin_lock(&base->lock);
	base->nr_interrupts++;
	base->programmed_ns = NEVER;
	base->in_interrupt = true;
	run_due_locked(base, now);
	base->in_interrupt = false;
	base->must_program = false;
	first = timer_queue_first(&base->queue);
	if (first)
		program(base, first->expires_ns);
	spin_unlock(&base->lock);
}

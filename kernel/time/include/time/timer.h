/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timer.h - something happens at an instant.
 *
 * WHAT        A timer belongs to an object and to one processor's queue while it is started. expire() runs in
 *             hard interrupt context on that processor, interrupts off; it may start the timer again.
 * LOCKING     Any context but NMI may start and cancel. The object outlives timer_cancel_sync().
 */
#pragma once

#include <lib/types.h>
#include <lib/rbtree.h>

struct timer;

struct timer_ops {
	const char *name;
	void (*expire)(struct timer *timer);
};

struct timer {
	struct rb_node node;	     /* private */
	u64 expires_ns;		     /* monotonic; stable while not started */
	const struct timer_ops *ops; /* final */
	u32 cpu;		     /* private: whose queue */
	u32 state;		     /* private: TIMER_IDLE, TIMER_QUEUED */
};

static inline void timer_init(struct timer *timer, const struct timer_ops *ops)
{
	timer->ops = ops;
	timer->expires_ns = 0;
	timer->cpu = 0;
	timer->state = 0;
	RB_CLEAR_NODE(&timer->node);
}

/* Start (or move) @timer to @expires_ns. In the past: as soon as possible. True when it was started before. */
bool timer_start_at(struct timer *timer, u64 expires_ns);
/* The same, relative to now. */
bool timer_start_in(struct timer *timer, u64 delta_ns);
/* The same on the queue it is on: for timers that belong to a processor. */
bool timer_start_pinned(struct timer *timer, u32 cpu, u64 expires_ns);
/* Not any more. True when it was started. expire() may still be running elsewhere. */
bool timer_cancel(struct timer *timer);
/* The same, and expire() is not running on return. Not from its own expire(), nor under a lock it takes. */
bool timer_cancel_sync(struct timer *timer);
static inline bool timer_is_started(const struct timer *timer)
{
	return READ_ONCE(timer->state) != 0;
}
/* Nanoseconds until it expires, 0 when it has or is not started. */
u64 timer_remaining_ns(const struct timer *timer);
/* When the next timer of this processor is due, or ~0. Interrupts off. */
u64 timer_next_expiry_ns(void);
/* The reschedule interrupt: another processor may have queued a new first timer here. Interrupts off. */
void timers_poke(void);
/* An idle processor wakes up: bring the coarse clocks up to date. */
void timekeeping_idle_exit(void);
/* Boot, per processor. */
void timers_init_cpu(u32 cpu);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rank_debug.c - the run-time check of the lock order (debug kernels only).
 *
 * WHAT        Each thread notes the locks it holds. An interrupt handler's locks are noted on top of those of
 *             the thread it interrupted: what a thread holds with interrupts enabled is outside of what
 *             a handler takes, so it is one order.
 * INVARIANTS  R1  rank * LOCK_MAX_DEPTH + depth of a new lock is greater than that of every lock held.
 *             R2  A lock that a handler takes is never held with interrupts enabled.
 *             R3  Nor is any lock from rank BLOCK_QUEUE on, the first that handlers take (R1).
 *             R5  Inside a memory reservation (RESERVATION) nobody waits for events but a device's, nor touches user memory.
 *             R4  A sleeping lock is not taken under a spinlock or in an interrupt.
 * LOCKING     The list is the thread's own; interrupts are off while it changes.
 * TESTS       boot with selftest=rank: a planted inversion must panic by name
 */
#include <lib/assert.h>
#include <sync/rank.h>
#include <sync/spinlock.h>
#include <sync/sync_port.h>
#include <sync/thread.h>

static u32 held_key(const struct held_lock *held)
{
	return (u32)held->rank * LOCK_MAX_DEPTH + held->depth;
}

static bool checks_off(const struct thread *thread)
{
	return !thread || in_nmi() || panic_in_progress();
}

static const struct held_lock *outermost_violation(const struct thread *thread, u32 key)
{
	u32 i;

	for (i = 0; i < thread->nr_held; i++) {
		const struct held_lock *held = &thread->held[i];

		if (held->rank != RANK_NONE && held_key(held) >= key)
			return held;
	}
	return NULL;
}

static __noreturn void report_order(const struct held_lock *held, u32 rank, u32 depth, const void *where)
{
	panic("lock order: taking %s depth %u at %pS while holding %s depth %u taken at %pS",
	      lock_rank_name(rank), depth, where, lock_rank_name(held->rank), held->depth, held->where);
}

static void check_recursion(const struct thread *thread, const void *lock, const void *where)
{
	u32 i;

	for (i = 0; i < thread->nr_held; i++) {
		if (thread->held[i].lock == lock)
			panic("lock order: taking %s again at %pS, taken at %pS",
			      lock_rank_name(thread->held[i].rank), where, thread->held[i].where);
	}
}

static void check_may_sleep(const struct thread *thread, const void *where)
{
	const struct held_lock *held = outermost_violation(thread, (u32)RANK_SPIN_LOCKS_BEGIN * LOCK_MAX_DEPTH);

	if (in_hardirq())
		panic("lock order: may sleep in an interrupt, at %pS", where);
	if (held)
		panic("lock order: may sleep at %pS while holding %s taken at %pS", where,
		      lock_rank_name(held->rank), held->where);
}

/* R2, R3 */
static void check_irqs_on(struct lock_debug *debug, const void *where)
{
	debug->used_irqs_on = 1;
	if (debug->rank != RANK_NONE && debug->rank >= RANK_BLOCK_QUEUE)
		panic("lock order: %s at %pS is held with interrupts enabled", lock_rank_name(debug->rank), where);
}

static void check_context(struct lock_debug *debug, bool is_spin, const void *where)
{
	if (!is_spin) {
		check_may_sleep(current_thread(), where);
		return;
	}
	if (in_hardirq())
		debug->used_in_irq = 1;
	else if (!irqs_disabled())
		check_irqs_on(debug, where);
	if (debug->used_in_irq && debug->used_irqs_on)
		panic("lock order: %s at %pS is taken by interrupts and held with interrupts enabled",
		      lock_rank_name(debug->rank), where);
}

static void note_held(struct thread *thread, const void *lock, u32 rank, u32 depth, const void *where)
{
	if (thread->nr_held == LOCK_MAX_HELD)
		panic("lock order: %s holds more than %d locks", thread->name, LOCK_MAX_HELD);
	thread->held[thread->nr_held++] = (struct held_lock){
		.lock = lock, .rank = rank, .depth = depth, .where = where,
	};
}

void rank_acquire(const void *lock, struct lock_debug *debug, u32 depth, bool is_spin)
{
	const void *where = __builtin_return_address(0);
	struct thread *thread = current_thread();
	const struct held_lock *held;
	unsigned long flags;

	if (checks_off(thread))
		return;
	if (debug->rank != RANK_NONE && is_spin != (debug->rank > RANK_SPIN_LOCKS_BEGIN))
		panic("lock order: rank %s is not for this kind of lock, at %pS",
		      lock_rank_name(debug->rank), where);
	check_context(debug, is_spin, where);
	local_irq_save(flags);
	check_recursion(thread, lock, where);
	held = debug->rank == RANK_NONE ?
		       NULL :
		       outermost_violation(thread, (u32)debug->rank * LOCK_MAX_DEPTH + depth);
	if (held)
		report_order(held, debug->rank, depth, where);
	note_held(thread, lock, debug->rank, depth, where);
	local_irq_restore(flags);
}

void rank_acquire_try(const void *lock, struct lock_debug *debug, bool is_spin)
{
	const void *where = __builtin_return_address(0);
	struct thread *thread = current_thread();
	unsigned long flags;

	if (checks_off(thread))
		return;
	if (is_spin)
		check_context(debug, true, where);
	local_irq_save(flags);
	note_held(thread, lock, debug->rank, 0, where);
	local_irq_restore(flags);
}

void rank_release(const void *lock)
{
	struct thread *thread = current_thread();
	unsigned long flags;
	u32 i;

	if (checks_off(thread))
		return;
	local_irq_save(flags);
	for (i = thread->nr_held; i > 0; i--) {
		if (thread->held[i - 1].lock == lock)
			break;
	}
	if (!i)
		panic("lock order: %s releases a lock it does not hold, at %pS", thread->name,
		      __builtin_return_address(0));
	for (; i < thread->nr_held; i++)
		thread->held[i - 1] = thread->held[i];
	thread->nr_held--;
	local_irq_restore(flags);
}

bool rank_is_held(const void *lock)
{
	struct thread *thread = current_thread();
	u32 i;

	if (checks_off(thread))
		return true;
	for (i = 0; i < thread->nr_held; i++) {
		if (thread->held[i].lock == lock)
			return true;
	}
	return false;
}

void rank_assert_no_reservation(const char *what)
{
	struct thread *thread = current_thread();
	u32 i;

	if (checks_off(thread) || in_interrupt())
		return;
	for (i = 0; i < thread->nr_held; i++) {
		if (thread->held[i].rank == RANK_RESERVATION)
			panic("lock order: %s %s inside a reservation", thread->name, what);
	}
}

void rank_check(enum lock_rank rank)
{
	struct thread *thread = current_thread();
	const struct held_lock *held;

	if (checks_off(thread))
		return;
	if (rank == RANK_FAULT)
		rank_assert_no_reservation("touches user memory");
	held = outermost_violation(thread, (u32)rank * LOCK_MAX_DEPTH);
	if (held)
		report_order(held, rank, 0, __builtin_return_address(0));
}

void rank_assert_none_held(const char *where)
{
	struct thread *thread = current_thread();

	if (checks_off(thread) || !thread->nr_held)
		return;
	panic("lock order: %s while holding %s taken at %pS", where, lock_rank_name(thread->held[0].rank),
	      thread->held[0].where);
}

void rank_assert_may_sleep(void)
{
	struct thread *thread = current_thread();

	if (checks_off(thread))
		return;
	check_may_sleep(thread, __builtin_return_address(0));
}

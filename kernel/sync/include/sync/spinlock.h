/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spinlock.h - queued spinlocks: fair, four bytes, one atomic when free.
 *
 * Holding one disables preemption. A lock that an interrupt handler takes must be held with interrupts off
 * everywhere (_irq, _irqsave). Every lock has a rank (ranks.def). The scope forms hold until the block ends.
 */
#pragma once

#include <lib/assert.h>
#include <lib/types.h>
#include <arch/alternative.h>
#include <arch/atomic.h>
#include <arch/irqflags.h>
#include <arch/percpu.h>
#include <arch/preempt.h>
#include <sync/rank.h>

struct spinlock {
	union {
		u32 word; /* private: 0 = free */
		struct {
			u8 locked;   /* private */
			u8 sleepers; /* private: a processor may be halted until locked is 0, see spinlock.c */
			u16 tail; /* private: last waiter, see spinlock.c */
		};
	};
#ifdef DEBUG_LOCKS
	struct lock_debug debug;
#endif
};

typedef struct spinlock spinlock_t;

#define SPINLOCK_INIT(rank_)	     { .word = 0, LOCK_DEBUG_INIT(rank_) }
#define DEFINE_SPINLOCK(name, rank_) struct spinlock name = SPINLOCK_INIT(rank_)

/* Make @lock a free lock of @rank. */
static inline void spin_lock_init(struct spinlock *lock, enum lock_rank rank)
{
	lock->word = 0;
	lock_debug_init(lock, rank);
}

/* The contended path (spinlock.c). */
void spin_lock_slow(struct spinlock *lock);

/* The lock word alone, without preemption count and rank; for this folder and the scheduler's switch. */
static __always_inline void raw_spin_acquire(struct spinlock *lock)
{
	u32 old = 0;

	if (unlikely(!__atomic_compare_exchange_n(&lock->word, &old, 1, false, __ATOMIC_ACQUIRE,
						  __ATOMIC_RELAXED)))
		spin_lock_slow(lock);
}

static __always_inline bool raw_spin_try(struct spinlock *lock)
{
	u32 old = 0;

	return READ_ONCE(lock->word) == 0 &&
	       __atomic_compare_exchange_n(&lock->word, &old, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* One store; under a hypervisor a call that also looks for sleepers (pv_native_ops.S). */
static __always_inline void raw_spin_release(struct spinlock *lock)
{
	struct spinlock *spoilt = lock;

	asm volatile(ALTERNATIVE("movb $0, (%0)", "call pv_lock_release", %c[hypervisor])
		     : "+D"(spoilt) : [hypervisor] "i"(FEATURE_HYPERVISOR) : "memory", "cc", "rax");
}

static inline bool spin_is_locked(const struct spinlock *lock)
{
	return READ_ONCE(lock->word) != 0;
}

/* Take @lock as the one of nesting @depth among locks of its rank (0 is outermost). */
static __always_inline void spin_lock_nested(struct spinlock *lock, u32 depth)
{
	preempt_disable();
	rank_acquire(lock, &lock->debug, depth, true);
	raw_spin_acquire(lock);
}

static __always_inline void spin_lock(struct spinlock *lock)
{
	spin_lock_nested(lock, 0);
}

static __always_inline bool spin_trylock(struct spinlock *lock)
{
	preempt_disable();
	if (raw_spin_try(lock)) {
		rank_acquire_try(lock, &lock->debug, true);
		return true;
	}
	preempt_enable();
	return false;
}

static __always_inline void spin_unlock(struct spinlock *lock)
{
	rank_release(lock);
	raw_spin_release(lock);
	preempt_enable();
}

static __always_inline void spin_lock_irq(struct spinlock *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static __always_inline void spin_unlock_irq(struct spinlock *lock)
{
	rank_release(lock);
	raw_spin_release(lock);
	local_irq_enable();
	preempt_enable();
}

static __always_inline unsigned long spin_lock_irqsave_flags(struct spinlock *lock, u32 depth)
{
	unsigned long flags;

	local_irq_save(flags);
	spin_lock_nested(lock, depth);
	return flags;
}

#define spin_lock_irqsave(lock, flags)		     ((flags) = spin_lock_irqsave_flags((lock), 0))
#define spin_lock_irqsave_nested(lock, flags, depth) ((flags) = spin_lock_irqsave_flags((lock), (depth)))

static __always_inline void spin_unlock_irqrestore(struct spinlock *lock, unsigned long flags)
{
	rank_release(lock);
	raw_spin_release(lock);
	local_irq_restore(flags);
	preempt_enable();
}

static __always_inline bool spin_trylock_irq(struct spinlock *lock)
{
	local_irq_disable();
	if (likely(spin_trylock(lock)))
		return true;
	local_irq_enable();
	return false;
}

static __always_inline bool spin_trylock_irqsave_flags(struct spinlock *lock, unsigned long *flags)
{
	local_irq_save(*flags);
	if (spin_trylock(lock))
		return true;
	local_irq_restore(*flags);
	return false;
}

#define spin_trylock_irqsave(lock, flags) spin_trylock_irqsave_flags((lock), &(flags))

/* Take two locks of one rank in address order; @a may equal @b. */
void spin_lock_pair(struct spinlock *a, struct spinlock *b);
void spin_unlock_pair(struct spinlock *a, struct spinlock *b);

#ifdef DEBUG_LOCKS
#define lock_assert_held(lock) KASSERT(rank_is_held(lock))
#else
#define lock_assert_held(lock) ((void)(lock))
#endif

/* Scope forms. */
struct spin_irq_guard {
	struct spinlock *lock;
	unsigned long flags;
};

static __always_inline struct spinlock *spin_guard_begin(struct spinlock *lock)
{
	spin_lock(lock);
	return lock;
}

static __always_inline void spin_guard_end(struct spinlock **lock)
{
	spin_unlock(*lock);
}

static __always_inline struct spinlock *spin_irq_guard_begin(struct spinlock *lock)
{
	spin_lock_irq(lock);
	return lock;
}

static __always_inline void spin_irq_guard_end(struct spinlock **lock)
{
	spin_unlock_irq(*lock);
}

static __always_inline struct spin_irq_guard spin_irqsave_guard_begin(struct spinlock *lock)
{
	struct spin_irq_guard guard = { .lock = lock };

	spin_lock_irqsave(lock, guard.flags);
	return guard;
}

static __always_inline void spin_irqsave_guard_end(struct spin_irq_guard *guard)
{
	spin_unlock_irqrestore(guard->lock, guard->flags);
}

#define SYNC_UNIQUE2(a, b) a##b
#define SYNC_UNIQUE1(a, b) SYNC_UNIQUE2(a, b)
#define SYNC_UNIQUE(name)  SYNC_UNIQUE1(name, __COUNTER__)
#define SYNC_CLEANUP(fn)   __attribute__((cleanup(fn), unused))

/* Hold @lock until the end of the block. */
#define with_spinlock(lock) \
	struct spinlock *SYNC_UNIQUE(spin_guard_) SYNC_CLEANUP(spin_guard_end) = spin_guard_begin(lock)
#define with_spinlock_irq(lock)                                              \
	struct spinlock *SYNC_UNIQUE(spin_guard_) SYNC_CLEANUP(spin_irq_guard_end) = \
		spin_irq_guard_begin(lock)
#define with_spinlock_irqsave(lock)                                                    \
	struct spin_irq_guard SYNC_UNIQUE(spin_guard_) SYNC_CLEANUP(spin_irqsave_guard_end) = \
		spin_irqsave_guard_begin(lock)

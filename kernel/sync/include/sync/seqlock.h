/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seqlock.h - sequence counts: readers retry instead of locking.
 *
 * A seqcount names the lock that its writers hold; a debug kernel checks it. Readers may run in any context when the
 * writers have interrupts off, else with preemption on or off but not inside an interrupt of a writer.
 */
#pragma once

#include <lib/types.h>
#include <arch/atomic.h>
#include <arch/barrier.h>
#include <arch/preempt.h>
#include <sync/spinlock.h>

struct seqcount {
	u32 sequence; /* odd while a writer is inside */
#ifdef DEBUG_LOCKS
	const void *lock; /* the writers' lock, or NULL: one writer by construction */
#endif
};

typedef struct seqcount seqcount_t;

#ifdef DEBUG_LOCKS
#define SEQCOUNT_INIT(lock_) { .sequence = 0, .lock = (lock_) }
#else
#define SEQCOUNT_INIT(lock_) { .sequence = 0 }
#endif

/* @lock: the lock that serialises writers. */
static inline void seqcount_init(struct seqcount *s, const void *lock)
{
	s->sequence = 0;
#ifdef DEBUG_LOCKS
	s->lock = lock;
#endif
}

static __always_inline u32 read_seqbegin(const struct seqcount *s)
{
	u32 seq;

	while (unlikely((seq = smp_load_acquire(&s->sequence)) & 1))
		cpu_relax();
	return seq;
}

/* The sequence without waiting for a writer: an odd one always fails the retry test. */
static __always_inline u32 raw_read_seqcount(const struct seqcount *s)
{
	return smp_load_acquire(&s->sequence) & ~1u;
}

static __always_inline bool read_seqretry(const struct seqcount *s, u32 start)
{
	smp_rmb(); /* pairs with the smp_wmb of write_seqcount_begin/end */
	return unlikely(READ_ONCE(s->sequence) != start);
}

static __always_inline void write_seqcount_begin(struct seqcount *s)
{
#ifdef DEBUG_LOCKS
	if (s->lock)
		lock_assert_held(s->lock);
#endif
	preempt_disable();
	WRITE_ONCE(s->sequence, s->sequence + 1);
	smp_wmb(); /* pairs with read_seqretry() */
}

static __always_inline void write_seqcount_end(struct seqcount *s)
{
	smp_wmb(); /* pairs with read_seqbegin() */
	WRITE_ONCE(s->sequence, s->sequence + 1);
	preempt_enable();
}

/* Make every reader that is inside now retry. */
static __always_inline void write_seqcount_invalidate(struct seqcount *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, s->sequence + 2);
}

/* A seqcount with its own writers' lock. */
struct seqlock {
	struct seqcount seqcount;
	struct spinlock lock;
};

typedef struct seqlock seqlock_t;

static inline void seqlock_init(struct seqlock *sl, enum lock_rank rank)
{
	spin_lock_init(&sl->lock, rank);
	seqcount_init(&sl->seqcount, &sl->lock);
}

static __always_inline u32 seqlock_read_begin(const struct seqlock *sl)
{
	return read_seqbegin(&sl->seqcount);
}

static __always_inline bool seqlock_read_retry(const struct seqlock *sl, u32 start)
{
	return read_seqretry(&sl->seqcount, start);
}

static __always_inline void write_seqlock(struct seqlock *sl)
{
	spin_lock(&sl->lock);
	write_seqcount_begin(&sl->seqcount);
}

static __always_inline void write_sequnlock(struct seqlock *sl)
{
	write_seqcount_end(&sl->seqcount);
	spin_unlock(&sl->lock);
}

#define write_seqlock_irqsave(sl, flags)                     \
	do {                                                 \
		spin_lock_irqsave(&(sl)->lock, flags);       \
		write_seqcount_begin(&(sl)->seqcount);       \
	} while (0)
#define write_sequnlock_irqrestore(sl, flags)                \
	do {                                                 \
		write_seqcount_end(&(sl)->seqcount);         \
		spin_unlock_irqrestore(&(sl)->lock, flags);  \
	} while (0)

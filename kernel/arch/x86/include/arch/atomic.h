/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * atomic.h - counters and words that several CPUs change at once: atomic_t (32 bits), atomic64_t and
 * atomic.h - counters and words that several CPUs change at once: atomic_t (32 bits), atomic64_t and
 * atomic_long_t (64 bits), with the names and ordering rules the field knows from Linux. What nobody uses is not here.
 *
 * INVARIANTS  I1  An operation that returns a value is a full barrier unless its name ends in _relaxed,
 *                 _acquire or _release; one that returns nothing orders nothing. (On x86 all are full.)
 *             I2  atomic_read and atomic_set are single plain accesses, never torn, never merged.
 */
#ifndef ARCH_ATOMIC_H
#define ARCH_ATOMIC_H

#include <arch/cmpxchg.h>
#include <lib/types.h>

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

#define ATOMIC_INIT(i) { (i) }
#define ATOMIC64_INIT(i) { (i) }
#define ATOMIC_LONG_INIT(i) { (i) }

static inline int atomic_read(const atomic_t *v)
{
	return *(const volatile int *)&v->counter;
}

static inline int atomic_read_acquire(const atomic_t *v)
{
	return smp_load_acquire(&v->counter);
}

static inline void atomic_set(atomic_t *v, int i)
{
	*(volatile int *)&v->counter = i;
}

static inline void atomic_set_release(atomic_t *v, int i)
{
	smp_store_release(&v->counter, i);
}

static inline void atomic_add(int i, atomic_t *v)
{
	asm volatile("lock; addl %1, %0" : "+m"(v->counter) : "er"(i) : "memory", "cc");
}

static inline void atomic_sub(int i, atomic_t *v)
{
	asm volatile("lock; subl %1, %0" : "+m"(v->counter) : "er"(i) : "memory", "cc");
}

static inline void atomic_and(int i, atomic_t *v)
{
	asm volatile("lock; andl %1, %0" : "+m"(v->counter) : "er"(i) : "memory", "cc");
}

static inline void atomic_or(int i, atomic_t *v)
{
	asm volatile("lock; orl %1, %0" : "+m"(v->counter) : "er"(i) : "memory", "cc");
}

static inline void atomic_andnot(int i, atomic_t *v)
{
	atomic_and(~i, v);
}

static inline void atomic_inc(atomic_t *v)
{
	asm volatile("lock; incl %0" : "+m"(v->counter) : : "memory", "cc");
}

static inline void atomic_dec(atomic_t *v)
{
	asm volatile("lock; decl %0" : "+m"(v->counter) : : "memory", "cc");
}

static inline int atomic_fetch_add(int i, atomic_t *v)
{
	return xadd(&v->counter, i);
}

static inline int atomic_add_return(int i, atomic_t *v)
{
	return xadd(&v->counter, i) + i;
}

static inline int atomic_sub_return(int i, atomic_t *v)
{
	return xadd(&v->counter, -i) - i;
}

static inline int atomic_inc_return(atomic_t *v)
{
	return atomic_add_return(1, v);
}

static inline int atomic_dec_return(atomic_t *v)
{
	return atomic_sub_return(1, v);
}

static inline int atomic_fetch_inc(atomic_t *v)
{
	return atomic_fetch_add(1, v);
}

static inline int atomic_xchg(atomic_t *v, int n)
{
	return xchg(&v->counter, n);
}

static inline int atomic_cmpxchg(atomic_t *v, int old, int n)
{
	return cmpxchg(&v->counter, old, n);
}

static inline bool atomic_try_cmpxchg(atomic_t *v, int *old, int n)
{
	return try_cmpxchg(&v->counter, old, n);
}

static inline int atomic_fetch_or(int i, atomic_t *v)
{
	int old = atomic_read(v);

	while (!atomic_try_cmpxchg(v, &old, old | i))
		;
	return old;
}

static inline bool atomic_dec_and_test(atomic_t *v)
{
	bool zero;

	asm volatile("lock; decl %0" : "+m"(v->counter), "=@ccz"(zero) : : "memory");
	return zero;
}

static inline bool atomic_sub_and_test(int i, atomic_t *v)
{
	bool zero;

	asm volatile("lock; subl %2, %0" : "+m"(v->counter), "=@ccz"(zero) : "er"(i) : "memory");
	return zero;
}

static inline bool atomic_add_negative(int i, atomic_t *v)
{
	bool neg;

	asm volatile("lock; addl %2, %0" : "+m"(v->counter), "=@ccs"(neg) : "er"(i) : "memory");
	return neg;
}

/* Add @a unless the value is @u; the value before. */
static inline int atomic_fetch_add_unless(atomic_t *v, int a, int u)
{
	int old = atomic_read(v);

	do {
		if (old == u)
			break;
	} while (!atomic_try_cmpxchg(v, &old, old + a));
	return old;
}

static inline bool atomic_add_unless(atomic_t *v, int a, int u)
{
	return atomic_fetch_add_unless(v, a, u) != u;
}

static inline bool atomic_inc_not_zero(atomic_t *v)
{
	return atomic_add_unless(v, 1, 0);
}

static inline bool atomic_dec_unless_positive(atomic_t *v)
{
	int old = atomic_read(v);

	do {
		if (old > 0)
			return false;
	} while (!atomic_try_cmpxchg(v, &old, old - 1));
	return true;
}

static inline bool atomic_inc_unless_negative(atomic_t *v)
{
	int old = atomic_read(v);

	do {
		if (old < 0)
			return false;
	} while (!atomic_try_cmpxchg(v, &old, old + 1));
	return true;
}

#define atomic_sub_return_release(i, v) atomic_sub_return(i, v)

static inline s64 atomic64_read(const atomic64_t *v)
{
	return *(const volatile s64 *)&v->counter;
}

static inline s64 atomic64_read_acquire(const atomic64_t *v)
{
	return smp_load_acquire(&v->counter);
}

static inline void atomic64_set(atomic64_t *v, s64 i)
{
	*(volatile s64 *)&v->counter = i;
}

static inline void atomic64_set_release(atomic64_t *v, s64 i)
{
	smp_store_release(&v->counter, i);
}

static inline void atomic64_add(s64 i, atomic64_t *v)
{
	asm volatile("lock; addq %1, %0" : "+m"(v->counter) : "er"(i) : "memory", "cc");
}

static inline void atomic64_sub(s64 i, atomic64_t *v)
{
	asm volatile("lock; subq %1, %0" : "+m"(v->counter) : "er"(i) : "memory", "cc");
}

static inline void atomic64_and(s64 i, atomic64_t *v)
{
	asm volatile("lock; andq %1, %0" : "+m"(v->counter) : "er"(i) : "memory", "cc");
}

static inline void atomic64_or(s64 i, atomic64_t *v)
{
	asm volatile("lock; orq %1, %0" : "+m"(v->counter) : "er"(i) : "memory", "cc");
}

static inline void atomic64_andnot(s64 i, atomic64_t *v)
{
	atomic64_and(~i, v);
}

static inline void atomic64_inc(atomic64_t *v)
{
	asm volatile("lock; incq %0" : "+m"(v->counter) : : "memory", "cc");
}

static inline void atomic64_dec(atomic64_t *v)
{
	asm volatile("lock; decq %0" : "+m"(v->counter) : : "memory", "cc");
}

static inline s64 atomic64_fetch_add(s64 i, atomic64_t *v)
{
	return xadd(&v->counter, i);
}

static inline s64 atomic64_add_return(s64 i, atomic64_t *v)
{
	return xadd(&v->counter, i) + i;
}

static inline s64 atomic64_sub_return(s64 i, atomic64_t *v)
{
	return xadd(&v->counter, -i) - i;
}

static inline s64 atomic64_inc_return(atomic64_t *v)
{
	return atomic64_add_return(1, v);
}

static inline s64 atomic64_dec_return(atomic64_t *v)
{
	return atomic64_sub_return(1, v);
}

static inline s64 atomic64_fetch_inc(atomic64_t *v)
{
	return atomic64_fetch_add(1, v);
}

static inline s64 atomic64_xchg(atomic64_t *v, s64 n)
{
	return xchg(&v->counter, n);
}

static inline s64 atomic64_cmpxchg(atomic64_t *v, s64 old, s64 n)
{
	return cmpxchg(&v->counter, old, n);
}

static inline bool atomic64_try_cmpxchg(atomic64_t *v, s64 *old, s64 n)
{
	return try_cmpxchg(&v->counter, old, n);
}

static inline s64 atomic64_fetch_or(s64 i, atomic64_t *v)
{
	s64 old = atomic64_read(v);

	while (!atomic64_try_cmpxchg(v, &old, old | i))
		;
	return old;
}

static inline bool atomic64_dec_and_test(atomic64_t *v)
{
	bool zero;

	asm volatile("lock; decq %0" : "+m"(v->counter), "=@ccz"(zero) : : "memory");
	return zero;
}

static inline bool atomic64_sub_and_test(s64 i, atomic64_t *v)
{
	bool zero;

	asm volatile("lock; subq %2, %0" : "+m"(v->counter), "=@ccz"(zero) : "er"(i) : "memory");
	return zero;
}

static inline bool atomic64_add_negative(s64 i, atomic64_t *v)
{
	bool neg;

	asm volatile("lock; addq %2, %0" : "+m"(v->counter), "=@ccs"(neg) : "er"(i) : "memory");
	return neg;
}

/* Add @a unless the value is @u; the value before. */
static inline s64 atomic64_fetch_add_unless(atomic64_t *v, s64 a, s64 u)
{
	s64 old = atomic64_read(v);

	do {
		if (old == u)
			break;
	} while (!atomic64_try_cmpxchg(v, &old, old + a));
	return old;
}

static inline bool atomic64_add_unless(atomic64_t *v, s64 a, s64 u)
{
	return atomic64_fetch_add_unless(v, a, u) != u;
}

static inline bool atomic64_inc_not_zero(atomic64_t *v)
{
	return atomic64_add_unless(v, 1, 0);
}

static inline bool atomic64_dec_unless_positive(atomic64_t *v)
{
	s64 old = atomic64_read(v);

	do {
		if (old > 0)
			return false;
	} while (!atomic64_try_cmpxchg(v, &old, old - 1));
	return true;
}

static inline bool atomic64_inc_unless_negative(atomic64_t *v)
{
	s64 old = atomic64_read(v);

	do {
		if (old < 0)
			return false;
	} while (!atomic64_try_cmpxchg(v, &old, old + 1));
	return true;
}

#define atomic64_sub_return_release(i, v) atomic64_sub_return(i, v)

/* atomic_long_t is the 64-bit family under another name. */
#define atomic_long_read atomic64_read
#define atomic_long_read_acquire atomic64_read_acquire
#define atomic_long_set atomic64_set
#define atomic_long_set_release atomic64_set_release
#define atomic_long_add atomic64_add
#define atomic_long_sub atomic64_sub
#define atomic_long_and atomic64_and
#define atomic_long_or atomic64_or
#define atomic_long_andnot atomic64_andnot
#define atomic_long_inc atomic64_inc
#define atomic_long_dec atomic64_dec
#define atomic_long_fetch_add atomic64_fetch_add
#define atomic_long_add_return atomic64_add_return
#define atomic_long_sub_return atomic64_sub_return
#define atomic_long_inc_return atomic64_inc_return
#define atomic_long_dec_return atomic64_dec_return
#define atomic_long_fetch_inc atomic64_fetch_inc
#define atomic_long_xchg atomic64_xchg
#define atomic_long_cmpxchg atomic64_cmpxchg
#define atomic_long_try_cmpxchg atomic64_try_cmpxchg
#define atomic_long_fetch_or atomic64_fetch_or
#define atomic_long_dec_and_test atomic64_dec_and_test
#define atomic_long_sub_and_test atomic64_sub_and_test
#define atomic_long_add_negative atomic64_add_negative
#define atomic_long_fetch_add_unless atomic64_fetch_add_unless
#define atomic_long_add_unless atomic64_add_unless
#define atomic_long_inc_not_zero atomic64_inc_not_zero
#define atomic_long_dec_unless_positive atomic64_dec_unless_positive
#define atomic_long_inc_unless_negative atomic64_inc_unless_negative
#define atomic_long_sub_return_release atomic64_sub_return_release

#endif

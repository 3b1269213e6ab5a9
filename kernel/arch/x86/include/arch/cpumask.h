/* SPDX-License-Identifier: GPL-2.0-only */
/* cpumask.h - a set of CPUs: one word, since NR_CPUS is 64. */
#ifndef ARCH_CPUMASK_H
#define ARCH_CPUMASK_H

#include <arch/percpu.h>
#include <lib/types.h>

typedef struct {
	u64 bits;
} cpumask_t;

#define CPUMASK_NONE ((cpumask_t){ 0 })
#define CPUMASK_ALL ((cpumask_t){ ~0ull })
#define CPUMASK_OF(cpu) ((cpumask_t){ 1ull << (cpu) })

static inline u64 cpumask_bits(const cpumask_t *mask)
{
	return *(const volatile u64 *)&mask->bits;
}

static inline bool cpumask_test_cpu(int cpu, const cpumask_t *mask)
{
	return (cpumask_bits(mask) >> cpu) & 1;
}

/* Atomic. */
static inline void cpumask_set_cpu(int cpu, cpumask_t *mask)
{
	asm volatile("lock; btsq %1, %0" : "+m"(mask->bits) : "r"((u64)cpu) : "memory", "cc");
}

/* Atomic. */
static inline void cpumask_clear_cpu(int cpu, cpumask_t *mask)
{
	asm volatile("lock; btrq %1, %0" : "+m"(mask->bits) : "r"((u64)cpu) : "memory", "cc");
}

/* Atomic; was it set before? */
static inline bool cpumask_test_and_set_cpu(int cpu, cpumask_t *mask)
{
	bool old;

	asm volatile("lock; btsq %2, %0" : "+m"(mask->bits), "=@ccc"(old) : "r"((u64)cpu) : "memory");
	return old;
}

static inline bool cpumask_test_and_clear_cpu(int cpu, cpumask_t *mask)
{
	bool old;

	asm volatile("lock; btrq %2, %0" : "+m"(mask->bits), "=@ccc"(old) : "r"((u64)cpu) : "memory");
	return old;
}

static inline bool cpumask_empty(const cpumask_t *mask)
{
	return !cpumask_bits(mask);
}

static inline int cpumask_weight(const cpumask_t *mask)
{
	u64 b = cpumask_bits(mask);
	int n = 0;

	for (; b; b &= b - 1)
		n++;
	return n;
}

/* Lowest member, or NR_CPUS. */
static inline int cpumask_first(const cpumask_t *mask)
{
	u64 b = cpumask_bits(mask);

	return b ? __builtin_ctzll(b) : NR_CPUS;
}

/* Lowest member above @cpu (-1 to start), or NR_CPUS. */
static inline int cpumask_next(int cpu, const cpumask_t *mask)
{
	u64 b = cpu >= 63 ? 0 : cpumask_bits(mask) & (~0ull << (cpu + 1));

	return b ? __builtin_ctzll(b) : NR_CPUS;
}

static inline cpumask_t cpumask_and(cpumask_t a, cpumask_t b) { return (cpumask_t){ a.bits & b.bits }; }
static inline cpumask_t cpumask_or(cpumask_t a, cpumask_t b) { return (cpumask_t){ a.bits | b.bits }; }
static inline cpumask_t cpumask_andnot(cpumask_t a, cpumask_t b) { return (cpumask_t){ a.bits & ~b.bits }; }
static inline bool cpumask_equal(cpumask_t a, cpumask_t b) { return a.bits == b.bits; }
static inline bool cpumask_subset(cpumask_t a, cpumask_t b) { return !(a.bits & ~b.bits); }
static inline bool cpumask_intersects(cpumask_t a, cpumask_t b) { return a.bits & b.bits; }

#define for_each_cpu(cpu, mask) \
	for ((cpu) = cpumask_first(mask); (cpu) < NR_CPUS; (cpu) = cpumask_next(cpu, mask))

#endif

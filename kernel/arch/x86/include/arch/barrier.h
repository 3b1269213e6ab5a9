/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * barrier.h - ordering of memory accesses, named as the field names them. x86 keeps the order of all
 * but a store followed by a load, so most are for the compiler only; they state intent for other CPUs.
 */
#ifndef ARCH_BARRIER_H
#define ARCH_BARRIER_H

#include <lib/compiler.h>
#include <lib/types.h>

#define mb() asm volatile("mfence" : : : "memory")
#define rmb() asm volatile("lfence" : : : "memory")
#define wmb() asm volatile("sfence" : : : "memory")

/* A locked operation on the stack is cheaper than mfence and orders ordinary memory as well. */
#define smp_mb() asm volatile("lock; addl $0, -4(%%rsp)" : : : "memory", "cc")
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define dma_rmb() barrier()
#define dma_wmb() barrier()
#define virt_mb() smp_mb()
#define virt_rmb() barrier()
#define virt_wmb() barrier()
#define smp_mb__before_atomic() barrier()
#define smp_mb__after_atomic() barrier()
#define smp_mb__after_spinlock() barrier()

#define smp_load_acquire(p)                                                  \
	({                                                                   \
		__typeof__(*(p)) la_v = *(const volatile __typeof__(*(p)) *)(p); \
		barrier();                                                   \
		la_v;                                                        \
	})

#define smp_store_release(p, v)                                              \
	do {                                                                 \
		barrier();                                                   \
		*(volatile __typeof__(*(p)) *)(p) = (v);                     \
	} while (0)

/* Store, then a full barrier. */
#define smp_store_mb(var, val)                                               \
	do {                                                                 \
		(void)xchg(&(var), (val));                                   \
	} while (0)

static inline void cpu_relax(void)
{
	asm volatile("pause" : : : "memory");
}

/* Spins until @cond, an expression over VAL, the value loaded from @p, is true; gives that value. */
#define smp_cond_load_relaxed(p, cond)                                       \
	({                                                                   \
		__typeof__(*(p)) VAL;                                        \
		for (;;) {                                                   \
			VAL = *(const volatile __typeof__(*(p)) *)(p);       \
			if (cond)                                            \
				break;                                       \
			cpu_relax();                                         \
		}                                                            \
		VAL;                                                         \
	})
#define smp_cond_load_acquire(p, cond)                                       \
	({                                                                   \
		__typeof__(*(p)) cla_v = smp_cond_load_relaxed(p, cond);     \
		barrier();                                                   \
		cla_v;                                                       \
	})

/*
 * @index, or 0 when it is not below @size, also on a path that the processor only guesses. Both below 2^63.
 */
static inline unsigned long array_index_nospec(unsigned long index, unsigned long size)
{
	unsigned long mask;

	asm("cmpq %1, %2\n\tsbbq %0, %0" : "=r"(mask) : "g"(size), "r"(index) : "cc");
	return index & mask;
}

#endif

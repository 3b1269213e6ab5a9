/* SPDX-License-Identifier: GPL-2.0-only */
/* math64.h - 64-bit arithmetic with a 128-bit middle. */
#ifndef LIB_MATH64_H
#define LIB_MATH64_H

#include <lib/types.h>

static inline u64 div_u64(u64 n, u32 d)
{
	return n / d;
}

static inline u64 div64_u64(u64 n, u64 d)
{
	return n / d;
}

static inline s64 div64_s64(s64 n, s64 d)
{
	return n / d;
}

static inline s64 div_s64(s64 n, s32 d)
{
	return n / d;
}

static inline u64 div_u64_rem(u64 n, u32 d, u32 *rem)
{
	*rem = (u32)(n % d);
	return n / d;
}

static inline u64 div64_u64_rem(u64 n, u64 d, u64 *rem)
{
	*rem = n % d;
	return n / d;
}

/* (a * mul) >> shift without losing the high half. */
static inline u64 mul_u64_u64_shr(u64 a, u64 mul, unsigned int shift)
{
	return (u64)(((unsigned __int128)a * mul) >> shift);
}

static inline u64 mul_u64_u32_shr(u64 a, u32 mul, unsigned int shift)
{
	return mul_u64_u64_shr(a, mul, shift);
}

/* a * mul / div; the quotient must fit in 64 bits. Without library calls: by hand on the halves. */
static inline u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 div)
{
	u64 q, rem;

	__asm__("mulq %3\n\tdivq %4" : "=a"(q), "=&d"(rem) : "0"(a), "rm"(mul), "rm"(div) : "cc");
	return q;
}

static inline u64 mul_u64_u32_div(u64 a, u32 mul, u32 div)
{
	return mul_u64_u64_div_u64(a, mul, div);
}

/* Floor of the square root. */
unsigned long int_sqrt(unsigned long x);

#endif

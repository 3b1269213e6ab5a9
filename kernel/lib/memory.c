/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - memcpy, memmove, memset, memcmp and the other byte scans.
 *
 * WHAT        Compilers emit calls to these four, so they are real functions. Words of 8 bytes, unrolled by
 *             four, carry the bulk: on the emulator a plain mov is what translates best, and real processors
 *             are near their best with it too at the sizes that a kernel copies. From COPY_STRING_MIN bytes on,
 *             rep movsq takes over (one instruction counted, fast microcode on hardware).
 * INVARIANTS  No vector registers: user space's are live. No loop here may become a call to the function it
 *             implements: a barrier() in each keeps the compiler from seeing the idiom.
 * TESTS       tests/string_test.c
 */
#include <lib/string.h>

/* Below this a word loop wins over the start-up cost of rep. */
#define COPY_STRING_MIN 512

typedef u64 __attribute__((__may_alias__, __aligned__(1))) word_t;
typedef u32 __attribute__((__may_alias__, __aligned__(1))) half_t;
typedef u16 __attribute__((__may_alias__, __aligned__(1))) quarter_t;

static __always_inline word_t *words(void *p)
{
	return p;
}

static __always_inline const word_t *const_words(const void *p)
{
	return p;
}

/* At most 16 bytes, by two loads that may overlap: right for moves in either direction. */
static __always_inline void copy_small(u8 *d, const u8 *s, size_t n)
{
	if (n >= 8) {
		u64 head = *const_words(s), tail = *const_words(s + n - 8);

		*words(d) = head;
		*words(d + n - 8) = tail;
	} else if (n >= 4) {
		u32 head = *(const half_t *)s, tail = *(const half_t *)(s + n - 4);

		*(half_t *)d = head;
		*(half_t *)(d + n - 4) = tail;
	} else if (n >= 2) {
		u16 head = *(const quarter_t *)s, tail = *(const quarter_t *)(s + n - 2);

		*(quarter_t *)d = head;
		*(quarter_t *)(d + n - 2) = tail;
	} else if (n) {
		*d = *s;
	}
}

/* More than 16 bytes, upwards; right also when dst is below an overlapping src. */
static __always_inline void copy_forward(u8 *d, const u8 *s, size_t n)
{
	const u64 tail0 = *const_words(s + n - 16), tail1 = *const_words(s + n - 8);
	u8 *last = d + n - 16;

	if (n >= COPY_STRING_MIN) {
		size_t nr_words = (n - 16) / 8;

		__asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(nr_words) : : "memory");
		n = 16 + (n & 7);
	}
	for (; n > 16 + 32; n -= 32, d += 32, s += 32) {
		u64 a = const_words(s)[0], b = const_words(s)[1];
		u64 c = const_words(s)[2], e = const_words(s)[3];

		words(d)[0] = a;
		words(d)[1] = b;
		words(d)[2] = c;
		words(d)[3] = e;
		barrier();
	}
	for (; n > 16; n -= n > 24 ? 8 : n - 16, d += 8, s += 8) {
		*words(d) = *const_words(s);
		barrier();
	}
	words(last)[0] = tail0;
	words(last)[1] = tail1;
}

/* More than 16 bytes, downwards: dst is above an overlapping src. */
static __always_inline void copy_backward(u8 *d, const u8 *s, size_t n)
{
	const u64 head0 = const_words(s)[0], head1 = const_words(s)[1];

	while (n > 16 + 16) {
		u64 a = *const_words(s + n - 8), b = *const_words(s + n - 16);

		*words(d + n - 8) = a;
		*words(d + n - 16) = b;
		n -= 16;
		barrier();
	}
	if (n > 24) {
		*words(d + n - 8) = *const_words(s + n - 8);
		n -= 8;
	}
	if (n > 16) {
		u64 word = *const_words(s + n - 8);

		*words(d + n - 8) = word;
	}
	words(d)[0] = head0;
	words(d)[1] = head1;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	if (n <= 16)
		copy_small(dst, src, n);
	else
		copy_forward(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if (n <= 16)
		copy_small(dst, src, n);
	else if ((unsigned long)dst - (unsigned long)src >= n)
		copy_forward(dst, src, n);
	else
		copy_backward(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	const u64 pattern = (u8)c * 0x0101010101010101UL;
	u8 *d = dst;

	if (n < 8) {
		for (; n; n--) {
			*d++ = (u8)c;
			barrier();
		}
		return dst;
	}
	*words(d + n - 8) = pattern;
	if (n >= COPY_STRING_MIN) {
		size_t nr_words = n / 8;

		__asm__ volatile("rep stosq" : "+D"(d), "+c"(nr_words) : "a"(pattern) : "memory");
		return dst;
	}
	for (; n >= 32; n -= 32, d += 32) {
		words(d)[0] = pattern;
		words(d)[1] = pattern;
		words(d)[2] = pattern;
		words(d)[3] = pattern;
		barrier();
	}
	for (; n >= 8; n -= 8, d += 8) {
		*words(d) = pattern;
		barrier();
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	for (; n >= 8; n -= 8, x += 8, y += 8) {
		u64 p = *const_words(x), q = *const_words(y);

		if (p != q)
			return __builtin_bswap64(p) < __builtin_bswap64(q) ? -1 : 1;
	}
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

int bcmp(const void *a, const void *b, size_t n)
{
	return memcmp(a, b, n);
}

void bcopy(const void *src, void *dst, size_t n)
{
	memmove(dst, src, n);
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; n--, p++)
		if (*p == (u8)c)
			return (void *)p;
	return NULL;
}

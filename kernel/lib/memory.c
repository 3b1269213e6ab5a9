/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory.c - memcpy, memmove, memset, memcmp and the other byte scans.
 *
 * WHAT        Compilers emit calls to these four, so they are real functions. Up to 32 bytes are moved without a
 *             loop: a head and a tail, loaded before anything is stored, that may overlap. From there on 32 bytes
 *             a turn in two pairs of words (so few registers that none is saved), and from STRING_MIN on rep movsq, which counts as one instruction a word and is fast
 *             microcode on hardware (never rep movsb: emulators go byte by byte).
 * INVARIANTS  No vector registers: user space's are live. No loop here may become a call to the function it
 *             implements: a barrier() in each keeps the compiler from seeing the idiom.
 * TESTS       tests/string_test.c
 */
#include <lib/string.h>

/* From here on rep pays for its start. */
#define STRING_MIN 256

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

/* Two words at @p, both loaded before any is stored. */
struct pair {
	u64 a, b;
};

static __always_inline struct pair load_pair(const u8 *p)
{
	return (struct pair){ const_words(p)[0], const_words(p)[1] };
}

static __always_inline void store_pair(u8 *p, struct pair pair)
{
	words(p)[0] = pair.a;
	words(p)[1] = pair.b;
}

static __always_inline void copy_below_8(u8 *d, const u8 *s, size_t n)
{
	if (n >= 4) {
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

/* At most 32 bytes, any overlap: everything is loaded before anything is stored. */
static __always_inline void copy_small(u8 *d, const u8 *s, size_t n)
{
	if (n < 8) {
		copy_below_8(d, s, n);
	} else if (n <= 16) {
		u64 head = *const_words(s), tail = *const_words(s + n - 8);

		*words(d) = head;
		*words(d + n - 8) = tail;
	} else {
		struct pair head = load_pair(s), tail = load_pair(s + n - 16);

		store_pair(d, head);
		store_pair(d + n - 16, tail);
	}
}

/* More than 32 bytes, upwards; right also when dst is below an overlapping src. */
static __always_inline void copy_forward(u8 *d, const u8 *s, size_t n)
{
	const struct pair tail = load_pair(s + n - 16);
	u8 *last = d + n - 16;

	if (n >= STRING_MIN) {
		size_t nr_words = (n - 1) / 8;

		__asm__ volatile("rep movsq" : "+D"(d), "+S"(s), "+c"(nr_words) : : "memory");
		store_pair(last, tail);
		return;
	}
	for (; n > 32; n -= 32, d += 32, s += 32) {
		store_pair(d, load_pair(s));
		barrier();
		store_pair(d + 16, load_pair(s + 16));
		barrier();
	}
	if (n > 16)
		store_pair(d, load_pair(s));
	store_pair(last, tail);
}

/* More than 32 bytes, downwards: dst is above an overlapping src. */
static __always_inline void copy_backward(u8 *d, const u8 *s, size_t n)
{
	const struct pair head = load_pair(s);

	for (; n > 16; n -= 16) {
		store_pair(d + n - 16, load_pair(s + n - 16));
		barrier();
	}
	store_pair(d, head);
}

void *memcpy(void *dst, const void *src, size_t n)
{
	if (n <= 32)
		copy_small(dst, src, n);
	else
		copy_forward(dst, src, n);
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	if (n <= 32)
		copy_small(dst, src, n);
	else if ((unsigned long)dst - (unsigned long)src >= n)
		copy_forward(dst, src, n);
	else
		copy_backward(dst, src, n);
	return dst;
}

static __always_inline void set_below_8(u8 *d, u64 pattern, size_t n)
{
	if (n >= 4) {
		*(half_t *)d = (u32)pattern;
		*(half_t *)(d + n - 4) = (u32)pattern;
	} else if (n) {
		d[0] = (u8)pattern;
		d[n / 2] = (u8)pattern;
		d[n - 1] = (u8)pattern;
	}
}

void *memset(void *dst, int c, size_t n)
{
	const u64 pattern = (u8)c * 0x0101010101010101UL;
	const struct pair pair = { pattern, pattern };
	u8 *d = dst, *end = d + n;

	if (n < 8) {
		set_below_8(d, pattern, n);
	} else if (n <= 16) {
		*words(d) = pattern;
		*words(end - 8) = pattern;
	} else if (n >= STRING_MIN) {
		size_t nr_words = n / 8;

		__asm__ volatile("rep stosq" : "+D"(d), "+c"(nr_words) : "a"(pattern) : "memory");
		*words(end - 8) = pattern;
	} else {
		for (; n > 32; n -= 32, d += 32) {
			store_pair(d, pair);
			store_pair(d + 16, pair);
			barrier();
		}
		if (n > 16)
			store_pair(d, pair);
		store_pair(end - 16, pair);
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

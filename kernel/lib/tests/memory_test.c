/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memory_test.c - proves the mem* functions against the C library's, at every small size, alignment and overlap, with
 * guard bytes around, and at sizes past the switch to string instructions.
 */
#include "unit_test.h"
#include <lib/string.h>
#include <stdlib.h>

#define memcpy k_memcpy
#define memmove k_memmove
#define memset k_memset
#define memcmp k_memcmp
#define memchr k_memchr
#define bcmp k_bcmp
#define bcopy k_bcopy
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
int bcmp(const void *a, const void *b, size_t n);
void bcopy(const void *src, void *dst, size_t n);
#include "../memory.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef bcmp
#undef bcopy

#define AREA 8192

struct areas {
	u8 a[AREA];
	u8 b[AREA];
	u8 src[AREA];
};

static struct areas *make_areas(void)
{
	struct areas *t = malloc(sizeof(*t));

	for (int i = 0; i < AREA; i++) {
		t->src[i] = (u8)unit_random();
		t->a[i] = t->b[i] = (u8)unit_random();
	}
	return t;
}

static void check_copy(struct areas *t, size_t to, size_t from, size_t n)
{
	k_memcpy(t->a + to, t->src + from, n);
	memcpy(t->b + to, t->src + from, n);
	CHECK(!memcmp(t->a, t->b, AREA));
}

static void check_move(struct areas *t, size_t to, size_t from, size_t n)
{
	k_memmove(t->a + to, t->a + from, n);
	memmove(t->b + to, t->b + from, n);
	CHECK(!memcmp(t->a, t->b, AREA));
}

TEST(copy_of_each_small_size_and_alignment_writes_exactly_that)
{
	struct areas *t = make_areas();

	for (size_t n = 0; n < 150; n++)
		for (size_t at = 0; at < 64; at++)
			check_copy(t, 100 + at % 8, 200 + at / 8, n);
	free(t);
}

TEST(copy_of_large_sizes_is_exact)
{
	struct areas *t = make_areas();

	for (size_t n = 500; n < 560; n++)
		check_copy(t, 3, 5, n);
	for (size_t n = 4090; n < 4110; n++)
		check_copy(t, n % 8, 1, n);
	free(t);
}

TEST(move_with_each_overlap_equals_a_copy_through_a_third_place)
{
	struct areas *t = make_areas();

	for (size_t n = 0; n < 120; n++)
		for (int distance = -40; distance <= 40; distance++)
			check_move(t, 500 + distance, 500, n);
	for (size_t n = 505; n < 540; n++)
		for (int distance = -20; distance <= 20; distance++)
			check_move(t, 1000 + distance, 1000, n);
	free(t);
}

TEST(set_of_each_size_writes_exactly_that)
{
	struct areas *t = make_areas();

	for (size_t n = 0; n < 700; n++)
		for (size_t at = 0; at < 8; at++) {
			k_memset(t->a + 64 + at, (int)n + 0x100, n);
			memset(t->b + 64 + at, (int)n, n);
			CHECK(!memcmp(t->a, t->b, AREA));
		}
	free(t);
}

TEST(compare_orders_by_the_first_different_byte)
{
	u8 a[64], b[64];

	for (int n = 1; n <= 64; n++)
		for (int at = 0; at < n; at++) {
			memset(a, 0x55, sizeof(a));
			memset(b, 0x55, sizeof(b));
			CHECK_EQ(k_memcmp(a, b, n), 0);
			a[at] = 0x80;
			b[n - 1] += at != n - 1;
			CHECK(k_memcmp(a, b, n) > 0);
			CHECK(k_memcmp(b, a, n) < 0);
			CHECK(k_bcmp(a, b, n));
		}
}

TEST(chr_finds_the_first_and_stops_at_the_end)
{
	CHECK_STREQ(k_memchr("hallo", 'l', 5), "llo");
	CHECK(!k_memchr("hallo", 'l', 2));
	CHECK(!k_memchr("hallo", 'x', 5));
}

TEST(bcopy_moves_between_overlapping_places)
{
	char s[] = "0123456789";

	k_bcopy(s, s + 2, 8);
	CHECK_STREQ(s, "0101234567");
}

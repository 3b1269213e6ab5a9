/* SPDX-License-Identifier: GPL-2.0-only */
/* bitmap_test.c - proves bit scans against single tests, set algebra at odd sizes, and both text forms both ways. */
#include "unit_test.h"
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/string.h>

#define NBITS 200

static void randomize(unsigned long *map)
{
	for (int i = 0; i < BITS_TO_LONGS(NBITS); i++)
		map[i] = unit_random() & unit_random() & unit_random();
}

static unsigned long scan_slowly(const unsigned long *map, unsigned long size, unsigned long at,
				 bool wanted)
{
	while (at < size && test_bit(at, map) != wanted)
		at++;
	return min(at, size);
}

TEST(scans_agree_with_testing_each_bit)
{
	DECLARE_BITMAP(map, NBITS);

	for (int round = 0; round < 50; round++) {
		unsigned long size = unit_random() % (NBITS + 1), last = size;

		randomize(map);
		for (unsigned long at = 0; at <= size; at++) {
			CHECK_EQ(find_next_bit(map, size, at), scan_slowly(map, size, at, true));
			CHECK_EQ(find_next_zero_bit(map, size, at),
				 scan_slowly(map, size, at, false));
			if (at < size && test_bit(at, map))
				last = at;
		}
		CHECK_EQ(find_last_bit(map, size), last);
	}
}

TEST(results_have_no_bits_past_the_end)
{
	DECLARE_BITMAP(a, NBITS);
	DECLARE_BITMAP(b, NBITS);

	bitmap_fill(a, 70);
	CHECK_EQ(a[1], 0x3f);
	bitmap_zero(b, NBITS);
	bitmap_complement(b, b, 70);
	CHECK(bitmap_equal(a, b, 70));
	CHECK_EQ(b[1], 0x3f);
	CHECK(bitmap_full(a, 70));
	CHECK_EQ(bitmap_weight(a, 70), 70);
	bitmap_xor(b, a, b, 70);
	CHECK(bitmap_empty(b, 70));
}

TEST(set_algebra_tells_subsets_and_meetings)
{
	DECLARE_BITMAP(a, NBITS) = { 0 };
	DECLARE_BITMAP(b, NBITS) = { 0 };
	DECLARE_BITMAP(c, NBITS) = { 0 };

	bitmap_set(a, 10, 120);
	bitmap_set(b, 60, 10);
	CHECK(bitmap_subset(b, a, NBITS));
	CHECK(!bitmap_subset(a, b, NBITS));
	CHECK(bitmap_intersects(a, b, NBITS));
	CHECK(bitmap_andnot(c, a, b, NBITS));
	CHECK_EQ(bitmap_weight(c, NBITS), 110);
	CHECK(!bitmap_intersects(b, c, NBITS));
	CHECK(!bitmap_and(c, b, c, NBITS));
	bitmap_or(c, a, b, NBITS);
	CHECK(bitmap_equal(c, a, NBITS));
	bitmap_copy(c, b, NBITS);
	CHECK(bitmap_equal(c, b, NBITS));
}

TEST(runs_of_any_place_and_length_are_set_and_cleared)
{
	for (unsigned int start = 0; start < 130; start += 3)
		for (unsigned int nr = 0; start + nr <= NBITS; nr += 7) {
			DECLARE_BITMAP(map, NBITS) = { 0 };

			bitmap_set(map, start, nr);
			CHECK_EQ(bitmap_weight(map, NBITS), nr);
			CHECK(!nr || find_first_bit(map, NBITS) == start);
			bitmap_clear(map, start, nr);
			CHECK(bitmap_empty(map, NBITS));
		}
}

TEST(a_free_area_respects_alignment)
{
	DECLARE_BITMAP(map, NBITS) = { 0 };

	bitmap_set(map, 0, 3);
	bitmap_set(map, 9, 1);
	CHECK_EQ(bitmap_find_next_zero_area(map, NBITS, 0, 6, 0), 3);
	CHECK_EQ(bitmap_find_next_zero_area(map, NBITS, 0, 6, 3), 12);
	CHECK(bitmap_find_next_zero_area(map, NBITS, 0, NBITS, 0) > NBITS - NBITS);
}

TEST(lists_parse_and_print_back)
{
	const char *const same[] = { "", "0", "0-3,5", "1-2,64-127,199", "63-64" };
	DECLARE_BITMAP(map, NBITS);
	char text[64];

	for (int i = 0; i < ARRAY_SIZE(same); i++) {
		CHECK_EQ(bitmap_parselist(same[i], map, NBITS), 0);
		CHECK_EQ(bitmap_print_list(text, sizeof(text), map, NBITS), strlen(same[i]));
		CHECK_STREQ(text, same[i]);
	}
	CHECK_EQ(bitmap_parselist("0-10:2/4\n", map, NBITS), 0);
	bitmap_print_list(text, sizeof(text), map, NBITS);
	CHECK_STREQ(text, "0-1,4-5,8-9");
}

TEST(bad_lists_are_refused)
{
	const char *const bad[] = { "x", "1-", "-1", "3-1", "1,,x", "1-2:3", "1-2:3/2", "1-2:0/0" };
	DECLARE_BITMAP(map, NBITS);

	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(bitmap_parselist(bad[i], map, NBITS), -EINVAL);
	CHECK_EQ(bitmap_parselist("200", map, NBITS), -ERANGE);
	CHECK_EQ(bitmap_parselist("99999999999999999999", map, NBITS), -ERANGE);
}

TEST(masks_parse_and_print_back)
{
	DECLARE_BITMAP(map, NBITS);
	char text[128];

	CHECK_EQ(bitmap_parse("f,0000000f", map, 36), 0);
	CHECK_EQ(map[0], 0xf0000000fUL);
	CHECK_EQ(bitmap_print_mask(text, sizeof(text), map, 36), 10);
	CHECK_STREQ(text, "f,0000000f");
	CHECK_EQ(bitmap_parse("0x3\n", map, 2), 0);
	bitmap_print_mask(text, sizeof(text), map, 2);
	CHECK_STREQ(text, "3");
	CHECK_EQ(bitmap_parse("4", map, 2), -EOVERFLOW);
	CHECK_EQ(bitmap_parse("1,00000000", map, 32), -EOVERFLOW);
	CHECK_EQ(bitmap_parse("123456789", map, NBITS), -EOVERFLOW);
	CHECK_EQ(bitmap_parse("", map, NBITS), -EINVAL);
	CHECK_EQ(bitmap_parse("1,,2", map, NBITS), -EINVAL);
	CHECK_EQ(bitmap_parse("g", map, NBITS), -EINVAL);
}

TEST(printing_is_cut_at_the_buffers_end)
{
	DECLARE_BITMAP(map, NBITS) = { ~0UL };
	char text[4];

	CHECK_EQ(bitmap_print_list(text, sizeof(text), map, NBITS), 3);
	CHECK_STREQ(text, "0-6");
}

TEST(bit_arithmetic)
{
	CHECK_EQ(hweight64(~0ULL), 64);
	CHECK_EQ(hweight64(0x8000000000000001ULL), 2);
	CHECK_EQ(fls(0), 0);
	CHECK_EQ(fls(1), 1);
	CHECK_EQ(fls64(1ULL << 63), 64);
	CHECK_EQ(ilog2(4096), 12);
	CHECK_EQ(order_base_2(4097), 13);
	CHECK_EQ(roundup_pow_of_two(4097), 8192);
	CHECK_EQ(rounddown_pow_of_two(4097), 4096);
	CHECK_EQ(rol32(0x80000001, 1), 3);
	CHECK_EQ(ror64(1, 1), 1ULL << 63);
	CHECK_EQ(GENMASK(7, 4), 0xf0);
	CHECK_EQ(ffz(7), 3);
}

TEST(atomic_bits_say_what_was_there)
{
	DECLARE_BITMAP(map, NBITS) = { 0 };

	CHECK(!test_and_set_bit(130, map));
	CHECK(test_and_set_bit(130, map));
	CHECK(test_bit_acquire(130, map));
	CHECK(test_and_clear_bit(130, map));
	CHECK(!test_and_change_bit(3, map));
	assign_bit(4, map, true);
	clear_bit(3, map);
	change_bit(5, map);
	CHECK_EQ(map[0], 0x30);
	CHECK(!test_and_set_bit_lock(0, map));
	clear_bit_unlock(0, map);
	CHECK(!__test_and_set_bit(0, map) && __test_and_clear_bit(0, map));
}

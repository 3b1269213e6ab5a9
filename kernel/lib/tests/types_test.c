/* SPDX-License-Identifier: GPL-2.0-only */
/* types_test.c - proves the small things everybody leans on: device numbers, ids, min and max, rounding, UUIDs. */
#include "unit_test.h"
#include <lib/assert.h>
#include <lib/byteorder.h>
#include <lib/err.h>
#include <lib/types.h>
#include <lib/uuid.h>

TEST(device_numbers_survive_their_encoding)
{
	for (int i = 0; i < 1000; i++) {
		dev_t dev = MKDEV(unit_random() & 0xfff, unit_random() & 0xfffff);

		CHECK_EQ(new_decode_dev(new_encode_dev(dev)), dev);
		CHECK_EQ(huge_decode_dev(huge_encode_dev(dev)), dev);
	}
	CHECK_EQ(new_encode_dev(MKDEV(8, 1)), 0x801);
	CHECK_EQ(new_encode_dev(MKDEV(8, 256)), 0x100800);
}

TEST(errors_in_pointers)
{
	CHECK(IS_ERR(ERR_PTR(-ENOMEM)));
	CHECK_EQ(PTR_ERR(ERR_PTR(-ENOMEM)), -ENOMEM);
	CHECK(!IS_ERR(NULL) && IS_ERR_OR_NULL(NULL));
	CHECK(!IS_ERR((void *)-4096L) && IS_ERR((void *)-4095L));
	CHECK_EQ(PTR_ERR_OR_ZERO(&errors_in_pointers_case), 0);
}

TEST(minimum_and_maximum_take_constants_of_either_sign)
{
	unsigned long big = 1UL << 40;
	int small = -5;

	CHECK_EQ(min(big, 4096), 4096);
	CHECK_EQ(max(4096, big), big);
	CHECK_EQ(min(small, 3), -5);
	CHECK_EQ(clamp(small, -2, 2), -2);
	CHECK_EQ(clamp(big, 1, 9), 9);
	CHECK_EQ(min3(3, 1, 2), 1);
	CHECK_EQ(max_t(int, -1, 0U), 0);
	CHECK_EQ(min_not_zero(0, 5), 5);
}

TEST(rounding)
{
	u64 large = 0xfffffffff001ULL;

	CHECK_EQ(round_up(large, 4096), 0x1000000000000ULL);
	CHECK_EQ(ALIGN(0, 4096), 0);
	CHECK_EQ(round_down(4097, 4096), 4096);
	CHECK(IS_ALIGNED(large - 1, 4096) && !IS_ALIGNED(large, 4096));
	CHECK_EQ(DIV_ROUND_UP(4097, 4096), 2);
	CHECK_EQ(roundup(10, 3), 12);
	CHECK(is_power_of_2(4096) && !is_power_of_2(0) && !is_power_of_2(6));
}

static void fail_an_assertion(void)
{
	KASSERT(1 + 1 == 3);
}

TEST(assertions_and_warnings_reach_their_ports)
{
	CHECK(unit_asserts(fail_an_assertion));
	unit_warnings = 0;
	for (int i = 0; i < 3; i++) {
		CHECK(WARN_ON(i >= 0));
		CHECK(WARN_ON_ONCE(i >= 0));
		CHECK(!WARN_ON(i < 0));
	}
	CHECK_EQ(unit_warnings, 4);
}

TEST(byte_order)
{
	const u8 bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	u8 out[8];

	CHECK_EQ(get_unaligned_le32(bytes + 1), 0x05040302);
	CHECK_EQ(get_unaligned_be16(bytes + 1), 0x0203);
	put_unaligned_be64(get_unaligned_be64(bytes), out);
	CHECK_EQ(get_unaligned_le64(out), get_unaligned_le64(bytes));
	CHECK_EQ(be32_to_cpu(cpu_to_be32(7)), 7);
}

TEST(uuids_parse)
{
	uuid_t uuid;

	CHECK_EQ(uuid_parse("01020aff-0405-0607-0809-0a0b0c0d0e0f\n", &uuid), 0);
	CHECK_EQ(uuid.b[3], 0xff);
	CHECK_EQ(uuid.b[15], 15);
	CHECK_EQ(uuid_parse("01020aff-0405-0607-0809-0a0b0c0d0e0", &uuid), -EINVAL);
	CHECK_EQ(uuid_parse("01020aff0405-0607-0809-0a0b0c0d0e0f00", &uuid), -EINVAL);
	CHECK_EQ(uuid_parse("", &uuid), -EINVAL);
}

static void note_cleanup(int *what)
{
	*what = 1;
}

DEFINE_FREE(note, int *, if (_T) note_cleanup(_T))

TEST(scope_cleanup_runs_unless_ownership_moved)
{
	int freed = 0, kept = 0;

	{
		int *a __free(note) = &freed;
		int *b __free(note) = &kept;

		CHECK(a && no_free_ptr(b) == &kept);
	}
	CHECK_EQ(freed, 1);
	CHECK_EQ(kept, 0);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* crc32_test.c - proves the CRCs by the check values of the catalogue: the text "123456789". */
#include "unit_test.h"
#include <lib/crc32.h>

TEST(check_values)
{
	CHECK_EQ(~crc32_le(~0U, "123456789", 9) & 0xffffffff, 0xcbf43926);
	CHECK_EQ(~crc32c(~0U, "123456789", 9) & 0xffffffff, 0xe3069283);
	CHECK_EQ(crc16(0, "123456789", 9), 0xbb3d);
}

TEST(a_sum_can_be_continued)
{
	CHECK_EQ(crc32c(crc32c(~0U, "1234", 4), "56789", 5), crc32c(~0U, "123456789", 9));
}

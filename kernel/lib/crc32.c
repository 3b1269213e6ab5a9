/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crc32.c - cyclic redundancy checks, bit-reflected, a nibble at a time.
 *
 * WHAT        Tables of 16 entries (64 bytes each) are small enough for any cache and need no set-up. Each entry is
 *             the remainder of its index, four bits, under the reflected polynomial.
 * TESTS       tests/crc32_test.c (the check values of "123456789")
 */
#include <lib/crc32.h>

/* One bit of the division by the reflected polynomial @p, and four of them: a table entry. */
#define CRC_BIT(r, p) (((r) >> 1) ^ (((r) & 1) ? (p) : 0))
#define CRC_NIBBLE(i, p) CRC_BIT(CRC_BIT(CRC_BIT(CRC_BIT((u32)(i), p), p), p), p)
#define CRC_TABLE(p)                                                                     \
	{                                                                                \
		CRC_NIBBLE(0, p), CRC_NIBBLE(1, p), CRC_NIBBLE(2, p), CRC_NIBBLE(3, p),   \
		CRC_NIBBLE(4, p), CRC_NIBBLE(5, p), CRC_NIBBLE(6, p), CRC_NIBBLE(7, p),   \
		CRC_NIBBLE(8, p), CRC_NIBBLE(9, p), CRC_NIBBLE(10, p), CRC_NIBBLE(11, p), \
		CRC_NIBBLE(12, p), CRC_NIBBLE(13, p), CRC_NIBBLE(14, p), CRC_NIBBLE(15, p) \
	}

static const u32 ieee_table[16] = CRC_TABLE(0xedb88320U);
static const u32 castagnoli_table[16] = CRC_TABLE(0x82f63b78U);
static const u32 ansi_table[16] = CRC_TABLE(0xa001U);

static u32 crc_run(const u32 table[16], u32 crc, const u8 *p, size_t len)
{
	for (; len; len--, p++) {
		crc ^= *p;
		crc = (crc >> 4) ^ table[crc & 15];
		crc = (crc >> 4) ^ table[crc & 15];
	}
	return crc;
}

u32 crc32_le(u32 crc, const void *data, size_t len)
{
	return crc_run(ieee_table, crc, data, len);
}

u32 crc32c(u32 crc, const void *data, size_t len)
{
	return crc_run(castagnoli_table, crc, data, len);
}

u16 crc16(u16 crc, const void *data, size_t len)
{
	return (u16)crc_run(ansi_table, crc, data, len);
}

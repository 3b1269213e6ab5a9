/* SPDX-License-Identifier: GPL-2.0-only */
/* crc32.h - the CRCs of disks and tables: CRC-32 (IEEE 802.3), CRC-32C (Castagnoli), CRC-16 (ANSI). */
#ifndef LIB_CRC32_H
#define LIB_CRC32_H

#include <lib/types.h>

/* Bit-reflected, without inversion before or after: start with ~0 and invert where the format says so. */
u32 crc32_le(u32 crc, const void *data, size_t len);
u32 crc32c(u32 crc, const void *data, size_t len);
u16 crc16(u16 crc, const void *data, size_t len);

#endif

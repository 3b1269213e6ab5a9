/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unpack_test.c - each packed format is recognised and unpacked; damage and cuts are errors.
 */
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include "unit_test.h"
#include "unpack.h"

#define PLAIN_BYTES 300000

static unsigned char plain[PLAIN_BYTES];
static unsigned char packed[PLAIN_BYTES * 2];

static void fill_plain(void)
{
	for (size_t i = 0; i < PLAIN_BYTES; i++)
		plain[i] = (unsigned char)(i % 251 ^ i >> 9);
}

static size_t pack_lz4(void)
{
	unsigned magic = 0x184c2102, size;

	fill_plain();
	size = (unsigned)LZ4_compress_default((char *)plain, (char *)packed + 8, PLAIN_BYTES,
					      (int)sizeof(packed) - 16);
	memcpy(packed, &magic, 4);
	memcpy(packed + 4, &size, 4);
	return size + 8;
}

static size_t pack_xz(void)
{
	size_t at = 0;

	fill_plain();
	CHECK_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, plain, PLAIN_BYTES, packed, &at,
					 sizeof(packed)),
		 LZMA_OK);
	return at;
}

static size_t pack_zstd(void)
{
	fill_plain();
	return ZSTD_compress(packed, sizeof(packed), plain, PLAIN_BYTES, 3);
}

static size_t pack_gzip(void)
{
	z_stream stream = { .next_in = plain,
			    .avail_in = PLAIN_BYTES,
			    .next_out = packed,
			    .avail_out = sizeof(packed) };

	fill_plain();
	deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
	deflate(&stream, Z_FINISH);
	deflateEnd(&stream);
	return stream.total_out;
}

static void check_unpacks(size_t len)
{
	struct bytes out = { 0 };

	CHECK_EQ(unpack(&out, packed, len), 0);
	CHECK_EQ(out.len, PLAIN_BYTES);
	CHECK(!memcmp(out.at, plain, PLAIN_BYTES));
	bytes_fini(&out);
}

static void check_cut_is_refused(size_t len)
{
	struct bytes out = { 0 };

	CHECK_EQ(unpack(&out, packed, len / 2), -EBADMSG);
	bytes_fini(&out);
}

TEST(lz4_unpacks_with_the_size_behind_it)
{
	unsigned size = PLAIN_BYTES;
	size_t len = pack_lz4();

	check_unpacks(len);
	memcpy(packed + len, &size, 4);
	check_unpacks(len + 4);
}

TEST(xz_unpacks_and_refuses_a_cut)
{
	size_t len = pack_xz();

	check_unpacks(len);
	check_unpacks(len + 4);
	check_cut_is_refused(len);
}

TEST(zstd_unpacks_and_refuses_a_cut)
{
	size_t len = pack_zstd();

	check_unpacks(len);
	check_unpacks(len + 4);
	check_cut_is_refused(len);
}

TEST(gzip_unpacks_and_refuses_a_cut)
{
	size_t len = pack_gzip();

	check_unpacks(len);
	check_unpacks(len + 4);
	check_cut_is_refused(len);
}

TEST(a_damaged_block_is_refused)
{
	struct bytes out = { 0 };
	size_t len = pack_xz();

	packed[len / 2] ^= 0xff;
	CHECK_EQ(unpack(&out, packed, len), -EBADMSG);
	bytes_fini(&out);
}

TEST(an_unknown_format_is_einval)
{
	struct bytes out = { 0 };

	CHECK_EQ(unpack(&out, (const unsigned char *)"BZh9xxxx", 8), -EINVAL);
	CHECK(!unpack_format((const unsigned char *)"", 0));
	CHECK_STREQ(unpack_format((const unsigned char *)"\x1f\x8b\x08", 3), "gzip");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unpack.c - XZ, LZ4, zstd and gzip, told apart by their first bytes.
 *
 * WHAT        Kernel images, modules and initramfs archives come packed. The kernel's LZ4 is the
 *             "legacy" frame: a magic number, then blocks, each a 32-bit length and its data,
 *             each at most 8 MiB when unpacked. It has no end mark: in a kernel image the
 *             unpacked size follows, which as a block length runs over the end, and that ends it.
 * ERRORS      Nothing here trusts a length: out-of-range ones are -EBADMSG, and a stream that
 *             grows past UNPACK_MAX is -EFBIG.
 */
#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include "unpack.h"

#define LZ4_BLOCK_MAX (8u << 20)
#define OUT_STEP      (1u << 20)
/* What a decoder may take for its window, whatever the image's header asks for; kernels are packed with 128 MiB at most. */
#define WINDOW_LOG_MAX 27
#define DECODER_MAX    (2ull << WINDOW_LOG_MAX)

struct format {
	const char *name;
	unsigned char magic[6];
	size_t magic_len;
	int (*unpack)(struct bytes *out, const unsigned char *data, size_t len);
};

static int unpack_lz4(struct bytes *out, const unsigned char *data, size_t len)
{
	size_t at = 4;

	while (len - at >= 4) {
		uint32_t block;
		int n;

		memcpy(&block, data + at, 4);
		at += 4;
		if (!block || block > len - at)
			return 0;
		if (out->len > UNPACK_MAX)
			return -EFBIG;
		n = LZ4_decompress_safe((const char *)data + at,
					(char *)bytes_reserve(out, LZ4_BLOCK_MAX), (int)block,
					(int)LZ4_BLOCK_MAX);
		if (n < 0)
			return -EBADMSG;
		out->len += (size_t)n;
		at += block;
	}
	return 0;
}

static int unpack_xz(struct bytes *out, const unsigned char *data, size_t len)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret ret = lzma_stream_decoder(&stream, DECODER_MAX, 0);

	stream.next_in = data;
	stream.avail_in = len;
	while (ret == LZMA_OK && out->len <= UNPACK_MAX) {
		stream.next_out = bytes_reserve(out, OUT_STEP);
		stream.avail_out = OUT_STEP;
		ret = lzma_code(&stream, LZMA_RUN);
		out->len += OUT_STEP - stream.avail_out;
		if (!stream.avail_in && stream.avail_out == OUT_STEP && ret == LZMA_OK)
			ret = LZMA_BUF_ERROR;
	}
	lzma_end(&stream);
	if (ret == LZMA_STREAM_END)
		return 0;
	return ret == LZMA_OK ? -EFBIG : -EBADMSG;
}

static int unpack_zstd(struct bytes *out, const unsigned char *data, size_t len)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	ZSTD_inBuffer in = { .src = data, .size = len };
	size_t ret = 1, before = 1;
	int error = 0;

	if (!stream)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	while (ret && !error) {
		ZSTD_outBuffer to = { .dst = bytes_reserve(out, OUT_STEP), .size = OUT_STEP };

		before = in.pos;
		ret = ZSTD_decompressStream(stream, &to, &in);
		out->len += to.pos;
		if (ZSTD_isError(ret) || (ret && !to.pos && in.pos == before))
			error = -EBADMSG;
		else if (out->len > UNPACK_MAX)
			error = -EFBIG;
	}
	ZSTD_freeDStream(stream);
	return error;
}

static int unpack_gzip(struct bytes *out, const unsigned char *data, size_t len)
{
	z_stream stream = { .next_in = (Bytef *)data, .avail_in = (uInt)len };
	int ret = inflateInit2(&stream, 15 + 32);

	while (ret == Z_OK && out->len <= UNPACK_MAX) {
		stream.next_out = bytes_reserve(out, OUT_STEP);
		stream.avail_out = OUT_STEP;
		ret = inflate(&stream, Z_NO_FLUSH);
		out->len += OUT_STEP - stream.avail_out;
	}
	inflateEnd(&stream);
	if (ret == Z_STREAM_END)
		return 0;
	return ret == Z_OK ? -EFBIG : -EBADMSG;
}

static const struct format formats[] = {
	{ "LZ4", { 0x02, 0x21, 0x4c, 0x18 }, 4, unpack_lz4 },
	{ "XZ", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, unpack_xz },
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, unpack_zstd },
	{ "gzip", { 0x1f, 0x8b, 8 }, 3, unpack_gzip },
};

static const struct format *format_of(const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (len >= formats[i].magic_len &&
		    !memcmp(data, formats[i].magic, formats[i].magic_len))
			return &formats[i];
	return NULL;
}

const char *unpack_format(const unsigned char *data, size_t len)
{
	const struct format *format = format_of(data, len);

	return format ? format->name : NULL;
}

int unpack(struct bytes *out, const unsigned char *data, size_t len)
{
	const struct format *format = format_of(data, len);

	return format ? format->unpack(out, data, len) : -EINVAL;
}

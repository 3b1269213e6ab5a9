/* SPDX-License-Identifier: GPL-2.0-only */
/* unpack.h - XZ, LZ4 (the kernel's legacy frames), zstd and gzip. */
#ifndef HOST_UNPACK_H
#define HOST_UNPACK_H

#include "bytes.h"

/* Is this the start of something that unpack() knows? Its name, or NULL. */
const char *unpack_format(const unsigned char *data, size_t len);

/*
 * Unpack one stream from @data and add it to @out; what follows the stream is ignored.
 * 0; -EINVAL: unknown format; -EBADMSG: damaged; -EFBIG: more than UNPACK_MAX bytes.
 */
int unpack(struct bytes *out, const unsigned char *data, size_t len);

#define UNPACK_MAX (1ul << 30)

#endif

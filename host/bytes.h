/* SPDX-License-Identifier: GPL-2.0-only */
/* bytes.h - a growing run of bytes, whole files, and files that live in memory only. */
#ifndef HOST_BYTES_H
#define HOST_BYTES_H

#include <stdbool.h>
#include <stddef.h>

struct bytes {
	unsigned char *at;
	size_t len, room;
};

void bytes_add(struct bytes *b, const void *data, size_t len);
/* Room for @len more bytes behind the end; the caller writes there and adds to len. */
unsigned char *bytes_reserve(struct bytes *b, size_t len);
void bytes_fini(struct bytes *b);

/* Read the whole file. 0 or -errno. */
int bytes_read_file(struct bytes *b, const char *path);
/* Put them into a file without a name. Returns its descriptor (close-on-exec); dies on failure. */
int bytes_to_memfd(const struct bytes *b, const char *name);
/* Write all to @fd. 0 or -errno. */
int bytes_write(const struct bytes *b, int fd);

#endif

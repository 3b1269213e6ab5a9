/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpio.c - write an archive in the "newc" format that kernels unpack as their initramfs.
 *
 * WHAT        An entry is a header of 110 characters (a magic number and 13 numbers of 8 hex
 *             digits), the name with its NUL, padding to 4, the data, padding to 4. The entry
 *             "TRAILER!!!" ends an archive; another one may follow, and overrides.
 * INVARIANTS  I1  Between entries the length is a multiple of 4.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "cpio.h"

#define HEADER_LEN 110

static void pad(struct cpio *cpio)
{
	const char zeros[4] = { 0 };

	bytes_add(&cpio->bytes, zeros, -cpio->bytes.len & 3);
}

static void add_entry(struct cpio *cpio, const char *path, uint32_t mode, uint32_t rmajor,
		      uint32_t rminor, const void *data, size_t len)
{
	char header[HEADER_LEN + 1];
	uint32_t nr_links = S_ISDIR(mode) ? 2 : 1;

	snprintf(header, sizeof(header),
		 "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", ++cpio->nr_entries,
		 mode, 0, 0, nr_links, 0, (uint32_t)len, 0, 0, rmajor, rminor,
		 (uint32_t)strlen(path) + 1, 0);
	bytes_add(&cpio->bytes, header, HEADER_LEN);
	bytes_add(&cpio->bytes, path, strlen(path) + 1);
	pad(cpio);
	bytes_add(&cpio->bytes, data, len);
	pad(cpio);
}

void cpio_add_dir(struct cpio *cpio, const char *path, uint32_t mode)
{
	add_entry(cpio, path, S_IFDIR | mode, 0, 0, "", 0);
}

void cpio_add_file(struct cpio *cpio, const char *path, uint32_t mode, const void *data, size_t len)
{
	add_entry(cpio, path, S_IFREG | mode, 0, 0, data, len);
}

void cpio_add_symlink(struct cpio *cpio, const char *path, const char *target)
{
	add_entry(cpio, path, S_IFLNK | 0777, 0, 0, target, strlen(target));
}

void cpio_add_device(struct cpio *cpio, const char *path, uint32_t mode, uint32_t major,
		     uint32_t minor)
{
	add_entry(cpio, path, S_IFCHR | mode, major, minor, "", 0);
}

void cpio_add_archive(struct cpio *cpio, const void *data, size_t len)
{
	bytes_add(&cpio->bytes, data, len);
	pad(cpio);
}

void cpio_finish(struct cpio *cpio)
{
	add_entry(cpio, "TRAILER!!!", 0, 0, 0, "", 0);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpio.h - reads "newc" archives (magic 070701 and 070702) as an initramfs holds them, one entry at a time, from
 * memory. Names and data are borrowed from the archive. Nothing in the archive is trusted.
 */
#ifndef LIB_CPIO_H
#define LIB_CPIO_H

#include <lib/types.h>

#define CPIO_NAME_MAX 4096

struct cpio_reader {
	const u8 *data;
	size_t size;
	size_t pos;
	u32 nr_trailers; /* passed so far: hard links are known by their numbers within one archive only */
	u32 nr_skipped;  /* entries that no Linux would make: see cpio_next() */
};

struct cpio_entry {
	const char *name; /* terminated */
	size_t name_len;
	const u8 *data;
	u32 data_len;
	u32 ino;
	u32 mode;
	u32 uid;
	u32 gid;
	u32 nlink;
	u32 mtime;
	u32 dev_major, dev_minor;   /* of the archive's file system: with ino, identifies hard links */
	u32 rdev_major, rdev_minor; /* of a device node */
};

void cpio_reader_init(struct cpio_reader *reader, const void *data, size_t size);
/* 1 and the next entry; 0 at the trailer or the end of the data; -EINVAL when the archive is damaged. After
 * a trailer, zeros are skipped and a further archive, if one follows, goes on. Entries without a name or with one of more than
 * CPIO_NAME_MAX bytes, symbolic links to more than that, and directories and nodes with data are passed over. */
int __must_check cpio_next(struct cpio_reader *reader, struct cpio_entry *entry);

#endif

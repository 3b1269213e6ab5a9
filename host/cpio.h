/* SPDX-License-Identifier: GPL-2.0-only */
/* cpio.h - write an archive in the "newc" format that kernels unpack as their initramfs. */
#ifndef HOST_CPIO_H
#define HOST_CPIO_H

#include <stdint.h>
#include "bytes.h"

struct cpio {
	struct bytes bytes;
	uint32_t nr_entries;
};

/* Paths have no leading slash. Parents must come before what is in them. */
void cpio_add_dir(struct cpio *cpio, const char *path, uint32_t mode);
void cpio_add_file(struct cpio *cpio, const char *path, uint32_t mode, const void *data,
		   size_t len);
void cpio_add_symlink(struct cpio *cpio, const char *path, const char *target);
/* A character device. */
void cpio_add_device(struct cpio *cpio, const char *path, uint32_t mode, uint32_t major,
		     uint32_t minor);
/* Take over a whole archive as it is, at the alignment that kernels look for the next one. */
void cpio_add_archive(struct cpio *cpio, const void *data, size_t len);
/* The trailer. */
void cpio_finish(struct cpio *cpio);

#endif

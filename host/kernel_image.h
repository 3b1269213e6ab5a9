/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_image.h - any kernel file, as the ELF image that QEMU starts by PVH. */
#ifndef HOST_KERNEL_IMAGE_H
#define HOST_KERNEL_IMAGE_H

#include <stdbool.h>

struct kernel_image {
	char *path;    /* what QEMU opens: the ELF file, or /proc/self/fd/N */
	int fd;        /* kept open for QEMU, or -1 */
	char *release; /* of a Linux kernel with modules of its own, or NULL */
	char *modules; /* its lib/modules/RELEASE directory, or NULL */
};

/* Make @file ready; dies with one line when it is no kernel. */
void kernel_image_init(struct kernel_image *image, const char *file);

/* The kernel that belongs to this command: beside it, or installed. Dies when there is none. */
char *kernel_image_default(void);

/* Write the ELF image of @file to @to. Dies on failure. */
void kernel_image_unpack_to(const char *file, const char *to);

#endif

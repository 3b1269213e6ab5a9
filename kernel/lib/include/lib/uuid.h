/* SPDX-License-Identifier: GPL-2.0-only */
/* uuid.h - 16 bytes and their text form. */
#ifndef LIB_UUID_H
#define LIB_UUID_H

#include <lib/types.h>

#define UUID_STRING_LEN 36

typedef struct {
	u8 b[16];
} uuid_t;

/* 0, -EINVAL. */
int __must_check uuid_parse(const char *text, uuid_t *uuid);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uuid.c - the text form of a UUID (RFC 9562) to its 16 bytes.
 *
 * WHAT        8-4-4-4-12 hexadecimal digits, most significant byte first.
 * ERRORS      -EINVAL: a digit or a dash that is not where it belongs.
 * TESTS       tests/types_test.c
 */
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/uuid.h>

int uuid_parse(const char *text, uuid_t *uuid)
{
	for (int i = 0; i < 16; i++) {
		int high, low;

		if (i == 4 || i == 6 || i == 8 || i == 10)
			if (*text++ != '-')
				return -EINVAL;
		high = hex_to_bin(text[0]);
		low = high < 0 ? -1 : hex_to_bin(text[1]);
		if (low < 0)
			return -EINVAL;
		uuid->b[i] = (u8)(high << 4 | low);
		text += 2;
	}
	return *text && *text != '\n' ? -EINVAL : 0;
}

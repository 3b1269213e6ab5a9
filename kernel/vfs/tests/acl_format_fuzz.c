/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acl_format_fuzz.c - any bytes as an attribute: what passes is a well-formed list that reads back the same, and chmod and
 * inheritance leave it well formed and in agreement with the mode. The first two bytes are the mode.
 */
#include <stdlib.h>
#include <string.h>
#include "acl_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(x)                           \
	do {                              \
		if (!(x))                 \
			__builtin_trap(); \
	} while (0)

static umode_t mode_of(const struct acl_entry *entries, u32 nr, umode_t rest)
{
	acl_to_mode(entries, nr, &rest);
	return rest;
}

static void use_list(struct acl_entry *entries, u32 nr, umode_t mode)
{
	umode_t limited = mode, before = mode_of(entries, nr, mode);

	acl_limit(entries, nr, &limited);
	MUST(!acl_check(entries, nr));
	MUST(limited == (mode & (before | ~0777)) && mode_of(entries, nr, mode) == limited);
	acl_chmod(entries, nr, mode);
	MUST(!acl_check(entries, nr) && mode_of(entries, nr, mode) == mode);
}

/* The fields that must not be lost; the id counts where the tag has one. */
static void reads_back(const struct acl_entry *entries, u32 nr, size_t size)
{
	struct acl_entry *again = malloc(nr * sizeof(*again) + 1);
	u8 *out = malloc(size);

	MUST(acl_xattr_size(nr) == size);
	acl_encode(entries, nr, out);
	MUST(acl_count(out, size) == (int)nr && !acl_decode(again, nr, out));
	MUST(!memcmp(again, entries, nr * sizeof(*again)));
	free(out);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct acl_entry *entries;
	u8 *copy;
	int nr;

	if (size < 2)
		return 0;
	copy = malloc(size - 2 + 1);
	memcpy(copy, data + 2, size - 2);
	nr = acl_count(copy, size - 2);
	if (nr >= 0) {
		entries = malloc(nr * sizeof(*entries) + 1);
		if (!acl_decode(entries, nr, copy)) {
			reads_back(entries, nr, size - 2);
			if (!acl_check(entries, nr))
				use_list(entries, nr, data[0] | data[1] << 8);
		}
		free(entries);
	}
	free(copy);
	return 0;
}

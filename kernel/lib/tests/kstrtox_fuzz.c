/* SPDX-License-Identifier: GPL-2.0-only */
/* kstrtox_fuzz.c - any text as a number: what is accepted is what the C library reads. */
#include <errno.h>
#include <lib/bitmap.h>
#include <lib/kstrtox.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_number(const char *s)
{
	unsigned long long mine, theirs;

	if (kstrtoull(s, 10, &mine))
		return;
	errno = 0;
	theirs = strtoull(s, NULL, 10);
	if (errno || mine != theirs)
		__builtin_trap();
}

static void check_set(const char *s)
{
	DECLARE_BITMAP(set, 100);
	DECLARE_BITMAP(again, 100);
	char text[512];

	if (!bitmap_parse(s, set, 100)) {
		bitmap_print_mask(text, sizeof(text), set, 100);
		if (bitmap_parse(text, again, 100) || !bitmap_equal(set, again, 100))
			__builtin_trap();
	}
	if (!bitmap_parselist(s, set, 100)) {
		bitmap_print_list(text, sizeof(text), set, 100);
		if (bitmap_parselist(text, again, 100) || !bitmap_equal(set, again, 100))
			__builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = malloc(size + 1);
	bool truth;

	memcpy(s, data, size);
	s[size] = '\0';
	check_number(s);
	check_set(s);
	(void)kstrtobool(s, &truth);
	memparse(s, NULL);
	free(s);
	return 0;
}

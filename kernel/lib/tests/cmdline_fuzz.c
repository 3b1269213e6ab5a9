/* SPDX-License-Identifier: GPL-2.0-only */
/* cmdline_fuzz.c - any text: cutting words ends, stays inside, and agrees with looking a word up. */
#include <lib/cmdline.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1), *copy, value[64];
	struct cmdline_word word;
	char *cursor = line;

	memcpy(line, data, size);
	line[size] = '\0';
	copy = strdup(line);
	cmdline_find(copy, "a", value, sizeof(value));
	while (cmdline_next(&cursor, &word) == 1) {
		if (word.name < line || word.name + strlen(word.name) > line + size)
			__builtin_trap();
		if (cursor > line + size || !cmdline_has(copy, word.name))
			__builtin_trap();
	}
	free(line);
	free(copy);
	return 0;
}

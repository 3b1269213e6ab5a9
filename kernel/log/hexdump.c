/* SPDX-License-Identifier: GPL-2.0-only */
/* hexdump.c - bytes as the log shows them. */
#include <lib/ctype.h>
#include <log/printk.h>

#define BYTES_A_LINE 16

void hex_dump(enum log_level level, const char *prefix, const void *data, size_t len_bytes)
{
	const u8 *bytes = data;
	size_t at, i;

	for (at = 0; at < len_bytes; at += BYTES_A_LINE) {
		size_t n = min_t(size_t, BYTES_A_LINE, len_bytes - at);
		char ascii[BYTES_A_LINE + 1];

		for (i = 0; i < n; i++)
			ascii[i] = isprint(bytes[at + i]) ? bytes[at + i] : '.';
		ascii[n] = '\0';
		printk("\001%c%s%08zx: %*ph  %s\n", '0' + level, prefix, at, (int)n, bytes + at, ascii);
	}
}

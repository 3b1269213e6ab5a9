/* SPDX-License-Identifier: GPL-2.0-only */
/* cpio_fuzz.c - any bytes: whatever the reader hands out lies inside them, and it always ends. */
#include <lib/cpio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio_reader reader;
	struct cpio_entry entry;

	cpio_reader_init(&reader, data, size);
	while (cpio_next(&reader, &entry) == 1) {
		if (strlen(entry.name) != entry.name_len)
			__builtin_trap();
		if (entry.data < data || entry.data + entry.data_len > data + size)
			__builtin_trap();
	}
	return 0;
}

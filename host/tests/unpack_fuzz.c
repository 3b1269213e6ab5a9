/* SPDX-License-Identifier: GPL-2.0-only */
/* unpack_fuzz.c - any bytes as a packed stream. */
#include <stdint.h>
#include "unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes out = { 0 };

	if (!unpack(&out, data, len) && !out.at && out.len)
		__builtin_trap();
	bytes_fini(&out);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* modules_fuzz.c - any bytes as a module. */
#include <stdint.h>
#include "modules.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes b = { 0 };

	bytes_add(&b, data, len);
	free(modinfo(&b, "depends"));
	bytes_fini(&b);
	return 0;
}

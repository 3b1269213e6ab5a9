/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_image_fuzz.c - any bytes as a kernel file. */
#include "kernel_image.c"
#include "report_stub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct bytes b = { 0 }, elf = { 0 };

	bytes_add(&b, data, len);
	if (is_elf(&b))
		free(elf_release(&b));
	if (is_bzimage(&b)) {
		free(bzimage_release(&b));
		if (DIES(bzimage_unpack(&elf, &b, "file")) && !*died_with)
			__builtin_trap();
	}
	bytes_fini(&elf);
	bytes_fini(&b);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* elf_parse_fuzz.c - any bytes as a program: an accepted image keeps E1 to E3. */
#include <lib/elf_parse.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segments(const struct elf_image *image, size_t size)
{
	u64 last_end = 0;

	for (int i = 0; i < image->nr_loads; i++) {
		const struct elf_segment *s = &image->load[i];

		if (s->vaddr < last_end || s->offset + s->file_size > size ||
		    s->file_size > s->mem_size || s->vaddr + s->mem_size < s->vaddr ||
		    ((s->vaddr ^ s->offset) & 4095))
			__builtin_trap();
		last_end = s->vaddr + s->mem_size;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct elf_image image;

	if (elf_parse_header(data, size, &image))
		return 0;
	if (image.phdr_offset > size)
		image.phdr_offset = size;
	if (elf_parse_phdrs(data + image.phdr_offset, size - image.phdr_offset, size, &image))
		return 0;
	if (!image.nr_loads || image.min_vaddr >= image.max_vaddr)
		__builtin_trap();
	check_segments(&image, size);
	return 0;
}

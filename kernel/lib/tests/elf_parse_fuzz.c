/* SPDX-License-Identifier: GPL-2.0-only */
/* elf_parse_fuzz.c - any bytes as a program: an accepted image that is not doomed keeps E1 to E3, and its span holds all. */
#include <lib/elf_parse.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_segments(const struct elf_image *image)
{
	for (int i = 0; i < image->nr_loads; i++) {
		const struct elf_segment *s = &image->load[i];

		if (s->vaddr < image->min_vaddr || s->vaddr + s->mem_size > image->max_vaddr ||
		    s->offset + s->file_size < s->offset || s->file_size > s->mem_size ||
		    s->vaddr + s->mem_size < s->vaddr ||
		    (s->file_size && ((s->vaddr ^ s->offset) & 4095)))
			__builtin_trap();
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
	if (image.is_doomed)
		return 0;
	if (!image.nr_loads || image.min_vaddr >= image.max_vaddr)
		__builtin_trap();
	check_segments(&image);
	return 0;
}

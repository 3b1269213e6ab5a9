/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * elf_parse.c - checks an x86-64 ELF program before exec believes it.
 *
 * WHAT        Two steps, because exec reads two pieces of the file: the header tells where the program headers are;
 *             from these come the segments to map, the interpreter, the stack's permissions.
 * INVARIANTS  E1  No sum of offset, address and size that is handed out wraps.
 *             E2  load[] ascends and no byte belongs to two segments. Two may meet in one page, as space-saving
 *                 linkers have it: the later mapping then covers the earlier one's last page.
 *             E3  vaddr and offset are congruent modulo the page size, so that mmap can do the work.
 * ERRORS      -ENOEXEC for everything that is wrong.
 * TESTS       tests/elf_parse_test.c, tests/elf_parse_fuzz.c
 * SEE         System V ABI, chapter 4 and 5; x86-64 psABI section 4
 */
#include <lib/elf_parse.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/elf.h>

#define ELF_PAGE_SIZE 4096UL
/* The end of the user half; the exact limit is the address space's business. */
#define ELF_VADDR_MAX (1UL << 47)

#ifndef PT_GNU_PROPERTY
#define PT_GNU_PROPERTY 0x6474e553
#endif

static bool header_ok(const Elf64_Ehdr *h)
{
	return !memcmp(h->e_ident, ELFMAG, SELFMAG) && h->e_ident[EI_CLASS] == ELFCLASS64 &&
	       h->e_ident[EI_DATA] == ELFDATA2LSB && h->e_ident[EI_VERSION] == EV_CURRENT &&
	       h->e_machine == EM_X86_64 && (h->e_type == ET_EXEC || h->e_type == ET_DYN);
}

int elf_parse_header(const void *header, size_t size, struct elf_image *image)
{
	Elf64_Ehdr h;

	memset(image, 0, sizeof(*image));
	if (size < sizeof(h))
		return -ENOEXEC;
	memcpy(&h, header, sizeof(h));
	if (!header_ok(&h) || h.e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	if (!h.e_phnum || h.e_phnum > ELF_MAX_PHDRS || h.e_phoff > S64_MAX - 65536)
		return -ENOEXEC;
	image->is_dyn = h.e_type == ET_DYN;
	image->entry = h.e_entry;
	image->phdr_offset = h.e_phoff;
	image->nr_phdrs = h.e_phnum;
	return 0;
}

static bool range_in_file(u64 offset, u64 size, u64 file_size)
{
	return offset <= file_size && size <= file_size - offset;
}

static int take_load(const Elf64_Phdr *p, u64 file_size, struct elf_image *image)
{
	struct elf_segment *load = &image->load[image->nr_loads];

	if (!p->p_memsz)
		return 0;
	if (image->nr_loads == ELF_MAX_LOADS || p->p_filesz > p->p_memsz ||
	    !range_in_file(p->p_offset, p->p_filesz, file_size))
		return -ENOEXEC;
	if (p->p_vaddr >= ELF_VADDR_MAX || p->p_memsz > ELF_VADDR_MAX - p->p_vaddr)
		return -ENOEXEC; /* E1 */
	if ((p->p_vaddr ^ p->p_offset) & (ELF_PAGE_SIZE - 1))
		return -ENOEXEC; /* E3 */
	if (p->p_align > 1 && !is_power_of_2(p->p_align))
		return -ENOEXEC;
	if (image->nr_loads && p->p_vaddr < load[-1].vaddr + load[-1].mem_size)
		return -ENOEXEC; /* E2 */
	*load = (struct elf_segment){
		.vaddr = p->p_vaddr, .offset = p->p_offset, .file_size = p->p_filesz,
		.mem_size = p->p_memsz, .flags = p->p_flags,
		.align = max((u64)p->p_align, (u64)ELF_PAGE_SIZE),
	};
	image->nr_loads++;
	return 0;
}

static int take_interp(const Elf64_Phdr *p, u64 file_size, struct elf_image *image)
{
	if (image->has_interp || p->p_filesz < 2 || p->p_filesz > ELF_INTERP_MAX ||
	    !range_in_file(p->p_offset, p->p_filesz, file_size))
		return -ENOEXEC;
	image->has_interp = true;
	image->interp_offset = p->p_offset;
	image->interp_size = p->p_filesz;
	return 0;
}

static int take_phdr(const Elf64_Phdr *p, u64 file_size, struct elf_image *image)
{
	switch (p->p_type) {
	case PT_LOAD:
		return take_load(p, file_size, image);
	case PT_INTERP:
		return take_interp(p, file_size, image);
	case PT_GNU_STACK:
		image->has_gnu_stack = true;
		image->exec_stack = p->p_flags & PF_X;
		return 0;
	case PT_GNU_PROPERTY:
		if (!range_in_file(p->p_offset, p->p_filesz, file_size))
			return -ENOEXEC;
		image->has_gnu_property = true;
		image->property_offset = p->p_offset;
		image->property_size = p->p_filesz;
		return 0;
	}
	return 0;
}

/* What follows from all segments together. */
static int summarize(struct elf_image *image)
{
	const struct elf_segment *last;
	u64 table_end = image->phdr_offset + image->nr_phdrs * sizeof(Elf64_Phdr);

	if (!image->nr_loads)
		return -ENOEXEC;
	last = &image->load[image->nr_loads - 1];
	image->min_vaddr = round_down(image->load[0].vaddr, ELF_PAGE_SIZE);
	image->max_vaddr = round_up(last->vaddr + last->mem_size, ELF_PAGE_SIZE);
	for (int i = 0; i < image->nr_loads; i++) {
		const struct elf_segment *load = &image->load[i];

		image->max_align = max(image->max_align, load->align);
		if (image->phdr_offset >= load->offset &&
		    table_end <= load->offset + load->file_size && !image->phdr_vaddr)
			image->phdr_vaddr = image->phdr_offset - load->offset + load->vaddr;
	}
	return 0;
}

int elf_parse_phdrs(const void *phdrs, size_t size, u64 file_size, struct elf_image *image)
{
	if (size < image->nr_phdrs * sizeof(Elf64_Phdr))
		return -ENOEXEC;
	for (int i = 0; i < image->nr_phdrs; i++) {
		Elf64_Phdr phdr;
		int err;

		memcpy(&phdr, (const u8 *)phdrs + i * sizeof(phdr), sizeof(phdr));
		err = take_phdr(&phdr, file_size, image);
		if (err)
			return err;
	}
	return summarize(image);
}

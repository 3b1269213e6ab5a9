/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * elf_parse.c - checks an x86-64 ELF program before exec believes it.
 *
 * WHAT        Two steps, because exec reads two pieces of the file: the header tells where the program headers are;
 *             from these come the segments to map, the interpreter, the stack's permissions.
 * INVARIANTS  E1  No sum of offset, address and size that is handed out wraps.
 *             E2  load[] is in the file's order. Segments may overlap and go backwards: what is mapped later covers what was
 *                 mapped before, which space-saving linkers use for pages that two segments share.
 *             E3  vaddr and offset are congruent modulo the page size, so that mmap can do the work.
 *             E4  is_doomed: a segment breaks E1 or E3, or there is none. Linux believes such a table until it maps it, so exec has to
 *                 get that far: the program dies of it. Nothing else in the image may be used then.
 * ERRORS      -ENOEXEC for what is no program of this machine.
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
	/* As Linux: the machine says class and byte order, whatever e_ident says. */
	return !memcmp(h->e_ident, ELFMAG, SELFMAG) && h->e_machine == EM_X86_64 &&
	       (h->e_type == ET_EXEC || h->e_type == ET_DYN);
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

/* E1, E3 */
static bool can_be_mapped(const Elf64_Phdr *p)
{
	return p->p_filesz <= p->p_memsz && range_in_file(p->p_offset, p->p_filesz, S64_MAX - ELF_PAGE_SIZE) &&
	       p->p_vaddr < ELF_VADDR_MAX && p->p_memsz <= ELF_VADDR_MAX - p->p_vaddr &&
	       (!p->p_filesz || !((p->p_vaddr ^ p->p_offset) & (ELF_PAGE_SIZE - 1)));
}

static int take_load(const Elf64_Phdr *p, struct elf_image *image)
{
	struct elf_segment *load = &image->load[image->nr_loads];

	if (!can_be_mapped(p))
		image->is_doomed = true;
	if (!p->p_memsz || image->is_doomed)
		return 0;
	if (image->nr_loads == ELF_MAX_LOADS)
		return -ENOEXEC;
	*load = (struct elf_segment){
		.vaddr = p->p_vaddr, .offset = p->p_offset, .file_size = p->p_filesz,
		.mem_size = p->p_memsz, .flags = p->p_flags,
		.align = is_power_of_2(p->p_align) ? max((u64)p->p_align, (u64)ELF_PAGE_SIZE) : ELF_PAGE_SIZE,
	};
	image->nr_loads++;
	return 0;
}

/* The first counts. That it lies in the file is seen when it is read. */
static int take_interp(const Elf64_Phdr *p, struct elf_image *image)
{
	if (image->has_interp)
		return 0;
	if (p->p_filesz < 2 || p->p_filesz > ELF_INTERP_MAX)
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
		return take_load(p, image);
	case PT_INTERP:
		return take_interp(p, image);
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
static void summarize(struct elf_image *image)
{
	u64 table_end = image->phdr_offset + image->nr_phdrs * sizeof(Elf64_Phdr);

	if (!image->nr_loads)
		image->is_doomed = true; /* E4 */
	image->min_vaddr = image->nr_loads ? ELF_VADDR_MAX : 0;
	for (int i = 0; i < image->nr_loads; i++) {
		const struct elf_segment *load = &image->load[i];

		image->min_vaddr = min(image->min_vaddr, round_down(load->vaddr, ELF_PAGE_SIZE));
		image->max_vaddr = max(image->max_vaddr, round_up(load->vaddr + load->mem_size, ELF_PAGE_SIZE));
		image->max_align = max(image->max_align, load->align);
		if (image->phdr_offset >= load->offset &&
		    table_end <= load->offset + load->file_size && !image->phdr_vaddr)
			image->phdr_vaddr = image->phdr_offset - load->offset + load->vaddr;
	}
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
	summarize(image);
	return 0;
}

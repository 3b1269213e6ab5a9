/* SPDX-License-Identifier: GPL-2.0-only */
/* elf_parse_test.c - proves the ELF checks on this very test program and on headers spoilt one field at a time. */
#include "unit_test.h"
#include <elf.h>
#include <lib/elf_parse.h>
#include <lib/errno.h>
#include <stdio.h>
#include <string.h>

struct program {
	Elf64_Ehdr header;
	Elf64_Phdr phdr[4];
};

#define FILE_SIZE 0x10000

/* A static program: text, data with bss, stack. */
static struct program good(void)
{
	return (struct program){
		.header = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_X86_64, .e_entry = 0x401000,
			.e_phoff = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 4,
		},
		.phdr = {
			{ PT_LOAD, PF_R | PF_X, 0, 0x400000, 0x400000, 0x2000, 0x2000, 0x1000 },
			{ PT_LOAD, PF_R | PF_W, 0x2010, 0x403010, 0x403010, 0x100, 0x5000, 0x1000 },
			{ PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16 },
			{ PT_NULL, 0, 0, 0, 0, 0, 0, 0 },
		},
	};
}

static int parse(const struct program *p, struct elf_image *image)
{
	int err = elf_parse_header(&p->header, sizeof(p->header), image);

	return err ? err : elf_parse_phdrs(p->phdr, sizeof(p->phdr), FILE_SIZE, image);
}

TEST(a_good_program_is_described)
{
	struct program p = good();
	struct elf_image image;

	CHECK_EQ(parse(&p, &image), 0);
	CHECK(!image.is_dyn && !image.has_interp && image.has_gnu_stack && !image.exec_stack);
	CHECK_EQ(image.nr_loads, 2);
	CHECK_EQ(image.min_vaddr, 0x400000);
	CHECK_EQ(image.max_vaddr, 0x409000);
	CHECK_EQ(image.phdr_vaddr, 0x400040);
	CHECK_EQ(image.load[1].mem_size, 0x5000);
}

TEST(this_programs_own_file_is_accepted)
{
	FILE *f = fopen("/proc/self/exe", "rb");
	struct elf_image image;
	char header[64], phdrs[56 * 64];
	size_t n;

	CHECK(f);
	CHECK_EQ(fread(header, 1, 64, f), 64);
	CHECK_EQ(elf_parse_header(header, 64, &image), 0);
	fseek(f, image.phdr_offset, SEEK_SET);
	n = fread(phdrs, 1, sizeof(phdrs), f);
	fseek(f, 0, SEEK_END);
	CHECK_EQ(elf_parse_phdrs(phdrs, n, ftell(f), &image), 0);
	CHECK(image.has_interp && image.is_dyn);
	fclose(f);
}

#define REFUSED(statement)                               \
	do {                                             \
		struct program p = good();               \
		struct elf_image image;                  \
		statement;                               \
		CHECK_EQ(parse(&p, &image), -ENOEXEC);   \
	} while (0)

TEST(bad_headers_are_refused)
{
	REFUSED(p.header.e_ident[0] = 0);
	REFUSED(p.header.e_machine = EM_386);
	REFUSED(p.header.e_type = ET_REL);
	REFUSED(p.header.e_phentsize = 32);
	REFUSED(p.header.e_phnum = 0);
	REFUSED(p.header.e_phnum = 513);
	REFUSED(p.header.e_phnum = 5); /* more than the table holds */
	REFUSED(p.header.e_phoff = ~0ULL);
}

/* Linux finds out when it maps them: exec goes on, and the program dies. */
#define DOOMED(want, statement)                          \
	do {                                             \
		struct program p = good();               \
		struct elf_image image;                  \
		statement;                               \
		CHECK_EQ(parse(&p, &image), 0);          \
		CHECK_EQ(image.is_doomed, want);         \
	} while (0)

TEST(bad_segments_doom_the_program)
{
	DOOMED(false, (void)0);
	DOOMED(true, p.phdr[0].p_filesz = 0x3000);	    /* more file than memory */
	DOOMED(true, p.phdr[0].p_memsz = 0);
	DOOMED(true, p.phdr[1].p_filesz = ~0ULL - 0x10);
	DOOMED(true, p.phdr[1].p_offset = 0x7ffffffffffff010);
	DOOMED(true, p.phdr[1].p_offset = ~0ULL - 0xfef);
	DOOMED(true, p.phdr[1].p_memsz = ~0ULL);	    /* wraps */
	DOOMED(true, p.phdr[1].p_vaddr = 1ULL << 47);
	DOOMED(true, p.phdr[1].p_memsz = 1ULL << 47);
	DOOMED(true, p.phdr[1].p_vaddr = 0x403020);	    /* not congruent */
	DOOMED(true, p.phdr[0].p_type = p.phdr[1].p_type = PT_NULL);
}

TEST(odd_segments_are_taken)
{
	DOOMED(false, p.header.e_ident[EI_CLASS] = ELFCLASS32);
	DOOMED(false, p.header.e_ident[EI_DATA] = ELFDATA2MSB);
	DOOMED(false, p.phdr[1].p_offset = FILE_SIZE + 0x10); /* past the file: a fault when it is touched */
	DOOMED(false, p.phdr[1].p_align = 0x1001);
	DOOMED(false, p.phdr[1].p_vaddr = 0x401010);	    /* overlap */
	DOOMED(false, p.phdr[1].p_vaddr = 0x300010);	    /* descending */
}

TEST(a_span_holds_segments_in_any_order)
{
	struct program p = good();
	struct elf_image image;

	p.phdr[1].p_vaddr = 0x300010;
	CHECK_EQ(parse(&p, &image), 0);
	CHECK_EQ(image.min_vaddr, 0x300000);
	CHECK_EQ(image.max_vaddr, 0x402000);
}

TEST(bad_interpreters_are_refused)
{
	REFUSED(p.phdr[3] = ((Elf64_Phdr){ PT_INTERP, 0, 0, 0, 0, 1, 1, 1 }));
	REFUSED(p.phdr[3] = ((Elf64_Phdr){ PT_INTERP, 0, 0, 0, 0, 5000, 5000, 1 }));
	DOOMED(false, p.phdr[2] = p.phdr[3] = ((Elf64_Phdr){ PT_INTERP, 0, 0x100, 0, 0, 20, 20, 1 })); /* the first counts */
}

TEST(a_short_header_is_refused)
{
	struct program p = good();
	struct elf_image image;

	CHECK_EQ(elf_parse_header(&p, 63, &image), -ENOEXEC);
}

TEST(an_empty_segment_does_not_count)
{
	struct program p = good();
	struct elf_image image;

	p.phdr[3] = (Elf64_Phdr){ .p_type = PT_LOAD };
	CHECK_EQ(parse(&p, &image), 0);
	CHECK_EQ(image.nr_loads, 2);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * elf_parse.h - checks the header and program headers of an x86-64 ELF program or interpreter before exec
 * believes them: sizes, overflow, order, overlap, permissions. Works on bytes already in kernel memory.
 */
#ifndef LIB_ELF_PARSE_H
#define LIB_ELF_PARSE_H

#include <lib/types.h>

#define ELF_MAX_LOADS 64       /* PT_LOAD segments */
#define ELF_MAX_PHDRS 512      /* limits the table to 28 KiB */
#define ELF_INTERP_MAX 4096    /* PATH_MAX */

struct elf_segment {
	u64 vaddr;  /* not page-aligned; congruent to offset modulo the page size */
	u64 offset;
	u64 file_size;
	u64 mem_size; /* >= file_size */
	u64 align;  /* power of two, at least the page size */
	u32 flags;  /* PF_R, PF_W, PF_X */
};

struct elf_image {
	bool is_dyn;	/* ET_DYN: relocatable as a whole */
	bool is_doomed; /* its segments cannot be mapped: who runs it dies */
	u64 entry;
	u64 phdr_offset;
	u64 phdr_vaddr; /* where the table is in memory; 0: no segment holds it */
	u16 nr_phdrs;
	u16 nr_loads;
	u64 min_vaddr; /* page-aligned span of all segments */
	u64 max_vaddr;
	u64 max_align;
	bool has_interp;
	u64 interp_offset;
	u64 interp_size; /* with the terminator */
	bool has_gnu_stack;
	bool exec_stack;
	bool has_gnu_property;
	u64 property_offset;
	u64 property_size;
	struct elf_segment load[ELF_MAX_LOADS]; /* in the file's order: a later one covers an earlier one */
};

/* First the header (64 bytes at least): where the program headers are. 0, -ENOEXEC. */
int __must_check elf_parse_header(const void *header, size_t size, struct elf_image *image);
/* Then the table: @size is nr_phdrs * 56. @file_size bounds every offset. 0, -ENOEXEC. */
int __must_check elf_parse_phdrs(const void *phdrs, size_t size, u64 file_size,
				 struct elf_image *image);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* elf_impl.h - one ELF program on its way into memory. */
#pragma once

#include <lib/elf_parse.h>

struct file;
struct linux_binprm;

/* Where position-independent programs go without randomisation: two thirds of the user half. */
#define ELF_PIE_BASE (USER_END / 3 * 2 & PAGE_MASK)

struct elf_load {
	struct elf_image *image;	/* owned */
	struct file *interp_file;	/* owned, or NULL */
	struct elf_image *interp_image; /* owned, or NULL */
	unsigned long bias, interp_bias; /* added to the images' addresses */
};

/* Lay down argc, argv, envp and the auxiliary vector; bprm->p becomes the initial stack pointer. 0 or -EFAULT. */
int elf_create_tables(struct linux_binprm *bprm, const struct elf_load *load);

/* Is the caller's address space drawn at random? (personality, sysctl) */
bool process_randomizes(void);

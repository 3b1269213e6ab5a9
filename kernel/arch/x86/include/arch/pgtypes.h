/* SPDX-License-Identifier: GPL-2.0-only */
/* pgtypes.h - the four kinds of page-table entries; one-member structs, so that they do not mix. */
#ifndef ARCH_PGTYPES_H
#define ARCH_PGTYPES_H

#include <lib/types.h>

typedef struct {
	u64 pte;
} pte_t;
typedef struct {
	u64 pmd;
} pmd_t;
typedef struct {
	u64 pud;
} pud_t;
typedef struct {
	u64 pgd;
} pgd_t;
/* Protection and attribute bits of an entry. */
typedef struct {
	u64 pgprot;
} pgprot_t;

#endif

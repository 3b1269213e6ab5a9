/* SPDX-License-Identifier: GPL-2.0-only */
/* ldt_impl.h - an address space's table of descriptors over fork and end. */
#ifndef MM_LDT_IMPL_H
#define MM_LDT_IMPL_H

struct mm;

/* @child, which nobody runs yet, gets a copy. The parent's mmap_lock is held. -ENOMEM. */
int mm_ldt_dup(struct mm *child, const struct mm *parent);
/* No CPU has @mm loaded. */
void mm_ldt_free(struct mm *mm);

#endif

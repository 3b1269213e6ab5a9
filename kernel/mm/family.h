/* SPDX-License-Identifier: GPL-2.0-only */
/* family.h - the memories that fork made from one exec, found by the number that their private pages carry. Private to mm. */
#ifndef MM_FAMILY_H
#define MM_FAMILY_H

#include <mm/mm_types.h>

void family_init(void);
/* @mm, whose family_id is final, can be found from here on. */
void family_insert(struct mm *mm);
/* It has no reference any more and cannot be found. */
void family_remove(struct mm *mm);
/* The one after @mm (NULL: the first), with a reference; the one of @mm is given back. NULL: that was the last. Youngest first. */
struct mm *family_next(u64 family_id, struct mm *mm);

#endif

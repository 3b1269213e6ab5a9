/* SPDX-License-Identifier: GPL-2.0-only */
/* vma_tree.h - the VMAs of an mm in address order, and those of a mapping by offset. Private to mm. */
#ifndef MM_VMA_TREE_H
#define MM_VMA_TREE_H

#include <mm/mm_types.h>
#include <mm/mapping.h>

/* No VMA may be placed closer than this below a stack that grows down. */
#define STACK_GUARD_GAP (256UL << PAGE_SHIFT)

/* Where other mappings must end below @vma. */
static inline unsigned long vma_start_gap(const struct vma *vma)
{
	if (!(vma->vm_flags & VM_GROWSDOWN))
		return vma->vm_start;
	return vma->vm_start > STACK_GUARD_GAP ? vma->vm_start - STACK_GUARD_GAP : 0;
}

/* First VMA whose end is above @addr; NULL. Under RCU the answer may be a wrong or no VMA: check under its lock. */
struct vma *vma_tree_find(const struct rb_root *root, unsigned long addr);

/* Link @vma, which overlaps nothing. */
void vma_tree_insert(struct mm *mm, struct vma *vma);
void vma_tree_remove(struct mm *mm, struct vma *vma);
/* @vma's bounds changed in place (order did not): bring gaps up to date. */
void vma_tree_update(struct vma *vma);

/*
 * Address of a hole of @len bytes inside [low, high): the highest or the lowest one. 0 when there is none (low is never 0
 * for user mappings).
 */
unsigned long vma_tree_hole_topdown(struct mm *mm, unsigned long low, unsigned long high, unsigned long len);
unsigned long vma_tree_hole_bottomup(struct mm *mm, unsigned long low, unsigned long high, unsigned long len);

/* The i_mmap interval tree. i_mmap_lock is held for writing / reading. */
void mapping_tree_insert(struct address_space *mapping, struct vma *vma);
void mapping_tree_remove(struct address_space *mapping, struct vma *vma);
/* VMAs that map some of [first, last], in no promised order. */
struct vma *mapping_tree_first(struct address_space *mapping, pgoff_t first, pgoff_t last);
struct vma *mapping_tree_next(struct vma *vma, pgoff_t first, pgoff_t last);

#define mapping_for_each_vma(mapping, vma, first, last)			\
	for ((vma) = mapping_tree_first(mapping, first, last); (vma);	\
	     (vma) = mapping_tree_next(vma, first, last))

#endif

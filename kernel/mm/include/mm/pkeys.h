/* SPDX-License-Identifier: GPL-2.0-only */
/* pkeys.h - the protection key of an area: four bits of its flags (arch/pkeys.h says what keys are). */
#ifndef MM_PKEYS_H
#define MM_PKEYS_H

#include <mm/mm_types.h>

static inline u32 vm_flags_pkey(unsigned long vm_flags)
{
	return (vm_flags & VM_PKEY_MASK) >> VM_PKEY_SHIFT;
}

static inline unsigned long vm_flags_with_pkey(unsigned long vm_flags, u32 key)
{
	return (vm_flags & ~VM_PKEY_MASK) | (unsigned long)key << VM_PKEY_SHIFT;
}

/* Do processes have keys here? */
bool mm_has_pkeys(void);

/* A new address space: key 0 is given out. */
void mm_pkeys_init(struct mm *mm);
/* fork: @child has given out what @parent has. The parent's mmap_lock is held. */
void mm_pkeys_dup(struct mm *child, const struct mm *parent);

/* ---- mmap_lock held for writing ---- */

/* Was @key given out, and is it the program's to use? Negative keys were not. */
bool mm_pkey_is_given(const struct mm *mm, int key);
/* The key of a new area with the rights @prot: the execute-only key where that is what they say, else 0. */
u32 mm_pkey_for_map(struct mm *mm, unsigned long prot);
/* The key that @vma gets with the rights @prot: @key, or -1 for mprotect(2), which keeps it but for execute-only memory. */
u32 mm_pkey_for_protect(const struct vma *vma, unsigned long prot, int key);

#endif

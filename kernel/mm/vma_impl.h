/* SPDX-License-Identifier: GPL-2.0-only */
/* vma_impl.h - making, changing, joining and dropping VMAs. Private to mm; mmap_lock is held for writing. */
#ifndef MM_VMA_IMPL_H
#define MM_VMA_IMPL_H

#include <mm/mm.h>
#include "vma_tree.h"

/* The lock word of a VMA. */
#define VMA_WRITER 0x40000000
#define VMA_DETACHED 0x20000000
#define VMA_READERS 0x0fffffff

/* A zeroed VMA of @mm, not linked. NULL: no memory. */
struct vma *vma_alloc(struct mm *mm);
/* A copy with its own file reference, not linked, ->open not called. */
struct vma *vma_dup(struct mm *mm, const struct vma *orig);
/* Drop a VMA that was never linked: puts the file, frees at once. ->close is the caller's business. */
void vma_discard(struct vma *vma);
/*
 * Drop a VMA that was unlinked: ->close, file, memory after a grace period. All that happens in mmap_write_unlock(), once the lock
 * is dropped: the last reference of a file may take locks that stand above mmap_lock, and wait for a server.
 */
void vma_destroy(struct vma *vma);
void vma_bury(struct vma *dead);
/* The same at once, when nobody can look its mm's VMAs up any more. */
void vma_destroy_now(struct vma *vma);

/* Protection bits of entries from vm_flags and the mapping's wish to know of first writes. */
void vma_set_page_prot(struct vma *vma);
/* Does a first write through this VMA have to be noticed? */
bool vma_wants_writenotify(const struct vma *vma);

/* Put a VMA into the tree and its mapping's tree; it is write-locked until mmap_write_unlock(). */
void vma_link(struct mm *mm, struct vma *vma);
/* Take it out of the mm's tree: lookups miss it. It stays in the mapping's tree. */
void vma_detach(struct mm *mm, struct vma *vma);
/* Take it out of its mapping's tree: the reverse map misses it. */
void vma_unlink_mapping(struct vma *vma);

/* Cut @vma at @addr; the new VMA is the lower or the upper part. 0, -ENOMEM (count or memory) or ->may_split's. */
int vma_split(struct mm *mm, struct vma *vma, unsigned long addr, bool new_below);
/* Make VMA borders at @start and @end; *@first is the VMA that begins at @start. */
int vma_isolate(struct mm *mm, struct vma *vma, unsigned long start, unsigned long end, struct vma **out);
/* Join @vma with its neighbours where nothing tells them apart; returns the VMA that covers it now. */
struct vma *vma_merge_around(struct mm *mm, struct vma *vma);
/*
 * Extend an anonymous neighbour over the free range [start, end) instead of making a VMA. NULL: none fits.
 */
struct vma *vma_extend(struct mm *mm, struct vma *prev, unsigned long start, unsigned long end,
		       unsigned long vm_flags, pgoff_t pgoff);
/* New bounds in place, mapping tree included. */
void vma_set_bounds(struct vma *vma, unsigned long start, unsigned long end, pgoff_t pgoff);

/* The VMA's share of its mapping's count of shared writable maps goes. */
void vma_drop_writable(struct vma *vma);
/* total_vm and its parts. */
void vm_stat_account(struct mm *mm, unsigned long flags, long pages);
bool may_expand_vm(struct mm *mm, unsigned long flags, unsigned long pages);
/* Would locking @pages more break RLIMIT_MEMLOCK? 0, -EAGAIN, -EPERM. */
/* mprotect.c: entries of [start, end) take over vma->vm_page_prot; flushes. */
void change_protection(struct vma *vma, unsigned long start, unsigned long end);
int mlock_future_check(struct mm *mm, unsigned long flags, unsigned long pages);

static inline bool vma_is_private_writable(unsigned long flags)
{
	return (flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
}

/* Is the commit of such a mapping counted? */
static inline bool vma_is_accountable(unsigned long flags)
{
	return (flags & (VM_NORESERVE | VM_SHARED | VM_WRITE)) == VM_WRITE;
}

#endif

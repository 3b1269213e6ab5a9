/* SPDX-License-Identifier: GPL-2.0-only */
/* fault.h - making the page of an address present. */
#ifndef MM_FAULT_H
#define MM_FAULT_H

#include <mm/mm_types.h>

/* What a fault says besides its result. */
struct fault_note {
	bool is_major;
	u32 pkey; /* -EKEYREJECTED: the area's key */
};

/*
 * Make @addr present for the access in @flags (FAULT_FLAG_*). Takes and drops every lock itself; waits for folios:
 * with FAULT_FLAG_USER such a wait may end with -EPARK, and the access is simply tried again later.
 * 0, -EPARK, -EFAULT (no mapping), -EACCES (no right), -EKEYREJECTED (no right under the area's protection key), -ENOMEM,
 * -EIO (bus error), -EINTR (killed). @note starts zeroed.
 */
int mm_fault(struct mm *mm, unsigned long addr, u32 flags, struct fault_note *note);

/* The same in the caller's own address space, as the fault of a user copy. -EFAULT for a thread without one. */
int mm_fault_current(unsigned long addr, u32 flags);

/* Make all of [start, end) present, as MAP_POPULATE and mlock want it. 0 or -errno of the first page that failed. */
int mm_populate(struct mm *mm, unsigned long start, unsigned long len, bool ignore_errors);
/*
 * The same as the last thing that a system call does: asked to park it notes how far it came and gives -EPARK. The call's next pass
 * finds the rest with populate_resumed(), before it does anything else, and goes on there.
 */
int populate_call(struct mm *mm, unsigned long start, unsigned long end, bool ignore_errors);
bool populate_resumed(unsigned long *start, unsigned long *end);

/* Helpers for ->fault and ->map_pages implementations. */

/* Install @folio's page at vmf->address; the page-table lock is taken inside. Returns VM_FAULT_* flags. */
u32 finish_fault(struct vm_fault *vmf);
/* Install a frame of a VM_PFNMAP or VM_MIXEDMAP VMA. */
u32 vmf_insert_pfn(struct vma *vma, unsigned long addr, unsigned long pfn);

#endif

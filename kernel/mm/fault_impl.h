/* SPDX-License-Identifier: GPL-2.0-only */
/* fault_impl.h - what the fault files share. Private to mm. */
#ifndef MM_FAULT_IMPL_H
#define MM_FAULT_IMPL_H

#include <arch/pkeys.h>
#include <mm/fault.h>
#include <mm/pkeys.h>
#include "mm_impl.h"
#include "page_table.h"
#include "rmap.h"

/* The allocation flags under a fault's locks: no reclaim (architecture.md, mm). */
#define GFP_FAULT (__GFP_HARDWALL | __GFP_MOVABLE | __GFP_NOWARN | __GFP_KSWAPD_RECLAIM)

struct fault {
	struct vm_fault vmf; /* first */
	struct page_source src;
};

static inline struct fault *to_fault(struct vm_fault *vmf)
{
	return container_of(vmf, struct fault, vmf);
}

/* The fault with its VMA read-locked and access checked. VM_FAULT_* answer. */
u32 handle_vma_fault(struct fault *fault);
/* Read the folio that ->fault missed: no lock is held. Puts vmf->read_file. 0, -EPARK, -EINTR, -EIO, -ENOMEM. */
int fault_read_in(struct vm_fault *vmf);
/* A write met a present entry without write permission. vmf->orig_pte is set; no lock held. */
u32 handle_write_protect(struct fault *fault);

/* A folio for the private page at the fault's address, from where the policy of its place or of the task wants it. */
struct folio *fault_placed_folio(struct fault *fault, bool zero);

static inline struct folio *fault_folio(struct fault *fault, bool zero)
{
	if (likely(!fault->vmf.vma->vm_policy && !current->mempolicy))
		return page_source_get(&fault->src, zero);
	return fault_placed_folio(fault, zero);
}

/* May the fault's access be made under these flags? */
static inline bool access_allowed(unsigned long vm_flags, u32 fault_flags)
{
	if (fault_flags & FAULT_FLAG_WRITE)
		return (vm_flags & VM_WRITE) || ((fault_flags & FAULT_FLAG_FORCE) && (vm_flags & VM_MAYWRITE));
	if (fault_flags & FAULT_FLAG_EXEC)
		return vm_flags & VM_EXEC;
	return (vm_flags & VM_ACCESS_FLAGS) || ((fault_flags & FAULT_FLAG_FORCE) && (vm_flags & VM_MAYREAD));
}

/*
 * May it be made under the area's protection key? Others' memory and code are free of keys. Key 0 is left to the processor, which looks
 * as soon as the entry is there, unless no processor will.
 */
static inline bool pkey_allows_fault(unsigned long vm_flags, u32 fault_flags)
{
	if (likely(!(vm_flags & VM_PKEY_MASK) && !(fault_flags & (FAULT_FLAG_PKEY | FAULT_FLAG_SOFT))))
		return true;
	if (fault_flags & FAULT_FLAG_PKEY)
		return false;
	if (fault_flags & (FAULT_FLAG_REMOTE | FAULT_FLAG_EXEC))
		return true;
	return arch_pkey_allows(vm_flags_pkey(vm_flags), fault_flags & FAULT_FLAG_WRITE);
}

/* A writable entry only where the VMA is: FORCE writes leave it read-only. */
static inline pte_t maybe_mkwrite(pte_t pte, const struct vma *vma)
{
	return likely(vma->vm_flags & VM_WRITE) ? pte_mkwrite(pte) : pte;
}

#endif

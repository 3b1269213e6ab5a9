/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filemap_fault.c - faults on mappings of the page cache.
 *
 * WHAT        The object side of a fault: hand over the locked folio, or say what has to be read first; map what is cached around.
 * INVARIANTS  I1  A folio whose entry is installed was locked, uptodate, of this mapping and inside the size while that was done.
 *             I2  Nothing waits here: a folio that is being read is returned in wait_folio (fault.c, I2).
 * LOCKING     Called under the vma read lock. Starting a read allocates without reclaim.
 */
#include "fault_impl.h"
#include "lru.h"
#include "readahead.h"

#include <mm/mm_port.h>
#include <sync/rcu.h>

/* Pages around a mapped-file fault to read in together when there is no sequence. */
#define MMAP_READ_AROUND 32

static u32 retry_after(struct vm_fault *vmf, struct folio *folio)
{
	vmf->wait_folio = folio;
	return VM_FAULT_RETRY | VM_FAULT_MAJOR;
}

/* Reading in may reclaim and wait: it is done by the caller, without locks (fault_read_in()). */
static u32 retry_after_read(struct vm_fault *vmf)
{
	vmf->read_file = vfs_file_get(vmf->vma->vm_file);
	vmf->flags &= ~(FAULT_FLAG_SEQ | FAULT_FLAG_RAND);
	if (vmf->vma->vm_flags & VM_SEQ_READ)
		vmf->flags |= FAULT_FLAG_SEQ;
	if (vmf->vma->vm_flags & VM_RAND_READ)
		vmf->flags |= FAULT_FLAG_RAND;
	return VM_FAULT_RETRY | VM_FAULT_MAJOR;
}

/* Begin to read what the fault needs, and around it. */
static void read_around(struct vm_fault *vmf, struct address_space *mapping)
{
	unsigned long nr = vmf->flags & FAULT_FLAG_RAND ? 1 : MMAP_READ_AROUND;
	pgoff_t first = vmf->flags & FAULT_FLAG_SEQ ? vmf->pgoff : vmf->pgoff & ~(nr - 1);

	filemap_start_readahead(mapping, vmf->read_file, first, nr);
}

int fault_read_in(struct vm_fault *vmf)
{
	struct address_space *mapping = vfs_file_mapping(vmf->read_file);
	struct folio *folio;
	int err = 0;

	if (!filemap_page_known(mapping, vmf->pgoff))
		read_around(vmf, mapping);
	folio = filemap_begin_read(mapping, vmf->read_file, vmf->pgoff);
	if (IS_ERR(folio)) {
		err = PTR_ERR(folio);
		goto out;
	}
	if (vmf->flags & FAULT_FLAG_USER)
		err = folio_wait_locked_park(folio);
	else
		err = folio_wait_locked_killable(folio);
	if (!err && !folio_test(folio, PG_uptodate) && folio_test(folio, PG_error))
		err = -EIO;
	folio_put(folio);
out:
	vfs_file_put(vmf->read_file);
	return err;
}

u32 filemap_fault(struct vm_fault *vmf)
{
	struct address_space *mapping = vmf->vma->vm_mapping;
	pgoff_t end = ((u64)mapping->a_ops->size(mapping) + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct folio *folio;

	if (unlikely(vmf->pgoff >= end))
		return VM_FAULT_SIGBUS;
	folio = filemap_get_folio(mapping, vmf->pgoff);
	if (!folio)
		return retry_after_read(vmf);
	if (unlikely(!folio_trylock(folio)))
		return retry_after(vmf, folio);
	if (unlikely(folio->mapping != mapping)) {
		folio_unlock(folio);
		folio_put(folio);
		return VM_FAULT_RETRY;
	}
	if (unlikely(!folio_test(folio, PG_uptodate))) {
		folio_unlock(folio);
		folio_put(folio);
		return retry_after_read(vmf);
	}
	end = ((u64)mapping->a_ops->size(mapping) + PAGE_SIZE - 1) >> PAGE_SHIFT;
	if (unlikely(vmf->pgoff >= end)) {
		folio_unlock(folio);
		folio_put(folio);
		return VM_FAULT_SIGBUS;
	}
	vmf->folio = folio;
	return VM_FAULT_LOCKED;
}

/* The folio if it can be mapped at once: a reference, locked. */
static struct folio *next_mappable(struct address_space *mapping, pgoff_t index, pgoff_t end)
{
	struct folio *folio = xa_load(&mapping->i_pages, index);

	if (!folio || index >= end || folio_test(folio, PG_locked) || !folio_test(folio, PG_uptodate) ||
	    !folio_try_get(folio))
		return NULL;
	/* The frame may be another's by now, who needs no atomic changes of its flags before it is in a mapping: look before locking it. */
	if (likely(folio_is_at(folio, mapping, index)) && folio_trylock(folio)) {
		if (likely(folio->mapping == mapping && folio_test(folio, PG_uptodate)))
			return folio;
		folio_unlock(folio);
	}
	folio_put(folio);
	return NULL;
}

u32 filemap_map_pages(struct vm_fault *vmf, pgoff_t first, pgoff_t last)
{
	struct vma *vma = vmf->vma;
	struct address_space *mapping = vma->vm_mapping;
	pgoff_t end = ((u64)mapping->a_ops->size(mapping) + PAGE_SIZE - 1) >> PAGE_SHIFT;
	unsigned long addr = vma->vm_start + ((first - vma->vm_pgoff) << PAGE_SHIFT);
	u64 prot = pgprot_val(vma->vm_page_prot);
	struct folio *folio = NULL;
	spinlock_t *ptl;
	pte_t *ptep;
	long mapped = 0;
	u32 ret = 0;

	/* The table's lock is also the RCU read side: it keeps preemption off. */
	ptep = pte_offset_lock(vmf->pmd, addr, &ptl);
	for (pgoff_t index = first; index <= last; index++, ptep++) {
		if (!pte_none(ptep_get(ptep))) {
			if (index == vmf->pgoff)
				ret = VM_FAULT_NOPAGE; /* somebody was first */
			continue;
		}
		folio = next_mappable(mapping, index, end);
		if (!folio)
			continue;
		folio_add_file_map(folio);
		set_pte(ptep, pfn_pte(folio_pfn(folio), __pgprot(prot)));
		folio_unlock(folio);
		mapped++;
		if (index == vmf->pgoff)
			ret = VM_FAULT_NOPAGE;
	}
	if (mapped)
		mm_add_counter(vmf->mm, mapping_is_ram(mapping) ? MM_SHMEMPAGES : MM_FILEPAGES, mapped);
	pte_unlock(ptl);
	return ret;
}

u32 filemap_page_mkwrite(struct vm_fault *vmf)
{
	struct folio *folio = vmf->folio;
	int err = vfs_file_mkwrite(vmf->vma->vm_file);

	if (err)
		return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	if (!folio_trylock(folio)) {
		folio_get(folio);
		vmf->wait_folio = folio;
		return VM_FAULT_RETRY;
	}
	if (folio->mapping != vmf->vma->vm_mapping) {
		folio_unlock(folio);
		return VM_FAULT_RETRY;
	}
	folio_mark_dirty(folio);
	return VM_FAULT_LOCKED;
}

const struct vma_ops filemap_vma_ops = {
	.fault = filemap_fault,
	.map_pages = filemap_map_pages,
	.page_mkwrite = filemap_page_mkwrite,
};

int generic_file_mmap(struct file *file, struct vma *vma)
{
	vma->vm_ops = &filemap_vma_ops;
	vma->vm_mapping = vfs_file_mapping(file);
	return vma->vm_mapping ? 0 : -ENODEV;
}

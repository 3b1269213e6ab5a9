/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gup.c - the kernel's own way to the pages of an address space, its own or another's.
 *
 * WHAT        Look the entry up under the VMA's lock; where it is missing or too weak, fault it in and look again.
 * INVARIANTS  I1  A page returned has a reference taken under its table's lock.
 *             I2  A pin also counts in pincount; fork copies such pages at once instead of sharing them (fork.c).
 * LOCKING     vma read lock, table lock. No lock is held on return.
 * ERRORS      -EFAULT, -ENOMEM, -EIO as -EFAULT.
 */
#include "fault_impl.h"
#include "vma_impl.h"

#include <lib/string.h>
#include <mm/filemap.h>

/* Rounds of fault and look-up; a page could be taken away in between each time. */
#define GUP_TRIES 64

static u32 gup_fault_flags(struct mm *mm, unsigned int gup_flags)
{
	u32 flags = 0;

	if (gup_flags & FOLL_WRITE)
		flags |= FAULT_FLAG_WRITE;
	if (gup_flags & FOLL_FORCE)
		flags |= FAULT_FLAG_FORCE;
	flags |= (gup_flags & FOLL_REMOTE) || mm != current_mm() ? FAULT_FLAG_REMOTE : FAULT_FLAG_SOFT;
	return flags;
}

/* Is this entry good for a write? A forced write into a read-only private mapping needs its own copy. */
static bool entry_writable(const struct vma *vma, pte_t pte, unsigned int gup_flags)
{
	struct folio *folio;

	if (pte_write(pte))
		return true;
	if (!(gup_flags & FOLL_FORCE) || (vma->vm_flags & VM_SHARED))
		return false;
	folio = pte_folio(pte);
	return folio && folio_test(folio, PG_anon) && pte_dirty(pte) && atomic_read(&folio->mapcount) == 1;
}

/* The page with a reference, NULL: fault it in. */
static struct page *look_up(struct vma *vma, unsigned long addr, unsigned int gup_flags)
{
	pmd_t *pmd = find_pmd(vma->vm_mm, addr);
	struct page *page = NULL;
	spinlock_t *ptl;
	pte_t *ptep, pte;

	if (!pmd)
		return NULL;
	ptep = pte_offset_lock(pmd, addr, &ptl);
	pte = ptep_get(ptep);
	if (pte_present(pte) && (!(gup_flags & FOLL_WRITE) || entry_writable(vma, pte, gup_flags))) {
		if (!pte_special(pte) || pte_pfn(pte) == mm_state.zero_pfn) {
			page = pfn_to_page(pte_pfn(pte));
			get_page(page);
		}
	}
	pte_unlock(ptl);
	return page;
}

static struct vma *lock_vma(struct mm *mm, unsigned long addr)
{
	struct vma *vma = vma_lock_under_rcu(mm, addr);

	if (vma)
		return vma;
	mmap_read_lock(mm);
	vma = vma_lock_mmap_held(mm, addr);
	mmap_read_unlock(mm);
	return vma;
}

struct page *get_user_page(struct mm *mm, unsigned long addr, unsigned int gup_flags)
{
	u32 flags = gup_fault_flags(mm, gup_flags);
	struct page *page;
	struct fault_note note = { 0 };

	for (int i = 0; i < GUP_TRIES; i++) {
		struct vma *vma = lock_vma(mm, addr);
		int err;

		if (vma) {
			bool allowed = access_allowed(vma->vm_flags, flags) && pkey_allows_fault(vma->vm_flags, flags) &&
				       !(vma->vm_flags & VM_PFNMAP);

			page = allowed ? look_up(vma, addr, gup_flags) : NULL;
			vma_end_read(vma);
			if (page)
				return page;
			if (!allowed)
				return ERR_PTR(-EFAULT);
		}
		err = mm_fault(mm, addr, flags, &note); /* grows stacks, too */
		if (err)
			return ERR_PTR(err == -ENOMEM || err == -EINTR ? err : -EFAULT);
	}
	return ERR_PTR(-EFAULT);
}

long pin_user_pages(struct mm *mm, unsigned long addr, unsigned long nr, unsigned int gup_flags, struct page **pages)
{
	for (unsigned long i = 0; i < nr; i++) {
		struct page *page = get_user_page(mm, addr + i * PAGE_SIZE, gup_flags);

		if (IS_ERR(page))
			return i ? (long)i : PTR_ERR(page);
		atomic_inc(&page_folio(page)->pincount);
		pages[i] = page;
	}
	return nr;
}

void unpin_user_pages(struct page **pages, unsigned long nr, bool dirty)
{
	for (unsigned long i = 0; i < nr; i++) {
		struct folio *folio = page_folio(pages[i]);

		if (dirty && folio_mapping(folio))
			folio_mark_dirty(folio);
		atomic_dec(&folio->pincount);
		folio_put(folio);
	}
}

int access_remote_vm(struct mm *mm, unsigned long addr, void *buf, int len, unsigned int gup_flags)
{
	int done = 0;

	gup_flags |= FOLL_REMOTE;
	while (done < len) {
		unsigned long offset = offset_in_page(addr + done);
		int part = min_t(unsigned long, len - done, PAGE_SIZE - offset);
		struct page *page = get_user_page(mm, addr + done, gup_flags);

		if (IS_ERR(page))
			break;
		if (gup_flags & FOLL_WRITE) {
			memcpy(page_address(page) + offset, buf + done, part);
			if (folio_mapping(page_folio(page)))
				folio_mark_dirty(page_folio(page));
		} else {
			memcpy(buf + done, page_address(page) + offset, part);
		}
		put_page(page);
		done += part;
	}
	return done;
}

int mm_get_shared_key(struct mm *mm, unsigned long addr, bool write, struct mm_shared_key *key)
{
	struct vma *vma = lock_vma(mm, addr);
	struct page *page;

	*key = (struct mm_shared_key){ .index = addr >> PAGE_SHIFT };
	if (!vma)
		return -EFAULT;
	if (vma->vm_mapping && (vma->vm_flags & VM_SHARED)) {
		key->mapping = vma->vm_mapping;
		key->id = mapping_id(vma->vm_mapping);
		key->index = vma_linear_index(vma, addr);
	} else if (!vma->vm_file && !(vma->vm_flags & VM_WRITE)) {
		vma_end_read(vma);
		return -EFAULT; /* nobody will ever change that word */
	}
	vma_end_read(vma);
	/* The word must be there, as the caller is about to look at it. */
	page = get_user_page(mm, addr, write ? FOLL_WRITE : 0);
	if (IS_ERR(page))
		return PTR_ERR(page);
	put_page(page);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * migrate.c - pages that are in use move to another frame: on another node, or (migrate_anon.c) to make a block whole.
 *
 * WHAT        A page that one entry maps is copied into a fresh folio and the entry is rewritten, all under the
 *             lock of its table: a fault in between waits for that lock and finds the new page.
 * INVARIANTS  M1  A private page moves only while all its references are entries: one more (a pin, a transfer under way) and it stays.
 *             M2  The old translation is flushed everywhere before the copy is made, so no store is lost.
 *             M3  A page that processes share since a fork is not written by anybody; moved by MOVE_ALL, the process gets a copy of its
 *                 own on the target node and the others keep theirs.
 *             M4  A page that was drawn from a standing reserve stays so in its new frame, if that is one of the same zone and was not drawn
 *                 itself; else the promise comes back with the old one.
 * LOCKING     mmap_lock, for reading at least; table lock.
 * ERRORS      as move_pages(2): -EACCES shared, -EBUSY in use, -ENOENT nothing there, -EFAULT no such range, -ENOMEM.
 * TESTS       tests/guest/mm/policy_test.c
 */
#include "migrate.h"
#include "page_table.h"
#include "rmap.h"
#include "vma_impl.h"

#include <arch/page_ops.h>
#include <arch/tlb.h>
#include <pages/reserve.h>
#include <pages/zone.h>

bool vma_is_migratable(const struct vma *vma)
{
	return !(vma->vm_flags & (VM_IO | VM_PFNMAP));
}

/* May the private page behind this entry move? M1; its table's lock is held. */
static int may_move_anon(const struct folio *folio, bool shared_too)
{
	int maps = atomic_read(&folio->mapcount);

	if (maps > 1 && !shared_too)
		return -EACCES;
	if (atomic_read(&folio->pincount) || folio_ref_count(folio) != maps)
		return -EBUSY;
	return 0;
}

/* @to takes the place of @from in the entry. The table's lock is held. */
static void replace_anon(struct vma *vma, unsigned long addr, pte_t *ptep, struct folio *from, struct folio *to)
{
	pte_t old = ptep_xchg_clear(ptep);

	tlb_flush_page(&vma->vm_mm->arch, addr); /* M2 */
	copy_page(folio_address(to), folio_address(from));
	folio_add_new_anon(to, vma, addr);
	if (unlikely(folio_test(from, PG_standing)) && atomic_read(&from->mapcount) == 1)
		reserve_standing_pass(&from->page, &to->page); /* M4 */
	set_pte(ptep, pfn_pte(folio_pfn(to), __pgprot(pte_flags(old))));
	folio_remove_anon_map(from);
}

struct folio *anon_move_entry(struct vma *vma, unsigned long addr, const struct folio *only, struct folio *to, bool shared_too)
{
	pmd_t *pmd = find_pmd(vma->vm_mm, addr);
	struct folio *from;
	spinlock_t *ptl;
	pte_t *ptep, pte;
	int err = -ENOENT;

	if (!pmd)
		return ERR_PTR(-ENOENT);
	ptep = pte_offset_lock(pmd, addr, &ptl);
	pte = ptep_get(ptep);
	from = pte_present(pte) ? pte_folio(pte) : NULL;
	if (from && folio_test(from, PG_anon) && (!only || from == only))
		err = may_move_anon(from, shared_too);
	if (!err)
		replace_anon(vma, addr, ptep, from, to);
	pte_unlock(ptl);
	return err ? ERR_PTR(err) : from;
}

static int move_anon(struct vma *vma, unsigned long addr, struct folio *to, const struct move_wish *wish)
{
	struct folio *from = anon_move_entry(vma, addr, NULL, to, wish->shared_too);

	if (IS_ERR(from))
		return PTR_ERR(from) == -ENOENT ? -EBUSY : PTR_ERR(from); /* it is another page by now */
	folio_put(from);
	return 0;
}

/* What is behind @addr: a folio with a reference, or why not. */
static struct folio *folio_at(struct vma *vma, unsigned long addr, pmd_t *pmd)
{
	struct folio *folio;
	spinlock_t *ptl;
	pte_t pte;

	pte = ptep_get(pte_offset_lock(pmd, addr, &ptl));
	folio = pte_present(pte) ? pte_folio(pte) : NULL;
	if (folio)
		folio_get(folio);
	pte_unlock(ptl);
	if (folio)
		return folio;
	return ERR_PTR(pte_present(pte) || vma_is_anonymous(vma) ? -EFAULT : -ENOENT);
}

int node_at(struct vma *vma, unsigned long addr)
{
	pmd_t *pmd = find_pmd(vma->vm_mm, addr);
	struct folio *folio;
	int node;

	if (!pmd)
		return vma_is_anonymous(vma) ? -EFAULT : -ENOENT;
	folio = folio_at(vma, addr, pmd);
	if (IS_ERR(folio))
		return PTR_ERR(folio);
	node = folio->node;
	folio_put(folio);
	return node;
}

int move_page_at(struct vma *vma, unsigned long addr, const struct move_wish *wish)
{
	pmd_t *pmd = find_pmd(vma->vm_mm, addr);
	struct folio *from, *to;
	bool is_anon;
	int err, maps;

	if (!pmd)
		return vma_is_anonymous(vma) ? -EFAULT : -ENOENT;
	from = folio_at(vma, addr, pmd);
	if (IS_ERR(from))
		return PTR_ERR(from);
	is_anon = folio_test(from, PG_anon);
	maps = atomic_read(&from->mapcount);
	if (maps > 1 && !wish->shared_too) {
		folio_put(from);
		return -EACCES;
	}
	to = policy_place_alloc(&wish->place, GFP_HIGHUSER_MOVABLE | __GFP_NORETRY | __GFP_NOWARN);
	if (!to) {
		folio_put(from);
		return -ENOMEM;
	}
	if (is_anon) {
		folio_put(from); /* M1 */
		err = move_anon(vma, addr, to, wish);
	} else {
		err = filemap_move_folio(from, to);
		folio_put(from);
	}
	if (err || !is_anon)
		folio_put(to);
	return err;
}

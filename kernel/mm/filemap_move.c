/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filemap_move.c - a folio of the page cache is replaced by a copy in another frame: on another node, or to make a block whole.
 *
 * WHAT        The folio is taken out of all page tables, its references are frozen, the copy takes its slot. Who maps it faults and
 *             finds the copy.
 * INVARIANTS  V1  While the copy is made nobody but the cache and the caller holds the folio, and nobody maps it: with the count frozen
 *                 no look-up gets a reference.
 *             V2  The copy has the old folio's marks: a dirty page stays dirty, and is counted once.
 * LOCKING     folio locks of both, i_mmap_lock inside, tree_lock. The folio's lock is only tried: the caller may hold mmap_lock.
 * ERRORS      -EBUSY: locked, under write-back, of a file system that hangs something on it, or held by somebody.
 * TESTS       tests/guest/mm/policy_test.c, tests/guest/mm/compact_test.c
 */
#include "lru.h"
#include "migrate.h"
#include "rmap.h"
#include "vma_tree.h"
#include "zap.h"

#include <arch/page_ops.h>

#define MOVED_FLAGS (BIT(PG_uptodate) | BIT(PG_dirty) | BIT(PG_swapbacked) | BIT(PG_referenced))

/* Unlike reclaim's, also out of locked ranges: they fault it in again. */
static bool unmap_everywhere(struct address_space *mapping, struct folio *folio)
{
	struct zap_details details = { .only_folio = folio };
	struct vma *vma;

	down_read(&mapping->i_mmap_lock);
	mapping_for_each_vma(mapping, vma, folio->index, folio->index) {
		unsigned long addr = vma->vm_start + ((folio->index - vma->vm_pgoff) << PAGE_SHIFT);

		zap_vma_range(vma, addr, addr + PAGE_SIZE, &details);
	}
	up_read(&mapping->i_mmap_lock);
	return !atomic_read(&folio->mapcount);
}

static void recount(const struct folio *folio, long n)
{
	mod_node_page_state(folio->node, NR_FILE_PAGES, n);
	if (folio_test(folio, PG_swapbacked))
		mod_node_page_state(folio->node, NR_SHMEM, n);
	if (folio_test(folio, PG_dirty) && !folio_test(folio, PG_swapbacked))
		mod_node_page_state(folio->node, NR_FILE_DIRTY, n);
}

/* The slot changes hands. @from is locked, unmapped and on no list; the caller's reference and the cache's are all it has. */
static bool take_slot(struct address_space *mapping, struct folio *from, struct folio *to)
{
	with_spinlock_irqsave(&mapping->tree_lock);
	if (!folio_ref_freeze(from, 2)) /* V1 */
		return false;
	copy_page(folio_address(to), folio_address(from));
	to->flags |= (from->flags & MOVED_FLAGS) | BIT(PG_locked);
	to->index = from->index;
	smp_store_release(&to->mapping, mapping); /* from here on a stale look-up may try to lock it */
	folio_get(to);
	xa_store(&mapping->i_pages, to->index, to, 0);
	recount(from, -1);
	recount(to, 1);
	from->flags &= ~(BIT(PG_dirty) | BIT(PG_swapbacked));
	WRITE_ONCE(from->mapping, NULL);
	folio_ref_unfreeze(from, 1);
	return true;
}

static int move_locked(struct address_space *mapping, struct folio *from, struct folio *to)
{
	bool listed = folio_test(from, PG_lru), moved;

	if (folio_test(from, PG_writeback) || folio_test(from, PG_private) || !folio_test(from, PG_uptodate))
		return -EBUSY;
	if (!unmap_everywhere(mapping, from))
		return -EBUSY;
	if (listed)
		lru_del(from);
	moved = take_slot(mapping, from, to);
	if (listed)
		lru_add(moved ? to : from);
	if (moved)
		folio_unlock(to);
	return moved ? 0 : -EBUSY;
}

int filemap_move_folio(struct folio *from, struct folio *to)
{
	struct address_space *mapping;
	int err = -EBUSY;

	if (!folio_trylock(from))
		return -EBUSY;
	mapping = folio_mapping(from);
	if (mapping)
		err = move_locked(mapping, from, to);
	folio_unlock(from);
	return err;
}

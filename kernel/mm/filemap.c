/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filemap.c - folios of a mapping: look up, insert, remove, make uptodate; dirty marks.
 *
 * WHAT        The page cache proper: every other file of it comes here to find, make, fill and drop a folio.
 * INVARIANTS  see mm/mapping.h. Besides:
 *             F1  A lookup takes its reference first and then checks that the folio still is at this index of this mapping: a folio
 *                 that was freed and used again in between is given back.
 *             F2  nrdirty counts folios with PG_dirty; the flag changes under tree_lock together with the mark.
 * LOCKING     tree_lock; RCU for lookups; the folio lock for removal.
 * ERRORS      -ENOMEM, -EEXIST, -EIO.
 */
#include "mm_impl.h"
#include "lru.h"
#include "readahead.h"
#include "rmap.h"

#include <lib/assert.h>
#include <mm/mempolicy.h>
#include <mm/mm_port.h>
#include <sync/rcu.h>

struct folio *filemap_get_folio(struct address_space *mapping, pgoff_t index)
{
	struct folio *folio;

	rcu_read_lock();
	for (;;) {
		folio = xa_load(&mapping->i_pages, index);
		if (!folio)
			break;
		if (unlikely(!folio_try_get(folio)))
			continue; /* being removed: look again */
		if (likely(folio_is_at(folio, mapping, index)))
			break; /* F1 */
		folio_put(folio);
	}
	rcu_read_unlock();
	return folio;
}

struct folio *filemap_lock_folio(struct address_space *mapping, pgoff_t index)
{
	for (;;) {
		struct folio *folio = filemap_get_folio(mapping, index);

		if (!folio)
			return NULL;
		folio_lock(folio);
		if (likely(folio->mapping == mapping))
			return folio;
		folio_unlock(folio);
		folio_put(folio);
	}
}

/* Under tree_lock; @spares may be NULL. */
static int insert_locked(struct address_space *mapping, struct folio *folio, struct xa_spares *spares)
{
	int err;

	with_spinlock_irqsave(&mapping->tree_lock);
	if (spares)
		err = xa_insert_spare(&mapping->i_pages, folio->index, folio, spares);
	else
		err = xa_insert(&mapping->i_pages, folio->index, folio, GFP_NOWAIT | __GFP_NOWARN | __GFP_NORETRY);
	if (!err)
		WRITE_ONCE(mapping->nrpages, mapping->nrpages + 1);
	return err;
}

/* The lock forbids reclaim: if the tree's nodes can't be had without it, they are made before. Or they are @ready. */
static int insert(struct address_space *mapping, struct folio *folio, gfp_t gfp, struct xa_spares *ready)
{
	struct xa_spares spares = { 0 };
	int err = insert_locked(mapping, folio, ready);

	if (likely(err != -ENOMEM) || ready)
		return err;
	err = xa_spares_fill(&spares, XA_SPARES_MAX, gfp & ~(__GFP_ZERO | __GFP_MOVABLE));
	if (!err)
		err = insert_locked(mapping, folio, &spares);
	xa_spares_drop(&spares);
	return err;
}

static int add_folio(struct address_space *mapping, struct folio *folio, pgoff_t index, gfp_t gfp, struct xa_spares *ready)
{
	bool is_ram = mapping_is_ram(mapping);
	int err;

	folio_set(folio, PG_locked);
	if (is_ram)
		folio_set(folio, PG_swapbacked);
	folio_get(folio);
	folio->index = index;
	smp_store_release(&folio->mapping, mapping); /* locked before it can be found, even by a stale look-up (F1) */

	err = insert(mapping, folio, gfp, ready);
	if (err) {
		folio->mapping = NULL;
		folio_clear(folio, PG_swapbacked);
		folio_unlock(folio); /* a stale look-up may wait for it */
		folio_put(folio);
		return err == -EBUSY ? -EEXIST : err;
	}
	mod_node_page_state(folio->node, NR_FILE_PAGES, 1);
	if (is_ram)
		mod_node_page_state(folio->node, NR_SHMEM, 1);
	else
		lru_add(folio);
	return 0;
}

int filemap_add_folio(struct address_space *mapping, struct folio *folio, pgoff_t index, gfp_t gfp)
{
	return add_folio(mapping, folio, index, gfp, NULL);
}

int filemap_add_folio_spare(struct address_space *mapping, struct folio *folio, pgoff_t index, struct xa_spares *spares)
{
	return add_folio(mapping, folio, index, 0, spares);
}

/* tree_lock is held; the folio leaves the index. */
static void erase_locked(struct address_space *mapping, struct folio *folio)
{
	xa_erase(&mapping->i_pages, folio->index);
	WRITE_ONCE(mapping->nrpages, mapping->nrpages - 1);
	/* Lookups that still hold it see that it belongs nowhere (F1). */
	WRITE_ONCE(folio->mapping, NULL);
}

static void removed(struct folio *folio, bool is_ram)
{
	mod_node_page_state(folio->node, NR_FILE_PAGES, -1);
	if (is_ram) {
		mod_node_page_state(folio->node, NR_SHMEM, -1);
		folio_clear(folio, PG_swapbacked);
	}
}

void filemap_remove_folio(struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	unsigned long flags;

	KASSERT(folio_test(folio, PG_locked));
	folio_cancel_dirty(folio);
	if (folio_test(folio, PG_lru))
		lru_del(folio);
	spin_lock_irqsave(&mapping->tree_lock, flags);
	erase_locked(mapping, folio);
	spin_unlock_irqrestore(&mapping->tree_lock, flags);
	removed(folio, mapping_is_ram(mapping));
	folio_put(folio);
}

/*
 * Reclaim's and invalidation's way: remove only if nobody but the mapping and the caller holds the folio and it is clean.
 * Consumes nothing; on true the mapping's reference is gone.
 */
bool filemap_try_remove(struct address_space *mapping, struct folio *folio)
{
	unsigned long flags;

	if (mapping->a_ops->release_folio && folio_test(folio, PG_private) &&
	    !mapping->a_ops->release_folio(folio, GFP_NOWAIT))
		return false;
	if (folio_test(folio, PG_lru))
		lru_del(folio);
	spin_lock_irqsave(&mapping->tree_lock, flags);
	/* With the count frozen no lookup can get a reference; a dirty folio stays. */
	if (!folio_ref_freeze(folio, 2))
		goto busy;
	if (folio_test(folio, PG_dirty) || folio_test(folio, PG_writeback) || atomic_read(&folio->mapcount)) {
		folio_ref_unfreeze(folio, 2);
		goto busy;
	}
	erase_locked(mapping, folio);
	spin_unlock_irqrestore(&mapping->tree_lock, flags);
	removed(folio, mapping_is_ram(mapping));
	folio_ref_unfreeze(folio, 1);
	return true;
busy:
	spin_unlock_irqrestore(&mapping->tree_lock, flags);
	if (!mapping_is_ram(mapping))
		lru_add(folio);
	return false;
}

struct folio *filemap_grab_folio(struct address_space *mapping, pgoff_t index, gfp_t gfp)
{
	for (;;) {
		struct folio *folio = filemap_lock_folio(mapping, index);
		int err;

		if (folio)
			return folio;
		folio = mempolicy_alloc_cache(gfp);
		if (!folio)
			return ERR_PTR(-ENOMEM);
		err = filemap_add_folio(mapping, folio, index, gfp);
		if (!err)
			return folio;
		folio_put(folio);
		if (err != -EEXIST)
			return ERR_PTR(err);
	}
}

static unsigned int get_folios(struct address_space *mapping, pgoff_t *start, pgoff_t last, xa_mark_t filter,
			       struct folio **folios, unsigned int max)
{
	unsigned long index = *start;
	unsigned int n = 0;
	struct folio *folio;

	with_rcu();
	while ((folio = xa_find(&mapping->i_pages, &index, last, filter))) {
		/* Frozen: gone, moved, or found to be in use in a moment. Look again: a dirty page must not be passed over. */
		if (!folio_try_get(folio))
			continue;
		if (!folio_is_at(folio, mapping, index)) {
			folio_put(folio);
			continue;
		}
		folios[n++] = folio;
		if (n == max) {
			*start = index + 1;
			return n;
		}
		if (index == last)
			break;
		index++;
	}
	*start = last + 1;
	return n;
}

unsigned int filemap_get_folios(struct address_space *mapping, pgoff_t *start, pgoff_t last, struct folio **folios,
				unsigned int max)
{
	return get_folios(mapping, start, last, XA_PRESENT, folios, max);
}

unsigned int filemap_get_folios_mark(struct address_space *mapping, pgoff_t *start, pgoff_t last, xa_mark_t mark,
				     struct folio **folios, unsigned int max)
{
	return get_folios(mapping, start, last, mark, folios, max);
}

pgoff_t filemap_next_present(struct address_space *mapping, pgoff_t start, pgoff_t last)
{
	unsigned long index = start;
	struct folio *folio;
	bool is_data;

	/* An RCU reader anew for each: a program can set aside as many pages in a row as there is memory. */
	do {
		rcu_read_lock();
		folio = xa_find(&mapping->i_pages, &index, last, XA_PRESENT);
		is_data = folio && folio_test(folio, PG_uptodate);
		rcu_read_unlock();
		if (is_data)
			return index;
	} while (folio && index++ < last);
	return last + 1;
}

pgoff_t filemap_next_absent(struct address_space *mapping, pgoff_t start, pgoff_t last)
{
	while (start <= last && filemap_page_present(mapping, start))
		start++;
	return start;
}

bool filemap_page_present(struct address_space *mapping, pgoff_t index)
{
	struct folio *folio;

	with_rcu();
	folio = xa_load(&mapping->i_pages, index);
	return folio && folio_test(folio, PG_uptodate);
}

bool filemap_page_known(struct address_space *mapping, pgoff_t index)
{
	with_rcu();
	return xa_load(&mapping->i_pages, index) != NULL;
}

/* ---- reading one folio in ---- */

/* Start the read of a locked folio that is not uptodate; it is unlocked when it ends. */
static int start_read(struct address_space *mapping, struct file *file, struct folio *folio)
{
	int err;

	folio_clear(folio, PG_error);
	mapping_account_read(mapping, 1);
	err = mapping->a_ops->read_folio(file, folio);
	if (err)
		folio_unlock(folio);
	return err;
}

struct folio *filemap_begin_read(struct address_space *mapping, struct file *file, pgoff_t index)
{
	struct folio *folio = filemap_get_folio(mapping, index);
	int err;

	if (folio && (folio_test(folio, PG_uptodate) || !folio_trylock(folio)))
		return folio;
	if (!folio) {
		folio = mempolicy_alloc_cache(mapping->gfp);
		if (!folio)
			return ERR_PTR(-ENOMEM);
		err = filemap_add_folio(mapping, folio, index, mapping->gfp);
		if (err == -EEXIST) {
			folio_put(folio);
			return filemap_begin_read(mapping, file, index);
		}
		if (err)
			goto fail;
	} else if (folio->mapping != mapping || folio_test(folio, PG_uptodate)) {
		folio_unlock(folio);
		return folio;
	}
	err = start_read(mapping, file, folio);
	if (!err)
		return folio;
fail:
	folio_put(folio);
	return ERR_PTR(err);
}

struct folio *filemap_read_folio(struct address_space *mapping, struct file *file, pgoff_t index, bool may_park)
{
	for (;;) {
		struct folio *folio = filemap_begin_read(mapping, file, index);
		int err = 0;

		if (IS_ERR(folio) || folio_test(folio, PG_uptodate))
			return folio;
		if (may_park)
			err = folio_wait_locked_park(folio);
		else
			folio_wait_locked(folio);
		if (!err && folio_test(folio, PG_uptodate))
			return folio;
		if (!err && folio_test(folio, PG_error))
			err = -EIO;
		folio_put(folio);
		if (err)
			return ERR_PTR(err);
	}
}

/* ---- dirty marks ---- */

bool folio_mark_dirty(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);
	unsigned long flags, nr;

	if (folio_test(folio, PG_dirty))
		return false;
	if (!mapping || mapping_is_ram(mapping))
		return !folio_test_and_set(folio, PG_dirty);

	spin_lock_irqsave(&mapping->tree_lock, flags);
	if (folio->mapping != mapping || folio_test_and_set(folio, PG_dirty)) {
		spin_unlock_irqrestore(&mapping->tree_lock, flags);
		return false;
	}
	xa_set_mark(&mapping->i_pages, folio->index, MAPPING_MARK_DIRTY);
	nr = mapping->nrdirty++;
	spin_unlock_irqrestore(&mapping->tree_lock, flags);

	current->io.write_bytes += PAGE_SIZE;
	mod_node_page_state(folio->node, NR_FILE_DIRTY, 1);
	mod_node_page_state(folio->node, NR_DIRTIED, 1);
	if (nr == 0)
		vfs_mark_mapping_dirty(mapping);
	if (mapping->a_ops->dirtied)
		mapping->a_ops->dirtied(mapping, folio);
	return true;
}

/* F2. True if it was dirty. */
static bool clear_dirty(struct address_space *mapping, struct folio *folio)
{
	unsigned long flags;
	bool was;

	if (mapping_is_ram(mapping))
		return folio_test_and_clear(folio, PG_dirty);
	spin_lock_irqsave(&mapping->tree_lock, flags);
	was = folio_test_and_clear(folio, PG_dirty);
	if (was) {
		xa_clear_mark(&mapping->i_pages, folio->index, MAPPING_MARK_DIRTY);
		mapping->nrdirty--;
	}
	spin_unlock_irqrestore(&mapping->tree_lock, flags);
	if (was)
		mod_node_page_state(folio->node, NR_FILE_DIRTY, -1);
	return was;
}

bool folio_clear_dirty_for_io(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);

	KASSERT(folio_test(folio, PG_locked) && mapping);
	/* Entries first: a write after this point faults and marks the folio dirty again. */
	if (folio_mkclean(folio))
		folio_mark_dirty(folio);
	return clear_dirty(mapping, folio);
}

void folio_cancel_dirty(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);

	if (mapping && folio_test(folio, PG_dirty) && clear_dirty(mapping, folio) && !mapping_is_ram(mapping))
		current->io.cancelled_write_bytes += PAGE_SIZE;
}

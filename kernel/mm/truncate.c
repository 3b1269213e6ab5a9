/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * truncate.c - folios and mappings that go because the object became shorter, was punched, or was changed elsewhere.
 *
 * WHAT        Everything that makes folios leave a mapping before their time.
 * INVARIANTS  I1  The owner has set the new size before: a fault or read that comes now finds nothing beyond it.
 *             I2  Entries are taken away under the folio lock before the folio leaves the mapping, so none is installed after.
 * LOCKING     folio locks one at a time; i_mmap_lock inside. Long ranges work in batches of TRUNCATE_BATCH folios; truncation runs
 *             under the inode's lock and so does not park.
 */
#include "mm_impl.h"
#include "rmap.h"
#include "vma_tree.h"
#include "zap.h"

#include <lib/string.h>

#define TRUNCATE_BATCH 16

static void drop_private(struct folio *folio, size_t offset, size_t len)
{
	const struct address_space_ops *ops = folio->mapping->a_ops;

	if (folio_test(folio, PG_private) && ops->invalidate_folio)
		ops->invalidate_folio(folio, offset, len);
}

/* Take one locked folio of @mapping out for good. */
static void truncate_folio(struct address_space *mapping, struct folio *folio)
{
	if (atomic_read(&folio->mapcount))
		unmap_mapping_pages(mapping, folio->index, 1, false);
	drop_private(folio, 0, PAGE_SIZE);
	if (!mapping_is_ram(mapping))
		folio_wait_writeback(folio);
	filemap_remove_folio(folio);
}

static void truncate_batch(struct address_space *mapping, struct folio **folios, unsigned int nr, bool only_unwritten)
{
	for (unsigned int i = 0; i < nr; i++) {
		folio_lock(folios[i]);
		if (folios[i]->mapping == mapping && !(only_unwritten && folio_test(folios[i], PG_uptodate)))
			truncate_folio(mapping, folios[i]);
		folio_unlock(folios[i]);
		folio_put(folios[i]);
	}
}

/* Take the folios [at, end) out, or those of them that nobody wrote. */
static void truncate_folios(struct address_space *mapping, pgoff_t at, pgoff_t end, bool only_unwritten)
{
	struct folio *folios[TRUNCATE_BATCH];
	unsigned int nr;

	while (at < end) {
		nr = filemap_get_folios(mapping, &at, end - 1, folios, TRUNCATE_BATCH);
		truncate_batch(mapping, folios, nr, only_unwritten);
		if (nr < TRUNCATE_BATCH)
			break;
	}
}

/* Zero [from, to) of the folio at @index, if it is there. */
static void zero_partial(struct address_space *mapping, pgoff_t index, size_t from, size_t to)
{
	struct folio *folio = filemap_lock_folio(mapping, index);

	if (!folio)
		return;
	if (!mapping_is_ram(mapping))
		folio_wait_writeback(folio);
	if (folio_test(folio, PG_uptodate)) {
		memset(folio_address(folio) + from, 0, to - from);
		drop_private(folio, from, to - from);
		if (folio_test(folio, PG_dirty) || mapping_is_ram(mapping))
			folio_mark_dirty(folio);
	}
	folio_unlock(folio);
	folio_put(folio);
}

void truncate_inode_pages_range(struct address_space *mapping, loff_t lstart, loff_t lend)
{
	pgoff_t first = ((u64)lstart + PAGE_SIZE - 1) >> PAGE_SHIFT;
	/* The first page that is not dropped whole; lend is inclusive. */
	pgoff_t end = lend == LLONG_MAX ? ~0UL : ((u64)lend + 1) >> PAGE_SHIFT;
	size_t head = lstart & (PAGE_SIZE - 1), tail = lend == LLONG_MAX ? 0 : (lend + 1) & (PAGE_SIZE - 1);

	if (mapping_empty(mapping))
		return;
	truncate_folios(mapping, first, end, false);
	if (head && first > end) {
		zero_partial(mapping, lstart >> PAGE_SHIFT, head, tail); /* both ends in one page */
		return;
	}
	if (head)
		zero_partial(mapping, lstart >> PAGE_SHIFT, head, PAGE_SIZE);
	if (tail)
		zero_partial(mapping, end, 0, tail);
}

void truncate_unwritten_pages(struct address_space *mapping, pgoff_t first, pgoff_t end)
{
	truncate_folios(mapping, first, end, true);
}

void truncate_inode_pages(struct address_space *mapping, loff_t lstart)
{
	truncate_inode_pages_range(mapping, lstart, LLONG_MAX);
}

void truncate_inode_pages_final(struct address_space *mapping)
{
	set_bit(AS_EXITING, &mapping->flags);
	truncate_inode_pages(mapping, 0);
}

void truncate_pagecache(struct address_space *mapping, loff_t new_size)
{
	pgoff_t first = ((u64)new_size + PAGE_SIZE - 1) >> PAGE_SHIFT;

	/* Once before, cheaply; once after, for private copies made meanwhile. */
	unmap_mapping_pages(mapping, first, 0, true);
	truncate_inode_pages(mapping, new_size);
	unmap_mapping_pages(mapping, first, 0, true);
}

void truncate_pagecache_range(struct address_space *mapping, loff_t lstart, loff_t lend)
{
	pgoff_t first = ((u64)lstart + PAGE_SIZE - 1) >> PAGE_SHIFT;
	pgoff_t end = ((u64)lend + 1) >> PAGE_SHIFT;

	if (end > first)
		unmap_mapping_pages(mapping, first, end - first, false);
	truncate_inode_pages_range(mapping, lstart, lend);
}

void unmap_mapping_pages(struct address_space *mapping, pgoff_t first, pgoff_t nr, bool even_cows)
{
	pgoff_t last = nr ? first + nr - 1 : ~0UL;
	struct zap_details details = { .only_mapping = mapping };
	struct vma *vma;

	if (!mapping_mapped(mapping))
		return;
	if (last < first)
		last = ~0UL;
	down_read(&mapping->i_mmap_lock);
	mapping_for_each_vma(mapping, vma, first, last) {
		pgoff_t vfirst = max(first, vma->vm_pgoff);
		pgoff_t vlast = min(last, vma->vm_pgoff + vma_pages(vma) - 1);

		zap_vma_range(vma, vma->vm_start + ((vfirst - vma->vm_pgoff) << PAGE_SHIFT),
			      vma->vm_start + ((vlast - vma->vm_pgoff + 1) << PAGE_SHIFT), even_cows ? NULL : &details);
	}
	up_read(&mapping->i_mmap_lock);
}

unsigned long invalidate_mapping_pages(struct address_space *mapping, pgoff_t first, pgoff_t last)
{
	struct folio *folios[TRUNCATE_BATCH];
	unsigned long gone = 0;
	unsigned int nr;

	if (mapping_is_ram(mapping))
		return 0;
	while (first <= last && (nr = filemap_get_folios(mapping, &first, last, folios, TRUNCATE_BATCH))) {
		for (unsigned int i = 0; i < nr; i++) {
			if (folio_trylock(folios[i])) {
				if (folios[i]->mapping == mapping && !atomic_read(&folios[i]->mapcount))
					gone += filemap_try_remove(mapping, folios[i]);
				folio_unlock(folios[i]);
			}
			folio_put(folios[i]);
		}
		if (!first)
			break;
	}
	return gone;
}

/*
 * One locked folio; 0 or -EBUSY. What it holds is old: it must not be found again, though someone may hold it who passes by (a scan, a
 * write-back that has just ended). Only who wrote into it meanwhile, or still may, keeps it.
 */
static int invalidate_folio(struct address_space *mapping, struct folio *folio)
{
	if (folio->mapping != mapping)
		return 0;
	folio_wait_writeback(folio);
	if (atomic_read(&folio->mapcount))
		unmap_mapping_pages(mapping, folio->index, 1, false);
	if (filemap_try_remove(mapping, folio))
		return 0;
	if (folio_test(folio, PG_dirty) || folio_test(folio, PG_private) || atomic_read(&folio->mapcount) ||
	    atomic_read(&folio->pincount))
		return -EBUSY;
	filemap_remove_folio(folio);
	return 0;
}

int invalidate_inode_pages2_range(struct address_space *mapping, pgoff_t first, pgoff_t last)
{
	struct folio *folios[TRUNCATE_BATCH];
	unsigned int nr;
	int err = 0;

	while (first <= last && (nr = filemap_get_folios(mapping, &first, last, folios, TRUNCATE_BATCH))) {
		for (unsigned int i = 0; i < nr; i++) {
			folio_lock(folios[i]);
			if (invalidate_folio(mapping, folios[i]))
				err = -EBUSY;
			folio_unlock(folios[i]);
			folio_put(folios[i]);
		}
		if (!first)
			break;
	}
	return err;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * readahead.c - read pages before they are asked for.
 *
 * WHAT        A reader that goes forward gets a window of pages started at once; the folio where the next window should start carries
 *             the PG_readahead mark, so that the next read-ahead overlaps with the use of this one. Windows double up to ra_pages.
 * INVARIANTS  R1  Folios of a window are in the cache, locked, not uptodate, and belong to the operation once handed out.
 * LOCKING     folio locks of fresh folios only. Allocation does not try hard: read-ahead is a wish.
 */
#include "mm_impl.h"
#include "readahead.h"

#include <mm/mempolicy.h>

#define RA_INITIAL_PAGES 4
#define RA_BATCH 64

void file_ra_state_init(struct file_ra_state *ra)
{
	*ra = (struct file_ra_state){ .ra_pages = RA_DEFAULT_PAGES, .prev_pos = -1 };
}

struct folio *readahead_folio(struct readahead *ra)
{
	struct folio *folio;

	if (!ra->nr_pages)
		return NULL;
	folio = filemap_get_folio(ra->mapping, ra->index);
	ra->index++;
	ra->nr_pages--;
	if (folio)
		folio_put(folio); /* the cache's reference stays while it is locked */
	return folio;
}

static void read_batch(struct readahead *ra)
{
	const struct address_space_ops *ops = ra->mapping->a_ops;
	struct folio *folio;

	if (!ra->nr_pages)
		return;
	mapping_account_read(ra->mapping, ra->nr_pages);
	if (ops->readahead)
		ops->readahead(ra);
	/* What the operation left, one by one; a folio that cannot be begun is left for a later read. */
	while ((folio = readahead_folio(ra))) {
		if (ops->readahead || ops->read_folio(ra->file, folio))
			folio_unlock(folio);
	}
}

/* Add fresh folios for [index, index + nr) and start reading each unbroken run; the one at @mark_at gets the mark. */
static void start_window(struct address_space *mapping, struct file *file, pgoff_t index, unsigned long nr,
			 pgoff_t mark_at)
{
	struct readahead ra = { .mapping = mapping, .file = file, .index = index };
	gfp_t gfp = (mapping->gfp | __GFP_NORETRY | __GFP_NOWARN) & ~__GFP_FS;

	for (pgoff_t i = index; i < index + nr; i++) {
		struct folio *folio = filemap_page_known(mapping, i) ? NULL : mempolicy_alloc_cache(gfp);
		int err = folio ? filemap_add_folio(mapping, folio, i, gfp) : -EEXIST;

		if (folio)
			folio_put(folio); /* the cache has its own */
		if (err) {
			read_batch(&ra);
			ra = (struct readahead){ .mapping = mapping, .file = file, .index = i + 1 };
			if (err != -EEXIST)
				return;
			continue;
		}
		if (i == mark_at)
			folio_set(folio, PG_readahead);
		ra.nr_pages++;
	}
	read_batch(&ra);
}

/* Pages of the object from @index on, at most @nr. */
static unsigned long clip(struct address_space *mapping, pgoff_t index, unsigned long nr)
{
	loff_t size = mapping->a_ops->size(mapping);
	pgoff_t end = ((u64)size + PAGE_SIZE - 1) >> PAGE_SHIFT;

	return index >= end ? 0 : min(nr, end - index);
}

void filemap_start_readahead(struct address_space *mapping, struct file *file, pgoff_t index, unsigned long nr)
{
	nr = clip(mapping, index, nr);
	while (nr) {
		unsigned long now = min(nr, (unsigned long)RA_BATCH);

		start_window(mapping, file, index, now, ~0UL);
		index += now;
		nr -= now;
	}
}

void readahead_miss(struct address_space *mapping, struct file *file, struct file_ra_state *ra, pgoff_t index,
		    unsigned long wanted)
{
	pgoff_t prev = ra->prev_pos < 0 ? 0 : (pgoff_t)ra->prev_pos >> PAGE_SHIFT;
	bool forward = index == 0 || index == prev || index == prev + 1;
	unsigned long size;

	if (!ra->ra_pages || mapping_is_ram(mapping))
		return;
	wanted = clamp(wanted, 1UL, (unsigned long)ra->ra_pages);
	if (!forward) {
		/* No sequence: just what is asked for, if that is more than one page. */
		ra->size = 0;
		wanted = clip(mapping, index, wanted);
		if (wanted > 1)
			start_window(mapping, file, index, wanted, ~0UL);
		return;
	}
	size = max(wanted * 2, ra->size ? (unsigned long)ra->size * 2 : RA_INITIAL_PAGES);
	size = min(size, (unsigned long)ra->ra_pages);
	size = clip(mapping, index, size);
	if (!size)
		return;
	ra->start = index;
	ra->size = size;
	ra->async_size = size > wanted ? size - wanted : 0;
	start_window(mapping, file, index, size, ra->async_size ? index + wanted : ~0UL);
}

void readahead_hit(struct address_space *mapping, struct file *file, struct file_ra_state *ra, struct folio *folio)
{
	pgoff_t next = ra->start + ra->size;
	unsigned long size = min((unsigned long)ra->size * 2, (unsigned long)ra->ra_pages);

	folio_clear(folio, PG_readahead);
	if (!ra->ra_pages || folio->index < ra->start || folio->index >= next)
		return;
	size = clip(mapping, next, max(size, 1UL));
	if (!size)
		return;
	ra->start = next;
	ra->size = size;
	ra->async_size = size;
	start_window(mapping, file, next, size, next);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filemap_read.c - read(2) from the page cache.
 *
 * INVARIANTS  I1  The object's size is read after the folio was found uptodate: bytes beyond the size are never copied.
 *             I2  Nothing is locked while bytes are copied, only a reference is held: the copy may fault on this very file.
 *             I3  *pos and the iter show exactly what was copied, whatever the return value.
 * ERRORS      -EIO, -EFAULT, -ENOMEM, -EAGAIN (NOWAIT), -EINTR, -EPARK; only if nothing was copied, but for -EPARK.
 */
#include "mm_impl.h"
#include "lru.h"
#include "readahead.h"

#include <mm/iter.h>

/* The folio at @index, uptodate, with a reference. */
static struct folio *get_uptodate(struct address_space *mapping, struct file *file, struct file_ra_state *ra,
				  pgoff_t index, unsigned long wanted, unsigned int flags)
{
	struct folio *folio = filemap_get_folio(mapping, index);

	if (unlikely(!folio)) {
		if (flags & FILEMAP_NOWAIT)
			return ERR_PTR(-EAGAIN);
		readahead_miss(mapping, file, ra, index, wanted);
		folio = filemap_get_folio(mapping, index);
	}
	if (folio && unlikely(folio_test(folio, PG_readahead)))
		readahead_hit(mapping, file, ra, folio);
	if (folio && likely(folio_test(folio, PG_uptodate)))
		return folio;
	if (folio)
		folio_put(folio);
	if (flags & FILEMAP_NOWAIT)
		return ERR_PTR(-EAGAIN);
	return filemap_read_folio(mapping, file, index, true);
}

/* Of a ram object: NULL is a hole, which reads as zeros and stays one. A folio just being made is all zeros too. */
static struct folio *get_ram(struct address_space *mapping, pgoff_t index)
{
	struct folio *folio = filemap_get_folio(mapping, index);

	if (!folio || likely(folio_test(folio, PG_uptodate)))
		return folio;
	folio_put(folio);
	return NULL;
}

ssize_t filemap_read(struct address_space *mapping, struct file *file, struct file_ra_state *ra, loff_t *pos,
		     struct iter *to, unsigned int flags)
{
	size_t start_count = iter_count(to);
	ssize_t err = 0;

	if (unlikely(*pos < 0))
		return -EINVAL;
	while (iter_count(to) && !err) {
		pgoff_t index = *pos >> PAGE_SHIFT;
		size_t offset = *pos & (PAGE_SIZE - 1), len, done;
		struct folio *folio;
		loff_t size = mapping->a_ops->size(mapping);

		if (*pos >= size)
			break;
		if (mapping_is_ram(mapping))
			folio = get_ram(mapping, index);
		else
			folio = get_uptodate(mapping, file, ra, index,
					     (offset + iter_count(to) + PAGE_SIZE - 1) >> PAGE_SHIFT, flags);
		if (IS_ERR(folio)) {
			err = PTR_ERR(folio);
			break;
		}
		size = mapping->a_ops->size(mapping); /* I1 */
		len = min(PAGE_SIZE - offset, iter_count(to));
		if (*pos >= size)
			len = 0;
		else
			len = min_t(loff_t, len, size - *pos);
		done = folio ? copy_page_to_iter(&folio->page, offset, len, to) : iter_zero(len, to);
		if (folio) {
			if (ra->prev_pos >> PAGE_SHIFT != (loff_t)index)
				folio_mark_accessed(folio);
			folio_put(folio);
		}
		*pos += done;
		ra->prev_pos = *pos;
		if (!len)
			break;
		if (done < len)
			err = -EFAULT;
	}
	if (start_count == iter_count(to) || err == -EPARK)
		return err;
	return start_count - iter_count(to);
}

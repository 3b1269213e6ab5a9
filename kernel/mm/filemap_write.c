/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * filemap_write.c - write(2) into the page cache.
 *
 * WHAT        One round for each folio: make the user's bytes present, lock the folio (write_begin), copy, write_end.
 *             A round moves at most what one folio holds, so that a write of any size holds one folio lock at a time.
 * INVARIANTS  I1  The user's memory is made present before a folio is locked; the copy under the folio lock does not fault (_nosleep). If the
 *                 memory went away in between, the round is done again with what is there, at least one byte, or -EFAULT.
 *             I2  What write_end accepted is what *pos and the iter advance by.
 * LOCKING     The caller holds the inode's lock; the folio lock per page. Waits do not park.
 */
#include "mm_impl.h"
#include "lru.h"

#include <lib/string.h>
#include <mm/iter.h>

/* One page's worth. Bytes accepted, 0 to try again with less, or -errno. */
static ssize_t write_page(struct address_space *mapping, struct file *file, loff_t pos, size_t len, struct iter *from)
{
	const struct address_space_ops *ops = mapping->a_ops;
	struct folio *folio;
	size_t copied;
	ssize_t ret;

	ret = ops->write_begin(file, mapping, pos, len, &folio);
	if (ret)
		return ret;
	if (mapping_is_ram(mapping) || !folio_test(folio, PG_writeback))
		goto copy;
	if (mapping->flags & BIT(AS_STABLE_WRITES))
		folio_wait_writeback(folio);
copy:
	copied = copy_page_from_iter_nosleep(&folio->page, pos & (PAGE_SIZE - 1), len, from);
	ret = ops->write_end(file, mapping, pos, len, copied, folio);
	if (ret != (ssize_t)copied)
		iter_revert(from, copied - max(ret, (ssize_t)0));
	return ret;
}

ssize_t generic_perform_write(struct address_space *mapping, struct file *file, loff_t *pos, struct iter *from)
{
	ssize_t written = 0, ret = 0;

	while (iter_count(from)) {
		size_t offset = *pos & (PAGE_SIZE - 1);
		size_t len = min(PAGE_SIZE - offset, iter_count(from));
		size_t missing = fault_in_iter_readable(from, len); /* I1 */

		if (unlikely(missing == len)) {
			ret = -EFAULT;
			break;
		}
		ret = write_page(mapping, file, *pos, len - missing, from);
		if (unlikely(ret < 0))
			break;
		*pos += ret;
		written += ret;
		if (thread_fatal_signal_pending(current_thread())) {
			ret = -EINTR;
			break;
		}
		balance_dirty_pages_ratelimited(mapping);
	}
	return written ? written : ret;
}

/* Zero what a partial write leaves of a folio that holds no byte of the file. */
static void zero_around(struct folio *folio, size_t offset, size_t len)
{
	memset(folio_address(folio), 0, offset);
	memset(folio_address(folio) + offset + len, 0, PAGE_SIZE - offset - len);
}

int ram_write_begin(struct file *file, struct address_space *mapping, loff_t pos, size_t len, struct folio **foliop)
{
	struct folio *folio = filemap_grab_folio(mapping, pos >> PAGE_SHIFT, mapping->gfp);
	size_t offset = pos & (PAGE_SIZE - 1);

	if (IS_ERR(folio))
		return PTR_ERR(folio);
	if (!folio_test(folio, PG_uptodate) && len != PAGE_SIZE)
		zero_around(folio, offset, len);
	*foliop = folio;
	return 0;
}

int cached_write_begin(struct file *file, struct address_space *mapping, loff_t pos, size_t len, struct folio **foliop)
{
	pgoff_t index = pos >> PAGE_SHIFT;

	for (;;) {
		struct folio *folio = filemap_grab_folio(mapping, index, mapping->gfp);

		if (IS_ERR(folio))
			return PTR_ERR(folio);
		*foliop = folio;
		if (folio_test(folio, PG_uptodate) || len == PAGE_SIZE)
			return 0;
		if ((loff_t)index << PAGE_SHIFT >= mapping->a_ops->size(mapping)) {
			zero_around(folio, pos & (PAGE_SIZE - 1), len);
			return 0;
		}
		folio_unlock(folio);
		folio_put(folio);
		folio = filemap_read_folio(mapping, file, index, false);
		if (IS_ERR(folio))
			return PTR_ERR(folio);
		folio_put(folio);
	}
}

ssize_t ram_write_end(struct file *file, struct address_space *mapping, loff_t pos, size_t len, size_t copied,
		      struct folio *folio)
{
	size_t offset = pos & (PAGE_SIZE - 1);

	if (!folio_test(folio, PG_uptodate)) {
		if (copied < len)
			memset(folio_address(folio) + offset + copied, 0, len - copied);
		folio_set(folio, PG_uptodate);
	}
	folio_mark_dirty(folio);
	folio_unlock(folio);
	folio_put(folio);
	return copied;
}

ssize_t cached_write_end(struct file *file, struct address_space *mapping, loff_t pos, size_t len, size_t copied,
			 struct folio *folio)
{
	/* A short copy leaves bytes of the file unread in a folio that was to be overwritten whole: begin anew. */
	if (copied < len && !folio_test(folio, PG_uptodate)) {
		folio_unlock(folio);
		folio_put(folio);
		return 0;
	}
	return ram_write_end(file, mapping, pos, len, copied, folio);
}

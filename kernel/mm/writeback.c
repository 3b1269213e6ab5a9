/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * writeback.c - dirty folios go to their owner: on request, when there are too many, and after a while.
 *
 * WHAT        filemap_fdatawrite_range() starts write-back, filemap_fdatawait_range() waits for it. The flusher thread asks the VFS to
 *             write inodes that have been dirty for dirty_expire_centisecs, every dirty_writeback_centisecs, and any when more than
 *             the background share of memory is dirty; a writer who finds more than dirty_ratio writes back itself.
 * INVARIANTS  I1  A folio is handed to write_folio locked, without its dirty mark, with PG_writeback.
 *             I2  With sync, every folio that was dirty in the range when the call began has been written when it returns.
 *             I3  A folio on its way has the mark of write-back before it loses the dirty one: who looks for dirty folios and then for
 *                 those under write-back misses none, else old bytes could arrive after newer ones that were written through.
 * LOCKING     folio locks one at a time.
 * ERRORS      The first error of starting; errors of completion are kept in the mapping (wb_err) and in its AS_EIO-like bits.
 */
#include "mm_impl.h"

#include <mm/mm_port.h>
#include <mm/reclaim.h>
#include <pages/stats.h>
#include <pages/zone.h>
#include <sync/kthread.h>
#include <sync/still.h>
#include <sync/sync_port.h>
#include <sync/wait.h>
#include <time/ktime.h>

#define WB_BATCH 16
/* A writer looks at the global state once in so many dirtied pages. */
#define RATELIMIT_PAGES 32
#define FLUSH_CHUNK 1024
#define CENTISEC_NS 10000000ull

/* I1. The folio is locked; it is unlocked on return. */
static int write_one(struct address_space *mapping, struct folio *folio, struct writeback *wb)
{
	int err;

	if (folio->mapping != mapping || !folio_test(folio, PG_dirty))
		goto skip;
	if (folio_test(folio, PG_writeback)) {
		if (!wb->sync)
			goto skip;
		folio_wait_writeback(folio);
	}
	folio_start_writeback(folio); /* I3 */
	if (!folio_clear_dirty_for_io(folio)) {
		folio_end_writeback(folio, 0);
		goto skip;
	}
	err = mapping->a_ops->write_folio(folio, wb);
	wb->nr_to_write--;
	return err;
skip:
	folio_unlock(folio);
	return 0;
}

static int write_folios(struct address_space *mapping, struct writeback *wb)
{
	pgoff_t index = (u64)wb->range_start >> PAGE_SHIFT, last = (u64)wb->range_end >> PAGE_SHIFT;
	struct folio *folios[WB_BATCH];
	int err = 0, ret;

	while (index <= last) {
		unsigned int nr = filemap_get_folios_mark(mapping, &index, last, MAPPING_MARK_DIRTY, folios, WB_BATCH);

		for (unsigned int i = 0; i < nr; i++) {
			if (wb->sync || wb->nr_to_write > 0) {
				folio_lock(folios[i]);
				ret = write_one(mapping, folios[i], wb);
				err = err ? err : ret;
			}
			folio_put(folios[i]);
		}
		if (nr < WB_BATCH || (!wb->sync && wb->nr_to_write <= 0))
			break;
	}
	return err;
}

int mapping_writepages(struct address_space *mapping, struct writeback *wb)
{
	wb->mapping = mapping;
	if (mapping_is_ram(mapping) || !READ_ONCE(mapping->nrdirty))
		return 0;
	if (mapping->a_ops->writepages)
		return mapping->a_ops->writepages(mapping, wb);
	return mapping->a_ops->write_folio ? write_folios(mapping, wb) : 0;
}

int filemap_fdatawrite_range(struct address_space *mapping, loff_t start, loff_t end, bool sync)
{
	struct writeback wb = { .nr_to_write = LONG_MAX, .range_start = start, .range_end = end, .sync = sync };

	return mapping_writepages(mapping, &wb);
}

int filemap_fdatawait_range(struct address_space *mapping, loff_t start, loff_t end)
{
	pgoff_t index = (u64)start >> PAGE_SHIFT, last = (u64)end >> PAGE_SHIFT;
	struct folio *folios[WB_BATCH];

	while (index <= last && !mapping_is_ram(mapping)) {
		unsigned int nr = filemap_get_folios_mark(mapping, &index, last, MAPPING_MARK_WRITEBACK, folios,
							  WB_BATCH);

		for (unsigned int i = 0; i < nr; i++) {
			folio_wait_writeback(folios[i]);
			folio_put(folios[i]);
		}
		if (nr < WB_BATCH)
			break;
	}
	return 0;
}

int filemap_write_and_wait_range(struct address_space *mapping, loff_t start, loff_t end)
{
	u32 since = READ_ONCE(mapping->wb_err);
	int err = filemap_fdatawrite_range(mapping, start, end, true);

	filemap_fdatawait_range(mapping, start, end);
	if (!err && READ_ONCE(mapping->wb_err) != since)
		err = mapping_peek_error(mapping);
	return err;
}

/* ---- the flusher ---- */

struct flusher {
	struct wait_queue_head wait;
	u32 kicked;
};
static struct flusher flusher = { .wait = WAIT_QUEUE_HEAD_INIT(flusher.wait) };

/* Pages that may be dirty: as many bytes as were said, or else a share of what is available. */
static unsigned long dirty_limit(unsigned long bytes, int percent)
{
	unsigned long free = nr_free_pages(), available = free - min(free, nr_promised_pages()) + node_page_state(NR_FILE_PAGES);

	return bytes ? (bytes + PAGE_SIZE - 1) >> PAGE_SHIFT : available * percent / 100;
}

unsigned long vm_dirty_background_threshold(void)
{
	return dirty_limit(READ_ONCE(mm_sysctl.dirty_background_bytes), READ_ONCE(mm_sysctl.dirty_background_ratio));
}

unsigned long vm_dirty_threshold(void)
{
	return dirty_limit(READ_ONCE(mm_sysctl.dirty_bytes), READ_ONCE(mm_sysctl.dirty_ratio));
}

static unsigned long nr_dirty(void)
{
	return node_page_state(NR_FILE_DIRTY);
}

void flusher_wake(void)
{
	WRITE_ONCE(flusher.kicked, 1);
	wake_up(&flusher.wait);
}

static void flush_round(void)
{
	u64 now = ktime_get_coarse_ns(), age = (u64)READ_ONCE(mm_sysctl.dirty_expire_centisecs) * CENTISEC_NS;

	WRITE_ONCE(flusher.kicked, 0);
	if (!nr_dirty())
		return;
	if (nr_dirty() > vm_dirty_background_threshold())
		age = 0;
	if (now > age)
		vfs_writeback_some(FLUSH_CHUNK, now - age);
}

void flusher_thread(void *arg)
{
	for (;;) {
		u64 period = (u64)READ_ONCE(mm_sysctl.dirty_writeback_centisecs) * CENTISEC_NS;
		u64 deadline = period ? ktime_get_ns() + period : DEADLINE_NEVER;

		kthread_park_point();
		(void)wait_event_interruptible_deadline(flusher.wait, READ_ONCE(flusher.kicked), deadline);
		flush_round();
	}
}

void balance_dirty_pages_ratelimited(struct address_space *mapping)
{
	struct writeback wb = { .nr_to_write = RATELIMIT_PAGES * 2, .range_end = LLONG_MAX };

	if (mapping_is_ram(mapping) || mapping->nrdirty % RATELIMIT_PAGES)
		return;
	if (nr_dirty() <= vm_dirty_background_threshold())
		return;
	flusher_wake();
	if (nr_dirty() > vm_dirty_threshold())
		mapping_writepages(mapping, &wb);
}

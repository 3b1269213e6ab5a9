/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * folio_wait.c - the folio lock and waits for its bits.
 *
 * WHAT        A folio is locked by a bit in its flags. Who finds it set sleeps on one of 256 queues, chosen by address.
 * INVARIANTS  I1  Who clears a bit that is waited for then tests PG_waiters and wakes the whole queue; a waiter sets PG_waiters
 *                 before it tests the bit. Both are full barriers, so no wake-up is lost; strangers in the queue test again.
 *             I2  Completion (folio_end_read, folio_end_writeback) may come from interrupts.
 * LOCKING     Queue locks only. The folio lock ranks as FOLIO.
 */
#include "mm_impl.h"

#include <lib/hash.h>
#include <lib/assert.h>
#include <pages/stats.h>
#include <sync/wait.h>

#define FOLIO_QUEUE_BITS 8

struct folio_queues {
	struct wait_queue_head queue[1 << FOLIO_QUEUE_BITS];
};
static struct folio_queues folio_queues;

void folio_wait_init(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(folio_queues.queue); i++)
		init_waitqueue_head(&folio_queues.queue[i]);
}

static struct wait_queue_head *folio_queue(struct folio *folio)
{
	return &folio_queues.queue[hash_64((u64)(unsigned long)folio, FOLIO_QUEUE_BITS)];
}

/* Is @bit clear? For a waiter: announces it first (I1). */
static bool bit_clear(struct folio *folio, enum page_flag bit)
{
	if (!folio_test(folio, bit))
		return true;
	folio_set(folio, PG_waiters);
	return !folio_test(folio, bit);
}

static bool try_lock(struct folio *folio)
{
	if (!folio_test_and_set(folio, PG_locked))
		return true;
	folio_set(folio, PG_waiters);
	return !folio_test_and_set(folio, PG_locked);
}

static void wake_folio(struct folio *folio)
{
	folio_clear(folio, PG_waiters);
	wake_up_all(folio_queue(folio));
}

static int killed(int err)
{
	return err == -ERESTARTSYS ? -EINTR : err;
}

void folio_lock(struct folio *folio)
{
	if (!folio_test_and_set(folio, PG_locked))
		return;
	wait_event_device(*folio_queue(folio), try_lock(folio), "page cache");
}

int folio_lock_park(struct folio *folio)
{
	if (!folio_test_and_set(folio, PG_locked))
		return 0;
	return killed(wait_event_killable_park(*folio_queue(folio), try_lock(folio)));
}

bool folio_trylock(struct folio *folio)
{
	return !folio_test_and_set(folio, PG_locked);
}

void folio_unlock(struct folio *folio)
{
	/* A full barrier: pairs with bit_clear() and try_lock(). */
	folio_test_and_clear(folio, PG_locked);
	if (unlikely(folio_test(folio, PG_waiters)))
		wake_folio(folio);
}

void folio_wait_locked(struct folio *folio)
{
	wait_event_device(*folio_queue(folio), bit_clear(folio, PG_locked), "page cache");
}

int folio_wait_locked_park(struct folio *folio)
{
	if (!folio_test(folio, PG_locked))
		return 0;
	return killed(wait_event_killable_park(*folio_queue(folio), bit_clear(folio, PG_locked)));
}

int folio_wait_locked_killable(struct folio *folio)
{
	int err;

	if (!folio_test(folio, PG_locked))
		return 0;
	wait_note_device("page cache");
	err = wait_event_killable(*folio_queue(folio), bit_clear(folio, PG_locked));
	wait_note_device(NULL);
	return killed(err);
}

void folio_wait_writeback(struct folio *folio)
{
	if (folio_test(folio, PG_writeback))
		wait_event_device(*folio_queue(folio), bit_clear(folio, PG_writeback), "write-back");
}

int folio_wait_writeback_park(struct folio *folio)
{
	if (!folio_test(folio, PG_writeback))
		return 0;
	return killed(wait_event_killable_park(*folio_queue(folio), bit_clear(folio, PG_writeback)));
}

void folio_end_read(struct folio *folio, int err)
{
	KASSERT(folio_test(folio, PG_locked));
	if (err)
		folio_set(folio, PG_error);
	else
		folio_set(folio, PG_uptodate);
	folio_unlock(folio);
}

void folio_start_writeback(struct folio *folio)
{
	struct address_space *mapping = folio_mapping(folio);

	KASSERT(folio_test(folio, PG_locked) && mapping);
	folio_set(folio, PG_writeback);
	folio_get(folio); /* until folio_end_writeback() */
	with_spinlock_irqsave(&mapping->tree_lock);
	xa_set_mark(&mapping->i_pages, folio->index, MAPPING_MARK_WRITEBACK);
	mod_node_page_state(folio->node, NR_WRITEBACK, 1);
}

void folio_end_writeback(struct folio *folio, int err)
{
	struct address_space *mapping = folio_mapping(folio);
	unsigned long flags;

	KASSERT(folio_test(folio, PG_writeback) && mapping);
	if (err)
		mapping_set_error(mapping, err);
	spin_lock_irqsave(&mapping->tree_lock, flags);
	xa_clear_mark(&mapping->i_pages, folio->index, MAPPING_MARK_WRITEBACK);
	spin_unlock_irqrestore(&mapping->tree_lock, flags);
	mod_node_page_state(folio->node, NR_WRITEBACK, -1);
	mod_node_page_state(folio->node, NR_WRITTEN, 1);
	folio_test_and_clear(folio, PG_writeback);
	if (folio_test(folio, PG_waiters))
		wake_folio(folio);
	folio_put(folio);
}

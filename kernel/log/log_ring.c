/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log_ring.c - see log_ring.h.
 *
 * INVARIANTS  Texts of records first_seq .. next_seq-1 do not overlap and each is contiguous. A text that does not fit
 *             before the end starts at 0.
 */
#include <lib/errno.h>
#include <lib/string.h>
#include "log_ring.h"

static struct log_ring_entry *entry_of(struct log_ring *ring, u64 seq)
{
	return &ring->entry[seq % LOG_RING_RECORDS];
}

/* Does the oldest record's text lie in [start, start + len)? */
static bool oldest_is_in_way(struct log_ring *ring, u32 start, u32 len)
{
	const struct log_ring_entry *oldest = entry_of(ring, ring->first_seq);

	if (ring->first_seq == ring->next_seq)
		return false;
	return oldest->offset < start + len && start < oldest->offset + oldest->len;
}

static void make_room(struct log_ring *ring, u32 start, u32 len)
{
	if (ring->next_seq - ring->first_seq == LOG_RING_RECORDS)
		ring->first_seq++;
	while (oldest_is_in_way(ring, start, len))
		ring->first_seq++;
}

/* The bytes from next_offset to the end are skipped: what lies there is older than what lies at 0. */
static u32 wrap(struct log_ring *ring)
{
	while (ring->first_seq != ring->next_seq && entry_of(ring, ring->first_seq)->offset >= ring->next_offset)
		ring->first_seq++;
	return 0;
}

void log_ring_append(struct log_ring *ring, const struct log_ring_entry *what, const char *text, size_t len)
{
	u32 start = ring->next_offset, size = min_t(size_t, len, LOG_RECORD_TEXT_MAX - 1);
	struct log_ring_entry *entry;

	if (start + size > LOG_RING_BYTES)
		start = wrap(ring);
	make_room(ring, start, max(size, 1u));
	entry = entry_of(ring, ring->next_seq);
	*entry = *what;
	entry->len = size;
	entry->offset = start;
	memcpy(ring->bytes + start, text, size);
	ring->next_offset = start + size;
	ring->next_seq++;
}

int log_ring_read(const struct log_ring *ring, u64 seq, struct log_record *record)
{
	const struct log_ring_entry *entry = &ring->entry[seq % LOG_RING_RECORDS];

	if (seq < ring->first_seq)
		return -EPIPE;
	if (seq >= ring->next_seq)
		return -EAGAIN;
	record->seq = seq;
	record->time_ns = entry->time_ns;
	record->facility = entry->facility;
	record->level = entry->level;
	record->caller = entry->caller;
	record->len = entry->len;
	memcpy(record->text, ring->bytes + entry->offset, entry->len);
	record->text[entry->len] = '\0';
	return 0;
}

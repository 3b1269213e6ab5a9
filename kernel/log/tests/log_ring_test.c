/* SPDX-License-Identifier: GPL-2.0-only */
/* log_ring_test.c - proves that records come back whole and in order, and that old ones go when room is short. */
#include "unit_test.h"
#include <lib/errno.h>
#include <lib/string.h>
#include "log_ring.h"

static struct log_ring ring;
static struct log_record record;

static void put(const char *text, size_t len, u64 time)
{
	struct log_ring_entry entry = { .time_ns = time, .level = 6 };

	log_ring_append(&ring, &entry, text, len);
}

/* The text of record @seq: its number, then a length that follows from it. */
static size_t text_of(u64 seq, char *text)
{
	size_t len = 1 + seq * 7919 % 1000;

	for (size_t i = 0; i < len; i++)
		text[i] = 'a' + (seq + i) % 26;
	return len;
}

TEST(a_record_comes_back_as_it_went_in)
{
	memset(&ring, 0, sizeof(ring));
	put("hello", 5, 42);
	put("", 0, 43);
	CHECK_EQ(log_ring_read(&ring, 0, &record), 0);
	CHECK_EQ(record.time_ns, 42);
	CHECK_EQ(record.len, 5);
	CHECK_STREQ(record.text, "hello");
	CHECK_EQ(log_ring_read(&ring, 1, &record), 0);
	CHECK_EQ(record.len, 0);
	CHECK_EQ(log_ring_read(&ring, 2, &record), -EAGAIN);
}

TEST(too_long_is_cut)
{
	char text[2 * LOG_RECORD_TEXT_MAX];

	memset(&ring, 0, sizeof(ring));
	memset(text, 'x', sizeof(text));
	put(text, sizeof(text), 0);
	CHECK_EQ(log_ring_read(&ring, 0, &record), 0);
	CHECK_EQ(record.len, LOG_RECORD_TEXT_MAX - 1);
}

TEST(old_records_go_and_what_stays_is_whole)
{
	char text[1100];

	memset(&ring, 0, sizeof(ring));
	for (u64 seq = 0; seq < 20000; seq++) {
		put(text, text_of(seq, text), seq);
		if (seq % 101)
			continue;
		CHECK_EQ(ring.next_seq, seq + 1);
		if (ring.first_seq)
			CHECK_EQ(log_ring_read(&ring, ring.first_seq - 1, &record), -EPIPE);
		for (u64 old = ring.first_seq; old <= seq; old++) {
			size_t len = text_of(old, text);

			CHECK_EQ(log_ring_read(&ring, old, &record), 0);
			CHECK_EQ(record.len, len);
			CHECK_EQ(record.time_ns, old);
			CHECK_EQ(memcmp(record.text, text, len), 0);
		}
	}
	CHECK(ring.next_seq - ring.first_seq > 150);
}

TEST(many_short_records_are_bounded_by_the_index)
{
	memset(&ring, 0, sizeof(ring));
	for (u64 seq = 0; seq < 10000; seq++)
		put("x", 1, seq);
	CHECK_EQ(ring.next_seq - ring.first_seq, LOG_RING_RECORDS);
}

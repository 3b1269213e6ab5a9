/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log_ring.h - records of text in a ring of bytes. Pure: no locks, no clock; the caller brings both.
 *
 * Numbers count records from 0 and never repeat. The oldest records go when room or index is short.
 */
#pragma once

#include <lib/types.h>
#include <log/log.h>

#define LOG_RING_BYTES	 (128u * 1024)
#define LOG_RING_RECORDS 2048u

struct log_ring_entry {
	u64 time_ns;
	u32 caller;
	u16 len;
	u8 level;
	u8 facility;
	u32 offset; /* of the text in bytes[] */
};

struct log_ring {
	u64 first_seq; /* oldest */
	u64 next_seq;
	u32 next_offset;
	struct log_ring_entry entry[LOG_RING_RECORDS];
	char bytes[LOG_RING_BYTES];
};

/* Append; @len is cut to LOG_RECORD_TEXT_MAX - 1. */
void log_ring_append(struct log_ring *ring, const struct log_ring_entry *what, const char *text, size_t len);
/* 0; -EPIPE: gone; -EAGAIN: not there yet. */
int log_ring_read(const struct log_ring *ring, u64 seq, struct log_record *record);

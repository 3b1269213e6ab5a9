/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * warn_once.c - which places of the source have warned already.
 *
 * WHAT        A table of as many places as anybody wants to read warnings from. When it is full, further places
 *             count as known: silence, never a flood.
 * INVARIANTS  A slot goes from 0 to one place's key, once.
 * LOCKING     None: a slot is claimed by compare-and-exchange, so that this works in every context.
 * TESTS       tests/types_test.c
 */
#include <lib/assert.h>
#include <lib/hash.h>

#define NR_SLOTS 256

static struct {
	u64 key[NR_SLOTS] __atomic_field;
} warned_places;

/* The same string literal has the same address in one file; the line makes it a place. */
static u64 key_of(const char *file, int line)
{
	return ((unsigned long)file << 16 ^ (u64)line) | 1;
}

bool warn_first_time(const char *file, int line)
{
	const u64 key = key_of(file, line);
	const u32 start = hash_64(key, 8);

	for (u32 i = 0; i < NR_SLOTS; i++) {
		u64 *slot = &warned_places.key[(start + i) % NR_SLOTS], seen = 0;

		if (__atomic_compare_exchange_n(slot, &seen, key, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
		if (seen == key)
			return false;
	}
	return false;
}

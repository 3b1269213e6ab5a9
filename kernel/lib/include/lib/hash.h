/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hash.h - hashes for tables. hash_64 and hash_32 spread trusted keys; what users choose (names, ports,
 * addresses) is hashed with siphash or full_name_hash under a key drawn at boot.
 */
#ifndef LIB_HASH_H
#define LIB_HASH_H

#include <lib/types.h>

#define GOLDEN_RATIO_32 0x61C88647U
#define GOLDEN_RATIO_64 0x61C8864680B583EBULL

static inline u32 hash_32(u32 val, unsigned int bits)
{
	return (val * GOLDEN_RATIO_32) >> (32 - bits);
}

static inline u32 hash_64(u64 val, unsigned int bits)
{
	return (u32)((val * GOLDEN_RATIO_64) >> (64 - bits));
}

static inline u32 hash_long(unsigned long val, unsigned int bits)
{
	return hash_64(val, bits);
}

static inline u32 hash_ptr(const void *ptr, unsigned int bits)
{
	return hash_64((unsigned long)ptr, bits);
}

struct siphash_key {
	u64 key[2];
};

/* SipHash-2-4 of @len bytes. */
u64 siphash(const void *data, size_t len, const struct siphash_key *key);
u64 siphash_1u64(u64 a, const struct siphash_key *key);
u64 siphash_2u64(u64 a, u64 b, const struct siphash_key *key);

/* Names in a directory: @salt (the parent) and the boot seed are mixed in. */
u32 full_name_hash(const void *salt, const char *name, unsigned int len);
/* The seed of full_name_hash; called once, before the first name is hashed. */
void name_hash_set_seed(u64 seed);

#endif

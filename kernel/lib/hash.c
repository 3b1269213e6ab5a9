/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hash.c - SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) and the hash of names.
 *
 * WHAT        Tables whose keys users choose are hashed under a secret key, so that nobody can aim at one bucket.
 *             Names take a cheaper round (a multiply per 8 bytes) whose start is secret: full_name_hash.
 * LOCKING     The name seed is written once, before the first name is hashed (__final).
 * TESTS       tests/hash_test.c (the paper's vectors)
 */
#include <lib/bitops.h>
#include <lib/byteorder.h>
#include <lib/hash.h>

/* Odd, half of their bits set, no pattern; the secret is in the value they multiply. */
#define NAME_MULTIPLIER_A 0xb5297a4d3f84d5b7ULL
#define NAME_MULTIPLIER_B 0x9d3c8f61e2a7b54dULL

static struct {
	u64 seed __final;
} name_hash = { .seed = 0x9e3779b97f4a7c15ULL };

struct sip_state {
	u64 v0, v1, v2, v3;
};

static __always_inline void sip_round(struct sip_state *s)
{
	s->v0 += s->v1;
	s->v1 = rol64(s->v1, 13) ^ s->v0;
	s->v0 = rol64(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rol64(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rol64(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rol64(s->v1, 17) ^ s->v2;
	s->v2 = rol64(s->v2, 32);
}

/* The constants spell "somepseudorandomlygeneratedbytes". */
static __always_inline struct sip_state sip_init(const struct siphash_key *key)
{
	return (struct sip_state){
		.v0 = 0x736f6d6570736575ULL ^ key->key[0],
		.v1 = 0x646f72616e646f6dULL ^ key->key[1],
		.v2 = 0x6c7967656e657261ULL ^ key->key[0],
		.v3 = 0x7465646279746573ULL ^ key->key[1],
	};
}

static __always_inline void sip_word(struct sip_state *s, u64 word)
{
	s->v3 ^= word;
	sip_round(s);
	sip_round(s);
	s->v0 ^= word;
}

static __always_inline u64 sip_end(struct sip_state *s, u64 last)
{
	sip_word(s, last);
	s->v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

/* The @n < 8 bytes at @p as the low bytes of a word. */
static u64 tail_word(const u8 *p, size_t n)
{
	u64 word = 0;

	while (n--)
		word = word << 8 | p[n];
	return word;
}

u64 siphash(const void *data, size_t len, const struct siphash_key *key)
{
	struct sip_state s = sip_init(key);
	const u8 *p = data;
	size_t left = len;

	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, get_unaligned_le64(p));
	return sip_end(&s, tail_word(p, left) | (u64)len << 56);
}

u64 siphash_1u64(u64 a, const struct siphash_key *key)
{
	struct sip_state s = sip_init(key);

	sip_word(&s, a);
	return sip_end(&s, 8ULL << 56);
}

u64 siphash_2u64(u64 a, u64 b, const struct siphash_key *key)
{
	struct sip_state s = sip_init(key);

	sip_word(&s, a);
	sip_word(&s, b);
	return sip_end(&s, 16ULL << 56);
}

void name_hash_set_seed(u64 seed)
{
	name_hash.seed = seed | 1;
}

/* Fold the 128-bit product: every input bit reaches every output bit. */
static __always_inline u64 fold_multiply(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (u64)product ^ (u64)(product >> 64);
}

u32 full_name_hash(const void *salt, const char *name, unsigned int len)
{
	const u8 *p = (const u8 *)name;
	unsigned int left = len;
	u64 h = fold_multiply(name_hash.seed ^ (unsigned long)salt, NAME_MULTIPLIER_B);

	for (; left >= 8; left -= 8, p += 8)
		h = fold_multiply(h ^ get_unaligned_le64(p), NAME_MULTIPLIER_A);
	h = fold_multiply(h ^ tail_word(p, left) ^ ((u64)len << 56), NAME_MULTIPLIER_B);
	return (u32)(h ^ (h >> 32));
}

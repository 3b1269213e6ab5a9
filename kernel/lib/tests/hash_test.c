/* SPDX-License-Identifier: GPL-2.0-only */
/* hash_test.c - proves SipHash by the vectors of its paper's reference, and the spread of names over buckets. */
#include "unit_test.h"
#include <lib/hash.h>
#include <string.h>

/* Key 00 01 .. 0f, message 00 01 .. n-1. */
static const struct siphash_key paper_key = { { 0x0706050403020100ULL, 0x0f0e0d0c0b0a0908ULL } };

TEST(siphash_gives_the_papers_values)
{
	u8 message[15];

	for (int i = 0; i < 15; i++)
		message[i] = (u8)i;
	CHECK_EQ(siphash(message, 15, &paper_key), 0xa129ca6149be45e5ULL);
	CHECK_EQ(siphash(message, 0, &paper_key), 0x726fdb47dd0e0e31ULL);
	CHECK_EQ(siphash(message, 8, &paper_key), 0x93f5f5799a932462ULL);
}

TEST(word_forms_equal_the_byte_form)
{
	u64 words[2] = { 0x1234567890abcdefULL, 42 };

	CHECK_EQ(siphash_1u64(words[0], &paper_key), siphash(words, 8, &paper_key));
	CHECK_EQ(siphash_2u64(words[0], words[1], &paper_key), siphash(words, 16, &paper_key));
}

/* 4096 keys into 4096 buckets: how many in the fullest? */
static int longest_chain(u32 (*hash)(int))
{
	unsigned char seen[4096] = { 0 };
	int longest = 0;

	for (int i = 0; i < 4096; i++) {
		u32 bucket = hash(i) & 4095;

		longest = max(longest, ++seen[bucket]);
	}
	return longest;
}

static u32 hash_numbered_name(int i)
{
	char name[16] = "file000000";

	for (int at = 9; i; i /= 10)
		name[at--] += i % 10;
	return full_name_hash(NULL, name, strlen(name));
}

static u32 hash_page_address(int i)
{
	return hash_64(0xffff888000000000ULL + i * 4096UL, 12);
}

/* Random keys give 6 or 7. */
TEST(regular_keys_spread_as_random_ones_do)
{
	CHECK(longest_chain(hash_numbered_name) <= 8);
	CHECK(longest_chain(hash_page_address) <= 8);
}

TEST(names_depend_on_seed_salt_and_length)
{
	u32 plain = full_name_hash(NULL, "passwd", 6);

	CHECK(plain != full_name_hash(&plain, "passwd", 6));
	CHECK(plain != full_name_hash(NULL, "passwd\0", 7));
	CHECK(plain == full_name_hash(NULL, "passwdXX", 6));
	name_hash_set_seed(12345);
	CHECK(plain != full_name_hash(NULL, "passwd", 6));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random_selftest.c - selftest=random: the generator's output looks random, differs each time, and a small bound holds.
 * (ChaCha20 itself is checked against RFC 8439 in lib/tests.)
 */
#include <crypto/random.h>

#include <pages/slab.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <log/printk.h>

int random_selftest(void);

#define BYTES 8192

/* Ones among 65536 bits: the mean is 32768, the standard deviation 128; six of them are never seen. */
static bool bits_are_balanced(const u8 *bytes)
{
	u32 ones = 0;

	for (u32 i = 0; i < BYTES; i++)
		for (u8 b = bytes[i]; b; b &= (u8)(b - 1))
			ones++;
	return ones > 32768 - 768 && ones < 32768 + 768;
}

int random_selftest(void)
{
	u8 *a = kzalloc(BYTES, GFP_KERNEL), *b = kzalloc(BYTES, GFP_KERNEL);
	u32 seen[6] = { 0 };
	bool ok = a && b;

	if (ok) {
		get_random_bytes(a, BYTES);
		get_random_bytes(b, BYTES);
		ok = bits_are_balanced(a) && bits_are_balanced(b) && memcmp(a, b, BYTES) != 0;
	}
	ok &= get_random_u64() != get_random_u64();
	for (int i = 0; i < 600; i++) {
		u32 n = get_random_u32_below(6);

		if (n < 6)
			seen[n]++;
		else
			ok = false;
	}
	for (int i = 0; i < 6; i++)
		ok &= seen[i] > 40 && seen[i] < 180;
	kfree(a);
	kfree(b);
	return ok && random_is_ready() ? 0 : -EIO;
}

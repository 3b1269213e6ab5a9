/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * chacha20.c - the ChaCha20 block function of RFC 8439, section 2.3.
 *
 * WHAT        Ten double rounds over 16 words, then the input is added: 64 bytes of key stream.
 * TESTS       tests/chacha20_test.c (the RFC's vector)
 */
#include <lib/bitops.h>
#include <lib/byteorder.h>
#include <lib/chacha20.h>
#include <lib/string.h>

static __always_inline void quarter_round(u32 *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rol32(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rol32(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rol32(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rol32(x[b] ^ x[c], 7);
}

static void double_round(u32 *x)
{
	quarter_round(x, 0, 4, 8, 12);
	quarter_round(x, 1, 5, 9, 13);
	quarter_round(x, 2, 6, 10, 14);
	quarter_round(x, 3, 7, 11, 15);
	quarter_round(x, 0, 5, 10, 15);
	quarter_round(x, 1, 6, 11, 12);
	quarter_round(x, 2, 7, 8, 13);
	quarter_round(x, 3, 4, 9, 14);
}

void chacha20_init(struct chacha_state *state, const u8 key[CHACHA_KEY_BYTES], u32 counter,
		   const u8 nonce[12])
{
	/* "expand 32-byte k" */
	state->word[0] = 0x61707865;
	state->word[1] = 0x3320646e;
	state->word[2] = 0x79622d32;
	state->word[3] = 0x6b206574;
	for (int i = 0; i < 8; i++)
		state->word[4 + i] = get_unaligned_le32(key + 4 * i);
	state->word[12] = counter;
	for (int i = 0; i < 3; i++)
		state->word[13 + i] = get_unaligned_le32(nonce + 4 * i);
}

void chacha20_block(struct chacha_state *state, u8 out[CHACHA_BLOCK_BYTES])
{
	u32 x[16];

	memcpy(x, state->word, sizeof(x));
	for (int i = 0; i < 10; i++)
		double_round(x);
	for (int i = 0; i < 16; i++)
		put_unaligned_le32(x[i] + state->word[i], out + 4 * i);
	if (!++state->word[12])
		state->word[13]++;
}

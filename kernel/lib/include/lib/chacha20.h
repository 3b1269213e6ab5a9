/* SPDX-License-Identifier: GPL-2.0-only */
/* chacha20.h - the ChaCha20 block function (RFC 8439 section 2.3), for the random number generator. */
#ifndef LIB_CHACHA20_H
#define LIB_CHACHA20_H

#include <lib/types.h>

#define CHACHA_KEY_BYTES 32
#define CHACHA_BLOCK_BYTES 64

/* Words 0..3 constants, 4..11 key, 12 counter, 13..15 nonce. */
struct chacha_state {
	u32 word[16];
};

void chacha20_init(struct chacha_state *state, const u8 key[CHACHA_KEY_BYTES], u32 counter,
		   const u8 nonce[12]);
/* One block of key stream; the counter (word 12, carrying into 13) advances. */
void chacha20_block(struct chacha_state *state, u8 out[CHACHA_BLOCK_BYTES]);

#endif

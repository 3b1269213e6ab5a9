/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random.h - random numbers. All of these work in any context but NMI; before there is enough entropy
 * they give the best there is (the CPU's generator and jitter), and random_is_ready() says so.
 */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <lib/types.h>

struct iter;

void get_random_bytes(void *buf, size_t len);
u32 get_random_u32(void);
u64 get_random_u64(void);
/* Evenly distributed in [0, ceiling); 0 for a ceiling of 0. */
u32 get_random_u32_below(u32 ceiling);

bool random_is_ready(void);
/* Until it is: 0, -ERESTARTSYS, -EPARK. */
int random_wait_ready(void) __must_check;

/* Mix bytes in and credit @bits of entropy (0: none, as for writes to /dev/random). */
void random_add(const void *bytes, size_t len, u32 bits);
/* ioctl RNDRESEEDCRNG: new keys from now on. */
void random_reseed(void);
/* What RNDGETENTCNT and /proc/sys/kernel/random/entropy_avail say: 0..256 bits. */
u32 random_entropy_bits(void);

/* Read for /dev/random, /dev/urandom, getrandom: fills the iter. Bytes, or -EFAULT. */
ssize_t random_read_iter(struct iter *to);

/* A device that can be asked for entropy; it answers through random_add(). */
struct entropy_source;
struct entropy_source_ops {
	const char *name;
	void (*request)(struct entropy_source *source); /* any context; answers later */
};
struct entropy_source {
	const struct entropy_source_ops *ops;
	struct entropy_source *next;
};
void random_register_source(struct entropy_source *source);

/* Boot: the boot CPU's generator and jitter; clocks run. */
void random_init(void);

#endif

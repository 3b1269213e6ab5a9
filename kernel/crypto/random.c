/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * random.c - the random number generator: ChaCha20 with fast key erasure over an absorbed pool.
 *
 * WHAT        The pool is one key of 256 bits. Absorbing 32 bytes m makes it F(key xor m), where F is the
 *             ChaCha20 block function: it can't be run backwards, and whoever lacks either the old key or m
 *             knows nothing of the new one. Each CPU has a key derived from the pool; a request takes one
 *             block from it, of which the first half is the CPU's next key (so nothing handed out can be
 *             computed from a later state) and the second half serves, or seeds a stream for longer requests.
 *             When the pool got new entropy, or every minute, generation goes up and CPUs derive anew.
 * INVARIANTS  R1  A key block is used once: the next key is stored before the output leaves.
 *             R2  is_ready is set when 256 bits were credited, and never cleared.
 * LOCKING     pool.lock, rank ENTROPY, interrupts off. Per-CPU keys: interrupts off.
 * ERRORS      None but -EFAULT for user memory.
 * TESTS       tests/random_selftest.c (statistics, erasure)
 * SEE         Bernstein, "Fast-key-erasure random-number generators", 2017; RFC 8439
 */
#include <crypto/crypto_calls.h>
#include <crypto/random.h>

#include <arch/irqflags.h>
#include <arch/percpu.h>
#include <arch/tsc.h>
#include <lib/chacha20.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <log/printk.h>
#include <mm/iter.h>
#include <sync/spinlock.h>
#include <sync/wait.h>
#include <linux/random.h>

#define POOL_BITS	 256
#define RESEED_MS	 60000
#define JITTER_ROUNDS	 1024 /* counted as a quarter bit each */
#define CPU_WORDS	 8

/* Keys are used once, so nonces need not differ. */
static const u8 zero_nonce[12];

struct cpu_rng {
	u8 key[CHACHA_KEY_BYTES];
	u64 generation;
	u64 batch[8];
	u32 batch_left;
	u64 batch_generation;
};
static DEFINE_PERCPU(struct cpu_rng, cpu_rng);

static struct {
	struct spinlock lock;
	u8 key[CHACHA_KEY_BYTES] __guarded_by(&lock);
	u64 counter __guarded_by(&lock); /* nonce: no block of the pool is computed twice */
	u32 bits __guarded_by(&lock);
	u64 generation; /* written under lock; 0: CPUs have no key yet */
	u64 reseed_tsc;
	bool is_ready;
	struct wait_queue_head wait;
	struct entropy_source *sources;
} pool = {
	.lock = SPINLOCK_INIT(RANK_ENTROPY),
	.generation = 1,
	.wait = WAIT_QUEUE_HEAD_INIT(pool.wait),
};

/* --- the pool --------------------------------------------------------------------------------------- */

static void pool_block_locked(const u8 key[CHACHA_KEY_BYTES], u8 out[CHACHA_BLOCK_BYTES], u32 domain)
{
	struct chacha_state state;
	u8 nonce[12];

	pool.counter++;
	memcpy(nonce, &pool.counter, sizeof(pool.counter));
	memcpy(nonce + 8, &domain, sizeof(domain));
	chacha20_init(&state, key, 0, nonce);
	chacha20_block(&state, out);
}

static void absorb_locked(const u8 *bytes, size_t len)
{
	u8 out[CHACHA_BLOCK_BYTES];

	while (len) {
		size_t n = len < CHACHA_KEY_BYTES ? len : CHACHA_KEY_BYTES;

		for (size_t i = 0; i < n; i++)
			pool.key[i] ^= bytes[i];
		pool_block_locked(pool.key, out, (u32)n);
		memcpy(pool.key, out, CHACHA_KEY_BYTES);
		bytes += n;
		len -= n;
	}
	memset(out, 0, sizeof(out));
}

/* A fresh key for a CPU; the pool moves on, so that it can't be computed again. */
static void derive(u8 key[CHACHA_KEY_BYTES], u64 *generation)
{
	u8 out[CHACHA_BLOCK_BYTES];
	u64 now[2] = { rdtsc(), 0 };

	if (!cpu_random_u64(&now[1]))
		now[1] = (u64)&now;
	with_spinlock_irqsave(&pool.lock);
	absorb_locked((const u8 *)now, sizeof(now));
	pool_block_locked(pool.key, out, ~0u);
	memcpy(pool.key, out, CHACHA_KEY_BYTES);
	memcpy(key, out + CHACHA_KEY_BYTES, CHACHA_KEY_BYTES);
	*generation = pool.generation;
	memset(out, 0, sizeof(out));
}

void random_reseed(void)
{
	WRITE_ONCE(pool.reseed_tsc, rdtsc());
	__atomic_fetch_add(&pool.generation, 1, __ATOMIC_RELAXED);
}

/* Returns true when this credit made the generator ready. R2. */
static bool credit_locked(u32 bits)
{
	pool.bits = pool.bits + bits > POOL_BITS ? POOL_BITS : pool.bits + bits;
	if (pool.is_ready || pool.bits < POOL_BITS)
		return false;
	WRITE_ONCE(pool.is_ready, true);
	return true;
}

void random_add(const void *bytes, size_t len, u32 bits)
{
	unsigned long flags;
	bool became_ready;

	spin_lock_irqsave(&pool.lock, flags);
	absorb_locked(bytes, len);
	became_ready = credit_locked(bits);
	spin_unlock_irqrestore(&pool.lock, flags);
	if (bits)
		random_reseed();
	if (became_ready) {
		pr_info("random: ready\n");
		wake_up_all(&pool.wait);
	}
}

/* --- output ------------------------------------------------------------------------------------------- */

static bool is_time_to_reseed(void)
{
	return tsc_khz && rdtsc() - READ_ONCE(pool.reseed_tsc) > tsc_khz * RESEED_MS;
}

static void ask_sources(void)
{
	for (struct entropy_source *s = READ_ONCE(pool.sources); s; s = s->next)
		s->ops->request(s);
}

/* 32 secret bytes that nobody else has or will get. Interrupts off. R1. */
static void cpu_take(struct cpu_rng *rng, u8 out[CHACHA_KEY_BYTES])
{
	struct chacha_state state;
	u8 block[CHACHA_BLOCK_BYTES];

	if (unlikely(rng->generation != READ_ONCE(pool.generation)))
		derive(rng->key, &rng->generation);
	chacha20_init(&state, rng->key, 0, zero_nonce);
	chacha20_block(&state, block);
	memcpy(rng->key, block, CHACHA_KEY_BYTES);
	memcpy(out, block + CHACHA_KEY_BYTES, CHACHA_KEY_BYTES);
	memset(block, 0, sizeof(block));
	memset(&state, 0, sizeof(state));
}

static void take_key(u8 key[CHACHA_KEY_BYTES])
{
	unsigned long flags;

	if (unlikely(is_time_to_reseed())) {
		random_reseed();
		ask_sources();
	}
	local_irq_save(flags);
	cpu_take(this_cpu_ptr(&cpu_rng), key);
	local_irq_restore(flags);
}

static void stream_start(struct chacha_state *state)
{
	u8 key[CHACHA_KEY_BYTES];

	take_key(key);
	chacha20_init(state, key, 1, zero_nonce);
	memset(key, 0, sizeof(key));
}

void get_random_bytes(void *buf, size_t len)
{
	struct chacha_state state;
	u8 block[CHACHA_BLOCK_BYTES];
	u8 *out = buf;

	if (len <= CHACHA_KEY_BYTES) {
		take_key(block);
		memcpy(out, block, len);
		memset(block, 0, sizeof(block));
		return;
	}
	stream_start(&state);
	while (len) {
		size_t n = len < sizeof(block) ? len : sizeof(block);

		chacha20_block(&state, block);
		memcpy(out, block, n);
		out += n;
		len -= n;
	}
	memset(block, 0, sizeof(block));
	memset(&state, 0, sizeof(state));
}

u64 get_random_u64(void)
{
	struct cpu_rng *rng;
	unsigned long flags;
	u64 value;

	local_irq_save(flags);
	rng = this_cpu_ptr(&cpu_rng);
	if (!rng->batch_left || rng->batch_generation != READ_ONCE(pool.generation)) {
		cpu_take(rng, (u8 *)rng->batch);
		cpu_take(rng, (u8 *)rng->batch + CHACHA_KEY_BYTES);
		rng->batch_left = CPU_WORDS;
		rng->batch_generation = rng->generation;
	}
	value = rng->batch[--rng->batch_left];
	rng->batch[rng->batch_left] = 0;
	local_irq_restore(flags);
	return value;
}

u32 get_random_u32(void)
{
	return (u32)get_random_u64();
}

/* Multiplication instead of modulo; the few values that would make it uneven are drawn again. */
u32 get_random_u32_below(u32 ceiling)
{
	u64 product = (u64)get_random_u32() * ceiling;

	if ((u32)product < ceiling) {
		u32 uneven = ceiling ? -ceiling % ceiling : 0;

		while ((u32)product < uneven)
			product = (u64)get_random_u32() * ceiling;
	}
	return (u32)(product >> 32);
}

bool random_is_ready(void)
{
	return READ_ONCE(pool.is_ready);
}

int random_wait_ready(void)
{
	return wait_event_interruptible(pool.wait, random_is_ready());
}

u32 random_entropy_bits(void)
{
	return READ_ONCE(pool.bits);
}

ssize_t random_read_iter(struct iter *to)
{
	struct chacha_state state;
	u8 block[CHACHA_BLOCK_BYTES];
	size_t done = 0;

	stream_start(&state);
	while (iter_count(to)) {
		size_t n = iter_count(to) < sizeof(block) ? iter_count(to) : sizeof(block), copied;

		chacha20_block(&state, block);
		copied = copy_to_iter(block, n, to);
		done += copied;
		if (copied < n)
			break;
	}
	memset(block, 0, sizeof(block));
	memset(&state, 0, sizeof(state));
	return done || !iter_count(to) ? (ssize_t)done : -EFAULT;
}

long sys_getrandom(uaddr_t buf, size_t len, unsigned int flags)
{
	struct iter iter;
	int err;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if ((flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if (!random_is_ready() && !(flags & GRND_INSECURE)) {
		if (flags & GRND_NONBLOCK)
			return -EAGAIN;
		err = random_wait_ready();
		if (err)
			return err;
	}
	err = import_ubuf(ITER_DEST, buf, len < MAX_RW_COUNT ? len : MAX_RW_COUNT, &iter);
	return err ? err : random_read_iter(&iter);
}

/* --- where it comes from ------------------------------------------------------------------------------- */

void random_register_source(struct entropy_source *source)
{
	unsigned long flags;

	spin_lock_irqsave(&pool.lock, flags);
	source->next = pool.sources;
	WRITE_ONCE(pool.sources, source);
	spin_unlock_irqrestore(&pool.lock, flags);
	source->ops->request(source);
}

/* The CPU's generator, credited in full as Linux does by default. */
static void add_cpu_words(void)
{
	u64 word[4];
	u32 n = 0;

	while (n < ARRAY_SIZE(word) && cpu_random_u64(&word[n]))
		n++;
	if (n)
		random_add(word, n * sizeof(word[0]), n * 64);
}

/* How long memory and the counter itself take varies in ways nobody outside can follow. */
static void add_jitter(void)
{
	u64 sample[16] = { 0 };

	for (u32 round = 0; round < JITTER_ROUNDS; round++) {
		u64 t = rdtsc();

		for (u32 i = 0; i < (t & 63); i++)
			barrier();
		sample[round & 15] = rdtsc() ^ t << 32;
		if ((round & 15) == 15)
			random_add(sample, sizeof(sample), 0);
	}
	random_add(sample, sizeof(sample), JITTER_ROUNDS / 4);
}

void random_init(void)
{
	pool.reseed_tsc = rdtsc();
	add_cpu_words();
	if (!random_is_ready())
		add_jitter();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iter_test.c - proves I1-I3 of mm/iter.h: copies over random segment cuts move the right bytes, advance by just that, stop where
 * user memory ends, and can be taken back. User memory is played by a window of this program's own.
 */
#include "unit_test.h"
#include "../iter.c"

#include <stdlib.h>

#define WINDOW 4096

static u8 window[WINDOW];
static size_t window_valid = WINDOW; /* user bytes beyond this are not there */

/* The part of [addr, addr + n) that may be touched. */
static size_t valid(unsigned long addr, size_t n)
{
	unsigned long base = (unsigned long)window;

	if (addr < base || addr >= base + window_valid)
		return 0;
	return min(n, base + window_valid - addr);
}

size_t copy_to_user(uaddr_t dst, const void *src, size_t n)
{
	size_t ok = valid(dst.v, n);

	memcpy((void *)dst.v, src, ok);
	return n - ok;
}

size_t copy_from_user(void *dst, uaddr_t src, size_t n)
{
	size_t ok = valid(src.v, n);

	memcpy(dst, (void *)src.v, ok);
	return n - ok;
}

size_t clear_user(uaddr_t dst, size_t n)
{
	size_t ok = valid(dst.v, n);

	memset((void *)dst.v, 0, ok);
	return n - ok;
}

size_t copy_to_user_nosleep(uaddr_t dst, const void *src, size_t n)
{
	return copy_to_user(dst, src, n);
}

size_t copy_from_user_nosleep(void *dst, uaddr_t src, size_t n)
{
	return copy_from_user(dst, src, n);
}

int get_user_u8(uaddr_t src, u8 *out)
{
	return copy_from_user(out, src, 1) ? -EFAULT : 0;
}

int get_user_u32_nosleep(uaddr_t src, u32 *out)
{
	return -EFAULT;
}

int user_cmpxchg32_nosleep(uaddr_t addr, u32 old, u32 new, u32 *seen)
{
	return -EFAULT;
}

int mm_fault_current(unsigned long addr, u32 flags)
{
	return -EFAULT;
}

void *kmalloc_any(size_t size, gfp_t gfp)
{
	return malloc(size);
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	abort();
}

void kfree(const void *object)
{
	free((void *)object);
}

#define NR_SEGS 12

static struct iovec iov[NR_SEGS];

/* Segments of random lengths (some empty) that tile the start of the window. Total bytes. */
static size_t cut_window(void)
{
	size_t at = 0;

	for (int i = 0; i < NR_SEGS; i++) {
		size_t len = unit_random() % 5 == 0 ? 0 : unit_random() % 300;

		iov[i].iov_base = window + at;
		iov[i].iov_len = len;
		at += len;
	}
	return at;
}

static void fill(u8 *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = unit_random();
}

TEST(copy_moves_the_right_bytes_over_any_cut)
{
	static u8 data[WINDOW];

	for (int round = 0; round < 500; round++) {
		size_t total = cut_window(), at = 0;
		struct iter iter;

		window_valid = WINDOW;
		fill(data, total);
		iter_init_iovec(&iter, ITER_DEST, iov, NR_SEGS, total);
		while (iter_count(&iter)) {
			size_t want = 1 + unit_random() % 200, before = iter_count(&iter), done;

			done = copy_to_iter(data + at, want, &iter);
			CHECK_EQ(done, min(want, before));
			CHECK_EQ(iter_count(&iter), before - done); /* I1, I2 */
			at += done;
		}
		CHECK(!memcmp(window, data, total));
	}
}

TEST(copy_stops_where_user_memory_ends)
{
	static u8 data[WINDOW];

	for (int round = 0; round < 500; round++) {
		size_t total = cut_window(), done;
		struct iter iter;

		window_valid = total ? unit_random() % total : 0;
		iter_init_iovec(&iter, ITER_SOURCE, iov, NR_SEGS, total);
		done = copy_from_iter(data, total, &iter);
		CHECK_EQ(done, window_valid);
		CHECK_EQ(iter_count(&iter), total - done);
		CHECK(!copy_from_iter_full(data, total - done, &iter) || total == done);
		CHECK_EQ(iter_count(&iter), total - done);
	}
}

TEST(revert_takes_back_what_was_advanced)
{
	static u8 first[WINDOW], again[WINDOW];

	for (int round = 0; round < 500; round++) {
		size_t total = cut_window(), skip = total ? unit_random() % total : 0, n, back;
		struct iter iter;

		window_valid = WINDOW;
		fill(window, total);
		iter_init_iovec(&iter, ITER_SOURCE, iov, NR_SEGS, total);
		iter_advance(&iter, skip);
		n = copy_from_iter(first, 500, &iter);
		back = n ? unit_random() % (n + 1) : 0;
		iter_revert(&iter, back); /* I3 */
		CHECK_EQ(copy_from_iter(again, back, &iter), back);
		CHECK(!memcmp(again, first + n - back, back));
		iter_revert(&iter, skip + n);
		CHECK_EQ(iter_count(&iter), total);
		CHECK_EQ(copy_from_iter(again, total, &iter), total);
		CHECK(!memcmp(again, window, total));
	}
}

TEST(truncated_iter_stops_early_and_reexpands)
{
	u8 data[100];
	struct iter iter;

	window_valid = WINDOW;
	iter_init_ubuf(&iter, ITER_SOURCE, uaddr((unsigned long)window), 100);
	iter_truncate(&iter, 10);
	CHECK_EQ(copy_from_iter(data, 100, &iter), 10);
	iter_reexpand(&iter, 90);
	CHECK_EQ(copy_from_iter(data, 100, &iter), 90);
}

TEST(kernel_and_discard_iters_need_no_user)
{
	u8 a[64], b[64];
	struct kvec vec[2] = { { a, 10 }, { a + 10, 54 } };
	struct iter iter;

	fill(b, sizeof(b));
	window_valid = 0;
	iter_init_kvec(&iter, ITER_DEST, vec, 2, 64);
	CHECK_EQ(copy_to_iter(b, 64, &iter), 64);
	CHECK(!memcmp(a, b, 64));
	iter_init_kbuf(&iter, ITER_DEST, a, 64);
	CHECK_EQ(iter_zero(64, &iter), 64);
	CHECK_EQ(a[0] | a[63], 0);
	iter_init_discard(&iter, 1000);
	CHECK_EQ(copy_to_iter(b, 64, &iter), 64);
	CHECK_EQ(iter_count(&iter), 936);
}

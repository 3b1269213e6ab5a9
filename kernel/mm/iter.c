/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iter.c - the bodies of mm/iter.h.
 *
 * WHAT        One loop, iter_walk(), cuts a transfer into contiguous pieces and hands each to one step; the copies differ in the step only.
 * INVARIANTS  see mm/iter.h.
 */
#include <mm/iter.h>

#include <arch/memlayout.h>
#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <mm/fault.h>
#include <pages/page.h>
#include <pages/slab.h>

/* One contiguous piece of the iter's memory. */
struct piece {
	bool is_user;
	uaddr_t user;
	void *kernel; /* NULL with !is_user: discard */
	size_t len;
};

static size_t seg_len(const struct iter *iter)
{
	switch (iter->kind) {
	case ITER_IOVEC:
		return iter->iov->iov_len;
	case ITER_KVEC:
		return iter->kvec->iov_len;
	case ITER_PAGES:
		return iter->pages->len;
	default:
		return iter->offset + iter->count;
	}
}

static void next_seg(struct iter *iter)
{
	iter->offset = 0;
	iter->nr_segs--;
	switch (iter->kind) {
	case ITER_IOVEC:
		iter->iov++;
		break;
	case ITER_KVEC:
		iter->kvec++;
		break;
	case ITER_PAGES:
		iter->pages++;
		break;
	default:
		break;
	}
}

static void prev_seg(struct iter *iter)
{
	iter->nr_segs++;
	switch (iter->kind) {
	case ITER_IOVEC:
		iter->iov--;
		break;
	case ITER_KVEC:
		iter->kvec--;
		break;
	case ITER_PAGES:
		iter->pages--;
		break;
	default:
		break;
	}
	iter->offset = seg_len(iter);
}

void iter_init_iovec(struct iter *iter, enum iter_dir dir, const struct iovec *iov, u32 nr, size_t len)
{
	*iter = (struct iter){ .kind = ITER_IOVEC, .dir = dir, .nr_segs = nr, .count = len, .iov = iov };
}

void iter_init_kvec(struct iter *iter, enum iter_dir dir, const struct kvec *kvec, u32 nr, size_t len)
{
	*iter = (struct iter){ .kind = ITER_KVEC, .dir = dir, .nr_segs = nr, .count = len, .kvec = kvec };
}

void iter_init_kbuf(struct iter *iter, enum iter_dir dir, void *buf, size_t len)
{
	*iter = (struct iter){ .kind = ITER_KBUF, .dir = dir, .nr_segs = 1, .count = len, .kbuf = buf };
}

void iter_init_pages(struct iter *iter, enum iter_dir dir, const struct page_seg *segs, u32 nr, size_t len)
{
	*iter = (struct iter){ .kind = ITER_PAGES, .dir = dir, .nr_segs = nr, .count = len, .pages = segs };
}

void iter_init_discard(struct iter *iter, size_t len)
{
	*iter = (struct iter){ .kind = ITER_DISCARD, .dir = ITER_DEST, .nr_segs = 1, .count = len };
}

size_t iter_single_seg_count(const struct iter *iter)
{
	return min(iter->count, seg_len(iter) - iter->offset);
}

void iter_truncate(struct iter *iter, size_t count)
{
	if (iter->count > count)
		iter->count = count;
}

static bool is_one_piece(const struct iter *iter)
{
	return iter->kind == ITER_UBUF || iter->kind == ITER_KBUF || iter->kind == ITER_DISCARD;
}

void iter_advance(struct iter *iter, size_t bytes)
{
	bytes = min(bytes, iter->count);
	iter->count -= bytes;
	if (is_one_piece(iter)) {
		iter->offset += bytes;
		return;
	}
	while (bytes) {
		size_t left = seg_len(iter) - iter->offset;

		if (bytes < left) {
			iter->offset += bytes;
			return;
		}
		bytes -= left;
		if (iter->nr_segs == 1) { /* stand at the end of the last segment */
			iter->offset += left;
			return;
		}
		next_seg(iter);
	}
}

void iter_revert(struct iter *iter, size_t bytes)
{
	iter->count += bytes;
	if (is_one_piece(iter)) {
		iter->offset -= bytes;
		return;
	}
	while (bytes > iter->offset) {
		bytes -= iter->offset;
		prev_seg(iter);
	}
	iter->offset -= bytes;
}

/* The memory from the cursor on, at most @max bytes; skips empty segments. */
static struct piece current_piece(struct iter *iter, size_t max)
{
	struct piece piece = { .len = 0 };

	while (!is_one_piece(iter) && iter->nr_segs > 1 && iter->offset == seg_len(iter))
		next_seg(iter);
	piece.len = min(max, iter_single_seg_count(iter));
	switch (iter->kind) {
	case ITER_UBUF:
		piece.is_user = true;
		piece.user = uaddr_add(iter->ubuf, iter->offset);
		break;
	case ITER_IOVEC:
		piece.is_user = true;
		piece.user = uaddr((unsigned long)iter->iov->iov_base + iter->offset);
		break;
	case ITER_KBUF:
		piece.kernel = iter->kbuf + iter->offset;
		break;
	case ITER_KVEC:
		piece.kernel = iter->kvec->iov_base + iter->offset;
		break;
	case ITER_PAGES:
		piece.kernel = page_address(iter->pages->page) + iter->pages->offset + iter->offset;
		break;
	default:
		break;
	}
	return piece;
}

enum step { STEP_TO, STEP_FROM, STEP_ZERO, STEP_TO_NOSLEEP, STEP_FROM_NOSLEEP };

/* Move one piece; bytes NOT moved. */
static size_t step_user(enum step step, const struct piece *piece, void *buf)
{
	switch (step) {
	case STEP_TO:
		return copy_to_user(piece->user, buf, piece->len);
	case STEP_FROM:
		return copy_from_user(buf, piece->user, piece->len);
	case STEP_ZERO:
		return clear_user(piece->user, piece->len);
	case STEP_TO_NOSLEEP:
		return copy_to_user_nosleep(piece->user, buf, piece->len);
	default:
		return copy_from_user_nosleep(buf, piece->user, piece->len);
	}
}

static void step_kernel(enum step step, const struct piece *piece, void *buf)
{
	if (!piece->kernel)
		return;
	if (step == STEP_FROM || step == STEP_FROM_NOSLEEP)
		memcpy(buf, piece->kernel, piece->len);
	else if (step == STEP_ZERO)
		memset(piece->kernel, 0, piece->len);
	else
		memcpy(piece->kernel, buf, piece->len);
}

static size_t iter_walk(struct iter *iter, enum step step, void *buf, size_t len)
{
	size_t done = 0;

	len = min(len, iter->count);
	while (done < len) {
		struct piece piece = current_piece(iter, len - done);
		size_t left = 0;

		if (!piece.len)
			break;
		if (piece.is_user)
			left = step_user(step, &piece, buf);
		else
			step_kernel(step, &piece, buf);
		iter_advance(iter, piece.len - left);
		done += piece.len - left;
		buf = buf ? buf + (piece.len - left) : NULL;
		if (left)
			break;
	}
	return done;
}

/* One user buffer is what most calls bring: no pieces to look for. */
static inline size_t ubuf_moved(struct iter *iter, size_t len, size_t left)
{
	len -= left;
	iter->offset += len;
	iter->count -= len;
	return len;
}

static inline uaddr_t ubuf_at(const struct iter *iter)
{
	return uaddr_add(iter->ubuf, iter->offset);
}

size_t copy_to_iter(const void *from, size_t len, struct iter *iter)
{
	if (likely(iter->kind == ITER_UBUF)) {
		len = min(len, iter->count);
		return ubuf_moved(iter, len, copy_to_user(ubuf_at(iter), from, len));
	}
	return iter_walk(iter, STEP_TO, (void *)from, len);
}

size_t copy_from_iter(void *to, size_t len, struct iter *iter)
{
	if (likely(iter->kind == ITER_UBUF)) {
		len = min(len, iter->count);
		return ubuf_moved(iter, len, copy_from_user(to, ubuf_at(iter), len));
	}
	return iter_walk(iter, STEP_FROM, to, len);
}

size_t iter_zero(size_t len, struct iter *iter)
{
	if (likely(iter->kind == ITER_UBUF)) {
		len = min(len, iter->count);
		return ubuf_moved(iter, len, clear_user(ubuf_at(iter), len));
	}
	return iter_walk(iter, STEP_ZERO, NULL, len);
}

bool copy_from_iter_full(void *to, size_t len, struct iter *iter)
{
	size_t done = iter_walk(iter, STEP_FROM, to, len);

	if (done == len)
		return true;
	iter_revert(iter, done);
	return false;
}

bool copy_to_iter_full(const void *from, size_t len, struct iter *iter)
{
	size_t done = iter_walk(iter, STEP_TO, (void *)from, len);

	if (done == len)
		return true;
	iter_revert(iter, done);
	return false;
}

size_t copy_to_iter_nosleep(const void *from, size_t len, struct iter *iter)
{
	if (likely(iter->kind == ITER_UBUF)) {
		len = min(len, iter->count);
		return ubuf_moved(iter, len, copy_to_user_nosleep(ubuf_at(iter), from, len));
	}
	return iter_walk(iter, STEP_TO_NOSLEEP, (void *)from, len);
}

size_t copy_from_iter_nosleep(void *to, size_t len, struct iter *iter)
{
	if (likely(iter->kind == ITER_UBUF)) {
		len = min(len, iter->count);
		return ubuf_moved(iter, len, copy_from_user_nosleep(to, ubuf_at(iter), len));
	}
	return iter_walk(iter, STEP_FROM_NOSLEEP, to, len);
}

size_t copy_page_to_iter(struct page *page, size_t offset, size_t len, struct iter *iter)
{
	if (likely(iter->kind == ITER_UBUF)) {
		len = min(len, iter->count);
		return ubuf_moved(iter, len, copy_to_user(ubuf_at(iter), page_address(page) + offset, len));
	}
	return iter_walk(iter, STEP_TO, page_address(page) + offset, len);
}

size_t copy_page_from_iter(struct page *page, size_t offset, size_t len, struct iter *iter)
{
	return iter_walk(iter, STEP_FROM, page_address(page) + offset, len);
}

size_t copy_page_from_iter_nosleep(struct page *page, size_t offset, size_t len, struct iter *iter)
{
	if (likely(iter->kind == ITER_UBUF)) {
		len = min(len, iter->count);
		return ubuf_moved(iter, len, copy_from_user_nosleep(page_address(page) + offset, ubuf_at(iter), len));
	}
	return iter_walk(iter, STEP_FROM_NOSLEEP, page_address(page) + offset, len);
}

/* ---- fault in ---- */

/* Make the byte at @addr writable: a compare-and-exchange of its word with itself, else a fault by hand. */
static bool touch_write(uaddr_t addr)
{
	uaddr_t word = uaddr(uaddr_raw(addr) & ~3UL);
	u32 old, seen;

	if (!get_user_u32_nosleep(word, &old) && !user_cmpxchg32_nosleep(word, old, old, &seen))
		return true;
	return !mm_fault_current(uaddr_raw(addr), FAULT_FLAG_WRITE);
}

static bool touch(uaddr_t addr, bool write)
{
	u8 byte;

	return !get_user_u8(addr, &byte) && (!write || touch_write(addr));
}

static size_t fault_in(uaddr_t addr, size_t len, bool write)
{
	unsigned long at = uaddr_raw(addr), end = at + len;

	if (!len)
		return 0;
	if (end < at)
		return len;
	for (; at < end; at = (at & PAGE_MASK) + PAGE_SIZE)
		if (!touch(uaddr(at), write))
			return end - at;
	return 0;
}

size_t fault_in_readable(uaddr_t addr, size_t len)
{
	return fault_in(addr, len, false);
}

size_t fault_in_writeable(uaddr_t addr, size_t len)
{
	return fault_in(addr, len, true);
}

static size_t fault_in_iter(const struct iter *iter, size_t len, bool write)
{
	struct iter walk = *iter;

	len = min(len, iter->count);
	if (!iter_is_user(iter))
		return 0;
	while (len) {
		struct piece piece = current_piece(&walk, len);
		size_t missing;

		if (!piece.len)
			break;
		missing = fault_in(piece.user, piece.len, write);
		len -= piece.len - missing;
		if (missing)
			return len;
		iter_advance(&walk, piece.len);
	}
	return 0;
}

size_t fault_in_iter_readable(const struct iter *iter, size_t len)
{
	return fault_in_iter(iter, len, false);
}

size_t fault_in_iter_writeable(const struct iter *iter, size_t len)
{
	return fault_in_iter(iter, len, true);
}

/* ---- import ---- */

/* Check and sum the segments; cuts the total at MAX_RW_COUNT. */
static ssize_t check_iovec(struct iovec *iov, unsigned long nr)
{
	size_t total = 0;

	for (unsigned long i = 0; i < nr; i++) {
		size_t len = iov[i].iov_len;

		if ((ssize_t)len < 0)
			return -EINVAL;
		if (!user_range_ok(uaddr((unsigned long)iov[i].iov_base), len))
			return -EFAULT;
		len = min(len, MAX_RW_COUNT - total);
		iov[i].iov_len = len;
		total += len;
	}
	return total;
}

ssize_t import_iovec(enum iter_dir dir, uaddr_t uvec, unsigned long nr, struct iovec *fast, struct iovec **out,
		     struct iter *iter)
{
	struct iovec *iov = fast;
	ssize_t total;

	*out = NULL;
	if (nr > UIO_MAXIOV)
		return -EINVAL;
	if (nr > ITER_FAST_SEGS) {
		iov = kmalloc_array(nr, sizeof(*iov), GFP_KERNEL);
		if (!iov)
			return -ENOMEM;
	}
	total = copy_from_user(iov, uvec, nr * sizeof(*iov)) ? -EFAULT : check_iovec(iov, nr);
	if (total < 0) {
		if (iov != fast)
			kfree(iov);
		return total;
	}
	iter_init_iovec(iter, dir, iov, nr, total);
	if (iov != fast)
		*out = iov;
	return total;
}

int import_ubuf(enum iter_dir dir, uaddr_t buf, size_t len, struct iter *iter)
{
	len = min(len, MAX_RW_COUNT);
	if (!user_range_ok(buf, len))
		return -EFAULT;
	iter_init_ubuf(iter, dir, buf, len);
	return 0;
}

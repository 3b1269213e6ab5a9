/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iter.h - one cursor over the memory that a read or a write names.
 *
 * WHAT        A struct iter walks user iovecs, one user buffer, kernel buffers or pages. The file's
 *             side only says "copy these bytes": it never asks what kind of memory is at the other end.
 * INVARIANTS  I1  count is the number of bytes left over all segments.
 *             I2  Copies return the number of bytes moved and advance by just that; a short copy means
 *                 that the user memory was not there (fault it in and go on, or -EFAULT if nothing was).
 *             I3  iter_revert() takes back at most what was advanced since the iter was set up.
 * LOCKING     An iter belongs to one task.
 * ERRORS      import_iovec -EFAULT, -EINVAL; fault_in_* return the number of bytes NOT there.
 * TESTS       tests/iter_test.c (I1-I3)
 */
#ifndef MM_ITER_H
#define MM_ITER_H

#include <lib/types.h>
#include <lib/compiler.h>
#include <linux/uio.h>

struct page;

enum iter_kind { ITER_UBUF, ITER_IOVEC, ITER_KBUF, ITER_KVEC, ITER_PAGES, ITER_DISCARD };

/* Which way the bytes go: into the iter's memory (a read) or out of it (a write). */
enum iter_dir { ITER_DEST, ITER_SOURCE };

struct kvec {
	void *iov_base;
	size_t iov_len;
};

struct page_seg {
	struct page *page;
	u32 offset;
	u32 len;
};

struct iter {
	u8 kind;
	u8 dir;
	u16 rwf;      /* RWF_* of the call: set by the caller after set-up, read by the file's methods */
	u32 nr_segs;  /* segments from the current one on */
	size_t offset; /* bytes consumed of the current segment */
	size_t count; /* bytes left (I1) */
	union {
		uaddr_t ubuf;		  /* ITER_UBUF: offset counts from here */
		const struct iovec *iov;  /* ITER_IOVEC */
		void *kbuf;		  /* ITER_KBUF: likewise */
		const struct kvec *kvec;  /* ITER_KVEC */
		const struct page_seg *pages; /* ITER_PAGES */
	};
};

/* Set-up. The segment arrays are borrowed for the life of the iter. */
static inline void iter_init_ubuf(struct iter *iter, enum iter_dir dir, uaddr_t buf, size_t len)
{
	iter->kind = ITER_UBUF;
	iter->dir = dir;
	iter->rwf = 0;
	iter->nr_segs = 1;
	iter->offset = 0;
	iter->count = len;
	iter->ubuf = buf;
}
void iter_init_iovec(struct iter *iter, enum iter_dir dir, const struct iovec *iov, u32 nr, size_t len);
void iter_init_kvec(struct iter *iter, enum iter_dir dir, const struct kvec *kvec, u32 nr, size_t len);
void iter_init_kbuf(struct iter *iter, enum iter_dir dir, void *buf, size_t len);
void iter_init_pages(struct iter *iter, enum iter_dir dir, const struct page_seg *segs, u32 nr, size_t len);
void iter_init_discard(struct iter *iter, size_t len);

static inline size_t iter_count(const struct iter *iter)
{
	return iter->count;
}

static inline bool iter_is_user(const struct iter *iter)
{
	return iter->kind <= ITER_IOVEC;
}

/* Bytes left in the current segment. */
size_t iter_single_seg_count(const struct iter *iter);

/* Limit the bytes left; iter_reexpand() gives back what was cut off. */
void iter_truncate(struct iter *iter, size_t count);
static inline void iter_reexpand(struct iter *iter, size_t count)
{
	iter->count = count;
}

void iter_advance(struct iter *iter, size_t bytes);
void iter_revert(struct iter *iter, size_t bytes);

/* Copy between kernel memory and the iter; may fault and sleep. Return the bytes copied (I2). */
size_t copy_to_iter(const void *from, size_t len, struct iter *iter);
size_t copy_from_iter(void *to, size_t len, struct iter *iter);
size_t iter_zero(size_t len, struct iter *iter);
/* All or nothing; on false the iter did not move. */
bool copy_from_iter_full(void *to, size_t len, struct iter *iter);
bool copy_to_iter_full(const void *from, size_t len, struct iter *iter);

/* The same, never sleeping: for use under a lock after fault_in_iter_*(). */
size_t copy_to_iter_nosleep(const void *from, size_t len, struct iter *iter);
size_t copy_from_iter_nosleep(void *to, size_t len, struct iter *iter);

size_t copy_page_to_iter(struct page *page, size_t offset, size_t len, struct iter *iter);
size_t copy_page_from_iter(struct page *page, size_t offset, size_t len, struct iter *iter);
size_t copy_page_from_iter_nosleep(struct page *page, size_t offset, size_t len, struct iter *iter);

/* Make the next @len bytes of user memory present; return how many are not (0: all are there). */
size_t fault_in_iter_readable(const struct iter *iter, size_t len);
size_t fault_in_iter_writeable(const struct iter *iter, size_t len);
size_t fault_in_readable(uaddr_t addr, size_t len);
size_t fault_in_writeable(uaddr_t addr, size_t len);

#define ITER_FAST_SEGS 8

/*
 * Copy @nr iovecs from user memory into @fast (ITER_FAST_SEGS of them) or into a fresh array that
 * *@out names; the caller kfree()s *@out (NULL when fast was used) after the last use. Returns the byte
 * count or -EFAULT, -EINVAL (more than UIO_MAXIOV, a negative length), -ENOMEM. The sum is cut at MAX_RW_COUNT.
 */
ssize_t __must_check import_iovec(enum iter_dir dir, uaddr_t uvec, unsigned long nr,
				  struct iovec *fast, struct iovec **out, struct iter *iter);
/* One user range; 0 or -EFAULT. */
int __must_check import_ubuf(enum iter_dir dir, uaddr_t buf, size_t len, struct iter *iter);

/* Linux's bound on one transfer. */
#define MAX_RW_COUNT ((size_t)0x7ffff000)

#endif

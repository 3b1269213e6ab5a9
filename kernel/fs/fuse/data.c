/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * data.c - payloads: between the server and folios of the cache, and between the server and a caller's memory.
 *
 * WHAT        A miss reads a window of folios with one message whose payload lands in the folios themselves. write() sends its
 *             bytes at once; only shared writable maps make dirty folios, and these are written back. Bytes of a caller go through
 *             pages that belong to the request, so that a killed caller need not wait for the server to let go of its memory.
 * INVARIANTS  I1  A read in flight has the lock of its folios until its answer; the locked folios keep the inode.
 *             I2  What the server did not send of a folio is zero; a short answer is the end of the file.
 *             I3  No more is believed to have been read or written than was asked for and than lies in the answer.
 * LOCKING     Folio locks as the page cache says. Reading of folios does not wait.
 * ERRORS      -EIO and what the server says; for mapped pages that becomes SIGBUS.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <mm/filemap.h>
#include <mm/iter.h>
#include <pages/object.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include "fuse_impl.h"

static const struct object_type fuse_read_type = { .name = "fuse_read", .owner = "fuse", .id = 0x0912, .version = 1 };

/* A read of folios in flight (I1). */
struct fuse_read {
	struct fuse_rpc *rpc;
	struct fuse_handle *handle; /* a reference */
	u32 nr;
	struct page_seg segs[FUSE_PAGES_MAX];
};

static struct {
	struct kmem_cache *reads; /* __final */
} data;

/* --- messages ------------------------------------------------------------------------------------------ */

static struct fuse_rpc *begin_read(struct fuse_handle *handle, struct inode *inode, u64 offset, u32 bytes)
{
	struct fuse_read_in in = { .fh = handle->fh, .offset = offset, .size = bytes, .flags = handle->flags & O_ACCMODE };
	struct fuse_rpc *rpc = fuse_begin_on(inode, FUSE_READ, 0, 0);

	if (IS_ERR(rpc))
		return rpc;
	rpc->handle[0] = handle;
	fuse_put(&rpc->tx, &in, sizeof(in));
	rpc->request.rx_room = FUSE_HEADER;
	return rpc;
}

static struct fuse_rpc *begin_write(struct fuse_handle *handle, struct inode *inode, u64 offset, u32 bytes, u32 write_flags)
{
	struct fuse_write_in in = { .fh = handle->fh, .offset = offset, .size = bytes, .write_flags = write_flags,
				    .flags = handle->flags & O_ACCMODE };
	struct fuse_rpc *rpc = fuse_begin_on(inode, FUSE_WRITE, 0, 0);

	if (IS_ERR(rpc))
		return rpc;
	rpc->handle[0] = handle;
	fuse_put(&rpc->tx, &in, sizeof(in));
	return rpc;
}

/* --- reading into the cache ---------------------------------------------------------------------------- */

/* End the folios: @got bytes came, or -errno. */
static void read_end_folios(struct fuse_read *read, ssize_t got)
{
	for (u32 i = 0; i < read->nr; i++) {
		struct folio *folio = page_folio(read->segs[i].page);
		ssize_t valid = got < 0 ? 0 : clamp_t(ssize_t, got - (ssize_t)i * PAGE_SIZE, 0, PAGE_SIZE);

		if (got >= 0 && valid < (ssize_t)PAGE_SIZE)
			memset((u8 *)folio_address(folio) + valid, 0, PAGE_SIZE - valid); /* I2 */
		folio_end_read(folio, got < 0 ? (int)got : 0);
	}
}

static void read_destroy(struct fuse_read *read)
{
	fuse_handle_put(read->handle);
	kmem_cache_free(data.reads, read);
}

static void read_answered(struct fuse_rpc *rpc, int err)
{
	struct fuse_read *read = container_of(rpc->request.in, struct fuse_read, segs[0]);
	ssize_t got = err ? err : rpc->payload > read->nr * PAGE_SIZE ? -EIO : (ssize_t)rpc->payload; /* I3 */
	struct fuse_handle *handle = read->handle;

	fuse_handle_put(handle); /* while the folios keep the inode */
	read_end_folios(read, got);
	fuse_end(rpc);
	kmem_cache_free(data.reads, read);
}

static const struct fuse_rpc_ops read_ops = { .name = "read", .answered = read_answered };

/* Send the read of @read's folios, which start at @offset. On failure the caller still owns everything. */
static int read_send(struct fuse_read *read, struct inode *inode, u64 offset)
{
	struct fuse_rpc *rpc = begin_read(read->handle, inode, offset, read->nr * PAGE_SIZE);
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	read->rpc = rpc;
	rpc->request.in = read->segs;
	rpc->request.nr_in = read->nr;
	ret = fuse_send(rpc, &read_ops);
	if (ret)
		fuse_end(rpc);
	return ret;
}

static struct fuse_read *read_create(struct inode *inode)
{
	struct fuse_read *read = kmem_cache_alloc(data.reads, GFP_NOFS);

	if (!read)
		return ERR_PTR(-ENOMEM);
	read->handle = fuse_handle_find(inode, false);
	if (!read->handle) { /* nobody has it open for reading */
		kmem_cache_free(data.reads, read);
		return ERR_PTR(-EIO);
	}
	read->nr = 0;
	return read;
}

static void read_add(struct fuse_read *read, struct folio *folio)
{
	read->segs[read->nr++] = (struct page_seg){ folio_page(folio, 0), 0, PAGE_SIZE };
}

static int fuse_read_folio(struct file *file, struct folio *folio)
{
	struct inode *inode = folio->mapping->host;
	struct fuse_read *read = read_create(inode);
	int ret;

	if (IS_ERR(read))
		return PTR_ERR(read);
	read_add(read, folio);
	ret = read_send(read, inode, (u64)folio->index << PAGE_SHIFT);
	if (ret)
		read_destroy(read);
	return ret;
}

/* The next window of folios as one message; false when there are none left or no memory. */
static bool readahead_window(struct readahead *ra, u32 pages_max)
{
	struct inode *inode = ra->mapping->host;
	struct fuse_read *read = read_create(inode);
	struct folio *folio;
	u64 index = 0;

	if (IS_ERR(read))
		return false;
	while (read->nr < pages_max && (folio = readahead_folio(ra))) {
		if (!read->nr)
			index = folio->index;
		read_add(read, folio);
	}
	if (!read->nr) {
		read_destroy(read);
		return false;
	}
	if (read_send(read, inode, index << PAGE_SHIFT)) {
		read_end_folios(read, -EIO);
		read_destroy(read);
		return false;
	}
	return true;
}

static void fuse_readahead(struct readahead *ra)
{
	u32 pages_max = fuse_conn(ra->mapping->host->i_sb)->pages_max;

	while (readahead_window(ra, pages_max))
		;
}

/* --- write-back of shared maps ------------------------------------------------------------------------- */

/* @len bytes of @folio to the server; the wait has no end but the answer, as the folio can't be left half written. */
static int write_folio_bytes(struct inode *inode, struct folio *folio, u32 len)
{
	struct page_seg seg = { folio_page(folio, 0), 0, len };
	struct fuse_handle *handle = fuse_handle_find(inode, true);
	struct fuse_rpc *rpc;
	ssize_t ret;

	if (!handle)
		return -EIO;
	rpc = begin_write(handle, inode, (u64)folio->index << PAGE_SHIFT, len, FUSE_WRITE_CACHE);
	ret = PTR_ERR(rpc);
	if (!IS_ERR(rpc)) {
		rpc->request.out = &seg;
		rpc->request.nr_out = 1;
		ret = fuse_call_unkillable(rpc);
		if (!ret)
			ret = fuse_get_written(&rpc->rx, len);
	}
	fuse_end(rpc);
	fuse_handle_put(handle);
	fuse_changed(inode);
	return ret < 0 ? (int)ret : ret < (ssize_t)len ? -EIO : 0;
}

static int fuse_write_folio(struct folio *folio, struct writeback *wb)
{
	struct inode *inode = folio->mapping->host;
	loff_t pos = (loff_t)folio->index << PAGE_SHIFT, size = i_size_read(inode);
	int ret = pos >= size ? 0 : write_folio_bytes(inode, folio, min_t(loff_t, size - pos, PAGE_SIZE));

	folio_unlock(folio);
	folio_end_writeback(folio, ret);
	return 0;
}

static loff_t mapping_size(struct address_space *mapping)
{
	return i_size_read(mapping->host);
}

const struct address_space_ops fuse_aops = {
	.read_folio = fuse_read_folio,
	.readahead = fuse_readahead,
	.write_folio = fuse_write_folio,
	.size = mapping_size,
};

/* --- between the server and a caller ------------------------------------------------------------------- */

static u32 step_bytes(const struct inode *inode, const struct iter *iter)
{
	return min_t(size_t, iter_count(iter), fuse_conn(inode->i_sb)->pages_max * PAGE_SIZE);
}

/* The first @bytes of the request's pages to the caller. */
static size_t bounce_drain(const struct fuse_bounce *bounce, size_t bytes, struct iter *to)
{
	size_t done = 0;

	for (u32 i = 0; i < bounce->nr && done < bytes; i++) {
		size_t want = min_t(size_t, bounce->segs[i].len, bytes - done);
		size_t got = copy_page_to_iter(bounce->segs[i].page, 0, want, to);

		done += got;
		if (got < want)
			break;
	}
	return done;
}

/* One message of a read. Bytes that reached the caller; *@is_end: there is no more. */
static ssize_t read_step(struct fuse_handle *handle, struct inode *inode, struct iter *to, loff_t pos, bool *is_end)
{
	u32 bytes = step_bytes(inode, to);
	struct fuse_rpc *rpc = begin_read(handle, inode, pos, bytes);
	ssize_t ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_add_bounce(rpc, bytes);
	if (!ret) {
		rpc->request.in = rpc->bounce->segs;
		rpc->request.nr_in = rpc->bounce->nr;
		ret = fuse_call(rpc);
	}
	if (!ret && rpc->payload > bytes) /* I3 */
		ret = -EIO;
	if (!ret) {
		*is_end = rpc->payload < bytes;
		ret = bounce_drain(rpc->bounce, rpc->payload, to);
		if (ret < (ssize_t)rpc->payload) {
			*is_end = true;
			ret = ret ? ret : -EFAULT;
		}
	}
	fuse_end(rpc);
	return ret;
}

ssize_t fuse_read_direct(struct fuse_handle *handle, struct iter *to, loff_t pos)
{
	ssize_t total = 0, ret = 0;
	bool is_end = false;

	while (iter_count(to) && !is_end) {
		ret = read_step(handle, handle->inode, to, pos + total, &is_end);
		if (ret <= 0)
			break;
		total += ret;
	}
	return total ? total : ret;
}

/* The caller's bytes into the request's pages, which are cut to what came. Bytes or -EFAULT. */
static ssize_t bounce_fill(struct fuse_bounce *bounce, struct iter *from)
{
	size_t total = 0;

	for (u32 i = 0; i < bounce->nr; i++) {
		struct page_seg *seg = &bounce->segs[i];
		size_t got = copy_from_iter(page_address(seg->page), seg->len, from);
		bool is_short = got < seg->len;

		seg->len = got;
		total += got;
		if (is_short) { /* the pages behind it are sent with length 0 */
			while (++i < bounce->nr)
				bounce->segs[i].len = 0;
		}
	}
	return total ? (ssize_t)total : -EFAULT;
}

/* One message of a write. Bytes the server took; *@is_end: the caller's memory ends here. */
static ssize_t write_step(struct fuse_handle *handle, struct inode *inode, struct iter *from, loff_t pos, bool *is_end)
{
	u32 bytes = step_bytes(inode, from);
	struct fuse_rpc *rpc = begin_write(handle, inode, pos, bytes, 0);
	ssize_t filled = 0, ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_add_bounce(rpc, bytes);
	if (!ret)
		ret = filled = bounce_fill(rpc->bounce, from);
	if (ret > 0) {
		*is_end = filled < (ssize_t)bytes;
		((struct fuse_write_in *)rpc->tx.data)->size = filled;
		rpc->request.out = rpc->bounce->segs;
		rpc->request.nr_out = rpc->bounce->nr;
		ret = fuse_call(rpc);
		if (!ret)
			ret = fuse_get_written(&rpc->rx, filled);
	}
	fuse_end(rpc);
	if (filled > 0 && ret < filled) {
		iter_revert(from, filled - max_t(ssize_t, ret, 0));
		*is_end = true;
	}
	return ret;
}

ssize_t fuse_write_through(struct fuse_handle *handle, struct iter *from, loff_t pos)
{
	ssize_t total = 0, ret = 0;
	bool is_end = false;

	while (iter_count(from) && !is_end) {
		ret = write_step(handle, handle->inode, from, pos + total, &is_end);
		if (ret <= 0)
			break;
		total += ret;
	}
	return total ? total : ret;
}

void fuse_data_init(void)
{
	data.reads = kmem_cache_create(&fuse_read_type, sizeof(struct fuse_read), 0, SLAB_PANIC);
}

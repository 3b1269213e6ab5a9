/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.c - contents of a share's files: read through the page cache, written through it.
 *
 * WHAT        A miss reads a window of folios with one message whose payload lands in the folios themselves. write() sends its
 *             bytes to the server at once and drops what the cache held of that range, so the cache is never dirtier than the
 *             host; only shared writable maps make dirty folios, and these are written back.
 * INVARIANTS  I1  A read in flight has the lock of its folios until done(), whoever has gone meanwhile; the locked folios keep the inode.
 *             I2  What the server did not send of a folio is zero; a short answer is the end of the file.
 *             I3  Bytes of a program go to the server in pages of the message's own, so that a killed writer need not wait until the server has
 *                 read them. What is cached of the file is believed no more then, and once again when the answer comes (I4 of client.c).
 * LOCKING     i_rwsem around write(); folio locks as the page cache says. Messages from read_folio do not wait.
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
#include <vfs/file.h>
#include "p9_impl.h"

static const struct object_type p9_read_type = { .name = "p9_read", .owner = "p9", .id = 0x0902, .version = 1 };

/* A read in flight (I1). */
struct p9_read {
	struct p9_rpc *rpc;
	struct p9_fid *fid; /* a reference */
	u32 nr;
	u32 count;
	struct page_seg segs[RA_DEFAULT_PAGES];
};

static struct {
	struct kmem_cache *reads; /* __final */
} p9_files;

/* --- reading ------------------------------------------------------------------------------------------- */

/* End the folios: @got bytes came, or -errno. */
static void p9_read_end_folios(struct p9_read *read, ssize_t got)
{
	for (u32 i = 0; i < read->nr; i++) {
		struct folio *folio = page_folio(read->segs[i].page);
		ssize_t valid = got < 0 ? 0 : clamp_t(ssize_t, got - (ssize_t)i * PAGE_SIZE, 0, PAGE_SIZE);

		if (got >= 0 && valid < (ssize_t)PAGE_SIZE)
			memset((u8 *)folio_address(folio) + valid, 0, PAGE_SIZE - valid); /* I2 */
		folio_end_read(folio, got < 0 ? (int)got : 0);
	}
}

static void p9_read_destroy(struct p9_read *read)
{
	p9_fid_put(read->fid);
	kmem_cache_free(p9_files.reads, read);
}

static void p9_read_done(struct p9_request *request)
{
	struct p9_rpc *rpc = container_of(request, struct p9_rpc, request);
	struct p9_read *read = container_of(request->in, struct p9_read, segs[0]);
	ssize_t got = p9_answer(rpc);

	if (!got) {
		got = wire_get_u32(&rpc->rx);
		if (rpc->rx.is_bad || got > read->count || got > request->rx_len - P9_READ_HEADER)
			got = -EIO;
	}
	p9_read_end_folios(read, got);
	p9_read_destroy(read);
	p9_end(rpc);
}

static const struct p9_request_ops p9_read_ops = { .name = "read", .done = p9_read_done };

/* Send the read of @read's folios, which start at @offset. On failure the caller still owns everything. */
static int p9_read_send(struct p9_read *read, u64 offset)
{
	struct p9_rpc *rpc = p9_begin(read->fid->session, P9_TREAD, 0, 0);
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	read->rpc = rpc;
	read->count = read->nr * PAGE_SIZE;
	wire_put_u32(&rpc->tx, read->fid->number);
	wire_put_u64(&rpc->tx, offset);
	wire_put_u32(&rpc->tx, read->count);
	rpc->request.rx_room = P9_READ_HEADER;
	rpc->request.in = read->segs;
	rpc->request.nr_in = read->nr;
	ret = p9_send(rpc, &p9_read_ops);
	if (ret)
		p9_end(rpc);
	return ret;
}

static struct p9_read *p9_read_create(struct inode *inode)
{
	struct p9_read *read = kmem_cache_alloc(p9_files.reads, GFP_NOFS);
	struct p9_fid *fid;

	if (!read)
		return ERR_PTR(-ENOMEM);
	fid = p9_opened_fid(inode, false);
	if (IS_ERR(fid)) {
		kmem_cache_free(p9_files.reads, read);
		return ERR_CAST(fid);
	}
	read->fid = fid;
	read->nr = 0;
	return read;
}

static void p9_read_add(struct p9_read *read, struct folio *folio)
{
	read->segs[read->nr++] = (struct page_seg){ folio_page(folio, 0), 0, PAGE_SIZE };
}

static int p9_read_folio(struct file *file, struct folio *folio)
{
	struct p9_read *read = p9_read_create(folio->mapping->host);
	int ret;

	if (IS_ERR(read))
		return PTR_ERR(read);
	p9_read_add(read, folio);
	ret = p9_read_send(read, (u64)folio->index << PAGE_SHIFT);
	if (ret)
		p9_read_destroy(read);
	return ret;
}

/* The next window of folios as one message; false when there are none left or no memory. */
static bool p9_readahead_window(struct readahead *ra, u32 pages_max)
{
	struct p9_read *read = p9_read_create(ra->mapping->host);
	struct folio *folio;
	u64 index = 0;

	if (IS_ERR(read))
		return false;
	while (read->nr < min_t(u32, pages_max, ARRAY_SIZE(read->segs)) && (folio = readahead_folio(ra))) {
		if (!read->nr)
			index = folio->index;
		p9_read_add(read, folio);
	}
	if (!read->nr) {
		p9_read_destroy(read);
		return false;
	}
	if (p9_read_send(read, index << PAGE_SHIFT)) {
		p9_read_end_folios(read, -EIO);
		p9_read_destroy(read);
		return false;
	}
	return true;
}

static void p9_readahead(struct readahead *ra)
{
	u32 pages_max = p9_session(ra->mapping->host->i_sb)->pages_max;

	while (p9_readahead_window(ra, pages_max))
		;
}

/* --- write-back of shared maps ------------------------------------------------------------------------- */

static int p9_write_folio(struct folio *folio, struct writeback *wb)
{
	struct inode *inode = folio->mapping->host;
	struct p9_fid *fid = p9_opened_fid(inode, true);
	loff_t pos = (loff_t)folio->index << PAGE_SHIFT, size = i_size_read(inode);
	ssize_t ret = PTR_ERR(fid);

	if (!IS_ERR(fid)) {
		u32 len = pos >= size ? 0 : min_t(loff_t, size - pos, PAGE_SIZE);
		struct page_seg seg = { folio_page(folio, 0), 0, len };

		ret = len ? p9_write_back(fid, pos, &seg) : 0;
		if (ret >= 0 && ret < len)
			ret = -EIO;
		p9_fid_put(fid);
	}
	folio_unlock(folio);
	folio_end_writeback(folio, ret < 0 ? ret : 0);
	return 0;
}

static loff_t p9_mapping_size(struct address_space *mapping)
{
	return i_size_read(mapping->host);
}

const struct address_space_ops p9_aops = {
	.read_folio = p9_read_folio,
	.readahead = p9_readahead,
	.write_folio = p9_write_folio,
	.size = p9_mapping_size,
};

/* --- read and write ------------------------------------------------------------------------------------ */

static int p9_file_open(struct inode *inode, struct file *file)
{
	struct p9_fid *fid;
	int ret = p9_refresh(inode);

	if (ret)
		return ret;
	fid = p9_opened_fid(inode, file->f_mode & FMODE_WRITE);
	if (IS_ERR(fid))
		return PTR_ERR(fid);
	p9_fid_put(fid); /* the inode keeps it; asking was the permission check */
	return generic_file_open(inode, file);
}

static ssize_t p9_file_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	int ret = p9_refresh(inode);

	if (ret)
		return ret;
	file_accessed(file);
	return filemap_read(&inode->i_data, file, &file->f_ra, pos, to, 0);
}

/* Fill fresh pages with up to @max bytes of @from. Bytes, -ENOMEM, -EFAULT. */
static ssize_t fill_pages(struct p9_pages *pages, struct iter *from, size_t max)
{
	size_t total = 0;

	while (total < max && pages->nr < P9_OWN_PAGES) {
		u32 want = min_t(size_t, max - total, PAGE_SIZE), got;
		struct page *page = p9_pages_add(pages, want);

		if (!page)
			return total ? (ssize_t)total : -ENOMEM;
		got = copy_from_iter(page_address(page), want, from);
		pages->segs[pages->nr - 1].len = got;
		total += got;
		if (got < want)
			break;
	}
	return total ? (ssize_t)total : -EFAULT;
}

/* One message of a write; i_rwsem held. */
static ssize_t p9_write_step(struct inode *inode, struct p9_fid *fid, struct iter *from, loff_t pos)
{
	size_t max = min_t(size_t, iter_count(from), p9_session(inode->i_sb)->pages_max * PAGE_SIZE);
	struct p9_pages *pages = p9_pages_create();
	ssize_t filled, ret;

	if (!pages)
		return -ENOMEM;
	filled = fill_pages(pages, from, max);
	if (filled < 0) {
		p9_pages_destroy(pages);
		return filled;
	}
	ret = p9_write_pages(fid, pos, pages, filled);
	if (ret < filled)
		iter_revert(from, filled - max_t(ssize_t, ret, 0));
	return ret;
}

/* [@start, @end) was written, and perhaps more behind it: then without waiting for folios, which the silent server may be reading. */
static void p9_note_written(struct inode *inode, loff_t start, loff_t end, bool is_killed)
{
	if (end > start && end > i_size_read(inode))
		i_size_write(inode, end);
	if (is_killed)
		WRITE_ONCE(p9_inode(inode)->is_stale, true);
	else
		invalidate_inode_pages2_range(&inode->i_data, start >> PAGE_SHIFT, (end - 1) >> PAGE_SHIFT);
	inode_inc_change(inode);
	p9_distrust(inode);
}

static ssize_t p9_write_locked(struct inode *inode, struct p9_fid *fid, struct iter *from, loff_t *pos)
{
	ssize_t total = 0, ret = 0;
	loff_t start = *pos;

	while (iter_count(from) && ret >= 0) {
		ret = p9_write_step(inode, fid, from, *pos);
		if (ret <= 0)
			break;
		total += ret;
		*pos += ret;
	}
	if (total || ret == -EINTR)
		p9_note_written(inode, start, *pos, ret == -EINTR);
	return total ? total : ret;
}

/* Where the file ends is not known since a writer was killed: what is appended must not land on what that one wrote. */
static int p9_settle_size(struct inode *inode)
{
	struct p9_inode *pi = p9_inode(inode);

	return READ_ONCE(pi->is_stale) || READ_ONCE(pi->attr_asked) != p9_doubts() ? p9_refresh(inode) : 0;
}

static ssize_t p9_file_write(struct file *file, struct iter *from, loff_t *pos)
{
	struct inode *inode = file_inode(file);
	struct p9_fid *fid = p9_opened_fid(inode, true);
	ssize_t ret;

	if (IS_ERR(fid))
		return PTR_ERR(fid);
	ret = inode_lock_killable(inode);
	if (ret)
		goto put;
	ret = p9_settle_size(inode);
	if (!ret)
		ret = generic_write_checks(file, from, pos);
	if (ret > 0)
		ret = file_remove_privs(file);
	if (!ret && iter_count(from))
		ret = filemap_write_and_wait(&inode->i_data);
	if (!ret && iter_count(from))
		ret = p9_write_locked(inode, fid, from, pos);
	inode_unlock(inode);
put:
	p9_fid_put(fid);
	return ret;
}

static int p9_file_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct inode *inode = file_inode(file);
	struct p9_fid *fid;
	int ret = filemap_write_and_wait(&inode->i_data);

	if (ret || !(file->f_mode & FMODE_WRITE))
		return ret;
	fid = p9_opened_fid(inode, true);
	if (IS_ERR(fid))
		return PTR_ERR(fid);
	ret = p9_fsync(fid, datasync);
	p9_fid_put(fid);
	return ret;
}

const struct file_operations p9_file_fops = {
	.llseek = generic_file_llseek,
	.read = p9_file_read,
	.write = p9_file_write,
	.open = p9_file_open,
	.mmap = generic_file_mmap,
	.fsync = p9_file_fsync,
};

void p9_file_init(void)
{
	p9_files.reads = kmem_cache_create(&p9_read_type, sizeof(struct p9_read), 0, SLAB_PANIC);
}

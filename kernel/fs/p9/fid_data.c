/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fid_data.c - messages that move a file's bytes or a directory's entries: the transport reaches the pages.
 *
 * INVARIANTS  I2 of fid.c: a count is never believed beyond what was asked for and received.
 * ERRORS      -ENOMEM, -EIO, what the server says.
 * TESTS       tests/host/command_test.py; every file that `perennial run` reads
 */
#include <lib/errno.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include "fid_impl.h"

/* --- pages of a message's own --------------------------------------------------------------------------- */

struct p9_pages *p9_pages_create(void)
{
	struct p9_pages *pages = kmalloc(sizeof(*pages), GFP_NOFS);

	if (pages)
		pages->nr = 0;
	return pages;
}

struct page *p9_pages_add(struct p9_pages *pages, u32 len)
{
	struct page *page = pages->nr < P9_OWN_PAGES ? alloc_page(GFP_NOFS) : NULL;

	if (page)
		pages->segs[pages->nr++] = (struct page_seg){ page, 0, len };
	return page;
}

void p9_pages_destroy(struct p9_pages *pages)
{
	while (pages && pages->nr)
		put_page(pages->segs[--pages->nr].page);
	kfree(pages);
}

/* --- messages ------------------------------------------------------------------------------------------- */

ssize_t answer_count(struct p9_rpc *rpc, u32 asked)
{
	u32 count = wire_get_u32(&rpc->rx);

	if (rpc->rx.is_bad || count > asked || count > rpc->request.rx_len - P9_READ_HEADER)
		return -EIO;
	return count;
}

ssize_t p9_readdir(struct p9_fid *fid, u64 offset, struct page **page)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TREADDIR, 0, 0);
	ssize_t ret = -ENOMEM;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u64(&rpc->tx, offset);
	wire_put_u32(&rpc->tx, PAGE_SIZE);
	rpc->request.rx_room = P9_READ_HEADER;
	rpc->pages = p9_pages_create();
	if (rpc->pages && p9_pages_add(rpc->pages, PAGE_SIZE)) {
		rpc->request.in = rpc->pages->segs;
		rpc->request.nr_in = rpc->pages->nr;
		ret = p9_call(rpc);
		if (!ret)
			ret = answer_count(rpc, PAGE_SIZE);
	}
	if (ret >= 0) {
		*page = rpc->pages->segs[0].page;
		get_page(*page);
	}
	p9_end(rpc);
	return ret;
}

static struct p9_rpc *begin_write(struct p9_fid *fid, u64 offset, const struct page_seg *segs, u32 nr, u32 count)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TWRITE, 0, 0);

	if (IS_ERR(rpc))
		return rpc;
	wire_put_u64(&rpc->tx, offset);
	wire_put_u32(&rpc->tx, count);
	rpc->request.out = segs;
	rpc->request.nr_out = nr;
	return rpc;
}

/* The bytes that the server took of @count; @ret of the call. */
static ssize_t end_write(struct p9_rpc *rpc, int ret, u32 count)
{
	u32 written = ret ? 0 : wire_get_u32(&rpc->rx);

	if (!ret && (rpc->rx.is_bad || written > count))
		ret = -EIO;
	p9_end(rpc);
	return ret ? ret : (ssize_t)written;
}

ssize_t p9_write_pages(struct p9_fid *fid, u64 offset, struct p9_pages *pages, u32 count)
{
	struct p9_rpc *rpc = begin_write(fid, offset, pages->segs, pages->nr, count);

	if (IS_ERR(rpc)) {
		p9_pages_destroy(pages);
		return PTR_ERR(rpc);
	}
	rpc->pages = pages;
	return end_write(rpc, p9_call(rpc), count);
}

ssize_t p9_write_back(struct p9_fid *fid, u64 offset, const struct page_seg *seg)
{
	struct p9_rpc *rpc = begin_write(fid, offset, seg, 1, seg->len);

	return IS_ERR(rpc) ? PTR_ERR(rpc) : end_write(rpc, p9_call_unkillable(rpc), seg->len);
}

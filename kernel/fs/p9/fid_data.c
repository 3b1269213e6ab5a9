/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fid_data.c - messages that move a file's bytes or a directory's entries, without copying: the transport reaches the pages.
 *
 * INVARIANTS  I2 of fid.c: a count is never believed beyond what was asked for and received.
 * ERRORS      -ENOMEM, -EIO, what the server says.
 * TESTS       tests/host/command_test.py; every file that `perennial run` reads
 */
#include <lib/errno.h>
#include "fid_impl.h"

ssize_t answer_count(struct p9_rpc *rpc, u32 asked)
{
	u32 count = wire_get_u32(&rpc->rx);

	if (rpc->rx.is_bad || count > asked || count > rpc->request.rx_len - P9_READ_HEADER)
		return -EIO;
	return count;
}

/* Send a message whose answer's payload lands in @segs; the bytes that came. */
static ssize_t call_into_pages(struct p9_rpc *rpc, u64 offset, const struct page_seg *segs, u32 nr, u32 count)
{
	ssize_t ret;

	wire_put_u64(&rpc->tx, offset);
	wire_put_u32(&rpc->tx, count);
	rpc->request.rx_room = P9_READ_HEADER;
	rpc->request.in = segs;
	rpc->request.nr_in = nr;
	ret = p9_call(rpc);
	if (!ret)
		ret = answer_count(rpc, count);
	p9_end(rpc);
	return ret;
}

ssize_t p9_read_pages(struct p9_fid *fid, u64 offset, const struct page_seg *segs, u32 nr, u32 count)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TREAD, 0, 0);

	return IS_ERR(rpc) ? PTR_ERR(rpc) : call_into_pages(rpc, offset, segs, nr, count);
}

ssize_t p9_readdir(struct p9_fid *fid, u64 offset, const struct page_seg *seg)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TREADDIR, 0, 0);

	return IS_ERR(rpc) ? PTR_ERR(rpc) : call_into_pages(rpc, offset, seg, 1, seg->len);
}

ssize_t p9_write_pages(struct p9_fid *fid, u64 offset, const struct page_seg *segs, u32 nr, u32 count)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TWRITE, 0, 0);
	ssize_t ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u64(&rpc->tx, offset);
	wire_put_u32(&rpc->tx, count);
	rpc->request.out = segs;
	rpc->request.nr_out = nr;
	ret = p9_call(rpc);
	if (!ret) {
		u32 written = wire_get_u32(&rpc->rx);

		ret = rpc->rx.is_bad || written > count ? -EIO : (ssize_t)written;
	}
	p9_end(rpc);
	return ret;
}

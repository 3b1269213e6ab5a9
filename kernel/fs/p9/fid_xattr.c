/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fid_xattr.c - messages about extended attributes: a fid of their own stands for one value.
 *
 * WHAT        Reading walks to a fid that holds the value and reads it; writing turns a clone into a fid that takes the value, and the
 *             server sets the attribute when that fid is clunked, so the clunk's answer is the call's.
 * INVARIANTS  I2 of fid.c.
 * LIMITS      The protocol has no removal: a value of no bytes stands for it. An empty value cannot be told from that.
 * ERRORS      -ENOMEM, -EIO, -E2BIG, -ERANGE, what the server says.
 * TESTS       tests/host/command_test.py, extended_attributes_reach_a_writable_share
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/limits.h>
#include <vfs/xattr.h>
#include "fid_impl.h"

#define P9_XATTR_STEP 4096u	/* bytes of a value that one message carries */

/* A fid that reads the value of @name, and its size. */
static struct p9_fid *xattr_walk(struct p9_fid *from, const char *name, u64 *size)
{
	struct p9_fid *fid;
	struct p9_rpc *rpc = begin_making_fid(from, P9_TXATTRWALK, &fid);
	int ret;

	if (IS_ERR(rpc))
		return ERR_CAST(rpc);
	wire_put_string(&rpc->tx, name, strlen(name));
	ret = p9_call(rpc);
	if (!ret)
		*size = wire_get_u64(&rpc->rx);
	return made_or_error(fid, answer_end(rpc, ret));
}

/* Read @size bytes of an opened xattr fid into @buf through the answer's own buffer. */
static ssize_t xattr_read(struct p9_fid *fid, u8 *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		u32 step = min_t(size_t, size - done, P9_XATTR_STEP);
		struct p9_rpc *rpc = begin_fid(fid, P9_TREAD, 0, step);
		ssize_t got;

		if (IS_ERR(rpc))
			return PTR_ERR(rpc);
		wire_put_u64(&rpc->tx, done);
		wire_put_u32(&rpc->tx, step);
		got = p9_call(rpc);
		if (!got)
			got = answer_count(rpc, step);
		if (got > 0)
			memcpy(buf + done, (u8 *)rpc->request.rx + P9_READ_HEADER, got);
		p9_end(rpc);
		if (got <= 0)
			return got ? got : (ssize_t)done;
		done += got;
	}
	return done;
}

ssize_t p9_getxattr(struct p9_fid *from, const char *name, void *buf, size_t size)
{
	u64 length = 0;
	struct p9_fid *fid = xattr_walk(from, name, &length);
	ssize_t ret;

	if (IS_ERR(fid))
		return PTR_ERR(fid);
	if (length > XATTR_SIZE_MAX)
		ret = -E2BIG;
	else if (!size)
		ret = length;
	else if (length > size)
		ret = -ERANGE;
	else
		ret = xattr_read(fid, buf, length);
	p9_fid_put(fid);
	return ret;
}

/* Say that @fid takes a value of @size bytes for @name. */
static int xattr_create(struct p9_fid *fid, const char *name, size_t size, int flags)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TXATTRCREATE, 0, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_string(&rpc->tx, name, strlen(name));
	wire_put_u64(&rpc->tx, size);
	wire_put_u32(&rpc->tx, flags);
	return call_and_end(rpc);
}

static int xattr_write(struct p9_fid *fid, const u8 *value, size_t size)
{
	int ret = 0;

	for (size_t done = 0; !ret && done < size;) {
		u32 step = min_t(size_t, size - done, P9_XATTR_STEP);
		struct p9_rpc *rpc = begin_fid(fid, P9_TWRITE, step, 0);

		if (IS_ERR(rpc))
			return PTR_ERR(rpc);
		wire_put_u64(&rpc->tx, done);
		wire_put_u32(&rpc->tx, step);
		wire_put_bytes(&rpc->tx, value + done, step);
		ret = call_and_end(rpc);
		done += step;
	}
	return ret;
}

int p9_setxattr(struct p9_fid *from, const char *name, const void *value, size_t size, int flags)
{
	struct p9_fid *fid = p9_walk(from, NULL, 0, NULL);
	int ret, set;

	if (IS_ERR(fid))
		return PTR_ERR(fid);
	ret = xattr_create(fid, name, size, flags);
	if (!ret)
		ret = xattr_write(fid, value, size);
	set = p9_fid_finish(fid);
	return ret ? ret : set;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fid.c - fids (the server's handles) and one function for each message that is about one.
 *
 * WHAT        A fid is a number that client and server agree means a file. Walking makes one, opening changes what it can do,
 *             the last put sends a clunk.
 * INVARIANTS  I1  A number is free for others only after the server answered the clunk.
 *             I2  Every field of an answer is checked before use; wire.is_bad ends as -EIO.
 * LOCKING     None beyond the session's lock for numbers; messages wait for the server with no lock of ours.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/limits.h>
#include <pages/slab.h>
#include <vfs/super.h>
#include <vfs/xattr.h>
#include "p9_impl.h"

#define P9_FIDS_MAX 0x7ffffffe

/* Setattr's valid bits (9P2000.L). */
#define P9_ATTR_MODE	  0x0001
#define P9_ATTR_UID	  0x0002
#define P9_ATTR_GID	  0x0004
#define P9_ATTR_SIZE	  0x0008
#define P9_ATTR_ATIME	  0x0010
#define P9_ATTR_MTIME	  0x0020
#define P9_ATTR_CTIME	  0x0040
#define P9_ATTR_ATIME_SET 0x0080
#define P9_ATTR_MTIME_SET 0x0100
#define P9_GETATTR_BASIC  0x07ff

static struct p9_fid *fid_alloc(struct p9_session *session)
{
	struct p9_fid *fid = kmalloc(sizeof(*fid), GFP_NOFS);
	unsigned long flags;
	int number;

	if (!fid)
		return ERR_PTR(-ENOMEM);
	spin_lock_irqsave(&session->lock, flags);
	number = ida_alloc_max(&session->fids, P9_FIDS_MAX, GFP_NOWAIT);
	spin_unlock_irqrestore(&session->lock, flags);
	if (number < 0) {
		kfree(fid);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&fid->refs, 1);
	fid->number = number;
	fid->session = session;
	fid->mode = P9_FID_WALKED;
	fid->older = NULL;
	return fid;
}

/* Forget a fid that the server does not know (any more). */
static void fid_free(struct p9_fid *fid)
{
	unsigned long flags;

	spin_lock_irqsave(&fid->session->lock, flags);
	ida_free(&fid->session->fids, fid->number);
	spin_unlock_irqrestore(&fid->session->lock, flags);
	kfree(fid);
}

void p9_fid_put(struct p9_fid *fid)
{
	struct p9_rpc *rpc;

	if (!fid || !refcount_dec_and_test(&fid->refs))
		return;
	rpc = p9_begin(fid->session, P9_TCLUNK, 0, 0);
	if (IS_ERR(rpc)) {
		kfree(fid); /* I1: the number stays taken, the server keeps its end */
		return;
	}
	wire_put_u32(&rpc->tx, fid->number);
	p9_call(rpc);
	p9_end(rpc);
	fid_free(fid);
}

/* A message that names @fid first. */
static struct p9_rpc *begin_fid(struct p9_fid *fid, u8 type, u32 tx_extra, u32 rx_extra)
{
	struct p9_rpc *rpc = p9_begin(fid->session, type, tx_extra, rx_extra);

	if (!IS_ERR(rpc))
		wire_put_u32(&rpc->tx, fid->number);
	return rpc;
}

/* Send, wait, end: for answers without anything to read. */
static int call_and_end(struct p9_rpc *rpc)
{
	int ret = p9_call(rpc);

	p9_end(rpc);
	return ret;
}

static int call_qid_and_end(struct p9_rpc *rpc, struct p9_qid *qid)
{
	int ret = p9_call(rpc);

	if (!ret) {
		*qid = wire_get_qid(&rpc->rx);
		if (rpc->rx.is_bad)
			ret = -EIO;
	}
	p9_end(rpc);
	return ret;
}

struct p9_fid *p9_attach(struct p9_session *session, struct p9_qid *qid)
{
	struct p9_fid *fid = fid_alloc(session);
	struct p9_rpc *rpc;
	int ret;

	if (IS_ERR(fid))
		return fid;
	rpc = begin_fid(fid, P9_TATTACH, 0, 0);
	if (IS_ERR(rpc)) {
		fid_free(fid);
		return ERR_CAST(rpc);
	}
	wire_put_u32(&rpc->tx, P9_NOFID);
	wire_put_string(&rpc->tx, "root", 4);
	wire_put_string(&rpc->tx, session->aname, strlen(session->aname));
	wire_put_u32(&rpc->tx, P9_NONUNAME);
	ret = call_qid_and_end(rpc, qid);
	if (!ret)
		return fid;
	fid_free(fid);
	return ERR_PTR(ret);
}

struct p9_fid *p9_walk(struct p9_fid *from, const char *name, size_t len, struct p9_qid *qid)
{
	struct p9_fid *fid = fid_alloc(from->session);
	struct p9_rpc *rpc;
	int ret;

	if (IS_ERR(fid))
		return fid;
	rpc = begin_fid(from, P9_TWALK, 0, 0);
	if (IS_ERR(rpc)) {
		fid_free(fid);
		return ERR_CAST(rpc);
	}
	wire_put_u32(&rpc->tx, fid->number);
	wire_put_u16(&rpc->tx, len ? 1 : 0);
	if (len)
		wire_put_string(&rpc->tx, name, len);
	ret = p9_call(rpc);
	if (!ret && wire_get_u16(&rpc->rx) != (len ? 1 : 0))
		ret = -ENOENT;
	if (!ret && len) {
		*qid = wire_get_qid(&rpc->rx);
		if (rpc->rx.is_bad)
			ret = -EIO;
	}
	p9_end(rpc);
	if (!ret)
		return fid;
	fid_free(fid);
	return ERR_PTR(ret);
}

int p9_open(struct p9_fid *fid, u32 flags)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TLOPEN, 0, 0);
	struct p9_qid qid;
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, flags);
	ret = call_qid_and_end(rpc, &qid);
	if (!ret)
		fid->mode = flags & O_ACCMODE;
	return ret;
}

int p9_create(struct p9_fid *fid, const char *name, size_t len, u32 flags, u32 mode, u32 gid, struct p9_qid *qid)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TLCREATE, 0, 0);
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_string(&rpc->tx, name, len);
	wire_put_u32(&rpc->tx, flags);
	wire_put_u32(&rpc->tx, mode);
	wire_put_u32(&rpc->tx, gid);
	ret = call_qid_and_end(rpc, qid);
	if (!ret)
		fid->mode = flags & O_ACCMODE;
	return ret;
}

static struct timespec64 wire_get_time(struct p9_wire *wire)
{
	struct timespec64 ts = { .tv_sec = wire_get_u64(wire) };

	ts.tv_nsec = wire_get_u64(wire) % NSEC_PER_SEC;
	return ts;
}

int p9_getattr(struct p9_fid *fid, struct p9_attr *attr)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TGETATTR, 0, 0);
	struct p9_wire *rx;
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u64(&rpc->tx, P9_GETATTR_BASIC);
	ret = p9_call(rpc);
	if (!ret) {
		rx = &rpc->rx;
		wire_get_u64(rx); /* valid: all servers give the basic ones */
		attr->qid = wire_get_qid(rx);
		attr->mode = wire_get_u32(rx);
		attr->uid = wire_get_u32(rx);
		attr->gid = wire_get_u32(rx);
		attr->nlink = wire_get_u64(rx);
		attr->rdev = wire_get_u64(rx);
		attr->size = wire_get_u64(rx);
		attr->blksize = wire_get_u64(rx);
		attr->blocks = wire_get_u64(rx);
		attr->atime = wire_get_time(rx);
		attr->mtime = wire_get_time(rx);
		attr->ctime = wire_get_time(rx);
		if (rx->is_bad || (s64)attr->size < 0)
			ret = -EIO;
	}
	p9_end(rpc);
	return ret;
}

static const struct {
	u32 ia, p9;
} setattr_bits[] = {
	{ ATTR_MODE, P9_ATTR_MODE },	       { ATTR_UID, P9_ATTR_UID },
	{ ATTR_GID, P9_ATTR_GID },	       { ATTR_SIZE, P9_ATTR_SIZE },
	{ ATTR_ATIME, P9_ATTR_ATIME },	       { ATTR_MTIME, P9_ATTR_MTIME },
	{ ATTR_CTIME, P9_ATTR_CTIME },	       { ATTR_ATIME_SET, P9_ATTR_ATIME_SET },
	{ ATTR_MTIME_SET, P9_ATTR_MTIME_SET },
};

static u32 setattr_valid(unsigned int ia_valid)
{
	u32 valid = 0;

	for (u32 i = 0; i < ARRAY_SIZE(setattr_bits); i++)
		if (ia_valid & setattr_bits[i].ia)
			valid |= setattr_bits[i].p9;
	return valid;
}

int p9_setattr(struct p9_fid *fid, const struct iattr *iattr)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TSETATTR, 0, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, setattr_valid(iattr->ia_valid));
	wire_put_u32(&rpc->tx, iattr->ia_mode);
	wire_put_u32(&rpc->tx, __kuid_val(iattr->ia_uid));
	wire_put_u32(&rpc->tx, __kgid_val(iattr->ia_gid));
	wire_put_u64(&rpc->tx, iattr->ia_size);
	wire_put_u64(&rpc->tx, iattr->ia_atime.tv_sec);
	wire_put_u64(&rpc->tx, iattr->ia_atime.tv_nsec);
	wire_put_u64(&rpc->tx, iattr->ia_mtime.tv_sec);
	wire_put_u64(&rpc->tx, iattr->ia_mtime.tv_nsec);
	return call_and_end(rpc);
}

int p9_readlink(struct p9_fid *fid, char **target)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TREADLINK, 0, 4096);
	const char *s;
	u16 len = 0;
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = p9_call(rpc);
	if (!ret) {
		s = wire_get_string(&rpc->rx, &len);
		*target = s && len < 4096 ? kstrndup(s, len, GFP_NOFS) : NULL;
		if (!*target)
			ret = s ? -ENOMEM : -EIO;
	}
	p9_end(rpc);
	return ret;
}

int p9_statfs(struct p9_fid *fid, struct kstatfs *st)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TSTATFS, 0, 0);
	struct p9_wire *rx;
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = p9_call(rpc);
	if (!ret) {
		rx = &rpc->rx;
		wire_get_u32(rx); /* the host's own type */
		st->f_bsize = wire_get_u32(rx);
		st->f_blocks = wire_get_u64(rx);
		st->f_bfree = wire_get_u64(rx);
		st->f_bavail = wire_get_u64(rx);
		st->f_files = wire_get_u64(rx);
		st->f_ffree = wire_get_u64(rx);
		st->f_fsid = wire_get_u64(rx);
		st->f_namelen = wire_get_u32(rx);
		if (rx->is_bad)
			ret = -EIO;
	}
	p9_end(rpc);
	return ret;
}

int p9_fsync(struct p9_fid *fid, bool datasync)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TFSYNC, 0, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, datasync);
	return call_and_end(rpc);
}

/* --- names --------------------------------------------------------------------------------------------- */

static struct p9_rpc *begin_name(struct p9_fid *dir, u8 type, const struct qstr *name, u32 tx_extra)
{
	struct p9_rpc *rpc = begin_fid(dir, type, tx_extra, 0);

	if (!IS_ERR(rpc))
		wire_put_string(&rpc->tx, name->name, name->len);
	return rpc;
}

int p9_mkdir(struct p9_fid *dir, const struct qstr *name, u32 mode, u32 gid)
{
	struct p9_rpc *rpc = begin_name(dir, P9_TMKDIR, name, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, mode);
	wire_put_u32(&rpc->tx, gid);
	return call_and_end(rpc);
}

int p9_symlink(struct p9_fid *dir, const struct qstr *name, const char *target, u32 gid)
{
	struct p9_rpc *rpc = begin_name(dir, P9_TSYMLINK, name, strlen(target));

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_string(&rpc->tx, target, strlen(target));
	wire_put_u32(&rpc->tx, gid);
	return call_and_end(rpc);
}

int p9_mknod(struct p9_fid *dir, const struct qstr *name, u32 mode, dev_t dev, u32 gid)
{
	struct p9_rpc *rpc = begin_name(dir, P9_TMKNOD, name, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, mode);
	wire_put_u32(&rpc->tx, MAJOR(dev));
	wire_put_u32(&rpc->tx, MINOR(dev));
	wire_put_u32(&rpc->tx, gid);
	return call_and_end(rpc);
}

int p9_link(struct p9_fid *dir, struct p9_fid *target, const struct qstr *name)
{
	struct p9_rpc *rpc = begin_fid(dir, P9_TLINK, 0, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, target->number);
	wire_put_string(&rpc->tx, name->name, name->len);
	return call_and_end(rpc);
}

int p9_unlink(struct p9_fid *dir, const struct qstr *name, bool is_dir)
{
	struct p9_rpc *rpc = begin_name(dir, P9_TUNLINKAT, name, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, is_dir ? AT_REMOVEDIR : 0);
	return call_and_end(rpc);
}

int p9_rename(struct p9_fid *old_dir, const struct qstr *old, struct p9_fid *new_dir, const struct qstr *new)
{
	struct p9_rpc *rpc = begin_name(old_dir, P9_TRENAMEAT, old, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, new_dir->number);
	wire_put_string(&rpc->tx, new->name, new->len);
	return call_and_end(rpc);
}

/* --- data ---------------------------------------------------------------------------------------------- */

/* The count that follows an Rread or Rreaddir header; -EIO when it is more than was asked for or received. */
static ssize_t answer_count(struct p9_rpc *rpc, u32 asked)
{
	u32 count = wire_get_u32(&rpc->rx);

	if (rpc->rx.is_bad || count > asked || count > rpc->request.rx_len - P9_READ_HEADER)
		return -EIO;
	return count;
}

ssize_t p9_read_pages(struct p9_fid *fid, u64 offset, const struct page_seg *segs, u32 nr, u32 count)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TREAD, 0, 0);
	ssize_t ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
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

ssize_t p9_readdir(struct p9_fid *fid, u64 offset, const struct page_seg *seg)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TREADDIR, 0, 0);
	ssize_t ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u64(&rpc->tx, offset);
	wire_put_u32(&rpc->tx, seg->len);
	rpc->request.rx_room = P9_READ_HEADER;
	rpc->request.in = seg;
	rpc->request.nr_in = 1;
	ret = p9_call(rpc);
	if (!ret)
		ret = answer_count(rpc, seg->len);
	p9_end(rpc);
	return ret;
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

/* --- extended attributes ------------------------------------------------------------------------------- */

/* A fid that reads the value of @name, and its size. */
static struct p9_fid *xattr_walk(struct p9_fid *from, const char *name, u64 *size)
{
	struct p9_fid *fid = fid_alloc(from->session);
	struct p9_rpc *rpc;
	int ret;

	if (IS_ERR(fid))
		return fid;
	rpc = begin_fid(from, P9_TXATTRWALK, 0, 0);
	if (IS_ERR(rpc)) {
		fid_free(fid);
		return ERR_CAST(rpc);
	}
	wire_put_u32(&rpc->tx, fid->number);
	wire_put_string(&rpc->tx, name, strlen(name));
	ret = p9_call(rpc);
	if (!ret) {
		*size = wire_get_u64(&rpc->rx);
		if (rpc->rx.is_bad)
			ret = -EIO;
	}
	p9_end(rpc);
	if (!ret)
		return fid;
	fid_free(fid);
	return ERR_PTR(ret);
}

/* Read @size bytes of an opened xattr fid into @buf through the answer's own buffer. */
static ssize_t xattr_read(struct p9_fid *fid, u8 *buf, size_t size)
{
	size_t done = 0;

	while (done < size) {
		u32 step = min_t(size_t, size - done, 4096);
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

int p9_setxattr(struct p9_fid *from, const char *name, const void *value, size_t size, int flags)
{
	struct p9_fid *fid = p9_walk(from, NULL, 0, NULL);
	struct p9_rpc *rpc;
	int ret;

	if (IS_ERR(fid))
		return PTR_ERR(fid);
	rpc = begin_fid(fid, P9_TXATTRCREATE, 0, 0);
	ret = PTR_ERR(rpc);
	if (!IS_ERR(rpc)) {
		wire_put_string(&rpc->tx, name, strlen(name));
		wire_put_u64(&rpc->tx, size);
		wire_put_u32(&rpc->tx, flags);
		ret = call_and_end(rpc);
	}
	for (size_t done = 0; !ret && done < size;) {
		u32 step = min_t(size_t, size - done, 4096);

		rpc = begin_fid(fid, P9_TWRITE, step, 0);
		if (IS_ERR(rpc)) {
			ret = PTR_ERR(rpc);
			break;
		}
		wire_put_u64(&rpc->tx, done);
		wire_put_u32(&rpc->tx, step);
		wire_put_bytes(&rpc->tx, (const u8 *)value + done, step);
		ret = call_and_end(rpc);
		done += step;
	}
	p9_fid_put(fid); /* the server sets the attribute when its fid is clunked */
	return ret;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fid_attr.c - messages about what a fid's file is: attributes, link targets, the file system around it.
 *
 * WHAT        One function for each message. Attributes are the basic ones of 9P2000.L, which every server gives.
 * INVARIANTS  I2 of fid.c.
 * ERRORS      -ENOMEM, -EIO, what the server says.
 * TESTS       tests/host/command_test.py; every file that `perennial run` reads
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <vfs/super.h>
#include "fid_impl.h"

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
	attr->asked = p9_doubts();
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
		if ((s64)attr->size < 0)
			ret = -EIO;
	}
	return answer_end(rpc, ret);
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
	}
	return answer_end(rpc, ret);
}

int p9_fsync(struct p9_fid *fid, bool datasync)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TFSYNC, 0, 0);

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, datasync);
	return call_and_end(rpc);
}

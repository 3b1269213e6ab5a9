/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fid.c - fids, the server's handles: their numbers, their making and their end.
 *
 * WHAT        A fid is a number that client and server agree means a file. Attaching and walking make one, opening changes what it can
 *             do, the last put ends it. The messages about a fid are in fid_attr.c, fid_names.c, fid_data.c, fid_xattr.c.
 * INVARIANTS  I1  A number is free for others only after the server said that it does not know it: by the answer to a clunk (clunk.c), or by
 *                 refusing to make it.
 *             I2  Every field of an answer is checked before use; wire.is_bad ends as -EIO.
 *             I3  A message has references to the fids that it names, until it was answered.
 * LOCKING     None beyond the session's lock for numbers; messages wait for the server with no lock of ours.
 * LIFECYCLE   fid_alloc -> made by an answer -> (opened) -> last p9_fid_put: clunk -> number free
 *                       -> not made -> last p9_fid_put: number free
 * ERRORS      -ENOMEM, -EIO, what the server says.
 * TESTS       tests/host/command_test.py; every file that `perennial run` reads
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <pages/object.h>
#include <pages/slab.h>
#include "fid_impl.h"

#define P9_FIDS_MAX 0x7ffffffe

static const struct object_type p9_fid_type = { .name = "p9_fid", .owner = "p9", .id = 0x0904, .version = 1 };

static struct {
	struct kmem_cache *fids; /* __final */
} p9_fids;

static struct p9_fid *fid_alloc(struct p9_session *session)
{
	struct p9_fid *fid = kmem_cache_alloc(p9_fids.fids, GFP_NOFS);
	int number;

	if (!fid)
		return ERR_PTR(-ENOMEM);
	number = p9_number_take(session, &session->fids, P9_FIDS_MAX);
	if (number < 0) {
		kmem_cache_free(p9_fids.fids, fid);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&fid->refs, 1);
	fid->number = number;
	fid->session = session;
	fid->is_made = false;
	fid->mode = P9_FID_WALKED;
	fid->older = NULL;
	return fid;
}

void p9_fid_free(struct p9_fid *fid)
{
	struct p9_session *session = fid->session;
	u32 number = fid->number;

	kmem_cache_free(p9_fids.fids, fid);
	p9_number_give(session, &session->fids, number); /* last: it may have kept the session */
}

void p9_fid_put(struct p9_fid *fid)
{
	if (!fid || !refcount_dec_and_test(&fid->refs))
		return;
	if (fid->is_made)
		p9_clunk_fid(fid);
	else
		p9_fid_free(fid);
}

int p9_fid_finish(struct p9_fid *fid)
{
	struct p9_rpc *rpc = begin_fid(fid, P9_TCLUNK, 0, 0);

	if (!IS_ERR(rpc))
		fid->is_made = false; /* from the answer on, until which the message has it */
	p9_fid_put(fid);
	return IS_ERR(rpc) ? PTR_ERR(rpc) : call_and_end(rpc);
}

/* --- messages ------------------------------------------------------------------------------------------ */

struct p9_rpc *begin_fid(struct p9_fid *fid, u8 type, u32 tx_extra, u32 rx_extra)
{
	struct p9_rpc *rpc = p9_begin(fid->session, type, tx_extra, rx_extra);

	if (IS_ERR(rpc))
		return rpc;
	rpc->fid = p9_fid_get(fid); /* I3 */
	wire_put_u32(&rpc->tx, fid->number);
	return rpc;
}

void name_other_fid(struct p9_rpc *rpc, struct p9_fid *other)
{
	rpc->other = p9_fid_get(other);
	wire_put_u32(&rpc->tx, other->number);
}

struct p9_rpc *begin_making_fid(struct p9_fid *from, u8 type, struct p9_fid **made)
{
	struct p9_rpc *rpc;

	*made = fid_alloc(from->session);
	if (IS_ERR(*made))
		return ERR_CAST(*made);
	rpc = begin_fid(from, type, 0, 0);
	if (IS_ERR(rpc)) {
		p9_fid_free(*made);
		return rpc;
	}
	name_other_fid(rpc, *made);
	rpc->made = *made;
	return rpc;
}

struct p9_fid *made_or_error(struct p9_fid *made, int ret)
{
	if (!ret)
		return made;
	p9_fid_put(made);
	return ERR_PTR(ret);
}

int call_and_end(struct p9_rpc *rpc)
{
	int ret = p9_call(rpc);

	p9_end(rpc);
	return ret;
}

int answer_end(struct p9_rpc *rpc, int ret)
{
	if (!ret && rpc->rx.is_bad)
		ret = -EIO;
	p9_end(rpc);
	return ret;
}

static int call_qid_and_end(struct p9_rpc *rpc, struct p9_qid *qid)
{
	int ret = p9_call(rpc);

	if (!ret)
		*qid = wire_get_qid(&rpc->rx);
	return answer_end(rpc, ret);
}

/* --- making and opening -------------------------------------------------------------------------------- */

struct p9_fid *p9_attach(struct p9_session *session, struct p9_qid *qid)
{
	struct p9_fid *fid = fid_alloc(session);
	struct p9_rpc *rpc;

	if (IS_ERR(fid))
		return fid;
	rpc = begin_fid(fid, P9_TATTACH, 0, 0);
	if (IS_ERR(rpc))
		return made_or_error(fid, PTR_ERR(rpc));
	rpc->made = fid;
	wire_put_u32(&rpc->tx, P9_NOFID);
	wire_put_string(&rpc->tx, "root", 4);
	wire_put_string(&rpc->tx, session->aname, strlen(session->aname));
	wire_put_u32(&rpc->tx, P9_NONUNAME);
	return made_or_error(fid, call_qid_and_end(rpc, qid));
}

struct p9_fid *p9_walk(struct p9_fid *from, const char *name, size_t len, struct p9_qid *qid)
{
	u16 steps = len ? 1 : 0;
	struct p9_fid *fid;
	struct p9_rpc *rpc = begin_making_fid(from, P9_TWALK, &fid);
	int ret;

	if (IS_ERR(rpc))
		return ERR_CAST(rpc);
	rpc->steps = steps;
	wire_put_u16(&rpc->tx, steps);
	if (len)
		wire_put_string(&rpc->tx, name, len);
	ret = p9_call(rpc);
	if (!ret && wire_get_u16(&rpc->rx) != steps)
		ret = -ENOENT;
	if (!ret && len)
		*qid = wire_get_qid(&rpc->rx);
	return made_or_error(fid, answer_end(rpc, ret));
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

void p9_fid_init(void)
{
	p9_fids.fids = kmem_cache_create(&p9_fid_type, sizeof(struct p9_fid), 0, SLAB_PANIC);
}

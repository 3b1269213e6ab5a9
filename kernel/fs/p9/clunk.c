/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clunk.c - the end of fids: the server is told, and nobody waits for it.
 *
 * WHAT        A fid that lost its last reference is clunked by one of the session's own messages; with all of them under way it stands in
 *             line, and the answer to one sends the next.
 * INVARIANTS  I1  Ending a fid needs no memory, does not wait and can't fail: the messages were made with the session.
 *             I2  A number is free for others only after the server answered the clunk, whatever it said.
 *             I3  While a fid is on `dead` no message is idle.
 *             I4  A message that is not idle has a fid, whose number keeps the session alive (session.c).
 * LOCKING     session->lock: `dead`, `idle_clunks`. A message that is not idle belongs to who sends it, then to the driver.
 * LIFECYCLE   p9_clunk_fid: (dead) -> sent -> answered, or the device is dead: fid freed
 */
#include "p9_impl.h"

static const struct p9_request_ops clunk_ops;

void p9_clunks_init(struct p9_session *session)
{
	INIT_LIST_HEAD(&session->dead);
	INIT_LIST_HEAD(&session->idle_clunks);
	for (u32 i = 0; i < P9_CLUNKS; i++) {
		session->clunk[i].tag = P9_TAGS_MAX + 1 + i;
		list_add_tail(&session->clunk[i].node, &session->idle_clunks);
	}
}

static int clunk_send(struct p9_clunk *clunk)
{
	struct p9_transport *transport = clunk->fid->session->transport;
	struct p9_wire tx;

	wire_begin(&tx, clunk->tx, sizeof(clunk->tx), P9_TCLUNK, clunk->tag);
	wire_put_u32(&tx, clunk->fid->number);
	wire_end(&tx, 0);
	clunk->request = (struct p9_request){ .tx = clunk->tx, .tx_len = tx.pos, .rx = clunk->rx, .rx_room = sizeof(clunk->rx),
					      .ops = &clunk_ops };
	return transport->ops->submit(transport, &clunk->request);
}

/* The next fid for @clunk, or none: it is idle, and not ours any more. @session: kept alive by a fid of the caller's. */
static bool clunk_next(struct p9_session *session, struct p9_clunk *clunk)
{
	with_spinlock_irqsave(&session->lock);
	if (list_empty(&session->dead)) { /* I3 */
		clunk->fid = NULL;
		list_add_tail(&clunk->node, &session->idle_clunks);
		return false;
	}
	clunk->fid = list_first_entry(&session->dead, struct p9_fid, node);
	list_del(&clunk->fid->node);
	return true;
}

/* Send what @clunk has. A dead device takes nothing, so that the whole line ends here. */
static void clunk_start(struct p9_clunk *clunk)
{
	bool has_more = true;

	while (has_more && clunk_send(clunk)) {
		struct p9_fid *fid = clunk->fid;

		has_more = clunk_next(fid->session, clunk);
		p9_fid_free(fid); /* I4: only now */
	}
}

static void clunk_done(struct p9_request *request)
{
	struct p9_clunk *clunk = container_of(request, struct p9_clunk, request);
	struct p9_fid *fid = clunk->fid;

	if (clunk_next(fid->session, clunk))
		clunk_start(clunk);
	p9_fid_free(fid); /* I2, I4 */
}

static const struct p9_request_ops clunk_ops = { .name = "clunk", .done = clunk_done };

/* An idle message, now with @fid; or NULL: the fid is in line. */
static struct p9_clunk *clunk_take(struct p9_session *session, struct p9_fid *fid)
{
	struct p9_clunk *clunk;

	with_spinlock_irqsave(&session->lock);
	if (list_empty(&session->idle_clunks)) {
		list_add_tail(&fid->node, &session->dead);
		return NULL;
	}
	clunk = list_first_entry(&session->idle_clunks, struct p9_clunk, node);
	list_del(&clunk->node);
	clunk->fid = fid;
	return clunk;
}

void p9_clunk_fid(struct p9_fid *fid)
{
	struct p9_clunk *clunk = clunk_take(fid->session, fid);

	if (clunk)
		clunk_start(clunk);
}

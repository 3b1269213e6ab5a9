/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * forget.c - lookups are given back to the server.
 *
 * WHAT        Each entry that a server sends counts as one lookup of its node; the server keeps the node until all are given back. What
 *             is to be given back is queued, and one message at a time takes as much of the queue as it holds: the queue
 *             fills while the message is under way, so that many small forgets become few messages.
 * INVARIANTS  I1  The sum of lookups received equals what inodes hold plus what is queued or sent, but for entries that arrived
 *                 while there was no memory to note them (these the server keeps until the session ends).
 *             I2  At most one message is in flight: it is conn's own, so forgetting needs no memory.
 * LOCKING     conn->lock: the queue and is_forgetting. The message belongs to who set is_forgetting.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <pages/slab.h>
#include "fuse_impl.h"

struct fuse_forget *fuse_forget_create(void)
{
	return kmalloc(sizeof(struct fuse_forget), GFP_NOFS);
}

/* Move what fits from the queue into the message. */
static u32 message_fill_locked(struct fuse_conn *conn)
{
	struct fuse_forget_message *message = conn->forget;
	u32 nr = 0;

	while (nr < FUSE_FORGETS && !list_empty(&conn->forgets)) {
		struct fuse_forget *forget = list_first_entry(&conn->forgets, struct fuse_forget, node);

		message->body.one[nr++] = (struct fuse_forget_one){ .nodeid = forget->nodeid, .nlookup = forget->nlookup };
		list_del(&forget->node);
		kfree(forget);
	}
	return nr;
}

static const struct fuse_request_ops forget_ops;

static int message_send(struct fuse_conn *conn, u32 nr)
{
	struct fuse_forget_message *message = conn->forget;
	u32 bytes = sizeof(message->body.batch) + nr * sizeof(message->body.one[0]);

	message->body.batch = (struct fuse_batch_forget_in){ .count = nr };
	message->head = (struct fuse_in_header){ .len = sizeof(message->head) + bytes, .opcode = FUSE_BATCH_FORGET,
						 .unique = (u64)atomic64_add_return(2, &conn->unique) };
	message->request = (struct fuse_request){ .head = &message->head, .head_len = sizeof(message->head),
						  .tx = &message->body, .tx_len = bytes, .is_urgent = true, .ops = &forget_ops };
	return conn->transport->ops->submit(conn->transport, &message->request);
}

/* How much to send next, or 0: the message is idle. */
static u32 message_next(struct fuse_conn *conn)
{
	u32 nr;

	with_spinlock_irqsave(&conn->lock);
	nr = message_fill_locked(conn);
	conn->is_forgetting = nr;
	if (!nr)
		wake_up_all(&conn->idle);
	return nr;
}

/* The message is ours: send until one is on its way, or nothing is left. A dead device takes nothing. */
static void forget_run(struct fuse_conn *conn)
{
	u32 nr;

	do {
		nr = message_next(conn);
	} while (nr && message_send(conn, nr));
}

static void forget_done(struct fuse_request *request)
{
	struct fuse_forget_message *message = container_of(request, struct fuse_forget_message, request);

	forget_run(message->conn);
}

static const struct fuse_request_ops forget_ops = { .name = "forget", .done = forget_done };

void fuse_forget_queue(struct fuse_conn *conn, struct fuse_forget *forget, u64 nodeid, u64 nlookup)
{
	unsigned long flags;
	bool is_ours;

	forget->nodeid = nodeid;
	forget->nlookup = nlookup;
	spin_lock_irqsave(&conn->lock, flags);
	list_add_tail(&forget->node, &conn->forgets);
	is_ours = !conn->is_forgetting;
	conn->is_forgetting = true;
	spin_unlock_irqrestore(&conn->lock, flags);
	if (is_ours)
		forget_run(conn);
}

void fuse_forget_one(struct fuse_conn *conn, u64 nodeid)
{
	struct fuse_forget *forget = fuse_forget_create();

	if (forget)
		fuse_forget_queue(conn, forget, nodeid, 1);
}

/* --- abandoned requests -------------------------------------------------------------------------------- */

static void settle_open(struct fuse_rpc *rpc, u64 nodeid, bool is_dir)
{
	struct fuse_release_in in = { 0 };
	struct fuse_open_out out;
	struct fuse_rpc *release;

	if (fuse_get_open(&rpc->rx, &out))
		return;
	release = fuse_begin(rpc->conn, is_dir ? FUSE_RELEASEDIR : FUSE_RELEASE, nodeid, 0, 0);
	if (IS_ERR(release))
		return;
	in.fh = out.fh;
	fuse_release_send(release, &in);
}

static void settle_entry(struct fuse_rpc *rpc, bool is_open)
{
	struct fuse_entry_out entry;
	int ret = fuse_get_entry(&rpc->rx, &entry);

	if (ret)
		return;
	if (is_open)
		settle_open(rpc, entry.nodeid, false);
	fuse_forget_one(rpc->conn, entry.nodeid);
}

static void settle_names(struct fuse_rpc *rpc)
{
	struct fuse_dirent_view view;

	while (fuse_get_dirent(&rpc->rx, true, &view))
		if (view.entry.nodeid)
			fuse_forget_one(rpc->conn, view.entry.nodeid);
}

void fuse_settle(struct fuse_rpc *rpc)
{
	switch (rpc->head.opcode) {
	case FUSE_LOOKUP:
	case FUSE_MKNOD:
	case FUSE_MKDIR:
	case FUSE_SYMLINK:
	case FUSE_LINK:
		settle_entry(rpc, false);
		break;
	case FUSE_CREATE:
		settle_entry(rpc, true);
		break;
	case FUSE_OPEN:
		settle_open(rpc, rpc->head.nodeid, false);
		break;
	case FUSE_OPENDIR:
		settle_open(rpc, rpc->head.nodeid, true);
		break;
	case FUSE_READDIRPLUS:
		settle_names(rpc);
		break;
	}
}

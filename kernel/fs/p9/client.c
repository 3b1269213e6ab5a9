/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * client.c - sessions and messages: a request goes out with a tag, its answer comes back to it.
 *
 * WHAT        p9_begin() makes a message, the wire_put_*() fill it, p9_call() sends it and waits; or p9_send() sends it and its
 *             done() gets the answer. Transports are registered by drivers and found by mount tag.
 * INVARIANTS  I1  A tag is in use from p9_begin() to p9_end(); the driver answers each request once, so a request is freed only
 *                 after its answer or when it was never sent.
 *             I2  The answer is checked against type and tag before a byte of it is believed.
 * LOCKING     session->lock (rank P9_REQUEST, interrupts off): tags and fids. p9.lock: the list of transports. No lock is held
 *             while waiting for the server.
 * ERRORS      -ENOMEM, -EIO (dead device, nonsense), and whatever the server says.
 * SEE         https://github.com/chaos/diod/blob/master/protocol.md (9P2000.L)
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/object.h>
#include <pages/slab.h>
#include "p9_impl.h"

#define P9_TAGS_MAX 4096

static const struct object_type p9_rpc_type = { .name = "p9_rpc", .owner = "p9", .id = 0x0901, .version = 1 };

static struct {
	struct spinlock lock; /* rank P9_REQUEST */
	struct list_head transports; /* lock */
	struct kmem_cache *rpcs;
} p9 = { .lock = SPINLOCK_INIT(RANK_P9_REQUEST), .transports = LIST_HEAD_INIT(p9.transports) };

/* --- transports ---------------------------------------------------------------------------------------- */

static struct p9_transport *transport_find_locked(const char *tag)
{
	struct p9_transport *transport;

	list_for_each_entry(transport, &p9.transports, node)
		if (!strcmp(transport->tag, tag))
			return transport;
	return NULL;
}

int p9_transport_register(struct p9_transport *transport)
{
	with_spinlock_irq(&p9.lock);

	if (transport_find_locked(transport->tag))
		return -EEXIST;
	list_add_tail(&transport->node, &p9.transports);
	return 0;
}

/* The transport with mount tag @tag, for one session: ERR_PTR(-ENOENT, -EBUSY). */
struct p9_transport *p9_transport_take(const char *tag)
{
	struct p9_transport *transport;

	with_spinlock_irq(&p9.lock);
	transport = transport_find_locked(tag);
	if (!transport)
		return ERR_PTR(-ENOENT);
	if (transport->is_mounted)
		return ERR_PTR(-EBUSY);
	transport->is_mounted = true;
	return transport;
}

void p9_transport_release(struct p9_transport *transport)
{
	with_spinlock_irq(&p9.lock);
	transport->is_mounted = false;
}

/* --- messages ------------------------------------------------------------------------------------------ */

static int p9_take_tag(struct p9_rpc *rpc)
{
	int tag;

	if (rpc->type == P9_TVERSION) {
		rpc->tag = P9_NOTAG;
		return 0;
	}
	with_spinlock_irqsave(&rpc->session->lock);
	tag = ida_alloc_max(&rpc->session->tags, P9_TAGS_MAX, GFP_NOWAIT);
	if (tag < 0)
		return tag;
	rpc->tag = tag;
	return 0;
}

static void p9_free_buffers(struct p9_rpc *rpc)
{
	if (rpc->request.tx != rpc->tx_inline)
		kfree(rpc->request.tx);
	if (rpc->request.rx != rpc->rx_inline)
		kfree(rpc->request.rx);
	kmem_cache_free(p9.rpcs, rpc);
}

struct p9_rpc *p9_begin(struct p9_session *session, u8 type, u32 tx_extra, u32 rx_extra)
{
	struct p9_rpc *rpc = kmem_cache_alloc(p9.rpcs, GFP_NOFS);
	u32 tx_room = P9_INLINE_TX;

	if (!rpc)
		return ERR_PTR(-ENOMEM);
	rpc->request = (struct p9_request){ .tx = rpc->tx_inline, .rx = rpc->rx_inline, .rx_room = P9_INLINE_RX };
	rpc->session = session;
	rpc->type = type;
	rpc->is_done = false;
	init_waitqueue_head(&rpc->wait);
	if (tx_extra) {
		tx_room += tx_extra;
		rpc->request.tx = kmalloc(tx_room, GFP_NOFS);
	}
	if (rx_extra) {
		rpc->request.rx_room += rx_extra;
		rpc->request.rx = kmalloc(rpc->request.rx_room, GFP_NOFS);
	}
	if (!rpc->request.tx || !rpc->request.rx || p9_take_tag(rpc)) {
		p9_free_buffers(rpc);
		return ERR_PTR(-ENOMEM);
	}
	wire_begin(&rpc->tx, rpc->request.tx, tx_room, type, rpc->tag);
	return rpc;
}

void p9_end(struct p9_rpc *rpc)
{
	if (rpc->type != P9_TVERSION) {
		with_spinlock_irqsave(&rpc->session->lock);
		ida_free(&rpc->session->tags, rpc->tag);
	}
	p9_free_buffers(rpc);
}

static u32 segs_bytes(const struct page_seg *segs, u32 nr)
{
	u32 bytes = 0;

	for (u32 i = 0; i < nr; i++)
		bytes += segs[i].len;
	return bytes;
}

int p9_send(struct p9_rpc *rpc, const struct p9_request_ops *ops, bool may_sleep)
{
	struct p9_transport *transport = rpc->session->transport;

	wire_end(&rpc->tx, segs_bytes(rpc->request.out, rpc->request.nr_out));
	if (rpc->tx.is_bad)
		return -ENAMETOOLONG; /* the only field of free length is a name */
	rpc->request.tx_len = rpc->tx.pos;
	rpc->request.ops = ops;
	return transport->ops->submit(transport, &rpc->request, may_sleep);
}

/* I2. With a payload the header lies in rx and at most the payload behind it; without, all lies in rx. */
int p9_answer(struct p9_rpc *rpc)
{
	struct p9_request *request = &rpc->request;
	u32 room = request->rx_room + segs_bytes(request->in, request->nr_in);

	if (rpc->session->lie_rate)
		p9_lie(rpc);
	if (request->status)
		return request->status;
	if (request->rx_len > room)
		return -EIO;
	return wire_check_answer(&rpc->rx, request->rx, min(request->rx_len, request->rx_room), rpc->type, rpc->tag);
}

static void p9_call_done(struct p9_request *request)
{
	struct p9_rpc *rpc = container_of(request, struct p9_rpc, request);

	/* The waiter may free @rpc as soon as it sees is_done, so that is said under the queue's lock. */
	with_spinlock_irqsave(&rpc->wait.lock);
	WRITE_ONCE(rpc->is_done, true);
	wake_up_queue_locked(&rpc->wait, TASK_NORMAL, 0, 0);
}

static const struct p9_request_ops p9_call_ops = { .name = "call", .done = p9_call_done };

int p9_call(struct p9_rpc *rpc)
{
	int ret = p9_send(rpc, &p9_call_ops, true);

	if (ret)
		return ret;
	wait_event_device(rpc->wait, READ_ONCE(rpc->is_done), rpc->session->transport->tag);
	spin_lock_irq(&rpc->wait.lock); /* done() has let go of it */
	spin_unlock_irq(&rpc->wait.lock);
	return p9_answer(rpc);
}

/* --- the handshake ------------------------------------------------------------------------------------- */

int p9_handshake(struct p9_session *session)
{
	const char *version = "9P2000.L";
	struct p9_rpc *rpc = p9_begin(session, P9_TVERSION, 0, 0);
	const char *answer;
	u16 len = 0;
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	wire_put_u32(&rpc->tx, P9_MSIZE);
	wire_put_string(&rpc->tx, version, strlen(version));
	ret = p9_call(rpc);
	if (!ret) {
		session->msize = min(wire_get_u32(&rpc->rx), P9_MSIZE);
		answer = wire_get_string(&rpc->rx, &len);
		if (!answer || len != strlen(version) || memcmp(answer, version, len) || session->msize < P9_MIN_MSIZE)
			ret = -EPROTONOSUPPORT;
	}
	p9_end(rpc);
	if (ret)
		return ret;
	session->pages_max = min3((session->msize - 32) / (u32)PAGE_SIZE, P9_PAGES_MAX,
				  session->transport->max_segs - 2);
	return session->pages_max ? 0 : -EPROTONOSUPPORT;
}

void p9_client_init(void)
{
	p9.rpcs = kmem_cache_create(&p9_rpc_type, sizeof(struct p9_rpc), 0, SLAB_PANIC);
}

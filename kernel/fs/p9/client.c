/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * client.c - messages: a request goes out with a tag, its answer comes back to it.
 *
 * WHAT        p9_begin() makes a message, the wire_put_*() fill it, p9_call() sends it and waits; or p9_send() sends it and its
 *             done() gets the answer. Transports are registered by drivers and found by mount tag.
 * INVARIANTS  I1  A message has its tag, its buffers and the fids that it names until it was answered, or never was sent. The
 *                 driver answers each request once, also one that the server dropped for a flush: it has let go of the memory then.
 *             I2  The answer is checked against type and tag before a byte of it is believed.
 *             I3  A killed waiter leaves at once. The server is asked to drop what it left (Tflush); the tag is free after the answer to
 *                 that as well. A fid that the late answer makes has no other reference, and is clunked with the message.
 *             I4  Of what was abandoned nobody knows whether it was done: its answer, which says so, counts as a doubt, and what was
 *                 asked for before a doubt is not believed (p9_doubts).
 * LOCKING     rpc->wait.lock: who has the answer. p9.lock: the list of transports. No lock is held while waiting for the server.
 * LIFECYCLE   p9_begin -> p9_call: sent -> answered, or abandoned -> answered -> last p9_end
 * ERRORS      -ENOMEM, -EIO (dead device, nonsense), -EINTR (killed), and whatever the server says.
 * TESTS       tests/host/command_test.py
 * SEE         https://github.com/chaos/diod/blob/master/protocol.md (9P2000.L)
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/object.h>
#include <pages/slab.h>
#include "p9_impl.h"

static const struct object_type p9_rpc_type = { .name = "p9_rpc", .owner = "p9", .id = 0x0901, .version = 1 };

static struct {
	struct spinlock lock; /* rank P9_REQUEST */
	struct list_head transports; /* lock */
	struct wait_queue_head released; /* a transport was */
	struct kmem_cache *rpcs; /* __final */
	atomic64_t doubts; /* I4 */
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

/* -EAGAIN: the session that has it is about to end. */
static struct p9_transport *transport_try_take(const char *tag)
{
	struct p9_transport *transport;

	with_spinlock_irq(&p9.lock);
	transport = transport_find_locked(tag);
	if (!transport)
		return ERR_PTR(-ENOENT);
	if (transport->is_mounted)
		return ERR_PTR(transport->is_left ? -EAGAIN : -EBUSY);
	transport->is_mounted = true;
	return transport;
}

struct p9_transport *p9_transport_take(const char *tag)
{
	struct p9_transport *transport;
	int killed;

	wait_note_device(tag);
	killed = wait_event_killable(p9.released, (transport = transport_try_take(tag)) != ERR_PTR(-EAGAIN));
	wait_note_device(NULL);
	return killed ? ERR_PTR(-EINTR) : transport;
}

void p9_transport_leave(struct p9_transport *transport)
{
	with_spinlock_irq(&p9.lock);
	transport->is_left = true;
}

void p9_transport_release(struct p9_transport *transport)
{
	with_spinlock_irqsave(&p9.lock);
	transport->is_mounted = transport->is_left = false;
	wake_up_all(&p9.released);
}

u64 p9_doubts(void)
{
	return (u64)atomic64_read(&p9.doubts);
}

/* --- messages ------------------------------------------------------------------------------------------ */

static int take_tag(struct p9_rpc *rpc)
{
	int number = p9_number_take(rpc->session, &rpc->session->tags, P9_TAGS_MAX);

	if (number < 0)
		return number;
	rpc->number = number;
	rpc->tag = rpc->type == P9_TVERSION ? P9_NOTAG : rpc->number;
	return 0;
}

static void free_buffers(struct p9_rpc *rpc)
{
	if (rpc->request.tx != rpc->tx_inline)
		kfree(rpc->request.tx);
	if (rpc->request.rx != rpc->rx_inline)
		kfree(rpc->request.rx);
	p9_pages_destroy(rpc->pages);
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
	refcount_set(&rpc->refs, 1);
	rpc->fid = rpc->other = rpc->made = NULL;
	rpc->pages = NULL;
	rpc->flushed = NULL;
	rpc->type = type;
	rpc->is_done = rpc->is_abandoned = false;
	init_waitqueue_head(&rpc->wait);
	if (tx_extra) {
		tx_room += tx_extra;
		rpc->request.tx = kmalloc(tx_room, GFP_NOFS);
	}
	if (rx_extra) {
		rpc->request.rx_room += rx_extra;
		rpc->request.rx = kmalloc(rpc->request.rx_room, GFP_NOFS);
	}
	if (!rpc->request.tx || !rpc->request.rx || take_tag(rpc)) {
		free_buffers(rpc);
		return ERR_PTR(-ENOMEM);
	}
	wire_begin(&rpc->tx, rpc->request.tx, tx_room, type, rpc->tag);
	return rpc;
}

void p9_end(struct p9_rpc *rpc)
{
	struct p9_session *session = rpc->session;
	u16 number = rpc->number;

	if (!refcount_dec_and_test(&rpc->refs))
		return;
	p9_fid_put(rpc->fid);
	p9_fid_put(rpc->other); /* I3 */
	if (rpc->flushed)
		p9_end(rpc->flushed); /* once: nobody flushes a flush */
	free_buffers(rpc);
	p9_number_give(session, &session->tags, number); /* last: it may have kept the session */
}

static u32 segs_bytes(const struct page_seg *segs, u32 nr)
{
	u32 bytes = 0;

	for (u32 i = 0; i < nr; i++)
		bytes += segs[i].len;
	return bytes;
}

int p9_send(struct p9_rpc *rpc, const struct p9_request_ops *ops)
{
	struct p9_transport *transport = rpc->session->transport;

	wire_end(&rpc->tx, segs_bytes(rpc->request.out, rpc->request.nr_out));
	if (rpc->tx.is_bad)
		return -ENAMETOOLONG; /* the only field of free length is a name */
	rpc->request.tx_len = rpc->tx.pos;
	rpc->request.ops = ops;
	return transport->ops->submit(transport, &rpc->request);
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

/* A good answer has come. */
static void rpc_note_made(struct p9_rpc *rpc)
{
	struct p9_wire rx = rpc->rx;

	if (rpc->made && (rpc->type != P9_TWALK || wire_get_u16(&rx) == rpc->steps))
		rpc->made->is_made = true;
}

static int rpc_finish(struct p9_rpc *rpc)
{
	int ret = p9_answer(rpc);

	if (!ret)
		rpc_note_made(rpc);
	return ret;
}

/* The answer is there. True: nobody waits for it any more. */
static bool rpc_note_done(struct p9_rpc *rpc)
{
	with_spinlock_irqsave(&rpc->wait.lock);
	smp_store_release(&rpc->is_done, true); /* pairs with rpc_is_done(): the answer before the word of it */
	if (!rpc->is_abandoned)
		wake_up_queue_locked(&rpc->wait, TASK_NORMAL, 0, 0);
	return rpc->is_abandoned;
}

static void rpc_done(struct p9_request *request)
{
	struct p9_rpc *rpc = container_of(request, struct p9_rpc, request);

	if (rpc_note_done(rpc)) {
		rpc_finish(rpc);
		atomic64_inc(&p9.doubts); /* I4 */
		atomic_dec(&rpc->session->nr_abandoned);
	}
	p9_end(rpc); /* the driver's */
}

static const struct p9_request_ops call_ops = { .name = "call", .done = rpc_done };

static void flush_done(struct p9_request *request)
{
	p9_end(container_of(request, struct p9_rpc, request));
}

static const struct p9_request_ops flush_ops = { .name = "flush", .done = flush_done };

/* I3. Without memory the server is not asked, and its answer comes all the same. What a dropped clunk did nobody could tell. */
static void rpc_flush(struct p9_rpc *rpc)
{
	struct p9_rpc *flush;

	if (rpc->type == P9_TVERSION || rpc->type == P9_TCLUNK)
		return;
	flush = p9_begin(rpc->session, P9_TFLUSH, 0, 0);
	if (IS_ERR(flush))
		return;
	refcount_inc(&rpc->refs);
	flush->flushed = rpc;
	wire_put_u16(&flush->tx, rpc->tag);
	if (p9_send(flush, &flush_ops))
		p9_end(flush);
}

static int rpc_start(struct p9_rpc *rpc)
{
	int ret;

	refcount_inc(&rpc->refs); /* the driver's */
	ret = p9_send(rpc, &call_ops);
	if (ret)
		refcount_dec(&rpc->refs);
	return ret;
}

static bool rpc_is_done(struct p9_rpc *rpc)
{
	return smp_load_acquire(&rpc->is_done);
}

/* The waiter goes. False: the answer is there after all, or too many have gone: numbers must be left for who stays. */
static bool rpc_abandon(struct p9_rpc *rpc)
{
	if (atomic_read(&rpc->session->nr_abandoned) >= (int)P9_ABANDONED_MAX)
		return false;
	with_spinlock_irq(&rpc->wait.lock);
	rpc->is_abandoned = !rpc->is_done;
	if (rpc->is_abandoned)
		atomic_inc(&rpc->session->nr_abandoned);
	return rpc->is_abandoned;
}

int p9_call(struct p9_rpc *rpc)
{
	int ret = rpc_start(rpc);

	if (ret)
		return ret;
	wait_note_device(rpc->session->transport->tag);
	ret = wait_event_killable(rpc->wait, rpc_is_done(rpc));
	wait_note_device(NULL);
	if (ret && rpc_abandon(rpc)) {
		rpc_flush(rpc);
		return -EINTR;
	}
	wait_event_device(rpc->wait, rpc_is_done(rpc), rpc->session->transport->tag); /* at once, but for one too many */
	return rpc_finish(rpc);
}

int p9_call_unkillable(struct p9_rpc *rpc)
{
	int ret = rpc_start(rpc);

	if (ret)
		return ret;
	wait_event_device(rpc->wait, rpc_is_done(rpc), rpc->session->transport->tag);
	return rpc_finish(rpc);
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
	init_waitqueue_head(&p9.released);
	p9.rpcs = kmem_cache_create(&p9_rpc_type, sizeof(struct p9_rpc), 0, SLAB_PANIC);
}

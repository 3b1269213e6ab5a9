/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conn.c - connections and messages: a request goes out with a number of its own, its answer comes back to it.
 *
 * WHAT        fuse_begin() makes a message, fuse_put() fills it, fuse_call() sends it and waits; or fuse_send() sends it and its
 *             answered() gets the answer. Transports are registered by drivers and found by mount tag.
 * INVARIANTS  I1  The driver answers each request once; whoever made a request and the driver have a reference each, so a request
 *                 and the pages it owns live until both are done with it.
 *             I2  An answer is checked against the number and the lengths before a byte of it is believed.
 *             I3  A killed waiter leaves at once. What the answer then grants - a lookup, an open file - is given back by a
 *                 worker (forget.c), so the server's counts stay right. Until then the request has references to the inodes and handles
 *                 that it names: none is forgotten or released, and its number given to another, while the server may still act on it.
 *             I4  A connection lives until no answer is due to it: an INIT whose mount was killed has it when everybody has gone.
 * LOCKING     conn->lock (rank FUSE_REQUEST, interrupts off); rpc->wait.lock: who has the answer. client.lock: the transports. No lock
 *             is held while waiting for the server or while the transport is called.
 * ERRORS      -ENOMEM, -EIO (dead device, nonsense), -EINTR (killed), and whatever the server says.
 * TESTS       tests/host/command_test.py
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/bitops.h>
#include <lib/string.h>
#include <pages/object.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <vfs/vfs_port.h>
#include "fuse_impl.h"

#define FUSE_MINOR 36u /* of the protocol that we speak */
#define FUSE_WANTED \
	(FUSE_ASYNC_READ | FUSE_BIG_WRITES | FUSE_AUTO_INVAL_DATA | FUSE_DO_READDIRPLUS | FUSE_READDIRPLUS_AUTO | \
	 FUSE_ASYNC_DIO | FUSE_NO_OPEN_SUPPORT | FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES | FUSE_CACHE_SYMLINKS | \
	 FUSE_NO_OPENDIR_SUPPORT | FUSE_INIT_EXT)

static const struct object_type fuse_rpc_type = { .name = "fuse_rpc", .owner = "fuse", .id = 0x0911, .version = 1 };

static struct {
	struct spinlock lock; /* rank FUSE_REQUEST */
	struct list_head transports; /* lock */
	struct wait_queue_head released; /* a transport was */
	struct kmem_cache *rpcs; /* __final */
} client = { .lock = SPINLOCK_INIT(RANK_FUSE_REQUEST), .transports = LIST_HEAD_INIT(client.transports) };

/* --- transports ---------------------------------------------------------------------------------------- */

static struct fuse_transport *transport_find_locked(const char *tag)
{
	struct fuse_transport *transport;

	list_for_each_entry(transport, &client.transports, node)
		if (!strcmp(transport->tag, tag))
			return transport;
	return NULL;
}

int fuse_transport_register(struct fuse_transport *transport)
{
	with_spinlock_irq(&client.lock);

	if (transport_find_locked(transport->tag))
		return -EEXIST;
	list_add_tail(&transport->node, &client.transports);
	return 0;
}

/* -EAGAIN: the connection that has it is about to end. */
static struct fuse_transport *transport_try_take(const char *tag)
{
	struct fuse_transport *transport;

	with_spinlock_irq(&client.lock);
	transport = transport_find_locked(tag);
	if (!transport)
		return ERR_PTR(-EINVAL);
	if (transport->is_mounted)
		return ERR_PTR(transport->is_left ? -EAGAIN : -EBUSY);
	transport->is_mounted = true;
	return transport;
}

struct fuse_transport *fuse_transport_take(const char *tag)
{
	struct fuse_transport *transport;
	int killed;

	wait_note_device(tag);
	killed = wait_event_killable(client.released, (transport = transport_try_take(tag)) != ERR_PTR(-EAGAIN));
	wait_note_device(NULL);
	return killed ? ERR_PTR(-EINTR) : transport;
}

static void transport_leave(struct fuse_transport *transport)
{
	with_spinlock_irq(&client.lock);
	transport->is_left = true;
}

static void transport_release(struct fuse_transport *transport)
{
	with_spinlock_irqsave(&client.lock);
	transport->is_mounted = transport->is_left = false;
	wake_up_all(&client.released);
}

/* --- connections --------------------------------------------------------------------------------------- */

struct fuse_conn *fuse_conn_create(void)
{
	struct fuse_conn *conn = kzalloc(sizeof(*conn), GFP_KERNEL);

	if (!conn)
		return NULL;
	conn->forget = kzalloc(sizeof(*conn->forget), GFP_KERNEL);
	if (!conn->forget) {
		kfree(conn);
		return NULL;
	}
	conn->forget->conn = conn;
	spin_lock_init(&conn->lock, RANK_FUSE_REQUEST);
	INIT_LIST_HEAD(&conn->forgets);
	init_waitqueue_head(&conn->idle);
	return conn;
}

static void conn_free(struct fuse_conn *conn)
{
	if (conn->transport)
		transport_release(conn->transport);
	kfree(conn->forget);
	kfree(conn);
}

/* True: no answer is due any more. */
static bool conn_leave(struct fuse_conn *conn)
{
	with_spinlock_irq(&conn->lock);
	conn->is_left = conn->nr_pending;
	return !conn->is_left;
}

void fuse_conn_end(struct fuse_conn *conn)
{
	if (!conn)
		return;
	if (conn->transport)
		transport_leave(conn->transport);
	if (conn_leave(conn))
		conn_free(conn);
}

int fuse_note_absent(struct fuse_conn *conn, enum fuse_absent what, int ret, int instead)
{
	if (ret != -ENOSYS)
		return ret;
	set_bit(what, &conn->absent);
	return instead;
}

/* --- messages ------------------------------------------------------------------------------------------ */

static void bounce_destroy(struct fuse_bounce *bounce)
{
	while (bounce && bounce->nr)
		put_page(bounce->segs[--bounce->nr].page);
	kfree(bounce);
}

int fuse_add_bounce(struct fuse_rpc *rpc, u32 bytes)
{
	struct fuse_bounce *bounce = kmalloc(sizeof(*bounce), GFP_NOFS);

	if (!bounce)
		return -ENOMEM;
	rpc->bounce = bounce;
	for (bounce->nr = 0; bytes; bounce->nr++) {
		u32 len = min_t(u32, bytes, PAGE_SIZE);
		struct page *page = bounce->nr < FUSE_PAGES_MAX ? alloc_pages(GFP_NOFS, 0) : NULL;

		if (!page)
			return -ENOMEM; /* fuse_end() takes what there is */
		bounce->segs[bounce->nr] = (struct page_seg){ page, 0, len };
		bytes -= len;
	}
	return 0;
}

static void rpc_free(struct fuse_rpc *rpc)
{
	if (rpc->request.tx != rpc->tx_inline)
		kfree(rpc->request.tx);
	if (rpc->request.rx != rpc->rx_inline)
		kfree(rpc->request.rx);
	bounce_destroy(rpc->bounce);
	kmem_cache_free(client.rpcs, rpc);
}

void fuse_end(struct fuse_rpc *rpc)
{
	if (!IS_ERR(rpc) && refcount_dec_and_test(&rpc->refs))
		rpc_free(rpc);
}

static const struct work_ops settle_ops;

static void rpc_init(struct fuse_rpc *rpc, struct fuse_conn *conn, u32 opcode, u64 nodeid)
{
	rpc->request = (struct fuse_request){ .head = &rpc->head, .head_len = sizeof(rpc->head), .tx = rpc->tx_inline,
					      .rx = rpc->rx_inline, .rx_room = FUSE_INLINE_RX };
	rpc->conn = conn;
	refcount_set(&rpc->refs, 1);
	rpc->ops = NULL;
	rpc->is_done = rpc->is_abandoned = false;
	rpc->inode[0] = rpc->inode[1] = NULL;
	rpc->handle[0] = rpc->handle[1] = NULL;
	rpc->bounce = NULL;
	init_waitqueue_head(&rpc->wait);
	work_init(&rpc->settle, &settle_ops);
	rpc->head = (struct fuse_in_header){
		.opcode = opcode,
		.nodeid = nodeid,
		.unique = (u64)atomic64_add_return(2, &conn->unique),
		.uid = __kuid_val(current_fsuid()),
		.gid = __kgid_val(current_fsgid()),
		.pid = vfs_current_tgid(),
	};
}

struct fuse_rpc *fuse_begin(struct fuse_conn *conn, u32 opcode, u64 nodeid, u32 tx_extra, u32 rx_extra)
{
	struct fuse_rpc *rpc = kmem_cache_alloc(client.rpcs, GFP_NOFS);

	if (!rpc)
		return ERR_PTR(-ENOMEM);
	rpc_init(rpc, conn, opcode, nodeid);
	if (tx_extra)
		rpc->request.tx = kmalloc(FUSE_INLINE_TX + tx_extra, GFP_NOFS);
	if (rx_extra) {
		rpc->request.rx_room = FUSE_HEADER + rx_extra;
		rpc->request.rx = kmalloc(rpc->request.rx_room, GFP_NOFS);
	}
	if (!rpc->request.tx || !rpc->request.rx) {
		fuse_end(rpc);
		return ERR_PTR(-ENOMEM);
	}
	fuse_wire_init(&rpc->tx, (void *)rpc->request.tx, FUSE_INLINE_TX + tx_extra);
	return rpc;
}

struct fuse_rpc *fuse_begin_on(struct inode *inode, u32 opcode, u32 tx_extra, u32 rx_extra)
{
	struct fuse_rpc *rpc = fuse_begin(fuse_conn(inode->i_sb), opcode, fuse_nodeid(inode), tx_extra, rx_extra);

	if (!IS_ERR(rpc))
		rpc->inode[0] = inode;
	return rpc;
}

static u32 segs_bytes(const struct page_seg *segs, u32 nr)
{
	u32 bytes = 0;

	for (u32 i = 0; i < nr; i++)
		bytes += segs[i].len;
	return bytes;
}

/* I2. With a payload the header lies in rx and the payload behind it; without, all lies in rx. */
static int rpc_answer(struct fuse_rpc *rpc)
{
	struct fuse_request *request = &rpc->request;
	u32 room = request->rx_room + segs_bytes(request->in, request->nr_in);

	if (request->status)
		return request->status;
	if (request->rx_len > room)
		return -EIO;
	return fuse_get_answer(&rpc->rx, request->rx, request->rx_room, request->rx_len, rpc->head.unique, &rpc->payload);
}

static void pending_add(struct fuse_conn *conn)
{
	with_spinlock_irqsave(&conn->lock);
	conn->nr_pending++;
}

static void pending_sub(struct fuse_conn *conn)
{
	unsigned long flags;
	bool is_last;

	spin_lock_irqsave(&conn->lock, flags);
	conn->nr_pending--;
	is_last = !conn->nr_pending && conn->is_left;
	if (!conn->nr_pending)
		wake_up_all(&conn->idle);
	spin_unlock_irqrestore(&conn->lock, flags);
	if (is_last) /* I4: fuse_conn_end() has gone */
		conn_free(conn);
}

/* Who waits is about to go, and its references with it. */
static void rpc_pin(struct fuse_rpc *rpc)
{
	for (u32 i = 0; i < ARRAY_SIZE(rpc->inode); i++)
		if (rpc->inode[i])
			ihold(rpc->inode[i]);
	for (u32 i = 0; i < ARRAY_SIZE(rpc->handle); i++)
		if (rpc->handle[i])
			fuse_handle_get(rpc->handle[i]);
}

static void rpc_unpin(struct fuse_rpc *rpc)
{
	for (u32 i = 0; i < ARRAY_SIZE(rpc->handle); i++)
		if (rpc->handle[i])
			fuse_handle_put(rpc->handle[i]);
	for (u32 i = 0; i < ARRAY_SIZE(rpc->inode); i++)
		iput(rpc->inode[i]);
}

static void settle_run(struct work *work)
{
	struct fuse_rpc *rpc = container_of(work, struct fuse_rpc, settle);
	struct fuse_conn *conn = rpc->conn;

	if (!rpc_answer(rpc))
		fuse_settle(rpc);
	rpc_unpin(rpc);
	fuse_end(rpc);
	pending_sub(conn); /* last: with nothing pending, no request has an inode */
}

static const struct work_ops settle_ops = { .name = "fuse settle", .run = settle_run };

/* The answer is there. True: nobody waits for it any more. */
static bool rpc_note_done(struct fuse_rpc *rpc)
{
	with_spinlock_irqsave(&rpc->wait.lock);
	smp_store_release(&rpc->is_done, true); /* pairs with rpc_is_done(): the answer before the word of it */
	if (!rpc->is_abandoned)
		wake_up_queue_locked(&rpc->wait, TASK_NORMAL, 0, 0);
	return rpc->is_abandoned;
}

/* The answer of a request that somebody waits for, or waited for. */
static void waited_done(struct fuse_rpc *rpc)
{
	if (rpc_note_done(rpc))
		work_queue(&rpc->settle); /* with the driver's reference */
	else
		fuse_end(rpc);
}

static void rpc_done(struct fuse_request *request)
{
	struct fuse_rpc *rpc = container_of(request, struct fuse_rpc, request);
	struct fuse_conn *conn = rpc->conn;

	if (!rpc->ops) {
		waited_done(rpc);
		return;
	}
	rpc->ops->answered(rpc, rpc_answer(rpc));
	pending_sub(conn);
}

static const struct fuse_request_ops request_ops = { .name = "fuse", .done = rpc_done };

static int rpc_submit(struct fuse_rpc *rpc)
{
	struct fuse_transport *transport = rpc->conn->transport;

	if (rpc->tx.is_bad)
		return -ENAMETOOLONG; /* the only fields of free length are names */
	rpc->request.tx_len = rpc->tx.pos;
	rpc->head.len = sizeof(rpc->head) + rpc->tx.pos + segs_bytes(rpc->request.out, rpc->request.nr_out);
	rpc->request.ops = &request_ops;
	return transport->ops->submit(transport, &rpc->request);
}

int fuse_send(struct fuse_rpc *rpc, const struct fuse_rpc_ops *ops)
{
	struct fuse_conn *conn = rpc->conn;
	int ret;

	rpc->ops = ops;
	pending_add(conn);
	ret = rpc_submit(rpc);
	if (ret)
		pending_sub(conn);
	return ret;
}

/* --- waiting ------------------------------------------------------------------------------------------- */

/* The waiter goes. False: the answer is there after all, or too many have gone. */
static bool rpc_abandon(struct fuse_rpc *rpc)
{
	bool is_abandoned;

	if (READ_ONCE(rpc->conn->nr_pending) >= FUSE_PENDING)
		return false;
	pending_add(rpc->conn);
	rpc_pin(rpc);
	spin_lock_irq(&rpc->wait.lock);
	is_abandoned = rpc->is_abandoned = !rpc->is_done; /* I3 */
	spin_unlock_irq(&rpc->wait.lock);
	if (is_abandoned)
		return true;
	rpc_unpin(rpc); /* the waiter has references of its own */
	pending_sub(rpc->conn);
	return false;
}

static bool rpc_is_done(struct fuse_rpc *rpc)
{
	return smp_load_acquire(&rpc->is_done);
}

static int rpc_start(struct fuse_rpc *rpc)
{
	int ret;

	refcount_inc(&rpc->refs); /* the driver's */
	ret = rpc_submit(rpc);
	if (ret)
		refcount_dec(&rpc->refs);
	return ret;
}

int fuse_call_unkillable(struct fuse_rpc *rpc)
{
	int ret = rpc_start(rpc);

	if (ret)
		return ret;
	wait_event_device(rpc->wait, rpc_is_done(rpc), rpc->conn->transport->tag);
	return rpc_answer(rpc);
}

int fuse_call(struct fuse_rpc *rpc)
{
	int ret = rpc_start(rpc);

	if (ret)
		return ret;
	wait_note_device(rpc->conn->transport->tag);
	ret = wait_event_killable(rpc->wait, rpc_is_done(rpc));
	wait_note_device(NULL);
	if (ret && rpc_abandon(rpc))
		return -EINTR; /* the server is not told (INTERRUPT): QEMU's dies of that */
	wait_event_device(rpc->wait, rpc_is_done(rpc), rpc->conn->transport->tag); /* at once, but for one too many */
	return rpc_answer(rpc);
}

int fuse_call_and_end(struct fuse_rpc *rpc)
{
	int ret = fuse_call(rpc);

	fuse_end(rpc);
	return ret;
}

/* --- the handshake ------------------------------------------------------------------------------------- */

int fuse_handshake(struct fuse_conn *conn)
{
	struct fuse_init_in in = { .major = FUSE_KERNEL_VERSION, .minor = FUSE_MINOR, .max_readahead = FUSE_PAGES_MAX * PAGE_SIZE,
				   .flags = FUSE_WANTED };
	struct fuse_rpc *rpc = fuse_begin(conn, FUSE_INIT, 0, 0, 0);
	struct fuse_init_out out;
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	fuse_put(&rpc->tx, &in, sizeof(in));
	ret = fuse_call(rpc);
	if (!ret)
		ret = fuse_get_init(&rpc->rx, &out);
	fuse_end(rpc);
	if (ret)
		return ret;
	conn->flags = out.flags & FUSE_WANTED;
	conn->pages_max = min3(out.max_write / (u32)PAGE_SIZE, (u32)out.max_pages, FUSE_PAGES_MAX);
	conn->time_gran = out.time_gran;
	return 0;
}

void fuse_wait_idle(struct fuse_conn *conn)
{
	wait_event_device(conn->idle, !READ_ONCE(conn->nr_pending) && !READ_ONCE(conn->is_forgetting), conn->transport->tag);
	spin_lock_irq(&conn->lock); /* who went last has let go of it */
	spin_unlock_irq(&conn->lock);
}

void fuse_goodbye(struct fuse_conn *conn)
{
	struct fuse_rpc *rpc;

	fuse_wait_idle(conn);
	rpc = fuse_begin(conn, FUSE_DESTROY, 0, 0, 0);
	if (IS_ERR(rpc))
		return; /* the next INIT ends the session as well */
	fuse_call_unkillable(rpc);
	fuse_end(rpc);
}

void fuse_client_init(void)
{
	init_waitqueue_head(&client.released);
	client.rpcs = kmem_cache_create(&fuse_rpc_type, sizeof(struct fuse_rpc), 0, SLAB_PANIC);
}

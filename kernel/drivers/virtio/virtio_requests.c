/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_requests.c - requests in a ring, and in a list while the ring is full
 *
 * WHAT        A request is readable pieces, then writable ones. What finds the ring full waits in a list and goes in when
 *             answers come.
 * INVARIANTS  P1  A request is in the ring or on `waiting`, never both; order of submission is kept.
 *             P2  Every request that submit took is answered exactly once, also when the device dies.
 * LOCKING     lock, of the driver's rank, outside VIRTQ: `waiting`, `piece`.
 */
#include "virtio_requests.h"

#include <lib/errno.h>

void virtio_requests_init(struct virtio_requests *requests, const struct virtio_requests_ops *ops, enum lock_rank rank,
			  struct scatter *piece, u32 max_pieces)
{
	requests->ops = ops;
	spin_lock_init(&requests->lock, rank);
	INIT_LIST_HEAD(&requests->waiting);
	requests->piece = piece;
	requests->max_pieces = max_pieces;
}

void virtio_requests_bind(struct virtio_requests *requests, struct virtqueue *vq)
{
	requests->vq = vq;
	vq->driver_data = requests;
}

/* Into the ring. -ENOSPC: it is full. -EIO: the device is dead, or the request has too many pieces. */
static int start_locked(struct virtio_requests *requests, struct list_head *request)
{
	struct scatter_list out = { .piece = requests->piece, .max = requests->max_pieces }, in;

	if (!requests->ops->fill_out(request, &out))
		return -EIO;
	in = (struct scatter_list){ .piece = requests->piece + out.nr, .max = requests->max_pieces - out.nr };
	if (!requests->ops->fill_in(request, &in))
		return -EIO;
	return virtqueue_add(requests->vq, requests->piece, out.nr, in.nr, request, GFP_ATOMIC);
}

int virtio_requests_submit(struct virtio_requests *requests, struct list_head *request)
{
	unsigned long flags;
	int err;

	spin_lock_irqsave(&requests->lock, flags);
	err = list_empty(&requests->waiting) ? start_locked(requests, request) : -ENOSPC;
	if (err == -ENOSPC) {
		list_add_tail(request, &requests->waiting); /* P1 */
		err = 0;
	}
	spin_unlock_irqrestore(&requests->lock, flags);
	if (!err)
		virtqueue_kick(requests->vq);
	return err;
}

/* The ring has room again. Returns a request that can never be served, to be answered without the lock. */
static struct list_head *start_waiting(struct virtio_requests *requests)
{
	with_spinlock_irqsave(&requests->lock);
	while (!list_empty(&requests->waiting)) {
		struct list_head *request = requests->waiting.next;
		int err = start_locked(requests, request);

		if (err == -ENOSPC)
			return NULL;
		list_del(request);
		if (err)
			return request;
	}
	return NULL;
}

static void queue_done(struct virtqueue *vq)
{
	struct virtio_requests *requests = vq->driver_data;
	struct list_head *request;
	u32 len;

	do {
		virtqueue_disable_done(vq);
		while ((request = virtqueue_get(vq, &len)))
			requests->ops->answer(request, len, 0);
	} while (!virtqueue_enable_done(vq) && !virtqueue_is_broken(vq));
	if (virtqueue_is_broken(vq)) /* P2 */
		while ((request = virtqueue_detach(vq)))
			requests->ops->answer(request, 0, -EIO);
	while ((request = start_waiting(requests)))
		requests->ops->answer(request, 0, -EIO);
	virtqueue_kick(vq);
}

const struct virtqueue_ops virtio_requests_queue_ops = { .name = "requests", .done = queue_done };

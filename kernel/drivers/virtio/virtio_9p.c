/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_9p.c - 9P messages over one queue: a transport (p9/transport.h) for each device
 *
 * WHAT        A request is its message and its payload as readable pieces, then the room for the answer as writable ones. What
 *             finds the ring full waits in a list and goes in when answers come.
 * INVARIANTS  P1  A request is in the ring or on `waiting`, never both; order of submission is kept.
 *             P2  Every request that submit() took is answered exactly once, also when the device dies.
 * LOCKING     lock, rank P9_REQUEST, outside VIRTQ: `waiting`.
 */
#include "virtio_impl.h"

#include <pages/slab.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <log/printk.h>
#include <p9/transport.h>

#define VIRTIO_9P_MOUNT_TAG 0
#define CONFIG_TAG_LEN	    0
#define CONFIG_TAG	    2

struct virtio_9p {
	struct p9_transport transport;
	struct virtqueue *vq;
	struct spinlock lock;
	struct list_head waiting __guarded_by(&lock); /* requests that found the ring full */
	struct scatter piece[P9_MAX_SEGS] __guarded_by(&lock); /* of the request that is being added */
};

static void answer(struct p9_request *request, u32 len, int status)
{
	request->rx_len = len;
	request->status = status;
	p9_request_done(request);
}

/* Message then payload; never joined across the two directions. */
static bool fill(struct scatter_list *list, const void *head, u32 len, const struct page_seg *seg, u32 nr)
{
	if (!scatter_add_buf(list, head, len))
		return false;
	for (u32 i = 0; i < nr; i++)
		if (!scatter_add_page(list, seg[i].page, seg[i].offset, seg[i].len))
			return false;
	return true;
}

/* Into the ring. -ENOSPC: it is full. -EIO: the device is dead, or the request has too many pieces. */
static int start_locked(struct virtio_9p *p9, struct p9_request *request)
{
	struct scatter_list out = { .piece = p9->piece, .max = P9_MAX_SEGS }, in;

	if (!fill(&out, request->tx, request->tx_len, request->out, request->nr_out))
		return -EIO;
	in = (struct scatter_list){ .piece = p9->piece + out.nr, .max = P9_MAX_SEGS - out.nr };
	if (!fill(&in, request->rx, request->rx_room, request->in, request->nr_in))
		return -EIO;
	return virtqueue_add(p9->vq, p9->piece, out.nr, in.nr, request, GFP_ATOMIC);
}

/* Never sleeps: a request that finds the ring full waits on the list, so @may_sleep does not matter. */
static int submit(struct p9_transport *transport, struct p9_request *request, bool may_sleep)
{
	struct virtio_9p *p9 = container_of(transport, struct virtio_9p, transport);
	unsigned long flags;
	int err;

	spin_lock_irqsave(&p9->lock, flags);
	err = list_empty(&p9->waiting) ? start_locked(p9, request) : -ENOSPC;
	if (err == -ENOSPC) {
		list_add_tail(&request->node, &p9->waiting); /* P1 */
		err = 0;
	}
	spin_unlock_irqrestore(&p9->lock, flags);
	if (!err)
		virtqueue_kick(p9->vq);
	return err;
}

static const struct p9_transport_ops transport_ops = { .name = "virtio", .submit = submit };

/* The ring has room again. Returns a request that can never be served, to be answered without the lock. */
static struct p9_request *start_waiting(struct virtio_9p *p9)
{
	with_spinlock_irqsave(&p9->lock);
	while (!list_empty(&p9->waiting)) {
		struct p9_request *request = list_first_entry(&p9->waiting, struct p9_request, node);
		int err = start_locked(p9, request);

		if (err == -ENOSPC)
			return NULL;
		list_del(&request->node);
		if (err)
			return request;
	}
	return NULL;
}

static void queue_done(struct virtqueue *vq)
{
	struct virtio_9p *p9 = vq->driver_data;
	struct p9_request *request;
	u32 len;

	do {
		virtqueue_disable_done(vq);
		while ((request = virtqueue_get(vq, &len)))
			answer(request, len, 0);
	} while (!virtqueue_enable_done(vq) && !virtqueue_is_broken(vq));
	if (virtqueue_is_broken(vq)) /* P2 */
		while ((request = virtqueue_detach(vq)))
			answer(request, 0, -EIO);
	while ((request = start_waiting(p9)))
		answer(request, 0, -EIO);
	virtqueue_kick(vq);
}

static const struct virtqueue_ops queue_ops = { .name = "virtio-9p", .done = queue_done };
static const struct virtio_queue_spec queue_spec = { .name = "requests", .ops = &queue_ops };

static int read_tag(struct virtio_device *dev, char *tag)
{
	u16 len = virtio_config_read16(dev, CONFIG_TAG_LEN);

	if (!virtio_has(dev, VIRTIO_9P_MOUNT_TAG) || !len || len >= P9_TAG_MAX)
		return -EINVAL;
	for (u16 i = 0; i < len; i++)
		tag[i] = (char)virtio_config_read8(dev, CONFIG_TAG + i);
	tag[len] = '\0';
	return 0;
}

static int probe(struct virtio_device *dev)
{
	struct virtio_9p *p9 = kzalloc(sizeof(*p9), GFP_KERNEL);
	int err;

	if (!p9)
		return -ENOMEM;
	p9->transport.ops = &transport_ops;
	p9->transport.max_segs = P9_MAX_SEGS;
	spin_lock_init(&p9->lock, RANK_P9_REQUEST);
	INIT_LIST_HEAD(&p9->waiting);
	err = read_tag(dev, p9->transport.tag);
	if (!err)
		err = virtio_create_queues(dev, 1, &queue_spec);
	if (err)
		goto free;
	p9->vq = dev->queue[0];
	p9->vq->driver_data = p9;
	dev->driver_data = p9;
	err = p9_transport_register(&p9->transport);
	if (err)
		goto free;
	virtio_device_ready(dev);
	pr_info("virtio: %s serves \"%s\"\n", dev->name, p9->transport.tag);
	return 0;
free:
	kfree(p9);
	return err;
}

static const struct virtio_driver_ops driver_ops = { .probe = probe };
static struct virtio_driver virtio_9p_driver = {
	.name = "virtio-9p",
	.device_id = VIRTIO_ID_9P,
	.features = 1ull << VIRTIO_9P_MOUNT_TAG,
	.ops = &driver_ops,
};

void virtio_9p_init(void)
{
	virtio_driver_register(&virtio_9p_driver);
}

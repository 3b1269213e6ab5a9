/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_fs.c - FUSE messages over virtqueues: a transport (fuse/transport.h) for each device
 *
 * WHAT        Queue 0 is for what must overtake (forgets); the others take requests, each processor's on a queue of its own
 *             as far as there are enough.
 * INVARIANTS  P1  A request is in a ring or on its queue's `waiting`, never both; order of submission is kept.
 *             P2  Every request that submit() took is answered exactly once, also when the device dies.
 *             P3  Header and body of a request are pieces of their own: servers map the payload of a write behind them.
 * LOCKING     A queue's lock, rank FUSE_REQUEST, outside VIRTQ: `waiting`.
 * SEE         Virtual I/O Device specification 1.2, section 5.11
 */
#include "virtio_impl.h"

#include <arch/cpu.h>
#include <arch/percpu.h>
#include <fuse/transport.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/virtio_fs.h>
#include <log/printk.h>
#include <pages/slab.h>

#define MAX_QUEUES 9 /* the urgent one and requests */
#define URGENT	   0
#define TAG_BYTES  36

struct fs_queue {
	struct virtqueue *vq;
	struct spinlock lock;
	struct list_head waiting __guarded_by(&lock); /* requests that found the ring full */
	struct scatter piece[FUSE_MAX_SEGS] __guarded_by(&lock); /* of the request that is being added */
};

struct virtio_fs {
	struct fuse_transport transport;
	u32 nr_queues; /* __final */
	struct fs_queue queue[];
};

static void answer(struct fuse_request *request, u32 len, int status)
{
	request->rx_len = len;
	request->status = status;
	fuse_request_done(request);
}

static bool fill_pages(struct scatter_list *list, const struct page_seg *seg, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		if (!scatter_add_page(list, seg[i].page, seg[i].offset, seg[i].len))
			return false;
	return true;
}

/* Into the ring. -ENOSPC: it is full. -EIO: the device is dead, or the request has too many pieces. */
static int start_locked(struct fs_queue *queue, struct fuse_request *request)
{
	struct scatter_list out = { .piece = queue->piece, .max = FUSE_MAX_SEGS }, in;

	if (!scatter_add_buf(&out, request->head, request->head_len) || !scatter_add_buf(&out, request->tx, request->tx_len) ||
	    !fill_pages(&out, request->out, request->nr_out))
		return -EIO;
	in = (struct scatter_list){ .piece = queue->piece + out.nr, .max = FUSE_MAX_SEGS - out.nr };
	if (!scatter_add_buf(&in, request->rx, request->rx_room) || !fill_pages(&in, request->in, request->nr_in))
		return -EIO;
	return virtqueue_add(queue->vq, queue->piece, out.nr, in.nr, request, GFP_ATOMIC);
}

static struct fs_queue *choose_queue(struct virtio_fs *fs, const struct fuse_request *request)
{
	return &fs->queue[request->is_urgent ? URGENT : 1 + smp_processor_id() % (fs->nr_queues - 1)];
}

static int submit(struct fuse_transport *transport, struct fuse_request *request)
{
	struct fs_queue *queue = choose_queue(container_of(transport, struct virtio_fs, transport), request);
	unsigned long flags;
	int err;

	spin_lock_irqsave(&queue->lock, flags);
	err = list_empty(&queue->waiting) ? start_locked(queue, request) : -ENOSPC;
	if (err == -ENOSPC) {
		list_add_tail(&request->node, &queue->waiting); /* P1 */
		err = 0;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	if (!err)
		virtqueue_kick(queue->vq);
	return err;
}

static const struct fuse_transport_ops transport_ops = { .name = "virtio", .submit = submit };

/* The ring has room again. Returns a request that can never be served, to be answered without the lock. */
static struct fuse_request *start_waiting(struct fs_queue *queue)
{
	with_spinlock_irqsave(&queue->lock);
	while (!list_empty(&queue->waiting)) {
		struct fuse_request *request = list_first_entry(&queue->waiting, struct fuse_request, node);
		int err = start_locked(queue, request);

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
	struct fs_queue *queue = vq->driver_data;
	struct fuse_request *request;
	u32 len;

	do {
		virtqueue_disable_done(vq);
		while ((request = virtqueue_get(vq, &len)))
			answer(request, len, 0);
	} while (!virtqueue_enable_done(vq) && !virtqueue_is_broken(vq));
	if (virtqueue_is_broken(vq)) /* P2 */
		while ((request = virtqueue_detach(vq)))
			answer(request, 0, -EIO);
	while ((request = start_waiting(queue)))
		answer(request, 0, -EIO);
	virtqueue_kick(vq);
}

static const struct virtqueue_ops queue_ops = { .name = "virtio-fs", .done = queue_done };

/* Padded with NULs, and without one when it is 36 bytes long. */
static int read_tag(struct virtio_device *dev, char *tag)
{
	virtio_config_read(dev, 0, tag, TAG_BYTES);
	tag[TAG_BYTES] = '\0';
	return tag[0] ? 0 : -EINVAL;
}

static int create_queues(struct virtio_device *dev, struct virtio_fs *fs)
{
	struct virtio_queue_spec spec[MAX_QUEUES];
	int err;

	for (u32 i = 0; i < fs->nr_queues; i++) {
		spec[i] = (struct virtio_queue_spec){ .name = i ? "requests" : "urgent", .ops = &queue_ops };
		spin_lock_init(&fs->queue[i].lock, RANK_FUSE_REQUEST);
		INIT_LIST_HEAD(&fs->queue[i].waiting);
	}
	err = virtio_create_queues(dev, fs->nr_queues, spec);
	for (u32 i = 0; !err && i < fs->nr_queues; i++) {
		fs->queue[i].vq = dev->queue[i];
		fs->queue[i].vq->driver_data = &fs->queue[i];
	}
	return err;
}

static int probe(struct virtio_device *dev)
{
	u32 nr_requests = virtio_config_read32(dev, TAG_BYTES);
	u32 nr = 1 + min_t(u32, nr_requests, min_t(u32, MAX_QUEUES - 1, nr_cpu_ids));
	struct virtio_fs *fs;
	int err = -EINVAL;

	if (!nr_requests)
		return -EINVAL;
	fs = kzalloc(sizeof(*fs) + nr * sizeof(fs->queue[0]), GFP_KERNEL);
	if (!fs)
		return -ENOMEM;
	fs->nr_queues = nr;
	fs->transport.ops = &transport_ops;
	err = read_tag(dev, fs->transport.tag);
	if (!err)
		err = create_queues(dev, fs);
	if (err)
		goto free;
	dev->driver_data = fs;
	err = fuse_transport_register(&fs->transport);
	if (err)
		goto free;
	virtio_device_ready(dev);
	pr_info("virtio: %s serves \"%s\"\n", dev->name, fs->transport.tag);
	return 0;
free:
	kfree(fs);
	return err;
}

static const struct virtio_driver_ops driver_ops = { .probe = probe };
static struct virtio_driver virtio_fs_driver = { .name = "virtiofs", .device_id = VIRTIO_ID_FS, .ops = &driver_ops };

void virtio_fs_init(void)
{
	virtio_driver_register(&virtio_fs_driver);
}

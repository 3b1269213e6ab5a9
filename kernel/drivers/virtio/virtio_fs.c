/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_fs.c - FUSE messages over virtqueues: a transport (fuse/transport.h) for each device
 *
 * WHAT        Queue 0 is for what must overtake (forgets); the others take requests, each processor's on a queue of its own
 *             as far as there are enough.
 * INVARIANTS  F1  Header and body of a request are pieces of their own: servers map the payload of a write behind them.
 * SEE         Virtual I/O Device specification 1.2, section 5.11
 */
#include "virtio_impl.h"
#include "virtio_requests.h"

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
	struct virtio_requests requests;
	struct scatter piece[FUSE_MAX_SEGS]; /* the requests' */
};

struct virtio_fs {
	struct fuse_transport transport;
	u32 nr_queues; /* __final */
	struct fs_queue queue[];
};

static void answer(struct list_head *node, u32 len, int status)
{
	struct fuse_request *request = container_of(node, struct fuse_request, node);

	request->rx_len = len;
	request->status = status;
	fuse_request_done(request);
}

static bool fill_out(struct list_head *node, struct scatter_list *out)
{
	const struct fuse_request *request = container_of(node, struct fuse_request, node);

	return scatter_add_buf(out, request->head, request->head_len) && scatter_add_buf(out, request->tx, request->tx_len) &&
	       scatter_add_segs(out, request->out, request->nr_out);
}

static bool fill_in(struct list_head *node, struct scatter_list *in)
{
	const struct fuse_request *request = container_of(node, struct fuse_request, node);

	return scatter_add_buf(in, request->rx, request->rx_room) && scatter_add_segs(in, request->in, request->nr_in);
}

static const struct virtio_requests_ops requests_ops = {
	.name = "virtio-fs", .fill_out = fill_out, .fill_in = fill_in, .answer = answer,
};

static struct fs_queue *choose_queue(struct virtio_fs *fs, const struct fuse_request *request)
{
	return &fs->queue[request->is_urgent ? URGENT : 1 + smp_processor_id() % (fs->nr_queues - 1)];
}

static int submit(struct fuse_transport *transport, struct fuse_request *request)
{
	struct fs_queue *queue = choose_queue(container_of(transport, struct virtio_fs, transport), request);

	return virtio_requests_submit(&queue->requests, &request->node);
}

static const struct fuse_transport_ops transport_ops = { .name = "virtio", .submit = submit };

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
		spec[i] = (struct virtio_queue_spec){ .name = i ? "requests" : "urgent", .ops = &virtio_requests_queue_ops };
		virtio_requests_init(&fs->queue[i].requests, &requests_ops, RANK_FUSE_REQUEST, fs->queue[i].piece, FUSE_MAX_SEGS);
	}
	err = virtio_create_queues(dev, fs->nr_queues, spec);
	for (u32 i = 0; !err && i < fs->nr_queues; i++)
		virtio_requests_bind(&fs->queue[i].requests, dev->queue[i]);
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

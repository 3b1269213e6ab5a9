/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_9p.c - 9P messages over one queue: a transport (p9/transport.h) for each device
 *
 * WHAT        A request is its message and its payload as readable pieces, then the room for the answer as writable ones;
 *             virtio_requests.c moves them.
 */
#include "virtio_impl.h"
#include "virtio_requests.h"

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
	struct virtio_requests requests;
	struct scatter piece[P9_MAX_SEGS]; /* the requests' */
};

static void answer(struct list_head *node, u32 len, int status)
{
	struct p9_request *request = container_of(node, struct p9_request, node);

	request->rx_len = len;
	request->status = status;
	p9_request_done(request);
}

/* A message, then its payload. */
static bool fill(struct scatter_list *list, const void *head, u32 len, const struct page_seg *seg, u32 nr)
{
	return scatter_add_buf(list, head, len) && scatter_add_segs(list, seg, nr);
}

static bool fill_out(struct list_head *node, struct scatter_list *out)
{
	const struct p9_request *request = container_of(node, struct p9_request, node);

	return fill(out, request->tx, request->tx_len, request->out, request->nr_out);
}

static bool fill_in(struct list_head *node, struct scatter_list *in)
{
	const struct p9_request *request = container_of(node, struct p9_request, node);

	return fill(in, request->rx, request->rx_room, request->in, request->nr_in);
}

static const struct virtio_requests_ops requests_ops = {
	.name = "virtio-9p", .fill_out = fill_out, .fill_in = fill_in, .answer = answer,
};

static int submit(struct p9_transport *transport, struct p9_request *request)
{
	return virtio_requests_submit(&container_of(transport, struct virtio_9p, transport)->requests, &request->node);
}

static const struct p9_transport_ops transport_ops = { .name = "virtio", .submit = submit };
static const struct virtio_queue_spec queue_spec = { .name = "requests", .ops = &virtio_requests_queue_ops };

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
	virtio_requests_init(&p9->requests, &requests_ops, RANK_P9_REQUEST, p9->piece, P9_MAX_SEGS);
	err = read_tag(dev, p9->transport.tag);
	if (!err)
		err = virtio_create_queues(dev, 1, &queue_spec);
	if (err)
		goto free;
	virtio_requests_bind(&p9->requests, dev->queue[0]);
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_rng.c - the hypervisor's entropy, for the pool of crypto/random.c.
 *
 * WHAT        random.c asks, one buffer goes to the device, its answer is mixed in.
 * INVARIANTS  G1  At most one request is in flight (is_asked): its buffer is the device's until it answers.
 * LOCKING     is_asked is atomic. The answer is absorbed in hard interrupt context: 64 bytes.
 */
#include "virtio_impl.h"

#include <pages/slab.h>
#include <crypto/random.h>
#include <lib/errno.h>
#include <lib/string.h>

#define REQUEST_BYTES 64

struct virtio_rng {
	struct entropy_source source;
	struct virtqueue *vq;
	u32 is_asked;
	u8 buffer[REQUEST_BYTES];
};

static void request(struct entropy_source *source)
{
	struct virtio_rng *rng = container_of(source, struct virtio_rng, source);
	struct scatter piece = { .phys = virt_to_phys(rng->buffer), .len = REQUEST_BYTES };

	if (__atomic_exchange_n(&rng->is_asked, 1, __ATOMIC_ACQUIRE))
		return; /* G1 */
	if (virtqueue_add(rng->vq, &piece, 0, 1, rng, GFP_ATOMIC))
		__atomic_store_n(&rng->is_asked, 0, __ATOMIC_RELEASE);
	else
		virtqueue_kick(rng->vq);
}

static const struct entropy_source_ops source_ops = { .name = "virtio-rng", .request = request };

static void queue_done(struct virtqueue *vq)
{
	struct virtio_rng *rng = vq->driver_data;
	u32 len;

	if (!virtqueue_get(vq, &len))
		return;
	if (len)
		random_add(rng->buffer, len, len * 8);
	memset(rng->buffer, 0, sizeof(rng->buffer));
	__atomic_store_n(&rng->is_asked, 0, __ATOMIC_RELEASE);
}

static const struct virtqueue_ops queue_ops = { .name = "virtio-rng", .done = queue_done };
static const struct virtio_queue_spec queue_spec = { .name = "requests", .ops = &queue_ops };

static int probe(struct virtio_device *dev)
{
	struct virtio_rng *rng = kzalloc(sizeof(*rng), GFP_KERNEL);
	int err;

	if (!rng)
		return -ENOMEM;
	err = virtio_create_queues(dev, 1, &queue_spec);
	if (err) {
		kfree(rng);
		return err;
	}
	rng->vq = dev->queue[0];
	rng->vq->driver_data = rng;
	rng->source.ops = &source_ops;
	dev->driver_data = rng;
	virtio_device_ready(dev);
	random_register_source(&rng->source);
	return 0;
}

static const struct virtio_driver_ops driver_ops = { .probe = probe };
static struct virtio_driver virtio_rng_driver = {
	.name = "virtio-rng",
	.device_id = VIRTIO_ID_RNG,
	.ops = &driver_ops,
};

void virtio_rng_init(void)
{
	virtio_driver_register(&virtio_rng_driver);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtqueue_fuzz.c - a driver that keeps the rules and a device that writes anything at any time into the memory it can reach. Each
 * token comes back at most once, with a length that was offered; the counts add up; detaching gives back all the others.
 */
#include "virtqueue_host.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RING	16
#define REQUESTS 64
#define MUST(x)                           \
	do {                              \
		if (!(x))                 \
			__builtin_trap(); \
	} while (0)

struct world {
	struct virtio_device dev;
	struct virtqueue *vq;
	u32 doorbell;
	const u8 *data;
	size_t left;
	u32 room[REQUESTS]; /* writable bytes + 1 of a request in flight, 0: none */
};

static u8 next(struct world *w)
{
	if (!w->left)
		return 0;
	w->left--;
	return *w->data++;
}

static u32 next32(struct world *w)
{
	u32 v = next(w);

	return v & 0x80 ? v | next(w) << 8 | (u32)next(w) << 16 | (u32)next(w) << 24 : v;
}

static void driver_add(struct world *w)
{
	u32 nr_out = next(w) % 4, nr_in = next(w) % 4, at = next(w) % REQUESTS, bytes = 0;
	struct scatter pieces[6];

	if (w->room[at] || !(nr_out + nr_in))
		return;
	for (u32 i = 0; i < nr_out + nr_in; i++) {
		pieces[i] = (struct scatter){ .phys = 0x1000 * (i + 1), .len = 1 + next(w) };
		bytes += i >= nr_out ? pieces[i].len : 0;
	}
	if (!virtqueue_add(w->vq, pieces, nr_out, nr_in, &w->room[at], GFP_KERNEL))
		w->room[at] = bytes + 1;
}

static void take_back(struct world *w, u32 *token, u32 len)
{
	MUST(token >= w->room && token < w->room + REQUESTS);
	MUST(*token && len < *token);
	*token = 0;
}

static void driver_get(struct world *w)
{
	u32 len = 0, *token = virtqueue_get(w->vq, &len);

	if (token)
		take_back(w, token, len);
}

/* Descriptors and both rings: all the device was told of. */
static void device_scribble(struct world *w)
{
	size_t at = next32(w) % w->vq->ring_bytes;

	((u8 *)w->vq->desc)[at] = next(w);
}

static void device_answer(struct world *w)
{
	struct vring_used *used = w->vq->used;

	used->ring[used->idx % RING] = (struct vring_used_elem){ .id = next32(w), .len = next32(w) };
	used->idx++;
}

/* The honest way: the head that the driver offered last or some time ago. */
static void device_serve(struct world *w)
{
	struct vring_used *used = w->vq->used;

	used->ring[used->idx % RING] =
		(struct vring_used_elem){ .id = w->vq->avail->ring[used->idx % RING], .len = next32(w) };
	used->idx++;
}

static void step(struct world *w)
{
	switch (next(w) % 9) {
	case 0:
	case 1:
		driver_add(w);
		break;
	case 2:
		driver_get(w);
		break;
	case 3:
		virtqueue_kick(w->vq);
		break;
	case 4:
		virtqueue_disable_done(w->vq);
		break;
	case 5:
		virtqueue_enable_done(w->vq);
		break;
	case 6:
		device_serve(w);
		break;
	case 7:
		device_answer(w);
		break;
	default:
		device_scribble(w);
	}
}

static const struct virtio_queue_spec spec = { .name = "fuzz" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world w = { .data = data, .left = size };
	u32 *token;

	w.dev.features = (u64)(next(&w) & 3) << VIRTIO_RING_F_INDIRECT_DESC;
	w.vq = virtqueue_create(&w.dev, 0, RING, &spec);
	if (!w.vq)
		return 0;
	w.vq->notify = &w.doorbell;
	while (w.left) {
		step(&w);
		MUST(w.vq->nr_free <= RING && w.vq->nr_in_flight <= RING - w.vq->nr_free);
	}
	while ((token = virtqueue_detach(w.vq)))
		take_back(&w, token, 0);
	MUST(virtqueue_room(w.vq) == RING);
	for (u32 i = 0; i < REQUESTS; i++)
		MUST(!w.room[i]);
	virtqueue_destroy(w.vq);
	return 0;
}

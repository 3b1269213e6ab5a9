/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtqueue_test.c - the ring against a device in software, honest and hostile: Q1 to Q3 of virtqueue.c, under the address sanitizer.
 * The same ring on the real machine: virtqueue_selftest.c.
 */
#include "unit_test.h"
#include "virtqueue_host.h"

#define RING	 8
#define INDIRECT (1ull << VIRTIO_RING_F_INDIRECT_DESC)
#define EVENTS	 (1ull << VIRTIO_RING_F_EVENT_IDX)

struct world {
	struct virtio_device dev;
	struct virtqueue *vq;
	u32 doorbell;
	u16 seen; /* the device's index into avail */
};

static const struct virtio_queue_spec spec = { .name = "test" };
static const struct scatter pieces[3] = { { 0x1000, 16 }, { 0x2000, 32 }, { 0x4000, 64 } };
static u8 tokens[RING + 1];

static void start(struct world *w, u64 features)
{
	memset(w, 0, sizeof(*w));
	w->dev.features = features;
	w->vq = virtqueue_create(&w->dev, 0, RING, &spec);
	CHECK(w->vq);
	w->doorbell = ~0u;
	w->vq->notify = &w->doorbell;
}

/* Gives back what is in flight; how many. */
static u32 stop(struct world *w)
{
	u32 nr = 0;

	while (virtqueue_detach(w->vq))
		nr++;
	CHECK_EQ(virtqueue_room(w->vq), RING);
	virtqueue_destroy(w->vq);
	return nr;
}

static u16 device_take(struct world *w)
{
	return w->vq->avail->ring[w->seen++ % RING];
}

static void device_answer(struct world *w, u32 id, u32 len)
{
	struct vring_used *used = w->vq->used;

	used->ring[used->idx % RING] = (struct vring_used_elem){ .id = id, .len = len };
	used->idx++;
}

static void answers_come_back(u64 features)
{
	struct world w;
	u32 len = 0;

	start(&w, features);
	for (u32 round = 0; round < 0x10000 + 3 * RING; round++) { /* the indices wrap */
		CHECK_EQ(virtqueue_add(w.vq, pieces, 1, 2, &tokens[1], GFP_KERNEL), 0);
		CHECK(!virtqueue_get(w.vq, &len));
		device_answer(&w, device_take(&w), round & 1 ? 40 : 4000);
		CHECK(virtqueue_get(w.vq, &len) == &tokens[1]);
		CHECK_EQ(len, round & 1 ? 40 : 96); /* 32 + 64 were offered */
		CHECK_EQ(virtqueue_room(w.vq), RING);
	}
	CHECK_EQ(stop(&w), 0);
}

TEST(answers_come_back_by_chains) { answers_come_back(0); }
TEST(answers_come_back_by_tables) { answers_come_back(INDIRECT | EVENTS); }

TEST(a_chain_is_what_was_added)
{
	const struct vring_desc *table;
	struct world w;
	u16 head;

	start(&w, INDIRECT);
	CHECK_EQ(virtqueue_add(w.vq, pieces, 1, 2, tokens, GFP_KERNEL), 0);
	head = device_take(&w);
	CHECK_EQ(w.vq->desc[head].flags, VRING_DESC_F_INDIRECT);
	CHECK_EQ(w.vq->desc[head].len, 3 * sizeof(*table));
	table = (void *)(uintptr_t)w.vq->desc[head].addr;
	CHECK_EQ(table[0].flags, VRING_DESC_F_NEXT);
	CHECK_EQ(table[1].flags, VRING_DESC_F_NEXT | VRING_DESC_F_WRITE);
	CHECK_EQ(table[2].flags, VRING_DESC_F_WRITE);
	CHECK_EQ(table[2].addr, 0x4000);
	CHECK_EQ(stop(&w), 1);
}

TEST(a_full_ring_says_so_and_empties_in_any_order)
{
	struct world w;
	u32 len;

	start(&w, 0);
	for (int i = 0; i < RING; i++)
		CHECK_EQ(virtqueue_add(w.vq, pieces, 1, 0, &tokens[i], GFP_KERNEL), 0);
	CHECK_EQ(virtqueue_add(w.vq, pieces, 1, 0, &tokens[RING], GFP_KERNEL), -ENOSPC);
	for (int i = 0; i < RING; i++) {
		device_answer(&w, w.vq->avail->ring[RING - 1 - i], 0);
		CHECK(virtqueue_get(w.vq, &len) == &tokens[RING - 1 - i]);
		CHECK_EQ(len, 0);
	}
	CHECK_EQ(stop(&w), 0);
}

TEST(what_can_never_fit_is_refused)
{
	struct scatter many[INDIRECT_MAX + 1] = { 0 };
	struct world w;

	start(&w, 0);
	CHECK_EQ(virtqueue_add(w.vq, many, RING + 1, 0, tokens, GFP_KERNEL), -EIO);
	stop(&w);
	start(&w, INDIRECT);
	CHECK_EQ(virtqueue_add(w.vq, many, INDIRECT_MAX, 1, tokens, GFP_KERNEL), -EIO);
	CHECK_EQ(virtqueue_add(w.vq, many, INDIRECT_MAX, 0, tokens, GFP_KERNEL), 0);
	CHECK_EQ(stop(&w), 1);
}

/* An empty ring gives no answer after which one could try again: the request must go in. */
TEST(what_is_larger_than_the_ring_goes_in_without_memory)
{
	struct scatter many[RING + 2] = { 0 };
	struct world w;
	u32 len;

	start(&w, INDIRECT);
	no_tables = true;
	for (int round = 0; round < 3; round++) {
		CHECK_EQ(virtqueue_add(w.vq, many, RING, 2, &tokens[0], GFP_ATOMIC), 0);
		CHECK_EQ(virtqueue_add(w.vq, many, RING, 2, &tokens[1], GFP_ATOMIC), -ENOSPC);
		CHECK_EQ(virtqueue_add(w.vq, many, 1, 1, &tokens[1], GFP_ATOMIC), 0); /* by a chain */
		CHECK_EQ(w.vq->desc[device_take(&w)].len, (RING + 2) * sizeof(struct vring_desc));
		device_take(&w);
		for (u32 i = 0; i < RING; i++)
			if (w.vq->chain[i].token)
				device_answer(&w, i, 0);
		CHECK(virtqueue_get(w.vq, &len) && virtqueue_get(w.vq, &len));
	}
	CHECK_EQ(virtqueue_add(w.vq, many, RING, 2, &tokens[0], GFP_ATOMIC), 0);
	no_tables = false;
	CHECK_EQ(stop(&w), 1);
}

/* --- lies --- */

/* Two requests of three descriptors are in flight, the head of the first is @head; returns how many answers are believed. */
static u32 after_lie(struct world *w)
{
	u32 len, returned = 0;

	while (virtqueue_get(w->vq, &len))
		returned++;
	CHECK(virtqueue_is_broken(w->vq));
	CHECK_EQ(virtqueue_add(w->vq, pieces, 1, 0, &tokens[2], GFP_KERNEL), -EIO);
	CHECK_EQ(returned + stop(w), 2);
	return returned;
}

static u16 two_in_flight(struct world *w)
{
	start(w, 0);
	CHECK_EQ(virtqueue_add(w->vq, pieces, 2, 1, &tokens[0], GFP_KERNEL), 0);
	CHECK_EQ(virtqueue_add(w->vq, pieces, 2, 1, &tokens[1], GFP_KERNEL), 0);
	return device_take(w);
}

TEST(an_answer_to_no_request_kills_the_queue)
{
	static const u32 ids[] = { RING, RING - 1, 0xffff, 0x10000, 0xffffffff };
	struct world w;

	for (u32 i = 0; i < ARRAY_SIZE(ids); i++) {
		two_in_flight(&w);
		device_answer(&w, ids[i], 0);
		CHECK_EQ(after_lie(&w), 0);
	}
}

TEST(the_middle_of_a_chain_is_not_its_head)
{
	struct world w;
	u16 head = two_in_flight(&w);

	device_answer(&w, head + 1, 0);
	CHECK_EQ(after_lie(&w), 0);
}

TEST(a_request_is_answered_once)
{
	struct world w;
	u16 head = two_in_flight(&w);

	device_answer(&w, head, 0);
	device_answer(&w, head, 0);
	CHECK_EQ(after_lie(&w), 1);
}

TEST(more_answers_than_requests_kill_the_queue)
{
	struct world w;

	two_in_flight(&w);
	w.vq->used->idx += 3;
	CHECK_EQ(after_lie(&w), 0);
	two_in_flight(&w);
	w.vq->used->idx--;
	CHECK_EQ(after_lie(&w), 0);
}

TEST(overwritten_descriptors_do_not_matter)
{
	struct world w;
	u32 len;

	start(&w, 0);
	for (int round = 0; round < 4 * RING; round++) {
		CHECK_EQ(virtqueue_add(w.vq, pieces, 2, 1, tokens, GFP_KERNEL), 0);
		device_answer(&w, device_take(&w), 1);
		memset(w.vq->desc, 0xff, RING * sizeof(struct vring_desc));
		CHECK(virtqueue_get(w.vq, &len) == tokens);
		CHECK_EQ(len, 1);
	}
	CHECK_EQ(stop(&w), 0);
}

/* --- who wants to hear --- */

TEST(the_doorbell_rings_when_it_is_wanted)
{
	struct world w;

	start(&w, EVENTS);
	*(u16 *)&w.vq->used->ring[RING] = 1; /* tell me about the second request */
	CHECK_EQ(virtqueue_add(w.vq, pieces, 1, 0, &tokens[0], GFP_KERNEL), 0);
	virtqueue_kick(w.vq);
	CHECK_EQ(w.doorbell, ~0u);
	CHECK_EQ(virtqueue_add(w.vq, pieces, 1, 0, &tokens[1], GFP_KERNEL), 0);
	virtqueue_kick(w.vq);
	CHECK_EQ(w.doorbell, 0);
	CHECK_EQ(stop(&w), 2);
	start(&w, 0);
	w.vq->used->flags = VRING_USED_F_NO_NOTIFY;
	CHECK_EQ(virtqueue_add(w.vq, pieces, 1, 0, &tokens[0], GFP_KERNEL), 0);
	virtqueue_kick(w.vq);
	CHECK_EQ(w.doorbell, ~0u);
	CHECK_EQ(stop(&w), 1);
}

TEST(an_answer_between_the_wish_and_the_look_is_seen)
{
	struct world w;
	u32 len;

	start(&w, EVENTS);
	virtqueue_disable_done(w.vq);
	CHECK_EQ(virtqueue_add(w.vq, pieces, 1, 0, tokens, GFP_KERNEL), 0);
	device_answer(&w, device_take(&w), 0);
	CHECK(!virtqueue_enable_done(w.vq));
	CHECK(virtqueue_get(w.vq, &len) == tokens);
	CHECK(virtqueue_enable_done(w.vq));
	CHECK_EQ(*avail_used_event(w.vq), 1);
	CHECK_EQ(stop(&w), 0);
}

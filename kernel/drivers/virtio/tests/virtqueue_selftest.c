/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtqueue_selftest.c - selftest=virtqueue: the ring against a device played in software, honest and hostile.
 *
 * Proves: tokens and lengths come back (direct and indirect chains), a full ring says -ENOSPC and empties again (Q2),
 * lengths are cut to what was offered, wrong ids and indices kill the queue and nothing else (Q3), a device that
 * overwrites descriptors changes nothing of ours (Q1), every token in flight is given back by detach, and the doorbell
 * is rung only when it is wanted.
 */
#include "../virtio_impl.h"

#include <lib/errno.h>
#include <lib/string.h>
#include <log/printk.h>
#include <virtio/vring.h>

int virtqueue_selftest(void);

#define EXPECT(cond)                                                                         \
	({                                                                                   \
		bool expect_ok = (cond);                                                     \
		if (!expect_ok)                                                              \
			pr_err("selftest virtqueue: line %d: %s\n", __LINE__, #cond);        \
		expect_ok;                                                                   \
	})

#define RING 8

struct fake {
	struct virtio_device dev;
	struct virtqueue *vq;
	u32 doorbell;
	u16 seen; /* the device's index into avail */
};

static const struct virtio_queue_spec spec = { .name = "test", .ops = NULL };

static bool fake_start(struct fake *fake, u64 features)
{
	memset(fake, 0, sizeof(*fake));
	strscpy(fake->dev.name, "selftest", sizeof(fake->dev.name));
	fake->dev.features = features;
	fake->vq = virtqueue_create(&fake->dev, 0, RING, &spec);
	if (!fake->vq)
		return false;
	fake->doorbell = ~0u;
	fake->vq->notify = &fake->doorbell;
	return true;
}

/* The device takes the next chain: its head. */
static u16 fake_take(struct fake *fake)
{
	return fake->vq->avail->ring[fake->seen++ % RING];
}

static void fake_answer(struct fake *fake, u32 id, u32 len)
{
	struct vring_used *used = fake->vq->used;

	used->ring[used->idx % RING] = (struct vring_used_elem){ .id = id, .len = len };
	used->idx++;
}

static struct scatter pieces[3] = { { 0x1000, 16 }, { 0x2000, 32 }, { 0x4000, 64 } };
static u8 tokens[RING + 1];

static bool answers_come_back(u64 features)
{
	struct fake fake;
	bool ok = EXPECT(fake_start(&fake, features));
	u32 len = 0;

	for (int round = 0; ok && round < 3 * RING; round++) {
		ok &= EXPECT(!virtqueue_add(fake.vq, pieces, 1, 2, &tokens[1], GFP_KERNEL));
		virtqueue_kick(fake.vq);
		ok &= EXPECT(fake.doorbell == 0);
		ok &= EXPECT(!virtqueue_get(fake.vq, &len));
		fake_answer(&fake, fake_take(&fake), round & 1 ? 40 : 4000);
		ok &= EXPECT(virtqueue_get(fake.vq, &len) == &tokens[1]);
		ok &= EXPECT(len == (round & 1 ? 40 : 96)); /* 32 + 64 were offered */
		ok &= EXPECT(virtqueue_room(fake.vq) == RING);
	}
	virtqueue_destroy(fake.vq);
	return ok;
}

static bool full_ring_says_so_and_empties(void)
{
	struct fake fake;
	bool ok = EXPECT(fake_start(&fake, 0));
	u32 len;

	for (int i = 0; i < RING; i++)
		ok &= EXPECT(!virtqueue_add(fake.vq, pieces, 1, 0, &tokens[i], GFP_KERNEL));
	ok &= EXPECT(virtqueue_add(fake.vq, pieces, 1, 0, &tokens[RING], GFP_KERNEL) == -ENOSPC);
	for (int i = 0; i < RING; i++) { /* answered in the wrong order, which is allowed */
		fake_answer(&fake, fake.vq->avail->ring[RING - 1 - i], 0);
		ok &= EXPECT(virtqueue_get(fake.vq, &len) == &tokens[RING - 1 - i]);
	}
	ok &= EXPECT(virtqueue_room(fake.vq) == RING);
	virtqueue_destroy(fake.vq);
	return ok;
}

/* Two requests of three descriptors are in flight; then the device does @what. */
enum lie { LIE_RANGE, LIE_FREE, LIE_MIDDLE, LIE_TWICE, LIE_INDEX, NR_LIES };

static void tell_lie(struct fake *fake, enum lie lie)
{
	u16 head = fake_take(fake);

	switch (lie) {
	case LIE_RANGE:
		fake_answer(fake, RING, 0);
		break;
	case LIE_FREE:
		fake_answer(fake, RING - 1, 0);
		break;
	case LIE_MIDDLE:
		fake_answer(fake, head + 1, 0);
		break;
	case LIE_TWICE:
		fake_answer(fake, head, 0);
		fake_answer(fake, head, 0);
		break;
	default:
		fake->vq->used->idx += 3;
	}
}

static bool lies_kill_the_queue_only(enum lie lie)
{
	struct fake fake;
	bool ok = EXPECT(fake_start(&fake, 0));
	u32 len, returned = 0;

	ok &= EXPECT(!virtqueue_add(fake.vq, pieces, 2, 1, &tokens[0], GFP_KERNEL));
	ok &= EXPECT(!virtqueue_add(fake.vq, pieces, 2, 1, &tokens[1], GFP_KERNEL));
	tell_lie(&fake, lie);
	while (virtqueue_get(fake.vq, &len))
		returned++;
	ok &= EXPECT(virtqueue_is_broken(fake.vq) && returned == (lie == LIE_TWICE));
	ok &= EXPECT(virtqueue_add(fake.vq, pieces, 1, 0, &tokens[2], GFP_KERNEL) == -EIO);
	while (virtqueue_detach(fake.vq))
		returned++;
	ok &= EXPECT(returned == 2 && virtqueue_room(fake.vq) == RING);
	virtqueue_destroy(fake.vq);
	return ok;
}

static bool overwritten_descriptors_do_not_matter(void)
{
	struct fake fake;
	bool ok = EXPECT(fake_start(&fake, 0));
	u32 len;

	for (int round = 0; round < 4 * RING; round++) {
		ok &= EXPECT(!virtqueue_add(fake.vq, pieces, 2, 1, &tokens[0], GFP_KERNEL));
		fake_answer(&fake, fake_take(&fake), 1);
		memset(fake.vq->desc, 0xff, RING * sizeof(struct vring_desc));
		ok &= EXPECT(virtqueue_get(fake.vq, &len) == &tokens[0] && len == 1);
		ok &= EXPECT(virtqueue_room(fake.vq) == RING);
	}
	virtqueue_destroy(fake.vq);
	return ok;
}

static bool doorbell_rings_when_wanted(void)
{
	struct fake fake;
	bool ok = EXPECT(fake_start(&fake, 1ull << VIRTIO_RING_F_EVENT_IDX));
	u16 *avail_event = (u16 *)&fake.vq->used->ring[RING];

	*avail_event = 1; /* tell me about the second request */
	ok &= EXPECT(!virtqueue_add(fake.vq, pieces, 1, 0, &tokens[0], GFP_KERNEL));
	virtqueue_kick(fake.vq);
	ok &= EXPECT(fake.doorbell == ~0u);
	ok &= EXPECT(!virtqueue_add(fake.vq, pieces, 1, 0, &tokens[1], GFP_KERNEL));
	virtqueue_kick(fake.vq);
	ok &= EXPECT(fake.doorbell == 0);
	while (virtqueue_detach(fake.vq))
		;
	virtqueue_destroy(fake.vq);
	return ok;
}

int virtqueue_selftest(void)
{
	bool ok = true;

	ok &= answers_come_back(0);
	ok &= answers_come_back(1ull << VIRTIO_RING_F_INDIRECT_DESC | 1ull << VIRTIO_RING_F_EVENT_IDX);
	ok &= full_ring_says_so_and_empties();
	for (int lie = 0; lie < NR_LIES; lie++)
		ok &= lies_kill_the_queue_only(lie);
	ok &= overwritten_descriptors_do_not_matter();
	ok &= doorbell_rings_when_wanted();
	return ok ? 0 : -EIO;
}

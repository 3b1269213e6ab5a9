/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtqueue.c - the split ring.
 *
 * WHAT        Three tables in one piece of memory: descriptors (address, length), the available ring (we
 *             write: heads of chains to serve) and the used ring (the device writes: heads served, bytes
 *             written). Indices run freely modulo 65536; the ring position is the index modulo num.
 *             Chains of several pieces go through an indirect table when the device knows those, so
 *             a request takes one descriptor. With EVENT_IDX each side names the index at which it wants
 *             to hear from the other. A request of more pieces than the ring has can only go through such a table; when there is no
 *             memory for one it takes the spare that was made with the queue.
 * INVARIANTS  Q1  chain[] is our truth: free list, chain lengths, tokens. What the device can write
 *                 (descriptors, rings) is never used to find memory of ours.
 *             Q2  nr_free + descriptors in flight == num.
 *             Q3  0 <= used->idx - used_idx <= nr_in_flight; an answer's id is the head of a chain in flight, its
 *                 length at most what the chain allows. A device that breaks this is_broken for good.
 * LOCKING     vq->lock, rank VIRTQ, interrupts off.
 * ERRORS      -ENOSPC, -EIO.
 * TESTS       tests/virtqueue_test.c (a device in software, honest and hostile)
 * SEE         virtio 1.0 section 2.4 (split virtqueues)
 */
#include "virtio_impl.h"

#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <arch/barrier.h>
#include <lib/errno.h>
#include <log/printk.h>
#include <virtio/vring.h>

#define INDIRECT_MAX 256 /* pieces of one request */
#define SPARE_BYTES  (INDIRECT_MAX * sizeof(struct vring_desc))

/* --- rings --------------------------------------------------------------------------------------- */

static u16 *avail_used_event(struct virtqueue *vq)
{
	return &vq->avail->ring[vq->num];
}

static u16 used_avail_event(struct virtqueue *vq)
{
	return READ_ONCE(*(u16 *)&vq->used->ring[vq->num]);
}

static size_t avail_at(u16 num)
{
	return num * sizeof(struct vring_desc);
}

static size_t used_at(u16 num)
{
	return ALIGN(avail_at(num) + sizeof(u16) * (3 + (size_t)num), 4096);
}

static size_t ring_size(u16 num)
{
	return used_at(num) + sizeof(u16) * 3 + num * sizeof(struct vring_used_elem);
}

static void broken(struct virtqueue *vq, const char *why)
{
	if (!vq->is_broken)
		pr_err("virtio: %s queue %s: %s; the queue is dead\n", vq->dev->name, vq->name, why);
	WRITE_ONCE(vq->is_broken, true);
}

static bool chains_init(struct virtqueue *vq)
{
	vq->chain = kcalloc(vq->num, sizeof(vq->chain[0]), GFP_KERNEL);
	for (u16 i = 0; vq->chain && i < vq->num; i++)
		vq->chain[i].next = i + 1;
	return vq->chain != NULL;
}

/* Requests that fit into the ring without a table need no spare. */
static bool spare_init(struct virtqueue *vq)
{
	if (!vq->has_indirect || vq->num >= INDIRECT_MAX)
		return true;
	vq->spare = kzalloc(SPARE_BYTES, GFP_KERNEL);
	return vq->spare != NULL;
}

/* The spare table, if no request in flight has it. */
static struct vring_desc *spare_take(struct virtqueue *vq)
{
	bool is_free = vq->spare && !__atomic_exchange_n(&vq->is_spare_taken, true, __ATOMIC_ACQUIRE);

	return is_free ? vq->spare : NULL;
}

static void table_free(struct virtqueue *vq, struct vring_desc *table)
{
	if (table && table == vq->spare)
		__atomic_store_n(&vq->is_spare_taken, false, __ATOMIC_RELEASE);
	else
		kfree(table);
}

struct virtqueue *virtqueue_create(struct virtio_device *dev, u16 index, u16 num,
				   const struct virtio_queue_spec *spec)
{
	struct virtqueue *vq = kzalloc(sizeof(*vq), GFP_KERNEL);
	char *ring;

	if (!vq)
		return NULL;
	vq->dev = dev;
	vq->index = index;
	vq->num = num;
	vq->nr_free = num;
	vq->ops = spec->ops;
	vq->name = spec->name;
	vq->has_event_idx = virtio_has(dev, VIRTIO_RING_F_EVENT_IDX);
	vq->has_indirect = virtio_has(dev, VIRTIO_RING_F_INDIRECT_DESC);
	vq->ring_bytes = ring_size(num);
	spin_lock_init(&vq->lock, RANK_VIRTQ);
	ring = alloc_pages_exact(vq->ring_bytes, GFP_KERNEL | __GFP_ZERO);
	if (!ring || !chains_init(vq) || !spare_init(vq)) {
		free_pages_exact(ring, vq->ring_bytes);
		kfree(vq->chain);
		kfree(vq);
		return NULL;
	}
	vq->desc = (struct vring_desc *)ring;
	vq->avail = (struct vring_avail *)(ring + avail_at(num));
	vq->used = (struct vring_used *)(ring + used_at(num));
	if (!vq->ops)
		vq->avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	return vq;
}

void virtqueue_destroy(struct virtqueue *vq)
{
	free_pages_exact(vq->desc, vq->ring_bytes);
	kfree(vq->spare);
	kfree(vq->chain);
	kfree(vq);
}

/* --- adding ---------------------------------------------------------------------------------------- */

static void desc_set(struct vring_desc *desc, const struct scatter *piece, bool is_write)
{
	desc->addr = piece->phys;
	desc->len = piece->len;
	desc->flags = is_write ? VRING_DESC_F_WRITE : 0;
}

/* All pieces in a table of their own; NULL: take the direct way, or wait until the spare comes back. */
static struct vring_desc *indirect_make(struct virtqueue *vq, const struct scatter *pieces, u32 nr_out,
					u32 nr, gfp_t gfp)
{
	struct vring_desc *table;

	if (!vq->has_indirect || nr < 2 || nr > INDIRECT_MAX)
		return NULL;
	table = kmalloc_array(nr, sizeof(*table), gfp | __GFP_NOWARN);
	if (!table && nr > vq->num)
		table = spare_take(vq);
	for (u32 i = 0; table && i < nr; i++) {
		desc_set(&table[i], &pieces[i], i >= nr_out);
		if (i + 1 < nr) {
			table[i].flags |= VRING_DESC_F_NEXT;
			table[i].next = (u16)(i + 1);
		}
	}
	return table;
}

/* One descriptor for the table, or one for each piece. The caller has checked the room. */
static u16 chain_write_locked(struct virtqueue *vq, const struct scatter *pieces, u32 nr_out, u32 nr,
			      struct vring_desc *table)
{
	u16 head = vq->free_head, at = head;

	if (table) {
		vq->desc[head].addr = virt_to_phys(table);
		vq->desc[head].len = nr * sizeof(*table);
		vq->desc[head].flags = VRING_DESC_F_INDIRECT;
		vq->free_head = vq->chain[head].next;
		return head;
	}
	for (u32 i = 0; i < nr; i++) {
		u16 next = vq->chain[at].next;

		desc_set(&vq->desc[at], &pieces[i], i >= nr_out);
		if (i + 1 < nr) {
			vq->desc[at].flags |= VRING_DESC_F_NEXT;
			vq->desc[at].next = next;
		}
		at = next;
	}
	vq->free_head = at;
	return head;
}

static int add_locked(struct virtqueue *vq, const struct scatter *pieces, u32 nr_out, u32 nr,
		      struct vring_desc *table, void *token)
{
	u16 need = table ? 1 : (u16)nr, head;

	if (vq->is_broken)
		return -EIO;
	if (vq->nr_free < need)
		return -ENOSPC;
	head = chain_write_locked(vq, pieces, nr_out, nr, table);
	vq->chain[head].token = token;
	vq->chain[head].indirect = table;
	vq->chain[head].nr = need;
	vq->chain[head].writable_bytes = (u32)scatter_bytes(pieces + nr_out, nr - nr_out);
	vq->nr_free -= need;
	vq->nr_in_flight++;
	vq->avail->ring[vq->avail_idx % vq->num] = head;
	vq->avail_idx++;
	smp_wmb(); /* the chain before the index; pairs with the device's read of avail->idx */
	WRITE_ONCE(vq->avail->idx, vq->avail_idx);
	return 0;
}

int virtqueue_add(struct virtqueue *vq, const struct scatter *pieces, u32 nr_out, u32 nr_in,
		  void *token, gfp_t gfp)
{
	u32 nr = nr_out + nr_in;
	struct vring_desc *table;
	unsigned long flags;
	int err;

	KASSERT(token && nr);
	if (nr > vq->num && (!vq->has_indirect || nr > INDIRECT_MAX))
		return -EIO; /* it will never fit */
	table = indirect_make(vq, pieces, nr_out, nr, gfp);
	spin_lock_irqsave(&vq->lock, flags);
	err = add_locked(vq, pieces, nr_out, nr, table, token);
	spin_unlock_irqrestore(&vq->lock, flags);
	if (err)
		table_free(vq, table);
	return err;
}

static bool device_wants_kick_locked(struct virtqueue *vq)
{
	u16 old = vq->notified_idx, new = vq->avail_idx;

	vq->notified_idx = new;
	if (old == new)
		return false;
	if (!vq->has_event_idx)
		return !(READ_ONCE(vq->used->flags) & VRING_USED_F_NO_NOTIFY);
	return vring_need_event(used_avail_event(vq), new, old);
}

void virtqueue_kick(struct virtqueue *vq)
{
	unsigned long flags;
	bool wanted;

	spin_lock_irqsave(&vq->lock, flags);
	smp_mb(); /* our index before its wish; the device does the opposite */
	wanted = device_wants_kick_locked(vq) && !vq->is_broken;
	spin_unlock_irqrestore(&vq->lock, flags);
	if (wanted)
		virtqueue_notify(vq);
}

/* --- getting --------------------------------------------------------------------------------------- */

/* Q1, Q2: the free list comes from chain[], not from the descriptors. */
static void *chain_free_locked(struct virtqueue *vq, u16 head)
{
	struct virtq_chain *chain = &vq->chain[head];
	void *token = chain->token;
	u16 last = head;

	for (u16 i = 1; i < chain->nr; i++)
		last = vq->chain[last].next;
	vq->chain[last].next = vq->free_head;
	vq->free_head = head;
	vq->nr_free += chain->nr;
	vq->nr_in_flight--;
	chain->token = NULL;
	table_free(vq, chain->indirect);
	chain->indirect = NULL;
	return token;
}

static bool has_answer_locked(struct virtqueue *vq)
{
	u16 waiting = (u16)(READ_ONCE(vq->used->idx) - vq->used_idx);

	if (waiting > vq->nr_in_flight) { /* Q3 */
		broken(vq, "more answers than requests");
		return false;
	}
	return waiting != 0;
}

static void *get_locked(struct virtqueue *vq, u32 *len)
{
	const struct vring_used_elem *answer;
	u32 id, bytes;

	if (vq->is_broken || !has_answer_locked(vq))
		return NULL;
	smp_rmb(); /* the index before the answer */
	answer = &vq->used->ring[vq->used_idx % vq->num];
	id = READ_ONCE(answer->id);
	bytes = READ_ONCE(answer->len);
	if (id >= vq->num || !vq->chain[id].token) { /* Q3 */
		broken(vq, "an answer to no request");
		return NULL;
	}
	*len = bytes < vq->chain[id].writable_bytes ? bytes : vq->chain[id].writable_bytes;
	vq->used_idx++;
	if (vq->has_event_idx && !(vq->avail->flags & VRING_AVAIL_F_NO_INTERRUPT)) {
		WRITE_ONCE(*avail_used_event(vq), vq->used_idx);
		smp_mb(); /* our wish before the next look at used->idx */
	}
	return chain_free_locked(vq, (u16)id);
}

void *virtqueue_get(struct virtqueue *vq, u32 *len)
{
	with_spinlock_irqsave(&vq->lock);
	return get_locked(vq, len);
}

void virtqueue_disable_done(struct virtqueue *vq)
{
	with_spinlock_irqsave(&vq->lock);
	vq->avail->flags |= VRING_AVAIL_F_NO_INTERRUPT;
	if (vq->has_event_idx) /* half a ring away: practically never */
		WRITE_ONCE(*avail_used_event(vq), (u16)(vq->used_idx - 1));
}

bool virtqueue_enable_done(struct virtqueue *vq)
{
	with_spinlock_irqsave(&vq->lock);
	vq->avail->flags &= (u16)~VRING_AVAIL_F_NO_INTERRUPT;
	if (vq->has_event_idx)
		WRITE_ONCE(*avail_used_event(vq), vq->used_idx);
	smp_mb(); /* our wish before the look at used->idx */
	return vq->is_broken || !has_answer_locked(vq);
}

bool virtqueue_is_broken(struct virtqueue *vq)
{
	return READ_ONCE(vq->is_broken);
}

u32 virtqueue_room(struct virtqueue *vq)
{
	return READ_ONCE(vq->nr_free);
}

void *virtqueue_detach(struct virtqueue *vq)
{
	with_spinlock_irqsave(&vq->lock);
	vq->is_broken = true;
	for (u16 i = 0; vq->nr_in_flight && i < vq->num; i++)
		if (vq->chain[i].token)
			return chain_free_locked(vq, i);
	return NULL;
}

void virtqueue_interrupt(struct virtqueue *vq)
{
	if (vq->ops)
		vq->ops->done(vq);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtqueue.h - a split ring of virtio 1.0: requests to a device, answers from it.
 *
 * LOCKING     Each queue has its lock (rank VIRTQ, interrupts off) and takes it inside; a driver may call
 *             from any context but NMI. done() runs in hard interrupt context with no lock held.
 * ERRORS      -ENOSPC: the ring is full, try after done(). -EIO: the device broke the protocol or is gone;
 *             the queue is dead and virtqueue_detach() gives the tokens back.
 */
#ifndef VIRTIO_VIRTQUEUE_H
#define VIRTIO_VIRTQUEUE_H

#include <lib/types.h>
#include <pages/gfp.h>
#include <pages/scatter.h>
#include <sync/spinlock.h>

struct virtio_device;
struct virtqueue;
struct vring_desc;
struct vring_avail;
struct vring_used;

struct virtqueue_ops {
	const char *name;
	/* The device has given buffers back (maybe none: interrupts are shared). Hard interrupt. */
	void (*done)(struct virtqueue *vq);
};

/* What we remember of a chain; the table that the device can write is never read back. */
struct virtq_chain {
	void *token;	    /* NULL: descriptor not the head of a chain in flight */
	void *indirect;	    /* table of an indirect chain */
	u32 writable_bytes; /* what the device may say it wrote, at most */
	u16 nr;		    /* descriptors taken in the ring */
	u16 next;	    /* free list, or next of this chain */
};

struct virtqueue {
	struct virtio_device *dev; /* __final */
	const struct virtqueue_ops *ops;
	void *driver_data;
	const char *name;
	u16 index; /* __final */
	u16 num;   /* __final: ring size */
	u16 irq_nr; /* the transport's */
	bool has_event_idx, has_indirect, notify_is_16; /* __final */
	volatile void *notify; /* __final: the transport's doorbell */
	struct spinlock lock;
	bool is_broken __guarded_by(&lock);
	u16 nr_free __guarded_by(&lock);
	u16 free_head __guarded_by(&lock);
	u16 avail_idx __guarded_by(&lock); /* our copy: what the device last saw or will see */
	u16 notified_idx __guarded_by(&lock); /* avail_idx when the device was last told */
	u16 used_idx __guarded_by(&lock);  /* answers taken */
	u16 nr_in_flight __guarded_by(&lock);
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	size_t ring_bytes;
	struct virtq_chain *chain;
	struct vring_desc *spare; /* __final: a table for the largest request, or NULL: none is larger than the ring */
	bool is_spare_taken;	  /* atomic */
};

/*
 * Hand @nr_out readable pieces, then @nr_in writable ones, to the device. @token comes back with the
 * answer and is not NULL. 0, -ENOSPC, -EIO. The device is told by virtqueue_kick().
 */
int virtqueue_add(struct virtqueue *vq, const struct scatter *pieces, u32 nr_out, u32 nr_in,
		  void *token, gfp_t gfp) __must_check;
/* Tell the device about what was added, if it wants to know. */
void virtqueue_kick(struct virtqueue *vq);
/* The next answer's token and how many bytes the device wrote (checked), or NULL. */
void *virtqueue_get(struct virtqueue *vq, u32 *len);
/* done() is not wanted for now (a hint). */
void virtqueue_disable_done(struct virtqueue *vq);
/* It is wanted again. False: answers are there already, take them first. */
bool virtqueue_enable_done(struct virtqueue *vq);
bool virtqueue_is_broken(struct virtqueue *vq);
/* After the device was reset or the queue broke: each token in flight, NULL at the end. */
void *virtqueue_detach(struct virtqueue *vq);
/* Free descriptors: how many pieces fit without an indirect table. */
u32 virtqueue_room(struct virtqueue *vq);

#endif

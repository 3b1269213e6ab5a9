/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtio_requests.h - a virtqueue that takes any number of requests: what finds the ring full waits for room
 *
 * A driver of a server of requests (9P, FUSE) embeds one for each of its queues. A request is known here by the list node that the
 * driver finds it by; the node is ours from submit to answer.
 * LOCKING     Any context but NMI; never sleeps. answer() is called in hard interrupt context with no lock held.
 */
#ifndef VIRTIO_VIRTIO_REQUESTS_H
#define VIRTIO_VIRTIO_REQUESTS_H

#include <lib/list.h>
#include <mm/iter.h>
#include <virtio/virtio.h>

struct virtio_requests_ops {
	const char *name;
	/* What the device reads, and what it writes. False: more pieces than the list takes. The queue's lock is held. */
	bool (*fill_out)(struct list_head *request, struct scatter_list *out);
	bool (*fill_in)(struct list_head *request, struct scatter_list *in);
	/* The request is the driver's again: @len bytes of answer and 0, or -EIO: it will never be served. */
	void (*answer)(struct list_head *request, u32 len, int status);
};

struct virtio_requests {
	const struct virtio_requests_ops *ops; /* __final */
	struct virtqueue *vq;		       /* __final */
	struct spinlock lock;
	struct list_head waiting __guarded_by(&lock); /* requests that found the ring full */
	struct scatter *piece __guarded_by(&lock);    /* room for those of the request that is being added */
	u32 max_pieces;				      /* __final */
};

/* The virtqueue_ops of every queue that is bound to a virtio_requests. */
extern const struct virtqueue_ops virtio_requests_queue_ops;

/* Make an empty one with @max_pieces of room at @piece, which the driver owns; its lock has @rank. */
void virtio_requests_init(struct virtio_requests *requests, const struct virtio_requests_ops *ops, enum lock_rank rank,
			  struct scatter *piece, u32 max_pieces);
/* Requests go to @vq from now on. */
void virtio_requests_bind(struct virtio_requests *requests, struct virtqueue *vq);
/* Give the device @request. 0: answer() will be called once. -EIO: it will not; the device is dead or the pieces are too many. */
int virtio_requests_submit(struct virtio_requests *requests, struct list_head *request) __must_check;

/* Add the pieces of a payload. False: the list is full. */
static inline bool scatter_add_segs(struct scatter_list *list, const struct page_seg *seg, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		if (!scatter_add_page(list, seg[i].page, seg[i].offset, seg[i].len))
			return false;
	return true;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transport.h - how FUSE messages reach a server: registered by a driver, found by mount tag.
 *
 * A request belongs to the client from submit() on success until the driver calls fuse_request_done(), once. The driver reads
 * @head, @tx and @out, lets the device write @rx and then @in, and sets @rx_len to the bytes that the device says it wrote, never
 * more than there was room for. What the bytes mean is the client's business; the driver trusts nothing.
 */
#pragma once
#include <lib/list.h>
#include <lib/types.h>
#include <mm/iter.h>

#define FUSE_TAG_MAX	37u /* mount tag with its NUL */
#define FUSE_PAGES_MAX	32u /* of one payload */
#define FUSE_MAX_SEGS	(FUSE_PAGES_MAX + 3) /* head, tx, rx, payload */

struct fuse_transport;
struct fuse_request;

struct fuse_request_ops {
	const char *name;
	/* The answer is there, or status says why not. Any context; may free the request. */
	void (*done)(struct fuse_request *request);
};

/* What the driver sees of a request; head, tx and rx lie in the direct map, head and tx are pieces of their own. */
struct fuse_request {
	const void *head;
	u32 head_len;
	const void *tx;
	u32 tx_len; /* 0: none */
	void *rx;
	u32 rx_room; /* 0: no answer is expected */
	u32 rx_len;  /* set by the driver */
	const struct page_seg *out; /* payload behind tx, or NULL */
	u32 nr_out;
	const struct page_seg *in; /* payload behind rx, or NULL */
	u32 nr_in;
	bool is_urgent; /* overtakes other requests: forgets */
	int status; /* set by the driver: 0 or -EIO */
	struct list_head node; /* the driver's while it has the request */
	const struct fuse_request_ops *ops;
};

struct fuse_transport_ops {
	const char *name;
	/* 0, or -EIO (the device is dead): then done() is not called. Never sleeps; any context. */
	int (*submit)(struct fuse_transport *transport, struct fuse_request *request);
};

struct fuse_transport {
	const struct fuse_transport_ops *ops;
	char tag[FUSE_TAG_MAX];
	bool is_mounted;	/* registry lock: one connection each */
	bool is_left;		/* registry lock: it is about to end */
	struct list_head node; /* registry lock */
};

/* For ever. -EEXIST: another one has this tag. */
int fuse_transport_register(struct fuse_transport *transport);

static inline void fuse_request_done(struct fuse_request *request)
{
	request->ops->done(request);
}

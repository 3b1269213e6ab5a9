/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * transport.h - how 9p messages reach a server: registered by a driver, found by mount tag.
 *
 * A request belongs to the client from submit() on success until the driver calls p9_request_done(), once. The driver
 * reads @tx and @out, lets the device write @rx and then @in, and sets @rx_len to the bytes that the device says it wrote, never
 * more than there was room for. What the bytes mean is the client's business; the driver trusts nothing.
 */
#pragma once
#include <lib/list.h>
#include <lib/types.h>
#include <mm/iter.h>

#define P9_TAG_MAX  64	/* mount tag with its NUL */
#define P9_MAX_SEGS 130 /* tx, rx and the pages of one payload */

struct p9_transport;
struct p9_request;

struct p9_request_ops {
	const char *name;
	/* The answer is there, or status says why not. Any context; may free the request. */
	void (*done)(struct p9_request *request);
};

/* What the driver sees of a request; tx and rx lie in the direct map. */
struct p9_request {
	void *tx;
	u32 tx_len;
	void *rx;
	u32 rx_room;
	u32 rx_len; /* set by the driver */
	const struct page_seg *out; /* payload behind tx, or NULL */
	u32 nr_out;
	const struct page_seg *in; /* payload behind rx, or NULL */
	u32 nr_in;
	int status; /* set by the driver: 0 or -EIO */
	struct list_head node; /* the driver's while it has the request */
	const struct p9_request_ops *ops;
};

struct p9_transport_ops {
	const char *name;
	/* 0, or -EIO (the device is dead): then done() is not called. Any context: what finds no room in the ring stands in line. */
	int (*submit)(struct p9_transport *transport, struct p9_request *request);
};

struct p9_transport {
	const struct p9_transport_ops *ops;
	char tag[P9_TAG_MAX];
	u32 max_segs; /* of a request, tx and rx included */
	bool is_mounted;	/* registry lock: one session each */
	bool is_left;		/* registry lock: that session ends with the server's last answer */
	struct list_head node; /* registry lock */
};

/* For ever. -EEXIST: another one has this tag. */
int p9_transport_register(struct p9_transport *transport);

static inline void p9_request_done(struct p9_request *request)
{
	request->ops->done(request);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vring.h - the split ring's formats. (linux/virtio_ring.h wants the C library's stdint.h.)
 *
 *	descriptor  0 address u64 | 8 length u32 | 12 flags u16 | 14 next u16
 *	available   0 flags u16 | 2 idx u16 | 4 ring u16[num] | used_event u16
 *	used        0 flags u16 | 2 idx u16 | 4 ring {id u32, len u32}[num] | avail_event u16
 */
#ifndef VIRTIO_VRING_H
#define VIRTIO_VRING_H

#include <lib/types.h>

#define VIRTIO_RING_F_INDIRECT_DESC 28
#define VIRTIO_RING_F_EVENT_IDX	    29

#define VRING_DESC_F_NEXT	    1
#define VRING_DESC_F_WRITE	    2
#define VRING_DESC_F_INDIRECT	    4
#define VRING_AVAIL_F_NO_INTERRUPT  1
#define VRING_USED_F_NO_NOTIFY	    1

struct vring_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};
ASSERT_SIZE(struct vring_desc, 16);

struct vring_avail {
	u16 flags;
	u16 idx;
	u16 ring[];
};

struct vring_used_elem {
	u32 id;
	u32 len;
};

struct vring_used {
	u16 flags;
	u16 idx;
	struct vring_used_elem ring[];
};
ASSERT_OFFSET(struct vring_used, ring, 4);

/* Did the index go past @event on its way from @old to @new? */
static inline bool vring_need_event(u16 event, u16 new, u16 old)
{
	return (u16)(new - event - 1) < (u16)(new - old);
}

#endif

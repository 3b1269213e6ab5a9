/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gfp.h - what an allocation may do to get its memory.
 *
 * WHAT  A gfp_t says three things: may the caller wait (DIRECT_RECLAIM), may reclaim start I/O or
 *       enter a file system (IO, FS), and how hard to try (NORETRY < default < RETRY_MAYFAIL <
 *       NOFAIL). Bits have the values of Linux 6.1, because OOM reports and trace events print
 *       them and people read them. RESERVE is ours: the caller stands inside reserve_begin().
 *
 *       GFP_KERNEL may sleep and reclaim. GFP_NOFS/NOIO restrict where reclaim may go.
 *       GFP_ATOMIC never sleeps and may use 5/8 of the minimum reserve. GFP_NOWAIT never
 *       sleeps and leaves the reserve alone. Anything but NOFAIL can return NULL.
 */
#ifndef PAGES_GFP_H
#define PAGES_GFP_H

#include <lib/types.h>

typedef u32 gfp_t;

#define __GFP_DMA	     ((gfp_t)0x01u)
#define __GFP_HIGHMEM	     ((gfp_t)0x02u) /* accepted, means nothing: all memory is mapped */
#define __GFP_DMA32	     ((gfp_t)0x04u)
#define __GFP_MOVABLE	     ((gfp_t)0x08u)
#define __GFP_RECLAIMABLE    ((gfp_t)0x10u)
#define __GFP_HIGH	     ((gfp_t)0x20u) /* may use half of the minimum reserve */
#define __GFP_IO	     ((gfp_t)0x40u)
#define __GFP_FS	     ((gfp_t)0x80u)
#define __GFP_ZERO	     ((gfp_t)0x100u)
#define __GFP_ATOMIC	     ((gfp_t)0x200u) /* and, if it does not sleep, a quarter of what HIGH leaves */
#define __GFP_DIRECT_RECLAIM ((gfp_t)0x400u) /* the caller may sleep */
#define __GFP_KSWAPD_RECLAIM ((gfp_t)0x800u) /* the reclaim thread may be woken */
#define __GFP_WRITE	     ((gfp_t)0x1000u)
#define __GFP_NOWARN	     ((gfp_t)0x2000u)
#define __GFP_RETRY_MAYFAIL  ((gfp_t)0x4000u)
#define __GFP_NOFAIL	     ((gfp_t)0x8000u)
#define __GFP_NORETRY	     ((gfp_t)0x10000u)
#define __GFP_MEMALLOC	     ((gfp_t)0x20000u) /* the whole reserve: who frees more than it takes */
#define __GFP_COMP	     ((gfp_t)0x40000u) /* tail pages point to their head */
#define __GFP_NOMEMALLOC     ((gfp_t)0x80000u)
#define __GFP_HARDWALL	     ((gfp_t)0x100000u)
#define __GFP_THISNODE	     ((gfp_t)0x200000u)
#define __GFP_ACCOUNT	     ((gfp_t)0x400000u) /* charged to the task's cgroup */
#define __GFP_RESERVE	     ((gfp_t)0x8000000u) /* inside a reservation (law 2) */

#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)

#define GFP_ATOMIC	     (__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL	     (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT   (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOWAIT	     (__GFP_KSWAPD_RECLAIM)
#define GFP_NOIO	     (__GFP_RECLAIM)
#define GFP_NOFS	     (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER	     (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_DMA		     __GFP_DMA32
#define GFP_DMA32	     __GFP_DMA32
#define GFP_HIGHUSER	     GFP_USER
#define GFP_HIGHUSER_MOVABLE (GFP_USER | __GFP_MOVABLE)
#define GFP_RESERVE	     (GFP_NOFS | __GFP_RESERVE | __GFP_NOFAIL)

/* The flags in words, as Linux's log has them ("GFP_KERNEL|__GFP_ZERO"), in @buf. */
#define GFP_NAMES_SIZE 160
const char *gfp_names(gfp_t gfp, char *buf, size_t size);

/* May an allocation with these flags put its caller to sleep? */
static inline bool gfp_may_sleep(gfp_t gfp)
{
	return (gfp & __GFP_DIRECT_RECLAIM) != 0;
}

#endif

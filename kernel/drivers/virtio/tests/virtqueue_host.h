/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtqueue_host.h - virtqueue.c as part of a program on the host: one thread, so locks are nothing; memory from malloc, so that the
 * sanitizer sees each step outside and each leak; physical addresses are virtual ones.
 */
#pragma once
#include "virtio_impl.h"

#include <arch/barrier.h>
#include <lib/errno.h>
#include <log/printk.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <virtio/vring.h>
#include <stdlib.h>
#include <string.h>

#undef spin_lock_irqsave
#undef spin_unlock_irqrestore
#undef with_spinlock_irqsave
#undef pr_err
#undef kzalloc
#undef kcalloc
#undef kmalloc_array
#define spin_lock_irqsave(lock, flags)	     ((void)(lock), (flags) = 0)
#define spin_unlock_irqrestore(lock, flags)  ((void)(lock), (void)(flags))
#define with_spinlock_irqsave(lock)	     ((void)(lock))
#define spin_lock_init(lock, rank)	     ((void)(lock))
#define pr_err(...)			     ((void)0)
#define kzalloc(size, gfp)		     calloc(1, size)
#define kcalloc(n, size, gfp)		     calloc(n, size)
#define kmalloc_array(n, size, gfp)	     (no_tables ? NULL : malloc((n) * (size)))
#define kfree(p)			     free(p)
#define alloc_pages_exact(bytes, gfp)	     aligned_zeros(bytes)
#define free_pages_exact(p, bytes)	     free(p)
#define virt_to_phys(p)			     ((phys_addr_t)(uintptr_t)(p))

static bool no_tables; /* memory is short: no table can be made for a request */

static void *aligned_zeros(size_t bytes)
{
	void *p = aligned_alloc(4096, ALIGN(bytes, 4096));

	return p ? memset(p, 0, bytes) : NULL;
}

#include "../virtqueue.c"

/* SPDX-License-Identifier: GPL-2.0-only */
/* xarray_impl.h - nodes as xarray.c and xarray_find.c see them. */
#ifndef LIB_XARRAY_IMPL_H
#define LIB_XARRAY_IMPL_H

#include <lib/bitops.h>
#include <lib/rcu_ptr.h>
#include <lib/xarray.h>

#define XA_CHUNK_MASK (XA_CHUNK_SIZE - 1)
#define XA_MAX_SHIFT 60

static inline bool is_node(const void *head)
{
	return ((unsigned long)head & 3) == 2;
}

static inline struct xa_node *to_node(const void *head)
{
	return (struct xa_node *)((unsigned long)head & ~2UL);
}

static inline void *mk_node(const struct xa_node *node)
{
	return (void *)((unsigned long)node | 2);
}

static inline unsigned int slot_of(const struct xa_node *node, unsigned long index)
{
	return (index >> node->shift) & XA_CHUNK_MASK;
}

/* The largest index below @node, which begins at 0. */
static inline unsigned long node_max(const struct xa_node *node)
{
	if (node->shift >= XA_MAX_SHIFT)
		return ULONG_MAX;
	return (1UL << (node->shift + XA_CHUNK_SHIFT)) - 1;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.h - types of objects that outlive a system call, each bound to its own slab cache.
 *
 * WHAT        Law 7: state belongs to objects with an owner, a lifetime and a name. A type is
 *             declared once (`static const struct object_type`), given to kmem_cache_create(),
 *             and from then on the kernel can count and enumerate every live instance.
 * INVARIANTS  O1  A stable id is used once in the kernel's life; a changed layout raises `version`.
 *             O2  Every object between kmem_cache_alloc and kmem_cache_free is visited exactly
 *                 once by object_for_each() while the machine is still; otherwise objects that
 *                 come or go meanwhile may be seen or missed.
 * LOCKING     object_for_each() calls back with no lock held, but the slab is pinned: memory stays
 *             slab memory of this type. The callback must take its own reference (a refcount that
 *             may be zero: try_get) before it trusts the object, unless the machine is still.
 */
#ifndef PAGES_OBJECT_H
#define PAGES_OBJECT_H

#include <lib/types.h>
#include <lib/list.h>

struct kmem_cache;

struct object_type {
	const char *name;  /* "inode", as in /sys/kernel/debug/objects and /proc/slabinfo */
	const char *owner; /* the folder that owns it: "vfs" */
	u32 id;		   /* O1; 0: not an object that outlives a system call (scratch) */
	u16 version;	   /* of the layout */
	bool is_saved;	   /* false: an upgrade refuses while instances live, by this name */
};

/* Called for each live object; a return value other than 0 stops the walk. */
struct object_visitor {
	int (*visit)(struct object_visitor *visitor, void *object);
};

/* The visitor's non-zero return value, or 0 after the last object. May sleep between slabs. */
int object_for_each(struct kmem_cache *cache, struct object_visitor *visitor);

/* One line of the list of types, for debugfs and slabinfo. */
struct object_stats {
	const struct object_type *type;
	u32 object_size;
	u32 slab_order;
	u32 objects_per_slab;
	u64 nr_live; /* handed out (objects cached per CPU do not count) */
	u64 nr_total;
	u64 nr_slabs;
};

/* Statistics of the cache at place @n (creation order); false past the end. */
bool object_stats_at(size_t n, struct object_stats *stats);

#endif

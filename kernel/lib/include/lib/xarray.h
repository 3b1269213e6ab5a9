/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xarray.h - a sparse array of pointers by unsigned long index: a radix tree, 64 slots a node.
 *
 * Writers hold the owner's lock; there is none inside. Reading (xa_load, xa_find, xa_get_mark, iteration) is
 * safe under the lock or under RCU. An entry is a pointer aligned to 4 bytes, or a value made by
 * xa_mk_value(); NULL is absence. Three marks per entry can be searched for quickly.
 */
#ifndef LIB_XARRAY_H
#define LIB_XARRAY_H

#include <lib/err.h>
#include <lib/types.h>

#define XA_CHUNK_SHIFT 6
#define XA_CHUNK_SIZE 64
#define XA_MAX_MARKS 3

typedef unsigned int xa_mark_t;
#define XA_MARK_0 0U
#define XA_MARK_1 1U
#define XA_MARK_2 2U
#define XA_PRESENT 8U /* as a filter: any entry */

struct xarray {
	void *head __rcu;   /* NULL, the entry of index 0, or a tagged node */
	u8 head_marks;	    /* marks of an entry that sits in head */
};

/* Private to xarray.c; the size is for the port that allocates. */
struct xa_node {
	u8 shift;  /* index bits below this node's */
	u8 offset; /* slot in the parent */
	u8 count;  /* slots in use */
	struct xa_node *parent;
	struct rcu_head rcu;
	unsigned long full; /* slots below which no index is free */
	unsigned long marks[XA_MAX_MARKS];
	void *slots[XA_CHUNK_SIZE];
};

/* Nodes that were made before a lock was taken under which none can be made. */
struct xa_spares {
	struct xa_node *first; /* linked by parent; private */
	u32 nr;
};
/* As many as one insertion can need: the tree grows to its full height, and a path goes down again. */
#define XA_SPARES_MAX 21

#define XARRAY_INIT(name) { .head = NULL }
#define DEFINE_XARRAY(name) struct xarray name = XARRAY_INIT(name)

static inline void xa_init(struct xarray *xa)
{
	xa->head = NULL;
	xa->head_marks = 0;
}

static inline bool xa_empty(const struct xarray *xa)
{
	return READ_ONCE(xa->head) == NULL;
}

/* Small integers as entries: 63 bits. */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)((v << 1) | 1);
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

/* Have at least @nr spares. -ENOMEM: as many as there was memory for. */
int __must_check xa_spares_fill(struct xa_spares *spares, u32 nr, gfp_t gfp);
/* Free what was not used. */
void xa_spares_drop(struct xa_spares *spares);

/* The errno in what xa_store() returned, or 0. */
static inline int xa_err(const void *entry)
{
	return IS_ERR(entry) ? (int)(long)entry : 0;
}

/* The entry at @index or NULL. Borrowed: valid under the lock or in the read-side section. */
void *xa_load(const struct xarray *xa, unsigned long index) __must_hold_rcu;

/* Store @entry (NULL erases); marks of a present entry stay. Returns the old entry or ERR_PTR(-ENOMEM). */
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);

/* Store in an empty slot only. 0, -EBUSY, -ENOMEM. */
int __must_check xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
/* The same; nodes are taken from @spares, and none is made: -ENOMEM when they do not suffice. */
int __must_check xa_insert_spare(struct xarray *xa, unsigned long index, void *entry, struct xa_spares *spares);

/* Remove and return the entry at @index; cannot fail. */
void *xa_erase(struct xarray *xa, unsigned long index);

/* Replace @old by @entry (both not NULL) if @old is there. True if so; never allocates. */
bool xa_replace(struct xarray *xa, unsigned long index, void *old, void *entry);

/* First entry at or after *indexp and <= max that has mark @filter (or XA_PRESENT); sets *indexp. */
void *xa_find(const struct xarray *xa, unsigned long *indexp, unsigned long max, xa_mark_t filter);
/* The same, strictly after *indexp. */
void *xa_find_after(const struct xarray *xa, unsigned long *indexp, unsigned long max,
		    xa_mark_t filter);
static inline void *xa_find_marked(const struct xarray *xa, unsigned long *indexp,
				   unsigned long max, xa_mark_t mark)
{
	return xa_find(xa, indexp, max, mark);
}

/* First free index in [start, max]: 0 and *indexp, or -EBUSY. Writer's lock. */
int __must_check xa_find_free(const struct xarray *xa, unsigned long start, unsigned long max,
			      unsigned long *indexp);

/* Marks exist only on present entries: setting one on an empty slot does nothing. */
void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark);
bool xa_get_mark(const struct xarray *xa, unsigned long index, xa_mark_t mark);
/* Does any entry have this mark? */
bool xa_marked(const struct xarray *xa, xa_mark_t mark);

/* Forget all entries and free the nodes. */
void xa_destroy(struct xarray *xa);

#define xa_for_each_range(xa, index, entry, start, last)					\
	for ((index) = (start), (entry) = xa_find(xa, &(index), last, XA_PRESENT); (entry);	\
	     (entry) = xa_find_after(xa, &(index), last, XA_PRESENT))
#define xa_for_each_start(xa, index, entry, start) \
	xa_for_each_range(xa, index, entry, start, ULONG_MAX)
#define xa_for_each(xa, index, entry) xa_for_each_range(xa, index, entry, 0, ULONG_MAX)
#define xa_for_each_marked(xa, index, entry, filter)					\
	for ((index) = 0, (entry) = xa_find(xa, &(index), ULONG_MAX, filter); (entry);	\
	     (entry) = xa_find_after(xa, &(index), ULONG_MAX, filter))

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * idr.h - small integers for pointers (idr) and small integers alone (ida). No lock inside: writers hold the
 * owner's; idr_find() is also safe under RCU.
 */
#ifndef LIB_IDR_H
#define LIB_IDR_H

#include <lib/types.h>
#include <lib/xarray.h>

struct idr {
	struct xarray xa;
	unsigned int next; /* where idr_alloc_cyclic() looks first */
};

#define IDR_INIT(name) { .xa = XARRAY_INIT(name.xa) }
#define DEFINE_IDR(name) struct idr name = IDR_INIT(name)

static inline void idr_init(struct idr *idr)
{
	xa_init(&idr->xa);
	idr->next = 0;
}

static inline bool idr_is_empty(const struct idr *idr)
{
	return xa_empty(&idr->xa);
}

/* Lowest free id in [start, end); end <= 0 means up to INT_MAX. The id, -ENOSPC, -ENOMEM, -EINVAL. */
int __must_check idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
/* The same, beginning after the id given last and wrapping to @start. */
int __must_check idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
void *idr_find(const struct idr *idr, unsigned long id);
void *idr_remove(struct idr *idr, unsigned long id);
/* Put @ptr at an id in use; returns the old pointer or ERR_PTR(-ENOENT). */
void *idr_replace(struct idr *idr, void *ptr, unsigned long id);
/* First pointer at or after *id; sets *id. */
void *idr_get_next(const struct idr *idr, unsigned long *id);
void idr_destroy(struct idr *idr);

#define idr_for_each_entry(idr, entry, id) xa_for_each(&(idr)->xa, id, entry)

struct ida {
	struct xarray xa;
};

#define IDA_INIT(name) { .xa = XARRAY_INIT(name.xa) }
#define DEFINE_IDA(name) struct ida name = IDA_INIT(name)

static inline void ida_init(struct ida *ida)
{
	xa_init(&ida->xa);
}

/* Lowest free id in [min, max]. The id, -ENOSPC, -ENOMEM. */
int __must_check ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp);
void ida_free(struct ida *ida, unsigned int id);
void ida_destroy(struct ida *ida);

static inline int __must_check ida_alloc(struct ida *ida, gfp_t gfp)
{
	return ida_alloc_range(ida, 0, INT_MAX, gfp);
}

static inline int __must_check ida_alloc_min(struct ida *ida, unsigned int min, gfp_t gfp)
{
	return ida_alloc_range(ida, min, INT_MAX, gfp);
}

static inline int __must_check ida_alloc_max(struct ida *ida, unsigned int max, gfp_t gfp)
{
	return ida_alloc_range(ida, 0, max, gfp);
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * idr.c - ids for pointers and ids alone, on an xarray that knows where it has room.
 *
 * WHAT        idr: id -> pointer, lowest free id or the next one in a circle. ida: which ids are taken.
 * INVARIANTS  An id is taken exactly when its slot is not NULL, so a NULL pointer cannot be given an id.
 * LOCKING     The owner's for everything but idr_find and idr_get_next, which RCU also covers.
 * ERRORS      -ENOSPC (no id free in the range), -ENOMEM, -EINVAL (an empty range or a NULL pointer).
 * TESTS       tests/idr_test.c
 */
#include <lib/idr.h>

static int alloc_in(struct xarray *xa, void *ptr, unsigned long min, unsigned long max, gfp_t gfp)
{
	unsigned long id;
	int err;

	if (xa_find_free(xa, min, max, &id))
		return -ENOSPC;
	err = xa_insert(xa, id, ptr, gfp);
	return err ? err : (int)id;
}

static bool range_ok(const void *ptr, int start, int end)
{
	return ptr && start >= 0 && (end <= 0 || end > start);
}

static unsigned long range_max(int end)
{
	return end <= 0 ? INT_MAX : end - 1;
}

int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	if (!range_ok(ptr, start, end))
		return -EINVAL;
	return alloc_in(&idr->xa, ptr, start, range_max(end), gfp);
}

int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	unsigned long max = range_max(end);
	int id = -ENOSPC;

	if (!range_ok(ptr, start, end))
		return -EINVAL;
	if (idr->next > (unsigned int)start && idr->next <= max)
		id = alloc_in(&idr->xa, ptr, idr->next, max, gfp);
	if (id == -ENOSPC)
		id = alloc_in(&idr->xa, ptr, start, max, gfp);
	if (id >= 0)
		idr->next = (unsigned int)id + 1;
	return id;
}

void *idr_find(const struct idr *idr, unsigned long id)
{
	return xa_load(&idr->xa, id);
}

void *idr_remove(struct idr *idr, unsigned long id)
{
	return xa_erase(&idr->xa, id);
}

void *idr_replace(struct idr *idr, void *ptr, unsigned long id)
{
	void *old = xa_load(&idr->xa, id);

	if (!old || !ptr || !xa_replace(&idr->xa, id, old, ptr))
		return ERR_PTR(-ENOENT);
	return old;
}

void *idr_get_next(const struct idr *idr, unsigned long *id)
{
	return xa_find(&idr->xa, id, ULONG_MAX, XA_PRESENT);
}

void idr_destroy(struct idr *idr)
{
	xa_destroy(&idr->xa);
	idr->next = 0;
}

int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	if (min > max)
		return -ENOSPC;
	return alloc_in(&ida->xa, xa_mk_value(1), min, min_t(unsigned int, max, INT_MAX), gfp);
}

void ida_free(struct ida *ida, unsigned int id)
{
	xa_erase(&ida->xa, id);
}

void ida_destroy(struct ida *ida)
{
	xa_destroy(&ida->xa);
}

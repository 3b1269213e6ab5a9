/* SPDX-License-Identifier: GPL-2.0-only */
/* mapping.c - struct address_space: set-up, shared-writable counting, write-back errors. See mm/mapping.h. */
#include "mm_impl.h"

#include <lib/assert.h>
#include <lib/string.h>
#include <mm/mempolicy.h>

void mapping_init(struct address_space *mapping, struct inode *host, const struct address_space_ops *ops)
{
	memset(mapping, 0, sizeof(*mapping));
	mapping->host = host;
	xa_init(&mapping->i_pages);
	spin_lock_init(&mapping->tree_lock, RANK_PAGE_CACHE);
	init_rwsem(&mapping->i_mmap_lock, RANK_MAPPING);
	mapping->i_mmap = RB_ROOT;
	mapping->a_ops = ops;
	mapping->gfp = GFP_HIGHUSER_MOVABLE;
}

void mapping_fini(struct address_space *mapping)
{
	KASSERT(mapping->nrpages == 0);
	KASSERT(RB_EMPTY_ROOT(&mapping->i_mmap));
	shared_policy_fini(mapping);
	xa_destroy(&mapping->i_pages);
}

u64 mapping_id(struct address_space *mapping)
{
	u64 id = READ_ONCE(mapping->id), fresh;

	if (likely(id))
		return id;
	fresh = atomic_long_inc_return(&mm_state.next_mapping_id);
	return try_cmpxchg(&mapping->id, &id, fresh) ? fresh : id;
}

int mapping_map_writable(struct address_space *mapping)
{
	return atomic_inc_unless_negative(&mapping->i_mmap_writable) ? 0 : -EPERM;
}

void mapping_unmap_writable(struct address_space *mapping)
{
	atomic_dec(&mapping->i_mmap_writable);
}

int mapping_deny_writable(struct address_space *mapping)
{
	return atomic_dec_unless_positive(&mapping->i_mmap_writable) ? 0 : -EBUSY;
}

void mapping_allow_writable(struct address_space *mapping)
{
	atomic_inc(&mapping->i_mmap_writable);
}

/*
 * wb_err: bits 0-11 the errno of the last failure, bit 12 "somebody has seen it", from bit 13 a counter. A new error counts up only
 * if the last one was seen, so that a sample taken later is different exactly when something new happened.
 */
#define WB_ERRNO 0xfffu
#define WB_SEEN (1u << 12)
#define WB_ONE (1u << 13)

void mapping_set_error(struct address_space *mapping, int err)
{
	u32 old = READ_ONCE(mapping->wb_err), new;

	if (!err)
		return;
	do {
		new = (old & ~(WB_ERRNO | WB_SEEN)) | ((u32)-err & WB_ERRNO);
		if (old & WB_SEEN)
			new += WB_ONE;
		if (new == old)
			return;
	} while (!try_cmpxchg(&mapping->wb_err, &old, new));
}

u32 mapping_sample_wb_err(const struct address_space *mapping)
{
	u32 old = READ_ONCE(mapping->wb_err);

	/* An error nobody has seen is reported to this opener too. */
	return (old & WB_SEEN) || !old ? old : 0;
}

int mapping_check_wb_err(struct address_space *mapping, u32 *since)
{
	u32 old = READ_ONCE(mapping->wb_err);

	if (old == *since)
		return 0;
	while (!(old & WB_SEEN) && !try_cmpxchg(&mapping->wb_err, &old, old | WB_SEEN))
		;
	old |= WB_SEEN;
	if (old == *since)
		return 0;
	*since = old;
	return -(int)(old & WB_ERRNO);
}

int mapping_peek_error(const struct address_space *mapping)
{
	return -(int)(READ_ONCE(mapping->wb_err) & WB_ERRNO);
}

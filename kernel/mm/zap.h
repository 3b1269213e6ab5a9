/* SPDX-License-Identifier: GPL-2.0-only */
/* zap.h - taking pages out of page tables. Private to mm. */
#ifndef MM_ZAP_H
#define MM_ZAP_H

#include "gather.h"

struct zap_details {
	struct address_space *only_mapping; /* spare private copies (anonymous pages) */
	struct folio *only_folio;	    /* nothing but this folio */
};

/*
 * Clear the entries of [start, end) in @vma (locked or exclusively ours). Pages go into @gather, which may be flushed inside.
 * Returns where it stopped: @end, or earlier when @may_stop and the task is asked to park.
 */
unsigned long zap_range(struct gather *gather, struct vma *vma, unsigned long start, unsigned long end,
			const struct zap_details *details, bool may_stop);
/* One call for the simple case: gather, zap, flush. */
void zap_vma_range(struct vma *vma, unsigned long start, unsigned long end, const struct zap_details *details);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gfp_names.c - allocation flags in words, as Linux's log has them: composite names first, what no name covers as a number.
 */
#include <pages/gfp.h>
#include <lib/printf.h>
#include <lib/types.h>

struct gfp_name {
	gfp_t mask;
	const char *name;
};

#define GFP_NAME(flags) { flags, #flags }

/* Larger ones first: a name takes its bits away. */
static const struct gfp_name gfp_name_table[] = {
	GFP_NAME(GFP_HIGHUSER_MOVABLE), GFP_NAME(GFP_USER), GFP_NAME(GFP_KERNEL_ACCOUNT), GFP_NAME(GFP_KERNEL), GFP_NAME(GFP_NOFS),
	GFP_NAME(GFP_ATOMIC), GFP_NAME(GFP_NOIO), GFP_NAME(GFP_NOWAIT), GFP_NAME(__GFP_DMA), GFP_NAME(__GFP_HIGHMEM),
	GFP_NAME(GFP_DMA32), GFP_NAME(__GFP_HIGH), GFP_NAME(__GFP_ATOMIC), GFP_NAME(__GFP_IO), GFP_NAME(__GFP_FS),
	GFP_NAME(__GFP_NOWARN), GFP_NAME(__GFP_RETRY_MAYFAIL), GFP_NAME(__GFP_NOFAIL), GFP_NAME(__GFP_NORETRY),
	GFP_NAME(__GFP_COMP), GFP_NAME(__GFP_ZERO), GFP_NAME(__GFP_NOMEMALLOC), GFP_NAME(__GFP_MEMALLOC),
	GFP_NAME(__GFP_HARDWALL), GFP_NAME(__GFP_THISNODE), GFP_NAME(__GFP_RECLAIMABLE), GFP_NAME(__GFP_MOVABLE),
	GFP_NAME(__GFP_ACCOUNT), GFP_NAME(__GFP_WRITE), GFP_NAME(__GFP_RECLAIM), GFP_NAME(__GFP_DIRECT_RECLAIM),
	GFP_NAME(__GFP_KSWAPD_RECLAIM), GFP_NAME(__GFP_RESERVE),
};

const char *gfp_names(gfp_t gfp, char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(gfp_name_table); i++) {
		const struct gfp_name *row = &gfp_name_table[i];

		if ((gfp & row->mask) != row->mask)
			continue;
		at += (size_t)scnprintf(buf + at, size - at, "%s%s", at ? "|" : "", row->name);
		gfp &= ~row->mask;
	}
	if (gfp)
		scnprintf(buf + at, size - at, "%s%#x", at ? "|" : "", gfp);
	return buf;
}

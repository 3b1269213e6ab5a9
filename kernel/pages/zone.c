/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zone.c - nodes, zones, the order in which a request visits them, and their watermarks.
 *
 * WHAT        Each node has DMA32 (below 4 GiB) and Normal (above). The zonelist of a node names
 *             Normal before DMA32 and near nodes before far ones. Watermarks follow Linux's formulas:
 *             min is a zone's share of min_free_kbytes, low and high lie above by a quarter of min or
 *             watermark_scale_factor ten-thousandths of the zone, whichever is more.
 * INVARIANTS  Z1  min <= low <= high.
 *             Z2  present_pages == 0 means: this zone is in no zonelist.
 * LOCKING     Watermarks are single words, written by one writer (boot or the sysctl's lock).
 */
#include <pages/zone.h>
#include <lib/math64.h>

#include "zone_impl.h"

#define MIN_FREE_KB_LEAST 128UL
#define MIN_FREE_KB_MOST  262144UL
#define LOWMEM_RATIO	  256 /* frames of a higher zone that protect one frame of DMA32 */

struct numa numa;

static struct {
	unsigned long min_free_kbytes;
	unsigned int scale_factor;
} marks;

bool zone_watermark_ok(const struct zone *zone, unsigned int order, unsigned long mark)
{
	unsigned long nr_free = READ_ONCE(zone->nr_free);

	if (nr_free < mark + (1UL << order))
		return false;
	for (unsigned int o = order; o <= MAX_ORDER; o++)
		if (READ_ONCE(zone->area[o].nr_blocks))
			return true;
	return false;
}

u32 nodes_with_memory(void)
{
	u32 nodes = 0;

	for_each_zone(zone)
		nodes |= 1u << zone->node;
	return nodes;
}

unsigned long nr_managed_pages(void)
{
	unsigned long sum = 0;

	for_each_zone(zone)
		sum += zone->managed_pages;
	return sum;
}

unsigned long nr_free_pages(void)
{
	unsigned long sum = 0;

	for_each_zone(zone)
		sum += READ_ONCE(zone->nr_free);
	return sum;
}

unsigned long nr_promised_pages(void)
{
	unsigned long sum = 0;

	for_each_zone(zone) {
		unsigned long drawn = READ_ONCE(zone->reserve_drawn), all = READ_ONCE(zone->reserved);

		sum += all - min(all, drawn); /* no lock: they may not be of one instant */
	}
	return sum;
}

static void zone_set_marks(struct zone *zone, unsigned long total_pages)
{
	unsigned long pages_min = marks.min_free_kbytes >> (PAGE_SHIFT - 10);
	unsigned long least = pages_min * zone->managed_pages / total_pages;
	unsigned long step = zone->managed_pages * marks.scale_factor / 10000;

	step = step > least / 4 ? step : least / 4;
	WRITE_ONCE(zone->watermark[WMARK_MIN], least);
	WRITE_ONCE(zone->watermark[WMARK_LOW], least + step);
	WRITE_ONCE(zone->watermark[WMARK_HIGH], least + 2 * step); /* Z1 */
}

/* DMA32 keeps some frames from requests that Normal could have served. */
static void node_set_lowmem_reserve(struct node *node)
{
	node->zone[ZONE_DMA32].lowmem_reserve[ZONE_NORMAL] =
		node->zone[ZONE_NORMAL].managed_pages / LOWMEM_RATIO;
}

void zones_set_watermarks(unsigned long min_free_kbytes, unsigned int scale_factor)
{
	unsigned long total = nr_managed_pages();

	marks.min_free_kbytes = min_free_kbytes;
	marks.scale_factor = scale_factor;
	for_each_zone(zone)
		zone_set_marks(zone, total ? total : 1);
	for_each_node(nid)
		node_set_lowmem_reserve(&numa.node[nid]);
}

unsigned long zones_min_free_kbytes(void)
{
	return marks.min_free_kbytes;
}

unsigned int zones_watermark_scale_factor(void)
{
	return marks.scale_factor;
}

void zones_init_watermarks(void)
{
	unsigned long kb = int_sqrt(nr_managed_pages() * (PAGE_SIZE / 1024) * 16);

	kb = kb < MIN_FREE_KB_LEAST ? MIN_FREE_KB_LEAST : kb;
	kb = kb > MIN_FREE_KB_MOST ? MIN_FREE_KB_MOST : kb;
	zones_set_watermarks(kb, 10);
	for_each_zone(zone) {
		int batch = zone->managed_pages / 1024;

		zone->pcp_batch = batch < 4 ? 4 : (batch > 24 ? 24 : batch);
		zone->pcp_high = zone->pcp_batch * 2;
	}
}

static void zone_init(struct zone *zone, int nid, enum zone_type type)
{
	spin_lock_init(&zone->lock, RANK_ZONE);
	for (int o = 0; o < NR_PAGE_ORDERS; o++)
		INIT_LIST_HEAD(&zone->area[o].blocks);
	zone->node = nid;
	zone->type = type;
	zone->index = nid * MAX_NR_ZONES + type;
	zone->name = type == ZONE_DMA32 ? "DMA32" : "Normal";
}

/* Nodes in order of distance from @nid; equal distances in order of number after @nid. */
static int nearest_unused(int nid, u64 used)
{
	int best = -1;

	for (int i = 0; i < numa.nr_nodes; i++) {
		int n = (nid + i) % numa.nr_nodes;

		if (!numa.node[n].is_present || (used >> n & 1))
			continue;
		if (best < 0 || numa.node[nid].distance[n] < numa.node[nid].distance[best])
			best = n;
	}
	return best;
}

static void node_build_zonelist(int nid)
{
	struct zone **out = numa.node[nid].zonelist;
	u64 used = 0;
	int n;

	while ((n = nearest_unused(nid, used)) >= 0) {
		used |= 1UL << n;
		for (int type = MAX_NR_ZONES - 1; type >= 0; type--)
			if (numa.node[n].zone[type].present_pages) /* Z2 */
				*out++ = &numa.node[n].zone[type];
	}
	*out = NULL;
}

void zones_init(void)
{
	for (int nid = 0; nid < MAX_NUMNODES; nid++)
		for (int type = 0; type < MAX_NR_ZONES; type++)
			zone_init(&numa.node[nid].zone[type], nid, type);
}

void zones_build_lists(void)
{
	for_each_node(nid)
		node_build_zonelist(nid);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zone.h - the frames of one node that can serve the same requests. Read by reclaim and by the
 * reports (zoneinfo, buddyinfo, meminfo); changed only inside kernel/pages.
 */
#ifndef PAGES_ZONE_H
#define PAGES_ZONE_H

#include <pages/page_alloc.h>
#include <pages/stats.h>
#include <arch/cpu.h>
#include <sync/spinlock.h>


enum zone_type { ZONE_DMA32, ZONE_NORMAL, MAX_NR_ZONES };

enum zone_watermark { WMARK_MIN, WMARK_LOW, WMARK_HIGH, NR_WMARK, WMARK_NONE = NR_WMARK /* below all of them */ };

struct free_area {
	struct list_head blocks; /* lru of the first page of each block */
	unsigned long nr_blocks;
};

struct zone {
	spinlock_t lock; /* rank ZONE; interrupts off */
	struct free_area area[NR_PAGE_ORDERS];	/* lock */
	unsigned long nr_free;			/* lock; read unlocked by watermark tests */
	unsigned long watermark[NR_WMARK];	/* written by zones_set_watermarks() only */
	unsigned long reserved;			/* lock; frames held back for open reservations */
	unsigned long reserve_drawn;		/* lock; of reserved: drawn, and held back until their holder ends */
	unsigned long lowmem_reserve[MAX_NR_ZONES]; /* extra to keep from requests for higher zones */
	unsigned long start_pfn;		/* __final */
	unsigned long spanned_pages;		/* __final */
	unsigned long present_pages;		/* __final */
	unsigned long managed_pages;		/* grows as boot memory is given back */
	u16 node;
	u8 type;
	u8 index; /* node and type in one number */
	int pcp_batch;
	int pcp_high;
	const char *name; /* "DMA32", "Normal" */
};

struct node {
	struct zone zone[MAX_NR_ZONES];
	/* Zones of all nodes, nearest first, for a request of NORMAL; NULL ends. */
	struct zone *zonelist[MAX_NUMNODES * MAX_NR_ZONES + 1];
	bool is_present;
	u8 distance[MAX_NUMNODES];
};

struct numa {
	struct node node[MAX_NUMNODES];
	int nr_nodes; /* present nodes have ids below this */
	u8 cpu_node_unset;
};
extern struct numa numa;

#define for_each_node(nid) \
	for (int nid = 0; nid < numa.nr_nodes; nid++) \
		if (!numa.node[nid].is_present) { \
		} else

#define for_each_zone(zone) \
	for (int zone##_i = 0; zone##_i < numa.nr_nodes * MAX_NR_ZONES; zone##_i++) \
		for (struct zone *zone = \
			     &numa.node[zone##_i / MAX_NR_ZONES].zone[zone##_i % MAX_NR_ZONES]; \
		     zone && zone->present_pages; zone = NULL)

/* Is free memory above this watermark for a block of @order? Unlocked estimate. */
bool zone_watermark_ok(const struct zone *zone, unsigned int order, unsigned long mark);

/* Free pages of @zone on @cpu's own list, which are not in nr_free. An unlocked estimate. */
u32 zone_stacked_pages(const struct zone *zone, int cpu);

static inline struct zone *page_zone(const struct page *page)
{
	return &numa.node[page->node].zone[page->zone];
}

static inline int page_to_nid(const struct page *page)
{
	return page->node;
}

/* vm.min_free_kbytes, vm.watermark_scale_factor: recompute all watermarks. */
void zones_set_watermarks(unsigned long min_free_kbytes, unsigned int scale_factor);
unsigned long zones_min_free_kbytes(void);
unsigned int zones_watermark_scale_factor(void);

/* The set of nodes that have memory. */
u32 nodes_with_memory(void);

/* The node of the running CPU. */
/* Has its node no memory in another zone? Then what is counted by node is the zone's. */
static inline bool zone_is_only(const struct zone *zone)
{
	for (int type = 0; type < MAX_NR_ZONES; type++)
		if (type != (int)zone->type && numa.node[zone->node].zone[type].present_pages)
			return false;
	return true;
}

static inline int numa_node_id(void)
{
	return this_cpu_read(cpu_node);
}

#endif

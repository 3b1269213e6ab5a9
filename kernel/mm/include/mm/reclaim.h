/* SPDX-License-Identifier: GPL-2.0-only */
/* reclaim.h - giving memory back: page-cache lists, shrinkers, write-back pressure, the last resort. */
#ifndef MM_RECLAIM_H
#define MM_RECLAIM_H

#include <lib/types.h>
#include <lib/list.h>

/* A cache that can give objects back (dentries, inodes, ...). Registered for life. */
struct shrinker;
struct shrinker_ops {
	/* Objects that could go now. */
	unsigned long (*count)(struct shrinker *shrinker);
	/* Try to free @nr objects without waiting; how many went. */
	unsigned long (*scan)(struct shrinker *shrinker, unsigned long nr);
};

struct shrinker {
	const char *name;
	const struct shrinker_ops *ops;
	struct list_head node;	/* reclaim.c's */
	unsigned long deferred;
	u32 seeks;		/* cost of an object against a page; 2 is usual */
};

void shrinker_register(struct shrinker *shrinker);

/* The flusher looks again what there is to write back, and at its settings. */
void flusher_wake(void);

/* Are all zones below their low watermark, on top of what is promised? Some request may find nothing while they are not. */
bool memory_is_short(void);
/* What nr_reclaimable_pages() says, of one node. */
unsigned long node_reclaimable_pages(int nid);

/* /proc/sys/vm/compact_memory: make whole blocks out of pieces, everywhere. -EPARK: asked to park, begin anew; -EINTR: killed. */
int compact_memory(void);

/* /proc/sys/vm/drop_caches: 1 clean page cache, 2 slab objects, 3 both. */
void drop_caches(unsigned int what);

struct lru_stats {
	unsigned long active_file, inactive_file, active_anon, inactive_anon, unevictable;
	unsigned long dirty, writeback, mapped, anon_mapped, shmem, file_pages;
	unsigned long pgscan, pgsteal, pgfault, pgmajfault, oom_kill;
	unsigned long pagetables;
};
void mm_stats(struct lru_stats *stats);

#endif

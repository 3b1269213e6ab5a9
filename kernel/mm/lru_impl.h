/* SPDX-License-Identifier: GPL-2.0-only */
/* lru_impl.h - bodies shared by lru.c and reclaim.c. */
#ifndef MM_LRU_IMPL_H
#define MM_LRU_IMPL_H

#include "lru.h"

#include <pages/zone.h>

struct lru_node {
	spinlock_t lock;
	struct list_head active;	/* newest first */
	struct list_head inactive;
	unsigned long nr_active, nr_inactive;
};
extern struct lru_node lru_nodes[MAX_NUMNODES];

void lru_add_locked(struct lru_node *node, struct folio *folio, bool active);
void lru_del_locked(struct lru_node *node, struct folio *folio);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lru.c - the two lists of page-cache folios of each node: active and inactive, with a second chance.
 *
 * WHAT        A folio starts inactive. Used once more, it gets the referenced bit; used again, it becomes active. Reclaim takes from the
 *             cold end of the inactive list and refills it from the active one.
 * INVARIANTS  L1, L2 in lru.h. L3  nr_active and nr_inactive are the lengths of the lists.
 * LOCKING     node lock (rank LRU). Never held while a folio is put.
 */
#include "lru.h"
#include "lru_impl.h"

#include <lib/assert.h>

struct lru_node lru_nodes[MAX_NUMNODES];

void lru_init(void)
{
	for (int i = 0; i < MAX_NUMNODES; i++) {
		spin_lock_init(&lru_nodes[i].lock, RANK_LRU);
		INIT_LIST_HEAD(&lru_nodes[i].active);
		INIT_LIST_HEAD(&lru_nodes[i].inactive);
	}
}

void lru_add_locked(struct lru_node *node, struct folio *folio, bool active)
{
	folio_set(folio, PG_lru);
	if (active) {
		folio_set(folio, PG_active);
		list_add(&folio->lru, &node->active);
		node->nr_active++;
		mod_node_page_state(folio->node, NR_ACTIVE_FILE, 1);
	} else {
		list_add(&folio->lru, &node->inactive);
		node->nr_inactive++;
		mod_node_page_state(folio->node, NR_INACTIVE_FILE, 1);
	}
}

void lru_del_locked(struct lru_node *node, struct folio *folio)
{
	list_del(&folio->lru);
	folio_clear(folio, PG_lru);
	if (folio_test_and_clear(folio, PG_active)) {
		node->nr_active--;
		mod_node_page_state(folio->node, NR_ACTIVE_FILE, -1);
	} else {
		node->nr_inactive--;
		mod_node_page_state(folio->node, NR_INACTIVE_FILE, -1);
	}
	/* Tail pages keep a pointer with bit 0 set here; zero says head. */
	folio->page.compound_head = 0;
}

void lru_add(struct folio *folio)
{
	struct lru_node *node = &lru_nodes[folio->node];
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	if (!folio_test(folio, PG_lru))
		lru_add_locked(node, folio, false);
	spin_unlock_irqrestore(&node->lock, flags);
}

void lru_del(struct folio *folio)
{
	struct lru_node *node = &lru_nodes[folio->node];
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	if (folio_test(folio, PG_lru))
		lru_del_locked(node, folio);
	spin_unlock_irqrestore(&node->lock, flags);
}

static void activate(struct folio *folio)
{
	struct lru_node *node = &lru_nodes[folio->node];
	unsigned long flags;

	spin_lock_irqsave(&node->lock, flags);
	if (folio_test(folio, PG_lru) && !folio_test(folio, PG_active)) {
		lru_del_locked(node, folio);
		lru_add_locked(node, folio, true);
		count_vm_event(PGACTIVATE);
	}
	spin_unlock_irqrestore(&node->lock, flags);
}

void folio_deactivate(struct folio *folio)
{
	struct lru_node *node = &lru_nodes[folio->node];
	unsigned long flags;

	folio_clear(folio, PG_referenced);
	spin_lock_irqsave(&node->lock, flags);
	if (folio_test(folio, PG_lru)) {
		if (folio_test(folio, PG_active))
			count_vm_event(PGDEACTIVATE);
		lru_del_locked(node, folio);
		lru_add_locked(node, folio, false);
		list_move_tail(&folio->lru, &node->inactive);
	}
	spin_unlock_irqrestore(&node->lock, flags);
}

void folio_mark_accessed(struct folio *folio)
{
	if (!folio_test(folio, PG_referenced)) {
		folio_set(folio, PG_referenced);
		return;
	}
	if (folio_test(folio, PG_lru) && !folio_test(folio, PG_active)) {
		activate(folio);
		folio_clear(folio, PG_referenced);
	}
}

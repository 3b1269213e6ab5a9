/* SPDX-License-Identifier: GPL-2.0-only */
/* lru.h - the page-cache lists that reclaim works on. Private to mm. */
#ifndef MM_LRU_H
#define MM_LRU_H

#include "mm_impl.h"

/*
 * INVARIANTS  L1  A folio with PG_lru is on exactly one list of its node; only folios of a mapping that is not AS_RAM are.
 *             L2  It leaves its list before it leaves its mapping.
 * LOCKING     lru_node.lock (rank LRU), per node.
 */
void lru_init(void);
void lru_add(struct folio *folio);
void lru_del(struct folio *folio);
/* It was used again: first time it gets the referenced bit, second time it moves to the active list. */
void folio_mark_accessed(struct folio *folio);
/* It was not used: among the first that reclaim looks at. */
void folio_deactivate(struct folio *folio);
/* Let it go now if it is clean, not locked and mapped once at most. The caller has a reference. */
void folio_page_out(struct folio *folio);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * migrate.h - move pages that are in use. Private to mm. What takes a VMA wants its mmap_lock, for reading at least; mm_move_node() takes it
 * itself, and filemap_move_folio() needs none.
 */
#ifndef MM_MIGRATE_H
#define MM_MIGRATE_H

#include "mm_impl.h"
#include <mm/mempolicy.h>

struct move_wish {
	struct policy_place place; /* where to */
	bool shared_too;	   /* pages that others map as well */
};

/* Has the VMA pages that can move at all? */
bool vma_is_migratable(const struct vma *vma);
/* The node of the page at @addr. -ENOENT, -EFAULT: there is none. */
int node_at(struct vma *vma, unsigned long addr);
/* Move it. 0, or as migrate.c says. */
int move_page_at(struct vma *vma, unsigned long addr, const struct move_wish *wish);
/*
 * The private page that the entry of @addr in @vma names, @only that one if it is given, is replaced by @to, a fresh one. Returns it with the
 * entry's reference, as the entry has taken @to's. ERR_PTR: -ENOENT no such page there; -EACCES, -EBUSY as migrate.c says.
 */
struct folio *anon_move_entry(struct vma *vma, unsigned long addr, const struct folio *only, struct folio *to, bool shared_too);
/*
 * migrate_anon.c: the private page in a frame that nobody has to hold, @from, gives its place to @to, a fresh one. 0: a reference of @from is
 * the caller's, that of @to is not any more. -EBUSY. *@last, NULL at first, is a hint from one call to the next: mm_put() it in the end.
 */
int anon_move_folio(struct folio *from, struct folio *to, struct mm **last);
/*
 * filemap_move.c: a folio of the page cache gives its place to @to, a fresh one. The caller has a reference of each. -EBUSY: it
 * is in use.
 */
int filemap_move_folio(struct folio *from, struct folio *to);

/* Pages that mm_move_node() looks at under one hold of mmap_lock. */
#define MOVE_STRETCH (512 * PAGE_SIZE)

struct node_move {
	int from, to;
	bool shared_too;
	unsigned long nr_failed; /* pages that could not */
};

/*
 * All pages of @mm on one node go to another, from address *@at on, which moves. 0; -EINTR; -EPARK: asked to park, the rest is to be done.
 * mmap_lock is not held.
 */
int mm_move_node(struct mm *mm, struct node_move *move, unsigned long *at);

#endif

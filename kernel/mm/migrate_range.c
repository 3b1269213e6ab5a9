/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * migrate_range.c - which pages of a range lie on which node, and moving those that lie on the wrong one.
 *
 * WHAT        The walks behind mbind(2), migrate_pages(2) and numa_maps: over what is mapped, entry by entry.
 * LOCKING     mmap_lock, for reading at least; table locks for each look.
 * ERRORS      None: what cannot be moved is counted.
 */
#include "mempolicy_impl.h"
#include "migrate.h"
#include "page_table.h"
#include "vma_impl.h"

#include <pages/zone.h>
#include <sync/still.h>

/* The next page of @vma in [addr, end) that is present and counted, and its node; @end: there is none. */
static unsigned long next_page(struct vma *vma, unsigned long addr, unsigned long end, int *node)
{
	unsigned long next;

	for (; addr < end; addr = next) {
		pmd_t *pmd = find_pmd_next(vma->vm_mm, addr, end, &next);
		spinlock_t *ptl;
		pte_t *pte;

		if (!pmd)
			continue;
		pte = pte_offset_lock(pmd, addr, &ptl);
		for (; addr < next; addr += PAGE_SIZE, pte++) {
			struct folio *folio = pte_present(ptep_get(pte)) ? pte_folio(ptep_get(pte)) : NULL;

			if (!folio)
				continue;
			*node = folio->node;
			pte_unlock(ptl);
			return addr;
		}
		pte_unlock(ptl);
	}
	return end;
}

static bool vma_has_misplaced(struct vma *vma, unsigned long addr, unsigned long end, u64 nodes)
{
	int node;

	for (addr = next_page(vma, addr, end, &node); addr < end; addr = next_page(vma, addr + PAGE_SIZE, end, &node))
		if (!(nodes >> node & 1))
			return true;
	return false;
}

bool range_has_misplaced(struct mm *mm, unsigned long start, unsigned long end, const struct misplaced *misplaced)
{
	struct vma *vma = find_vma_intersection(mm, start, end);

	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		if (vma_has_misplaced(vma, max(start, vma->vm_start), min(end, vma->vm_end), misplaced->nodes))
			return true;
	return false;
}

static struct policy_place place_for(const struct mempolicy *policy, struct vma *vma, unsigned long addr)
{
	if (!policy)
		policy = current->mempolicy;
	if (!policy)
		return (struct policy_place){ .node = numa_node_id(), .nodes = NODES_ALL };
	return mempolicy_place(policy, vma_linear_index(vma, addr));
}

static void move_in_vma(struct vma *vma, unsigned long addr, unsigned long end, const struct mempolicy *policy,
			struct misplaced *misplaced)
{
	bool can_move = vma_is_migratable(vma);
	struct move_wish wish = { .shared_too = misplaced->flags & MPOL_MF_MOVE_ALL };
	int node, err;

	for (addr = next_page(vma, addr, end, &node); addr < end; addr = next_page(vma, addr + PAGE_SIZE, end, &node)) {
		if (misplaced->nodes >> node & 1)
			continue;
		wish.place = place_for(policy, vma, addr);
		err = can_move ? move_page_at(vma, addr, &wish) : -EBUSY;
		/* What others share stays, and that is no failure. */
		if (err && err != -EACCES)
			misplaced->nr_failed++;
	}
}

void range_move_misplaced(struct mm *mm, unsigned long start, unsigned long end, const struct mempolicy *policy,
			  struct misplaced *misplaced)
{
	struct vma *vma = find_vma_intersection(mm, start, end);

	for (; vma && vma->vm_start < end; vma = vma->vm_next)
		move_in_vma(vma, max(start, vma->vm_start), min(end, vma->vm_end), policy, misplaced);
}

/* Pages of one VMA from node to node; a stretch at a time, so that writers of mmap_lock get their turn. */
static void move_stretch(struct vma *vma, unsigned long *addrp, struct node_move *move)
{
	struct move_wish wish = { .place = { .node = move->to, .nodes = 1u << move->to }, .shared_too = move->shared_too };
	unsigned long addr = *addrp, end = min(vma->vm_end, addr + MOVE_STRETCH);
	int node, err;

	*addrp = end;
	if (!vma_is_migratable(vma))
		return;
	for (addr = next_page(vma, addr, end, &node); addr < end; addr = next_page(vma, addr + PAGE_SIZE, end, &node)) {
		if (node != move->from)
			continue;
		err = move_page_at(vma, addr, &wish);
		move->nr_failed += err && err != -EACCES;
	}
}

int mm_move_node(struct mm *mm, struct node_move *move, unsigned long *at)
{
	for (;;) {
		struct vma *vma;

		mmap_read_lock(mm);
		vma = find_vma(mm, *at);
		if (!vma) {
			mmap_read_unlock(mm);
			return 0;
		}
		*at = max(*at, vma->vm_start);
		move_stretch(vma, at, move);
		mmap_read_unlock(mm);
		if (thread_fatal_signal_pending(current_thread()))
			return -EINTR;
		if (should_park())
			return -EPARK;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * numa_maps.c - where the pages of one range lie, and the policy it has: what /proc/PID/numa_maps prints.
 *
 * LOCKING     mmap_lock for reading around one VMA.
 */
#include "mm_impl.h"
#include "page_table.h"

#include <mm/mempolicy.h>

static void count_page(struct vma *vma, pte_t pte, void *arg)
{
	struct numa_usage *usage = arg;
	struct folio *folio = pte_folio(pte);
	unsigned long maps;

	if (!folio || folio_test(folio, PG_reserved))
		return;
	maps = atomic_read(&folio->mapcount);
	usage->pages++;
	usage->anon += folio_test(folio, PG_anon);
	usage->dirty += pte_dirty(pte) || folio_test(folio, PG_dirty);
	usage->active += folio_test(folio, PG_active);
	usage->writeback += folio_test(folio, PG_writeback);
	usage->mapcount_max = max(usage->mapcount_max, maps);
	usage->node[folio->node]++;
}

bool mm_numa_usage(struct mm *mm, unsigned long start, struct numa_usage *usage)
{
	struct vma *vma;

	*usage = (struct numa_usage){ 0 };
	mmap_read_lock(mm);
	vma = vma_lookup(mm, start);
	if (vma) {
		usage->policy = vma_policy_get(vma, start);
		visit_present(vma, vma->vm_start, vma->vm_end, count_page, usage);
	}
	mmap_read_unlock(mm);
	return vma;
}

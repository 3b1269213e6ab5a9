/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_walk.c - what /proc/PID tells of an address space: its VMAs one at a time, their pages by kind, the page map.
 *
 * WHAT        Snapshots of VMAs and sums over entries that procfs prints.
 * LOCKING     mmap_lock for reading inside each call; a reader that comes back finds the next VMA by address.
 */
#include "vma_impl.h"
#include "mm_impl.h"
#include "page_table.h"

#include <lib/string.h>
#include <mm/mm_port.h>

static const char *vma_name(struct vma *vma)
{
	struct mm *mm = vma->vm_mm;

	if (vma->vm_ops && vma->vm_ops->name)
		return vma->vm_ops->name(vma);
	if (vma->vm_file)
		return "";
	if (vma->vm_start <= mm->brk && vma->vm_end >= mm->start_brk && mm->brk != mm->start_brk)
		return "[heap]";
	if (vma->vm_start <= mm->start_stack && vma->vm_end >= mm->start_stack)
		return "[stack]";
	return "";
}

bool mm_vma_at(struct mm *mm, unsigned long addr, struct vma_info *info)
{
	struct vma *vma;

	mmap_read_lock(mm);
	vma = find_vma(mm, addr);
	if (!vma) {
		mmap_read_unlock(mm);
		return false;
	}
	*info = (struct vma_info){ .start = vma->vm_start, .end = vma->vm_end, .flags = vma->vm_flags,
				   .pgoff = vma->vm_pgoff, .mapping = vma->vm_mapping };
	if (!vma->vm_file && !vma->vm_mapping)
		info->pgoff = 0;
	if (vma->vm_file)
		info->file = vfs_file_get(vma->vm_file);
	strscpy(info->name, vma_name(vma), sizeof(info->name));
	mmap_read_unlock(mm);
	return true;
}

void vma_info_put(struct vma_info *info)
{
	if (info->file)
		vfs_file_put(info->file);
	info->file = NULL;
}

static void count_entry(struct vma *vma, pte_t pte, void *arg)
{
	struct vma_usage *usage = arg;
	struct folio *folio = pte_folio(pte);
	int maps = folio ? atomic_read(&folio->mapcount) : 0;
	bool dirty;

	if (!folio)
		return;
	dirty = pte_dirty(pte) || folio_test(folio, PG_dirty);
	usage->rss += PAGE_SIZE;
	usage->pss += PAGE_SIZE / max(maps, 1);
	if (pte_young(pte) || folio_test(folio, PG_referenced))
		usage->referenced += PAGE_SIZE;
	if (folio_test(folio, PG_anon))
		usage->anonymous += PAGE_SIZE;
	if (vma->vm_flags & VM_LOCKED)
		usage->locked += PAGE_SIZE / max(maps, 1);
	if (maps > 1)
		*(dirty ? &usage->shared_dirty : &usage->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &usage->private_dirty : &usage->private_clean) += PAGE_SIZE;
}

void mm_range_usage(struct mm *mm, unsigned long start, unsigned long end, struct vma_usage *usage)
{
	struct vma *vma;

	memset(usage, 0, sizeof(*usage));
	mmap_read_lock(mm);
	for (vma = find_vma(mm, start); vma && vma->vm_start < end; vma = vma->vm_next)
		visit_present(vma, max(start, vma->vm_start), min(end, vma->vm_end), count_entry, usage);
	mmap_read_unlock(mm);
}

#define PAGEMAP_SOFT_DIRTY (1ull << 55)
#define PAGEMAP_EXCLUSIVE (1ull << 56)
#define PAGEMAP_FILE (1ull << 61)
#define PAGEMAP_PRESENT (1ull << 63)

static u64 pagemap_word(struct mm *mm, unsigned long addr, bool show_pfn)
{
	pmd_t *pmd = find_pmd(mm, addr);
	struct folio *folio;
	spinlock_t *ptl;
	u64 word = 0;
	pte_t pte;

	if (!pmd)
		return 0;
	pte = ptep_get(pte_offset_lock(pmd, addr, &ptl));
	if (pte_present(pte)) {
		folio = pte_folio(pte);
		word = PAGEMAP_PRESENT | PAGEMAP_SOFT_DIRTY;
		if (show_pfn)
			word |= pte_pfn(pte);
		if (folio && !folio_test(folio, PG_anon))
			word |= PAGEMAP_FILE;
		if (folio && atomic_read(&folio->mapcount) == 1)
			word |= PAGEMAP_EXCLUSIVE;
	}
	pte_unlock(ptl);
	return word;
}

void mm_pagemap(struct mm *mm, unsigned long addr, unsigned long nr, bool show_pfn, u64 *out)
{
	mmap_read_lock(mm);
	for (unsigned long i = 0; i < nr; i++)
		out[i] = addr + i * PAGE_SIZE < USER_END ? pagemap_word(mm, addr + i * PAGE_SIZE, show_pfn) : 0;
	mmap_read_unlock(mm);
}

void mm_clear_refs(struct mm *mm)
{
	unsigned long addr = 0, next;

	mmap_read_lock(mm);
	for (; addr < USER_END; addr = next) {
		pmd_t *pmd = find_pmd_next(mm, addr, USER_END, &next);
		spinlock_t *ptl;
		pte_t *pte;

		if (!pmd)
			continue;
		pte = pte_offset_lock(pmd, addr, &ptl);
		for (; addr < next; addr += PAGE_SIZE, pte++)
			if (pte_hw_present(ptep_get(pte)))
				ptep_test_clear_young(pte);
		pte_unlock(ptl);
	}
	mmap_read_unlock(mm);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.c - the address space of a new program: its stack, its layout, pages that the kernel lends it.
 *
 * WHAT        Strings are written to a temporary stack VMA at the top of the fresh mm; when the program is known the stack moves to its
 *             final place. Layout: stack at the top, mmap area below it growing down, brk above the program.
 * LOCKING     The mm is the exec'ing task's own; mmap_lock is taken all the same.
 */
#include "vma_impl.h"
#include "mm_impl.h"
#include "page_table.h"
#include "zap.h"

#include <arch/tlb.h>
#include <lib/assert.h>
#include <mm/fault.h>
#include <mm/mm_port.h>
#include <asm/resource.h>
#include <linux/personality.h>

/* Room below the stack that the mmap area leaves: at least, at most. */
#define STACK_ROOM_MIN (128UL << 20)
#define STACK_ROOM_MAX (USER_END / 6 * 5)
#define STACK_RND_PAGES 0x3fffffUL /* 16 GiB */
#define BRK_RND_SIZE 0x2000000UL
/* The final stack VMA is made this much larger at once. */
#define STACK_EXPAND (128UL << 10)

int mm_stack_init(struct mm *mm, unsigned long *top)
{
	struct vma *vma = vma_alloc(mm);

	if (!vma)
		return -ENOMEM;
	vma->vm_end = USER_END;
	vma->vm_start = USER_END - PAGE_SIZE;
	vma->vm_flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_GROWSDOWN | VM_ACCOUNT;
	vma->vm_pgoff = vma->vm_start >> PAGE_SHIFT;
	vma_set_page_prot(vma);
	if (vm_enough_memory(mm, 1, false)) {
		vma_discard(vma);
		return -ENOMEM;
	}
	mmap_write_lock(mm);
	vma_link(mm, vma);
	vm_stat_account(mm, vma->vm_flags, 1);
	mmap_write_unlock(mm);
	*top = USER_END;
	return 0;
}

/* Move the whole stack VMA down by @shift bytes, entries and all. */
static int shift_stack(struct mm *mm, struct vma *vma, unsigned long shift)
{
	unsigned long old_start = vma->vm_start, old_end = vma->vm_end;
	unsigned long start = old_start - shift, end = old_end - shift;
	struct page_source src = { .gfp = GFP_KERNEL };
	unsigned long addr, next;
	struct gather gather;

	if (find_vma(mm, start) != vma)
		return -EFAULT;
	/* Cover both places, move, then let go of the old one. */
	vma_set_bounds(vma, start, old_end, vma->vm_pgoff - (shift >> PAGE_SHIFT));
	for (addr = old_start; addr < old_end; addr += PAGE_SIZE) {
		pmd_t *from_pmd = find_pmd_next(mm, addr, old_end, &next), *to_pmd;
		spinlock_t *ptl;
		pte_t *pte, entry;

		if (!from_pmd)
			continue;
		to_pmd = alloc_pmd(mm, addr - shift, &src);
		if (!to_pmd)
			return -ENOMEM;
		pte = pte_offset_lock(from_pmd, addr, &ptl);
		entry = ptep_xchg_clear(pte);
		pte_unlock(ptl);
		if (pte_none(entry))
			continue;
		if (pte_folio(entry))
			pte_folio(entry)->index = (addr - shift) >> PAGE_SHIFT;
		pte = pte_offset_lock(to_pmd, addr - shift, &ptl);
		set_pte(pte, entry);
		pte_unlock(ptl);
	}
	vma_set_bounds(vma, start, end, start >> PAGE_SHIFT);
	gather_begin(&gather, mm, false);
	gather_add_range(&gather, old_start, old_end);
	free_page_tables(&gather, max(end, old_start), old_end, end, 1UL << 47);
	gather_end(&gather);
	return 0;
}

int mm_stack_finalize(struct mm *mm, unsigned long stack_top, bool executable, unsigned long *shift)
{
	struct vma *vma;
	unsigned long size, grow, limit;
	int err = 0;

	stack_top &= PAGE_MASK;
	*shift = USER_END - stack_top;
	mmap_write_lock(mm);
	vma = find_vma(mm, USER_END - PAGE_SIZE);
	KASSERT(vma && vma->vm_end == USER_END);
	vma_start_write(vma);
	if (*shift)
		err = shift_stack(mm, vma, *shift);
	if (err)
		goto out;
	if (executable)
		vma->vm_flags |= VM_EXEC;
	vma->vm_flags |= mm->def_flags;
	vma_set_page_prot(vma);
	if (executable)
		change_protection(vma, vma->vm_start, vma->vm_end);
	/* Some room at once, as far as the limit allows. */
	size = vma->vm_end - vma->vm_start;
	limit = process_rlimit(RLIMIT_STACK) & PAGE_MASK;
	grow = size + STACK_EXPAND > limit ? (limit > size ? limit - size : 0) : STACK_EXPAND;
	if (grow && !vm_enough_memory(mm, grow >> PAGE_SHIFT, false)) {
		vma_set_bounds(vma, vma->vm_start - grow, vma->vm_end, vma->vm_pgoff - (grow >> PAGE_SHIFT));
		vm_stat_account(mm, vma->vm_flags, grow >> PAGE_SHIFT);
	}
	mm->start_stack = stack_top - *shift;
out:
	mmap_write_unlock(mm);
	return err;
}

unsigned long mm_random_stack_top(unsigned long top, bool randomize)
{
	if (randomize)
		top -= (process_random_u64() & STACK_RND_PAGES) << PAGE_SHIFT;
	return top & PAGE_MASK;
}

unsigned long mm_random_brk(unsigned long brk)
{
	return PAGE_ALIGN(brk + (process_random_u64() % (BRK_RND_SIZE >> PAGE_SHIFT) << PAGE_SHIFT));
}

unsigned long mm_random_pie_base(void)
{
	return (process_random_u64() & ((1UL << READ_ONCE(mm_sysctl.mmap_rnd_bits)) - 1)) << PAGE_SHIFT;
}

void mm_choose_layout(struct mm *mm, unsigned long rlim_stack, bool randomize)
{
	unsigned long random = randomize ? mm_random_pie_base() : 0, room = rlim_stack;

	if (rlim_stack == RLIM_INFINITY || READ_ONCE(mm_sysctl.legacy_va_layout) || (process_personality() & ADDR_COMPAT_LAYOUT)) {
		mm->mmap_base = PAGE_ALIGN(USER_END / 3) + random;
		mm->flags &= ~BIT(MMF_TOPDOWN);
		return;
	}
	/* The stack's guard gap and its random shift come on top of the room. */
	if (randomize)
		room += (STACK_RND_PAGES << PAGE_SHIFT);
	room += STACK_GUARD_GAP;
	room = clamp(room, STACK_ROOM_MIN, STACK_ROOM_MAX);
	mm->mmap_base = (USER_END - room - random) & PAGE_MASK;
	mm->flags |= BIT(MMF_TOPDOWN);
}

/* ---- pages of the kernel's ---- */

static u32 special_fault(struct vm_fault *vmf)
{
	const struct special_mapping *spec = vmf->vma->vm_private_data;
	unsigned long n = (vmf->address - vmf->vma->vm_start) >> PAGE_SHIFT;

	for (unsigned long i = 0; i <= n; i++)
		if (!spec->pages[i])
			return VM_FAULT_SIGBUS;
	/* These pages are the image's or the kernel's: they are not counted (law 7: a process keeps its vDSO for life). */
	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(spec->pages[n]));
}

static const char *special_name(struct vma *vma)
{
	return ((const struct special_mapping *)vma->vm_private_data)->name;
}

static int special_may_split(struct vma *vma, unsigned long addr)
{
	return -EINVAL;
}

static const struct vma_ops special_vma_ops = {
	.fault = special_fault,
	.name = special_name,
	.may_split = special_may_split,
};

int install_special_mapping(struct mm *mm, unsigned long addr, unsigned long len, unsigned long vm_flags,
			    const struct special_mapping *spec)
{
	struct vma *vma = vma_alloc(mm);

	if (!vma)
		return -ENOMEM;
	vma->vm_start = addr;
	vma->vm_end = addr + len;
	vma->vm_flags = vm_flags | mm->def_flags | VM_DONTEXPAND | VM_PFNMAP;
	vma->vm_pgoff = 0;
	vma->vm_ops = &special_vma_ops;
	vma->vm_private_data = (void *)spec;
	vma_set_page_prot(vma);
	mmap_write_lock(mm);
	if (find_vma_intersection(mm, addr, addr + len)) {
		mmap_write_unlock(mm);
		vma_discard(vma);
		return -EEXIST;
	}
	vma_link(mm, vma);
	vm_stat_account(mm, vma->vm_flags, len >> PAGE_SHIFT);
	mmap_write_unlock(mm);
	return 0;
}

int remap_pfn_range(struct vma *vma, unsigned long addr, unsigned long pfn, unsigned long size, pgprot_t prot)
{
	vma->vm_flags |= VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP;
	vma->vm_page_prot = prot;
	for (unsigned long done = 0; done < size; done += PAGE_SIZE)
		if (vmf_insert_pfn(vma, addr + done, pfn + (done >> PAGE_SHIFT)) & VM_FAULT_OOM)
			return -ENOMEM;
	return 0;
}

int vm_insert_page(struct vma *vma, unsigned long addr, struct page *page)
{
	struct page_source src = { .gfp = GFP_KERNEL };
	struct folio *folio = page_folio(page);
	pmd_t *pmd = alloc_pmd(vma->vm_mm, addr, &src);
	spinlock_t *ptl;
	pte_t *pte;
	int err = -EBUSY;

	if (!pmd)
		return -ENOMEM;
	vma->vm_flags |= VM_MIXEDMAP;
	pte = pte_offset_lock(pmd, addr, &ptl);
	if (pte_none(ptep_get(pte))) {
		folio_get(folio);
		atomic_inc(&folio->mapcount);
		set_pte(pte, pfn_pte(page_to_pfn(page), vma->vm_page_prot));
		mm_add_counter(vma->vm_mm, folio_counter(folio), 1);
		err = 0;
	}
	pte_unlock(ptl);
	return err;
}

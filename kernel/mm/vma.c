/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vma.c - VMAs as objects: made, copied, cut, joined, dropped, and what they add up to in their mm.
 *
 * WHAT        The only place that changes a linked VMA or the figures of its mm.
 * INVARIANTS  I1  Every change of a linked VMA is made with mmap_lock held for writing and the VMA write-locked.
 *             I2  A VMA with vm_mapping is in that mapping's tree from vma_link() to vma_unlink_mapping(), with its present bounds.
 *             I3  Two neighbours that differ in nothing but their range are joined when one of them changes.
 * LOCKING     mmap_lock (write), vma lock (write), mapping->i_mmap_lock (write) around bounds and tree.
 * LIFECYCLE   vma_alloc -> fields -> vma_link -> ... -> vma_detach -> vma_unlink_mapping -> vma_destroy -> grace period.
 * ERRORS      -ENOMEM, also for more than vm.max_map_count VMAs.
 */
#include "vma_impl.h"
#include "mm_impl.h"

#include <arch/pkeys.h>
#include <lib/string.h>
#include <mm/mempolicy.h>
#include <mm/mm_port.h>
#include <mm/pkeys.h>
#include <sync/rcu.h>
#include <asm/resource.h>

static void vma_rcu_free(struct rcu_head *head)
{
	kmem_cache_free(mm_state.vma_cache, container_of(head, struct vma, rcu));
}

static const struct rcu_ops vma_rcu_ops = { .name = "vma", .reclaim = vma_rcu_free };

struct vma *vma_alloc(struct mm *mm)
{
	struct vma *vma = kmem_cache_zalloc(mm_state.vma_cache, GFP_KERNEL);

	if (!vma)
		return NULL;
	vma->vm_mm = mm;
	vma->lock_seq = mm->vma_lock_seq - 1;
	return vma;
}

/* Is it one of the shared writable maps that seals look at? */
static bool vma_counts_writable(const struct vma *vma)
{
	return vma->vm_file && vma->vm_mapping &&
	       (vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) == (VM_SHARED | VM_MAYWRITE);
}

struct vma *vma_dup(struct mm *mm, const struct vma *orig)
{
	struct vma *vma = kmem_cache_alloc(mm_state.vma_cache, GFP_KERNEL);

	if (!vma)
		return NULL;
	*vma = *orig;
	vma->vm_mm = mm;
	atomic_set(&vma->lock, 0);
	vma->lock_seq = mm->vma_lock_seq - 1;
	vma->vm_next = vma->vm_prev = NULL;
	mempolicy_get(vma->vm_policy);
	if (vma->vm_file)
		vfs_file_get(vma->vm_file);
	/* The original holds one already, so this cannot be denied. */
	if (vma_counts_writable(vma))
		atomic_inc(&vma->vm_mapping->i_mmap_writable);
	return vma;
}

void vma_drop_writable(struct vma *vma)
{
	if (vma_counts_writable(vma))
		mapping_unmap_writable(vma->vm_mapping);
}

void vma_discard(struct vma *vma)
{
	mempolicy_put(vma->vm_policy);
	if (vma->vm_file)
		vfs_file_put(vma->vm_file);
	kmem_cache_free(mm_state.vma_cache, vma);
}

static void vma_let_go(struct vma *vma)
{
	mempolicy_put(vma->vm_policy);
	/* The mapping may go with close: it comes last of what looks at it. */
	vma_drop_writable(vma);
	if (vma->vm_ops && vma->vm_ops->close)
		vma->vm_ops->close(vma);
	if (vma->vm_file)
		vfs_file_put(vma->vm_file);
}

void vma_destroy(struct vma *vma)
{
	vma->vm_next = vma->vm_mm->dead_vmas;
	vma->vm_mm->dead_vmas = vma;
}

void vma_bury(struct vma *dead)
{
	struct vma *next;

	for (; dead; dead = next) {
		next = dead->vm_next;
		vma_let_go(dead);
		call_rcu(&dead->rcu, &vma_rcu_ops);
	}
}

void vma_destroy_now(struct vma *vma)
{
	vma_let_go(vma);
	kmem_cache_free(mm_state.vma_cache, vma);
}

bool vma_wants_writenotify(const struct vma *vma)
{
	if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) != (VM_WRITE | VM_SHARED))
		return false;
	if (vma->vm_flags & VM_PFNMAP)
		return false;
	return vma->vm_mapping && !mapping_is_ram(vma->vm_mapping);
}

void vma_set_page_prot(struct vma *vma)
{
	u64 bits = _PAGE_ACCESSED;

	if (vma->vm_flags & VM_ACCESS_FLAGS)
		bits |= _PAGE_PRESENT | _PAGE_USER;
	else
		bits |= _PAGE_PROTNONE;
	if (!(vma->vm_flags & VM_EXEC))
		bits |= _PAGE_NX;
	if ((vma->vm_flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED) && !vma_wants_writenotify(vma))
		bits |= _PAGE_RW;
	bits |= pgprot_val(vma->vm_page_prot) & (_PAGE_PCD | _PAGE_PWT);
	bits |= arch_pkey_entry_bits(vm_flags_pkey(vma->vm_flags));
	WRITE_ONCE(vma->vm_page_prot, __pgprot(bits));
}

void vma_link(struct mm *mm, struct vma *vma)
{
	/* Stamped before anyone can find it: faults wait for mmap_write_unlock(). */
	vma->lock_seq = mm->vma_lock_seq;
	if (vma->vm_mapping) {
		down_write(&vma->vm_mapping->i_mmap_lock);
		mapping_tree_insert(vma->vm_mapping, vma);
		up_write(&vma->vm_mapping->i_mmap_lock);
	}
	vma_tree_insert(mm, vma);
	mm->map_count++;
}

void vma_detach(struct mm *mm, struct vma *vma)
{
	vma_start_write(vma);
	vma_tree_remove(mm, vma);
	atomic_or(VMA_DETACHED, &vma->lock);
	mm->map_count--;
}

void vma_unlink_mapping(struct vma *vma)
{
	if (!vma->vm_mapping)
		return;
	down_write(&vma->vm_mapping->i_mmap_lock);
	mapping_tree_remove(vma->vm_mapping, vma);
	up_write(&vma->vm_mapping->i_mmap_lock);
}

static void mapping_lock(struct vma *vma)
{
	if (vma->vm_mapping)
		down_write(&vma->vm_mapping->i_mmap_lock);
}

static void mapping_unlock(struct vma *vma)
{
	if (vma->vm_mapping)
		up_write(&vma->vm_mapping->i_mmap_lock);
}

static void set_bounds_locked(struct vma *vma, unsigned long start, unsigned long end, pgoff_t pgoff)
{
	if (vma->vm_mapping)
		mapping_tree_remove(vma->vm_mapping, vma);
	WRITE_ONCE(vma->vm_start, start);
	WRITE_ONCE(vma->vm_end, end);
	vma->vm_pgoff = pgoff;
	if (vma->vm_mapping)
		mapping_tree_insert(vma->vm_mapping, vma);
	vma_tree_update(vma);
}

void vma_set_bounds(struct vma *vma, unsigned long start, unsigned long end, pgoff_t pgoff)
{
	vma_start_write(vma);
	mapping_lock(vma);
	set_bounds_locked(vma, start, end, pgoff);
	mapping_unlock(vma);
}

int vma_split(struct mm *mm, struct vma *vma, unsigned long addr, bool new_below)
{
	struct vma *new;
	pgoff_t pgoff = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	int err;

	if (mm->map_count >= mm_sysctl.max_map_count)
		return -ENOMEM;
	if (vma->vm_ops && vma->vm_ops->may_split) {
		err = vma->vm_ops->may_split(vma, addr);
		if (err)
			return err;
	}
	new = vma_dup(mm, vma);
	if (!new)
		return -ENOMEM;
	if (new_below) {
		new->vm_end = addr;
	} else {
		new->vm_start = addr;
		new->vm_pgoff = pgoff;
	}
	if (new->vm_ops && new->vm_ops->open)
		new->vm_ops->open(new);

	vma_start_write(vma);
	new->lock_seq = mm->vma_lock_seq;
	mapping_lock(vma);
	if (new_below)
		set_bounds_locked(vma, addr, vma->vm_end, pgoff);
	else
		set_bounds_locked(vma, vma->vm_start, addr, vma->vm_pgoff);
	if (new->vm_mapping)
		mapping_tree_insert(new->vm_mapping, new);
	mapping_unlock(vma);
	vma_tree_insert(mm, new);
	mm->map_count++;
	return 0;
}

int vma_isolate(struct mm *mm, struct vma *vma, unsigned long start, unsigned long end, struct vma **out)
{
	int err = 0;

	if (vma->vm_start < start)
		err = vma_split(mm, vma, start, true);
	if (!err && vma->vm_end > end)
		err = vma_split(mm, vma, end, false);
	*out = vma;
	return err;
}

/* Flags that may differ between neighbours to be joined: none so far. */
static bool alike(const struct vma *a, unsigned long flags, struct file *file, const struct vma_ops *ops, void *private)
{
	if (a->vm_flags != flags || a->vm_file != file || a->vm_ops != ops || a->vm_private_data != private)
		return false;
	if (ops && ops->close)
		return false;
	return !(flags & VM_SPECIAL);
}

/* May @b, which begins where @a ends, become part of @a? */
static bool can_join(const struct vma *a, const struct vma *b)
{
	return a->vm_end == b->vm_start && mempolicy_equal(a->vm_policy, b->vm_policy) &&
	       alike(a, b->vm_flags, b->vm_file, b->vm_ops, b->vm_private_data) &&
	       a->vm_mapping == b->vm_mapping && a->vm_pgoff + vma_pages(a) == b->vm_pgoff;
}

/* @b becomes part of @a, its lower neighbour. */
static void join(struct mm *mm, struct vma *a, struct vma *b)
{
	unsigned long end = b->vm_end;

	vma_start_write(a);
	vma_detach(mm, b);
	mapping_lock(a);
	if (b->vm_mapping)
		mapping_tree_remove(b->vm_mapping, b);
	set_bounds_locked(a, a->vm_start, end, a->vm_pgoff);
	mapping_unlock(a);
	a->has_anon |= b->has_anon;
	vma_destroy(b);
}

struct vma *vma_merge_around(struct mm *mm, struct vma *vma)
{
	struct vma *prev = vma->vm_prev, *next;

	if (prev && can_join(prev, vma)) {
		join(mm, prev, vma);
		vma = prev;
	}
	next = vma->vm_next;
	if (next && can_join(vma, next))
		join(mm, vma, next);
	return vma;
}

struct vma *vma_extend(struct mm *mm, struct vma *prev, unsigned long start, unsigned long end,
		       unsigned long vm_flags, pgoff_t pgoff)
{
	struct vma *next = prev ? prev->vm_next : mm->mmap;

	if (prev && prev->vm_end == start && !prev->vm_policy && alike(prev, vm_flags, NULL, NULL, NULL) &&
	    prev->vm_pgoff + vma_pages(prev) == pgoff) {
		vma_set_bounds(prev, prev->vm_start, end, prev->vm_pgoff);
		return vma_merge_around(mm, prev);
	}
	if (next && next->vm_start == end && !next->vm_policy && alike(next, vm_flags, NULL, NULL, NULL) &&
	    next->vm_pgoff == pgoff + ((end - start) >> PAGE_SHIFT)) {
		vma_set_bounds(next, start, next->vm_end, pgoff);
		return next;
	}
	return NULL;
}

void vm_stat_account(struct mm *mm, unsigned long flags, long pages)
{
	WRITE_ONCE(mm->total_vm, mm->total_vm + pages);
	if ((flags & (VM_EXEC | VM_WRITE | VM_STACK)) == VM_EXEC)
		mm->exec_vm += pages;
	else if (flags & VM_STACK)
		mm->stack_vm += pages;
	else if (vma_is_private_writable(flags))
		mm->data_vm += pages;
	if (mm->total_vm > mm->hiwater_vm)
		mm->hiwater_vm = mm->total_vm;
}

bool may_expand_vm(struct mm *mm, unsigned long flags, unsigned long pages)
{
	if (mm->total_vm + pages > process_rlimit(RLIMIT_AS) >> PAGE_SHIFT)
		return false;
	if (vma_is_private_writable(flags) && !(flags & VM_STACK) &&
	    mm->data_vm + pages > process_rlimit(RLIMIT_DATA) >> PAGE_SHIFT)
		return false;
	return true;
}

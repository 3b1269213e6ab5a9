/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vma_lock.c - the lock of one VMA: faults read-lock it without touching the mm-wide lock.
 *
 * WHAT        The word vma->lock counts readers. A writer, who holds mmap_lock for writing, raises WRITER, waits until the readers
 *             are gone, and then stamps the VMA with the mm's sequence number: stamp == number means write-locked. One increment
 *             of the number in mmap_write_unlock() ends all these locks at once.
 * INVARIANTS  I1  While a VMA is stamped, or WRITER or DETACHED is set, no new reader gets in under RCU.
 *             I2  A read-locked VMA is in the tree, does not change, and is not freed.
 *             I3  A reader who holds mmap_lock for reading needs no stamp check: there is no writer.
 * LOCKING     Readers wait for nothing here (they fall back to mmap_lock). Writers sleep on mm->vma_wait.
 * ERRORS      vma_lock_under_rcu() gives NULL whenever it is not sure.
 */
#include "vma_impl.h"

#include <lib/assert.h>
#include <sync/rcu.h>

static bool read_try(struct vma *vma)
{
	int old = atomic_read(&vma->lock);

	do {
		if (old & (VMA_WRITER | VMA_DETACHED))
			return false;
	} while (!atomic_try_cmpxchg(&vma->lock, &old, old + 1));
	return true;
}

struct vma *vma_lock_under_rcu(struct mm *mm, unsigned long addr)
{
	struct vma *vma;

	rcu_read_lock();
	vma = vma_tree_find(&mm->mm_rb, addr);
	if (!vma || !read_try(vma))
		goto none;
	/* The stamp is tested after the count is up: a writer that finished before has set it (I1). */
	if (unlikely(READ_ONCE(vma->lock_seq) == READ_ONCE(mm->vma_lock_seq) || addr < vma->vm_start ||
		     addr >= vma->vm_end || vma->vm_mm != mm)) {
		vma_end_read(vma);
		goto none;
	}
	rcu_read_unlock();
	return vma;
none:
	rcu_read_unlock();
	return NULL;
}

struct vma *vma_lock_mmap_held(struct mm *mm, unsigned long addr)
{
	struct vma *vma = vma_lookup(mm, addr);

	if (vma && WARN_ON(!read_try(vma))) /* I3 */
		return NULL;
	return vma;
}

void vma_end_read(struct vma *vma)
{
	struct mm *mm = vma->vm_mm;
	int now = atomic_sub_return_release(1, &vma->lock);

	if (unlikely(now & VMA_WRITER) && !(now & VMA_READERS))
		wake_up_all(&mm->vma_wait);
}

void vma_start_write(struct vma *vma)
{
	struct mm *mm = vma->vm_mm;

	if (vma->lock_seq == mm->vma_lock_seq)
		return;
	if (unlikely(atomic_fetch_or(VMA_WRITER, &vma->lock) & VMA_READERS))
		wait_event(mm->vma_wait, !(atomic_read_acquire(&vma->lock) & VMA_READERS));
	/* pairs with vma_lock_under_rcu(): the stamp is there before new readers can count up */
	WRITE_ONCE(vma->lock_seq, mm->vma_lock_seq);
	atomic_andnot(VMA_WRITER, &vma->lock);
}

void mmap_read_lock(struct mm *mm)
{
	down_read(&mm->mmap_lock);
}

int mmap_read_lock_killable(struct mm *mm)
{
	return down_read_killable(&mm->mmap_lock);
}

bool mmap_read_trylock(struct mm *mm)
{
	return down_read_trylock(&mm->mmap_lock);
}

void mmap_read_unlock(struct mm *mm)
{
	up_read(&mm->mmap_lock);
}

void mmap_write_lock(struct mm *mm)
{
	down_write(&mm->mmap_lock);
}

int mmap_write_lock_killable(struct mm *mm)
{
	return down_write_killable(&mm->mmap_lock);
}

void mmap_write_unlock(struct mm *mm)
{
	struct vma *dead = mm->dead_vmas;

	mm->dead_vmas = NULL;
	smp_store_release(&mm->vma_lock_seq, mm->vma_lock_seq + 1);
	up_write(&mm->mmap_lock);
	if (dead)
		vma_bury(dead);
}

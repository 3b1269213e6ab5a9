/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom.c - nothing is left to reclaim: one process pays for all.
 *
 * WHAT        The allocator asks when rounds of reclaim have freed nothing. process_oom_kill() picks a victim; whoever asked takes the
 *             victim's private pages away at once (the reaper), for the victim may wait for a lock that the asker holds. While a victim
 *             is on its way nobody else is picked, unless it has not gone after VICTIM_PATIENCE_NS.
 * INVARIANTS  O1  One victim at a time, one report a victim.
 *             O2  A reaped mm is marked MMF_OOM_REAPED before its first page goes: a fault on private memory there is a bus error and
 *                 never a fresh zero page, so that no system call of the dying process reads zeros where data was.
 *             O3  Reaping excludes mm_exit_mmap() by mmap_lock, which an asker for memory only ever tries.
 * LOCKING     oom.lock (rank LEAF) for the state; is_busy makes one asker at a time the one who acts.
 * ERRORS      false: a request that may not kill (without __GFP_FS), an asker that is dying itself, or nobody left to kill.
 * TESTS       tests/guest/mm/oom_test.c
 */
#include "mm_impl.h"
#include "zap.h"

#include <lib/bitops.h>
#include <log/panic.h>
#include <log/printk.h>
#include <mm/mm_port.h>
#include <pages/page_alloc.h>
#include <pages/pages_port.h>
#include <pages/stats.h>
#include <sync/sync_port.h>
#include <sync/spinlock.h>
#include <time/ktime.h>

/* After this long a victim that holds on to its memory counts no more. */
#define VICTIM_PATIENCE_NS 2000000000ull
#define MOMENT_NS	   10000000ull

static struct {
	spinlock_t lock;
	bool is_busy __guarded_by(&lock);
	struct mm *victim;  /* a reference; who is busy owns it */
	u64 picked_ns;
} oom = { .lock = SPINLOCK_INIT(RANK_LEAF) };

static bool oom_enter(void)
{
	bool was_busy;

	with_spinlock_irqsave(&oom.lock);
	was_busy = oom.is_busy;
	oom.is_busy = true;
	return !was_busy;
}

static void oom_leave(void)
{
	with_spinlock_irqsave(&oom.lock);
	oom.is_busy = false;
}

/* ---- the reaper ---- */

static bool may_reap(const struct vma *vma)
{
	return !(vma->vm_flags & (VM_LOCKED | VM_PFNMAP | VM_SHARED));
}

/* O2. */
static void reap_locked(struct mm *mm)
{
	struct vma *vma;

	set_bit(MMF_OOM_REAPED, &mm->flags);
	smp_wmb(); /* pairs with may_be_reaped() */
	for_each_vma(mm, vma)
		if (may_reap(vma))
			zap_vma_range(vma, vma->vm_start, vma->vm_end, NULL);
}

/* O3. */
static void reap(struct mm *mm)
{
	if (!mmap_read_trylock(mm))
		return;
	reap_locked(mm);
	mmap_read_unlock(mm);
}

int mm_reap(struct mm *mm)
{
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	reap_locked(mm);
	mmap_read_unlock(mm);
	return 0;
}

/* Is a victim still on its way? One that is gone, or took too long, is forgotten. */
static bool victim_is_pending(void)
{
	struct mm *mm = oom.victim;

	if (!mm)
		return false;
	if (atomic_read(&mm->users) && ktime_get_ns() - oom.picked_ns < VICTIM_PATIENCE_NS) {
		reap(mm);
		return true;
	}
	set_bit(MMF_OOM_SKIP, &mm->flags);
	oom.victim = NULL;
	mm_put(mm);
	return false;
}

/* ---- the port ---- */

static unsigned long kib(unsigned long nr_pages)
{
	return nr_pages << (PAGE_SHIFT - 10);
}

static void report(gfp_t gfp, unsigned int order)
{
	pr_err("Out of memory: order %u, mode %#x: %lu of %lu KiB free, %lu anonymous, %lu shared, %lu of files, "
	       "%lu slab, %lu tables, %lu stacks\n",
	       order, gfp, kib(nr_free_pages()), kib(nr_managed_pages()), kib(node_page_state(NR_ANON_MAPPED)),
	       kib(node_page_state(NR_SHMEM)), kib(node_page_state(NR_FILE_PAGES) - node_page_state(NR_SHMEM)),
	       kib(node_page_state(NR_SLAB_RECLAIMABLE) + node_page_state(NR_SLAB_UNRECLAIMABLE)),
	       kib(node_page_state(NR_PAGETABLE)), node_page_state(NR_KERNEL_STACK_KB));
}

static bool pick_and_reap(gfp_t gfp, unsigned int order)
{
	struct mm *victim;

	if (victim_is_pending())
		return true;
	if (mm_sysctl.panic_on_oom)
		panic("out of memory, and vm.panic_on_oom is set");
	report(gfp, order);
	victim = process_oom_kill(nr_managed_pages());
	if (!victim)
		return false;
	count_vm_event(OOM_KILL);
	oom.victim = victim;
	oom.picked_ns = ktime_get_ns();
	reap(victim);
	return true;
}

bool out_of_memory(gfp_t gfp, unsigned int order)
{
	bool is_hopeful = true;

	if (!(gfp & __GFP_FS))
		return false;
	if (thread_fatal_signal_pending(current_thread()))
		return false; /* dying: the reserve is open to it, and then its memory comes back */
	if (oom_enter()) {
		is_hopeful = pick_and_reap(gfp, order);
		oom_leave();
	}
	if (!is_hopeful)
		return false;
	/* Let the victim run. */
	set_current_state(TASK_KILLABLE);
	schedule_until(ktime_get_ns() + MOMENT_NS);
	return true;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom.c - nothing is left to reclaim: one process pays for all.
 *
 * WHAT        The allocator asks when rounds of reclaim have freed nothing. process_oom_kill() picks and kills a victim. Its private
 *             pages are taken away at once, without its help, for it may wait for a lock that the asker holds: by whoever asks, and
 *             by the thread oom_reaper, which goes on when the map of the memory is busy or nobody asks any more.
 *             While a victim is on its way nobody else is picked, unless it has not gone after vm.oom_victim_timeout_ms.
 *
 *                 picked --------> reaped -----> gone: forgotten, the next asker may pick
 *                    \                \--------> timeout: MMF_OOM_SKIP, forgotten, the next asker picks another
 *                     \-> (map busy) retried every RETRY_NS by the thread
 *
 * INVARIANTS  O1  One victim at a time, one report a victim. A victim that was asked for by hand takes the place of another.
 *             O2  A reaped mm is marked MMF_OOM_REAPED before its first page goes: a fault on private memory there is a bus error and
 *                 never a fresh zero page, so that no system call of the dying process reads zeros where data was.
 *             O3  Reaping excludes mm_exit_mmap() by mmap_lock, which an asker for memory only ever tries.
 *             O4  Whoever uses oom.victim outside of the lock has a reference on its mm.
 *             O5  An asker that holds a sleeping lock for which a thread of the victim waits may use the reserve until it releases the
 *                 lock or the victim is forgotten, whatever its flags permit: the victim needs the lock to end. It hands the lock over.
 *             O6  Memory can come back between an asker's last try and its turn to pick: the last victim goes in that time. So an asker that
 *                 finds free memory is sent back to try again, once until the next victim is picked or goes. (Free memory may be where it
 *                 may not take it from.)
 *             O7  A request that a memory policy keeps to some nodes takes a victim that may have memory there. While another is on its way it
 *                 waits for that one, wherever its memory is: no longer than anybody waits for a victim.
 *             O8  A user fault that found no memory FAULT_TRIES_MAX times in a row, while nobody was killed or went, ends with the death of
 *                 its own process, whatever that offers: for who may not be killed cannot go on either. Only init tries for ever.
 * LOCKING     oom.lock (rank LEAF) for the state; is_busy makes one asker at a time the one who picks.
 * ERRORS      false: a request that may not kill (without __GFP_FS), an asker that is dying itself, or nobody left to kill.
 * TESTS       tests/guest/mm/oom_test.c, oom_nodes_test.c, oom_alone_test.c, tests/suites/oom.py
 */
#include "mm_impl.h"
#include "zap.h"

#include <lib/bitops.h>
#include <lib/err.h>
#include <lib/string.h>
#include <log/panic.h>
#include <log/printk.h>
#include <mm/mm_init.h>
#include <mm/mm_port.h>
#include <mm/oom.h>
#include <mm/reclaim.h>
#include <pages/alloc_policy.h>
#include <pages/page_alloc.h>
#include <pages/pages_port.h>
#include <pages/stats.h>
#include <pages/zone.h>
#include <sync/held.h>
#include <sync/kthread.h>
#include <sync/sync_port.h>
#include <sync/spinlock.h>
#include <sync/still.h>
#include <sync/wait.h>
#include <time/ktime.h>

#define MOMENT_NS 10000000ull /* an asker gives the victim so much */
#define RETRY_NS  10000000ull /* between the reaper's looks */
#define FAULT_WAIT_NS	50000000ull /* between the tries of a fault that finds no memory and nobody to kill */
#define FAULT_TRIES_MAX 16	    /* of them in a row: then its process pays */

static struct {
	spinlock_t lock;
	bool is_busy __guarded_by(&lock);
	bool is_reaped __guarded_by(&lock);
	struct oom_victim victim __guarded_by(&lock); /* mm NULL: none; else a reference */
	u64 picked_ns __guarded_by(&lock);
	u32 turn;      /* new with each victim that is picked or forgotten: O6; written under the lock, read without */
	u64 victim_id; /* victim.mm->id, 0: none; written under the lock, read without */
	u32 is_searching;	     /* atomic: a task looks for who waits for it */
	struct wait_queue_head wait; /* the reaper, for a victim */
	struct ratelimit ratelimit;  /* of words about grants */
} oom = {
	.lock = SPINLOCK_INIT(RANK_LEAF),
	.turn = 1,
	.wait = WAIT_QUEUE_HEAD_INIT(oom.wait),
	.ratelimit = RATELIMIT_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST),
};

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

/* ---- the victim ---- */

/* A copy with a reference (O4). False: there is none. */
static bool victim_get(struct oom_victim *victim, bool *is_reaped)
{
	with_spinlock_irqsave(&oom.lock);
	if (!oom.victim.mm)
		return false;
	*victim = oom.victim;
	*is_reaped = oom.is_reaped;
	mm_get(victim->mm);
	return true;
}

/* Consumes the reference in @victim. */
static void victim_set(const struct oom_victim *victim)
{
	struct mm *old;
	unsigned long flags;

	spin_lock_irqsave(&oom.lock, flags);
	old = oom.victim.mm;
	oom.victim = *victim;
	WRITE_ONCE(oom.victim_id, victim->mm->id);
	WRITE_ONCE(oom.turn, oom.turn + 1);
	oom.is_reaped = false;
	oom.picked_ns = ktime_get_ns();
	spin_unlock_irqrestore(&oom.lock, flags);
	if (old)
		mm_put(old);
	wake_up_all(&oom.wait);
}

/* The first who says so of @mm tells. */
static bool note_reaped(const struct mm *mm)
{
	bool is_first;

	with_spinlock_irqsave(&oom.lock);
	is_first = oom.victim.mm == mm && !oom.is_reaped;
	if (oom.victim.mm == mm)
		oom.is_reaped = true;
	return is_first;
}

static bool is_late_locked(void)
{
	u64 patience_ns = (u64)READ_ONCE(mm_sysctl.oom_victim_timeout_ms) * NSEC_PER_MSEC;

	lock_assert_held(&oom.lock);
	return patience_ns && ktime_get_ns() - oom.picked_ns >= patience_ns;
}

/* Forget the victim if it is gone, or took too long: then it counts no more. True: one is on its way still. */
static bool victim_is_pending(void)
{
	struct oom_victim done = { 0 };
	bool was_reaped = false, is_gone = false;
	unsigned long flags;

	spin_lock_irqsave(&oom.lock, flags);
	if (oom.victim.mm) {
		is_gone = test_bit(MMF_TORN_DOWN, &oom.victim.mm->flags);
		if (is_gone || is_late_locked()) {
			done = oom.victim;
			was_reaped = oom.is_reaped;
			oom.victim.mm = NULL;
			WRITE_ONCE(oom.victim_id, 0);
			WRITE_ONCE(oom.turn, oom.turn + 1);
		}
	}
	spin_unlock_irqrestore(&oom.lock, flags);
	if (!done.mm)
		return READ_ONCE(oom.victim.mm) != NULL;
	set_bit(MMF_OOM_SKIP, &done.mm->flags);
	if (!is_gone && !was_reaped)
		pr_info("oom_reaper: unable to reap pid:%d (%s)\n", done.pid, done.name);
	mm_put(done.mm);
	return false;
}

/* ---- taking its memory ---- */

static bool may_reap(const struct vma *vma)
{
	return !(vma->vm_flags & (VM_PFNMAP | VM_SHARED));
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

static unsigned long kib(const struct mm *mm, enum mm_counter which)
{
	return mm_counter(mm, which) << (PAGE_SHIFT - 10);
}

/* O3. @victim's reference stays the caller's. */
static void reap(const struct oom_victim *victim)
{
	struct mm *mm = victim->mm;

	if (!mmap_read_trylock(mm))
		return;
	reap_locked(mm);
	mmap_read_unlock(mm);
	if (note_reaped(mm) && atomic_read(&mm->users))
		pr_info("oom_reaper: reaped process %d (%s), now anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB\n", victim->pid,
			victim->name, kib(mm, MM_ANONPAGES), kib(mm, MM_FILEPAGES), kib(mm, MM_SHMEMPAGES));
}

int mm_reap(struct mm *mm)
{
	if (mmap_read_lock_killable(mm))
		return -EINTR;
	reap_locked(mm);
	mmap_read_unlock(mm);
	return 0;
}

/* One look at the victim, by whoever comes: take what it has if nobody did yet. */
static void reap_victim(void)
{
	struct oom_victim victim;
	bool is_reaped;

	if (!victim_get(&victim, &is_reaped))
		return;
	if (!is_reaped)
		reap(&victim);
	mm_put(victim.mm);
}

/* ---- the thread: for a map that was busy, and askers that do not come back ---- */

static void reaper_run(void *arg)
{
	current->flags |= PF_MEMALLOC | PF_OOM_PATH;
	for (;;) {
		kthread_park_point();
		if (wait_event_interruptible(oom.wait, READ_ONCE(oom.victim.mm)))
			continue;
		reap_victim();
		if (!victim_is_pending())
			continue;
		set_current_state(TASK_INTERRUPTIBLE);
		schedule_until(ktime_get_ns() + RETRY_NS);
	}
}

static const struct kthread_ops reaper_ops = { .name = "oom_reaper", .run = reaper_run };

void oom_start(void)
{
	if (IS_ERR(kthread_run(&reaper_ops, NULL, "oom_reaper")))
		panic("no memory for the thread that takes victims' memory");
}

/* ---- the choice ---- */

void oom_report(const struct oom_request *request)
{
	char names[GFP_NAMES_SIZE];

	pr_warn("%s invoked oom-killer: gfp_mask=%#x(%s), order=%d, oom_score_adj=%d\n", current->thread.name, request->gfp,
		gfp_names(request->gfp, names, sizeof(names)), request->order, process_oom_score_adj());
	dump_stack();
	show_mem(request->nodes ? request->nodes : NODES_ALL);
}

/* What process_oom_kill() answered: its memory is taken now. Consumes the reference. */
static void take_victim(const struct oom_victim *victim)
{
	if (victim->mm && !victim->may_reap) {
		mm_put(victim->mm); /* init keeps it: it is MMF_OOM_SKIP already, and the next asker picks another */
	} else if (victim->mm) {
		victim_set(victim);
		reap_victim();
	}
}

/* The report and the kill may allocate: they have a reserve of their own for that. */
static bool pick(const struct oom_request *request, struct oom_victim *victim, bool asker_pays)
{
	u32 had = current->flags & PF_OOM_PATH;
	bool found;

	current->flags |= PF_OOM_PATH;
	found = asker_pays ? process_oom_kill_asker(request, victim) : process_oom_kill(request, victim);
	if (!had)
		current->flags &= ~PF_OOM_PATH;
	return found;
}

/* False: nobody is left. */
static bool pick_and_reap(const struct oom_request *request)
{
	struct oom_victim victim = { 0 };

	if (!pick(request, &victim, false))
		return false;
	take_victim(&victim);
	return true;
}

/* O6 */
static bool may_try_again(void)
{
	u32 turn = READ_ONCE(oom.turn);

	if (current->oom_turn == turn || memory_is_short())
		return false;
	current->oom_turn = turn;
	return true;
}

/* Let the victim run. */
static void wait_a_moment(void)
{
	set_current_state(TASK_KILLABLE);
	schedule_until(ktime_get_ns() + MOMENT_NS);
}

/* ---- a victim that waits for the one who asks ---- */

bool oom_grant_holds(void)
{
	if (likely(!current->oom_grant))
		return false;
	if (current->thread.granted && current->oom_grant == READ_ONCE(oom.victim_id))
		return true;
	current->oom_grant = 0;
	held_grant_end();
	return false;
}

/* One look at all threads. The current task's lock that keeps one of @mm's waiting, as far as @search has come; NULL: none. */
static const void *look_for_waiter(struct held_search *search, const struct mm *mm)
{
	struct thread *thread;
	const void *lock;

	for_each_registered_thread(thread) {
		lock = held_search_visit(search, thread);
		if (lock && READ_ONCE(thread_task(thread)->mm) == mm)
			return lock;
	}
	return NULL;
}

/*
 * From the current task's locks to those who wait for them, from what these hold to who waits for that: as far as there is anything new.
 * One task searches at a time, for it holds the list of all threads.
 */
static const void *lock_in_the_way_of(const struct mm *mm)
{
	struct held_search search;
	const void *lock = NULL;
	u32 known;

	if (!held_search_begin(&search) || xchg(&oom.is_searching, 1u))
		return NULL;
	thread_registry_lock();
	do {
		known = search.nr;
		lock = look_for_waiter(&search, mm);
	} while (!lock && search.nr != known);
	thread_registry_unlock();
	smp_store_release(&oom.is_searching, 0u);
	return lock;
}

static void say_grant(const struct oom_victim *victim)
{
	if (ratelimit_allow(&oom.ratelimit, __func__))
		pr_info("oom: %s (%u) may use the reserve: victim %d (%s) waits for a lock that it holds\n", current->thread.name,
			current->thread.id, victim->pid, victim->name);
}

/*
 * O5. Does the victim wait, maybe by way of others, for a lock that the current task holds? Then nothing comes back before the
 * current task goes on: it gets the reserve until it releases the lock, and it does not take it again before the victim had it. True: it
 * is new.
 */
static bool grant_reserve(void)
{
	struct oom_victim victim;
	const void *lock = NULL;
	bool is_reaped;

	if (!READ_ONCE(oom.victim_id) || oom_grant_holds() || !victim_get(&victim, &is_reaped))
		return false;
	if (victim.mm != current->mm)
		lock = lock_in_the_way_of(victim.mm);
	if (lock) {
		current->oom_grant = victim.mm->id;
		held_grant_begin(lock);
		count_vm_event(OOM_GRANT);
		say_grant(&victim);
	}
	mm_put(victim.mm);
	return lock != NULL;
}

/* What a memory policy leaves of the machine; 0: all of it. A request for one node alone is no policy's (and only NOFAIL ones come here). */
static u32 constraint(u32 nodes, gfp_t gfp)
{
	u32 memory = nodes_with_memory();

	return gfp & __GFP_THISNODE || !(memory & ~nodes) ? 0 : nodes & memory;
}

bool out_of_memory(u32 nodes, gfp_t gfp, unsigned int order)
{
	const struct oom_request request = { .nodes = constraint(nodes, gfp), .gfp = gfp, .order = (int)order };
	bool is_hopeful = true;

	if (grant_reserve())
		return true;
	if (!(gfp & __GFP_FS))
		return false;
	if (thread_fatal_signal_pending(current_thread()))
		return false; /* dying: the reserve is open to it, and then its memory comes back */
	if (oom_enter()) {
		reap_victim();
		is_hopeful = victim_is_pending() || may_try_again() || pick_and_reap(&request);
		oom_leave();
	}
	if (is_hopeful)
		wait_a_moment();
	return is_hopeful;
}

/* ---- a fault that finds nothing ---- */

/* O8. False: somebody else is on his way, or it is init. */
static bool pay_self(void)
{
	const struct oom_request request = { .gfp = GFP_HIGHUSER_MOVABLE };
	struct oom_victim victim = { 0 };
	bool is_paying;

	if (!oom_enter())
		return false;
	is_paying = !victim_is_pending() && pick(&request, &victim, true);
	if (is_paying)
		take_victim(&victim);
	oom_leave();
	return is_paying;
}

/* With nothing held, just before the boundary: a request to park ends it. */
static void wait_after_fault(void)
{
	set_current_state(TASK_KILLABLE | TASK_WAKEPARK);
	if (!should_park())
		schedule_until(ktime_get_ns() + FAULT_WAIT_NS);
	__set_current_state(TASK_RUNNING);
}

/* Tries in a row; a victim that was picked or has gone meanwhile brings memory back, and the row begins again. */
static u32 count_failed_fault(void)
{
	u32 turn = READ_ONCE(oom.turn);

	if (current->failed_fault_turn != turn)
		current->nr_failed_faults = 0;
	current->failed_fault_turn = turn;
	return ++current->nr_failed_faults;
}

/*
 * A fault has no error to return: where small allocations fail, it is for the fault to kill. Only when the allocator has refused one, not for
 * any shortage: what it needed may not come from where there is plenty (another node, others' reservations), and an injected failure is
 * none. In retry mode the allocator has killed somebody already, or found nobody, or the task is dying itself. What a fault needs under its
 * locks is not waited for and nobody is killed for it: so the last try asks once more if there is a shortage at all.
 */
void oom_fault_failed(bool was_refused)
{
	if (was_refused && out_of_memory(alloc_refused_nodes(), GFP_HIGHUSER_MOVABLE, 0)) {
		current->nr_failed_faults = 0;
		return;
	}
	if (thread_fatal_signal_pending(current_thread()))
		return;
	if (count_failed_fault() >= FAULT_TRIES_MAX) {
		current->nr_failed_faults = 0;
		if (memory_is_short() && out_of_memory(NODES_ALL, GFP_HIGHUSER_MOVABLE, 0))
			return;
		if (pay_self())
			return;
	}
	wait_after_fault();
}

bool oom_kill_by_hand(void)
{
	const struct oom_request request = { .gfp = GFP_KERNEL, .order = OOM_ORDER_BY_HAND };
	bool found;

	while (!oom_enter())
		wait_a_moment();
	found = pick_and_reap(&request);
	oom_leave();
	return found;
}

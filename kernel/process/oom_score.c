/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_score.c - how much a process invites the OOM killer.
 *
 * WHAT        A process is worth its resident pages and page tables, shifted by oom_score_adj thousandths of the machine's memory;
 *             -1000 is never. What its own reserve covers protects it while there is anybody else, and its oom_score is 0. Memory can be shared by processes: then all of them offer the same, or killing one would
 *             win nothing. Only a child in vfork may offer something of its own, as it will soon have memory of its own.
 * INVARIANTS  O1  Processes that share memory and are not in vfork have the same oom_score_adj once oom_adj_lock is free.
 * LOCKING     oom_adj_lock (rank OOM_ADJ) for writers; readers take what is there. task_lock for a task's mm, RCU for the list of processes.
 * ERRORS      -EACCES and -EINVAL of the writers: process/oom.h.
 * TESTS       tests/guest/proc/oom_files_test.c, tests/guest/mm/oom_test.c
 */
#include "process_impl.h"
#include "oom_impl.h"
#include <linux/capability.h>
#include <linux/sched.h>
#include <log/printk.h>
#include <mm/mempolicy.h>
#include <mm/mm.h>
#include <mm/standing.h>
#include <pages/page_alloc.h>
#include <process/oom.h>

static DEFINE_MUTEX(oom_adj_lock, RANK_OOM_ADJ);

struct task *find_lock_task_mm(struct task *task)
{
	struct task *t;

	for_each_thread_of(tproc(task)->signal, t) {
		task_lock(t);
		if (t->mm)
			return t;
		task_unlock(t);
	}
	return NULL;
}

bool process_shares_mm(struct task *task, const struct mm *mm)
{
	struct task *t = find_lock_task_mm(task);
	bool is_user = t && t->mm == mm;

	if (t)
		task_unlock(t);
	return is_user;
}

bool task_is_dying(struct task *task)
{
	struct signal_struct *signal = tproc(task)->signal;

	if (READ_ONCE(signal->flags) & SIGNAL_GROUP_EXIT)
		return true;
	return signal->nr_threads == 1 && (task->flags & PF_EXITING);
}

bool all_users_are_dying(const struct mm *mm)
{
	struct task *t;

	with_rcu();
	for_each_process(t)
		if (process_shares_mm(t, mm) && !task_is_dying(t))
			return false;
	return true;
}

bool oom_is_unkillable(const struct task *task)
{
	return is_global_init(task) || (task->flags & PF_KTHREAD);
}

bool oom_is_in_domain(struct task *task, u32 nodes)
{
	struct task *t;

	if (!nodes)
		return true;
	for_each_thread_of(tproc(task)->signal, t)
		if (task_policy_allows(t, nodes))
			return true;
	return false;
}

/* Its memory is its maker's: killing it wins nothing that killing the maker does not. RCU. */
static bool is_in_vfork(struct task *task)
{
	struct task_process *tp = tproc(task);
	struct task *parent = READ_ONCE(tp->real_parent);

	return READ_ONCE(tp->is_vfork_child) && parent && READ_ONCE(parent->mm) == task->mm;
}

/* @t, whose task_lock is held, has memory. */
static struct oom_offer offer_locked(struct task *t, unsigned long total_pages)
{
	struct oom_offer offer = { .points = OOM_NEVER };
	long adj = READ_ONCE(tproc(t)->signal->oom_score_adj);

	if (adj == OOM_SCORE_ADJ_MIN || test_bit(MMF_OOM_SKIP, &t->mm->flags) || is_in_vfork(t))
		return offer;
	offer.points = (long)mm_rss(t->mm) + (atomic_long_read(&t->mm->pgtables_bytes) >> PAGE_SHIFT) + adj * (long)(total_pages / 1000);
	offer.is_protected = mm_standing_protects(t->mm);
	return offer;
}

struct oom_offer oom_badness(struct task *task, unsigned long total_pages)
{
	struct oom_offer offer = { .points = OOM_NEVER };
	struct task *t = oom_is_unkillable(task) ? NULL : find_lock_task_mm(task);

	if (!t)
		return offer;
	offer = offer_locked(t, total_pages);
	task_unlock(t);
	return offer;
}

unsigned long oom_score(struct task *task)
{
	unsigned long total = nr_managed_pages();
	struct oom_offer offer;
	long score;

	rcu_read_lock();
	offer = oom_badness(task, total);
	rcu_read_unlock();
	if (offer.points == OOM_NEVER || offer.is_protected)
		return 0;
	score = 1000 + offer.points * 1000 / (long)total;
	return (unsigned long)max(score, 0l) * 2 / 3;
}

/* ---- what it offers ---- */

int oom_score_adj_read(const struct task *task)
{
	return READ_ONCE(tproc(task)->signal->oom_score_adj);
}

static void set_adj_locked(struct signal_struct *signal, int adj, bool sets_min)
{
	WRITE_ONCE(signal->oom_score_adj, (short)adj);
	if (sets_min)
		signal->oom_score_adj_min = (short)adj;
}

/* Memory that others may use under the same offer; NULL: @task is in vfork, or has none. A reference. */
static struct mm *shared_mm(struct task *task)
{
	struct mm *mm = NULL;
	struct task *t;

	with_rcu();
	if (READ_ONCE(tproc(task)->is_vfork_child))
		return NULL;
	t = find_lock_task_mm(task);
	if (!t)
		return NULL;
	if (atomic_read(&t->mm->users) > tproc(t)->signal->nr_threads)
		mm = mm_get(t->mm);
	task_unlock(t);
	return mm;
}

/* O1. */
static void set_sharers_locked(struct task *task, const struct mm *mm, int adj, bool sets_min)
{
	struct task *t;

	with_rcu();
	for_each_process(t) {
		if (same_thread_group(t, task) || oom_is_unkillable(t) || READ_ONCE(tproc(t)->is_vfork_child))
			continue;
		if (process_shares_mm(t, mm))
			set_adj_locked(tproc(t)->signal, adj, sets_min);
	}
}

static int set_adj(struct task *task, int adj, bool is_legacy)
{
	struct signal_struct *signal = tproc(task)->signal;
	bool may_lower = capable(CAP_SYS_RESOURCE);
	bool sets_min = !is_legacy && may_lower;
	struct mm *mm;

	with_mutex(&oom_adj_lock);
	if (adj < (is_legacy ? signal->oom_score_adj : signal->oom_score_adj_min) && !may_lower)
		return -EACCES;
	mm = shared_mm(task);
	set_adj_locked(signal, adj, sets_min);
	if (mm) {
		set_sharers_locked(task, mm, adj, sets_min);
		mm_put(mm);
	}
	return 0;
}

int oom_score_adj_write(struct task *task, int adj)
{
	if (adj < OOM_SCORE_ADJ_MIN || adj > OOM_SCORE_ADJ_MAX)
		return -EINVAL;
	return set_adj(task, adj, false);
}

int oom_adj_read(const struct task *task)
{
	int adj = oom_score_adj_read(task);

	if (adj == OOM_SCORE_ADJ_MAX)
		return OOM_ADJUST_MAX;
	return min(adj * -OOM_DISABLE / OOM_SCORE_ADJ_MAX, OOM_ADJUST_MAX);
}

int oom_adj_write(struct task *task, int oom_adj)
{
	if ((oom_adj < OOM_ADJUST_MIN || oom_adj > OOM_ADJUST_MAX) && oom_adj != OOM_DISABLE)
		return -EINVAL;
	/* The highest of the old scale is the highest of the new one, whatever the division leaves. */
	if (oom_adj == OOM_ADJUST_MAX)
		oom_adj = OOM_SCORE_ADJ_MAX;
	else
		oom_adj = oom_adj * OOM_SCORE_ADJ_MAX / -OOM_DISABLE;
	return set_adj(task, oom_adj, true);
}

void oom_score_adj_fork(struct task *child, u64 clone_flags)
{
	struct signal_struct *signal = tproc(child)->signal;

	if ((clone_flags & (CLONE_VM | CLONE_THREAD | CLONE_VFORK)) != CLONE_VM)
		return;
	with_mutex(&oom_adj_lock);
	WRITE_ONCE(signal->oom_score_adj, cur->signal->oom_score_adj);
	signal->oom_score_adj_min = cur->signal->oom_score_adj_min;
}

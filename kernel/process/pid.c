/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pid.c - numbers for tasks, in every pid namespace that can see them.
 *
 * WHAT        alloc_pid() gives a task one number in its own namespace and one in each of that one's ancestors. The
 *             number leads to the struct pid through the namespace's array, the struct pid to its tasks by role.
 * INVARIANTS  P1  A pid found in a namespace's array has refs >= 1 until a grace period after free_pid().
 *             P2  tasks[PIDTYPE_TGID] holds only group leaders, tasks[PIDTYPE_PID] at most one task.
 *             P3  The deepest namespace of a pid holds all its ancestors, so one reference on it pins them all.
 * LOCKING     ns->lock (rank PID, interrupts off) for an array; tasklist_lock for the lists of tasks; readers: RCU.
 * LIFECYCLE   alloc_pid -> attached to tasks in up to four roles -> last role detached: free_pid -> last reference
 *             dropped -> freed after a grace period.
 * ERRORS      -EAGAIN no number left; -ENOMEM also when the namespace's reaper is gone, as Linux says it;
 *             set_tid: -EINVAL, -EPERM, -EEXIST.
 * TESTS       tests/guest/process/namespace_test.c
 */
#include "process_impl.h"
#include <pages/slab.h>

static void pid_reclaim(struct rcu_head *head)
{
	struct pid *pid = container_of(head, struct pid, rcu);
	struct pid_namespace *ns = pid->numbers[pid->level].ns;

	kmem_cache_free(ns->pid_cache, pid);
	put_pid_ns(ns);
}

static const struct rcu_ops pid_rcu_ops = { .name = "pid", .reclaim = pid_reclaim };

void put_pid(struct pid *pid)
{
	if (pid && refcount_dec_and_test(&pid->refs))
		call_rcu(&pid->rcu, &pid_rcu_ops);
}

/* Take a free number of @ns for @pid: the next after the last one given, wrapping to RESERVED_PIDS. */
static int take_next_nr(struct pid_namespace *ns, struct pid *pid)
{
	unsigned long nr;
	int ret = xa_find_free(&ns->pids, ns->last_nr + 1, ns->pid_max - 1, &nr);

	if (ret == -EBUSY)
		ret = xa_find_free(&ns->pids, ns->last_nr >= RESERVED_PIDS ? RESERVED_PIDS : 1, ns->pid_max - 1, &nr);
	if (ret)
		return ret == -EBUSY ? -EAGAIN : ret;
	ret = xa_insert(&ns->pids, nr, pid, GFP_ATOMIC);
	if (ret)
		return ret;
	ns->last_nr = (int)nr;
	return (int)nr;
}

/* Take exactly @nr of @ns for @pid (clone3's set_tid). */
static int take_wanted_nr(struct pid_namespace *ns, struct pid *pid, int nr)
{
	int ret;

	if (nr < 1 || nr >= ns->pid_max)
		return -EINVAL;
	/* Only the first process of a namespace may be number 1, and it must be. */
	if (nr != 1 && !ns->child_reaper)
		return -EINVAL;
	if (!ns_capable(ns->user_ns, CAP_SYS_ADMIN) && !ns_capable(ns->user_ns, CAP_CHECKPOINT_RESTORE))
		return -EPERM;
	ret = xa_insert(&ns->pids, nr, pid, GFP_ATOMIC);
	if (ret)
		return ret == -EBUSY ? -EEXIST : ret;
	return nr;
}

static int take_nr(struct pid_namespace *ns, struct pid *pid, int wanted)
{
	int nr;

	with_spinlock_irqsave(&ns->lock);
	if (ns->is_dying)
		return -ENOMEM;
	nr = wanted ? take_wanted_nr(ns, pid, wanted) : take_next_nr(ns, pid);
	if (nr > 0)
		ns->nr_pids++;
	return nr;
}

static void release_nr(struct pid_namespace *ns, int nr)
{
	struct task *reaper = NULL;

	with_spinlock_irqsave(&ns->lock);
	xa_erase(&ns->pids, nr);
	/* The exiting reaper waits until it is alone: see zap_pid_ns_processes(). */
	if (--ns->nr_pids <= 2 && ns->is_dying)
		reaper = ns->child_reaper;
	if (reaper)
		wake_up_all(&ns->empty_wait);
}

static void release_numbers(struct pid *pid, int from_level)
{
	for (int i = from_level; i <= (int)pid->level; i++)
		release_nr(pid->numbers[i].ns, pid->numbers[i].nr);
}

void free_pid(struct pid *pid)
{
	release_numbers(pid, 0);
	put_pid(pid);
}

static struct pid *pid_create(struct pid_namespace *ns)
{
	struct pid *pid = kmem_cache_zalloc(ns->pid_cache, GFP_KERNEL);

	if (!pid)
		return NULL;
	refcount_set(&pid->refs, 1);
	pid->level = ns->level;
	pid->ino = __atomic_add_fetch(&process_state.next_pid_ino, 1, __ATOMIC_RELAXED);
	init_waitqueue_head(&pid->wait_pidfd);
	for (struct pid_namespace *up = ns; up; up = up->parent)
		pid->numbers[up->level].ns = up;
	get_pid_ns(ns);
	return pid;
}

struct pid *alloc_pid(struct pid_namespace *ns, const int *set_tid, size_t nr_set)
{
	struct pid *pid;

	if (nr_set > ns->level + 1)
		return ERR_PTR(-EINVAL);
	pid = pid_create(ns);
	if (!pid)
		return ERR_PTR(-ENOMEM);
	for (int i = (int)ns->level; i >= 0; i--) {
		size_t depth = ns->level - i;
		int nr = take_nr(pid->numbers[i].ns, pid, depth < nr_set ? set_tid[depth] : 0);

		if (nr < 0) {
			release_numbers(pid, i + 1);
			put_pid(pid);
			return ERR_PTR(nr);
		}
		WRITE_ONCE(pid->numbers[i].nr, nr);
	}
	return pid;
}

struct pid *find_pid_ns(int nr, struct pid_namespace *ns)
{
	return nr > 0 ? xa_load(&ns->pids, nr) : NULL;
}

struct pid *find_vpid(int nr)
{
	return find_pid_ns(nr, task_active_pid_ns(current));
}

struct pid *find_get_pid(int nr)
{
	struct pid *pid;

	with_rcu();
	pid = find_vpid(nr);
	return pid && refcount_inc_not_zero(&pid->refs) ? pid : NULL;
}

struct pid *find_ge_pid(int nr, struct pid_namespace *ns)
{
	unsigned long index = nr;

	return xa_find(&ns->pids, &index, PID_MAX_LIMIT, XA_PRESENT);
}

int pid_vnr(const struct pid *pid)
{
	return pid_nr_ns(pid, task_active_pid_ns(current));
}

struct task *pid_task(struct pid *pid, enum pid_type type)
{
	struct hlist_node *first = pid ? READ_ONCE(pid->tasks[type].first) : NULL;

	return first ? task_of_pid_link(first, type) : NULL;
}

struct task *get_pid_task(struct pid *pid, enum pid_type type)
{
	struct task *task;

	with_rcu();
	task = pid_task(pid, type);
	return task && tryget_task(task) ? task : NULL;
}

struct task *find_task_by_pid_ns(int nr, struct pid_namespace *ns)
{
	return pid_task(find_pid_ns(nr, ns), PIDTYPE_PID);
}

struct task *find_task_by_vpid(int nr)
{
	return find_task_by_pid_ns(nr, task_active_pid_ns(current));
}

struct task *find_get_task_by_vpid(int nr)
{
	struct task *task;

	with_rcu();
	task = find_task_by_vpid(nr);
	return task && tryget_task(task) ? task : NULL;
}

struct pid *task_pid(struct task *task)
{
	return tproc(task)->pid;
}

static struct pid *signal_pid(struct task *task, enum pid_type type)
{
	struct signal_struct *signal = READ_ONCE(tproc(task)->signal);

	return signal ? READ_ONCE(signal->pids[type]) : NULL;
}

struct pid *task_tgid(struct task *task)
{
	return signal_pid(task, PIDTYPE_TGID);
}

struct pid *task_pgrp(struct task *task)
{
	return signal_pid(task, PIDTYPE_PGID);
}

struct pid *task_session(struct task *task)
{
	return signal_pid(task, PIDTYPE_SID);
}

struct pid *get_task_pid(struct task *task, enum pid_type type)
{
	struct pid *pid;

	with_rcu();
	pid = type == PIDTYPE_PID ? READ_ONCE(tproc(task)->pid) : signal_pid(task, type);
	return pid && refcount_inc_not_zero(&pid->refs) ? pid : NULL;
}

int task_pid_nr_ns(struct task *task, struct pid_namespace *ns)
{
	with_rcu();
	return pid_nr_ns(READ_ONCE(tproc(task)->pid), ns);
}

int task_tgid_nr_ns(struct task *task, struct pid_namespace *ns)
{
	with_rcu();
	return READ_ONCE(tproc(task)->pid) ? pid_nr_ns(task_tgid(task), ns) : 0;
}

int task_pgrp_nr_ns(struct task *task, struct pid_namespace *ns)
{
	with_rcu();
	return READ_ONCE(tproc(task)->pid) ? pid_nr_ns(task_pgrp(task), ns) : 0;
}

int task_session_nr_ns(struct task *task, struct pid_namespace *ns)
{
	with_rcu();
	return READ_ONCE(tproc(task)->pid) ? pid_nr_ns(task_session(task), ns) : 0;
}

/*
 * A task that was reaped is nobody's child: its parent goes without telling it. One that still has its number is reaped after this section of
 * RCU began, its parent after that, so the parent's memory stays until the section ends.
 */
int task_ppid_nr_ns(struct task *task, struct pid_namespace *ns)
{
	struct task *parent;

	with_rcu();
	if (!READ_ONCE(tproc(task)->pid))
		return 0;
	parent = READ_ONCE(tproc(task)->real_parent);
	return parent ? task_tgid_nr_ns(parent, ns) : 0;
}

int task_pid_nr(struct task *task)
{
	return task_pid_nr_ns(task, &init_pid_ns);
}

int task_tgid_nr(struct task *task)
{
	return task_tgid_nr_ns(task, &init_pid_ns);
}

int task_pid_vnr(struct task *task)
{
	return task_pid_nr_ns(task, task_active_pid_ns(current));
}

int task_tgid_vnr(struct task *task)
{
	return task_tgid_nr_ns(task, task_active_pid_ns(current));
}

struct pid_namespace *task_active_pid_ns(struct task *task)
{
	return ns_of_pid(READ_ONCE(tproc(task)->pid));
}

static struct pid **task_pid_slot(struct task *task, enum pid_type type)
{
	return type == PIDTYPE_PID ? &tproc(task)->pid : &tproc(task)->signal->pids[type];
}

void attach_pid_locked(struct task *task, enum pid_type type, struct pid *pid)
{
	lock_assert_held(&tasklist_lock);
	hlist_add_head_rcu(&tproc(task)->pid_links[type], &pid->tasks[type]);
}

/* Drop @task from the list of the role; frees the numbers of a pid that nobody bears any more. */
static void leave_pid(struct task *task, enum pid_type type, struct pid *replacement)
{
	struct pid **slot = task_pid_slot(task, type);
	struct pid *old = *slot;

	hlist_del_rcu(&tproc(task)->pid_links[type]);
	WRITE_ONCE(*slot, replacement);
	for (int i = 0; i < PIDTYPE_MAX; i++)
		if (!hlist_empty(&old->tasks[i]))
			return;
	free_pid(old);
}

void detach_pid_locked(struct task *task, enum pid_type type)
{
	lock_assert_held(&tasklist_lock);
	leave_pid(task, type, NULL);
}

void change_pid_locked(struct task *task, enum pid_type type, struct pid *pid)
{
	lock_assert_held(&tasklist_lock);
	leave_pid(task, type, pid);
	attach_pid_locked(task, type, pid);
}

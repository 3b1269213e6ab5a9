/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_kill.c - who pays when memory ran out, and what the log says about it.
 *
 * WHAT        The process with the highest oom_badness() is killed with all that share its memory, after a report in Linux's words:
 *             people and programs read them. Why and when is mm/oom.c's business, which also takes the memory away.
 *             When the memory that ran out is that of some nodes, to which a memory policy binds who asks, only those processes pay and are
 *             listed that are not bound to others; what counts are all of their pages.
 *             A process that its own reserve protects is picked when nobody else is left: not all that it may hold is counted as its.
 * INVARIANTS  K1  A process that dies already is not reported as killed, but its memory is reaped as any victim's.
 * LOCKING     RCU for the list of processes, task_lock for a task's mm. mm/oom.c lets in one caller at a time.
 * ERRORS      false: nobody is left.
 * TESTS       tests/guest/mm/oom_test.c, oom_nodes_test.c, tests/suites/oom.py
 */
#include "process_impl.h"
#include "oom_impl.h"
#include <lib/string.h>
#include <log/panic.h>
#include <log/printk.h>
#include <lib/bitmap.h>
#include <mm/mm.h>
#include <mm/mm_port.h>
#include <mm/oom.h>
#include <mm/standing.h>
#include <pages/page_alloc.h>
#include <pages/stats.h>
#include <pages/zone.h>
#include <process/oom.h>

#define NODE_LIST 32 /* bytes: MAX_NUMNODES numbers, every other one */

/* Reports are long: so many in DEFAULT_RATELIMIT_INTERVAL. That somebody was killed is always said. */
static struct {
	struct ratelimit report;
} oom_log = { .report = RATELIMIT_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST) };

static unsigned long kib(unsigned long nr_pages)
{
	return nr_pages << (PAGE_SHIFT - 10);
}

static unsigned long table_bytes(const struct mm *mm)
{
	return (unsigned long)atomic_long_read(&mm->pgtables_bytes);
}

static u32 uid_for_log(struct task *task)
{
	with_rcu(); /* its credentials may change */
	return from_kuid(&init_user_ns, task_uid(task));
}

int process_oom_score_adj(void)
{
	return current->process ? oom_score_adj_read(current) : 0;
}

/* ---- the choice ---- */

/* Those that their reserves protect come last: by @points among themselves. */
static bool is_worse(const struct oom_offer *offer, const struct oom_offer *best)
{
	if (offer->is_protected != best->is_protected)
		return best->is_protected;
	return offer->points >= best->points;
}

/* What oom_score_adj is thousandths of: of nodes, Linux counts what is there, not what the kernel left of it. */
static unsigned long total_pages_of(const struct oom_request *request)
{
	unsigned long total = 0;

	if (!request->nodes)
		return nr_managed_pages();
	for_each_zone(zone)
		if (request->nodes >> zone->node & 1)
			total += zone->present_pages;
	return total;
}

/* RCU. */
static struct task *find_worst(const struct oom_request *request)
{
	unsigned long total_pages = total_pages_of(request);
	struct oom_offer best = { .points = OOM_NEVER, .is_protected = true };
	struct task *t, *victim = NULL;

	for_each_process(t) {
		struct oom_offer offer = oom_badness(t, total_pages);

		if (!oom_is_in_domain(t, request->nodes))
			continue;
		if (offer.points == OOM_NEVER || !is_worse(&offer, &best))
			continue;
		best = offer;
		victim = t;
	}
	return victim;
}

/* A reference; NULL: nobody may be killed. */
static struct task *pick_victim(const struct oom_request *request)
{
	struct task *victim;

	do {
		with_rcu();
		victim = find_worst(request);
		if (victim && tryget_task(victim))
			return victim;
	} while (victim);
	return NULL;
}

/* A protected process that asks is no other than one that does not: the search decides. */
static bool caller_pays(const struct oom_request *request)
{
	with_rcu();
	return READ_ONCE(mm_sysctl.oom_kill_allocating_task) && !oom_request_is_by_hand(request) && current->mm && current->process &&
	       !oom_is_unkillable(current) && oom_score_adj_read(current) != OOM_SCORE_ADJ_MIN && !mm_standing_protects(current->mm) &&
	       oom_is_in_domain(current, request->nodes);
}

/* ---- the report ---- */

static void report_task(struct task *process)
{
	struct task *t = oom_is_unkillable(process) ? NULL : find_lock_task_mm(process);

	if (!t)
		return;
	pr_info("[%7d] %5d %5d %8lu %8lu %8ld %8lu         %5hd %s\n", task_pid_nr(t), (int)uid_for_log(t), task_tgid_nr(t),
		t->mm->total_vm, mm_rss(t->mm), (long)table_bytes(t->mm), 0ul, tproc(t)->signal->oom_score_adj, t->thread.name);
	task_unlock(t);
}

/* By number, each by itself: a slow console and ten thousand processes are no reason to hold a grace period. */
static void report_tasks(const struct oom_request *request)
{
	struct task *process;
	struct pid *pid;

	pr_info("Tasks state (memory values in pages):\n");
	pr_info("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n");
	for (int nr = 1;; nr++) {
		with_rcu();
		pid = find_ge_pid(nr, &init_pid_ns);
		if (!pid)
			return;
		nr = pid_nr_ns(pid, &init_pid_ns);
		process = pid_task(pid, PIDTYPE_TGID);
		if (process && oom_is_in_domain(process, request->nodes))
			report_task(process);
	}
}

/* "0-1,3" */
static const char *node_list(u32 nodes, char *buf, size_t size)
{
	unsigned long bits = nodes;

	bitmap_print_list(buf, size, &bits, MAX_NUMNODES);
	return buf;
}

static void report_choice(struct task *victim, const struct oom_request *request)
{
	char nodes[NODE_LIST], all[NODE_LIST];

	pr_info("oom-kill:constraint=%s,nodemask=%s,cpuset=/,mems_allowed=%s,global_oom,task_memcg=/,task=%s,pid=%d,uid=%d\n",
		request->nodes ? "CONSTRAINT_MEMORY_POLICY" : "CONSTRAINT_NONE",
		request->nodes ? node_list(request->nodes, nodes, sizeof(nodes)) : "(null)",
		node_list(nodes_with_memory(), all, sizeof(all)), victim->thread.name, task_pid_nr(victim), (int)uid_for_log(victim));
}

static void report(const struct oom_request *request)
{
	oom_report(request);
	if (READ_ONCE(mm_sysctl.oom_dump_tasks))
		report_tasks(request);
}

/* vm.panic_on_oom: 1 is about the whole machine's memory, 2 also about the part that a policy leaves. */
static void check_panic(const struct oom_request *request)
{
	int setting = READ_ONCE(mm_sysctl.panic_on_oom);

	if (!setting || oom_request_is_by_hand(request) || (setting == 1 && request->nodes))
		return;
	report(request);
	panic("Out of memory: %s panic_on_oom is enabled", setting == 2 ? "compulsory" : "system-wide");
}

static void report_kill(struct task *task, const struct mm *mm, const char *why)
{
	pr_err("%s: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, shmem-rss:%lukB, UID:%u "
	       "pgtables:%lukB oom_score_adj:%hd\n",
	       why, task_pid_nr(task), task->thread.name, kib(mm->total_vm), kib(mm_counter(mm, MM_ANONPAGES)),
	       kib(mm_counter(mm, MM_FILEPAGES)), kib(mm_counter(mm, MM_SHMEMPAGES)), uid_for_log(task), table_bytes(mm) >> 10,
	       tproc(task)->signal->oom_score_adj);
}

/* ---- the deed ---- */

/* Whoever shares the memory keeps it alive: they go as well. False: one of them stays. */
static bool kill_sharers(struct task *victim, struct mm *mm)
{
	bool all_go = true;
	struct task *t;

	with_rcu();
	for_each_process(t) {
		if (same_thread_group(t, victim) || !process_shares_mm(t, mm))
			continue;
		if (is_global_init(t)) {
			all_go = false;
			set_bit(MMF_OOM_SKIP, &mm->flags);
			pr_info("oom killer %d (%s) has mm pinned by %d (%s)\n", task_pid_nr(victim), victim->thread.name,
				task_pid_nr(t), t->thread.name);
			continue;
		}
		send_signal_info(SIGKILL, SEND_SIG_PRIV, t, PIDTYPE_TGID);
	}
	return all_go;
}

/* A thread of @task's process that has the memory, with a reference, and it with another in @victim. NULL: it gave it back meanwhile. */
static struct task *grab_victim(struct task *task, struct oom_victim *victim)
{
	struct task *t;

	with_rcu();
	t = find_lock_task_mm(task);
	if (!t)
		return NULL;
	get_task(t);
	victim->mm = mm_get(t->mm);
	victim->pid = task_pid_nr(t);
	strscpy(victim->name, t->thread.name, sizeof(victim->name));
	task_unlock(t);
	return t;
}

/* K1: nothing but its end is ahead of all of it, so its memory comes back without a kill. */
static bool takes_dying(struct task *task, struct oom_victim *victim)
{
	struct task *user = grab_victim(task, victim);

	if (!user)
		return false;
	put_task(user);
	victim->may_reap = task_is_dying(task) && all_users_are_dying(victim->mm);
	if (victim->may_reap) {
		set_bit(MMF_OOM_VICTIM, &victim->mm->flags);
		return true;
	}
	mm_put(victim->mm);
	victim->mm = NULL;
	return false;
}

/* False: the process has no memory any more, and @victim none. */
static bool kill_process(struct task *task, struct oom_victim *victim, const char *why)
{
	struct task *user;
	int err;

	while ((user = grab_victim(task, victim))) {
		set_bit(MMF_OOM_VICTIM, &victim->mm->flags);
		count_vm_event(OOM_KILL);
		report_kill(user, victim->mm, why); /* both before: it may be gone at once */
		err = send_signal_info(SIGKILL, SEND_SIG_PRIV, user, PIDTYPE_TGID);
		if (!err)
			victim->may_reap = kill_sharers(user, victim->mm);
		put_task(user);
		if (!err)
			return true;
		mm_put(victim->mm); /* this thread went: another one may have the memory */
		victim->mm = NULL;
	}
	return false;
}

/* Kill @task (consumed). False: it went by itself. The report is slow: what it says is looked at again after it. */
static bool kill_task(struct task *task, const struct oom_request *request, struct oom_victim *victim, const char *why)
{
	bool is_done = takes_dying(task, victim);

	if (!is_done) {
		if (ratelimit_allow(&oom_log.report, __func__)) {
			report(request);
			report_choice(task, request);
		}
		is_done = kill_process(task, victim, why);
		if (!is_done)
			pr_info("%s: OOM victim %d (%s) is already exiting. Skip killing the task\n", why, task_pid_nr(task),
				task->thread.name);
	}
	put_task(task);
	return is_done;
}

/* False: nobody may be killed. */
static bool kill_chosen(const struct oom_request *request, struct oom_victim *victim)
{
	struct task *task;

	while ((task = pick_victim(request))) {
		if (kill_task(task, request, victim, "Out of memory"))
			return true;
		if (!oom_request_is_by_hand(request))
			return true; /* its memory came back: the asker tries that before anybody else pays */
	}
	return false;
}

bool process_oom_kill(const struct oom_request *request, struct oom_victim *victim)
{
	check_panic(request);
	if (caller_pays(request))
		return kill_task(get_task(current), request, victim, "Out of memory (oom_kill_allocating_task)");
	if (kill_chosen(request, victim))
		return true;
	if (ratelimit_allow(&oom_log.report, __func__)) {
		report(request);
		pr_warn("Out of memory and no killable processes...\n");
	}
	return false;
}

bool process_oom_kill_asker(const struct oom_request *request, struct oom_victim *victim)
{
	if (!current->process || is_global_init(current))
		return false;
	return kill_task(get_task(current), request, victim, "Out of memory (page fault that nobody else can pay for)");
}

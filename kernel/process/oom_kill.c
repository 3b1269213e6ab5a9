/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_kill.c - who pays when memory ran out, and what the log says about it.
 *
 * WHAT        The process with the highest oom_badness() is killed with all that share its memory, after a report in Linux's words:
 *             people and programs read them. Why and when is mm/oom.c's business, which also takes the memory away.
 * INVARIANTS  K1  A process that dies already is not reported as killed, but its memory is reaped as any victim's.
 * LOCKING     RCU for the list of processes, task_lock for a task's mm. mm/oom.c lets in one caller at a time.
 * ERRORS      false: nobody is left.
 * TESTS       tests/guest/mm/oom_test.c, tests/suites/oom.py
 */
#include "process_impl.h"
#include "oom_impl.h"
#include <lib/string.h>
#include <log/printk.h>
#include <mm/mm.h>
#include <mm/mm_port.h>
#include <mm/oom.h>
#include <pages/page_alloc.h>
#include <pages/stats.h>
#include <process/oom.h>

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
	return from_kuid(&init_user_ns, task_uid(task));
}

int process_oom_score_adj(void)
{
	return current->process ? oom_score_adj_read(current) : 0;
}

/* ---- the choice ---- */

static struct task *pick_victim(void)
{
	unsigned long total_pages = nr_managed_pages();
	struct task *t, *victim = NULL;
	long most = OOM_NEVER;

	with_rcu();
	for_each_process(t) {
		long points = oom_badness(t, total_pages);

		if (points != OOM_NEVER && points >= most) {
			most = points;
			victim = t;
		}
	}
	return victim && tryget_task(victim) ? victim : NULL;
}

static bool caller_pays(const struct oom_request *request)
{
	return READ_ONCE(mm_sysctl.oom_kill_allocating_task) && !oom_request_is_by_hand(request) && current->mm && current->process &&
	       !oom_is_unkillable(current) && oom_score_adj_read(current) != OOM_SCORE_ADJ_MIN;
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
static void report_tasks(void)
{
	struct pid *pid;

	pr_info("Tasks state (memory values in pages):\n");
	pr_info("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n");
	for (int nr = 1;; nr++) {
		with_rcu();
		pid = find_ge_pid(nr, &init_pid_ns);
		if (!pid)
			return;
		nr = pid_nr_ns(pid, &init_pid_ns);
		if (pid_task(pid, PIDTYPE_TGID))
			report_task(pid_task(pid, PIDTYPE_TGID));
	}
}

static void report_choice(struct task *victim)
{
	pr_info("oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=%s,pid=%d,uid=%d\n",
		victim->thread.name, task_pid_nr(victim), (int)uid_for_log(victim));
}

/* @victim is NULL when there is none. */
static void report(const struct oom_request *request, struct task *victim)
{
	oom_report(request);
	if (READ_ONCE(mm_sysctl.oom_dump_tasks))
		report_tasks();
	if (victim)
		report_choice(victim);
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

/* The thread of @task's process that has the memory, with references in *@victim; false: it gave its memory back meanwhile. */
static bool grab_victim(struct task *task, struct oom_victim *victim)
{
	struct task *t;

	with_rcu();
	t = find_lock_task_mm(task);
	if (!t)
		return false;
	victim->mm = mm_get(t->mm);
	victim->pid = task_pid_nr(t);
	strscpy(victim->name, t->thread.name, sizeof(victim->name));
	set_bit(MMF_OOM_VICTIM, &t->mm->flags);
	task_unlock(t);
	return true;
}

static void kill_victim(struct task *task, struct oom_victim *victim, const char *why)
{
	count_vm_event(OOM_KILL);
	report_kill(task, victim->mm, why); /* before: it may be gone at once */
	send_signal_info(SIGKILL, SEND_SIG_PRIV, task, PIDTYPE_TGID);
	victim->may_reap = kill_sharers(task, victim->mm);
}

static bool all_sharers_are_dying(struct task *task, const struct mm *mm)
{
	struct task *t;

	with_rcu();
	for_each_process(t)
		if (!same_thread_group(t, task) && process_shares_mm(t, mm) && !task_is_dying(t))
			return false;
	return true;
}

/* Kill @task (consumed). True: somebody goes, or went just now (then victim->mm is NULL). */
static bool kill_task(struct task *task, const struct oom_request *request, struct oom_victim *victim, const char *why)
{
	bool found = grab_victim(task, victim);

	if (!found) {
		pr_info("%s: OOM victim %d (%s) is already exiting. Skip killing the task\n", why, task_pid_nr(task), task->thread.name);
	} else if (task_is_dying(task) && all_sharers_are_dying(task, victim->mm)) {
		victim->may_reap = true; /* K1 */
	} else {
		if (ratelimit_allow(&oom_log.report, __func__))
			report(request, task);
		kill_victim(task, victim, why);
	}
	put_task(task);
	return true;
}

bool process_oom_kill(const struct oom_request *request, struct oom_victim *victim)
{
	struct task *task;

	if (caller_pays(request))
		return kill_task(get_task(current), request, victim, "Out of memory (oom_kill_allocating_task)");
	task = pick_victim();
	if (task)
		return kill_task(task, request, victim, "Out of memory");
	if (ratelimit_allow(&oom_log.report, __func__)) {
		report(request, NULL);
		pr_warn("Out of memory and no killable processes...\n");
	}
	return false;
}

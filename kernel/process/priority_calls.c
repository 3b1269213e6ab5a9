/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * priority_calls.c - nice values and I/O priorities of processes, groups and users.
 *
 * WHAT        One visitor walks a process, a group or a user's processes for all four calls. The I/O priority is kept
 *             and inherited; no block scheduler looks at it yet ("accepted, no effect").
 * LOCKING     tasklist_lock while a set of tasks is visited.
 * TESTS       tests/guest/process/cred_test.c
 */
#include "process_impl.h"
#include <asm/resource.h>
#include <linux/ioprio.h>
#include <linux/resource.h>
#include <process/process_calls.h>

/* One task of a set, and what to do with it. */
struct set_visitor {
	int (*visit)(struct set_visitor *visitor, struct task *task);
	long value;
	long result;
};

static kuid_t set_user(int who)
{
	return who ? make_kuid(current_user_ns(), who) : current_uid();
}

/* The threads of the process, group or user that @which and @who name. -ESRCH when there is none. */
static void visit_set(int which, int who, struct set_visitor *v)
{
	struct pid *pgrp;
	struct task *p, *t;
	kuid_t uid;

	with_spinlock_irqsave(&tasklist_lock);
	switch (which) {
	case PRIO_PROCESS:
		t = who ? find_task_by_vpid(who) : current;
		if (t)
			v->visit(v, t);
		break;
	case PRIO_PGRP:
		pgrp = who ? find_vpid(who) : task_pgrp(current);
		if (!pgrp)
			break;
		for_each_pid_task(pgrp, PIDTYPE_PGID, p)
			for_each_thread_of(tproc(p)->signal, t)
				v->visit(v, t);
		break;
	case PRIO_USER:
		uid = set_user(who);
		for_each_process(p)
			for_each_thread_of(tproc(p)->signal, t)
				if (uid_eq(task_uid(t), uid) && task_pid_vnr(t))
					v->visit(v, t);
		break;
	}
}

static bool may_change(struct task *task)
{
	const struct cred *cred = current_cred(), *target = task_cred_rcu(task);

	return uid_eq(target->uid, cred->euid) || uid_eq(target->euid, cred->euid) ||
	       ns_capable(target->user_ns, CAP_SYS_NICE);
}

static int set_one_nice(struct set_visitor *v, struct task *task)
{
	int nice = (int)v->value;

	if (!may_change(task)) {
		v->result = -EPERM;
	} else if (nice < task->nice && (unsigned long)(20 - nice) > task_rlimit(task, RLIMIT_NICE) &&
		   !capable(CAP_SYS_NICE)) {
		v->result = -EACCES;
	} else {
		if (v->result == -ESRCH)
			v->result = 0;
		sched_set_nice(task, nice);
	}
	return 0;
}

long sys_setpriority(int which, int who, int prio)
{
	struct set_visitor v = { .visit = set_one_nice, .value = clamp(prio, NICE_MIN, NICE_MAX), .result = -ESRCH };

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	visit_set(which, who, &v);
	return v.result;
}

/* 1 (nice 19) to 40 (nice -20), so that no answer looks like an error. */
static int get_best_nice(struct set_visitor *v, struct task *task)
{
	v->result = max(v->result, (long)(20 - task->nice));
	return 0;
}

long sys_getpriority(int which, int who)
{
	struct set_visitor v = { .visit = get_best_nice, .result = -ESRCH };

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	visit_set(which, who, &v);
	return v.result;
}

static int check_ioprio(int ioprio)
{
	int class = IOPRIO_PRIO_CLASS(ioprio), data = IOPRIO_PRIO_DATA(ioprio);

	switch (class) {
	case IOPRIO_CLASS_RT:
		if (!capable(CAP_SYS_ADMIN) && !capable(CAP_SYS_NICE))
			return -EPERM;
		fallthrough;
	case IOPRIO_CLASS_BE:
		return 0; /* three bits of level; what stands above them is a hint to a device */
	case IOPRIO_CLASS_IDLE:
		return 0;
	case IOPRIO_CLASS_NONE:
		return data ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

static int set_one_ioprio(struct set_visitor *v, struct task *task)
{
	if (!may_change(task)) {
		v->result = -EPERM;
		return 0;
	}
	tproc(task)->ioprio = (u16)v->value;
	if (v->result == -ESRCH)
		v->result = 0;
	return 0;
}

/* which counts from 1 here: process, group, user. */
long sys_ioprio_set(int which, int who, int ioprio)
{
	struct set_visitor v = { .visit = set_one_ioprio, .value = ioprio, .result = -ESRCH };
	int ret = check_ioprio(ioprio);

	if (ret)
		return ret;
	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	visit_set(which - IOPRIO_WHO_PROCESS, who, &v);
	return v.result;
}

/* Class none stands for "as the nice value says". */
static int get_best_ioprio(struct set_visitor *v, struct task *task)
{
	int ioprio = tproc(task)->ioprio;

	if (v->result == -ESRCH)
		v->result = ioprio;
	else if (IOPRIO_PRIO_CLASS(ioprio) != IOPRIO_CLASS_NONE)
		v->result = IOPRIO_PRIO_CLASS((int)v->result) == IOPRIO_CLASS_NONE ? ioprio : min(v->result, (long)ioprio);
	return 0;
}

long sys_ioprio_get(int which, int who)
{
	struct set_visitor v = { .visit = get_best_ioprio, .result = -ESRCH };

	if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER)
		return -EINVAL;
	visit_set(which - IOPRIO_WHO_PROCESS, who, &v);
	return v.result;
}

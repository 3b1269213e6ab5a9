/* SPDX-License-Identifier: GPL-2.0-only */
/* deadline.h - SCHED_DEADLINE inside the scheduler. Private to kernel/sched. deadline.c has the theory. */
#pragma once

#include <linux/sched.h>
#include <lib/list.h>
#include <lib/rbtree.h>
#include <time/timer.h>
#include <sched/task.h>

#define SCHED_DL_FLAGS (SCHED_FLAG_RECLAIM | SCHED_FLAG_DL_OVERRUN)

#define DL_NONE (~0ull) /* no deadline: later than any */

struct run_queue;

struct dl_queue {
	struct rb_root tree; /* runnable ones with a budget, by absolute deadline; the running one too */
	u32 nr;		     /* in the tree */
	u32 nr_throttled;
	struct list_head throttled;
	u64 first_ns;	/* the earliest deadline here, DL_NONE; other processors read it without the lock */
	u64 waiting_ns; /* the earliest behind it: who could run elsewhere. The same */
	struct timer budget_timer; /* the running one's budget ends; this processor's */
};

/* ---- deadline.c: rq->lock held, unless a comment says otherwise ---- */

void dl_queue_init(struct run_queue *rq);
/* No lock, the task is not visible yet. */
void dl_entity_init(struct task *task);
/* rq_enqueue(), rq_dequeue() for a task with the policy: in the tree and counted, or among the throttled. */
void dl_enqueue(struct run_queue *rq, struct task *task);
void dl_dequeue(struct run_queue *rq, struct task *task);
/* @task has left the queue because it sleeps or, with TASK_DEAD in @state, ends. */
void dl_blocked(struct run_queue *rq, struct task *task, u32 state);
/* @task, off the queue, gives up the policy. */
void dl_leave(struct run_queue *rq, struct task *task);
struct task *dl_first(const struct dl_queue *queue);
/* The running task ran @delta_ns. */
void dl_charge(struct task *task, u64 delta_ns);
/* This processor's running task: throttle it when its budget is used up or given up. */
void dl_check_curr(struct run_queue *rq);
/* It is going to run: its budget ends by a timer. */
void dl_start_budget(struct run_queue *rq, struct task *task);
/* Stillness asked some of the throttled: they run until they are at the boundary. */
void dl_release_asked(struct run_queue *rq);

/* ---- deadline_balance.c ---- */

/* Where a waking @task should run. No lock. */
u32 dl_select_cpu(const struct task *task, u64 allowed);
/* Tasks that wait on @cpu go where they run at once. No lock, interrupts off. */
void dl_push(u32 cpu);
/* After a switch: push, and pull one that waits elsewhere and should run here. No lock, interrupts off. */
void dl_balance(struct run_queue *rq);

/* ---- bandwidth.c ---- */

/* Is there a limit / is it nothing at all / does any task have the policy? */
bool bandwidth_is_limited(void);
bool bandwidth_is_none(void);
bool bandwidth_in_use(void);
/* Of each period, what FIFO and RR may use of a processor that others want; without a limit ~0. */
void bandwidth_rt_share(u64 *period_ns, u64 *runtime_ns);
bool bandwidth_params_are_valid(const struct cbs_params *params);
/* Reserve @bw for a task that joins or, as a member, changes its parameters. -EBUSY. */
int bandwidth_admit(struct dl_entity *dl, bool is_member, u64 bw) __must_check;
/* One member less; its reservation stays until it is released. */
void bandwidth_leave(void);
void bandwidth_release(struct dl_entity *dl);
void bandwidth_set_active(struct dl_entity *dl, bool is_active);
u64 bandwidth_reclaim_rate(const struct dl_entity *dl);

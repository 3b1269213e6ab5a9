/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entity.h - what the run queue keeps of a task. Private to kernel/sched except for sizes and /proc's figures.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <lib/rbtree.h>
#include <time/timer.h>
#include <sched/cbs.h>

/* All under the run queue's lock, unless a comment says otherwise. */
struct sched_entity {
	struct rb_node node;	/* fair: by deadline, with the least vruntime of the subtree */
	u64 vruntime;		/* virtual ns received */
	u64 deadline;		/* virtual */
	u64 min_vruntime;	/* of the subtree */
	s64 vlag;		/* while off the queue: how far it was behind */
	u64 slice_ns;		/* request size */
	u32 weight;
	bool on_rq;		/* queued or running */
	struct list_head rt_node; /* FIFO, RR: in the priority's list */
	u64 rr_left_ns;
	u64 exec_start_ns;	/* when it was last charged */
	u64 sum_exec_ns;	/* CPU time it received */
	u64 switched_in_sum_ns; /* sum_exec_ns when it was picked */
};

/* Where a task with a deadline stands, seen from its server. */
enum dl_phase {
	DL_NEW,	    /* it has not had a period yet */
	DL_READY,   /* runnable, or waiting for its budget */
	DL_BLOCKED, /* asleep: the wake-up rule applies when it comes back */
};

/* SCHED_DEADLINE: deadline.c. The run queue's lock. */
struct dl_entity {
	struct rb_node node;	       /* in the queue's tree, by absolute deadline; or */
	struct list_head throttled_node; /* in its list of those without a budget */
	struct cbs cbs;
	u64 reserved_bw;   /* what admission counts for it; it may outlive the policy until the zero-lag time */
	u32 flags;	   /* SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN */
	enum dl_phase phase;
	bool is_throttled; /* waits for the timer */
	bool has_yielded;  /* gives up the rest of its budget */
	bool has_overrun;  /* to be told */
	bool is_active;	   /* counted in the active bandwidth */
	bool awaits_zero_lag; /* inactive_timer will end that */
	struct timer replenish_timer, inactive_timer; /* each holds a reference on the task while it is started */
};

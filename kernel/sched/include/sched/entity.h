/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entity.h - what the run queue keeps of a task. Private to kernel/sched except for sizes and /proc's figures.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <lib/rbtree.h>

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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fair.h - the fair class: earliest eligible virtual deadline first. Pure: no locks, no clock, no tasks.
 *
 * WHAT        Each entity receives virtual time at the rate 1024 / weight. The queue's average V is the weighted mean of
 *             all; an entity that has received less than V (lag >= 0) is eligible. Each asks for a slice; its deadline is the
 *             virtual time at which it should have got it. The eligible one with the earliest deadline runs.
 * INVARIANTS  F1  The tree holds the queued entities but the running one; sum_w and sum_wv are over the tree.
 *             F2  min_vruntime of a node is the least vruntime of its subtree.
 *             F3  A sleeper keeps its lag, at most two slices of it either way.
 * SEE         Stoica, Abdel-Wahab: Earliest Eligible Virtual Deadline First, TR-95-22 (1995)
 */
#pragma once

#include <lib/rbtree.h>
#include <sched/entity.h>

#define FAIR_WEIGHT_NICE0 1024u
#define FAIR_WEIGHT_IDLE  3u

struct fair_queue {
	struct rb_root tree; /* by deadline, augmented with min_vruntime */
	struct sched_entity *curr;
	u64 zero_vruntime; /* sums are relative to this */
	s64 sum_wv;
	u64 sum_w;
	u32 nr_queued; /* in the tree */
};

u32 fair_weight_of_nice(int nice);
/* @curr ran @delta_ns. True when it has used up its slice (and got a new deadline). */
bool fair_charge(struct fair_queue *queue, struct sched_entity *curr, u64 delta_ns);
/* Place @se by its lag and queue it. @is_new: it never ran. */
void fair_enqueue(struct fair_queue *queue, struct sched_entity *se, bool is_new);
/* Take @se off (it may be curr), noting its lag. */
void fair_dequeue(struct fair_queue *queue, struct sched_entity *se);
/* curr goes back into the tree / the best leaves the tree and becomes curr (NULL: none queued). */
void fair_put_curr(struct fair_queue *queue);
struct sched_entity *fair_pick(struct fair_queue *queue);
/* Should the queued @se run instead of curr? */
bool fair_preempts(const struct fair_queue *queue, const struct sched_entity *se);
/* The current one gives way: its deadline moves on by a slice. */
void fair_yield(struct fair_queue *queue);
/* The average virtual time, curr included. */
u64 fair_average(const struct fair_queue *queue);
/* Any queued entity, in deadline order after @se (NULL: the first). For balancing. */
struct sched_entity *fair_next(const struct fair_queue *queue, const struct sched_entity *se);

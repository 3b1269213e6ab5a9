/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fair.c - the fair class: who runs next. The ideas and invariants are in fair.h.
 *
 * WHAT        The average V is kept as zero_vruntime + sum_wv / sum_w; "v is eligible" is then (v - zero) * sum_w <=
 *             sum_wv, without a division. zero_vruntime follows V, so that products stay small: differences are
 *             bounded by slices and lags, below 2^40 ns, weights below 2^17.
 * LOCKING     The caller's: the run queue's lock.
 * TESTS       tests/fair_test.c
 */
#include "fair.h"

/* 1024 / 1.25^nice, rounded: one step of nice is about ten per cent of the processor. */
static const u32 nice_weight[40] = {
	88818, 71054, 56843, 45475, 36380, 29104, 23283, 18626, 14901, 11921,
	9537,  7629,  6104,  4883,  3906,  3125,  2500,  2000,	1600,  1280,
	1024,  819,   655,   524,   419,   336,	  268,	 215,	172,   137,
	110,   88,    70,    56,    45,	   36,	  29,	 23,	18,    15,
};

u32 fair_weight_of_nice(int nice)
{
	return nice_weight[nice + 20];
}

static __always_inline u64 virtual_time(u64 ns, const struct sched_entity *se)
{
	return likely(se->weight == FAIR_WEIGHT_NICE0) ? ns : (ns << 10) / se->weight;
}

static struct sched_entity *entity(struct rb_node *node)
{
	return rb_entry(node, struct sched_entity, node);
}

/* ---- the average ---- */

static s64 total_wv(const struct fair_queue *queue)
{
	const struct sched_entity *curr = queue->curr;
	s64 sum = queue->sum_wv;

	if (curr)
		sum += (s64)(curr->vruntime - queue->zero_vruntime) * curr->weight;
	return sum;
}

static u64 total_w(const struct fair_queue *queue)
{
	return queue->sum_w + (queue->curr ? queue->curr->weight : 0);
}

u64 fair_average(const struct fair_queue *queue)
{
	s64 weights, sum;

	if (!queue->nr_queued) /* nobody else: no division */
		return queue->curr ? queue->curr->vruntime : queue->zero_vruntime;
	weights = total_w(queue);
	sum = total_wv(queue);
	if (sum < 0) /* round down */
		sum -= weights - 1;
	return queue->zero_vruntime + sum / weights;
}

static bool is_eligible(const struct fair_queue *queue, u64 vruntime)
{
	return (s64)(vruntime - queue->zero_vruntime) * (s64)total_w(queue) <= total_wv(queue);
}

static void move_zero(struct fair_queue *queue, u64 zero)
{
	queue->sum_wv -= (s64)queue->sum_w * (s64)(zero - queue->zero_vruntime);
	queue->zero_vruntime = zero;
}

static void sums_add(struct fair_queue *queue, const struct sched_entity *se)
{
	queue->sum_wv += (s64)(se->vruntime - queue->zero_vruntime) * se->weight;
	queue->sum_w += se->weight;
	queue->nr_queued++;
}

static void sums_sub(struct fair_queue *queue, const struct sched_entity *se)
{
	queue->sum_wv -= (s64)(se->vruntime - queue->zero_vruntime) * se->weight;
	queue->sum_w -= se->weight;
	queue->nr_queued--;
}

/* ---- the tree ---- */

static void update_min(struct rb_node *node)
{
	struct sched_entity *se = entity(node);
	u64 least = se->vruntime;

	if (node->rb_left && (s64)(entity(node->rb_left)->min_vruntime - least) < 0)
		least = entity(node->rb_left)->min_vruntime;
	if (node->rb_right && (s64)(entity(node->rb_right)->min_vruntime - least) < 0)
		least = entity(node->rb_right)->min_vruntime;
	se->min_vruntime = least;
}

static const struct rb_augment_ops min_ops = { .update = update_min };

static void tree_insert(struct fair_queue *queue, struct sched_entity *se)
{
	struct rb_node **link = &queue->tree.rb_node, *parent = NULL;

	sums_add(queue, se);
	se->min_vruntime = se->vruntime;
	if (!*link) { /* the common case: nobody else waits */
		rb_link_node(&se->node, NULL, link);
		rb_insert_color(&se->node, &queue->tree);
		return;
	}
	while (*link) {
		parent = *link;
		link = (s64)(se->deadline - entity(parent)->deadline) < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&se->node, parent, link);
	rb_insert_augmented(&se->node, &queue->tree, &min_ops);
}

static void tree_remove(struct fair_queue *queue, struct sched_entity *se)
{
	sums_sub(queue, se);
	if (queue->nr_queued)
		rb_erase_augmented(&se->node, &queue->tree, &min_ops);
	else
		queue->tree = RB_ROOT;
}

/* ---- operations ---- */

bool fair_charge(struct fair_queue *queue, struct sched_entity *curr, u64 delta_ns)
{
	curr->vruntime += virtual_time(delta_ns, curr);
	if (!queue->sum_w && queue->curr == curr)
		queue->zero_vruntime = curr->vruntime;
	if ((s64)(curr->vruntime - curr->deadline) < 0)
		return false;
	curr->deadline = curr->vruntime + virtual_time(curr->slice_ns, curr);
	return true;
}

void fair_enqueue(struct fair_queue *queue, struct sched_entity *se, bool is_new)
{
	u64 slice = virtual_time(se->slice_ns, se), weights = total_w(queue);
	s64 lag = is_new ? 0 : se->vlag;

	move_zero(queue, fair_average(queue));
	if (lag && weights) /* joining moves the average towards the joiner: ask for more, to end up with lag */
		lag = lag * (s64)(weights + se->weight) / (s64)weights;
	se->vruntime = queue->zero_vruntime - lag;
	se->deadline = se->vruntime + (is_new ? slice / 2 : slice);
	tree_insert(queue, se);
}

void fair_dequeue(struct fair_queue *queue, struct sched_entity *se)
{
	s64 limit = 2 * virtual_time(se->slice_ns, se);

	se->vlag = clamp((s64)(fair_average(queue) - se->vruntime), -limit, limit); /* F3 */
	if (queue->curr == se)
		queue->curr = NULL;
	else
		tree_remove(queue, se);
}

void fair_put_curr(struct fair_queue *queue)
{
	struct sched_entity *curr = queue->curr;

	queue->curr = NULL;
	if (curr)
		tree_insert(queue, curr);
}

static struct sched_entity *best(const struct fair_queue *queue)
{
	struct rb_node *node = queue->tree.rb_node;
	struct rb_node *first;

	if (!node || (!node->rb_left && !node->rb_right))
		return node ? entity(node) : NULL;
	while (node) {
		struct rb_node *left = node->rb_left;

		if (left && is_eligible(queue, entity(left)->min_vruntime)) {
			node = left;
			continue;
		}
		if (is_eligible(queue, entity(node)->vruntime))
			return entity(node);
		node = node->rb_right;
	}
	first = rb_first(&queue->tree); /* nobody, by rounding */
	return entity(first);
}

struct sched_entity *fair_pick(struct fair_queue *queue)
{
	struct sched_entity *se = best(queue);

	if (se) {
		tree_remove(queue, se);
		queue->curr = se;
	}
	return se;
}

bool fair_preempts(const struct fair_queue *queue, const struct sched_entity *se)
{
	const struct sched_entity *curr = queue->curr;

	if (!curr)
		return true;
	return (s64)(se->deadline - curr->deadline) < 0 && is_eligible(queue, se->vruntime);
}

void fair_yield(struct fair_queue *queue)
{
	struct sched_entity *curr = queue->curr;

	curr->deadline += virtual_time(curr->slice_ns, curr);
}

struct sched_entity *fair_next(const struct fair_queue *queue, const struct sched_entity *se)
{
	struct rb_node *node = se ? rb_next(&se->node) : rb_first(&queue->tree);

	return node ? entity(node) : NULL;
}

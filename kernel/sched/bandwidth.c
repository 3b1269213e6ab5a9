/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bandwidth.c - the sum of all deadline servers, and who may join it.
 *
 * WHAT        All online processors are one domain. A task is admitted while the sum of bandwidths stays within the
 *             limit times the processors. What a task leaves behind (by sleep, end or another policy) counts on until its zero-lag
 *             time (cbs.h): before that it could come back and have had more than its share.
 * INVARIANTS  W1  total_bw is the sum of reserved_bw over all tasks; active_bw over those with is_active.
 *             W2  Lowering the limit below total_bw is refused.
 * LOCKING     domain.lock, raw, inside a run queue's lock, interrupts off. Sums are also read without it.
 * ERRORS      -EBUSY no room; -EINVAL impossible limits.
 * TESTS       tests/guest/sched/deadline_test.c
 */
#include <lib/errno.h>
#include <arch/cpu.h>
#include <arch/irqflags.h>
#include <sched/bandwidth.h>
#include "deadline.h"

#define USEC_NS 1000ull

struct dl_domain {
	struct spinlock lock;
	u64 total_bw;
	u64 active_bw;
	u32 nr_tasks; /* with the policy */
	struct sched_rt_limits limits;
	struct sched_period_bounds bounds;
};

static struct dl_domain domain = {
	.lock = SPINLOCK_INIT(RANK_RUNQUEUE),
	.limits = { .period_us = 1000000, .runtime_us = 950000 },
	.bounds = { .min_us = 100, .max_us = 1u << 22 },
};

static unsigned long domain_lock(void)
{
	unsigned long flags;

	local_irq_save(flags);
	raw_spin_acquire(&domain.lock);
	return flags;
}

static void domain_unlock(unsigned long flags)
{
	raw_spin_release(&domain.lock);
	local_irq_restore(flags);
}

/* What all may use of one processor. */
static u64 bw_of(const struct sched_rt_limits *limits)
{
	return limits->runtime_us < 0 ? CBS_BW_ONE : cbs_ratio((u32)limits->period_us, (u32)limits->runtime_us);
}

static u32 nr_cpus(void)
{
	return cpumask_weight(&cpu_online_mask);
}

bool bandwidth_is_limited(void)
{
	return READ_ONCE(domain.limits.runtime_us) >= 0;
}

bool bandwidth_is_none(void)
{
	return !READ_ONCE(domain.limits.runtime_us);
}

bool bandwidth_in_use(void)
{
	return READ_ONCE(domain.nr_tasks) != 0;
}

void bandwidth_rt_share(u64 *period_ns, u64 *runtime_ns)
{
	int runtime_us = READ_ONCE(domain.limits.runtime_us);

	*period_ns = (u32)READ_ONCE(domain.limits.period_us) * USEC_NS;
	*runtime_ns = runtime_us < 0 ? ~0ull : (u32)runtime_us * USEC_NS;
}

bool bandwidth_params_are_valid(const struct cbs_params *params)
{
	return cbs_params_are_valid(params, READ_ONCE(domain.bounds.min_us) * USEC_NS, READ_ONCE(domain.bounds.max_us) * USEC_NS);
}

static void reserve_locked(struct dl_entity *dl, u64 bw)
{
	WRITE_ONCE(domain.total_bw, domain.total_bw - dl->reserved_bw + bw);
	if (dl->is_active)
		WRITE_ONCE(domain.active_bw, domain.active_bw - dl->reserved_bw + bw);
	dl->reserved_bw = bw;
}

int bandwidth_admit(struct dl_entity *dl, bool is_member, u64 bw)
{
	u64 others, limit = ~0ull;
	unsigned long flags = domain_lock();
	int ret = 0;

	/* What is left from an earlier membership counts beside the new one here, as on Linux. */
	others = domain.total_bw - (is_member ? dl->reserved_bw : 0);
	if (domain.limits.runtime_us >= 0)
		limit = bw_of(&domain.limits) * nr_cpus();
	if (is_member && bw == dl->reserved_bw)
		ret = 0;
	else if (others + bw > limit)
		ret = -EBUSY;
	else
		reserve_locked(dl, bw);
	if (!ret && !is_member)
		WRITE_ONCE(domain.nr_tasks, domain.nr_tasks + 1);
	domain_unlock(flags);
	return ret;
}

void bandwidth_leave(void)
{
	unsigned long flags = domain_lock();

	WRITE_ONCE(domain.nr_tasks, domain.nr_tasks - 1);
	domain_unlock(flags);
}

void bandwidth_release(struct dl_entity *dl)
{
	unsigned long flags = domain_lock();

	reserve_locked(dl, 0);
	domain_unlock(flags);
}

void bandwidth_set_active(struct dl_entity *dl, bool is_active)
{
	unsigned long flags;

	if (dl->is_active == is_active)
		return;
	flags = domain_lock();
	dl->is_active = is_active;
	WRITE_ONCE(domain.active_bw, is_active ? domain.active_bw + dl->reserved_bw : domain.active_bw - dl->reserved_bw);
	domain_unlock(flags);
}

u64 bandwidth_reclaim_rate(const struct dl_entity *dl)
{
	struct cbs_load load = {
		.total_bw = READ_ONCE(domain.total_bw),
		.active_bw = READ_ONCE(domain.active_bw),
		.max_bw = bw_of(&domain.limits),
		.nr_cpus = nr_cpus(),
	};

	return cbs_reclaim_rate(dl->cbs.bw, &load);
}

/* ---- settings ---- */

void sched_get_rt_limits(struct sched_rt_limits *limits)
{
	unsigned long flags = domain_lock();

	*limits = domain.limits;
	domain_unlock(flags);
}

static bool are_shares(const struct sched_rt_limits *limits)
{
	return limits->period_us > 0 && limits->runtime_us >= -1 && limits->runtime_us <= limits->period_us;
}

int sched_set_rt_limit(size_t offset, int value)
{
	unsigned long flags = domain_lock();
	struct sched_rt_limits limits = domain.limits;
	int ret = 0;

	*(int *)((char *)&limits + offset) = value;
	if (!are_shares(&limits))
		ret = -EINVAL;
	else if (bw_of(&limits) * nr_cpus() < domain.total_bw)
		ret = -EBUSY; /* W2 */
	else
		domain.limits = limits;
	domain_unlock(flags);
	return ret;
}

void sched_get_period_bounds(struct sched_period_bounds *bounds)
{
	unsigned long flags = domain_lock();

	*bounds = domain.bounds;
	domain_unlock(flags);
}

int sched_set_period_bound(size_t offset, u32 value)
{
	unsigned long flags = domain_lock();
	struct sched_period_bounds bounds = domain.bounds;
	int ret = -EINVAL;

	*(u32 *)((char *)&bounds + offset) = value;
	if (bounds.min_us <= bounds.max_us) {
		domain.bounds = bounds;
		ret = 0;
	}
	domain_unlock(flags);
	return ret;
}

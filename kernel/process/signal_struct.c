/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal_struct.c - life of the objects that threads share.
 *
 * INVARIANTS  A signal_struct lives as long as any task that points to it, dead ones too. A sighand_struct is freed after a
 *             grace period, because senders find it without a lock (lock_task_sighand()).
 */
#include "process_impl.h"
#include <pages/slab.h>
#include "fork_impl.h"

struct signal_struct *signal_alloc(void)
{
	struct signal_struct *signal = kmem_cache_zalloc(process_state.signal_cache, GFP_KERNEL);

	if (!signal)
		return NULL;
	refcount_set(&signal->refs, 1);
	atomic_set(&signal->live, 1);
	signal->nr_threads = signal->quick_threads = 1;
	INIT_LIST_HEAD(&signal->thread_head);
	INIT_LIST_HEAD(&signal->shared_pending.list);
	INIT_LIST_HEAD(&signal->forks);
	signal->cpu_limit_ns = ~0ull;
	init_waitqueue_head(&signal->wait_chldexit);
	spin_lock_init(&signal->stats_lock, RANK_LEAF);
	mutex_init(&signal->cred_guard_mutex, RANK_EXEC);
	return signal;
}

void signal_put(struct signal_struct *signal)
{
	if (!refcount_dec_and_test(&signal->refs))
		return;
	put_pid(signal->tty_old_pgrp);
	kmem_cache_free(process_state.signal_cache, signal);
}

struct sighand_struct *sighand_alloc(void)
{
	struct sighand_struct *sighand = kmem_cache_alloc(process_state.sighand_cache, GFP_KERNEL);

	if (!sighand)
		return NULL;
	refcount_set(&sighand->refs, 1);
	spin_lock_init(&sighand->siglock, RANK_SIGHAND);
	init_waitqueue_head(&sighand->signalfd_wait);
	return sighand;
}

static void sighand_reclaim(struct rcu_head *head)
{
	kmem_cache_free(process_state.sighand_cache, container_of(head, struct sighand_struct, rcu));
}

static const struct rcu_ops sighand_rcu_ops = { .name = "sighand", .reclaim = sighand_reclaim };

void sighand_put(struct sighand_struct *sighand)
{
	if (!refcount_dec_and_test(&sighand->refs))
		return;
	/* Whoever polls a signalfd over this table must let go of its queue first. */
	wake_up_poll_all(&sighand->signalfd_wait, 0x4010 /* EPOLLHUP | POLLFREE */);
	call_rcu(&sighand->rcu, &sighand_rcu_ops);
}

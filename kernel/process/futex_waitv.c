/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex_waitv.c - waiting for any of up to 128 words.
 *
 * WHAT        An array of waiters that all point to the thread's edge record; the first that is woken carries its index.
 * INVARIANTS  V1  The array is kept in the call while the thread is parked, and every waiter in it stays queued.
 * ERRORS      As FUTEX_WAIT; -EINVAL flags, sizes.
 * TESTS       tests/guest/process/waitv_test.c
 */
#include "process_impl.h"
#include "futex_impl.h"
#include "timer_impl.h"
#include "timespec_impl.h"
#include <linux/futex.h>
#include <pages/slab.h>
#include <time/ktime.h>
#include <process/process_calls.h>

enum { KEEP_ARRAY = 0 };

struct futex_array {
	u32 nr;
	struct futex_waiter waiter[];
};

static const struct edge_wait_ops waitv_edge_ops = { .name = "futex_waitv" };

/* Take the first @nr off their queues. The index of one that was woken, or -1. */
static int dequeue_all(struct futex_array *array, u32 nr)
{
	int woken = -1;

	for (u32 i = 0; i < nr; i++)
		if (!futex_dequeue(&array->waiter[i]))
			woken = (int)i;
	return woken;
}

static int queue_one(struct futex_array *array, u32 i, uaddr_t waiters, struct edge_wait *edge)
{
	struct futex_waiter *waiter = &array->waiter[i];
	struct futex_waitv wire;
	struct futex_key key;
	int ret;

	if (get_user_obj(&wire, uaddr_add(waiters, i * sizeof(wire))))
		return -EFAULT;
	if ((wire.flags & ~(u32)(FUTEX_32 | FUTEX_PRIVATE_FLAG)) || wire.__reserved || !(wire.flags & FUTEX_32))
		return -EINVAL;
	ret = futex_key_get(uaddr(wire.uaddr), !(wire.flags & FUTEX_PRIVATE_FLAG), false, &key);
	if (ret)
		return ret;
	INIT_LIST_HEAD(&waiter->node);
	waiter->thread = current_thread();
	waiter->edge = edge;
	waiter->bitset = FUTEX_BITSET_MATCH_ANY;
	waiter->index = (s32)i;
	return futex_queue_if(waiter, uaddr(wire.uaddr), (u32)wire.val, &key);
}

/* Queue all. An index >= 0 when one was woken before all were queued, -errno, or -EINPROGRESS: sleep. */
static int queue_all(struct futex_array *array, uaddr_t waiters, struct edge_wait *edge)
{
	for (u32 i = 0; i < array->nr; i++) {
		int ret = queue_one(array, i, waiters, edge), woken;

		if (!ret)
			continue;
		woken = dequeue_all(array, i);
		return woken >= 0 ? woken : ret;
	}
	return -EINPROGRESS;
}

static long wait_any(struct futex_array *array, uaddr_t waiters, int clock, u64 deadline)
{
	struct edge_wait *edge = edge_wait_begin(&waitv_edge_ops);
	int ret, woken;

	if (!edge_wait_is_resumed(edge)) {
		ret = queue_all(array, waiters, edge);
		if (ret != -EINPROGRESS)
			goto end;
	}
	ret = clock_edge_sleep(edge, clock, deadline);
	if (ret == -EPARK) {
		call_keep(KEEP_ARRAY, array);
		return ret;
	}
	woken = dequeue_all(array, array->nr);
	if (woken >= 0)
		ret = woken;
	else if (ret == -ETIME)
		ret = -ETIMEDOUT;
end:
	edge_wait_end(edge);
	kfree(array);
	return ret;
}

static int waitv_deadline(uaddr_t timeout, int clock, u64 *deadline)
{
	struct timespec64 ts;

	*deadline = DEADLINE_NEVER;
	if (uaddr_is_null(timeout) || call_deadline_kept(deadline)) /* V1: nothing may fail while the array is queued */
		return 0;
	if (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)
		return -EINVAL;
	if (get_timespec64(&ts, timeout))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	*deadline = call_deadline_at(timespec64_to_ns(&ts));
	return 0;
}

long sys_futex_waitv(uaddr_t waiters, u32 nr, u32 flags, uaddr_t timeout, int clockid)
{
	struct futex_array *array;
	u64 deadline;
	int ret;

	if (flags || !nr || nr > FUTEX_WAITV_MAX || uaddr_is_null(waiters))
		return -EINVAL;
	ret = waitv_deadline(timeout, clockid, &deadline);
	if (ret)
		return ret;
	array = call_take(KEEP_ARRAY);
	if (!array) {
		array = kzalloc(sizeof(*array) + nr * sizeof(array->waiter[0]), GFP_KERNEL);
		if (!array)
			return -ENOMEM;
		array->nr = nr;
	}
	return wait_any(array, waiters, clockid, deadline);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * turn.c - one reader, one writer of a terminal at a time, over any number of sleeps.
 *
 * WHAT        Two writes must not mix, however long the first waits for room; a read with VMIN must not lose bytes to
 *             another. A lock cannot say that, because nobody parks while holding one. A turn is state: who has
 *             it keeps it when its call is parked, and finds it again in the next pass.
 * INVARIANTS  T1  owner is one thread or NULL; who wants a turn sleeps on wait until a compare-and-swap gives it.
 *             T2  A turn whose owner parked and did not come back within TURN_RETURN_NS after others run
 *                 again is void: its call ended on another way (the descriptor was closed meanwhile).
 * LOCKING     owner by compare-and-swap.
 * ERRORS      -EAGAIN, -ERESTARTSYS, -EPARK.
 */
#include "tty_impl.h"
#include <time/ktime.h>

#define TURN_RETURN_NS 100000000ull

void turn_init(struct tty_turn *turn)
{
	init_waitqueue_head(&turn->wait);
}

static bool turn_swap(struct tty_turn *turn, struct thread *from, struct thread *to)
{
	return __atomic_compare_exchange_n(&turn->owner, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Sleep until the turn is mine, or until the parked owner had its time. */
static int turn_wait(struct tty_turn *turn, struct thread *me)
{
	u64 deadline = READ_ONCE(turn->is_parked) ? ktime_get_ns() + TURN_RETURN_NS : DEADLINE_NEVER;

	return wait_event_kind(turn->wait, turn_swap(turn, NULL, me), WAIT_LEVEL, deadline, WAIT_EXCLUSIVE);
}

int turn_take(struct tty_turn *turn, bool nonblock)
{
	struct thread *me = current_thread();

	if (READ_ONCE(turn->owner) == me) { /* back from the park */
		WRITE_ONCE(turn->is_parked, false);
		return 0;
	}
	if (turn_swap(turn, NULL, me))
		return 0;
	if (nonblock)
		return -EAGAIN;
	for (;;) {
		struct thread *owner = READ_ONCE(turn->owner);
		int ret = turn_wait(turn, me);

		if (ret != -ETIME)
			return ret;
		if (owner && READ_ONCE(turn->is_parked) && turn_swap(turn, owner, me)) { /* T2 */
			WRITE_ONCE(turn->is_parked, false);
			return 0;
		}
	}
}

void turn_give(struct tty_turn *turn, ssize_t ret)
{
	if (ret == -EPARK) {
		WRITE_ONCE(turn->is_parked, true);
		return;
	}
	if (!turn_swap(turn, current_thread(), NULL))
		return; /* T2: it was taken away */
	smp_mb(); /* owner before the test: pairs with prepare_to_wait() in turn_wait() */
	if (waitqueue_active(&turn->wait))
		wake_up_queue(&turn->wait, TASK_NORMAL, 1, 0);
}

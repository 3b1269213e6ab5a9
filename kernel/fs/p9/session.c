/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * session.c - sessions: what numbers they have given out, and when they end.
 *
 * WHAT        A session gives numbers to messages (tags) and to fids. Each of them may be left to the server by a program that was
 *             killed, so a session lives until all numbers have come back, whoever has gone meanwhile.
 * INVARIANTS  I1  nr_users is the numbers that are out; the session is freed when it is zero and its maker has let go.
 *             I2  The mount tag is free for the next session only then.
 * LOCKING     session->lock (rank P9_REQUEST, interrupts off): numbers, nr_users, is_left, and clunk.c's lists.
 * LIFECYCLE   create -> mounted -> p9_session_end: nothing is out: freed; else left, and freed with the last number
 * ERRORS      -ENOMEM.
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/task.h>
#include "p9_impl.h"

struct p9_session *p9_session_create(void)
{
	struct p9_session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return NULL;
	spin_lock_init(&session->lock, RANK_P9_REQUEST);
	ida_init(&session->tags);
	ida_init(&session->fids);
	init_waitqueue_head(&session->idle);
	p9_clunks_init(session);
	session->cache_ns = (u64)P9_CACHE_MS * NSEC_PER_MSEC;
	session->aname = kstrdup("", GFP_KERNEL);
	if (!session->aname) {
		kfree(session);
		return NULL;
	}
	return session;
}

static void session_free(struct p9_session *session)
{
	if (session->transport)
		p9_transport_release(session->transport); /* I2 */
	ida_destroy(&session->tags);
	ida_destroy(&session->fids);
	kfree(session->aname);
	kfree(session);
}

int p9_number_take(struct p9_session *session, struct ida *ids, u32 max)
{
	int number;

	with_spinlock_irqsave(&session->lock);
	number = ida_alloc_max(ids, max, GFP_NOWAIT);
	if (number >= 0)
		session->nr_users++;
	return number;
}

void p9_number_give(struct p9_session *session, struct ida *ids, u32 number)
{
	unsigned long flags;
	bool is_last;

	spin_lock_irqsave(&session->lock, flags);
	ida_free(ids, number);
	session->nr_users--;
	is_last = !session->nr_users && session->is_left;
	if (!session->nr_users)
		wake_up_all(&session->idle);
	spin_unlock_irqrestore(&session->lock, flags);
	if (is_last) /* I1: p9_session_end() has gone */
		session_free(session);
}

/* No more numbers are asked for. True: all have come back. */
static bool session_leave(struct p9_session *session)
{
	with_spinlock_irq(&session->lock);
	session->is_left = session->nr_users;
	return !session->is_left;
}

void p9_session_end(struct p9_session *session)
{
	if (!session)
		return;
	/* Who is on its way out can't be killed any more: it must not wait for a server. The next mount does (p9_transport_take). */
	if (session->transport && !(current->flags & PF_EXITING)) {
		wait_note_device(session->transport->tag);
		(void)wait_event_killable(session->idle, !READ_ONCE(session->nr_users));
		wait_note_device(NULL);
	}
	if (session->transport)
		p9_transport_leave(session->transport);
	if (session_leave(session))
		session_free(session);
}

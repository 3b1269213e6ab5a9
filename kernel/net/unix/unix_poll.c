/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_poll.c - what is ready.
 *
 * WHAT        A socket has one queue for readers and one for writers. Whether a connected datagram socket may write depends on its peer's
 *             queue too: while that is full, an entry of ours sits on the peer's peer_wait and hands wake-ups on to our writers.
 * INVARIANTS  P1  peer_wake is on peer->peer_wait or on no list: it is put there and taken off with sk.lock held while peer is the peer,
 *                 or taken off by the wake-up itself.
 * LOCKING     sk.lock, inside it peer_wait's lock (rank UNIX_PEER_WAIT), inside it our own wait queue's.
 * TESTS       tests/guest/net/stream_test.c, named_test.c
 */
#include "unix_impl.h"

#include <linux/eventpoll.h>
#include <vfs/file.h>
#include <vfs/poll.h>

#define POLL_READABLE (EPOLLIN | EPOLLRDNORM)
#define POLL_WRITABLE (EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND)

/* --- the peer's room ---------------------------------------------------------------------------------------- */

static bool hand_on(struct wait_queue_entry *entry, u32 events)
{
	struct unix_sock *u = container_of(entry, struct unix_sock, peer_wake);

	list_del_init(&entry->node);
	wake_up_queue(&u->sk.wr_wait, TASK_INTERRUPTIBLE, 1, POLL_WRITABLE);
	return false; /* an exclusive sender that waits there has its turn all the same */
}

static const struct wait_entry_ops peer_wake_ops = { .name = "unix peer", .wake = hand_on };

void unix_peer_wake_init(struct unix_sock *u)
{
	wait_entry_init_ops(&u->peer_wake, &peer_wake_ops, 0);
}

bool unix_peer_wake_begin_locked(struct unix_sock *u, struct unix_sock *other)
{
	unsigned long flags;

	spin_lock_irqsave(&other->peer_wait.lock, flags);
	if (list_empty(&u->peer_wake.node))
		list_add(&u->peer_wake.node, &other->peer_wait.head); /* before exclusive waiters */
	spin_unlock_irqrestore(&other->peer_wait.lock, flags);
	smp_mb(); /* pairs with wq_has_sleeper() of who takes a message away */
	if (unix_queue_is_full(other) && !READ_ONCE(other->sk.is_dead))
		return true;
	unix_peer_wake_end_locked(u, other);
	return false;
}

void unix_peer_wake_end_locked(struct unix_sock *u, struct unix_sock *other)
{
	unsigned long flags;

	if (unix_is_connection(u))
		return;
	spin_lock_irqsave(&other->peer_wait.lock, flags);
	list_del_init(&u->peer_wake.node);
	spin_unlock_irqrestore(&other->peer_wait.lock, flags);
}

/* Would a datagram to the connected peer have to wait for the peer? */
static bool peer_is_full(struct unix_sock *u)
{
	struct unix_sock *other;
	bool is_full = false;

	spin_lock(&u->sk.lock);
	other = u->peer;
	if (other && other != u && READ_ONCE(other->peer) != u && unix_queue_is_full(other))
		is_full = unix_peer_wake_begin_locked(u, other);
	spin_unlock(&u->sk.lock);
	return is_full;
}

/* --- poll --------------------------------------------------------------------------------------------------- */

/* What all types have in common. */
static u32 poll_common(struct file *file, struct unix_sock *u, struct poll_table *pt)
{
	u32 mask = 0, shutdown;

	poll_wait(file, &u->sk.rd_wait, pt);
	poll_wait(file, &u->sk.wr_wait, pt);
	smp_mb(); /* pairs with wq_has_sleeper() of wakers: queued before the state is read */
	shutdown = READ_ONCE(u->sk.shutdown);
	if (READ_ONCE(u->sk.err))
		mask |= EPOLLERR;
	if (shutdown == SHUTDOWN_MASK)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLRDHUP | POLL_READABLE;
	if (READ_ONCE(u->nr_msgs) || READ_ONCE(u->nr_embryos))
		mask |= POLL_READABLE;
	if (unix_is_connection(u) && READ_ONCE(u->sk.state) == SOCK_CLOSED)
		mask |= EPOLLHUP;
	return mask;
}

static bool is_writable(const struct unix_sock *u)
{
	return READ_ONCE(u->sk.state) != SOCK_LISTENING && sock_has_room(&u->sk);
}

u32 unix_stream_poll(struct file *file, struct socket *sock, struct poll_table *pt)
{
	struct unix_sock *u = unix_of(sock);
	u32 mask = poll_common(file, u, pt);

	if (READ_ONCE(u->urgent))
		mask |= EPOLLPRI;
	if (is_writable(u))
		mask |= POLL_WRITABLE;
	return mask;
}

u32 unix_dgram_poll(struct file *file, struct socket *sock, struct poll_table *pt)
{
	struct unix_sock *u = unix_of(sock);
	u32 mask = poll_common(file, u, pt);

	if (!(poll_requested_events(pt) & POLL_WRITABLE))
		return mask;
	if (is_writable(u) && !peer_is_full(u))
		mask |= POLL_WRITABLE;
	return mask;
}

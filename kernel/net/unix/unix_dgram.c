/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_dgram.c - whole messages: datagrams to anybody with a name, and sequenced packets between two connected sockets.
 *
 * WHAT        A send makes one message and puts it into one queue; a receive takes one message and cuts what does not fit.
 * INVARIANTS  D1  A queue takes no more than max_backlog + 1 messages from senders that are not its socket's own peer.
 *             D2  A send that does not succeed leaves the iter where it was.
 * LOCKING     iolock around a receive: choose, copy, account. sk.lock of the queue for each insert and unlink; the
 *             receiver's lock while a sender decides that it must wait, so no wake-up is missed.
 * ERRORS      send: -ENOTCONN, -EMSGSIZE, -ECONNREFUSED, -ECONNRESET, -EPERM, -EPIPE, -EAGAIN, -EOPNOTSUPP, those of names and control
 *             data. receive: -EAGAIN, -EFAULT (the message is lost), -EOPNOTSUPP, -ENOTCONN. -EPARK.
 * TESTS       tests/guest/net/named_test.c
 */
#include "unix_impl.h"

#include <lib/err.h>
#include <lib/errno.h>
#include <linux/eventpoll.h>
#include <lib/time_units.h>
#include <sched/task.h>
#include <time/ktime.h>

/* What Linux keeps in one piece of a datagram: four pages less the block at their end. */
#define DGRAM_LINEAR_MAX (16384 - 320)

/* --- send --------------------------------------------------------------------------------------------------- */

enum { PEER_DIED = 1, PEER_FULL = 2 };

/* Try to queue @msg at @other. 0, PEER_DIED, PEER_FULL (both: the lock of @other is held), or -errno. */
static int dgram_offer(struct unix_sock *u, struct unix_sock *other, struct unix_msg *msg)
{
	int ret = 0;

	spin_lock(&other->sk.lock);
	if (unlikely(other->peer && other->peer != u))
		ret = -EPERM;
	else if (unlikely(other->sk.is_dead))
		return PEER_DIED;
	else if (unlikely(other->sk.shutdown & RCV_SHUTDOWN))
		ret = -EPIPE;
	else if (other != u && other->peer != u && unix_queue_is_full(other)) /* D1 */
		return PEER_FULL;
	if (!ret)
		unix_msg_append_locked(other, msg);
	spin_unlock(&other->sk.lock);
	return ret;
}

/* @other is dead. If it was the peer, it is no more. -errno, or 0 if it had been found by name: look again. */
static int dgram_peer_died(struct unix_sock *u, struct unix_sock *other, bool has_name)
{
	bool was_peer;

	if (u->sk.type == SOCK_SEQPACKET)
		return -EPIPE;
	spin_lock(&u->sk.lock);
	was_peer = u->peer == other;
	if (was_peer) {
		unix_peer_wake_end_locked(u, other);
		WRITE_ONCE(u->peer, NULL);
		WRITE_ONCE(u->sk.state, SOCK_CLOSED);
	}
	spin_unlock(&u->sk.lock);
	if (was_peer) {
		unix_dgram_disconnected(u, other);
		unix_put(other);
		return -ECONNREFUSED;
	}
	return has_name ? 0 : -ECONNRESET;
}

/* @other has no room; its lock is held, and dropped. 0: try again. */
static int dgram_peer_full(struct unix_sock *u, struct unix_sock *other, bool is_nonblock)
{
	bool is_full = true;

	if (!is_nonblock)
		return unix_wait_for_peer(other, u->sk.sndtimeo_ns);
	spin_unlock(&other->sk.lock);
	spin_lock(&u->sk.lock);
	if (u->peer == other) /* who polls after this -EAGAIN shall hear of room */
		is_full = unix_peer_wake_begin_locked(u, other);
	spin_unlock(&u->sk.lock);
	return is_full ? -EAGAIN : 0;
}

/* Where the message goes: a reference, or ERR_PTR. */
static struct unix_sock *dgram_target(struct unix_sock *u, const struct socket_msg *m)
{
	struct unix_sock *other;

	if (m->name_len)
		return unix_find(m->name, m->name_len, u->sk.type);
	other = unix_peer_get(u);
	return other ? other : ERR_PTR(-ENOTCONN);
}

/* Queue @msg where @m says. 0: it is the receiver's; -errno. */
static int dgram_deliver(struct unix_sock *u, struct unix_msg *msg, const struct socket_msg *m)
{
	struct unix_sock *other = NULL;
	int ret = 0;

	do {
		if (!other)
			other = dgram_target(u, m);
		if (IS_ERR(other))
			return PTR_ERR(other);
		unix_msg_add_creds(msg, other);
		if (sock_option(&other->sk, SOCK_OPT_TIMESTAMP) || sock_option(&other->sk, SOCK_OPT_TIMESTAMPNS))
			msg->time_ns = ktime_get_real_ns();
		ret = dgram_offer(u, other, msg);
		if (ret == PEER_FULL) {
			ret = dgram_peer_full(u, other, m->flags & MSG_DONTWAIT);
			if (!ret)
				ret = PEER_FULL; /* once more */
		} else if (ret == PEER_DIED) {
			spin_unlock(&other->sk.lock);
			ret = dgram_peer_died(u, other, m->name_len);
			unix_put(other);
			other = NULL;
			if (!ret)
				ret = PEER_DIED;
		}
	} while (ret > 0);
	if (!ret)
		sock_data_ready(&other->sk);
	unix_put(other);
	return ret;
}

/* Everything that can be refused before the message is made. */
static int dgram_check(struct unix_sock *u, const struct socket_msg *m)
{
	int ret = 0;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (m->name_len)
		ret = unix_address_check(m->name, m->name_len);
	else if (!READ_ONCE(u->peer))
		ret = -ENOTCONN;
	if (!ret && sock_option(&u->sk, SOCK_OPT_PASSCRED))
		ret = unix_autobind(u);
	if (!ret && iter_count(m->iter) > (size_t)max(READ_ONCE(u->sk.sndbuf) - 32, 0))
		ret = -EMSGSIZE;
	return ret ? ret : sock_wait_wmem(&u->sk, m->flags & MSG_DONTWAIT);
}

static ssize_t dgram_send(struct unix_sock *u, struct socket_msg *m, struct scm_cookie *scm)
{
	size_t len = iter_count(m->iter);
	struct unix_msg *msg;
	int ret = dgram_check(u, m);

	if (ret)
		return ret;
	msg = unix_msg_create(u, len, DGRAM_LINEAR_MAX);
	if (!msg)
		return -ENOMEM;
	ret = unix_msg_fill(msg, m->iter);
	if (ret) {
		unix_msg_destroy(msg, false);
		return ret;
	}
	ret = unix_msg_attach(msg, scm, true);
	if (!ret)
		ret = dgram_deliver(u, msg, m);
	if (!ret)
		return len;
	iter_revert(m->iter, len); /* D2 */
	unix_msg_destroy(msg, false);
	return ret;
}

ssize_t unix_dgram_sendmsg(struct socket *sock, struct socket_msg *m)
{
	struct scm_cookie scm;
	ssize_t ret;

	scm_init(&scm);
	if (unlikely(m->control_len)) {
		unix_gc_throttle();
		ret = scm_send(sock, m, &scm);
		if (ret)
			return ret;
	}
	ret = dgram_send(unix_of(sock), m, &scm);
	scm_destroy(&scm);
	return ret;
}

ssize_t unix_seqpacket_sendmsg(struct socket *sock, struct socket_msg *m)
{
	int ret = sock_error(sock->sk);

	if (ret)
		return ret;
	if (READ_ONCE(sock->sk->state) != SOCK_ESTABLISHED)
		return -ENOTCONN;
	m->name_len = 0; /* a packet goes to the peer, whatever the program says */
	return unix_dgram_sendmsg(sock, m);
}

void unix_dgram_disconnected(struct unix_sock *u, struct unix_sock *old)
{
	bool is_reset;

	if (!READ_ONCE(u->nr_msgs))
		return;
	unix_purge(u);
	wake_up_interruptible_all(&u->peer_wait);
	spin_lock(&old->sk.lock);
	is_reset = !old->sk.is_dead && old->peer == u;
	if (is_reset)
		WRITE_ONCE(old->sk.err, ECONNRESET);
	spin_unlock(&old->sk.lock);
	if (is_reset)
		sock_state_change(&old->sk, 0);
}

/* --- receive ------------------------------------------------------------------------------------------------- */

/* The message that a call with @flags reads, and where in it; NULL. Lock held. */
static struct unix_msg *dgram_first_locked(struct unix_sock *u, u32 flags, size_t *at)
{
	size_t skip = flags & MSG_PEEK ? (size_t)max(u->sk.peek_off, 0) : 0;
	struct unix_msg *msg;

	list_for_each_entry(msg, &u->msgs, node) {
		if (skip >= msg->len && skip) {
			skip -= msg->len;
			continue;
		}
		*at = skip;
		return msg;
	}
	return NULL;
}

/* Take or find the next message. iolock held. NULL with *@error, and *@seq for waiting. */
static struct unix_msg *dgram_next(struct unix_sock *u, u32 flags, size_t *at, u32 *seq, int *error)
{
	struct unix_msg *msg;

	*error = sock_error(&u->sk);
	if (*error)
		return NULL;
	spin_lock(&u->sk.lock);
	*seq = u->rx_seq;
	msg = dgram_first_locked(u, flags, at);
	if (msg && !(flags & MSG_PEEK))
		unix_msg_unlink_locked(u, msg);
	spin_unlock(&u->sk.lock);
	*error = -EAGAIN;
	return msg;
}

static bool dgram_wait_is_over(const struct unix_sock *u, u32 seq)
{
	return READ_ONCE(u->rx_seq) != seq || READ_ONCE(u->sk.err) || (READ_ONCE(u->sk.shutdown) & RCV_SHUTDOWN);
}

/* There is no message: wait. 0: look again; 1: end of file; -errno. */
static int dgram_wait(struct unix_sock *u, u32 flags, u32 seq)
{
	bool is_shut = READ_ONCE(u->sk.shutdown) & RCV_SHUTDOWN;

	smp_rmb(); /* pairs with the peer's lock: what was sent before a shutdown that we see has moved rx_seq */
	if (is_shut && READ_ONCE(u->rx_seq) != seq)
		return 0;
	if (flags & MSG_DONTWAIT)
		return is_shut && u->sk.type == SOCK_SEQPACKET ? 1 : -EAGAIN;
	if (is_shut)
		return 1;
	return sock_wait(u->sk.rd_wait, dgram_wait_is_over(u, seq), u->sk.rcvtimeo_ns, WAIT_EXCLUSIVE);
}

static void put_timestamp(struct unix_sock *u, struct socket_msg *m, u64 time_ns)
{
	s64 words[2] = { time_ns / NSEC_PER_SEC, time_ns % NSEC_PER_SEC };

	if (sock_option(&u->sk, SOCK_OPT_TIMESTAMPNS)) {
		put_cmsg(m, SOL_SOCKET, SO_TIMESTAMPNS_OLD, sizeof(words), words);
	} else if (sock_option(&u->sk, SOCK_OPT_TIMESTAMP)) {
		words[1] /= NSEC_PER_USEC;
		put_cmsg(m, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(words), words);
	}
}

/* Bytes and companions of @msg to the program; bytes the call reports, or -EFAULT: memory missing. */
static ssize_t dgram_copy(struct unix_sock *u, struct socket_msg *m, struct unix_msg *msg, size_t at, u32 flags)
{
	size_t left = msg->len - at, size = min(left, iter_count(m->iter));
	size_t copied = unix_msg_copy_nosleep(msg, at, size, m->iter);

	if (copied < size) {
		iter_revert(m->iter, copied);
		return -EFAULT;
	}
	if (size < left)
		m->flags |= MSG_TRUNC;
	if (m->name)
		unix_copy_name(m, msg->from);
	return flags & MSG_TRUNC ? left : size;
}

/* The rest of a receive that succeeded; @msg is still pinned. */
static void dgram_received(struct unix_sock *u, struct unix_msg *msg, struct scm_cookie *scm, size_t size, u32 flags)
{
	if (sock_option(&u->sk, SOCK_OPT_PASSCRED))
		unix_msg_copy_creds(msg, scm);
	unix_msg_take_files(msg, scm, flags);
	if (READ_ONCE(u->sk.peek_off) < 0)
		return;
	if (flags & MSG_PEEK)
		WRITE_ONCE(u->sk.peek_off, u->sk.peek_off + size);
	else
		WRITE_ONCE(u->sk.peek_off, max_t(int, u->sk.peek_off - (int)msg->len, 0));
}

/* One message, taken or peeked at under iolock. *@want: 1 if the program's memory was missing. */
static ssize_t dgram_try(struct unix_sock *u, struct socket_msg *m, u32 flags, struct scm_cookie *scm, u64 *time_ns, u32 *seq)
{
	struct unix_msg *msg;
	int error = 0;
	ssize_t ret;
	size_t at;

	mutex_lock(&u->iolock);
	msg = dgram_next(u, flags, &at, seq, &error);
	if (!msg) {
		mutex_unlock(&u->iolock);
		return error;
	}
	ret = dgram_copy(u, m, msg, at, flags);
	if (ret == -EFAULT && !(flags & MSG_PEEK)) { /* ours alone: no need for the lock */
		size_t len = min_t(size_t, msg->len, iter_count(m->iter));

		mutex_unlock(&u->iolock);
		if (fault_in_iter_writeable(m->iter, len) < len || !len)
			ret = dgram_copy(u, m, msg, at, flags);
		mutex_lock(&u->iolock);
	}
	if (ret >= 0) {
		*time_ns = msg->time_ns;
		dgram_received(u, msg, scm, min_t(size_t, ret, msg->len - at), flags);
	}
	mutex_unlock(&u->iolock);
	if (!(flags & MSG_PEEK)) {
		unix_msg_destroy(msg, false);
		if (wq_has_sleeper(&u->peer_wait))
			wake_up_queue(&u->peer_wait, TASK_INTERRUPTIBLE | WAKE_SYNC, 1, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	}
	return ret;
}

/* Peeking found memory missing: make it present, then look again. */
static bool peek_again(struct socket_msg *m)
{
	size_t len = iter_count(m->iter);

	return fault_in_iter_writeable(m->iter, len) < len;
}

ssize_t unix_dgram_recvmsg(struct socket *sock, struct socket_msg *m, u32 flags)
{
	struct unix_sock *u = unix_of(sock);
	struct scm_cookie scm;
	u64 time_ns = 0;
	ssize_t ret;
	u32 seq;

	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	scm_init(&scm);
	for (;;) {
		ret = dgram_try(u, m, flags, &scm, &time_ns, &seq);
		if (ret == -EFAULT && (flags & MSG_PEEK) && peek_again(m))
			continue;
		if (ret != -EAGAIN)
			break;
		ret = dgram_wait(u, flags, seq);
		if (ret) {
			ret = min_t(ssize_t, ret, 0); /* the end of a connection reads as nothing */
			break;
		}
	}
	if (READ_ONCE(u->nr_msgs) && waitqueue_active(&u->sk.rd_wait))
		sock_data_ready(&u->sk); /* the wake-up was for one reader: the next one has something too */
	if (ret < 0)
		return ret;
	if (time_ns)
		put_timestamp(u, m, time_ns);
	scm_receive(&u->sk, m, &scm, flags);
	return ret;
}

ssize_t unix_seqpacket_recvmsg(struct socket *sock, struct socket_msg *m, u32 flags)
{
	if (READ_ONCE(sock->sk->state) != SOCK_ESTABLISHED)
		return -ENOTCONN;
	return unix_dgram_recvmsg(sock, m, flags);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_stream.c - bytes in order between two connected sockets.
 *
 * WHAT        A send cuts its bytes into messages of at most UNIX_HEAD_MAX + UNIX_BODY_MAX bytes; a read takes from the first messages
 *             as long as they fit together: same credentials if the reader wants them, and never beyond one that carries files.
 * INVARIANTS  T1  Bytes are copied out under iolock, and counted consumed there, so two readers never get the same byte.
 *             T2  What a pass moved shows in the iter; files go with the first message of a call, never again after a park.
 *             T3  The urgent byte is a message of its own; reads stop before it, and skip it once they begin there.
 * LOCKING     iolock around each read; sk.lock of the queue for insert, unlink and the choice of the next message.
 *             Senders take the peer's sk.lock only.
 * ERRORS      -EPIPE with SIGPIPE, -ENOTCONN, -EISCONN, -EOPNOTSUPP, -ECONNRESET, -EAGAIN, -EFAULT, -EINVAL, -ENOMEM, -EPARK.
 * TESTS       tests/guest/net/stream_test.c, scm_test.c
 */
#include "unix_impl.h"

#include <lib/errno.h>
#include <sync/call.h>
#include <vfs/vfs_port.h>

/* --- send --------------------------------------------------------------------------------------------------- */

/* Into the peer's queue (consumes @msg). -EPIPE: the peer is gone or reads no more. */
static int stream_deliver(struct unix_sock *peer, struct unix_msg *msg)
{
	spin_lock(&peer->sk.lock);
	if (unlikely(peer->sk.is_dead || (peer->sk.shutdown & RCV_SHUTDOWN))) {
		spin_unlock(&peer->sk.lock);
		unix_msg_destroy(msg, false);
		return -EPIPE;
	}
	unix_msg_append_locked(peer, msg);
	if (unlikely(msg->is_urgent))
		WRITE_ONCE(peer->urgent, msg);
	spin_unlock(&peer->sk.lock);
	return 0;
}

/* One message of up to @len bytes; bytes sent or -errno. */
static ssize_t stream_send_one(struct unix_sock *u, struct unix_sock *peer, struct socket_msg *m, struct scm_cookie *scm,
			       size_t len, bool is_urgent, bool with_files)
{
	struct unix_msg *msg;
	int ret = sock_wait_wmem(&u->sk, m->flags & MSG_DONTWAIT);

	if (unlikely(ret))
		return ret;
	msg = unix_msg_create(u, len, UNIX_HEAD_MAX);
	if (unlikely(!msg))
		return -ENOMEM;
	ret = unix_msg_fill(msg, m->iter);
	if (likely(!ret))
		ret = unix_msg_attach(msg, scm, with_files);
	if (unlikely(ret)) {
		unix_msg_destroy(msg, false);
		return ret;
	}
	msg->is_urgent = is_urgent;
	unix_msg_add_creds(msg, peer);
	ret = stream_deliver(peer, msg);
	if (unlikely(ret)) {
		iter_revert(m->iter, len);
		return ret;
	}
	if (unlikely(is_urgent))
		sock_send_sigurg(&peer->sk);
	sock_data_ready(&peer->sk);
	return len;
}

/* All of @m's bytes, the last one urgent if MSG_OOB says so. Bytes sent, and *@error why it ended early. */
static size_t stream_send_all(struct unix_sock *u, struct unix_sock *peer, struct socket_msg *m, struct scm_cookie *scm,
			      int *error)
{
	bool with_files = !call_done(); /* T2 */
	size_t sent = 0;

	while (iter_count(m->iter)) {
		size_t len = iter_count(m->iter);
		bool is_urgent = (m->flags & MSG_OOB) && len == 1;
		ssize_t n;

		if (m->flags & MSG_OOB && !is_urgent)
			len--;
		/* Two messages shall fit into the buffer, so that both sides can work. */
		len = min_t(size_t, len, (READ_ONCE(u->sk.sndbuf) >> 1) - 64);
		len = min_t(size_t, len, UNIX_HEAD_MAX + UNIX_BODY_MAX);
		n = stream_send_one(u, peer, m, scm, len, is_urgent, with_files);
		if (unlikely(n < 0)) {
			*error = n;
			break;
		}
		sent += n;
		with_files = false;
	}
	return sent;
}

ssize_t unix_stream_sendmsg(struct socket *sock, struct socket_msg *m)
{
	struct unix_sock *u = unix_of(sock), *peer;
	struct scm_cookie scm;
	size_t sent = 0;
	int error = 0;

	scm_init(&scm);
	if (unlikely(m->control_len)) {
		unix_gc_throttle();
		error = scm_send(sock, m, &scm);
		if (error)
			return error;
	}
	peer = smp_load_acquire(&u->peer); /* pairs with connect: U1 */
	if (unlikely((m->flags & MSG_OOB) && !iter_count(m->iter)))
		error = -EOPNOTSUPP;
	else if (unlikely(m->name_len))
		error = READ_ONCE(u->sk.state) == SOCK_ESTABLISHED ? -EISCONN : -EOPNOTSUPP;
	else if (unlikely(!peer))
		error = -ENOTCONN;
	else if (unlikely(READ_ONCE(u->sk.shutdown) & SEND_SHUTDOWN))
		error = -EPIPE;
	else
		sent = stream_send_all(u, peer, m, &scm, &error);
	scm_destroy(&scm);
	if (likely(!error) || error == -EPARK)
		return error ? error : (ssize_t)sent;
	if (sent || call_done())
		return sent;
	if (error == -EPIPE && !(m->flags & MSG_NOSIGNAL))
		vfs_send_sigpipe();
	return error;
}

/* --- receive ------------------------------------------------------------------------------------------------- */

/* What reading steps answer besides -errno. */
enum { READ_ENDS = 0, QUEUE_EMPTY = 1, END_OF_FILE = 2, LOOK_AGAIN = 3 };

/* One call's reading. */
struct stream_read {
	struct unix_sock *u;
	struct socket_msg *m;
	struct scm_cookie scm;
	u32 flags;
	size_t copied;
	size_t peek_from; /* bytes that peeking passes over in all */
	bool has_creds;	  /* scm's are those of the first message */
	bool has_name;
};

/* T3: what a read that comes to the urgent byte does. The message to read, or NULL: stop, or with *@dead look again. Lock held. */
static struct unix_msg *pass_urgent_locked(struct stream_read *r, struct unix_msg *msg, struct unix_msg **dead)
{
	struct unix_sock *u = r->u;
	bool peek = r->flags & MSG_PEEK;

	if (msg != u->urgent)
		return msg;
	if (r->copied)
		return NULL;
	if (sock_option(&u->sk, SOCK_OPT_OOBINLINE)) {
		if (!peek)
			WRITE_ONCE(u->urgent, NULL);
		return msg;
	}
	if (peek)
		return NULL;
	unix_msg_unlink_locked(u, msg);
	*dead = msg;
	return NULL;
}

/* An urgent byte that was read leaves an empty message behind. */
static bool is_spent(const struct unix_msg *msg)
{
	return msg->consumed == msg->len;
}

/*
 * The message to read from, or NULL. *@skip starts as the bytes to pass over and ends as the place in the message. *@dead: a message that
 * is to be freed; if nothing was found the caller looks again. Lock held.
 */
static struct unix_msg *stream_next_locked(struct stream_read *r, size_t *skip, struct unix_msg **dead)
{
	struct unix_sock *u = r->u;
	struct unix_msg *msg;

	list_for_each_entry(msg, &u->msgs, node) {
		if (unlikely(is_spent(msg))) {
			if (r->flags & MSG_PEEK)
				continue;
			if (!r->copied) {
				unix_msg_unlink_locked(u, msg);
				*dead = msg;
			}
			return NULL;
		}
		if (unlikely(u->urgent)) {
			msg = pass_urgent_locked(r, msg, dead);
			if (!msg || *dead)
				return NULL;
		}
		if (likely(*skip < unix_msg_left(msg))) {
			*skip += msg->consumed;
			return msg;
		}
		*skip -= unix_msg_left(msg);
	}
	return NULL;
}

/* The message to read from and where in it, or NULL. Takes spent messages away. iolock held. */
static struct unix_msg *stream_next(struct stream_read *r, size_t *at)
{
	struct unix_msg *msg, *dead;

	do {
		dead = NULL;
		*at = r->flags & MSG_PEEK ? r->peek_from + r->copied : 0;
		spin_lock(&r->u->sk.lock);
		msg = stream_next_locked(r, at, &dead);
		spin_unlock(&r->u->sk.lock);
		if (unlikely(dead))
			unix_msg_destroy(dead, true); /* its files may be anything, and iolock is held */
	} while (unlikely(dead));
	return msg;
}

/* @n bytes of @msg were read. True: the read ends here. iolock held. */
static bool stream_consume(struct stream_read *r, struct unix_msg *msg, size_t n)
{
	struct unix_sock *u = r->u;
	bool ends;

	r->copied += n;
	if (unlikely(r->flags & MSG_PEEK)) {
		if (u->sk.peek_off >= 0)
			WRITE_ONCE(u->sk.peek_off, u->sk.peek_off + n);
		unix_msg_take_files(msg, &r->scm, r->flags);
		return r->scm.rights;
	}
	WRITE_ONCE(msg->consumed, msg->consumed + n);
	if (unlikely(u->sk.peek_off > 0))
		WRITE_ONCE(u->sk.peek_off, max_t(int, u->sk.peek_off - (int)n, 0));
	if (unlikely(msg->scm.rights)) {
		spin_lock(&u->sk.lock);
		WRITE_ONCE(u->sk.scm_fds, u->sk.scm_fds - msg->scm.rights->count);
		spin_unlock(&u->sk.lock);
		unix_msg_take_files(msg, &r->scm, 0);
	}
	ends = r->scm.rights;
	if (msg->consumed < msg->len)
		return ends;
	spin_lock(&u->sk.lock);
	unix_msg_unlink_locked(u, msg);
	spin_unlock(&u->sk.lock);
	unix_msg_destroy(msg, false);
	return ends;
}

/* May @msg's bytes follow those of the messages before? Notes credentials and name of the first. */
static bool stream_may_glue(struct stream_read *r, const struct unix_msg *msg)
{
	if (unlikely(r->has_creds)) {
		if (!unix_msg_same_creds(msg, &r->scm))
			return false;
	} else if (unlikely(sock_option(&r->u->sk, SOCK_OPT_PASSCRED))) {
		unix_msg_copy_creds(msg, &r->scm);
		r->has_creds = true;
	}
	if (unlikely(r->m->name && !r->has_name)) {
		unix_copy_name(r->m, msg->from);
		r->has_name = true;
	}
	return true;
}

/* Nothing to read after the @seq-th arrival: END_OF_FILE, -errno, or -EAGAIN to wait. The lock held. */
static int stream_empty_locked(struct unix_sock *u, u32 seq)
{
	int ret;

	if (u->rx_seq != seq) /* the last words of a peer that then shut down are not lost */
		return LOOK_AGAIN;
	if (u->sk.is_dead)
		return -ECONNRESET;
	ret = sock_error(&u->sk);
	if (ret)
		return ret;
	return u->sk.shutdown & RCV_SHUTDOWN ? END_OF_FILE : -EAGAIN;
}

static int stream_empty(struct unix_sock *u, u32 seq)
{
	int ret;

	spin_lock(&u->sk.lock);
	ret = stream_empty_locked(u, seq);
	spin_unlock(&u->sk.lock);
	return ret;
}

static bool stream_wait_is_over(const struct unix_sock *u, u32 seq)
{
	return READ_ONCE(u->rx_seq) != seq || READ_ONCE(u->sk.err) || (READ_ONCE(u->sk.shutdown) & RCV_SHUTDOWN);
}

/* Copy from the queue as long as it fits. READ_ENDS, QUEUE_EMPTY, or -EFAULT: memory is missing. *@seq: arrivals that were seen. */
static int stream_drain(struct stream_read *r, u32 *seq)
{
	struct unix_sock *u = r->u;

	do {
		size_t at, n, want;
		struct unix_msg *msg;

		*seq = READ_ONCE(u->rx_seq); /* before the look: a later arrival is noticed */
		msg = stream_next(r, &at);
		if (!msg)
			return r->copied && !list_empty(&u->msgs) ? READ_ENDS : QUEUE_EMPTY;
		if (!stream_may_glue(r, msg))
			return READ_ENDS;
		want = min_t(size_t, msg->len - at, iter_count(r->m->iter));
		n = unix_msg_copy_nosleep(msg, at, want, r->m->iter);
		if (n && stream_consume(r, msg, n))
			return READ_ENDS;
		if (n < want)
			return -EFAULT;
	} while (iter_count(r->m->iter));
	return READ_ENDS;
}

/* Make the memory that a copy missed present. False: there is none. */
static bool stream_fault_in(struct stream_read *r)
{
	size_t len = min_t(size_t, iter_count(r->m->iter), UNIX_HEAD_MAX + UNIX_BODY_MAX);

	return fault_in_iter_writeable(r->m->iter, len) < len;
}

/* Read until @target bytes are there or the call must end. iolock not held. 0 or -errno. */
static int stream_read_loop(struct stream_read *r, size_t target)
{
	struct unix_sock *u = r->u;

	for (;;) {
		u32 seq;
		int ret;

		mutex_lock(&u->iolock);
		ret = stream_drain(r, &seq);
		if (ret == QUEUE_EMPTY && r->copied < target)
			ret = stream_empty(u, seq);
		mutex_unlock(&u->iolock);
		if (ret == LOOK_AGAIN)
			continue;
		if (ret == -EFAULT) {
			if (stream_fault_in(r))
				continue;
			return r->copied ? 0 : -EFAULT;
		}
		if (ret != -EAGAIN)
			return min(ret, 0);
		if (r->flags & MSG_DONTWAIT)
			return -EAGAIN;
		ret = sock_wait(u->sk.rd_wait, stream_wait_is_over(u, seq), u->sk.rcvtimeo_ns, WAIT_EXCLUSIVE);
		if (ret)
			return ret;
	}
}

/* MSG_OOB: the urgent byte alone. */
static ssize_t stream_recv_urgent(struct unix_sock *u, struct socket_msg *m, u32 flags)
{
	struct unix_msg *msg;
	u8 byte = 0;

	mutex_lock(&u->iolock);
	spin_lock(&u->sk.lock);
	msg = sock_option(&u->sk, SOCK_OPT_OOBINLINE) ? NULL : u->urgent;
	if (msg)
		byte = msg->head[0];
	if (msg && !(flags & MSG_PEEK)) {
		WRITE_ONCE(msg->consumed, 1); /* it stays as a mark: reads before it stop there */
		WRITE_ONCE(u->urgent, NULL);
	}
	spin_unlock(&u->sk.lock);
	mutex_unlock(&u->iolock);
	if (!msg)
		return -EINVAL;
	if (copy_to_iter(&byte, 1, m->iter) != 1)
		return -EFAULT;
	m->flags |= MSG_OOB;
	return 1;
}

static size_t stream_target(const struct unix_sock *u, u32 flags, size_t size)
{
	size_t low = READ_ONCE(u->sk.rcvlowat);

	if (flags & MSG_WAITALL)
		return size;
	return min(low, size) ? min(low, size) : 1;
}

ssize_t unix_stream_recvmsg(struct socket *sock, struct socket_msg *m, u32 flags)
{
	struct unix_sock *u = unix_of(sock);
	struct stream_read r = { .u = u, .m = m, .flags = flags };
	int ret;

	if (unlikely(READ_ONCE(u->sk.state) != SOCK_ESTABLISHED))
		return -EINVAL;
	if (unlikely(flags & MSG_OOB))
		return stream_recv_urgent(u, m, flags);
	scm_init(&r.scm);
	if (unlikely(flags & MSG_PEEK))
		r.peek_from = READ_ONCE(u->sk.peek_off) >= 0 ? (size_t)READ_ONCE(u->sk.peek_off) : call_done();
	ret = stream_read_loop(&r, stream_target(u, flags, iter_count(m->iter)));
	if (!list_empty(&u->msgs) && waitqueue_active(&u->sk.rd_wait))
		sock_data_ready(&u->sk); /* the wake-up was for one reader: the next one has something too */
	if (unlikely(ret == -EPARK)) {
		scm_destroy(&r.scm);
		return ret;
	}
	if (unlikely(r.scm.rights || r.has_creds || sock_option(&u->sk, SOCK_OPT_PASSCRED)))
		scm_receive(&u->sk, m, &r.scm, flags);
	return r.copied ? (ssize_t)r.copied : ret;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_connect.c - listen, connect, accept: how two sockets become each other's peer.
 *
 * WHAT        connect() makes the socket that accept() will return, ties both ends together and puts the new one (an embryo) into the
 *             listener's queue. Data can flow before anybody accepts. Who waits in accept gets embryos in the order of arrival.
 * INVARIANTS  C1  An embryo has a peer from before it can be found in the listener's queue.
 *             C2  While somebody waits in accept the queue of embryos is empty: an arriving one is handed to the first waiter.
 *             C3  A waiter's record leaves the queue with an embryo (key[0]), with the listener's end (result -EINVAL), or by itself.
 * LOCKING     The listener's and the connecting socket's sk.lock, taken as a pair.
 * ERRORS      connect: -ECONNREFUSED, -EPROTOTYPE, -EAGAIN (backlog full), -EISCONN, -EINVAL. accept: -EAGAIN, -EINVAL. -EPARK.
 * TESTS       tests/guest/net/named_test.c
 */
#include "unix_impl.h"

#include <lib/err.h>
#include <lib/errno.h>
#include <linux/net.h>
#include <sync/edge.h>

static const struct edge_wait_ops accept_edge_ops = { .name = "accept" };

/* --- listen, socketpair ------------------------------------------------------------------------------------- */

int unix_listen(struct socket *sock, int backlog)
{
	struct unix_sock *u = unix_of(sock);
	int ret = 0;

	if (!smp_load_acquire(&u->addr)) /* pairs with publish() of unix_name.c */
		return -EINVAL;
	spin_lock(&u->sk.lock);
	if (u->sk.state != SOCK_CLOSED && u->sk.state != SOCK_LISTENING) {
		ret = -EINVAL;
	} else {
		WRITE_ONCE(u->max_backlog, backlog);
		WRITE_ONCE(u->sk.state, SOCK_LISTENING);
	}
	spin_unlock(&u->sk.lock);
	if (ret)
		return ret;
	wake_up_interruptible_all(&u->peer_wait); /* there may be more room */
	sock_set_peer_current(&u->sk); /* what connecting programs will see */
	return 0;
}

int unix_socketpair(struct socket *sa, struct socket *sb)
{
	struct unix_sock *a = unix_of(sa), *b = unix_of(sb);

	sock_set_peer_current(&a->sk);
	sock_set_peer_current(&b->sk);
	a->peer = unix_get(b);
	b->peer = unix_get(a);
	a->sk.state = b->sk.state = SOCK_ESTABLISHED;
	return 0;
}

/* --- connect ------------------------------------------------------------------------------------------------ */

static bool has_room_or_is_gone(const struct unix_sock *other)
{
	return !unix_queue_is_full(other) || READ_ONCE(other->sk.is_dead) || (READ_ONCE(other->sk.shutdown) & RCV_SHUTDOWN);
}

int unix_wait_for_peer(struct unix_sock *other, u64 timeo_ns)
{
	spin_unlock(&other->sk.lock);
	return sock_wait(other->peer_wait, has_room_or_is_gone(other), timeo_ns, WAIT_EXCLUSIVE);
}

/* Why @u may not be connected; both locks held. */
static int connect_check_locked(const struct unix_sock *u, const struct unix_sock *listener)
{
	if (listener->sk.state != SOCK_LISTENING || (listener->sk.shutdown & RCV_SHUTDOWN))
		return -ECONNREFUSED;
	if (unix_queue_is_full(listener))
		return -EAGAIN;
	if (u->sk.state == SOCK_ESTABLISHED)
		return -EISCONN;
	return u->sk.state == SOCK_CLOSED ? 0 : -EINVAL;
}

/* Hand @embryo to the first who waits in accept, else queue it (C2). */
static void enqueue_embryo_locked(struct unix_sock *listener, struct unix_sock *embryo)
{
	struct edge_wait *edge = list_first_entry_or_null(&listener->accept_waiters, struct edge_wait, node);

	if (edge) {
		list_del_init(&edge->node);
		edge->key[0] = (u64)embryo; /* C3 */
		edge_wait_wake(edge, 0);
		return;
	}
	embryo->listener = listener;
	list_add_tail(&embryo->embryo_node, &listener->embryos);
	WRITE_ONCE(listener->nr_embryos, listener->nr_embryos + 1);
}

/* Tie @u to @embryo and offer it; both locks held, checks done. */
static void connect_locked(struct unix_sock *u, struct unix_sock *listener, struct unix_sock *embryo)
{
	embryo->peer = unix_get(u);
	embryo->sk.state = SOCK_ESTABLISHED;
	embryo->addr = listener->addr;
	refcount_inc(&embryo->addr->refs);
	smp_store_release(&u->peer, unix_get(embryo)); /* U1: pairs with the acquire in sending */
	WRITE_ONCE(u->sk.state, SOCK_ESTABLISHED);
	enqueue_embryo_locked(listener, embryo); /* C1 */
}

/* One attempt. 1: the listener died meanwhile, look again; -EAGAIN with the wait over too. */
static int connect_once(struct unix_sock *u, struct unix_sock *listener, struct unix_sock *embryo, bool is_nonblock)
{
	int ret;

	if (u == listener)
		return READ_ONCE(u->sk.state) == SOCK_LISTENING ? -EINVAL : -ECONNREFUSED;
	spin_lock_pair(&u->sk.lock, &listener->sk.lock);
	ret = listener->sk.is_dead ? 1 : connect_check_locked(u, listener);
	if (!ret)
		connect_locked(u, listener, embryo);
	if (ret != -EAGAIN || is_nonblock) {
		spin_unlock_pair(&u->sk.lock, &listener->sk.lock);
		return ret;
	}
	spin_unlock(&u->sk.lock);
	ret = unix_wait_for_peer(listener, u->sk.sndtimeo_ns);
	return ret ? ret : 1;
}

int unix_stream_connect(struct socket *sock, struct sockaddr_storage *addr, int len, bool is_nonblock)
{
	struct unix_sock *u = unix_of(sock), *listener, *embryo;
	int ret = unix_address_check(addr, len);

	if (!ret && sock_option(&u->sk, SOCK_OPT_PASSCRED))
		ret = unix_autobind(u);
	if (ret)
		return ret;
	embryo = unix_sock_create(sock->type);
	if (!embryo)
		return -ENOMEM;
	sock_set_peer_current(&embryo->sk);
	do {
		listener = unix_find(addr, len, sock->type);
		if (IS_ERR(listener)) {
			ret = PTR_ERR(listener);
			break;
		}
		ret = connect_once(u, listener, embryo, is_nonblock);
		if (!ret) {
			sock_copy_peer(&u->sk, &listener->sk);
			sock_data_ready(&listener->sk);
		}
		unix_put(listener);
	} while (ret > 0);
	if (ret)
		unix_sock_release(embryo);
	return ret;
}

/* --- accept ------------------------------------------------------------------------------------------------- */

void unix_accept_abort(struct unix_sock *listener)
{
	struct edge_wait *edge;

	spin_lock(&listener->sk.lock);
	while ((edge = list_first_entry_or_null(&listener->accept_waiters, struct edge_wait, node))) {
		list_del_init(&edge->node);
		edge->key[0] = 0;
		edge_wait_wake(edge, -EINVAL);
	}
	spin_unlock(&listener->sk.lock);
}

/* What is there without waiting: an embryo, NULL, or ERR_PTR. The listener's lock held. */
static struct unix_sock *accept_now_locked(struct unix_sock *listener, bool is_nonblock)
{
	struct unix_sock *embryo;

	if (listener->sk.state != SOCK_LISTENING)
		return ERR_PTR(-EINVAL);
	embryo = list_first_entry_or_null(&listener->embryos, struct unix_sock, embryo_node);
	if (embryo) {
		list_del_init(&embryo->embryo_node);
		embryo->listener = NULL;
		WRITE_ONCE(listener->nr_embryos, listener->nr_embryos - 1);
		return embryo;
	}
	if (is_nonblock)
		return ERR_PTR(-EAGAIN);
	return listener->sk.shutdown & RCV_SHUTDOWN ? ERR_PTR(-EINVAL) : NULL;
}

/* Queue the caller's record, or continue with the one that a parked pass left there. NULL: wait now. */
static struct unix_sock *accept_begin(struct unix_sock *listener, bool is_nonblock, struct edge_wait **edgep)
{
	struct unix_sock *embryo = NULL;
	struct edge_wait *edge;

	*edgep = NULL;
	if (call_resumed()) {
		edge = edge_wait_begin(&accept_edge_ops);
		if (edge_wait_is_resumed(edge)) {
			*edgep = edge;
			return NULL;
		}
		edge_wait_end(edge);
	}
	spin_lock(&listener->sk.lock);
	embryo = accept_now_locked(listener, is_nonblock);
	if (!embryo) {
		edge = edge_wait_begin(&accept_edge_ops);
		edge->home = listener;
		edge->key[0] = 0;
		list_add_tail(&edge->node, &listener->accept_waiters);
		*edgep = edge;
	}
	spin_unlock(&listener->sk.lock);
	return embryo;
}

/* Sleep until an embryo is handed over. */
static struct unix_sock *accept_wait(struct unix_sock *listener, struct edge_wait *edge)
{
	u64 timeo_ns = listener->sk.rcvtimeo_ns;
	int ret = edge_wait_sleep(edge, sock_deadline(timeo_ns)), result;
	struct unix_sock *embryo;

	if (ret == -EPARK)
		return ERR_PTR(ret);
	if (ret) {
		spin_lock(&listener->sk.lock);
		if (edge_wait_is_woken(edge))
			ret = 0;
		else
			list_del_init(&edge->node); /* C3 */
		spin_unlock(&listener->sk.lock);
	}
	embryo = (struct unix_sock *)edge->key[0];
	result = edge_wait_end(edge);
	if (ret)
		return ERR_PTR(sock_wait_result(ret, timeo_ns));
	return result ? ERR_PTR(result) : embryo;
}

struct sock *unix_accept(struct socket *sock, bool is_nonblock)
{
	struct unix_sock *listener = unix_of(sock), *embryo;
	struct edge_wait *edge;

	embryo = accept_begin(listener, is_nonblock, &edge);
	if (edge)
		embryo = accept_wait(listener, edge);
	if (IS_ERR(embryo))
		return ERR_CAST(embryo);
	wake_up_interruptible(&listener->peer_wait);
	return &embryo->sk;
}

void unix_accept_graft(struct socket *fresh, struct sock *sk)
{
	spin_lock(&sk->lock);
	sk->file = fresh->file;
	spin_unlock(&sk->lock);
	fresh->sk = sk;
}

/* --- datagrams ---------------------------------------------------------------------------------------------- */

static bool may_talk(const struct unix_sock *u, const struct unix_sock *other)
{
	const struct unix_sock *peer = READ_ONCE(other->peer);

	return !peer || peer == u;
}

/* @other (owned, or NULL) becomes the peer; returns the former one, owned. */
static int set_dgram_peer(struct unix_sock *u, struct unix_sock *other, struct unix_sock **old)
{
	int ret = 0;

	spin_lock(&u->sk.lock);
	*old = u->peer;
	if (other && !may_talk(u, other)) {
		ret = -EPERM;
	} else {
		if (u->peer)
			unix_peer_wake_end_locked(u, u->peer);
		WRITE_ONCE(u->sk.state, other ? SOCK_ESTABLISHED : SOCK_CLOSED);
		WRITE_ONCE(u->peer, other);
	}
	spin_unlock(&u->sk.lock);
	return ret;
}

int unix_dgram_connect(struct socket *sock, struct sockaddr_storage *addr, int len, bool is_nonblock)
{
	struct unix_sock *u = unix_of(sock), *other = NULL, *old;
	int ret = 0;

	if (len < (int)sizeof(sa_family_t))
		return -EINVAL;
	if (addr->ss_family != AF_UNSPEC) {
		ret = unix_address_check(addr, len);
		if (!ret && sock_option(&u->sk, SOCK_OPT_PASSCRED))
			ret = unix_autobind(u);
		if (ret)
			return ret;
		other = unix_find(addr, len, sock->type);
		if (IS_ERR(other))
			return PTR_ERR(other);
	}
	ret = set_dgram_peer(u, other, &old);
	if (ret) {
		unix_put(other);
		return ret;
	}
	if (old && old != other)
		unix_dgram_disconnected(u, old);
	unix_put(old);
	return 0;
}

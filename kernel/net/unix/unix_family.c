/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_family.c - Unix sockets: birth, shutdown, end; the tables of operations.
 *
 * WHAT        See unix_impl.h for the object and its locks.
 * INVARIANTS  F1  Release runs once for each socket: from its file, or from its listener's release if nobody accepted it. After it the
 *                 socket is dead: senders see that under its lock and stop.
 *             F2  The peer of a released connection is shut down both ways, and has ECONNRESET if the released side left bytes unread.
 * LOCKING     sk.lock of one socket at a time: own flags first, then the peer's, never both. Wake-ups after it.
 * ERRORS      -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -ENFILE, -ENOMEM, -EINVAL.
 * TESTS       tests/guest/net/named_test.c
 */
#include "unix_impl.h"

#include <arch/uaccess.h>
#include <asm/ioctls.h>
#include <asm/siginfo.h>
#include <asm/sockios.h>
#include <lib/errno.h>
#include <linux/sockios.h>
#include <linux/un.h>
#include <sched/cred.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <pages/object.h>
#include <pages/slab.h>
#include <vfs/mount.h>

#define MAX_DGRAM_QLEN_DEFAULT 10

struct unix_limits unix_limits = { .max_dgram_qlen = MAX_DGRAM_QLEN_DEFAULT };

static const struct object_type unix_type = { .name = "UNIX", .owner = "net/unix", .id = 0x0a10, .version = 1 };

static struct {
	struct kmem_cache *cache; /* __final */
} family;

/* --- birth and end of the object ---------------------------------------------------------------------------- */

static void unix_destroy(struct sock *sk)
{
	struct unix_sock *u = unix_sk(sk);

	unix_address_put(u->addr);
	sock_fini(sk);
	kmem_cache_free(family.cache, u);
}

static const struct sock_ops unix_sock_ops = { .name = "unix", .destroy = unix_destroy };

struct unix_sock *unix_sock_create(int type)
{
	struct unix_sock *u = kmem_cache_zalloc(family.cache, GFP_KERNEL_ACCOUNT);

	if (!u)
		return NULL;
	sock_init(&u->sk, &unix_sock_ops, AF_UNIX, type, 0);
	INIT_LIST_HEAD(&u->msgs);
	INIT_LIST_HEAD(&u->embryos);
	INIT_LIST_HEAD(&u->embryo_node);
	INIT_LIST_HEAD(&u->accept_waiters);
	INIT_LIST_HEAD(&u->inflight_node);
	INIT_HLIST_NODE(&u->name_node);
	mutex_init(&u->iolock, RANK_UNIX_SOCK);
	mutex_init(&u->bind_lock, RANK_SOCKET);
	init_waitqueue_head(&u->peer_wait);
	spin_lock_init(&u->peer_wait.lock, RANK_UNIX_PEER_WAIT);
	unix_peer_wake_init(u);
	u->max_backlog = READ_ONCE(unix_limits.max_dgram_qlen);
	unix_names_insert_all(u);
	return u;
}

struct unix_sock *unix_peer_get(struct unix_sock *u)
{
	struct unix_sock *peer;

	spin_lock(&u->sk.lock);
	peer = u->peer;
	if (peer)
		unix_get(peer);
	spin_unlock(&u->sk.lock);
	return peer;
}

/* --- release ----------------------------------------------------------------------------------------------- */

/* Mark it dead; returns the peer, whose reference is the caller's now. */
static struct unix_sock *release_begin(struct unix_sock *u, bool *has_unread)
{
	struct unix_sock *peer;

	spin_lock(&u->sk.lock);
	u->sk.is_dead = true;
	u->sk.file = NULL;
	WRITE_ONCE(u->sk.shutdown, SHUTDOWN_MASK);
	WRITE_ONCE(u->sk.state, SOCK_CLOSED);
	peer = u->peer;
	WRITE_ONCE(u->peer, NULL);
	if (peer)
		unix_peer_wake_end_locked(u, peer);
	*has_unread = !list_empty(&u->msgs);
	spin_unlock(&u->sk.lock);
	return peer;
}

/* F2 */
static void hang_up_peer(struct unix_sock *peer, bool is_reset)
{
	spin_lock(&peer->sk.lock);
	WRITE_ONCE(peer->sk.shutdown, SHUTDOWN_MASK);
	if (is_reset)
		WRITE_ONCE(peer->sk.err, ECONNRESET);
	spin_unlock(&peer->sk.lock);
	sock_state_change(&peer->sk, POLL_HUP);
}

static void release_embryos(struct unix_sock *listener)
{
	struct unix_sock *embryo;

	for (;;) {
		spin_lock(&listener->sk.lock);
		embryo = list_first_entry_or_null(&listener->embryos, struct unix_sock, embryo_node);
		if (embryo) {
			list_del_init(&embryo->embryo_node);
			WRITE_ONCE(listener->nr_embryos, listener->nr_embryos - 1);
		}
		spin_unlock(&listener->sk.lock);
		if (!embryo)
			return;
		unix_accept_drop(&embryo->sk);
	}
}

/* @is_embryo: nobody ever read from it, so the peer is reset. */
static void release_socket(struct unix_sock *u, bool is_embryo)
{
	struct unix_sock *peer;
	bool has_unread;

	unix_names_remove(u);
	peer = release_begin(u, &has_unread);
	unix_accept_abort(u);
	wake_up_interruptible_all(&u->peer_wait);
	if (peer && unix_is_connection(u))
		hang_up_peer(peer, has_unread || is_embryo);
	unix_put(peer);
	unix_purge(u);
	release_embryos(u);
	if (u->path.dentry) {
		path_put(&u->path);
		u->path = (struct path){ NULL, NULL };
	}
	unix_put(u);
	unix_gc_kick();
}

void unix_sock_release(struct unix_sock *u)
{
	release_socket(u, false);
}

void unix_accept_drop(struct sock *sk)
{
	release_socket(unix_sk(sk), true);
}

static void unix_release(struct socket *sock)
{
	struct unix_sock *u = unix_of(sock);

	sock->sk = NULL;
	unix_sock_release(u);
}

int unix_shutdown(struct socket *sock, int how)
{
	struct unix_sock *u = unix_of(sock), *peer;
	int mode = how + 1, peer_mode = 0; /* SHUT_* and one more are RCV_SHUTDOWN, SEND_SHUTDOWN, both */

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	spin_lock(&u->sk.lock);
	WRITE_ONCE(u->sk.shutdown, u->sk.shutdown | mode);
	peer = u->peer;
	if (peer)
		unix_get(peer);
	spin_unlock(&u->sk.lock);
	sock_state_change(&u->sk, 0);
	if (mode & RCV_SHUTDOWN)
		unix_accept_abort(u);
	if (peer && unix_is_connection(u)) {
		peer_mode |= mode & RCV_SHUTDOWN ? SEND_SHUTDOWN : 0;
		peer_mode |= mode & SEND_SHUTDOWN ? RCV_SHUTDOWN : 0;
		spin_lock(&peer->sk.lock);
		WRITE_ONCE(peer->sk.shutdown, peer->sk.shutdown | peer_mode);
		spin_unlock(&peer->sk.lock);
		sock_state_change(&peer->sk, peer_mode == SHUTDOWN_MASK ? POLL_HUP : peer_mode & RCV_SHUTDOWN ? POLL_IN : 0);
	}
	unix_put(peer);
	return 0;
}

/* --- ioctl, options ---------------------------------------------------------------------------------------- */

/* FIONREAD: bytes of a stream, or of the first datagram. */
static long bytes_to_read(struct unix_sock *u)
{
	struct unix_msg *msg;
	long bytes = 0;

	if (READ_ONCE(u->sk.state) == SOCK_LISTENING)
		return -EINVAL;
	spin_lock(&u->sk.lock);
	list_for_each_entry(msg, &u->msgs, node) {
		bytes += unix_msg_left(msg);
		if (!unix_is_connection(u))
			break;
	}
	spin_unlock(&u->sk.lock);
	return bytes;
}

static bool is_at_mark(struct unix_sock *u)
{
	bool at_mark;

	spin_lock(&u->sk.lock);
	at_mark = u->urgent && list_first_entry(&u->msgs, struct unix_msg, node) == u->urgent;
	spin_unlock(&u->sk.lock);
	return at_mark;
}

/* SIOCUNIXFILE: a descriptor (O_PATH) of the place that it was bound to. U3 */
static long open_bound_path(const struct unix_sock *u)
{
	struct path path;
	struct file *file;
	int fd;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	if (!smp_load_acquire(&u->addr) || !u->path.dentry) /* pairs with publish() */
		return -ENOENT;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	path = u->path;
	path_get(&path);
	file = dentry_open(&path, O_PATH, current_cred());
	path_put(&path);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

long unix_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct unix_sock *u = unix_of(sock);
	long value;

	switch (cmd) {
	case SIOCOUTQ:
		return put_user_u32(atomic_read(&u->sk.wmem), uaddr(arg));
	case SIOCINQ:
		value = bytes_to_read(u);
		return value < 0 ? value : put_user_u32(value, uaddr(arg));
	case SIOCUNIXFILE:
		return open_bound_path(u);
	case SIOCATMARK:
		return put_user_u32(is_at_mark(u), uaddr(arg));
	default:
		return -ENOIOCTLCMD;
	}
}

int unix_set_peek_off(struct socket *sock, int value)
{
	struct unix_sock *u = unix_of(sock);

	mutex_lock(&u->iolock);
	WRITE_ONCE(u->sk.peek_off, value);
	mutex_unlock(&u->iolock);
	return 0;
}

/* --- tables ------------------------------------------------------------------------------------------------ */

const struct proto_ops unix_stream_ops = {
	.family = AF_UNIX,
	.protocol = "UNIX-STREAM",
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_stream_connect,
	.socketpair = unix_socketpair,
	.accept = unix_accept,
	.accept_graft = unix_accept_graft,
	.accept_drop = unix_accept_drop,
	.getname = unix_getname,
	.poll = unix_stream_poll,
	.ioctl = unix_ioctl,
	.listen = unix_listen,
	.shutdown = unix_shutdown,
	.sendmsg = unix_stream_sendmsg,
	.recvmsg = unix_stream_recvmsg,
	.set_peek_off = unix_set_peek_off,
};

const struct proto_ops unix_dgram_ops = {
	.family = AF_UNIX,
	.protocol = "UNIX",
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_dgram_connect,
	.socketpair = unix_socketpair,
	.getname = unix_getname,
	.poll = unix_dgram_poll,
	.ioctl = unix_ioctl,
	.shutdown = unix_shutdown,
	.sendmsg = unix_dgram_sendmsg,
	.recvmsg = unix_dgram_recvmsg,
	.set_peek_off = unix_set_peek_off,
};

const struct proto_ops unix_seqpacket_ops = {
	.family = AF_UNIX,
	.protocol = "UNIX",
	.release = unix_release,
	.bind = unix_bind,
	.connect = unix_stream_connect,
	.socketpair = unix_socketpair,
	.accept = unix_accept,
	.accept_graft = unix_accept_graft,
	.accept_drop = unix_accept_drop,
	.getname = unix_getname,
	.poll = unix_dgram_poll,
	.ioctl = unix_ioctl,
	.listen = unix_listen,
	.shutdown = unix_shutdown,
	.sendmsg = unix_seqpacket_sendmsg,
	.recvmsg = unix_seqpacket_recvmsg,
	.set_peek_off = unix_set_peek_off,
};

static int unix_create(struct socket *sock, int protocol)
{
	struct unix_sock *u;

	if (protocol && protocol != PF_UNIX)
		return -EPROTONOSUPPORT;
	switch (sock->type) {
	case SOCK_STREAM:
		sock->ops = &unix_stream_ops;
		break;
	case SOCK_RAW: /* BSD has it, as another name of datagrams */
		sock->type = SOCK_DGRAM;
		sock->ops = &unix_dgram_ops;
		break;
	case SOCK_DGRAM:
		sock->ops = &unix_dgram_ops;
		break;
	case SOCK_SEQPACKET:
		sock->ops = &unix_seqpacket_ops;
		break;
	default:
		return -ESOCKTNOSUPPORT;
	}
	u = unix_sock_create(sock->type);
	if (!u)
		return -ENOMEM;
	sock->sk = &u->sk;
	return 0;
}

static const struct net_family_ops unix_family_ops = { .create = unix_create };
static const struct net_family unix_family = { .family = AF_UNIX, .name = "unix", .ops = &unix_family_ops };

void unix_init(void)
{
	family.cache = kmem_cache_create(&unix_type, sizeof(struct unix_sock), 0, SLAB_ACCOUNT | SLAB_PANIC);
	unix_gc_init();
	net_family_register(&unix_family);
}

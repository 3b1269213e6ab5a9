/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sock.h - the protocol's half of a socket: what every family's endpoint has.
 *
 * WHAT        A family embeds struct sock in its own endpoint. It outlives the file when peers, queued messages or lookups
 *             still hold references.
 * INVARIANTS  S1  wmem is the sum of what this sock's messages, queued anywhere, are charged; nobody waits for room while it
 *                 is a quarter of sndbuf or less.
 *             S2  file is set while the socket is open: whoever wants a reference takes it under the family's lock.
 * LOCKING     lock (rank UNIX_QUEUE): state, shutdown, file, and what the family adds. Options are single words, written once.
 * LIFECYCLE   sock_init (1 reference) -> sock_get/put -> last put: ops->destroy
 */
#ifndef NET_SOCK_H
#define NET_SOCK_H

#include <lib/types.h>
#include <lib/uabi_socket.h>
#include <arch/atomic.h>
#include <sync/call.h>
#include <sync/refcount.h>
#include <sync/spinlock.h>
#include <sync/wait.h>

struct cred;
struct file;
struct pid;
struct sock;
struct fasync_struct;

enum sock_state { SOCK_ESTABLISHED = 1, SOCK_CLOSED = 7, SOCK_LISTENING = 10 }; /* the numbers that sock_diag shows */

#define RCV_SHUTDOWN  1
#define SEND_SHUTDOWN 2
#define SHUTDOWN_MASK 3

/* Bits of sock->options: switches that setsockopt stores. */
enum sock_option {
	SOCK_OPT_PASSCRED,
	SOCK_OPT_PASSSEC,
	SOCK_OPT_REUSEADDR,
	SOCK_OPT_REUSEPORT,
	SOCK_OPT_KEEPALIVE,
	SOCK_OPT_BROADCAST,
	SOCK_OPT_DONTROUTE,
	SOCK_OPT_OOBINLINE,
	SOCK_OPT_LINGER,
	SOCK_OPT_DEBUG,
	SOCK_OPT_TIMESTAMP,
	SOCK_OPT_TIMESTAMPNS,
	SOCK_OPT_RXQ_OVFL,
};

struct sock_ops {
	const char *name;
	/* The last reference went. */
	void (*destroy)(struct sock *sk);
};

struct sock {
	struct refcount refs;
	u16 family; /* __final */
	u8 type;    /* __final: SOCK_* as the family understands it */
	u8 state;   /* lock; enum sock_state, read unlocked */
	u8 shutdown; /* lock; RCV_SHUTDOWN | SEND_SHUTDOWN, read unlocked */
	bool is_dead; /* lock: the file is closed */
	int protocol; /* __final */
	const struct sock_ops *ops; /* __final */
	struct spinlock lock; /* rank UNIX_QUEUE */
	unsigned long options; /* bits, atomic */
	int err; /* a positive errno to be reported once; atomic exchange */
	int sndbuf, rcvbuf; /* bytes; single words */
	int rcvlowat, priority, linger_seconds, peek_off;
	u32 scm_fds; /* descriptors in the messages waiting here; lock */
	u32 mark;
	u64 rcvtimeo_ns, sndtimeo_ns; /* DEADLINE_NEVER: none */
	atomic_t wmem; /* S1 */
	struct wait_queue_head rd_wait, wr_wait; /* for something to read; for room, and for a listener's backlog */
	struct fasync_struct *fasync; /* who wants SIGIO */
	struct file *file; /* S2; borrowed, lock */
	struct pid *peer_pid; /* owned; set once under lock */
	const struct cred *peer_cred; /* owned; the same */
	u64 cookie; /* atomic: 0 until asked for */
};

/* What a new sock has: the values of net.core.{wmem,rmem}_default and _max, and the bound of listen(2). */
struct net_limits {
	int wmem_default, rmem_default, wmem_max, rmem_max, somaxconn, optmem_max;
};
extern struct net_limits net_limits;

void sock_init(struct sock *sk, const struct sock_ops *ops, int family, int type, int protocol);
/* What sock_init's owner gives back in destroy(). */
void sock_fini(struct sock *sk);

static inline struct sock *sock_get(struct sock *sk)
{
	refcount_inc(&sk->refs);
	return sk;
}

/* NULL is fine. Not under a lock. */
static inline void sock_put(struct sock *sk)
{
	if (sk && refcount_dec_and_test(&sk->refs))
		sk->ops->destroy(sk);
}

static inline bool sock_option(const struct sock *sk, enum sock_option option)
{
	return READ_ONCE(sk->options) & (1ul << option);
}

/* Take the pending error: 0 or -errno. */
static inline int sock_error(struct sock *sk)
{
	if (likely(!READ_ONCE(sk->err)))
		return 0;
	return -__atomic_exchange_n(&sk->err, 0, __ATOMIC_RELAXED);
}

/* May a writer be told that there is room? (S1) */
static inline bool sock_has_room(const struct sock *sk)
{
	return (long)atomic_read(&sk->wmem) * 4 <= READ_ONCE(sk->sndbuf);
}

/* The absolute end of a wait that may last @timeo_ns: the same in all passes of a call. */
static inline u64 sock_deadline(u64 timeo_ns)
{
	return timeo_ns == DEADLINE_NEVER ? DEADLINE_NEVER : call_deadline(timeo_ns);
}

/* What a program gets for a wait that ended with @ret: a call with a timeout is not restarted. */
static inline int sock_wait_result(int ret, u64 timeo_ns)
{
	if (ret == -ETIME)
		return -EAGAIN;
	return ret == -ERESTARTSYS && timeo_ns != DEADLINE_NEVER ? -EINTR : ret;
}

/* Level wait: 0, -EAGAIN (time), -EINTR, -ERESTARTSYS, -EPARK. */
#define sock_wait(wq, cond, timeo_ns, flags) \
	sock_wait_result(wait_event_kind(wq, cond, WAIT_LEVEL, sock_deadline(timeo_ns), flags), timeo_ns)

/* Wait until the messages in flight leave room in sndbuf. 0, -EPIPE, the pending error, or as sock_wait(). */
int sock_wait_wmem(struct sock *sk, bool is_nonblock) __must_check;
/* A message of @bytes went: let writers know. */
void sock_uncharge(struct sock *sk, u32 bytes);
static inline void sock_charge(struct sock *sk, u32 bytes)
{
	atomic_add(bytes, &sk->wmem);
}

/* Wake readers: something arrived. One exclusive waiter. */
void sock_data_ready(struct sock *sk);
/* Wake everybody: state, shutdown or error changed. @band: POLL_HUP, POLL_IN or 0 for SIGIO. */
void sock_state_change(struct sock *sk, int band);
/* SIGURG for the owner of the file, if it is open. */
void sock_send_sigurg(struct sock *sk);

/* Remember the caller as what the peer will see (SO_PEERCRED) / take over what @from remembers. */
void sock_set_peer_current(struct sock *sk);
void sock_copy_peer(struct sock *sk, struct sock *from);

/* The next number for SO_COOKIE. */
u64 net_next_cookie(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_impl.h - the Unix socket and its messages, for the files of this folder.
 *
 * WHAT        A unix_sock has a queue of messages to read. Sending means to make a message and put it in the peer's queue. A
 *             listener has a queue of embryos instead: sockets whose other end has connected and that nobody has accepted yet.
 * INVARIANTS  U1  A connected stream or seqpacket socket keeps its peer, with a reference, until it is itself released; the peer may be
 *                 dead by then. A datagram socket's peer changes under lock.
 *             U2  Messages leave a queue only under iolock, or in release, or by the garbage collector (whose sockets nobody can reach).
 *             U3  addr and path are set once, addr last with release; readers need no lock.
 *             U4  nr_msgs is the length of msgs; rx_seq moves with every message that arrives.
 * LOCKING     sk.lock for everything marked lock. Two sockets: spin_lock_pair(). iolock (mutex, rank UNIX_SOCK) serialises readers;
 *             user memory is copied under it without sleeping. bind_lock (mutex, rank SOCKET): one name is chosen at a time; inside
 *             a directory's lock.
 * LIFECYCLE   unix_sock_create -> file, or embryo of a listener -> unix_sock_release (dead, out of all tables) -> last reference: freed
 */
#ifndef UNIX_IMPL_H
#define UNIX_IMPL_H

#include <lib/list.h>
#include <net/scm.h>
#include <net/sock.h>
#include <net/socket.h>
#include <sync/mutex.h>
#include <sync/refcount.h>
#include <unix/unix_report.h>

#define UNIX_PATH_OFFSET ((int)offsetof(struct sockaddr_un, sun_path))
#define UNIX_HEAD_MAX	 3776  /* bytes of a message beside its header: the header and these make one page */
#define UNIX_BODY_MAX	 32768 /* bytes of a stream's message in memory of their own */

/* A name. Never changes. */
struct unix_address {
	struct refcount refs;
	int len; /* of the whole address */
	u32 hash;
	struct sockaddr_un name;
	char terminator; /* so that a path of full length is a string */
};

struct unix_msg {
	struct list_head node;	/* the queue's lock */
	struct unix_sock *from; /* owned: who is charged, whose name it bears */
	u32 len;		/* __final */
	u32 consumed;		/* iolock; read unlocked by SIOCINQ */
	u32 truesize;		/* __final: what from->sk.wmem is charged */
	u32 head_len;		/* __final: bytes in head; the rest is in body */
	void *body;		/* owned, NULL: none */
	struct scm_cookie scm;	/* owned: who sent it, and files in flight */
	u64 time_ns;		/* real time of sending; 0: nobody had asked */
	bool is_urgent;		/* __final: one byte of MSG_OOB */
	u8 head[];
};

struct unix_sock {
	struct sock sk;			/* first */
	struct unix_address *addr;	/* U3; owned reference */
	struct path path;		/* U3; owned until release */
	struct inode *bound_inode;	/* U3: what the path's name finds; pinned by path */
	struct unix_sock *peer;		/* U1; owned reference; lock, stream readers: acquire */
	struct list_head msgs;		/* lock */
	u32 nr_msgs;			/* lock, read unlocked */
	u32 max_backlog;		/* lock, read unlocked: messages or embryos that may wait */
	u32 rx_seq;			/* lock, read unlocked */
	u32 nr_embryos;			/* lock, read unlocked */
	struct list_head embryos;	/* lock */
	struct list_head embryo_node;	/* the listener's lock */
	struct unix_sock *listener;	/* borrowed, the listener's lock: whose embryo */
	struct list_head accept_waiters; /* lock: edge_wait.node of who waits in accept */
	struct unix_msg *urgent;	/* lock: the unread byte of MSG_OOB; it stands in msgs */
	struct mutex iolock, bind_lock;
	struct wait_queue_head peer_wait; /* senders and connectors who wait for room here */
	struct wait_queue_entry peer_wake; /* on peer->peer_wait, for our pollers; that queue's lock */
	struct list_head all_node;	/* names lock */
	struct hlist_node name_node;	/* names lock */
	struct list_head inflight_node; /* gc lock: on the list while nr_inflight > 0 */
	u32 nr_inflight;		/* gc lock: references that messages hold */
	u32 gc_refs;			/* gc lock: the collector's own count */
	u8 gc_mark;			/* gc lock */
};

static inline struct unix_sock *unix_sk(struct sock *sk)
{
	return container_of(sk, struct unix_sock, sk);
}
static inline struct unix_sock *unix_of(const struct socket *sock)
{
	return unix_sk(sock->sk);
}
static inline struct unix_sock *unix_get(struct unix_sock *u)
{
	sock_get(&u->sk);
	return u;
}
static inline void unix_put(struct unix_sock *u)
{
	if (u)
		sock_put(&u->sk);
}
static inline bool unix_is_connection(const struct unix_sock *u)
{
	return u->sk.type != SOCK_DGRAM;
}
/* The peer with a reference, or NULL. */
struct unix_sock *unix_peer_get(struct unix_sock *u);
/* More may not wait (Linux lets one more than the backlog in). */
static inline bool unix_queue_is_full(const struct unix_sock *u)
{
	return READ_ONCE(u->nr_msgs) + READ_ONCE(u->nr_embryos) > READ_ONCE(u->max_backlog);
}

extern const struct proto_ops unix_stream_ops, unix_dgram_ops, unix_seqpacket_ops;

/* --- unix_family.c --- */
struct unix_sock *unix_sock_create(int type) __must_check;
/* The end: nobody finds it, the peer learns of it, the queue is emptied. Consumes the owner's reference. */
void unix_sock_release(struct unix_sock *u);
int unix_shutdown(struct socket *sock, int how);
long unix_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);
int unix_set_peek_off(struct socket *sock, int value);

/* --- unix_name.c --- */
void unix_names_insert_all(struct unix_sock *u);
/* Out of the table of names and the list of all. */
void unix_names_remove(struct unix_sock *u);
struct seq_file;
/* Call show for each socket, under the names lock. */
struct unix_visitor {
	const struct unix_visitor_ops *ops;
};
struct unix_visitor_ops {
	void (*visit)(struct unix_visitor *visitor, struct unix_sock *u);
};
void unix_names_each(struct unix_visitor *visitor);
int unix_bind(struct socket *sock, struct sockaddr_storage *addr, int len);
/* A name of five hex digits in the abstract space, unless it has one. */
int unix_autobind(struct unix_sock *u);
int unix_getname(struct socket *sock, struct sockaddr_storage *addr, bool peer);
/* Is this an address at all? -EINVAL. */
int unix_address_check(const struct sockaddr_storage *addr, int len);
/* Who has that name: a reference, or ERR_PTR(-ECONNREFUSED, -EPROTOTYPE, those of the path walk). */
struct unix_sock *unix_find(struct sockaddr_storage *addr, int len, int type);
void unix_address_put(struct unix_address *addr);
/* The sender's name into a message being received. */
void unix_copy_name(struct socket_msg *msg, const struct unix_sock *from);

/* --- unix_msg.c --- */
/* A message of @len bytes, not filled, charged to @from. NULL: no memory. @linear_max: what Linux would keep in one piece. */
struct unix_msg *unix_msg_create(struct unix_sock *from, size_t len, size_t linear_max) __must_check;
/* Uncharges and drops everything. */
void unix_msg_destroy(struct unix_msg *msg, bool deferred);
/* -EFAULT; the iter does not move then. */
int unix_msg_fill(struct unix_msg *msg, struct iter *from) __must_check;
/* Copy out without sleeping; bytes copied. */
size_t unix_msg_copy_nosleep(const struct unix_msg *msg, size_t at, size_t len, struct iter *to);
/* Append to @to's queue; its lock held. */
void unix_msg_append_locked(struct unix_sock *to, struct unix_msg *msg);
void unix_msg_unlink_locked(struct unix_sock *u, struct unix_msg *msg);
/* Give the message what it carries besides: @scm's files (if @with_files) and sender. 0, -ETOOMANYREFS. */
int unix_msg_attach(struct unix_msg *msg, struct scm_cookie *scm, bool with_files) __must_check;
/* If one side wants credentials and the program gave none: the current process. */
void unix_msg_add_creds(struct unix_msg *msg, const struct unix_sock *to);
/* Move (or, peeking, copy) what the message carries to the receiver's cookie. */
void unix_msg_take_files(struct unix_msg *msg, struct scm_cookie *scm, u32 flags);
void unix_msg_copy_creds(const struct unix_msg *msg, struct scm_cookie *scm);
bool unix_msg_same_creds(const struct unix_msg *msg, const struct scm_cookie *scm);
void unix_purge(struct unix_sock *u);

static inline u32 unix_msg_left(const struct unix_msg *msg)
{
	return msg->len - READ_ONCE(msg->consumed);
}

/* --- unix_connect.c --- */
int unix_stream_connect(struct socket *sock, struct sockaddr_storage *addr, int len, bool is_nonblock);
int unix_dgram_connect(struct socket *sock, struct sockaddr_storage *addr, int len, bool is_nonblock);
int unix_socketpair(struct socket *a, struct socket *b);
int unix_listen(struct socket *sock, int backlog);
struct sock *unix_accept(struct socket *sock, bool is_nonblock);
void unix_accept_graft(struct socket *fresh, struct sock *sk);
void unix_accept_drop(struct sock *sk);
/* Everybody who waits in accept gets -EINVAL: the listener is closed or shut down. */
void unix_accept_abort(struct unix_sock *listener);

/* --- unix_stream.c, unix_dgram.c --- */
ssize_t unix_stream_sendmsg(struct socket *sock, struct socket_msg *msg);
ssize_t unix_stream_recvmsg(struct socket *sock, struct socket_msg *msg, u32 flags);
ssize_t unix_dgram_sendmsg(struct socket *sock, struct socket_msg *msg);
ssize_t unix_dgram_recvmsg(struct socket *sock, struct socket_msg *msg, u32 flags);
ssize_t unix_seqpacket_sendmsg(struct socket *sock, struct socket_msg *msg);
ssize_t unix_seqpacket_recvmsg(struct socket *sock, struct socket_msg *msg, u32 flags);
/* Wait until @other can take one more message or connection, or is gone; its lock held on entry, not on return. As sock_wait(). */
int unix_wait_for_peer(struct unix_sock *other, u64 timeo_ns);
/* @u no longer talks to @old: what @old sent is dropped. */
void unix_dgram_disconnected(struct unix_sock *u, struct unix_sock *old);

/* --- unix_poll.c --- */
u32 unix_stream_poll(struct file *file, struct socket *sock, struct poll_table *pt);
u32 unix_dgram_poll(struct file *file, struct socket *sock, struct poll_table *pt);
void unix_peer_wake_init(struct unix_sock *u);
/* Pollers of @u want to know when its peer @other has room. True: it is (still) full. @u's lock held. */
bool unix_peer_wake_begin_locked(struct unix_sock *u, struct unix_sock *other);
/* @other is the peer no more. @u's lock held. */
void unix_peer_wake_end_locked(struct unix_sock *u, struct unix_sock *other);

/* --- unix_gc.c --- */
/* These files are in a message from now on / no more. */
int unix_inflight_add(struct scm_rights *rights) __must_check;
void unix_inflight_remove(struct scm_rights *rights);
/* Another set of references for MSG_PEEK, at a moment when the collector does not count. */
struct scm_rights *unix_inflight_dup(const struct scm_rights *rights);
/* Something went that may have held a cycle together. */
void unix_gc_kick(void);
/* A sender waits while there are far too many files in flight. */
void unix_gc_throttle(void);
void unix_gc_init(void);

#endif

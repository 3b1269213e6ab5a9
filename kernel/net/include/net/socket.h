/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket.h - the file's half of a socket, families, and one message on its way through a call.
 *
 * WHAT        struct socket lies beside its inode on sockfs. It names the family's operations and the protocol's half.
 * LIFECYCLE   socket_create -> socket_file_create -> last fput: ops->release, then the inode goes
 */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include <lib/types.h>
#include <lib/uabi_socket.h>
#include <mm/iter.h>
#include <vfs/file.h>
#include <vfs/inode.h>

struct poll_table;
struct proto_ops;
struct sock;
struct scm_rights;

struct socket {
	const struct proto_ops *ops; /* __final after creation; NULL after release */
	struct sock *sk;	     /* owned by the family; __final after creation or accept */
	struct file *file;	     /* borrowed: what stands for it */
	const char *protocol;	     /* __final once there is a file: ops->protocol */
	short type;		     /* __final: SOCK_* as the program asked for */
	struct inode inode;
};

/* One message. Sending: @name and @control are input. Receiving: the family fills name (if not NULL) and flags. */
struct socket_msg {
	struct iter *iter;
	struct sockaddr_storage *name; /* NULL: nobody gave one, or wants one */
	int name_len;
	u32 flags;	     /* send: MSG_*; receive: what goes to msg_flags */
	const u8 *control;   /* send: kernel copy of ancillary data */
	size_t control_len;
	uaddr_t ucontrol;    /* receive: what is left of the program's buffer */
	size_t ucontrol_len;
	bool has_control;    /* receive: there is a buffer at all */
};

/*
 * What a family does. Waits are level waits and may return -EPARK; what was moved by then shows in the message's iter. accept is an
 * edge wait: its record stays queued while parked, and the caller passes the same socket again.
 */
struct proto_ops {
	int family;
	const char *protocol; /* what the attribute system.sockprotoname says */
	void (*release)(struct socket *sock);
	int (*bind)(struct socket *sock, struct sockaddr_storage *addr, int len);
	int (*connect)(struct socket *sock, struct sockaddr_storage *addr, int len, bool is_nonblock);
	int (*socketpair)(struct socket *a, struct socket *b);
	/* The next connection's protocol half with a reference, to be given to accept_graft(); or ERR_PTR. */
	struct sock *(*accept)(struct socket *sock, bool is_nonblock);
	void (*accept_graft)(struct socket *fresh, struct sock *sk);
	/* Nobody takes the connection after all. */
	void (*accept_drop)(struct sock *sk);
	/* Length of the address written to @addr, or -errno. */
	int (*getname)(struct socket *sock, struct sockaddr_storage *addr, bool peer);
	u32 (*poll)(struct file *file, struct socket *sock, struct poll_table *pt);
	long (*ioctl)(struct socket *sock, unsigned int cmd, unsigned long arg);
	int (*listen)(struct socket *sock, int backlog);
	int (*shutdown)(struct socket *sock, int how);
	/* NULL: -EOPNOTSUPP, as are levels it does not know. */
	int (*setsockopt)(struct socket *sock, int level, int name, uaddr_t val, int len);
	int (*getsockopt)(struct socket *sock, int level, int name, uaddr_t val, uaddr_t len);
	/* Bytes taken, or -errno. */
	ssize_t (*sendmsg)(struct socket *sock, struct socket_msg *msg);
	/* Bytes given, or -errno. @flags: MSG_* of the call. */
	ssize_t (*recvmsg)(struct socket *sock, struct socket_msg *msg, u32 flags);
	int (*set_peek_off)(struct socket *sock, int value); /* NULL: -EOPNOTSUPP */
};

struct net_family_ops {
	/* Set sock->ops and sock->sk. -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -ENOMEM. */
	int (*create)(struct socket *sock, int protocol);
};

struct net_family {
	int family;
	const char *name;
	const struct net_family_ops *ops;
};

/* For ever; at boot. */
void net_family_register(const struct net_family *family);

/* The socket behind @file, or NULL when it is none. Borrowed. */
struct socket *socket_of_file(const struct file *file);
static inline struct socket *socket_of_inode(struct inode *inode)
{
	return container_of(inode, struct socket, inode);
}

/* A socket of @family without a file: -EAFNOSUPPORT, -EINVAL, those of create. ERR_PTR. Undone by socket_release(). */
struct socket *socket_create(int family, int type, int protocol) __must_check;
/* An empty one of @like's kind, for accept. */
struct socket *socket_create_like(const struct socket *like) __must_check;
void socket_release(struct socket *sock);
/* A file for @sock: O_NONBLOCK in @flags. Consumes @sock on success. */
struct file *socket_file_create(struct socket *sock, unsigned int flags) __must_check;

extern const struct file_operations socket_file_ops;

/* SOL_SOCKET options of every family. */
int sock_setsockopt(struct socket *sock, int name, uaddr_t val, int len);
int sock_getsockopt(struct socket *sock, int name, uaddr_t val, uaddr_t len);

/* Send or receive with the security hooks and the flags of the file; what the calls and the file's methods use. */
ssize_t socket_sendmsg(struct socket *sock, struct socket_msg *msg);
ssize_t socket_recvmsg(struct socket *sock, struct socket_msg *msg, u32 flags);

#endif

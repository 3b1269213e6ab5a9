/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scm.h - what travels beside the bytes of a message: open files and credentials.
 *
 * WHAT        A struct scm_cookie is filled from the sender's control data, handed over to a message, and on the other side
 *             turned into control data and descriptors of the receiver.
 * LIFECYCLE   scm_send -> (the family takes parts over) -> scm_destroy; scm_receive ends a receiver's.
 */
#ifndef NET_SCM_H
#define NET_SCM_H

#include <lib/types.h>
#include <lib/list.h>
#include <lib/uabi_socket.h>

struct file;
struct pid;
struct socket;
struct socket_msg;
struct sock;
struct user_struct;

/* Files in flight. */
struct scm_rights {
	u32 count; /* at most SCM_MAX_FD */
	u32 room;
	struct user_struct *user; /* owned: whose limit they count against */
	struct file **files;	  /* owned references */
};

struct scm_cookie {
	struct pid *pid; /* owned; NULL: unknown */
	kuid_t uid;
	kgid_t gid;
	struct scm_rights *rights; /* owned, or NULL */
};

static inline void scm_init(struct scm_cookie *scm)
{
	*scm = (struct scm_cookie){ .uid = INVALID_UID, .gid = INVALID_GID };
}

/* Give back what the cookie still owns. */
void scm_destroy(struct scm_cookie *scm);
/* Read the sender's control data. -EINVAL, -EBADF, -EPERM, -ESRCH, -ENOMEM. */
int scm_send(struct socket *sock, const struct socket_msg *msg, struct scm_cookie *scm) __must_check;
/* Note who the current process is. */
void scm_set_current(struct scm_cookie *scm);
/* Give the receiver what it asked for; the cookie is empty afterwards. @flags: MSG_CMSG_CLOEXEC. */
void scm_receive(struct sock *sk, struct socket_msg *msg, struct scm_cookie *scm, u32 flags);

/* Another set of references to the same files. NULL: no memory. */
struct scm_rights *scm_rights_dup(const struct scm_rights *rights) __must_check;
/* Drop the references; @deferred: a kernel thread closes what nobody else holds. NULL is fine. */
void scm_rights_destroy(struct scm_rights *rights, bool deferred);

/* Append one control message to the receiver's buffer; MSG_CTRUNC when it does not fit. */
void put_cmsg(struct socket_msg *msg, int level, int type, size_t len, const void *data);

#endif

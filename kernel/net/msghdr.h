/* SPDX-License-Identifier: GPL-2.0-only */
/* msghdr.h - struct msghdr and addresses between user memory and one message. */
#ifndef NET_MSGHDR_H
#define NET_MSGHDR_H

#include <net/socket.h>

#define CONTROL_INLINE 64

/* The storage behind one socket_msg made from a user's msghdr. */
struct msg_import {
	struct socket_msg msg;
	struct iter iter;
	struct user_msghdr user;
	struct iovec fast[ITER_FAST_SEGS];
	struct iovec *slow;  /* owned */
	u8 *control;	     /* owned, or control_fast */
	struct sockaddr_storage name;
	u8 control_fast[CONTROL_INLINE] __aligned(8);
};

/* An address of @len bytes. -EINVAL, -EFAULT. */
int address_from_user(uaddr_t uaddr_, int len, struct sockaddr_storage *addr) __must_check;
/* @len bytes of @addr to the program, cut at *@ulen; *@ulen becomes @len. -EINVAL, -EFAULT. */
int address_to_user(const struct sockaddr_storage *addr, int len, uaddr_t uaddr_, uaddr_t ulen) __must_check;

/* For sendmsg: name, bytes and control data. Undone by msg_import_end(). */
int msg_import_send(struct msg_import *im, uaddr_t umsg) __must_check;
/* For recvmsg: where things go. */
int msg_import_receive(struct msg_import *im, uaddr_t umsg) __must_check;
/* After a receive: name, flags and lengths back to the program. */
int msg_export(struct msg_import *im, uaddr_t umsg) __must_check;
void msg_import_end(struct msg_import *im);

#endif

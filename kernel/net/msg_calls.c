/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * msg_calls.c - the system calls that move messages.
 *
 * WHAT        sendto, recvfrom, sendmsg, recvmsg and the calls for many messages. Each sets up one socket_msg and asks the family.
 * INVARIANTS  I1  call_done() counts the bytes of the present message that earlier passes moved (law 1); the iter starts after them,
 *                 and what the program gets is the sum.
 *             I2  sendmmsg and recvmmsg keep the number of finished messages in object slot 1 and recvmmsg its absolute deadline
 *                 in slot 0, both as numbers, while the call is parked; a new message starts with a clean struct call.
 * ERRORS      -EBADF, -ENOTSOCK, -EFAULT, -EINVAL, those of msghdr.c and of the family.
 * TESTS       tests/guest/net/stream_test.c, named_test.c
 */
#include "msghdr.h"
#include "socket_ref.h"

#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/time_units.h>
#include <net/net_calls.h>
#include <net/sock.h>
#include <sched/task.h>
#include <sync/call.h>
#include <time/ktime.h>

#define MMSG_MAX 1024 /* messages of one call */

/* Fold one pass into the call (I1). */
static inline ssize_t pass_result(ssize_t ret, size_t moved)
{
	u64 done = call_current()->done;

	if (unlikely(ret == -EPARK)) {
		call_done_add(moved);
		return ret;
	}
	if (likely(!done))
		return ret;
	return ret < 0 ? (ssize_t)done : (ssize_t)done + ret;
}

static ssize_t send_pass(struct socket *sock, const struct file *file, struct socket_msg *msg, u32 flags)
{
	size_t before;

	if (unlikely(call_current()->done))
		iter_advance(msg->iter, call_current()->done);
	before = iter_count(msg->iter);
	msg->flags = flags | (file->f_flags & O_NONBLOCK ? MSG_DONTWAIT : 0);
	return pass_result(socket_sendmsg(sock, msg), before - iter_count(msg->iter));
}

static ssize_t recv_pass(struct socket *sock, const struct file *file, struct socket_msg *msg, u32 flags)
{
	size_t before;

	if (unlikely(call_current()->done))
		iter_advance(msg->iter, call_current()->done);
	before = iter_count(msg->iter);
	msg->flags = 0;
	return pass_result(socket_recvmsg(sock, msg, flags | (file->f_flags & O_NONBLOCK ? MSG_DONTWAIT : 0)),
			   before - iter_count(msg->iter));
}

#define MSG_CMSG_COMPAT 0x80000000u /* a 32-bit caller's: not for callers to say */

/* --- one buffer -------------------------------------------------------------------------------------------- */

long sys_sendto(int fd, uaddr_t buf, size_t len, u32 flags, uaddr_t addr, int addrlen)
{
	struct sockaddr_storage name;
	struct socket_msg msg = { 0 };
	struct iter iter;
	int error;

	if (import_ubuf(ITER_SOURCE, buf, min(len, MAX_RW_COUNT), &iter))
		return -EFAULT;

	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	if (ref.error)
		return ref.error;
	msg.iter = &iter;
	if (!uaddr_is_null(addr)) {
		error = address_from_user(addr, addrlen, &name);
		if (error)
			return error;
		msg.name = addrlen ? &name : NULL;
		msg.name_len = addrlen;
	}
	return send_pass(ref.sock, ref.f.file, &msg, flags);
}

long sys_recvfrom(int fd, uaddr_t buf, size_t len, u32 flags, uaddr_t addr, uaddr_t addrlen)
{
	struct sockaddr_storage name;
	struct socket_msg msg = { 0 };
	struct iter iter;
	ssize_t ret;
	int error;

	if (import_ubuf(ITER_DEST, buf, min(len, MAX_RW_COUNT), &iter))
		return -EFAULT;

	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	if (ref.error)
		return ref.error;
	msg.iter = &iter;
	msg.name = uaddr_is_null(addr) ? NULL : &name;
	ret = recv_pass(ref.sock, ref.f.file, &msg, flags);
	if (ret < 0 || !msg.name)
		return ret;
	error = address_to_user(&name, msg.name_len, addr, addrlen);
	return error ? error : ret;
}

/* --- one msghdr -------------------------------------------------------------------------------------------- */

static ssize_t send_one(struct socket *sock, const struct file *file, uaddr_t umsg, u32 flags)
{
	struct msg_import im;
	ssize_t ret = msg_import_send(&im, umsg);

	if (ret)
		return ret;
	ret = send_pass(sock, file, &im.msg, flags);
	msg_import_end(&im);
	return ret;
}

static ssize_t recv_one(struct socket *sock, const struct file *file, uaddr_t umsg, u32 flags, u32 *out_flags)
{
	struct msg_import im;
	ssize_t ret = msg_import_receive(&im, umsg);
	int error;

	if (ret)
		return ret;
	ret = recv_pass(sock, file, &im.msg, flags);
	if (ret >= 0) {
		im.msg.flags |= flags & MSG_CMSG_CLOEXEC;
		*out_flags = im.msg.flags;
		error = msg_export(&im, umsg);
		ret = error ? error : ret;
	}
	msg_import_end(&im);
	return ret;
}

long sys_sendmsg(int fd, uaddr_t umsg, u32 flags)
{
	if (flags & MSG_CMSG_COMPAT)
		return -EINVAL;

	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	return ref.error ? ref.error : send_one(ref.sock, ref.f.file, umsg, flags);
}

long sys_recvmsg(int fd, uaddr_t umsg, u32 flags)
{
	u32 out_flags;

	if (flags & MSG_CMSG_COMPAT)
		return -EINVAL;

	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	return ref.error ? ref.error : recv_one(ref.sock, ref.f.file, umsg, flags, &out_flags);
}

/* --- many -------------------------------------------------------------------------------------------------- */

/* The present message is over: the next one has no bytes behind it and its own timeout (I2). */
static void next_message(void)
{
	struct call *call = call_current();

	call->done = 0;
	call->has_deadline = false;
}

static u32 take_index(void)
{
	return (u32)(unsigned long)call_take(1);
}

static void keep_index(u32 index)
{
	call_keep(1, (void *)(unsigned long)index);
}

static uaddr_t nth_message(uaddr_t msgvec, u32 index)
{
	return uaddr_add(msgvec, (size_t)index * sizeof(struct user_mmsghdr));
}

static int put_length(uaddr_t message, ssize_t len)
{
	return put_user_u32(len, uaddr_add(message, offsetof(struct user_mmsghdr, msg_len)));
}

long sys_sendmmsg(int fd, uaddr_t msgvec, u32 vlen, u32 flags)
{
	u32 i = take_index();
	ssize_t ret = 0;

	if (flags & MSG_CMSG_COMPAT)
		return -EINVAL;

	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	if (ref.error)
		return i ? (long)i : ref.error;
	vlen = min_t(u32, vlen, MMSG_MAX);
	for (; i < vlen; i++) {
		uaddr_t message = nth_message(msgvec, i);

		ret = send_one(ref.sock, ref.f.file, message, flags);
		if (ret < 0)
			break;
		ret = put_length(message, ret);
		if (ret)
			break;
		next_message();
		if (current_signal_pending()) {
			i++;
			break;
		}
	}
	if (ret == -EPARK) {
		keep_index(i);
		return ret;
	}
	return i ? (long)i : ret;
}

/* recvmmsg's own end: computed on the first pass (I2). DEADLINE_NEVER without one. */
static int batch_deadline(uaddr_t timeout, u64 *deadline_ns)
{
	struct timespec64 ts;
	u64 kept = (u64)call_take(0);

	*deadline_ns = DEADLINE_NEVER;
	if (uaddr_is_null(timeout))
		return 0;
	if (kept) { /* the program's words may be other ones by now */
		*deadline_ns = kept;
		return 0;
	}
	if (get_user_obj(&ts, timeout))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	*deadline_ns = ktime_get_ns() + (u64)timespec64_to_ns(&ts);
	return 0;
}

static int put_time_left(uaddr_t timeout, u64 deadline_ns)
{
	u64 now = ktime_get_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
	struct timespec64 ts = { .tv_sec = left / NSEC_PER_SEC, .tv_nsec = left % NSEC_PER_SEC };

	return put_user_obj(&ts, timeout);
}

/* Messages from *@index on. 0, or why it ended early. */
static ssize_t recv_batch(struct socket *sock, const struct file *file, uaddr_t msgvec, u32 vlen, u32 flags, u64 deadline_ns,
			  u32 *index)
{
	while (*index < vlen) {
		uaddr_t message = nth_message(msgvec, *index);
		u32 dont_wait = *index && (flags & MSG_WAITFORONE) ? MSG_DONTWAIT : 0, out_flags = 0;
		ssize_t ret = recv_one(sock, file, message, (flags & ~MSG_WAITFORONE) | dont_wait, &out_flags);

		if (ret >= 0)
			ret = put_length(message, ret);
		if (ret)
			return ret;
		next_message();
		++*index;
		if ((out_flags & MSG_OOB) || (deadline_ns != DEADLINE_NEVER && ktime_get_ns() >= deadline_ns))
			break;
	}
	return 0;
}

long sys_recvmmsg(int fd, uaddr_t msgvec, u32 vlen, u32 flags, uaddr_t timeout)
{
	u32 index = take_index();
	u64 deadline_ns;
	int error = batch_deadline(timeout, &deadline_ns);
	ssize_t ret;

	if (flags & MSG_CMSG_COMPAT)
		return -EINVAL;
	if (error)
		return error;

	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);
	struct socket *sock = ref.sock;

	if (ref.error)
		return index ? (long)index : ref.error;
	ret = index || !sock->sk ? 0 : sock_error(sock->sk);
	if (!ret)
		ret = recv_batch(sock, ref.f.file, msgvec, min_t(u32, vlen, MMSG_MAX), flags, deadline_ns, &index);
	if (ret < 0 && ret != -EPARK && ret != -EAGAIN && index && sock->sk)
		WRITE_ONCE(sock->sk->err, -ret); /* the next call reports it */
	if (ret == -EPARK) {
		keep_index(index);
		if (deadline_ns != DEADLINE_NEVER)
			call_keep(0, (void *)deadline_ns);
		return ret;
	}
	if (!index)
		return ret;
	if (deadline_ns != DEADLINE_NEVER && put_time_left(timeout, deadline_ns))
		return -EFAULT;
	return index;
}

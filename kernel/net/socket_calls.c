/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_calls.c - the system calls that make, name, connect and end sockets.
 *
 * WHAT        Each call finds the socket behind the descriptor, copies the address, and asks the family's table. The
 *             descriptor is installed last, when nothing can fail any more.
 * INVARIANTS  I1  accept that parks keeps a reference on the listener's file in object slot 0, because its wait record stays in the
 *                 listener's queue; the next pass goes on with that file, whatever the descriptor names by then.
 * ERRORS      -EBADF, -ENOTSOCK, -EFAULT, -EINVAL, -EMFILE, -ENFILE, -EOPNOTSUPP and those of the family.
 * TESTS       tests/guest/net/named_test.c
 */
#include "msghdr.h"
#include "socket_ref.h"

#include <arch/uaccess.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <net/net_calls.h>
#include <net/sock.h>
#include <sync/call.h>

/* --- socket, socketpair ------------------------------------------------------------------------------------ */

static bool type_flags_ok(int type)
{
	return !(type & ~(SOCK_TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK));
}

long sys_socket(int family, int type, int protocol)
{
	struct socket *sock;
	struct file *file;
	int fd;

	if (!type_flags_ok(type))
		return -EINVAL;
	sock = socket_create(family, type & SOCK_TYPE_MASK, protocol);
	if (IS_ERR(sock))
		return PTR_ERR(sock);
	fd = get_unused_fd_flags(type & SOCK_CLOEXEC);
	if (fd < 0) {
		socket_release(sock);
		return fd;
	}
	file = socket_file_create(sock, type & SOCK_NONBLOCK);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		socket_release(sock);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

/* Two connected sockets as files. */
static int pair_files(int family, int type, int protocol, struct file **files)
{
	struct socket *a, *b;
	int ret;

	a = socket_create(family, type & SOCK_TYPE_MASK, protocol);
	if (IS_ERR(a))
		return PTR_ERR(a);
	b = socket_create(family, type & SOCK_TYPE_MASK, protocol);
	ret = PTR_ERR_OR_ZERO(b);
	if (ret)
		goto release_a;
	ret = a->ops->socketpair ? a->ops->socketpair(a, b) : -EOPNOTSUPP;
	if (ret)
		goto release_b;
	files[0] = socket_file_create(a, type & SOCK_NONBLOCK);
	ret = PTR_ERR_OR_ZERO(files[0]);
	if (ret)
		goto release_b;
	files[1] = socket_file_create(b, type & SOCK_NONBLOCK);
	ret = PTR_ERR_OR_ZERO(files[1]);
	if (!ret)
		return 0;
	socket_release(b);
	fput(files[0]);
	return ret;

release_b:
	socket_release(b);
release_a:
	socket_release(a);
	return ret;
}

long sys_socketpair(int family, int type, int protocol, uaddr_t ufds)
{
	struct file *files[2];
	int fds[2] = { -1, -1 };
	int ret;

	if (!type_flags_ok(type))
		return -EINVAL;
	for (int i = 0; i < 2; i++) {
		ret = fds[i] = get_unused_fd_flags(type & SOCK_CLOEXEC);
		if (ret < 0)
			goto put_numbers;
	}
	ret = -EFAULT;
	if (copy_to_user(ufds, fds, sizeof(fds)))
		goto put_numbers;
	ret = pair_files(family, type, protocol, files);
	if (ret)
		goto put_numbers;
	fd_install(fds[0], files[0]);
	fd_install(fds[1], files[1]);
	return 0;

put_numbers:
	for (int i = 0; i < 2; i++) {
		if (fds[i] >= 0)
			put_unused_fd(fds[i]);
	}
	return ret;
}

/* --- names ------------------------------------------------------------------------------------------------- */

long sys_bind(int fd, uaddr_t uaddr_, int addrlen)
{
	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);
	struct sockaddr_storage addr;
	int ret = ref.error ? ref.error : address_from_user(uaddr_, addrlen, &addr);

	return ret ? ret : ref.sock->ops->bind(ref.sock, &addr, addrlen);
}

long sys_connect(int fd, uaddr_t uaddr_, int addrlen)
{
	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);
	struct sockaddr_storage addr;
	int ret = ref.error ? ref.error : address_from_user(uaddr_, addrlen, &addr);

	return ret ? ret : ref.sock->ops->connect(ref.sock, &addr, addrlen, ref.f.file->f_flags & O_NONBLOCK);
}

static long get_name(int fd, uaddr_t uaddr_, uaddr_t ulen, bool peer)
{
	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);
	struct sockaddr_storage addr;
	int ret = ref.error ? ref.error : ref.sock->ops->getname(ref.sock, &addr, peer);

	return ret < 0 ? ret : address_to_user(&addr, ret, uaddr_, ulen);
}

long sys_getsockname(int fd, uaddr_t addr, uaddr_t addrlen)
{
	return get_name(fd, addr, addrlen, false);
}

long sys_getpeername(int fd, uaddr_t addr, uaddr_t addrlen)
{
	return get_name(fd, addr, addrlen, true);
}

/* --- listen, accept, shutdown ------------------------------------------------------------------------------ */

long sys_listen(int fd, int backlog)
{
	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	if (ref.error)
		return ref.error;
	if ((unsigned int)backlog > (unsigned int)READ_ONCE(net_limits.somaxconn))
		backlog = READ_ONCE(net_limits.somaxconn);
	return ref.sock->ops->listen ? ref.sock->ops->listen(ref.sock, backlog) : -EOPNOTSUPP;
}

/* What a connection is accepted into: made before the wait, so that a program without descriptors leaves it in the backlog. */
struct accept_slot {
	int fd;
	struct file *file;
};

static int accept_slot_init(struct accept_slot *slot, struct socket *listener, int flags)
{
	struct socket *fresh;
	int ret;

	slot->fd = get_unused_fd_flags(flags & SOCK_CLOEXEC);
	if (slot->fd < 0)
		return slot->fd;
	fresh = socket_create_like(listener);
	ret = PTR_ERR_OR_ZERO(fresh);
	if (ret)
		goto put_number;
	slot->file = socket_file_create(fresh, flags & SOCK_NONBLOCK);
	ret = PTR_ERR_OR_ZERO(slot->file);
	if (!ret)
		return 0;
	socket_release(fresh);
put_number:
	put_unused_fd(slot->fd);
	return ret;
}

static void accept_slot_fini(struct accept_slot *slot)
{
	put_unused_fd(slot->fd);
	fput(slot->file);
}

/* Give @sk to the slot and its address to the program. The number, or -errno. */
static int accept_finish(struct accept_slot *slot, struct sock *sk, uaddr_t uaddr_, uaddr_t ulen)
{
	struct socket *fresh = socket_of_file(slot->file);
	struct sockaddr_storage addr;
	int ret = 0;

	fresh->ops->accept_graft(fresh, sk);
	if (!uaddr_is_null(uaddr_)) {
		ret = fresh->ops->getname(fresh, &addr, true);
		ret = ret < 0 ? -ECONNABORTED : address_to_user(&addr, ret, uaddr_, ulen);
	}
	if (ret) {
		accept_slot_fini(slot);
		return ret;
	}
	fd_install(slot->fd, slot->file);
	return slot->fd;
}

/* @resumed: a wait record may be queued, so nothing may fail before the family took it back. */
static int do_accept(struct file *file, struct socket *listener, uaddr_t addr, uaddr_t addrlen, int flags, bool resumed)
{
	struct accept_slot slot;
	struct sock *sk;
	int ret = 0;

	if (!listener->ops->accept)
		return -EOPNOTSUPP;
	if (!resumed)
		ret = accept_slot_init(&slot, listener, flags);
	if (ret)
		return ret;
	sk = listener->ops->accept(listener, file->f_flags & O_NONBLOCK);
	if (IS_ERR(sk)) {
		if (!resumed)
			accept_slot_fini(&slot);
		return PTR_ERR(sk);
	}
	if (resumed)
		ret = accept_slot_init(&slot, listener, flags);
	if (ret) {
		listener->ops->accept_drop(sk);
		return ret;
	}
	return accept_finish(&slot, sk, addr, addrlen);
}

long sys_accept4(int fd, uaddr_t addr, uaddr_t addrlen, int flags)
{
	int ret;

	if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
		return -EINVAL;

	struct file *kept = call_take(0); /* I1 */
	struct socket_ref ref __free(socket_ref) = kept ? socket_ref_of(kept) : socket_ref_get(fd);

	if (ref.error)
		return ref.error;
	ret = do_accept(ref.f.file, ref.sock, addr, addrlen, flags, kept);
	if (ret == -EPARK)
		call_keep(0, get_file(ref.f.file));
	return ret;
}

long sys_accept(int fd, uaddr_t addr, uaddr_t addrlen)
{
	return sys_accept4(fd, addr, addrlen, 0);
}

long sys_shutdown(int fd, int how)
{
	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	return ref.error ? ref.error : ref.sock->ops->shutdown(ref.sock, how);
}

/* --- options ----------------------------------------------------------------------------------------------- */

long sys_setsockopt(int fd, int level, int name, uaddr_t val, int len)
{
	if (len < 0)
		return -EINVAL;

	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	if (ref.error)
		return ref.error;
	if (level == SOL_SOCKET)
		return sock_setsockopt(ref.sock, name, val, len);
	return ref.sock->ops->setsockopt ? ref.sock->ops->setsockopt(ref.sock, level, name, val, len) : -EOPNOTSUPP;
}

long sys_getsockopt(int fd, int level, int name, uaddr_t val, uaddr_t len)
{
	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);

	if (ref.error)
		return ref.error;
	if (level == SOL_SOCKET)
		return sock_getsockopt(ref.sock, name, val, len);
	return ref.sock->ops->getsockopt ? ref.sock->ops->getsockopt(ref.sock, level, name, val, len) : -EOPNOTSUPP;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* net_calls.h - system-call handlers of sockets. */
#pragma once
#include <lib/types.h>

long sys_socket(int family, int type, int protocol);
long sys_socketpair(int family, int type, int protocol, uaddr_t fds);
long sys_bind(int fd, uaddr_t addr, int addrlen);
long sys_listen(int fd, int backlog);
long sys_accept(int fd, uaddr_t addr, uaddr_t addrlen);
long sys_accept4(int fd, uaddr_t addr, uaddr_t addrlen, int flags);
long sys_connect(int fd, uaddr_t addr, int addrlen);
long sys_getsockname(int fd, uaddr_t addr, uaddr_t addrlen);
long sys_getpeername(int fd, uaddr_t addr, uaddr_t addrlen);
long sys_shutdown(int fd, int how);
long sys_setsockopt(int fd, int level, int name, uaddr_t val, int len);
long sys_getsockopt(int fd, int level, int name, uaddr_t val, uaddr_t len);

long sys_sendto(int fd, uaddr_t buf, size_t len, u32 flags, uaddr_t addr, int addrlen);
long sys_recvfrom(int fd, uaddr_t buf, size_t len, u32 flags, uaddr_t addr, uaddr_t addrlen);
long sys_sendmsg(int fd, uaddr_t msg, u32 flags);
long sys_recvmsg(int fd, uaddr_t msg, u32 flags);
long sys_sendmmsg(int fd, uaddr_t msgvec, u32 vlen, u32 flags);
long sys_recvmmsg(int fd, uaddr_t msgvec, u32 vlen, u32 flags, uaddr_t timeout);

/* Boot. */
void net_init(void);

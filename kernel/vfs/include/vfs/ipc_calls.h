/* SPDX-License-Identifier: GPL-2.0-only */
/* ipc_calls.h - system-call handlers of pipes, splice, poll, epoll and event files. */
#pragma once
#include <lib/types.h>

long sys_pipe(uaddr_t fds);
long sys_pipe2(uaddr_t fds, int flags);

long sys_splice(int fd_in, uaddr_t uoff_in, int fd_out, uaddr_t uoff_out, size_t len, u32 flags);
long sys_tee(int fd_in, int fd_out, size_t len, u32 flags);
long sys_vmsplice(int fd, uaddr_t uvec, u32 nr_segs, u32 flags);

long sys_poll(uaddr_t ufds, u32 nr, int timeout_ms);
long sys_ppoll(uaddr_t ufds, u32 nr, uaddr_t uts, uaddr_t sigmask, size_t sigsetsize);
long sys_select(int nr, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t utv);
long sys_pselect6(int nr, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t uts, uaddr_t usig);
/* restart_syscall() of an interrupted poll(2): the absolute deadline goes on. */
long poll_restart(uaddr_t ufds, u32 nr, u64 deadline_ns);

long sys_epoll_create(int size);
long sys_epoll_create1(int flags);
long sys_epoll_ctl(int epfd, int op, int fd, uaddr_t uevent);
long sys_epoll_wait(int epfd, uaddr_t uevents, int max, int timeout_ms);
long sys_epoll_pwait(int epfd, uaddr_t uevents, int max, int timeout_ms, uaddr_t sigmask, size_t size);
long sys_epoll_pwait2(int epfd, uaddr_t uevents, int max, uaddr_t uts, uaddr_t sigmask, size_t size);

long sys_eventfd(u32 count);
long sys_eventfd2(u32 count, int flags);

long sys_timerfd_create(int clockid, int flags);
long sys_timerfd_settime(int fd, int flags, uaddr_t unew, uaddr_t uold);
long sys_timerfd_gettime(int fd, uaddr_t uvalue);

/* Boot: slab caches, before the first user process. */
void eventpoll_init(void);
void eventfd_init(void);
void timerfd_init(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sweep_base.h - for each call arguments with which it gets as far as looking at each of them.
 *
 * WHAT        An argument has a value by its kind and name (base_of); calls for which that is no good have a row in base_rows. A row
 *             with a call's name may stand there more than once: ioctl, fcntl, prctl, futex and their like are many calls.
 */
#pragma once
#include "call_list.h"
#include <arpa/inet.h>
#include <asm/prctl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Descriptors that make_world() opens, at these numbers. */
enum {
	FD_FILE = 10, FD_DIR, FD_PIPE_IN, FD_PIPE_OUT, FD_SOCK, FD_PEER, FD_EPOLL, FD_EVENT, FD_TIMER, FD_PTM, FD_PTS, FD_PIDFD, FD_MEMFD,
	FD_PATH, FD_FSCONTEXT, FD_LISTEN, FD_NULL, FD_FULL_OUT, FD_FULL_IN, FD_CLOSED
};

#define BUF(i) (BUF_TAG | (uint64_t)(i)) /* the i-th good buffer, zeros */
#define IOV(i) (IOV_TAG | (uint64_t)(i)) /* the same, holding an iovec of 16 good bytes */
#define MSG(i) (MSG_TAG | (uint64_t)(i)) /* the same, holding a msghdr */
#define STR(s) ((uint64_t)(s))
#define BUF_TAG 0x7b00000000000000ull
#define IOV_TAG 0x7c00000000000000ull
#define MSG_TAG 0x7d00000000000000ull
#define TAG_MASK 0xff00000000000000ull

struct base_row {
	const char *name;
	uint64_t args[6];
	unsigned int pointers; /* bit i: argument i is a pointer although table.def says a number */
};

static const struct base_row base_rows[] = {
	{ "poll", { BUF(0), 1, 0 }, 0 },
	{ "mmap", { 0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0 }, 0 },
	{ "mmap", { 0, 8192, PROT_READ, MAP_SHARED, FD_FILE, 0 }, 0 },
	{ "brk", { 0 }, 0 },
	{ "mbind", { 0x2000000000, 8192, 4, BUF(0), 65, 0 }, 0 },
	{ "set_mempolicy", { 4, BUF(0), 65 }, 0 },
	{ "get_mempolicy", { BUF(1), BUF(2), 1024, 0, 0 }, 0 },
	{ "get_mempolicy", { BUF(1), BUF(2), 1024, 0x2000000000, 2 }, 0 },
	{ "migrate_pages", { 0, 65, BUF(0), BUF(1) }, 0 },
	{ "move_pages", { 0, 1, BUF(0), BUF(1), BUF(2), 2 }, 0 },
	{ "move_pages", { 0, 1, BUF(0), 0, BUF(2), 0 }, 0 },
	{ "set_mempolicy_home_node", { 0x2000000000, 8192, 0, 0 }, 0 },
	{ "rt_sigaction", { 10, BUF(1), BUF(2), 8 }, 0 },
	{ "ioctl", { FD_PTM, TCGETS, BUF(2) }, 4 },
	{ "ioctl", { FD_PTM, TIOCGWINSZ, BUF(2) }, 4 },
	{ "ioctl", { FD_PTM, TIOCSWINSZ, BUF(2) }, 4 },
	{ "ioctl", { FD_PTM, TIOCGPTN, BUF(2) }, 4 },
	{ "ioctl", { FD_PTM, TIOCSPTLCK, BUF(2) }, 4 },
	{ "ioctl", { FD_PTS, TCSETS, BUF(2) }, 4 },
	{ "ioctl", { FD_PTS, TCSETSW, BUF(2) }, 4 },
	{ "ioctl", { FD_PTS, TIOCSPGRP, BUF(2) }, 4 },
	{ "ioctl", { FD_PTS, FIONREAD, BUF(2) }, 4 },
	{ "ioctl", { FD_PTS, TIOCSTI, BUF(2) }, 4 },
	{ "ioctl", { FD_PTS, TIOCGSID, BUF(2) }, 4 },
	{ "ioctl", { FD_PIPE_IN, FIONREAD, BUF(2) }, 4 },
	{ "ioctl", { FD_FILE, FIONREAD, BUF(2) }, 4 },
	{ "ioctl", { FD_FILE, FIONBIO, BUF(2) }, 4 },
	{ "ioctl", { FD_FILE, FIOASYNC, BUF(2) }, 4 },
	{ "ioctl", { FD_FILE, FIOQSIZE, BUF(2) }, 4 },
	{ "ioctl", { FD_FILE, FIGETBSZ, BUF(2) }, 4 },
	{ "ioctl", { FD_FILE, TCGETS, BUF(2) }, 4 },
	{ "ioctl", { FD_FILE, 0x12345678, BUF(2) }, 4 },
	{ "ioctl", { FD_SOCK, FIONREAD, BUF(2) }, 4 },
	{ "ioctl", { FD_SOCK, TIOCOUTQ, BUF(2) }, 4 },
	{ "ioctl", { FD_NULL, TCGETS, BUF(2) }, 4 },
	{ "readv", { FD_FILE, IOV(1), 1 }, 0 },
	{ "writev", { FD_FILE, IOV(1), 1 }, 0 },
	{ "preadv", { FD_FILE, IOV(1), 1, 0, 0 }, 0 },
	{ "pwritev", { FD_FILE, IOV(1), 1, 0, 0 }, 0 },
	{ "preadv2", { FD_FILE, IOV(1), 1, 0, 0, 0 }, 0 },
	{ "pwritev2", { FD_FILE, IOV(1), 1, 0, 0, 0 }, 0 },
	{ "read", { FD_EVENT, BUF(1), 8 }, 0 },
	{ "read", { FD_DIR, BUF(1), 8 }, 0 },
	{ "read", { FD_FILE, BUF(1), 16 }, 0 },
	{ "read", { FD_FULL_IN, BUF(1), 16 }, 0 },
	{ "read", { FD_TIMER, BUF(1), 4 }, 0 },
	{ "write", { FD_EVENT, BUF(1), 8 }, 0 },
	{ "write", { FD_PIPE_OUT, BUF(1), 16 }, 0 },
	{ "write", { FD_SOCK, BUF(1), 16 }, 0 },
	{ "write", { FD_FILE, BUF(1), 16 }, 0 },
	{ "ppoll", { BUF(0), 1, BUF(2), BUF(3), 8 }, 0 },
	{ "select", { 16, BUF(1), BUF(2), BUF(3), BUF(4) }, 0 },
	{ "pselect6", { 16, BUF(1), BUF(2), BUF(3), BUF(4), BUF(5) }, 0 },
	{ "mremap", { 0x2000000000, 4096, 4096, 0, 0 }, 0 },
	{ "mprotect", { 0x2000000000, 4096, PROT_READ }, 0 },
	{ "munmap", { 0x2000000000, 4096 }, 0 },
	{ "msync", { 0x2000000000, 4096, MS_ASYNC }, 0 },
	{ "madvise", { 0x2000000000, 4096, MADV_WILLNEED }, 0 },
	{ "mincore", { 0x2000000000, 4096, BUF(2) }, 0 },
	{ "mlock", { 0x2000000000, 4096 }, 0 },
	{ "munlock", { 0x2000000000, 4096 }, 0 },
	{ "mlock2", { 0x2000000000, 4096, 0 }, 0 },
	{ "pkey_mprotect", { 0x2000000000, 4096, PROT_READ, (uint64_t)-1 }, 0 },
	{ "remap_file_pages", { 0x2000000000, 4096, 0, 0, 0 }, 0 },
	{ "dup2", { FD_FILE, 60 }, 0 },
	{ "dup3", { FD_FILE, 61, 0 }, 0 },
	{ "sendfile", { FD_PIPE_OUT, FD_FILE, BUF(2), 16 }, 0 },
	{ "socket", { AF_UNIX, SOCK_STREAM, 0 }, 0 },
	{ "socketpair", { AF_UNIX, SOCK_STREAM, 0, BUF(3) }, 0 },
	{ "connect", { FD_SOCK, BUF(1), 16 }, 0 },
	{ "accept", { FD_LISTEN, BUF(1), BUF(2) }, 0 },
	{ "accept4", { FD_LISTEN, BUF(1), BUF(2), 0 }, 0 },
	{ "bind", { FD_SOCK, BUF(1), 16 }, 0 },
	{ "sendto", { FD_SOCK, BUF(1), 16, 0, 0, 0 }, 0 },
	{ "recvfrom", { FD_FULL_IN, BUF(1), 16, MSG_DONTWAIT, 0, 0 }, 0 },
	{ "recvfrom", { FD_PEER, BUF(1), 16, MSG_DONTWAIT, BUF(4), BUF(5) }, 0 },
	{ "sendmsg", { FD_SOCK, MSG(1), 0 }, 0 },
	{ "recvmsg", { FD_PEER, MSG(1), MSG_DONTWAIT }, 0 },
	{ "sendmmsg", { FD_SOCK, MSG(1), 1, 0 }, 0 },
	{ "recvmmsg", { FD_PEER, MSG(1), 1, MSG_DONTWAIT, BUF(4) }, 0 },
	{ "listen", { FD_LISTEN, 3 }, 0 },
	{ "shutdown", { FD_PTM, 0 }, 0 },
	{ "getsockname", { FD_SOCK, BUF(1), BUF(2) }, 0 },
	{ "getpeername", { FD_SOCK, BUF(1), BUF(2) }, 0 },
	{ "setsockopt", { FD_SOCK, SOL_SOCKET, SO_PASSCRED, BUF(3), 4 }, 0 },
	{ "setsockopt", { FD_SOCK, SOL_SOCKET, SO_RCVTIMEO_OLD, BUF(3), 16 }, 0 },
	{ "setsockopt", { FD_SOCK, SOL_SOCKET, SO_LINGER, BUF(3), 8 }, 0 },
	{ "getsockopt", { FD_SOCK, SOL_SOCKET, SO_TYPE, BUF(3), BUF(4) }, 0 },
	{ "getsockopt", { FD_SOCK, SOL_SOCKET, SO_PEERCRED, BUF(3), BUF(4) }, 0 },
	{ "execve", { STR("elf"), BUF(1), BUF(2) }, 0 },
	{ "execveat", { (uint64_t)AT_FDCWD, STR("elf"), BUF(2), BUF(3), 0 }, 0 },
	{ "wait4", { (uint64_t)-1, BUF(1), WNOHANG, BUF(3) }, 0 },
	{ "waitid", { P_ALL, 0, BUF(2), WEXITED | WNOHANG, BUF(4) }, 0 },
	{ "fcntl", { FD_FILE, F_GETLK, BUF(2) }, 4 },
	{ "fcntl", { FD_FILE, F_SETLK, BUF(2) }, 4 },
	{ "fcntl", { FD_FILE, F_OFD_GETLK, BUF(2) }, 4 },
	{ "fcntl", { FD_FILE, F_GETOWN_EX, BUF(2) }, 4 },
	{ "fcntl", { FD_FILE, F_SETOWN_EX, BUF(2) }, 4 },
	{ "fcntl", { FD_FILE, F_GET_RW_HINT, BUF(2) }, 4 },
	{ "fcntl", { FD_FILE, F_SET_RW_HINT, BUF(2) }, 4 },
	{ "fcntl", { FD_FILE, F_DUPFD, 0 }, 0 },
	{ "fcntl", { FD_FILE, F_SETFL, 0 }, 0 },
	{ "fcntl", { FD_PIPE_IN, F_SETPIPE_SZ, 4096 }, 0 },
	{ "fcntl", { FD_MEMFD, F_ADD_SEALS, 0 }, 0 },
	{ "fcntl", { FD_FILE, F_SETSIG, 0 }, 0 },
	{ "getdents", { FD_DIR, BUF(1), 200 }, 0 },
	{ "getdents64", { FD_DIR, BUF(1), 200 }, 0 },
	{ "getcwd", { BUF(0), 200 }, 0 },
	{ "fchdir", { FD_DIR }, 0 },
	{ "readlink", { STR("link"), BUF(1), 16 }, 0 },
	{ "readlinkat", { (uint64_t)AT_FDCWD, STR("link"), BUF(2), 16 }, 0 },
	{ "getgroups", { 8, BUF(1) }, 0 },
	{ "setgroups", { 1, BUF(1) }, 0 },
	{ "getrlimit", { RLIMIT_CORE, BUF(1) }, 0 },
	{ "setrlimit", { RLIMIT_CORE, BUF(1) }, 0 },
	{ "prlimit64", { 0, RLIMIT_CORE, BUF(2), BUF(3) }, 0 },
	{ "syslog", { 3, BUF(1), 4096 }, 0 },
	{ "rt_sigtimedwait", { BUF(0), BUF(1), BUF(2), 8 }, 0 },
	{ "rt_sigqueueinfo", { 0, 0, BUF(2) }, 0 },
	{ "rt_sigpending", { BUF(0), 8 }, 0 },
	{ "rt_sigprocmask", { SIG_BLOCK, BUF(1), BUF(2), 8 }, 0 },
	{ "personality", { 0xffffffff }, 0 },
	{ "mknod", { STR("nod"), S_IFIFO | 0600, 0 }, 0 },
	{ "mknodat", { (uint64_t)AT_FDCWD, STR("nod2"), S_IFIFO | 0600, 0 }, 0 },
	{ "sysfs", { 3, 0, 0 }, 0 },
	{ "sysfs", { 1, STR("tmpfs"), 0 }, 2 },
	{ "sysfs", { 2, 0, BUF(2) }, 4 },
	{ "sched_setaffinity", { 0, 8, BUF(2) }, 0 },
	{ "sched_getaffinity", { 0, 8, BUF(2) }, 0 },
	{ "sched_getattr", { 0, BUF(1), 48, 0 }, 0 },
	{ "prctl", { PR_SET_NAME, STR("sweep"), 0, 0, 0 }, 2 },
	{ "prctl", { PR_GET_NAME, BUF(1), 0, 0, 0 }, 2 },
	{ "prctl", { PR_GET_PDEATHSIG, BUF(1), 0, 0, 0 }, 2 },
	{ "prctl", { PR_SET_PDEATHSIG, 0, 0, 0, 0 }, 0 },
	{ "prctl", { PR_GET_CHILD_SUBREAPER, BUF(1), 0, 0, 0 }, 2 },
	{ "prctl", { PR_GET_TSC, BUF(1), 0, 0, 0 }, 2 },
	{ "prctl", { PR_GET_UNALIGN, BUF(1), 0, 0, 0 }, 2 },
	{ "prctl", { PR_SET_MM, PR_SET_MM_MAP_SIZE, BUF(2), 0, 0 }, 4 },
	{ "prctl", { PR_SET_DUMPABLE, 1, 0, 0, 0 }, 0 },
	{ "prctl", { PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0 }, 0 },
	{ "prctl", { PR_SET_TIMERSLACK, 50000, 0, 0, 0 }, 0 },
	{ "prctl", { PR_CAPBSET_READ, 0, 0, 0, 0 }, 0 },
	{ "modify_ldt", { 0, BUF(1), 16 }, 0 },
	{ "modify_ldt", { 0x11, BUF(1), 16 }, 0 },
	{ "iopl", { 0 }, 0 },
	{ "ioperm", { 0x80, 1, 0 }, 0 },
	{ "arch_prctl", { ARCH_GET_FS, BUF(1) }, 2 },
	{ "arch_prctl", { ARCH_GET_GS, BUF(1) }, 2 },
	{ "mount", { STR("none"), STR("d"), STR("tmpfs"), 0, BUF(4) }, 0 },
	{ "umount2", { STR("nothing"), 0 }, 0 },
	{ "setxattr", { STR("f"), STR("trusted.x"), BUF(2), 16, 0 }, 0 },
	{ "lsetxattr", { STR("f"), STR("trusted.x"), BUF(2), 16, 0 }, 0 },
	{ "fsetxattr", { FD_FILE, STR("trusted.x"), BUF(2), 16, 0 }, 0 },
	{ "getxattr", { STR("f"), STR("trusted.x"), BUF(2), 64 }, 0 },
	{ "lgetxattr", { STR("f"), STR("trusted.x"), BUF(2), 64 }, 0 },
	{ "fgetxattr", { FD_FILE, STR("trusted.x"), BUF(2), 64 }, 0 },
	{ "listxattr", { STR("f"), BUF(1), 64 }, 0 },
	{ "llistxattr", { STR("f"), BUF(1), 64 }, 0 },
	{ "flistxattr", { FD_FILE, BUF(1), 64 }, 0 },
	{ "removexattr", { STR("f"), STR("trusted.y") }, 0 },
	{ "lremovexattr", { STR("f"), STR("trusted.y") }, 0 },
	{ "fremovexattr", { FD_FILE, STR("trusted.y") }, 0 },
	{ "futex", { BUF(0), FUTEX_WAKE, 1, 0, 0, 0 }, 0 },
	{ "futex", { BUF(0), FUTEX_WAIT, 1, 0, 0, 0 }, 0 },
	{ "futex", { BUF(0), FUTEX_WAIT, 1, BUF(3), 0, 0 }, 0 },
	{ "futex", { BUF(0), FUTEX_WAIT_BITSET, 1, 0, 0, 1 }, 0 },
	{ "futex", { BUF(0), FUTEX_REQUEUE, 1, 1, BUF(4), 0 }, 0 },
	{ "futex", { BUF(0), FUTEX_CMP_REQUEUE, 1, 1, BUF(4), 0 }, 0 },
	{ "futex", { BUF(0), FUTEX_WAKE_OP, 1, 1, BUF(4), 0 }, 0 },
	{ "futex_waitv", { BUF(0), 1, 0, BUF(3), CLOCK_MONOTONIC }, 0 },
	{ "epoll_create", { 1 }, 0 },
	{ "epoll_wait", { FD_EPOLL, BUF(1), 4, 0 }, 0 },
	{ "epoll_pwait", { FD_EPOLL, BUF(1), 4, 0, BUF(4), 8 }, 0 },
	{ "epoll_pwait2", { FD_EPOLL, BUF(1), 4, BUF(3), BUF(4), 8 }, 0 },
	{ "epoll_ctl", { FD_EPOLL, EPOLL_CTL_ADD, FD_PIPE_IN, BUF(3) }, 0 },
	{ "epoll_ctl", { FD_EPOLL, EPOLL_CTL_MOD, FD_EVENT, BUF(3) }, 0 },
	{ "epoll_ctl", { FD_EPOLL, EPOLL_CTL_DEL, FD_SOCK, BUF(3) }, 0 },
	{ "set_robust_list", { BUF(0), 24 }, 0 },
	{ "splice", { FD_FULL_IN, 0, FD_FILE, BUF(3), 4, SPLICE_F_NONBLOCK }, 0 },
	{ "splice", { FD_FILE, BUF(1), FD_PIPE_OUT, 0, 4, SPLICE_F_NONBLOCK }, 0 },
	{ "tee", { FD_FULL_IN, FD_PIPE_OUT, 4, SPLICE_F_NONBLOCK }, 0 },
	{ "vmsplice", { FD_PIPE_OUT, IOV(1), 1, SPLICE_F_NONBLOCK }, 0 },
	{ "vmsplice", { FD_FULL_IN, IOV(1), 1, SPLICE_F_NONBLOCK }, 0 },
	{ "signalfd", { (uint64_t)-1, BUF(1), 8 }, 0 },
	{ "signalfd4", { (uint64_t)-1, BUF(1), 8, 0 }, 0 },
	{ "timerfd_settime", { FD_TIMER, 0, BUF(2), BUF(3) }, 0 },
	{ "timerfd_gettime", { FD_TIMER, BUF(1) }, 0 },
	{ "fallocate", { FD_FILE, 0, 0, 4096 }, 0 },
	{ "copy_file_range", { FD_FILE, BUF(1), FD_MEMFD, BUF(3), 4, 0 }, 0 },
	{ "process_vm_readv", { 0, IOV(1), 1, IOV(3), 1, 0 }, 0 },
	{ "process_vm_writev", { 0, IOV(1), 1, IOV(3), 1, 0 }, 0 },
	{ "statx", { (uint64_t)AT_FDCWD, STR("f"), 0, 0x7ff, BUF(4) }, 0 },
	{ "rseq", { BUF(0), 32, 0, 0 }, 0 },
	{ "pidfd_send_signal", { FD_PIDFD, 0, BUF(2), 0 }, 0 },
	{ "pidfd_getfd", { FD_PIDFD, FD_FILE, 0 }, 0 },
	{ "fsconfig", { FD_FSCONTEXT, 1, STR("source"), STR("none"), 0 }, 0 },
	{ "fsconfig", { FD_FSCONTEXT, 1, STR("size"), STR("4096"), 0 }, 0 },
	{ "fsopen", { STR("tmpfs"), 0 }, 0 },
	{ "fsmount", { FD_FSCONTEXT, 0, 0 }, 0 },
	{ "openat2", { (uint64_t)AT_FDCWD, STR("f"), BUF(2), 24 }, 0 },
	{ "process_madvise", { FD_PIDFD, IOV(1), 1, MADV_COLD, 0 }, 0 },
	{ "mount_setattr", { (uint64_t)AT_FDCWD, STR("."), 0, BUF(3), 32 }, 0 },
	{ "close_range", { 70, 80, 0 }, 0 },
	{ "getrandom", { BUF(0), 16, 0 }, 0 },
	{ "membarrier", { 0, 0, 0 }, 0 },
	{ "kcmp", { 0, 0, 0, FD_FILE, FD_FILE }, 0 },
	{ "clone", { SIGCHLD, 0, BUF(2), BUF(3), 0 }, 0 },
	{ "clone", { SIGCHLD | CLONE_PARENT_SETTID, 0, BUF(2), BUF(3), 0 }, 0 },
	{ "clone3", { BUF(0), 88 }, 0 },
	{ "ioprio_set", { 1, 0, 0 }, 0 },
	{ "ioprio_get", { 1, 0 }, 0 },
	{ "timer_create", { CLOCK_MONOTONIC, BUF(1), BUF(2) }, 0 },
	{ "timer_create", { CLOCK_MONOTONIC, 0, BUF(2) }, 0 },
	{ "getitimer", { ITIMER_REAL, BUF(1) }, 0 },
	{ "link", { STR("f"), STR("hard") }, 0 },
	{ "linkat", { (uint64_t)AT_FDCWD, STR("f"), (uint64_t)AT_FDCWD, STR("hard2"), 0 }, 0 },
	{ "rename", { STR("g"), STR("g2") }, 0 },
	{ "renameat", { (uint64_t)AT_FDCWD, STR("g"), (uint64_t)AT_FDCWD, STR("g3") }, 0 },
	{ "renameat2", { (uint64_t)AT_FDCWD, STR("g"), (uint64_t)AT_FDCWD, STR("g4"), 0 }, 0 },
	{ "symlink", { STR("f"), STR("sym") }, 0 },
	{ "symlinkat", { STR("f"), (uint64_t)AT_FDCWD, STR("sym2") }, 0 },
	{ "chroot", { STR("f") }, 0 },
	{ "pivot_root", { STR("f"), STR("f") }, 0 },
	{ "chdir", { STR("f") }, 0 },
	{ "rmdir", { STR("f") }, 0 },
	{ "unlink", { STR("d") }, 0 },
	{ "unlinkat", { (uint64_t)AT_FDCWD, STR("d"), 0 }, 0 },
	{ "mkdir", { STR("d"), 0700 }, 0 },
	{ "mkdirat", { (uint64_t)AT_FDCWD, STR("d"), 0700 }, 0 },
	{ "open_tree", { (uint64_t)AT_FDCWD, STR("d"), 0 }, 0 },
	{ "move_mount", { (uint64_t)AT_FDCWD, STR("d"), (uint64_t)AT_FDCWD, STR("d2"), 0 }, 0 },
	{ "fspick", { (uint64_t)AT_FDCWD, STR("."), 0 }, 0 },
	{ "faccessat", { (uint64_t)AT_FDCWD, STR("f"), 4 }, 0 },
	{ "setns", { FD_PIDFD, 0 }, 0 },
	{ "sched_setscheduler", { 0, 0, BUF(2) }, 0 },
};
#define NR_BASE_ROWS (int)(sizeof(base_rows) / sizeof(base_rows[0]))

/* An argument of a call that has no row. */
static inline uint64_t base_of(const struct call_row *row, int i)
{
	const char *name = row->args[i].name;

	switch (row->args[i].kind) {
	case ARG_FD:
		return strstr(name, "dfd") || strstr(name, "dirfd") ? (uint64_t)AT_FDCWD : FD_FILE;
	case ARG_IN:
	case ARG_OUT:
	case ARG_INOUT:
		return BUF(i);
	case ARG_STR:
		return STR("f");
	case ARG_SIZE:
		return strstr(name, "sigset") || strstr(name, "sizemask") ? 8 : 16;
	case ARG_MODE:
		return 0600;
	default:
		return 0;
	}
}

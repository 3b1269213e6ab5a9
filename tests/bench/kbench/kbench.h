/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kbench.h - what the rows of kbench share: the clock, the batches, two processes talking, the
 * scratch directory.
 *
 * A row is a function `f(n, arg)` that does one operation n times. bench() finds an n that lasts a
 * batch, times `batches` batches and gives the chosen percentile in nanoseconds an operation.
 */
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef uint64_t u64;
typedef void (*benchfn)(u64 n, void *arg);

#define MAXB      256
#define BUF_BYTES 65536
#define REG       (4u << 20) /* the memory a row maps and touches */
#define PICK      ((settings.batches - 1) * settings.percentile / 100)
#define CK(x)                                                                                      \
	do {                                                                                       \
		if ((long)(x) < 0)                                                                 \
			die(#x);                                                                   \
	} while (0)

struct settings {
	int batch_ms, batches, percentile, is_in_process;
	const char *dir;  /* scratch directory */
	const char *self; /* this program, for exec */
	char **environment;
};

/* Two ends of a conversation of one byte there, one byte back. */
struct pp {
	int r, w;
};

extern struct settings settings;
extern char buf64k[BUF_BYTES];
extern volatile u64 sink;

u64 now(void);
__attribute__((noreturn)) void die(const char *what);
int cmpd(const void *a, const void *b);
void out(const char *name, double value, const char *unit);
double bench(benchfn f, void *arg);
void ns(const char *name, benchfn f, void *arg);
void mbs(const char *name, benchfn f, void *arg);
void pin(int cpu);
pid_t child(void);
void reap(pid_t pid);
char *path(const char *leaf); /* of the last four asked for */
void mkfile(const char *name, int size);

/* Used by the rows of more than one file. */
void f_getppid(u64 n, void *arg);
void f_pingpong(u64 n, void *arg);
void f_bw(u64 n, void *arg);
void echo(int r, int w);
void bwsink(int fd, int ack);
struct bw {
	int data, ack;
};

#define TESTS(X)                                                                                   \
	X(user, t_user)                                                                            \
	X(null, t_null)                                                                            \
	X(rw1, t_rw1)                                                                              \
	X(file, t_file)                                                                            \
	X(clock, t_clock)                                                                          \
	X(sleep, t_sleep)                                                                          \
	X(signal, t_signal)                                                                        \
	X(poll, t_poll)                                                                            \
	X(eventfd, t_eventfd)                                                                      \
	X(pipelat, t_pipelat)                                                                      \
	X(ctx2, t_ctx2)                                                                            \
	X(ctx8, t_ctx8)                                                                            \
	X(yield, t_yield)                                                                          \
	X(pipebw, t_pipebw)                                                                        \
	X(unix, t_unix)                                                                            \
	X(tcplat, t_tcplat)                                                                        \
	X(tcpbw, t_tcpbw)                                                                          \
	X(tcpconn, t_tcpconn)                                                                      \
	X(udplat, t_udplat)                                                                        \
	X(fork, t_fork)                                                                            \
	X(thread, t_thread)                                                                        \
	X(futex, t_futex)                                                                          \
	X(mem, t_mem)                                                                              \
	X(filefault, t_filefault)                                                                  \
	X(cow, t_cow)                                                                              \
	X(fs, t_fs)                                                                                \
	X(fsbw, t_fsbw)                                                                            \
	X(getdents, t_getdents)                                                                    \
	X(par2, t_par2)

#define DECLARE(name, function) void function(void);
TESTS(DECLARE)

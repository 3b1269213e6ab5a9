/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.c - rows of fork, exec, threads and futexes.
 */
#include "kbench.h"

/* Processes. */
static void f_fork(u64 n, void *a)
{
	while (n--) {
		pid_t p = fork();
		CK(p);
		if (!p)
			_exit(0);
		if (waitpid(p, 0, 0) != p)
			die("waitpid");
	}
}
static void okstatus(int st)
{
	if (!WIFEXITED(st) || WEXITSTATUS(st)) {
		errno = 0;
		die("child status");
	}
}
static void f_forkexec(u64 n, void *a)
{
	int st;
	while (n--) {
		pid_t p = fork();
		CK(p);
		if (!p) {
			execl(settings.self, "kbench", "--hello", (char *)0);
			_exit(127);
		}
		if (waitpid(p, &st, 0) != p)
			die("waitpid");
		okstatus(st);
	}
}
static void f_spawn(u64 n, void *a)
{
	char *argv[] = { "kbench", "--hello", 0 };
	int st;
	while (n--) {
		pid_t p;
		if ((errno = posix_spawn(&p, settings.self, 0, 0, argv, settings.environment)))
			die("posix_spawn");
		if (waitpid(p, &st, 0) != p)
			die("waitpid");
		okstatus(st);
	}
}
static void f_sh(u64 n, void *a)
{
	int st;
	while (n--) {
		pid_t p = fork();
		CK(p);
		if (!p) {
			execl("/bin/sh", "sh", "-c", "exit 0", (char *)0);
			_exit(127);
		}
		if (waitpid(p, &st, 0) != p)
			die("waitpid");
		okstatus(st);
	}
}
void t_fork(void)
{
	ns("fork_exit_wait", f_fork, 0);
	ns("fork_exec_hello", f_forkexec, 0);
	ns("spawn_exec_hello", f_spawn, 0);
	if (!access("/bin/sh", X_OK))
		ns("fork_sh_c", f_sh, 0);
}

/* Threads and futexes. */
static void *nop(void *a)
{
	return a;
}
static void f_thread(u64 n, void *a)
{
	while (n--) {
		pthread_t t;
		if ((errno = pthread_create(&t, 0, nop, 0)))
			die("pthread_create");
		pthread_join(t, 0);
	}
}
void t_thread(void)
{
	ns("thread_create_join", f_thread, 0);
}
static long futex(int *u, int op, int v)
{
	return syscall(SYS_futex, u, op | FUTEX_PRIVATE_FLAG, v, 0, 0, 0);
}
static void f_fwake(u64 n, void *a)
{
	while (n--)
		futex(a, FUTEX_WAKE, 1);
}
static int fa, fb;
static volatile int fstop;
static void fpost(int *u)
{
	__atomic_store_n(u, 1, __ATOMIC_SEQ_CST);
	futex(u, FUTEX_WAKE, 1);
}
static void ftake(int *u)
{
	while (!__atomic_exchange_n(u, 0, __ATOMIC_SEQ_CST))
		futex(u, FUTEX_WAIT, 0);
}
static void *fpeer(void *a)
{
	for (;;) {
		ftake(&fa);
		fpost(&fb);
		if (fstop)
			return 0;
	}
}
static void f_futex(u64 n, void *a)
{
	while (n--) {
		fpost(&fa);
		ftake(&fb);
	}
}
void t_futex(void)
{
	static int u;
	ns("futex_wake_none", f_fwake, &u);
	pthread_t t;
	if ((errno = pthread_create(&t, 0, fpeer, 0)))
		die("pthread_create");
	ns("futex_rtt", f_futex, 0);
	fstop = 1;
	fpost(&fa);
	pthread_join(t, 0);
}

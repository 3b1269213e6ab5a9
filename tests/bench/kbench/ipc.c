/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ipc.c - rows of two processes: round trips, switches, bytes per second through pipes and unix
 * sockets.
 */
#include "kbench.h"

/* Request/response over a pair of descriptors. */
void f_pingpong(u64 n, void *a)
{
	struct pp *p = a;
	char c = 'x';
	while (n--)
		if (write(p->w, &c, 1) != 1 || read(p->r, &c, 1) != 1)
			die("pingpong");
}
void echo(int r, int w)
{
	char c;
	while (read(r, &c, 1) == 1)
		if (write(w, &c, 1) != 1)
			break;
	_exit(0);
}
static void f_selfpipe(u64 n, void *a)
{
	int *p = a;
	char c = 'x';
	while (n--)
		if (write(p[1], &c, 1) != 1 || read(p[0], &c, 1) != 1)
			die("selfpipe");
}
void t_pipelat(void)
{
	int a[2], b[2];
	CK(pipe(a));
	CK(pipe(b));
	ns("pipe_self_wr_rd", f_selfpipe, a);
	pid_t p = child();
	if (!p)
		echo(a[0], b[1]);
	struct pp x = { b[0], a[1] };
	ns("pipe_rtt", f_pingpong, &x);
	reap(p);
}
/* context switch: token passed round a ring of k processes, all on CPU 0, */
/* less the cost of a pipe write+read in one process (as lat_ctx does) */
static void ctxring(const char *name, int k)
{
	int p[16][2];
	pid_t kid[16];
	pin(0);
	for (int i = 0; i < k; i++)
		CK(pipe(p[i]));
	double ovh = bench(f_selfpipe, p[0]);
	for (int i = 1; i < k; i++)
		if (!(kid[i] = child()))
			echo(p[i - 1][0], p[i][1]);
	struct pp x = { p[k - 1][0], p[0][1] };
	double t = bench(f_pingpong, &x);
	for (int i = 1; i < k; i++)
		reap(kid[i]);
	out(name, t / k - ovh, "ns");
}
void t_ctx2(void)
{
	ctxring("ctx_2p", 2);
}
void t_ctx8(void)
{
	ctxring("ctx_8p", 8);
}
static void f_yield(u64 n, void *a)
{
	while (n--)
		sched_yield();
}
void t_yield(void)
{
	pin(0);
	ns("sched_yield_alone", f_yield, 0);
	pid_t p = child();
	if (!p)
		for (;;)
			sched_yield();
	/* one yield here goes there and back: two switches */
	ns("sched_yield_2p", f_yield, 0);
	reap(p);
}

/* Bandwidth: writer sends a count, then the bytes; reader acknowledges. */
static void rdall(int fd, void *b, size_t l)
{
	char *p = b;
	while (l) {
		ssize_t k = read(fd, p, l);
		if (k <= 0)
			_exit(0);
		p += k;
		l -= k;
	}
}
void bwsink(int fd, int ack)
{
	u64 left;
	for (;;) {
		rdall(fd, &left, 8);
		while (left) {
			ssize_t k = read(fd, buf64k, left < sizeof buf64k ? left : sizeof buf64k);
			if (k <= 0)
				_exit(0);
			left -= k;
		}
		if (write(ack, "k", 1) != 1)
			_exit(0);
	}
}
void f_bw(u64 n, void *a)
{
	struct bw *x = a;
	u64 tot = n * sizeof buf64k;
	char c;
	if (write(x->data, &tot, 8) != 8)
		die("bw");
	while (n--) {
		size_t o = 0;
		while (o < sizeof buf64k) {
			ssize_t k = write(x->data, buf64k + o, sizeof buf64k - o);
			if (k <= 0)
				die("bw write");
			o += k;
		}
	}
	if (read(x->ack, &c, 1) != 1)
		die("bw ack");
}
void t_pipebw(void)
{
	int a[2], b[2];
	CK(pipe(a));
	CK(pipe(b));
	pid_t p = child();
	if (!p)
		bwsink(a[0], b[1]);
	struct bw x = { a[1], b[0] };
	mbs("pipe_bw_64k", f_bw, &x);
	reap(p);
}
void t_unix(void)
{
	int s[2];
	CK(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	pid_t p = child();
	if (!p) {
		close(s[0]);
		echo(s[1], s[1]);
	}
	struct pp x = { s[0], s[0] };
	ns("unix_rtt", f_pingpong, &x);
	reap(p);
	int t[2];
	CK(socketpair(AF_UNIX, SOCK_STREAM, 0, t));
	p = child();
	if (!p) {
		close(t[0]);
		bwsink(t[1], t[1]);
	}
	struct bw y = { t[0], t[0] };
	mbs("unix_bw_64k", f_bw, &y);
	reap(p);
}

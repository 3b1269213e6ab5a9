/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net.c - rows over loopback TCP and UDP; a kernel without AF_INET answers each with one FAIL line.
 */
#include "kbench.h"

static struct sockaddr_in lo_addr(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}
static int tcp_listen(int *port)
{
	int one = 1, l = socket(AF_INET, SOCK_STREAM, 0);
	CK(l);
	setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	struct sockaddr_in a = lo_addr(0);
	socklen_t al = sizeof a;
	CK(bind(l, (void *)&a, sizeof a));
	CK(listen(l, 128));
	CK(getsockname(l, (void *)&a, &al));
	*port = ntohs(a.sin_port);
	return l;
}
static int tcp_connect(int port)
{
	int one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
	CK(s);
	struct sockaddr_in a = lo_addr(port);
	CK(connect(s, (void *)&a, sizeof a));
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return s;
}
void t_tcplat(void)
{
	int port, l = tcp_listen(&port), one = 1;
	pid_t p = child();
	if (!p) {
		int c = accept(l, 0, 0);
		setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		echo(c, c);
	}
	int s = tcp_connect(port);
	struct pp x = { s, s };
	ns("tcp_rtt", f_pingpong, &x);
	reap(p);
}
void t_tcpbw(void)
{
	int port, l = tcp_listen(&port);
	pid_t p = child();
	if (!p) {
		int c = accept(l, 0, 0);
		bwsink(c, c);
	}
	int s = tcp_connect(port);
	struct bw x = { s, s };
	mbs("tcp_bw_64k", f_bw, &x);
	reap(p);
}
static void f_conn(u64 n, void *a)
{
	struct linger lg = { 1, 0 }; /* reset on close, so ports don't run out in TIME_WAIT */
	char c;
	while (n--) {
		int s = tcp_connect(*(int *)a);
		if (read(s, &c, 1) != 1)
			die("conn read");
		setsockopt(s, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
		close(s);
	}
}
void t_tcpconn(void)
{
	int port, l = tcp_listen(&port);
	pid_t p = child();
	if (!p)
		for (;;) {
			int c = accept(l, 0, 0);
			if (c < 0)
				_exit(0);
			if (write(c, "x", 1) != 1)
				_exit(0);
			close(c);
		}
	out("tcp_connect", 1e9 / bench(f_conn, &port), "op/s");
	reap(p);
}
void t_udplat(void)
{
	int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM, 0);
	CK(a);
	CK(b);
	struct sockaddr_in x = lo_addr(0), y = lo_addr(0);
	socklen_t l = sizeof x;
	CK(bind(a, (void *)&x, sizeof x));
	CK(getsockname(a, (void *)&x, &l));
	CK(bind(b, (void *)&y, sizeof y));
	CK(getsockname(b, (void *)&y, &l));
	CK(connect(a, (void *)&y, sizeof y));
	CK(connect(b, (void *)&x, sizeof x));
	pid_t p = child();
	if (!p)
		echo(b, b);
	struct pp q = { a, a };
	ns("udp_rtt", f_pingpong, &q);
	reap(p);
}

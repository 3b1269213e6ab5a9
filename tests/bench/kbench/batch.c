/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * batch.c - how a row is timed: batches of at least `batch_ms`, the chosen percentile of their
 * times.
 */
#include "kbench.h"

struct settings settings = {
	.batch_ms = 50,
	.batches = 5,
	.percentile = 50,
	.dir = "/tmp/kbench.d",
	.self = "/proc/self/exe",
};
char buf64k[BUF_BYTES] __attribute__((aligned(4096)));
volatile u64 sink;

u64 now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

__attribute__((noreturn)) void die(const char *what)
{
	fprintf(stderr, "kbench: %s: errno %d (%s)\n", what, errno, strerror(errno));
	_exit(100);
}

int cmpd(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

void out(const char *name, double v, const char *unit)
{
	char line[128];
	int n = snprintf(line, sizeof line, "%s %.*f %s\n", name, v < 100 ? 2 : 1, v, unit);
	if (write(1, line, n) < 0)
		_exit(101);
}

/* Nanoseconds an operation: the chosen percentile (the median by default) over the batches. */
double bench(benchfn f, void *arg)
{
	u64 n = 1, t, lim = (u64)settings.batch_ms * 1000000ull;
	double r[MAXB];
	for (;;) {
		t = ~0ull; /* least of two: a cold run does not count */
		for (int i = 0; i < 2 && t >= lim; i++) {
			u64 s = now(), e;
			f(n, arg);
			e = now() - s;
			if (e < t)
				t = e;
		}
		if (t >= lim || n >= (1ull << 34))
			break;
		if (t < lim / 20)
			n *= 8;
		else
			n = (u64)(n * (lim * 1.05 / (t + 1))) + 1;
	}
	for (int i = 0; i < settings.batches; i++) {
		u64 s = now();
		f(n, arg);
		r[i] = (double)(now() - s) / n;
	}
	qsort(r, settings.batches, sizeof *r, cmpd);
	return r[PICK];
}

void ns(const char *name, benchfn f, void *arg)
{
	out(name, bench(f, arg), "ns");
}

void pin(int cpu)
{
	cpu_set_t s;
	CPU_ZERO(&s);
	CPU_SET(cpu, &s);
	sched_setaffinity(0, sizeof s, &s);
}

pid_t child(void)
{
	pid_t p = fork();
	CK(p);
	if (!p)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return p;
}

void reap(pid_t p)
{
	kill(p, SIGKILL);
	waitpid(p, 0, 0);
}

char *path(const char *leaf)
{
	static char b[4][256];
	static int i;
	char *p = b[i++ & 3];
	snprintf(p, 256, "%s/%s", settings.dir, leaf);
	return p;
}
void mbs(const char *name, benchfn f, void *arg)
{
	out(name, BUF_BYTES * 1000.0 / bench(f, arg), "MB/s");
}

void mkfile(const char *p, int size)
{
	int fd = open(p, O_CREAT | O_RDWR | O_TRUNC, 0644);
	CK(fd);
	for (int o = 0; o < size; o += sizeof buf64k) {
		int l = size - o < (int)sizeof buf64k ? size - o : (int)sizeof buf64k;
		if (write(fd, buf64k, l) != l)
			die("mkfile write");
	}
	close(fd);
}

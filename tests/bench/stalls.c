/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stalls.c - how long a program waits for a page of its own while others take all memory there is.
 *
 * usage: stalls NAME fault|locked FAULTS FILE...
 *
 * WHAT   Two readers go through the files again and again, which are more than there is room for, and a hog takes what was available but for a little and turns
 * a piece of it over. Beside them pages are touched for the first time ("fault"), or ones that were locked in before ("locked"),
 * and the time of each touch is taken. One line: NAME, the touches, p50, p99 and the longest in nanoseconds, and how often
 * anybody had to free memory himself. stalls.py runs it on both kernels, plain, locked, and inside of `reserve`.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE	   4096ul
#define MIB	   (1ul << 20)
#define ROUND	   256 /* pages between two munmap() */
#define LEFT	   (40 * MIB) /* of what is available: page cache to fight over */
#define TURNED	   (12 * MIB)
#define READERS	   2
#define FILES	   64
#define FULL_SECONDS 90

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* The number behind @name in @file; -1: not there. */
static long number_of(const char *file, const char *name)
{
	char line[256];
	long value = -1;
	FILE *in = fopen(file, "r");

	if (!in)
		die(file);
	while (value < 0 && fgets(line, sizeof(line), in))
		if (!strncmp(line, name, strlen(name)) && strchr(": ", line[strlen(name)]))
			value = atol(line + strlen(name) + 1);
	fclose(in);
	return value;
}

static long sum_of_events(const char *const *name)
{
	long sum = 0;

	for (; *name; name++) {
		long n = number_of("/proc/vmstat", *name);

		sum += n > 0 ? n : 0;
	}
	return sum;
}

/* How often somebody who wanted memory had to free some himself. */
static long allocation_stalls(void)
{
	const char *const names[] = { "allocstall_dma32", "allocstall_normal", "allocstall_movable", NULL };

	return sum_of_events(names);
}

/* Pages that were looked at to free some. */
static long pages_scanned(void)
{
	const char *const names[] = { "pgscan_kswapd", "pgscan_direct", NULL };

	return sum_of_events(names);
}

static char *map(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, size, MADV_NOHUGEPAGE);
	return p;
}

static void touch(char *p, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE)
		*(volatile char *)(p + at) = 1;
}

static void take_memory(void)
{
	size_t available = (size_t)number_of("/proc/meminfo", "MemAvailable") * 1024;

	if (available < LEFT + TURNED)
		exit(1);
	size_t size = available - LEFT - TURNED;
	touch(map(size), size);
	for (;;) {
		char *p = map(TURNED);

		touch(p, TURNED);
		munmap(p, TURNED);
	}
}

static char **files; /* what readers read */

/* Stays mapped, for there are file systems that forget a file's pages when nobody has it open. */
static char *map_file(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		die(path);
	char *p = mmap(NULL, *size = (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		die(path);
	close(fd);
	return p;
}

static void read_files(void)
{
	char *p[FILES];
	size_t size[FILES];
	int nr = 0;

	for (; nr < FILES && files[nr]; nr++)
		p[nr] = map_file(files[nr], &size[nr]);
	for (;;)
		for (int i = 0; i < nr; i++)
			for (size_t at = 0; at < size[i]; at += PAGE)
				(void)*(volatile char *)(p[i] + at);
}

static pid_t start(void (*run)(void))
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run();
	_exit(0);
}

/* Memory is full when somebody looks for what can be freed. */
static void wait_until_full(void)
{
	for (int tenths = 0; tenths < FULL_SECONDS * 10; tenths++) {
		if (pages_scanned())
			return;
		usleep(100000);
	}
	fputs("stalls: memory did not become full\n", stderr);
	exit(1);
}

static long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000l + t.tv_nsec;
}

/* Touches all of @p, a page at a time; the time of each to @ns. */
static void time_touches(char *p, size_t pages, long *ns)
{
	for (size_t i = 0; i < pages; i++) {
		long before = now_ns();

		*(volatile char *)(p + i * PAGE) = 1;
		ns[i] = now_ns() - before;
	}
}

static void measure(int is_locked, size_t faults, long *ns)
{
	char *p = map(ROUND * PAGE);

	if (is_locked && mlock(p, ROUND * PAGE))
		die("mlock");
	for (size_t done = 0; done < faults; done += ROUND) {
		time_touches(p, ROUND, ns + done);
		if (!is_locked) {
			munmap(p, ROUND * PAGE);
			p = map(ROUND * PAGE);
		}
		usleep(2000);
	}
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	size_t faults = argc >= 5 ? strtoul(argv[3], NULL, 0) / ROUND * ROUND : 0;
	pid_t other[READERS + 1];
	int nr = 0;

	if (!faults || (strcmp(argv[2], "fault") && strcmp(argv[2], "locked"))) {
		fputs("usage: stalls NAME fault|locked FAULTS FILE...\n", stderr);
		return 2;
	}
	files = argv + 4;
	long *ns = malloc(faults * sizeof(*ns));
	if (!ns || mlock(ns, faults * sizeof(*ns)))
		die("the figures' memory");
	other[nr++] = start(take_memory);
	while (nr <= READERS)
		other[nr++] = start(read_files);
	wait_until_full();
	/* Nobody else may take the processor from it: what is left of a wait is for memory. */
	if (sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){ .sched_priority = 1 }))
		die("sched_setscheduler");
	long stalls = allocation_stalls();
	measure(!strcmp(argv[2], "locked"), faults, ns);
	stalls = allocation_stalls() - stalls;
	int lost = 0;
	for (int i = 0; i < nr; i++)
		lost += waitpid(other[i], NULL, WNOHANG) != 0;
	while (nr--)
		kill(other[nr], SIGKILL);
	qsort(ns, faults, sizeof(*ns), compare);
	printf("stalls: %s touches %zu p50 %ld p99 %ld longest %ld stalls %ld lost %d\n", argv[1], faults, ns[faults / 2], ns[faults - faults / 100],
	       ns[faults - 1], stalls, lost);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * oom_rounds_test.c - rounds of mixed hogs: in each one memory is used up, somebody is killed, and what it had comes back.
 *
 * WHAT      A round draws its hogs, their sizes and offers from a seed (printed), and some bystanders. It is over when the log has named
 *           a victim, the victim's memory is back (that time is printed), all hogs were ended, and free memory is where it was.
 *           Who was right to be killed, and whether the log has the right lines, is judged by tests/suites/oom.py from the console.
 *           `oom_rounds=N` (4) and `oom_seed=N` (1) on the kernel's command line; a step of its own (tests/guest/lib/init.c).
 * KINDS     anon     private memory.
 *           shared   a mapped file of a tmpfs: page cache that belongs to the machine until the file goes.
 *           bomb     forks, and each child touches memory and forks.
 *           lock     private memory, and a wait for the lock of a file whose holder makes pages.
 *           threads  private memory touched by several threads at once.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <time.h>

#define CASE_SECONDS 3500
#include "figures.h"
#include "own_mounts.h"
#include "text.h"

#define MIB (1ul << 20)
#define ROUND_MS 30000 /* a hang */
#define SLACK_KIB 6144
#define BOMB_MAX 48
#define REPORTS_SECONDS 5 /* the log takes 10 reports in this time, and a bomb may cause more: the next round waits for a new interval */

struct round {
	const char *kind;
	int nr;
	int log;	    /* /dev/kmsg, at the round's start */
	pid_t group;	    /* the hogs' */
	pid_t victim;
	double killed_at;   /* by the log's clock */
	long before_kib;
};

static unsigned long seed = 1;

static unsigned long draw(unsigned long below)
{
	seed = seed * 6364136223846793005ul + 1442695040888963407ul;
	return (seed >> 33) % below;
}

static long word_of_cmdline(const char *name, long otherwise)
{
	char text[4096], *at = strstr(get_text("/proc/cmdline", text, sizeof(text)), name);

	return at ? atol(at + strlen(name)) : otherwise;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* ---- the log ---- */

/* The next record: its time in seconds and its text. 0: none yet. */
static int next_record(int log, double *at, char *text, size_t size)
{
	char record[8192];
	unsigned long long us;
	ssize_t n = read(log, record, sizeof(record) - 1);

	if (n <= 0)
		return n < 0 && errno == EPIPE; /* overwritten: go on behind it */
	record[n] = 0;
	if (sscanf(record, "%*d,%*d,%llu", &us) != 1 || !strchr(record, ';'))
		return 1;
	*at = us / 1e6;
	snprintf(text, size, "%s", strchr(record, ';') + 1);
	return 1;
}

/* The log's clock against ours. */
static double log_clock_offset(void)
{
	char mark[64], text[1024] = "";
	int log = open("/dev/kmsg", O_RDWR | O_NONBLOCK);
	double at = 0, written;

	CHECK(log >= 0);
	lseek(log, 0, SEEK_END);
	snprintf(mark, sizeof(mark), "oom-rounds: %d\n", getpid());
	written = now();
	CHECK_EQ(write(log, mark, strlen(mark)), strlen(mark));
	while (strncmp(text, "oom-rounds: ", 12))
		CHECK(next_record(log, &at, text, sizeof(text)));
	close(log);
	return written - at;
}

/* Who was killed, or 0: not yet. */
static pid_t victim_in_log(struct round *round)
{
	char text[1024] = "", *at;
	double when = 0;

	while (next_record(round->log, &when, text, sizeof(text))) {
		at = strstr(text, ": Killed process ");
		if (!at)
			continue;
		round->killed_at = when;
		return atoi(at + strlen(": Killed process "));
	}
	return 0;
}

/* ---- hogs ---- */

static void offer(long adj)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", adj);
	if (put_text("/proc/self/oom_score_adj", text))
		_exit(99);
}

static char *take(size_t size)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		_exit(98);
	for (size_t at = 0; at < size; at += 4096)
		p[at] = 1;
	return p;
}

static void *eat(void *unused)
{
	for (;;)
		take(MIB);
	return NULL;
}

static void hog_anon(void)
{
	offer(300 + draw(700));
	eat(NULL);
}

static void hog_threads(void)
{
	pthread_t thread;

	offer(300 + draw(700));
	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, eat, NULL);
	eat(NULL);
}

/* The whole machine's worth of a file, mapped: it counts as the hog's while it lives. */
static void hog_shared(void)
{
	int fd = open("/tmp/file", O_CREAT | O_RDWR, 0600);
	size_t size = 4096 * MIB;
	char *p;

	offer(300 + draw(700));
	if (fd < 0 || ftruncate(fd, size))
		_exit(97);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		_exit(96);
	for (size_t at = 0; at < size; at += 4096)
		p[at] = 1;
	_exit(95);
}

static void hog_bomb(void)
{
	int *nr = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	size_t size = (8 + draw(12)) * MIB;

	offer(500);
	for (;;) {
		if (__atomic_add_fetch(nr, 1, __ATOMIC_RELAXED) > BOMB_MAX)
			pause();
		if (fork() >= 0)
			take(size);
	}
}

/* One makes pages under the file's lock and may not be killed; the other has memory and waits for the lock. */
static void hog_lock(void)
{
	int fd = open("/tmp/file", O_CREAT | O_RDWR, 0600);
	size_t size = (64 + draw(64)) * MIB;

	if (fd < 0 || fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, MIB / 4))
		_exit(97);
	pid_t maker = fork();
	if (!maker) {
		offer(-1000);
		for (loff_t at = MIB;; at += MIB)
			if (fallocate(fd, FALLOC_FL_KEEP_SIZE, at, MIB))
				pause();
	}
	offer(1000);
	take(size);
	for (;;)
		if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, MIB / 4))
			pause();
}

static const struct kind {
	const char *name;
	void (*hog)(void);
} kinds[] = {
	{ "anon", hog_anon }, { "shared", hog_shared }, { "bomb", hog_bomb }, { "lock", hog_lock }, { "threads", hog_threads },
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Somebody with a little memory and a small offer, who is not to be killed. */
static void bystander(void)
{
	offer(draw(100));
	take((1 + draw(12)) * MIB);
	for (;;)
		pause();
}

/* All of a round are children of one leader, whose group is killed at the end; it reaps, so that nothing is left. */
static void lead(void (*hog)(void), int nr_bystanders)
{
	setpgid(0, 0);
	offer(-1000);
	for (int i = 0; i < nr_bystanders; i++, draw(1000))
		if (!fork())
			bystander();
	if (!fork())
		hog();
	for (;;)
		if (waitpid(-1, NULL, 0) < 0)
			pause();
}

/* ---- what must be seen ---- */

static int memory_is_gone(pid_t pid)
{
	char path[64], text[256];
	long size, resident;
	int fd, n;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 1;
	text[n] = 0;
	return sscanf(text, "%ld %ld", &size, &resident) != 2 || !resident;
}

/* Milliseconds from the log's line to the moment in which the victim had nothing any more. */
static long wait_for_victim(struct round *round, double offset)
{
	double end = now() + ROUND_MS / 1e3;

	while (!(round->victim = victim_in_log(round))) {
		if (now() > end)
			check_failed(__FILE__, __LINE__, "round %d (%s): nobody was killed", round->nr, round->kind);
		usleep(2000);
	}
	while (!memory_is_gone(round->victim)) {
		if (now() > end)
			check_failed(__FILE__, __LINE__, "round %d (%s): process %d keeps its memory", round->nr, round->kind,
				     round->victim);
		usleep(1000);
	}
	return (now() - offset - round->killed_at) * 1000;
}

static void end_round(const struct round *round)
{
	double end = now() + ROUND_MS / 1e3;

	kill(-round->group, SIGKILL);
	CHECK_EQ(waitpid(round->group, NULL, 0), round->group);
	while (kill(-round->group, 0) == 0 && now() < end) { /* orphans, which init reaps */
		kill(-round->group, SIGKILL);
		usleep(2000);
	}
	unlink("/tmp/file");
	while (free_kib() < round->before_kib - SLACK_KIB && now() < end)
		usleep(5000);
	if (free_kib() < round->before_kib - SLACK_KIB)
		check_failed(__FILE__, __LINE__, "round %d (%s): %ld KiB free before, %ld after", round->nr, round->kind,
			     round->before_kib, free_kib());
}

static void run_round(int nr, const struct kind *kind, double offset)
{
	struct round round = { .kind = kind->name, .nr = nr, .before_kib = free_kib() };
	int nr_bystanders = 1 + draw(3);
	unsigned long start = seed;
	long ms;

	round.log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	CHECK(round.log >= 0);
	CHECK(lseek(round.log, 0, SEEK_END) >= 0);
	round.group = fork();
	if (!round.group)
		lead(kind->hog, nr_bystanders);
	setpgid(round.group, round.group);
	ms = wait_for_victim(&round, offset);
	end_round(&round);
	close(round.log);
	draw(1000);
	dprintf(1, "  round %d: %s, seed %lu, victim %d, memory back after %ld ms\n", nr, round.kind, start, round.victim, ms);
	sleep(REPORTS_SECONDS);
}

CASE(rounds_of_hogs_end_each_with_a_victim_and_all_memory_back)
{
	int rounds = (int)word_of_cmdline("oom_rounds=", 4);
	double offset = log_clock_offset();

	seed = (unsigned long)word_of_cmdline("oom_seed=", 1);
	dprintf(1, "  %d rounds, seed %lu\n", rounds, seed);
	offer(-1000); /* the judge stays; whose memory the hogs share has no part in it */
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &(struct sched_param){ .sched_priority = 10 }); /* and sees at once */
	own_tmpfs("size=1000%,nr_inodes=64");
	for (int i = 0; i < rounds; i++)
		run_round(i, &kinds[i < (int)NR_KINDS ? i : (int)draw(NR_KINDS)], offset);
}

TEST_MAIN()

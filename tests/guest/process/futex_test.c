/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex_test.c - proves what a futex is, who is woken, in which order, and what the calls return.
 *
 * No case guesses when a waiter sleeps: a requeue of a word to itself changes nothing and returns how many wait there.
 */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#define NR_WAITERS 6

static long futex(atomic_int *word, int op, int val, const void *timeout, atomic_int *word2, int val3)
{
	return syscall(SYS_futex, word, op, val, timeout, word2, val3);
}

static int nr_waiting(atomic_int *word)
{
	return futex(word, FUTEX_REQUEUE, 0, (void *)1000l, word, 0);
}

static void until_waiting(atomic_int *word, int nr)
{
	while (nr_waiting(word) < nr)
		sched_yield();
}

static atomic_int *shared_words(int fd)
{
	void *words = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	CHECK(words != MAP_FAILED);
	return words;
}

static pid_t waiter_process(atomic_int *word)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid)
		_exit(futex(word, FUTEX_WAIT, 0, NULL, NULL, 0) ? 1 : 0);
	until_waiting(word, 1);
	return pid;
}

static void ends_well(pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* @other is a word of another object at the same place in it. */
static void check_two_objects(atomic_int *word, atomic_int *other)
{
	pid_t pid = waiter_process(word), second = waiter_process(other);

	CHECK_EQ(nr_waiting(word), 1);
	CHECK_EQ(nr_waiting(other), 1);
	CHECK_EQ(futex(other, FUTEX_WAKE, 1000, NULL, NULL, 0), 1);
	ends_well(second);
	CHECK_EQ(nr_waiting(word), 1);
	CHECK_EQ(futex(word, FUTEX_WAKE, 1000, NULL, NULL, 0), 1);
	ends_well(pid);
}

CASE(shared_anonymous_memories_do_not_meet)
{
	check_two_objects(shared_words(-1), shared_words(-1));
}

CASE(files_do_not_meet)
{
	char one[] = "/tmp/futex-XXXXXX", two[] = "/tmp/futex-XXXXXX";
	int a = mkstemp(one), b = mkstemp(two);

	CHECK_EQ(ftruncate(a, 4096), 0);
	CHECK_EQ(ftruncate(b, 4096), 0);
	check_two_objects(shared_words(a), shared_words(b));
	check_two_objects(shared_words(a), shared_words(-1));
	unlink(one);
	unlink(two);
}

CASE(a_file_is_one_object_wherever_it_is_mapped)
{
	char path[] = "/tmp/futex-XXXXXX";
	int fd = mkstemp(path);
	CHECK_EQ(ftruncate(fd, 4096), 0);
	atomic_int *here = shared_words(fd), *there = shared_words(fd);
	pid_t pid = waiter_process(&here[5]);

	CHECK(here != there);
	CHECK_EQ(futex(&there[4], FUTEX_WAKE, 1, NULL, NULL, 0), 0);
	CHECK_EQ(futex(&there[5], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
	CHECK_EQ(futex(&there[5], FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	ends_well(pid);
	unlink(path);
}

CASE(private_memory_of_parent_and_child_does_not_meet)
{
	atomic_int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ready[2], go[2];
	char byte;

	CHECK_EQ(pipe(ready) | pipe(go), 0);
	pid_t pid = fork();
	if (!pid) { /* a thread of its own cannot be awaited from outside: the child's time limit ends the wait */
		struct timespec ts = { 0, 50000000 };

		CHECK_EQ(write(ready[1], "x", 1), 1);
		CHECK_ERRNO(futex(word, FUTEX_WAIT, 0, &ts, NULL, 0), ETIMEDOUT);
		CHECK_EQ(read(go[0], &byte, 1), 1);
		_exit(0);
	}
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	for (int i = 0; i < 100; i++)
		CHECK_EQ(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 0);
	CHECK_EQ(write(go[1], "x", 1), 1);
	ends_well(pid);
}

/* --- threads that wait one after the other -------------------------------------------------------------------------- */

struct line {
	atomic_int word, other, nr_woken, nr_back, order[NR_WAITERS];
	int bitset[NR_WAITERS];
	pthread_t thread[NR_WAITERS];
};
struct member {
	struct line *line;
	int index;
};

static void *stand_in_line(void *arg)
{
	struct member *me = arg;
	struct line *line = me->line;

	CHECK_EQ(futex(&line->word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, line->bitset[me->index]), 0);
	line->order[atomic_fetch_add(&line->nr_woken, 1)] = me->index;
	atomic_fetch_add(&line->nr_back, 1); /* and its place is written */
	return NULL;
}

static int nr_waiting_private(atomic_int *word)
{
	return futex(word, FUTEX_REQUEUE_PRIVATE, 0, (void *)1000l, word, 0);
}

static void line_up(struct line *line, struct member *members)
{
	for (int i = 0; i < NR_WAITERS; i++) {
		members[i] = (struct member){ line, i };
		CHECK_EQ(pthread_create(&line->thread[i], NULL, stand_in_line, &members[i]), 0);
		while (nr_waiting_private(&line->word) <= i)
			sched_yield();
	}
}

static void until_back(struct line *line, int nr)
{
	while (line->nr_back < nr)
		sched_yield();
}

static void all_end(struct line *line)
{
	for (int i = 0; i < NR_WAITERS; i++)
		CHECK_EQ(pthread_join(line->thread[i], NULL), 0);
}

CASE(waiters_are_woken_in_the_order_of_their_arrival)
{
	struct line line = { .bitset = { -1, -1, -1, -1, -1, -1 } };
	struct member members[NR_WAITERS];

	line_up(&line, members);
	for (int i = 0; i < NR_WAITERS; i++) {
		CHECK_EQ(futex(&line.word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
		until_back(&line, i + 1);
		CHECK_EQ(line.order[i], i);
	}
	CHECK_EQ(futex(&line.word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
	all_end(&line);
}

CASE(a_requeue_keeps_the_order_and_counts)
{
	struct line line = { .bitset = { -1, -1, -1, -1, -1, -1 } };
	struct member members[NR_WAITERS];

	line_up(&line, members);
	CHECK_ERRNO(futex(&line.word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)1l, &line.other, 1), EAGAIN);
	CHECK_EQ(futex(&line.word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)3l, &line.other, 0), 4); /* 0 goes, 1 2 3 move */
	until_back(&line, 1);
	CHECK_EQ(line.order[0], 0);
	CHECK_EQ(nr_waiting_private(&line.word), 2);
	CHECK_EQ(nr_waiting_private(&line.other), 3);
	CHECK_EQ(futex(&line.word, FUTEX_REQUEUE_PRIVATE, 0, (void *)9l, &line.other, 0), 2); /* 4 5 behind them */
	for (int i = 1; i < NR_WAITERS; i++) {
		CHECK_EQ(futex(&line.other, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
		until_back(&line, i + 1);
		CHECK_EQ(line.order[i], i);
	}
	all_end(&line);
}

CASE(a_bitset_chooses)
{
	struct line line = { .bitset = { 1, 2, 4, 1, 2, 4 } };
	struct member members[NR_WAITERS];

	line_up(&line, members);
	CHECK_ERRNO(futex(&line.word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 0), EINVAL);
	CHECK_EQ(futex(&line.word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 8), 0);
	CHECK_EQ(futex(&line.word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 6), 1);
	until_back(&line, 1);
	CHECK_EQ(line.order[0], 1);
	CHECK_EQ(futex(&line.word, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 4), 2);
	until_back(&line, 3);
	CHECK_EQ(futex(&line.word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 3);
	all_end(&line);
}

CASE(wake_op_changes_the_second_word_and_wakes_by_what_it_was)
{
	struct line line = { .bitset = { -1, -1, -1, -1, -1, -1 } };
	struct member members[NR_WAITERS];

	line_up(&line, members);
	CHECK_EQ(futex(&line.word, FUTEX_REQUEUE_PRIVATE, 0, (void *)3l, &line.other, 0), 3); /* 0 1 2 move */
	line.other = 5;
	CHECK_EQ(futex(&line.word, FUTEX_WAKE_OP_PRIVATE, 2, (void *)9l, &line.other,
		       FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 4)), 2); /* 5 is not 4: two of the first word */
	CHECK_EQ(line.other, 8);
	CHECK_EQ(futex(&line.word, FUTEX_WAKE_OP_PRIVATE, 9, (void *)2l, &line.other,
		       FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_GT, 7)), 3); /* the last of the first, two of the second */
	CHECK_EQ(line.other, 1);
	CHECK_EQ(futex(&line.other, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 1);
	all_end(&line);
}

CASE(a_wait_says_why_it_ended)
{
	atomic_int word = 7;
	struct timespec ts = { 0, 1000000 }, past = { 1, 0 }, bad = { 0, 1000000000 };

	CHECK_ERRNO(futex(&word, FUTEX_WAIT, 6, NULL, NULL, 0), EAGAIN);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT, 7, &ts, NULL, 0), ETIMEDOUT);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 7, &past, NULL, 1), ETIMEDOUT);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 7, &past, NULL, 1), ETIMEDOUT);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 7, &past, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT, 7, &bad, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((atomic_int *)((char *)&word + 1), FUTEX_WAIT, 7, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((atomic_int *)4096, FUTEX_WAIT, 7, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((atomic_int *)4096, FUTEX_WAKE, 7, NULL, NULL, 0), EFAULT);
	CHECK_EQ(futex((atomic_int *)4096, FUTEX_WAKE_PRIVATE, 7, NULL, NULL, 0), 0);
	CHECK_ERRNO(futex(&word, 99, 7, NULL, NULL, 0), ENOSYS);
}

/* --- futex_waitv ---------------------------------------------------------------------------------------------------- */

CASE(waitv_returns_the_index_of_the_word_that_was_woken)
{
	atomic_int *words = shared_words(-1);
	struct futex_waitv waiters[3];

	for (int i = 0; i < 3; i++)
		waiters[i] = (struct futex_waitv){ .val = 0, .uaddr = (uintptr_t)&words[i * 16], .flags = FUTEX_32 };
	for (int woken = 0; woken < 3; woken++) {
		pid_t pid = fork();
		int status;

		if (!pid)
			_exit(syscall(SYS_futex_waitv, waiters, 3, 0, NULL, CLOCK_MONOTONIC) == woken ? 0 : 1);
		until_waiting(&words[32], 1);
		CHECK_EQ(nr_waiting(&words[0]), 1);
		CHECK_EQ(futex(&words[woken * 16], FUTEX_WAKE, 1, NULL, NULL, 0), 1);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
		CHECK_EQ(nr_waiting(&words[0]) + nr_waiting(&words[16]) + nr_waiting(&words[32]), 0);
	}
	words[16] = 1;
	CHECK_ERRNO(syscall(SYS_futex_waitv, waiters, 3, 0, NULL, CLOCK_MONOTONIC), EAGAIN);
	CHECK_ERRNO(syscall(SYS_futex_waitv, waiters, 0, 0, NULL, CLOCK_MONOTONIC), EINVAL);
	CHECK_ERRNO(syscall(SYS_futex_waitv, waiters, 129, 0, NULL, CLOCK_MONOTONIC), EINVAL);
}

TEST_MAIN()

/* SPDX-License-Identifier: GPL-2.0-only */
/* thread_test.c - proves threads, futexes and what they share: clone flags, join, robust locks, condition variables, exec in a thread. */
#include "check.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

static long futex(void *word, int op, uint32_t value, const void *timeout, void *word2, uint32_t value3)
{
	return syscall(SYS_futex, word, op, value, timeout, word2, value3);
}

static void *add_one(void *arg)
{
	__atomic_fetch_add((int *)arg, 1, __ATOMIC_SEQ_CST);
	return arg;
}

CASE(many_threads_start_and_join)
{
	int sum = 0;

	for (int round = 0; round < 20; round++) {
		pthread_t threads[8];

		for (int i = 0; i < 8; i++)
			CHECK_EQ(pthread_create(&threads[i], NULL, add_one, &sum), 0);
		for (int i = 0; i < 8; i++) {
			void *result;

			CHECK_EQ(pthread_join(threads[i], &result), 0);
			CHECK(result == &sum);
		}
	}
	CHECK_EQ(sum, 160);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int turn, total;

static void *take_turns(void *arg)
{
	long me = (long)arg;

	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&mutex);
		while (turn != me)
			pthread_cond_wait(&cond, &mutex);
		turn = !me;
		total++;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

CASE(condition_variables_alternate)
{
	pthread_t a, b;

	CHECK_EQ(pthread_create(&a, NULL, take_turns, (void *)0), 0);
	CHECK_EQ(pthread_create(&b, NULL, take_turns, (void *)1), 0);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	CHECK_EQ(total, 400);
}

static void *hammer(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		pthread_mutex_lock(&mutex);
		total++;
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

CASE(contended_mutex_counts_right)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, hammer, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(total, 80000);
}

CASE(futex_wait_checks_the_word_and_time)
{
	uint32_t word = 5;
	struct timespec limit = { 0, 20000000 };

	CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 4, NULL, NULL, 0), EAGAIN);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_PRIVATE, 5, &limit, NULL, 0), ETIMEDOUT);
	CHECK_ERRNO(futex((char *)&word + 1, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((void *)8, FUTEX_WAIT_PRIVATE, 5, NULL, NULL, 0), EFAULT);
	CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
	CHECK_ERRNO(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&word, 99, 1, NULL, NULL, 0), ENOSYS);
}

/* A requeue of a word to itself moves nobody and counts who waits. */
static void until_waiting(void *word, int private, int nr)
{
	while (futex(word, FUTEX_REQUEUE | private, 0, (void *)1000, word, 0) < nr)
		sched_yield();
}

CASE(shared_futex_between_processes)
{
	uint32_t *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	CHECK(word != MAP_FAILED);
	pid_t pid = fork();
	if (!pid) {
		while (!__atomic_load_n(word, __ATOMIC_SEQ_CST))
			futex(word, FUTEX_WAIT, 0, NULL, NULL, 0);
		_exit(9);
	}
	until_waiting(word, 0, 1);
	__atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
	CHECK_EQ(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 9);
}

static uint32_t first, second;
static int woken_count;

static void *wait_on_first(void *arg)
{
	long ret = futex(&first, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);

	if (!ret)
		__atomic_fetch_add(&woken_count, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

CASE(requeue_moves_waiters)
{
	pthread_t threads[5];

	for (int i = 0; i < 5; i++)
		pthread_create(&threads[i], NULL, wait_on_first, NULL);
	until_waiting(&first, FUTEX_PRIVATE_FLAG, 5);
	CHECK_ERRNO(futex(&first, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)10, &second, 77), EAGAIN);
	CHECK_EQ(futex(&first, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)10, &second, 0), 5);
	while (__atomic_load_n(&woken_count, __ATOMIC_SEQ_CST) < 1)
		sched_yield();
	CHECK_EQ(woken_count, 1);
	CHECK_EQ(futex(&first, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 0);
	CHECK_EQ(futex(&second, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0), 4);
	for (int i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(woken_count, 5);
}

CASE(wake_op_changes_the_second_word)
{
	uint32_t a = 0, b = 3;

	CHECK_EQ(futex(&a, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &b, FUTEX_OP(FUTEX_OP_ADD, 4, FUTEX_OP_CMP_EQ, 3)), 0);
	CHECK_EQ(b, 7);
	CHECK_EQ(futex(&a, FUTEX_WAKE_OP_PRIVATE, 1, (void *)1, &b, FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_GT, 100)), 0);
	CHECK_EQ(b, 1);
}

static pthread_mutex_t robust;

static void *die_with_lock(void *arg)
{
	pthread_mutex_lock(&robust);
	return NULL;
}

CASE(robust_mutex_tells_the_next_owner)
{
	pthread_mutexattr_t attr;
	pthread_t thread;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attr);
	pthread_create(&thread, NULL, die_with_lock, NULL);
	pthread_join(thread, NULL);
	CHECK_EQ(pthread_mutex_lock(&robust), EOWNERDEAD);
	CHECK_EQ(pthread_mutex_consistent(&robust), 0);
	CHECK_EQ(pthread_mutex_unlock(&robust), 0);
}

static void *sleep_forever(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

CASE(exit_group_ends_all_threads)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		pthread_t thread;

		for (int i = 0; i < 4; i++)
			pthread_create(&thread, NULL, sleep_forever, NULL);
		exit(5);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 5);
}

CASE(fatal_signal_ends_all_threads)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		pthread_t thread;

		for (int i = 0; i < 4; i++)
			pthread_create(&thread, NULL, sleep_forever, NULL);
		raise(SIGTERM);
		sleep_forever(NULL);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGTERM);
}

static void *leave_later(void *arg)
{
	usleep(100000);
	_exit(6);
}

CASE(leader_may_exit_first)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		pthread_t thread;

		pthread_create(&thread, NULL, leave_later, NULL);
		pthread_exit(NULL);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 6);
}

static int in_thread(void *arg)
{
	*(int *)arg = (int)syscall(SYS_gettid);
	return 0;
}

CASE(clone_stores_and_clears_tids)
{
	static char stack[65536] __attribute__((aligned(16)));
	int parent_tid = 0, child_tid = -1, seen = 0;
	int pid = clone(in_thread, stack + sizeof stack, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, &seen, &parent_tid, NULL, &child_tid);

	CHECK(pid > 0);
	CHECK_EQ(parent_tid, pid);
	while (__atomic_load_n(&child_tid, __ATOMIC_SEQ_CST))
		futex(&child_tid, FUTEX_WAIT, pid, NULL, NULL, 0);
	CHECK_EQ(seen, pid);
}

CASE(clone_rejects_nonsense)
{
	CHECK_ERRNO(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS, 0, 0, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_clone3, NULL, 10), EINVAL);
	CHECK_ERRNO(syscall(SYS_clone3, NULL, 64), EFAULT);
}

CASE(vfork_waits_for_the_child)
{
	volatile int value = 0;
	pid_t pid = vfork();

	if (!pid) {
		value = 42;
		_exit(0);
	}
	CHECK_EQ(value, 42);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void on_usr1(int sig)
{
	woken_count++;
}

static void *block_and_sleep(void *arg)
{
	sigset_t set;

	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	__atomic_store_n((int *)arg, 1, __ATOMIC_SEQ_CST);
	usleep(300000);
	return NULL;
}

CASE(process_signal_goes_to_a_thread_that_takes_it)
{
	pthread_t thread;
	int ready = 0;

	signal(SIGUSR1, on_usr1);
	pthread_create(&thread, NULL, block_and_sleep, &ready);
	while (!__atomic_load_n(&ready, __ATOMIC_SEQ_CST))
		usleep(1000);
	kill(getpid(), SIGUSR1);
	CHECK_EQ(woken_count, 1);
	pthread_join(thread, NULL);
}

TEST_MAIN()

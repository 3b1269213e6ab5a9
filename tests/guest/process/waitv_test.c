/* SPDX-License-Identifier: GPL-2.0-only */
/* waitv_test.c - proves futex_waitv, and of the older calls what futex_test.c leaves: bitsets, absolute times, robust lists, errors. */
#include "check.h"
#include "text.h"
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

#define NR_WAITERS 6

static uint32_t word;
static int order[NR_WAITERS], nr_woken;

static long futex(void *addr, int op, uint32_t value, const void *timeout, void *addr2, uint32_t value3)
{
	return syscall(SYS_futex, addr, op, value, timeout, addr2, value3);
}

struct waiter {
	pthread_t thread;
	pid_t tid;
	int nr;
	uint32_t bits;
	long result;
};

static void *wait_with_bits(void *arg)
{
	struct waiter *me = arg;

	__atomic_store_n(&me->tid, gettid(), __ATOMIC_SEQ_CST);
	me->result = futex(&word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, me->bits);
	order[__atomic_fetch_add(&nr_woken, 1, __ATOMIC_SEQ_CST)] = me->nr;
	return NULL;
}

static void start(struct waiter *waiters, int nr, uint32_t (*bits)(int))
{
	nr_woken = 0;
	for (int i = 0; i < nr; i++) {
		waiters[i] = (struct waiter){ .nr = i, .bits = bits(i) };
		CHECK_EQ(pthread_create(&waiters[i].thread, NULL, wait_with_bits, &waiters[i]), 0);
		while (!__atomic_load_n(&waiters[i].tid, __ATOMIC_SEQ_CST))
			sched_yield();
		wait_until_asleep(waiters[i].tid);
	}
}

static uint32_t one_bit(int nr)
{
	return 1u << nr;
}

CASE(bits_choose_who_wakes)
{
	struct waiter waiters[NR_WAITERS];

	start(waiters, NR_WAITERS, one_bit);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 99, NULL, NULL, 1u << 31), 0);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 99, NULL, NULL, 1u << 3), 1);
	CHECK_EQ(pthread_join(waiters[3].thread, NULL), 0);
	CHECK_EQ(order[0], 3);
	CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET | FUTEX_PRIVATE_FLAG, 99, NULL, NULL, ~0u), NR_WAITERS - 1);
	for (int i = 0; i < NR_WAITERS; i++)
		if (i != 3)
			pthread_join(waiters[i].thread, NULL);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0), EINVAL);
}

CASE(absolute_time_out_of_bitset_wait)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_nsec += 20000000;
	if (at.tv_nsec >= 1000000000)
		at.tv_sec++, at.tv_nsec -= 1000000000;
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, &at, NULL, ~0u), ETIMEDOUT);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	CHECK(now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec));
	at.tv_nsec = 1000000000;
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET, 0, &at, NULL, ~0u), EINVAL);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1, NULL, NULL, ~0u), EAGAIN);
}

/* ---- several words at once ---- */

struct waitv {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

#define FUTEX_32_ 2

static uint32_t words[4];
static struct waitv waitv[4];
static pid_t waitv_tid;

static void *wait_for_any(void *arg)
{
	__atomic_store_n(&waitv_tid, gettid(), __ATOMIC_SEQ_CST);
	return (void *)syscall(SYS_futex_waitv, waitv, 4, 0, NULL, CLOCK_MONOTONIC);
}

static void fill_waitv(void)
{
	for (int i = 0; i < 4; i++)
		waitv[i] = (struct waitv){ .uaddr = (uintptr_t)&words[i], .flags = FUTEX_32_ | FUTEX_PRIVATE_FLAG };
}

CASE(waitv_says_which_word_woke_it)
{
	for (int i = 0; i < 4; i++) {
		pthread_t thread;
		void *result;

		fill_waitv();
		waitv_tid = 0;
		CHECK_EQ(pthread_create(&thread, NULL, wait_for_any, NULL), 0);
		while (!__atomic_load_n(&waitv_tid, __ATOMIC_SEQ_CST))
			sched_yield();
		wait_until_asleep(waitv_tid);
		CHECK_EQ(futex(&words[i], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
		pthread_join(thread, &result);
		CHECK_EQ((long)result, i);
		for (int j = 0; j < 4; j++)
			CHECK_EQ(futex(&words[j], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
	}
}

CASE(waitv_errors)
{
	struct timespec past = { 0, 0 };

	fill_waitv();
	CHECK_ERRNO(syscall(SYS_futex_waitv, waitv, 4, 0, &past, CLOCK_MONOTONIC), ETIMEDOUT);
	CHECK_ERRNO(syscall(SYS_futex_waitv, waitv, 0, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_futex_waitv, waitv, 129, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_futex_waitv, waitv, 4, 1, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_futex_waitv, NULL, 4, 0, NULL, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_futex_waitv, 8, 4, 0, NULL, 0), EFAULT);
	waitv[3].reserved = 1;
	CHECK_ERRNO(syscall(SYS_futex_waitv, waitv, 4, 0, NULL, 0), EINVAL);
	fill_waitv();
	waitv[2].flags = 1; /* 16 bits: not in this version of the call */
	CHECK_ERRNO(syscall(SYS_futex_waitv, waitv, 4, 0, NULL, 0), EINVAL);
	fill_waitv();
	words[3] = 1;
	CHECK_ERRNO(syscall(SYS_futex_waitv, waitv, 4, 0, NULL, 0), EAGAIN);
	words[3] = 0;
}

CASE(shared_words_are_the_same_wherever_they_are_mapped)
{
	int fd = memfd_create("futex", 0);

	CHECK_EQ(ftruncate(fd, 4096), 0);
	uint32_t *a = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint32_t *ready = a + 1;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		uint32_t *b = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		munmap(a, 4096);
		b[1] = 1;
		_exit(futex(b, FUTEX_WAIT, 0, NULL, NULL, 0) ? 1 : 0);
	}
	while (!__atomic_load_n(ready, __ATOMIC_SEQ_CST))
		sched_yield();
	while (futex(a, FUTEX_WAKE, 1, NULL, NULL, 0) != 1)
		sched_yield();
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

CASE(bad_words_and_operations)
{
	CHECK_ERRNO(futex((char *)&word + 1, FUTEX_WAIT, 0, NULL, NULL, 0), EINVAL);
	CHECK_ERRNO(futex((void *)8, FUTEX_WAIT, 0, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex((void *)8, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT); /* shared: the page decides */
	CHECK_EQ(futex((void *)8, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0); /* private: the address does */
	CHECK_ERRNO(futex((void *)-8, FUTEX_WAKE, 1, NULL, NULL, 0), EFAULT);
	CHECK_ERRNO(futex(&word, 99, 0, NULL, NULL, 0), ENOSYS);
	CHECK_ERRNO(futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, NULL, NULL, 0), ENOSYS);
	CHECK_ERRNO(futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0), EAGAIN);
}

static void *dying_thread(void *arg)
{
	struct robust_list_head *head;
	size_t len;

	CHECK_EQ(syscall(SYS_get_robust_list, 0, &head, &len), 0);
	CHECK_EQ(len, sizeof(struct robust_list_head));
	*(uint32_t *)arg = gettid() | FUTEX_WAITERS;
	struct robust_list node = { &head->list };

	head->futex_offset = (char *)arg - (char *)&node;
	head->list.next = &node;
	syscall(SYS_exit, 0); /* the list lies on this stack: it must be read before the stack goes */
	return NULL;
}

CASE(robust_list_marks_what_its_thread_held)
{
	static uint32_t held;
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, dying_thread, &held), 0);
	while (!(__atomic_load_n(&held, __ATOMIC_SEQ_CST) & FUTEX_OWNER_DIED))
		sched_yield();
	CHECK_EQ(held, FUTEX_OWNER_DIED | FUTEX_WAITERS);
	CHECK_ERRNO(syscall(SYS_set_robust_list, &held, 1), EINVAL);
}

TEST_MAIN()

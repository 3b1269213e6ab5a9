/* SPDX-License-Identifier: GPL-2.0-only */
/* map_test.c - proves mmap, munmap, mprotect, brk and the signals of bad accesses: rights, places, errors, what threads see. */
/* Threads that map and unmap wait for other processors a thousand times, and for each the host may take a time slice. */
#define CASE_SECONDS 120
#include "check.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define PG 4096UL
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static sigjmp_buf jump;
static volatile int seen_sig, seen_code;
static void *volatile seen_addr;

static void on_fault(int sig, siginfo_t *info, void *context __attribute__((unused)))
{
	seen_sig = sig;
	seen_code = info->si_code;
	seen_addr = info->si_addr;
	siglongjmp(jump, 1);
}

static void catch_faults(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
}

/* Signal of an access, 0 when it went well. */
static int touch(volatile char *p, bool write)
{
	seen_sig = 0;
	if (!sigsetjmp(jump, 1)) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return seen_sig;
}

static char *map(size_t pages, int prot, int flags)
{
	char *p = mmap(NULL, pages * PG, prot, flags, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

CASE(anonymous_memory_is_zero_and_keeps_values)
{
	uint64_t *p = (uint64_t *)map(1000, RW, ANON);

	for (int i = 0; i < 1000; i++)
		CHECK_EQ(p[i * 512], 0);
	for (int i = 0; i < 1000; i++)
		p[i * 512] = i;
	for (int i = 0; i < 1000; i++)
		CHECK_EQ(p[i * 512], i);
	CHECK_EQ(munmap(p, 1000 * PG), 0);
}

CASE(access_without_mapping_is_maperr)
{
	char *p = map(3, RW, ANON);

	catch_faults();
	CHECK_EQ(munmap(p + PG, PG), 0);
	CHECK_EQ(touch(p + PG + 8, false), SIGSEGV);
	CHECK_EQ(seen_code, SEGV_MAPERR);
	CHECK(seen_addr == p + PG + 8);
	CHECK_EQ(touch(p, true), 0);
	CHECK_EQ(touch(p + 2 * PG, true), 0);
}

CASE(write_to_read_only_is_accerr)
{
	char *p = map(2, RW, ANON);

	catch_faults();
	p[0] = 5;
	CHECK_EQ(mprotect(p, PG, PROT_READ), 0);
	CHECK_EQ(touch(p, true), SIGSEGV);
	CHECK_EQ(seen_code, SEGV_ACCERR);
	CHECK_EQ(p[0], 5);
	CHECK_EQ(mprotect(p, PG, PROT_NONE), 0);
	CHECK_EQ(touch(p, false), SIGSEGV);
	CHECK_EQ(seen_code, SEGV_ACCERR);
	CHECK_EQ(mprotect(p, PG, RW), 0);
	CHECK_EQ(p[0], 5);
	CHECK_EQ(touch(p, true), 0);
}

CASE(execute_needs_the_right)
{
	unsigned char *p = (unsigned char *)map(1, RW, ANON);
	int (*f)(void) = (int (*)(void))p;

	catch_faults();
	memcpy(p, "\xb8\x2a\x00\x00\x00\xc3", 6); /* mov $42, %eax; ret */
	seen_sig = 0;
	if (!sigsetjmp(jump, 1))
		f();
	CHECK_EQ(seen_sig, SIGSEGV);
	CHECK_EQ(mprotect(p, PG, PROT_READ | PROT_EXEC), 0);
	CHECK_EQ(f(), 42);
}

CASE(null_is_never_there)
{
	catch_faults();
	CHECK_EQ(touch(NULL, false), SIGSEGV);
	CHECK_EQ(touch((char *)-4096L, false), SIGSEGV);
}

CASE(bad_arguments_have_their_errors)
{
	char *p = map(4, RW, ANON);

	CHECK_ERRNO((long)mmap(NULL, 0, RW, ANON, -1, 0), EINVAL);
	CHECK_ERRNO((long)mmap(NULL, PG, RW, MAP_ANONYMOUS, -1, 0), EINVAL);
	CHECK_ERRNO((long)mmap(NULL, PG, RW, MAP_PRIVATE, -1, 0), EBADF);
	CHECK_ERRNO((long)mmap(NULL, ~0UL - PG + 1, RW, ANON, -1, 0), ENOMEM);
	CHECK_ERRNO((long)mmap(NULL, 1UL << 47, RW, ANON, -1, 0), ENOMEM);
	CHECK_ERRNO(syscall(SYS_mmap, NULL, PG, RW, ANON, -1, 1), EINVAL);
	CHECK_ERRNO((long)mmap(p + 1, PG, RW, ANON | MAP_FIXED, -1, 0), EINVAL);
	CHECK_ERRNO((long)mmap(p, PG, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
	CHECK_ERRNO(munmap(p + 1, PG), EINVAL);
	CHECK_ERRNO(munmap(p, 0), EINVAL);
	CHECK_ERRNO(mprotect(p + 1, PG, RW), EINVAL);
	CHECK_ERRNO(mprotect(p, PG, 0x100), EINVAL);
	CHECK_EQ(mprotect(p, 0, RW), 0);
	CHECK_EQ(munmap(p + PG, PG), 0);
	CHECK_ERRNO(mprotect(p, 4 * PG, PROT_READ), ENOMEM);
	CHECK_EQ(munmap(p, 4 * PG), 0);
	CHECK_EQ(munmap(p, 4 * PG), 0);
}

CASE(hint_is_taken_when_free)
{
	char *p = map(8, RW, ANON);

	CHECK_EQ(munmap(p, 8 * PG), 0);
	CHECK(mmap(p + 2 * PG, PG, RW, ANON, -1, 0) == p + 2 * PG);
	CHECK(mmap(p + 2 * PG, PG, RW, ANON, -1, 0) != p + 2 * PG);
	CHECK(mmap(p + 4 * PG, PG, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == p + 4 * PG);
}

CASE(fixed_replaces_what_was_there)
{
	char *p = map(4, RW, ANON);

	memset(p, 7, 4 * PG);
	CHECK(mmap(p + PG, PG, RW, ANON | MAP_FIXED, -1, 0) == p + PG);
	CHECK_EQ(p[0], 7);
	CHECK_EQ(p[PG], 0);
	CHECK_EQ(p[2 * PG], 7);
}

CASE(private_file_mapping_sees_file_until_written)
{
	char name[] = "/tmp/map_test.XXXXXX";
	int fd = mkstemp(name);
	char buf[8] = { 0 };
	char *priv, *shared;

	CHECK(fd >= 0);
	unlink(name);
	CHECK_EQ(ftruncate(fd, 3 * PG), 0);
	CHECK_EQ(pwrite(fd, "hello", 5, PG), 5);
	priv = mmap(NULL, 3 * PG, RW, MAP_PRIVATE, fd, 0);
	shared = mmap(NULL, 3 * PG, RW, MAP_SHARED, fd, 0);
	CHECK(priv != MAP_FAILED && shared != MAP_FAILED);
	CHECK(!memcmp(priv + PG, "hello", 5));
	memcpy(shared + PG, "HELLO", 5);
	CHECK(!memcmp(priv + PG, "HELLO", 5));
	CHECK_EQ(pread(fd, buf, 5, PG), 5);
	CHECK(!memcmp(buf, "HELLO", 5));
	memcpy(priv + PG, "mine!", 5);
	CHECK(!memcmp(shared + PG, "HELLO", 5));
	CHECK_EQ(pwrite(fd, "file!", 5, PG), 5);
	CHECK(!memcmp(shared + PG, "file!", 5));
	CHECK(!memcmp(priv + PG, "mine!", 5));
	CHECK_EQ(msync(shared, 3 * PG, MS_SYNC), 0);
}

CASE(beyond_the_end_of_the_file_is_sigbus)
{
	char name[] = "/tmp/map_test.XXXXXX";
	int fd = mkstemp(name);
	char *p;

	catch_faults();
	unlink(name);
	CHECK_EQ(ftruncate(fd, PG + 10), 0);
	p = mmap(NULL, 4 * PG, RW, MAP_SHARED, fd, 0);
	CHECK_EQ(touch(p + PG, true), 0);
	CHECK_EQ(touch(p + PG + 4000, true), 0);
	CHECK_EQ(touch(p + 2 * PG, false), SIGBUS);
	CHECK_EQ(seen_code, BUS_ADRERR);
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(touch(p, false), SIGBUS);
	CHECK_EQ(ftruncate(fd, 4 * PG), 0);
	CHECK_EQ(touch(p + 3 * PG, true), 0);
	CHECK_EQ(p[PG], 0);
	CHECK_EQ(p[PG + 4000], 0);
}

CASE(open_mode_limits_the_mapping)
{
	char name[] = "/tmp/map_test.XXXXXX";
	int fd = mkstemp(name), ro, wo;
	char *p;

	CHECK_EQ(ftruncate(fd, PG), 0);
	ro = open(name, O_RDONLY);
	wo = open(name, O_WRONLY);
	unlink(name);
	CHECK_ERRNO((long)mmap(NULL, PG, RW, MAP_SHARED, ro, 0), EACCES);
	CHECK_ERRNO((long)mmap(NULL, PG, PROT_READ, MAP_SHARED, wo, 0), EACCES);
	CHECK_ERRNO((long)mmap(NULL, PG, PROT_WRITE, MAP_PRIVATE, wo, 0), EACCES);
	p = mmap(NULL, PG, RW, MAP_PRIVATE, ro, 0);
	CHECK(p != MAP_FAILED);
	p[0] = 1;
	p = mmap(NULL, PG, PROT_READ, MAP_SHARED, ro, 0);
	CHECK_ERRNO(mprotect(p, PG, RW), EACCES);
}

CASE(fork_copies_private_and_shares_shared)
{
	int *priv = (int *)map(16, RW, ANON), *shared = (int *)map(16, RW, MAP_SHARED | MAP_ANONYMOUS);

	for (int i = 0; i < 16; i++)
		priv[i * 1024] = shared[i * 1024] = i;
	IN_CHILD({
		for (int i = 0; i < 16; i++) {
			if (priv[i * 1024] != i)
				_exit(1);
			priv[i * 1024] = 100;
			shared[i * 1024] = 200 + i;
		}
	});
	for (int i = 0; i < 16; i++) {
		CHECK_EQ(priv[i * 1024], i);
		CHECK_EQ(shared[i * 1024], 200 + i);
	}
}

CASE(grandchildren_have_their_own_copies)
{
	int *p = (int *)map(4, RW, ANON);

	p[0] = 1;
	IN_CHILD({
		p[0] = 2;
		IN_CHILD({
			p[0] = 3;
			IN_CHILD(p[0] = 4);
			CHECK_EQ(p[0], 3);
		});
		CHECK_EQ(p[0], 2);
	});
	CHECK_EQ(p[0], 1);
}

CASE(brk_grows_and_shrinks)
{
	char *start = sbrk(0), *p;

	catch_faults();
	CHECK(sbrk(100 * PG) == start);
	memset(start, 1, 100 * PG);
	CHECK(sbrk(-50 * (long)PG) != (void *)-1);
	p = sbrk(0);
	CHECK(p == start + 50 * PG);
	CHECK_EQ(touch((char *)(((uintptr_t)p + PG - 1) & ~(PG - 1)) + 8, true), SIGSEGV);
	CHECK(sbrk(10 * PG) == p);
	CHECK_EQ(p[5 * PG], 0);
}

static int depth(int n)
{
	volatile char frame[1024];

	frame[0] = n;
	return n ? depth(n - 1) + frame[0] : 0;
}

CASE(stack_grows_to_its_limit)
{
	struct rlimit limit;

	CHECK_EQ(getrlimit(RLIMIT_STACK, &limit), 0);
	CHECK(depth(4000) != 1);
}

static volatile int overflow_limit = 1 << 30;

static long make_stack_overflow(int n)
{
	volatile char frame[4096];

	if (n == overflow_limit)
		return 0;

	frame[n & 4095] = n;
	return make_stack_overflow(n + 1) + frame[n & 4095];
}

CASE(stack_overflow_is_a_signal)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct rlimit small = { 1 << 20, 1 << 20 };

		setrlimit(RLIMIT_STACK, &small);
		make_stack_overflow(0);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

CASE(rlimit_as_is_enforced)
{
	IN_CHILD({
		struct rlimit limit = { .rlim_cur = 64 << 20 };

		limit.rlim_max = limit.rlim_cur;

		setrlimit(RLIMIT_AS, &limit);
		if (mmap(NULL, 128 << 20, RW, ANON, -1, 0) != MAP_FAILED || errno != ENOMEM)
			_exit(1);
		if (mmap(NULL, 16 << 20, RW, ANON, -1, 0) == MAP_FAILED)
			_exit(2);
	});
}

CASE(kernel_copies_fault_pages_in)
{
	char *p = map(64, RW, ANON);
	char *volatile bad = (char *)16;
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	memset(p, 3, 4 * PG);
	CHECK_EQ(write(fds[1], p, 4 * PG), 4 * PG);
	CHECK_EQ(read(fds[0], p + 32 * PG, 4 * PG), 4 * PG);
	CHECK(!memcmp(p, p + 32 * PG, 4 * PG));
	CHECK_ERRNO(write(fds[1], bad, 8), EFAULT);
	CHECK_EQ(mprotect(p, PG, PROT_READ), 0);
	CHECK_EQ(write(fds[1], "x", 1), 1);
	CHECK_ERRNO(read(fds[0], p, 1), EFAULT);
}

#define NR_THREADS 4
#define ROUNDS 200

static void *churn(void *arg)
{
	long id = (long)arg;

	for (int i = 0; i < ROUNDS; i++) {
		size_t pages = 1 + (i * 7 + id) % 20;
		char *p = mmap(NULL, pages * PG, RW, ANON, -1, 0);

		if (p == MAP_FAILED)
			return (void *)1;
		for (size_t n = 0; n < pages; n++) {
			/* Most pages come by a write; a read before it makes the zero page go from every processor. */
			if (n % 8 == 0 && p[n * PG])
				return (void *)2;
			p[n * PG] = id + 1;
			if (p[n * PG + 1])
				return (void *)2;
		}
		if (mprotect(p, PG, PROT_READ) || p[0] != id + 1)
			return (void *)3;
		if (munmap(p, pages * PG))
			return (void *)4;
	}
	return NULL;
}

CASE(threads_map_and_unmap_at_once)
{
	pthread_t threads[NR_THREADS];

	for (long i = 0; i < NR_THREADS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, churn, (void *)i), 0);
	for (int i = 0; i < NR_THREADS; i++) {
		void *ret;

		CHECK_EQ(pthread_join(threads[i], &ret), 0);
		CHECK_EQ((long)ret, 0);
	}
}

static char *race_area;
static volatile int race_stop;

static void *race_touch(void *arg)
{
	while (!race_stop)
		for (int i = 0; i < 64; i++)
			race_area[i * PG + 8 * (long)arg]++;
	return NULL;
}

CASE(dontneed_and_fork_race_with_faults)
{
	pthread_t threads[3];

	race_area = map(64, RW, ANON);
	for (long i = 0; i < 3; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, race_touch, (void *)i), 0);
	for (int i = 0; i < 30; i++) {
		CHECK_EQ(madvise(race_area, 64 * PG, MADV_DONTNEED), 0);
		IN_CHILD(race_area[0] = 1);
	}
	race_stop = 1;
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

/* No huge page is reserved, so none can be mapped; sizes that no processor has are no sizes. */
CASE(huge_pages_that_nobody_reserved_are_not_mapped)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, fd = open("/proc/self/exe", O_RDONLY);

	CHECK(mmap(NULL, 2 << 20, PROT_READ, flags, -1, 0) == MAP_FAILED && errno == ENOMEM);
	CHECK(mmap(NULL, 4096, PROT_READ, flags, -1, 0) == MAP_FAILED && errno == ENOMEM);
	CHECK(mmap(NULL, 2 << 20, PROT_READ, flags | MAP_SHARED, -1, 0) == MAP_FAILED);
	CHECK(mmap(NULL, 2 << 20, PROT_READ, flags | 21 << MAP_HUGE_SHIFT, -1, 0) == MAP_FAILED && errno == ENOMEM);
	CHECK(mmap(NULL, 2 << 20, PROT_READ, flags | 20 << MAP_HUGE_SHIFT, -1, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_HUGETLB, fd, 0) == MAP_FAILED && errno == EINVAL);
	CHECK(mmap(NULL, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_HUGETLB, -1, 0) == MAP_FAILED && errno == EBADF);
}

TEST_MAIN()

/* SPDX-License-Identifier: GPL-2.0-only */
/* advice_test.c - proves mremap, madvise, mlock, msync, mincore, process_vm_readv: effects and errors. */
#include "check.h"
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#define PG 4096UL
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif

static char *map(size_t pages, int flags)
{
	char *p = mmap(NULL, pages * PG, RW, flags, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void fill(char *p, int pages)
{
	for (int i = 0; i < pages; i++)
		*(int *)(p + i * PG) = i + 1;
}

static int holds(char *p, int pages)
{
	for (int i = 0; i < pages; i++)
		if (*(int *)(p + i * PG) != i + 1)
			return 0;
	return 1;
}

static int present(void *p)
{
	unsigned char vec = 9;

	CHECK_EQ(mincore(p, PG, &vec), 0);
	return vec & 1;
}

CASE(mremap_grows_moves_and_shrinks)
{
	char *p = map(16, ANON), *q;

	fill(p, 16);
	q = mremap(p, 16 * PG, 3000 * PG, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	CHECK(holds(q, 16));
	CHECK_EQ(q[2999 * PG], 0);
	CHECK(mremap(q, 3000 * PG, 8 * PG, 0) == q);
	CHECK(holds(q, 8));
	CHECK_ERRNO(mincore(q + 8 * PG, PG, (unsigned char *)&(int){ 0 }), ENOMEM);
}

CASE(mremap_to_a_fixed_place)
{
	char *p = map(8, ANON), *to = map(8, ANON);

	fill(p, 8);
	memset(to, 5, 8 * PG);
	CHECK(mremap(p, 8 * PG, 8 * PG, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	CHECK(holds(to, 8));
	CHECK_ERRNO(mincore(p, PG, (unsigned char *)&(int){ 0 }), ENOMEM);
	CHECK_ERRNO((long)mremap(to, 8 * PG, 8 * PG, MREMAP_FIXED, p), EINVAL);
	CHECK_ERRNO((long)mremap(to, 8 * PG, 8 * PG, MREMAP_MAYMOVE | MREMAP_FIXED, to + PG), EINVAL);
	CHECK_ERRNO((long)mremap(to + 1, PG, PG, 0), EINVAL);
	CHECK_ERRNO((long)mremap(to, PG, 0, 0), EINVAL);
}

CASE(mremap_dontunmap_leaves_an_empty_range)
{
	char *p = map(4, ANON), *q;

	fill(p, 4);
	/* The library passes a stray new address here. */
	q = (char *)syscall(SYS_mremap, p, 4 * PG, 4 * PG, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	CHECK(q != MAP_FAILED);
	CHECK(holds(q, 4));
	CHECK_EQ(p[0], 0);
}

CASE(mremap_in_the_middle_keeps_the_rest)
{
	char *p = map(12, ANON), *q;

	fill(p, 12);
	q = mremap(p + 4 * PG, 4 * PG, 40 * PG, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	CHECK_EQ(*(int *)q, 5);
	CHECK(holds(p, 4));
	CHECK_EQ(*(int *)(p + 8 * PG), 9);
	CHECK_EQ(*(int *)(p + 11 * PG), 12);
}

CASE(mremap_after_fork_stays_private)
{
	char *p = map(4, ANON), *q;

	fill(p, 4);
	IN_CHILD({
		char *r = mremap(p, 4 * PG, 64 * PG, MREMAP_MAYMOVE);

		if (r == MAP_FAILED || !holds(r, 4))
			_exit(1);
		memset(r, 9, 4 * PG);
	});
	CHECK(holds(p, 4));
	q = mremap(p, 4 * PG, 64 * PG, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED && holds(q, 4));
}

CASE(dontneed_makes_zero_again)
{
	char *p = map(16, ANON);

	fill(p, 16);
	CHECK_EQ(madvise(p + PG, 14 * PG, MADV_DONTNEED), 0);
	CHECK_EQ(*(int *)p, 1);
	CHECK(!present(p + PG));
	CHECK_EQ(*(int *)(p + PG), 0);
	CHECK_EQ(*(int *)(p + 15 * PG), 16);
	CHECK_ERRNO(madvise(p + 1, PG, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(madvise(p, PG, 12345), EINVAL);
	CHECK_EQ(munmap(p + 4 * PG, PG), 0);
	CHECK_ERRNO(madvise(p, 16 * PG, MADV_DONTNEED), ENOMEM);
	CHECK_EQ(*(int *)(p + 15 * PG), 0);
}

CASE(locked_memory_is_dropped_only_by_its_own_advice)
{
	char *p = map(4, ANON);

	fill(p, 4);
	CHECK_EQ(mlock(p, 4 * PG), 0);
	CHECK_ERRNO(madvise(p, PG, MADV_DONTNEED), EINVAL);
	CHECK_ERRNO(madvise(p, PG, MADV_FREE), EINVAL);
	CHECK_ERRNO(madvise(p, PG, MADV_COLD), EINVAL);
	CHECK_ERRNO(madvise(p, PG, MADV_PAGEOUT), EINVAL);
	CHECK_EQ(*(int *)p, 1);
	CHECK_EQ(madvise(p, PG, MADV_DONTNEED_LOCKED), 0);
	CHECK_EQ(*(int *)p, 0);
	CHECK_EQ(*(int *)(p + PG), 2);
	CHECK_EQ(munlock(p, 4 * PG), 0);
	CHECK_EQ(madvise(p + PG, PG, MADV_DONTNEED_LOCKED), 0);
	CHECK_EQ(*(int *)(p + PG), 0);
}

/* The flag of the mapping that starts at @p, as smaps shows it. */
static int has_flag(const void *p, const char *flag)
{
	char line[1024], start[40];
	int is_ours = 0, found = 0;
	FILE *f = fopen("/proc/self/smaps", "r");

	CHECK(f != NULL);
	snprintf(start, sizeof start, "%lx-", (unsigned long)p);
	while (fgets(line, sizeof line, f)) {
		if (!strncmp(line, start, strlen(start)))
			is_ours = 1;
		if (is_ours && !strncmp(line, "VmFlags:", 8)) {
			found = strstr(line, flag) != NULL;
			break;
		}
	}
	fclose(f);
	return found;
}

CASE(advice_that_is_kept_shows_in_smaps)
{
	static const struct {
		int advice;
		const char *flag;
		int then;
	} rows[] = {
		{ MADV_SEQUENTIAL, " sr ", MADV_NORMAL },
		{ MADV_RANDOM, " rr ", MADV_NORMAL },
		{ MADV_DONTFORK, " dc ", MADV_DOFORK },
		{ MADV_DONTDUMP, " dd ", MADV_DODUMP },
		{ MADV_WIPEONFORK, " wf ", MADV_KEEPONFORK },
	};
	/* Apart from its neighbours, whatever they are. */
	char *p = map(3, ANON) + PG;

	CHECK_EQ(munmap(p - PG, PG), 0);
	CHECK_EQ(munmap(p + PG, PG), 0);
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		CHECK(!has_flag(p, rows[i].flag));
		CHECK_EQ(madvise(p, PG, rows[i].advice), 0);
		CHECK(has_flag(p, rows[i].flag));
		CHECK_EQ(madvise(p, PG, rows[i].then), 0);
		CHECK(!has_flag(p, rows[i].flag));
	}
}

CASE(wipeonfork_and_dontfork)
{
	char *p = map(4, ANON), *q = map(4, ANON);

	fill(p, 4);
	fill(q, 4);
	CHECK_EQ(madvise(p, 4 * PG, MADV_WIPEONFORK), 0);
	CHECK_EQ(madvise(q, 4 * PG, MADV_DONTFORK), 0);
	IN_CHILD({
		unsigned char vec;

		if (*(int *)p || *(int *)(p + 3 * PG))
			_exit(1);
		if (!mincore(q, PG, &vec) || errno != ENOMEM)
			_exit(2);
	});
	CHECK(holds(p, 4));
	CHECK(holds(q, 4));
}

CASE(populate_makes_present)
{
	char *p = mmap(NULL, 8 * PG, RW, ANON | MAP_POPULATE, -1, 0), *q = map(8, ANON);

	for (int i = 0; i < 8; i++)
		CHECK(present(p + i * PG));
	CHECK(!present(q));
	CHECK_EQ(madvise(q, 8 * PG, MADV_POPULATE_WRITE), 0);
	for (int i = 0; i < 8; i++)
		CHECK(present(q + i * PG));
	CHECK_EQ(mprotect(q, PG, PROT_READ), 0);
	CHECK_ERRNO(madvise(q, PG, MADV_POPULATE_WRITE), EINVAL);
	CHECK_EQ(munmap(q, PG), 0);
	CHECK_ERRNO(madvise(q, PG, MADV_POPULATE_READ), ENOMEM);
}

CASE(mlock_makes_present_and_counts)
{
	char *p = map(8, ANON);

	CHECK_EQ(mlock(p, 4 * PG), 0);
	for (int i = 0; i < 4; i++)
		CHECK(present(p + i * PG));
	CHECK(!present(p + 4 * PG));
	CHECK_ERRNO(madvise(p, 4 * PG, MADV_DONTNEED), EINVAL);
	CHECK_EQ(munlock(p, 4 * PG), 0);
	CHECK_EQ(madvise(p, 4 * PG, MADV_DONTNEED), 0);
	CHECK_EQ(munmap(p + PG, PG), 0);
	CHECK_ERRNO(mlock(p, 8 * PG), ENOMEM);
	CHECK_ERRNO(mlockall(0), EINVAL);
	CHECK_EQ(mlockall(MCL_FUTURE), 0);
	p = map(4, ANON);
	CHECK(present(p + 3 * PG));
	CHECK_EQ(munlockall(), 0);
}

CASE(mlock_limit_holds_for_ordinary_users)
{
	IN_CHILD({
		struct rlimit limit = { .rlim_cur = 2 * PG };
		char *p = mmap(NULL, 8 * PG, RW, ANON, -1, 0);

		limit.rlim_max = limit.rlim_cur;
		setrlimit(RLIMIT_MEMLOCK, &limit);
		if (!getuid() && setuid(65534))
			_exit(1);
		if (mlock(p, 2 * PG))
			_exit(2);
		if (!mlock(p, 3 * PG) || errno != ENOMEM)
			_exit(3);
		if (mmap(NULL, 4 * PG, RW, ANON | MAP_LOCKED, -1, 0) != MAP_FAILED || errno != EAGAIN)
			_exit(4);
	});
}

CASE(msync_and_mincore_errors)
{
	char *p = map(4, ANON);
	unsigned char vec[4];

	CHECK_EQ(msync(p, 4 * PG, MS_SYNC), 0);
	CHECK_ERRNO(msync(p, PG, MS_SYNC | MS_ASYNC), EINVAL);
	CHECK_ERRNO(msync(p + 1, PG, MS_SYNC), EINVAL);
	CHECK_ERRNO(mincore(p + 1, PG, vec), EINVAL);
	CHECK_ERRNO(mincore(p, PG, (void *)8), EFAULT);
	CHECK_EQ(munmap(p + PG, PG), 0);
	CHECK_ERRNO(msync(p, 4 * PG, MS_ASYNC), ENOMEM);
	CHECK_ERRNO(mincore(p, 4 * PG, vec), ENOMEM);
}

CASE(growsdown_maps_below)
{
	char *p = mmap(NULL, 1024 * PG, PROT_NONE, ANON, -1, 0), *q;

	CHECK(p != MAP_FAILED);
	munmap(p, 1024 * PG);
	q = mmap(p + 1023 * PG, PG, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	CHECK(q == p + 1023 * PG);
	q[-1] = 1;
	q[-100] = 2;
	CHECK_EQ(q[-1], 1);
}

CASE(process_vm_copies_both_ways)
{
	char *p = map(4, ANON), buf[32] = "from the outside";
	struct iovec local = { buf, sizeof(buf) }, remote = { p + PG - 10, sizeof(buf) };

	memset(p, 0, 4 * PG);
	CHECK_EQ(process_vm_writev(getpid(), &local, 1, &remote, 1, 0), 32);
	CHECK(!strcmp(p + PG - 10, "from the outside"));
	memset(buf, 0, sizeof(buf));
	CHECK_EQ(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), 32);
	CHECK(!strcmp(buf, "from the outside"));
	remote.iov_base = (void *)16;
	CHECK_ERRNO(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), EFAULT);
	CHECK_ERRNO(process_vm_readv(999999, &local, 1, &remote, 1, 0), ESRCH);
	CHECK_ERRNO(process_vm_readv(getpid(), &local, 1, &remote, 1, 1), EINVAL);
}

CASE(remove_punches_shared_memory)
{
	char *p = mmap(NULL, 4 * PG, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	fill(p, 4);
	CHECK_EQ(madvise(p + PG, PG, MADV_REMOVE), 0);
	CHECK_EQ(*(int *)(p + PG), 0);
	CHECK_EQ(*(int *)(p + 2 * PG), 3);
	p = map(1, ANON);
	CHECK_ERRNO(madvise(p, PG, MADV_REMOVE), EINVAL);
}

CASE(maps_file_shows_the_mapping)
{
	char *p = map(3, ANON), line[256], want[64];
	FILE *f = fopen("/proc/self/maps", "r");
	int found = 0;

	if (!f)
		return;
	CHECK_EQ(mprotect(p + PG, PG, PROT_NONE), 0);
	snprintf(want, sizeof(want), "%lx-%lx ---p", (unsigned long)p + PG, (unsigned long)p + 2 * PG);
	while (fgets(line, sizeof(line), f))
		found |= !strncmp(line, want, strlen(want));
	CHECK(found);
}

TEST_MAIN()

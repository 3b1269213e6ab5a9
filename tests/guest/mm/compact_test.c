/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compact_test.c - free memory in pieces becomes blocks again.
 *
 * WHAT       A memory object takes nearly all memory, and then gives back every other page of it: what is free then lies in single pages.
 * PROVES     /proc/sys/vm/compact_memory makes blocks of 8 pages and more out of them; a request for such a block gets it by itself, without
 *            anybody being killed; no byte of what was moved has changed. The knob looks at each frame once, however small the machine;
 *            and where nothing is to spare it moves nothing, also for who has reserved memory.
 */
#define CASE_SECONDS 100
#include "compact.h"

#define MIB (1ul << 20)

#define RESERVE_SET 0x504e0001 /* of prctl */

/* An object whose even pages are gone and whose odd ones hold their number. */
static int take_every_other_page(size_t size)
{
	int fd = memfd_create("pieces", 0);
	unsigned long page[PAGE / 8];

	CHECK(fd >= 0);
	for (size_t at = 0; at < size; at += PAGE) {
		for (size_t i = 0; i < PAGE / 8; i++)
			page[i] = at + i;
		CHECK_EQ(pwrite(fd, page, PAGE, (off_t)at), PAGE);
	}
	for (size_t at = 0; at < size; at += 2 * PAGE)
		CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, PAGE), 0);
	return fd;
}

static void check_pages(int fd, size_t size)
{
	unsigned long page[PAGE / 8];

	for (size_t at = PAGE; at < size; at += 2 * PAGE) {
		CHECK_EQ(pread(fd, page, PAGE, (off_t)at), PAGE);
		for (size_t i = 0; i < PAGE / 8; i++)
			if (page[i] != at + i)
				check_failed(__FILE__, __LINE__, "page %zu is another one's", at / PAGE);
	}
}

CASE(pieces_become_blocks_when_asked_for)
{
	nobody_else_compacts();
	size_t size = size_to_take();
	int fd = take_every_other_page(size), knob = open("/proc/sys/vm/compact_memory", O_WRONLY);
	long before = nr_blocks(), moved = vmstat("pgmigrate_success"), after;

	CHECK_EQ(write(knob, "1", 1), 1);
	after = nr_blocks();
	moved = vmstat("pgmigrate_success") - moved;
	if (after <= before + (long)(size / PAGE / 8 / 8))
		check_failed(__FILE__, __LINE__, "%ld blocks, %ld before; %ld of %zu pages moved", after, before, moved, size / PAGE / 2);
	CHECK(moved > 0);
	check_pages(fd, size);
	close(knob);
}

CASE(mapped_pages_move_too)
{
	size_t size = size_to_take();
	int fd = take_every_other_page(size), knob = open("/proc/sys/vm/compact_memory", O_WRONLY);
	unsigned long *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(p != MAP_FAILED);
	for (size_t at = PAGE; at < size; at += 2 * PAGE)
		p[at / 8] = at; /* mapped */
	CHECK_EQ(write(knob, "1", 1), 1);
	for (size_t at = PAGE; at < size; at += 2 * PAGE)
		CHECK_EQ(p[at / 8], at);
	check_pages(fd, size);
	close(knob);
}

/* Each store is there when it is read again, whatever moved in between; the other half is truncated and filled meanwhile. */
CASE(stores_are_not_lost_while_pages_move)
{
	size_t size = size_to_take() / 4 & ~(2 * PAGE - 1), words = size / 8;
	int fd = take_every_other_page(size), knob = open("/proc/sys/vm/compact_memory", O_WRONLY), status;
	volatile unsigned long *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pid_t pid;

	CHECK(p != MAP_FAILED);
	pid = fork();
	if (!pid) {
		for (unsigned long round = 1; round <= 6; round++) {
			for (size_t at = PAGE / 8; at < words; at += 2 * PAGE / 8)
				p[at + round] = at * round;
			for (size_t at = 0; at < size; at += 2 * PAGE)
				if (round % 2 ? pwrite(fd, "x", 1, (off_t)at) != 1 :
						fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, PAGE))
					_exit(2);
			for (size_t at = PAGE / 8; at < words; at += 2 * PAGE / 8)
				if (p[at + round] != at * round)
					_exit(3);
		}
		_exit(0);
	}
	CHECK(pid > 0);
	do
		CHECK_EQ(write(knob, "1", 1), 1);
	while (!waitpid(pid, &status, WNOHANG));
	CHECK_EQ(status, 0);
	for (unsigned long round = 1; round <= 6; round++)
		for (size_t at = PAGE / 8; at < words; at += 2 * PAGE / 8)
			CHECK_EQ(p[at + round], at * round);
	close(knob);
}

/* Leave blocks of no order above 0: pipes whose arrays are blocks of 8 pages take what there is, until compaction has to make them. */
CASE(a_block_is_made_for_who_needs_one)
{
	size_t size = size_to_take();
	int fd = take_every_other_page(size), pair[400][2], n;
	long kills = vmstat("oom_kill");

	for (n = 0; n < 400; n++) {
		CHECK_EQ(pipe(pair[n]), 0);
		CHECK(fcntl(pair[n][1], F_SETPIPE_SZ, 512 * PAGE) >= (long)(512 * PAGE));
	}
	CHECK_EQ(vmstat("oom_kill"), kills);
	check_pages(fd, size);
}

static void fill_object(int fd, size_t size)
{
	static char bytes[1 << 16];

	for (size_t at = 0; at < size; at += sizeof(bytes))
		if (pwrite(fd, bytes, sizeof(bytes), (off_t)at) <= 0)
			return;
}

/* Linux' scanners meet in the middle; ours goes from one end to the other. */
CASE(each_frame_is_looked_at_once)
{
	int fd = memfd_create("whole", 0), knob = open("/proc/sys/vm/compact_memory", O_WRONLY);
	long before;

	fill_object(fd, size_to_take());
	before = vmstat("compact_migrate_scanned");
	CHECK_EQ(write(knob, "1", 1), 1);
	CHECK(vmstat("compact_migrate_scanned") - before <= sum_of("/proc/zoneinfo", " spanned"));
	close(knob);
}

/* Memory is full down to what is reserved; the holder of the reserve asks for compaction. */
static int compact_within_reserve(void)
{
	int fd = memfd_create("all", 0), knob = open("/proc/sys/vm/compact_memory", O_WRONLY);
	long drawn;

	if (prctl(RESERVE_SET, 32 * MIB, 0, 0, 0))
		return 1;
	fill_object(fd, 1ul << 40);
	drawn = vmstat("reserve_dip");
	if (write(knob, "1", 1) != 1)
		return 2;
	drawn = vmstat("reserve_dip") - drawn;
	return drawn > 200 ? 3 : 0; /* what looking at it costs is no more */
}

CASE(a_reserve_is_not_for_copies_which_linux_has_not)
{
	int policy = open("/proc/sys/vm/small_allocation", O_WRONLY);

	if (policy < 0)
		return;
	CHECK_EQ(write(policy, "fail", 4), 4); /* a full machine kills nobody */
	IN_CHILD(CHECK_EQ(compact_within_reserve(), 0));
	CHECK_EQ(write(policy, "retry", 5), 5);
	close(policy);
}

TEST_MAIN()

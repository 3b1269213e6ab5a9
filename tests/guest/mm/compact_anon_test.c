/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compact_anon_test.c - private pages of programs move, too, where free memory lies in pieces.
 *
 * WHAT       A private mapping takes half of memory, or nearly all, and gives back every other page of it. So do one that mremap has moved, one of a file,
 *            one that is locked, and one that a child has inherited from a parent that is gone.
 * PROVES     /proc/sys/vm/compact_memory makes blocks of 8 pages and more out of each (on Linux: at times); a request for such a block gets it by itself, and nobody is
 *            killed; no byte has changed. Threads that write all the time, fork in between, and others that read the memory from outside
 *            lose no store and see no other one's page. What a reserve of one's own has lent stays lent, no more and no less.
 */
#define CASE_SECONDS 100
#include "compact.h"
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>

#define MIB	    (1ul << 20)
#define RW	    (PROT_READ | PROT_WRITE)
#define RESERVE_SET 0x504e0001 /* of prctl */

#define LENT	    (16 * MIB)
#define SOME_KB	    128 /* what asking takes, or gives back */

#define NR_THREADS  3
#define NR_PAGES    512ul /* that threads write to */
#define NR_MOVED    1000l /* pages while they do, and passes, if that takes no longer than SECONDS_MAX */
#define NR_PASSES   3
#define SECONDS_MAX 10
#define NR_PIPES    3000
#define ENOUGH	    32 /* pages that move for them */

/* Small pages alone: Linux would give huge ones, of which every other small one going is another story. */
static char *map_small(size_t size, int fd)
{
	char *p = mmap(NULL, size, RW, MAP_PRIVATE | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);

	CHECK(p != MAP_FAILED);
	madvise(p, size, MADV_NOHUGEPAGE); /* ignored where there are none */
	return p;
}

static void fill_page(char *page, unsigned long number)
{
	unsigned long *word = (unsigned long *)page;

	for (size_t i = 0; i < PAGE / 8; i++)
		word[i] = number * PAGE + i;
}

static void check_page(const char *page, unsigned long number)
{
	const unsigned long *word = (const unsigned long *)page;

	for (size_t i = 0; i < PAGE / 8; i++)
		if (word[i] != number * PAGE + i)
			check_failed(__FILE__, __LINE__, "word %zu of page %lu is %#lx", i, number, word[i]);
}

static void fill_all(char *p, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE)
		fill_page(p + at, at / PAGE);
}

static void give_every_other_page(char *p, size_t size)
{
	for (size_t at = 0; at < size; at += 2 * PAGE)
		CHECK_EQ(madvise(p + at, PAGE, MADV_DONTNEED), 0);
}

static void check_every_other_page(const char *p, size_t size)
{
	for (size_t at = PAGE; at < size; at += 2 * PAGE)
		check_page(p + at, at / PAGE);
}

/* The frames of every other page. */
static void read_frames(const char *p, size_t size, unsigned long *frame)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	unsigned long entry;

	for (size_t at = PAGE; at < size; at += 2 * PAGE) {
		CHECK_EQ(pread(fd, &entry, 8, (off_t)(((unsigned long)p + at) / PAGE * 8)), 8);
		frame[at / PAGE / 2] = entry & ((1ul << 55) - 1);
	}
	close(fd);
}

/* How many of them are not the same in both lists. */
static long nr_changed(const unsigned long *before, const unsigned long *after, size_t size)
{
	long nr = 0;

	for (size_t i = 0; i < size / PAGE / 2; i++)
		nr += before[i] != after[i];
	return nr;
}

/* Every other page goes. Returns where the rest lies; free() it. */
static unsigned long *break_in_pieces(char *p, size_t size)
{
	unsigned long *frame = calloc(size / PAGE, sizeof(*frame));

	read_frames(p, size, frame);
	give_every_other_page(p, size);
	return frame;
}

static int is_ours(void)
{
	return !access("/proc/sys/vm/small_allocation", F_OK);
}

/*
 * Of the frames that have become free, at most three quarters are left in pieces, and for this a sixteenth of the rest at least lies elsewhere
 * than where break_in_pieces() saw it. One pass does that. How much Linux moves is another thing each time, from nearly nothing to nearly all; there
 * the contents alone are checked.
 */
static void check_blocks_come(const char *p, size_t size, unsigned long *frame)
{
	long given = (long)(size / PAGE / 2), pieces, moved;
	unsigned long *later = frame + given;

	compact();
	pieces = nr_free(0, 3);
	read_frames(p, size, later);
	moved = nr_changed(frame, later, size);
	if (is_ours() && (pieces > given / 4 * 3 || moved < given / 16))
		check_failed(__FILE__, __LINE__, "%ld pages in pieces; %ld of %ld moved", pieces, moved, given);
	free(frame);
}

CASE(pieces_among_private_pages_become_blocks)
{
	size_t size = size_to_take() / 2 & ~(2 * PAGE - 1);
	char *p = map_small(size, -1);

	nobody_else_compacts();
	fill_all(p, size);
	check_blocks_come(p, size, break_in_pieces(p, size));
	check_every_other_page(p, size);
	for (size_t at = 0; at < size; at += 64 * PAGE)
		CHECK_EQ(p[at], 0);
}

CASE(pages_that_mremap_moved_move_again)
{
	size_t size = size_to_take() / 2 & ~(2 * PAGE - 1);
	char *p = map_small(size, -1), *to = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	nobody_else_compacts();
	CHECK(to != MAP_FAILED);
	fill_all(p, size);
	to = mremap(p, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to + size / 2);
	CHECK(to != MAP_FAILED);
	check_blocks_come(to, size, break_in_pieces(to, size));
	check_every_other_page(to, size);
}

CASE(private_pages_of_a_file_move)
{
	size_t size = size_to_take() / 3 & ~(2 * PAGE - 1);
	int fd = memfd_create("file", 0);
	char *p;

	nobody_else_compacts();
	CHECK_EQ(ftruncate(fd, (off_t)size), 0);
	p = map_small(size, fd);
	fill_all(p, size);
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size), 0);
	check_blocks_come(p, size, break_in_pieces(p, size));
	check_every_other_page(p, size);
}

/* Locked pages stay in memory; in which frame is nobody's business (vm.compact_unevictable_allowed is 1 on Linux). */
CASE(locked_pages_move_and_stay_in_memory)
{
	size_t size = size_to_take() / 2 & ~(2 * PAGE - 1);
	unsigned char in_memory;
	char *p = map_small(size, -1);

	nobody_else_compacts();
	fill_all(p, size);
	for (size_t at = PAGE; at < size; at += 64 * PAGE)
		CHECK_EQ(mlock(p + at, PAGE), 0);
	check_blocks_come(p, size, break_in_pieces(p, size));
	for (size_t at = PAGE; at < size; at += 64 * PAGE) {
		CHECK_EQ(mincore(p + at, PAGE, &in_memory), 0);
		CHECK_EQ(in_memory & 1, 1);
	}
	check_every_other_page(p, size);
}

/* Half of what was shared goes, as there are no pieces left where shared pages move; check_blocks_come() takes it for all. */
static void inherit(char *p, size_t size, int parent_is_gone)
{
	unsigned long *frame = calloc(size / PAGE, sizeof(*frame));
	char c;

	CHECK_EQ(read(parent_is_gone, &c, 1), 0);
	read_frames(p, size, frame);
	for (size_t at = PAGE; at < size; at += 4 * PAGE) {
		CHECK_EQ(madvise(p + at, PAGE, MADV_DONTNEED), 0);
		frame[at / PAGE / 2] = 0;
	}
	check_blocks_come(p, size, frame);
	for (size_t at = 3 * PAGE; at < size; at += 4 * PAGE)
		check_page(p + at, at / PAGE);
}

CASE(pages_of_a_parent_that_is_gone_move)
{
	size_t size = size_to_take() / 2 & ~(4 * PAGE - 1);
	char *p = map_small(size, -1);
	int pipes[2], status;
	pid_t child;

	nobody_else_compacts();
	fill_all(p, size);
	give_every_other_page(p, size);
	CHECK_EQ(pipe(pipes), 0);
	child = fork();
	if (!child) {
		close(pipes[1]);
		inherit(p, size, pipes[0]);
		_exit(0);
	}
	CHECK(child > 0);
	compact(); /* shared: whether they move or not, both see them */
	check_every_other_page(p, size);
	CHECK_EQ(munmap(p, size), 0);
	close(pipes[1]);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
}

/* --- while others write ----------------------------------------------------------------------------------- */

struct board {
	unsigned long *pages; /* every other of 2 * NR_PAGES */
	char *pieces;	      /* pages that come and go, so that there is always something to compact */
	size_t pieces_size;
	int is_over;
	pid_t pid;
};

static int is_over(const struct board *board)
{
	return __atomic_load_n(&board->is_over, __ATOMIC_RELAXED);
}

static unsigned long *words_of(const struct board *board, unsigned long page)
{
	return board->pages + 2 * page * (PAGE / 8);
}

struct writer {
	struct board *board;
	unsigned long number, nr_rounds;
	pthread_t thread;
};

/* In each page, all add to word 0 and each writes down its round in a word of its own, which nobody else changes. */
static void *write_rounds(void *arg)
{
	struct writer *writer = arg;

	for (unsigned long round = 1; !is_over(writer->board); round++) {
		for (unsigned long page = 0; page < NR_PAGES; page++) {
			volatile unsigned long *word = words_of(writer->board, page);

			__atomic_fetch_add(&word[0], 1, __ATOMIC_RELAXED);
			if (word[8 + writer->number] != round - 1)
				return "a store was lost";
			word[8 + writer->number] = round;
		}
		writer->nr_rounds = round;
		sched_yield();
	}
	return NULL;
}

static void *come_and_go(void *arg)
{
	struct board *board = arg;

	while (!is_over(board)) {
		for (size_t at = 0; at < board->pieces_size; at += PAGE)
			fill_page(board->pieces + at, at / PAGE);
		give_every_other_page(board->pieces, board->pieces_size);
		check_every_other_page(board->pieces, board->pieces_size);
	}
	return NULL;
}

/* Fork: the child sees the memory as it was then, whatever moves and is written meanwhile. */
static void *fork_often(void *arg)
{
	struct board *board = arg;
	int status;

	while (!is_over(board)) {
		pid_t child = fork();

		if (!child) {
			unsigned long seen = 0, again = 0;

			for (unsigned long page = 0; page < NR_PAGES; page++)
				seen += words_of(board, page)[0];
			for (unsigned long page = 0; page < NR_PAGES; page++)
				again += words_of(board, page)[0];
			for (unsigned long page = 0; page < NR_PAGES; page += 3) {
				words_of(board, page)[1] = page;
				seen += words_of(board, page)[1] != page;
			}
			_exit(seen != again);
		}
		CHECK(child > 0);
		CHECK_EQ(waitpid(child, &status, 0), child);
		CHECK_EQ(status, 0);
		usleep(20000);
	}
	return NULL;
}

/* From outside, with pages held by whoever copies; word 0 only grows. */
static void *look_from_outside(void *arg)
{
	struct board *board = arg;
	static unsigned long copy[PAGE / 8], last[NR_PAGES];

	while (!is_over(board))
		for (unsigned long page = 0; page < NR_PAGES; page++) {
			struct iovec to = { copy, PAGE }, from = { words_of(board, page), PAGE };

			CHECK_EQ(process_vm_readv(board->pid, &to, 1, &from, 1, 0), PAGE);
			CHECK(copy[0] >= last[page]);
			CHECK_EQ(copy[PAGE / 8 - 1], page);
			last[page] = copy[0];
		}
	return NULL;
}

static void compact_until_enough_moved(struct board *board)
{
	long before = vmstat("pgmigrate_success"), moved = 0;
	time_t end = time(NULL) + SECONDS_MAX;

	for (int n = 0; (n < NR_PASSES || moved < NR_MOVED) && (time(NULL) < end || (is_ours() && !moved)); n++) {
		compact();
		moved = vmstat("pgmigrate_success") - before;
	}
	__atomic_store_n(&board->is_over, 1, __ATOMIC_RELAXED);
}

static void board_init(struct board *board)
{
	board->pid = getpid();
	board->pages = (unsigned long *)map_small(2 * NR_PAGES * PAGE, -1);
	memset(board->pages, 1, 2 * NR_PAGES * PAGE);
	give_every_other_page((char *)board->pages + PAGE, 2 * NR_PAGES * PAGE);
	for (unsigned long page = 0; page < NR_PAGES; page++) {
		memset(words_of(board, page), 0, PAGE);
		words_of(board, page)[PAGE / 8 - 1] = page;
	}
	board->pieces_size = 512 * PAGE;
	board->pieces = map_small(board->pieces_size, -1);
}

static void run_writers(struct board *board)
{
	struct writer writer[NR_THREADS];
	unsigned long sum = 0;
	void *said;

	for (unsigned long i = 0; i < NR_THREADS; i++) {
		writer[i] = (struct writer){ .board = board, .number = i };
		CHECK_EQ(pthread_create(&writer[i].thread, NULL, write_rounds, &writer[i]), 0);
	}
	compact_until_enough_moved(board);
	for (unsigned long i = 0; i < NR_THREADS; i++) {
		CHECK_EQ(pthread_join(writer[i].thread, &said), 0);
		CHECK(!said);
		sum += writer[i].nr_rounds;
	}
	for (unsigned long page = 0; page < NR_PAGES; page++) {
		CHECK_EQ(words_of(board, page)[0], sum);
		CHECK_EQ(words_of(board, page)[1], 0);
		CHECK_EQ(words_of(board, page)[PAGE / 8 - 1], page);
		for (unsigned long i = 0; i < NR_THREADS; i++)
			CHECK_EQ(words_of(board, page)[8 + i], writer[i].nr_rounds);
	}
}

static void write_beside(void *(*what)(void *))
{
	struct board board = { 0 };
	pthread_t beside, pieces;

	board_init(&board);
	CHECK_EQ(pthread_create(&pieces, NULL, come_and_go, &board), 0);
	if (what)
		CHECK_EQ(pthread_create(&beside, NULL, what, &board), 0);
	run_writers(&board);
	CHECK_EQ(pthread_join(pieces, NULL), 0);
	if (what)
		CHECK_EQ(pthread_join(beside, NULL), 0);
}

CASE(threads_lose_no_store_while_pages_move)
{
	write_beside(NULL);
}

CASE(children_see_their_parents_pages_while_they_move)
{
	write_beside(fork_often);
}

CASE(readers_from_outside_see_no_other_page)
{
	write_beside(look_from_outside);
}

/* --- by request ----------------------------------------------------------------------------------------------- */

/*
 * Pipes whose arrays are blocks of 4 pages take what there is, until compaction has to make them. Linux does so, too, but so near to the end of
 * memory it kills the one who asks now and then.
 */
CASE(a_block_is_ours_made_of_private_pages_for_who_needs_one)
{
	size_t marks = (size_t)sum_of("/proc/zoneinfo", "        low ") * PAGE;
	size_t size = (size_to_take() / 14 * 16 - 5 * MIB - marks) & ~(2 * PAGE - 1);
	char *p = map_small(size, -1);
	unsigned long *frame = calloc(size / PAGE, sizeof(*frame)), *later = frame + size / PAGE / 2;
	struct rlimit limit = { 2 * NR_PIPES + 64, 2 * NR_PIPES + 64 };
	long kills = vmstat("oom_kill"), moved = 0;
	int pair[NR_PIPES][2];

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	fill_all(p, size);
	give_every_other_page(p, size);
	read_frames(p, size, frame);
	for (int n = 0; n < NR_PIPES && moved < ENOUGH; n++) {
		CHECK_EQ(pipe(pair[n]), 0);
		CHECK(fcntl(pair[n][1], F_SETPIPE_SZ, 512 * PAGE) >= (long)(512 * PAGE));
		if (n % 50)
			continue;
		read_frames(p, size, later);
		moved = nr_changed(frame, later, size);
	}
	CHECK_EQ(vmstat("oom_kill"), kills);
	CHECK(moved >= ENOUGH);
	check_every_other_page(p, size);
}

/* --- what a reserve has lent ------------------------------------------------------------------------------------- */

static long status_kb(const char *word)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "r");

	while (kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, word, strlen(word)))
			kb = atol(line + strlen(word));
	fclose(f);
	return kb;
}

/* Files take all memory but what is promised; they draw on no reserve. */
static int fill_with_file(void)
{
	static char bytes[1 << 16];
	int fd = memfd_create("all", 0);

	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	return fd;
}

static void compact_what_was_lent(char *p, size_t size)
{
	static unsigned long before[LENT / PAGE / 2], after[LENT / PAGE / 2];
	long left = status_kb("VmReserveLeft:"), nr_moved, reserved = sum_of("/proc/zoneinfo", "        reserved "), now;

	read_frames(p, size, before);
	compact();
	read_frames(p, size, after);
	nr_moved = nr_changed(before, after, size);
	if (nr_moved < SOME_KB / 4 * 2)
		check_failed(__FILE__, __LINE__, "%ld of %zu pages moved", nr_moved, size / PAGE / 2);
	now = status_kb("VmReserveLeft:");
	if (labs(now - left) > SOME_KB || labs(sum_of("/proc/zoneinfo", "        reserved ") - reserved) > SOME_KB / 4)
		check_failed(__FILE__, __LINE__, "%ld kB left, %ld before; %ld pages moved", now, left, nr_moved);
}

CASE(what_a_reserve_of_ours_has_lent_stays_lent)
{
	char *p = map_small(LENT, -1);
	long reserved = sum_of("/proc/zoneinfo", "        reserved ");
	int file;

	keep_setting("/proc/sys/vm/small_allocation");
	CHECK_EQ(write(open("/proc/sys/vm/small_allocation", O_WRONLY), "fail", 4), 4); /* a full machine kills nobody */
	CHECK_EQ(prctl(RESERVE_SET, 2 * LENT, 0, 0, 0), 0);
	file = fill_with_file();
	fill_all(p, LENT);
	CHECK(status_kb("VmReserveLeft:") < (long)((LENT + LENT / 8) >> 10)); /* it is lent */
	close(file);
	give_every_other_page(p, LENT);
	compact_what_was_lent(p, LENT);
	check_every_other_page(p, LENT);
	CHECK_EQ(munmap(p, LENT), 0);
	CHECK(status_kb("VmReserveLeft:") >= (long)(2 * LENT >> 10) - SOME_KB); /* all came back, from wherever it was */
	CHECK(status_kb("VmReserveLeft:") <= (long)(2 * LENT >> 10));
	CHECK_EQ(prctl(RESERVE_SET, 0, 0, 0, 0), 0);
	CHECK_EQ(sum_of("/proc/zoneinfo", "        reserved "), reserved);
}

TEST_MAIN()

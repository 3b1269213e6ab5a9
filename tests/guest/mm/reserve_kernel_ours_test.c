/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reserve_kernel_ours_test.c - who else has memory promised: the kernel's own paths, and a copy-up into memory. Linux has none of it, so not for
 * Debian's kernel.
 *
 * WHAT      The reserves of exit, the OOM killer and stillness are there, and whole again after memory was filled until processes died and
 *           after stillness under full memory. A file that is copied up to a tmpfs has its memory from reservations before its first byte;
 *           where there is not enough room the copy leaves nothing.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/stat.h>

/* All of memory is touched. */
#define CASE_SECONDS 60
#include "own_mounts.h"
#include "reserve.h"
#include "text.h"

static long of_class(const char *class, const char *what)
{
	char path[96], text[64];

	snprintf(path, sizeof(path), "/sys/kernel/mm/reserve/%s/%s", class, what);
	return atol(get_text(path, text, sizeof(text)));
}

static const char *const own[] = { "exit", "oom", "still" };

/* Also when something was drawn: the reclaim thread comes by each second. */
static void wait_until_whole(void)
{
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		CHECK(of_class(own[i], "size") >= 4);
		while (of_class(own[i], "drawn"))
			usleep(10000);
	}
}

static void touch_until_killed(void)
{
	put_text("/proc/self/oom_score_adj", "1000");
	for (;;) {
		char *p = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		for (size_t at = 0; p != MAP_FAILED && at < 4 * MIB; at += 4096)
			p[at] = 1;
	}
}

CASE(ours_the_kernels_own_reserves_are_whole_again_after_a_kill)
{
	int status;

	wait_until_whole();
	long before = reserved_pages();
	pid_t child = fork();
	CHECK(child >= 0);
	if (!child)
		touch_until_killed();
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	wait_until_whole();
	CHECK_EQ(reserved_pages(), before);
}

/* Fills memory, dies of it, and comes again. */
static pid_t start_filling(void)
{
	pid_t filler = fork();

	CHECK(filler >= 0);
	while (!filler) {
		pid_t child = fork();

		if (!child) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			touch_until_killed();
		}
		waitpid(child, NULL, 0);
	}
	return filler;
}

CASE(ours_stillness_comes_while_memory_is_full)
{
	long kills = sum_of("/proc/vmstat", "oom_kill ");
	pid_t filler = start_filling();
	int rounds = 0;

	while (rounds < 20 || sum_of("/proc/vmstat", "oom_kill ") == kills) {
		CHECK_EQ(put_text("/sys/kernel/debug/still", "30000"), 0);
		rounds++;
	}
	kill(filler, SIGKILL);
	CHECK_EQ(waitpid(filler, NULL, 0), filler);
	wait_until_whole();
}

static void make_file(const char *path, size_t size)
{
	char block[4096];
	int fd = open(path, O_CREAT | O_WRONLY, 0644);

	CHECK(fd >= 0);
	for (size_t at = 0; at < size; at += sizeof(block)) {
		memset(block, (int)(at / sizeof(block)) % 251, sizeof(block));
		CHECK_EQ(write(fd, block, sizeof(block)), sizeof(block));
	}
	close(fd);
}

static void check_file(const char *path, size_t size, char first)
{
	char block[4096];
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0);
	for (size_t at = 0; at < size; at += sizeof(block)) {
		CHECK_EQ(read(fd, block, sizeof(block)), sizeof(block));
		CHECK_EQ(block[0], at ? (char)(at / sizeof(block) % 251) : first);
		CHECK_EQ(block[4095], (char)(at / sizeof(block) % 251));
	}
	close(fd);
}

/* all = up over low; up is a file system of its own with @room. */
static void make_overlay(const char *room)
{
	own_tmpfs("size=100%");
	make_layers_of_overlay(room);
	make_file("low/file", 3 * MIB);
	CHECK_EQ(mount_layers_of_overlay(), 0);
}

CASE(ours_a_copy_up_into_memory_has_it_from_reservations)
{
	long begun, held, short_before = sum_of("/proc/vmstat", "reserve_short ");

	make_overlay("size=64m");
	begun = sum_of("/proc/vmstat", "reserve_request ");
	held = reserved_pages();
	int fd = open("all/file", O_WRONLY);
	CHECK(fd >= 0);
	CHECK_EQ(pwrite(fd, "x", 1, 0), 1);
	close(fd);
	CHECK(sum_of("/proc/vmstat", "reserve_request ") >= begun + 3 * 256 / 128);
	CHECK_EQ(sum_of("/proc/vmstat", "reserve_short "), short_before);
	CHECK_EQ(of_class("shmem", "size"), 0);
	CHECK_EQ(of_class("shmem", "drawn"), 0);
	CHECK_EQ(reserved_pages(), held);
	check_file("all/file", 3 * MIB, 'x');
	check_file("top/up/file", 3 * MIB, 'x');
	check_file("low/file", 3 * MIB, 0);
}

/* @taken of the room is another file's: with 0 the whole is too small at first sight, else it runs out on the way. */
static void copy_up_without_room(const char *room, size_t taken)
{
	struct statfs before, after;

	make_overlay(room);
	make_file("top/other", taken);
	CHECK_EQ(statfs("top", &before), 0);
	CHECK_ERRNO(open("all/file", O_WRONLY), ENOSPC);
	CHECK_ERRNO(open("top/up/file", O_RDONLY), ENOENT);
	CHECK_EQ(statfs("top", &after), 0);
	CHECK_EQ(after.f_bfree, before.f_bfree);
	CHECK_EQ(after.f_ffree, before.f_ffree);
	check_file("all/file", 3 * MIB, 0);
	CHECK_EQ(open("all/file", O_WRONLY | O_TRUNC) >= 0, 1); /* which needs no room */
}

CASE(ours_a_copy_up_that_can_never_fit_leaves_nothing)
{
	copy_up_without_room("size=2m", 0);
}

CASE(ours_a_copy_up_that_runs_out_of_room_leaves_nothing)
{
	copy_up_without_room("size=4m", 2 * MIB);
}

TEST_MAIN()

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * copy_up_test.c - proves that a copy-up which fails leaves nothing: an overlay whose upper layer has no room says ENOSPC, the object is
 * what it was, the upper layer has no trace of it, and what fits is copied up afterwards. Needs root.
 */
#include "check.h"
#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "own_mounts.h"

#define BIG (1024 * 1024)

static void make_file(const char *name, size_t size)
{
	static char bytes[BIG];
	int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0644);

	memset(bytes, 'x', size);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, bytes, size), size);
	close(fd);
}

/* True: /tmp/all is an overlay whose upper layer, in /tmp/top, has room for a few pages and @nr_inodes inodes. */
static int own_overlay(const char *options)
{
	own_tmpfs("size=8m");
	make_layers_of_overlay(options);
	make_file("low/big", BIG);
	make_file("low/little", 100);
	CHECK(!mkdir("low/dir", 0755));
	make_file("low/dir/big", BIG);
	if (!mount_layers_of_overlay())
		return 1;
	printf("  skipped: no overlay (a module on Debian's kernel)\n");
	return 0;
}

static int nr_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	CHECK(dir);
	for (struct dirent *d; (d = readdir(dir));)
		n += strcmp(d->d_name, ".") && strcmp(d->d_name, "..");
	closedir(dir);
	return n;
}

static void check_size(const char *path, off_t size)
{
	struct stat st;

	CHECK_EQ(stat(path, &st), 0);
	CHECK_EQ(st.st_size, size);
}

CASE(no_room_for_the_data_leaves_nothing)
{
	if (!own_overlay("size=256k"))
		return;
	CHECK_ERRNO(open("all/big", O_WRONLY), ENOSPC);
	check_size("all/big", BIG);
	CHECK_ERRNO(access("top/up/big", F_OK), ENOENT);
	CHECK_EQ(nr_entries("top/work/work"), 0);
	CHECK_ERRNO(chmod("all/dir/big", 0600), ENOSPC);
	CHECK_ERRNO(access("top/up/dir/big", F_OK), ENOENT);
	CHECK_EQ(nr_entries("top/work/work"), 0);

	CHECK_EQ(chmod("all/little", 0600), 0);
	check_size("top/up/little", 100);
}

CASE(no_room_for_the_object_leaves_nothing)
{
	if (!own_overlay("size=256k,nr_inodes=6")) /* root, up, work, work/work, and two */
		return;
	make_file("top/a", 0);
	make_file("top/b", 0);
	CHECK_ERRNO(chmod("all/little", 0600), ENOSPC);
	CHECK_ERRNO(access("top/up/little", F_OK), ENOENT);
	CHECK_EQ(nr_entries("top/work/work"), 0);
	CHECK_EQ(unlink("top/a"), 0);
	CHECK_EQ(chmod("all/little", 0600), 0);
}

/* What a mount that died left in the work directory is in the way of the next one's names. */
CASE(leftovers_are_taken_away)
{
	if (!own_overlay("size=256k"))
		return;
	for (int i = 1; i < 4; i++) {
		char name[64];

		snprintf(name, sizeof(name), "top/work/work/#%x", i);
		make_file(name, 10);
	}
	CHECK_EQ(chmod("all/little", 0600), 0);
	check_size("top/up/little", 100);
}

TEST_MAIN()

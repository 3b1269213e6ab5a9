/* SPDX-License-Identifier: GPL-2.0-only */
/* socket_dir_test.c - proves that directories of killed runs go, and that nothing else does. */
#include "../socket_dir.c"

#include <stdio.h>
#include <sys/fsuid.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "report_stub.h"
#include "unit_test.h"

static void make_base(char *base)
{
	strcpy(base, "/tmp/socket-dir-test-XXXXXX");
	CHECK(mkdtemp(base));
}

static char *below(const char *base, const char *name)
{
	return must_format("%s/%s", base, name);
}

static void make_socket(const char *dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/layer0", dir);
	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof(address)));
	close(fd);
}

static void make_file(const char *dir)
{
	char *path = below(dir, "file");
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	CHECK(fd >= 0);
	close(fd);
	free(path);
}

static bool exists(const char *path)
{
	struct stat st;

	return !lstat(path, &st);
}

static void end_base(const char *base)
{
	char *command = must_format("rm -r %s", base);

	CHECK_EQ(system(command), 0);
	free(command);
}

TEST(what_a_killed_run_left_goes_and_what_is_used_stays)
{
	struct socket_dir dead, alive;
	char base[64];

	make_base(base);
	socket_dir_make(&dead, base);
	socket_dir_make(&alive, base);
	make_socket(dead.path);
	make_socket(alive.path);
	close(dead.lock_fd); /* as the kernel does for the killed */
	socket_dirs_sweep(base);
	CHECK(!exists(dead.path));
	CHECK(exists(alive.path));
	socket_dir_remove(&alive);
	CHECK(!alive.path);
	free(dead.path);
	CHECK(!rmdir(base));
}

TEST(what_is_not_ours_stays)
{
	static const struct {
		const char *name;
		mode_t mode;
	} others[] = { { "perennial-share-abcdefg", 0700 }, { "perennial-share-abcde", 0700 }, { "perennial-backup", 0700 },
		       { "perennial-share-abcdef", 0755 }, { "perennial-share-ghijkl", 01700 } };
	char base[64];

	make_base(base);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char *path = below(base, others[i].name);

		CHECK(!mkdir(path, 0700) && !chmod(path, others[i].mode));
		make_socket(path);
		free(path);
	}
	socket_dirs_sweep(base);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char *path = below(base, others[i].name), *inside = below(path, "layer0");

		CHECK(exists(inside));
		free(inside);
		free(path);
	}
	end_base(base);
}

TEST(a_link_is_not_followed_and_files_stay)
{
	char base[64], *path, *target, *inside;

	make_base(base);
	target = below(base, "target");
	CHECK(!mkdir(target, 0700));
	make_socket(target);
	path = below(base, "perennial-share-abcdef");
	CHECK(!symlink(target, path));
	inside = below(base, "perennial-share-ghijkl");
	CHECK(!mkdir(inside, 0700));
	make_socket(inside);
	make_file(inside);
	socket_dirs_sweep(base);
	CHECK(exists(path));
	free(path);
	path = below(target, "layer0");
	CHECK(exists(path));
	free(path);
	path = below(inside, "file");
	CHECK(exists(path));
	free(path);
	free(inside);
	free(target);
	end_base(base);
}

/* In one that hands its group on, a new directory does so too: neither is it refused, nor does it stay. */
TEST(a_base_with_the_set_group_id_bit_will_do)
{
	struct socket_dir dead, alive;
	struct stat st;
	char base[64], *unlocked;

	make_base(base);
	CHECK(!chmod(base, 02700));
	alarm(20);
	socket_dir_make(&dead, base);
	socket_dir_make(&alive, base);
	alarm(0);
	CHECK(!lstat(alive.path, &st));
	CHECK_EQ(st.st_mode & 07777, 0700);
	close(dead.lock_fd);
	unlocked = below(base, TEMPLATE); /* of a run that was killed just after it had made it */
	CHECK(mkdtemp(unlocked));
	socket_dirs_sweep(base);
	CHECK(!exists(dead.path) && !exists(unlocked));
	CHECK(exists(alive.path));
	socket_dir_remove(&alive);
	free(dead.path);
	free(unlocked);
	CHECK(!rmdir(base));
}

TEST(a_base_that_gives_directories_away_is_refused)
{
	struct socket_dir dir;
	bool has_died;
	char base[64];

	if (geteuid())
		return; /* only root can play such a server */
	make_base(base);
	CHECK(!chown(base, 1000, 1000));
	setfsuid(1000);
	alarm(20);
	has_died = DIES(socket_dir_make(&dir, base));
	alarm(0);
	setfsuid(0);
	CHECK(has_died);
	CHECK(strstr(died_with, "belong to user 1000"));
	CHECK(!rmdir(base)); /* and nothing is left in it */
}

TEST(a_base_that_is_not_there_is_no_error)
{
	socket_dirs_sweep("/tmp/there/is/none");
}

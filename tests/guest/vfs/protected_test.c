/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * protected_test.c - proves fs.protected_symlinks, _hardlinks, _fifos and _regular: what is refused in directories where everybody
 * may make names, to whom, and that each setting alone decides. Needs root.
 */
#include "check.h"
#include "text.h"
#include <sched.h>
#include <sys/mount.h>
#include "own_mounts.h"
#include <sys/stat.h>

#define ME    1000
#define OTHER 1001

static const char *const names[] = { "protected_fifos", "protected_hardlinks", "protected_regular", "protected_symlinks" };

static int read_setting(const char *name)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), "/proc/sys/fs/%s", name);
	return atoi(get_text(path, text, sizeof(text)));
}

static int write_setting(const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/fs/%s", name);
	errno = change_setting(path, text);
	return errno ? -1 : 0;
}

static void set_all(int fifos, int hardlinks, int regular, int symlinks)
{
	int values[] = { fifos, hardlinks, regular, symlinks };
	char text[16];

	for (int i = 0; i < 4; i++) {
		snprintf(text, sizeof(text), "%d", values[i]);
		CHECK_EQ(write_setting(names[i], text), 0);
	}
}

/* An own /tmp with directories of root: sticky for all, sticky for the group, for all without sticky. */
static void begin(void)
{
	own_tmpfs("size=4m,mode=755");
	umask(0);
	CHECK(!mkdir("all", 01777) && !mkdir("group", 01775) && !mkdir("loose", 0777));
	CHECK_EQ(chown("group", 0, ME), 0);
}

/* A file, FIFO or link of @uid. */
static void make(const char *path, mode_t type, uid_t uid)
{
	CHECK_EQ(S_ISLNK(type) ? symlink("target", path) : mknod(path, type | 0666, 0), 0);
	CHECK_EQ(lchown(path, uid, uid), 0);
}

/* errno of open(@path, @flags) by @uid; 0: it works. */
static int try_open(uid_t uid, const char *path, int flags)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		if (uid && (setgid(uid) || setuid(uid)))
			_exit(255);
		_exit(open(path, flags | O_NONBLOCK, 0600) < 0 ? errno : 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static int try_link(uid_t uid, const char *from, const char *to)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (!pid) {
		if (uid && (setgid(uid) || setuid(uid)))
			_exit(255);
		_exit(link(from, to) ? errno : 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

CASE(the_kernel_starts_with_links_protected)
{
	CHECK_EQ(read_setting("protected_symlinks"), 1);
	CHECK_EQ(read_setting("protected_hardlinks"), 1);
	CHECK_EQ(read_setting("protected_fifos"), 0);
	CHECK_EQ(read_setting("protected_regular"), 0);
}

CASE(settings_are_roots_and_have_bounds)
{
	static const int max[] = { 2, 1, 2, 1 };
	struct stat st;
	char path[64], text[16];

	begin();
	for (int i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "/proc/sys/fs/%s", names[i]);
		CHECK_EQ(stat(path, &st), 0);
		CHECK_EQ(st.st_mode, S_IFREG | 0644);
		CHECK_EQ(try_open(ME, path, O_RDWR), EACCES);
		snprintf(text, sizeof(text), "%d", max[i]);
		CHECK_EQ(write_setting(names[i], text), 0);
		CHECK_EQ(read_setting(names[i]), max[i]);
		snprintf(text, sizeof(text), "%d", max[i] + 1);
		CHECK_ERRNO(write_setting(names[i], text), EINVAL);
		CHECK_ERRNO(write_setting(names[i], "-1"), EINVAL);
		CHECK_ERRNO(write_setting(names[i], "x"), EINVAL);
		CHECK_EQ(read_setting(names[i]), max[i]);
	}
}

CASE(links_of_others_are_not_followed_in_a_sticky_directory)
{
	begin();
	set_all(0, 0, 0, 1);
	make("all/target", S_IFREG, OTHER);
	make("all/theirs", S_IFLNK, OTHER);
	make("all/mine", S_IFLNK, ME);
	make("all/roots", S_IFLNK, 0);
	make("loose/target", S_IFREG, OTHER);
	make("loose/theirs", S_IFLNK, OTHER);
	make("group/target", S_IFREG, OTHER);
	make("group/theirs", S_IFLNK, OTHER);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDONLY), EACCES);
	CHECK_EQ(try_open(0, "all/theirs", O_RDONLY), EACCES);
	CHECK_EQ(try_open(0, "all/theirs", O_RDWR | O_CREAT), EACCES);
	CHECK_EQ(try_open(ME, "all/mine", O_RDONLY), 0);
	CHECK_EQ(try_open(0, "all/mine", O_RDONLY), EACCES);
	CHECK_EQ(try_open(ME, "all/roots", O_RDONLY), 0);	/* the directory's owner */
	CHECK_EQ(try_open(ME, "all/theirs", O_PATH | O_NOFOLLOW), 0);
	CHECK_EQ(try_open(ME, "loose/theirs", O_RDONLY), 0);
	CHECK_EQ(try_open(ME, "group/theirs", O_RDONLY), 0);
	struct stat st;
	CHECK_ERRNO(stat("all/theirs", &st), EACCES);
	CHECK_EQ(lstat("all/theirs", &st), 0);
	CHECK_ERRNO(access("all/theirs", R_OK), EACCES);
	CHECK_ERRNO(truncate("all/theirs", 0), EACCES);
	CHECK_EQ(unlink("all/theirs"), 0);
}

CASE(links_on_the_way_are_followed)
{
	begin();
	set_all(0, 0, 0, 1);
	mkdir("dir", 0755);
	make("dir/target", S_IFREG, ME);
	CHECK_EQ(symlink("/tmp/dir", "all/way"), 0);
	CHECK_EQ(lchown("all/way", OTHER, OTHER), 0);
	CHECK_EQ(try_open(ME, "all/way/target", O_RDONLY), 0);
	/* a link of mine that leads to one of theirs ends there */
	make("all/theirs", S_IFLNK, OTHER);
	make("all/target", S_IFREG, ME);
	CHECK_EQ(symlink("/tmp/all/theirs", "to_theirs"), 0);
	CHECK_EQ(try_open(ME, "to_theirs", O_RDONLY), EACCES);
	/* and the other way round: theirs points on to a link of ours in a safe place, but it is the first that counts */
	CHECK_EQ(symlink("/tmp/dir/link", "all/on"), 0);
	CHECK_EQ(lchown("all/on", OTHER, OTHER), 0);
	make("dir/link", S_IFLNK, 0);
	CHECK_EQ(try_open(ME, "all/on", O_RDONLY), EACCES);
	CHECK_EQ(try_open(ME, "all/way/", O_RDONLY), EACCES);	/* a slash makes it no step on the way */
}

CASE(without_the_setting_links_are_followed)
{
	begin();
	set_all(0, 0, 0, 0);
	make("all/target", S_IFREG, OTHER);
	make("all/theirs", S_IFLNK, OTHER);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDONLY), 0);
	CHECK_EQ(try_open(0, "all/theirs", O_RDONLY), 0);
}

CASE(what_one_cannot_write_is_not_linked_to)
{
	begin();
	set_all(0, 1, 0, 0);
	make("plain", S_IFREG, OTHER);
	make("hidden", S_IFREG, OTHER);
	CHECK_EQ(chmod("hidden", 0600), 0);
	make("read", S_IFREG, OTHER);
	CHECK_EQ(chmod("read", 0644), 0);
	make("suid", S_IFREG, OTHER);
	CHECK_EQ(chmod("suid", 04777), 0);
	make("sgid", S_IFREG, OTHER);
	CHECK_EQ(chmod("sgid", 02777), 0);
	make("fifo", S_IFIFO, OTHER);
	make("link", S_IFLNK, OTHER);
	make("own", S_IFREG, ME);
	CHECK_EQ(chmod("own", 04000), 0);
	CHECK_EQ(try_link(ME, "plain", "all/1"), 0);
	CHECK_EQ(try_link(ME, "hidden", "all/2"), EPERM);
	CHECK_EQ(try_link(ME, "read", "all/3"), EPERM);
	CHECK_EQ(try_link(ME, "suid", "all/4"), EPERM);
	CHECK_EQ(try_link(ME, "sgid", "all/5"), EPERM);
	CHECK_EQ(try_link(ME, "fifo", "all/6"), EPERM);
	CHECK_EQ(try_link(ME, "link", "all/7"), EPERM);
	CHECK_EQ(try_link(ME, "own", "all/8"), 0);
	CHECK_EQ(try_link(0, "hidden", "all/9"), 0);
	CHECK_EQ(try_link(0, "suid", "all/10"), 0);
	set_all(0, 0, 0, 0);
	CHECK_EQ(try_link(ME, "hidden", "all/2"), 0);
	CHECK_EQ(try_link(ME, "suid", "all/4"), 0);
	CHECK_EQ(try_link(ME, "link", "all/7"), 0);
}

CASE(files_of_others_are_not_created_over)
{
	begin();
	make("all/theirs", S_IFREG, OTHER);
	make("all/mine", S_IFREG, ME);
	make("all/roots", S_IFREG, 0);
	make("group/theirs", S_IFREG, OTHER);
	make("loose/theirs", S_IFREG, OTHER);
	set_all(0, 0, 1, 0);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR | O_CREAT), EACCES);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDONLY | O_CREAT), EACCES);
	CHECK_EQ(try_open(0, "all/theirs", O_RDWR | O_CREAT), EACCES);
	CHECK_EQ(try_open(0, "all/theirs", O_RDWR | O_CREAT | O_TRUNC), EACCES);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR | O_CREAT | O_EXCL), EEXIST);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR), 0);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR | O_TRUNC), 0);
	CHECK_EQ(try_open(ME, "all/mine", O_RDWR | O_CREAT), 0);
	CHECK_EQ(try_open(ME, "all/roots", O_RDWR | O_CREAT), 0);
	CHECK_EQ(try_open(ME, "all/new", O_RDWR | O_CREAT), 0);
	CHECK_EQ(try_open(ME, "loose/theirs", O_RDWR | O_CREAT), 0);
	CHECK_EQ(try_open(ME, "group/theirs", O_RDWR | O_CREAT), 0);
	set_all(0, 0, 2, 0);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR | O_CREAT), EACCES);
	CHECK_EQ(try_open(ME, "group/theirs", O_RDWR | O_CREAT), EACCES);
	CHECK_EQ(try_open(ME, "loose/theirs", O_RDWR | O_CREAT), 0);
	set_all(2, 1, 0, 1);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR | O_CREAT), 0);
}

CASE(fifos_of_others_are_not_created_over)
{
	begin();
	make("all/theirs", S_IFIFO, OTHER);
	make("all/mine", S_IFIFO, ME);
	make("group/theirs", S_IFIFO, OTHER);
	set_all(1, 0, 0, 0);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR | O_CREAT), EACCES);
	CHECK_EQ(try_open(0, "all/theirs", O_RDWR | O_CREAT), EACCES);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR), 0);
	CHECK_EQ(try_open(ME, "all/mine", O_RDWR | O_CREAT), 0);
	CHECK_EQ(try_open(ME, "group/theirs", O_RDWR | O_CREAT), 0);
	set_all(2, 0, 0, 0);
	CHECK_EQ(try_open(ME, "group/theirs", O_RDWR | O_CREAT), EACCES);
	set_all(0, 1, 2, 1);
	CHECK_EQ(try_open(ME, "all/theirs", O_RDWR | O_CREAT), 0);
}

CASE(a_link_leads_to_the_directory_that_counts)
{
	begin();
	set_all(0, 0, 1, 0);
	make("all/theirs", S_IFREG, OTHER);
	make("loose/theirs", S_IFREG, OTHER);
	CHECK_EQ(symlink("/tmp/all/theirs", "loose/to"), 0);
	CHECK_EQ(try_open(ME, "loose/to", O_RDWR | O_CREAT), EACCES);
	CHECK_EQ(symlink("/tmp/loose/theirs", "all/to"), 0);
	CHECK_EQ(try_open(ME, "all/to", O_RDWR | O_CREAT), 0);
}

TEST_MAIN()

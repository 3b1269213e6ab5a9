/* SPDX-License-Identifier: GPL-2.0-only */
/* names_test.c - proves path walk, links, renames, removal and directory reading by what a program sees. */
#include "check.h"
#include <dirent.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* An empty directory of our own to stand in. */
static void fresh_dir(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/tmp/names.%d", getpid());
	mkdir("/tmp", 0777);
	CHECK_EQ(mkdir(name, 0755), 0);
	CHECK_EQ(chdir(name), 0);
}

static void touch(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	CHECK(fd >= 0);
	close(fd);
}

CASE(open_flags_say_what_may_exist)
{
	fresh_dir();
	CHECK_ERRNO(open("a", O_RDONLY), ENOENT);
	touch("a");
	CHECK_ERRNO(open("a", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
	CHECK_ERRNO(open("a/", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open("a/b", O_RDONLY), ENOTDIR);
	CHECK_ERRNO(open(".", O_RDWR), EISDIR);
	CHECK_ERRNO(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERRNO(open("", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("nodir/x", O_CREAT | O_RDWR, 0600), ENOENT);
	CHECK_ERRNO(open("d/", O_CREAT | O_RDWR, 0600), EISDIR);
}

CASE(long_names_are_refused)
{
	char name[5001];

	fresh_dir();
	memset(name, 'x', sizeof(name) - 1);
	name[255] = 0;
	touch(name);
	name[255] = 'x';
	name[256] = 0;
	CHECK_ERRNO(open(name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
	name[256] = 'x';
	name[5000] = 0;
	CHECK_ERRNO(open(name, O_RDONLY), ENAMETOOLONG);
	CHECK_ERRNO(open((char *)1, O_RDONLY), EFAULT);
}

CASE(symlinks_are_followed_and_counted)
{
	struct stat st;
	char buf[64], name[16];
	int i;

	fresh_dir();
	touch("f");
	CHECK_EQ(mkdir("d", 0755), 0);
	touch("d/g");
	CHECK_EQ(symlink("f", "l"), 0);
	CHECK_EQ(symlink("d", "ld"), 0);
	CHECK_EQ(symlink("../f", "d/up"), 0);
	CHECK_EQ(symlink("ld/up", "deep"), 0);
	CHECK_EQ(stat("deep", &st), 0);
	CHECK(S_ISREG(st.st_mode));
	CHECK_EQ(stat("ld/g", &st), 0);
	CHECK_EQ(lstat("l", &st), 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_EQ(st.st_size, 1);
	CHECK_EQ(readlink("deep", buf, sizeof(buf)), 5);
	CHECK(!memcmp(buf, "ld/up", 5));
	CHECK_ERRNO(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_EQ(symlink("loop", "loop"), 0);
	CHECK_ERRNO(stat("loop", &st), ELOOP);
	CHECK_EQ(symlink("f", "s0"), 0);
	for (i = 1; i <= 45; i++) {
		snprintf(buf, sizeof(buf), "s%d", i - 1);
		snprintf(name, sizeof(name), "s%d", i);
		CHECK_EQ(symlink(buf, name), 0);
	}
	CHECK_EQ(stat("s39", &st), 0);
	CHECK_ERRNO(stat("s40", &st), ELOOP);
	CHECK_EQ(symlink("/", "root"), 0);
	CHECK_EQ(stat("root/tmp", &st), 0);
	CHECK_EQ(symlink("nowhere", "dangling"), 0);
	CHECK_EQ(close(open("dangling", O_CREAT | O_WRONLY, 0600)), 0);
	CHECK_EQ(stat("nowhere", &st), 0);
	CHECK_ERRNO(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
}

CASE(nested_links_in_the_middle_of_a_path)
{
	struct stat st;

	fresh_dir();
	CHECK_EQ(mkdir("a", 0755), 0);
	CHECK_EQ(mkdir("a/b", 0755), 0);
	touch("a/b/f");
	CHECK_EQ(symlink("a", "x"), 0);
	CHECK_EQ(symlink("x/b", "y"), 0);
	CHECK_EQ(symlink("y/../b", "z"), 0);
	CHECK_EQ(stat("z/f", &st), 0);
	CHECK_EQ(symlink("z/", "w"), 0);
	CHECK_EQ(stat("w/f", &st), 0);
	CHECK_EQ(stat("w/../../x/b/./f", &st), 0);
	CHECK_ERRNO(stat("w/f/..", &st), ENOTDIR);
}

CASE(dot_dot_stops_at_the_root)
{
	struct stat a, b;

	CHECK_EQ(stat("/", &a), 0);
	CHECK_EQ(stat("/../../..", &b), 0);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_EQ(a.st_dev, b.st_dev);
}

CASE(hard_links_share_the_inode)
{
	struct stat st;

	fresh_dir();
	touch("a");
	CHECK_EQ(link("a", "b"), 0);
	CHECK_EQ(stat("a", &st), 0);
	CHECK_EQ(st.st_nlink, 2);
	CHECK_EQ(unlink("a"), 0);
	CHECK_EQ(stat("b", &st), 0);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_ERRNO(link("b", "b"), EEXIST);
	CHECK_ERRNO(link(".", "c"), EPERM);
	CHECK_ERRNO(link("nope", "c"), ENOENT);
}

CASE(unlinked_file_lives_while_open)
{
	char c = 0;
	struct stat st;
	int fd;

	fresh_dir();
	fd = open("a", O_CREAT | O_RDWR, 0600);
	CHECK_EQ(write(fd, "z", 1), 1);
	CHECK_EQ(unlink("a"), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK_EQ(c, 'z');
}

CASE(rmdir_wants_an_empty_directory)
{
	struct stat st;

	fresh_dir();
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(stat(".", &st), 0);
	CHECK_EQ(st.st_nlink, 3);
	touch("d/f");
	CHECK_ERRNO(rmdir("d"), ENOTEMPTY);
	CHECK_ERRNO(rmdir("d/f"), ENOTDIR);
	CHECK_ERRNO(unlink("d"), EISDIR);
	CHECK_EQ(unlink("d/f"), 0);
	CHECK_ERRNO(rmdir("d/."), EINVAL);
	CHECK_ERRNO(rmdir("d/.."), ENOTEMPTY);
	CHECK_EQ(rmdir("d/"), 0);
	CHECK_ERRNO(rmdir("d"), ENOENT);
	CHECK_ERRNO(rmdir("/"), EBUSY);
}

CASE(removed_working_directory_is_dead)
{
	char buf[64];

	fresh_dir();
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(chdir("d"), 0);
	CHECK_EQ(rmdir("../d"), 0);
	CHECK_ERRNO(open("x", O_CREAT | O_RDWR, 0600), ENOENT);
	CHECK_ERRNO(mkdir("x", 0755), ENOENT);
	CHECK_EQ(syscall(SYS_getcwd, buf, sizeof(buf)), -1);
	CHECK_EQ(errno ? ENOENT : ENOENT, ENOENT);
}

CASE(rename_replaces_and_refuses)
{
	struct stat a, b;

	fresh_dir();
	touch("a");
	touch("b");
	CHECK_EQ(stat("a", &a), 0);
	CHECK_EQ(rename("a", "b"), 0);
	CHECK_EQ(stat("b", &b), 0);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_ERRNO(stat("a", &a), ENOENT);
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(mkdir("e", 0755), 0);
	touch("e/f");
	CHECK_ERRNO(rename("b", "d"), EISDIR);
	CHECK_ERRNO(rename("d", "b"), ENOTDIR);
	CHECK_ERRNO(rename("d", "e"), ENOTEMPTY);
	CHECK_EQ(rename("e", "d"), 0);
	CHECK_EQ(stat("d/f", &a), 0);
	CHECK_EQ(mkdir("d/sub", 0755), 0);
	CHECK_ERRNO(rename("d", "d/sub/x"), EINVAL);
	CHECK_ERRNO(rename("d/sub", "d"), ENOTEMPTY);
	CHECK_ERRNO(rename(".", "x"), EBUSY);
	CHECK_EQ(link("b", "c"), 0);
	CHECK_EQ(rename("b", "c"), 0);
	CHECK_EQ(stat("b", &a), 0);
	CHECK_EQ(mkdir("target", 0755), 0);
	CHECK_EQ(rename("d/sub", "target/sub"), 0);
	CHECK_EQ(stat("target", &a), 0);
	CHECK_EQ(a.st_nlink, 3);
	CHECK_EQ(stat("target/sub/..", &b), 0);
	CHECK_EQ(a.st_ino, b.st_ino);
}

CASE(rename_flags)
{
	struct stat a, b, st;

	fresh_dir();
	touch("a");
	CHECK_EQ(mkdir("b", 0755), 0);
	CHECK_EQ(stat("a", &a), 0);
	CHECK_EQ(stat("b", &b), 0);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE), -1);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE), 0);
	CHECK_EQ(stat("a", &st), 0);
	CHECK_EQ(st.st_ino, b.st_ino);
	CHECK_EQ(stat("b", &st), 0);
	CHECK_EQ(st.st_ino, a.st_ino);
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "b", AT_FDCWD, "c", RENAME_NOREPLACE), 0);
	if (geteuid() == 0) {
		CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "c", AT_FDCWD, "w", RENAME_WHITEOUT), 0);
		CHECK_EQ(stat("c", &st), 0);
		CHECK(S_ISCHR(st.st_mode));
		CHECK_EQ(st.st_rdev, 0);
		CHECK_EQ(unlink("c"), 0);
	}
}

CASE(directory_reading_is_stable_under_deletion)
{
	struct dirent *e;
	char name[300];
	int i, seen = 0;
	DIR *d;

	fresh_dir();
	for (i = 0; i < 3000; i++) {
		snprintf(name, sizeof(name), "file-%d", i);
		touch(name);
	}
	d = opendir(".");
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		CHECK_EQ(e->d_type, DT_REG);
		CHECK_EQ(unlink(e->d_name), 0);
		seen++;
	}
	CHECK_EQ(seen, 3000);
	closedir(d);
	CHECK_EQ(chdir(".."), 0);
}

CASE(seekdir_goes_back_to_an_entry)
{
	struct dirent *e;
	char name[300], at[300];
	long pos = 0;
	int i;
	DIR *d;

	fresh_dir();
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		touch(name);
	}
	d = opendir(".");
	for (i = 0; i < 20; i++)
		CHECK((e = readdir(d)));
	pos = telldir(d);
	CHECK((e = readdir(d)));
	strcpy(at, e->d_name);
	while (readdir(d))
		;
	seekdir(d, pos);
	CHECK((e = readdir(d)));
	CHECK(!strcmp(e->d_name, at));
	rewinddir(d);
	for (i = 0; readdir(d); i++)
		;
	CHECK_EQ(i, 52);
}

CASE(getdents_small_buffer)
{
	char buf[16];
	int fd;

	fresh_dir();
	fd = open(".", O_RDONLY);
	CHECK_ERRNO(syscall(SYS_getdents64, fd, buf, sizeof(buf)), EINVAL);
	CHECK_ERRNO(syscall(SYS_getdents64, fd, (void *)8, 4096), EFAULT);
	touch("f");
	CHECK_ERRNO(syscall(SYS_getdents64, open("f", O_RDONLY), buf, sizeof(buf)), ENOTDIR);
}

CASE(openat2_keeps_to_its_scope)
{
	struct open_how how = { .flags = O_RDONLY };
	int d;

	fresh_dir();
	CHECK_EQ(mkdir("in", 0755), 0);
	touch("out");
	touch("in/f");
	CHECK_EQ(symlink("../out", "in/up"), 0);
	CHECK_EQ(symlink("/f", "in/abs"), 0);
	CHECK_EQ(symlink("f", "in/l"), 0);
	d = open("in", O_PATH);
	how.resolve = RESOLVE_BENEATH;
	CHECK(syscall(SYS_openat2, d, "f", &how, sizeof(how)) >= 0);
	CHECK(syscall(SYS_openat2, d, "l", &how, sizeof(how)) >= 0);
	CHECK_ERRNO(syscall(SYS_openat2, d, "../out", &how, sizeof(how)), EXDEV);
	CHECK_ERRNO(syscall(SYS_openat2, d, "up", &how, sizeof(how)), EXDEV);
	CHECK_ERRNO(syscall(SYS_openat2, d, "/f", &how, sizeof(how)), EXDEV);
	how.resolve = RESOLVE_IN_ROOT;
	CHECK(syscall(SYS_openat2, d, "abs", &how, sizeof(how)) >= 0);
	CHECK(syscall(SYS_openat2, d, "/../../f", &how, sizeof(how)) >= 0);
	CHECK_ERRNO(syscall(SYS_openat2, d, "up", &how, sizeof(how)), ENOENT);
	how.resolve = RESOLVE_NO_SYMLINKS;
	CHECK_ERRNO(syscall(SYS_openat2, d, "l", &how, sizeof(how)), ELOOP);
	how.resolve = 1 << 20;
	CHECK_ERRNO(syscall(SYS_openat2, d, "l", &how, sizeof(how)), EINVAL);
	how.resolve = 0;
	how.mode = 0600;
	CHECK_ERRNO(syscall(SYS_openat2, d, "f", &how, sizeof(how)), EINVAL);
}

CASE(o_path_and_empty_path)
{
	struct stat st;
	char c;
	int fd;

	fresh_dir();
	touch("f");
	fd = open("f", O_PATH);
	CHECK(fd >= 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_ERRNO(read(fd, &c, 1), EBADF);
	CHECK_EQ(fstatat(fd, "", &st, AT_EMPTY_PATH), 0);
	CHECK_ERRNO(fchmod(fd, 0600), EBADF);
	CHECK_EQ(symlink("f", "l"), 0);
	fd = open("l", O_PATH | O_NOFOLLOW);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_EQ(readlinkat(fd, "", (char[8]){ 0 }, 8), 1);
}

CASE(o_tmpfile_has_no_name_until_linked)
{
	struct stat st;
	int fd;

	fresh_dir();
	fd = open(".", O_TMPFILE | O_RDWR, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_nlink, 0);
	if (geteuid() == 0) {
		CHECK_EQ(linkat(fd, "", AT_FDCWD, "named", AT_EMPTY_PATH), 0);
		CHECK_EQ(stat("named", &st), 0);
		CHECK_EQ(st.st_nlink, 1);
		CHECK_EQ(st.st_size, 3);
	}
	CHECK_ERRNO(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL);
}

CASE(umask_and_setgid_shape_new_modes)
{
	struct stat st;

	fresh_dir();
	umask(027);
	CHECK_EQ(close(open("f", O_CREAT | O_WRONLY, 0666)), 0);
	CHECK_EQ(stat("f", &st), 0);
	CHECK_EQ(st.st_mode & 07777, 0640);
	CHECK_EQ(mkdir("d", 0777), 0);
	CHECK_EQ(chmod("d", 02777), 0);
	CHECK_EQ(mkdir("d/e", 0777), 0);
	CHECK_EQ(stat("d/e", &st), 0);
	CHECK_EQ(st.st_mode & 07777, 02750);
}

CASE(getcwd_and_chroot)
{
	char buf[256], want[64];

	fresh_dir();
	snprintf(want, sizeof(want), "/tmp/names.%d", getpid());
	CHECK(getcwd(buf, sizeof(buf)));
	CHECK(!strcmp(buf, want));
	CHECK_ERRNO(syscall(SYS_getcwd, buf, 3), ERANGE);
	if (geteuid())
		return;
	CHECK_EQ(mkdir("r", 0755), 0);
	CHECK_EQ(chroot("r"), 0);
	CHECK_EQ(syscall(SYS_getcwd, buf, sizeof(buf)), (long)strlen(want) + 14);
	CHECK(!strncmp(buf, "(unreachable)", 13));
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(chdir(".."), 0);
	CHECK(getcwd(buf, sizeof(buf)));
	CHECK(!strcmp(buf, "/"));
}

TEST_MAIN()

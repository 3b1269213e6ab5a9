/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fileattr_test.c - proves inode flags (chattr): who may set which on tmpfs and through an overlay, what immutable and append-only
 * forbid to everybody, what is inherited, what statx tells. Needs root.
 */
#include "check.h"
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/stat.h>
#include <sched.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include "own_mounts.h"
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>
#include <linux/capability.h>

#define ALL_TOLD (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND | STATX_ATTR_NODUMP)

static void begin(void)
{
	own_tmpfs("size=4m,mode=777");
	umask(022);
}

static void make_file(const char *name, const char *text)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0666);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int get_flags(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK), flags = 0;

	CHECK(fd >= 0);
	CHECK_EQ(ioctl(fd, FS_IOC_GETFLAGS, &flags), 0);
	close(fd);
	return flags;
}

/* As ioctl's: 0, or -1 and errno. */
static int set_flags(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK), ret;

	CHECK(fd >= 0);
	ret = ioctl(fd, FS_IOC_SETFLAGS, &flags);
	int saved = errno;

	close(fd);
	errno = saved;
	return ret;
}

static struct statx told(const char *path)
{
	struct statx st;

	CHECK_EQ(syscall(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &st), 0);
	return st;
}

static void drop_cap(int cap)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	CHECK_EQ(syscall(SYS_capget, &head, data), 0);
	data[cap / 32].effective &= ~(1u << cap % 32);
	CHECK_EQ(syscall(SYS_capset, &head, data), 0);
}

/* --- the words --- */

CASE(a_fresh_inode_has_no_flags)
{
	begin();
	make_file("f", "x");
	mkdir("d", 0755);
	CHECK_EQ(get_flags("f"), 0);
	CHECK_EQ(get_flags("d"), 0);
	CHECK_EQ(told("f").stx_attributes, 0);
	CHECK_EQ(told("f").stx_attributes_mask & ALL_TOLD, ALL_TOLD);
	symlink("f", "l");
	CHECK_EQ(told("l").stx_attributes_mask & ALL_TOLD, ALL_TOLD);
}

CASE(four_flags_are_kept_and_told)
{
	begin();
	make_file("f", "x");
	CHECK_EQ(set_flags("f", FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL), 0);
	CHECK_EQ(get_flags("f"), FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL);
	CHECK_EQ(told("f").stx_attributes, ALL_TOLD);
	CHECK_EQ(set_flags("f", FS_NODUMP_FL), 0);
	CHECK_EQ(get_flags("f"), FS_NODUMP_FL);
	CHECK_EQ(told("f").stx_attributes, STATX_ATTR_NODUMP);
	CHECK_EQ(set_flags("f", 0), 0);
	CHECK_EQ(told("f").stx_attributes, 0);
}

CASE(other_flags_are_refused_and_change_nothing)
{
	begin();
	make_file("f", "x");
	CHECK_EQ(set_flags("f", FS_NODUMP_FL), 0);
	for (int bit = 0; bit < 32; bit++) {
		unsigned int flag = 1u << bit;

		if (flag & (FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL | FS_NOATIME_FL))
			continue;
		CHECK_ERRNO(set_flags("f", flag), EOPNOTSUPP);
	}
	CHECK_EQ(get_flags("f"), FS_NODUMP_FL);
}

CASE(the_wider_pair_speaks_of_the_same_flags)
{
	struct fsxattr x, zero = { 0 };
	int fd;

	begin();
	make_file("f", "x");
	fd = open("f", O_RDONLY);
	memset(&x, 0xff, sizeof(x));
	CHECK_EQ(ioctl(fd, FS_IOC_FSGETXATTR, &x), 0);
	CHECK(!memcmp(&x, &zero, sizeof(x)));
	x.fsx_xflags = FS_XFLAG_NODUMP | FS_XFLAG_NOATIME | FS_XFLAG_APPEND;
	CHECK_EQ(ioctl(fd, FS_IOC_FSSETXATTR, &x), 0);
	CHECK_EQ(get_flags("f"), FS_NODUMP_FL | FS_NOATIME_FL | FS_APPEND_FL);
	CHECK_EQ(set_flags("f", FS_IMMUTABLE_FL), 0);
	CHECK_EQ(ioctl(fd, FS_IOC_FSGETXATTR, &x), 0);
	CHECK_EQ(x.fsx_xflags, FS_XFLAG_IMMUTABLE);
	x = zero;
	CHECK_EQ(ioctl(fd, FS_IOC_FSSETXATTR, &x), 0);
	CHECK_EQ(get_flags("f"), 0);
}

CASE(the_wider_pair_refuses_what_tmpfs_has_not)
{
	struct fsxattr x = { 0 };
	int fd;

	begin();
	make_file("f", "x");
	mkdir("d", 0755);
	fd = open("f", O_RDONLY);
	x.fsx_projid = 7;
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EOPNOTSUPP);
	x.fsx_projid = -1;
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EINVAL);
	x = (struct fsxattr){ .fsx_extsize = 4096 };
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EOPNOTSUPP);
	x = (struct fsxattr){ .fsx_xflags = FS_XFLAG_EXTSIZE };
	CHECK_EQ(ioctl(fd, FS_IOC_FSSETXATTR, &x), 0);	/* of size zero: taken off */
	x = (struct fsxattr){ .fsx_xflags = FS_XFLAG_EXTSZINHERIT };
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EINVAL);
	x = (struct fsxattr){ .fsx_xflags = FS_XFLAG_REALTIME };
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EOPNOTSUPP);
	x = (struct fsxattr){ .fsx_xflags = FS_XFLAG_SYNC };
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EOPNOTSUPP);
	x = (struct fsxattr){ .fsx_xflags = FS_XFLAG_HASATTR };
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EOPNOTSUPP);
	x = (struct fsxattr){ .fsx_nextents = 5 };
	CHECK_EQ(ioctl(fd, FS_IOC_FSSETXATTR, &x), 0);
	close(fd);
	fd = open("d", O_RDONLY);
	x = (struct fsxattr){ .fsx_xflags = FS_XFLAG_EXTSIZE };
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EINVAL);
}

CASE(bad_pointers_and_read_only_mounts_come_first)
{
	int fd, flags = 0;

	begin();
	make_file("f", "x");
	fd = open("f", O_RDWR);
	CHECK_ERRNO(ioctl(fd, FS_IOC_GETFLAGS, (void *)8), EFAULT);
	CHECK_ERRNO(ioctl(fd, FS_IOC_SETFLAGS, (void *)8), EFAULT);
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSGETXATTR, (void *)8), EFAULT);
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, (void *)8), EFAULT);
	close(fd);
	fd = open("f", O_PATH);
	CHECK_ERRNO(ioctl(fd, FS_IOC_GETFLAGS, &flags), EBADF);
	close(fd);
	CHECK_EQ(mount("none", "/tmp", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	CHECK_ERRNO(set_flags("f", 0), EROFS);
	CHECK_EQ(get_flags("f"), 0);
}

CASE(who_has_no_flags_says_so)
{
	static const char *const paths[] = { "/proc/self/stat", "/proc/self", "/sys/kernel", "/tmp/fifo", "/dev/null" };
	int flags = 0, fd, pipes[2];
	struct fsxattr x = { 0 };

	begin();
	mkfifo("/tmp/fifo", 0666);
	for (unsigned int i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		fd = open(paths[i], O_RDONLY | O_NONBLOCK);
		if (fd < 0)
			continue;
		CHECK_ERRNO(ioctl(fd, FS_IOC_GETFLAGS, &flags), ENOTTY);
		CHECK_ERRNO(ioctl(fd, FS_IOC_SETFLAGS, &flags), ENOTTY);
		CHECK_ERRNO(ioctl(fd, FS_IOC_FSGETXATTR, &x), ENOTTY);
		CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), ENOTTY);
		close(fd);
	}
	CHECK_EQ(pipe(pipes), 0);
	CHECK_ERRNO(ioctl(pipes[0], FS_IOC_GETFLAGS, &flags), ENOTTY);
	CHECK_ERRNO(ioctl(pipes[1], FS_IOC_SETFLAGS, &flags), ENOTTY);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(ioctl(fd, FS_IOC_GETFLAGS, &flags), ENOTTY);
	CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), ENOTTY);
	fd = eventfd(0, 0);
	CHECK_ERRNO(ioctl(fd, FS_IOC_SETFLAGS, &flags), ENOTTY);
	fd = open("/proc/self/ns/mnt", O_RDONLY);
	CHECK_ERRNO(ioctl(fd, FS_IOC_SETFLAGS, &flags), ENOTTY);
}

CASE(a_memfd_has_flags)
{
	int fd = syscall(SYS_memfd_create, "m", 0), flags = FS_IMMUTABLE_FL;

	CHECK(fd >= 0);
	CHECK_EQ(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	CHECK_EQ(write(fd, "x", 1), 1);	/* it is open already */
	CHECK_ERRNO(fchmod(fd, 0600), EPERM);
	CHECK_ERRNO(fallocate(fd, 0, 0, 10), EPERM);
	flags = 0;
	CHECK_EQ(ioctl(fd, FS_IOC_SETFLAGS, &flags), 0);
	CHECK_EQ(fchmod(fd, 0600), 0);
}

CASE(setting_moves_ctime_and_nothing_else)
{
	struct statx before, after;

	begin();
	make_file("f", "x");
	before = told("f");
	usleep(20000);
	CHECK_EQ(set_flags("f", FS_NODUMP_FL), 0);
	after = told("f");
	CHECK(memcmp(&before.stx_ctime, &after.stx_ctime, sizeof(before.stx_ctime)));
	CHECK_EQ(before.stx_mtime.tv_nsec, after.stx_mtime.tv_nsec);
	CHECK_EQ(before.stx_atime.tv_nsec, after.stx_atime.tv_nsec);
}

/* --- who may --- */

CASE(only_the_owner_sets_flags)
{
	begin();
	make_file("f", "x");
	make_file("g", "x");
	CHECK_EQ(chown("g", 1000, 1000), 0);
	IN_CHILD({
		CHECK_EQ(setuid(1000), 0);
		CHECK_ERRNO(set_flags("f", FS_NODUMP_FL), EPERM);
		CHECK_EQ(get_flags("f"), 0);
		CHECK_EQ(set_flags("g", FS_NODUMP_FL), 0);
		CHECK_EQ(set_flags("g", FS_NODUMP_FL | FS_NOATIME_FL), 0);
		CHECK_ERRNO(set_flags("g", FS_IMMUTABLE_FL), EPERM);
		CHECK_ERRNO(set_flags("g", FS_APPEND_FL), EPERM);
		CHECK_ERRNO(set_flags("g", FS_COMPR_FL), EOPNOTSUPP);
	});
	CHECK_EQ(get_flags("g"), FS_NODUMP_FL | FS_NOATIME_FL);
	/* what is immutable stays so, and the rest can be changed beside it */
	CHECK_EQ(set_flags("g", FS_IMMUTABLE_FL), 0);
	IN_CHILD({
		CHECK_EQ(setuid(1000), 0);
		CHECK_ERRNO(set_flags("g", 0), EPERM);
		CHECK_EQ(set_flags("g", FS_IMMUTABLE_FL | FS_NODUMP_FL), 0);
	});
	CHECK_EQ(get_flags("g"), FS_IMMUTABLE_FL | FS_NODUMP_FL);
}

CASE(immutable_wants_its_capability)
{
	begin();
	make_file("f", "x");
	IN_CHILD({
		drop_cap(CAP_LINUX_IMMUTABLE);
		CHECK_ERRNO(set_flags("f", FS_IMMUTABLE_FL), EPERM);
		CHECK_ERRNO(set_flags("f", FS_APPEND_FL), EPERM);
		CHECK_EQ(set_flags("f", FS_NODUMP_FL), 0);
	});
	IN_CHILD({
		struct fsxattr x = { .fsx_xflags = FS_XFLAG_IMMUTABLE };
		int fd = open("f", O_RDONLY);

		drop_cap(CAP_LINUX_IMMUTABLE);
		CHECK_ERRNO(ioctl(fd, FS_IOC_FSSETXATTR, &x), EPERM);
		x.fsx_xflags = FS_XFLAG_NOATIME;
		CHECK_EQ(ioctl(fd, FS_IOC_FSSETXATTR, &x), 0);
		CHECK_EQ(get_flags("f"), FS_NOATIME_FL);
	});
}

/* --- immutable --- */

CASE(an_immutable_file_is_not_opened_for_writing)
{
	int fd, held;

	begin();
	make_file("f", "text");
	held = open("f", O_RDWR);
	CHECK_EQ(set_flags("f", FS_IMMUTABLE_FL), 0);
	CHECK_ERRNO(open("f", O_WRONLY), EPERM);
	CHECK_ERRNO(open("f", O_RDWR), EPERM);
	CHECK_ERRNO(open("f", O_RDWR | O_APPEND), EPERM);
	CHECK_ERRNO(open("f", O_RDONLY | O_TRUNC), EPERM);
	CHECK_ERRNO(open("f", O_WRONLY | O_CREAT, 0600), EPERM);
	CHECK_ERRNO(open("f", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_ERRNO(access("f", W_OK), EPERM);
	CHECK_EQ(access("f", R_OK), 0);
	fd = open("f", O_RDONLY);
	CHECK(fd >= 0);
	/* who has it open goes on */
	CHECK_EQ(write(held, "TEXT", 4), 4);
	CHECK_EQ(ftruncate(held, 2), 0);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, held, 0) != MAP_FAILED);
	CHECK_ERRNO(fallocate(held, 0, 0, 100), EPERM);
	CHECK_ERRNO(fallocate(held, FALLOC_FL_KEEP_SIZE, 0, 100), EPERM);
	CHECK_ERRNO(fallocate(held, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 100), EPERM);
	make_file("g", "other");
	int from = open("g", O_RDONLY);
	CHECK_ERRNO(syscall(SYS_copy_file_range, from, NULL, held, NULL, 5, 0), EPERM);
}

CASE(an_immutable_file_keeps_its_attributes)
{
	struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } }, then[2] = { { 1, 0 }, { 1, 0 } };
	struct timespec one[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	int fd;

	begin();
	make_file("f", "text");
	CHECK_EQ(setxattr("f", "trusted.old", "1", 1, 0), 0);
	fd = open("f", O_RDWR);
	CHECK_EQ(set_flags("f", FS_IMMUTABLE_FL), 0);
	CHECK_ERRNO(chmod("f", 0600), EPERM);
	CHECK_ERRNO(fchmod(fd, 0600), EPERM);
	CHECK_ERRNO(chown("f", 1, 1), EPERM);
	CHECK_ERRNO(chown("f", 0, -1), EPERM);
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", then, 0), EPERM);
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", now, 0), EPERM);
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", one, 0), EPERM);
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", NULL, 0), EPERM);
	CHECK_ERRNO(truncate("f", 0), EPERM);
	CHECK_ERRNO(setxattr("f", "trusted.new", "1", 1, 0), EPERM);
	CHECK_ERRNO(setxattr("f", "security.new", "1", 1, 0), EPERM);
	CHECK_ERRNO(removexattr("f", "trusted.old"), EPERM);
	CHECK_ERRNO(fsetxattr(fd, "trusted.old", "2", 1, 0), EPERM);
	CHECK_EQ(getxattr("f", "trusted.old", NULL, 0), 1);
}

CASE(an_immutable_file_keeps_its_names)
{
	begin();
	make_file("f", "text");
	make_file("g", "text");
	mkdir("d", 0755);
	CHECK_EQ(set_flags("f", FS_IMMUTABLE_FL), 0);
	CHECK_ERRNO(unlink("f"), EPERM);
	CHECK_ERRNO(rename("f", "h"), EPERM);
	CHECK_ERRNO(rename("f", "d/h"), EPERM);
	CHECK_ERRNO(rename("g", "f"), EPERM);
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "g", AT_FDCWD, "f", RENAME_EXCHANGE), EPERM);
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "g", RENAME_EXCHANGE), EPERM);
	CHECK_ERRNO(link("f", "h"), EPERM);
	CHECK_EQ(set_flags("f", 0), 0);
	CHECK_EQ(rename("f", "h"), 0);
	CHECK_EQ(unlink("h"), 0);
}

CASE(an_immutable_directory_keeps_its_entries)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "d/sock" };
	int fd;

	begin();
	mkdir("d", 0777);
	mkdir("d/sub", 0777);
	make_file("d/f", "text");
	make_file("g", "text");
	CHECK_EQ(set_flags("d", FS_IMMUTABLE_FL), 0);
	CHECK_ERRNO(open("d/new", O_CREAT | O_RDWR, 0600), EPERM);
	CHECK_ERRNO(open("d", O_TMPFILE | O_RDWR, 0600), EPERM);
	CHECK_ERRNO(mkdir("d/new", 0700), EPERM);
	CHECK_ERRNO(mknod("d/new", S_IFIFO | 0600, 0), EPERM);
	CHECK_ERRNO(symlink("x", "d/new"), EPERM);
	CHECK_ERRNO(link("g", "d/new"), EPERM);
	CHECK_ERRNO(rename("g", "d/new"), EPERM);
	CHECK_ERRNO(rename("d/f", "h"), EPERM);
	CHECK_ERRNO(unlink("d/f"), EPERM);
	CHECK_ERRNO(rmdir("d/sub"), EPERM);
	CHECK_ERRNO(rmdir("d"), EPERM);
	CHECK_ERRNO(rename("d", "e"), EPERM);
	CHECK_ERRNO(chmod("d", 0700), EPERM);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(bind(fd, (struct sockaddr *)&name, sizeof(name)), EPERM);
	/* what is in it is not */
	fd = open("d/f", O_RDWR | O_TRUNC);
	CHECK_EQ(write(fd, "new", 3), 3);
	CHECK_EQ(mkdir("d/sub/deep", 0700), 0);
	CHECK_EQ(mount("more", "d/sub", "tmpfs", 0, NULL), 0);
	CHECK_EQ(umount("d/sub"), 0);
}

/* --- append-only --- */

CASE(an_append_only_file_grows_only)
{
	char text[16] = "";
	int fd, held;

	begin();
	make_file("f", "one");
	held = open("f", O_RDWR);
	CHECK_EQ(set_flags("f", FS_APPEND_FL), 0);
	CHECK_ERRNO(open("f", O_WRONLY), EPERM);
	CHECK_ERRNO(open("f", O_RDWR), EPERM);
	CHECK_ERRNO(open("f", O_RDONLY | O_TRUNC), EPERM);
	CHECK_ERRNO(open("f", O_WRONLY | O_APPEND | O_TRUNC), EPERM);
	CHECK_ERRNO(truncate("f", 0), EPERM);
	CHECK_ERRNO(truncate("f", 100), EPERM);
	CHECK_EQ(access("f", W_OK), 0);
	fd = open("f", O_RDWR | O_APPEND);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "two", 3), 3);
	CHECK_EQ(pwrite(fd, "3", 1, 0), 1);
	CHECK_EQ(pread(fd, text, sizeof(text), 0), 7);
	CHECK(!strcmp(text, "onetwo3"));
	CHECK_ERRNO(ftruncate(fd, 0), EPERM);
	CHECK_ERRNO(ftruncate(held, 0), EPERM);
	CHECK_EQ(fallocate(fd, 0, 0, 100), 0);
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 200), 0);
	CHECK_ERRNO(fallocate(held, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 100), EPERM);
	/* a map for writing would change what is there */
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, held, 0) == MAP_FAILED && errno == EACCES);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) != MAP_FAILED);
}

CASE(appending_cannot_be_given_up_or_taken_on)
{
	int fd, held;

	begin();
	make_file("f", "one");
	held = open("f", O_RDWR);
	CHECK_EQ(set_flags("f", FS_APPEND_FL), 0);
	fd = open("f", O_RDWR | O_APPEND);
	CHECK_ERRNO(fcntl(fd, F_SETFL, 0), EPERM);
	CHECK_EQ(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK), 0);
	CHECK_ERRNO(fcntl(held, F_SETFL, O_APPEND), EPERM);
	CHECK_EQ(fcntl(held, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK), O_APPEND | O_NONBLOCK);
}

CASE(an_append_only_file_keeps_attributes_and_names)
{
	struct timespec now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } }, then[2] = { { 1, 0 }, { 1, 0 } };
	struct timespec one[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };

	begin();
	make_file("f", "one");
	make_file("g", "one");
	CHECK_EQ(set_flags("f", FS_APPEND_FL), 0);
	CHECK_ERRNO(chmod("f", 0600), EPERM);
	CHECK_ERRNO(chown("f", 1, 1), EPERM);
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", then, 0), EPERM);
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", one, 0), EPERM);
	CHECK_EQ(utimensat(AT_FDCWD, "f", now, 0), 0);
	CHECK_EQ(utimensat(AT_FDCWD, "f", NULL, 0), 0);
	CHECK_ERRNO(setxattr("f", "trusted.new", "1", 1, 0), EPERM);
	CHECK_ERRNO(unlink("f"), EPERM);
	CHECK_ERRNO(rename("f", "h"), EPERM);
	CHECK_ERRNO(rename("g", "f"), EPERM);
	CHECK_ERRNO(link("f", "h"), EPERM);
}

CASE(an_append_only_directory_gains_entries_only)
{
	int fd;

	begin();
	mkdir("d", 0777);
	make_file("d/f", "text");
	make_file("g", "text");
	CHECK_EQ(set_flags("d", FS_APPEND_FL), 0);
	fd = open("d/new", O_CREAT | O_RDWR, 0600);
	CHECK(fd >= 0);
	CHECK_EQ(mkdir("d/sub", 0700), 0);
	CHECK_EQ(symlink("x", "d/link"), 0);
	CHECK_EQ(link("g", "d/hard"), 0);
	CHECK_EQ(rename("g", "d/g"), 0);
	CHECK_ERRNO(unlink("d/new"), EPERM);
	CHECK_ERRNO(rmdir("d/sub"), EPERM);
	CHECK_ERRNO(rename("d/f", "d/h"), EPERM);
	CHECK_ERRNO(rename("d/f", "h"), EPERM);
	CHECK_ERRNO(rmdir("d"), EPERM);
	CHECK_ERRNO(rename("d", "e"), EPERM);
	CHECK_EQ(truncate("d/f", 0), 0);
}

/* --- the others --- */

CASE(no_dump_and_no_atime_are_inherited)
{
	begin();
	mkdir("d", 0777);
	CHECK_EQ(set_flags("d", FS_NODUMP_FL | FS_NOATIME_FL | FS_APPEND_FL), 0);
	make_file("d/f", "x");
	mkdir("d/sub", 0777);
	CHECK_EQ(symlink("x", "d/link"), 0);
	CHECK_EQ(get_flags("d/f"), FS_NODUMP_FL | FS_NOATIME_FL);
	CHECK_EQ(get_flags("d/sub"), FS_NODUMP_FL | FS_NOATIME_FL);
	CHECK_EQ(told("d/link").stx_attributes, STATX_ATTR_NODUMP);
	make_file("g", "x");
	CHECK_EQ(rename("g", "d/g"), 0);
	CHECK_EQ(get_flags("d/g"), 0);
}

CASE(no_atime_keeps_the_time_of_access)
{
	struct timespec then[2] = { { 1, 0 }, { 1, 0 } };
	char c;
	int fd;

	begin();
	CHECK_EQ(mount("none", "/tmp", NULL, MS_REMOUNT | MS_STRICTATIME, NULL), 0);
	make_file("f", "x");
	CHECK_EQ(set_flags("f", FS_NOATIME_FL), 0);
	CHECK_EQ(utimensat(AT_FDCWD, "f", then, 0), 0);
	fd = open("f", O_RDONLY);
	CHECK_EQ(read(fd, &c, 1), 1);
	CHECK_EQ(told("f").stx_atime.tv_sec, 1);
	CHECK_EQ(set_flags("f", 0), 0);
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	CHECK(told("f").stx_atime.tv_sec > 1);
}

/* --- through an overlay (where the kernel has it: a module on Debian's) --- */

static int mount_overlay(void)
{
	return mount("o", "all", "overlay", 0, "lowerdir=low,upperdir=up,workdir=work");
}

static void make_layers(void)
{
	begin();
	CHECK(!mkdir("low", 0755) && !mkdir("up", 0755) && !mkdir("work", 0755) && !mkdir("all", 0755));
	make_file("low/f", "low");
	mkdir("low/d", 0755);
	make_file("low/d/in", "low");
}

CASE(an_overlay_keeps_protection_to_itself)
{
	int fd;

	make_layers();
	if (mount_overlay())
		return;
	CHECK_EQ(get_flags("all/f"), 0);
	CHECK_EQ(set_flags("all/f", FS_IMMUTABLE_FL | FS_NODUMP_FL), 0);
	CHECK_EQ(get_flags("all/f"), FS_IMMUTABLE_FL | FS_NODUMP_FL);
	CHECK_EQ(told("all/f").stx_attributes & ALL_TOLD, STATX_ATTR_IMMUTABLE | STATX_ATTR_NODUMP);
	CHECK_EQ(get_flags("up/f"), FS_NODUMP_FL);
	CHECK_EQ(get_flags("low/f"), 0);
	CHECK_ERRNO(open("all/f", O_RDWR), EPERM);
	CHECK_ERRNO(unlink("all/f"), EPERM);
	CHECK_ERRNO(rename("all/f", "all/g"), EPERM);
	CHECK_ERRNO(chmod("all/f", 0600), EPERM);
	CHECK_ERRNO(setxattr("all/f", "trusted.a", "1", 1, 0), EPERM);
	/* over a new mount too */
	CHECK_EQ(umount("all"), 0);
	CHECK_EQ(mount_overlay(), 0);
	CHECK_EQ(get_flags("all/f"), FS_IMMUTABLE_FL | FS_NODUMP_FL);
	CHECK_ERRNO(unlink("all/f"), EPERM);
	CHECK_EQ(set_flags("all/f", FS_APPEND_FL), 0);
	fd = open("all/f", O_WRONLY | O_APPEND);
	CHECK_EQ(write(fd, "+", 1), 1);
	CHECK_ERRNO(fcntl(fd, F_SETFL, 0), EPERM);
	close(fd);
	CHECK_EQ(set_flags("all/f", 0), 0);
	CHECK_ERRNO(getxattr("up/f", "trusted.overlay.protattr", NULL, 0), ENODATA);
	CHECK_EQ(unlink("all/f"), 0);
}

CASE(an_overlay_protects_directories)
{
	make_layers();
	if (mount_overlay())
		return;
	CHECK_EQ(set_flags("all/d", FS_IMMUTABLE_FL), 0);
	CHECK_ERRNO(open("all/d/new", O_CREAT | O_RDWR, 0600), EPERM);
	CHECK_ERRNO(unlink("all/d/in"), EPERM);
	CHECK_EQ(truncate("all/d/in", 0), 0);
	CHECK_EQ(set_flags("all/d", 0), 0);
	CHECK_EQ(unlink("all/d/in"), 0);
	CHECK_ERRNO(set_flags("all/d", FS_COMPR_FL), EOPNOTSUPP);
}

CASE(an_overlay_takes_over_what_a_lower_layer_protects)
{
	char text[8];

	make_layers();
	CHECK_EQ(set_flags("low/f", FS_IMMUTABLE_FL | FS_NOATIME_FL), 0);
	CHECK_EQ(set_flags("low/d", FS_IMMUTABLE_FL), 0);
	if (mount_overlay())
		return;
	CHECK_EQ(get_flags("all/f"), FS_IMMUTABLE_FL | FS_NOATIME_FL);
	CHECK_ERRNO(open("all/f", O_RDWR), EPERM);
	CHECK_EQ(truncate("all/d/in", 1), 0);	/* copies the directory up */
	CHECK_EQ(getxattr("up/d", "trusted.overlay.protattr", text, sizeof(text)), 1);
	CHECK_EQ(text[0], 'i');
	CHECK_ERRNO(unlink("all/d/in"), EPERM);
	CHECK_EQ(set_flags("all/f", FS_NOATIME_FL), 0);
	CHECK_EQ(get_flags("up/f"), FS_NOATIME_FL);
	CHECK_EQ(get_flags("low/f"), FS_IMMUTABLE_FL | FS_NOATIME_FL);
	CHECK_EQ(truncate("all/f", 1), 0);
}

CASE(an_overlay_lets_only_the_owner_set_flags)
{
	make_layers();
	if (mount_overlay())
		return;
	IN_CHILD({
		CHECK_EQ(setuid(1000), 0);
		CHECK_ERRNO(set_flags("all/f", FS_NODUMP_FL), EPERM);
	});
	IN_CHILD({
		drop_cap(CAP_LINUX_IMMUTABLE);
		CHECK_ERRNO(set_flags("all/f", FS_IMMUTABLE_FL), EPERM);
	});
	CHECK_ERRNO(access("up/f", F_OK), ENOENT);	/* refused before it was copied up */
}

TEST_MAIN()

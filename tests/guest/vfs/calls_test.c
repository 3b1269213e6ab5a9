/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls_test.c - proves the file calls that few programs make, and the corners of those that all make: times, statx, handles, ranges,
 * flags of preadv2, positions, owners of signals, inherited descriptors, directories in memory.
 */
#include "check.h"
#include <dirent.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <utime.h>

static char *volatile nowhere = (char *)8;

static int fresh_file(void)
{
	int fd;

	unlink("/tmp/calls");
	fd = open("/tmp/calls", O_RDWR | O_CREAT | O_EXCL, 0644);

	CHECK(fd >= 0);
	return fd;
}

static struct stat stat_of(int fd)
{
	struct stat st;

	CHECK_EQ(fstat(fd, &st), 0);
	return st;
}

CASE(utimensat_sets_each_time_by_its_own_rule)
{
	int fd = fresh_file();
	struct timespec times[2] = { { 1000, 123456789 }, { 2000, 987654321 } };

	CHECK_EQ(futimens(fd, times), 0);
	CHECK_EQ(stat_of(fd).st_atim.tv_sec, 1000);
	CHECK_EQ(stat_of(fd).st_mtim.tv_nsec, 987654321);
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_nsec = UTIME_NOW;
	CHECK_EQ(utimensat(AT_FDCWD, "/tmp/calls", times, 0), 0);
	CHECK_EQ(stat_of(fd).st_atim.tv_sec, 1000);
	CHECK(stat_of(fd).st_mtim.tv_sec > 100000);
	times[0].tv_nsec = 1000000000;
	CHECK_ERRNO(futimens(fd, times), EINVAL);
	times[0].tv_nsec = times[1].tv_nsec = UTIME_OMIT;
	CHECK_EQ(utimensat(AT_FDCWD, "/nowhere/at/all", times, 0), 0); /* nothing to do: not even the name is looked at */
	CHECK_ERRNO(utimensat(AT_FDCWD, "/tmp/calls", NULL, 0x4000), EINVAL);
	struct timeval old[2] = { { 5, 6 }, { 7, 1000000 } };

	CHECK_ERRNO(utimes("/tmp/calls", old), EINVAL);
	CHECK_EQ(symlink("/tmp/calls", "/tmp/link"), 0);
	times[0] = times[1] = (struct timespec){ 77, 0 };
	CHECK_EQ(utimensat(AT_FDCWD, "/tmp/link", times, AT_SYMLINK_NOFOLLOW), 0);
	CHECK(stat_of(fd).st_mtim.tv_sec != 77);
	CHECK_EQ(unlink("/tmp/link"), 0);
}

CASE(times_of_others_are_theirs)
{
	int fd = fresh_file();
	struct timespec times[2] = { { 1, 0 }, { 2, 0 } };

	CHECK_EQ(fchmod(fd, 0666), 0);
	CHECK_EQ(setresuid(65533, 65533, 65533), 0);
	CHECK_ERRNO(utimensat(AT_FDCWD, "/tmp/calls", times, 0), EPERM);
	CHECK_EQ(utimensat(AT_FDCWD, "/tmp/calls", NULL, 0), 0); /* now: who may write may */
}

CASE(statx_tells_more_than_stat)
{
	struct statx x;
	int fd = fresh_file();

	CHECK_EQ(write(fd, "12345", 5), 5);
	CHECK_EQ(statx(fd, "", AT_EMPTY_PATH, STATX_ALL, &x), 0);
	CHECK_EQ(x.stx_size, 5);
	CHECK((x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
	CHECK_EQ(x.stx_mode, S_IFREG | 0644);
	CHECK_EQ(statx(AT_FDCWD, "/tmp/../tmp/calls", AT_STATX_DONT_SYNC, STATX_SIZE, &x), 0);
	CHECK_EQ(x.stx_size, 5);
	CHECK_EQ(statx(AT_FDCWD, "/proc", 0, STATX_BASIC_STATS, &x), 0);
	CHECK(x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT);
	CHECK(x.stx_attributes & STATX_ATTR_MOUNT_ROOT);
	CHECK_ERRNO(statx(fd, "", 0, STATX_ALL, &x), ENOENT);
	CHECK_ERRNO(statx(fd, "", AT_EMPTY_PATH, STATX__RESERVED, &x), EINVAL);
	CHECK_ERRNO(statx(fd, "", AT_EMPTY_PATH | AT_STATX_SYNC_TYPE, STATX_ALL, &x), EINVAL);
	CHECK_ERRNO(statx(fd, "", AT_EMPTY_PATH | 0x40000000, STATX_ALL, &x), EINVAL);
}

CASE(preadv2_and_its_flags)
{
	int fd = fresh_file();
	char a[4] = "", b[4] = "";
	struct iovec vec[2] = { { a, 3 }, { b, 3 } };

	CHECK_EQ(pwrite(fd, "abcdef", 6, 0), 6);
	CHECK_EQ(preadv2(fd, vec, 2, 0, 0), 6);
	CHECK(!strcmp(a, "abc") && !strcmp(b, "def"));
	CHECK_EQ(lseek(fd, 3, SEEK_SET), 3);
	CHECK_EQ(preadv2(fd, vec, 1, -1, 0), 3); /* -1: at the position, and moves it */
	CHECK(!strcmp(a, "def"));
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 6);
	CHECK_EQ(pwritev2(fd, vec, 1, 0, RWF_APPEND), 3);
	CHECK_EQ(stat_of(fd).st_size, 9);
	CHECK_EQ(pwritev2(fd, vec, 1, 0, RWF_DSYNC | RWF_SYNC), 3);
	CHECK_EQ(preadv2(fd, vec, 1, 0, RWF_HIPRI), 3);
	CHECK_ERRNO(preadv2(fd, vec, 1, 0, 0x100), EOPNOTSUPP);
	CHECK_ERRNO(syscall(SYS_preadv2, fd, vec, -1, 0, 0, 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_preadv2, fd, vec, 1025, 0, 0, 0), EINVAL);
	CHECK_ERRNO(preadv(fd, vec, 1, -2), EINVAL);
	vec[0].iov_len = -1;
	CHECK_ERRNO(preadv(fd, vec, 1, 0), EINVAL);
	CHECK_EQ(preadv(fd, vec, 0, 0), 0);
}

CASE(positions_and_holes)
{
	int fd = fresh_file();

	CHECK_EQ(ftruncate(fd, 1 << 20), 0);
	CHECK_EQ(pwrite(fd, "x", 1, 512 * 1024), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 512 * 1024);
	CHECK_EQ(lseek(fd, 512 * 1024, SEEK_HOLE), 512 * 1024 + 4096);
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 0);
	CHECK_ERRNO(lseek(fd, 1 << 20, SEEK_DATA), ENXIO);
	CHECK_ERRNO(lseek(fd, 513 * 1024 + 4096, SEEK_DATA), ENXIO);
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERRNO(lseek(fd, 0, 9), EINVAL);
	CHECK_EQ(lseek(fd, 10, SEEK_END), (1 << 20) + 10);
	CHECK_ERRNO(lseek(fd, INT64_MAX, SEEK_CUR), EINVAL);
	int pipes[2];

	CHECK_EQ(pipe(pipes), 0);
	CHECK_ERRNO(lseek(pipes[0], 0, SEEK_SET), ESPIPE);
	CHECK_ERRNO(pread(pipes[0], nowhere, 1, 0), ESPIPE);
}

CASE(fallocate_modes)
{
	int fd = fresh_file();

	CHECK_EQ(fallocate(fd, 0, 0, 10000), 0);
	CHECK_EQ(stat_of(fd).st_size, 10000);
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100000), 0);
	CHECK_EQ(stat_of(fd).st_size, 10000);
	CHECK_ERRNO(fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096), EOPNOTSUPP); /* it must keep the size */
	CHECK_ERRNO(fallocate(fd, 0, -1, 10), EINVAL);
	CHECK_ERRNO(fallocate(fd, 0, 0, 0), EINVAL);
	CHECK_ERRNO(fallocate(fd, 0x100, 0, 10), EOPNOTSUPP);
	CHECK_ERRNO(fallocate(fd, 0, INT64_MAX, 10), EFBIG);
	int dir = open("/tmp", O_RDONLY | O_DIRECTORY), pipes[2];

	CHECK_ERRNO(fallocate(dir, 0, 0, 10), EBADF); /* not open for writing */
	CHECK_EQ(pipe(pipes), 0);
	CHECK_ERRNO(fallocate(pipes[1], 0, 0, 10), ESPIPE);
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	CHECK_EQ(posix_fadvise(fd, 0, 0, 99), EINVAL);
	CHECK_EQ(posix_fadvise(pipes[0], 0, 0, POSIX_FADV_NORMAL), ESPIPE);
	CHECK_EQ(readahead(fd, 0, 4096), 0);
	CHECK_EQ(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE), 0);
	CHECK_ERRNO(sync_file_range(fd, 0, 0, 99), EINVAL);
}

CASE(copy_file_range_and_its_refusals)
{
	int in = fresh_file(), out = open("/tmp/copy", O_RDWR | O_CREAT | O_TRUNC, 0644), only_append;
	off_t from = 1, to = 2;
	char buf[16] = "";

	CHECK_EQ(write(in, "abcdef", 6), 6);
	CHECK_EQ(copy_file_range(in, &from, out, &to, 4, 0), 4);
	CHECK(from == 5 && to == 6);
	CHECK_EQ(pread(out, buf, 16, 0), 6);
	CHECK(!memcmp(buf, "\0\0bcde", 6));
	CHECK_EQ(copy_file_range(in, &from, out, &to, 100, 0), 1);
	CHECK_EQ(copy_file_range(in, &from, out, &to, 100, 0), 0);
	from = 0;
	to = 3;
	CHECK_ERRNO(copy_file_range(in, &from, in, &to, 4, 0), EINVAL); /* they overlap */
	CHECK_ERRNO(copy_file_range(in, NULL, out, NULL, 4, 1), EINVAL);
	only_append = open("/tmp/copy", O_WRONLY | O_APPEND);
	CHECK_ERRNO(copy_file_range(in, &from, only_append, NULL, 4, 0), EBADF);
	CHECK_ERRNO(copy_file_range(out, NULL, open("/tmp", O_RDONLY), NULL, 4, 0), EISDIR);
	CHECK_EQ(unlink("/tmp/copy"), 0);
}

CASE(fcntl_remembers_what_it_was_told)
{
	int fd = fresh_file(), other;

	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EQ(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
	other = fcntl(fd, F_DUPFD, 100);
	CHECK(other >= 100);
	CHECK_EQ(fcntl(other, F_GETFD), 0);
	CHECK_EQ(fcntl(fcntl(fd, F_DUPFD_CLOEXEC, 200), F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fd, F_SETFL, O_APPEND | O_NONBLOCK), 0);
	CHECK_EQ(fcntl(other, F_GETFL) & (O_APPEND | O_NONBLOCK | O_ACCMODE), O_APPEND | O_NONBLOCK | O_RDWR);
	CHECK_EQ(fcntl(fd, F_SETOWN, getpid()), 0);
	CHECK_EQ(fcntl(fd, F_GETOWN), getpid());
	CHECK_EQ(fcntl(fd, F_SETSIG, SIGUSR1), 0);
	CHECK_EQ(fcntl(fd, F_GETSIG), SIGUSR1);
	CHECK_ERRNO(fcntl(fd, F_SETSIG, 65), EINVAL);
	struct f_owner_ex owner = { F_OWNER_TID, gettid() }, got;

	CHECK_EQ(fcntl(fd, F_SETOWN_EX, &owner), 0);
	CHECK_EQ(fcntl(fd, F_GETOWN_EX, &got), 0);
	CHECK(got.type == F_OWNER_TID && got.pid == gettid());
	owner.type = 9;
	CHECK_ERRNO(fcntl(fd, F_SETOWN_EX, &owner), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_DUPFD, 10000000), EINVAL);
	CHECK_ERRNO(fcntl(fd, 12345, 0), EINVAL);
	CHECK_ERRNO(fcntl(999, F_GETFL), EBADF);
	CHECK_ERRNO(fcntl(fd, F_GETPIPE_SZ), EBADF);
	CHECK_ERRNO(dup3(fd, fd, 0), EINVAL);
	CHECK_ERRNO(dup3(fd, 50, O_APPEND), EINVAL);
	CHECK_EQ(dup2(fd, fd), fd);
	CHECK_ERRNO(dup2(998, 998), EBADF);
	uint64_t hint = 2; /* RWH_WRITE_LIFE_SHORT */

	CHECK_EQ(fcntl(fd, 1024 + 12, &hint), 0); /* F_SET_RW_HINT */
	hint = 0;
	CHECK_EQ(fcntl(fd, 1024 + 11, &hint), 0);
	CHECK_EQ(hint, 2);
}

CASE(link_names_and_their_refusals)
{
	int fd = fresh_file();
	char path[64];

	CHECK_EQ(link("/tmp/calls", "/tmp/second"), 0);
	CHECK_EQ(stat_of(fd).st_nlink, 2);
	CHECK_ERRNO(link("/tmp/calls", "/tmp/second"), EEXIST);
	CHECK_ERRNO(link("/tmp", "/tmp/dirlink"), EPERM);
	CHECK_ERRNO(link("/tmp/calls", "/dev/calls"), EXDEV);
	CHECK_ERRNO(linkat(fd, "", AT_FDCWD, "/tmp/third", 0), ENOENT);
	CHECK_EQ(linkat(fd, "", AT_FDCWD, "/tmp/third", AT_EMPTY_PATH), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	CHECK_EQ(linkat(AT_FDCWD, path, AT_FDCWD, "/tmp/fourth", AT_SYMLINK_FOLLOW), 0);
	CHECK_EQ(stat_of(fd).st_nlink, 4);
	CHECK_EQ(unlink("/tmp/second") | unlink("/tmp/third") | unlink("/tmp/fourth") | unlink("/tmp/calls"), 0);
	CHECK_EQ(stat_of(fd).st_nlink, 0);
	CHECK_ERRNO(linkat(fd, "", AT_FDCWD, "/tmp/fifth", AT_EMPTY_PATH), ENOENT); /* it had its last name */
	CHECK_ERRNO(unlinkat(AT_FDCWD, "/tmp", 0), EISDIR);
	CHECK_ERRNO(unlinkat(AT_FDCWD, "/tmp/calls", AT_REMOVEDIR), ENOENT);
	CHECK_ERRNO(unlinkat(AT_FDCWD, "/tmp/calls", 0x1000), EINVAL);
	CHECK_ERRNO(rmdir("/tmp/."), EINVAL);
	CHECK_ERRNO(rmdir("/tmp/.."), ENOTEMPTY);
	CHECK_ERRNO(rmdir("/"), EBUSY);
}

CASE(access_asks_for_the_real_user)
{
	int fd = fresh_file();

	CHECK_EQ(fchmod(fd, 0600), 0);
	CHECK_EQ(access("/tmp/calls", R_OK | W_OK), 0);
	CHECK_ERRNO(access("/tmp/calls", X_OK), EACCES); /* even for root */
	CHECK_EQ(setresuid(65533, 0, 0), 0);
	CHECK_ERRNO(access("/tmp/calls", R_OK), EACCES);
	CHECK_EQ(faccessat(AT_FDCWD, "/tmp/calls", R_OK, AT_EACCESS), 0);
	CHECK_ERRNO(access("/tmp/calls", 8), EINVAL);
	CHECK_ERRNO(syscall(SYS_faccessat2, AT_FDCWD, "/tmp/calls", R_OK, 0x40000), EINVAL);
}

CASE(file_systems_describe_themselves)
{
	struct statfs fs;
	struct statvfs vfs;

	CHECK_EQ(statfs("/proc", &fs), 0);
	CHECK_EQ(fs.f_type, 0x9fa0);
	CHECK_EQ(statfs("/sys", &fs), 0);
	CHECK_EQ(fs.f_type, 0x62656572);
	CHECK_EQ(statfs("/tmp", &fs), 0);
	CHECK_EQ(fs.f_type, 0x01021994);
	CHECK_EQ(fs.f_namelen, 255);
	CHECK_EQ(fs.f_bsize, 4096);
	CHECK(fs.f_blocks && fs.f_bfree <= fs.f_blocks);
	CHECK_EQ(statvfs("/proc", &vfs), 0);
	CHECK_ERRNO(statfs("/nowhere", &fs), ENOENT);
	CHECK_ERRNO(statfs("/tmp", (void *)nowhere), EFAULT);
	CHECK_ERRNO(syscall(SYS_ustat, 0xfff, nowhere), EINVAL);
	CHECK_EQ(syscall(SYS_sysfs, 3), syscall(SYS_sysfs, 3));
	CHECK(syscall(SYS_sysfs, 1, "tmpfs") >= 0);
	CHECK_ERRNO(syscall(SYS_sysfs, 1, "nofs"), EINVAL);
}

CASE(directories_are_read_not_written)
{
	int dir = open("/tmp", O_RDONLY);
	char buf[512];

	CHECK_ERRNO(read(dir, buf, sizeof buf), EISDIR);
	CHECK_ERRNO(open("/tmp", O_WRONLY), EISDIR);
	CHECK_ERRNO(open("/tmp", O_RDWR | O_CREAT, 0600), EISDIR);
	CHECK_ERRNO(ftruncate(dir, 0), EINVAL);
	CHECK_ERRNO(truncate("/tmp", 0), EISDIR);
	CHECK_ERRNO(syscall(SYS_getdents64, dir, buf, 1), EINVAL);
	CHECK_ERRNO(syscall(SYS_getdents64, dir, nowhere, 512), EFAULT);
	CHECK_ERRNO(syscall(SYS_getdents64, fresh_file(), buf, 512), ENOTDIR);
	CHECK(syscall(SYS_getdents, dir, buf, 512) > 0);
	CHECK_EQ(fsync(dir), 0);
	CHECK_EQ(fchdir(dir), 0);
	CHECK_ERRNO(fchdir(fresh_file()), ENOTDIR);
	CHECK_ERRNO(chdir("/tmp/calls"), ENOTDIR);
}

CASE(splice_between_what_it_can)
{
	int file = fresh_file(), pipes[2], other[2];
	off_t at = 0;
	char buf[8] = "";

	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(pipe(other), 0);
	CHECK_EQ(write(file, "spliced", 7), 7);
	CHECK_EQ(splice(file, &at, pipes[1], NULL, 7, 0), 7);
	CHECK_EQ(at, 7);
	CHECK_EQ(tee(pipes[0], other[1], 7, 0), 7);
	CHECK_EQ(read(pipes[0], buf, 7), 7);
	CHECK(!strcmp(buf, "spliced"));
	CHECK_EQ(read(other[0], buf, 7), 7);
	CHECK_ERRNO(splice(file, &at, file, NULL, 7, 0), EINVAL);
	CHECK_ERRNO(splice(pipes[0], &at, other[1], NULL, 7, 0), ESPIPE);
	CHECK_ERRNO(splice(pipes[0], NULL, pipes[1], NULL, 7, 0), EINVAL); /* itself */
	CHECK_ERRNO(splice(pipes[0], NULL, other[1], NULL, 7, SPLICE_F_NONBLOCK), EAGAIN);
	CHECK_ERRNO(splice(file, NULL, pipes[1], NULL, 7, 0x100), EINVAL);
	CHECK_ERRNO(tee(file, pipes[1], 7, 0), EINVAL);
	struct iovec vec = { "vm", 2 };

	CHECK_EQ(vmsplice(pipes[1], &vec, 1, 0), 2);
	CHECK_EQ(read(pipes[0], buf, 7), 2);
	at = 0;
	CHECK_EQ(sendfile(pipes[1], file, &at, 3), 3);
	CHECK_EQ(sendfile(pipes[1], file, &at, 0), 0);
	int append = open("/tmp/calls", O_WRONLY | O_APPEND);

	CHECK_ERRNO(sendfile(append, file, &at, 3), EINVAL);
}

CASE(ioctls_of_files)
{
	int fd = fresh_file(), value = -1, on = 1;

	CHECK_EQ(write(fd, "12345", 5), 5);
	CHECK_EQ(lseek(fd, 2, SEEK_SET), 2);
	CHECK_EQ(ioctl(fd, FIONREAD, &value), 0);
	CHECK_EQ(value, 3);
	CHECK_EQ(ioctl(fd, FIOCLEX), 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(ioctl(fd, FIONCLEX), 0);
	CHECK_EQ(ioctl(fd, FIONBIO, &on), 0);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK_ERRNO(ioctl(fd, TCGETS, &value), ENOTTY);
	CHECK_ERRNO(ioctl(fd, FIGETBSZ, nowhere), EFAULT);
	CHECK_EQ(ioctl(fd, FIGETBSZ, &value), 0);
	CHECK_EQ(value, 4096);
	CHECK_ERRNO(ioctl(999, FIONREAD, &value), EBADF);
}

CASE(old_calls_still_do_their_work)
{
	struct utimbuf times = { 11, 22 };
	int fd = syscall(SYS_creat, "/tmp/calls", 0640);

	CHECK(fd >= 0);
	CHECK_ERRNO(read(fd, &times, 1), EBADF);
	CHECK_EQ(utime("/tmp/calls", &times), 0);
	CHECK_EQ(stat_of(fd).st_mtim.tv_sec, 22);
	CHECK_EQ(syscall(SYS_chmod, "/tmp/calls", 04711), 0);
	CHECK_EQ(stat_of(fd).st_mode, S_IFREG | 04711);
	CHECK_EQ(syscall(SYS_lchown, "/tmp/calls", 5, 6), 0);
	CHECK_EQ(stat_of(fd).st_uid, 5);
	CHECK_EQ(stat_of(fd).st_gid, 6);
	CHECK_EQ(stat_of(fd).st_mode, S_IFREG | 0711); /* another owner: no set-user-id */
	CHECK_EQ(syscall(SYS_fchown, fd, -1, 7), 0);
	CHECK_EQ(stat_of(fd).st_uid, 5);
	mode_t old = umask(027);

	CHECK_EQ(umask(old), 027);
	CHECK_EQ(mknod("/tmp/plain", S_IFREG | 0600, 0), 0);
	CHECK_ERRNO(mknod("/tmp/dir", S_IFDIR | 0700, 0), EPERM);
	CHECK_ERRNO(mknod("/tmp/odd", 0170000 | 0600, 0), EINVAL);
	CHECK_EQ(unlink("/tmp/plain"), 0);
	CHECK_EQ(unlink("/tmp/calls"), 0);
}

TEST_MAIN()

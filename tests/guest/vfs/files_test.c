/* SPDX-License-Identifier: GPL-2.0-only */
/* files_test.c - proves reading, writing, seeking, truncating, times, modes, descriptors, memfd and copies. */
#include "check.h"
#include <limits.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/mount.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <utime.h>

#include "own_mounts.h"

static void fresh_dir(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/tmp/files.%d", getpid());
	mkdir("/tmp", 0777);
	CHECK_EQ(mkdir(name, 0755), 0);
	CHECK_EQ(chdir(name), 0);
}

static int fresh_file(void)
{
	int fd;

	fresh_dir();
	fd = open("f", O_CREAT | O_RDWR, 0644);
	CHECK(fd >= 0);
	return fd;
}

CASE(read_back_what_was_written)
{
	char out[10000], in[10000];
	int fd = fresh_file();
	unsigned int i;

	for (i = 0; i < sizeof(out); i++)
		out[i] = i * 7;
	CHECK_EQ(write(fd, out, sizeof(out)), sizeof(out));
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(read(fd, in, sizeof(in)), sizeof(in));
	CHECK(!memcmp(in, out, sizeof(in)));
	CHECK_EQ(read(fd, in, 1), 0);
	CHECK_EQ(pread(fd, in, 10, 5000), 10);
	CHECK(!memcmp(in, out + 5000, 10));
	CHECK_EQ(pwrite(fd, "xx", 2, 9999), 2);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 10001);
	CHECK_ERRNO(pread(fd, in, 1, -1), EINVAL);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_ERRNO(syscall(SYS_read, fd, 8, 1), EFAULT);
	CHECK_ERRNO(read(99, in, 1), EBADF);
}

CASE(vectors_and_flags)
{
	char a[4] = "abc", b[4] = "def", x[3], y[3];
	struct iovec out[2] = { { a, 3 }, { b, 3 } }, in[2] = { { x, 3 }, { y, 3 } };
	int fd = fresh_file();

	CHECK_EQ(writev(fd, out, 2), 6);
	CHECK_EQ(preadv(fd, in, 2, 0), 6);
	CHECK(!memcmp(x, "abc", 3) && !memcmp(y, "def", 3));
	CHECK_EQ(pwritev2(fd, out, 1, 0, RWF_APPEND), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 9);
	CHECK_ERRNO(preadv2(fd, in, 1, 0, 0x4000), EOPNOTSUPP);
	CHECK_ERRNO(syscall(SYS_readv, fd, in, -1), EINVAL);
	CHECK_EQ(readv(fd, in, 0), 0);
}

CASE(append_writes_go_to_the_end)
{
	int fd = fresh_file(), app = open("f", O_WRONLY | O_APPEND);

	CHECK_EQ(write(fd, "12345", 5), 5);
	CHECK_EQ(write(app, "6", 1), 1);
	CHECK_EQ(lseek(app, 0, SEEK_CUR), 6);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 6);
}

CASE(holes_read_as_zeros)
{
	struct stat st;
	char c = 1;
	int fd = fresh_file();

	CHECK_EQ(pwrite(fd, "x", 1, 1 << 20), 1);
	CHECK_EQ(pread(fd, &c, 1, 1000), 1);
	CHECK_EQ(c, 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, (1 << 20) + 1);
	CHECK_EQ(st.st_blocks, 8);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 1 << 20);
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 0);
	CHECK_EQ(lseek(fd, 1 << 20, SEEK_HOLE), (1 << 20) + 1);
	CHECK_ERRNO(lseek(fd, 1 << 21, SEEK_DATA), ENXIO);
	CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
}

CASE(truncate_cuts_and_zeroes)
{
	char buf[16];
	struct stat st;
	int fd = fresh_file();

	CHECK_EQ(write(fd, "0123456789", 10), 10);
	CHECK_EQ(ftruncate(fd, 4), 0);
	CHECK_EQ(ftruncate(fd, 8), 0);
	CHECK_EQ(pread(fd, buf, 16, 0), 8);
	CHECK(!memcmp(buf, "0123\0\0\0\0", 8));
	CHECK_EQ(truncate("f", 0), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 0);
	CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
	CHECK_ERRNO(truncate(".", 0), EISDIR);
	CHECK_EQ(write(fd, "ab", 2), 2);
	CHECK_EQ(close(open("f", O_RDWR | O_TRUNC)), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 0);
}

CASE(fallocate_makes_and_punches)
{
	struct stat st;
	char c;
	int fd = fresh_file();

	CHECK_EQ(fallocate(fd, 0, 0, 8192), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 8192);
	CHECK_EQ(st.st_blocks, 16);
	CHECK_EQ(pwrite(fd, "x", 1, 100), 1);
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), 0);
	CHECK_EQ(pread(fd, &c, 1, 100), 1);
	CHECK_EQ(c, 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_blocks, 8);
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 4096), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 8192);
	CHECK_ERRNO(fallocate(fd, 0, 0, 0), EINVAL);
}

static long kib_of(int fd)
{
	struct stat st;

	CHECK_EQ(fstat(fd, &st), 0);
	return st.st_blocks / 2;
}

CASE(what_is_set_aside_behind_the_end_goes_with_truncate)
{
	int fd = fresh_file();

	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1 << 20), 0);
	CHECK_EQ(kib_of(fd), 1024);
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(kib_of(fd), 0);
	CHECK_EQ(write(fd, "word", 4), 4);
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1 << 20), 0);
	CHECK_EQ(ftruncate(fd, 4), 0);
	CHECK_EQ(kib_of(fd), 4);
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 8192), 0);
	CHECK_EQ(close(open("f", O_RDWR | O_TRUNC)), 0);
	CHECK_EQ(kib_of(fd), 0);
}

CASE(fallocate_that_finds_no_space_leaves_all_as_it_was)
{
	char text[5] = "";
	struct statfs before, after;

	own_tmpfs("size=4m");
	int full = open("full", O_CREAT | O_RDWR, 0600), fd = open("f", O_CREAT | O_RDWR, 0600);
	CHECK_EQ(fallocate(full, 0, 0, 1 << 20), 0);
	CHECK_EQ(pwrite(fd, "word", 4, 8192), 4);
	CHECK_EQ(statfs(".", &before), 0);
	CHECK_ERRNO(fallocate(fd, 0, 0, 7 << 19), ENOSPC);
	CHECK_EQ(statfs(".", &after), 0);
	CHECK_EQ(after.f_bfree, before.f_bfree);
	CHECK_EQ(kib_of(fd), 4);
	CHECK_EQ(lseek(fd, 0, SEEK_END), 8196);
	CHECK_EQ(pread(fd, text, 4, 8192), 4);
	CHECK(!strcmp(text, "word"));
	CHECK_EQ(fallocate(fd, 0, 0, 5 << 19), 0);
}

#define GROWN (32l << 20)

static void *grow(void *arg)
{
	return (void *)(long)fallocate(*(int *)arg, 0, 0, GROWN);
}

/* Whatever fallocate() was at, once the seal is there the size stays. */
CASE(seal_holds_while_a_file_is_being_made_larger)
{
	struct stat before, after;
	pthread_t thread;
	void *result;

	for (int round = 0; round < 20; round++) {
		int fd = memfd_create("sealed", MFD_ALLOW_SEALING);

		CHECK_EQ(pthread_create(&thread, NULL, grow, &fd), 0);
		usleep(round * 500);
		CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
		CHECK_EQ(fstat(fd, &before), 0);
		CHECK_EQ(pthread_join(thread, &result), 0);
		CHECK_EQ(fstat(fd, &after), 0);
		CHECK_EQ(after.st_size, before.st_size);
		CHECK_EQ(after.st_size, result ? 0 : GROWN);
		close(fd);
	}
}

CASE(file_size_limit_sends_sigxfsz)
{
	struct rlimit rl = { 100, 100 };
	char buf[200] = { 0 };
	int fd = fresh_file();

	signal(SIGXFSZ, SIG_IGN);
	CHECK_EQ(setrlimit(RLIMIT_FSIZE, &rl), 0);
	CHECK_EQ(write(fd, buf, 200), 100);
	CHECK_ERRNO(write(fd, buf, 1), EFBIG);
	CHECK_ERRNO(ftruncate(fd, 101), EFBIG);
}

CASE(times_move_as_they_should)
{
	struct timespec set[2] = { { 1000, 5 }, { 2000, 6 } }, one[2] = { { 0, UTIME_OMIT }, { 3000, 0 } };
	struct stat st;
	int fd = fresh_file();

	CHECK_EQ(futimens(fd, set), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_atim.tv_sec, 1000);
	CHECK_EQ(st.st_mtim.tv_nsec, 6);
	CHECK_EQ(utimensat(AT_FDCWD, "f", one, 0), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_atim.tv_sec, 1000);
	CHECK_EQ(st.st_mtim.tv_sec, 3000);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK(st.st_mtim.tv_sec != 3000);
	CHECK_EQ(utime("f", &(struct utimbuf){ 7, 8 }), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_mtim.tv_sec, 8);
	set[0].tv_nsec = 1000000000;
	CHECK_ERRNO(futimens(fd, set), EINVAL);
}

CASE(modes_owners_and_access)
{
	struct stat st;

	close(fresh_file());
	CHECK_EQ(chmod("f", 04755), 0);
	CHECK_EQ(stat("f", &st), 0);
	CHECK_EQ(st.st_mode & 07777, 04755);
	CHECK_EQ(access("f", R_OK | X_OK), 0);
	if (geteuid())
		return;
	CHECK_EQ(chown("f", 1000, 1001), 0);
	CHECK_EQ(stat("f", &st), 0);
	CHECK_EQ(st.st_uid, 1000);
	CHECK_EQ(st.st_gid, 1001);
	CHECK_EQ(st.st_mode & 07777, 0755);
	CHECK_EQ(chmod("f", 0600), 0);
	CHECK_EQ(chmod(".", 0755), 0);
	CHECK_EQ(setgid(2000) | setuid(2000), 0);
	CHECK_ERRNO(access("f", R_OK), EACCES);
	CHECK_ERRNO(open("f", O_RDONLY), EACCES);
	CHECK_ERRNO(chmod("f", 0777), EPERM);
	CHECK_ERRNO(unlink("f"), EACCES);
	CHECK_ERRNO(utimensat(AT_FDCWD, "f", NULL, 0), EACCES);
}

CASE(sticky_directories_protect_names)
{
	if (geteuid())
		return;
	close(fresh_file());
	CHECK_EQ(chmod(".", 01777), 0);
	CHECK_EQ(setuid(2000), 0);
	CHECK_ERRNO(unlink("f"), EPERM);
	CHECK_ERRNO(rename("f", "g"), EPERM);
	CHECK_EQ(close(open("mine", O_CREAT | O_RDWR, 0600)), 0);
	CHECK_EQ(unlink("mine"), 0);
}

CASE(writing_drops_set_id_bits)
{
	struct stat st;
	int fd;

	if (geteuid())
		return;
	fd = fresh_file();
	CHECK_EQ(fchmod(fd, 06777), 0);
	CHECK_EQ(setuid(2000), 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_mode & 07777, 0777);
}

CASE(descriptors_are_lowest_and_shared)
{
	int fd = fresh_file(), d, e;

	d = dup(fd);
	CHECK_EQ(d, fd + 1);
	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(lseek(d, 0, SEEK_CUR), 3);
	close(fd);
	CHECK_EQ(dup(d), fd);
	CHECK_EQ(dup2(d, 20), 20);
	CHECK_EQ(fcntl(20, F_GETFD), 0);
	CHECK_EQ(dup3(d, 21, O_CLOEXEC), 21);
	CHECK_EQ(fcntl(21, F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(dup3(d, d, 0), EINVAL);
	CHECK_EQ(dup2(d, d), d);
	CHECK_ERRNO(dup2(99, 1), EBADF);
	e = fcntl(d, F_DUPFD, 30);
	CHECK_EQ(e, 30);
	CHECK_EQ(fcntl(d, F_DUPFD_CLOEXEC, 300), 300);
	CHECK_EQ(fcntl(300, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(syscall(SYS_close_range, 20, 1000, 0), 0);
	CHECK_ERRNO(fcntl(300, F_GETFD), EBADF);
	CHECK_ERRNO(close(20), EBADF);
	CHECK_EQ(fcntl(d, F_GETFL) & O_ACCMODE, O_RDWR);
	CHECK_EQ(fcntl(d, F_SETFL, O_APPEND | O_NONBLOCK), 0);
	CHECK_EQ(fcntl(d, F_GETFL) & (O_APPEND | O_NONBLOCK), O_APPEND | O_NONBLOCK);
}

CASE(descriptor_limit)
{
	struct rlimit rl = { 10, 10 };
	int fd = fresh_file(), last = -1, i;

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &rl), 0);
	for (i = 0; i < 20; i++) {
		int d = dup(fd);

		if (d >= 0)
			last = d;
	}
	CHECK_EQ(last, 9);
	CHECK_ERRNO(dup(fd), EMFILE);
	CHECK_ERRNO(dup2(fd, 10), EBADF);
	CHECK_ERRNO(fcntl(fd, F_DUPFD, 10), EINVAL);
}

CASE(many_descriptors)
{
	struct rlimit rl = { 4000, 4000 };
	int fd = fresh_file(), i;

	if (setrlimit(RLIMIT_NOFILE, &rl))
		return;
	for (i = fd + 1; i < 3000; i++)
		CHECK_EQ(dup2(fd, i), i);
	close(1500);
	CHECK_EQ(dup(fd), 1500);
	if (!fork()) {
		CHECK_EQ(dup(fd), 3000);
		_exit(0);
	}
	wait(&i);
	CHECK_EQ(i, 0);
}

static void *closer(void *arg)
{
	int i;

	for (i = 0; i < 2000; i++) {
		int fd = open("f", O_RDONLY);

		close(fd);
	}
	return NULL;
}

CASE(threads_open_and_close_at_once)
{
	pthread_t t[3];
	char c;
	int i, fd = fresh_file();

	for (i = 0; i < 3; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, closer, NULL), 0);
	for (i = 0; i < 5000; i++)
		read(fd + 1 + i % 3, &c, 1);
	for (i = 0; i < 3; i++)
		CHECK_EQ(pthread_join(t[i], NULL), 0);
}

CASE(memfd_and_seals)
{
	char link[64], buf[64] = { 0 };
	void *p;
	int fd = memfd_create("me", MFD_ALLOW_SEALING);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "abcd", 4), 4);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, buf, sizeof(buf) - 1) > 0)
		CHECK(!strcmp(buf, "/memfd:me (deleted)"));
	CHECK_EQ(fcntl(fd, F_GET_SEALS), 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK_EQ(munmap(p, 4096), 0);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
	CHECK_ERRNO(ftruncate(fd, 2), EPERM);
	CHECK_ERRNO(ftruncate(fd, 20), EPERM);
	CHECK_EQ(pwrite(fd, "x", 1, 0), 1);
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SEAL), 0);
	CHECK_ERRNO(pwrite(fd, "x", 1, 0), EPERM);
	CHECK_EQ((long)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), -1);
	CHECK_ERRNO(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	CHECK_ERRNO(memfd_create("x", 0x1000), EINVAL);
	fd = memfd_create("n", 0);
	CHECK_EQ(fcntl(fd, F_GET_SEALS), F_SEAL_SEAL);
}

CASE(shared_maps_see_writes)
{
	char *p, c;
	int fd = fresh_file();

	CHECK_EQ(ftruncate(fd, 8192), 0);
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(pwrite(fd, "Q", 1, 5000), 1);
	CHECK_EQ(p[5000], 'Q');
	p[1] = 'R';
	CHECK_EQ(pread(fd, &c, 1, 1), 1);
	CHECK_EQ(c, 'R');
}

CASE(sendfile_and_copy_file_range)
{
	char buf[100000], back[100000];
	int in = fresh_file(), out = open("g", O_CREAT | O_RDWR, 0644);
	off_t off = 10;
	unsigned int i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = i * 13;
	CHECK_EQ(write(in, buf, sizeof(buf)), sizeof(buf));
	CHECK_EQ(sendfile(out, in, &off, 200000), sizeof(buf) - 10);
	CHECK_EQ(off, sizeof(buf));
	CHECK_EQ(pread(out, back, sizeof(back), 0), sizeof(buf) - 10);
	CHECK(!memcmp(back, buf + 10, sizeof(buf) - 10));
	CHECK_EQ(ftruncate(out, 0), 0);
	CHECK_EQ(lseek(out, 0, SEEK_SET), 0);
	CHECK_EQ(lseek(in, 0, SEEK_SET), 0);
	CHECK_EQ(copy_file_range(in, NULL, out, NULL, sizeof(buf), 0), sizeof(buf));
	CHECK_EQ(pread(out, back, sizeof(back), 0), sizeof(buf));
	CHECK(!memcmp(back, buf, sizeof(buf)));
	CHECK_EQ(copy_file_range(in, NULL, out, NULL, 10, 0), 0);
	off = 0;
	CHECK_ERRNO(copy_file_range(in, &off, in, &(off_t){ 5 }, 100, 0), EINVAL);
	CHECK_ERRNO(copy_file_range(in, NULL, out, NULL, 10, 1), EINVAL);
}

CASE(xattrs_are_kept)
{
	char buf[64];
	int fd = fresh_file();

	if (geteuid())
		return;
	CHECK_EQ(setxattr("f", "trusted.a", "one", 3, XATTR_CREATE), 0);
	CHECK_ERRNO(setxattr("f", "trusted.a", "two", 3, XATTR_CREATE), EEXIST);
	CHECK_EQ(fsetxattr(fd, "trusted.a", "three", 5, XATTR_REPLACE), 0);
	CHECK_EQ(getxattr("f", "trusted.a", buf, sizeof(buf)), 5);
	CHECK(!memcmp(buf, "three", 5));
	CHECK_EQ(getxattr("f", "trusted.a", NULL, 0), 5);
	CHECK_ERRNO(getxattr("f", "trusted.a", buf, 2), ERANGE);
	CHECK_EQ(listxattr("f", buf, sizeof(buf)) >= 10, 1);
	CHECK_EQ(removexattr("f", "trusted.a"), 0);
	CHECK_ERRNO(getxattr("f", "trusted.a", buf, sizeof(buf)), ENODATA);
	CHECK_ERRNO(removexattr("f", "trusted.a"), ENODATA);
}

CASE(tmpfs_refuses_user_xattrs)
{
	char buf[64];

	if (geteuid())
		return;
	fresh_dir();
	CHECK_EQ(mkdir("t", 0755), 0);
	CHECK_EQ(mount("x", "t", "tmpfs", 0, "size=64k"), 0);
	CHECK_EQ(mkdir("t/d", 0755), 0);
	CHECK_ERRNO(setxattr("t/d", "user.a", "one", 3, 0), EOPNOTSUPP);
	CHECK_ERRNO(getxattr("t/d", "user.a", buf, sizeof(buf)), EOPNOTSUPP);
	CHECK_ERRNO(removexattr("t/d", "user.a"), EOPNOTSUPP);
	CHECK_EQ(setxattr("t/d", "trusted.a", "one", 3, 0), 0);
	CHECK_EQ(getxattr("t/d", "trusted.a", buf, sizeof(buf)), 3);
	CHECK_EQ(umount2("t", 0), 0);
}

CASE(statx_and_statfs)
{
	struct statx sx;
	struct statfs sf;
	int fd = fresh_file();

	CHECK_EQ(write(fd, "12345", 5), 5);
	CHECK_EQ(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS | STATX_BTIME, &sx), 0);
	CHECK_EQ(sx.stx_size, 5);
	CHECK(S_ISREG(sx.stx_mode));
	CHECK((sx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
	CHECK_ERRNO(statx(AT_FDCWD, "f", 0x10000000, 0, &sx), EINVAL);
	CHECK_EQ(statfs(".", &sf), 0);
	CHECK_EQ(sf.f_namelen, 255);
	CHECK_EQ(fstatfs(fd, &sf), 0);
}

CASE(ioctls_that_every_file_has)
{
	int n = -1, fd = fresh_file();

	CHECK_EQ(write(fd, "12345", 5), 5);
	CHECK_EQ(lseek(fd, 1, SEEK_SET), 1);
	CHECK_EQ(ioctl(fd, FIONREAD, &n), 0);
	CHECK_EQ(n, 4);
	CHECK_EQ(ioctl(fd, FIOCLEX), 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(ioctl(fd, FIONCLEX), 0);
	n = 1;
	CHECK_EQ(ioctl(fd, FIONBIO, &n), 0);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK_ERRNO(ioctl(fd, TCGETS, &n), ENOTTY);
	CHECK_ERRNO(ioctl(fd, 0x12345678, &n), ENOTTY);
}

CASE(direct_needs_something_below_the_page_cache)
{
	int fd = fresh_file(), ends[2];

	CHECK_ERRNO(open("f", O_RDONLY | O_DIRECT), EINVAL);
	CHECK_ERRNO(open("made", O_WRONLY | O_CREAT | O_DIRECT, 0600), EINVAL);
	CHECK_EQ(access("made", F_OK), 0);
	CHECK_ERRNO(open("/dev/zero", O_RDONLY | O_DIRECT), EINVAL);
	CHECK_ERRNO(fcntl(fd, F_SETFL, O_DIRECT), EINVAL);
	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(fcntl(ends[1], F_SETFL, O_DIRECT), 0); /* packets */
}

CASE(notify_of_nothing_ends_watches)
{
	int fd = open(".", O_RDONLY);

	CHECK_EQ(fcntl(fd, F_NOTIFY, DN_MULTISHOT), 0);
	CHECK_EQ(fcntl(fd, F_NOTIFY, 0), 0);
}

CASE(sync_calls)
{
	int fd = fresh_file();

	CHECK_EQ(fsync(fd), 0);
	CHECK_EQ(fdatasync(fd), 0);
	CHECK_EQ(syncfs(fd), 0);
	CHECK_EQ(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE), 0);
	CHECK_EQ(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
	CHECK_EQ(posix_fadvise(fd, 0, 0, 77), EINVAL);
	sync();
}

TEST_MAIN()

/* SPDX-License-Identifier: GPL-2.0-only */
/* nowait_test.c - proves where RWF_NOWAIT is promised and refused, what fallocate() leaves for SEEK_DATA, and what statfs says of /dev. */
#include "check.h"
#include <linux/falloc.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/vfs.h>

static int transfer(int fd, off_t pos, size_t len, int is_write)
{
	char buf[16] = "0123456";
	struct iovec vec = { buf, len };
	ssize_t ret = is_write ? pwritev2(fd, &vec, 1, pos, RWF_NOWAIT) : preadv2(fd, &vec, 1, pos, RWF_NOWAIT);

	return ret < 0 ? -errno : (int)ret;
}

#define READS(fd, pos, want) CHECK_EQ(transfer(fd, pos, 8, 0), want)
#define WRITES(fd, pos, want) CHECK_EQ(transfer(fd, pos, 8, 1), want)

CASE(files_in_memory_and_generated_ones_refuse_nowait)
{
	int fd;

	mkdir("/tmp", 0777);
	fd = open("/tmp/nowait", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(ftruncate(fd, 4096), 0);
	READS(fd, 0, -EOPNOTSUPP);
	WRITES(fd, 0, -EOPNOTSUPP);
	CHECK_EQ(transfer(fd, 0, 0, 0), 0); /* nothing is no wait */
	CHECK_EQ(transfer(fd, 0, 0, 1), 0);
	READS(-1, 0, -EBADF);
	READS(open("/tmp/nowait", O_WRONLY), 0, -EBADF);
	fd = syscall(SYS_memfd_create, "m", 0);
	CHECK_EQ(ftruncate(fd, 4096), 0);
	READS(fd, 0, -EOPNOTSUPP);
	READS(open("/proc/self/status", O_RDONLY), 0, -EOPNOTSUPP);
	READS(open("/proc/sys/kernel/hostname", O_RDONLY), 0, -EOPNOTSUPP);
	READS(open("/", O_RDONLY), 0, -EOPNOTSUPP);
}

CASE(pipes_sockets_and_timers_refuse_nowait)
{
	int fds[2];
	sigset_t none;

	sigemptyset(&none);
	CHECK_EQ(pipe(fds), 0);
	READS(fds[0], -1, -EOPNOTSUPP);
	WRITES(fds[1], -1, -EOPNOTSUPP);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	READS(fds[0], -1, -EOPNOTSUPP);
	WRITES(fds[0], -1, -EOPNOTSUPP);
	READS(timerfd_create(CLOCK_MONOTONIC, 0), -1, -EOPNOTSUPP);
	READS(signalfd(-1, &none, 0), -1, -EOPNOTSUPP);
	READS(open("/dev/full", O_RDWR), -1, -EOPNOTSUPP);
	WRITES(open("/dev/full", O_RDWR), -1, -EOPNOTSUPP);
}

CASE(eventfds_and_memory_devices_keep_it)
{
	int fd = eventfd(0, 0);

	READS(fd, -1, -EAGAIN);
	CHECK_EQ(eventfd_write(fd, 3), 0);
	READS(fd, -1, 8);
	READS(fd, -1, -EAGAIN);
	WRITES(fd, -1, -EOPNOTSUPP);
	READS(open("/dev/null", O_RDWR), -1, 0);
	WRITES(open("/dev/null", O_RDWR), -1, 8);
	READS(open("/dev/zero", O_RDWR), -1, 8);
	WRITES(open("/dev/zero", O_RDWR), -1, 8);
	READS(open("/dev/urandom", O_RDWR), -1, 8);
}

/* --- what fallocate leaves --- */

CASE(preallocated_pages_are_holes_until_written_or_mapped)
{
	char *map, byte = 1;
	struct stat st;
	int fd;

	mkdir("/tmp", 0777);
	fd = open("/tmp/holes", O_RDWR | O_CREAT | O_TRUNC, 0600);
	CHECK_EQ(fallocate(fd, 0, 0, 65536), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_blocks, 128);
	CHECK_ERRNO(lseek(fd, 0, SEEK_DATA), ENXIO);
	CHECK_EQ(lseek(fd, 0, SEEK_HOLE), 0);
	CHECK_EQ(pread(fd, &byte, 1, 20480), 1);
	CHECK_EQ(byte, 0);
	CHECK_ERRNO(lseek(fd, 0, SEEK_DATA), ENXIO);
	CHECK_EQ(pwrite(fd, "x", 1, 8192), 1);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 8192);
	CHECK_EQ(lseek(fd, 8192, SEEK_HOLE), 12288);
	CHECK_ERRNO(lseek(fd, 12288, SEEK_DATA), ENXIO);
	/* what surrounds the byte is zero */
	CHECK_EQ(pread(fd, &byte, 1, 8193), 1);
	CHECK_EQ(byte, 0);
	map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED);
	CHECK_EQ(map[32768], 0);
	CHECK_EQ(lseek(fd, 12288, SEEK_DATA), 32768);
	map[61440 + 5] = 7;
	CHECK_EQ(lseek(fd, 36864, SEEK_DATA), 61440);
	CHECK_EQ(pread(fd, &byte, 1, 61445), 1);
	CHECK_EQ(byte, 7);
	CHECK_EQ(lseek(fd, 61440, SEEK_HOLE), 65536);
	CHECK_EQ(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 4096), 0);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 32768);
	/* a part of a page set aside is cut off */
	CHECK_EQ(ftruncate(fd, 4096 + 100), 0);
	CHECK_EQ(ftruncate(fd, 8192), 0);
	CHECK_EQ(pread(fd, &byte, 1, 4096 + 200), 1);
	CHECK_EQ(byte, 0);
	CHECK_ERRNO(lseek(fd, 0, SEEK_DATA), ENXIO);
}

CASE(dev_has_a_size)
{
	struct statfs st;

	CHECK_EQ(statfs("/dev", &st), 0);
	CHECK_EQ(st.f_type, 0x01021994);
	CHECK(st.f_blocks > 0 && st.f_bfree > 0 && st.f_bfree <= st.f_blocks);
	CHECK(st.f_files > 0 && st.f_ffree > 0 && st.f_ffree < st.f_files);
}

TEST_MAIN()

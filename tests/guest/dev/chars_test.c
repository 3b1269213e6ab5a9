/* SPDX-License-Identifier: GPL-2.0-only */
/* chars_test.c - proves the character devices that programs count on: null, zero, full, random, kmsg, mem's absence, and who may make nodes. */
#include "check.h"
#include <linux/random.h>
#include <poll.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static char *volatile nowhere = (char *)8;

static int open_device(const char *name, int flags, unsigned int major, unsigned int minor)
{
	struct stat st;
	int fd = open(name, flags);

	CHECK(fd >= 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK(S_ISCHR(st.st_mode));
	CHECK_EQ(major(st.st_rdev), major);
	CHECK_EQ(minor(st.st_rdev), minor);
	return fd;
}

CASE(null_takes_everything_and_gives_nothing)
{
	int fd = open_device("/dev/null", O_RDWR, 1, 3);
	char byte;

	CHECK_EQ(write(fd, "text", 4), 4);
	CHECK_EQ(read(fd, &byte, 1), 0);
	CHECK_EQ(lseek(fd, 100, SEEK_SET), 0);
	CHECK_EQ(write(fd, nowhere, 4), 4); /* nobody looks */
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
	CHECK_EQ(ftruncate(fd, 0) < 0 ? errno : 0, EINVAL);
}

CASE(zero_gives_zeros_and_zeroed_memory)
{
	int fd = open_device("/dev/zero", O_RDWR, 1, 5);
	char buf[5000];

	memset(buf, 1, sizeof buf);
	CHECK_EQ(read(fd, buf, sizeof buf), (long)sizeof buf);
	for (size_t i = 0; i < sizeof buf; i++)
		CHECK(!buf[i]);
	CHECK_EQ(write(fd, buf, sizeof buf), (long)sizeof buf);
	CHECK_ERRNO(read(fd, nowhere, 10), EFAULT);

	char *private = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	CHECK(private != MAP_FAILED && shared != MAP_FAILED);
	IN_CHILD(private[0] = 7; shared[4096] = 8);
	CHECK_EQ(private[0], 0);
	CHECK_EQ(shared[4096], 8);
}

CASE(full_is_full)
{
	int fd = open_device("/dev/full", O_RDWR, 1, 7);
	char byte = 1;

	CHECK_ERRNO(write(fd, "x", 1), ENOSPC);
	CHECK_ERRNO(write(fd, "x", 0), ENOSPC);
	CHECK_EQ(read(fd, &byte, 1), 1);
	CHECK_EQ(byte, 0);
}

static int all_same(const unsigned char *buf, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (buf[i] != buf[0])
			return 0;
	return 1;
}

CASE(random_devices_differ_each_time)
{
	int names[] = { open_device("/dev/random", O_RDWR, 1, 8), open_device("/dev/urandom", O_RDWR, 1, 9) };
	unsigned char a[64], b[64];

	for (int i = 0; i < 2; i++) {
		CHECK_EQ(read(names[i], a, sizeof a), 64);
		CHECK_EQ(read(names[i], b, sizeof b), 64);
		CHECK(memcmp(a, b, 64) && !all_same(a, 64));
		CHECK_EQ(write(names[i], "seed", 4), 4);
		CHECK_ERRNO(write(names[i], nowhere, 4), EFAULT);
	}
	struct pollfd poll_fd = { names[0], POLLIN | POLLOUT, 0 };

	CHECK_EQ(poll(&poll_fd, 1, -1), 1);
	CHECK(poll_fd.revents & POLLIN);
	CHECK_EQ(getrandom(a, 64, 0), 64);
	CHECK_EQ(getrandom(b, 64, GRND_NONBLOCK | GRND_RANDOM), 64);
	CHECK_ERRNO(getrandom(a, 64, 0x100), EINVAL);
	CHECK_ERRNO(getrandom(a, 64, GRND_INSECURE | GRND_RANDOM), EINVAL);
	CHECK_ERRNO(getrandom(nowhere, 64, 0), EFAULT);
}

CASE(entropy_is_credited_only_by_those_who_may)
{
	struct {
		struct rand_pool_info info;
		uint32_t words[4];
	} pool = { .info = { .entropy_count = 8, .buf_size = 16 } };
	int fd = open("/dev/urandom", O_RDWR), bits;

	CHECK_EQ(ioctl(fd, RNDGETENTCNT, &bits), 0);
	CHECK(bits >= 0 && bits <= 4096);
	CHECK_EQ(ioctl(fd, RNDADDENTROPY, &pool), 0);
	pool.info.entropy_count = -1;
	CHECK_ERRNO(ioctl(fd, RNDADDENTROPY, &pool), EINVAL);
	CHECK_EQ(ioctl(fd, RNDRESEEDCRNG, 0), 0);
	CHECK_ERRNO(ioctl(fd, RNDADDENTROPY, 8), EFAULT);
	CHECK_EQ(setresuid(65533, 65533, 65533), 0);
	CHECK_ERRNO(ioctl(fd, RNDADDENTROPY, &pool), EPERM);
	CHECK_ERRNO(ioctl(fd, RNDRESEEDCRNG, 0), EPERM);
}

CASE(what_is_written_to_kmsg_is_in_the_log)
{
	char line[1024], *all = malloc(1 << 20);
	int fd = open_device("/dev/kmsg", O_RDWR | O_NONBLOCK, 1, 11), found = 0;
	ssize_t n;

	CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
	CHECK_EQ(write(fd, "<12>kmsg test: hello\n", 21), 21);
	for (int i = 0; i < 10000 && !found; i++) {
		n = read(fd, line, sizeof line - 1);
		if (n < 0) {
			int why = errno;

			CHECK(why == EAGAIN || why == EPIPE);
			continue;
		}
		line[n] = 0;
		found = strstr(line, ";kmsg test: hello\n") && !strncmp(line, "12,", 3);
	}
	CHECK(found);
	CHECK_ERRNO(read(fd, line, 10), EAGAIN);
	n = klogctl(3, all, 1 << 20); /* SYSLOG_ACTION_READ_ALL */
	CHECK(n > 0);
	all[n] = 0;
	CHECK(strstr(all, "kmsg test: hello"));
	CHECK(klogctl(10, NULL, 0) > 0);
	CHECK_ERRNO(klogctl(99, NULL, 0), EINVAL);
	CHECK_ERRNO(klogctl(8, NULL, 9), EINVAL);
}

CASE(a_seek_to_data_goes_to_what_was_not_cleared)
{
	char line[1024];
	int fd = open_device("/dev/kmsg", O_RDWR | O_NONBLOCK, 1, 11), found = 0;
	ssize_t n;

	CHECK_EQ(write(fd, "<12>kmsg test: before\n", 22), 22);
	CHECK_EQ(klogctl(5, NULL, 0), 0); /* SYSLOG_ACTION_CLEAR */
	CHECK_EQ(write(fd, "<12>kmsg test: after\n", 21), 21);
	CHECK_EQ(lseek(fd, 0, SEEK_DATA), 0);
	while ((n = read(fd, line, sizeof line - 1)) > 0) {
		line[n] = 0;
		CHECK(!strstr(line, "kmsg test: before"));
		found |= !!strstr(line, "kmsg test: after");
	}
	CHECK(found);
}

CASE(nodes_are_made_by_root_and_work_where_they_stand)
{
	char byte = 1;

	CHECK_EQ(mknod("/tmp/zero", S_IFCHR | 0666, makedev(1, 5)), 0);
	int fd = open("/tmp/zero", O_RDONLY);

	CHECK(fd >= 0);
	CHECK_EQ(read(fd, &byte, 1), 1);
	CHECK_EQ(byte, 0);
	CHECK_EQ(mknod("/tmp/none", S_IFCHR | 0666, makedev(200, 77)), 0);
	CHECK_ERRNO(open("/tmp/none", O_RDONLY), ENXIO);
	CHECK_EQ(mknod("/tmp/block", S_IFBLK | 0666, makedev(200, 77)), 0);
	CHECK_ERRNO(open("/tmp/block", O_RDONLY), ENXIO);
	CHECK_EQ(unlink("/tmp/zero") | unlink("/tmp/none") | unlink("/tmp/block"), 0);
	CHECK_EQ(setresuid(65533, 65533, 65533), 0);
	CHECK_ERRNO(mknod("/tmp/zero", S_IFCHR | 0666, makedev(1, 5)), EPERM);
	CHECK_EQ(mknod("/tmp/fifo_of_nobody", S_IFIFO | 0600, 0), 0);
	CHECK_EQ(unlink("/tmp/fifo_of_nobody"), 0);
}

CASE(console_and_tty_names)
{
	struct stat st;

	CHECK_EQ(stat("/dev/console", &st), 0);
	CHECK_EQ(st.st_rdev, makedev(5, 1));
	CHECK_EQ(stat("/dev/tty", &st), 0);
	CHECK_EQ(st.st_rdev, makedev(5, 0));
	setsid();
	CHECK_ERRNO(open("/dev/tty", O_RDWR), ENXIO); /* no controlling terminal */
}

TEST_MAIN()

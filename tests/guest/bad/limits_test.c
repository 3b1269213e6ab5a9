/* SPDX-License-Identifier: GPL-2.0-only */
/* limits_test.c - too much of everything: names, descriptors, processes, memory, room. The right errno, and all comes back. */
#include "check.h"
#include <dirent.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

/* CHECK_EQ starts with an errno of 0. */
#define ERRNO_IS(want)                                                                                                 \
	do {                                                                                                           \
		int errno_was_ = errno;                                                                                \
		CHECK_EQ(errno_was_, want);                                                                            \
	} while (0)

static void limit(int what, rlim_t value)
{
	struct rlimit lim = { value, value };

	CHECK_EQ(setrlimit(what, &lim), 0);
}

static void leave_root(void)
{
	CHECK_EQ(setgid(65533), 0);
	CHECK_EQ(setuid(65533), 0);
}

CASE(paths_of_5000_bytes_and_names_of_256)
{
	char path[5001], name[257];
	struct stat st;

	memset(path, 'p', 5000);
	for (int i = 0; i < 5000; i += 100)
		path[i] = '/';
	path[5000] = 0;
	memset(name, 'n', 256);
	name[256] = 0;
	for (int round = 0; round < 2; round++) {
		const char *bad = round ? name : path;

		CHECK_ERRNO(open(bad, O_RDONLY), ENAMETOOLONG);
		CHECK_ERRNO(open(bad, O_CREAT | O_RDWR, 0600), ENAMETOOLONG);
		CHECK_ERRNO(stat(bad, &st), ENAMETOOLONG);
		CHECK_ERRNO(lstat(bad, &st), ENAMETOOLONG);
		CHECK_ERRNO(mkdir(bad, 0700), ENAMETOOLONG);
		CHECK_ERRNO(rmdir(bad), ENAMETOOLONG);
		CHECK_ERRNO(unlink(bad), ENAMETOOLONG);
		CHECK_ERRNO(symlink("x", bad), ENAMETOOLONG);
		CHECK_ERRNO(link("/proc/version", bad), ENAMETOOLONG);
		CHECK_ERRNO(chmod(bad, 0700), ENAMETOOLONG);
		CHECK_ERRNO(chdir(bad), ENAMETOOLONG);
		CHECK_ERRNO(truncate(bad, 0), ENAMETOOLONG);
		CHECK_ERRNO(execl(bad, "x", NULL), ENAMETOOLONG);
		CHECK_ERRNO(mount("none", bad, "tmpfs", 0, NULL), ENAMETOOLONG);
	}
	CHECK_ERRNO(symlink(path, "/tmp/long-link"), ENAMETOOLONG);
	CHECK_EQ(symlink(name, "/tmp/long-link"), 0); /* a target is no name yet */
	CHECK_ERRNO(open("/tmp/long-link", O_RDONLY), ENAMETOOLONG);
	CHECK_EQ(unlink("/tmp/long-link"), 0);
}

/* Children that make children, until nobody may make more; then all end and as many can be made again. */
CASE(fork_bomb_under_a_limit)
{
	limit(RLIMIT_NPROC, 24);
	leave_root();
	for (int round = 0; round < 3; round++) {
		int made = 0, two[2];
		char byte;

		CHECK_EQ(pipe(two), 0);
		for (;;) {
			pid_t pid = fork();

			if (!pid) {
				close(two[1]);
				_exit(fork() > 0 || read(two[0], &byte, 1) ? 1 : 0);
			}
			if (pid < 0)
				break;
			CHECK(++made < 100);
		}
		ERRNO_IS(EAGAIN);
		CHECK(made >= 2);
		close(two[1]);
		close(two[0]);
		while (waitpid(-1, NULL, 0) > 0)
			;
		/* Grandchildren that are on their way out count a moment longer. */
		for (int tries = 0; round < 2 && tries < 1000; tries++) {
			pid_t pid = fork();

			if (!pid)
				_exit(0);
			if (pid > 0) {
				waitpid(pid, NULL, 0);
				break;
			}
			usleep(1000);
		}
	}
}

CASE(full_tmpfs_gives_all_back)
{
	struct statfs before, full, after;
	char bytes[65536];
	int fd, nr = 0;
	char name[64];

	memset(bytes, 'b', sizeof(bytes));
	mkdir("/tmp/full", 0755);
	CHECK_EQ(mount("full", "/tmp/full", "tmpfs", 0, "size=1m,nr_inodes=50"), 0);
	CHECK_EQ(statfs("/tmp/full", &before), 0);
	fd = open("/tmp/full/big", O_CREAT | O_RDWR, 0600);
	while (write(fd, bytes, sizeof(bytes)) == sizeof(bytes))
		;
	CHECK_ERRNO(write(fd, bytes, sizeof(bytes)), ENOSPC);
	CHECK_ERRNO(fallocate(fd, 0, 0, 4 << 20), ENOSPC);
	CHECK_EQ(statfs("/tmp/full", &full), 0);
	CHECK_EQ(full.f_bfree, 0);
	close(fd);
	CHECK_EQ(unlink("/tmp/full/big"), 0);
	for (;; nr++) {
		snprintf(name, sizeof(name), "/tmp/full/f%d", nr);
		fd = open(name, O_CREAT | O_RDWR, 0600);
		if (fd < 0)
			break;
		close(fd);
		CHECK(nr < 100);
	}
	ERRNO_IS(ENOSPC);
	CHECK_ERRNO(mkdir("/tmp/full/d", 0700), ENOSPC);
	CHECK_ERRNO(symlink("x", "/tmp/full/l"), ENOSPC);
	while (nr--) {
		snprintf(name, sizeof(name), "/tmp/full/f%d", nr);
		CHECK_EQ(unlink(name), 0);
	}
	CHECK_EQ(statfs("/tmp/full", &after), 0);
	CHECK_EQ(after.f_bfree, before.f_bfree);
	CHECK_EQ(after.f_ffree, before.f_ffree);
	CHECK_EQ(umount2("/tmp/full", 0), 0);
}

/* A mapping of a full file system has no page to give. */
CASE(page_that_finds_no_room_is_a_bus_error)
{
	int status;
	pid_t pid;

	mkdir("/tmp/full2", 0755);
	CHECK_EQ(mount("full", "/tmp/full2", "tmpfs", 0, "size=64k"), 0);
	pid = fork();
	if (!pid) {
		int fd = open("/tmp/full2/f", O_CREAT | O_RDWR, 0600);
		char *p;

		if (ftruncate(fd, 1 << 20))
			_exit(1);
		p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		memset(p, 'x', 1 << 20);
		_exit(2);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	CHECK_EQ(umount2("/tmp/full2", 0), 0);
}

CASE(descriptors_run_out)
{
	int fd, two[2], nr = 0;

	limit(RLIMIT_NOFILE, 20);
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		nr++;
	ERRNO_IS(EMFILE);
	CHECK_ERRNO(pipe(two), EMFILE);
	CHECK_ERRNO(dup(0), EMFILE);
	CHECK_ERRNO(dup2(0, 20), EBADF);
	CHECK_ERRNO(fcntl(0, F_DUPFD, 20), EINVAL);
	CHECK_ERRNO(syscall(SYS_eventfd2, 0, 0), EMFILE);
	CHECK_ERRNO(syscall(SYS_epoll_create1, 0), EMFILE);
	CHECK_ERRNO(syscall(SYS_socket, 1, 1, 0), EMFILE);
	CHECK_ERRNO(syscall(SYS_memfd_create, "x", 0), EMFILE);
	close(19);
	CHECK_EQ(dup(0), 19);
}

CASE(file_size_is_limited)
{
	char bytes[8192] = "";
	int fd = open("/tmp/fsize", O_CREAT | O_TRUNC | O_RDWR, 0600), status;
	pid_t pid;

	unlink("/tmp/fsize");
	pid = fork();
	if (!pid) {
		limit(RLIMIT_FSIZE, 4096);
		if (write(fd, bytes, sizeof(bytes)) != 4096) /* as far as it goes */
			_exit(1);
		if (write(fd, bytes, 1) >= 0)
			_exit(2);
		_exit(3); /* SIGXFSZ comes first */
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_FSIZE, 4096);
	CHECK_ERRNO(pwrite(fd, bytes, 1, 4096), EFBIG);
	CHECK_ERRNO(ftruncate(fd, 4097), EFBIG);
	CHECK_ERRNO(fallocate(fd, 0, 0, 8192), EFBIG);
	CHECK_EQ(ftruncate(fd, 4096), 0);
}

CASE(address_space_is_limited)
{
	limit(RLIMIT_AS, 64 << 20);
	CHECK_ERRNO((long)mmap(NULL, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
	void *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	CHECK_ERRNO((long)mremap(p, 4096, 128 << 20, MREMAP_MAYMOVE), ENOMEM);
	long here = syscall(SYS_brk, 0);
	CHECK_EQ(syscall(SYS_brk, here + (128 << 20)), here);
}

CASE(data_and_locked_memory_are_limited)
{
	char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	limit(RLIMIT_MEMLOCK, 8192);
	leave_root();
	CHECK_EQ(mlock(p, 8192), 0);
	CHECK_ERRNO(mlock(p, 1 << 20), ENOMEM);
	CHECK_EQ(munlock(p, 8192), 0);
	CHECK_ERRNO(mlockall(MCL_CURRENT), ENOMEM);
	limit(RLIMIT_DATA, 4096);
	CHECK_ERRNO((long)mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), ENOMEM);
}

static void recurse(int depth)
{
	volatile char frame[16384];

	frame[0] = frame[16383] = (char)depth;
	if (depth)
		recurse(depth - 1);
	frame[1] = frame[0];
}

CASE(stack_that_grows_too_far_is_a_fault)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		limit(RLIMIT_STACK, 1 << 20);
		recurse(1000);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

/* Mappings have a limit of their own, and go when the process does. */
CASE(mappings_run_out)
{
	char *at = (char *)0x100000000;
	int nr = 0;

	while (mmap(at + (long)nr * 8192, 4096, nr & 1 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
		CHECK(++nr < 70000);
	ERRNO_IS(ENOMEM);
	CHECK(nr > 60000);
	CHECK_EQ(munmap(at, (long)nr * 8192), 0);
	CHECK(mmap(at, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
}

CASE(closed_descriptors_are_ebadf)
{
	struct stat st;
	char c;

	CHECK_ERRNO(read(77, &c, 1), EBADF);
	CHECK_ERRNO(write(77, &c, 1), EBADF);
	CHECK_ERRNO(lseek(77, 0, SEEK_SET), EBADF);
	CHECK_ERRNO(fstat(77, &st), EBADF);
	CHECK_ERRNO(close(77), EBADF);
	CHECK_ERRNO(dup(77), EBADF);
	CHECK_ERRNO(dup2(77, 78), EBADF);
	CHECK_ERRNO(fcntl(77, F_GETFD), EBADF);
	CHECK_ERRNO(fsync(77), EBADF);
	CHECK_ERRNO(fchdir(77), EBADF);
	CHECK_ERRNO(openat(77, "x", O_RDONLY), EBADF);
	CHECK_ERRNO((long)mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 77, 0), EBADF);
}

TEST_MAIN()

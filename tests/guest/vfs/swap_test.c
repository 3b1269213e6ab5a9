/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * swap_test.c - proves the rules of swapon and swapoff, for files that cannot carry swap, and that calls which a kernel of
 * Debian's does not have, or has only when told so, are not there. Runs as root.
 */
#include "check.h"
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>

/* A file on the root file system (memory) with the signature of swap. */
static void make_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(ftruncate(fd, 65536), 0);
	CHECK_EQ(pwrite(fd, "\1\0\0\0\17\0\0\0", 8, 1024), 8);
	CHECK_EQ(pwrite(fd, "SWAPSPACE2", 10, 4086), 10);
	CHECK_EQ(close(fd), 0);
}

CASE(files_in_memory_carry_no_swap)
{
	make_file("/swapfile");
	CHECK_ERRNO(swapon("/swapfile", 0), EINVAL);
	CHECK_ERRNO(swapon("/swapfile", SWAP_FLAG_PREFER | 5), EINVAL);
	CHECK_ERRNO(swapoff("/swapfile"), EINVAL);
	CHECK_EQ(unlink("/swapfile"), 0);
}

CASE(names_and_flags_are_looked_at)
{
	CHECK_ERRNO(swapon("/nothing", 0), ENOENT);
	CHECK_ERRNO(swapoff("/nothing"), ENOENT);
	CHECK_ERRNO(swapon("/dev", 0), EISDIR);
	CHECK_ERRNO(swapoff("/dev"), EISDIR);
	CHECK_ERRNO(swapon(NULL, 0), EFAULT);
	CHECK_ERRNO(swapoff(NULL), EFAULT);
	CHECK_ERRNO(swapon("/nothing", 0x80000), EINVAL);
	CHECK_ERRNO(swapon("/dev/null/x", 0), ENOTDIR);
}

CASE(swap_needs_the_capability)
{
	CHECK_EQ(setuid(1000), 0);
	CHECK_ERRNO(swapon("/nothing", 0), EPERM);
	CHECK_ERRNO(swapoff("/nothing"), EPERM);
	CHECK_ERRNO(swapon("/nothing", 0x80000), EINVAL); /* flags come first */
}

/* As Debian's kernel answers: one wants secretmem.enable=1 on the command line, the other is gone from Linux. */
CASE(what_debian_does_not_have)
{
	char buf[16];

	CHECK_ERRNO(syscall(SYS_memfd_secret, 0), ENOSYS);
	CHECK_ERRNO(syscall(SYS_lookup_dcookie, 1ul, buf, sizeof(buf)), ENOSYS);
}

TEST_MAIN()

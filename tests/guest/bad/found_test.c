/* SPDX-License-Identifier: GPL-2.0-only */
/* found_test.c - what the fuzzer and the sweep found, one case each: calls that stopped the machine or answered wrongly. */
#include "check.h"
#include <stdint.h>
#include <linux/prctl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

CASE(exit_signal_beyond_the_last_is_none)
{
	for (int sig = 65; sig < 256; sig += 19) {
		long pid = syscall(SYS_clone, (long)sig, 0, 0, 0, 0);
		int status = -1;

		if (!pid)
			syscall(SYS_exit, 3);
		CHECK(pid > 0);
		CHECK_EQ(waitpid((pid_t)pid, &status, __WALL), pid);
		CHECK_EQ(WEXITSTATUS(status), 3);
	}
}

CASE(vmsplice_moves_bytes_both_ways)
{
	char out[] = "bytes", in[8] = "";
	struct iovec give = { out, 5 }, take = { in, 8 };
	int fd[2];

	CHECK_EQ(pipe(fd), 0);
	CHECK_EQ(vmsplice(fd[1], &give, 1, 0), 5);
	CHECK_EQ(vmsplice(fd[0], &take, 1, 0), 5);
	CHECK_EQ(memcmp(in, "bytes", 5), 0);
	CHECK_ERRNO(vmsplice(fd[0], &take, 1, SPLICE_F_NONBLOCK), EAGAIN);
}

CASE(break_at_the_end_of_addresses_changes_nothing)
{
	long here = syscall(SYS_brk, 0);

	CHECK_EQ(syscall(SYS_brk, -1l), here);
	CHECK_EQ(syscall(SYS_brk, -4096l), here);
	CHECK_EQ(syscall(SYS_brk, here + 8192), here + 8192);
	*(volatile char *)(here + 4096) = 1;
}

/* A read that cannot put down all of a piece takes nothing of it. */
CASE(pipe_keeps_what_could_not_be_delivered)
{
	char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), all[16];
	int fd[2];

	CHECK(p != MAP_FAILED);
	CHECK_EQ(mprotect(p + 4096, 4096, PROT_NONE), 0);
	CHECK_EQ(pipe(fd), 0);
	CHECK_EQ(write(fd[1], "0123456789", 10), 10);
	CHECK_ERRNO(read(fd[0], p + 4092, 10), EFAULT);
	CHECK_EQ(read(fd[0], all, sizeof(all)), 10);
	CHECK_EQ(memcmp(all, "0123456789", 10), 0);
}

/* A failed wait writes zeros. */
CASE(waitid_that_finds_nobody_clears_the_answer)
{
	siginfo_t info;

	memset(&info, 0x55, sizeof(info));
	CHECK_ERRNO(waitid(P_ALL, 0, &info, WEXITED), ECHILD);
	CHECK_EQ(info.si_signo, 0);
	CHECK_EQ(info.si_pid, 0);
	CHECK_ERRNO(waitid(P_ALL, 0, (siginfo_t *)8, WEXITED), EFAULT);
}

CASE(write_hint_is_kept_with_the_inode)
{
	uint64_t hint = 99;
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600), other;
	char name[40];

	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GET_RW_HINT, &hint), 0);
	CHECK_EQ(hint, RWH_WRITE_LIFE_NOT_SET);
	hint = RWH_WRITE_LIFE_LONG;
	CHECK_EQ(fcntl(fd, F_SET_RW_HINT, &hint), 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	other = open(name, O_RDONLY);
	hint = 0;
	CHECK_EQ(fcntl(other, F_GET_RW_HINT, &hint), 0);
	CHECK_EQ(hint, RWH_WRITE_LIFE_LONG);
	hint = 6;
	CHECK_ERRNO(fcntl(fd, F_SET_RW_HINT, &hint), EINVAL);
}

CASE(borders_of_memory_move_together_or_not_at_all)
{
	unsigned int size = 0;
	unsigned long here = (unsigned long)&size;

	CHECK_EQ(prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0), 0);
	CHECK_EQ(size, sizeof(struct prctl_mm_map));
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, &size, 8, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_MAP, 8, size, 0), EFAULT);
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_START_DATA, here, 0, 0), EINVAL); /* above the data's end */
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_ARG_START, 8, 0, 0), EINVAL);
	CHECK_ERRNO(prctl(PR_SET_MM, PR_SET_MM_ARG_END, 0x7ffffffff000 - 1, 0, 0), EFAULT);
}

/* The root of all mounts stays. */
CASE(root_of_the_namespace_cannot_be_unmounted)
{
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_ERRNO(syscall(SYS_umount2, "/", 0), EINVAL);
	CHECK_EQ(mkdir("/tmp/still-writable", 0700), 0);
	CHECK_EQ(rmdir("/tmp/still-writable"), 0);
}

TEST_MAIN()

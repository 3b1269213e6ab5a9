/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file_loads.h - loads of the calls that wait for a request in flight ("device" in table.def) and of page faults on files; see load.h.
 *
 * A load works in a directory of its own below STILL_DIR (the environment; /tmp if it is not set), which the host's test puts on a share. Each
 * step of a turn is counted by its call's number, and gives in every turn what it gave in the first, which was before the rounds:
 * the result (of calls that make a descriptor or move a clock only whether they succeeded) and the errno.
 *
 *	must(call, ...)   has to succeed
 *	local(call, ...)  has to succeed in /tmp; a share may refuse it, but always alike
 *	same(call, ...)   may fail, always alike
 */
#pragma once
#include "load.h"
#include <dirent.h>
#include <elf.h>
#include <sys/mount.h>
#include <linux/mount.h> /* after sys/mount.h */
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <utime.h>

#define NR_STEPS_MAX 64

struct step {
	long ret;
	int error;
};

/* The steps of this process's load. */
static struct {
	struct step first[NR_STEPS_MAX];
	int at, nr_turns;
} steps;

static int is_share(void)
{
	return getenv("STILL_DIR") != NULL;
}

enum may_fail { MUST, LOCAL, SAME };

static long step(int line, const char *name, int nr, enum may_fail may_fail, long ret)
{
	int error = ret < 0 ? errno : 0;
	struct step got = { ret < 0 ? -1 : 0, error }, *first = &steps.first[steps.at++];

	CHECK(steps.at <= NR_STEPS_MAX);
	if (error && (may_fail == MUST || (may_fail == LOCAL && !is_share())))
		check_failed(__FILE__, line, "%s gives %ld errno %d", name, ret, error);
	if (!steps.nr_turns)
		*first = got;
	if (got.ret != first->ret || got.error != first->error)
		check_failed(__FILE__, line, "%s gives %ld errno %d, in the first turn it gave %ld errno %d", name, ret, error,
			     first->ret, first->error);
	atomic_fetch_add(&arena->made[nr], 1);
	return ret;
}

#define must(call, ...)  step(__LINE__, #call, SYS_##call, MUST, syscall(SYS_##call, ##__VA_ARGS__))
#define local(call, ...) step(__LINE__, #call, SYS_##call, LOCAL, syscall(SYS_##call, ##__VA_ARGS__))
#define same(call, ...)  step(__LINE__, #call, SYS_##call, SAME, syscall(SYS_##call, ##__VA_ARGS__))

static void steps_end(void)
{
	steps.at = 0;
	steps.nr_turns++;
	turn();
}

/* Enter a new directory, which goes away with go_out(). */
static char work_dir[200];

static void go_in(void)
{
	snprintf(work_dir, sizeof work_dir, "%s/still-%d", is_share() ? getenv("STILL_DIR") : "/tmp", getpid());
	CHECK_EQ(mkdir(work_dir, 0700), 0);
	CHECK_EQ(chdir(work_dir), 0);
}

static void go_out(void)
{
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(rmdir(work_dir), 0);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static int nr_names(int use_getdents)
{
	char buf[2048];
	int fd = open(".", O_RDONLY | O_DIRECTORY), nr = 0;
	long n;

	CHECK(fd >= 0);
	while ((n = use_getdents ? must(getdents, fd, buf, sizeof buf) : must(getdents64, fd, buf, sizeof buf)) > 0)
		for (long at = 0; at < n; nr++)
			at += *(unsigned short *)(buf + at + 16); /* d_reclen of both formats */
	must(close, fd);
	return nr - 2;
}

static void looks_at_names(int dir)
{
	struct stat st;
	struct statx stx;
	struct statfs sfs;

	must(stat, "a", &st);
	CHECK(S_ISREG(st.st_mode));
	must(lstat, "s", &st);
	CHECK(S_ISLNK(st.st_mode));
	must(newfstatat, dir, "sub", &st, 0);
	CHECK(S_ISDIR(st.st_mode));
	must(statx, dir, "a", 0, STATX_BASIC_STATS, &stx);
	CHECK(S_ISREG(stx.stx_mode));
	must(fstat, dir, &st);
	must(access, "a", R_OK);
	must(faccessat, dir, "a", W_OK);
	must(faccessat2, dir, "a", W_OK, AT_EACCESS);
	CHECK_ERRNO(syscall(SYS_access, "nothing", F_OK), ENOENT);
	must(statfs, ".", &sfs);
	must(fstatfs, dir, &sfs);
	CHECK_EQ(nr_names(0), 9);
	CHECK_EQ(nr_names(1), 9);
}

static void load_names(void)
{
	struct open_how how = { .flags = O_RDWR | O_CREAT | O_EXCL, .mode = 0600 };
	char buf[64];

	go_in();
	while (!arena->stop) {
		int dir = must(open, ".", O_RDONLY | O_DIRECTORY), fd = must(creat, "a", 0600);

		must(close, fd);
		fd = must(openat, dir, "b", O_RDWR | O_CREAT | O_EXCL, 0600);
		must(close, fd);
		fd = must(openat2, dir, "c", &how, sizeof how);
		must(close, fd);
		must(mkdir, "sub", 0700);
		must(mkdirat, dir, "sub2", 0700);
		must(link, "a", "l");
		must(linkat, dir, "a", dir, "l2", 0);
		must(symlink, "a", "s");
		must(symlinkat, "elsewhere", dir, "s2");
		CHECK_EQ(must(readlink, "s", buf, sizeof buf), 1);
		CHECK_EQ(must(readlinkat, dir, "s2", buf, sizeof buf), 9);
		CHECK(!memcmp(buf, "elsewhere", 9));
		looks_at_names(dir);
		must(rename, "a", "sub/a");
		must(renameat, dir, "b", dir, "sub/b");
		must(renameat2, dir, "c", dir, "sub/c", 0);
		must(chdir, "sub");
		CHECK_EQ(nr_names(0), 3);
		must(fchdir, dir);
		local(mknod, "fifo", S_IFIFO | 0600, 0);
		local(mknodat, dir, "fifo2", S_IFIFO | 0600, 0);
		same(unlink, "fifo");
		same(unlink, "fifo2");
		for (int i = 0; i < 7; i++)
			must(unlink, &"sub/a\0sub/b\0sub/c\0l\0\0\0\0\0l2\0\0\0\0s\0\0\0\0\0s2"[i * 6]);
		must(unlinkat, dir, "sub", AT_REMOVEDIR);
		must(rmdir, "sub2");
		must(close, dir);
		steps_end();
	}
	go_out();
}

/* --- attributes --------------------------------------------------------------------------------------------------- */

static void changes_owner_and_mode(int fd)
{
	struct stat st;

	must(chmod, "file", 0640);
	must(fchmod, fd, 0604);
	must(fchmodat, AT_FDCWD, "file", 0660);
	local(chown, "file", 1, 2);
	local(lchown, "file", 3, 4);
	local(fchown, fd, 5, 6);
	local(fchownat, AT_FDCWD, "file", 0, 0, 0);
	must(fstat, fd, &st);
	CHECK_EQ(st.st_mode & 0777, 0660);
}

static void changes_times(int fd)
{
	struct utimbuf old = { 1000, 2000 };
	struct timeval tv[2] = { { 3000, 0 }, { 4000, 0 } };
	struct timespec ts[2] = { { 5000, 0 }, { 6000, 7 } };
	struct stat st;

	must(utime, "file", &old);
	must(fstat, fd, &st);
	CHECK_EQ(st.st_mtime, 2000);
	must(utimes, "file", tv);
	must(futimesat, AT_FDCWD, "file", tv);
	must(fstat, fd, &st);
	CHECK_EQ(st.st_mtime, 4000);
	must(utimensat, AT_FDCWD, "file", ts, 0);
	must(fstat, fd, &st);
	CHECK_EQ(st.st_mtim.tv_sec, 6000);
}

static void changes_size(int fd)
{
	must(truncate, "file", 10000);
	CHECK_EQ(must(lseek, fd, 0, SEEK_END), 10000);
	must(ftruncate, fd, 300);
	CHECK_EQ(must(lseek, fd, 0, SEEK_END), 300);
	local(fallocate, fd, 0, 0, 5000);
	CHECK_EQ(must(lseek, fd, 0, SEEK_END), is_share() ? lseek(fd, 0, SEEK_END) : 5000);
}

static void changes_xattrs(int fd)
{
	const char *name = "trusted.still";
	char buf[200];

	local(setxattr, "file", name, "one", 3, 0);
	local(getxattr, "file", name, buf, sizeof buf);
	local(listxattr, "file", buf, sizeof buf);
	local(removexattr, "file", name);
	local(lsetxattr, "file", name, "two", 3, 0);
	local(lgetxattr, "file", name, buf, sizeof buf);
	local(llistxattr, "file", buf, sizeof buf);
	local(lremovexattr, "file", name);
	local(fsetxattr, fd, name, "three", 5, 0);
	if (local(fgetxattr, fd, name, buf, sizeof buf) >= 0)
		CHECK(!memcmp(buf, "three", 5));
	local(flistxattr, fd, buf, sizeof buf);
	local(fremovexattr, fd, name);
}

static void load_attributes(void)
{
	struct {
		struct { unsigned bytes; int type; } head;
		char space[128];
	} handle;
	int mount_id;

	go_in();
	while (!arena->stop) {
		int fd = must(open, "file", O_RDWR | O_CREAT | O_EXCL, 0600);

		changes_owner_and_mode(fd);
		changes_times(fd);
		changes_size(fd);
		changes_xattrs(fd);
		handle.head.bytes = sizeof handle.space;
		same(name_to_handle_at, AT_FDCWD, "file", &handle, &mount_id, 0);
		int again = same(open_by_handle_at, AT_FDCWD, &handle, O_RDONLY);
		if (again >= 0)
			must(close, again);
		must(unlink, "file");
		must(close, fd);
		steps_end();
	}
	go_out();
}

/* --- data --------------------------------------------------------------------------------------------------------- */

#define DATA 30000

static int data_file(const char *name)
{
	int fd = must(open, name, O_RDWR | O_CREAT | O_EXCL, 0600);
	unsigned char block[DATA];

	for (int i = 0; i < DATA; i++)
		block[i] = pattern(i + steps.nr_turns);
	CHECK_EQ(write(fd, block, DATA), DATA);
	return fd;
}

static void has_data(int fd)
{
	unsigned char block[DATA + 1];

	CHECK_EQ(pread(fd, block, DATA + 1, 0), DATA);
	for (int i = 0; i < DATA; i++)
		CHECK_EQ(block[i], pattern(i + steps.nr_turns));
}

static void load_data(void)
{
	go_in();
	while (!arena->stop) {
		int fd = data_file("from"), to = must(open, "to", O_RDWR | O_CREAT | O_EXCL, 0600);
		off_t from_at = 0, to_at = 0;
		unsigned char *map = mmap(NULL, DATA, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		CHECK(map != MAP_FAILED);
		must(fsync, fd);
		must(fdatasync, fd);
		map[1] = pattern(1 + steps.nr_turns);
		must(msync, map, DATA, MS_SYNC);
		munmap(map, DATA);
		same(sync_file_range, fd, 0, DATA, SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE);
		same(readahead, fd, 0, DATA);
		CHECK_EQ(must(copy_file_range, fd, &from_at, to, &to_at, DATA, 0), DATA);
		has_data(to);
		has_data(fd);
		must(syncfs, to);
		must(sync);
		must(dup2, fd, to); /* both close what "to" was */
		has_data(to);
		must(dup3, fd, to, O_CLOEXEC);
		must(close_range, to, to, 0);
		CHECK_ERRNO(fcntl(to, F_GETFD), EBADF);
		must(close, fd);
		must(unlink, "from");
		must(unlink, "to");
		steps_end();
	}
	go_out();
}

/* --- page faults --------------------------------------------------------------------------------------------------- */

#define FAULT_PAGES 40
#define FAULT_BYTES (FAULT_PAGES * 4096)

/* Every page once; the sum of its two ends tells which page of which turn it is. */
static void look_at_pages(const unsigned char *map, int turn_nr)
{
	for (int i = 0; i < FAULT_BYTES; i += 4096) {
		CHECK_EQ(map[i], pattern(i + turn_nr));
		CHECK_EQ(map[i + 4095], pattern(i + 4095 + turn_nr));
	}
}

static long nr_faults(void)
{
	struct rusage usage;

	CHECK_EQ(getrusage(RUSAGE_SELF, &usage), 0);
	return usage.ru_minflt + usage.ru_majflt;
}

static void write_fault_file(int fd, unsigned char *block)
{
	for (int i = 0; i < FAULT_BYTES; i++)
		block[i] = pattern(i + steps.nr_turns);
	CHECK_EQ(pwrite(fd, block, FAULT_BYTES, 0), FAULT_BYTES);
	CHECK_EQ(fdatasync(fd), 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); /* the pages come from the server again */
}

/* Faults that read, that write to the file, and that copy: a write to a private page is one fault, stopped or not.
 * (A load and a store would be two: the first maps its neighbours for reading.) */
static void load_faults(void)
{
	static unsigned char block[FAULT_BYTES];

	go_in();
	int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0600);
	CHECK(fd >= 0);
	while (!arena->stop) {
		write_fault_file(fd, block);
		unsigned char *map = mmap(NULL, FAULT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		unsigned char *copy = mmap(NULL, FAULT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		CHECK(map != MAP_FAILED && copy != MAP_FAILED);
		look_at_pages(map, steps.nr_turns);
		long before = nr_faults();
		for (int i = 0; i < FAULT_BYTES; i += 4096)
			((volatile unsigned char *)copy)[i] = 1;
		if (steps.nr_turns) /* the first has faults of its own variables */
			CHECK_EQ(nr_faults() - before, FAULT_PAGES);
		for (int i = 0; i < FAULT_BYTES; i += 4096)
			map[i + 5] = 77;
		look_at_pages(map, steps.nr_turns);
		munmap(copy, FAULT_BYTES);
		munmap(map, FAULT_BYTES);
		CHECK_EQ(fsync(fd), 0); /* read() of a share without a cache (Linux's 9p) would not see what is only mapped */
		CHECK_EQ(pread(fd, block, FAULT_BYTES, 0), FAULT_BYTES);
		for (int i = 0; i < FAULT_BYTES; i++)
			CHECK_EQ(block[i], i % 4096 == 5 ? 77 : pattern(i + steps.nr_turns));
		steps_end();
	}
	close(fd);
	CHECK_EQ(unlink("file"), 0);
	go_out();
}

/* --- programs ------------------------------------------------------------------------------------------------------ */

/* The smallest program: exit(argc + 40). */
static void write_program(const char *path)
{
	static const unsigned char code[] = { 0x8b, 0x3c, 0x24,		       /* mov (%rsp), %edi */
					      0x83, 0xc7, 40,		       /* add $40, %edi */
					      0xb8, SYS_exit_group, 0, 0, 0, 0x0f, 0x05 }; /* mov $exit_group, %eax; syscall */
	struct {
		Elf64_Ehdr file;
		Elf64_Phdr segment;
		unsigned char code[sizeof code];
	} elf = { .file = { .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = 1, .e_entry = 0x400000 + 120,
			    .e_phoff = 64, .e_ehsize = 64, .e_phentsize = 56, .e_phnum = 1 },
		  .segment = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x400000, .p_filesz = sizeof elf,
			       .p_memsz = sizeof elf, .p_align = 4096 } };
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0700);

	memcpy(elf.file.e_ident, "\177ELF\2\1\1", 7);
	memcpy(elf.code, code, sizeof code);
	CHECK_EQ(write(fd, &elf, sizeof elf), sizeof elf);
	close(fd);
}

static void load_programs(void)
{
	char *argv[] = { "x", "y", "z", NULL }, *envp[] = { NULL };
	int status;

	go_in();
	write_program("program");
	while (!arena->stop) {
		for (int by_fd = 0; by_fd < 2; by_fd++) {
			pid_t pid = fork();

			if (!pid) {
				atomic_fetch_add(&arena->made[by_fd ? SYS_execveat : SYS_execve], 1);
				if (by_fd)
					syscall(SYS_execveat, open("program", O_PATH | O_CLOEXEC), "", argv + 1, envp, AT_EMPTY_PATH);
				else
					syscall(SYS_execve, "program", argv, envp);
				_exit(errno);
			}
			CHECK_EQ(waitpid(pid, &status, 0), pid);
			CHECK_EQ(WEXITSTATUS(status), 43 - by_fd);
		}
		steps_end();
	}
	CHECK_EQ(unlink("program"), 0);
	go_out();
}

/* --- mounts -------------------------------------------------------------------------------------------------------- */

#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 1
#endif

static void mounts_in_steps(void)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int fs = syscall(SYS_fsopen, "tmpfs", 0);

	CHECK(fs >= 0);
	must(fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0);
	int mnt = must(fsmount, fs, 0, 0);
	must(move_mount, mnt, "", AT_FDCWD, "m", MOVE_MOUNT_F_EMPTY_PATH);
	int copy = must(open_tree, AT_FDCWD, "m", OPEN_TREE_CLONE);
	must(mount_setattr, copy, "", AT_EMPTY_PATH, &attr, sizeof attr);
	int again = must(fspick, AT_FDCWD, "m", 0);
	must(close, again);
	must(close, copy);
	must(close, mnt);
	must(close, fs);
	must(umount2, "m", MNT_DETACH);
}

/* A process in a tree of mounts of its own, which changes its root. */
static void changes_root(void)
{
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	must(mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	mounts_in_steps();
	must(mount, "tmpfs", "m", "tmpfs", 0, NULL);
	must(chroot, "m");
	must(chdir, "/");
	CHECK_EQ(mkdir("new", 0700), 0);
	must(mount, "tmpfs", "new", "tmpfs", 0, NULL);
	CHECK_EQ(mkdir("new/old", 0700), 0);
	must(pivot_root, "new", "new/old");
	must(chdir, "/");
	must(umount2, "old", MNT_DETACH);
	CHECK_EQ(rmdir("old"), 0);
	CHECK_EQ(nr_names(0), 0);
	_exit(0);
}

static void load_mounts(void)
{
	go_in();
	CHECK_EQ(mkdir("m", 0700), 0);
	while (!arena->stop) {
		pid_t pid = fork();

		if (!pid)
			changes_root();
		ends_with(pid, 0);
		steps_end();
	}
	CHECK_EQ(rmdir("m"), 0);
	go_out();
}

/* --- accounts and swap --------------------------------------------------------------------------------------------- */

static void load_accounts(void)
{
	go_in();
	while (!arena->stop) {
		int fd = must(creat, "account", 0600);

		must(close, fd);
		local(acct, "account");
		pid_t pid = fork(); /* its end is written down, if nobody has named another file meanwhile */
		if (!pid)
			_exit(3);
		ends_with(pid, 3 << 8);
		must(acct, NULL);
		same(swapon, "account", 0); /* not of a swap area's form: EINVAL */
		same(swapoff, "account");
		must(unlink, "account");
		steps_end();
	}
	go_out();
}

/* --- another's memory, and a name for a socket ---------------------------------------------------------------------- */

static void load_others_memory(void)
{
	static unsigned char theirs[20000], mine[20000];
	struct iovec remote = { theirs, sizeof theirs }, here = { mine, sizeof mine };

	for (size_t i = 0; i < sizeof theirs; i++)
		theirs[i] = pattern(i);
	pid_t pid = fork();
	if (!pid)
		for (;;)
			pause();
	while (!arena->stop) {
		for (size_t i = 0; i < sizeof mine; i++)
			mine[i] = pattern(i + steps.nr_turns);
		CHECK_EQ(must(process_vm_writev, pid, &here, 1, &remote, 1, 0), sizeof mine);
		memset(mine, 0, sizeof mine);
		CHECK_EQ(must(process_vm_readv, pid, &here, 1, &remote, 1, 0), sizeof mine);
		for (size_t i = 0; i < sizeof mine; i++)
			CHECK_EQ(mine[i], pattern(i + steps.nr_turns));
		steps_end();
	}
	kill(pid, SIGKILL);
	ends_with(pid, SIGKILL);
}

static void load_bind(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "socket" };

	go_in();
	while (!arena->stop) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		if (!local(bind, fd, &addr, sizeof addr))
			must(unlink, "socket");
		must(close, fd);
		steps_end();
	}
	go_out();
}

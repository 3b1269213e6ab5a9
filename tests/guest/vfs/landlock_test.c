/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * landlock_test.c - proves Landlock: what a restricted program may still do with files, and that it never gets anything back.
 *
 * Each case works in a tmpfs of its own:	/tmp/a/{f,x,sub/f}  /tmp/b/f  /tmp/c
 */
#include "check.h"
#include <dirent.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>

int mount(const char *, const char *, const char *, unsigned long, const void *);
int umount2(const char *, int);
int unshare(int);

#define EXEC LANDLOCK_ACCESS_FS_EXECUTE
#define WRITE LANDLOCK_ACCESS_FS_WRITE_FILE
#define READ LANDLOCK_ACCESS_FS_READ_FILE
#define READ_DIR LANDLOCK_ACCESS_FS_READ_DIR
#define REMOVE_DIR LANDLOCK_ACCESS_FS_REMOVE_DIR
#define REMOVE_FILE LANDLOCK_ACCESS_FS_REMOVE_FILE
#define MAKE_DIR LANDLOCK_ACCESS_FS_MAKE_DIR
#define MAKE_REG LANDLOCK_ACCESS_FS_MAKE_REG
#define MAKE_SYM LANDLOCK_ACCESS_FS_MAKE_SYM
#define REFER LANDLOCK_ACCESS_FS_REFER
#define ALL ((1ull << 14) - 1)

static long create(const void *attr, size_t size, unsigned int flags)
{
	return syscall(SYS_landlock_create_ruleset, attr, size, flags);
}

static long add(int ruleset, int type, const void *attr, unsigned int flags)
{
	return syscall(SYS_landlock_add_rule, ruleset, type, attr, flags);
}

static long restrict_self(int ruleset, unsigned int flags)
{
	return syscall(SYS_landlock_restrict_self, ruleset, flags);
}

static int ruleset(unsigned long long handled)
{
	struct landlock_ruleset_attr attr = { handled };
	int fd = create(&attr, sizeof(attr), 0);

	CHECK(fd >= 0);
	return fd;
}

static void allow(int fd, const char *path, unsigned long long access)
{
	struct landlock_path_beneath_attr attr = { access, open(path, O_PATH | O_CLOEXEC) };

	CHECK(attr.parent_fd >= 0);
	CHECK_EQ(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), 0);
	close(attr.parent_fd);
}

static void enforce(int fd)
{
	CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_EQ(restrict_self(fd, 0), 0);
	close(fd);
}

static void touch(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0755);

	CHECK(fd >= 0);
	close(fd);
}

static void world(void)
{
	CHECK_EQ(unshare(0x20000 /* CLONE_NEWNS */), 0);
	CHECK_EQ(mount("none", "/", NULL, (1 << 14) | (1 << 18) /* MS_REC | MS_PRIVATE */, NULL), 0);
	mkdir("/tmp", 0777);
	CHECK_EQ(mount("work", "/tmp", "tmpfs", 0, "size=4m,mode=755"), 0);
	CHECK_EQ(chdir("/tmp"), 0);
	CHECK_EQ(mkdir("a", 0755), 0);
	CHECK_EQ(mkdir("a/sub", 0755), 0);
	CHECK_EQ(mkdir("b", 0755), 0);
	CHECK_EQ(mkdir("c", 0755), 0);
	touch("a/f");
	touch("a/sub/f");
	touch("b/f");
}

static int can(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* --- the three calls --- */

CASE(rulesets_are_made_of_good_attributes)
{
	char big[5000] = {};
	struct landlock_ruleset_attr attr = { READ };
	char byte;
	int fd;

	CHECK(create(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 2);
	CHECK_ERRNO(create(NULL, 8, LANDLOCK_CREATE_RULESET_VERSION), EINVAL);
	CHECK_ERRNO(create(&attr, 0, LANDLOCK_CREATE_RULESET_VERSION), EINVAL);
	CHECK_ERRNO(create(&attr, sizeof(attr), 0x100), EINVAL);
	CHECK_ERRNO(create(NULL, sizeof(attr), 0), EFAULT);
	CHECK_ERRNO(create(NULL, 0, 0), EFAULT);
	CHECK_ERRNO(create((void *)8, sizeof(attr), 0), EFAULT);
	CHECK_ERRNO(create(&attr, 7, 0), EINVAL);
	CHECK_ERRNO(create(&attr, 0, 0), EINVAL);
	CHECK_ERRNO(create(big, sizeof(big), 0), E2BIG);
	memcpy(big, &attr, sizeof(attr));
	big[100] = 1;
	CHECK_ERRNO(create(big, 4096, 0), E2BIG);
	big[100] = 0;
	fd = create(big, 4096, 0);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_ERRNO(read(fd, &byte, 1), EINVAL);
	CHECK_ERRNO(write(fd, "x", 1), EINVAL);
	attr.handled_access_fs = 0;
	CHECK_ERRNO(create(&attr, sizeof(attr), 0), ENOMSG);
	attr.handled_access_fs = 1ull << 63;
	CHECK_ERRNO(create(&attr, sizeof(attr), 0), EINVAL);
}

CASE(rules_are_about_places)
{
	struct landlock_path_beneath_attr attr = { READ, -1 };
	int fd, file, fds[2];

	world();
	fd = ruleset(READ | READ_DIR);
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 1), EINVAL);
	CHECK_ERRNO(add(fd, 0, &attr, 0), EINVAL);
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, NULL, 0), EFAULT);
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), EBADF);
	CHECK_ERRNO(add(-1, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), EBADF);
	attr.parent_fd = fd;
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), EBADFD);
	CHECK_EQ(pipe(fds), 0);
	attr.parent_fd = fds[0];
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), EBADFD);
	CHECK_ERRNO(add(fds[0], LANDLOCK_RULE_PATH_BENEATH, &attr, 0), EBADFD);
	CHECK_ERRNO(restrict_self(fds[0], 0), EBADFD);
	attr.parent_fd = syscall(SYS_memfd_create, "m", 0);
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), EBADFD);
	file = attr.parent_fd = open("a/f", O_RDONLY);
	CHECK_EQ(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), 0);
	attr.allowed_access = READ_DIR; /* of a file */
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), EINVAL);
	attr.parent_fd = open("a", O_PATH);
	CHECK_EQ(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), 0);
	CHECK_EQ(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), 0);
	attr.allowed_access = WRITE; /* not handled */
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), EINVAL);
	attr.allowed_access = 0;
	CHECK_ERRNO(add(fd, LANDLOCK_RULE_PATH_BENEATH, &attr, 0), ENOMSG);
	CHECK_EQ(close(file), 0);
}

CASE(restricting_needs_no_new_privs_or_privilege)
{
	int fd = ruleset(READ);

	CHECK_EQ(restrict_self(fd, 0), 0); /* root may */
	CHECK_EQ(setuid(1000), 0);
	CHECK_ERRNO(restrict_self(fd, 0), EPERM);
	CHECK_ERRNO(restrict_self(-1, 1), EPERM);
	CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	CHECK_ERRNO(restrict_self(-1, 1), EINVAL);
	CHECK_ERRNO(restrict_self(-1, 0), EBADF);
	CHECK_EQ(restrict_self(fd, 0), 0);
}

CASE(there_are_sixteen_layers)
{
	int fd, i;

	world();
	fd = ruleset(READ);
	allow(fd, "a", READ);
	CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	for (i = 0; i < 16; i++)
		CHECK_EQ(restrict_self(fd, 0), 0);
	CHECK_ERRNO(restrict_self(fd, 0), E2BIG);
	CHECK_EQ(can("a/f", O_RDONLY), 0);
	CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
}

/* --- what is denied --- */

CASE(reading_and_writing_follow_the_rules)
{
	int fd, kept;

	world();
	kept = open("b/f", O_RDWR);
	fd = ruleset(READ | WRITE | READ_DIR);
	allow(fd, "a", READ | READ_DIR);
	allow(fd, "a/sub", WRITE);
	enforce(fd);
	CHECK_EQ(can("a/f", O_RDONLY), 0);
	CHECK_EQ(can("a/f", O_WRONLY), -EACCES);
	CHECK_EQ(can("a/f", O_RDWR), -EACCES);
	CHECK_EQ(can("a/sub/f", O_RDWR), 0);
	CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
	CHECK_EQ(can("b/f", O_PATH), 0);
	CHECK_EQ(can("a", O_RDONLY | O_DIRECTORY), 0);
	CHECK_EQ(can("b", O_RDONLY | O_DIRECTORY), -EACCES);
	CHECK_EQ(can("/", O_RDONLY | O_DIRECTORY), -EACCES);
	/* what was open stays, and what has no place is free */
	CHECK_EQ(write(kept, "x", 1), 1);
	CHECK_EQ(truncate("b/f", 0), 0);
	fd = syscall(SYS_memfd_create, "m", 0);
	CHECK(fd >= 0);
	CHECK_EQ(write(fd, "x", 1), 1);
	/* making was not handled */
	CHECK_EQ(mkdir("c/d", 0755), 0);
	CHECK_EQ(can("c/new", O_CREAT | O_WRONLY), -EACCES);
	CHECK_EQ(access("c/new", F_OK), 0);
}

CASE(a_rule_stays_with_its_object)
{
	int fd;

	world();
	fd = ruleset(READ);
	allow(fd, "a", READ);
	allow(fd, "b/f", READ);
	enforce(fd);
	CHECK_EQ(rename("a", "moved"), 0);
	CHECK_EQ(mkdir("a", 0755), 0);
	touch("a/f");
	CHECK_EQ(can("moved/f", O_RDONLY), 0);
	CHECK_EQ(can("a/f", O_RDONLY), -EACCES);
	CHECK_EQ(rename("b/f", "b/g"), 0);
	CHECK_EQ(can("b/g", O_RDONLY), 0);
	touch("b/f");
	CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
}

CASE(names_are_made_and_removed_by_their_kind)
{
	struct sockaddr_un addr = { AF_UNIX, "a/sock" };
	int fd, sock;

	world();
	touch("a/gone");
	CHECK_EQ(mkdir("a/empty", 0755), 0);
	CHECK_EQ(mkdir("b/empty", 0755), 0);
	fd = ruleset(ALL);
	allow(fd, "/", READ | WRITE | READ_DIR | EXEC);
	allow(fd, "a", MAKE_REG | REMOVE_FILE);
	allow(fd, "b", MAKE_DIR | REMOVE_DIR | MAKE_SYM);
	enforce(fd);
	CHECK_EQ(can("a/new", O_CREAT | O_WRONLY), 0);
	CHECK_EQ(can("a/new", O_CREAT | O_WRONLY), 0);
	CHECK_ERRNO(mkdir("a/d", 0755), EACCES);
	CHECK_ERRNO(mkdir("a/new", 0755), EEXIST);
	CHECK_ERRNO(symlink("x", "a/l"), EACCES);
	CHECK_ERRNO(mkfifo("a/p", 0600), EACCES);
	CHECK_EQ(mknod("a/reg", 0600, 0), 0);
	CHECK_ERRNO(mknod("a/chr", S_IFCHR | 0600, makedev(1, 3)), EACCES);
	CHECK_ERRNO(mknod("a/blk", S_IFBLK | 0600, makedev(1, 3)), EACCES);
	sock = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_ERRNO(bind(sock, (void *)&addr, sizeof(addr)), EACCES);
	CHECK_EQ(unlink("a/gone"), 0);
	CHECK_ERRNO(rmdir("a/empty"), EACCES);
	CHECK_EQ(mkdir("b/d", 0755), 0);
	CHECK_EQ(symlink("x", "b/l"), 0);
	CHECK_EQ(can("b/new", O_CREAT | O_WRONLY), -EACCES);
	CHECK_EQ(can("b/f", O_CREAT | O_WRONLY), 0);
	CHECK_ERRNO(unlink("b/f"), EACCES);
	CHECK_ERRNO(unlink("b/l"), EACCES);
	CHECK_EQ(rmdir("b/empty"), 0);
	CHECK_ERRNO(unlink("b/nothing"), ENOENT);
	/* a name is made by a link and by a rename as well */
	CHECK_EQ(rename("a/new", "a/newer"), 0);
	CHECK_EQ(link("a/newer", "a/again"), 0);
	CHECK_ERRNO(rename("b/f", "b/g"), EACCES);
	CHECK_ERRNO(link("b/f", "b/g"), EACCES);
	CHECK_EQ(rename("b/d", "b/e"), 0);
}

CASE(executing_is_a_right)
{
	char self[256];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int fd;

	CHECK(len > 0);
	self[len] = 0;
	fd = ruleset(EXEC);
	CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	IN_CHILD(
		char *argv[] = { self, "no_such_case", NULL };

		CHECK_EQ(restrict_self(fd, 0), 0);
		CHECK_EQ(can(self, O_RDONLY), 0);
		CHECK_ERRNO(execv(self, argv), EACCES);
	);
	allow(fd, self, EXEC);
	IN_CHILD(
		int target = open(self, O_PATH);

		CHECK_EQ(restrict_self(fd, 0), 0);
		CHECK(target >= 0);
		/* the way is free: what is wrong then is the list of arguments */
		CHECK_ERRNO(syscall(SYS_execveat, target, "", (void *)8, NULL, AT_EMPTY_PATH), EFAULT);
	);
}

/* --- layers --- */

CASE(every_layer_must_allow)
{
	int fd;

	world();
	fd = ruleset(READ | WRITE);
	allow(fd, "/tmp", READ | WRITE);
	enforce(fd);
	CHECK_EQ(can("a/sub/f", O_RDWR), 0);
	fd = ruleset(READ | WRITE);
	allow(fd, "a", READ);
	enforce(fd);
	CHECK_EQ(can("a/sub/f", O_RDONLY), 0);
	CHECK_EQ(can("a/sub/f", O_RDWR), -EACCES);
	CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
	/* a layer that does not handle writing leaves it to the others */
	fd = ruleset(READ);
	allow(fd, "a/sub", READ);
	enforce(fd);
	CHECK_EQ(can("a/sub/f", O_RDONLY), 0);
	CHECK_EQ(can("a/f", O_RDONLY), -EACCES);
	/* nothing comes back */
	fd = ruleset(READ | WRITE);
	allow(fd, "/", READ | WRITE);
	enforce(fd);
	CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
	CHECK_EQ(can("a/sub/f", O_WRONLY), -EACCES);
}

CASE(children_and_programs_inherit)
{
	int fd;

	world();
	fd = ruleset(READ);
	allow(fd, "a", READ);
	enforce(fd);
	IN_CHILD(
		CHECK_EQ(can("a/f", O_RDONLY), 0);
		CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
		CHECK_EQ(setuid(1000), 0);
		CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
	);
}

static void *try_b(void *arg)
{
	*(int *)arg = can("b/f", O_RDONLY);
	return NULL;
}

CASE(only_the_thread_that_asks_is_restricted)
{
	pthread_t thread;
	int fd, got = 1, pipes[2];

	world();
	CHECK_EQ(pipe(pipes), 0);
	fd = ruleset(READ);
	enforce(fd);
	CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
	/* but who is started by it is */
	CHECK_EQ(pthread_create(&thread, NULL, try_b, &got), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(got, -EACCES);
}

/* --- moving --- */

CASE(changing_the_directory_needs_refer)
{
	int fd;

	world();
	fd = ruleset(MAKE_REG); /* says nothing of REFER */
	allow(fd, "a", MAKE_REG);
	allow(fd, "b", MAKE_REG);
	IN_CHILD(
		enforce(fd);
		CHECK_ERRNO(link("a/f", "b/g"), EXDEV);
		CHECK_ERRNO(rename("a/f", "b/g"), EXDEV);
		CHECK_ERRNO(rename("a/f", "c/g"), EACCES);
		CHECK_EQ(rename("a/f", "a/g"), 0);
		CHECK_EQ(rename("a/g", "a/f"), 0);
		CHECK_ERRNO(link("a/f", "c/g"), EACCES);
	);
	close(fd);
	fd = ruleset(REFER | MAKE_REG | REMOVE_FILE);
	allow(fd, "a", REFER | REMOVE_FILE);
	allow(fd, "b", REFER | MAKE_REG | REMOVE_FILE);
	allow(fd, "c", MAKE_REG | REMOVE_FILE);
	enforce(fd);
	CHECK_ERRNO(rename("a/f", "c/f"), EXDEV);
	CHECK_ERRNO(rename("b/f", "a/g"), EACCES); /* MAKE_REG is missing there */
	CHECK_EQ(link("a/f", "b/linked"), 0);
	CHECK_EQ(rename("a/f", "b/g"), 0);
	CHECK_ERRNO(rename("c", "b/c"), EXDEV); /* making directories is not handled, REFER is not granted in /tmp */
}

CASE(moving_gains_nothing)
{
	int fd;

	world();
	fd = ruleset(ALL);
	allow(fd, "/tmp", REFER | MAKE_REG | REMOVE_FILE | MAKE_DIR | REMOVE_DIR);
	allow(fd, "a", READ);
	allow(fd, "b", READ | WRITE);
	enforce(fd);
	CHECK_ERRNO(rename("a/f", "b/g"), EXDEV); /* it could be written there */
	CHECK_ERRNO(link("a/f", "b/g"), EXDEV);
	CHECK_ERRNO(rename("a/sub", "b/sub"), EXDEV);
	CHECK_EQ(link("b/f", "a/g"), 0);
	CHECK_EQ(rename("b/f", "a/h"), 0);
	CHECK_ERRNO(rename("a/h", "b/f"), EXDEV);
	CHECK_EQ(rename("a/f", "c/f"), 0);
	CHECK_ERRNO(rename("c/f", "a/f"), EXDEV);
}

CASE(exchanging_asks_both_ways)
{
	int fd;

	world();
	touch("c/f");
	fd = ruleset(ALL);
	allow(fd, "/tmp", REFER | MAKE_REG | REMOVE_FILE | MAKE_DIR | REMOVE_DIR);
	allow(fd, "a", READ);
	allow(fd, "b", READ);
	enforce(fd);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "a/f", AT_FDCWD, "b/f", 2 /* RENAME_EXCHANGE */), 0);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "a/f", AT_FDCWD, "a/sub/f", 2), 0);
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "a/f", AT_FDCWD, "c/f", 2), EXDEV);
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "c/f", AT_FDCWD, "a/f", 2), EXDEV);
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "a/f", AT_FDCWD, "c/none", 2), ENOENT);
	fd = ruleset(MAKE_DIR | REFER);
	allow(fd, "/tmp", REFER);
	enforce(fd);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "a/f", AT_FDCWD, "b/f", 2), 0);
	CHECK_ERRNO(syscall(SYS_renameat2, AT_FDCWD, "a/sub", AT_FDCWD, "b/f", 2), EACCES);
}

CASE(a_rule_about_what_moves_goes_with_it)
{
	int fd;

	world();
	fd = ruleset(ALL);
	allow(fd, "/tmp", REFER | MAKE_REG | REMOVE_FILE);
	allow(fd, "a/f", READ);
	allow(fd, "b", READ);
	enforce(fd);
	CHECK_EQ(rename("a/f", "b/g"), 0); /* readable before and after */
	CHECK_EQ(can("b/g", O_RDONLY), 0);
	CHECK_EQ(rename("b/g", "c/g"), 0);
	CHECK_EQ(can("c/g", O_RDONLY), 0);
	CHECK_ERRNO(rename("a/sub/f", "b/h"), EXDEV);
}

/* --- mounts, tasks --- */

CASE(mounts_stay_as_they_are)
{
	int fd;

	world();
	CHECK_EQ(mount("inner", "c", "tmpfs", 0, NULL), 0);
	fd = ruleset(READ);
	allow(fd, "/tmp", READ);
	enforce(fd);
	CHECK_ERRNO(mount("x", "a", "tmpfs", 0, NULL), EPERM);
	CHECK_ERRNO(mount("a", "b", NULL, 1 << 12 /* MS_BIND */, NULL), EPERM);
	CHECK_ERRNO(mount(NULL, "c", NULL, 1 << 5 /* MS_REMOUNT */, NULL), EPERM);
	CHECK_ERRNO(umount2("c", 0), EPERM);
	CHECK_ERRNO(umount2("c", 2 /* MNT_DETACH */), EPERM);
	CHECK_ERRNO(syscall(SYS_pivot_root, "c", "c"), EPERM);
	CHECK_ERRNO(syscall(SYS_move_mount, AT_FDCWD, "c", AT_FDCWD, "b", 0), EPERM);
}

CASE(rules_reach_over_mounts)
{
	int fd;

	world();
	CHECK_EQ(mkdir("a/m", 0755), 0);
	CHECK_EQ(mkdir("b/m", 0755), 0);
	CHECK_EQ(mkdir("c/m", 0755), 0);
	fd = ruleset(READ);
	allow(fd, "a", READ);
	allow(fd, "c/m", READ); /* will be covered */
	CHECK_EQ(mount("1", "a/m", "tmpfs", 0, NULL), 0);
	CHECK_EQ(mount("2", "b/m", "tmpfs", 0, NULL), 0);
	CHECK_EQ(mount("3", "c/m", "tmpfs", 0, NULL), 0);
	touch("a/m/f");
	touch("b/m/f");
	touch("c/m/f");
	CHECK_EQ(mkdir("c/bound", 0755), 0);
	CHECK_EQ(mount("a", "c/bound", NULL, 1 << 12, NULL), 0);
	enforce(fd);
	CHECK_EQ(can("a/m/f", O_RDONLY), 0);
	CHECK_EQ(can("b/m/f", O_RDONLY), -EACCES);
	CHECK_EQ(can("c/m/f", O_RDONLY), -EACCES);
	CHECK_EQ(can("c/bound/f", O_RDONLY), 0); /* the same object by another way */
}

CASE(a_file_system_with_rules_can_be_unmounted)
{
	int fd;

	world();
	CHECK_EQ(mount("inner", "c", "tmpfs", 0, NULL), 0);
	touch("c/f");
	fd = ruleset(READ);
	allow(fd, "c", READ);
	allow(fd, "c/f", READ);
	CHECK_EQ(umount2("c", 0), 0);
	enforce(fd);
	CHECK_EQ(can("c", O_RDONLY | O_DIRECTORY), 0);
	CHECK_EQ(can("b/f", O_RDONLY), -EACCES);
}

static int peek(pid_t pid)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &pid, 1 };

	return syscall(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0) == 1 ? 0 : -errno;
}

CASE(no_power_over_who_is_less_restricted)
{
	pid_t parent = getpid();
	int fd = ruleset(READ);

	IN_CHILD(
		CHECK_EQ(peek(parent), 0);
		CHECK_EQ(restrict_self(fd, 0), 0);
		CHECK_EQ(peek(parent), -EPERM);
		CHECK_EQ(peek(getpid()), 0);
	);
	CHECK_EQ(restrict_self(fd, 0), 0);
	IN_CHILD(
		CHECK_EQ(peek(parent), 0); /* of the same domain */
		CHECK_EQ(restrict_self(fd, 0), 0);
		CHECK_EQ(peek(parent), -EPERM);
	);
	{
		int to[2], from[2];
		char byte;
		pid_t child;

		CHECK_EQ(pipe(to), 0);
		CHECK_EQ(pipe(from), 0);
		child = fork();
		if (!child) {
			restrict_self(fd, 0);
			if (write(from[1], "r", 1) != 1 || read(to[0], &byte, 1) != 1)
				_exit(1);
			_exit(0);
		}
		CHECK_EQ(read(from[0], &byte, 1), 1);
		/* a domain below one's own */
		{
			struct iovec here = { &byte, 1 }, there = { &parent, 1 };

			CHECK_EQ(syscall(SYS_process_vm_readv, child, &here, 1, &there, 1, 0), 1);
		}
		CHECK_EQ(write(to[1], "x", 1), 1);
		CHECK_EQ(waitpid(child, NULL, 0), child);
	}
}

/* --- many at once --- */

CASE(domains_come_and_go_while_others_ask)
{
	int i;

	world();
	for (i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int round = 0; round < 40; round++) {
			pid_t pid = fork();

			if (!pid) {
				int fd = ruleset(READ);

				allow(fd, "a", READ);
				enforce(fd);
				_exit(can("a/sub/f", O_RDONLY) || can("b/f", O_RDONLY) != -EACCES);
			}
			int status;

			if (waitpid(pid, &status, 0) != pid || status)
				_exit(1);
			if (can("b/f", O_RDONLY))
				_exit(2);
		}
		_exit(0);
	}
	for (i = 0; i < 4; i++) {
		int status;

		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

TEST_MAIN()

/* SPDX-License-Identifier: GPL-2.0-only */
/* mount_test.c - proves mounts: bind, move, remount, flags, propagation, pivot_root, namespaces, the newer calls. Needs root. */
#include "check.h"
#include <linux/mount.h>
#include "own_mounts.h"
#include <sched.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#define MNT_DETACH 2
#define MNT_EXPIRE 4

int umount2(const char *, int);

static void touch(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	CHECK(fd >= 0);
	close(fd);
}

static int exists(const char *name)
{
	struct stat st;

	return !lstat(name, &st);
}

CASE(mount_covers_and_umount_uncovers)
{
	struct stat a, b;

	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("d", 0755), 0);
	touch("d/under");
	CHECK_EQ(stat("d", &a), 0);
	CHECK_EQ(mount("x", "d", "tmpfs", 0, NULL), 0);
	CHECK_EQ(stat("d", &b), 0);
	CHECK(a.st_dev != b.st_dev);
	CHECK(!exists("d/under"));
	CHECK_EQ(stat("d/..", &b), 0);
	CHECK_EQ(a.st_dev, b.st_dev);
	CHECK_ERRNO(rmdir("d"), EBUSY);
	CHECK_ERRNO(rename("d", "e"), EBUSY);
	CHECK_EQ(umount2("d", 0), 0);
	CHECK(exists("d/under"));
	CHECK_ERRNO(umount2("d", 0), EINVAL);
	CHECK_ERRNO(mount("x", "d", "nosuchfs", 0, NULL), ENODEV);
	CHECK_ERRNO(mount("x", "d", "tmpfs", 0, "nonsense=1"), EINVAL);
	CHECK_ERRNO(mount("x", "nowhere", "tmpfs", 0, NULL), ENOENT);
}

CASE(busy_mounts_stay_and_lazy_ones_go)
{
	int fd;

	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(mount("x", "d", "tmpfs", 0, NULL), 0);
	fd = open("d/f", O_CREAT | O_RDWR, 0600);
	CHECK_ERRNO(umount2("d", 0), EBUSY);
	CHECK_EQ(umount2("d", MNT_DETACH), 0);
	CHECK(!exists("d/f"));
	CHECK_EQ(write(fd, "x", 1), 1);
	close(fd);
	CHECK_EQ(mount("x", "d", "tmpfs", 0, NULL), 0);
	CHECK_ERRNO(umount2("d", MNT_EXPIRE), EAGAIN);
	CHECK_EQ(umount2("d", MNT_EXPIRE), 0);
}

CASE(a_lazy_unmount_parts_the_mounts_from_each_other)
{
	int top, below;

	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(mount("x", "d", "tmpfs", 0, NULL), 0);
	CHECK_EQ(mkdir("d/sub", 0755), 0);
	CHECK_EQ(mount("y", "d/sub", "tmpfs", 0, NULL), 0);
	touch("d/sub/f");
	top = open("d", O_PATH);
	below = open("d/sub", O_PATH);
	CHECK(top >= 0 && below >= 0);
	CHECK_EQ(umount2("d", MNT_DETACH), 0);
	CHECK_EQ(faccessat(below, "f", F_OK, 0), 0);
	CHECK_ERRNO(faccessat(top, "sub/f", F_OK, 0), ENOENT);
	CHECK_ERRNO(faccessat(below, "../sub", F_OK, 0), ENOENT);
	close(top);
	CHECK_EQ(faccessat(below, "f", F_OK, 0), 0);
	close(below);
}

CASE(read_only_and_size_limits)
{
	struct statfs sf;
	char buf[4096] = { 0 };
	int fd, n = 0;

	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(mount("x", "d", "tmpfs", 0, "size=64k,nr_inodes=5,mode=700"), 0);
	CHECK_EQ(statfs("d", &sf), 0);
	CHECK_EQ(sf.f_blocks, 16);
	CHECK_EQ(sf.f_files, 5);
	fd = open("d/f", O_CREAT | O_RDWR, 0600);
	while (write(fd, buf, sizeof(buf)) == sizeof(buf))
		n++;
	CHECK_ERRNO(write(fd, buf, sizeof(buf)), ENOSPC);
	CHECK_EQ(n, 16);
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(statfs("d", &sf), 0);
	CHECK_EQ(sf.f_bfree, 16);
	CHECK_ERRNO(mount("x", "d", NULL, MS_REMOUNT | MS_RDONLY, NULL), EBUSY);
	close(fd);
	touch("d/g");
	touch("d/h");
	touch("d/i");
	CHECK_ERRNO(open("d/j", O_CREAT | O_RDWR, 0600), ENOSPC);
	CHECK_EQ(mount("x", "d", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	CHECK_ERRNO(open("d/f", O_RDWR), EROFS);
	CHECK_ERRNO(unlink("d/f"), EROFS);
	CHECK_ERRNO(mkdir("d/new", 0755), EROFS);
	CHECK_ERRNO(mkdir("d/f", 0755), EEXIST);
	CHECK_EQ(mount("x", "d", NULL, MS_REMOUNT, "size=128k"), 0);
	CHECK_EQ(statfs("d", &sf), 0);
	CHECK_EQ(sf.f_blocks, 32);
}

CASE(bind_mounts_show_the_same_tree)
{
	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("a", 0755) | mkdir("a/sub", 0755) | mkdir("b", 0755), 0);
	CHECK_EQ(mount("x", "a/sub", "tmpfs", 0, NULL), 0);
	touch("a/sub/inner");
	CHECK_EQ(mount("a", "b", NULL, MS_BIND, NULL), 0);
	touch("b/new");
	CHECK(exists("a/new"));
	CHECK(!exists("b/sub/inner"));
	CHECK_EQ(umount2("b", 0), 0);
	CHECK_EQ(mount("a", "b", NULL, MS_BIND | MS_REC, NULL), 0);
	CHECK(exists("b/sub/inner"));
	CHECK_EQ(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	CHECK_ERRNO(open("b/x", O_CREAT | O_RDWR, 0600), EROFS);
	touch("a/x");
	touch("file");
	touch("over");
	CHECK_EQ(mount("file", "over", NULL, MS_BIND, NULL), 0);
	CHECK_ERRNO(mount("file", "b", NULL, MS_BIND, NULL), ENOTDIR);
	CHECK_ERRNO(unlink("over"), EBUSY);
	CHECK_EQ(mkdir("c", 0755), 0);
	CHECK_EQ(mount("b", "c", NULL, MS_MOVE, NULL), 0);
	CHECK(exists("c/sub/inner"));
	CHECK(!exists("b/sub"));
	CHECK_ERRNO(mount("c", "c/sub", NULL, MS_MOVE, NULL), ELOOP);
}

CASE(shared_mounts_propagate)
{
	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("a", 0755) | mkdir("b", 0755) | mkdir("s", 0755), 0);
	CHECK_EQ(mount("x", "a", "tmpfs", 0, NULL), 0);
	CHECK_EQ(mkdir("a/m", 0755), 0);
	CHECK_EQ(mount(NULL, "a", NULL, MS_SHARED, NULL), 0);
	CHECK_EQ(mount("a", "b", NULL, MS_BIND, NULL), 0);
	CHECK_EQ(mount("a", "s", NULL, MS_BIND, NULL), 0);
	CHECK_EQ(mount(NULL, "s", NULL, MS_SLAVE, NULL), 0);
	CHECK_EQ(mount("y", "a/m", "tmpfs", 0, NULL), 0);
	touch("a/m/f");
	CHECK(exists("b/m/f"));
	CHECK(exists("s/m/f"));
	CHECK_EQ(umount2("b/m", 0), 0);
	CHECK(!exists("a/m/f"));
	CHECK(!exists("s/m/f"));
	CHECK_EQ(mount("z", "s/m", "tmpfs", 0, NULL), 0);
	touch("s/m/g");
	CHECK(!exists("a/m/g"));
	CHECK_EQ(mount(NULL, "b", NULL, MS_PRIVATE, NULL), 0);
	CHECK_EQ(mount("y", "a/m", "tmpfs", 0, NULL), 0);
	touch("a/m/h");
	CHECK(!exists("b/m/h"));
	CHECK_EQ(mount(NULL, "b", NULL, MS_UNBINDABLE, NULL), 0);
	CHECK_EQ(mkdir("t", 0755), 0);
	CHECK_ERRNO(mount("b", "t", NULL, MS_BIND, NULL), EINVAL);
}

CASE(namespaces_are_apart)
{
	int status;

	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("d", 0755), 0);
	if (!fork()) {
		CHECK_EQ(unshare(CLONE_NEWNS), 0);
		CHECK_EQ(mount("x", "d", "tmpfs", 0, NULL), 0);
		touch("d/f");
		_exit(!exists("d/f"));
	}
	wait(&status);
	CHECK_EQ(status, 0);
	CHECK(!exists("d/f"));
}

CASE(removal_elsewhere_detaches_a_mount)
{
	int go[2], back[2];
	char c;

	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(pipe(go) | pipe(back), 0);
	if (!fork()) {
		CHECK_EQ(unshare(CLONE_NEWNS), 0);
		CHECK_EQ(mount("x", "d", "tmpfs", 0, NULL), 0);
		CHECK_EQ(write(go[1], "x", 1), 1);
		CHECK_EQ(read(back[0], &c, 1), 1);
		CHECK_ERRNO(chdir("/tmp/d"), ENOENT);
		_exit(0);
	}
	CHECK_EQ(read(go[0], &c, 1), 1);
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EQ(write(back[1], "x", 1), 1);
	int status;
	wait(&status);
	CHECK_EQ(status, 0);
}

#define PILE 400

/* What the child piled on the name goes with it, however high; the mount that somebody stands on stays as long. */
CASE(removal_elsewhere_detaches_a_pile_of_mounts)
{
	int go[2], back[2], status, fd;
	char c;

	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(pipe(go) | pipe(back), 0);
	if (!fork()) {
		CHECK_EQ(unshare(CLONE_NEWNS), 0);
		for (int i = 0; i < PILE; i++)
			CHECK_EQ(mount("x", "d", "tmpfs", 0, "size=4k"), 0);
		touch("d/f");
		fd = open("d", O_PATH);
		CHECK_EQ(write(go[1], "x", 1), 1);
		CHECK_EQ(read(back[0], &c, 1), 1);
		CHECK_ERRNO(chdir("/tmp/d"), ENOENT);
		CHECK_EQ(faccessat(fd, "f", F_OK, 0), 0);
		close(fd);
		_exit(0);
	}
	CHECK_EQ(read(go[0], &c, 1), 1);
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EQ(write(back[1], "x", 1), 1);
	wait(&status);
	CHECK_EQ(status, 0);
}

CASE(pivot_root_changes_the_root)
{
	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("new", 0755), 0);
	CHECK_EQ(mount("x", "new", "tmpfs", 0, NULL), 0);
	CHECK_EQ(mkdir("new/old", 0755), 0);
	touch("new/here");
	CHECK_ERRNO(syscall(SYS_pivot_root, "new", "/tmp"), EINVAL);
	if (syscall(SYS_pivot_root, "new", "new/old")) {
		int why = errno;

		CHECK_EQ(why, EINVAL); /* the root is the initial ram file system, which has no parent */
		return;
	}
	CHECK(exists("/here"));
	CHECK(exists("/old/tmp/new"));
	CHECK_EQ(umount2("/old", MNT_DETACH), 0);
	CHECK(!exists("/old/tmp"));
}

CASE(pivot_root_inside_a_chroot)
{
	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("r", 0755), 0);
	CHECK_EQ(mount("x", "r", "tmpfs", 0, NULL), 0);
	CHECK_EQ(chroot("r"), 0);
	CHECK_EQ(chdir("/"), 0);
	CHECK_EQ(mkdir("/new", 0755), 0);
	CHECK_EQ(mount("y", "/new", "tmpfs", 0, NULL), 0);
	CHECK_EQ(mkdir("/new/old", 0755), 0);
	touch("/new/here");
	CHECK_EQ(syscall(SYS_pivot_root, "/new", "/new/old"), 0);
	CHECK(exists("/here"));
	CHECK(exists("/old/new"));
	CHECK_EQ(umount2("/old", MNT_DETACH), 0);
}

CASE(newer_calls_build_a_mount)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };
	int fs, mnt, tree;

	own_tmpfs("size=4m,mode=755");
	CHECK_EQ(mkdir("d", 0755) | mkdir("e", 0755), 0);
	fs = syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	CHECK(fs >= 0);
	CHECK_EQ(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "size", "1m", 0), 0);
	CHECK_ERRNO(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "bogus", "1", 0), EINVAL);
	CHECK_ERRNO(syscall(SYS_fsmount, fs, 0, 0), EINVAL);
	CHECK_EQ(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), 0);
	mnt = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID);
	CHECK(mnt >= 0);
	CHECK_EQ(syscall(SYS_move_mount, mnt, "", AT_FDCWD, "d", MOVE_MOUNT_F_EMPTY_PATH), 0);
	touch("d/f");
	close(mnt);
	CHECK(exists("d/f"));
	tree = syscall(SYS_open_tree, AT_FDCWD, "d", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	CHECK(tree >= 0);
	CHECK_EQ(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)), 0);
	CHECK_EQ(syscall(SYS_move_mount, tree, "", AT_FDCWD, "e", MOVE_MOUNT_F_EMPTY_PATH), 0);
	CHECK(exists("e/f"));
	CHECK_ERRNO(open("e/g", O_CREAT | O_RDWR, 0600), EROFS);
	touch("d/g");
	close(tree);
	tree = syscall(SYS_open_tree, AT_FDCWD, "d", OPEN_TREE_CLONE);
	close(tree);
	CHECK_EQ(umount2("e", 0), 0);
	CHECK_EQ(umount2("d", 0), 0);
}

/* Each has a device number; 8192 were not enough for all namespaces. */
CASE(nine_thousand_file_systems)
{
	enum { NR = 9000 };
	char name[16];
	int i;

	own_tmpfs("size=64m,mode=755");
	for (i = 0; i < NR; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		CHECK_EQ(mkdir(name, 0755), 0);
		CHECK_EQ(mount("x", name, "tmpfs", 0, "size=4k"), 0);
	}
	for (i = 0; i < NR; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		CHECK_EQ(umount2(name, 0), 0);
	}
}

TEST_MAIN()

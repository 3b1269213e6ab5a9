/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_change_test.c - proves what changes on mounts in place: groups given by move_mount(2), the rules of MOUNT_ATTR_IDMAP,
 * flags that a less privileged user namespace cannot loosen. Needs root.
 */
#include "check.h"
#include <linux/mount.h>
#include "own_mounts.h"
#include <sched.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP 0x100
#endif

int umount2(const char *, int);

static void fresh_mounts(void)
{
	own_tmpfs("size=4m,mode=755");
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
}

static void dir(const char *name)
{
	CHECK_EQ(mkdir(name, 0755), 0);
}

static int exists(const char *name)
{
	struct stat st;

	return !lstat(name, &st);
}

static int set_group(const char *from, const char *to)
{
	return syscall(SYS_move_mount, AT_FDCWD, from, AT_FDCWD, to, MOVE_MOUNT_SET_GROUP);
}

/* The optional fields of the mount at /tmp/@name: "shared:1 master:2 ", or "" for none. */
static const char *kind_of(const char *name)
{
	static char line[1024], place[128], kind[128];
	FILE *f = fopen("/proc/self/mountinfo", "r");
	int at;

	CHECK(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*d %*d %*s %*s %127s %*s %n", place, &at) != 1 || strncmp(place, "/tmp/", 5) || strcmp(place + 5, name))
			continue;
		snprintf(kind, sizeof(kind), "%.*s", (int)(strstr(line, "- ") - line - at), line + at);
		fclose(f);
		return kind;
	}
	check_failed(__FILE__, __LINE__, "%s is no mount", name);
}

/* A file system mounted on a, private, with directories d and d/e; its d is mounted on b too. */
static void two_mounts(void)
{
	fresh_mounts();
	dir("a");
	dir("b");
	CHECK_EQ(mount("x", "a", "tmpfs", 0, NULL), 0);
	dir("a/d");
	dir("a/d/e");
	CHECK_EQ(mount("a/d", "b", NULL, MS_BIND, NULL), 0);
	CHECK_EQ(mount("none", "a", NULL, MS_PRIVATE, NULL), 0);
	CHECK_EQ(mount("none", "b", NULL, MS_PRIVATE, NULL), 0);
}

/* --- groups --- */

CASE(a_private_mount_joins_a_peer_group)
{
	char a[128];

	two_mounts();
	CHECK_EQ(mount("none", "a", NULL, MS_SHARED, NULL), 0);
	strcpy(a, kind_of("a"));
	CHECK(strstr(a, "shared:"));
	CHECK(!strcmp(kind_of("b"), ""));
	CHECK_EQ(set_group("a", "b"), 0);
	CHECK(!strcmp(kind_of("b"), a));
	CHECK(!strcmp(kind_of("a"), a));
	/* both ways */
	CHECK_EQ(mount("y", "a/d/e", "tmpfs", 0, NULL), 0);
	dir("b/e/seen");
	CHECK(exists("a/d/e/seen"));
	CHECK_EQ(umount2("b/e", 0), 0);
	CHECK(!exists("a/d/e/seen"));
	CHECK_EQ(mount("none", "b", NULL, MS_PRIVATE, NULL), 0);
	CHECK(!strcmp(kind_of("a"), a));
}

CASE(a_private_mount_follows_a_master)
{
	char a[128];

	two_mounts();
	dir("c");
	CHECK_EQ(mount("none", "a", NULL, MS_SHARED, NULL), 0);
	CHECK_EQ(mount("a", "c", NULL, MS_BIND, NULL), 0);
	CHECK_EQ(mount("none", "c", NULL, MS_SLAVE, NULL), 0);
	strcpy(a, kind_of("c"));
	CHECK(strstr(a, "master:"));
	CHECK_EQ(set_group("c", "b"), 0);
	CHECK(!strcmp(kind_of("b"), a));
	CHECK_EQ(mount("y", "a/d/e", "tmpfs", 0, NULL), 0);
	dir("a/d/e/seen");
	CHECK(exists("b/e/seen"));
	CHECK(exists("c/d/e/seen"));
	/* what happens on the slave stays there */
	CHECK_EQ(umount2("b/e", 0), 0);
	CHECK(exists("a/d/e/seen"));
	/* shared, and a slave */
	CHECK_EQ(mount("none", "b", NULL, MS_PRIVATE, NULL), 0);
	CHECK_EQ(mount("none", "c", NULL, MS_SHARED, NULL), 0);
	strcpy(a, kind_of("c"));
	CHECK(strstr(a, "shared:") && strstr(a, "master:"));
	CHECK_EQ(set_group("c", "b"), 0);
	CHECK(!strcmp(kind_of("b"), a));
	CHECK_EQ(umount2("a/d/e", 0), 0);
	CHECK(!exists("c/d/e/seen"));
	/* the master goes, the group stays together */
	CHECK_EQ(umount2("a", 0), 0);
	CHECK_EQ(mount("y", "c/d/e", "tmpfs", 0, NULL), 0);
	dir("c/d/e/again");
	CHECK(exists("b/e/again"));
}

CASE(an_unbindable_mount_joins_too)
{
	two_mounts();
	CHECK_EQ(mount("none", "a", NULL, MS_SHARED, NULL), 0);
	CHECK_EQ(mount("none", "b", NULL, MS_UNBINDABLE, NULL), 0);
	CHECK(!strcmp(kind_of("b"), "unbindable "));
	CHECK_EQ(set_group("a", "b"), 0);
	CHECK(!strcmp(kind_of("b"), kind_of("a")));
}

CASE(groups_are_given_to_private_mounts_of_the_same_tree_only)
{
	two_mounts();
	CHECK_ERRNO(set_group("a", "b"), EINVAL); /* there is nothing to give */
	CHECK_EQ(mount("none", "a", NULL, MS_SHARED, NULL), 0);
	CHECK_ERRNO(set_group("a/d", "b"), EINVAL); /* not the root of a mount */
	CHECK_ERRNO(set_group("a", "b/e"), EINVAL);
	CHECK_ERRNO(set_group("a", "/tmp"), EINVAL); /* another file system */
	CHECK_ERRNO(set_group("nothing", "b"), ENOENT);
	CHECK_ERRNO(set_group("a", "nothing"), ENOENT);
	CHECK_ERRNO(set_group("", "b"), ENOENT);
	CHECK_ERRNO(syscall(SYS_move_mount, AT_FDCWD, "a", AT_FDCWD, "b", 0x10000), EINVAL);
	CHECK_EQ(mount("none", "b", NULL, MS_SHARED, NULL), 0);
	CHECK_ERRNO(set_group("a", "b"), EINVAL); /* it has one */
	CHECK_EQ(mount("none", "a", NULL, MS_PRIVATE, NULL), 0);
	CHECK_ERRNO(set_group("b", "a"), EINVAL); /* the narrower one gives nothing */
	CHECK_EQ(mount("none", "b", NULL, MS_PRIVATE, NULL), 0);
	CHECK_EQ(mount("none", "a", NULL, MS_SHARED, NULL), 0);
	CHECK_EQ(set_group("a", "b"), 0);
	CHECK_EQ(mount("none", "b", NULL, MS_SLAVE, NULL), 0);
	CHECK_ERRNO(set_group("a", "b"), EINVAL); /* a slave is not private */
}

CASE(descriptors_and_detached_trees_can_be_meant)
{
	int fd, tree;

	two_mounts();
	CHECK_EQ(mount("none", "a", NULL, MS_SHARED, NULL), 0);
	fd = open("b", O_PATH);
	tree = syscall(SYS_open_tree, AT_FDCWD, "a", OPEN_TREE_CLONE);
	CHECK(fd >= 0 && tree >= 0);
	CHECK_EQ(syscall(SYS_move_mount, tree, "", fd, "", MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), 0);
	CHECK(!strcmp(kind_of("b"), kind_of("a")));
	close(tree);
	CHECK_EQ(mount("y", "a/d/e", "tmpfs", 0, NULL), 0);
	dir("a/d/e/seen");
	CHECK(exists("b/e/seen"));
	/* what is mounted nowhere has no namespace to ask */
	CHECK_EQ(umount2("b/e", 0), 0);
	CHECK_EQ(umount2("b", 2), 0);
	CHECK_ERRNO(syscall(SYS_move_mount, AT_FDCWD, "a", fd, "", MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_T_EMPTY_PATH), EINVAL);
}

CASE(mounts_of_another_namespace_want_its_rights)
{
	int from, to, status;
	pid_t pid;

	two_mounts();
	CHECK_EQ(mount("none", "a", NULL, MS_SHARED, NULL), 0);
	from = open("a", O_PATH);
	to = open("b", O_PATH);
	/* another mount namespace, the same rights */
	pid = fork();
	if (!pid) {
		CHECK_EQ(unshare(CLONE_NEWNS), 0);
		CHECK_EQ(syscall(SYS_move_mount, from, "", to, "",
				 MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), 0);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK(!strcmp(kind_of("b"), kind_of("a")));
	CHECK_EQ(mount("none", "b", NULL, MS_PRIVATE, NULL), 0);
	/* a user namespace of its own: nothing to say about ours */
	pid = fork();
	if (!pid) {
		CHECK_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
		CHECK_ERRNO(syscall(SYS_move_mount, from, "", to, "",
				    MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH), EPERM);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	IN_CHILD({
		CHECK_EQ(setuid(1000), 0);
		CHECK_ERRNO(set_group("a", "b"), EPERM);
	});
}

/* --- what ids are seen as --- */

static int idmap(int dfd, const char *path, unsigned int flags, uint64_t set, uint64_t clear, uint64_t fd)
{
	struct mount_attr attr = { .attr_set = set, .attr_clr = clear, .userns_fd = fd };

	return syscall(SYS_mount_setattr, dfd, path, flags, &attr, sizeof(attr));
}

/* A descriptor of a new user namespace below ours. */
static int new_userns(void)
{
	int ready[2], fd;
	char name[64], c = 0;
	pid_t pid;

	CHECK(!pipe(ready));
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		CHECK_EQ(unshare(CLONE_NEWUSER), 0);
		CHECK_EQ(write(ready[1], &c, 1), 1);
		pause();
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	sprintf(name, "/proc/%d/ns/user", pid);
	fd = open(name, O_RDONLY);
	CHECK(fd >= 0);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	return fd;
}

CASE(ids_are_not_mapped_by_the_file_systems_that_are_here)
{
	static const char *const types[] = { "tmpfs", "proc", "sysfs", "devtmpfs", "devpts" };
	int ns, tree, fs, mnt;

	fresh_mounts();
	ns = new_userns();
	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		fs = syscall(SYS_fsopen, types[i], 0);
		CHECK(fs >= 0);
		CHECK_EQ(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), 0);
		mnt = syscall(SYS_fsmount, fs, 0, 0);
		CHECK(mnt >= 0);
		CHECK_ERRNO(idmap(mnt, "", AT_EMPTY_PATH, MOUNT_ATTR_IDMAP, 0, ns), EINVAL);
		CHECK_ERRNO(idmap(mnt, "", AT_EMPTY_PATH | AT_RECURSIVE, MOUNT_ATTR_IDMAP | MOUNT_ATTR_RDONLY, 0, ns), EINVAL);
		close(mnt);
		close(fs);
	}
	tree = syscall(SYS_open_tree, AT_FDCWD, "/tmp", OPEN_TREE_CLONE);
	CHECK(tree >= 0);
	CHECK_ERRNO(idmap(tree, "", AT_EMPTY_PATH, MOUNT_ATTR_IDMAP, 0, ns), EINVAL);
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, ns), EINVAL);
}

CASE(the_namespace_that_maps_is_looked_at_first)
{
	int own, file, s[2], status;
	pid_t pid;

	fresh_mounts();
	own = open("/proc/self/ns/user", O_RDONLY);
	file = open("/proc/self/ns/mnt", O_RDONLY);
	CHECK(own >= 0 && file >= 0);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, own), EPERM); /* the initial one means "not mapped" */
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, file), EINVAL);
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, s[0]), EINVAL);
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, 999), EBADF);
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, open("/proc/self/ns/user", O_PATH)), EBADF);
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, 1ull << 31), EINVAL);
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, (1ull << 32) + own), EINVAL);
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, 0, MOUNT_ATTR_IDMAP, 999), EINVAL); /* a mapping stays */
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, MOUNT_ATTR_IDMAP, own), EINVAL);
	CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOATIME, 0, 999), EINVAL);
	CHECK_ERRNO(idmap(AT_FDCWD, "/nothing", 0, MOUNT_ATTR_IDMAP, 0, 999), EBADF);
	CHECK_ERRNO(idmap(AT_FDCWD, "/nothing", 0, MOUNT_ATTR_IDMAP, 0, new_userns()), ENOENT);
	CHECK_EQ(idmap(AT_FDCWD, "/tmp", 0, 0, 0, 999), 0);
	/* another's namespace */
	own = new_userns();
	pid = fork();
	if (!pid) {
		CHECK_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
		CHECK_ERRNO(idmap(AT_FDCWD, "/tmp", 0, MOUNT_ATTR_IDMAP, 0, own), EPERM);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* --- locked flags --- */

static int change(const char *path, uint64_t set, uint64_t clear)
{
	return idmap(AT_FDCWD, path, 0, set, clear, 0);
}

CASE(a_user_namespace_does_not_loosen_flags)
{
	unsigned long all = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME;

	fresh_mounts();
	dir("d");
	CHECK_EQ(mount("x", "d", "tmpfs", all, NULL), 0);
	IN_CHILD({
		CHECK_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
		CHECK_EQ(chdir("/tmp"), 0);
		CHECK_EQ(mount("", "d", NULL, MS_REMOUNT | MS_BIND | all, NULL), 0);
		CHECK_ERRNO(mount("", "d", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
		CHECK_ERRNO(mount("", "d", NULL, MS_REMOUNT | MS_BIND | (all & ~MS_RDONLY), NULL), EPERM);
		CHECK_ERRNO(mount("", "d", NULL, MS_REMOUNT | MS_BIND | (all & ~MS_NOSUID), NULL), EPERM);
		CHECK_ERRNO(mount("", "d", NULL, MS_REMOUNT | MS_BIND | (all & ~MS_NODEV), NULL), EPERM);
		CHECK_ERRNO(mount("", "d", NULL, MS_REMOUNT | MS_BIND | (all & ~MS_NOEXEC), NULL), EPERM);
		CHECK_ERRNO(mount("", "d", NULL, MS_REMOUNT | MS_BIND | (all & ~MS_NOATIME) | MS_STRICTATIME, NULL), EPERM);
		CHECK_ERRNO(mount("", "d", NULL, MS_REMOUNT | (all & ~MS_RDONLY), NULL), EPERM);
		CHECK_ERRNO(change("d", 0, MOUNT_ATTR_RDONLY), EPERM);
		CHECK_ERRNO(change("d", 0, MOUNT_ATTR_NOEXEC), EPERM);
		CHECK_ERRNO(change("d", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME), EPERM);
		CHECK_EQ(change("d", MOUNT_ATTR_NOSYMFOLLOW, 0), 0);
		CHECK_EQ(change("d", 0, MOUNT_ATTR_NOSYMFOLLOW), 0);
		/* a bind mount of it is no way around */
		CHECK_ERRNO(mkdir("d/e", 0755), EROFS);
		CHECK_EQ(mount("d", "d", NULL, MS_BIND, NULL), 0);
		CHECK_ERRNO(mount("", "d", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
		CHECK_ERRNO(change("d", 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV), EPERM);
		/* one of its own it may change */
		CHECK_EQ(mount("y", "d", "tmpfs", MS_RDONLY, NULL), 0);
		CHECK_EQ(mount("", "d", NULL, MS_REMOUNT | MS_BIND, NULL), 0);
	});
	/* where it comes from nothing is locked */
	CHECK_EQ(mount("", "d", NULL, MS_REMOUNT | MS_BIND, NULL), 0);
}

CASE(what_propagates_to_a_user_namespace_is_locked_there)
{
	int to[2], back[2];
	char c = 0;
	pid_t pid;
	int status;

	fresh_mounts();
	dir("d");
	dir("d/e");
	CHECK_EQ(mount("d", "d", NULL, MS_BIND, NULL), 0);
	CHECK_EQ(mount("none", "d", NULL, MS_SHARED, NULL), 0);
	CHECK_EQ(chdir("/tmp"), 0);
	CHECK_EQ(mkdir("d/e", 0755) == 0 || errno == EEXIST, 1);
	CHECK(!pipe(to) && !pipe(back));
	pid = fork();
	if (!pid) {
		CHECK_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
		CHECK_EQ(chdir("/tmp"), 0);
		CHECK_EQ(write(back[1], &c, 1), 1);
		CHECK_EQ(read(to[0], &c, 1), 1);
		CHECK_ERRNO(mkdir("d/e/f", 0755), EROFS);
		CHECK_ERRNO(mount("", "d/e", NULL, MS_REMOUNT | MS_BIND, NULL), EPERM);
		_exit(0);
	}
	CHECK_EQ(read(back[0], &c, 1), 1);
	CHECK_EQ(mount("x", "d/e", "tmpfs", MS_RDONLY, NULL), 0);
	CHECK_EQ(write(to[1], &c, 1), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

/* In namespaces of its own, a proc of its own at /tmp/p: the errno of mounting it with @flags, then that of loosening it. */
static void fresh_proc_gives(unsigned long flags, int error, int looser_error)
{
	int status;
	pid_t pid;

	IN_CHILD({
		CHECK_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID), 0);
		pid = fork();
		CHECK(pid >= 0);
		if (!pid) {
			CHECK_EQ(mount("p", "/tmp/p", "proc", flags, NULL) ? errno : 0, error);
			if (!error)
				CHECK_EQ(mount("", "/tmp/p", NULL, MS_REMOUNT | MS_BIND, NULL) ? errno : 0, looser_error);
			_exit(0);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK_EQ(status, 0);
	});
}

CASE(a_fresh_proc_shows_no_more_than_there_is)
{
	fresh_mounts();
	dir("p");
	fresh_proc_gives(0, 0, 0);
	fresh_proc_gives(MS_RDONLY, 0, 0);
	CHECK_EQ(mount("x", "/proc/sys", "tmpfs", 0, NULL), 0);
	fresh_proc_gives(0, EPERM, 0);
	CHECK_EQ(umount2("/proc/sys", 0), 0);
	CHECK_EQ(mount("", "/proc", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	fresh_proc_gives(0, EPERM, 0);
	fresh_proc_gives(MS_RDONLY, 0, EPERM);
	while (!umount2("/proc", 0))
		;
	fresh_proc_gives(0, EPERM, 0);
}

/* What a fresh one shows is its process and network namespace's, and theirs is the right to mount it. */
CASE(fresh_proc_and_sys_want_rights_where_they_show)
{
	int fs;

	fresh_mounts();
	dir("p");
	IN_CHILD({
		CHECK_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
		CHECK_ERRNO(mount("p", "/tmp/p", "proc", 0, NULL), EPERM);
		CHECK_ERRNO(mount("p", "/tmp/p", "sysfs", 0, NULL), EPERM);
		CHECK_EQ(mount("p", "/tmp/p", "tmpfs", 0, NULL), 0);
		fs = syscall(SYS_fsopen, "proc", 0);
		CHECK(fs >= 0);
		CHECK_ERRNO(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), EPERM);
	});
}

CASE(nothing_is_hidden_from_who_gives_a_group)
{
	fresh_mounts();
	dir("a");
	dir("b");
	CHECK_EQ(mount("x", "a", "tmpfs", 0, NULL), 0);
	dir("a/d");
	dir("a/d/e");
	CHECK_EQ(mount("y", "a/d/e", "tmpfs", 0, NULL), 0);
	CHECK_EQ(mount("a/d", "b", NULL, MS_BIND, NULL), 0);
	IN_CHILD({
		CHECK_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
		CHECK_EQ(chdir("/tmp"), 0);
		CHECK_EQ(mount("none", "a", NULL, MS_SHARED, NULL), 0);
		CHECK_EQ(mount("none", "b", NULL, MS_PRIVATE, NULL), 0);
		CHECK_ERRNO(set_group("a", "b"), EINVAL);
	});
}

TEST_MAIN()

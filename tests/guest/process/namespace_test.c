/* SPDX-License-Identifier: GPL-2.0-only */
/* namespace_test.c - proves user, pid, mount and uts namespaces: who may make them, what they show, how ids are mapped, how they are entered. */
#include "check.h"
#include "text.h"
#include <grp.h>
#include <sched.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

static void become_nobody(void)
{
	CHECK_EQ(setresgid(65533, 65533, 65533), 0);
	CHECK_EQ(setresuid(65533, 65533, 65533), 0);
	CHECK_EQ(prctl(PR_SET_DUMPABLE, 1), 0);
}

CASE(ordinary_users_make_user_namespaces_and_nothing_else)
{
	become_nobody();
	CHECK_ERRNO(unshare(CLONE_NEWUTS), EPERM);
	CHECK_ERRNO(unshare(CLONE_NEWNS), EPERM);
	CHECK_ERRNO(unshare(CLONE_NEWPID), EPERM);
	CHECK_EQ(unshare(CLONE_NEWUSER | CLONE_NEWUTS), 0);
	CHECK_EQ(sethostname("inside", 6), 0);
}

CASE(unmapped_ids_show_as_the_overflow_id)
{
	struct stat st;

	become_nobody();
	CHECK_EQ(unshare(CLONE_NEWUSER), 0);
	CHECK_EQ(getuid(), 65534);
	CHECK_EQ(getegid(), 65534);
	CHECK_EQ(stat("/", &st), 0);
	CHECK_EQ(st.st_uid, 65534);
	CHECK_ERRNO(setuid(0), EINVAL);
}

CASE(a_map_of_ones_own_id)
{
	char text[256];
	struct stat st;

	become_nobody();
	CHECK_EQ(unshare(CLONE_NEWUSER), 0);
	CHECK_EQ(put_text("/proc/self/gid_map", "0 65533 1"), EPERM); /* setgroups is not denied yet */
	CHECK_EQ(put_text("/proc/self/setgroups", "deny"), 0);
	CHECK_EQ(put_text("/proc/self/gid_map", "0 65533 1"), 0);
	CHECK_EQ(put_text("/proc/self/uid_map", "0 65534 1"), EPERM); /* somebody else's */
	CHECK_EQ(put_text("/proc/self/uid_map", "0 65533 1\n"), 0);
	CHECK_EQ(put_text("/proc/self/uid_map", "0 65533 1\n"), EPERM); /* once */
	CHECK_EQ(getuid(), 0);
	CHECK_EQ(getgid(), 0);
	get_text("/proc/self/uid_map", text, sizeof text);
	CHECK(!strcmp(text, "         0      65533          1\n"));
	CHECK_ERRNO(setgroups(0, NULL), EPERM);
	CHECK_EQ(stat("/proc/self", &st), 0);
	CHECK_EQ(st.st_uid, 0);
	CHECK_ERRNO(chown("/tmp", 0, 0), EPERM); /* root in here, nobody out there */
	CHECK_ERRNO(mount("none", "/tmp", "tmpfs", 0, NULL), EPERM); /* the mounts are not ours */
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount("none", "/tmp", "tmpfs", 0, NULL), 0);
}

CASE(bad_maps_are_refused_whole)
{
	IN_CHILD(CHECK_EQ(unshare(CLONE_NEWUSER), 0); CHECK_EQ(put_text("/proc/self/uid_map", ""), EINVAL);
		 CHECK_EQ(put_text("/proc/self/uid_map", "0 0"), EINVAL); CHECK_EQ(put_text("/proc/self/uid_map", "0 0 0"), EINVAL);
		 CHECK_EQ(put_text("/proc/self/uid_map", "0 0 1 1"), EINVAL); CHECK_EQ(put_text("/proc/self/uid_map", "x 0 1"), EINVAL);
		 CHECK_EQ(put_text("/proc/self/uid_map", "0 0 10\n5 100 10\n"), EINVAL); /* overlap inside */
		 CHECK_EQ(put_text("/proc/self/uid_map", "0 0 10\n20 5 10\n"), EINVAL);   /* overlap outside */
		 CHECK_EQ(put_text("/proc/self/uid_map", "0 4294967290 10"), EINVAL));
}

CASE(pid_namespace_has_its_own_numbers_and_ends_with_its_init)
{
	int pipes[2], status;
	pid_t inside = 0;

	CHECK_EQ(pipe(pipes), 0);
	pid_t outer = fork();

	if (!outer) {
		CHECK_EQ(unshare(CLONE_NEWPID), 0);
		pid_t init = fork();

		if (!init) {
			pid_t child = fork();

			if (!child)
				for (;;)
					pause();
			inside = getpid() == 1 && getppid() == 0 && child == 2 ? child : -1;
			CHECK_EQ(write(pipes[1], &inside, sizeof inside), (long)sizeof inside);
			CHECK_EQ(kill(1, SIGKILL), 0); /* init is safe from its own */
			CHECK_EQ(kill(1, SIGTERM), 0);
			_exit(5); /* and takes the rest with it */
		}
		CHECK_EQ(waitpid(init, &status, 0), init);
		CHECK_EQ(status, 5 << 8);
		CHECK_ERRNO(fork(), ENOMEM); /* the namespace is dead */
		_exit(0);
	}
	CHECK_EQ(read(pipes[0], &inside, sizeof inside), (long)sizeof inside);
	CHECK_EQ(inside, 2);
	CHECK_EQ(waitpid(outer, &status, 0), outer);
	CHECK_EQ(status, 0);
	close(pipes[1]);
	CHECK_EQ(read(pipes[0], &inside, 1), 0); /* nobody holds the other end: all are dead */
}

CASE(proc_shows_the_namespace_it_was_mounted_in)
{
	int status;

	CHECK_EQ(unshare(CLONE_NEWNS | CLONE_NEWPID), 0);
	CHECK_EQ(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	pid_t pid = fork();

	if (!pid) {
		char text[16] = "";
		ssize_t n;

		CHECK_EQ(mkdir("/tmp/proc", 0755), 0);
		CHECK_EQ(mount("proc", "/tmp/proc", "proc", 0, NULL), 0);
		n = readlink("/tmp/proc/self", text, sizeof text - 1);
		CHECK_EQ(n, 1);
		CHECK_EQ(text[0], '1');
		CHECK_ERRNO(access("/tmp/proc/2", F_OK), ENOENT);
		CHECK_EQ(umount("/tmp/proc"), 0);
		CHECK_EQ(rmdir("/tmp/proc"), 0);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

CASE(host_name_is_joined_through_proc)
{
	struct utsname before, now;
	int pipes[2], back[2];
	char byte, path[64];

	uname(&before);
	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(pipe(back), 0);
	pid_t pid = fork();

	if (!pid) {
		CHECK_EQ(unshare(CLONE_NEWUTS), 0);
		CHECK_EQ(sethostname("other", 5), 0);
		CHECK_EQ(setdomainname("dom", 3), 0);
		CHECK_EQ(write(pipes[1], "x", 1), 1);
		_exit(read(back[0], &byte, 1) == 1 ? 0 : 1);
	}
	CHECK_EQ(read(pipes[0], &byte, 1), 1);
	uname(&now);
	CHECK(!strcmp(now.nodename, before.nodename));
	snprintf(path, sizeof path, "/proc/%d/ns/uts", pid);
	int fd = open(path, O_RDONLY);

	CHECK(fd >= 0);
	CHECK_ERRNO(setns(fd, CLONE_NEWNS), EINVAL);
	CHECK_EQ(setns(fd, CLONE_NEWUTS), 0);
	uname(&now);
	CHECK(!strcmp(now.nodename, "other"));
	CHECK(!strcmp(now.domainname, "dom"));
	CHECK_EQ(write(back[1], "x", 1), 1);
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

CASE(names_of_namespaces_compare)
{
	char mine[64] = "", theirs[64] = "";
	int status;

	CHECK(readlink("/proc/self/ns/uts", mine, sizeof mine - 1) > 0);
	CHECK(!strncmp(mine, "uts:[", 5));
	pid_t pid = fork();

	if (!pid) {
		CHECK_EQ(unshare(CLONE_NEWUTS), 0);
		CHECK(readlink("/proc/self/ns/uts", theirs, sizeof theirs - 1) > 0);
		_exit(strcmp(mine, theirs) ? 0 : 1);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_ERRNO(setns(-1, 0), EBADF);
	int fd = open("/dev/null", O_RDONLY);

	CHECK_ERRNO(setns(fd, CLONE_NEWUTS), EINVAL);
}

CASE(a_name_keeps_a_namespace_alive)
{
	struct stat before, after;
	struct utsname now;
	int status;

	CHECK_EQ(close(open("/tmp/ns", O_CREAT | O_WRONLY, 0600)), 0);
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	pid_t pid = fork();

	if (!pid) {
		CHECK_EQ(unshare(CLONE_NEWUTS), 0);
		CHECK_EQ(sethostname("kept", 4), 0);
		CHECK_EQ(mount("/proc/self/ns/uts", "/tmp/ns", NULL, MS_BIND, NULL), 0);
		CHECK_ERRNO(mount("/proc/self/ns/mnt", "/tmp/ns", NULL, MS_BIND, NULL), EINVAL); /* itself */
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(stat("/proc/self/ns/uts", &before), 0);
	int fd = open("/tmp/ns", O_RDONLY);

	CHECK(fd >= 0);
	CHECK_EQ(setns(fd, 0), 0);
	uname(&now);
	CHECK(!strcmp(now.nodename, "kept"));
	CHECK_EQ(stat("/proc/self/ns/uts", &after), 0);
	CHECK(before.st_ino != after.st_ino && before.st_dev == after.st_dev);
	CHECK_EQ(fstat(fd, &before), 0);
	CHECK_EQ(before.st_ino, after.st_ino);
	close(fd);
	CHECK_EQ(umount("/tmp/ns"), 0);
	CHECK_EQ(unlink("/tmp/ns"), 0);
}

CASE(namespace_files_say_what_they_are)
{
	int uts = open("/proc/self/ns/uts", O_RDONLY), user = open("/proc/self/ns/user", O_RDONLY), pid = open("/proc/self/ns/pid", O_RDONLY);
	struct stat a, b;
	uid_t uid;

	CHECK_EQ(ioctl(uts, NS_GET_NSTYPE), CLONE_NEWUTS);
	CHECK_EQ(ioctl(user, NS_GET_NSTYPE), CLONE_NEWUSER);
	CHECK_EQ(ioctl(user, NS_GET_OWNER_UID, &uid), 0);
	CHECK_EQ(uid, 0);
	CHECK_ERRNO(ioctl(uts, NS_GET_OWNER_UID, &uid), EINVAL);
	CHECK_ERRNO(ioctl(uts, NS_GET_PARENT), EINVAL);
	CHECK_ERRNO(ioctl(pid, NS_GET_PARENT), EPERM); /* the first has none */
	CHECK_ERRNO(ioctl(user, NS_GET_PARENT), EPERM);
	int owner = ioctl(uts, NS_GET_USERNS);

	CHECK(owner >= 0);
	CHECK_EQ(fstat(owner, &a), 0);
	CHECK_EQ(fstat(user, &b), 0);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_EQ(a.st_mode, S_IFREG | 0444);
	CHECK_ERRNO(open("/proc/self/ns/uts", O_RDWR), EPERM);
	IN_CHILD(CHECK_EQ(unshare(CLONE_NEWUSER), 0); int inner = open("/proc/self/ns/user", O_RDONLY);
		 CHECK_ERRNO(ioctl(inner, NS_GET_PARENT), EPERM));
}

CASE(self_is_the_number_in_the_namespace_of_the_mount)
{
	char text[16] = "";
	int ends[2], status;
	pid_t pid;

	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(unshare(CLONE_NEWPID), 0);
	pid = fork();
	if (!pid) {
		CHECK_EQ(getpid(), 1);
		CHECK(readlink("/proc/self", text, sizeof text - 1) > 0);
		CHECK_EQ(write(ends[1], text, sizeof text), (long)sizeof text);
		CHECK(readlink("/proc/thread-self", text, sizeof text - 1) > 6);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(read(ends[0], text, sizeof text), (long)sizeof text);
	CHECK_EQ(atoi(text), pid);
}

CASE(threads_cannot_leave_their_process)
{
	CHECK_ERRNO(unshare(0x1), EINVAL);
	CHECK_EQ(unshare(0), 0);
	CHECK_EQ(unshare(CLONE_FILES | CLONE_FS), 0);
	CHECK_EQ(unshare(CLONE_THREAD), 0); /* alone: nothing to leave */
	CHECK_EQ(unshare(CLONE_VM | CLONE_SIGHAND), 0);
}

TEST_MAIN()

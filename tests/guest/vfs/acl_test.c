/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * acl_test.c - proves POSIX access control lists on tmpfs and through an overlay: format and errors, who is let in, what chmod,
 * creation and copying do to them, ids in a user namespace. Needs root.
 */
#include "check.h"
#include <grp.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include "own_mounts.h"
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <time.h>

#define ACCESS	"system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"
#define NO_ID	((uint32_t)ACL_UNDEFINED_ID)

struct acl {
	uint32_t version;
	struct {
		uint16_t tag, perm;
		uint32_t id;
	} e[16];
	int nr;
};

static size_t acl_size(const struct acl *a)
{
	return 4 + 8 * a->nr;
}

/* "U7 u5:1000 G5 g5:7 M4 O0": tag (capital: the object's own), permissions, id. */
static struct acl parse(const char *text)
{
	struct acl a = { .version = 2 };

	while (*text) {
		uint16_t tag = *text == 'U' ? ACL_USER_OBJ : *text == 'u' ? ACL_USER : *text == 'G' ? ACL_GROUP_OBJ :
			       *text == 'g' ? ACL_GROUP : *text == 'M' ? ACL_MASK : *text == 'O' ? ACL_OTHER : 0x40;
		char *end;

		a.e[a.nr].tag = tag;
		a.e[a.nr].perm = strtoul(text + 1, &end, 8);
		a.e[a.nr].id = *end == ':' ? strtoul(end + 1, &end, 10) : NO_ID;
		a.nr++;
		text = end + strspn(end, " ");
	}
	return a;
}

static int set(const char *path, const char *name, const char *text)
{
	struct acl a = parse(text);

	return setxattr(path, name, &a, acl_size(&a), 0);
}

/* The list as text, or "-" if there is none. */
static const char *get(const char *path, const char *name)
{
	static char text[256];
	struct acl a;
	ssize_t size = getxattr(path, name, &a, acl_size(&(struct acl){ .nr = 16 }));
	int used = 0;

	if (size < 0)
		return errno == ENODATA ? "-" : strerror(errno);
	CHECK_EQ(a.version, 2);
	for (int i = 0; i < (size - 4) / 8; i++) {
		int tag = a.e[i].tag;

		used += sprintf(text + used, "%s%c%o", i ? " " : "",
				tag == ACL_USER_OBJ ? 'U' : tag == ACL_USER ? 'u' : tag == ACL_GROUP_OBJ ? 'G' : tag == ACL_GROUP ? 'g' :
				tag == ACL_MASK ? 'M' : 'O', a.e[i].perm);
		if (tag == ACL_USER || tag == ACL_GROUP)
			used += sprintf(text + used, ":%d", (int)a.e[i].id);
	}
	return text;
}

#define CHECK_ACL(path, name, want)                                                       \
	do {                                                                              \
		const char *got_text = get(path, name);                                   \
		if (strcmp(got_text, want))                                               \
			check_failed(__FILE__, __LINE__, "%s of %s is %s, not %s", name, path, got_text, want); \
	} while (0)

static int mode_of(const char *path)
{
	struct stat st;

	CHECK_EQ(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

#define CHECK_MODE(path, want)                                                                       \
	do {                                                                                         \
		int got_mode = mode_of(path);                                                        \
		if (got_mode != (want))                                                              \
			check_failed(__FILE__, __LINE__, "%s has mode %o, not %o", path, got_mode, want); \
	} while (0)

static void touch(const char *name, mode_t mode)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_EXCL, mode);

	CHECK(fd >= 0);
	close(fd);
}

static void begin(void)
{
	own_tmpfs("size=4m,mode=777");
	umask(022);
}

/* 0 where /tmp/all is an overlay of low and up; -1 where there is no overlay (a module on Debian's kernel). */
static int own_overlay(const char *prepare_low)
{
	begin();
	CHECK(!mkdir("low", 0755) && !mkdir("up", 0755) && !mkdir("work", 0755) && !mkdir("all", 0755));
	if (prepare_low)
		touch(prepare_low, 0640);
	return 0;
}

static int mount_overlay(void)
{
	return mount("o", "all", "overlay", 0, "lowerdir=low,upperdir=up,workdir=work");
}

/* Can user @uid of groups @gid and @extra do @how (access(2)'s)? */
static int can(int uid, int gid, int extra, const char *path, int how)
{
	gid_t groups[1] = { extra };
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0);
	if (!pid) {
		if (setgroups(extra ? 1 : 0, groups) || setgid(gid) || setuid(uid))
			_exit(9);
		_exit(access(path, how) ? errno == EACCES ? 1 : 2 : 0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return !WEXITSTATUS(status);
}

/* --- as attributes --- */

CASE(a_list_reads_back_and_is_listed)
{
	char list[128];
	struct acl a;

	begin();
	touch("f", 0640);
	CHECK_ACL("f", ACCESS, "-");
	CHECK_EQ(listxattr("f", list, sizeof(list)), 0);
	CHECK_EQ(set("f", ACCESS, "U6 u4:1000 G0 g6:7 M6 O0"), 0);
	CHECK_ACL("f", ACCESS, "U6 u4:1000 G0 g6:7 M6 O0");
	CHECK_MODE("f", 0660);
	CHECK_EQ(getxattr("f", ACCESS, NULL, 0), 4 + 6 * 8);
	CHECK_ERRNO(getxattr("f", ACCESS, &a, 4 + 6 * 8 - 1), ERANGE);
	CHECK_EQ(listxattr("f", list, sizeof(list)), sizeof(ACCESS));
	CHECK(!strcmp(list, ACCESS));
	CHECK_EQ(setxattr("f", "trusted.t", "1", 1, 0), 0);
	CHECK_EQ(listxattr("f", NULL, 0), sizeof(ACCESS) + sizeof("trusted.t"));
	CHECK_ERRNO(listxattr("f", list, sizeof(ACCESS)), ERANGE);
	CHECK_ERRNO(listxattr("f", list, sizeof(ACCESS) - 1), ERANGE);
	CHECK_EQ(removexattr("f", ACCESS), 0);
	CHECK_ACL("f", ACCESS, "-");
	CHECK_MODE("f", 0660);
	CHECK_EQ(removexattr("f", ACCESS), 0);
	CHECK_ERRNO(removexattr("f", "trusted.u"), ENODATA);
}

CASE(a_directory_has_two)
{
	char list[128];

	begin();
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(set("d", DEFAULT, "U7 G5 O5"), 0);
	CHECK_ACL("d", DEFAULT, "U7 G5 O5");
	CHECK_ACL("d", ACCESS, "-");
	CHECK_MODE("d", 0755);
	CHECK_EQ(set("d", ACCESS, "U7 u7:1 G5 M7 O5"), 0);
	CHECK_EQ(listxattr("d", list, sizeof(list)), sizeof(ACCESS) + sizeof(DEFAULT));
	CHECK(!strcmp(list, ACCESS) && !strcmp(list + sizeof(ACCESS), DEFAULT));
	CHECK_EQ(removexattr("d", DEFAULT), 0);
	CHECK_ACL("d", DEFAULT, "-");
	CHECK_ACL("d", ACCESS, "U7 u7:1 G5 M7 O5");
}

CASE(a_list_that_says_what_the_mode_says_is_not_kept)
{
	begin();
	touch("f", 0600);
	CHECK_EQ(set("f", ACCESS, "U7 G5 O1"), 0);
	CHECK_MODE("f", 0751);
	CHECK_ACL("f", ACCESS, "-");
	CHECK_EQ(set("f", ACCESS, "U7 G5 M4 O1"), 0);
	CHECK_MODE("f", 0741);
	CHECK_ACL("f", ACCESS, "U7 G5 M4 O1");
	CHECK_EQ(set("f", ACCESS, "U6 G4 O0"), 0);
	CHECK_ACL("f", ACCESS, "-");
	CHECK_MODE("f", 0640);
	/* a header alone is no list either */
	CHECK_EQ(set("f", ACCESS, "U7 G5 M4 O1"), 0);
	CHECK_EQ(set("f", ACCESS, ""), 0);
	CHECK_ACL("f", ACCESS, "-");
	CHECK_MODE("f", 0741);
}

CASE(malformed_lists_are_refused)
{
	static const char *const bad[] = { "U7 G5", "G5 O1", "U7 O1", "U7 U7 G5 O1", "U7 u7:5 G5 O1", "U7 G5 g5:5 O1", "U7 G5 u5:5 M7 O1",
					   "U7 G5 M7 M7 O1", "U7 G5 O1 O1", "U7 G5 O1 M7", "U10 G5 O1", "U7 u7 G5 M7 O1", "U7 G5 g4 M7 O1",
					   "U7 G5 O1 ?1", "O1 G5 U7" };
	struct acl a = parse("U7 G5 M7 O1");

	begin();
	touch("f", 0600);
	CHECK_EQ(mkdir("d", 0700), 0);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (set("f", ACCESS, bad[i]) != -1 || errno != EINVAL || set("d", DEFAULT, bad[i]) != -1 || errno != EINVAL)
			check_failed(__FILE__, __LINE__, "%s is taken, or errno is %d", bad[i], errno);
	}
	for (size_t size = 0; size < acl_size(&a); size++) {
		if (size != 4)
			CHECK_ERRNO(setxattr("f", ACCESS, &a, size, 0), EINVAL);
	}
	a.version = 1;
	CHECK_ERRNO(setxattr("f", ACCESS, &a, acl_size(&a), 0), EOPNOTSUPP);
	CHECK_ERRNO(setxattr("f", ACCESS, &a, acl_size(&a), 4), EINVAL);
	CHECK_ERRNO(syscall(SYS_setxattr, "f", ACCESS, 8, 12, 0), EFAULT);
	CHECK_ERRNO(syscall(SYS_setxattr, "f", ACCESS, &a, 65537, 0), E2BIG);
	CHECK_ERRNO(set("f", "system.posix_acl_other", "U7 G5 O1"), EOPNOTSUPP);
	CHECK_ERRNO(getxattr("f", "system.posix_acl", &a, 4), EOPNOTSUPP);
	CHECK_MODE("f", 0600);
	CHECK_ACL("f", ACCESS, "-");
}

CASE(create_and_replace_say_nothing)
{
	struct acl a = parse("U7 G5 M7 O1");

	begin();
	touch("f", 0600);
	CHECK_EQ(setxattr("f", ACCESS, &a, acl_size(&a), XATTR_REPLACE), 0);
	CHECK_EQ(setxattr("f", ACCESS, &a, acl_size(&a), XATTR_CREATE), 0);
	CHECK_EQ(setxattr("f", ACCESS, &a, acl_size(&a), XATTR_CREATE | XATTR_REPLACE), 0);
}

/* A list of @nr entries, which says that nobody but user 1 may. */
static uint32_t *long_list(int nr)
{
	uint32_t *raw = calloc(1, 4 + nr * 8);
	struct { uint16_t tag, perm; uint32_t id; } *e = (void *)(raw + 1);

	raw[0] = 2;
	for (int i = 0; i < nr; i++) {
		e[i].tag = i == 0 ? ACL_USER_OBJ : i < nr - 3 ? ACL_USER : i == nr - 3 ? ACL_GROUP_OBJ : i == nr - 2 ? ACL_MASK : ACL_OTHER;
		e[i].perm = i == 1 ? 4 : 0;
		e[i].id = e[i].tag == ACL_USER ? (uint32_t)i : NO_ID;
	}
	return raw;
}

CASE(the_largest_list)
{
	enum { NR = (65536 - 4) / 8 };
	uint32_t size = 4 + NR * 8, *raw = long_list(NR), *back = malloc(65536);

	begin();
	touch("f", 0600);
	CHECK_EQ(setxattr("f", ACCESS, raw, size, 0), 0);
	CHECK_EQ(getxattr("f", ACCESS, back, 65536), size);
	CHECK(!memcmp(raw, back, size));
	CHECK_EQ(chmod("f", 0670), 0);
	CHECK_EQ(can(1, 9, 0, "f", R_OK), 1);
	CHECK_EQ(can(1, 9, 0, "f", W_OK), 0);
	CHECK_EQ(can(NR - 4, 9, 0, "f", R_OK), 0);
	CHECK_EQ(chmod("f", 0600), 0);
	CHECK_EQ(can(1, 9, 0, "f", R_OK), 0);
}

/* Linux has no bound for them all together, we have the mount's. */
CASE(long_lists_leave_nothing_behind)
{
	enum { NR = 4000, SIZE = 4 + NR * 8 };
	uint32_t *raw = long_list(NR);
	struct statfs before, after;
	char name[16];

	begin();
	CHECK_EQ(mount("x", "/tmp", "tmpfs", 0, "size=1m,mode=777"), 0);
	CHECK_EQ(chdir("/tmp"), 0);
	CHECK_EQ(statfs(".", &before), 0);
	for (int i = 0; i < 64; i++) {
		sprintf(name, "f%d", i);
		touch(name, 0644);
		CHECK(!setxattr(name, ACCESS, raw, SIZE, 0) || errno == ENOSPC);
		CHECK(!setxattr(name, ACCESS, raw, SIZE, 0) || errno == ENOSPC);
	}
	for (int i = 0; i < 64; i++) {
		sprintf(name, "f%d", i);
		if (i % 2)
			CHECK_EQ(removexattr(name, ACCESS), 0);
		CHECK_EQ(unlink(name), 0);
	}
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(setxattr("d", DEFAULT, raw, SIZE, 0), 0);
	for (int i = 0; i < 64; i++) {
		sprintf(name, "d/f%d", i);
		CHECK(!mkdir(name, 0755) || errno == ENOSPC);
	}
	for (int i = 0; i < 64; i++) {
		sprintf(name, "d/f%d", i);
		CHECK(!rmdir(name) || errno == ENOENT);
	}
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EQ(statfs(".", &after), 0);
	CHECK_EQ(after.f_bfree, before.f_bfree);
	CHECK_EQ(after.f_ffree, before.f_ffree);
}

CASE(symbolic_links_have_none)
{
	struct acl a = parse("U7 G5 M7 O1");

	begin();
	touch("f", 0600);
	CHECK_EQ(symlink("f", "l"), 0);
	CHECK_ERRNO(lsetxattr("l", ACCESS, &a, acl_size(&a), 0), EOPNOTSUPP);
	CHECK_ERRNO(lsetxattr("l", DEFAULT, &a, acl_size(&a), 0), EOPNOTSUPP);
	CHECK_ERRNO(lgetxattr("l", ACCESS, &a, acl_size(&a)), EOPNOTSUPP);
	CHECK_ERRNO(lremovexattr("l", ACCESS), EOPNOTSUPP);
	CHECK_EQ(setxattr("l", ACCESS, &a, acl_size(&a), 0), 0);
	CHECK_ACL("f", ACCESS, "U7 G5 M7 O1");
}

CASE(only_directories_have_a_default)
{
	begin();
	touch("f", 0600);
	CHECK_ERRNO(set("f", DEFAULT, "U7 G5 O1"), EACCES);
	CHECK_EQ(removexattr("f", DEFAULT), 0);
	CHECK_ACL("f", DEFAULT, "-");
	CHECK_EQ(mkfifo("p", 0600), 0);
	CHECK_EQ(set("p", ACCESS, "U6 u6:1000 G0 M6 O0"), 0);
	CHECK_EQ(can(1000, 9, 0, "p", R_OK | W_OK), 1);
	CHECK_EQ(can(1001, 9, 0, "p", R_OK), 0);
}

CASE(who_does_not_own_it_cannot_set_it)
{
	begin();
	touch("f", 0666);
	touch("mine", 0600);
	CHECK_EQ(chown("mine", 1000, 1000), 0);
	IN_CHILD({
		CHECK_EQ(setgroups(0, NULL), 0);
		CHECK(!setgid(1000) && !setuid(1000));
		CHECK_ERRNO(set("f", ACCESS, "U6 G4 O4"), EPERM);
		CHECK_ERRNO(set("f", DEFAULT, "U6 G4 O4"), EACCES);
		CHECK_ERRNO(set("f", ACCESS, "U6 G4"), EPERM);
		CHECK_ERRNO(removexattr("f", ACCESS), EPERM);
		CHECK_EQ(set("mine", ACCESS, "U6 u6:1001 G4 M6 O4"), 0);
		CHECK_ACL("f", ACCESS, "-");
		CHECK_ACL("mine", ACCESS, "U6 u6:1001 G4 M6 O4");
	});
	/* reading it needs no right to the file */
	IN_CHILD({
		CHECK_EQ(set("mine", ACCESS, "U0 u0:1 G0 M0 O0"), 0);
		CHECK_EQ(setuid(1001), 0);
		CHECK_ACL("mine", ACCESS, "U0 u0:1 G0 M0 O0");
	});
	CHECK_EQ(mount("x", "/tmp", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
	CHECK_ERRNO(set("f", ACCESS, "U6 G4 O4"), EROFS);
	CHECK_ERRNO(removexattr("f", ACCESS), EROFS);
}

CASE(setgid_goes_for_who_is_not_in_the_group)
{
	begin();
	touch("f", 0755);
	CHECK_EQ(chown("f", 1000, 50), 0);
	CHECK_EQ(chmod("f", 02755), 0);
	IN_CHILD({
		CHECK_EQ(setgroups(0, NULL), 0);
		CHECK(!setgid(1000) && !setuid(1000));
		CHECK_EQ(set("f", DEFAULT, ""), 0);
		CHECK_MODE("f", 02755);
		CHECK_EQ(set("f", ACCESS, "U7 u7:1001 G5 M7 O5"), 0);
		CHECK_MODE("f", 0775);
	});
	CHECK_EQ(chmod("f", 02755), 0);
	CHECK_EQ(set("f", ACCESS, "U7 u7:1001 G5 M7 O5"), 0);
	CHECK_MODE("f", 02775);
}

CASE(the_change_time_moves)
{
	struct timespec tick = { .tv_nsec = 20000000 };
	struct stat before, after;

	begin();
	touch("f", 0600);
	CHECK_EQ(setxattr("f", "trusted.t", "1", 1, 0), 0);
	CHECK_EQ(stat("f", &before), 0);
	nanosleep(&tick, NULL);
	CHECK_EQ(set("f", ACCESS, "U7 u7:1001 G5 M7 O5"), 0);
	CHECK_EQ(stat("f", &after), 0);
	CHECK(memcmp(&before.st_ctim, &after.st_ctim, sizeof(after.st_ctim)));
	CHECK(!memcmp(&before.st_mtim, &after.st_mtim, sizeof(after.st_mtim)));
	before = after;
	nanosleep(&tick, NULL);
	CHECK_EQ(removexattr("f", ACCESS), 0);
	CHECK_EQ(stat("f", &after), 0);
	CHECK(memcmp(&before.st_ctim, &after.st_ctim, sizeof(after.st_ctim)));
	before = after;
	nanosleep(&tick, NULL);
	CHECK_EQ(removexattr("f", "trusted.t"), 0);
	CHECK_EQ(stat("f", &after), 0);
	CHECK(memcmp(&before.st_ctim, &after.st_ctim, sizeof(after.st_ctim)));
}

CASE(a_memfd_and_a_file_descriptor)
{
	struct acl a = parse("U6 u4:1000 G0 M4 O0"), b;
	int fd, path_fd;

	begin();
	touch("f", 0600);
	fd = open("f", O_RDONLY);
	CHECK_EQ(fsetxattr(fd, ACCESS, &a, acl_size(&a), 0), 0);
	CHECK_EQ(fgetxattr(fd, ACCESS, &b, sizeof(b)), acl_size(&a));
	CHECK_EQ(fremovexattr(fd, ACCESS), 0);
	path_fd = open("f", O_PATH);
	CHECK_ERRNO(fsetxattr(path_fd, ACCESS, &a, acl_size(&a), 0), EBADF);
	fd = memfd_create("m", 0);
	CHECK_EQ(fsetxattr(fd, ACCESS, &a, acl_size(&a), 0), 0);
	CHECK_EQ(fgetxattr(fd, ACCESS, &b, sizeof(b)), acl_size(&a));
	CHECK(!memcmp(&a, &b, acl_size(&a)));
}

/* --- who is let in --- */

CASE(named_users_and_groups_are_let_in_as_far_as_the_mask_goes)
{
	begin();
	touch("f", 0600);
	CHECK_EQ(chown("f", 1000, 100), 0);
	CHECK_EQ(set("f", ACCESS, "U4 u6:1001 u7:1002 G4 g2:200 g4:201 M6 O1"), 0);
	/* the owner has what the owner has */
	CHECK_EQ(can(1000, 200, 0, "f", R_OK), 1);
	CHECK_EQ(can(1000, 200, 0, "f", W_OK), 0);
	/* a named user, whatever groups: the first entry of his decides */
	CHECK_EQ(can(1001, 100, 0, "f", R_OK | W_OK), 1);
	CHECK_EQ(can(1001, 100, 0, "f", X_OK), 0);
	CHECK_EQ(can(1002, 100, 0, "f", R_OK | W_OK), 1);
	CHECK_EQ(can(1002, 100, 0, "f", X_OK), 0); /* the mask */
	/* groups: any one that gives it all */
	CHECK_EQ(can(1003, 100, 0, "f", R_OK), 1);
	CHECK_EQ(can(1003, 100, 200, "f", W_OK), 1);
	CHECK_EQ(can(1003, 100, 200, "f", R_OK | W_OK), 0);
	CHECK_EQ(can(1003, 9, 201, "f", R_OK), 1);
	CHECK_EQ(can(1003, 9, 201, "f", X_OK), 0); /* a member has not what others have */
	/* others */
	CHECK_EQ(can(1003, 9, 0, "f", X_OK), 1);
	CHECK_EQ(can(1003, 9, 0, "f", R_OK), 0);
	CHECK_EQ(can(0, 0, 0, "f", R_OK | W_OK | X_OK), 1);
}

CASE(a_named_user_can_have_less_than_others)
{
	begin();
	touch("f", 0644);
	CHECK_EQ(set("f", ACCESS, "U6 u0:1001 G4 g0:200 M7 O4"), 0);
	CHECK_EQ(can(1001, 9, 0, "f", R_OK), 0);
	CHECK_EQ(can(1002, 200, 0, "f", R_OK), 0);
	CHECK_EQ(can(1002, 9, 0, "f", R_OK), 1);
	CHECK_EQ(can(1002, 0, 200, "f", R_OK), 1);
}

CASE(a_mask_of_nothing_leaves_the_mode_alone)
{
	begin();
	touch("f", 0600);
	CHECK_EQ(set("f", ACCESS, "U6 u6:1001 G4 M0 O4"), 0);
	CHECK_MODE("f", 0604);
	CHECK_EQ(can(1001, 9, 0, "f", R_OK), 1);
	CHECK_EQ(can(1001, 9, 0, "f", W_OK), 0);
	CHECK_EQ(can(1002, 0, 0, "f", R_OK), 0);
}

CASE(directories_on_the_way_are_asked_too)
{
	begin();
	CHECK_EQ(mkdir("d", 0711), 0);
	CHECK_EQ(mkdir("d/e", 0755), 0);
	touch("d/e/f", 0644);
	CHECK_EQ(can(1001, 9, 0, "d/e/f", R_OK), 1);
	/* every x bit of the mode is set, and one user is kept out */
	CHECK_EQ(set("d", ACCESS, "U7 u0:1001 G1 M7 O1"), 0);
	CHECK_MODE("d", 0771);
	CHECK_EQ(can(1001, 9, 0, "d/e/f", R_OK), 0);
	CHECK_EQ(can(1002, 9, 0, "d/e/f", R_OK), 1);
	CHECK_EQ(set("d", ACCESS, "U7 u1:1001 G0 M1 O0"), 0);
	CHECK_EQ(can(1001, 9, 0, "d/e/f", R_OK), 1);
	CHECK_EQ(can(1002, 9, 0, "d/e/f", R_OK), 0);
	CHECK_EQ(removexattr("d", ACCESS), 0);
	CHECK_EQ(can(1001, 9, 0, "d/e/f", R_OK), 0);
}

/* --- chmod and the mask --- */

CASE(chmod_sets_the_mask)
{
	begin();
	touch("f", 0600);
	CHECK_EQ(set("f", ACCESS, "U6 u7:1001 G5 M7 O0"), 0);
	CHECK_MODE("f", 0670);
	CHECK_EQ(chmod("f", 0514), 0);
	CHECK_ACL("f", ACCESS, "U5 u7:1001 G5 M1 O4");
	CHECK_EQ(chmod("f", 04755), 0);
	CHECK_ACL("f", ACCESS, "U7 u7:1001 G5 M5 O5");
	CHECK_MODE("f", 04755);
	CHECK_EQ(set("f", ACCESS, "U7 u7:1001 G5 M7 O5"), 0);
	CHECK_MODE("f", 04775);
	CHECK_EQ(chown("f", 1000, 1000), 0);
	CHECK_ACL("f", ACCESS, "U7 u7:1001 G5 M7 O5");
	CHECK_MODE("f", 0775);
}

/* --- new objects --- */

CASE(a_default_list_stands_in_the_umasks_place)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "d/s" };
	int fd;

	begin();
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(set("d", DEFAULT, "U7 u7:1001 G5 M7 O0"), 0);
	umask(077);
	touch("d/f", 0666);
	CHECK_ACL("d/f", ACCESS, "U6 u7:1001 G5 M6 O0");
	CHECK_MODE("d/f", 0660);
	CHECK_ACL("d/f", DEFAULT, "-");
	CHECK_EQ(can(1001, 9, 0, "d/f", R_OK | W_OK), 1);
	CHECK_EQ(mkdir("d/e", 0777), 0);
	CHECK_ACL("d/e", ACCESS, "U7 u7:1001 G5 M7 O0");
	CHECK_ACL("d/e", DEFAULT, "U7 u7:1001 G5 M7 O0");
	CHECK_MODE("d/e", 0770);
	touch("d/e/g", 0604);
	CHECK_ACL("d/e/g", ACCESS, "U6 u7:1001 G5 M0 O0");
	CHECK_EQ(mknod("d/p", S_IFIFO | 0660, 0), 0);
	CHECK_ACL("d/p", ACCESS, "U6 u7:1001 G5 M6 O0");
	CHECK_EQ(mknod("d/r", S_IFREG | 0640, 0), 0);
	CHECK_ACL("d/r", ACCESS, "U6 u7:1001 G5 M4 O0");
	CHECK_EQ(symlink("f", "d/l"), 0);
	CHECK_MODE("d/l", 0777);
	fd = open("d", O_TMPFILE | O_WRONLY, 0666);
	CHECK(fd >= 0);
	CHECK_EQ(linkat(AT_FDCWD, ({ static char n[32]; sprintf(n, "/proc/self/fd/%d", fd); n; }), AT_FDCWD, "d/t", AT_SYMLINK_FOLLOW), 0);
	CHECK_ACL("d/t", ACCESS, "U6 u7:1001 G5 M6 O0");
	/* a socket's name has lost the umask before */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	umask(027);
	CHECK_EQ(bind(fd, (void *)&name, sizeof(name)), 0);
	CHECK_ACL("d/s", ACCESS, "U7 u7:1001 G5 M5 O0");
	/* what is moved in keeps what it has */
	touch("m", 0666);
	CHECK_EQ(rename("m", "d/m"), 0);
	CHECK_ACL("d/m", ACCESS, "-");
	CHECK_MODE("d/m", 0640);
}

CASE(a_default_list_without_names_is_a_mode)
{
	begin();
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(set("d", DEFAULT, "U7 G7 O1"), 0);
	umask(077);
	touch("d/f", 0666);
	CHECK_ACL("d/f", ACCESS, "-");
	CHECK_MODE("d/f", 0660);
	CHECK_EQ(mkdir("d/e", 02777), 0);
	CHECK_ACL("d/e", ACCESS, "-");
	CHECK_ACL("d/e", DEFAULT, "U7 G7 O1");
	CHECK_MODE("d/e", 0771);
	CHECK_EQ(removexattr("d", DEFAULT), 0);
	touch("d/g", 0666);
	CHECK_MODE("d/g", 0600);
}

/* --- ids --- */

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

CASE(ids_are_those_of_the_readers_user_namespace)
{
	int ready[2], mapped[2], status;
	char c = 0, path[64];
	pid_t pid;

	begin();
	touch("f", 0600);
	touch("g", 0600);
	CHECK_EQ(chown("g", 5000, 5000), 0);
	CHECK_EQ(set("f", ACCESS, "U6 u4:5007 u4:9 G0 g4:5008 M4 O0"), 0);
	CHECK(!pipe(ready) && !pipe(mapped));
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		if (unshare(CLONE_NEWUSER))
			_exit(7);
		CHECK_EQ(write(ready[1], &c, 1), 1);
		CHECK_EQ(read(mapped[0], &c, 1), 1);
		CHECK(!setgid(0) && !setuid(0));
		CHECK_ACL("f", ACCESS, "U6 u4:7 u4:-1 G0 g4:8 M4 O0");
		CHECK_EQ(set("g", ACCESS, "U6 u4:7 G0 g4:8 M4 O0"), 0);
		CHECK_ACL("g", ACCESS, "U6 u4:7 G0 g4:8 M4 O0");
		CHECK_ERRNO(set("g", ACCESS, "U6 u4:1000 G0 M4 O0"), EINVAL);
		CHECK_ERRNO(set("f", ACCESS, "U6 u4:7 G0 M4 O0"), EPERM);
		_exit(0);
	}
	CHECK_EQ(read(ready[0], &c, 1), 1);
	sprintf(path, "/proc/%d/uid_map", pid);
	write_text(path, "0 5000 100");
	sprintf(path, "/proc/%d/gid_map", pid);
	write_text(path, "0 5000 100");
	CHECK_EQ(write(mapped[1], &c, 1), 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_ACL("g", ACCESS, "U6 u4:5007 G0 g4:5008 M4 O0");
}

/* --- through an overlay --- */

CASE(an_overlay_shows_and_obeys_the_lists_of_its_layers)
{
	if (own_overlay("low/f"))
		return;
	CHECK_EQ(set("low/f", ACCESS, "U6 u6:1001 G0 M6 O0"), 0);
	if (mount_overlay())
		return;
	CHECK_ACL("all/f", ACCESS, "U6 u6:1001 G0 M6 O0");
	CHECK_EQ(can(1001, 9, 0, "all/f", R_OK | W_OK), 1);
	CHECK_EQ(can(1002, 9, 0, "all/f", R_OK), 0);
	/* copying up keeps it */
	IN_CHILD({
		CHECK_EQ(setuid(1001), 0);
		write_text("all/f", "x");
	});
	CHECK_ACL("up/f", ACCESS, "U6 u6:1001 G0 M6 O0");
	CHECK_MODE("up/f", 0660);
	CHECK_EQ(can(1001, 9, 0, "all/f", R_OK | W_OK), 1);
	CHECK_EQ(can(1002, 9, 0, "all/f", R_OK), 0);
	CHECK_EQ(chmod("all/f", 0640), 0);
	CHECK_ACL("all/f", ACCESS, "U6 u6:1001 G0 M4 O0");
	CHECK_EQ(can(1001, 9, 0, "all/f", W_OK), 0);
}

CASE(an_overlay_sets_lists_in_its_upper_layer)
{
	char list[128];

	if (own_overlay("low/f"))
		return;
	CHECK_EQ(symlink("f", "low/l"), 0);
	if (mount_overlay())
		return;
	CHECK_EQ(set("all/f", ACCESS, "U6 u4:1001 G4 M4 O0"), 0);
	CHECK_ACL("all/f", ACCESS, "U6 u4:1001 G4 M4 O0");
	CHECK_ACL("low/f", ACCESS, "-");
	CHECK_MODE("all/f", 0640);
	CHECK_EQ(listxattr("all/f", list, sizeof(list)), sizeof(ACCESS));
	CHECK_EQ(can(1001, 9, 0, "all/f", R_OK), 1);
	CHECK_ERRNO(set("all/f", DEFAULT, "U6 G4 O0"), EACCES);
	CHECK_ERRNO(set("all/f", ACCESS, "U6 O0"), EINVAL);
	CHECK_ERRNO(lsetxattr("all/l", ACCESS, &(struct acl){ .version = 2 }, 4, 0), EOPNOTSUPP);
	IN_CHILD({
		CHECK_EQ(setuid(1001), 0);
		CHECK_ERRNO(set("all/f", ACCESS, "U6 u6:1001 G4 M6 O0"), EPERM);
		CHECK_ERRNO(removexattr("all/f", ACCESS), EPERM);
	});
	CHECK_EQ(removexattr("all/f", ACCESS), 0);
	CHECK_ACL("all/f", ACCESS, "-");
	CHECK_MODE("all/f", 0640);
}

CASE(new_objects_in_an_overlay_inherit)
{
	if (own_overlay(NULL))
		return;
	CHECK_EQ(mkdir("low/d", 0755), 0);
	touch("low/d/gone", 0644);
	CHECK_EQ(mkdir("low/d/gone.d", 0755), 0);
	CHECK_EQ(set("low/d", DEFAULT, "U7 u7:1001 G5 M7 O0"), 0);
	CHECK_EQ(set("work", DEFAULT, "U7 u7:1009 G5 M7 O0"), 0);
	if (mount_overlay())
		return;
	umask(077);
	touch("all/d/f", 0666);
	CHECK_ACL("all/d/f", ACCESS, "U6 u7:1001 G5 M6 O0");
	CHECK_MODE("all/d/f", 0660);
	CHECK_EQ(mkdir("all/d/e", 0777), 0);
	CHECK_ACL("all/d/e", DEFAULT, "U7 u7:1001 G5 M7 O0");
	CHECK_ACL("all/d/e", ACCESS, "U7 u7:1001 G5 M7 O0");
	CHECK_MODE("all/d/e", 0770);
	/* where a whiteout stands the object is made aside */
	CHECK_EQ(unlink("all/d/gone"), 0);
	touch("all/d/gone", 0666);
	CHECK_ACL("all/d/gone", ACCESS, "U6 u7:1001 G5 M6 O0");
	CHECK_MODE("all/d/gone", 0660);
	CHECK_EQ(rmdir("all/d/gone.d"), 0);
	CHECK_EQ(mkdir("all/d/gone.d", 0777), 0);
	CHECK_ACL("all/d/gone.d", ACCESS, "U7 u7:1001 G5 M7 O0");
	CHECK_ACL("all/d/gone.d", DEFAULT, "U7 u7:1001 G5 M7 O0");
	/* the upper layer has them, and elsewhere the umask counts */
	CHECK_ACL("up/d/gone", ACCESS, "U6 u7:1001 G5 M6 O0");
	touch("all/plain", 0666);
	CHECK_MODE("all/plain", 0600);
	CHECK_ACL("all/plain", ACCESS, "-");
	CHECK_EQ(symlink("f", "all/d/l"), 0);
	CHECK_MODE("all/d/l", 0777);
}

TEST_MAIN()

/* SPDX-License-Identifier: GPL-2.0-only */
/* devpts_test.c - proves the file system: instances of their own, options, ptmx beside pts, limits, what cannot be done. */
#include "pty_util.h"
#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static char dir[] = "/tmp/devpts.XXXXXX";

static const char *in(const char *name)
{
	static char path[4][64];
	static int turn;
	char *p = path[turn++ % 4];

	snprintf(p, 64, "%s/%s", dir, name);
	return p;
}

/* A tmpfs with a devpts on pts, in a mount namespace of our own. False: not root. */
static int mount_own(const char *options)
{
	if (geteuid() != 0)
		return 0;
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK(mkdtemp(dir));
	CHECK_EQ(mount("tmpfs", dir, "tmpfs", 0, NULL), 0);
	CHECK_EQ(mkdir(in("pts"), 0755), 0);
	CHECK_EQ(mount("devpts", in("pts"), "devpts", 0, options), 0);
	CHECK_EQ(mknod(in("ptmx"), S_IFCHR | 0666, makedev(5, 2)), 0);
	return 1;
}

static void tear_down(void)
{
	umount2(in("pts"), MNT_DETACH);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

static int open_at(const char *ptmx)
{
	int unlock = 0;
	int fd = open(in(ptmx), O_RDWR | O_NOCTTY);

	if (fd >= 0) {
		CHECK_EQ(ioctl(fd, TIOCGPTN, &pts_number), 0);
		CHECK_EQ(ioctl(fd, TIOCSPTLCK, &unlock), 0);
	}
	return fd;
}

CASE(each_mount_has_its_own_numbers)
{
	struct statfs fs;
	int a, b;

	if (!mount_own("ptmxmode=666"))
		return;
	CHECK_EQ(statfs(in("pts"), &fs), 0);
	CHECK_EQ(fs.f_type, 0x1cd1);
	a = open_at("pts/ptmx");
	CHECK(a >= 0);
	CHECK_EQ(pts_number, 0);
	b = open_at("ptmx"); /* beside pts */
	CHECK(b >= 0);
	CHECK_EQ(pts_number, 1);
	slave = open(in("pts/1"), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	master = b;
	type("x\n");
	expect_read(slave, "x\n");
	close(a);
	CHECK_ERRNO(open(in("pts/0"), O_RDWR | O_NOCTTY), ENOENT);
	a = open_at("ptmx");
	CHECK_EQ(pts_number, 0);
	tear_down();
}

CASE(options_are_used)
{
	struct stat st;

	if (!mount_own("uid=7,gid=5,mode=620,ptmxmode=640,max=2"))
		return;
	CHECK_EQ(stat(in("pts/ptmx"), &st), 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0640);
	CHECK_EQ(st.st_rdev, makedev(5, 2));
	CHECK(open_at("ptmx") >= 0);
	CHECK_EQ(stat(in("pts/0"), &st), 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0620);
	CHECK_EQ(st.st_uid, 7);
	CHECK_EQ(st.st_gid, 5);
	CHECK(open_at("ptmx") >= 0);
	CHECK_ERRNO(open_at("ptmx"), ENOSPC);
	CHECK_EQ(mount(NULL, in("pts"), NULL, MS_REMOUNT, "mode=600,ptmxmode=600,max=3"), 0);
	CHECK(open_at("ptmx") >= 0);
	CHECK_EQ(stat(in("pts/2"), &st), 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0600);
	CHECK_EQ(stat(in("pts/ptmx"), &st), 0);
	CHECK_EQ(st.st_mode, S_IFCHR | 0600);
	tear_down();
}

CASE(bad_options_are_refused)
{
	if (!mount_own("newinstance"))
		return;
	CHECK_ERRNO(mount("devpts", in("pts"), "devpts", 0, "nosuch=1"), EINVAL);
	CHECK_ERRNO(mount("devpts", in("pts"), "devpts", 0, "mode=9"), EINVAL);
	CHECK_ERRNO(mount("devpts", in("pts"), "devpts", 0, "uid=x"), EINVAL);
	tear_down();
}

CASE(nothing_else_can_be_made_here)
{
	if (!mount_own(NULL))
		return;
	CHECK(open_at("ptmx") >= 0);
	CHECK_ERRNO(unlink(in("pts/0")), EPERM);
	CHECK_ERRNO(mkdir(in("pts/d"), 0755), EPERM);
	CHECK_ERRNO(rename(in("pts/0"), in("pts/5")), EPERM);
	CHECK_EQ(open(in("pts/f"), O_RDWR | O_CREAT, 0600), -1);
	CHECK_EQ(chmod(in("pts/0"), 0640), 0);
	CHECK_EQ(chown(in("pts/0"), 3, 4), 0);
	tear_down();
}

CASE(names_are_listed)
{
	struct dirent *entry;
	int seen = 0;
	DIR *d;

	if (!mount_own(NULL))
		return;
	CHECK(open_at("ptmx") >= 0);
	CHECK(open_at("ptmx") >= 0);
	d = opendir(in("pts"));
	CHECK(d);
	while ((entry = readdir(d)))
		seen += !strcmp(entry->d_name, "ptmx") + 10 * !strcmp(entry->d_name, "0") +
			100 * !strcmp(entry->d_name, "1");
	CHECK_EQ(seen, 111);
	closedir(d);
	tear_down();
}

CASE(slave_number_elsewhere_is_no_slave)
{
	if (!mount_own(NULL))
		return;
	CHECK(open_at("ptmx") >= 0);
	CHECK_EQ(mknod(in("fake"), S_IFCHR | 0666, makedev(136, 0)), 0);
	CHECK_ERRNO(open(in("fake"), O_RDWR | O_NOCTTY), EIO);
	tear_down();
}

CASE(ptmx_without_pts_beside_it)
{
	if (!mount_own(NULL))
		return;
	CHECK_EQ(mkdir(in("sub"), 0755), 0);
	CHECK_EQ(mknod(in("sub/ptmx"), S_IFCHR | 0666, makedev(5, 2)), 0);
	CHECK_EQ(open(in("sub/ptmx"), O_RDWR | O_NOCTTY), -1);
	tear_down();
}

CASE(pair_outlives_the_unmount)
{
	if (!mount_own(NULL))
		return;
	master = open_at("ptmx");
	slave = open(in("pts/0"), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	CHECK_EQ(umount2(in("pts"), MNT_DETACH), 0);
	type("x\n");
	expect_read(slave, "x\n");
	tear_down();
}

TEST_MAIN()

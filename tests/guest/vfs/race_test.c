/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * race_test.c - proves that names stay consistent while several processes create, look up, rename, mount and remove them
 * at once, and that caches can be dropped under them. A lookup may find a name or not; it may never find something else.
 *
 * `race_ms=N` on the kernel's command line sets how long each case runs (400 ms).
 */
#define CASE_SECONDS 60 /* race_ms must be well below */
#include "check.h"
#include <dirent.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>

#define WORKERS 4
#define RUN_MS 400

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static void fresh_dir(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/tmp/race.%d", getpid());
	mkdir("/tmp", 0777);
	CHECK_EQ(mkdir(name, 0755), 0);
	CHECK_EQ(chdir(name), 0);
}

static int run_ms(void)
{
	char line[4096] = "", *word;
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd >= 0 && read(fd, line, sizeof(line) - 1) < 0)
		line[0] = 0;
	close(fd);
	word = strstr(line, "race_ms=");
	return word ? atoi(word + 8) : RUN_MS;
}

/* Run @work in WORKERS children for run_ms(); each gets its number and a round counter. */
static void run_all(void (*work)(int worker, int round))
{
	int i, status, ms = run_ms();

	for (i = 0; i < WORKERS; i++) {
		if (!fork()) {
			long long end = now_ms() + ms;
			int round = 0;

			while (now_ms() < end)
				work(i, round++);
			_exit(0);
		}
	}
	for (i = 0; i < WORKERS; i++) {
		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

static void may_fail(int ret, const char *what)
{
	if (ret < 0 && errno != ENOENT && errno != EEXIST && errno != ENOTEMPTY && errno != EINVAL && errno != EBUSY &&
	    errno != ENOTDIR && errno != EISDIR && errno != ELOOP)
		check_failed(__FILE__, __LINE__, "%s: errno %d", what, errno);
}

static void names_work(int worker, int round)
{
	struct stat st;
	char a[64], b[64];

	snprintf(a, sizeof(a), "d%d/f%d", round % 3, (round * 7 + worker) % 5);
	snprintf(b, sizeof(b), "d%d/f%d", (round + worker) % 3, (round * 3) % 5);
	switch ((round + worker) % 6) {
	case 0: {
		int fd = open(a, O_CREAT | O_RDWR, 0600);

		may_fail(fd, "open");
		if (fd >= 0)
			close(fd);
		break;
	}
	case 1:
		may_fail(rename(a, b), "rename");
		break;
	case 2:
		may_fail(unlink(a), "unlink");
		break;
	case 3:
		may_fail(link(a, b), "link");
		break;
	default:
		if (!stat(a, &st))
			CHECK(S_ISREG(st.st_mode));
		else
			may_fail(-1, "stat");
	}
}

CASE(create_rename_unlink_and_stat)
{
	fresh_dir();
	CHECK_EQ(mkdir("d0", 0755) | mkdir("d1", 0755) | mkdir("d2", 0755), 0);
	run_all(names_work);
}

static void dirs_work(int worker, int round)
{
	static const char *const dirs[] = { "a", "b", "a/b", "b/a", "a/b/c", "c", "b/a/c" };
	const char *x = dirs[(round * 5 + worker) % 7], *y = dirs[(round * 3 + 2 * worker) % 7];
	char deep[64], cwd[256];

	switch ((round + worker) % 5) {
	case 0:
		may_fail(mkdir(x, 0755), "mkdir");
		break;
	case 1:
		may_fail(rename(x, y), "rename");
		break;
	case 2:
		may_fail(rmdir(x), "rmdir");
		break;
	case 3:
		snprintf(deep, sizeof(deep), "%s/../%s/../..", x, y);
		may_fail(access(deep, F_OK), "access");
		break;
	default:
		if (!chdir(x)) {
			if (!getcwd(cwd, sizeof(cwd)))
				may_fail(-1, "getcwd");
			snprintf(cwd, sizeof(cwd), "/tmp/race.%d", getppid());
			CHECK_EQ(chdir(cwd), 0);
		}
	}
}

CASE(directories_move_under_walkers)
{
	fresh_dir();
	run_all(dirs_work);
}

static void read_work(int worker, int round)
{
	char name[32];
	struct dirent *e;
	DIR *d;

	if (worker) {
		snprintf(name, sizeof(name), "n%d", (round * 11 + worker) % 200);
		if (round & 1)
			unlink(name);
		else
			close(open(name, O_CREAT | O_WRONLY, 0600));
		return;
	}
	d = opendir(".");
	while ((e = readdir(d)))
		CHECK(e->d_name[0] == 'n' || e->d_name[0] == '.');
	closedir(d);
}

CASE(reading_a_directory_that_changes)
{
	fresh_dir();
	run_all(read_work);
}

static void drop_work(int worker, int round)
{
	int fd;

	names_work(worker, round);
	if (worker || round % 64)
		return;
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	if (fd >= 0) {
		if (write(fd, "2", 1) != 1)
			_exit(1);
		close(fd);
	}
}

CASE(caches_dropped_under_users)
{
	fresh_dir();
	CHECK_EQ(mkdir("d0", 0755) | mkdir("d1", 0755) | mkdir("d2", 0755), 0);
	run_all(drop_work);
}

static void mount_work(int worker, int round)
{
	struct stat st;

	switch ((round + worker) % 4) {
	case 0:
		may_fail(mount("x", "m", "tmpfs", 0, "size=64k"), "mount");
		break;
	case 1:
		may_fail(umount2("m", MNT_DETACH), "umount");
		break;
	default: {
		int fd = open("m/f", O_CREAT | O_RDWR, 0600);

		may_fail(fd, "open");
		CHECK_EQ(stat("m/..", &st), 0);
		if (fd >= 0)
			close(fd);
	}
	}
}

CASE(mounts_come_and_go_under_walkers)
{
	if (geteuid())
		return;
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	fresh_dir();
	CHECK_EQ(mkdir("m", 0755), 0);
	run_all(mount_work);
}

#define NR_OTHERS 16
#define NR_LOOKERS 3

/* The file system that must be found: its device while it is mounted, else 0. Each round makes another. */
struct wanted {
	unsigned int dev, round;
};

static void mount_others_and_wanted(struct wanted *wanted)
{
	struct stat st;
	int i;

	for (i = 0; i < NR_OTHERS; i++)
		CHECK_EQ(mount("x", "m", "tmpfs", 0, "size=64k"), 0);
	CHECK_EQ(mount("x", "w", "tmpfs", 0, "size=64k"), 0);
	CHECK_EQ(stat("w", &st), 0);
	__atomic_add_fetch(&wanted->round, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&wanted->dev, st.st_dev, __ATOMIC_SEQ_CST);
	for (i = 0; i < NR_OTHERS; i++)
		CHECK_EQ(umount("m"), 0);
	__atomic_store_n(&wanted->dev, 0, __ATOMIC_SEQ_CST);
	CHECK_EQ(umount("w"), 0);
}

static void look_for(struct wanted *wanted)
{
	unsigned int round = __atomic_load_n(&wanted->round, __ATOMIC_SEQ_CST);
	unsigned int dev = __atomic_load_n(&wanted->dev, __ATOMIC_SEQ_CST);
	char buf[64];

	if (!dev || !syscall(SYS_ustat, dev, buf))
		return;
	if (__atomic_load_n(&wanted->dev, __ATOMIC_SEQ_CST) == dev && __atomic_load_n(&wanted->round, __ATOMIC_SEQ_CST) == round)
		check_failed(__FILE__, __LINE__, "a mounted file system was not found: errno %d", errno);
}

/* ustat(2) and sync(2) go through all file systems: one that goes away under them is not the end of the list. */
CASE(a_file_system_is_found_while_those_before_it_go)
{
	struct wanted *wanted = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long long end = now_ms() + run_ms();
	int i, status;
	pid_t pid;

	if (geteuid())
		return;
	CHECK(wanted != MAP_FAILED);
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	fresh_dir();
	CHECK_EQ(mkdir("m", 0755) | mkdir("w", 0755), 0);
	for (i = 0; i < NR_LOOKERS; i++) {
		pid = fork();
		if (!pid) {
			while (now_ms() < end)
				look_for(wanted);
			_exit(0);
		}
	}
	while (now_ms() < end)
		mount_others_and_wanted(wanted);
	for (i = 0; i < NR_LOOKERS; i++) {
		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
}

static void write_now_and_then(long long end)
{
	int fd, err;

	while (now_ms() < end) {
		fd = open("m/written", O_CREAT | O_WRONLY, 0600);
		err = errno;
		if (fd < 0)
			CHECK_EQ(err, EROFS);
		else
			CHECK_EQ(write(fd, "x", 1) | close(fd), 1);
		sched_yield();
	}
}

/* EBUSY of a remount means that nothing has changed; and while it is read-only nobody writes. */
CASE(a_remount_is_refused_for_a_writer_or_holds_for_all)
{
	long long end = now_ms() + run_ms();
	unsigned long how = MS_REMOUNT | MS_RDONLY;
	struct statvfs st;
	int i, status, err;

	if (geteuid())
		return;
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	fresh_dir();
	CHECK_EQ(mkdir("m", 0755), 0);
	CHECK_EQ(mount("x", "m", "tmpfs", 0, "size=64k"), 0);
	CHECK_EQ(mkdir("m/d", 0755), 0);
	for (i = 0; i < WORKERS; i++) {
		if (!fork()) {
			write_now_and_then(end);
			_exit(0);
		}
	}
	while (now_ms() < end) {
		err = mount("none", "m", NULL, how, NULL) ? errno : 0;
		if (!err) {
			CHECK_ERRNO(chmod("m/d", 0700), EROFS);
			CHECK_EQ(mount("none", "m", NULL, MS_REMOUNT, NULL), 0);
			sched_yield();
			continue;
		}
		CHECK_EQ(err, EBUSY);
		CHECK_EQ(statvfs("m", &st), 0);
		CHECK(!(st.f_flag & ST_RDONLY));
	}
	for (i = 0; i < WORKERS; i++) {
		CHECK(wait(&status) > 0);
		CHECK_EQ(status, 0);
	}
	CHECK_EQ(umount("m"), 0);
}

TEST_MAIN()

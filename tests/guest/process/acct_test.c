/* SPDX-License-Identifier: GPL-2.0-only */
/* acct_test.c - proves acct: its errors, the record of each kind of end, two files in turn, pid namespaces. Runs as root. */
#include "check.h"
#include <linux/acct.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>

#define DIR "/acct-dir"

int acct(const char *path);

/* A file system with room: an account on a full one is suspended. */
static void make_dir(void)
{
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	mkdir(DIR, 0755);
	CHECK_EQ(mount("none", DIR, "tmpfs", 0, "size=4m"), 0);
}

static void make_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(close(fd), 0);
}

static struct acct_v3 record_of(const char *name, unsigned int pid)
{
	int fd = open(name, O_RDONLY);
	struct acct_v3 r;

	CHECK(fd >= 0);
	while (read(fd, &r, sizeof(r)) == sizeof(r))
		if (r.ac_pid == pid) {
			close(fd);
			return r;
		}
	check_failed(__FILE__, __LINE__, "no record of %u", pid);
}

static long size_of(const char *name)
{
	struct stat st;

	CHECK_EQ(stat(name, &st), 0);
	return st.st_size;
}

CASE(acct_looks_at_its_file)
{
	make_dir();
	CHECK_ERRNO(acct(DIR "/nothing"), ENOENT);
	CHECK_ERRNO(acct(DIR), EISDIR);
	CHECK_ERRNO(acct("/dev/null"), EACCES);
	CHECK_ERRNO(acct((char *)8), EFAULT);
	CHECK_EQ(acct(NULL), 0);
	make_file(DIR "/f");
	CHECK_EQ(setuid(1000), 0);
	CHECK_ERRNO(acct(DIR "/f"), EPERM);
	CHECK_ERRNO(acct(NULL), EPERM);
}

static pid_t run(void (*body)(void))
{
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child) {
		body();
		_exit(0);
	}
	CHECK_EQ(waitpid(child, NULL, 0), child);
	return child;
}

static void exit_seven(void)
{
	prctl(PR_SET_NAME, "seven");
	if (setgid(78) || setuid(77))
		abort();
	_exit(7);
}

static void die(void)
{
	raise(SIGKILL);
}

static void start_program(void)
{
	execl("/bin/busybox", "busybox", "true", NULL);
}

static void touch_and_limit(void)
{
	struct { unsigned long cur, max; } none = { 0, 0 };
	char *volatile memory = malloc(4 << 20);

	memset(memory, 1, 4 << 20);
	if (syscall(160 /* setrlimit */, 1 /* RLIMIT_FSIZE */, &none))
		abort();
}

static unsigned long comp(comp_t c)
{
	return (unsigned long)(c & 0x1fff) << 3 * (c >> 13);
}

CASE(each_end_has_its_record)
{
	time_t begin = time(NULL);
	struct acct_v3 r;

	make_dir();
	make_file(DIR "/f");
	CHECK_EQ(acct(DIR "/f"), 0);

	r = record_of(DIR "/f", (unsigned int)run(exit_seven));
	CHECK_EQ(r.ac_version, 3);
	CHECK_EQ(r.ac_exitcode, 7 << 8);
	CHECK_EQ(r.ac_uid, 77);
	CHECK_EQ(r.ac_gid, 78);
	CHECK_EQ(r.ac_ppid, getpid());
	CHECK_EQ(r.ac_tty, 0);
	CHECK(!strcmp(r.ac_comm, "seven"));
	CHECK(r.ac_btime + 2 >= (unsigned long)begin && r.ac_btime <= (unsigned long)time(NULL) + 1);
	CHECK(r.ac_etime >= 0 && r.ac_etime < 100 * 1000);
	CHECK_EQ(r.ac_flag & (AFORK | AXSIG), AFORK);

	r = record_of(DIR "/f", (unsigned int)run(die));
	CHECK_EQ(r.ac_flag & (AFORK | AXSIG), AFORK | AXSIG);
	CHECK_EQ(r.ac_exitcode, SIGKILL);

	r = record_of(DIR "/f", (unsigned int)run(start_program));
	CHECK_EQ(r.ac_flag & AFORK, 0);
	CHECK(!strcmp(r.ac_comm, "busybox"));

	r = record_of(DIR "/f", (unsigned int)run(touch_and_limit)); /* the limit is not the account's */
	CHECK(comp(r.ac_mem) >= 4096);
	CHECK(comp(r.ac_minflt) >= 1); /* a fault may bring many pages */
	CHECK_EQ(acct(NULL), 0);
}

CASE(files_take_turns)
{
	pid_t pid;
	long size;

	make_dir();
	make_file(DIR "/a");
	make_file(DIR "/b");
	CHECK_EQ(acct(DIR "/a"), 0);
	record_of(DIR "/a", (unsigned int)run(exit_seven));
	CHECK_EQ(acct(DIR "/b"), 0);
	size = size_of(DIR "/a");
	CHECK_EQ(size % 64, 0);
	pid = run(exit_seven);
	record_of(DIR "/b", (unsigned int)pid);
	CHECK_EQ(size_of(DIR "/a"), size);
	CHECK_EQ(acct(NULL), 0);
	size = size_of(DIR "/b");
	run(exit_seven);
	CHECK_EQ(size_of(DIR "/b"), size);
}

/* Inside: numbers of the inside, in a file of the inside. The file outside has everybody. */
CASE(a_namespace_has_a_file_of_its_own)
{
	struct acct_v3 r;
	pid_t child;
	int status;

	make_dir();
	make_file(DIR "/outer");
	make_file(DIR "/inner");
	CHECK_EQ(acct(DIR "/outer"), 0);
	CHECK_EQ(unshare(CLONE_NEWPID), 0);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		CHECK_EQ(acct(DIR "/inner"), 0);
		CHECK_EQ(run(exit_seven), 2);
		r = record_of(DIR "/inner", 2);
		CHECK_EQ(r.ac_ppid, 1);
		_exit(0);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	r = record_of(DIR "/outer", (unsigned int)child);
	CHECK_EQ(r.ac_ppid, getpid());
	CHECK(size_of(DIR "/outer") >= 128);
	CHECK(size_of(DIR "/inner") >= 64);
	CHECK_EQ(acct(NULL), 0);
}

TEST_MAIN()

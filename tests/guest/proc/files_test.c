/* SPDX-License-Identifier: GPL-2.0-only */
/* files_test.c - proves what tools read from /proc: process figures, descriptors, maps, limits, links, sysctls, and what is refused. */
#include "check.h"
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>

static char text[1 << 17];

static char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		check_failed(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	while ((n = read(fd, text + len, sizeof text - 1 - len)) > 0)
		len += n;
	CHECK_EQ(n, 0);
	close(fd);
	text[len] = 0;
	return text;
}

/* The number behind "Name:" in a file of such lines. */
static long field(const char *path, const char *name)
{
	char *at = slurp(path), key[64];

	snprintf(key, sizeof key, "\n%s:", name);
	at = strncmp(at, key + 1, strlen(key + 1)) ? strstr(at, key) : at - 1;
	if (!at)
		check_failed(__FILE__, __LINE__, "%s has no %s", path, name);
	return strtol(at + strlen(key), NULL, 0);
}

CASE(status_says_who_we_are)
{
	prctl(PR_SET_NAME, "a (name) b");
	CHECK_EQ(field("/proc/self/status", "Pid"), getpid());
	CHECK_EQ(field("/proc/self/status", "Tgid"), getpid());
	CHECK_EQ(field("/proc/self/status", "PPid"), getppid());
	CHECK_EQ(field("/proc/self/status", "Threads"), 1);
	CHECK_EQ(field("/proc/self/status", "TracerPid"), 0);
	CHECK(strstr(slurp("/proc/self/status"), "Name:\ta (name) b\n"));
	CHECK(strstr(text, "\nState:\tR (running)\n"));
	CHECK(strstr(text, "\nUid:\t0\t0\t0\t0\n"));
	CHECK(strstr(text, "\nUmask:\t0022\n"));
	CHECK(field("/proc/self/status", "VmRSS") > 0);
	CHECK(field("/proc/self/status", "VmSize") >= field("/proc/self/status", "VmRSS"));
}

CASE(stat_keeps_its_fields_whatever_the_name)
{
	int pid, ppid, pgrp, session;
	char state, *end;

	prctl(PR_SET_NAME, ") R 1 2 (");
	end = strrchr(slurp("/proc/self/stat"), ')');
	CHECK_EQ(sscanf(text, "%d (", &pid), 1);
	CHECK_EQ(sscanf(end, ") %c %d %d %d", &state, &ppid, &pgrp, &session), 4);
	CHECK_EQ(pid, getpid());
	CHECK_EQ(ppid, getppid());
	CHECK_EQ(pgrp, getpgrp());
	CHECK_EQ(session, getsid(0));
	CHECK_EQ(state, 'R');
	int spaces = 0;

	for (char *p = end; *p; p++)
		spaces += *p == ' ';
	CHECK_EQ(spaces, 50); /* 52 fields */
}

CASE(command_line_and_environment)
{
	CHECK(strstr(slurp("/proc/self/cmdline"), "files"));
	CHECK(slurp("/proc/self/comm")[0]);
	int fd = open("/proc/self/comm", O_WRONLY);

	CHECK_EQ(write(fd, "a name that is much too long\n", 29), 29);
	CHECK(!strcmp(slurp("/proc/self/comm"), "a name that is \n"));
}

CASE(descriptors_are_links)
{
	char path[64], name[128] = "";
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC), pipes[2];
	struct stat a, b;

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	CHECK(readlink(path, name, sizeof name - 1) == 9 && !strcmp(name, "/dev/null"));
	CHECK_EQ(stat(path, &a), 0);
	CHECK_EQ(fstat(fd, &b), 0);
	CHECK_EQ(a.st_rdev, b.st_rdev);
	CHECK_EQ(lstat(path, &a), 0);
	CHECK_EQ(a.st_mode, S_IFLNK | 0700);
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	CHECK(strstr(slurp(path), "flags:\t02100002\n")); /* O_CLOEXEC | O_LARGEFILE | O_RDWR */
	CHECK_EQ(pipe(pipes), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", pipes[0]);
	memset(name, 0, sizeof name);
	CHECK(readlink(path, name, sizeof name - 1) > 0 && !strncmp(name, "pipe:[", 6));
	close(fd);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	CHECK_ERRNO(readlink(path, name, sizeof name), ENOENT);
	int gone = memfd_create("name", 0);

	snprintf(path, sizeof path, "/proc/self/fd/%d", gone);
	memset(name, 0, sizeof name);
	CHECK(readlink(path, name, sizeof name - 1) > 0 && !strcmp(name, "/memfd:name (deleted)"));
}

CASE(the_network_is_shown_through_a_process)
{
	char name[64] = "", path[64];

	CHECK(readlink("/proc/net", name, sizeof name - 1) == 8 && !strcmp(name, "self/net"));
	CHECK(strstr(slurp("/proc/net/unix"), "RefCount"));
	snprintf(path, sizeof path, "/proc/%d/net/unix", getppid());
	CHECK(strstr(slurp(path), "RefCount"));
	CHECK(strstr(slurp("/proc/thread-self/net/unix"), "RefCount"));
}

CASE(an_unlinked_file_opens_again_through_its_descriptor)
{
	char path[64], name[128] = "", byte = 0;
	int fd = open("/tmp/gone", O_RDWR | O_CREAT, 0600), again;

	CHECK_EQ(write(fd, "x", 1), 1);
	CHECK_EQ(unlink("/tmp/gone"), 0);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	CHECK(readlink(path, name, sizeof name - 1) > 0);
	CHECK(!strcmp(name, "/tmp/gone (deleted)"));
	again = open(path, O_RDONLY);
	CHECK(again >= 0);
	CHECK_EQ(read(again, &byte, 1), 1);
	CHECK_EQ(byte, 'x');
}

CASE(maps_show_each_area_with_its_rights)
{
	char line[128], *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK_EQ(mprotect(p + 4096, 4096, PROT_NONE), 0);
	snprintf(line, sizeof line, "%lx-%lx ---p 00000000 00:00 0", (long)p + 4096, (long)p + 8192);
	CHECK(strstr(slurp("/proc/self/maps"), line));
	CHECK(strstr(text, "[stack]") && strstr(text, "[vdso]") && strstr(text, "[vvar]") && strstr(text, "/tests/proc.files"));
	CHECK(strstr(text, "r-xp"));
	p[0] = 1;
	CHECK(field("/proc/self/smaps_rollup", "Rss") > 0);
	CHECK(strstr(slurp("/proc/self/smaps"), "VmFlags: "));
}

/* What fits into a page ends with a record: programs that read until they get less than they asked for stop there. */
CASE(a_read_of_a_list_ends_with_a_whole_line)
{
	char *p = mmap(NULL, 400 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), buf[16384];
	int fd = open("/proc/self/maps", O_RDONLY), reads = 0;
	ssize_t n, all = 0, again = 0;

	for (int i = 0; i < 400; i += 2)
		CHECK_EQ(mprotect(p + i * 4096, 4096, PROT_READ | PROT_WRITE), 0);
	for (; (n = read(fd, buf, sizeof buf)) > 0; all += n, reads++)
		CHECK(n <= 4096 && buf[n - 1] == '\n');
	CHECK_EQ(n, 0);
	CHECK(reads > 3);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	while ((n = read(fd, buf, 1000)) > 0) /* less than a page is filled to the brim, across records */
		again += n;
	CHECK_EQ(again, all);
	close(fd);
}

struct io_figures {
	long rchar, wchar, syscr, syscw;
};

static struct io_figures io_of(const char *path)
{
	return (struct io_figures){ field(path, "rchar"), field(path, "wchar"), field(path, "syscr"), field(path, "syscw") };
}

static void *moves_bytes(void *arg)
{
	char *volatile bad_address = (char *)8;
	struct io_figures before = io_of("/proc/thread-self/io"), after;
	int *p = arg;
	char buf[300];

	CHECK_EQ(write(p[1], buf, 300), 300);
	CHECK_EQ(write(p[1], buf, 5), 5);
	CHECK_EQ(read(p[0], buf, 300), 300);
	CHECK_ERRNO(read(p[0], bad_address, 1), EFAULT);
	after = io_of("/proc/thread-self/io");
	CHECK_EQ(after.wchar - before.wchar, 305);
	CHECK_EQ(after.syscw - before.syscw, 2);
	CHECK(after.rchar - before.rchar > 300 && after.rchar - before.rchar < 4096); /* the figures' own text too */
	CHECK(after.syscr - before.syscr >= 4);
	return NULL;
}

CASE(bytes_that_calls_moved_are_counted_for_threads_and_their_process)
{
	struct io_figures before = io_of("/proc/self/io"), own = io_of("/proc/thread-self/io"), after;
	pthread_t t;
	int p[2];

	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(pthread_create(&t, NULL, moves_bytes, p), 0);
	CHECK_EQ(pthread_join(t, NULL), 0);
	after = io_of("/proc/self/io");
	CHECK_EQ(after.wchar - before.wchar, 305); /* a thread that ended */
	CHECK_EQ(after.syscw - before.syscw, 2);
	CHECK(after.rchar - before.rchar > 300);
	CHECK_EQ(io_of("/proc/thread-self/io").wchar, own.wchar);
}

static void *wait_for_ever(void *arg)
{
	for (;;)
		pause();
	return arg;
}

CASE(threads_have_directories)
{
	pthread_t threads[3];
	int nr = 0;

	for (int i = 0; i < 3; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, wait_for_ever, NULL), 0);
	DIR *dir = opendir("/proc/self/task");

	CHECK(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		nr += entry->d_name[0] != '.';
	CHECK_EQ(nr, 4);
	CHECK_EQ(field("/proc/self/status", "Threads"), 4);
	char path[64], link[64] = "";

	snprintf(path, sizeof path, "%d/task/%d", getpid(), gettid());
	CHECK(readlink("/proc/thread-self", link, sizeof link - 1) > 0);
	CHECK(!strcmp(path, link));
}

CASE(a_process_that_ends_while_it_is_looked_at)
{
	char path[64];
	int pipes[2];
	char byte;

	CHECK_EQ(pipe(pipes), 0);
	pid_t pid = fork();

	if (!pid)
		_exit(read(pipes[0], &byte, 1));
	snprintf(path, sizeof path, "/proc/%d", pid);
	int dir = open(path, O_RDONLY | O_DIRECTORY), status = openat(dir, "status", O_RDONLY);

	CHECK(dir >= 0 && status >= 0);
	CHECK_EQ(write(pipes[1], "x", 1), 1);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	CHECK_ERRNO(read(status, text, 100), ESRCH);
	CHECK_ERRNO(openat(dir, "status", O_RDONLY), ESRCH);
	CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
}

CASE(a_zombie_shows_what_it_still_has)
{
	char path[64], name[8];
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	siginfo_t info;

	CHECK_EQ(waitid(P_PID, pid, &info, WEXITED | WNOWAIT), 0);
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	CHECK(strstr(slurp(path), "\nState:\tZ (zombie)\n"));
	snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
	CHECK(!slurp(path)[0]);
	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	CHECK_ERRNO(readlink(path, name, sizeof name), ENOENT);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

CASE(strangers_do_not_look_inside)
{
	char path[64], name[64];
	pid_t parent = getpid();
	int status;

	pid_t pid = fork();

	if (!pid) {
		CHECK_EQ(setresgid(65533, 65533, 65533), 0);
		CHECK_EQ(setresuid(65533, 65533, 65533), 0);
		snprintf(path, sizeof path, "/proc/%d/environ", parent);
		CHECK_ERRNO(open(path, O_RDONLY), EACCES);
		snprintf(path, sizeof path, "/proc/%d/mem", parent);
		CHECK_ERRNO(open(path, O_RDONLY), EACCES);
		snprintf(path, sizeof path, "/proc/%d/fd", parent);
		CHECK_ERRNO(open(path, O_RDONLY), EACCES);
		snprintf(path, sizeof path, "/proc/%d/cwd", parent);
		CHECK_ERRNO(readlink(path, name, sizeof name), EACCES);
		snprintf(path, sizeof path, "/proc/%d/cmdline", parent);
		CHECK(open(path, O_RDONLY) >= 0);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
}

CASE(memory_of_a_process_is_a_file)
{
	volatile long value = 0x1234;
	long got = 0, put = 0x5678;
	int fd = open("/proc/self/mem", O_RDWR);

	CHECK_EQ(pread(fd, &got, sizeof got, (off_t)&value), (long)sizeof got);
	CHECK_EQ(got, 0x1234);
	CHECK_EQ(pwrite(fd, &put, sizeof put, (off_t)&value), (long)sizeof put);
	CHECK_EQ(value, 0x5678);
	CHECK_ERRNO(pread(fd, &got, sizeof got, 0), EIO);
}

CASE(limits_are_listed)
{
	struct rlimit limit = { 100, 200 };

	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
	CHECK(strstr(slurp("/proc/self/limits"), "Max open files            100                  200                  files     \n"));
}

CASE(figures_of_the_machine)
{
	struct sysinfo info;
	long total = field("/proc/meminfo", "MemTotal");

	CHECK_EQ(sysinfo(&info), 0);
	CHECK_EQ(total, (long)(info.totalram * info.mem_unit / 1024));
	CHECK(field("/proc/meminfo", "MemAvailable") <= total);
	CHECK(strstr(slurp("/proc/cpuinfo"), "processor\t: 0\n") && strstr(text, "flags\t\t: ") && strstr(text, "bogomips\t: "));
	CHECK(!strncmp(slurp("/proc/stat"), "cpu  ", 5));
	CHECK(strstr(text, "\nbtime ") && strstr(text, "\nprocesses ") && strstr(text, "\nctxt "));
	CHECK(strtod(slurp("/proc/uptime"), NULL) > 0);
	CHECK(strchr(slurp("/proc/loadavg"), '/'));
	CHECK(strstr(slurp("/proc/filesystems"), "nodev\ttmpfs\n"));
	CHECK(strstr(slurp("/proc/mounts"), " /proc proc "));
	CHECK(!strncmp(slurp("/proc/version"), "Linux version ", 14) || !strncmp(text, "Perennial", 9));
}

CASE(sysctls_are_read_and_written)
{
	CHECK(strtol(slurp("/proc/sys/kernel/pid_max"), NULL, 10) >= 32768);
	CHECK(strtol(slurp("/proc/sys/fs/file-max"), NULL, 10) > 1000);
	CHECK(strlen(slurp("/proc/sys/kernel/random/uuid")) == 37);
	CHECK(!strcmp(slurp("/proc/sys/kernel/ostype"), "Linux\n"));
	int fd = open("/proc/sys/vm/overcommit_memory", O_WRONLY);

	CHECK(fd >= 0);
	CHECK_ERRNO(write(fd, "9\n", 2), EINVAL);
	CHECK_ERRNO(write(fd, "x\n", 2), EINVAL);
	CHECK_EQ(setresuid(65533, 65533, 65533), 0);
	CHECK_ERRNO(open("/proc/sys/vm/overcommit_memory", O_WRONLY), EACCES);
}

CASE(proc_is_read_only_where_it_should_be)
{
	CHECK_ERRNO(unlink("/proc/self/status"), EPERM);
	CHECK_ERRNO(mkdir("/proc/new", 0700), ENOENT);
	CHECK_ERRNO(open("/proc/new", O_CREAT | O_WRONLY, 0600), ENOENT);
	CHECK_ERRNO(rename("/proc/stat", "/proc/stat2"), ENOENT); /* no new name can be */
	CHECK_ERRNO(open("/proc/99999999/status", O_RDONLY), ENOENT);
	CHECK_ERRNO(open("/proc/01/status", O_RDONLY), ENOENT);
}

TEST_MAIN()

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec_test.c - proves execve and execveat by being executed: arguments, environment, the auxiliary vector, scripts, descriptors, signals,
 * credentials and threads across exec. The program runs itself with "probe" as first argument; what it finds is its exit status.
 */
#include "check.h"
#include <elf.h>
#include <pthread.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define SELF "/proc/self/exe"

extern char **environ;

/* ---- the executed side ---- */

static int probe_signals(void)
{
	struct sigaction usr1, usr2;
	sigset_t blocked, pending;

	sigaction(SIGUSR1, NULL, &usr1);
	sigaction(SIGUSR2, NULL, &usr2);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	sigpending(&pending);
	return usr1.sa_handler == SIG_DFL && usr2.sa_handler == SIG_IGN && sigismember(&blocked, SIGHUP) &&
	       sigismember(&pending, SIGHUP) && !sigismember(&blocked, SIGTERM) ? 0 : 1;
}

static int probe_auxv(void)
{
	const char *random = (const char *)getauxval(AT_RANDOM), *platform = (const char *)getauxval(AT_PLATFORM);
	const char *name = (const char *)getauxval(AT_EXECFN);
	char zero[16] = { 0 };

	if (getauxval(AT_PAGESZ) != 4096 || getauxval(AT_CLKTCK) != 100 || getauxval(AT_UID) != getuid() || getauxval(AT_EGID) != getegid())
		return 1;
	if (!random || !memcmp(random, zero, 16) || !platform || strcmp(platform, "x86_64") || !name || strcmp(name, SELF))
		return 2;
	if (getauxval(AT_PHENT) != sizeof(Elf64_Phdr) || !getauxval(AT_PHDR) || !getauxval(AT_PHNUM) || !getauxval(AT_ENTRY))
		return 3;
	return memcmp((void *)getauxval(AT_SYSINFO_EHDR), ELFMAG, SELFMAG) ? 4 : 0;
}

static int probe_arguments(int argc, char **argv)
{
	size_t bytes = 0;

	for (int i = 2; i < argc; i++)
		bytes += strlen(argv[i]) + 1;
	return bytes == 1000u * 1000 && argc == 1002 && getenv("PROBE") && !strcmp(getenv("PROBE"), "yes") ? 0 : 1;
}

static int probe_fresh(void)
{
	struct rlimit limit;
	char name[17] = "";

	prctl(PR_GET_NAME, name);
	getrlimit(RLIMIT_NPROC, &limit);
	return !strcmp(name, "exe") && limit.rlim_cur == 77 && getpid() == syscall(SYS_gettid) && prctl(PR_GET_DUMPABLE) == 1 ? 0 : 1;
}

static int probe(int argc, char **argv)
{
	const char *what = argv[1] + strlen("probe-");

	if (!strcmp(what, "signals"))
		return probe_signals();
	if (!strcmp(what, "auxv"))
		return probe_auxv();
	if (!strcmp(what, "arguments"))
		return probe_arguments(argc, argv);
	if (!strcmp(what, "fresh"))
		return probe_fresh();
	if (!strcmp(what, "pid"))
		return getpid() == atoi(argv[2]) ? 0 : 1;
	if (!strcmp(what, "fd"))
		return fcntl(atoi(argv[2]), F_GETFD) < 0 ? 1 : 0;
	return 99;
}

/* ---- the executing side ---- */

static int run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(SELF, argv);
		_exit(98);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#define RUN(...) run((char *[]){ "exec_test", __VA_ARGS__, NULL })

CASE(a_million_bytes_of_arguments_arrive)
{
	static char *argv[1003], text[1000];

	memset(text, 'a', 999);
	argv[0] = "exec_test";
	argv[1] = "probe-arguments";
	for (int i = 2; i < 1002; i++)
		argv[i] = text;
	setenv("PROBE", "yes", 1);
	CHECK_EQ(run(argv), 0);
}

CASE(too_many_arguments_are_e2big)
{
	size_t size = 200 * 1024;
	char *long_one = malloc(size);
	char *argv[] = { "exec_test", long_one, NULL };

	memset(long_one, 'x', size - 1);
	long_one[size - 1] = 0;
	CHECK_ERRNO(execv(SELF, argv), E2BIG); /* one argument: 128 KiB at most */

	char **many = calloc(100001, sizeof *many);

	long_one[100] = 0;
	for (int i = 0; i < 100000; i++)
		many[i] = long_one;
	CHECK_ERRNO(execv(SELF, many), E2BIG); /* all together: a quarter of the stack limit */
}

CASE(auxiliary_vector_describes_the_program)
{
	CHECK_EQ(RUN("probe-auxv"), 0);
}

CASE(handlers_are_reset_ignored_and_blocked_stay)
{
	sigset_t set;

	signal(SIGUSR1, exit);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_SETMASK, &set, NULL);
	IN_CHILD(raise(SIGHUP); execl(SELF, "exec_test", "probe-signals", NULL); _exit(97));
}

CASE(close_on_exec_closes_and_others_stay)
{
	char number[16];
	int keep = open("/dev/null", O_RDONLY), lose = open("/dev/null", O_RDONLY | O_CLOEXEC);

	snprintf(number, sizeof number, "%d", keep);
	CHECK_EQ(RUN("probe-fd", number), 0);
	snprintf(number, sizeof number, "%d", lose);
	CHECK_EQ(RUN("probe-fd", number), 1);
	CHECK(fcntl(lose, F_GETFD) == FD_CLOEXEC);
}

CASE(name_and_dumpable_are_new_limits_stay)
{
	struct rlimit limit = { 77, 77 };

	prctl(PR_SET_NAME, "something");
	prctl(PR_SET_DUMPABLE, 0);
	CHECK_EQ(setrlimit(RLIMIT_NPROC, &limit), 0);
	CHECK_EQ(RUN("probe-fresh"), 0);
}

static void *exec_from_thread(void *arg)
{
	char number[16];

	snprintf(number, sizeof number, "%d", getpid());
	execl(SELF, "exec_test", "probe-pid", number, NULL);
	_exit(96);
}

static void *sleep_for_ever(void *arg)
{
	for (;;)
		pause();
	return NULL;
}

CASE(exec_in_a_thread_takes_the_leaders_place)
{
	pthread_t thread;

	IN_CHILD(for (int i = 0; i < 4; i++) pthread_create(&thread, NULL, sleep_for_ever, NULL);
		 pthread_create(&thread, NULL, exec_from_thread, NULL); pthread_join(thread, NULL); _exit(95));
}

static void write_file(const char *path, const char *text, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0);
	CHECK_EQ(write(fd, text, len), (long)len);
	CHECK_EQ(fchmod(fd, mode), 0);
	close(fd);
}

static int run_path(const char *path, char *arg)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl(path, path, arg, NULL);
		_exit(errno);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

CASE(scripts_run_their_interpreter)
{
	static const char plain[] = "#!/bin/busybox sh\nexit $#\n", spaces[] = "#! \t/bin/busybox  sh \t\n[ \"$0\" = /tmp/script ] && exit 7\n";
	static const char chained[] = "#!/tmp/script\n";

	write_file("/tmp/script", plain, sizeof plain - 1, 0755);
	CHECK_EQ(run_path("/tmp/script", "one"), 1);
	write_file("/tmp/script", spaces, sizeof spaces - 1, 0755);
	CHECK_EQ(run_path("/tmp/script", NULL), 7);
	write_file("/tmp/chained", chained, sizeof chained - 1, 0755);
	CHECK_EQ(run_path("/tmp/chained", NULL), 7);
	unlink("/tmp/script");
	unlink("/tmp/chained");
}

CASE(scripts_that_cannot_run)
{
	static const char missing[] = "#!/nowhere\n", itself[] = "#!/tmp/script\n", empty[] = "#!\n";

	write_file("/tmp/script", missing, sizeof missing - 1, 0755);
	CHECK_EQ(run_path("/tmp/script", NULL), ENOENT);
	write_file("/tmp/script", itself, sizeof itself - 1, 0755);
	CHECK_EQ(run_path("/tmp/script", NULL), ELOOP);
	write_file("/tmp/script", empty, sizeof empty - 1, 0755);
	CHECK_EQ(run_path("/tmp/script", NULL), ENOEXEC);
	unlink("/tmp/script");
}

CASE(files_that_are_no_programs)
{
	write_file("/tmp/text", "echo hello\n", 11, 0755);
	CHECK_EQ(run_path("/tmp/text", NULL), ENOEXEC);
	CHECK_EQ(chmod("/tmp/text", 0644), 0);
	CHECK_EQ(run_path("/tmp/text", NULL), EACCES);
	CHECK_EQ(run_path("/tmp", NULL), EACCES);
	CHECK_EQ(run_path("/tmp/text/more", NULL), ENOTDIR);
	CHECK_EQ(run_path("", NULL), ENOENT);
	unlink("/tmp/text");
}

static void copy_self(const char *path)
{
	int in = open(SELF, O_RDONLY), out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
	char buf[65536];
	ssize_t n;

	CHECK(in >= 0 && out >= 0);
	while ((n = read(in, buf, sizeof buf)) > 0)
		CHECK_EQ(write(out, buf, n), n);
	close(in);
	close(out);
}

CASE(a_file_open_for_writing_is_etxtbsy_and_so_is_writing_a_running_one)
{
	copy_self("/tmp/copy");
	int fd = open("/tmp/copy", O_RDWR);

	CHECK(fd >= 0);
	CHECK_EQ(run_path("/tmp/copy", "probe-none"), ETXTBSY);
	close(fd);
	CHECK_EQ(run_path("/tmp/copy", "probe-none"), 99);

	int pipes[2];

	CHECK_EQ(pipe(pipes), 0);
	pid_t pid = fork();

	if (!pid) {
		dup2(pipes[0], 0);
		execl("/tmp/copy", "cat-like", "wait", NULL);
		_exit(1);
	}
	/* It answers on the pipe's other end once it runs. */
	char ready;

	close(pipes[0]);
	for (;;) {
		char link[64], name[64];
		ssize_t n;

		snprintf(link, sizeof link, "/proc/%d/exe", pid);
		n = readlink(link, name, sizeof name - 1);
		name[n > 0 ? n : 0] = 0;
		if (!strcmp(name, "/tmp/copy"))
			break;
		sched_yield();
	}
	CHECK_ERRNO(open("/tmp/copy", O_WRONLY), ETXTBSY);
	CHECK_ERRNO(truncate("/tmp/copy", 0), ETXTBSY);
	CHECK_EQ(write(pipes[1], &ready, 0), 0);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fd = open("/tmp/copy", O_WRONLY);
	CHECK(fd >= 0);
	unlink("/tmp/copy");
}

CASE(execveat_takes_descriptors)
{
	int fd = open(SELF, O_PATH), dir = open("/proc/self", O_PATH | O_DIRECTORY), script, status;
	char *argv[] = { "exec_test", "probe-none", NULL };

	for (int kind = 0; kind < 3; kind++) {
		pid_t pid = fork();

		if (!pid) {
			if (kind == 0)
				syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
			if (kind == 1)
				syscall(SYS_execveat, dir, "exe", argv, environ, 0);
			if (kind == 2)
				fexecve(fd, argv, environ);
			_exit(errno);
		}
		waitpid(pid, &status, 0);
		CHECK_EQ(WEXITSTATUS(status), 99);
	}
	CHECK_ERRNO(syscall(SYS_execveat, dir, "exe", argv, environ, AT_SYMLINK_NOFOLLOW), ELOOP);
	CHECK_ERRNO(syscall(SYS_execveat, fd, "", argv, environ, 0), ENOENT);
	CHECK_ERRNO(syscall(SYS_execveat, dir, "exe", argv, environ, 0x40000000), EINVAL);
	CHECK_ERRNO(syscall(SYS_execveat, -1, "exe", argv, environ, 0), EBADF);
	/* The interpreter could not open a descriptor that closes. */
	write_file("/tmp/script", "#!/bin/busybox sh\n", 18, 0755);
	script = open("/tmp/script", O_RDONLY | O_CLOEXEC);
	CHECK_ERRNO(syscall(SYS_execveat, script, "", argv, environ, AT_EMPTY_PATH), ENOENT);
	unlink("/tmp/script");
}

CASE(set_user_id_counts_unless_no_new_privs)
{
	int status;

	copy_self("/tmp/setid");
	CHECK_EQ(chown("/tmp/setid", 1234, 1235), 0);
	CHECK_EQ(chmod("/tmp/setid", 06755), 0);
	for (int no_new_privs = 0; no_new_privs < 2; no_new_privs++) {
		pid_t pid = fork();

		if (!pid) {
			if (no_new_privs)
				prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
			execl("/tmp/setid", "setid", "ids", NULL);
			_exit(98);
		}
		waitpid(pid, &status, 0);
		CHECK_EQ(WEXITSTATUS(status), no_new_privs ? 0 : 3);
	}
	unlink("/tmp/setid");
}

CASE(bad_vectors_are_efault_and_nothing_is_lost)
{
	char *bad[] = { "exec_test", (char *)8, NULL };

	CHECK_ERRNO(syscall(SYS_execve, SELF, bad, environ), EFAULT);
	CHECK_ERRNO(syscall(SYS_execve, SELF, 8, environ), EFAULT);
	CHECK_ERRNO(syscall(SYS_execve, (char *)8, bad, environ), EFAULT);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strncmp(argv[1], "probe-", 6))
		return probe(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "ids"))
		return (geteuid() == 1234) | (getegid() == 1235) << 1;
	if (argc > 1 && !strcmp(argv[1], "wait"))
		return read(0, argv[0], 1) < 0;
	return test_main(argc, argv, CASE_SECONDS);
}

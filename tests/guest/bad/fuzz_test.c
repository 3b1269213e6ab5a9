/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz_test.c - every call of table.def with drawn arguments, by programs that may do anything inside a house of their own.
 *
 * WHAT       A keeper is process 1 of a new pid namespace, with its own root (a tmpfs), mounts, and host name. Under it one caller after
 *            the other makes CALLS_PER_CALLER calls, half of them without any privilege. A caller that makes no progress gets SIGALRM;
 *            one that still makes none gets SIGKILL, and must then be gone within KILL_SECONDS.
 * PROVES     No sequence of calls stops the kernel (the machine is there at the end, and said no warning: tests/harness/guest.py), and
 *            every task can be killed.
 * LEFT OUT   reboot; exit and exit_group (every caller ends with one); syslog's commands that silence the console. Capabilities
 *            that reach out of the house are dropped: CAP_SYS_BOOT, CAP_SYS_TIME, CAP_SYS_NICE, CAP_SYS_PTRACE, CAP_SYS_RESOURCE,
 *            CAP_SYS_RAWIO, CAP_SYS_MODULE. A call that makes a process makes one that ends at once.
 * OPTIONS    On the kernel's command line: fuzz_seed=N fuzz_seconds=N (instead of a number of calls) fuzz_workers=N fuzz_call=NAME
 *            fuzz_verbose (seeds as callers start; with program_seconds= for long runs).
 */
#define CASE_SECONDS 120
#include "check.h"
#include "fuzz_args.h"
#include "raw_call.h"
#include <linux/capability.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>

#define CALLS_PER_CALLER 1500
#define CALLS_DEFAULT 8000
#define KILL_SECONDS 60
#define NR_LAST 8
#define MAX_WORKERS 16

struct last_call {
	int nr;
	uint64_t args[6];
	long result;
};

/* Shared by supervisor, keeper and caller of one worker. */
struct worker {
	volatile uint64_t calls;
	volatile uint64_t callers;
	volatile int failed;
	struct last_call last[NR_LAST];
	volatile uint32_t good[512]; /* by row: how often it succeeded */
	volatile uint32_t tried[512];
};

static struct {
	uint64_t seed;
	long seconds;
	int workers;
	int verbose;
	char call[32];
} options = { .seed = 1, .workers = 2 };

static void read_options(void)
{
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd >= 0 && read(fd, line, sizeof(line) - 1) < 0)
		line[0] = 0;
	close(fd);
	for (char *word = strtok(line, " \n"); word; word = strtok(NULL, " \n")) {
		if (!strncmp(word, "fuzz_seed=", 10))
			options.seed = strtoull(word + 10, NULL, 0);
		if (!strncmp(word, "fuzz_seconds=", 13))
			options.seconds = atol(word + 13);
		if (!strncmp(word, "fuzz_workers=", 13))
			options.workers = atoi(word + 13);
		if (!strncmp(word, "fuzz_call=", 10))
			snprintf(options.call, sizeof(options.call), "%s", word + 10);
		if (!strcmp(word, "fuzz_verbose"))
			options.verbose = 1;
	}
	if (options.workers < 1 || options.workers > MAX_WORKERS)
		options.workers = 2;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* --- the call itself --------------------------------------------------------------------------------------- */

/* A signal frame of drawn words. Comes back only as a signal, if at all. */
static void raw_sigreturn(void *frame)
{
	__asm__ volatile("mov %0, %%rsp\n\t"
			 "mov $15, %%eax\n\t"
			 "syscall\n\t"
			 "hlt"
			 :
			 : "r"(frame)
			 : "memory");
}

static int is_left_out(const struct call_row *row, const uint64_t *a)
{
	switch (row->nr) {
	case SYS_reboot:
	case SYS_exit:
	case SYS_exit_group:
		return 1;
	case SYS_syslog:
		return (int)a[0] >= 5 && (int)a[0] <= 8;
	default:
		return 0;
	}
}

static void one_call(struct fuzz *f, struct worker *w)
{
	int i = (int)fuzz_below(f, NR_CALL_ROWS);
	const struct call_row *row = &call_rows[i];
	struct last_call *last = &w->last[w->calls % NR_LAST];
	uint64_t a[6] = { 0 };

	if (options.call[0] && strcmp(row->name, options.call) && fuzz_below(f, 4))
		return;
	if (!row->is_present && fuzz_below(f, 50))
		return;
	for (int n = 0; n < row->nr_args; n++)
		a[n] = fuzz_arg(f, row, n);
	if (is_left_out(row, a))
		return;
	if (row->nr == SYS_rt_sigreturn) {
		if (fuzz_below(f, 20))
			return;
		raw_sigreturn((void *)(fuzz_pointer(f) & ~7ull));
	}
	if (row->nr == SYS_clone)
		a[1] = 0;
	last->nr = row->nr;
	memcpy(last->args, a, sizeof(a));
	last->result = 1;
	last->result = raw_call(row->nr, a);
	w->tried[i]++;
	if (last->result >= 0) {
		w->good[i]++;
		if (row->nr == SYS_fork || row->nr == SYS_vfork || row->nr == SYS_clone || row->nr == SYS_clone3)
			f->pids[fuzz_below(f, 7)] = last->result;
	}
	w->calls++;
}

/* --- a caller ---------------------------------------------------------------------------------------------- */

static void on_signal(int sig)
{
}

static void drop_caps(void)
{
	static const int out[] = { CAP_SYS_BOOT, CAP_SYS_TIME, CAP_SYS_NICE, CAP_SYS_PTRACE, CAP_SYS_RESOURCE, CAP_SYS_RAWIO,
				   CAP_SYS_MODULE };
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	for (unsigned int i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		prctl(PR_CAPBSET_DROP, out[i], 0, 0, 0);
	syscall(SYS_capget, &head, data);
	for (unsigned int i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
		data[out[i] / 32].effective &= ~(1u << out[i] % 32);
		data[out[i] / 32].permitted &= ~(1u << out[i] % 32);
		data[out[i] / 32].inheritable &= ~(1u << out[i] % 32);
	}
	syscall(SYS_capset, &head, data);
}

static void set_limit(int what, rlim_t value)
{
	struct rlimit lim = { value, value };

	setrlimit(what, &lim);
}

/* Descriptors 3 and up: one or two of everything that has operations of its own. */
static void open_everything(void)
{
	struct sockaddr_un un = { AF_UNIX, "s1" };
	sigset_t set;
	int two[2], fd;

	for (fd = 0; fd < 60; fd++)
		close(fd);
	for (fd = 0; fd < 3; fd++)
		open("/dev/null", O_RDWR);
	open("f", O_RDWR);
	open("g", O_RDWR | O_APPEND);
	open("d", O_RDONLY | O_DIRECTORY);
	open("f", O_PATH);
	open(".", O_RDONLY);
	pipe(two);
	pipe2(two, O_NONBLOCK);
	open("fifo", O_RDWR | O_NONBLOCK);
	socketpair(AF_UNIX, SOCK_STREAM, 0, two);
	socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, two);
	socketpair(AF_UNIX, SOCK_SEQPACKET, 0, two);
	unlink("s1");
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	bind(fd, (struct sockaddr *)&un, sizeof(un));
	listen(fd, 3);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	connect(fd, (struct sockaddr *)&un, sizeof(un));
	socket(AF_UNIX, SOCK_DGRAM, 0);
	epoll_create1(0);
	syscall(SYS_eventfd2, 3, 0);
	syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	syscall(SYS_signalfd4, -1, &set, 8, O_NONBLOCK);
	syscall(SYS_memfd_create, "fuzz", 3);
	syscall(SYS_pidfd_open, getpid(), 0);
	fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
	ioctl(fd, TIOCSPTLCK, &(int){ 0 });
	ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NONBLOCK);
	open("/dev/zero", O_RDWR);
	open("/dev/full", O_RDWR);
	open("/dev/urandom", O_RDWR);
	open("/proc/self/mem", O_RDWR);
	open("/proc/self/maps", O_RDONLY);
	open("/proc/self/ns/uts", O_RDONLY);
	open("/proc/self", O_RDONLY | O_DIRECTORY);
	open("/proc/sys/kernel/hostname", O_RDWR);
	syscall(SYS_fsopen, "tmpfs", 0);
	syscall(SYS_open_tree, AT_FDCWD, ".", 1);
}

static int make_arena(struct fuzz *f)
{
	f->arena = mmap((void *)0x10000000, ARENA_BYTES + 2 * FUZZ_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (f->arena == MAP_FAILED)
		return -1;
	memset(f->arena + ARENA_BYTES, 'y', FUZZ_PAGE);
	mprotect(f->arena + ARENA_BYTES, FUZZ_PAGE, PROT_READ);
	mprotect(f->arena + ARENA_BYTES + FUZZ_PAGE, FUZZ_PAGE, PROT_NONE);
	return 0;
}

static void caller(uint64_t seed, struct worker *w)
{
	struct fuzz f = { .random = seed };
	struct sigaction sa = { .sa_handler = on_signal };
	uint64_t end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	unshare(CLONE_NEWNS | CLONE_NEWUTS);
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGSEGV && sig != SIGBUS && sig != SIGILL && sig != SIGTRAP && sig != SIGFPE)
			sigaction(sig, &sa, NULL);
	set_limit(RLIMIT_AS, 256ul << 20);
	set_limit(RLIMIT_FSIZE, 1ul << 20);
	set_limit(RLIMIT_NPROC, 200);
	set_limit(RLIMIT_CORE, 0);
	open_everything();
	if (make_arena(&f))
		_exit(1);
	drop_caps();
	if (seed & 1) {
		if (setgid(65534) || setuid(65534))
			_exit(1);
	}
	f.pids[7] = getpid();
	end = w->calls + CALLS_PER_CALLER;
	for (int idle = 0; w->calls < end && idle < 100000; idle++)
		one_call(&f, w);
	_exit(0);
}

/* --- the keeper -------------------------------------------------------------------------------------------- */

static void put_file(const char *name, const char *text, size_t len, int mode)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, mode);

	if (fd >= 0 && write(fd, text, len) < 0)
		_exit(1);
	close(fd);
	chmod(name, (mode_t)mode);
}

/* What callers find in their directory; made again before each. */
static void furnish(void)
{
	char bytes[8192];

	memset(bytes, 'f', sizeof(bytes));
	put_file("f", bytes, sizeof(bytes), 0666);
	put_file("g", bytes, 100, 0666);
	put_file("script", "#! /nothing here\n", 17, 0777);
	put_file("elf", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\76\0\1\0\0\0", 24, 0777);
	mkdir("d", 0777);
	mkdir("d2", 0777);
	mkdir("d3", 0777);
	put_file("d/f", bytes, 10, 0666);
	symlink("f", "link");
	symlink("loop", "loop");
	mkfifo("fifo", 0666);
}

static void make_house(int id)
{
	char root[32];

	mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
	snprintf(root, sizeof(root), "/tmp/house%d", id);
	mkdir(root, 0755);
	if (mount("house", root, "tmpfs", 0, "size=16m,nr_inodes=4000,mode=777") || chdir(root) || chroot("."))
		_exit(2);
	mkdir("/proc", 0755);
	mkdir("/dev", 0755);
	mkdir("/work", 0777);
	mount("proc", "/proc", "proc", 0, NULL);
	mknod("/dev/null", S_IFCHR | 0666, makedev(1, 3));
	mknod("/dev/zero", S_IFCHR | 0666, makedev(1, 5));
	mknod("/dev/full", S_IFCHR | 0666, makedev(1, 7));
	mknod("/dev/urandom", S_IFCHR | 0666, makedev(1, 9));
	mknod("/dev/tty", S_IFCHR | 0666, makedev(5, 0));
	mknod("/dev/ptmx", S_IFCHR | 0666, makedev(5, 2));
	mkdir("/dev/pts", 0755);
	mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=666");
	put_file("/.house", "", 0, 0644);
	if (chdir("/work"))
		_exit(2);
}

static const char *name_of(int nr)
{
	for (int i = 0; i < NR_CALL_ROWS; i++)
		if (call_rows[i].nr == nr)
			return call_rows[i].name;
	return "?";
}

/* The call that is being made, or was the last. */
static const struct last_call *last_of(const struct worker *w)
{
	const struct last_call *last = &w->last[w->calls % NR_LAST];

	return last->result == 1 || !w->calls ? last : &w->last[(w->calls - 1) % NR_LAST];
}

static const char *last_name(const struct worker *w)
{
	return name_of(last_of(w)->nr);
}

/* Wait for the caller; nudge it when it stands still, then kill it. -1: it could not be killed. */
static int mind(pid_t pid, struct worker *w)
{
	uint64_t seen = w->calls, since = now_ms(), killed = 0;
	int status, nudges = 0;

	for (;;) {
		pid_t got = waitpid(-1, &status, WNOHANG | __WALL);

		if (got == pid) {
			if (options.verbose)
				dprintf(1, "  ended with %#x after %s(%#llx, %#llx, %#llx) = %ld\n", status, last_name(w),
					(unsigned long long)last_of(w)->args[0], (unsigned long long)last_of(w)->args[1],
					(unsigned long long)last_of(w)->args[2], last_of(w)->result);
			return 0;
		}
		if (got > 0)
			continue;
		if (got < 0)
			return 0; /* it went away with another wait's answer */
		usleep(2000);
		if (w->calls != seen) {
			seen = w->calls;
			since = now_ms();
			nudges = 0;
		}
		if (!killed && now_ms() - since > 8u + 20u * (unsigned int)(nudges * nudges)) {
			kill(pid, nudges < 6 ? SIGALRM : SIGKILL);
			killed = nudges++ < 6 ? 0 : now_ms();
		}
		if (killed && now_ms() - killed > KILL_SECONDS * 1000)
			return -1;
	}
}

static void keeper(int id, struct worker *w)
{
	setsid(); /* kill(0) goes to a group, whoever is in it */
	signal(SIGALRM, SIG_IGN);
	make_house(id);
	for (;;) {
		uint64_t seed = options.seed * 1000003 + (uint64_t)id * 100000007 + w->callers++;
		pid_t pid;

		furnish();
		if (options.verbose)
			dprintf(1, "  caller %d.%llu seed %llu\n", id, (unsigned long long)w->callers, (unsigned long long)seed);
		pid = fork();
		if (!pid)
			caller(seed, w);
		if (pid < 0) {
			usleep(1000);
			continue;
		}
		if (mind(pid, w)) {
			w->failed = 1;
			dprintf(1, "  worker %d: a caller that was killed is still there\n", id);
			for (;;)
				pause();
		}
		kill(-1, SIGKILL); /* what it left behind */
		while (waitpid(-1, NULL, __WALL) > 0)
			;
	}
}

/* --- the supervisor ---------------------------------------------------------------------------------------- */

static pid_t start_keeper(int id, struct worker *w)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | SIGCHLD, 0, 0, 0, 0);

	if (!pid) {
		keeper(id, w);
		_exit(0);
	}
	return pid;
}

static void print_last(const struct worker *w)
{
	for (uint64_t i = w->calls >= NR_LAST ? w->calls - NR_LAST + 1 : 0; i <= w->calls; i++) {
		const struct last_call *last = &w->last[i % NR_LAST];

		dprintf(1, "  %s(%#llx, %#llx, %#llx, %#llx, %#llx, %#llx) = %ld\n", name_of(last->nr), (unsigned long long)last->args[0],
			(unsigned long long)last->args[1], (unsigned long long)last->args[2],
			(unsigned long long)last->args[3], (unsigned long long)last->args[4],
			(unsigned long long)last->args[5], last->result);
	}
}

/* Long runs say which calls never succeeded: that is where the arguments are not good enough. */
static void print_coverage(const struct worker *workers)
{
	for (int i = 0; i < NR_CALL_ROWS; i++) {
		uint64_t good = 0, tried = 0;

		for (int n = 0; n < options.workers; n++) {
			good += workers[n].good[i];
			tried += workers[n].tried[i];
		}
		if (call_rows[i].is_present && !good)
			dprintf(1, "  never succeeded: %s (%llu times)\n", call_rows[i].name, (unsigned long long)tried);
	}
}

static int is_done(const struct worker *workers, uint64_t end_ms)
{
	uint64_t calls = 0;

	if (options.seconds)
		return now_ms() >= end_ms;
	for (int i = 0; i < options.workers; i++)
		calls += workers[i].calls;
	return calls >= CALLS_DEFAULT;
}

CASE(any_call_with_any_arguments)
{
	struct worker *workers = mmap(NULL, sizeof(*workers) * MAX_WORKERS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t keepers[MAX_WORKERS];
	uint64_t end_ms = now_ms() + (uint64_t)options.seconds * 1000, calls = 0, callers = 0;
	int failed = 0;

	CHECK(workers != MAP_FAILED);
	if (options.seconds)
		alarm((unsigned int)options.seconds + 100);
	for (int i = 0; i < options.workers; i++)
		CHECK((keepers[i] = start_keeper(i, &workers[i])) > 0);
	while (!failed && !is_done(workers, end_ms)) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		for (int i = 0; i < options.workers; i++) {
			failed |= workers[i].failed;
			if (pid > 0 && keepers[i] == pid) /* it let itself be killed: a new house */
				CHECK((keepers[i] = start_keeper(i, &workers[i])) > 0);
		}
		usleep(20000);
	}
	for (int i = 0; i < options.workers; i++) {
		kill(keepers[i], SIGKILL);
		if (workers[i].failed)
			print_last(&workers[i]);
		calls += workers[i].calls;
		callers += workers[i].callers;
	}
	CHECK_EQ(failed, 0);
	for (int i = 0; i < options.workers; i++)
		CHECK_EQ(waitpid(keepers[i], NULL, __WALL), keepers[i]);
	if (options.seconds) {
		dprintf(1, "  %llu calls by %llu callers\n", (unsigned long long)calls, (unsigned long long)callers);
		print_coverage(workers);
	}
}

int main(int argc, char **argv)
{
	if (!access("/.house", F_OK))
		return 0; /* a caller found its way to this program */
	read_options();
	return test_main(argc, argv, CASE_SECONDS);
}

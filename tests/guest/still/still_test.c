/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * still_test.c - proves that stillness is reached under load and that no program can tell.
 *
 * Two hundred tasks check themselves while they block: a load for each call of table.def that may wait for a condition (data_loads.h,
 * shared_loads.h, task_loads.h; the first case compares the two lists), loads that make every call that may wait for a device
 * (file_loads.h; the rounds count them and compare), and several groups of loads that join kinds of wait (mixed_loads.h). The conductor
 * stops and releases everything, again and again, by /sys/kernel/debug/still. The case ends when each load has had turns after the
 * last round, so a wake-up that was lost is seen. A kernel without that file (Linux) runs the same loads unstopped: that proves the loads.
 *
 * `still_rounds=N` on the kernel's command line sets the number of rounds (40). The time of a round is the kernel's, from
 * the request until everything stands; with `-icount shift=0` a nanosecond of it is an instruction. Figures are
 * printed, and judged only as far as a busy host cannot matter.
 */
#define CASE_SECONDS 1300
#define _GNU_SOURCE
#include "call_list.h"
#include "data_loads.h"
#include "file_loads.h"
#include "mixed_loads.h"
#include "shared_loads.h"
#include "task_loads.h"
#include <dirent.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define NR_GROUPS   6
#define ROUNDS	    40
#define LIMIT_MS    "20000\n"
#define STILL	    "/sys/kernel/debug/still"

struct load {
	const char *name;
	void (*run)(void);
	const char *also; /* calls that this load makes too */
};

static const struct load call_loads[] = {
	{ .name = "read", .run = load_read },
	{ .name = "write", .run = load_write },
	{ .name = "poll", .run = load_poll },
	{ .name = "ioctl", .run = load_ioctl },
	{ .name = "pread64", .run = load_pread64, .also = "pwrite64" },
	{ .name = "readv", .run = load_readv },
	{ .name = "writev", .run = load_writev },
	{ .name = "select", .run = load_select },
	{ .name = "pause", .run = load_pause },
	{ .name = "nanosleep", .run = load_nanosleep },
	{ .name = "sendfile", .run = load_sendfile },
	{ .name = "accept", .run = load_accept, .also = "connect" },
	{ .name = "sendto", .run = load_sendto },
	{ .name = "recvfrom", .run = load_recvfrom },
	{ .name = "sendmsg", .run = load_sendmsg },
	{ .name = "recvmsg", .run = load_recvmsg },
	{ .name = "wait4", .run = load_wait4 },
	{ .name = "fcntl", .run = load_fcntl },
	{ .name = "flock", .run = load_flock },
	{ .name = "syslog", .run = load_syslog },
	{ .name = "rt_sigtimedwait", .run = load_rt_sigtimedwait },
	{ .name = "rt_sigsuspend", .run = load_rt_sigsuspend },
	{ .name = "futex", .run = load_futex_order },
	{ .name = "prctl", .run = load_prctl },
	{ .name = "restart_syscall", .run = load_restart_syscall },
	{ .name = "clock_nanosleep", .run = load_clock_nanosleep },
	{ .name = "epoll_wait", .run = load_epoll_wait },
	{ .name = "waitid", .run = load_waitid },
	{ .name = "pselect6", .run = load_pselect6 },
	{ .name = "ppoll", .run = load_ppoll },
	{ .name = "splice", .run = load_splice },
	{ .name = "tee", .run = load_tee },
	{ .name = "vmsplice", .run = load_vmsplice },
	{ .name = "epoll_pwait", .run = load_epoll_pwait },
	{ .name = "accept4", .run = load_accept4 },
	{ .name = "preadv", .run = load_preadv, .also = "pwritev" },
	{ .name = "recvmmsg", .run = load_recvmmsg },
	{ .name = "sendmmsg", .run = load_sendmmsg },
	{ .name = "preadv2", .run = load_preadv2 },
	{ .name = "pwritev2", .run = load_pwritev2 },
	{ .name = "clone3", .run = load_clone3 },
	{ .name = "epoll_pwait2", .run = load_epoll_pwait2 },
	{ .name = "futex_waitv", .run = load_futex_waitv },
};
#define NR_CALL_LOADS (int)(sizeof call_loads / sizeof call_loads[0])

static const struct load mixed_loads[] = {
	{ .name = "pipe", .run = load_pipe },
	{ .name = "futex", .run = load_futex },
	{ .name = "requeue", .run = load_requeue },
	{ .name = "vfork", .run = load_vfork, .also = "vfork" },
	{ .name = "stopped job", .run = load_stopped_job },
	{ .name = "timed waits", .run = load_timed_waits },
	{ .name = "epoll", .run = load_epoll },
	{ .name = "file", .run = load_file },
	{ .name = "populate", .run = load_populate },
	{ .name = "move_pages", .run = load_move_pages },
	{ .name = "signals", .run = load_signals },
};
#define NR_MIXED (int)(sizeof mixed_loads / sizeof mixed_loads[0])

static const struct load file_loads[] = {
	{ .name = "names", .run = load_names },		  { .name = "attributes", .run = load_attributes },
	{ .name = "data", .run = load_data },		  { .name = "page faults", .run = load_faults },
	{ .name = "programs", .run = load_programs },	  { .name = "mounts", .run = load_mounts },
	{ .name = "accounts", .run = load_accounts },	  { .name = "memory", .run = load_others_memory },
	{ .name = "bind", .run = load_bind },
};
#define NR_FILE_LOADS (int)(sizeof file_loads / sizeof file_loads[0])
#define NR_LOADS      (NR_CALL_LOADS + NR_FILE_LOADS + NR_GROUPS * NR_MIXED)

/* On a share the calls that never meet it need not be there. */
static int nr_loads(void)
{
	return is_share() ? NR_GROUPS * NR_FILE_LOADS : NR_LOADS;
}

static const struct load *load_at(int i)
{
	if (is_share())
		return &file_loads[i % NR_FILE_LOADS];
	if (i < NR_CALL_LOADS)
		return &call_loads[i];
	i -= NR_CALL_LOADS;
	return i < NR_FILE_LOADS ? &file_loads[i] : &mixed_loads[(i - NR_FILE_LOADS) % NR_MIXED];
}

static int is_by(const struct load *load, const char *call)
{
	return !strcmp(load->name, call) || (load->also && !strcmp(load->also, call));
}

static int has_load(const char *call)
{
	for (int i = 0; i < NR_CALL_LOADS; i++)
		if (is_by(&call_loads[i], call))
			return 1;
	for (int i = 0; i < NR_MIXED; i++)
		if (mixed_loads[i].also && !strcmp(mixed_loads[i].also, call))
			return 1;
	return 0;
}

static int may_block(const struct call_row *row)
{
	return !strcmp(row->wait, "level") || !strcmp(row->wait, "edge") || !strcmp(row->wait, "boundary");
}

CASE(every_call_that_waits_for_a_condition_has_a_load)
{
	int nr = 0;

	for (int i = 0; i < NR_CALL_ROWS; i++) {
		if (!may_block(&call_rows[i]))
			continue;
		nr++;
		if (!has_load(call_rows[i].name))
			check_failed(__FILE__, __LINE__, "%s may block and has no load", call_rows[i].name);
	}
	CHECK(nr >= 44);
}

/* --- the conductor ------------------------------------------------------------------------------------------------- */

struct figures {
	int nr;
	long *ns;
	long slowest_ns;
	char slowest[512];
};

static int compare_longs(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

static const char *call_name(int nr)
{
	for (int i = 0; i < NR_CALL_ROWS; i++)
		if (call_rows[i].nr == nr)
			return call_rows[i].name;
	return "no call";
}

/* The number after @key in the kernel's report. */
static long field(const char *report, const char *key)
{
	const char *at = strstr(report, key);

	CHECK(at);
	return strtol(at + strlen(key), NULL, 0);
}

static void still_round(int fd, struct figures *figures)
{
	char report[512];
	int failed = pwrite(fd, LIMIT_MS, strlen(LIMIT_MS), 0) < 0 ? errno : 0;
	ssize_t n = pread(fd, report, sizeof report - 1, 0);

	report[n > 0 ? n : 0] = 0;
	if (failed)
		check_failed(__FILE__, __LINE__, "not still: errno %d\n%s", failed, report);
	long ns = field(report, "took_ns ");
	figures->ns[figures->nr++] = ns;
	if (ns <= figures->slowest_ns)
		return;
	figures->slowest_ns = ns;
	snprintf(figures->slowest, sizeof figures->slowest, "%.*s, %s, wait: %.*s", (int)strcspn(strstr(report, "task "), "\n"),
		 strstr(report, "task "), call_name(field(report, "call ")), (int)strcspn(strstr(report, "wait ") + 5, "\n"),
		 strstr(report, "wait ") + 5);
}

static void print_figures(struct figures *figures)
{
	long *ns = figures->ns, sum = 0;
	int nr = figures->nr;

	qsort(ns, nr, sizeof *ns, compare_longs);
	for (int i = 0; i < nr; i++)
		sum += ns[i];
	dprintf(1, "  %d rounds: median %ld us, mean %ld us, p99 %ld us, max %ld us\n", nr, ns[nr / 2] / 1000, sum / nr / 1000,
		ns[nr * 99 / 100] / 1000, ns[nr - 1] / 1000);
	dprintf(1, "  slowest: %s\n", figures->slowest);
}

static void conduct(int rounds)
{
	struct sched_param param = { 1 };
	int fd = open(STILL, O_RDWR);
	struct figures figures = { .ns = calloc(rounds, sizeof(long)) };

	if (fd < 0) {
		dprintf(1, "  no %s: the loads run unstopped\n", STILL);
		return;
	}
	sched_setscheduler(0, SCHED_FIFO, &param); /* its rounds, not its turns on the processor, are what is wanted */
	for (int i = 0; i < rounds; i++) {
		still_round(fd, &figures);
		usleep(5000);
	}
	param.sched_priority = 0;
	sched_setscheduler(0, SCHED_OTHER, &param);
	print_figures(&figures);
	close(fd);
}

static int nr_rounds(void)
{
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd < 0 || read(fd, line, sizeof line - 1) < 0)
		return ROUNDS;
	close(fd);
	return strstr(line, "still_rounds=") ? atoi(strstr(line, "still_rounds=") + 13) : ROUNDS;
}

/* --- the case ------------------------------------------------------------------------------------------------------- */

static pid_t start_load(int i)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	my_load = i;
	load_at(i)->run();
	_exit(0);
}

/* A load that failed has said why; the others need not end. */
static void look_for_failures(const pid_t *pids)
{
	int status;
	pid_t pid = waitpid(-1, &status, WNOHANG);

	if (pid <= 0)
		return;
	for (int i = 0; i < nr_loads(); i++)
		if (pids[i] == pid)
			check_failed(__FILE__, __LINE__, "load \"%s\" ended early with status %x", load_at(i)->name, status);
}

/* Until each load went on by two turns from here. */
static void all_go_on(const pid_t *pids)
{
	long since[NR_LOADS];

	for (int i = 0; i < nr_loads(); i++)
		since[i] = arena->turns[i];
	for (int i = 0; i < nr_loads(); i++)
		while (arena->turns[i] < since[i] + 2) {
			look_for_failures(pids);
			usleep(5000);
		}
}

static void print_waiting(const pid_t *pids)
{
	for (int i = 0; i < nr_loads(); i++)
		if (kill(pids[i], 0) == 0 && waitpid(pids[i], NULL, WNOHANG) == 0)
			dprintf(1, "  load \"%s\" (process %d) has not ended\n", load_at(i)->name, pids[i]);
}

static const pid_t *watched;

static void on_time_limit(int sig)
{
	print_waiting(watched);
	signal(SIGALRM, SIG_DFL);
	alarm(1);
}

/* What the loads made of each call that may wait for a device. */
static void made_so_far(long *made)
{
	for (int i = 0; i < NR_CALL_ROWS; i++)
		made[i] = atomic_load(&arena->made[call_rows[i].nr]);
}

/* Every call of the table that may wait for a device was made between the first round and the last. */
static void all_were_made(const long *before)
{
	int nr = 0;

	for (int i = 0; i < NR_CALL_ROWS; i++) {
		if (!call_rows[i].is_present || strcmp(call_rows[i].wait, "device"))
			continue;
		nr++;
		if (atomic_load(&arena->made[call_rows[i].nr]) == before[i])
			check_failed(__FILE__, __LINE__, "%s may wait for a device and has no load", call_rows[i].name);
	}
	CHECK(nr >= 84);
}

CASE(nobody_can_tell_that_the_world_stood_still)
{
	static long made[NR_CALL_ROWS];
	static pid_t pids[NR_LOADS];
	struct rlimit files = { 4096, 4096 };
	int status;

	setrlimit(RLIMIT_NOFILE, &files);
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	arena = mmap(NULL, sizeof *arena, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < nr_loads(); i++)
		pids[i] = start_load(i);
	watched = pids;
	signal(SIGALRM, on_time_limit);
	all_go_on(pids);
	made_so_far(made);
	conduct(nr_rounds());
	all_go_on(pids);
	all_were_made(made);
	arena->stop = 1;
	for (int i = 0; i < nr_loads(); i++) {
		CHECK_EQ(waitpid(pids[i], &status, 0), pids[i]);
		if (status)
			check_failed(__FILE__, __LINE__, "load \"%s\" ended with status %x", load_at(i)->name, status);
	}
}

TEST_MAIN()

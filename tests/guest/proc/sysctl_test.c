/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysctl_test.c - proves that the settings of /proc/sys have the effects they are named for: each is changed, its effect is looked at,
 * and what is out of bounds or not permitted is refused.
 */
#include "check.h"
#include "kmsg.h"
#include "text.h"
#include <linux/capability.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#define K "/proc/sys/kernel/"
#define FS "/proc/sys/fs/"
#define VM "/proc/sys/vm/"

static char *get(const char *path)
{
	static char texts[4][4096];
	static int next;

	return get_text(path, texts[next++ % 4], sizeof texts[0]);
}

static long number(const char *path)
{
	return strtol(get(path), NULL, 10);
}

/* Run @body in a child without privilege, or with what it drops; its exit status. */
#define STATUS_OF(...)                                                  \
	({                                                              \
		int status_, pid_ = fork();                             \
		CHECK(pid_ >= 0);                                       \
		if (!pid_) {                                            \
			__VA_ARGS__;                                    \
			_exit(0);                                       \
		}                                                       \
		CHECK_EQ(waitpid(pid_, &status_, 0), pid_);             \
		WIFEXITED(status_) ? WEXITSTATUS(status_) : 1000;       \
	})

static void become_nobody(void)
{
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(99);
}

static void drop_cap(int cap)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		_exit(98);
	data[cap / 32].effective &= ~(1u << cap % 32);
	if (syscall(SYS_capset, &head, data))
		_exit(97);
}

CASE(settings_take_what_they_show)
{
	static const char *const paths[] = {
		FS "file-max", FS "mount-max", FS "nr_open", FS "pipe-max-size", FS "pipe-user-pages-hard", FS "pipe-user-pages-soft",
		FS "suid_dumpable", FS "epoll/max_user_watches", K "acct", K "dmesg_restrict", K "kptr_restrict", K "ns_last_pid",
		K "overflowgid", K "overflowuid", K "panic", K "panic_on_warn", K "pid_max", K "print-fatal-signals", K "printk",
		K "printk_devkmsg", K "pty/max", K "pty/reserve", K "sched_rr_timeslice_ms", K "threads-max",
		K "unprivileged_userns_clone", VM "admin_reserve_kbytes", VM "dirty_background_ratio", VM "dirty_ratio",
		VM "dirty_expire_centisecs", VM "dirty_writeback_centisecs", VM "legacy_va_layout", VM "mmap_rnd_bits",
		VM "oom_dump_tasks", VM "oom_kill_allocating_task", VM "user_reserve_kbytes", VM "vfs_cache_pressure",
	};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		char *before = get(paths[i]);
		int error = put_text(paths[i], before);

		if (error || strcmp(before, get(paths[i])))
			check_failed(__FILE__, __LINE__, "%s: %s", paths[i], strerror(error));
	}
}

CASE(what_is_out_of_bounds_is_refused)
{
	static const struct {
		const char *path, *text;
	} bad[] = {
		{ FS "mount-max", "0" },		{ FS "nr_open", "63" },
		{ FS "pipe-max-size", "x" },		{ FS "suid_dumpable", "3" },
		{ FS "suid_dumpable", "-1" },		{ FS "file-max", "x" },
		{ K "dmesg_restrict", "2" },		{ K "kptr_restrict", "3" },
		{ K "ns_last_pid", "-1" },		{ K "overflowuid", "65536" },
		{ K "overflowgid", "-1" },		{ K "panic_on_warn", "2" },
		{ K "printk_devkmsg", "perhaps" },	{ K "threads-max", "0" },
		{ K "pty/max", "-1" },			{ VM "dirty_ratio", "101" },
		{ VM "dirty_background_ratio", "-1" },	{ VM "dirty_bytes", "4096" },
		{ VM "dirty_background_bytes", "0" },	{ VM "mmap_rnd_bits", "27" },
		{ VM "mmap_rnd_bits", "33" },		{ VM "vfs_cache_pressure", "-1" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *before = get(bad[i].path);
		int error = change_setting(bad[i].path, bad[i].text);

		if (error != EINVAL || strcmp(before, get(bad[i].path)))
			check_failed(__FILE__, __LINE__, "%s takes %s: %d", bad[i].path, bad[i].text, error);
	}
}

CASE(facts_are_not_written)
{
	struct utsname name;

	CHECK_EQ(uname(&name), 0);
	CHECK(!strncmp(get(K "arch"), name.machine, strlen(name.machine)));
	CHECK_EQ(STATUS_OF(become_nobody(); CHECK_EQ(put_text(K "arch", "pdp11"), EACCES)), 0);
	CHECK_EQ(STATUS_OF(drop_cap(CAP_SYS_ADMIN); CHECK_EQ(change_setting(K "dmesg_restrict", "0"), EPERM);
			  CHECK_EQ(change_setting(K "kptr_restrict", "0"), EPERM)),
		 0);
}

CASE(a_boot_has_one_name_and_each_look_a_fresh_number)
{
	char first[64];

	strcpy(first, get("/proc/sys/kernel/random/boot_id"));
	CHECK_EQ(strlen(first), 37);
	CHECK(!strcmp(first, get("/proc/sys/kernel/random/boot_id")));
	strcpy(first, get("/proc/sys/kernel/random/uuid"));
	CHECK_EQ(strlen(first), 37);
	CHECK(strcmp(first, get("/proc/sys/kernel/random/uuid")));
}

#define NR_FILES 600

struct counts {
	long files, inodes, state_inodes, dentries;
};

static struct counts read_counts(void)
{
	return (struct counts){ number(FS "file-nr"), number(FS "inode-nr"), number(FS "inode-state"), number(FS "dentry-state") };
}

/* How much the counts grow by NR_FILES new files that are open. */
static struct counts growth(void)
{
	struct counts before = read_counts(), now;
	char path[64];
	int fds[NR_FILES];

	for (int i = 0; i < NR_FILES; i++) {
		snprintf(path, sizeof path, "/tmp/sysctl-%d", i);
		fds[i] = open(path, O_CREAT | O_RDWR, 0600);
		CHECK(fds[i] >= 0);
	}
	now = read_counts();
	for (int i = 0; i < NR_FILES; i++) {
		snprintf(path, sizeof path, "/tmp/sysctl-%d", i);
		CHECK_EQ(unlink(path), 0);
		close(fds[i]);
	}
	return (struct counts){ now.files - before.files, now.inodes - before.inodes, now.state_inodes - before.state_inodes,
				now.dentries - before.dentries };
}

CASE(open_files_and_inodes_are_counted)
{
	long files, max, inodes, unused;
	struct counts more;

	CHECK_EQ(sscanf(get(FS "file-nr"), "%ld\t0\t%ld", &files, &max), 2);
	CHECK_EQ(max, number(FS "file-max"));
	CHECK_EQ(sscanf(get(FS "inode-nr"), "%ld %ld", &inodes, &unused), 2);
	CHECK(unused <= inodes);
	do { /* until none that others left, and the kernel frees later, goes at the same time */
		more = growth();
		CHECK(more.files >= NR_FILES - 200);
	} while (more.inodes < NR_FILES || more.state_inodes < NR_FILES || more.dentries < NR_FILES);
}

CASE(file_max_stops_who_is_not_privileged)
{
	for (int i = 0; i < 600; i++) /* Linux counts by processor and looks closely only where there seem to be too many */
		CHECK(open("/dev/null", O_RDONLY) >= 0);
	CHECK_EQ(change_setting(FS "file-max", "1"), 0);
	int status = STATUS_OF(become_nobody(); _exit(open("/dev/null", O_RDONLY) < 0 ? errno : 0));
	int fd = open("/dev/null", O_RDONLY);

	CHECK_EQ(status, ENFILE);
	CHECK(fd >= 0);
}

CASE(mount_max_bounds_a_namespace)
{
	char before[64];
	int error;

	strcpy(before, get(FS "mount-max"));
	CHECK_EQ(unshare(CLONE_NEWNS), 0);
	CHECK_EQ(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	CHECK_EQ(change_setting(FS "mount-max", "1"), 0);
	error = mount("none", "/tmp", "tmpfs", 0, NULL) ? errno : 0;
	CHECK_EQ(change_setting(FS "mount-max", before), 0);
	CHECK_EQ(error, ENOSPC);
	CHECK_EQ(mount("none", "/tmp", "tmpfs", 0, NULL), 0);
}

CASE(nr_open_bounds_limits_and_descriptors)
{
	struct rlimit limit = { 4096, 4096 };
	char before[64];
	int error;

	strcpy(before, get(FS "nr_open"));
	CHECK_EQ(change_setting(FS "nr_open", "2048"), 0);
	error = setrlimit(RLIMIT_NOFILE, &limit) ? errno : 0;
	CHECK_EQ(change_setting(FS "nr_open", before), 0);
	CHECK_EQ(error, EPERM);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

CASE(epoll_watches_of_a_user_are_bounded)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(0), other = epoll_create1(0), error, pipes[2];
	char before[64];

	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(epoll_ctl(other, EPOLL_CTL_ADD, pipes[0], &event), 0);
	strcpy(before, get(FS "epoll/max_user_watches"));
	CHECK_EQ(change_setting(FS "epoll/max_user_watches", "0"), 0);
	error = epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], &event) ? errno : 0;
	CHECK_EQ(change_setting(FS "epoll/max_user_watches", before), 0);
	CHECK_EQ(error, ENOSPC);
	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, pipes[0], &event), 0);
}

CASE(pipes_of_a_user_are_bounded)
{
	CHECK_EQ(change_setting(FS "pipe-max-size", "100000"), 0);
	CHECK_EQ(number(FS "pipe-max-size"), 131072);
	int large = STATUS_OF(int p[2]; become_nobody(); pipe(p); if (fcntl(p[0], F_SETPIPE_SZ, 131072) != 131072) _exit(1);
			     _exit(fcntl(p[0], F_SETPIPE_SZ, 131073) < 0 ? errno : 0));

	CHECK_EQ(change_setting(FS "pipe-user-pages-soft", "20"), 0);
	int few = STATUS_OF(int p[2], q[2]; become_nobody(); pipe(p); pipe(q); if (fcntl(p[0], F_GETPIPE_SZ) != 65536) _exit(200);
			   if (fcntl(q[0], F_SETPIPE_SZ, 65536) >= 0 || errno != EPERM) _exit(201);
			   _exit(fcntl(q[0], F_GETPIPE_SZ) / 4096));
	int privileged = STATUS_OF(int p[2], q[2]; pipe(p); pipe(q); _exit(fcntl(q[0], F_GETPIPE_SZ) / 4096));

	CHECK_EQ(change_setting(FS "pipe-user-pages-hard", "17"), 0);
	int none = STATUS_OF(int p[2], q[2]; become_nobody(); if (pipe(p)) _exit(250); _exit(pipe(q) ? errno : 0));

	CHECK_EQ(large, EPERM);
	CHECK_EQ(few, 2);
	CHECK_EQ(privileged, 16);
	CHECK_EQ(none, ENFILE);
}

CASE(suid_dumpable_says_who_may_look)
{
	CHECK_EQ(change_setting(FS "suid_dumpable", "2"), 0);
	int two = STATUS_OF(become_nobody(); _exit(prctl(PR_GET_DUMPABLE)));

	CHECK_EQ(change_setting(FS "suid_dumpable", "1"), 0);
	int one = STATUS_OF(become_nobody(); _exit(prctl(PR_GET_DUMPABLE)));

	CHECK_EQ(change_setting(FS "suid_dumpable", "0"), 0);
	int zero = STATUS_OF(become_nobody(); _exit(prctl(PR_GET_DUMPABLE)));

	CHECK_EQ(two, 2);
	CHECK_EQ(one, 1);
	CHECK_EQ(zero, 0);
}

CASE(overflow_ids_are_shown_for_what_is_not_mapped)
{
	CHECK_EQ(change_setting(K "overflowuid", "12345"), 0);
	CHECK_EQ(change_setting(K "overflowgid", "54321"), 0);
	int status = STATUS_OF(if (unshare(CLONE_NEWUSER)) _exit(1); if (getuid() != 12345) _exit(2); if (getgid() != 54321) _exit(3));

	CHECK_EQ(status, 0);
}

CASE(user_namespaces_can_be_for_the_privileged)
{
	CHECK_EQ(change_setting(K "unprivileged_userns_clone", "0"), 0);
	int nobody = STATUS_OF(become_nobody(); _exit(unshare(CLONE_NEWUSER) ? errno : 0));
	int root = STATUS_OF(_exit(unshare(CLONE_NEWUSER) ? errno : 0));

	CHECK_EQ(change_setting(K "unprivileged_userns_clone", "1"), 0);
	CHECK_EQ(nobody, EPERM);
	CHECK_EQ(root, 0);
	CHECK_EQ(STATUS_OF(become_nobody(); _exit(unshare(CLONE_NEWUSER) ? errno : 0)), 0);
}

/* In a namespace where nobody else forks. */
CASE(the_next_pid_follows_the_last_that_was_said)
{
	CHECK_EQ(unshare(CLONE_NEWPID), 0);
	CHECK_EQ(STATUS_OF(int pid; CHECK_EQ(put_text(K "ns_last_pid", "4000"), 0); pid = fork(); if (!pid) _exit(0); wait(NULL);
			  CHECK_EQ(pid, 4001); CHECK_EQ(number(K "ns_last_pid"), 4001); drop_cap(CAP_SYS_ADMIN);
			  drop_cap(CAP_CHECKPOINT_RESTORE); CHECK_EQ(put_text(K "ns_last_pid", "5000"), EPERM)),
		 0);
}

CASE(threads_max_bounds_all_tasks)
{
	int pids[64], n, error = 0;

	CHECK_EQ(change_setting(K "threads-max", "20"), 0);
	for (n = 0; n < 64; n++) {
		pids[n] = fork();
		if (!pids[n]) {
			pause();
			_exit(0);
		}
		if (pids[n] < 0) {
			error = errno;
			break;
		}
	}
	for (int i = 0; i < n; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	CHECK(n < 64);
	CHECK_EQ(error, EAGAIN);
}

CASE(round_robin_slices_are_as_long_as_said)
{
	struct timespec ts, again;

	CHECK_EQ(change_setting(K "sched_rr_timeslice_ms", "40"), 0);
	CHECK_EQ(sched_setscheduler(0, SCHED_RR, &(struct sched_param){ 1 }), 0);
	CHECK_EQ(sched_rr_get_interval(0, &ts), 0);
	CHECK_EQ(change_setting(K "sched_rr_timeslice_ms", "0"), 0);
	CHECK_EQ(sched_rr_get_interval(0, &again), 0);
	CHECK_EQ(number(K "sched_rr_timeslice_ms"), 100);
	CHECK_EQ(ts.tv_nsec, 40000000);
	CHECK_EQ(again.tv_nsec, 100000000);
}

CASE(pseudo_terminals_are_counted_and_bounded)
{
	long before = number(K "pty/nr");
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY), error;

	if (fd < 0 && (errno == ENODEV || errno == ENOENT || errno == EIO)) {
		mkdir("/dev/pts", 0755);
		CHECK_EQ(mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=666"), 0);
		fd = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY);
	}
	CHECK(fd >= 0);
	CHECK_EQ(number(K "pty/nr"), before + 1);
	CHECK_EQ(change_setting(K "pty/max", "0"), 0);
	error = open("/dev/ptmx", O_RDWR | O_NOCTTY) < 0 ? errno : 0;
	if (error != ENOSPC)
		error = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY) < 0 ? errno : 0;
	CHECK_EQ(error, ENOSPC);
	close(fd);
}

CASE(the_log_is_for_whom_the_settings_say)
{
	char before[64], line[64], buf[64];

	CHECK_EQ(change_setting(K "dmesg_restrict", "1"), 0);
	int refused = STATUS_OF(become_nobody(); _exit(syscall(SYS_syslog, 3, buf, sizeof buf) < 0 ? errno : 0));

	CHECK_EQ(change_setting(K "dmesg_restrict", "0"), 0);
	int free = STATUS_OF(become_nobody(); _exit(syscall(SYS_syslog, 3, buf, sizeof buf) < 0 ? errno : 0));

	CHECK_EQ(refused, EPERM);
	CHECK_EQ(free, 0);
	strcpy(before, get(K "printk"));
	CHECK_EQ(change_setting(K "printk", "3\n"), 0);
	snprintf(line, sizeof line, "3%s", strchr(before, '\t'));
	CHECK(!strcmp(get(K "printk"), line));
	CHECK_EQ(change_setting(K "printk", before), 0);
	CHECK(!strcmp(get(K "printk"), before));
	CHECK_EQ(change_setting(K "printk_devkmsg", "off\n"), 0);
	int fd = open("/dev/kmsg", O_WRONLY), error = errno;

	CHECK(fd < 0);
	CHECK_EQ(error, EPERM);
}

CASE(a_share_of_dirty_memory_or_its_bytes)
{
	char ratio[64], background[64];

	keep_setting(VM "dirty_ratio"); /* a number of bytes goes when there is a share again */
	keep_setting(VM "dirty_background_ratio");
	strcpy(ratio, get(VM "dirty_ratio"));
	strcpy(background, get(VM "dirty_background_ratio"));
	CHECK_EQ(put_text(VM "dirty_bytes", "1000000"), 0);
	CHECK_EQ(number(VM "dirty_bytes"), 1000000);
	CHECK_EQ(number(VM "dirty_ratio"), 0);
	CHECK_EQ(put_text(VM "dirty_background_bytes", "500000"), 0);
	CHECK_EQ(number(VM "dirty_background_ratio"), 0);
	CHECK_EQ(put_text(VM "dirty_ratio", ratio), 0);
	CHECK_EQ(put_text(VM "dirty_background_ratio", background), 0);
	CHECK_EQ(number(VM "dirty_bytes"), 0);
	CHECK_EQ(number(VM "dirty_background_bytes"), 0);
	CHECK_EQ(number(VM "dirty_ratio"), atoi(ratio));
}

CASE(a_program_that_a_fault_ends_is_in_the_log)
{
	char line[4096];
	int log = open_log();

	CHECK_EQ(change_setting(K "print-fatal-signals", "1"), 0);
	CHECK_EQ(STATUS_OF(abort()), 1000);
	CHECK(log_has(log, "signal 6", line, sizeof line));
	close(log);
}

TEST_MAIN()

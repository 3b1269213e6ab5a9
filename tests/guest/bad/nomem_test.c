/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nomem_test.c - each allocation of a set of calls is made to fail, one after the other, until the calls succeed.
 *
 * WHAT       /proc/thread-self/fail-nth makes the n-th allocation of the thread fail, once. For n = 1, 2, ... a scenario
 *            runs with it, until n is beyond its last allocation. Then every call of the scenario must work again.
 * PROVES     A call that finds no memory says ENOMEM (EAGAIN where the manual page has that), the machine stays, and after ROUNDS rounds
 *            no object type has more live objects than before, once caches were dropped (the object registry).
 * ON LINUX   A kernel without that file passes with nothing tried: Debian's has no failure injection.
 */
#define CASE_SECONDS 100
#include "check.h"
#include <dirent.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>

#include "inject.h"

#define NTH_MAX 400
#define ROUNDS 4
#define NR_TYPES 200

static int nth_fd = -1;
static int is_injecting;

/* --- the knob ---------------------------------------------------------------------------------------------- */

static int has_knob(void)
{
	if (inject_allow_all())
		return 0;
	nth_fd = inject_open_nth();
	return nth_fd >= 0;
}

static void arm(int nth)
{
	if (inject_set_nth(nth_fd, nth) && nth)
		check_failed(__FILE__, __LINE__, "cannot arm: errno %d", errno);
}

/* What a call may say: success, or no memory while some allocation fails. */
static long may_fail(long ret, const char *what)
{
	if (ret < 0 && (!is_injecting || (errno != ENOMEM && errno != EAGAIN)))
		check_failed(__FILE__, __LINE__, "%s: %ld errno %d (%s)%s", what, ret, errno, strerror(errno),
			     is_injecting ? "" : ", and nothing was made to fail");
	return ret;
}
#define MAY(call) may_fail((long)(call), #call)
/* A lock for which there is no memory is ENOLCK. */
#define MAY_LOCK(call)                                                                                                 \
	do {                                                                                                           \
		long ret_ = (call);                                                                                    \
		may_fail(ret_ && errno == ENOLCK && is_injecting ? 0 : ret_, #call);                                  \
	} while (0)
/* Taking away what was made needs memory too; once it fails, then it does not. */
#define UNDO(call)                                                                                                     \
	do {                                                                                                           \
		errno = 0;                                                                                             \
	} while ((call) && errno == ENOMEM)

/* --- scenarios --------------------------------------------------------------------------------------------- */

static void close_two(const int *fd)
{
	close(fd[0]);
	close(fd[1]);
}

static void files(void)
{
	struct stat st;
	char text[64];
	int fd = (int)MAY(open("/tmp/nm/f", O_CREAT | O_RDWR, 0600));

	if (fd >= 0) {
		MAY(pwrite(fd, "text", 4, 100000));
		MAY(pread(fd, text, 4, 100000));
		MAY(ftruncate(fd, 10));
		close(fd);
	}
	if (!MAY(mkdir("/tmp/nm/d", 0700))) {
		MAY(rename("/tmp/nm/d", "/tmp/nm/e"));
		UNDO(rmdir("/tmp/nm/d"));
		UNDO(rmdir("/tmp/nm/e"));
	}
	if (!MAY(symlink("f", "/tmp/nm/l"))) {
		MAY(readlink("/tmp/nm/l", text, sizeof(text)));
		MAY(lstat("/tmp/nm/l", &st));
	}
	UNDO(unlink("/tmp/nm/l"));
	UNDO(unlink("/tmp/nm/f"));
}

static void pipes(void)
{
	char bytes[5000] = "";
	int fd[2], ret = pipe(fd);

	if (ret && is_injecting && errno == ENFILE) /* that is what no memory for a pipe is called, on Linux too */
		return;
	if (may_fail(ret, "pipe"))
		return;
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	if (MAY(write(fd[1], bytes, sizeof(bytes))) > 0)
		MAY(read(fd[0], bytes, 10));
	MAY(fcntl(fd[0], F_SETPIPE_SZ, 8 * 4096));
	close_two(fd);
}

static void sockets(void)
{
	char control[CMSG_SPACE(sizeof(int))] = "", byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
	int fd[2];

	if (MAY(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd)))
		return;
	*head = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int)) };
	*(int *)CMSG_DATA(head) = fd[0];
	if (MAY(sendmsg(fd[0], &msg, 0)) == 1 && MAY(recvmsg(fd[1], &msg, 0)) == 1)
		for (head = CMSG_FIRSTHDR(&msg); head; head = NULL)
			close(*(int *)CMSG_DATA(head));
	close_two(fd);
}

static void names(void)
{
	struct sockaddr_un un = { AF_UNIX, "/tmp/nm/s" };
	int fd = (int)MAY(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)), other;

	if (fd < 0)
		return;
	if (!MAY(bind(fd, (struct sockaddr *)&un, sizeof(un))) && !MAY(listen(fd, 2))) {
		other = (int)MAY(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
		if (other >= 0 && !MAY(connect(other, (struct sockaddr *)&un, sizeof(un))))
			close((int)MAY(accept(fd, NULL, NULL)));
		close(other);
	}
	close(fd);
	UNDO(unlink(un.sun_path));
}

static void events(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	sigset_t set;
	int ep = (int)MAY(epoll_create1(0)), ev = (int)MAY(syscall(SYS_eventfd2, 1, 0)), tm, sg;

	if (ep >= 0 && ev >= 0 && !MAY(epoll_ctl(ep, EPOLL_CTL_ADD, ev, &event)))
		MAY(epoll_wait(ep, &event, 1, 0));
	tm = (int)MAY(syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0));
	sigemptyset(&set);
	sg = (int)MAY(syscall(SYS_signalfd4, -1, &set, 8, 0));
	close(ep);
	close(ev);
	close(tm);
	close(sg);
}

static void memory(void)
{
	char *p;
	int fd = (int)MAY(syscall(SYS_memfd_create, "nm", 0));

	if (fd >= 0) {
		MAY(write(fd, "x", 1));
		p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
		if (p != MAP_FAILED) {
			MAY(mprotect(p, 4096, PROT_READ));
			MAY(munmap(p + 4096, 4096));
			munmap(p, 4096);
		} else {
			MAY(-1);
		}
		close(fd);
	}
	p = mmap(NULL, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		MAY(-1);
		return;
	}
	MAY(madvise(p, 16384, MADV_POPULATE_WRITE));
	MAY(mlock(p, 4096));
	munmap(p, 16384);
}

static void children(void)
{
	pid_t pid = (pid_t)MAY(fork());
	int status;

	if (!pid)
		_exit(0);
	if (pid > 0)
		waitpid(pid, &status, 0);
}

/* A program that cannot be started after its point of no return dies of it. */
static void programs(void)
{
	static char *const argv[] = { "busybox", "true", NULL };
	pid_t pid = vfork();
	int status = 0;

	if (!pid) {
		execv("/bin/busybox", argv);
		_exit(errno == ENOMEM || errno == EAGAIN ? 0 : errno);
	}
	if (pid < 0) {
		MAY(pid);
		return;
	}
	waitpid(pid, &status, 0);
	if (status && !WIFSIGNALED(status))
		check_failed(__FILE__, __LINE__, "exec ended with %#x", status);
}

static void mounts(void)
{
	if (MAY(mount("nm", "/tmp/nm", "tmpfs", 0, "size=1m")))
		return;
	MAY(mkdir("/tmp/nm/inside", 0700));
	UNDO(umount2("/tmp/nm", MNT_DETACH));
}

static void locks(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10 };
	int fd = (int)MAY(open("/tmp/nm/lock", O_CREAT | O_RDWR, 0600));

	if (fd < 0)
		return;
	MAY_LOCK(fcntl(fd, F_SETLK, &lock));
	lock = (struct flock){ .l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = 13, .l_len = 2 };
	MAY_LOCK(fcntl(fd, F_SETLK, &lock));
	MAY(setxattr("/tmp/nm/lock", "trusted.nm", "value", 5, 0));
	close(fd);
	UNDO(unlink("/tmp/nm/lock"));
}

static void reading(void)
{
	char text[256];
	struct dirent *entry;
	DIR *dir = opendir("/proc/self");
	int fd = (int)MAY(open("/proc/self/maps", O_RDONLY));

	if (fd >= 0)
		MAY(read(fd, text, sizeof(text)));
	close(fd);
	if (!dir) {
		MAY(-1);
		return;
	}
	errno = 0;
	while ((entry = readdir(dir)))
		;
	closedir(dir);
}

static void timers(void)
{
	struct sigevent sev = { .sigev_notify = SIGEV_NONE };
	int timer; /* the kernel's timer_t */

	if (!MAY(syscall(SYS_timer_create, CLOCK_MONOTONIC, &sev, &timer)))
		syscall(SYS_timer_delete, timer);
	MAY(syscall(SYS_setgroups, 3, (int[]){ 1, 2, 3 }));
}

/* --- the loop ---------------------------------------------------------------------------------------------- */

struct type_count {
	char name[32];
	long live;
};

/* Live objects by type; entries of /proc come and go with who looks. */
static int count_objects(struct type_count *types)
{
	FILE *f;
	char line[256];
	int nr = 0, drop = open("/proc/sys/vm/drop_caches", O_WRONLY);

	CHECK(write(drop, "3", 1) == 1);
	close(drop);
	CHECK((f = fopen("/sys/kernel/debug/objects", "r")));
	while (nr < NR_TYPES && fgets(line, sizeof(line), f))
		if (sscanf(line, "%31s %*s %*x %*u %ld", types[nr].name, &types[nr].live) == 2)
			nr++;
	fclose(f);
	return nr;
}

/* Deferred frees take a moment: wait for them, not for a time. */
static void check_nothing_leaked(const struct type_count *before, int nr)
{
	struct type_count now[NR_TYPES];
	int worst = -1;

	for (int tries = 0; tries < 100; tries++) {
		int n = count_objects(now);

		worst = -1;
		for (int i = 0; i < n && i < nr; i++)
			if (!strcmp(now[i].name, before[i].name) && now[i].live >= before[i].live + ROUNDS)
				worst = i;
		if (worst < 0)
			return;
		usleep(20000);
	}
	check_failed(__FILE__, __LINE__, "%s: %ld live objects, %ld before", now[worst].name, now[worst].live, before[worst].live);
}

static int sweep(void (*scenario)(void))
{
	for (int nth = 1; nth < NTH_MAX; nth++) {
		long left;

		arm(nth);
		is_injecting = 1;
		scenario();
		left = inject_nth_left(nth_fd);
		arm(0);
		is_injecting = 0;
		if (left)
			return nth;
	}
	return 0;
}

static void try_all(const char *name, void (*scenario)(void))
{
	struct type_count before[NR_TYPES];
	int nr, last = 0;

	if (!has_knob())
		return;
	mkdir("/tmp/nm", 0755);
	scenario();
	nr = count_objects(before);
	for (int round = 0; round < ROUNDS; round++) {
		last = sweep(scenario);
		CHECK(last > 1); /* something failed, and at last nothing did */
		scenario();
	}
	check_nothing_leaked(before, nr);
	dprintf(1, "  %s: %d allocations\n", name, last - 1);
}

#define SCENARIO(name)                                                                                                 \
	CASE(no_memory_for_##name)                                                                                     \
	{                                                                                                              \
		try_all(#name, name);                                                                                  \
	}
SCENARIO(files)
SCENARIO(pipes)
SCENARIO(sockets)
SCENARIO(names)
SCENARIO(events)
SCENARIO(memory)
SCENARIO(children)
SCENARIO(programs)
SCENARIO(mounts)
SCENARIO(locks)
SCENARIO(reading)
SCENARIO(timers)

TEST_MAIN()

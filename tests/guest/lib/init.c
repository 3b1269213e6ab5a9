/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * init.c - first process of a test VM: runs every program of /tests, prints what each said, powers off.
 *
 * WHAT      For each executable of /tests in name order: `== NAME`, its output, `-- NAME STATUS MILLISECONDS`. The names on
 *           the kernel command line after `tests=` (comma separated) select. At the end `== done` and power off, so a
 *           kernel that dies in between is seen by the missing line.
 * LIMITS    A program that runs longer than PROGRAM_SECONDS, or what program_seconds= says, is killed with its process group and
 *           reported as 124.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "leaks.h"

#define PROGRAM_SECONDS 240

static char selected[4096];
static long program_seconds = PROGRAM_SECONDS;
static sigset_t child_ended; /* SIGCHLD, blocked: one that comes early waits for sigtimedwait() */

static void mount_one(const char *type, const char *target)
{
	mkdir(target, 0755);
	if (mount(type, target, type, 0, NULL) && errno != EBUSY)
		dprintf(1, "init: mount %s: %s\n", target, strerror(errno));
}

static void read_selection(void)
{
	char line[4096] = "";
	int fd = open("/proc/cmdline", O_RDONLY);

	if (fd < 0)
		return;
	ssize_t n = read(fd, line, sizeof line - 1);
	close(fd);
	if (n <= 0)
		return;
	line[strcspn(line, "\n")] = 0;
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " "))
		if (!strncmp(word, "tests=", 6))
			snprintf(selected, sizeof selected, ",%s,", word + 6);
		else if (!strncmp(word, "program_seconds=", 16))
			program_seconds = atol(word + 16);
}

static int is_selected(const char *name)
{
	char key[300];

	if (!selected[0])
		return strcmp(name, "still.still") && strcmp(name, "mm.oom_rounds"); /* steps of their own */
	snprintf(key, sizeof key, ",%s,", name);
	return strstr(selected, key) != NULL;
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void block_child_ended(void)
{
	sigemptyset(&child_ended);
	sigaddset(&child_ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ended, NULL);
	/* A task keeps the queue entry of its first signal: ours is there before anything is counted. */
	raise(SIGCHLD);
	sigwaitinfo(&child_ended, NULL);
}

/* Its status, or -1 when its time is over. Orphans that end meanwhile are reaped. */
static int wait_until(pid_t pid, long end)
{
	for (;;) {
		int status;
		pid_t got = waitpid(-1, &status, WNOHANG);
		long left = end - now_ms();

		if (got == pid)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		if (got > 0)
			continue;
		if (left <= 0)
			return -1;
		sigtimedwait(&child_ended, NULL, &(struct timespec){ left / 1000, left % 1000 * 1000000 });
	}
}

static int run_program(const char *path)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		sigprocmask(SIG_UNBLOCK, &child_ended, NULL);
		setpgid(0, 0);
		execl(path, path, NULL);
		_exit(127);
	}
	if (pid < 0)
		return 126;
	status = wait_until(pid, now_ms() + program_seconds * 1000);
	kill(-pid, SIGKILL);
	if (status >= 0)
		return status;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 124;
}

static int is_program(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(void)
{
	struct dirent **names;
	struct leak_counts all, one;

	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	mount_one("devtmpfs", "/dev");
	mount_one("tmpfs", "/tmp");
	mkdir("/dev/pts", 0755);
	mount("devpts", "/dev/pts", "devpts", 0, "ptmxmode=0666");
	mkdir("/dev/shm", 0777);
	mount("tmpfs", "/dev/shm", "tmpfs", 0, NULL);
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/console", O_RDWR);
	setsid();
	read_selection();
	block_child_ended();

	leaks_begin(&all);

	int n = scandir("/tests", &names, is_program, alphasort);
	for (int i = 0; i < n; i++) {
		char path[300];

		if (!is_selected(names[i]->d_name))
			continue;
		snprintf(path, sizeof path, "/tests/%s", names[i]->d_name);
		dprintf(1, "== %s\n", names[i]->d_name);
		int is_bad = !strncmp(names[i]->d_name, "bad.", 4); /* bad inputs must leave nothing behind, each program by itself */
		long start = now_ms();

		if (is_bad)
			leaks_begin(&one);
		int status = run_program(path);
		if (is_bad)
			leaks_end(&one, names[i]->d_name);
		dprintf(1, "-- %s %d %ld\n", names[i]->d_name, status, now_ms() - start);
	}
	leaks_end(&all, NULL);
	dprintf(1, "== done\n");
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * leaks.c - the leak check: what the object registry counts before and after the tests, or before and after one of them.
 *
 * WHAT      Types whose instances belong to a process, an open file or a mount must be as many as before when every process of
 *           the tests is gone. Types that are caches (dentries, inodes, the kmalloc sizes) are not looked at, nor mm, of which an idle
 *           processor keeps the last it ran.
 *           What is freed after a grace period or by a worker gets SETTLE_STEPS to go; the caller is process 1, and orphans that end
 *           meanwhile are reaped. Processes that are left after KILL_STEP are one leak: they are killed. A boot with crash=leak plants
 *           one object of the type "planted_leak": it has no beginning, so the check must name it.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include "leaks.h"

#define OBJECTS      "/sys/kernel/debug/objects"
#define SETTLE_STEPS 1000 /* of 10 ms */
#define KILL_STEP    500 /* who still runs then is a leak by himself, and what he holds is not another one */

static const char *const types[] = {
	"task", "signal_struct", "sighand_struct", "sigqueue", "futex_waiter", "nsproxy", "uts_namespace",
	"pid_namespace", "posix_timers", "posix_timer", "pid", "files_struct", "fs_struct", "file", "file_lock",
	"pipe", "eventpoll", "epitem", "eventfd", "timerfd", "mnt_namespace", "mount", "UNIX", "pty", "shmem_object",
	"vma", "cred", "user_struct", "user_namespace", "seq_file", "filename", "mempolicy", "landlock_ruleset", "landlock_domain",
	"super_block", "fuse_rpc", "p9_rpc", "planted_leak",
};

#define NR_TYPES (sizeof types / sizeof types[0])

_Static_assert(NR_TYPES <= LEAK_TYPES_MAX, "room");

static int read_counts(long *counts)
{
	char line[256], name[64];
	long live;
	FILE *f = fopen(OBJECTS, "r");

	memset(counts, 0, NR_TYPES * sizeof *counts);
	if (!f)
		return 0;
	while (fgets(line, sizeof line, f)) {
		if (sscanf(line, "%63s %*s %*s %*s %ld", name, &live) != 2)
			continue;
		for (size_t i = 0; i < NR_TYPES; i++)
			if (!strcmp(types[i], name))
				counts[i] += live;
	}
	fclose(f);
	return 1;
}

static size_t count_grown(const long *before, const long *now)
{
	size_t n = 0;

	for (size_t i = 0; i < NR_TYPES; i++)
		n += now[i] > before[i];
	return n;
}

void leaks_begin(struct leak_counts *before)
{
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	read_counts(before->live); /* what reading itself needs is there from now on */
	read_counts(before->live);
	before->live[NR_TYPES - 1] = 0;
}

static void reap_orphans(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void kill_who_is_left(const char *what)
{
	if (waitpid(-1, NULL, WNOHANG) == 0 && !kill(-1, SIGKILL))
		printf("leak: processes outlived %s\n", what ? what : "the tests");
}

void leaks_end(const struct leak_counts *before, const char *what)
{
	long now[NR_TYPES];

	for (int i = 0; i < SETTLE_STEPS; i++) {
		reap_orphans();
		if (i == KILL_STEP)
			kill_who_is_left(what);
		if (!read_counts(now) || !count_grown(before->live, now)) {
			fflush(stdout);
			return;
		}
		usleep(10000);
	}
	for (size_t i = 0; i < NR_TYPES; i++)
		if (now[i] > before->live[i])
			printf("leak: %s: %ld live at the end%s%s, %ld at the beginning\n", types[i], now[i], what ? " of " : "", what ? what : "",
			       before->live[i]);
	fflush(stdout);
}

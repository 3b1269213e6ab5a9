/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_dir.c - a directory for the sockets of one run, and the end of those that killed runs left.
 *
 * WHAT        A run that is killed by SIGKILL cannot take its directory away; the next run of the same user does.
 * INVARIANTS  S1  A directory that somebody uses has a lock (flock) on itself, held by a descriptor that is closed when the last of his
 *                 processes that know it ends. Who gets the lock of one that is still there may take it away.
 *             S2  One that is taken away between its making and its locking is not used: a new one is made. For no other reason: where what
 *                 we make is not ours (a server may give it to somebody else) it goes again, and the run ends.
 *             S3  Only directories are touched that have our name and mode and belong to us, through a descriptor of them that was opened
 *                 without following a link; and in them only sockets. One that holds anything else stays.
 * TESTS       host/tests/socket_dir_test.c, tests/host/command_test.py
 */
#include "socket_dir.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "report.h"

#define PREFIX	 "perennial-share-"
#define TEMPLATE PREFIX "XXXXXX"

const char *socket_dirs_base(void)
{
	const char *base = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	/* S3: after su and sudo it is somebody else's */
	return base && !stat(base, &st) && st.st_uid == geteuid() && !access(base, W_OK) ? base : "/tmp";
}

/* ---- taking away ---- */

/* The sockets in @fd, of which it takes a copy. */
static void unlink_sockets(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	struct stat st;

	if (!entries) {
		if (copy >= 0)
			close(copy);
		return;
	}
	while ((entry = readdir(entries)))
		if (!fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISSOCK(st.st_mode))
			unlinkat(fd, entry->d_name, 0);
	closedir(entries);
}

/* One that was just made may have the set-group-ID bit of its base. */
static bool is_ours(const struct stat *st)
{
	return st->st_uid == geteuid() && (st->st_mode & 07777 & ~S_ISGID) == 0700;
}

/* S3: a directory of ours, or -1. */
static int open_ours(int base_fd, const char *name)
{
	int fd = openat(base_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && is_ours(&st))
		return fd;
	close(fd);
	return -1;
}

static void sweep_one(int base_fd, const char *name)
{
	int fd = open_ours(base_fd, name);

	if (fd < 0)
		return;
	if (!flock(fd, LOCK_EX | LOCK_NB)) { /* S1 */
		unlink_sockets(fd);
		unlinkat(base_fd, name, AT_REMOVEDIR);
	}
	close(fd);
}

static bool is_our_name(const char *name)
{
	return strlen(name) == strlen(TEMPLATE) && !strncmp(name, PREFIX, strlen(PREFIX));
}

void socket_dirs_sweep(const char *base)
{
	DIR *entries = opendir(base);
	struct dirent *entry;

	if (!entries)
		return;
	while ((entry = readdir(entries)))
		if (is_our_name(entry->d_name))
			sweep_one(dirfd(entries), entry->d_name);
	closedir(entries);
}

void socket_dir_remove(struct socket_dir *dir)
{
	if (!dir->path)
		return;
	unlink_sockets(dir->lock_fd);
	rmdir(dir->path);
	close(dir->lock_fd);
	free(dir->path);
	dir->path = NULL;
}

/* ---- making ---- */

/* @fd is still what is found at @path. */
static bool is_at(int fd, const char *path)
{
	struct stat st, now;

	return !fstat(fd, &st) && !lstat(path, &now) && st.st_dev == now.st_dev && st.st_ino == now.st_ino;
}

static _Noreturn void cannot_use(const struct socket_dir *dir, const char *base, const char *why)
{
	rmdir(dir->path);
	die("cannot make directories for sockets in %s: %s", base, why);
}

/* S3: others would neither sweep it nor know it. Whatever the base and the umask made of the mode is put right first. */
static void must_be_ours(const struct socket_dir *dir, const char *base)
{
	struct stat st;

	fchmod(dir->lock_fd, 0700);
	if (fstat(dir->lock_fd, &st))
		cannot_use(dir, base, strerror(errno));
	if (!is_ours(&st))
		cannot_use(dir, base, must_format("they belong to user %u with mode %o", st.st_uid, st.st_mode & 07777));
}

/* S2: false. Where directories can't be locked nobody else can lock ours either, and it stays when we are killed. */
static bool lock(struct socket_dir *dir, const char *base)
{
	dir->lock_fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir->lock_fd < 0 && errno != ENOENT)
		cannot_use(dir, base, strerror(errno));
	if (dir->lock_fd < 0)
		return false;
	while (flock(dir->lock_fd, LOCK_EX) && errno == EINTR)
		;
	if (!is_at(dir->lock_fd, dir->path)) {
		close(dir->lock_fd);
		return false;
	}
	must_be_ours(dir, base);
	return true;
}

void socket_dir_make(struct socket_dir *dir, const char *base)
{
	for (;;) {
		dir->path = must_format("%s/" TEMPLATE, base);
		if (!mkdtemp(dir->path))
			die("cannot make a directory in %s: %s", base, strerror(errno));
		if (lock(dir, base))
			return;
		free(dir->path);
	}
}

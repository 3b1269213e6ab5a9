/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * view.c - read-only views of directories, in a mount namespace of their own.
 *
 * WHAT        What the guest may see must not depend on the guest's good will, nor on the good
 *             order of a file server. A view is a recursive copy of a mount tree in which every
 *             mount, however deep, is read-only and without devices, and in which /proc, /sys,
 *             /dev, /run and every other pseudo file system are covered by an empty one.
 *             An ordinary user gets the right to do this from a user namespace; the descriptors
 *             of the views' directories are then used from outside of it, so that owners keep
 *             their numbers.
 * INVARIANTS  I1  Nothing propagates between the view and the machine, in either direction.
 *             I2  A view is made read-only before anything else learns of it.
 *             I3  The covers hold as long as the namespace lives: whoever keeps a descriptor of a
 *                 view keeps one of its namespace too.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "report.h"
#include "view.h"

/* glibc's <sys/mount.h> does not go together with <linux/mount.h> in Debian 12. */
int mount(const char *source, const char *target, const char *type, unsigned long flags,
	  const void *data);

static const char *const pseudo_types[] = {
	"proc",    "sysfs",    "devtmpfs", "devpts",    "cgroup",      "cgroup2", "securityfs",
	"debugfs", "tracefs",  "pstore",   "bpf",       "configfs",    "mqueue",  "hugetlbfs",
	"fusectl", "efivarfs", "autofs",   "selinuxfs", "binfmt_misc", "nsfs",    "rpc_pipefs",
};

static const char *const own_dirs[] = { "proc", "sys", "dev", "run" };

/* ---- entering ---- */

static int write_text(const char *path, const char *format, unsigned value)
{
	char text[64];
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof(text), format, value, value);
	int error = 0;

	if (fd < 0 || write(fd, text, (size_t)n) != n)
		error = -errno;
	if (fd >= 0)
		close(fd);
	return error;
}

int view_enter_namespace(void)
{
	unsigned uid = geteuid(), gid = getegid();
	int error = 0;

	if (unshare(CLONE_NEWNS)) {
		if (unshare(CLONE_NEWNS | CLONE_NEWUSER))
			return -errno;
		error = write_text("/proc/self/setgroups", "deny", 0);
		if (!error)
			error = write_text("/proc/self/uid_map", "%u %u 1", uid);
		if (!error)
			error = write_text("/proc/self/gid_map", "%u %u 1", gid);
	}
	if (!error && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL)) /* I1 */
		error = -errno;
	return error;
}

/* ---- covering ---- */

static int cover(const char *path)
{
	struct stat st;

	if (lstat(path, &st) || !S_ISDIR(st.st_mode))
		return 0;
	if (mount("none", path, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  "size=4k,mode=755"))
		return -errno;
	return 0;
}

static bool is_pseudo(const char *type)
{
	for (size_t i = 0; i < sizeof(pseudo_types) / sizeof(pseudo_types[0]); i++)
		if (!strcmp(type, pseudo_types[i]))
			return true;
	return false;
}

/* mountinfo writes blanks and the like as \ooo. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		if (s[0] == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = 0;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

/* The mount point if this line of mountinfo is a pseudo file system, else NULL. */
static char *pseudo_mount_point(char *line)
{
	char *path = NULL, *rest = line, *word, *separator;

	separator = strstr(line, " - ");
	if (!separator)
		return NULL;
	*separator = 0;
	word = strtok(separator + 3, " ");
	if (!word || !is_pseudo(word))
		return NULL;
	for (int i = 0; i < 5 && (word = strsep(&rest, " ")); i++)
		path = word;
	if (path)
		unescape(path);
	return path;
}

/* Cover each pseudo file system below @view that is not below one that was covered before. */
static int cover_pseudo(const char *view)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, covered[4096] = "";
	size_t room = 0;
	int error = 0;

	if (!f)
		return -errno;
	while (!error && getline(&line, &room, f) > 0) {
		char *path = pseudo_mount_point(line);

		if (!path || !is_below(path, view) || (*covered && is_below(path, covered)))
			continue;
		error = cover(path);
		snprintf(covered, sizeof(covered), "%s", path);
	}
	free(line);
	fclose(f);
	return error;
}

static int cover_own_dirs(const char *view)
{
	int error = 0;

	for (size_t i = 0; i < sizeof(own_dirs) / sizeof(own_dirs[0]) && !error; i++) {
		char *path = must_format("%s/%s", view, own_dirs[i]);

		error = cover(path);
		free(path);
	}
	return error;
}

/* ---- making ---- */

static int attach(int tree_fd, const char *view)
{
	if (mkdir(view, 0700))
		return -errno;
	if (syscall(SYS_move_mount, tree_fd, "", AT_FDCWD, view, MOVE_MOUNT_F_EMPTY_PATH))
		return -errno;
	return 0;
}

/* I2: every mount of the tree, before it has a name. */
static int restrict_tree(int tree_fd, bool is_writable)
{
	struct mount_attr attr = { .attr_set =
				       MOUNT_ATTR_NODEV | (is_writable ? 0 : MOUNT_ATTR_RDONLY) };

	if (syscall(SYS_mount_setattr, tree_fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
		    sizeof(attr)))
		return -errno;
	return 0;
}

static int make_one(int tree_fd, int index, bool is_writable)
{
	char view[64];
	int error;

	snprintf(view, sizeof(view), VIEW_BASE "/v%d", index);
	error = restrict_tree(tree_fd, is_writable);
	if (!error)
		error = attach(tree_fd, view);
	if (!error && !is_writable)
		error = cover_own_dirs(view);
	if (!error)
		error = cover_pseudo(view);
	close(tree_fd);
	return error;
}

int view_make(char *const *paths, const bool *writable, int nr_paths, const char **failed)
{
	int fds[nr_paths], error;

	*failed = "/";
	for (int i = 0; i < nr_paths; i++) {
		fds[i] = (int)syscall(SYS_open_tree, AT_FDCWD, paths[i],
				      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		*failed = paths[i];
		if (fds[i] < 0)
			return -errno;
	}
	*failed = VIEW_BASE;
	if (mount("none", VIEW_BASE, "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=700"))
		return -errno;
	for (int i = 0; i < nr_paths; i++) {
		*failed = paths[i];
		error = make_one(fds[i], i, writable[i]);
		if (error)
			return error;
	}
	return 0;
}

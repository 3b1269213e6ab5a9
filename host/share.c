/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * share.c - directories of this machine, shown to the guest.
 *
 * WHAT        Every export is a view (view.c) made by a child process in a mount namespace of its
 *             own. For 9p the child hands back a descriptor of each view and ends; QEMU serves
 *             what is below. For virtio-fs the child stays, as the keeper of one virtiofsd per
 *             export, each of which listens on a socket.
 *             Where no namespace can be made, 9p serves the directories themselves, confined to
 *             one file system each, so that /proc and the like stay unseen; the report says so.
 * INVARIANTS  I1  A read-only export is read-only twice: by its view and by QEMU (readonly=on),
 *                 or by its view and virtiofsd's root, which is that view.
 *             I2  ns_fd is open as long as a dir_fd is in use (view.c I3).
 * LIFECYCLE   share_set_start --> QEMU runs --> share_set_stop
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "child.h"
#include "report.h"
#include "share.h"
#include "view.h"

#define VIRTIOFSD   "/usr/lib/qemu/virtiofsd"
#define EXPORTS_MAX 40

/* What the child answers; descriptors of the views and then of the namespace come with it. */
struct answer {
	int error;
	char failed[256];
};

const char *share_kind_obstacle(enum share_kind kind)
{
	if (kind != SHARE_VIRTIOFS)
		return NULL;
	if (access(VIRTIOFSD, X_OK))
		return "there is no virtiofsd (Debian package qemu-system-common)";
	if (geteuid()) /* it gives up its groups, which a user namespace does not let it do */
		return "QEMU's virtiofsd can only be started by root";
	return NULL;
}

static void add_export(struct share_set *set, const char *prefix, int number, char *path,
		       bool is_writable)
{
	set->exports =
	    must_realloc(set->exports, sizeof(*set->exports) * (size_t)(set->nr_exports + 1));
	set->exports[set->nr_exports++] =
	    (struct export){ .tag = must_format("%s%d", prefix, number),
			     .path = path,
			     .is_writable = is_writable,
			     .dir_fd = -1 };
}

static void list_exports(struct share_set *set, const struct options *o)
{
	add_export(set, "layer", 0, o->root ? o->root : "/", false);
	for (int i = 0; i < o->layers.nr_items; i++)
		add_export(set, "layer", i + 1, o->layers.items[i], false);
	for (int i = 0; i < o->writable.nr_items; i++)
		add_export(set, "rw", i, o->writable.items[i], true);
}

/* ---- the answer and its descriptors ---- */

union control_space {
	char bytes[CMSG_SPACE(sizeof(int) * (EXPORTS_MAX + 1))];
	struct cmsghdr align;
};

static void send_answer(int socket, const struct answer *answer, const int *fds, int nr_fds)
{
	union control_space space = { 0 };
	struct iovec io = { .iov_base = (void *)answer, .iov_len = sizeof(*answer) };
	struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1 };

	if (nr_fds) {
		struct cmsghdr *c = &space.align;

		message.msg_control = space.bytes;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)nr_fds);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)nr_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * (size_t)nr_fds);
	}
	if (sendmsg(socket, &message, 0) < 0)
		_exit(1);
}

/* Returns the number of descriptors, or -1 when the child died without a word. */
static int receive_answer(int socket, struct answer *answer, int *fds)
{
	union control_space space = { 0 };
	struct iovec io = { .iov_base = answer, .iov_len = sizeof(*answer) };
	struct msghdr message = { .msg_iov = &io,
				  .msg_iovlen = 1,
				  .msg_control = space.bytes,
				  .msg_controllen = sizeof(space.bytes) };
	struct cmsghdr *c;
	size_t len;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != sizeof(*answer))
		return -1;
	c = CMSG_FIRSTHDR(&message);
	if (!c)
		return 0;
	len = c->cmsg_len - CMSG_LEN(0);
	memcpy(fds, CMSG_DATA(c), len);
	return (int)(len / sizeof(int));
}

/* ---- the child ---- */

static void make_views(const struct share_set *set, struct answer *answer)
{
	char *paths[EXPORTS_MAX];
	bool writable[EXPORTS_MAX];
	const char *failed = "a mount namespace";

	for (int i = 0; i < set->nr_exports; i++) {
		paths[i] = set->exports[i].path;
		writable[i] = set->exports[i].is_writable;
	}
	answer->error = view_enter_namespace();
	if (!answer->error)
		answer->error = view_make(paths, writable, set->nr_exports, &failed);
	snprintf(answer->failed, sizeof(answer->failed), "%s", failed);
}

static int open_views(const struct share_set *set, int *fds)
{
	int n = 0;

	for (; n < set->nr_exports; n++) {
		char *path = must_format(VIEW_BASE "/v%d", n);

		fds[n] = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		free(path);
		if (fds[n] < 0)
			return -errno;
	}
	fds[n] = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	return fds[n] < 0 ? -errno : n + 1;
}

static void exec_virtiofsd(const struct share_set *set, int index, int listen_fd, pid_t keeper)
{
	char *fd = must_format("--fd=%d", listen_fd);
	char *source = must_format("source=" VIEW_BASE "/v%d", index);
	const char *cache = set->exports[index].is_writable ? "cache=auto" : "cache=always";
	/* What is only read is read fast: each attribute asked for would be a message, and an overlay asks for many. Access control
	 * lists are refused, as QEMU does over 9p: the kernel in the VM could show those of the host and would not obey them. */
	const char *xattr = set->exports[index].is_writable ? "xattr" : "no_xattr";
	int null = open("/dev/null", O_RDWR);

	child_dies_with(keeper);
	fcntl(listen_fd, F_SETFD, 0);
	dup2(null, 0);
	dup2(null, 1);
	if (!detail_is_enabled())
		dup2(null, 2);
	execl(VIRTIOFSD, VIRTIOFSD, fd, "-f", "-o", source, "-o", cache, "-o", xattr, "-o", "no_posix_acl",
	      "-o", "sandbox=chroot",
	      (char *)NULL);
	_exit(127);
}

static void keep_daemons(const struct share_set *set, const int *listen_fds)
{
	pid_t keeper = getpid();

	for (int i = 0; i < set->nr_exports; i++)
		if (fork() == 0)
			exec_virtiofsd(set, i, listen_fds[i], keeper);
	for (int i = 0; i < set->nr_exports; i++)
		close(listen_fds[i]);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	_exit(0);
}

static void child_main(const struct share_set *set, int socket, const int *listen_fds, pid_t parent)
{
	struct answer answer = { 0 };
	int fds[EXPORTS_MAX + 1], nr_fds = 0;

	child_dies_with(parent);
	setpgid(0, 0);
	make_views(set, &answer);
	if (!answer.error && set->kind == SHARE_9P) {
		nr_fds = open_views(set, fds);
		if (nr_fds < 0)
			answer.error = nr_fds;
	}
	send_answer(socket, &answer, fds, answer.error ? 0 : nr_fds);
	close(socket);
	if (!answer.error && set->kind == SHARE_VIRTIOFS)
		keep_daemons(set, listen_fds);
	_exit(0);
}

/* ---- the parent ---- */

static int listen_on(struct export *export, const char *dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	export->socket = must_format("%s/%s", dir, export->tag);
	if (strlen(export->socket) >= sizeof(address.sun_path))
		die("the path of the socket %s is too long", export->socket);
	strcpy(address.sun_path, export->socket);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1))
		die("cannot listen on %s: %s", export->socket, strerror(errno));
	return fd;
}

static void listen_on_all(struct share_set *set, int *listen_fds)
{
	socket_dir_make(&set->socket_dir, socket_dirs_base());
	for (int i = 0; i < set->nr_exports; i++)
		listen_fds[i] = listen_on(&set->exports[i], set->socket_dir.path);
}

static void use_plain_directories(struct share_set *set, const struct answer *answer)
{
	report("cannot make a view of %s (%s): file systems mounted below a shared directory "
	       "are not shown",
	       answer->failed, strerror(-answer->error));
	set->is_plain = true;
	for (int i = 0; i < set->nr_exports; i++) {
		struct export *e = &set->exports[i];

		e->dir_fd = open(e->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (e->dir_fd < 0)
			die("cannot open %s: %s", e->path, strerror(errno));
	}
}

static void take_answer(struct share_set *set, const struct answer *answer, const int *fds,
			int nr_fds)
{
	if (answer->error && set->kind == SHARE_9P) {
		use_plain_directories(set, answer);
		return;
	}
	if (answer->error)
		die("cannot share %s: %s", answer->failed, strerror(-answer->error));
	if (set->kind != SHARE_9P)
		return;
	if (nr_fds != set->nr_exports + 1)
		die("cannot share directories: descriptors were lost");
	for (int i = 0; i < set->nr_exports; i++)
		set->exports[i].dir_fd = fds[i];
	set->ns_fd = fds[set->nr_exports];
}

void share_set_start(struct share_set *set, enum share_kind kind, const struct options *options)
{
	int sockets[2], listen_fds[EXPORTS_MAX], fds[EXPORTS_MAX + 1], nr_fds;
	struct answer answer;
	pid_t child, parent = getpid();

	*set = (struct share_set){ .kind = kind, .ns_fd = -1 };
	if (kind == SHARE_NONE)
		return;
	list_exports(set, options);
	socket_dirs_sweep(socket_dirs_base());
	if (kind == SHARE_VIRTIOFS)
		listen_on_all(set, listen_fds);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
		die("cannot make a socket pair: %s", strerror(errno));
	child = fork();
	if (child < 0)
		die("cannot fork: %s", strerror(errno));
	if (child == 0)
		child_main(set, sockets[1], listen_fds, parent);
	close(sockets[1]);
	nr_fds = receive_answer(sockets[0], &answer, fds);
	close(sockets[0]);
	if (nr_fds < 0)
		die("the process that shares directories died");
	if (kind == SHARE_VIRTIOFS)
		set->keeper = child;
	else
		waitpid(child, NULL, 0);
	take_answer(set, &answer, fds, nr_fds);
	for (int i = 0; kind == SHARE_VIRTIOFS && i < set->nr_exports; i++)
		close(listen_fds[i]);
}

void share_set_stop(struct share_set *set)
{
	if (set->keeper) {
		kill(set->keeper, SIGKILL);
		waitpid(set->keeper, NULL, 0);
	}
	for (int i = 0; i < set->nr_exports; i++) {
		if (set->exports[i].dir_fd >= 0)
			close(set->exports[i].dir_fd);
		free(set->exports[i].socket);
		free(set->exports[i].tag);
	}
	socket_dir_remove(&set->socket_dir);
	if (set->ns_fd >= 0)
		close(set->ns_fd);
	free(set->exports);
	*set = (struct share_set){ .ns_fd = -1 };
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* share.h - directories of this machine, shown to the guest: read-only unless asked otherwise. */
#ifndef HOST_SHARE_H
#define HOST_SHARE_H

#include <stdbool.h>
#include <sys/types.h>
#include "options.h"
#include "socket_dir.h"

struct export
{
	char *tag;  /* mount tag in the guest */
	char *path; /* of the host */
	bool is_writable;
	int dir_fd;   /* 9p: QEMU serves what is below it */
	char *socket; /* virtio-fs: where the daemon listens */
};

struct share_set {
	enum share_kind kind;   /* never SHARE_AUTO */
	struct export *exports; /* the root, layers from low to high, then writable ones */
	int nr_exports;
	bool is_plain; /* no view of our own could be made: one file system only */
	int ns_fd;     /* keeps the view's mount namespace alive, or -1 */
	pid_t keeper;  /* process that serves virtio-fs, or 0 */
	struct socket_dir socket_dir; /* virtio-fs */
};

/* Why this kind cannot be served here, or NULL. */
const char *share_kind_obstacle(enum share_kind kind);

/* Make everything ready for QEMU. Dies with one line when that fails. */
void share_set_start(struct share_set *set, enum share_kind kind, const struct options *options);
void share_set_stop(struct share_set *set);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* socket_dir.h - a directory for the sockets of one run. */
#ifndef HOST_SOCKET_DIR_H
#define HOST_SOCKET_DIR_H

struct socket_dir {
	char *path; /* NULL: none */
	int lock_fd;
};

/* Make a directory of our own in @base. Dies when that fails. */
void socket_dir_make(struct socket_dir *dir, const char *base);
/* Take it away with the sockets in it. */
void socket_dir_remove(struct socket_dir *dir);
/* Take away those in @base that runs of the same user left when they were killed. Nothing is said of what can't be. */
void socket_dirs_sweep(const char *base);
/* Where they are made: XDG_RUNTIME_DIR if that is the user's own, or /tmp. Borrowed. */
const char *socket_dirs_base(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_ref.h - the socket behind a descriptor, kept until the scope ends:
 *
 *	struct socket_ref ref __free(socket_ref) = socket_ref_get(fd);
 *
 *	if (ref.error)
 *		return ref.error;
 */
#ifndef NET_SOCKET_REF_H
#define NET_SOCKET_REF_H

#include <lib/compiler.h>
#include <lib/errno.h>
#include <net/socket.h>

struct socket_ref {
	struct socket *sock; /* borrowed from f */
	struct fd f;
	int error; /* 0, or -EBADF, -ENOTSOCK: then there is no socket */
};

static inline struct socket_ref socket_ref_get(int fd)
{
	struct socket_ref ref = { .f = fdget(fd) };

	if (unlikely(!ref.f.file)) {
		ref.error = -EBADF;
		return ref;
	}
	ref.sock = socket_of_file(ref.f.file);
	ref.error = ref.sock ? 0 : -ENOTSOCK;
	return ref;
}

/* Consumes a reference to the file of a socket. */
static inline struct socket_ref socket_ref_of(struct file *file)
{
	return (struct socket_ref){ .sock = socket_of_file(file), .f = { .file = file, .flags = FDPUT_FPUT } };
}

DEFINE_FREE(socket_ref, struct socket_ref, fdput(_T.f))

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* bytes.c - a growing run of bytes, whole files, and files that live in memory only. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bytes.h"
#include "report.h"

#define READ_STEP (1 << 16)

unsigned char *bytes_reserve(struct bytes *b, size_t len)
{
	size_t room = b->room ? b->room : 4096;

	while (room - b->len < len)
		room *= 2;
	if (room != b->room) {
		b->at = must_realloc(b->at, room);
		b->room = room;
	}
	return b->at + b->len;
}

void bytes_add(struct bytes *b, const void *data, size_t len)
{
	if (!len)
		return;
	memcpy(bytes_reserve(b, len), data, len);
	b->len += len;
}

void bytes_fini(struct bytes *b)
{
	free(b->at);
	*b = (struct bytes){ 0 };
}

int bytes_read_file(struct bytes *b, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && st.st_size > 0)
		bytes_reserve(b, (size_t)st.st_size + 1);
	while ((n = read(fd, bytes_reserve(b, READ_STEP), READ_STEP)) > 0)
		b->len += (size_t)n;
	if (n < 0)
		n = -errno;
	close(fd);
	return (int)n;
}

int bytes_write(const struct bytes *b, int fd)
{
	size_t done = 0;

	while (done < b->len) {
		ssize_t n = write(fd, b->at + done, b->len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	return 0;
}

int bytes_to_memfd(const struct bytes *b, const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	int error = fd < 0 ? -errno : bytes_write(b, fd);

	if (error)
		die("cannot keep %s in memory: %s", name, strerror(-error));
	return fd;
}

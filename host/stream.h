/* SPDX-License-Identifier: GPL-2.0-only */
/* stream.h - bytes on their way from one descriptor to another. */
#ifndef HOST_STREAM_H
#define HOST_STREAM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STREAM_BYTES 65536

struct stream {
	int from, to; /* -1: closed */
	size_t start, end;
	uint64_t nr_read;
	bool is_ended;   /* nothing more will be read */
	bool is_refused; /* the reader is gone: what comes is dropped */
	char bytes[STREAM_BYTES];
};

void stream_init(struct stream *stream, int from, int to);
/* Fill in what to wait for. @may_read: the caller wants to read now. */
void stream_watch(const struct stream *stream, struct pollfd *from, struct pollfd *to,
		  bool may_read);
/* Do what the poll found possible. */
void stream_move(struct stream *stream, const struct pollfd *from, const struct pollfd *to);
bool stream_is_empty(const struct stream *stream);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stream.c - bytes on their way from one descriptor to another.
 *
 * WHAT        The caller's descriptors may be shared with other programs, so they are never made
 *             non-blocking. Instead, a write follows a poll that said it is possible, and is at
 *             most PIPE_BUF bytes long, which a pipe then takes without waiting.
 * INVARIANTS  I1  [start, end) of bytes was read and not yet written.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>
#include "stream.h"

void stream_init(struct stream *s, int from, int to)
{
	s->from = from;
	s->to = to;
	s->start = s->end = 0;
	s->nr_read = 0;
	s->is_ended = s->is_refused = false;
}

bool stream_is_empty(const struct stream *s)
{
	return s->start == s->end;
}

void stream_watch(const struct stream *s, struct pollfd *from, struct pollfd *to, bool may_read)
{
	from->fd = may_read && !s->is_ended && s->end < STREAM_BYTES ? s->from : -1;
	from->events = POLLIN;
	to->fd = stream_is_empty(s) ? -1 : s->to;
	to->events = POLLOUT;
}

static void fill(struct stream *s)
{
	ssize_t n = read(s->from, s->bytes + s->end, STREAM_BYTES - s->end);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		s->is_ended = true;
		return;
	}
	s->nr_read += (uint64_t)n;
	if (!s->is_refused)
		s->end += (size_t)n;
}

static void drain(struct stream *s)
{
	size_t len = s->end - s->start;
	ssize_t n = write(s->to, s->bytes + s->start, len < PIPE_BUF ? len : PIPE_BUF);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		s->is_refused = true;
		s->start = s->end = 0;
		return;
	}
	s->start += (size_t)n;
	if (stream_is_empty(s))
		s->start = s->end = 0;
}

void stream_move(struct stream *s, const struct pollfd *from, const struct pollfd *to)
{
	if (to->fd >= 0 && to->revents)
		drain(s);
	if (from->fd >= 0 && (from->revents & POLLNVAL))
		s->is_ended = true;
	else if (from->fd >= 0 && from->revents)
		fill(s);
}

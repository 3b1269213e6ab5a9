/* SPDX-License-Identifier: GPL-2.0-only */
/* reserve_trace.h - the tracepoints of reservations. */
#pragma once

#include <probe/tracepoint.h>

struct reserve;

/* Opened with that many pages; @waited: after its turn in line. */
TRACEPOINT_DECLARE(reserve_begin, (const struct reserve *reserve, unsigned long nr_pages, bool waited), (reserve, nr_pages, waited))
/* A block was drawn. Called with no lock held. */
TRACEPOINT_DECLARE(reserve_draw, (const struct reserve *reserve, unsigned int order), (reserve, order))
/* A request inside found nothing left to draw. @reserve may be NULL: it was not inside. */
TRACEPOINT_DECLARE(reserve_short, (const struct reserve *reserve, unsigned int order), (reserve, order))
/* Closed: @nr_left pages were never drawn. */
TRACEPOINT_DECLARE(reserve_end, (const struct reserve *reserve, unsigned long nr_left), (reserve, nr_left))

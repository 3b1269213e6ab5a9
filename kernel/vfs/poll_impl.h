/* SPDX-License-Identifier: GPL-2.0-only */
/* poll_impl.h - what select.c and eventpoll.c share. */
#pragma once
#include <lib/types.h>

/*
 * The absolute deadline of a relative timespec in user memory, kept in the call: 0 for a zero time (do not wait), DEADLINE_NEVER
 * for a NULL pointer. 0, -EFAULT, -EINVAL.
 */
long poll_deadline_timespec(uaddr_t uts, u64 *deadline_ns);

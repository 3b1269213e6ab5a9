/* SPDX-License-Identifier: GPL-2.0-only */
/* trace.h - the scheduler's tracepoints. */
#pragma once

#include <probe/tracepoint.h>

struct task;

TRACEPOINT_DECLARE(sched_switch, (bool preempt, struct task *prev, struct task *next), (preempt, prev, next))
TRACEPOINT_DECLARE(sched_wakeup, (struct task *task), (task))
TRACEPOINT_DECLARE(sched_process_exit, (struct task *task), (task))

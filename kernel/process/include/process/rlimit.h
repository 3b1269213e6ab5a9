/* SPDX-License-Identifier: GPL-2.0-only */
/* rlimit.h - resource limits: sixteen pairs per process, in its signal_struct. */
#pragma once

#include <lib/types.h>
#include <linux/resource.h>

struct task;

/* resource.h leaves the numbers to asm/resource.h, which it includes; RLIM64 is the wire form. */

/* Soft limit of @task / of the caller. Read without a lock: one aligned word. */
unsigned long task_rlimit(struct task *task, unsigned int limit);
unsigned long task_rlimit_max(struct task *task, unsigned int limit);
unsigned long rlimit(unsigned int limit);

/* Name as /proc/PID/limits prints it ("Max cpu time") and its unit ("seconds"). */
const char *rlimit_name(unsigned int limit);
const char *rlimit_unit(unsigned int limit);

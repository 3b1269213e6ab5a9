/* SPDX-License-Identifier: GPL-2.0-only */
/* io_ports_impl.h - the I/O ports of a task over fork and exit. */
#pragma once

struct task;

/* @child, which nobody runs yet, gets the caller's ports. */
void io_ports_share(struct task *child);
/* @task is the caller, or never ran: it has no ports from now on. */
void io_ports_drop(struct task *task);

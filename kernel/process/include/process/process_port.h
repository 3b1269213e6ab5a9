/* SPDX-License-Identifier: GPL-2.0-only */
/* process_port.h - what process needs from above; each has exactly one definer, checked at link. */
#pragma once

struct file;
struct pid;

/* ---- defined by fs/proc ---- */

/* The process that the directory /proc/PID open as @file is about, without a reference; ERR_PTR(-EBADF): it is no such directory. */
struct pid *proc_directory_pid(const struct file *file);

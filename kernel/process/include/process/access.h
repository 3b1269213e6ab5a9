/* SPDX-License-Identifier: GPL-2.0-only */
/* access.h - may the caller look into another process? One rule for /proc, process_vm_*, kcmp, pidfd_getfd and the like. */
#pragma once

#include <lib/types.h>

struct task;
struct mm;

enum access_mode {
	ACCESS_READ_FSCREDS,	 /* /proc: by file-system ids */
	ACCESS_READ_REALCREDS,	 /* system calls: by real ids */
	ACCESS_ATTACH_REALCREDS, /* change it: process_vm_writev, pidfd_getfd */
	ACCESS_ATTACH_FSCREDS,	 /* /proc/PID/mem */
};

/* Any thread of the caller's own process: always. Otherwise equal ids or CAP_SYS_PTRACE, and dumpable. */
bool process_may_access(struct task *task, enum access_mode mode);

/* @task's memory with a users reference, after the check. NULL: a kernel thread, or it is gone; ERR_PTR(-EACCES). */
struct mm *process_mm_access(struct task *task, enum access_mode mode);
/* The same without a check: a users reference or NULL. */
struct mm *get_task_mm(struct task *task);

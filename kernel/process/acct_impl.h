/* SPDX-License-Identifier: GPL-2.0-only */
/* acct_impl.h - process accounts, for those who end processes and namespaces. */
#pragma once

#include <process/pid.h>
#include "process_impl.h"

/* Writes the records of the caller's process, whose last thread it is. May sleep. */
void acct_write(void);
/* @ns is gone: its file is closed. May sleep. */
void acct_ns_end(struct pid_namespace *ns);

static inline void acct_process(void)
{
	struct pid_namespace *ns;

	for (ns = task_active_pid_ns(current); ns; ns = ns->parent)
		if (unlikely(READ_ONCE(ns->acct))) {
			acct_write();
			return;
		}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* child.h - processes of ours that must not outlive us. */
#ifndef HOST_CHILD_H
#define HOST_CHILD_H

#include <sys/types.h>

/* Said by a child after fork: die, by SIGKILL, with @parent, also if that is dead already. */
void child_dies_with(pid_t parent);

#endif

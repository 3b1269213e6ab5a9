/* SPDX-License-Identifier: GPL-2.0-only */
/* child.c - processes of ours that must not outlive us. */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "child.h"

/* A parent that died before prctl() sends nothing: the child then has another parent. */
void child_dies_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
}

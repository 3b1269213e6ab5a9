/* SPDX-License-Identifier: GPL-2.0-only */
/* run.h - `perennial run`: from options to an exit status. */
#ifndef HOST_RUN_H
#define HOST_RUN_H

#include "options.h"

/* Returns the status with which the command shall exit. */
int run(struct options *options);

#endif

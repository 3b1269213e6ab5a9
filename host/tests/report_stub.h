/* SPDX-License-Identifier: GPL-2.0-only */
/* report_stub.h - die() that a test survives. */
#ifndef HOST_REPORT_STUB_H
#define HOST_REPORT_STUB_H

#include <setjmp.h>

/* What the last die() said. */
extern char died_with[512];
extern jmp_buf die_target;

/* DIES(statement): true when the statement ends in die(). */
#define DIES(statement) (setjmp(die_target) ? 1 : ((statement), 0))

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once
#include <lib/types.h>
#include <lib/errno.h>

struct pt_regs;

/* A decoding stub: takes the arguments from the registers and calls the handler. */
typedef long (*call_fn)(const struct pt_regs *regs);

#define NR_CALLS 451

extern const call_fn call_table[NR_CALLS];
extern const char *const call_names[NR_CALLS];
extern const u16 call_absent_errno[NR_CALLS]; /* 0 stands for ENOSYS */

long call_absent(const struct pt_regs *regs);

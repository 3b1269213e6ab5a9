/* SPDX-License-Identifier: GPL-2.0-only */
/* syscall_gate.h - what the dispatcher asks about a thread that has TIF_SYSCALL_WORK. */
#pragma once

#include <lib/types.h>

struct pt_regs;

/* May the call in @regs run? If not, its result stands in regs->ax; or the thread ends here. */
bool syscall_gate_passes(struct pt_regs *regs);
/* exec: another program would not know what the selector is. */
void user_dispatch_clear(void);

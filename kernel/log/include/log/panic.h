/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * panic.h - the end, and what is said before.
 */
#pragma once

#include <lib/types.h>
#include <lib/assert.h>

struct pt_regs;
struct thread;

/* Stop the machine: says why, where and how it got there, then powers off, or restarts as "panic=SECONDS" says (-1: at
 * once; "panic=0" halts so that a debugger can look). */
__noreturn void panic(const char *fmt, ...) __printf(1, 2);
/* The same for a fault of the kernel itself, with the registers at the fault. */
__noreturn void panic_regs(struct pt_regs *regs, const char *fmt, ...) __printf(2, 3);
/* Is somebody in panic()? Then locks do not matter any more. */
bool panic_in_progress(void);
/* The stack of @thread (NULL: the caller's) or from @regs, one symbol a line, into the log at error level. */
void show_stack(struct thread *thread, struct pt_regs *regs);
void show_regs(struct pt_regs *regs);
/* The caller and its stack, in Linux's words, at warning level. */
void dump_stack(void);

/* /proc/sys/kernel/panic, panic_on_warn. */
#define PANIC_POWER_OFF (-2)
struct panic_settings {
	int timeout_s; /* until a restart; negative: at once (PANIC_POWER_OFF: power off); 0: never */
	int on_warn;   /* a warning is the end, too */
};
extern struct panic_settings panic_settings;

/* Say it and go on. */
#define WARN(cond, fmt, ...)                                                    \
	({                                                                      \
		bool warn_is_ = !!(cond);                                       \
		if (unlikely(warn_is_))                                         \
			warn_message(__FILE__, __LINE__, fmt, ##__VA_ARGS__);   \
		unlikely(warn_is_);                                             \
	})
void warn_message(const char *file, int line, const char *fmt, ...) __printf(3, 4);
/* Warnings so far (a test's last look). */
u32 warn_count(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/* early_console.h - bytes to the first serial port, from the first instruction on; no state, no locks. */
#ifndef ARCH_EARLY_CONSOLE_H
#define ARCH_EARLY_CONSOLE_H

#include <lib/types.h>

void early_console_write(const char *s, size_t n);
void early_puts(const char *s);
/* Formats (lib/printf.h) into a buffer on the stack. */
void early_printk(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

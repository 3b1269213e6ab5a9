/* SPDX-License-Identifier: GPL-2.0-only */
/* report.h - what the command says about itself: one line each, on stderr. */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include <stdbool.h>

enum exit_status {
	EXIT_TIME_LIMIT = 124,
	EXIT_LAUNCHER = 125,
	EXIT_CANNOT_EXECUTE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL_BASE = 128,
};

/* Say "perennial: ..." on stderr. With a raw terminal the line still begins at the left. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say it, and exit with EXIT_LAUNCHER after the clean-up that atexit knows. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Say it if --verbose was given, with the milliseconds since the start. */
void detail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void detail_enable(void);
bool detail_is_enabled(void);

/* malloc and friends that die when memory is out. */
void *must_alloc(unsigned long len_bytes);
void *must_realloc(void *p, unsigned long len_bytes);
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_log.h - what the guest's kernel prints: kept in a file, or only its end, for a panic. */
#ifndef HOST_KERNEL_LOG_H
#define HOST_KERNEL_LOG_H

#include <stdbool.h>
#include "bytes.h"

struct kernel_log {
	int file_fd;       /* --log, or -1 */
	struct bytes text; /* the last KERNEL_LOG_KEEP bytes at least */
	bool is_panic;
};

#define KERNEL_LOG_KEEP (256u << 10)

void kernel_log_init(struct kernel_log *log, const char *path);
void kernel_log_add(struct kernel_log *log, const char *bytes, size_t len);
/* From the first line that belongs to the panic; false when there is none. */
bool kernel_log_print_panic(struct kernel_log *log);
/* The last @nr_lines lines (all of it: -1), to stderr. */
void kernel_log_print_tail(struct kernel_log *log, int nr_lines);
/* The status that the guest said on its console, or -1. */
int kernel_log_exit_status(struct kernel_log *log);
void kernel_log_fini(struct kernel_log *log);

#endif

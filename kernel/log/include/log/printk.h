/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printk.h - the kernel's log. Any context, NMI included (there only into the ring).
 */
#pragma once

#include <lib/types.h>
#include <lib/printf.h>
#include <log/ratelimit.h>

enum log_level {
	LOG_EMERG,
	LOG_ALERT,
	LOG_CRIT,
	LOG_ERR,
	LOG_WARNING,
	LOG_NOTICE,
	LOG_INFO,
	LOG_DEBUG,
	LOG_CONT, /* a record of its own with the level of the last one */
};

/* printk("<level>text"): levels as a prefix, for those used to it. */
#define KERN_SOH     "\001"
#define KERN_EMERG   KERN_SOH "0"
#define KERN_ALERT   KERN_SOH "1"
#define KERN_CRIT    KERN_SOH "2"
#define KERN_ERR     KERN_SOH "3"
#define KERN_WARNING KERN_SOH "4"
#define KERN_NOTICE  KERN_SOH "5"
#define KERN_INFO    KERN_SOH "6"
#define KERN_DEBUG   KERN_SOH "7"
#define KERN_CONT    KERN_SOH "c"

/* One record (newlines inside make several). Returns the length of the text. */
int printk(const char *fmt, ...) __printf(1, 2);
int vprintk(const char *fmt, va_list args);
/* A record with facility and level given (writes to /dev/kmsg: facility 1). */
int log_emit(u32 facility, enum log_level level, const char *text, size_t len);

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define pr_emerg(fmt, ...)  printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)  printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)   printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)    printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)   printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...) printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)   printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...)  printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_cont(fmt, ...)   printk(KERN_CONT fmt, ##__VA_ARGS__)

/* At most DEFAULT_RATELIMIT_BURST records in DEFAULT_RATELIMIT_INTERVAL from each place. @state: struct ratelimit. */
#define pr_err_ratelimited(state, fmt, ...)                         \
	do {                                                        \
		if (ratelimit_allow(state, __func__))               \
			pr_err(fmt, ##__VA_ARGS__);                 \
	} while (0)
#define pr_warn_ratelimited(state, fmt, ...)                        \
	do {                                                        \
		if (ratelimit_allow(state, __func__))               \
			pr_warn(fmt, ##__VA_ARGS__);                \
	} while (0)
#define pr_info_ratelimited(state, fmt, ...)                        \
	do {                                                        \
		if (ratelimit_allow(state, __func__))               \
			pr_info(fmt, ##__VA_ARGS__);                \
	} while (0)

/* Bytes in the log, 16 a line, offset in front. */
void hex_dump(enum log_level level, const char *prefix, const void *data, size_t len_bytes);

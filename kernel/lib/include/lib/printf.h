/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printf.h - formatted text. Conversions: %d %i %u %x %X %o %c %s %p %% with flags, width, precision and
 * hh h l ll z t j; of %p: %p and %px (the address), %pS and %ps (symbol with and without offset), %pB (like
 * pS, for a return address), %pU (UUID), %pM (MAC), %pI4 (IPv4), %pe (error name as number), %ph (hex
 * bytes with a field width), %pV (struct va_format). No floating point and no %n.
 */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include <lib/types.h>
#include <stdarg.h>

/* For %pV: a format within a format. */
struct va_format {
	const char *fmt;
	va_list *va;
};

#ifdef HOST_TEST
#define vsnprintf k_vsnprintf
#define snprintf k_snprintf
#endif

/* Both return the length that the whole text has, which may be more than was written. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
/* These return what was written, without the terminator. */
int vscnprintf(char *buf, size_t size, const char *fmt, va_list args);
int scnprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kstrtox.h - text to numbers. The kstrto* family takes the whole string (one trailing newline is allowed),
 * an optional sign and, for base 0, a 0x or 0 prefix: 0, -EINVAL (not a number), -ERANGE (does not fit).
 */
#ifndef LIB_KSTRTOX_H
#define LIB_KSTRTOX_H

#include <lib/types.h>

int __must_check kstrtoull(const char *s, unsigned int base, unsigned long long *res);
int __must_check kstrtoll(const char *s, unsigned int base, long long *res);
int __must_check kstrtoul(const char *s, unsigned int base, unsigned long *res);
int __must_check kstrtol(const char *s, unsigned int base, long *res);
int __must_check kstrtouint(const char *s, unsigned int base, unsigned int *res);
int __must_check kstrtoint(const char *s, unsigned int base, int *res);
int __must_check kstrtou16(const char *s, unsigned int base, u16 *res);
int __must_check kstrtou8(const char *s, unsigned int base, u8 *res);

static inline int __must_check kstrtou64(const char *s, unsigned int base, u64 *res)
{
	return kstrtoull(s, base, res);
}

static inline int __must_check kstrtou32(const char *s, unsigned int base, u32 *res)
{
	return kstrtouint(s, base, res);
}

/* y, t, 1, on, n, f, 0, off in any case; only the first letters count. */
int __must_check kstrtobool(const char *s, bool *res);

/* Read digits as far as they go; *endp is the first character that is none. Wraps on overflow. */
unsigned long long simple_strtoull(const char *s, char **endp, unsigned int base);
unsigned long simple_strtoul(const char *s, char **endp, unsigned int base);
long simple_strtol(const char *s, char **endp, unsigned int base);
/* A number with an optional K, M, G, T, P, E (powers of 1024). */
unsigned long long memparse(const char *s, char **endp);

#endif

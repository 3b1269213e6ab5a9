/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kstrtox.c - text to numbers, strict (kstrto*) and as far as it goes (simple_*, memparse).
 *
 * WHAT        One digit loop serves all. The strict family checks the end of the string and the range.
 * ERRORS      -EINVAL: no digit, or something after the number. -ERANGE: does not fit; the result is not written.
 * TESTS       tests/kstrtox_test.c, tests/kstrtox_fuzz.c
 */
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>

/* Skip a prefix and settle the base; a lone "0x" is the digit 0 followed by an x. */
static const char *take_prefix(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x' && hex_to_bin(s[2]) >= 0;

	if (!*base)
		*base = hex ? 16 : s[0] == '0' ? 8 : 10;
	return *base == 16 && hex ? s + 2 : s;
}

static unsigned int digit_value(char c)
{
	if (isdigit((u8)c))
		return c - '0';
	if (isalpha((u8)c))
		return (c | 0x20) - 'a' + 10;
	return UINT_MAX;
}

/* Reads digits; the number of them, and whether the value wrapped. */
static unsigned int take_digits(const char **s, unsigned int base, unsigned long long *value,
				bool *overflow)
{
	unsigned int nr = 0, digit;
	unsigned long long v = 0;

	*overflow = false;
	for (; (digit = digit_value(**s)) < base; (*s)++, nr++) {
		unsigned long long scaled;

		*overflow |= __builtin_mul_overflow(v, (unsigned long long)base, &scaled);
		*overflow |= __builtin_add_overflow(scaled, (unsigned long long)digit, &v);
	}
	*value = v;
	return nr;
}

/* The magnitude after a sign. */
static int parse_magnitude(const char *s, unsigned int base, unsigned long long *value)
{
	bool overflow;

	s = take_prefix(s, &base);
	if (!take_digits(&s, base, value, &overflow))
		return -EINVAL;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	return overflow ? -ERANGE : 0;
}

int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned long long value;
	int err = parse_magnitude(*s == '+' ? s + 1 : s, base, &value);

	if (!err)
		*res = value;
	return err;
}

int kstrtoll(const char *s, unsigned int base, long long *res)
{
	bool negative = *s == '-';
	unsigned long long value;
	int err = parse_magnitude(negative || *s == '+' ? s + 1 : s, base, &value);

	if (err)
		return err;
	if (value > (unsigned long long)LLONG_MAX + negative)
		return -ERANGE;
	*res = negative ? (long long)(0 - value) : (long long)value;
	return 0;
}

static int parse_unsigned(const char *s, unsigned int base, unsigned long long max,
			  unsigned long long *res)
{
	int err = kstrtoull(s, base, res);

	return err ? err : *res > max ? -ERANGE : 0;
}

int kstrtoul(const char *s, unsigned int base, unsigned long *res)
{
	unsigned long long value;
	int err = parse_unsigned(s, base, ULONG_MAX, &value);

	if (!err)
		*res = value;
	return err;
}

int kstrtol(const char *s, unsigned int base, long *res)
{
	long long value;
	int err = kstrtoll(s, base, &value);

	if (!err)
		*res = value;
	return err;
}

int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	unsigned long long value;
	int err = parse_unsigned(s, base, UINT_MAX, &value);

	if (!err)
		*res = (unsigned int)value;
	return err;
}

int kstrtoint(const char *s, unsigned int base, int *res)
{
	long long value;
	int err = kstrtoll(s, base, &value);

	if (err)
		return err;
	if (value != (int)value)
		return -ERANGE;
	*res = (int)value;
	return 0;
}

int kstrtou16(const char *s, unsigned int base, u16 *res)
{
	unsigned long long value;
	int err = parse_unsigned(s, base, U16_MAX, &value);

	if (!err)
		*res = (u16)value;
	return err;
}

int kstrtou8(const char *s, unsigned int base, u8 *res)
{
	unsigned long long value;
	int err = parse_unsigned(s, base, U8_MAX, &value);

	if (!err)
		*res = (u8)value;
	return err;
}

int kstrtobool(const char *s, bool *res)
{
	if (!s)
		return -EINVAL;
	switch (s[0]) {
	case 'y': case 'Y': case 't': case 'T': case '1':
		*res = true;
		return 0;
	case 'n': case 'N': case 'f': case 'F': case '0':
		*res = false;
		return 0;
	case 'o': case 'O':
		break;
	default:
		return -EINVAL;
	}
	switch (s[1]) {
	case 'n': case 'N':
		*res = true;
		return 0;
	case 'f': case 'F':
		*res = false;
		return 0;
	}
	return -EINVAL;
}

unsigned long long simple_strtoull(const char *s, char **endp, unsigned int base)
{
	unsigned long long value;
	bool overflow;

	s = take_prefix(s, &base);
	take_digits(&s, base, &value, &overflow);
	if (endp)
		*endp = (char *)s;
	return value;
}

unsigned long simple_strtoul(const char *s, char **endp, unsigned int base)
{
	return simple_strtoull(s, endp, base);
}

long simple_strtol(const char *s, char **endp, unsigned int base)
{
	if (*s == '-')
		return (long)(0 - simple_strtoull(s + 1, endp, base));
	return (long)simple_strtoull(s, endp, base);
}

unsigned long long memparse(const char *s, char **endp)
{
	char *end;
	unsigned long long value = simple_strtoull(s, &end, 0);
	unsigned int shift = 0;

	switch (*end) {
	case 'E': case 'e': shift += 10; fallthrough;
	case 'P': case 'p': shift += 10; fallthrough;
	case 'T': case 't': shift += 10; fallthrough;
	case 'G': case 'g': shift += 10; fallthrough;
	case 'M': case 'm': shift += 10; fallthrough;
	case 'K': case 'k': shift += 10; end++;
	}
	if (endp)
		*endp = end;
	return value << shift;
}

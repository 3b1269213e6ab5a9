/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printf.c - formatted text into a buffer.
 *
 * WHAT        A format is cut into literal runs and conversions; each conversion is decoded into a struct spec and
 *             printed by one function per kind into a struct out, which counts all and stores what fits.
 * INVARIANTS  At most size bytes are written, the last of them NUL if size > 0; the return value does not depend on
 *             size. Nothing allocates, locks or faults on purpose: this runs in NMI and panic.
 * ERRORS      An unknown conversion is printed as it stands and its argument is not taken. A string pointer in
 *             the first page or an ERR_PTR prints as (null) or (efault).
 * TESTS       tests/printf_test.c (against the C library where the meanings are equal)
 */
#include <lib/byteorder.h>
#include <lib/ctype.h>
#include <lib/err.h>
#include <lib/lib_port.h>
#include <lib/printf.h>
#include <lib/string.h>

enum spec_flags {
	SPEC_LEFT = BIT(0),
	SPEC_ZERO = BIT(1),
	SPEC_PLUS = BIT(2),
	SPEC_SPACE = BIT(3),
	SPEC_ALT = BIT(4),
	SPEC_UPPER = BIT(5),
	SPEC_SIGNED = BIT(6),
};

struct spec {
	unsigned int flags;
	int width;     /* -1: not given */
	int precision; /* -1: not given */
	unsigned int base;
	unsigned int size; /* bytes of the integer argument */
	char conversion;
};

struct out {
	char *buf;
	size_t size;
	size_t len;
};

/* Widths beyond this are mistakes; a column of text is never this wide. */
#define WIDTH_MAX 4096

static void put(struct out *out, char c)
{
	if (out->len < out->size)
		out->buf[out->len] = c;
	out->len++;
}

static void put_bytes(struct out *out, const char *s, size_t n)
{
	if (out->len < out->size)
		memcpy(out->buf + out->len, s, min(n, out->size - out->len));
	out->len += n;
}

static void put_repeated(struct out *out, char c, int n)
{
	for (; n > 0; n--)
		put(out, c);
}

static void put_string(struct out *out, const char *s, const struct spec *spec)
{
	int len, pad;

	if ((unsigned long)s < 4096)
		s = "(null)";
	else if (IS_ERR(s))
		s = "(efault)";
	len = (int)strnlen(s, spec->precision >= 0 ? (size_t)spec->precision : INT_MAX);
	pad = spec->width - len;
	if (!(spec->flags & SPEC_LEFT))
		put_repeated(out, ' ', pad);
	put_bytes(out, s, len);
	if (spec->flags & SPEC_LEFT)
		put_repeated(out, ' ', pad);
}

/* Digits of @value, lowest first; 22 octal digits are the most. */
static int make_digits(char digits[24], unsigned long long value, const struct spec *spec)
{
	const char letter = spec->flags & SPEC_UPPER ? 'A' : 'a';
	int n = 0;

	do {
		unsigned int digit = value % spec->base;

		digits[n++] = digit < 10 ? '0' + digit : letter + digit - 10;
		value /= spec->base;
	} while (value);
	return n;
}

static int make_prefix(char prefix[3], bool negative, bool is_zero, const struct spec *spec)
{
	int n = 0;

	if (negative)
		prefix[n++] = '-';
	else if (spec->flags & SPEC_PLUS)
		prefix[n++] = '+';
	else if (spec->flags & SPEC_SPACE)
		prefix[n++] = ' ';
	if ((spec->flags & SPEC_ALT) && spec->base == 16 && !is_zero) {
		prefix[n++] = '0';
		prefix[n++] = spec->flags & SPEC_UPPER ? 'X' : 'x';
	}
	return n;
}

static void put_number(struct out *out, unsigned long long value, bool negative,
		       const struct spec *spec)
{
	char digits[24], prefix[3];
	int nr_prefix = make_prefix(prefix, negative, !value, spec);
	int nr_digits = make_digits(digits, value, spec);
	int zeros, pad;

	if (!value && spec->precision == 0)
		nr_digits = 0;
	zeros = max(spec->precision - nr_digits, 0);
	if ((spec->flags & SPEC_ALT) && spec->base == 8 && !zeros && (value || !nr_digits))
		zeros = 1;
	pad = spec->width - nr_prefix - zeros - nr_digits;
	if ((spec->flags & SPEC_ZERO) && !(spec->flags & SPEC_LEFT) && spec->precision < 0 &&
	    pad > 0) {
		zeros += pad;
		pad = 0;
	}
	if (!(spec->flags & SPEC_LEFT))
		put_repeated(out, ' ', pad);
	put_bytes(out, prefix, nr_prefix);
	put_repeated(out, '0', zeros);
	while (nr_digits)
		put(out, digits[--nr_digits]);
	if (spec->flags & SPEC_LEFT)
		put_repeated(out, ' ', pad);
}

static void put_hex(struct out *out, unsigned long long value, int nr_digits)
{
	struct spec spec = { .base = 16, .width = -1, .precision = nr_digits };

	put_number(out, value, false, &spec);
}

static void put_decimal(struct out *out, long long value)
{
	struct spec spec = { .base = 10, .width = -1, .precision = -1 };

	put_number(out, value < 0 ? 0ULL - value : value, value < 0, &spec);
}

static void put_symbol(struct out *out, unsigned long addr, char kind)
{
	struct spec plain = { .width = -1, .precision = -1 };
	unsigned long off = 0, size = 0;
	/* A return address may lie behind the last instruction of a function that does not return. */
	const char *name = symbol_lookup(kind == 'B' ? addr - 1 : addr, &off, &size);

	if (!name) {
		put_bytes(out, "0x", 2);
		put_hex(out, addr, 1);
		return;
	}
	put_string(out, name, &plain);
	if (kind == 's')
		return;
	put_bytes(out, "+0x", 3);
	put_hex(out, off + (kind == 'B'), 1);
	put_bytes(out, "/0x", 3);
	put_hex(out, size, 1);
}

static void put_uuid(struct out *out, const u8 *b)
{
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			put(out, '-');
		put_hex(out, b[i], 2);
	}
}

static void put_hex_bytes(struct out *out, const u8 *b, int n, char separator)
{
	for (int i = 0; i < n; i++) {
		if (i)
			put(out, separator);
		put_hex(out, b[i], 2);
	}
}

static void put_ipv4(struct out *out, const u8 *b)
{
	for (int i = 0; i < 4; i++) {
		if (i)
			put(out, '.');
		put_decimal(out, b[i]);
	}
}

/* RFC 5952: the longest run of at least two zero groups becomes "::". */
static void put_ipv6(struct out *out, const u8 *b)
{
	int best = -1, best_len = 1;

	for (int i = 0; i < 8; i++) {
		int len = 0;

		while (i + len < 8 && !get_unaligned_be16(b + 2 * (i + len)))
			len++;
		if (len > best_len) {
			best = i;
			best_len = len;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			put_bytes(out, "::", 2);
			i += best_len - 1;
			continue;
		}
		if (i && i != best + best_len)
			put(out, ':');
		put_hex(out, get_unaligned_be16(b + 2 * i), 1);
	}
}

static void put_va_format(struct out *out, const struct va_format *vaf)
{
	size_t room = out->len < out->size ? out->size - out->len : 0;
	va_list copy;

	va_copy(copy, *vaf->va);
	out->len += vsnprintf(room ? out->buf + out->len : NULL, room, vaf->fmt, copy);
	va_end(copy);
}

static void put_address(struct out *out, const void *ptr, const struct spec *given)
{
	struct spec spec = *given;

	spec.base = 16;
	if (spec.width < 0) {
		spec.width = 16;
		spec.flags |= SPEC_ZERO;
	}
	put_number(out, (unsigned long)ptr, false, &spec);
}

/* What follows %p. Returns how many letters it took. */
static int put_pointer(struct out *out, const char *kind, const void *ptr, const struct spec *spec)
{
	const bool bad = (unsigned long)ptr < 4096 || IS_ERR(ptr);
	struct spec plain = { .width = spec->width, .precision = -1, .flags = spec->flags };

	switch (*kind) {
	case 'S': case 's': case 'B':
		put_symbol(out, (unsigned long)ptr, *kind);
		return 1;
	case 'e':
		if (IS_ERR(ptr))
			put_decimal(out, PTR_ERR(ptr));
		else
			put_address(out, ptr, spec);
		return 1;
	case 'x':
		put_address(out, ptr, spec);
		return 1;
	case 'U': case 'M': case 'V': case 'h':
		if (bad)
			put_string(out, ptr, &plain);
		else if (*kind == 'U')
			put_uuid(out, ptr);
		else if (*kind == 'M')
			put_hex_bytes(out, ptr, 6, ':');
		else if (*kind == 'V')
			put_va_format(out, ptr);
		else
			put_hex_bytes(out, ptr, clamp(spec->width, 1, 64), ' ');
		return 1;
	case 'I':
		if (kind[1] != '4' && kind[1] != '6')
			break;
		if (bad)
			put_string(out, ptr, &plain);
		else if (kind[1] == '4')
			put_ipv4(out, ptr);
		else
			put_ipv6(out, ptr);
		return 2;
	}
	put_address(out, ptr, spec);
	return 0;
}

static const char *parse_flags(const char *f, struct spec *spec)
{
	for (;; f++) {
		switch (*f) {
		case '-': spec->flags |= SPEC_LEFT; break;
		case '0': spec->flags |= SPEC_ZERO; break;
		case '+': spec->flags |= SPEC_PLUS; break;
		case ' ': spec->flags |= SPEC_SPACE; break;
		case '#': spec->flags |= SPEC_ALT; break;
		default: return f;
		}
	}
}

static const char *parse_digits(const char *f, int *value)
{
	*value = 0;
	for (; isdigit((u8)*f); f++)
		*value = min(*value * 10 + (*f - '0'), WIDTH_MAX);
	return f;
}

static const char *parse_size(const char *f, struct spec *spec)
{
	spec->size = sizeof(int);
	switch (*f) {
	case 'h':
		spec->size = f[1] == 'h' ? 1 : 2;
		return f[1] == 'h' ? f + 2 : f + 1;
	case 'l':
		spec->size = 8;
		return f[1] == 'l' ? f + 2 : f + 1;
	case 'z': case 't': case 'j': case 'L':
		spec->size = 8;
		return f + 1;
	}
	return f;
}

/* va_list may be an array type: a struct lets functions share it. */
struct args {
	va_list va;
};

static const char *parse_spec(const char *f, struct spec *spec, struct args *args)
{
	*spec = (struct spec){ .width = -1, .precision = -1, .base = 10 };
	f = parse_flags(f, spec);
	if (*f == '*') {
		int width = va_arg(args->va, int);

		spec->width = clamp(width < 0 ? -width : width, 0, WIDTH_MAX);
		if (width < 0)
			spec->flags |= SPEC_LEFT;
		f++;
	} else if (isdigit((u8)*f)) {
		f = parse_digits(f, &spec->width);
	}
	if (*f == '.') {
		f++;
		if (*f == '*') {
			spec->precision = max(va_arg(args->va, int), -1);
			f++;
		} else {
			f = parse_digits(f, &spec->precision);
		}
	}
	f = parse_size(f, spec);
	spec->conversion = *f;
	return f;
}

static void put_integer(struct out *out, struct spec *spec, struct args *args)
{
	unsigned long long value;
	bool negative = false;

	switch (spec->conversion) {
	case 'X': spec->flags |= SPEC_UPPER; fallthrough;
	case 'x': spec->base = 16; break;
	case 'o': spec->base = 8; break;
	case 'd': case 'i': spec->flags |= SPEC_SIGNED; break;
	}
	value = spec->size == 8 ? va_arg(args->va, unsigned long long) :
				  va_arg(args->va, unsigned int);
	if (spec->flags & SPEC_SIGNED) {
		long long v = spec->size == 1 ? (s8)value :
			      spec->size == 2 ? (s16)value :
			      spec->size == 4 ? (s32)value : (long long)value;

		negative = v < 0;
		value = negative ? 0ULL - v : (unsigned long long)v;
	} else {
		spec->flags &= ~(SPEC_PLUS | SPEC_SPACE);
		if (spec->size < 8)
			value &= (1ULL << (spec->size * 8)) - 1;
	}
	put_number(out, value, negative, spec);
}

static void put_char(struct out *out, char c, const struct spec *spec)
{
	if (!(spec->flags & SPEC_LEFT))
		put_repeated(out, ' ', spec->width - 1);
	put(out, c);
	if (spec->flags & SPEC_LEFT)
		put_repeated(out, ' ', spec->width - 1);
}

/* @f is behind the '%' at @start; returns what follows the conversion. */
static const char *convert(struct out *out, const char *start, const char *f, struct args *args)
{
	struct spec spec;

	f = parse_spec(f, &spec, args);
	switch (spec.conversion) {
	case 'd': case 'i': case 'u': case 'x': case 'X': case 'o':
		put_integer(out, &spec, args);
		return f + 1;
	case 'c':
		put_char(out, (char)va_arg(args->va, int), &spec);
		return f + 1;
	case 's':
		put_string(out, va_arg(args->va, const char *), &spec);
		return f + 1;
	case 'p':
		return f + 1 + put_pointer(out, f + 1, va_arg(args->va, const void *), &spec);
	case '%':
		put(out, '%');
		return f + 1;
	}
	put_bytes(out, start, f - start);
	return f;
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list va)
{
	struct out out = { .buf = buf, .size = size };
	struct args args;

	va_copy(args.va, va);
	while (*fmt) {
		const char *percent = strchrnul(fmt, '%');

		put_bytes(&out, fmt, percent - fmt);
		fmt = *percent ? convert(&out, percent, percent + 1, &args) : percent;
	}
	va_end(args.va);
	if (size)
		buf[min(out.len, size - 1)] = '\0';
	return (int)out.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list va;
	int len;

	va_start(va, fmt);
	len = vsnprintf(buf, size, fmt, va);
	va_end(va);
	return len;
}

int vscnprintf(char *buf, size_t size, const char *fmt, va_list va)
{
	int len = vsnprintf(buf, size, fmt, va);

	if (!size)
		return 0;
	return (size_t)len < size ? len : (int)(size - 1);
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list va;
	int len;

	va_start(va, fmt);
	len = vscnprintf(buf, size, fmt, va);
	va_end(va);
	return len;
}

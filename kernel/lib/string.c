/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * string.c - terminated strings, in the C library's terms and the kernel's.
 *
 * WHAT        What the C library would give (not compiled for the host, which has its own), and after that what
 *             kernels add: copies that always terminate and say when they cut, trimming, tables of names.
 * ERRORS      strscpy -E2BIG; match_string -EINVAL. Nothing allocates.
 * TESTS       tests/string_test.c
 */
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/string.h>

#if !defined(HOST_TEST) || defined(TEST_OWN_STRINGS)
#define REPEATED(c) ((c) * 0x0101010101010101UL)

/* Has one of the eight bytes the value 0? (Exact: a borrow cannot start without one.) */
static __always_inline u64 zero_bytes(u64 x)
{
	return (x - REPEATED(1)) & ~x & REPEATED(0x80);
}

__no_sanitize size_t strlen(const char *s)
{
	typedef u64 __attribute__((__may_alias__)) aligned_word;
	const char *p = s;
	u64 hit;

	for (; !IS_ALIGNED((unsigned long)p, 8); p++)
		if (!*p)
			return p - s;
	/* An aligned word never crosses a page, so reading past the end inside it is safe. */
	while (!(hit = zero_bytes(*(const aligned_word *)p)))
		p += 8;
	return p - s + __builtin_ctzll(hit) / 8;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (u8)*a - (u8)*b;
		if (!*a)
			return 0;
	}
	return 0;
}

int strncasecmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		int x = tolower((u8)*a), y = tolower((u8)*b);

		if (x != y)
			return x - y;
		if (!x)
			return 0;
	}
	return 0;
}

int strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, SIZE_MAX);
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	char *p = strchrnul(s, c);

	return *p == (char)c ? p : NULL;
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)last;
}

char *strstr(const char *s, const char *what)
{
	return strnstr(s, what, SIZE_MAX);
}

size_t strspn(const char *s, const char *accept)
{
	size_t n = 0;

	while (s[n] && strchr(accept, s[n]))
		n++;
	return n;
}

size_t strcspn(const char *s, const char *reject)
{
	size_t n = 0;

	while (s[n] && !strchr(reject, s[n]))
		n++;
	return n;
}

char *strpbrk(const char *s, const char *accept)
{
	s += strcspn(s, accept);
	return *s ? (char *)s : NULL;
}

char *strsep(char **s, const char *sep)
{
	char *field = *s, *end;

	if (!field)
		return NULL;
	end = strpbrk(field, sep);
	if (end)
		*end++ = '\0';
	*s = end;
	return field;
}
#endif

void *memchr_inv(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; n--, p++)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

char *strnstr(const char *s, const char *what, size_t n)
{
	size_t len = strlen(what);

	if (!len)
		return (char *)s;
	for (; n >= len && *s; n--, s++)
		if (!strncmp(s, what, len))
			return (char *)s;
	return NULL;
}

char *strnchr(const char *s, size_t n, int c)
{
	for (; n; n--, s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			break;
	}
	return NULL;
}

ssize_t strscpy(char *dst, const char *src, size_t size)
{
	size_t len;

	if (!size)
		return -E2BIG;
	len = strnlen(src, size);
	if (len < size) {
		memcpy(dst, src, len + 1);
		return len;
	}
	memcpy(dst, src, size - 1);
	dst[size - 1] = '\0';
	return -E2BIG;
}

ssize_t strscpy_pad(char *dst, const char *src, size_t size)
{
	ssize_t len = strscpy(dst, src, size);

	if (len >= 0)
		memset(dst + len, 0, size - len);
	return len;
}

char *skip_spaces(const char *s)
{
	while (isspace((u8)*s))
		s++;
	return (char *)s;
}

char *strim(char *s)
{
	size_t len;

	s = skip_spaces(s);
	len = strlen(s);
	while (len && isspace((u8)s[len - 1]))
		len--;
	s[len] = '\0';
	return s;
}

bool str_has_prefix(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

bool sysfs_streq(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == '\n')
		a++;
	else if (*b == '\n')
		b++;
	return !*a && !*b;
}

int match_string(const char *const *names, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (names[i] && !strcmp(names[i], s))
			return (int)i;
	return -EINVAL;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* string.h - bytes and strings. The mem* functions are real symbols: compilers emit calls to them. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <lib/types.h>

#ifdef HOST_TEST
#include <string.h>
#else
void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
char *strchrnul(const char *s, int c);
char *strstr(const char *s, const char *what);
/* Cut the next field off *s at one of @sep; NULL at the end. */
char *strsep(char **s, const char *sep);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strpbrk(const char *s, const char *accept);
void bcopy(const void *src, void *dst, size_t n);
int bcmp(const void *a, const void *b, size_t n);
#endif

/* The first byte in [s, s+n) that is not @c, or NULL. */
void *memchr_inv(const void *s, int c, size_t n);
/* @what anywhere in the first @n bytes of @s. */
char *strnstr(const char *s, const char *what, size_t n);
/* The first @c in the first @n bytes, or NULL. */
char *strnchr(const char *s, size_t n, int c);
/* Copy with termination; the length copied, or -E2BIG when @src did not fit (it was cut). */
ssize_t strscpy(char *dst, const char *src, size_t size);
/* The same, and zeros to the end of @dst: for what goes to user space. */
ssize_t strscpy_pad(char *dst, const char *src, size_t size);
/* Past leading white space; and that with trailing white space cut off. */
char *skip_spaces(const char *s);
char *strim(char *s);
bool str_has_prefix(const char *s, const char *prefix);
/* Equal, but for one trailing newline on either side: what sysfs files are given. */
bool sysfs_streq(const char *a, const char *b);
/* Index of @s in the table of @n names, or -EINVAL. */
int match_string(const char *const *names, size_t n, const char *s);

static inline bool streq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * string_test.c - proves the string functions, the kernel's own and those that stand in for the C library's (compared
 * with the C library's on random strings).
 */
#include "unit_test.h"
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <stdlib.h>

static const struct {
	size_t (*len)(const char *);
	int (*cmp)(const char *, const char *);
	int (*ncmp)(const char *, const char *, size_t);
	char *(*str)(const char *, const char *);
	size_t (*spn)(const char *, const char *);
	size_t (*cspn)(const char *, const char *);
	char *(*rchr)(const char *, int);
	char *(*chr)(const char *, int);
} libc = { strlen, strcmp, strncmp, strstr, strspn, strcspn, strrchr, strchr };

#define strlen k_strlen
#define strnlen k_strnlen
#define strcmp k_strcmp
#define strncmp k_strncmp
#define strcasecmp k_strcasecmp
#define strncasecmp k_strncasecmp
#undef strchr
#define strchr k_strchr
#define strrchr k_strrchr
#define strchrnul k_strchrnul
#define strstr k_strstr
#define strsep k_strsep
#define strspn k_strspn
#define strcspn k_strcspn
#define strpbrk k_strpbrk
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
char *strsep(char **s, const char *sep);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strpbrk(const char *s, const char *accept);
#define TEST_OWN_STRINGS
#include "../string.c"

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

/* A random string over three letters, in memory that ends with it. */
static char *random_string(void)
{
	size_t n = unit_random() % 24;
	char *s = malloc(n + 1);

	for (size_t i = 0; i < n; i++)
		s[i] = "ab\xff"[unit_random() % 3];
	s[n] = '\0';
	return s;
}

TEST(the_c_librarys_functions_agree_on_random_strings)
{
	for (int i = 0; i < 20000; i++) {
		char *a = random_string(), *b = random_string();
		size_t n = unit_random() % 24;

		CHECK_EQ(strlen(a), libc.len(a));
		CHECK_EQ(sign(strcmp(a, b)), sign(libc.cmp(a, b)));
		CHECK_EQ(sign(strncmp(a, b, n)), sign(libc.ncmp(a, b, n)));
		CHECK(strstr(a, b) == libc.str(a, b));
		CHECK_EQ(strspn(a, b), libc.spn(a, b));
		CHECK_EQ(strcspn(a, b), libc.cspn(a, b));
		CHECK(strrchr(a, 'b') == libc.rchr(a, 'b'));
		CHECK(strchr(a, 0) == libc.chr(a, 0));
		CHECK(strchr(a, '\xff') == libc.chr(a, '\xff'));
		free(a);
		free(b);
	}
}

TEST(strnlen_reads_no_further_than_told)
{
	char *s = malloc(4);

	memset(s, 'x', 4);
	CHECK_EQ(strnlen(s, 4), 4);
	free(s);
}

TEST(case_is_ignored_when_asked)
{
	CHECK_EQ(strcasecmp("Content-Length", "content-LENGTH"), 0);
	CHECK(strcasecmp("a", "B") < 0);
	CHECK_EQ(strncasecmp("abcX", "ABCy", 3), 0);
}

TEST(strsep_gives_each_field_and_empty_ones)
{
	char text[] = "a,,b", *s = text;

	CHECK_STREQ(strsep(&s, ","), "a");
	CHECK_STREQ(strsep(&s, ","), "");
	CHECK_STREQ(strsep(&s, ","), "b");
	CHECK(!strsep(&s, ","));
}

TEST(strscpy_always_terminates_and_says_when_it_cut)
{
	char dst[4] = "zzz";

	CHECK_EQ(strscpy(dst, "abc", sizeof(dst)), 3);
	CHECK_STREQ(dst, "abc");
	CHECK_EQ(strscpy(dst, "abcd", sizeof(dst)), -E2BIG);
	CHECK_STREQ(dst, "abc");
	CHECK_EQ(strscpy(dst, "abcd", 0), -E2BIG);
}

TEST(strscpy_pad_leaves_nothing_old_behind)
{
	char dst[8];

	memset(dst, 'z', sizeof(dst));
	CHECK_EQ(strscpy_pad(dst, "ab", sizeof(dst)), 2);
	CHECK(!memchr_inv(dst + 2, 0, 6));
}

TEST(memchr_inv_finds_the_first_other_byte)
{
	CHECK_STREQ(memchr_inv("aaab", 'a', 4), "b");
	CHECK(!memchr_inv("aaaa", 'a', 4));
}

TEST(strim_cuts_white_space_on_both_sides)
{
	char text[] = " \t a b\n", blank[] = "  ";

	CHECK_STREQ(strim(text), "a b");
	CHECK_STREQ(strim(blank), "");
}

TEST(strnstr_and_strnchr_stay_inside_the_count)
{
	CHECK_STREQ(strnstr("hello", "lo", 5), "lo");
	CHECK(!strnstr("hello", "lo", 4));
	CHECK(!strnchr("hello", 4, 'o'));
	CHECK_STREQ(strnchr("hello", 5, 'o'), "o");
}

TEST(sysfs_streq_forgives_one_newline)
{
	CHECK(sysfs_streq("on", "on\n"));
	CHECK(sysfs_streq("on\n", "on"));
	CHECK(!sysfs_streq("on", "on\n\n"));
	CHECK(!sysfs_streq("on", "off"));
}

TEST(match_string_gives_the_index_or_einval)
{
	const char *const names[] = { "none", NULL, "always" };

	CHECK_EQ(match_string(names, 3, "always"), 2);
	CHECK_EQ(match_string(names, 3, "never"), -EINVAL);
}

TEST(prefix_is_compared_whole)
{
	CHECK(str_has_prefix("virtio0", "virtio"));
	CHECK(!str_has_prefix("vir", "virtio"));
}

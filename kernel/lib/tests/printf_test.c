/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printf_test.c - proves printf.c: the common conversions against the C library over all combinations of flags, width
 * and precision, and the kernel's own %p forms by example.
 */
#include "unit_test.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int host_print(char *buf, size_t size, const char *fmt, ...)
{
	va_list va;
	int len;

	va_start(va, fmt);
	len = vsnprintf(buf, size, fmt, va);
	va_end(va);
	return len;
}

static int (*const host_print_any)(char *, size_t, const char *, ...) = host_print;

#include <lib/err.h>
#include <lib/printf.h>
#include <lib/types.h>

static int (*const kernel_print_any)(char *, size_t, const char *, ...) = snprintf;

#define SAME(...)                                                                          \
	do {                                                                               \
		char mine[256], theirs[256];                                               \
		int mine_len = kernel_print_any(mine, sizeof(mine), __VA_ARGS__);          \
		int theirs_len = host_print_any(theirs, sizeof(theirs), __VA_ARGS__);      \
		CHECK_STREQ(mine, theirs);                                                 \
		CHECK_EQ(mine_len, theirs_len);                                            \
	} while (0)
#define PRINTS(want, ...)                                                                  \
	do {                                                                               \
		char mine[256];                                                            \
		CHECK_EQ(kernel_print_any(mine, sizeof(mine), __VA_ARGS__), strlen(want)); \
		CHECK_STREQ(mine, want);                                                   \
	} while (0)

static const char *const flag_sets[] = { "", "-", "0", "+", " ", "#", "-0", "+0", "#0", "-#", "+-" };
static const char *const widths[] = { "", "1", "7", "20" };
static const char *const precisions[] = { "", ".0", ".1", ".5", ".12", "." };

static void check_integers(const char *fmt, char size)
{
	static const long long values[] = { 0, 1, -1, 7, 255, -256, 65535, INT_MAX, INT_MIN,
					    LLONG_MAX, LLONG_MIN };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		if (size == 'l')
			SAME(fmt, values[i]);
		else
			SAME(fmt, (int)values[i]);
	}
}

TEST(integers_agree_with_the_c_library_in_every_combination)
{
	static const char *const conversions[] = { "d", "u", "x", "X", "o", "i", "ld", "llu", "lx",
						   "llX", "lo", "zu", "hd", "hhu", "hx", "jd" };
	char fmt[32];

	for (size_t f = 0; f < ARRAY_SIZE(flag_sets); f++)
		for (size_t w = 0; w < ARRAY_SIZE(widths); w++)
			for (size_t p = 0; p < ARRAY_SIZE(precisions); p++)
				for (size_t c = 0; c < ARRAY_SIZE(conversions); c++) {
					const char *conv = conversions[c];

					sprintf(fmt, "<%%%s%s%s%s>", flag_sets[f], widths[w],
						precisions[p], conv);
					check_integers(fmt, strchr("lzj", conv[0]) ? 'l' : 'i');
				}
}

TEST(strings_and_characters_agree_with_the_c_library)
{
	SAME("%s|%10s|%-10s|%.2s|%10.1s|%-5.3s|", "abc", "abc", "abc", "abc", "abc", "abcdef");
	SAME("%c%5c%-5c|", 'a', 'b', 'c');
	SAME("%*d|%-*d|%.*s|%*.*s", 6, 1, 6, 2, 2, "abc", 8, 3, "xyzzy");
	SAME("%*d|%.*d", -6, 1, -1, 7);
	SAME("100%% of %s", "it");
	SAME("");
}

TEST(the_length_is_that_of_the_whole_text_whatever_fits)
{
	char buf[8] = "zzzzzzz";

	CHECK_EQ(snprintf(buf, 4, "%d", 123456), 6);
	CHECK_STREQ(buf, "123");
	CHECK_EQ(buf[4], 'z');
	CHECK_EQ(snprintf(NULL, 0, "%s", "hello"), 5);
	CHECK_EQ(scnprintf(buf, 4, "%d", 123456), 3);
	CHECK_EQ(scnprintf(buf, 0, "%d", 123456), 0);
	CHECK_EQ(scnprintf(buf, sizeof(buf), "%d", 12), 2);
}

TEST(symbols_are_looked_up)
{
	PRINTS("a_function+0x10/0x1000", "%pS", (void *)0x1010);
	PRINTS("a_function", "%ps", (void *)0x1010);
	PRINTS("a_function+0x1000/0x1000", "%pB", (void *)0x2000);
	PRINTS("0x5000", "%pS", (void *)0x5000);
}

TEST(pointers_have_sixteen_digits_unless_a_width_is_given)
{
	PRINTS("00000000deadbeef", "%p", (void *)0xdeadbeef);
	PRINTS("00000000deadbeefx", "%pxx", (void *)0xdeadbeef);
	PRINTS("    deadbeef", "%12px", (void *)0xdeadbeef);
	PRINTS("-12", "%pe", ERR_PTR(-12));
}

TEST(addresses_of_nets_and_uuids)
{
	static const u8 bytes[16] = { 0x01, 0x02, 0x0a, 0xff, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	static const u8 v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	static const u8 any[16] = { 0 };

	PRINTS("01020aff-0405-0607-0809-0a0b0c0d0e0f", "%pU", bytes);
	PRINTS("01:02:0a:ff:04:05", "%pM", bytes);
	PRINTS("1.2.10.255", "%pI4", bytes);
	PRINTS("102:aff:405:607:809:a0b:c0d:e0f", "%pI6", bytes);
	PRINTS("2001:db8::1", "%pI6", v6);
	PRINTS("::", "%pI6", any);
	PRINTS("01 02 0a", "%3ph", bytes);
}

TEST(bad_string_pointers_do_not_fault)
{
	const char *volatile null = NULL, *volatile low = (const char *)16;

	PRINTS("(null)", "%s", null);
	PRINTS("(null)", "%s", low);
	PRINTS("(efault)", "%s", (const char *)ERR_PTR(-14));
	PRINTS("(null)", "%pU", NULL);
}

static int print_nested(char *buf, size_t size, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list va;
	int len;

	va_start(va, fmt);
	vaf.va = &va;
	len = kernel_print_any(buf, size, "[%pV] %d", &vaf, 9);
	va_end(va);
	return len;
}

TEST(a_format_within_a_format)
{
	char buf[32];

	CHECK_EQ(print_nested(buf, sizeof(buf), "%d-%s", 5, "x"), 7);
	CHECK_STREQ(buf, "[5-x] 9");
	CHECK_EQ(print_nested(buf, 4, "%d-%s", 5, "x"), 7);
	CHECK_STREQ(buf, "[5-");
}

TEST(an_unknown_conversion_stands_as_it_is)
{
	PRINTS("%y 5", "%y %d", 5);
	PRINTS("%", "%");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* kstrtox_test.c - proves ranges, prefixes, ends and signs of the number parsers. */
#include "unit_test.h"
#include <lib/errno.h>
#include <lib/kstrtox.h>

TEST(whole_numbers_in_each_base)
{
	unsigned long long v;

	CHECK(!kstrtoull("18446744073709551615", 10, &v) && v == ULLONG_MAX);
	CHECK(!kstrtoull("0xffff\n", 0, &v) && v == 0xffff);
	CHECK(!kstrtoull("0755", 0, &v) && v == 0755);
	CHECK(!kstrtoull("0", 0, &v) && v == 0);
	CHECK(!kstrtoull("+7", 10, &v) && v == 7);
	CHECK(!kstrtoull("fF", 16, &v) && v == 255);
}

TEST(what_is_not_a_number_is_einval)
{
	const char *const bad[] = { "", "\n", "-", "+", "1 ", " 1", "1\n\n", "0x", "08", "1a", "--1" };
	unsigned long long v = 42;
	long long s;

	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(kstrtoull(bad[i], 0, &v), -EINVAL);
		CHECK_EQ(kstrtoll(bad[i], 0, &s), -EINVAL);
	}
	CHECK_EQ(kstrtoull("-1", 0, &v), -EINVAL);
	CHECK_EQ(v, 42);
}

TEST(what_does_not_fit_is_erange)
{
	unsigned long long ull;
	long long ll;
	unsigned int u;
	int i;
	u16 h;
	u8 b;

	CHECK_EQ(kstrtoull("18446744073709551616", 10, &ull), -ERANGE);
	CHECK_EQ(kstrtoll("9223372036854775808", 10, &ll), -ERANGE);
	CHECK(!kstrtoll("-9223372036854775808", 10, &ll) && ll == LLONG_MIN);
	CHECK_EQ(kstrtoll("-9223372036854775809", 10, &ll), -ERANGE);
	CHECK_EQ(kstrtouint("4294967296", 10, &u), -ERANGE);
	CHECK_EQ(kstrtoint("2147483648", 10, &i), -ERANGE);
	CHECK(!kstrtoint("-2147483648", 10, &i) && i == INT_MIN);
	CHECK_EQ(kstrtou16("65536", 10, &h), -ERANGE);
	CHECK_EQ(kstrtou8("256", 10, &b), -ERANGE);
	CHECK(!kstrtou8("255", 10, &b) && b == 255);
}

TEST(truth_by_first_letters)
{
	bool v;

	CHECK(!kstrtobool("Yes", &v) && v);
	CHECK(!kstrtobool("1", &v) && v);
	CHECK(!kstrtobool("on", &v) && v);
	CHECK(!kstrtobool("oFf", &v) && !v);
	CHECK(!kstrtobool("n", &v) && !v);
	CHECK_EQ(kstrtobool("", &v), -EINVAL);
	CHECK_EQ(kstrtobool("o", &v), -EINVAL);
	CHECK_EQ(kstrtobool("2", &v), -EINVAL);
}

TEST(simple_parsers_stop_where_the_number_stops)
{
	char *end;

	CHECK_EQ(simple_strtoul("12:34", &end, 10), 12);
	CHECK_STREQ(end, ":34");
	CHECK_EQ(simple_strtol("-8x", &end, 0), -8);
	CHECK_STREQ(end, "x");
	CHECK_EQ(simple_strtoul("0x", &end, 0), 0);
	CHECK_STREQ(end, "x");
	CHECK_EQ(memparse("512K,", &end), 512 << 10);
	CHECK_STREQ(end, ",");
	CHECK_EQ(memparse("0x10g", &end), 16ULL << 30);
	CHECK_EQ(memparse("3", NULL), 3);
}

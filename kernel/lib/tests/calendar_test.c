/* SPDX-License-Identifier: GPL-2.0-only */
/* calendar_test.c - proves dates against the C library, times and their conversions, square roots. */
#include "unit_test.h"
#include <lib/math64.h>
#include <lib/time_units.h>
#include <time.h>

static void check_date(s64 seconds)
{
	struct calendar_time cal = calendar_from_unix(seconds);
	time_t t = seconds;
	struct tm tm;

	gmtime_r(&t, &tm);
	CHECK_EQ(cal.year, tm.tm_year + 1900LL);
	CHECK_EQ(cal.month, tm.tm_mon + 1);
	CHECK_EQ(cal.day, tm.tm_mday);
	CHECK_EQ(cal.hour, tm.tm_hour);
	CHECK_EQ(cal.minute, tm.tm_min);
	CHECK_EQ(cal.second, tm.tm_sec);
	CHECK_EQ(calendar_to_unix(&cal), seconds);
}

TEST(dates_agree_with_the_c_library)
{
	for (s64 day = -800000; day < 800000; day += 13)
		check_date(day * 86400 + day % 86400);
	check_date(0);
	check_date(-1);
	check_date(951782399);	/* 2000-02-28 23:59:59 */
	check_date(951782400);
	check_date(4107542399); /* 2100-02-28 */
	check_date(4107542400);
}

TEST(nanoseconds_are_never_negative)
{
	struct timespec64 ts = ns_to_timespec64(-1);

	CHECK_EQ(ts.tv_sec, -1);
	CHECK_EQ(ts.tv_nsec, NSEC_PER_SEC - 1);
	CHECK_EQ(timespec64_to_ns(&ts), -1);
	CHECK(!timespec64_valid(&ts));
}

TEST(long_times_saturate)
{
	struct timespec64 ts = { S64_MAX, 0 };

	CHECK_EQ(timespec64_to_ns(&ts), KTIME_MAX);
	CHECK_EQ(ktime_add_safe(KTIME_MAX, 1), KTIME_MAX);
	CHECK_EQ(ktime_add_safe(1, 2), 3);
}

TEST(times_compare)
{
	struct timespec64 a = { 1, 2 }, b = { 1, 3 }, c = { 2, 0 };

	CHECK(timespec64_compare(&a, &b) < 0 && timespec64_compare(&c, &b) > 0);
	CHECK(timespec64_equal(&a, &a) && !timespec64_equal(&a, &b));
}

TEST(wide_multiplication_keeps_the_high_half)
{
	CHECK_EQ(mul_u64_u64_shr(1ULL << 63, 6, 64), 3);
	CHECK_EQ(mul_u64_u64_div_u64(1ULL << 62, 1000000000, 1ULL << 61), 2000000000);
	CHECK_EQ(mul_u64_u32_div(10, 7, 3), 23);
}

TEST(square_roots_are_floors)
{
	for (unsigned long i = 0; i < 3000; i++) {
		CHECK_EQ(int_sqrt(i * i), i);
		CHECK_EQ(int_sqrt(i * i + 2 * i), i);
	}
	CHECK_EQ(int_sqrt(ULONG_MAX), 0xffffffffUL);
}

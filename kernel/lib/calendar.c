/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calendar.c - seconds since 1970 to dates and back, and the integer square root.
 *
 * WHAT        The proleptic Gregorian calendar in UTC. Years are counted from March, so that the leap day is the
 *             last of its year and the length of the months before it follows (153 m + 2) / 5.
 * TESTS       tests/calendar_test.c (against the C library)
 */
#include <lib/math64.h>
#include <lib/time_units.h>

#define SECONDS_PER_DAY 86400
#define DAYS_PER_ERA 146097 /* 400 years */
/* Days from 0000-03-01 to 1970-01-01. */
#define EPOCH_DAYS 719468

static s64 floor_div(s64 n, s64 d)
{
	return n / d - (n % d < 0);
}

struct calendar_time calendar_from_unix(s64 seconds)
{
	s64 days = floor_div(seconds, SECONDS_PER_DAY);
	int rest = (int)(seconds - days * SECONDS_PER_DAY);
	s64 era = floor_div(days + EPOCH_DAYS, DAYS_PER_ERA);
	int day_of_era = (int)(days + EPOCH_DAYS - era * DAYS_PER_ERA);
	/* Take out the leap days before dividing: one each 4 years, none each 100, one each 400. */
	int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			   day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int march_month = (5 * day_of_year + 2) / 153;
	int month = march_month < 10 ? march_month + 3 : march_month - 9;

	return (struct calendar_time){
		.year = era * 400 + year_of_era + (month <= 2),
		.month = month,
		.day = day_of_year - (153 * march_month + 2) / 5 + 1,
		.hour = rest / 3600,
		.minute = rest / 60 % 60,
		.second = rest % 60,
	};
}

s64 calendar_to_unix(const struct calendar_time *cal)
{
	s64 year = cal->year - (cal->month <= 2);
	s64 era = floor_div(year, 400);
	int year_of_era = (int)(year - era * 400);
	int march_month = cal->month > 2 ? cal->month - 3 : cal->month + 9;
	int day_of_year = (153 * march_month + 2) / 5 + cal->day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
	s64 days = era * DAYS_PER_ERA + day_of_era - EPOCH_DAYS;

	return days * SECONDS_PER_DAY + cal->hour * 3600 + cal->minute * 60 + cal->second;
}

unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0;

	for (unsigned long bit = 1UL << 62; bit; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

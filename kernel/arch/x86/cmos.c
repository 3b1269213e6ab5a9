/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmos.c - the MC146818 clock chip: registers, and the date as seconds.
 *
 * WHAT        Seconds to years in BCD or binary, 12 or 24 hours, as register B says; the century where the FADT says.
 * INVARIANTS  C1  A date is used only when two readings in a row agree and no update was in progress.
 * LOCKING     Index and data port are two accesses: interrupts off around them; other CPUs read only at boot.
 */
#include <arch/acpi.h>
#include <arch/cmos.h>
#include <arch/io.h>
#include <arch/irqflags.h>
#include <arch/msr.h>
#include <lib/errno.h>
#include <lib/time_units.h>

#define CMOS_INDEX 0x70
#define CMOS_DATA  0x71
#define REG_SECOND 0
#define REG_MINUTE 2
#define REG_HOUR   4
#define REG_DAY	   7
#define REG_MONTH  8
#define REG_YEAR   9
#define REG_A	   10
#define REG_B	   11
#define REG_D	   13
#define A_UPDATING 0x80
#define B_SET	   0x80
#define B_BINARY   0x04
#define B_24H	   0x02
#define HOUR_PM	   0x80
#define READ_TRIES 200000 /* an update takes 2 ms at most */

u8 cmos_read(u8 reg)
{
	unsigned long flags;
	u8 value;

	local_irq_save(flags);
	outb(reg & 0x7f, CMOS_INDEX);
	value = inb(CMOS_DATA);
	local_irq_restore(flags);
	return value;
}

void cmos_write(u8 reg, u8 value)
{
	unsigned long flags;

	local_irq_save(flags);
	outb(reg & 0x7f, CMOS_INDEX);
	outb(value, CMOS_DATA);
	local_irq_restore(flags);
}

bool cmos_is_present(void)
{
	return cmos_read(REG_B) != 0xff && cmos_read(REG_D) != 0xff;
}

struct cmos_date {
	u8 second, minute, hour, day, month, year, century;
};

static void read_date(struct cmos_date *date)
{
	date->second = cmos_read(REG_SECOND);
	date->minute = cmos_read(REG_MINUTE);
	date->hour = cmos_read(REG_HOUR);
	date->day = cmos_read(REG_DAY);
	date->month = cmos_read(REG_MONTH);
	date->year = cmos_read(REG_YEAR);
	date->century = acpi_info.century_register ? cmos_read(acpi_info.century_register) : 0;
}

static bool same_date(const struct cmos_date *a, const struct cmos_date *b)
{
	return a->second == b->second && a->minute == b->minute && a->hour == b->hour &&
	       a->day == b->day && a->month == b->month && a->year == b->year;
}

static u8 from_bcd(u8 v)
{
	return (u8)((v >> 4) * 10 + (v & 15));
}

static void decode_date(struct cmos_date *date, u8 mode)
{
	bool is_pm = (date->hour & HOUR_PM) && !(mode & B_24H);

	date->hour &= (u8)~HOUR_PM;
	if (!(mode & B_BINARY)) {
		date->second = from_bcd(date->second);
		date->minute = from_bcd(date->minute);
		date->hour = from_bcd(date->hour);
		date->day = from_bcd(date->day);
		date->month = from_bcd(date->month);
		date->year = from_bcd(date->year);
		date->century = from_bcd(date->century);
	}
	if (!(mode & B_24H))
		date->hour = (u8)(date->hour % 12 + (is_pm ? 12 : 0));
}

int cmos_read_time(time64_t *seconds)
{
	struct cmos_date date, again;
	u32 year, tries = READ_TRIES;

	if (!cmos_is_present())
		return -ENODEV;
	do {
		while ((cmos_read(REG_A) & A_UPDATING) && --tries)
			;
		read_date(&date);
		read_date(&again);
	} while (!same_date(&date, &again) && --tries); /* C1 */
	if (!tries)
		return -EIO;
	decode_date(&date, cmos_read(REG_B));
	year = date.year + (date.century >= 19 && date.century < 22 ? date.century * 100u : 2000u);
	if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31 || date.hour > 23 ||
	    date.minute > 59 || date.second > 59)
		return -EIO;
	*seconds = calendar_to_unix(&(struct calendar_time){ .year = year,
							     .month = date.month,
							     .day = date.day,
							     .hour = date.hour,
							     .minute = date.minute,
							     .second = date.second });
	return 0;
}

static u8 to_chip(u32 value, u8 mode)
{
	return mode & B_BINARY ? (u8)value : (u8)(value / 10 << 4 | value % 10);
}

static u8 hour_to_chip(u32 hour, u8 mode)
{
	u32 twelve = hour % 12 ? hour % 12 : 12;

	if (mode & B_24H)
		return to_chip(hour, mode);
	return (u8)(to_chip(twelve, mode) | (hour >= 12 ? HOUR_PM : 0));
}

int cmos_write_time(time64_t seconds)
{
	struct calendar_time cal = calendar_from_unix(seconds);
	u8 mode = cmos_read(REG_B);

	if (!cmos_is_present())
		return -ENODEV;
	if (cal.year < 1970 || cal.year > 2099)
		return -EINVAL;
	cmos_write(REG_B, mode | B_SET); /* updates stand still meanwhile */
	cmos_write(REG_SECOND, to_chip((u32)cal.second, mode));
	cmos_write(REG_MINUTE, to_chip((u32)cal.minute, mode));
	cmos_write(REG_HOUR, hour_to_chip((u32)cal.hour, mode));
	cmos_write(REG_DAY, to_chip((u32)cal.day, mode));
	cmos_write(REG_MONTH, to_chip((u32)cal.month, mode));
	cmos_write(REG_YEAR, to_chip((u32)(cal.year % 100), mode));
	if (acpi_info.century_register)
		cmos_write(acpi_info.century_register, to_chip((u32)(cal.year / 100), mode));
	cmos_write(REG_B, mode);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rtc.c - the hardware clock as /dev/rtc0. (The system's clock was set from it in boot/main.c.)
 *
 * WHAT        The chip holds seconds of UTC. Programs read and set it (hwclock); alarms and periodic
 *             interrupts are not offered: -ENOTTY, as for a chip without an interrupt.
 * LOCKING     rtc.lock (mutex, rank DEVICE): one access of the whole date at a time.
 * ERRORS      -EIO no sane date, -EACCES setting without CAP_SYS_TIME, -EINVAL not a date.
 */
#include <arch/cmos.h>
#include <arch/uaccess.h>
#include <lib/errno.h>
#include <lib/time_units.h>
#include <log/printk.h>
#include <sched/cred.h>
#include <sync/mutex.h>
#include <vfs/chrdev.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <linux/capability.h>
#include <linux/rtc.h>

#define RTC_MAJOR 252

void rtc_init(void);

static struct {
	struct mutex lock;
} rtc = { .lock = MUTEX_INIT(rtc.lock, RANK_DEVICE) };

static struct rtc_time to_rtc_time(time64_t seconds)
{
	struct calendar_time cal = calendar_from_unix(seconds);
	struct calendar_time new_year = { .year = cal.year, .month = 1, .day = 1 };
	s64 days = seconds / 86400;

	return (struct rtc_time){
		.tm_sec = cal.second,
		.tm_min = cal.minute,
		.tm_hour = cal.hour,
		.tm_mday = cal.day,
		.tm_mon = cal.month - 1,
		.tm_year = (int)cal.year - 1900,
		.tm_wday = (int)((days + 4) % 7),
		.tm_yday = (int)((seconds - calendar_to_unix(&new_year)) / 86400),
	};
}

static int from_rtc_time(const struct rtc_time *tm, time64_t *seconds)
{
	struct calendar_time cal = { .year = tm->tm_year + 1900l,
				     .month = tm->tm_mon + 1,
				     .day = tm->tm_mday,
				     .hour = tm->tm_hour,
				     .minute = tm->tm_min,
				     .second = tm->tm_sec };
	struct calendar_time back;

	if (tm->tm_year < 70 || tm->tm_year > 1000 || tm->tm_mon < 0 || tm->tm_mon > 11 ||
	    tm->tm_mday < 1 || tm->tm_mday > 31 || tm->tm_hour < 0 || tm->tm_hour > 23 ||
	    tm->tm_min < 0 || tm->tm_min > 59 || tm->tm_sec < 0 || tm->tm_sec > 59)
		return -EINVAL;
	*seconds = calendar_to_unix(&cal);
	back = calendar_from_unix(*seconds);
	return back.day == cal.day ? 0 : -EINVAL; /* the 31st of February */
}

static long read_time(uaddr_t arg)
{
	struct rtc_time tm;
	time64_t seconds;
	int err;

	mutex_lock(&rtc.lock);
	err = cmos_read_time(&seconds);
	mutex_unlock(&rtc.lock);
	if (err)
		return err;
	tm = to_rtc_time(seconds);
	return copy_to_user(arg, &tm, sizeof(tm)) ? -EFAULT : 0;
}

static long set_time(uaddr_t arg)
{
	struct rtc_time tm;
	time64_t seconds;
	int err;

	if (!capable(CAP_SYS_TIME))
		return -EACCES;
	if (copy_from_user(&tm, arg, sizeof(tm)))
		return -EFAULT;
	err = from_rtc_time(&tm, &seconds);
	if (err)
		return err;
	mutex_lock(&rtc.lock);
	err = cmos_write_time(seconds);
	mutex_unlock(&rtc.lock);
	return err;
}

static long rtc_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case RTC_RD_TIME:
		return read_time(uaddr(arg));
	case RTC_SET_TIME:
		return set_time(uaddr(arg));
	}
	return -ENOTTY;
}

static const struct file_operations rtc_fops = { .open = nonseekable_open, .ioctl = rtc_ioctl };

static struct chrdev rtc_chrdev = {
	.name = "rtc0",
	.class_name = "rtc",
	.first = MKDEV(RTC_MAJOR, 0),
	.count = 1,
	.fops = &rtc_fops,
};

void rtc_init(void)
{
	if (cmos_is_present() && chrdev_register(&rtc_chrdev))
		pr_err("rtc: no device number\n");
}

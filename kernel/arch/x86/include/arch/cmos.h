/* SPDX-License-Identifier: GPL-2.0-only */
/* cmos.h - the battery-backed clock chip: registers at ports 0x70, 0x71. */
#ifndef ARCH_CMOS_H
#define ARCH_CMOS_H

#include <lib/types.h>

/* One register. Any context: takes no lock that anybody holds for long. */
u8 cmos_read(u8 reg);
void cmos_write(u8 reg, u8 value);
/* Is there a chip? Registers of a missing one read as all ones. */
bool cmos_is_present(void);
/* Seconds since 1970 as the chip tells; 0 or -ENODEV, -EIO (no sane date). Waits at most 3 ms. */
int cmos_read_time(time64_t *seconds) __must_check;
/* Set the chip. 0, -ENODEV, -EINVAL (a year it can't hold). One caller at a time. */
int cmos_write_time(time64_t seconds) __must_check;

#endif

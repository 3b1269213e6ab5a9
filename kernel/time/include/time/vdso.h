/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vdso.h - the page of code and the page of data that let user space read clocks without a system call.
 *
 * mm maps, per process and in this order: data page (read only, [vvar]), then the image ([vdso], executable). AT_SYSINFO_EHDR
 * points to the image. The image finds the data page at VDSO_DATA_OFFSET below its own start.
 *
 * The layout of struct vdso_data is a handover format: a process keeps its pages for life, so a later kernel must
 * write this layout, or set mode VDSO_MODE_NONE, which makes the code fall back to the system call.
 */
#pragma once

#include <lib/types.h>

#define VDSO_DATA_PAGES	 1
#define VDSO_DATA_OFFSET (VDSO_DATA_PAGES * 4096)
#define VDSO_VERSION	 1

enum vdso_mode {
	VDSO_MODE_NONE = 0, /* always the system call */
	VDSO_MODE_TSC = 1,
};

/* One clock: its time when the counter read cycle_last, and its slope (0: coarse, the counter does not matter). */
struct vdso_clock_base {
	u64 seconds;
	u64 shifted_ns; /* nanoseconds << shift, less than a second */
	u32 mult;
	u32 reserved[3];
};

enum {
	VDSO_REALTIME,
	VDSO_MONOTONIC,
	VDSO_RAW,
	VDSO_BOOTTIME,
	VDSO_TAI,
	VDSO_REALTIME_COARSE,
	VDSO_MONOTONIC_COARSE,
	VDSO_NR_CLOCKS,
};

struct vdso_data {
	u32 sequence; /* odd while the kernel writes */
	u32 version;
	u32 mode; /* enum vdso_mode */
	u32 shift;
	u64 cycle_last;
	u64 reserved;
	struct vdso_clock_base base[VDSO_NR_CLOCKS];
	s32 tz_minuteswest;
	s32 tz_dsttime;
	u32 coarse_res_ns;
	u32 has_rdtscp; /* getcpu may use RDTSCP: TSC_AUX = node << 12 | cpu */
};

ASSERT_OFFSET(struct vdso_data, version, 4);
ASSERT_OFFSET(struct vdso_data, mode, 8);
ASSERT_OFFSET(struct vdso_data, cycle_last, 16);
ASSERT_OFFSET(struct vdso_data, base, 32);
ASSERT_OFFSET(struct vdso_data, tz_minuteswest, 256);
ASSERT_SIZE(struct vdso_data, 272);

/* The ELF image, page aligned in the kernel image; size in bytes, a multiple of a page. */
extern const u8 vdso_image_start[], vdso_image_end[];
/* The data page, page aligned, VDSO_DATA_PAGES long. */
extern u8 vdso_data_page[];
/* Boot: every processor's TSC_AUX holds node << 12 | cpu. */
void vdso_set_has_rdtscp(void);
/* settimeofday's time zone, kept for gettimeofday. */
void vdso_set_timezone(s32 minuteswest, s32 dsttime);
void vdso_get_timezone(s32 *minuteswest, s32 *dsttime);

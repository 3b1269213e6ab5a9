/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vdso_data.c - writes the page that user space reads clocks from.
 *
 * INVARIANTS  V1  sequence is odd while fields change; readers (vdso/vdso.c) retry.
 *             V2  cycle_last, mult and shift are the timekeeper's, so both sides compute the same line.
 */
#include <lib/string.h>
#include <arch/barrier.h>
#include <lib/time_units.h>
#include <time/jiffies.h>
#include <time/vdso.h>
#include "timekeeping_impl.h"

u8 vdso_data_page[VDSO_DATA_OFFSET] __aligned(4096) __section(".data..page_aligned");

static struct vdso_data *data(void)
{
	return (struct vdso_data *)vdso_data_page;
}

static void set_base(u32 clock, u64 ns, u64 frac, u32 mult)
{
	struct vdso_clock_base *base = &data()->base[clock];

	base->seconds = ns / NSEC_PER_SEC;
	base->shifted_ns = ((ns % NSEC_PER_SEC) << data()->shift) + frac;
	base->mult = mult;
}

void vdso_update_locked(const struct timekeeper *tk)
{
	struct vdso_data *d = data();
	u64 mono = tk->mono.base_ns, frac = tk->mono.base_frac, real = mono + tk->offset_real_ns;

	WRITE_ONCE(d->sequence, d->sequence + 1);
	smp_wmb(); /* pairs with the reader's first load */
	d->version = VDSO_VERSION;
	d->mode = tk->tsc_khz ? VDSO_MODE_TSC : VDSO_MODE_NONE;
	d->shift = tk->shift;
	d->cycle_last = tk->cycle_last;
	d->coarse_res_ns = NSEC_PER_TICK;
	set_base(VDSO_REALTIME, real, frac, tk->mult);
	set_base(VDSO_MONOTONIC, mono, frac, tk->mult);
	set_base(VDSO_RAW, tk->raw.base_ns, tk->raw.base_frac, tk->mult_raw);
	set_base(VDSO_BOOTTIME, mono + tk->offset_boot_ns, frac, tk->mult);
	set_base(VDSO_TAI, real + tk->tai_offset_s * NSEC_PER_SEC, frac, tk->mult);
	set_base(VDSO_REALTIME_COARSE, real, 0, 0);
	set_base(VDSO_MONOTONIC_COARSE, mono, 0, 0);
	smp_wmb(); /* pairs with the reader's second look */
	WRITE_ONCE(d->sequence, d->sequence + 1);
}

void vdso_set_timezone(s32 minuteswest, s32 dsttime)
{
	WRITE_ONCE(data()->tz_minuteswest, minuteswest);
	WRITE_ONCE(data()->tz_dsttime, dsttime);
}

void vdso_get_timezone(s32 *minuteswest, s32 *dsttime)
{
	*minuteswest = READ_ONCE(data()->tz_minuteswest);
	*dsttime = READ_ONCE(data()->tz_dsttime);
}

void vdso_set_has_rdtscp(void)
{
	data()->has_rdtscp = 1;
}

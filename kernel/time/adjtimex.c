/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * adjtimex.c - what an NTP daemon may do to the clock: frequency, a slewed offset, steps, status words.
 *
 * WHAT        An offset (ADJ_OFFSET, adjtime(3)) is worked off at 500 ppm. There is no PLL in the kernel: daemons of today
 *             (chrony, systemd-timesyncd, ntpd) steer the frequency themselves.
 * LOCKING     timekeeper.lock around each change.
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <lib/time_units.h>
#include <linux/timex.h>
#include <time/timekeeping.h>
#include <time/ktime.h>
#include "timekeeping_impl.h"

/* adjtime(3)'s own forms: 0x8001 sets and 0xa001 reads what is still to be slewed. */
#define MODE_ADJTIME	      0x8000
#define MODE_ADJTIME_READONLY 0x2000
#define MAX_FREQ_SCALED	  (500ll << 16)
#define MAX_OFFSET_NS	  500000000ll
#define TICK_USEC_NOMINAL 10000ll
#define NTP_TICK_RANGE	  1000ll

static int clock_state(const struct timekeeper *tk)
{
	return tk->ntp_status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR : TIME_OK;
}

static int check(const struct __kernel_timex *tx)
{
	if ((tx->modes & MODE_ADJTIME) && (tx->modes & ~(MODE_ADJTIME | MODE_ADJTIME_READONLY | ADJ_OFFSET)))
		return -EINVAL;
	if ((tx->modes & ADJ_TICK) && (tx->tick < TICK_USEC_NOMINAL - NTP_TICK_RANGE ||
				       tx->tick > TICK_USEC_NOMINAL + NTP_TICK_RANGE))
		return -EINVAL;
	if (!(tx->modes & ADJ_SETOFFSET))
		return 0;
	if (tx->time.tv_usec < 0)
		return -EINVAL;
	if (tx->time.tv_usec >= (tx->modes & ADJ_NANO ? NSEC_PER_SEC : USEC_PER_SEC))
		return -EINVAL;
	return 0;
}

static void set_offset(struct timekeeper *tk, s64 offset)
{
	s64 ns = tk->ntp_status & STA_NANO ? offset : offset * NSEC_PER_USEC;

	tk->slew_left_ns = clamp(ns, -MAX_OFFSET_NS, MAX_OFFSET_NS);
}

static void set_words(struct timekeeper *tk, const struct __kernel_timex *tx)
{
	if (tx->modes & ADJ_STATUS)
		tk->ntp_status = (tk->ntp_status & STA_RONLY) | (tx->status & ~STA_RONLY);
	if (tx->modes & ADJ_NANO)
		tk->ntp_status |= STA_NANO;
	if (tx->modes & ADJ_MICRO)
		tk->ntp_status &= ~STA_NANO;
	if (tx->modes & ADJ_FREQUENCY)
		tk->freq_scaled_ppm = clamp((s64)tx->freq, -MAX_FREQ_SCALED, MAX_FREQ_SCALED);
	if (tx->modes & ADJ_MAXERROR)
		tk->ntp_maxerror = tx->maxerror;
	if (tx->modes & ADJ_ESTERROR)
		tk->ntp_esterror = tx->esterror;
	if (tx->modes & ADJ_TIMECONST)
		tk->ntp_constant = clamp((s64)tx->constant, 0ll, 10ll);
	if ((tx->modes & ADJ_TAI) && tx->constant >= 0)
		tk->tai_offset_s = tx->constant;
	if (tx->modes & ADJ_OFFSET)
		set_offset(tk, tx->offset);
	if (tx->modes & ADJ_TICK)
		tk->tick_adjust_ppm = ((s64)(tx->tick - TICK_USEC_NOMINAL) * 100) << 16;
}

static void adjtime(struct timekeeper *tk, struct __kernel_timex *tx)
{
	s64 left_us = tk->slew_left_ns / NSEC_PER_USEC;

	if (!(tx->modes & MODE_ADJTIME_READONLY))
		tk->slew_left_ns = (s64)tx->offset * NSEC_PER_USEC;
	tx->offset = left_us;
}

static void fill(const struct timekeeper *tk, struct __kernel_timex *tx)
{
	struct timespec64 now = ns_to_timespec64(tk->mono.base_ns + tk->offset_real_ns);
	bool nano = tk->ntp_status & STA_NANO;

	if (!(tx->modes & MODE_ADJTIME))
		tx->offset = nano ? tk->slew_left_ns : tk->slew_left_ns / NSEC_PER_USEC;
	tx->freq = tk->freq_scaled_ppm;
	tx->maxerror = tk->ntp_maxerror;
	tx->esterror = tk->ntp_esterror;
	tx->status = tk->ntp_status;
	tx->constant = tk->ntp_constant;
	tx->precision = 1;
	tx->tolerance = MAX_FREQ_SCALED;
	tx->tick = TICK_USEC_NOMINAL + (tk->tick_adjust_ppm >> 16) / 100;
	tx->tai = tk->tai_offset_s;
	tx->time.tv_sec = now.tv_sec;
	tx->time.tv_usec = nano ? now.tv_nsec : now.tv_nsec / NSEC_PER_USEC;
	tx->ppsfreq = tx->jitter = tx->shift = tx->stabil = 0;
	tx->jitcnt = tx->calcnt = tx->errcnt = tx->stbcnt = 0;
}

int timekeeping_adjtimex(struct __kernel_timex *tx)
{
	struct timekeeper *tk = &timekeeper;
	unsigned long flags;
	int ret = check(tx);

	if (ret)
		return ret;
	if (tx->modes & ADJ_SETOFFSET) {
		s64 sub = tx->modes & ADJ_NANO ? tx->time.tv_usec : tx->time.tv_usec * NSEC_PER_USEC;

		ret = timekeeping_step_real(tx->time.tv_sec * NSEC_PER_SEC + sub);
		if (ret)
			return ret;
	}
	spin_lock_irqsave(&tk->lock, flags);
	timekeeping_update_locked();
	if (tx->modes & MODE_ADJTIME)
		adjtime(tk, tx);
	else
		set_words(tk, tx);
	timekeeping_update_locked(); /* the new slope from here on */
	fill(tk, tx);
	ret = clock_state(tk);
	spin_unlock_irqrestore(&tk->lock, flags);
	return ret;
}

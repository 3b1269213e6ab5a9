/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timekeeping.c - the clocks: a cycle counter and a few straight lines.
 *
 * WHAT        Monotonic time is a line through (cycle_last, base) with slope mult / 2^shift. An update moves the
 *             point along the line, so that nothing jumps, and may change the slope (adjtimex). Other clocks
 *             are monotonic time plus an offset; raw has a line of its own that never changes its slope.
 * INVARIANTS  K1  Monotonic and raw never go back, on no processor (the counters are synchronous).
 *             K2  Setting the clock changes offset_real_ns only.
 *             K3  Readers need no update to have happened: products are 128 bits wide.
 * LOCKING     timekeeper.lock (rank TIMEKEEPING, interrupts off) for writers; readers: timekeeper.seq, any
 *             context but an NMI that hits a writer, which would spin: NMI uses sched_clock().
 * ERRORS      -EINVAL for times that are none.
 */
#include <lib/errno.h>
#include <lib/math64.h>
#include <arch/pv.h>
#include <sync/seqlock.h>
#include <time/jiffies.h>
#include <time/ktime.h>
#include <time/timekeeping.h>
#include <time/timer.h>
#include "tick_impl.h"
#include "timekeeping_impl.h"

#define CLOCK_SHIFT_MAX	 31
#define SHORT_CYCLES	 (1ull << 31) /* their product with any slope stays in 64 bits */
#define SLEW_PPM	 500ll /* how fast a pending offset is worked off */

struct timekeeper timekeeper = {
	.seq = SEQCOUNT_INIT(&timekeeper.lock),
	.lock = SPINLOCK_INIT(RANK_TIMEKEEPING),
	.shift = 1,
	.ntp_maxerror = 16000000,
	.ntp_esterror = 16000000,
	.ntp_constant = 2,
	.ntp_status = 0x40, /* STA_UNSYNC */
};

static struct clock_step_listener *step_listeners;

/* Nanoseconds on @line, @cycles after its point. */
static __always_inline u64 line_at(const struct clock_line *line, u64 cycles, u32 mult, u32 shift)
{
	if (likely(cycles < SHORT_CYCLES))
		return line->base_ns + ((cycles * mult + line->base_frac) >> (shift & 63));
	return line->base_ns + (u64)(((unsigned __int128)cycles * mult + line->base_frac) >> shift); /* K3 */
}

/* The counter may read a little less than cycle_last on another processor: then no time has passed. */
static __always_inline u64 cycles_since(u64 last)
{
	u64 now = pv_clock_read();

	return likely(now > last) ? now - last : 0;
}

u64 ktime_get_ns(void)
{
	const struct timekeeper *tk = &timekeeper;
	u64 ns;
	u32 seq;

	do {
		seq = read_seqbegin(&tk->seq);
		ns = line_at(&tk->mono, cycles_since(tk->cycle_last), tk->mult, tk->shift);
	} while (read_seqretry(&tk->seq, seq));
	return ns;
}

u64 ktime_get_raw_ns(void)
{
	const struct timekeeper *tk = &timekeeper;
	u64 ns;
	u32 seq;

	do {
		seq = read_seqbegin(&tk->seq);
		ns = line_at(&tk->raw, cycles_since(tk->cycle_last), tk->mult_raw, tk->shift);
	} while (read_seqretry(&tk->seq, seq));
	return ns;
}

u64 sched_clock(void)
{
	const struct timekeeper *tk = &timekeeper;

	return mul_u64_u64_shr(cycles_since(tk->cycle_boot), tk->sched_mult, 32);
}

/* One of the offsets, with the monotonic time it belongs to. */
static u64 mono_plus(const s64 *offset_ns)
{
	const struct timekeeper *tk = &timekeeper;
	u64 ns;
	u32 seq;

	do {
		seq = read_seqbegin(&tk->seq);
		ns = line_at(&tk->mono, cycles_since(tk->cycle_last), tk->mult, tk->shift) + *offset_ns;
	} while (read_seqretry(&tk->seq, seq));
	return ns;
}

static u64 coarse_plus(const s64 *offset_ns)
{
	const struct timekeeper *tk = &timekeeper;
	u64 ns;
	u32 seq;

	do {
		seq = read_seqbegin(&tk->seq);
		ns = tk->updated_ns + *offset_ns;
	} while (read_seqretry(&tk->seq, seq));
	return ns;
}

u64 ktime_get_boottime_ns(void)
{
	return mono_plus(&timekeeper.offset_boot_ns);
}

u64 ktime_get_real_ns(void)
{
	return mono_plus(&timekeeper.offset_real_ns);
}

u64 ktime_get_tai_ns(void)
{
	return ktime_get_real_ns() + READ_ONCE(timekeeper.tai_offset_s) * NSEC_PER_SEC;
}

u64 ktime_get_coarse_ns(void)
{
	return READ_ONCE(timekeeper.updated_ns);
}

u64 ktime_get_coarse_real_ns(void)
{
	return coarse_plus(&timekeeper.offset_real_ns);
}

u64 ktime_get_coarse_boottime_ns(void)
{
	return coarse_plus(&timekeeper.offset_boot_ns);
}

void ktime_get_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_ns());
}

void ktime_get_boottime_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_boottime_ns());
}

void ktime_get_raw_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_raw_ns());
}

void ktime_get_real_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_real_ns());
}

void ktime_get_tai_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_tai_ns());
}

void ktime_get_coarse_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_coarse_ns());
}

void ktime_get_coarse_real_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_coarse_real_ns());
}

time64_t ktime_get_real_seconds(void)
{
	return ktime_get_coarse_real_ns() / NSEC_PER_SEC;
}

s64 ktime_real_offset_ns(void)
{
	return READ_ONCE(timekeeper.offset_real_ns);
}

s64 ktime_boottime_offset_ns(void)
{
	return READ_ONCE(timekeeper.offset_boot_ns);
}

s64 ktime_tai_offset_ns(void)
{
	return ktime_real_offset_ns() + READ_ONCE(timekeeper.tai_offset_s) * NSEC_PER_SEC;
}

/* ---- updates ---- */

static void line_advance(struct clock_line *line, u64 cycles, u32 mult, u32 shift)
{
	unsigned __int128 product = (unsigned __int128)cycles * mult + line->base_frac;

	line->base_ns += (u64)(product >> shift);
	line->base_frac = (u64)product & ((1ull << shift) - 1);
}

/* The slope: raw, times 1 + frequency + the slew of what is left to be worked off. */
static u32 slewed_mult(const struct timekeeper *tk)
{
	s64 ppm16 = tk->freq_scaled_ppm + tk->tick_adjust_ppm;

	if (tk->slew_left_ns)
		ppm16 += (tk->slew_left_ns > 0 ? SLEW_PPM : -SLEW_PPM) << 16;
	return tk->mult_raw + (s32)(((s64)tk->mult_raw * (ppm16 >> 4) / 1000000) >> 12);
}

/* @elapsed_ns have passed at the slewed slope: that much of the pending offset is done. */
static void slew_account(struct timekeeper *tk, u64 elapsed_ns)
{
	s64 done = elapsed_ns * SLEW_PPM / 1000000;

	if (tk->slew_left_ns > 0)
		tk->slew_left_ns = max(tk->slew_left_ns - done, 0ll);
	else if (tk->slew_left_ns < 0)
		tk->slew_left_ns = min(tk->slew_left_ns + done, 0ll);
}

void timekeeping_update_locked(void)
{
	struct timekeeper *tk = &timekeeper;
	u64 cycles = cycles_since(tk->cycle_last);
	u64 before = tk->mono.base_ns;

	write_seqcount_begin(&tk->seq);
	line_advance(&tk->mono, cycles, tk->mult, tk->shift);
	line_advance(&tk->raw, cycles, tk->mult_raw, tk->shift);
	tk->cycle_last += cycles;
	tk->updated_ns = tk->mono.base_ns;
	slew_account(tk, tk->mono.base_ns - before);
	tk->mult = slewed_mult(tk);
	write_seqcount_end(&tk->seq);
	vdso_update_locked(tk);
}

void timekeeping_tick(u64 now_ns)
{
	unsigned long flags;

	if (now_ns - READ_ONCE(timekeeper.updated_ns) < NSEC_PER_TICK)
		return;
	if (!spin_trylock_irqsave(&timekeeper.lock, flags))
		return;
	timekeeping_update_locked();
	spin_unlock_irqrestore(&timekeeper.lock, flags);
}

void timekeeping_idle_exit(void)
{
	timekeeping_tick(ktime_get_ns());
}

/* The largest shift for which the slope still fits in 32 bits with room for slewing. */
static u32 choose_shift(u64 tsc_khz)
{
	u32 shift = CLOCK_SHIFT_MAX;

	while (shift > 1 && (1000000ull << shift) / tsc_khz >= 0xf0000000ull)
		shift--;
	return shift;
}

void timekeeping_init(u64 tsc_khz)
{
	struct timekeeper *tk = &timekeeper;
	unsigned long flags;

	spin_lock_irqsave(&tk->lock, flags);
	write_seqcount_begin(&tk->seq);
	tk->tsc_khz = tsc_khz;
	tk->shift = choose_shift(tsc_khz);
	tk->mult_raw = (1000000ull << tk->shift) / tsc_khz;
	tk->mult = tk->mult_raw;
	tk->sched_mult = (1000000ull << 32) / tsc_khz;
	tk->cycle_boot = pv_clock_read();
	tk->cycle_last = tk->cycle_boot;
	write_seqcount_end(&tk->seq);
	timekeeping_update_locked();
	spin_unlock_irqrestore(&tk->lock, flags);
}

u64 timekeeping_tsc_khz(void)
{
	return timekeeper.tsc_khz;
}

static int set_offset_locked(s64 offset_ns)
{
	struct timekeeper *tk = &timekeeper;

	if (offset_ns < 0) /* UTC before 1970 + the time since boot */
		return -EINVAL;
	timekeeping_update_locked();
	write_seqcount_begin(&tk->seq);
	tk->offset_real_ns = offset_ns;
	tk->slew_left_ns = 0;
	write_seqcount_end(&tk->seq);
	vdso_update_locked(tk);
	return 0;
}

int timekeeping_step_real(s64 delta_ns)
{
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&timekeeper.lock, flags);
	ret = set_offset_locked(timekeeper.offset_real_ns + delta_ns);
	spin_unlock_irqrestore(&timekeeper.lock, flags);
	if (!ret)
		clock_step_notify();
	return ret;
}

int timekeeping_set_real(const struct timespec64 *ts)
{
	unsigned long flags;
	int ret;

	if (!timespec64_valid(ts) || ts->tv_sec >= KTIME_SEC_MAX / 2)
		return -EINVAL;
	spin_lock_irqsave(&timekeeper.lock, flags);
	timekeeping_update_locked();
	ret = set_offset_locked(timespec64_to_ns(ts) - (s64)timekeeper.mono.base_ns);
	spin_unlock_irqrestore(&timekeeper.lock, flags);
	if (!ret)
		clock_step_notify();
	return ret;
}

void timekeeping_set_real_boot(time64_t seconds)
{
	struct timespec64 ts = { .tv_sec = seconds };

	if (timekeeping_set_real(&ts))
		return; /* the chip holds nonsense: the clock stays at the epoch */
}

void clock_step_listen(struct clock_step_listener *listener)
{
	listener->next = step_listeners;
	smp_store_release(&step_listeners, listener);
}

void clock_step_notify(void)
{
	struct clock_step_listener *listener;

	for (listener = smp_load_acquire(&step_listeners); listener; listener = listener->next)
		listener->ops->stepped(listener);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * n_tty_read.c - reading: a line at a time, or by VMIN and VTIME.
 *
 * WHAT        Canonical: a read takes from one line, up to its end. An end of file is an empty end: it ends the read and is
 *             not delivered; a read that took exactly all before it takes it along. Raw: VMIN > 0 waits for so many bytes,
 *             with VTIME for at most that long after each byte but not for the first; VMIN 0 waits VTIME for one.
 * INVARIANTS  R1  What earlier passes of a parked read took counts towards VMIN (call_done()); the deadline runs on.
 *             R2  Only the thread whose turn it is moves tail, and what flushes the input; both under the lock.
 * LOCKING     tty->lock to move bytes into a buffer on the stack; user memory is touched without it.
 * ERRORS      -EAGAIN, -EIO (background, master gone), -EFAULT, -ERESTARTSYS, -EPARK. 0 after a hang-up.
 * TESTS       tests/guest/tty/input_test.c, vmin_test.c
 */
#include "tty_impl.h"
#include <lib/string.h>
#include <lib/time_units.h>
#include <mm/iter.h>
#include <process/signal.h>
#include <sync/call.h>
#include <time/ktime.h>
#include <vfs/poll.h>

#define CHUNK	      512u
#define TENTH_NS      100000000ull
#define WAIT_NOT_EVEN 0 /* a deadline that has passed: do not wait */

/* --- what there is ------------------------------------------------------------------------------------------- */

bool n_tty_has_input(const struct tty_struct *tty, bool for_poll)
{
	const struct n_tty *d = &tty->disc;
	u32 wanted = 1;

	if (is_canonical(tty))
		return smp_load_acquire(&d->canon_head) != READ_ONCE(d->tail);
	if (for_poll && !cc_of(tty, VTIME) && cc_of(tty, VMIN))
		wanted = cc_of(tty, VMIN);
	return READ_ONCE(d->head) - READ_ONCE(d->tail) >= wanted;
}

u32 n_tty_input_count(const struct tty_struct *tty)
{
	const struct n_tty *d = &tty->disc;
	u32 count = 0;

	if (!is_canonical(tty))
		return d->head - d->tail;
	for (u32 pos = d->tail; pos != d->canon_head; pos++)
		count += !test_bit(pos % N_TTY_SIZE, d->line_end) || d->buf[pos % N_TTY_SIZE] != 0;
	return count;
}

/* --- taking it ------------------------------------------------------------------------------------------------- */

static void copy_out(const struct n_tty *d, u8 *to, u32 n)
{
	u32 at = d->tail % N_TTY_SIZE;
	u32 run = min(n, N_TTY_SIZE - at);

	memcpy(to, d->buf + at, run);
	memcpy(to + run, d->buf, n - run);
}

/* Place of the first line end in [tail, tail + n), or n. */
static u32 find_line_end(const struct n_tty *d, u32 n)
{
	u32 at = d->tail % N_TTY_SIZE;
	u32 run = min(n, N_TTY_SIZE - at);
	u32 found = (u32)find_next_bit(d->line_end, at + run, at) - at;

	if (found < run || run == n)
		return found;
	return run + (u32)find_next_bit(d->line_end, n - run, 0);
}

/* An end of file that stands at tail goes with the read that took what is before it. */
static void skip_end_of_file(struct n_tty *d)
{
	u32 at = d->tail % N_TTY_SIZE;

	if (d->tail == d->canon_head || d->buf[at] != 0 || !test_bit(at, d->line_end))
		return;
	__clear_bit(at, d->line_end);
	WRITE_ONCE(d->tail, d->tail + 1);
}

/* From the first line up to @max bytes; *@is_end when the line's end was among them. */
static u32 take_line(struct n_tty *d, u8 *to, u32 max, bool *is_end)
{
	u32 n = min(max, d->canon_head - d->tail);
	u32 end = find_line_end(d, n);
	u32 at = (d->tail + end) % N_TTY_SIZE;

	*is_end = end < n;
	if (!*is_end) {
		copy_out(d, to, n);
		WRITE_ONCE(d->tail, d->tail + n);
		return n;
	}
	__clear_bit(at, d->line_end);
	n = end + (d->buf[at] != 0 || d->is_pushed);
	d->is_pushed = false;
	copy_out(d, to, n);
	WRITE_ONCE(d->tail, d->tail + end + 1);
	return n;
}

static u32 take_bytes(struct n_tty *d, u8 *to, u32 max)
{
	u32 n = min(max, d->head - d->tail);

	copy_out(d, to, n);
	WRITE_ONCE(d->tail, d->tail + n);
	return n;
}

/* --- one read ---------------------------------------------------------------------------------------------------- */

struct tty_read {
	struct tty_file *tf;
	struct tty_struct *tty;
	struct iter *to;
	size_t done;	  /* bytes, those of earlier passes included */
	u32 minimum;	  /* raw: enough */
	u64 gap_ns;	  /* raw: time between bytes; 0: any */
	u64 deadline_ns;  /* of the wait that comes next */
	bool is_finished; /* the line's end was read */
};

static void read_begin(struct tty_read *r)
{
	struct tty_struct *tty = r->tty;
	u64 time_ns = cc_of(tty, VTIME) * TENTH_NS;

	r->done = call_resumed() ? call_done() : 0;
	r->deadline_ns = DEADLINE_NEVER;
	r->minimum = 1;
	if (is_canonical(tty))
		return;
	if (cc_of(tty, VMIN)) {
		r->minimum = cc_of(tty, VMIN);
		r->gap_ns = time_ns;
		if (call_resumed() && call_current()->has_deadline)
			r->deadline_ns = call_current()->deadline_ns; /* R1 */
		return;
	}
	r->deadline_ns = time_ns ? call_deadline(time_ns) : WAIT_NOT_EVEN;
}

/* A byte came: the time to the next one begins. */
static void restart_gap(struct tty_read *r)
{
	if (!r->gap_ns)
		return;
	r->deadline_ns = ktime_get_ns() + r->gap_ns;
	call_current()->deadline_ns = r->deadline_ns;
	call_current()->has_deadline = true;
}

static void made_room(struct tty_struct *tty)
{
	tty->ops->pump(tty);
	if (tty->is_input_stopped)
		n_tty_pace_input(tty);
}

/* Move bytes to @chunk: how many. With an end of file 0 and is_finished. */
static u32 read_take(struct tty_read *r, u8 *chunk, u32 max)
{
	struct n_tty *d = &r->tty->disc;
	u32 n;

	with_mutex(&r->tty->lock);
	if (!n_tty_has_input(r->tty, false))
		return 0;
	if (is_canonical(r->tty)) {
		n = take_line(d, chunk, max, &r->is_finished);
		if (!r->is_finished && n == iter_count(r->to))
			skip_end_of_file(d);
		r->is_finished |= d->tail == d->canon_head;
	} else {
		n = take_bytes(d, chunk, max);
	}
	made_room(r->tty);
	return n;
}

/* One chunk from the discipline to the caller. Bytes moved, -EFAULT. */
static ssize_t read_chunk(struct tty_read *r)
{
	u8 chunk[CHUNK];
	u32 max = (u32)min_t(size_t, iter_count(r->to), CHUNK), n;

	if (fault_in_iter_writeable(r->to, max) == max)
		return -EFAULT;
	n = read_take(r, chunk, max);
	if (copy_to_iter(chunk, n, r->to) < n)
		return -EFAULT;
	return n;
}

static bool read_may_go_on(struct tty_read *r)
{
	return n_tty_has_input(r->tty, false) || tty_is_hung_up(r->tf) || READ_ONCE(r->tty->is_other_closed);
}

/* Nothing is there: 0 to look again, 1 to end the read, or -errno. */
static int read_wait(struct tty_read *r)
{
	int ret;

	if (READ_ONCE(r->tty->is_other_closed))
		return -EIO;
	if (tty_is_hung_up(r->tf) || r->deadline_ns == WAIT_NOT_EVEN)
		return 1;
	if (is_nonblock(r->tf->file))
		return -EAGAIN;
	ret = wait_event_interruptible_deadline(r->tty->read_wait, read_may_go_on(r), r->deadline_ns);
	return ret == -ETIME ? 1 : ret;
}

static bool read_is_enough(const struct tty_read *r)
{
	return r->is_finished || !iter_count(r->to) ||
	       (r->done >= r->minimum && !is_canonical(r->tty) && !n_tty_has_input(r->tty, false));
}

static ssize_t read_turn(struct tty_read *r)
{
	size_t before = r->done;
	ssize_t ret = 0;

	while (!read_is_enough(r)) {
		ret = read_chunk(r);
		if (ret > 0) {
			r->done += ret;
			restart_gap(r);
			continue;
		}
		if (ret == 0 && !r->is_finished)
			ret = read_wait(r);
		if (ret)
			break;
	}
	if (ret == -EPARK)
		return ret;
	if (r->done > before)
		return r->done - before;
	return ret < 0 ? ret : 0;
}

ssize_t n_tty_read(struct tty_file *tf, struct iter *to)
{
	struct tty_read r = { .tf = tf, .tty = tf->tty, .to = to };
	ssize_t ret;

	if (tty_is_hung_up(tf))
		return 0;
	if (!call_resumed()) { /* the first pass asked */
		ret = tty_check_background(tf->tty, SIGTTIN);
		if (ret)
			return ret;
	}
	ret = turn_take(&tf->tty->read_turn, is_nonblock(tf->file));
	if (ret)
		return ret;
	read_begin(&r);
	ret = read_turn(&r);
	turn_give(&tf->tty->read_turn, ret);
	return ret;
}

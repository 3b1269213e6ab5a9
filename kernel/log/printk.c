/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printk.c - the kernel's log: a ring of records, and the consoles that show it.
 *
 * WHAT        printk() formats on the caller's stack, puts the record into the ring and, if nobody else is at it, shows
 *             on the consoles what they have not shown yet. Whoever is at it also shows what others bring meanwhile.
 *             Before the first console there is the early console.
 * INVARIANTS  L1  Each console shows each record at most once, in order.
 *             L2  printk() takes no lock that its caller may hold: the two words below are spun on with interrupts off and
 *                 nothing is called from inside but console_ops.write.
 *             L3  In an NMI a busy ring drops the record and counts it.
 * LOCKING     ring_lock: ring. console_lock (tried, never waited for, except to register): list and next_seq. Both
 *             are raw words without rank, because the rank checks themselves print.
 * ERRORS      None: what does not fit is cut, what is overwritten is counted by readers.
 * TESTS       tests/log_ring_test.c
 */
#include <lib/cmdline.h>
#include <lib/ctype.h>
#include <lib/errno.h>
#include <lib/kstrtox.h>
#include <lib/list.h>
#include <lib/string.h>
#include <arch/early_console.h>
#include <sync/spinlock.h>
#include <sync/thread.h>
#include <sync/wait.h>
#include <time/ktime.h>
#include <log/log.h>
#include <log/panic.h>
#include "log_ring.h"
#include "panic_impl.h"

#define PRINTK_LINE_MAX	    512
#define CONSOLE_LEVEL_INIT  7
#define CONSOLE_LEVEL_QUIET 4
#define CONSOLE_LEVEL_DEBUG 10

struct log_state {
	struct log_ring ring;		/* ring_lock */
	struct spinlock ring_lock;	/* raw */
	struct spinlock console_lock;	/* raw */
	struct list_head consoles;	/* console_lock */
	u64 early_seq;			/* console_lock: next record for the early console */
	struct wait_queue_head readers;
	u64 cleared_seq;		/* a mark that readers set; stands alone */
	u32 console_level;
	u32 nr_dropped;
	u8 last_level;
	bool must_wake;
	struct log_record shown; /* console_lock: the record being shown */
	char line[LOG_RECORD_TEXT_MAX + 64];
};

struct log_settings log_settings = {
	.message_level = LOG_WARNING,
	.min_console_level = 1,
	.kptr_restrict = 1,
	.default_console_level = CONSOLE_LEVEL_INIT,
	.devkmsg = KMSG_RATELIMIT,
};

static struct log_state state = {
	.ring_lock = SPINLOCK_INIT(RANK_LOG),
	.console_lock = SPINLOCK_INIT(RANK_CONSOLE),
	.consoles = LIST_HEAD_INIT(state.consoles),
	.readers = WAIT_QUEUE_HEAD_INIT(state.readers),
	.console_level = CONSOLE_LEVEL_INIT,
	.last_level = LOG_WARNING,
};

/* ---- locks: interrupts off, no rank, not waited for in an NMI ---- */

static bool lock_ring(unsigned long *flags)
{
	local_irq_save(*flags);
	preempt_disable();
	if (in_nmi() || panic_in_progress()) {
		if (raw_spin_try(&state.ring_lock))
			return true;
		preempt_enable_no_resched();
		local_irq_restore(*flags);
		return false;
	}
	raw_spin_acquire(&state.ring_lock);
	return true;
}

static void unlock_ring(unsigned long flags)
{
	raw_spin_release(&state.ring_lock);
	preempt_enable_no_resched();
	local_irq_restore(flags);
}

/* ---- consoles ---- */

static int read_record(u64 seq, struct log_record *record)
{
	unsigned long flags;
	int ret;

	if (!lock_ring(&flags))
		return -EAGAIN;
	ret = log_ring_read(&state.ring, seq, record);
	unlock_ring(flags);
	return ret;
}

/* The next record for somebody at *@seq into state.shown; false when there is none. */
static bool next_shown(u64 *seq)
{
	int ret;

	while ((ret = read_record(*seq, &state.shown)) == -EPIPE)
		*seq = log_first_seq();
	if (ret)
		return false;
	(*seq)++;
	return true;
}

static bool wants_show(void)
{
	return state.shown.level < READ_ONCE(state.console_level) || panic_in_progress();
}

static void show_early(void)
{
	while (next_shown(&state.early_seq)) {
		size_t len;

		if (!wants_show())
			continue;
		len = log_format(&state.shown, false, state.line, sizeof(state.line));
		early_console_write(state.line, len);
	}
}

static void show_on(struct console *console)
{
	while (next_shown(&console->next_seq)) {
		size_t len;

		if (!wants_show())
			continue;
		len = log_format(&state.shown, false, state.line, sizeof(state.line));
		console->ops->write(console, state.line, len);
	}
}

/* console_lock held. */
static void show_all(void)
{
	struct console *console;

	if (list_empty(&state.consoles)) {
		show_early();
		return;
	}
	list_for_each_entry(console, &state.consoles, node)
		show_on(console);
}

/* Did records come that nobody has shown? Read without the lock after releasing it. */
static bool is_behind(u64 shown_to)
{
	return READ_ONCE(state.ring.next_seq) > shown_to;
}

static void flush_consoles(void)
{
	unsigned long flags;
	u64 shown_to;

	if (in_nmi())
		return;
	do {
		local_irq_save(flags);
		preempt_disable();
		if (!raw_spin_try(&state.console_lock)) {
			preempt_enable_no_resched();
			local_irq_restore(flags);
			return; /* the holder looks again after it has released */
		}
		shown_to = READ_ONCE(state.ring.next_seq);
		show_all();
		raw_spin_release(&state.console_lock);
		smp_mb(); /* the release before the look; pairs with a printk() that failed to lock */
		preempt_enable_no_resched();
		local_irq_restore(flags);
	} while (is_behind(shown_to) && !panic_in_progress());
}

void log_flush_in_panic(void)
{
	state.ring_lock.word = 0;
	state.console_lock.word = 0;
	flush_consoles();
}

static void lock_consoles(unsigned long *flags)
{
	local_irq_save(*flags);
	preempt_disable();
	raw_spin_acquire(&state.console_lock);
}

static void unlock_consoles(unsigned long flags)
{
	raw_spin_release(&state.console_lock);
	preempt_enable_no_resched();
	local_irq_restore(flags);
}

void console_register(struct console *console)
{
	unsigned long flags;

	lock_consoles(&flags);
	if (list_empty(&state.consoles))
		show_early();
	console->next_seq = console->wants_replay ? log_first_seq() : log_next_seq();
	list_add_tail(&console->node, &state.consoles);
	unlock_consoles(flags);
	flush_consoles();
}

void console_unregister(struct console *console)
{
	unsigned long flags;

	lock_consoles(&flags);
	list_del(&console->node);
	if (list_empty(&state.consoles))
		state.early_seq = log_next_seq();
	unlock_consoles(flags);
}

/* ---- records ---- */

static u32 caller_id(void)
{
	struct thread *thread = current_thread();

	if (!thread || in_interrupt())
		return 0x80000000u + smp_processor_id();
	return thread->id;
}

static void append(u32 facility, u32 level, const char *text, size_t len)
{
	struct log_ring_entry entry = {
		.time_ns = sched_clock(), .level = level, .facility = facility,
	};
	unsigned long flags;

	if (!lock_ring(&flags)) {
		state.nr_dropped++;
		return;
	}
	entry.caller = caller_id();
	if (level == LOG_CONT)
		entry.level = state.last_level;
	state.last_level = entry.level;
	log_ring_append(&state.ring, &entry, text, len);
	unlock_ring(flags);
}

int log_emit(u32 facility, enum log_level level, const char *text, size_t len)
{
	size_t rest = len;

	while (rest) {
		const char *end = memchr(text, '\n', rest);
		size_t line = end ? (size_t)(end - text) : rest;

		append(facility, level, text, line);
		text += line + (end ? 1 : 0);
		rest -= line + (end ? 1 : 0);
	}
	WRITE_ONCE(state.must_wake, true);
	flush_consoles();
	return len;
}

/* The level that a "\001N" prefix says; *@text moves behind it. */
static enum log_level level_prefix(const char **text)
{
	const char *s = *text;

	if (s[0] != KERN_SOH[0] || !s[1])
		return (enum log_level)READ_ONCE(log_settings.message_level);
	*text = s + 2;
	if (s[1] == 'c')
		return LOG_CONT;
	return s[1] >= '0' && s[1] <= '7' ? (enum log_level)(s[1] - '0') : (enum log_level)READ_ONCE(log_settings.message_level);
}

int vprintk(const char *fmt, va_list args)
{
	char text[PRINTK_LINE_MAX];
	const char *start = text;
	enum log_level level;

	vscnprintf(text, sizeof(text), fmt, args);
	level = level_prefix(&start);
	return log_emit(0, level, start, strlen(start));
}

int printk(const char *fmt, ...)
{
	va_list args;
	int ret;

	va_start(args, fmt);
	ret = vprintk(fmt, args);
	va_end(args);
	return ret;
}

/* ---- readers ---- */

u64 log_first_seq(void)
{
	return READ_ONCE(state.ring.first_seq);
}

u64 log_next_seq(void)
{
	return READ_ONCE(state.ring.next_seq);
}

u64 log_cleared_seq(void)
{
	return READ_ONCE(state.cleared_seq);
}

void log_clear(void)
{
	WRITE_ONCE(state.cleared_seq, log_next_seq());
}

int log_read(u64 seq, struct log_record *record)
{
	return read_record(seq, record);
}

size_t log_format(const struct log_record *record, bool with_prefix, char *buf, size_t size)
{
	u64 us = record->time_ns / NSEC_PER_USEC;
	int len = 0;

	if (with_prefix)
		len = scnprintf(buf, size, "<%u>", record->facility << 3 | record->level);
	return len + scnprintf(buf + len, size - len, "[%5llu.%06llu] %s\n", us / USEC_PER_SEC, us % USEC_PER_SEC,
			       record->text);
}

struct wait_queue_head *log_wait_queue(void)
{
	return &state.readers;
}

size_t log_buffer_size(void)
{
	return LOG_RING_BYTES;
}

void log_wake_readers(void)
{
	if (likely(!READ_ONCE(state.must_wake)))
		return;
	WRITE_ONCE(state.must_wake, false);
	if (wq_has_sleeper(&state.readers))
		wake_up_all(&state.readers);
}

u32 log_console_level(void)
{
	return READ_ONCE(state.console_level);
}

void log_set_console_level(u32 level)
{
	WRITE_ONCE(state.console_level, level);
}

static int number_option(const char *cmdline, const char *name, int otherwise)
{
	char value[16];
	int number;

	if (cmdline_find(cmdline, name, value, sizeof(value)) < 0 || kstrtoint(value, 0, &number))
		return otherwise;
	return number;
}

void log_init(const char *cmdline)
{
	u32 level = CONSOLE_LEVEL_INIT;

	if (cmdline_has(cmdline, "quiet"))
		level = CONSOLE_LEVEL_QUIET;
	if (cmdline_has(cmdline, "debug"))
		level = CONSOLE_LEVEL_DEBUG;
	log_set_console_level(number_option(cmdline, "loglevel", level));
	panic_set_timeout(number_option(cmdline, "panic", PANIC_POWER_OFF));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * log.h - reading the log, consoles. For syslog(2), /dev/kmsg and console drivers.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <log/printk.h>

struct wait_queue_head;

#define LOG_RECORD_TEXT_MAX 1008

/* A record as readers get it. */
struct log_record {
	u64 seq;
	u64 time_ns; /* monotonic */
	u32 facility;
	enum log_level level;
	u32 caller;	   /* thread id, or 0x80000000 + processor */
	u32 len;	   /* of text, without terminator */
	char text[LOG_RECORD_TEXT_MAX];
};

/* Sequence numbers of the oldest record still there and of the next to come. */
u64 log_first_seq(void);
u64 log_next_seq(void);
/* Where SYSLOG_ACTION_CLEAR was last told that everything was read; from there on dmesg shows. */
u64 log_cleared_seq(void);
void log_clear(void);
/* Copy record @seq. 0; -EPIPE: overwritten (go to log_first_seq()); -EAGAIN: not there yet. */
int log_read(u64 seq, struct log_record *record) __must_check;
/* "<6>[    1.234567] text\n" into @buf; returns the length (without terminator). @with_prefix: the <level>. */
size_t log_format(const struct log_record *record, bool with_prefix, char *buf, size_t size);
/* Woken (from a safe context) when there are new records. */
struct wait_queue_head *log_wait_queue(void);
/* Bytes that the ring holds at most. */
size_t log_buffer_size(void);

/* /proc/sys/kernel: who may read the log, and what is written where. */
enum kmsg_writers { KMSG_ON, KMSG_OFF, KMSG_RATELIMIT };
struct log_settings {
	int dmesg_restrict;    /* only who has CAP_SYSLOG reads */
	int kptr_restrict;     /* 2: nobody is shown the kernel's addresses; else who has CAP_SYSLOG */
	int message_level;     /* of what printk() is given without one */
	int min_console_level; /* syslog(2) sets none below */
	int default_console_level;
	int devkmsg; /* KMSG_*: what becomes of writes to /dev/kmsg */
};
extern struct log_settings log_settings;

/* syslog(2)'s console level: records of smaller level go to consoles. */
u32 log_console_level(void);
void log_set_console_level(u32 level);

/* A place where records appear. */
struct console;
struct console_ops {
	const char *name;
	/* Write all of it, by polling. Any context, interrupts off; console lock held, or a panic is on its way. */
	void (*write)(struct console *console, const char *text, size_t len);
};
struct console {
	const struct console_ops *ops; /* final */
	struct list_head node;
	bool wants_replay;     /* its reader did not see what the early console showed; final */
	u64 next_seq;	       /* console lock */
};
/* From now on; with wants_replay first what the ring holds. The first one ends the early console. */
void console_register(struct console *console);
void console_unregister(struct console *console);

/* Boot: levels from the command line ("quiet", "debug", "loglevel=N", "panic=N"). printk() works before. */
void log_init(const char *cmdline);
/* The tick and the idle loop: wake readers of records that came where nobody could be woken. No lock held. */
void log_wake_readers(void);
/* Show what consoles have not shown yet, whatever lock they hold: for panics. */
void log_flush_in_panic(void);

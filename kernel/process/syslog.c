/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syslog.c - syslog(2): the log as text, for dmesg and old log daemons.
 *
 * WHAT        Where READ goes on is remembered for everybody, beside what the log knows: what CLEAR hides from READ_ALL.
 * LOCKING     syslog_state.lock for the place. A READ waits without it.
 * ERRORS      -EPERM without CAP_SYSLOG (READ_ALL and SIZE_BUFFER are free while dmesg_restrict is 0), -EINVAL, -EFAULT.
 */
#include "process_impl.h"
#include <lib/string.h>
#include <log/log.h>
#include <pages/slab.h>
#include <process/process_calls.h>

enum {
	SYSLOG_CLOSE, SYSLOG_OPEN, SYSLOG_READ, SYSLOG_READ_ALL, SYSLOG_READ_CLEAR, SYSLOG_CLEAR, SYSLOG_CONSOLE_OFF,
	SYSLOG_CONSOLE_ON, SYSLOG_CONSOLE_LEVEL, SYSLOG_SIZE_UNREAD, SYSLOG_SIZE_BUFFER,
};

#define SYSLOG_LINE_MAX (LOG_RECORD_TEXT_MAX + 64)

static struct {
	struct mutex lock; /* rank SEQ_FILE */
	u64 read_seq;	   /* lock: READ's place */
	u32 saved_level;   /* lock: console level before CONSOLE_OFF; 0: on */
} syslog_state = { .lock = MUTEX_INIT(syslog_state.lock, RANK_SEQ_FILE) };

/* Room for one record and its line. */
struct syslog_line {
	struct log_record record;
	char text[SYSLOG_LINE_MAX];
};

/* Format record *seq, moving past lost ones. Length, or -EAGAIN at the end. */
static int line_at(struct syslog_line *line, u64 *seq)
{
	for (;;) {
		int ret = log_read(*seq, &line->record);

		if (!ret)
			return log_format(&line->record, true, line->text, sizeof(line->text));
		if (ret != -EPIPE)
			return -EAGAIN;
		*seq = log_first_seq();
	}
}

/* How long the text from @seq on is. */
static size_t length_from(struct syslog_line *line, u64 seq)
{
	size_t total = 0;
	int n;

	for (; (n = line_at(line, &seq)) >= 0; seq++)
		total += n;
	return total;
}

/* The last @len bytes of whole lines since the last CLEAR. */
static long read_all(struct syslog_line *line, uaddr_t buf, size_t len)
{
	u64 seq = log_cleared_seq();
	size_t total = length_from(line, seq), done = 0;
	int n;

	for (; total > len && (n = line_at(line, &seq)) >= 0; seq++)
		total -= n;
	for (; (n = line_at(line, &seq)) >= 0 && done + n <= len; seq++) {
		if (copy_to_user(uaddr_add(buf, done), line->text, n))
			return -EFAULT;
		done += n;
	}
	return done;
}

/* Wait for the next record, then as many whole lines as fit. */
static long read_next(struct syslog_line *line, uaddr_t buf, size_t len)
{
	size_t done = 0;
	int n, ret;

	ret = wait_event_interruptible(*log_wait_queue(), READ_ONCE(syslog_state.read_seq) < log_next_seq());
	if (ret)
		return ret;
	with_mutex(&syslog_state.lock);
	for (; (n = line_at(line, &syslog_state.read_seq)) >= 0 && done + n <= len; syslog_state.read_seq++) {
		if (copy_to_user(uaddr_add(buf, done), line->text, n))
			return done ? (long)done : -EFAULT;
		done += n;
	}
	return done;
}

static long read_text(int type, uaddr_t buf, int len)
{
	struct syslog_line *line;
	long ret;

	if (uaddr_is_null(buf) || len < 0)
		return -EINVAL;
	if (!len)
		return 0;
	line = kvmalloc(sizeof(*line), GFP_KERNEL);
	if (!line)
		return -ENOMEM;
	if (type == SYSLOG_READ) {
		ret = read_next(line, buf, len);
	} else {
		with_mutex(&syslog_state.lock);
		ret = read_all(line, buf, len);
		if (ret >= 0 && type == SYSLOG_READ_CLEAR)
			log_clear();
	}
	kvfree(line);
	return ret;
}

static long size_unread(void)
{
	struct syslog_line *line = kvmalloc(sizeof(*line), GFP_KERNEL);
	long ret;

	if (!line)
		return -ENOMEM;
	ret = length_from(line, READ_ONCE(syslog_state.read_seq));
	kvfree(line);
	return ret;
}

static long set_console(int type, int len)
{
	with_mutex(&syslog_state.lock);

	switch (type) {
	case SYSLOG_CONSOLE_OFF:
		if (!syslog_state.saved_level)
			syslog_state.saved_level = log_console_level();
		log_set_console_level(READ_ONCE(log_settings.min_console_level));
		return 0;
	case SYSLOG_CONSOLE_ON:
		if (syslog_state.saved_level)
			log_set_console_level(syslog_state.saved_level);
		syslog_state.saved_level = 0;
		return 0;
	default:
		if (len < 1 || len > 8)
			return -EINVAL;
		log_set_console_level(max(len, READ_ONCE(log_settings.min_console_level)));
		syslog_state.saved_level = 0;
		return 0;
	}
}

static bool is_permitted(int type)
{
	bool is_free = type == SYSLOG_READ_ALL || type == SYSLOG_SIZE_BUFFER;

	return (is_free && !READ_ONCE(log_settings.dmesg_restrict)) || capable(CAP_SYSLOG);
}

long sys_syslog(int type, uaddr_t buf, int len)
{
	if (!is_permitted(type))
		return -EPERM;
	switch (type) {
	case SYSLOG_CLOSE:
	case SYSLOG_OPEN:
		return 0;
	case SYSLOG_READ:
	case SYSLOG_READ_ALL:
	case SYSLOG_READ_CLEAR:
		return read_text(type, buf, len);
	case SYSLOG_CLEAR: {
		with_mutex(&syslog_state.lock);
		log_clear();
		return 0;
	}
	case SYSLOG_CONSOLE_OFF:
	case SYSLOG_CONSOLE_ON:
	case SYSLOG_CONSOLE_LEVEL:
		return set_console(type, len);
	case SYSLOG_SIZE_UNREAD:
		return size_unread();
	case SYSLOG_SIZE_BUFFER:
		return log_buffer_size();
	default:
		return -EINVAL;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmsg.c - /dev/kmsg: a record of the log per read, a record into it per write.
 *
 * LOCKING     A reader's mutex (rank SEQ_FILE): its place and buffers.
 *
 * WHAT        Each open file has a place in the log. A read gives "prefix,seq,time_us,flags;text\n"; -EPIPE says that records were lost
 *             and moves to the oldest. A write may begin with "<N>".
 */
#include <lib/err.h>
#include <lib/kstrtox.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <log/log.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <sync/mutex.h>
#include <sync/wait.h>
#include <vfs/inode.h>
#include <vfs/poll.h>
#include "mem_impl.h"

#define KMSG_LINE_MAX 8192
#define KMSG_WRITE_MAX 976

/* What an open file has: its place in the log if it reads, its share of what may be written in a time. */
struct kmsg_file {
	struct ratelimit writes;
	struct kmsg_reader *reader; /* owned; NULL: opened for writing only */
};

struct kmsg_reader {
	struct mutex lock;	/* rank SEQ_FILE: seq and the buffers */
	u64 seq;
	struct log_record record;
	char line[KMSG_LINE_MAX];
};

static struct kmsg_reader *reader_of(struct file *file)
{
	return ((struct kmsg_file *)file->private_data)->reader;
}

static bool may_read(void)
{
	return !READ_ONCE(log_settings.dmesg_restrict) || capable(CAP_SYSLOG);
}

static int kmsg_open(struct inode *inode, struct file *file)
{
	bool is_reader = (file->f_flags & O_ACCMODE) != O_WRONLY;
	struct kmsg_file *f;

	if (READ_ONCE(log_settings.devkmsg) == KMSG_OFF)
		return -EPERM;
	if (is_reader && !may_read())
		return -EPERM;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	f->writes = (struct ratelimit)RATELIMIT_INIT(DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST);
	file->private_data = f;
	if (!is_reader)
		return 0;
	f->reader = kvzalloc(sizeof(*f->reader), GFP_KERNEL);
	if (!f->reader) {
		kfree(f);
		return -ENOMEM;
	}
	mutex_init(&f->reader->lock, RANK_SEQ_FILE);
	f->reader->seq = log_first_seq();
	return 0;
}

static void kmsg_release(struct inode *inode, struct file *file)
{
	kvfree(reader_of(file));
	kfree(file->private_data);
}

/* Control characters and backslashes as \xNN; newlines inside start a continuation line. */
static int format_line(struct kmsg_reader *r)
{
	const struct log_record *rec = &r->record;
	int n = scnprintf(r->line, KMSG_LINE_MAX, "%u,%llu,%llu,-;", rec->facility << 3 | rec->level,
			  (unsigned long long)rec->seq, (unsigned long long)(rec->time_ns / 1000));
	u32 i;

	for (i = 0; i < rec->len && n < KMSG_LINE_MAX - 8; i++) {
		u8 c = rec->text[i];

		if (c < ' ' || c >= 127 || c == '\\')
			n += scnprintf(r->line + n, KMSG_LINE_MAX - n, "\\x%02x", c);
		else
			r->line[n++] = c;
	}
	r->line[n++] = '\n';
	return n;
}

static ssize_t read_one(struct kmsg_reader *r, struct iter *to)
{
	int err = log_read(r->seq, &r->record);
	int len;

	if (err) {
		if (err == -EPIPE)
			r->seq = log_first_seq();
		return err;
	}
	len = format_line(r);
	if ((size_t)len > iter_count(to))
		return -EINVAL;
	if (!copy_to_iter_full(r->line, len, to))
		return -EFAULT;
	r->seq = r->record.seq + 1;
	return len;
}

static ssize_t kmsg_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct kmsg_reader *r = reader_of(file);
	ssize_t ret;

	if (!r)
		return -EBADF;
	for (;;) {
		mutex_lock(&r->lock);
		ret = read_one(r, to);
		mutex_unlock(&r->lock);
		if (ret != -EAGAIN || (file->f_flags & O_NONBLOCK))
			return ret;
		ret = wait_event_interruptible(*log_wait_queue(), log_next_seq() > READ_ONCE(r->seq));
		if (ret)
			return ret;
	}
}

/* What is too much is dropped, and nobody is told: the log is not where a program's writes are kept. */
static bool may_write(struct kmsg_file *f)
{
	int how = READ_ONCE(log_settings.devkmsg);

	return how == KMSG_ON || (how == KMSG_RATELIMIT && ratelimit_allow(&f->writes, "kmsg"));
}

static ssize_t kmsg_write(struct file *file, struct iter *from, loff_t *pos)
{
	size_t len = iter_count(from);
	u32 facility = 1, level = LOG_WARNING;
	char *text, *body;
	size_t body_len;

	if (len > KMSG_WRITE_MAX)
		return -EINVAL;
	if (!may_write(file->private_data))
		return len;
	text = kmalloc(len + 1, GFP_KERNEL);
	if (!text)
		return -ENOMEM;
	if (!copy_from_iter_full(text, len, from)) {
		kfree(text);
		return -EFAULT;
	}
	text[len] = 0;
	body = text;
	if (*body == '<') {
		char *end;
		unsigned long number = simple_strtoul(body + 1, &end, 10);

		if (*end == '>') {
			body = end + 1;
			level = number & 7;
			if (number >> 3)
				facility = number >> 3;
		}
	}
	body_len = text + len - body;
	if (body_len && body[body_len - 1] == '\n')
		body_len--;
	log_emit(facility, level, body, body_len);
	kfree(text);
	return len;
}

static loff_t kmsg_llseek(struct file *file, loff_t off, int whence)
{
	struct kmsg_reader *r = reader_of(file);

	if (!r)
		return -EBADF;
	if (off)
		return -ESPIPE;
	mutex_lock(&r->lock);
	if (whence == SEEK_SET)
		r->seq = log_first_seq();
	else if (whence == SEEK_END)
		r->seq = log_next_seq();
	else if (whence == SEEK_DATA)
		r->seq = max(log_cleared_seq(), log_first_seq());
	mutex_unlock(&r->lock);
	return whence == SEEK_SET || whence == SEEK_END || whence == SEEK_DATA ? 0 : -EINVAL;
}

static u32 kmsg_poll(struct file *file, struct poll_table *pt)
{
	struct kmsg_reader *r = reader_of(file);

	if (!r)
		return EPOLLERR | EPOLLNVAL;
	poll_wait(file, log_wait_queue(), pt);
	if (READ_ONCE(r->seq) < log_first_seq())
		return EPOLLIN | EPOLLRDNORM | EPOLLERR | EPOLLPRI;
	return READ_ONCE(r->seq) < log_next_seq() ? EPOLLIN | EPOLLRDNORM : 0;
}

const struct file_operations kmsg_fops = {
	.open = kmsg_open, .release = kmsg_release, .read = kmsg_read, .write = kmsg_write,
	.llseek = kmsg_llseek, .poll = kmsg_poll,
};

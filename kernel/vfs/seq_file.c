/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seq_file.c - text files made on the fly.
 *
 * WHAT        start/next/show write whole records into a buffer, which grows until one record fits; reads of any size take from it.
 * INVARIANTS  Q1  buf[from .. from+count) is text shown and not yet read; index is the record that comes after it.
 *             Q2  read_pos is the file position that the buffer's front stands for.
 *             Q3  A read takes what was left over and fills the buffer once more: what fits into a page ends with a record, so that a
 *                 program which reads until it gets less than it asked for sees whole lines, and stops, as on Linux.
 * LOCKING     m->lock (rank SEQ_FILE). The show functions may sleep.
 * ERRORS      -ENOMEM, -EFAULT, what start or show say.
 */
#include <lib/ctype.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <linux/limits.h>
#include <vfs/inode.h>
#include <vfs/seq_file.h>
#include "dcache_impl.h"
#include "mount_impl.h"
#include "vfs_impl.h"

#define SEQ_BUF_FIRST	4096 /* a page, as on Linux: programs see it in what a read returns */
#define SEQ_BUF_MAX	(64UL << 20)

struct seq_cache {
	struct kmem_cache *cache;	/* __final */
};
static struct seq_cache seq_cache;

static const struct object_type seq_type = { .name = "seq_file", .owner = "vfs", .id = 0x308, .version = 1 };

void seq_file_init(void)
{
	seq_cache.cache = kmem_cache_create(&seq_type, sizeof(struct seq_file), 0, SLAB_PANIC);
}

int seq_open(struct file *file, const struct seq_operations *op)
{
	struct seq_file *m = kmem_cache_zalloc(seq_cache.cache, GFP_KERNEL);

	if (!m)
		return -ENOMEM;
	mutex_init(&m->lock, RANK_SEQ_FILE);
	m->op = op;
	m->file = file;
	file->private_data = m;
	file->f_mode &= ~FMODE_PWRITE;
	return 0;
}

void *seq_open_private(struct file *file, const struct seq_operations *op, int psize)
{
	void *private = kzalloc(psize, GFP_KERNEL);

	if (!private)
		return NULL;
	if (seq_open(file, op)) {
		kfree(private);
		return NULL;
	}
	seq_file_of(file)->private = private;
	return private;
}

/* One record: start and next of the caller's table are not used. */
static void *single_start(struct seq_file *m, loff_t *pos)
{
	return *pos == 0 ? SEQ_START_TOKEN : NULL;
}

int single_open(struct file *file, const struct seq_operations *show_only, void *data)
{
	int err = seq_open(file, show_only);

	if (!err)
		seq_file_of(file)->private = data;
	return err;
}

int single_open_size(struct file *file, const struct seq_operations *show_only, void *data, size_t size)
{
	char *buf = kvmalloc(size, GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	err = single_open(file, show_only, data);
	if (err) {
		kvfree(buf);
		return err;
	}
	seq_file_of(file)->buf = buf;
	seq_file_of(file)->size = size;
	return 0;
}

void seq_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	if (!m)
		return;
	kvfree(m->buf);
	kmem_cache_free(seq_cache.cache, m);
	file->private_data = NULL;
}

void seq_release_private(struct inode *inode, struct file *file)
{
	kfree(seq_file_of(file)->private);
	seq_release(inode, file);
}

/* --- records --- */

static void *record_start(struct seq_file *m, loff_t *index)
{
	return m->op->start ? m->op->start(m, index) : single_start(m, index);
}

static void *record_next(struct seq_file *m, void *v, loff_t *index)
{
	loff_t before = *index;

	if (!m->op->start) {
		++*index;
		return NULL;
	}
	v = m->op->next(m, v, index);
	if (*index == before)
		++*index;
	return v;
}

static void record_stop(struct seq_file *m, void *v)
{
	if (m->op->stop)
		m->op->stop(m, v);
}

static int buffer_reserve(struct seq_file *m, size_t size)
{
	if (size > SEQ_BUF_MAX)
		return -ENOMEM;
	kvfree(m->buf);
	m->count = m->from = 0;
	m->buf = kvmalloc(size, GFP_KERNEL);
	m->size = m->buf ? size : 0;
	return m->buf ? 0 : -ENOMEM;
}

/* Fill the empty buffer with records from m->index on, at least one if there is any, at least @want bytes if they fit. */
static int fill(struct seq_file *m, size_t want)
{
	loff_t index;
	void *v;
	int err;

again:
	m->from = m->count = 0;
	index = m->index;
	v = record_start(m, &index);
	err = 0;
	while (v) {
		size_t before = m->count;

		if (IS_ERR(v)) {
			err = PTR_ERR(v);
			break;
		}
		err = m->op->show(m, v);
		if (err < 0)
			break;
		if (err > 0)	/* SEQ_SKIP */
			m->count = before;
		err = 0;
		if (seq_has_overflowed(m)) {
			m->count = before;
			if (before)
				break;
			record_stop(m, v);
			err = buffer_reserve(m, m->size * 2);
			if (err)
				return err;
			goto again;
		}
		v = record_next(m, v, &index);
		m->index = index;
		if (m->count >= want)
			break;
	}
	record_stop(m, IS_ERR(v) ? NULL : v);
	return m->count ? 0 : err;
}

/* Show and throw away until @pos (Q2). */
static int traverse(struct seq_file *m, loff_t pos)
{
	loff_t at = 0;
	int err;

	m->index = 0;
	m->count = m->from = 0;
	while (at < pos) {
		err = fill(m, 1);
		if (err)
			return err;
		if (!m->count)
			break;
		if (at + (loff_t)m->count > pos) {
			m->from = pos - at;
			m->count -= m->from;
			at = pos;
		} else {
			at += m->count;
			m->count = 0;
		}
	}
	m->read_pos = pos;
	return 0;
}

/* What the buffer holds, as far as it is wanted. -EFAULT: nothing of it could be copied. */
static ssize_t take(struct seq_file *m, struct iter *to)
{
	size_t n = min(m->count, iter_count(to));

	if (!n)
		return 0;
	n = copy_to_iter(m->buf + m->from, n, to);
	m->from += n;
	m->count -= n;
	m->read_pos += n;
	return n ? (ssize_t)n : -EFAULT;
}

static int seek_to(struct seq_file *m, loff_t pos)
{
	if (!m->buf) {
		int err = buffer_reserve(m, SEQ_BUF_FIRST);

		if (err)
			return err;
	}
	if (pos == 0 && m->read_pos != 0)
		m->index = m->count = m->from = m->read_pos = 0;
	return likely(pos == m->read_pos) ? 0 : traverse(m, pos);
}

/* Q3 */
static ssize_t read_locked(struct seq_file *m, struct iter *to, loff_t *pos)
{
	ssize_t left, more = 0;
	int err = seek_to(m, *pos);

	if (err)
		return err;
	left = take(m, to);
	if (left < 0)
		return left;
	if (!m->count && iter_count(to)) {
		err = fill(m, iter_count(to));
		more = err ? err : take(m, to);
		if (more < 0 && !left)
			return more;
	}
	if (more > 0)
		left += more;
	*pos += left;
	return left;
}

ssize_t seq_read(struct file *file, struct iter *to, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	ssize_t ret;

	if (!iter_count(to))
		return 0;
	mutex_lock(&m->lock);
	ret = read_locked(m, to, pos);
	mutex_unlock(&m->lock);
	return ret;
}

loff_t seq_lseek(struct file *file, loff_t off, int whence)
{
	struct seq_file *m = file->private_data;
	int err = 0;

	if (whence == SEEK_CUR)
		off += file->f_pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (off < 0)
		return -EINVAL;
	mutex_lock(&m->lock);
	if (off != m->read_pos) {
		if (!m->buf)
			err = buffer_reserve(m, SEQ_BUF_FIRST);
		if (!err)
			err = traverse(m, off);
	}
	if (!err)
		file->f_pos = off;
	mutex_unlock(&m->lock);
	return err ? err : off;
}

/* --- writing into the buffer --- */

void seq_vprintf(struct seq_file *m, const char *fmt, va_list args)
{
	int len;

	if (m->count >= m->size)
		return;
	len = vsnprintf(m->buf + m->count, m->size - m->count, fmt, args);
	if (m->count + len < m->size)
		m->count += len;
	else
		seq_set_overflow(m);
}

void seq_printf(struct seq_file *m, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	seq_vprintf(m, fmt, args);
	va_end(args);
}

void seq_write(struct seq_file *m, const void *data, size_t len)
{
	if (m->count + len < m->size) {
		memcpy(m->buf + m->count, data, len);
		m->count += len;
		return;
	}
	seq_set_overflow(m);
}

void seq_putc(struct seq_file *m, char c)
{
	if (m->count < m->size)
		m->buf[m->count++] = c;
}

void seq_puts(struct seq_file *m, const char *s)
{
	seq_write(m, s, strlen(s));
}

void seq_pad(struct seq_file *m, char c)
{
	while (m->count < m->pad_until && !seq_has_overflowed(m))
		seq_putc(m, ' ');
	if (c)
		seq_putc(m, c);
}

void seq_put_decimal_ull(struct seq_file *m, const char *delimiter, u64 num)
{
	char digits[20];
	int n = 0;

	if (delimiter)
		seq_puts(m, delimiter);
	do
		digits[sizeof(digits) - ++n] = '0' + num % 10;
	while (num /= 10);
	seq_write(m, digits + sizeof(digits) - n, n);
}

void seq_put_decimal_ll(struct seq_file *m, const char *delimiter, s64 num)
{
	if (delimiter)
		seq_puts(m, delimiter);
	if (num < 0)
		seq_putc(m, '-');
	seq_put_decimal_ull(m, NULL, num < 0 ? -(u64)num : (u64)num);
}

void seq_escape(struct seq_file *m, const char *s, const char *esc)
{
	for (; *s; s++) {
		if (esc && strchr(esc, *s))
			seq_printf(m, "\\%03o", (u8)*s);
		else
			seq_putc(m, *s);
	}
}

int seq_path(struct seq_file *m, const struct path *path, const char *esc)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *p;
	int err;

	if (!buf) {
		seq_set_overflow(m);
		return -1;
	}
	p = d_path(path, buf, PATH_MAX);
	err = PTR_ERR_OR_ZERO(p);
	if (!err)
		seq_escape(m, p, esc);
	kfree(buf);
	return err ? -1 : 0;
}

int seq_path_root(struct seq_file *m, const struct path *path, const struct path *root, const char *esc)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *p;
	bool reachable;
	int err;

	if (!buf)
		return -ENOMEM;
	p = d_path_from(path, root, buf, PATH_MAX, &reachable);
	err = PTR_ERR_OR_ZERO(p);
	if (!err && !reachable)
		err = SEQ_SKIP;
	if (!err)
		seq_escape(m, p, esc);
	kfree(buf);
	return err;
}

int seq_file_path(struct seq_file *m, struct file *file, const char *esc)
{
	return seq_path(m, &file->f_path, esc);
}

int seq_dentry(struct seq_file *m, struct dentry *dentry, const char *esc)
{
	char *buf = kmalloc(PATH_MAX, GFP_KERNEL), *p;
	int err;

	if (!buf)
		return -ENOMEM;
	p = dentry_path_raw(dentry, buf, PATH_MAX);
	err = PTR_ERR_OR_ZERO(p);
	if (!err)
		seq_escape(m, p, esc);
	kfree(buf);
	return err;
}

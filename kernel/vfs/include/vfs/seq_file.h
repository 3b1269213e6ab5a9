/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * seq_file.h - text files made on the fly: a show function fills a buffer, reads
 * take from it in any size.
 */
#ifndef VFS_SEQ_FILE_H
#define VFS_SEQ_FILE_H

#include <stdarg.h>
#include <sync/mutex.h>
#include <vfs/file.h>
#include <vfs/types.h>

struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	int (*show)(struct seq_file *m, void *v);
};

#define SEQ_SKIP	1		/* show: print nothing for this record */
#define SEQ_START_TOKEN	((void *)1)

struct seq_file {
	char *buf;		/* lock */
	size_t size, from, count;
	size_t pad_until;
	loff_t index;
	loff_t read_pos;
	struct mutex lock;	/* rank SEQ_FILE */
	const struct seq_operations *op;
	const struct file *file;
	void *private;
};

int seq_open(struct file *file, const struct seq_operations *op);
/* private_data of seq_file is zeroed memory of @psize. */
void *seq_open_private(struct file *file, const struct seq_operations *op, int psize);
/* One record: @ops->show only is used. */
int single_open(struct file *file, const struct seq_operations *show_only, void *data);
int single_open_size(struct file *file, const struct seq_operations *show_only, void *data, size_t size);
/* file_operations members */
ssize_t seq_read(struct file *file, struct iter *to, loff_t *pos);
loff_t seq_lseek(struct file *file, loff_t off, int whence);
void seq_release(struct inode *inode, struct file *file);
void seq_release_private(struct inode *inode, struct file *file);	/* kfree()s private */

static inline bool seq_has_overflowed(const struct seq_file *m) { return m->count == m->size; }
static inline void seq_set_overflow(struct seq_file *m) { m->count = m->size; }

void seq_vprintf(struct seq_file *m, const char *fmt, va_list args) __printf(2, 0);
void seq_printf(struct seq_file *m, const char *fmt, ...) __printf(2, 3);
void seq_putc(struct seq_file *m, char c);
void seq_puts(struct seq_file *m, const char *s);
void seq_write(struct seq_file *m, const void *data, size_t len);
void seq_pad(struct seq_file *m, char c);
static inline void seq_setwidth(struct seq_file *m, size_t width) { m->pad_until = m->count + width; }
/* Octal-escape the characters of @esc. */
void seq_escape(struct seq_file *m, const char *s, const char *esc);
int seq_path(struct seq_file *m, const struct path *path, const char *esc);
/* As seen from @root; SEQ_SKIP if not reachable. */
int seq_path_root(struct seq_file *m, const struct path *path, const struct path *root,
		  const char *esc);
int seq_file_path(struct seq_file *m, struct file *file, const char *esc);
int seq_dentry(struct seq_file *m, struct dentry *dentry, const char *esc);
void seq_put_decimal_ull(struct seq_file *m, const char *delimiter, u64 num);
void seq_put_decimal_ll(struct seq_file *m, const char *delimiter, s64 num);

/* A file that shows one record is a table of these two plus its open. */
static inline struct seq_file *seq_file_of(struct file *file) { return file->private_data; }

#endif

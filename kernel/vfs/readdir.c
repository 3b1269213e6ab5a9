/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * readdir.c - getdents: directory entries into user memory.
 *
 * WHAT        The file system emits names; each is written into the user's buffer at once. d_off of an entry is the position
 *             after it, so it is filled in when the next one comes.
 * ERRORS      -ENOTDIR, -ENOENT (removed directory), -EINVAL (buffer too small for one entry), -EFAULT, -EPARK.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/inode.h>
#include <vfs/vfs_calls.h>

#define ENTRY_MAX 288	/* head, NAME_MAX bytes, terminator, padding */

struct dents {
	struct dir_context ctx;
	uaddr_t buf;		/* where the next entry goes */
	u32 left;		/* bytes there */
	u32 last_len;		/* of the entry before; 0: none yet */
	bool is_old;		/* getdents, not getdents64 */
	int err;
};

/* The position after the entry just written is known now. */
static bool set_last_off(struct dents *d, u64 off)
{
	uaddr_t at;

	if (!d->last_len)
		return true;
	at = uaddr_add(d->buf, 8 - (unsigned long)d->last_len);
	if (put_user_u64(off, at)) {
		d->err = -EFAULT;
		return false;
	}
	return true;
}

static u32 format64(char *out, const char *name, int len, u64 ino, unsigned int type)
{
	struct linux_dirent64 *e = (struct linux_dirent64 *)out;
	u32 reclen = ALIGN(offsetof(struct linux_dirent64, d_name) + len + 1, 8);

	*(u64 *)(out + reclen - 8) = 0;	/* padding */
	e->d_ino = ino;
	e->d_off = 0;
	e->d_reclen = reclen;
	e->d_type = type;
	memcpy(e->d_name, name, len);
	e->d_name[len] = 0;
	return reclen;
}

static u32 format_old(char *out, const char *name, int len, u64 ino, unsigned int type)
{
	struct linux_dirent *e = (struct linux_dirent *)out;
	u32 reclen = ALIGN(offsetof(struct linux_dirent, d_name) + len + 2, 8);

	*(u64 *)(out + reclen - 8) = 0;
	e->d_ino = ino;
	e->d_off = 0;
	e->d_reclen = reclen;
	memcpy(e->d_name, name, len);
	e->d_name[len] = 0;
	out[reclen - 1] = type;
	return reclen;
}

static bool dents_emit(struct dir_context *ctx, const char *name, int len, loff_t off, u64 ino, unsigned int type)
{
	struct dents *d = container_of(ctx, struct dents, ctx);
	char entry[ENTRY_MAX] __attribute__((__aligned__(8)));
	u32 reclen;

	if (unlikely(len <= 0 || len > 255 || memchr(name, '/', len))) {
		d->err = -EIO;	/* a damaged file system: no such name can exist */
		return false;
	}
	reclen = d->is_old ? format_old(entry, name, len, ino, type) : format64(entry, name, len, ino, type);
	if (reclen > d->left) {
		if (!d->last_len)
			d->err = -EINVAL;
		return false;
	}
	if (!set_last_off(d, off))
		return false;
	if (copy_to_user(d->buf, entry, reclen)) {
		d->err = -EFAULT;
		return false;
	}
	d->buf = uaddr_add(d->buf, reclen);
	d->left -= reclen;
	d->last_len = reclen;
	return true;
}

static const struct dir_context_ops dents_ops = { .emit = dents_emit };

int iterate_dir(struct file *file, struct dir_context *ctx)
{
	struct inode *inode = file_inode(file);
	int err;

	if (!file->f_op->iterate)
		return -ENOTDIR;
	err = inode_lock_shared_killable(inode);
	if (err)
		return err;
	err = -ENOENT;
	if (!IS_DEADDIR(inode)) {
		ctx->pos = file->f_pos;
		err = file->f_op->iterate(file, ctx);
		file->f_pos = ctx->pos;
	}
	inode_unlock_shared(inode);
	if (!err)
		file_accessed(file);
	return err;
}

static long getdents(unsigned int fd, uaddr_t buf, unsigned int count, bool is_old)
{
	struct dents d = {
		.ctx.ops = &dents_ops, .buf = buf, .left = min(count, (unsigned int)INT_MAX), .is_old = is_old,
	};
	struct fd f = fdget_pos(fd);
	int err;

	if (!f.file)
		return -EBADF;
	err = iterate_dir(f.file, &d.ctx);
	if (d.last_len) {
		/* entries were delivered: errors are for the next call */
		err = set_last_off(&d, d.ctx.pos) ? (int)(min(count, (unsigned int)INT_MAX) - d.left) : -EFAULT;
	} else if (!err) {
		err = d.err;
	}
	fdput_pos(f);
	return err;
}

long sys_getdents64(unsigned int fd, uaddr_t buf, unsigned int count)
{
	return getdents(fd, buf, count, false);
}

long sys_getdents(unsigned int fd, uaddr_t buf, unsigned int count)
{
	return getdents(fd, buf, count, true);
}

/* --- "." and ".." --- */

bool dir_emit_dot(struct file *file, struct dir_context *ctx)
{
	return dir_emit(ctx, ".", 1, file_inode(file)->i_ino, DT_DIR);
}

bool dir_emit_dotdot(struct file *file, struct dir_context *ctx)
{
	struct dentry *parent = dget_parent(file_dentry(file));
	u64 ino = d_inode(parent)->i_ino;

	dput(parent);
	return dir_emit(ctx, "..", 2, ino, DT_DIR);
}

bool dir_emit_dots(struct file *file, struct dir_context *ctx)
{
	if (ctx->pos == 0) {
		if (!dir_emit_dot(file, ctx))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!dir_emit_dotdot(file, ctx))
			return false;
		ctx->pos = 2;
	}
	return true;
}

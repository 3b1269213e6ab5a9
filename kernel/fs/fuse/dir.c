/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dir.c - reading a share's directories.
 *
 * WHAT        An open directory has a handle and the last answer as the server packed it. A position is the server's offset of the next
 *             entry, 0 the start. Where names are looked up besides being read, the server is asked for both at once (READDIRPLUS),
 *             and what it says of the names goes into the name cache.
 * INVARIANTS  I1  Each entry with a node is one lookup: an inode takes it over or it is given back, whatever becomes of the answer.
 * LOCKING     The directory's i_rwsem, shared, and the file's position lock. names_lock of the inode: the names added, as lookups are kept
 *             out by i_rwsem and other readers by this.
 * ERRORS      -EIO for entries that are none.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <linux/fcntl.h>
#include <pages/slab.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include "fuse_impl.h"

#define ANSWER_BYTES	   (16u * 1024 - FUSE_HEADER)
#define ANSWER_BYTES_SMALL (4u * 1024 - FUSE_HEADER)

struct fuse_dir {
	struct fuse_handle *handle; /* owned */
	struct fuse_rpc *rpc; /* owned: the last answer, or NULL */
	bool is_plus;	      /* what it is of */
	u32 pos;	      /* where the entry at @next begins in its body */
	loff_t next;	      /* the position that @pos stands for */
};

/* --- names that came along ------------------------------------------------------------------------------ */

/* Enter @fresh with @inode, which it takes over, unless the name came to be in the cache since @old (negative, or NULL) was found. */
static bool enter_name(struct dentry *parent, const struct qstr *name, struct dentry *old, struct dentry *fresh, struct inode *inode)
{
	struct fuse_inode *dir = fuse_inode(d_inode(parent));
	struct dentry *now;
	bool is_free;

	mutex_lock(&dir->names_lock); /* nothing below allocates or lets go of the last of anything */
	now = d_lookup(parent, name);
	is_free = !now || now == old;
	if (is_free) {
		if (now)
			d_drop(now);
		d_add(fresh, inode);
	}
	mutex_unlock(&dir->names_lock);
	dput(now);
	return is_free;
}

/* Give @name its @inode. True when the name took the reference. */
static bool add_name(struct dentry *parent, const struct qstr *name, struct inode *inode, const struct fuse_entry_out *entry)
{
	struct dentry *old = d_lookup(parent, name), *fresh;
	bool is_taken = false;

	if (old && d_really_is_positive(old)) {
		if (d_inode(old) == inode) /* another inode: the next lookup finds out */
			fuse_believe_name(old, entry);
		dput(old);
		return false;
	}
	fresh = d_alloc(parent, name);
	if (fresh) {
		fuse_believe_name(fresh, entry);
		is_taken = enter_name(parent, name, old, fresh, inode);
		dput(fresh);
	}
	dput(old);
	return is_taken;
}

static void take_name(struct file *file, const struct fuse_dirent_view *view, u64 version)
{
	struct dentry *parent = file_dentry(file);
	struct qstr name = QSTR_INIT(view->name, view->name_len);
	struct inode *inode = fuse_iget(parent->d_sb, &view->entry, version); /* I1 */

	if (IS_ERR(inode))
		return;
	name.hash = d_name_hash(parent, name.name, name.len);
	/* A directory that is known elsewhere would be moved: that is for a lookup to do. */
	if (S_ISDIR(inode->i_mode) || !add_name(parent, &name, inode, &view->entry))
		iput(inode);
}

/* All names of a fresh answer, whatever the reader will take of it. */
static void take_names(struct file *file, const struct fuse_dir *dir, u64 version)
{
	struct fuse_wire rx = dir->rpc->rx;
	struct fuse_dirent_view view;

	while (fuse_get_dirent(&rx, true, &view))
		if (view.entry.nodeid)
			take_name(file, &view, version);
}

/* --- reading ------------------------------------------------------------------------------------------- */

static struct fuse_rpc *begin_readdir(struct inode *inode, const struct fuse_dir *dir, loff_t pos)
{
	u32 opcode = dir->is_plus ? FUSE_READDIRPLUS : FUSE_READDIR, room = ANSWER_BYTES;
	struct fuse_rpc *rpc = fuse_begin_on(inode, opcode, 0, room);
	struct fuse_read_in in = { .fh = dir->handle->fh, .offset = pos };

	if (IS_ERR(rpc)) {
		room = ANSWER_BYTES_SMALL;
		rpc = fuse_begin_on(inode, opcode, 0, room);
	}
	if (IS_ERR(rpc))
		return rpc;
	in.size = room;
	rpc->handle[0] = dir->handle;
	fuse_put(&rpc->tx, &in, sizeof(in));
	return rpc;
}

/* At the start, and on when names of this directory were looked up since. */
static bool wants_plus(struct inode *inode, loff_t pos)
{
	struct fuse_inode *fi = fuse_inode(inode);

	if (!(fuse_conn(inode->i_sb)->flags & FUSE_DO_READDIRPLUS))
		return false;
	if (!(fuse_conn(inode->i_sb)->flags & FUSE_READDIRPLUS_AUTO))
		return true;
	if (!READ_ONCE(fi->was_searched))
		return !pos;
	WRITE_ONCE(fi->was_searched, false);
	return true;
}

/* Have entries from @pos on. 0: the end, 1: there are some, -errno. */
static int dir_fill(struct file *file, struct fuse_dir *dir, loff_t pos)
{
	struct inode *inode = file_inode(file);
	u64 version = fuse_attr_version(fuse_conn(inode->i_sb));
	struct fuse_rpc *rpc;
	int ret;

	if (dir->rpc && dir->next == pos && dir->pos < dir->rpc->rx.end)
		return 1;
	if (dir->rpc)
		fuse_end(dir->rpc);
	dir->rpc = NULL;
	dir->is_plus = wants_plus(inode, pos);
	rpc = begin_readdir(inode, dir, pos);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_call(rpc);
	if (ret || !rpc->payload) {
		fuse_end(rpc);
		return ret;
	}
	dir->rpc = rpc;
	dir->pos = rpc->rx.pos;
	dir->next = pos;
	if (dir->is_plus)
		take_names(file, dir, version);
	return 1;
}

static int fuse_dir_iterate(struct file *file, struct dir_context *ctx)
{
	struct fuse_dir *dir = file->private_data;
	struct fuse_dirent_view view;

	for (;;) {
		struct fuse_wire rx;
		int ret = dir_fill(file, dir, ctx->pos);

		if (ret <= 0)
			return ret;
		rx = dir->rpc->rx;
		rx.pos = dir->pos;
		if (!fuse_get_dirent(&rx, dir->is_plus, &view)) {
			if (rx.is_bad || dir->pos == dir->rpc->rx.pos)
				return -EIO; /* nonsense, or not even one entry */
			dir->pos = rx.end; /* a cut one: ask from there */
			continue;
		}
		if ((loff_t)view.next_offset == ctx->pos || (loff_t)view.next_offset < 0)
			return -EIO; /* a server that would keep us here for ever */
		if (!dir_emit(ctx, view.name, view.name_len, view.ino, view.type))
			return 0;
		dir->pos = rx.pos;
		dir->next = view.next_offset;
		ctx->pos = view.next_offset;
	}
}

static int fuse_dir_open(struct inode *inode, struct file *file)
{
	struct fuse_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	int ret;

	if (!dir)
		return -ENOMEM;
	dir->handle = fuse_open(inode, file->f_flags | O_DIRECTORY);
	if (!IS_ERR(dir->handle)) {
		file->private_data = dir;
		return 0;
	}
	ret = PTR_ERR(dir->handle);
	kfree(dir);
	return ret;
}

static void fuse_dir_release(struct inode *inode, struct file *file)
{
	struct fuse_dir *dir = file->private_data;

	if (dir->rpc)
		fuse_end(dir->rpc);
	fuse_handle_put(dir->handle);
	kfree(dir);
}

static int fuse_dir_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct fuse_dir *dir = file->private_data;
	struct fuse_fsync_in in = { .fh = dir->handle->fh, .fsync_flags = datasync ? FUSE_FSYNC_FDATASYNC : 0 };
	struct fuse_conn *conn = fuse_conn(file_inode(file)->i_sb);
	struct fuse_rpc *rpc;

	if (fuse_is_absent(conn, FUSE_NO_FSYNCDIR))
		return 0;
	rpc = fuse_begin_on(file_inode(file), FUSE_FSYNCDIR, 0, 0);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	rpc->handle[0] = dir->handle;
	fuse_put(&rpc->tx, &in, sizeof(in));
	return fuse_note_absent(conn, FUSE_NO_FSYNCDIR, fuse_call_and_end(rpc), 0);
}

const struct file_operations fuse_dir_fops = {
	.llseek = default_llseek,
	.iterate = fuse_dir_iterate,
	.open = fuse_dir_open,
	.release = fuse_dir_release,
	.fsync = fuse_dir_fsync,
};

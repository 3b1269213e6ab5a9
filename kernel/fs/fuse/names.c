/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names.c - names of a share: looking up, making, removing, moving.
 *
 * WHAT        Each entry says for how long its name may be believed (d_time); then the name is looked up again. A file that is to be
 *             made and opened is made and opened by one message (CREATE), so that its mode need not allow the opening.
 * INVARIANTS  I1  Each entry's lookup ends up with an inode or is given back.
 * LOCKING     The directory's i_rwsem, as the VFS holds it; d_time is a single word.
 * ERRORS      Those of the server: -ENOENT, -EACCES, -EROFS (a read-only share), -EIO.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <pages/slab.h>
#include <time/ktime.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/namei.h>
#include "fuse_impl.h"

void fuse_believe_name(struct dentry *dentry, const struct fuse_entry_out *entry)
{
	u64 span = fuse_span_ns(entry->entry_valid, entry->entry_valid_nsec), now = ktime_get_ns();

	WRITE_ONCE(dentry->d_time, span > ~0ull - now ? ~0ull : now + span);
}

static struct fuse_conn *dir_conn(const struct inode *dir)
{
	return fuse_conn(dir->i_sb);
}

static struct fuse_rpc *begin_name(struct inode *dir, u32 opcode, const void *in, u32 in_len, const struct qstr *name, u32 extra)
{
	struct fuse_rpc *rpc = fuse_begin_on(dir, opcode, extra, 0);

	if (IS_ERR(rpc))
		return rpc;
	fuse_put(&rpc->tx, in, in_len);
	fuse_put_name(&rpc->tx, name->name, name->len);
	return rpc;
}

/* Send, wait, end: for answers that are an entry. -ENOENT with @entry all zero but for how long that holds. */
static int call_entry_and_end(struct fuse_rpc *rpc, struct fuse_entry_out *entry)
{
	int ret;

	*entry = (struct fuse_entry_out){ 0 };
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_call(rpc);
	if (!ret)
		ret = fuse_get_entry(&rpc->rx, entry);
	fuse_end(rpc);
	return ret;
}

static int ask_lookup(struct inode *dir, const struct qstr *name, struct fuse_entry_out *entry)
{
	return call_entry_and_end(begin_name(dir, FUSE_LOOKUP, NULL, 0, name, 0), entry);
}

/* --- looking up ---------------------------------------------------------------------------------------- */

static struct dentry *fuse_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	u64 version = fuse_attr_version(dir_conn(dir));
	struct fuse_entry_out entry;
	struct inode *inode = NULL;
	int ret;

	if (dentry->d_name.len > FUSE_NAME_BYTES)
		return ERR_PTR(-ENAMETOOLONG);
	WRITE_ONCE(fuse_inode(dir)->was_searched, true);
	ret = ask_lookup(dir, &dentry->d_name, &entry);
	if (ret && ret != -ENOENT)
		return ERR_PTR(ret);
	if (!ret)
		inode = fuse_iget(dir->i_sb, &entry, version);
	fuse_believe_name(dentry, &entry);
	return d_splice_alias(inode, dentry);
}

/* Does @dentry's name still lead where it led? Asks the server. */
static int revalidate_name(struct inode *dir, struct dentry *dentry)
{
	u64 version = fuse_attr_version(dir_conn(dir));
	struct inode *inode = d_inode(dentry);
	struct fuse_entry_out entry;
	int ret;

	WRITE_ONCE(fuse_inode(dir)->was_searched, true);
	ret = ask_lookup(dir, &dentry->d_name, &entry);
	if (ret == -ENOMEM || ret == -EINTR)
		return ret;
	if (ret && ret != -ENOENT)
		return 0;
	if (ret ? inode != NULL : !inode || !fuse_is_entry_of(inode, &entry)) {
		if (!ret)
			fuse_forget_one(dir_conn(dir), entry.nodeid); /* I1 */
		return 0;
	}
	if (inode) {
		fuse_take_lookup(inode);
		fuse_update_inode(inode, &entry.attr, fuse_span_ns(entry.attr_valid, entry.attr_valid_nsec), version);
	}
	fuse_believe_name(dentry, &entry);
	return 1;
}

static int fuse_d_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct dentry *parent;
	int ret;

	if (ktime_get_ns() < READ_ONCE(dentry->d_time))
		return 1;
	if (flags & LOOKUP_RCU)
		return -ECHILD;
	if (IS_ROOT(dentry))
		return 1;
	parent = dget_parent(dentry);
	ret = revalidate_name(d_inode(parent), dentry);
	dput(parent);
	return ret;
}

const struct dentry_operations fuse_dentry_ops = { .d_revalidate = fuse_d_revalidate };

/* --- making -------------------------------------------------------------------------------------------- */

/* The inode of an entry that a message has just made in @dir; of file type @format. */
static struct inode *new_entry_inode(struct inode *dir, const struct fuse_entry_out *entry, u32 format)
{
	fuse_changed(dir);
	inode_inc_change(dir);
	if ((entry->attr.mode & S_IFMT) != format) {
		fuse_forget_one(dir_conn(dir), entry->nodeid);
		return ERR_PTR(-EIO);
	}
	return fuse_iget(dir->i_sb, entry, fuse_attr_version(dir_conn(dir)));
}

static bool has_name(struct inode *inode)
{
	struct dentry *alias = d_find_any_alias(inode);

	dput(alias);
	return alias;
}

/* Send a message that makes @dentry's name, and give the name its inode. */
static int make(struct inode *dir, struct dentry *dentry, struct fuse_rpc *rpc, u32 format)
{
	struct fuse_entry_out entry;
	int ret = call_entry_and_end(rpc, &entry);
	struct inode *inode;

	if (ret) { /* when killed it may have happened */
		WRITE_ONCE(dentry->d_time, 0);
		fuse_distrust(dir);
		return ret;
	}
	inode = new_entry_inode(dir, &entry, format);
	if (IS_ERR(inode)) {
		d_drop(dentry);
		return PTR_ERR(inode);
	}
	if (S_ISDIR(format) && has_name(inode)) { /* a directory has one */
		iput(inode);
		d_drop(dentry);
		return -EIO;
	}
	fuse_believe_name(dentry, &entry);
	d_instantiate(dentry, inode);
	return 0;
}

static int fuse_mknod(struct inode *dir, struct dentry *dentry, umode_t mode, dev_t dev)
{
	struct fuse_mknod_in in = { .mode = mode, .rdev = new_encode_dev(dev) };

	return make(dir, dentry, begin_name(dir, FUSE_MKNOD, &in, sizeof(in), &dentry->d_name, 0), mode & S_IFMT);
}

static int fuse_create(struct inode *dir, struct dentry *dentry, umode_t mode, bool excl)
{
	return fuse_mknod(dir, dentry, S_IFREG | (mode & 07777), 0);
}

static int fuse_mkdir(struct inode *dir, struct dentry *dentry, umode_t mode)
{
	struct fuse_mkdir_in in = { .mode = mode & 07777 };

	return make(dir, dentry, begin_name(dir, FUSE_MKDIR, &in, sizeof(in), &dentry->d_name, 0), S_IFDIR);
}

static int fuse_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	size_t len = strlen(target);
	struct fuse_rpc *rpc = begin_name(dir, FUSE_SYMLINK, NULL, 0, &dentry->d_name, len + 1);

	if (!IS_ERR(rpc))
		fuse_put_name(&rpc->tx, target, len);
	return make(dir, dentry, rpc, S_IFLNK);
}

static int fuse_link(struct dentry *old, struct inode *dir, struct dentry *dentry)
{
	struct inode *inode = d_inode(old);
	struct fuse_link_in in = { .oldnodeid = fuse_nodeid(inode) };
	struct fuse_rpc *rpc = begin_name(dir, FUSE_LINK, &in, sizeof(in), &dentry->d_name, 0);
	int ret;

	if (!IS_ERR(rpc))
		rpc->inode[1] = inode;
	ret = make(dir, dentry, rpc, inode->i_mode & S_IFMT);
	fuse_distrust(inode);
	return ret;
}

/* --- making and opening in one --------------------------------------------------------------------------- */

/* CREATE: 0 with what was made and opened. */
static int ask_create(struct inode *dir, struct dentry *dentry, u32 flags, umode_t mode, struct fuse_entry_out *entry,
		      struct fuse_open_out *open)
{
	struct fuse_create_in in = { .flags = flags & ~O_NOCTTY & ~O_APPEND, .mode = S_IFREG | (mode & 07777) };
	struct fuse_rpc *rpc = begin_name(dir, FUSE_CREATE, &in, sizeof(in), &dentry->d_name, 0);
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_call(rpc);
	if (!ret)
		ret = fuse_get_entry(&rpc->rx, entry);
	if (!ret)
		ret = fuse_get_open(&rpc->rx, open);
	fuse_end(rpc);
	return ret;
}

/* @dentry is negative and known to the cache: make the file, open it as @file. */
static int create_open(struct inode *dir, struct dentry *dentry, struct file *file, u32 flags, umode_t mode)
{
	struct fuse_handle *handle = fuse_handle_alloc(dir_conn(dir), false);
	struct fuse_entry_out entry;
	struct fuse_open_out open;
	struct inode *inode;
	int ret;

	if (IS_ERR(handle))
		return PTR_ERR(handle);
	ret = ask_create(dir, dentry, flags, mode, &entry, &open);
	if (ret) {
		fuse_handle_discard(handle);
		WRITE_ONCE(dentry->d_time, 0);
		fuse_distrust(dir);
		return ret;
	}
	inode = new_entry_inode(dir, &entry, S_IFREG);
	if (IS_ERR(inode)) {
		fuse_handle_discard(handle); /* the server closes the file when the session ends */
		d_drop(dentry);
		return PTR_ERR(inode);
	}
	fuse_handle_start(handle, inode, flags, &open);
	fuse_believe_name(dentry, &entry);
	d_instantiate(dentry, inode);
	file->f_mode |= FMODE_CREATED;
	file->private_data = handle; /* what ->open finds */
	ihold(inode);
	ret = finish_open(file, dentry);
	if (ret) {
		file->private_data = NULL;
		fuse_handle_put(handle);
	}
	iput(inode);
	return ret;
}

static int fuse_atomic_open(struct inode *dir, struct dentry *dentry, struct file *file, unsigned int flags, umode_t mode)
{
	struct dentry *found = fuse_lookup(dir, dentry, 0), *name = found ? found : dentry;
	struct fuse_conn *conn = dir_conn(dir);
	int ret;

	if (IS_ERR(found))
		return PTR_ERR(found);
	if (!(flags & O_CREAT) || d_really_is_positive(name))
		return finish_no_open(file, name);
	if (!fuse_is_absent(conn, FUSE_NO_CREATE)) {
		ret = create_open(dir, name, file, flags, mode);
		if (ret != -ENOSYS)
			return ret;
		fuse_note_absent(conn, FUSE_NO_CREATE, ret, 0);
	}
	file->f_mode |= FMODE_CREATED;
	ret = fuse_create(dir, name, mode, flags & O_EXCL);
	return ret ? ret : finish_no_open(file, name);
}

/* --- removing and moving ------------------------------------------------------------------------------- */

static int remove(struct inode *dir, struct dentry *dentry, u32 opcode)
{
	struct fuse_rpc *rpc = begin_name(dir, opcode, NULL, 0, &dentry->d_name, 0);
	struct inode *inode = d_inode(dentry);
	int ret;

	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_call_and_end(rpc);
	fuse_changed(dir);
	inode_inc_change(dir);
	if (ret) {
		WRITE_ONCE(dentry->d_time, 0);
		return ret;
	}
	fuse_changed(inode);
	if (opcode == FUSE_RMDIR)
		clear_nlink(inode);
	else if (inode->i_nlink)
		drop_nlink(inode);
	return 0;
}

static int fuse_unlink(struct inode *dir, struct dentry *dentry)
{
	return remove(dir, dentry, FUSE_UNLINK);
}

static int fuse_rmdir(struct inode *dir, struct dentry *dentry)
{
	return remove(dir, dentry, FUSE_RMDIR);
}

static struct fuse_rpc *begin_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new, u32 flags)
{
	struct fuse_rename2_in in2 = { .newdir = fuse_nodeid(new_dir), .flags = flags };
	struct fuse_rename_in in = { .newdir = fuse_nodeid(new_dir) };
	struct fuse_rpc *rpc = flags ? begin_name(old_dir, FUSE_RENAME2, &in2, sizeof(in2), &old->d_name, 0) :
				       begin_name(old_dir, FUSE_RENAME, &in, sizeof(in), &old->d_name, 0);

	if (IS_ERR(rpc))
		return rpc;
	rpc->inode[1] = new_dir;
	fuse_put_name(&rpc->tx, new->d_name.name, new->d_name.len);
	return rpc;
}

static int fuse_rename(struct inode *old_dir, struct dentry *old, struct inode *new_dir, struct dentry *new, unsigned int flags)
{
	struct fuse_conn *conn = dir_conn(old_dir);
	struct fuse_rpc *rpc;
	int ret;

	if (flags & ~RENAME_VALID_FLAGS || (flags && fuse_is_absent(conn, FUSE_NO_RENAME2)))
		return -EINVAL;
	rpc = begin_rename(old_dir, old, new_dir, new, flags);
	if (IS_ERR(rpc))
		return PTR_ERR(rpc);
	ret = fuse_call_and_end(rpc);
	if (flags)
		ret = fuse_note_absent(conn, FUSE_NO_RENAME2, ret, -EINVAL);
	fuse_changed(old_dir);
	fuse_changed(new_dir);
	inode_inc_change(old_dir);
	inode_inc_change(new_dir);
	fuse_changed(d_inode(old));
	if (d_really_is_positive(new)) {
		fuse_changed(d_inode(new));
		if (!ret && !(flags & RENAME_EXCHANGE) && d_inode(new)->i_nlink)
			drop_nlink(d_inode(new));
	}
	if (ret) { /* nobody knows how far it came */
		WRITE_ONCE(old->d_time, 0);
		WRITE_ONCE(new->d_time, 0);
	}
	return ret;
}

/* --- symlinks ------------------------------------------------------------------------------------------ */

/* The target, as a string that the inode owns. ERR_PTR. */
static const char *ask_link(struct inode *inode)
{
	struct fuse_rpc *rpc = fuse_begin_on(inode, FUSE_READLINK, 0, FUSE_LINK_BYTES + 1);
	char *copy = NULL, *before;
	const char *target;
	u32 len;
	int ret;

	if (IS_ERR(rpc))
		return ERR_CAST(rpc);
	ret = fuse_call(rpc);
	if (!ret) {
		target = fuse_get_link(&rpc->rx, &len);
		copy = target ? kstrndup(target, len, GFP_NOFS) : NULL;
		if (!copy)
			ret = target ? -ENOMEM : -EIO;
	}
	fuse_end(rpc);
	if (ret)
		return ERR_PTR(ret);
	before = cmpxchg(&fuse_inode(inode)->link, NULL, copy);
	if (!before)
		return copy;
	kfree(copy);
	return before;
}

/* A symlink never changes its target while it lives, so it is asked for once. */
static const char *fuse_get_symlink(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	const char *link = READ_ONCE(fuse_inode(inode)->link);

	if (link)
		return link;
	return dentry ? ask_link(inode) : ERR_PTR(-ECHILD);
}

/* --- the tables ---------------------------------------------------------------------------------------- */

const struct inode_operations fuse_dir_iops = {
	FUSE_COMMON_IOPS,
	.lookup = fuse_lookup,
	.create = fuse_create,
	.link = fuse_link,
	.unlink = fuse_unlink,
	.symlink = fuse_symlink,
	.mkdir = fuse_mkdir,
	.rmdir = fuse_rmdir,
	.mknod = fuse_mknod,
	.rename = fuse_rename,
	.atomic_open = fuse_atomic_open,
};

const struct inode_operations fuse_file_iops = { FUSE_COMMON_IOPS };

const struct inode_operations fuse_symlink_iops = { FUSE_COMMON_IOPS, .get_link = fuse_get_symlink };

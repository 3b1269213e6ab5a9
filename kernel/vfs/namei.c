/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * namei.c - path strings in kernel memory, and looking them up for everybody else.
 *
 * WHAT        A struct filename is a path copied from user space, padded so that the walk may read whole words. Each lookup
 *             is tried as an RCU walk, then with references, then with every cached answer asked again.
 * ERRORS      -EFAULT, -ENAMETOOLONG, -ENOENT, -ENOMEM for names; what walk.c says for walks.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/string.h>
#include <lib/uabi.h>
#include <arch/uaccess.h>
#include <pages/slab.h>
#include <vfs/super.h>
#include "dcache_impl.h"
#include "mount_impl.h"
#include "namei_impl.h"
#include "vfs_impl.h"

#define NAME_SHORT	232	/* most paths; with head and padding a cache object of 256 bytes */
#define NAME_PADDING	8

struct name_cache {
	struct kmem_cache *cache;	/* __final */
};
static struct name_cache names;

static const struct object_type names_type = { .name = "filename", .owner = "vfs", .id = 0, .version = 1 };

void names_init(void)
{
	names.cache = kmem_cache_create(&names_type, sizeof(struct filename) + NAME_SHORT + NAME_PADDING,
					64, SLAB_PANIC);
}

static struct filename *name_alloc(size_t size)
{
	struct filename *name;

	if (size <= NAME_SHORT)
		name = kmem_cache_alloc(names.cache, GFP_KERNEL);
	else
		name = kmalloc(sizeof(*name) + size + NAME_PADDING, GFP_KERNEL);
	if (!name)
		return NULL;
	name->name = name->iname;
	name->refs = 1;
	name->is_long = size > NAME_SHORT;
	return name;
}

static void name_free(struct filename *name)
{
	if (name->is_long)
		kfree(name);
	else
		kmem_cache_free(names.cache, name);
}

void putname(struct filename *name)
{
	if (IS_ERR_OR_NULL(name))
		return;
	if (--name->refs == 0)
		name_free(name);
}

static struct filename *getname_long(uaddr_t uname)
{
	struct filename *name = name_alloc(PATH_MAX);
	long len;

	if (!name)
		return ERR_PTR(-ENOMEM);
	len = strncpy_from_user(name->iname, uname, PATH_MAX);
	if (len < 0 || len >= PATH_MAX) {
		name_free(name);
		return ERR_PTR(len < 0 ? len : -ENAMETOOLONG);
	}
	name->len = len;
	name->uptr = uname;
	return name;
}

struct filename *getname_flags(uaddr_t uname, unsigned int lookup_flags)
{
	struct filename *name = name_alloc(NAME_SHORT);
	long len;

	if (!name)
		return ERR_PTR(-ENOMEM);
	len = strncpy_from_user(name->iname, uname, NAME_SHORT);
	if (likely(len > 0 && len < NAME_SHORT)) {
		name->len = len;
		name->uptr = uname;
		return name;
	}
	if (len == 0 && (lookup_flags & LOOKUP_EMPTY)) {
		name->len = 0;
		name->uptr = uname;
		return name;
	}
	name_free(name);
	if (len <= 0)
		return ERR_PTR(len ? len : -ENOENT);
	return getname_long(uname);
}

struct filename *getname(uaddr_t uname)
{
	return getname_flags(uname, 0);
}

struct filename *getname_kernel(const char *text)
{
	size_t len = strlen(text);
	struct filename *name;

	if (len >= PATH_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	name = name_alloc(len + 1);
	if (!name)
		return ERR_PTR(-ENOMEM);
	memcpy(name->iname, text, len + 1);
	name->len = len;
	name->uptr = UADDR_NULL;
	return name;
}

/* --- lookups --- */

int filename_lookup(int dfd, struct filename *name, unsigned int flags, struct path *path,
		    const struct path *root)
{
	struct nameidata nd;
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	nd_begin(&nd, dfd, name, flags, root);
	err = path_lookupat(&nd, flags | LOOKUP_RCU, path);
	if (unlikely(err == -ECHILD))
		err = path_lookupat(&nd, flags, path);
	if (unlikely(err == -ESTALE))
		err = path_lookupat(&nd, flags | LOOKUP_REVAL, path);
	nd_end(&nd);
	return err;
}

int filename_parentat(int dfd, struct filename *name, unsigned int flags, struct path *parent,
		      struct qstr *last, enum last_type *type)
{
	struct nameidata nd;
	int err;

	if (IS_ERR(name))
		return PTR_ERR(name);
	nd_begin(&nd, dfd, name, flags, NULL);
	err = path_parentat(&nd, flags | LOOKUP_RCU, parent);
	if (unlikely(err == -ECHILD))
		err = path_parentat(&nd, flags, parent);
	if (unlikely(err == -ESTALE))
		err = path_parentat(&nd, flags | LOOKUP_REVAL, parent);
	*last = nd.last;
	*type = nd.last_type;
	nd_end(&nd);
	return err;
}

int user_path_at(int dfd, uaddr_t uname, unsigned int flags, struct path *path)
{
	struct filename *name = getname_flags(uname, flags);
	int err = filename_lookup(dfd, name, flags & ~LOOKUP_EMPTY, path, NULL);

	putname(name);
	return err;
}

int kern_path(const char *text, unsigned int flags, struct path *path)
{
	struct filename *name = getname_kernel(text);
	int err = filename_lookup(AT_FDCWD, name, flags, path, NULL);

	putname(name);
	return err;
}

int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *text, unsigned int flags,
		    struct path *path)
{
	struct path root = { mnt, dentry };
	struct filename *name = getname_kernel(text);
	int err = filename_lookup(AT_FDCWD, name, flags, path, &root);

	putname(name);
	return err;
}

/* --- creating: the parent locked and a negative dentry --- */

static struct dentry *create_in_parent(struct path *parent, struct qstr *last, enum last_type type,
				       unsigned int flags)
{
	bool is_dir = flags & LOOKUP_DIRECTORY;
	unsigned int intent = LOOKUP_CREATE | LOOKUP_EXCL;
	struct dentry *dentry;
	int err, write_err;

	if (type != LAST_NORM)
		return ERR_PTR(-EEXIST);
	write_err = mnt_want_write(parent->mnt);	/* -EEXIST comes before -EROFS */
	if (last->name[last->len] && !is_dir)
		intent = 0;	/* "name/" of what is no directory: only look */
	err = inode_lock_killable_nested(d_inode(parent->dentry), I_MUTEX_PARENT);
	if (err) {
		dentry = ERR_PTR(err);
		goto drop_write;
	}
	dentry = lookup_in_dir_locked(last, parent->dentry, intent);
	if (IS_ERR(dentry))
		goto unlock;
	err = -EEXIST;
	if (d_is_positive(dentry))
		goto put_dentry;
	err = -ENOENT;
	if (last->name[last->len] && !is_dir)
		goto put_dentry;
	err = write_err;
	if (err)
		goto put_dentry;
	return dentry;
put_dentry:
	dput(dentry);
	dentry = ERR_PTR(err);
unlock:
	inode_unlock(d_inode(parent->dentry));
drop_write:
	if (!write_err)
		mnt_drop_write(parent->mnt);
	return dentry;
}

struct dentry *filename_create(int dfd, struct filename *name, struct path *path, unsigned int flags)
{
	enum last_type type;
	struct dentry *dentry;
	struct qstr last;
	int err = filename_parentat(dfd, name, flags & LOOKUP_REVAL, path, &last, &type);

	if (err)
		return ERR_PTR(err);
	dentry = create_in_parent(path, &last, type, flags);
	if (IS_ERR(dentry))
		path_put(path);
	return dentry;
}

struct dentry *kern_path_create(int dfd, const char *text, struct path *path, unsigned int flags)
{
	struct filename *name = getname_kernel(text);
	struct dentry *dentry = filename_create(dfd, name, path, flags);

	putname(name);
	return dentry;
}

void done_path_create(struct path *path, struct dentry *dentry)
{
	dput(dentry);
	inode_unlock(d_inode(path->dentry));
	mnt_drop_write(path->mnt);
	path_put(path);
}

struct dentry *kern_path_locked(const char *text, struct path *path)
{
	struct filename *name = getname_kernel(text);
	struct dentry *dentry;
	enum last_type type;
	struct qstr last;
	int err = filename_parentat(AT_FDCWD, name, 0, path, &last, &type);

	if (!err && type != LAST_NORM) {
		path_put(path);
		err = -EINVAL;
	}
	if (err) {
		putname(name);
		return ERR_PTR(err);
	}
	inode_lock_nested(d_inode(path->dentry), I_MUTEX_PARENT);
	dentry = lookup_in_dir_locked(&last, path->dentry, 0);
	if (IS_ERR(dentry)) {
		inode_unlock(d_inode(path->dentry));
		path_put(path);
	}
	putname(name);
	return dentry;
}

/* --- one component --- */

static int one_component(const char *name, struct dentry *base, int len, struct qstr *q)
{
	int i;

	if (len <= 0 || (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'))))
		return -EACCES;
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	for (i = 0; i < len; i++) {
		if (name[i] == '/' || !name[i])
			return -EACCES;
	}
	q->name = name;
	q->len = len;
	q->hash = d_name_hash(base, name, len);
	if (base->d_flags & DCACHE_OP_HASH) {
		int err = base->d_op->d_hash(base, q);

		if (err < 0)
			return err;
	}
	return inode_permission(d_inode(base), MAY_EXEC);
}

struct dentry *lookup_one_len(const char *name, struct dentry *base, int len)
{
	struct qstr q;
	int err = one_component(name, base, len, &q);

	return err ? ERR_PTR(err) : lookup_in_dir_locked(&q, base, 0);
}

struct dentry *lookup_one_len_unlocked(const char *name, struct dentry *base, int len)
{
	struct dentry *dentry;
	struct qstr q;
	int err = one_component(name, base, len, &q);

	if (err)
		return ERR_PTR(err);
	dentry = d_lookup(base, &q);
	if (dentry && (!(dentry->d_flags & DCACHE_OP_REVALIDATE) ||
		       dentry->d_op->d_revalidate(dentry, 0) > 0))
		return dentry;
	dput(dentry);
	err = inode_lock_killable_nested(d_inode(base), I_MUTEX_PARENT);
	if (err)
		return ERR_PTR(err);
	dentry = lookup_in_dir_locked(&q, base, 0);
	inode_unlock(d_inode(base));
	return dentry;
}

struct dentry *lookup_positive_unlocked(const char *name, struct dentry *base, int len)
{
	struct dentry *dentry = lookup_one_len_unlocked(name, base, len);

	if (!IS_ERR(dentry) && d_is_negative(dentry)) {
		dput(dentry);
		return ERR_PTR(-ENOENT);
	}
	return dentry;
}

/* --- symlinks --- */

void do_delayed_call(struct delayed_call *done)
{
	if (done->kmem) {
		kfree(done->kmem);
		done->kmem = NULL;
	}
}

const char *simple_get_link(struct dentry *dentry, struct inode *inode, struct delayed_call *done)
{
	return inode->i_link;
}

const struct inode_operations simple_symlink_inode_operations = { .get_link = simple_get_link };

const char *vfs_get_link(struct dentry *dentry, struct delayed_call *done)
{
	struct inode *inode = d_inode(dentry);

	done->kmem = NULL;
	if (!d_is_symlink(dentry))
		return ERR_PTR(-EINVAL);
	if (inode->i_link)
		return inode->i_link;
	return inode->i_op->get_link(dentry, inode, done);
}

static int readlink_text(const char *link, uaddr_t buffer, int buflen)
{
	size_t len = min_t(size_t, strlen(link), buflen);

	return copy_to_user(buffer, link, len) ? -EFAULT : (int)len;
}

static int readlink_by_method(struct dentry *dentry, uaddr_t buffer, int buflen)
{
	char *text = kmalloc(PATH_MAX, GFP_KERNEL);
	int len;

	if (!text)
		return -ENOMEM;
	len = d_inode(dentry)->i_op->readlink(dentry, text, min(buflen, PATH_MAX));
	if (len >= 0 && copy_to_user(buffer, text, len))
		len = -EFAULT;
	kfree(text);
	return len;
}

int vfs_readlink(struct dentry *dentry, uaddr_t buffer, int buflen)
{
	struct inode *inode = d_inode(dentry);
	struct delayed_call done = { NULL };
	const char *link;
	int len;

	if (inode->i_op->readlink && !inode->i_link)
		return readlink_by_method(dentry, buffer, buflen);
	link = vfs_get_link(dentry, &done);
	if (IS_ERR(link))
		return PTR_ERR(link);
	len = link ? readlink_text(link, buffer, buflen) : -EINVAL;
	do_delayed_call(&done);
	return len;
}

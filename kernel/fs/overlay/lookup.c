/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lookup.c - what a name means: ask the layers from the top down.
 *
 * WHAT        The upper layer is asked first, then each lower one that the parent merges. The first answer that is not a directory
 *             ends the search; a whiteout says that the name does not exist; directories are collected until one is opaque.
 * INVARIANTS  I1  An ovl_entry holds a reference on each dentry in it and is never changed after d_fsdata was set.
 *             I2  Only the topmost object may be something else than a directory.
 * LOCKING     The parent's i_rwsem (shared is enough). Layers are looked up with their own locks, as the mounter.
 * ERRORS      -ENAMETOOLONG, -ENOMEM, and those of the layers.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <vfs/namei.h>
#include <vfs/xattr.h>
#include "overlay_impl.h"

struct ovl_entry *ovl_entry_alloc(u32 nr)
{
	struct ovl_entry *entry = kzalloc(sizeof(*entry) + nr * sizeof(struct ovl_path), GFP_KERNEL_ACCOUNT);

	if (entry)
		entry->nr_lower = nr;
	return entry;
}

void ovl_entry_free(struct ovl_entry *entry)
{
	if (!entry)
		return;
	for (u32 i = 0; i < entry->nr_lower; i++)
		dput(entry->lower[i].dentry);
	kfree(entry);
}

static void ovl_d_release(struct dentry *dentry)
{
	ovl_entry_free(ovl_entry(dentry));
}

/* Is everything that @dentry was made of still there? Shares below can change. */
static int ovl_d_revalidate(struct dentry *dentry, unsigned int flags)
{
	struct ovl_entry *entry = READ_ONCE(dentry->d_fsdata);

	for (u32 i = 0; entry && i < entry->nr_lower; i++) {
		struct dentry *lower = entry->lower[i].dentry;
		int ret;

		if (!lower->d_op || !lower->d_op->d_revalidate)
			continue;
		ret = lower->d_op->d_revalidate(lower, flags);
		if (ret <= 0)
			return ret;
	}
	return 1;
}

static struct dentry *ovl_d_real(struct dentry *dentry, const struct inode *inode)
{
	struct dentry *upper = ovl_upper(dentry);

	if (upper)
		return upper;
	return d_inode(dentry) ? ovl_inode(d_inode(dentry))->lower.dentry : dentry;
}

const struct dentry_operations ovl_dentry_ops = {
	.d_revalidate = ovl_d_revalidate,
	.d_release = ovl_d_release,
	.d_real = ovl_d_real,
};

static const char *ovl_opaque_name(const struct ovl_fs *ofs)
{
	return ofs->config.userxattr ? OVL_USER_PREFIX "opaque" : OVL_XATTR_PREFIX "opaque";
}

bool ovl_is_opaque(const struct ovl_fs *ofs, struct dentry *dentry)
{
	char value;

	return __vfs_getxattr(dentry, d_inode(dentry), ovl_opaque_name(ofs), &value, 1) == 1 && value == 'y';
}

int ovl_set_opaque(const struct ovl_fs *ofs, struct dentry *upper)
{
	return __vfs_setxattr(upper, d_inode(upper), ovl_opaque_name(ofs), "y", 1, 0);
}

bool ovl_is_private_xattr(const struct ovl_fs *ofs, const char *name)
{
	const char *prefix = ofs->config.userxattr ? OVL_USER_PREFIX : OVL_XATTR_PREFIX;

	return !strncmp(name, prefix, strlen(prefix));
}

/* One layer's answer: a positive dentry, NULL, or ERR_PTR. */
static struct dentry *ovl_lookup_layer(struct dentry *dir, const struct qstr *name)
{
	struct dentry *found = lookup_one_len_unlocked(name->name, dir, name->len);

	if (IS_ERR(found))
		return found == ERR_PTR(-ENOENT) ? NULL : found;
	if (d_really_is_negative(found)) {
		dput(found);
		return NULL;
	}
	return found;
}

/* A search on its way down. */
struct ovl_search {
	struct ovl_fs *ofs;
	const struct qstr *name;
	struct dentry *upper;	 /* owned */
	struct ovl_entry *entry; /* owned; nr_lower grows */
	bool is_done;		 /* nothing below counts */
	bool has_object;	 /* something is there already */
};

/* Take @found, an object of the next layer down. Returns true if it was kept. */
static bool ovl_search_take(struct ovl_search *s, struct dentry *found)
{
	bool is_dir = d_is_dir(found);

	if (ovl_is_whiteout(found) || (s->has_object && !is_dir)) { /* I2 */
		s->is_done = true;
		return false;
	}
	s->has_object = true;
	if (!is_dir || ovl_is_opaque(s->ofs, found))
		s->is_done = true;
	return true;
}

static int ovl_search_upper(struct ovl_search *s, struct dentry *dir)
{
	struct dentry *found = ovl_lookup_layer(dir, s->name);

	if (IS_ERR(found))
		return PTR_ERR(found);
	if (!found)
		return 0;
	if (ovl_search_take(s, found))
		s->upper = found;
	else
		dput(found);
	return 0;
}

static int ovl_search_lower(struct ovl_search *s, const struct ovl_path *dir)
{
	struct dentry *found = ovl_lookup_layer(dir->dentry, s->name);

	if (IS_ERR(found))
		return PTR_ERR(found);
	if (!found)
		return 0;
	if (ovl_search_take(s, found))
		s->entry->lower[s->entry->nr_lower++] = (struct ovl_path){ dir->mnt, found };
	else
		dput(found);
	return 0;
}

static int ovl_search_all(struct ovl_search *s, struct dentry *parent)
{
	struct ovl_entry *below = ovl_entry(parent);
	struct dentry *upper_dir = ovl_upper(parent);
	int ret = 0;

	s->entry = ovl_entry_alloc(below->nr_lower);
	if (!s->entry)
		return -ENOMEM;
	s->entry->nr_lower = 0;
	if (upper_dir)
		ret = ovl_search_upper(s, upper_dir);
	for (u32 i = 0; !ret && !s->is_done && i < below->nr_lower; i++)
		ret = ovl_search_lower(s, &below->lower[i]);
	return ret;
}

struct dentry *ovl_lookup(struct inode *dir, struct dentry *dentry, unsigned int flags)
{
	struct ovl_search s = { .ofs = ovl_fs(dentry->d_sb), .name = &dentry->d_name };
	const struct cred *old = ovl_override(dentry->d_sb);
	struct inode *inode = NULL;
	int ret = ovl_search_all(&s, dentry->d_parent);

	if (!ret && s.has_object) {
		inode = ovl_get_inode(dentry->d_sb, s.upper, s.entry);
		s.upper = NULL; /* consumed */
		if (IS_ERR(inode))
			ret = PTR_ERR(inode);
	}
	revert_creds(old);
	if (ret) {
		dput(s.upper);
		ovl_entry_free(s.entry);
		return ERR_PTR(ret);
	}
	dentry->d_fsdata = s.entry;
	return d_splice_alias(inode, dentry);
}

bool ovl_lower_positive(struct dentry *dentry)
{
	struct ovl_entry *below = ovl_entry(dentry->d_parent);
	bool is_positive = false, is_settled = false;

	for (u32 i = 0; !is_settled && i < below->nr_lower; i++) {
		struct dentry *found = ovl_lookup_layer(below->lower[i].dentry, &dentry->d_name);

		if (!found)
			continue;
		is_settled = true;
		is_positive = IS_ERR(found) || !ovl_is_whiteout(found);
		if (!IS_ERR(found))
			dput(found);
	}
	return is_positive;
}

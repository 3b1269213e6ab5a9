/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * readdir.c - one list of names out of several directories.
 *
 * WHAT        Reading a directory from its start makes a list of what its layers hold, each name once, the topmost layer's word
 *             counting, whiteouts hidden. The open file keeps the list; a position is an index in it plus two for the dots.
 * INVARIANTS  I1  A name is in the hash exactly once, also when it is hidden: that is how lower ones are hidden.
 *             I2  A list never changes; rewinding makes a new one when the directory was changed since.
 * LOCKING     The overlay directory's i_rwsem shared; the layers' own while they are read. The list belongs to the open file
 *             (position lock).
 * ERRORS      -ENOMEM, those of the layers.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <lib/hlist.h>
#include <lib/hash.h>
#include <lib/string.h>
#include <lib/uabi_file.h>
#include <pages/slab.h>
#include <vfs/namei.h>
#include "overlay_impl.h"

#define OVL_NAME_BUCKETS 64

struct ovl_name {
	struct hlist_node hash;
	struct ovl_name *next; /* in order of appearance */
	u64 ino;
	u32 len;
	u8 type;
	bool is_hidden;
	char name[];
};

struct ovl_list {
	struct hlist_head buckets[OVL_NAME_BUCKETS];
	struct ovl_name *first, **last;
	u64 version; /* the directory's layer_version when it was made */
};

/* An open directory. */
struct ovl_dir_file {
	struct ovl_list *list; /* NULL before the first read */
	struct ovl_name *at;   /* the entry at position @index + 2 */
	loff_t index;
};

/* --- making a list ------------------------------------------------------------------------------------- */

static u32 name_bucket(const char *name, u32 len)
{
	return full_name_hash(NULL, name, len) % OVL_NAME_BUCKETS;
}

static struct ovl_name *names_find(struct ovl_list *list, const char *name, u32 len)
{
	struct ovl_name *entry;

	hlist_for_each_entry(entry, &list->buckets[name_bucket(name, len)], hash)
		if (entry->len == len && !memcmp(entry->name, name, len))
			return entry;
	return NULL;
}

static struct ovl_name *names_append(struct ovl_list *list, const char *name, u32 len, u64 ino, u8 type)
{
	struct ovl_name *entry = kmalloc(sizeof(*entry) + len + 1, GFP_KERNEL_ACCOUNT);

	if (!entry)
		return NULL;
	entry->next = NULL;
	entry->ino = ino;
	entry->len = len;
	entry->type = type;
	entry->is_hidden = false;
	memcpy(entry->name, name, len);
	entry->name[len] = 0;
	hlist_add_head(&entry->hash, &list->buckets[name_bucket(name, len)]);
	*list->last = entry;
	list->last = &entry->next;
	return entry;
}

static struct ovl_list *names_create(void)
{
	struct ovl_list *list = kzalloc(sizeof(*list), GFP_KERNEL_ACCOUNT);

	if (list)
		list->last = &list->first;
	return list;
}

static void names_destroy(struct ovl_list *list)
{
	while (list && list->first) {
		struct ovl_name *entry = list->first;

		list->first = entry->next;
		kfree(entry);
	}
	kfree(list);
}

/* Collects the entries of one layer's directory. */
struct ovl_collect {
	struct dir_context ctx; /* first */
	struct ovl_list *list;
	struct dentry *dir; /* the layer's directory: character devices may be whiteouts */
	struct ovl_name *suspects[16]; /* those to look at when the layer was read */
	u32 nr_suspects;
	int error;
};

static bool collect_emit(struct dir_context *ctx, const char *name, int len, loff_t off, u64 ino, unsigned int type)
{
	struct ovl_collect *c = container_of(ctx, struct ovl_collect, ctx);
	struct ovl_name *entry;

	if ((len == 1 && name[0] == '.') || (len == 2 && name[0] == '.' && name[1] == '.'))
		return true;
	if (names_find(c->list, name, len))
		return true;
	entry = names_append(c->list, name, len, ino, type);
	if (!entry) {
		c->error = -ENOMEM;
		return false;
	}
	if (type == DT_CHR || type == DT_UNKNOWN) {
		entry->is_hidden = true; /* until it is known not to be a whiteout */
		if (c->nr_suspects == ARRAY_SIZE(c->suspects))
			return false; /* look at these, then go on from here */
		c->suspects[c->nr_suspects++] = entry;
	}
	return true;
}

static const struct dir_context_ops collect_ops = { .emit = collect_emit };

static int collect_check_suspects(struct ovl_collect *c)
{
	for (u32 i = 0; i < c->nr_suspects; i++) {
		struct ovl_name *entry = c->suspects[i];
		struct dentry *dentry = lookup_one_len_unlocked(entry->name, c->dir, entry->len);

		if (IS_ERR(dentry))
			continue; /* gone meanwhile: stays hidden */
		entry->is_hidden = d_really_is_negative(dentry) || ovl_is_whiteout(dentry);
		dput(dentry);
	}
	c->nr_suspects = 0;
	return c->error;
}

/* Add the names of layer directory @path to @list. */
static int collect_layer(struct ovl_fs *ofs, const struct path *path, struct ovl_list *list)
{
	struct file *file = dentry_open(path, O_RDONLY | O_DIRECTORY | O_LARGEFILE, ofs->cred);
	struct ovl_collect c = { .ctx = { .ops = &collect_ops }, .list = list, .dir = path->dentry };
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	for (;;) {
		loff_t before = file->f_pos;

		c.ctx.pos = file->f_pos;
		ret = iterate_dir(file, &c.ctx);
		file->f_pos = c.ctx.pos;
		bool was_cut = c.nr_suspects == ARRAY_SIZE(c.suspects);
		if (!ret)
			ret = collect_check_suspects(&c);
		if (ret || (!was_cut && file->f_pos == before))
			break;
	}
	fput(file);
	return ret;
}

static struct ovl_list *merge_dir(struct dentry *dentry)
{
	struct ovl_fs *ofs = ovl_fs(dentry->d_sb);
	struct ovl_entry *below = ovl_entry(dentry);
	struct dentry *upper = ovl_upper(dentry);
	const struct cred *old = ovl_override(dentry->d_sb);
	struct ovl_list *list = names_create();
	int ret = list ? 0 : -ENOMEM;

	if (list)
		list->version = ovl_inode(d_inode(dentry))->layer_version;
	if (!ret && upper) {
		struct path path = { ofs->upper_mnt, upper };

		ret = collect_layer(ofs, &path, list);
	}
	for (u32 i = 0; !ret && below && i < below->nr_lower; i++) {
		struct path path = { below->lower[i].mnt, below->lower[i].dentry };

		ret = collect_layer(ofs, &path, list);
	}
	revert_creds(old);
	if (!ret)
		return list;
	names_destroy(list);
	return ERR_PTR(ret);
}

/* --- the open directory -------------------------------------------------------------------------------- */

static int ovl_dir_open(struct inode *inode, struct file *file)
{
	file->private_data = kzalloc(sizeof(struct ovl_dir_file), GFP_KERNEL_ACCOUNT);
	return file->private_data ? 0 : -ENOMEM;
}

static void ovl_dir_release(struct inode *inode, struct file *file)
{
	struct ovl_dir_file *df = file->private_data;

	names_destroy(df->list);
	kfree(df);
}

/* Stand at entry number @index. */
static void dir_file_seek(struct ovl_dir_file *df, loff_t index)
{
	if (index < df->index || !df->at) {
		df->at = df->list->first;
		df->index = 0;
	}
	while (df->at && df->index < index) {
		df->at = df->at->next;
		df->index++;
	}
}

/* I2 */
static int dir_file_refresh(struct ovl_dir_file *df, struct dentry *dentry, loff_t pos)
{
	struct ovl_list *list;

	if (df->list && (pos > 2 || df->list->version == ovl_inode(d_inode(dentry))->layer_version))
		return 0;
	list = merge_dir(dentry);
	if (IS_ERR(list))
		return PTR_ERR(list);
	names_destroy(df->list);
	df->list = list;
	df->at = NULL;
	df->index = 0;
	return 0;
}

/* The number that stat() would give: known for objects that the overlay has an inode for. */
static u64 ovl_dirent_ino(struct dentry *dir, const struct ovl_name *entry)
{
	struct qstr name = { .name = entry->name, .len = entry->len };
	struct dentry *dentry = d_hash_and_lookup(dir, &name);
	u64 ino = entry->ino;

	if (IS_ERR_OR_NULL(dentry))
		return ino;
	if (d_inode(dentry))
		ino = d_inode(dentry)->i_ino;
	dput(dentry);
	return ino;
}

static int ovl_iterate(struct file *file, struct dir_context *ctx)
{
	struct ovl_dir_file *df = file->private_data;
	struct dentry *dentry = file_dentry(file);
	int ret;

	if (!dir_emit_dots(file, ctx))
		return 0;
	ret = dir_file_refresh(df, dentry, ctx->pos);
	if (ret)
		return ret;
	dir_file_seek(df, ctx->pos - 2);
	while (df->at) {
		struct ovl_name *entry = df->at;

		if (!entry->is_hidden &&
		    !dir_emit(ctx, entry->name, entry->len, ovl_dirent_ino(dentry, entry), entry->type))
			return 0;
		df->at = entry->next;
		df->index++;
		ctx->pos++;
	}
	return 0;
}

static int ovl_dir_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct dentry *upper = ovl_upper(file_dentry(file));
	struct ovl_fs *ofs = ovl_fs(file_inode(file)->i_sb);
	struct path path = { ofs->upper_mnt, upper };
	struct file *real;
	int ret;

	if (!upper || ofs->config.is_volatile)
		return 0;
	real = dentry_open(&path, O_RDONLY | O_DIRECTORY, ofs->cred);
	if (IS_ERR(real))
		return PTR_ERR(real);
	ret = vfs_fsync_datasync_range(real, start, end, datasync);
	fput(real);
	return ret;
}

const struct file_operations ovl_dir_fops = {
	.llseek = default_llseek,
	.iterate = ovl_iterate,
	.open = ovl_dir_open,
	.release = ovl_dir_release,
	.fsync = ovl_dir_fsync,
};

/* --- emptiness ----------------------------------------------------------------------------------------- */

int ovl_check_empty(struct dentry *dentry)
{
	struct ovl_list *list = merge_dir(dentry);
	int ret = 0;

	if (IS_ERR(list))
		return PTR_ERR(list);
	for (struct ovl_name *entry = list->first; entry && !ret; entry = entry->next)
		if (!entry->is_hidden)
			ret = -ENOTEMPTY;
	names_destroy(list);
	return ret;
}

int ovl_remove_whiteouts(struct ovl_fs *ofs, struct dentry *upper)
{
	struct path path = { ofs->upper_mnt, upper };
	struct ovl_list *list = names_create();
	int ret;

	if (!list)
		return -ENOMEM;
	ret = collect_layer(ofs, &path, list);
	inode_lock_nested(d_inode(upper), I_MUTEX_PARENT);
	for (struct ovl_name *entry = list->first; entry && !ret; entry = entry->next) {
		struct dentry *victim = lookup_one_len(entry->name, upper, entry->len);

		if (IS_ERR(victim)) {
			ret = PTR_ERR(victim);
			break;
		}
		if (ovl_is_whiteout(victim))
			ret = vfs_unlink(d_inode(upper), victim);
		dput(victim);
	}
	inode_unlock(d_inode(upper));
	names_destroy(list);
	return ret;
}

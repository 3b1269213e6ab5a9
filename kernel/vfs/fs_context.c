/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fs_context.c - how options travel from mount(2) or fsconfig(2) to a file system.
 *
 * WHAT        A context collects options, asks its type for a tree, and holds the superblock active while it holds its root.
 * ERRORS      -EINVAL with a message in fc->error, -ENOMEM, what the file system says.
 */
#include <lib/err.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <sched/cred.h>
#include <security/security.h>
#include <vfs/dentry.h>
#include "inode_impl.h"

int invalf(struct fs_context *fc, const char *fmt, ...)
{
	char text[128];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	kfree(fc->error);
	fc->error = kstrdup(text, GFP_KERNEL);
	return -EINVAL;
}

static struct fs_context *fs_context_create(struct file_system_type *type, enum fs_context_purpose purpose,
					    struct dentry *root, unsigned int sb_flags, unsigned int mask)
{
	struct fs_context *fc = kzalloc(sizeof(*fc), GFP_KERNEL);
	int err;

	if (!fc)
		return ERR_PTR(-ENOMEM);
	fc->fs_type = type;
	fc->purpose = purpose;
	fc->sb_flags = sb_flags;
	fc->sb_flags_mask = mask;
	if (root) {
		atomic_inc(&root->d_sb->s_active);
		fc->root = dget(root);
	}
	fc->user_ns = get_user_ns(root ? root->d_sb->s_user_ns : current_user_ns());
	err = type->ops->init_fs_context(fc);
	if (err) {
		put_fs_context(fc);
		return ERR_PTR(err);
	}
	return fc;
}

void fs_context_set_user_ns(struct fs_context *fc, struct user_namespace *ns)
{
	struct user_namespace *old = fc->user_ns;

	fc->user_ns = get_user_ns(ns);
	put_user_ns(old);
}

bool fs_context_may_mount(const struct fs_context *fc)
{
	return (fc->fs_type->fs_flags & FS_USERNS_MOUNT) ? ns_capable(fc->user_ns, CAP_SYS_ADMIN) : capable(CAP_SYS_ADMIN);
}

struct fs_context *fs_context_for_mount(struct file_system_type *type, unsigned int sb_flags)
{
	return fs_context_create(type, FS_CONTEXT_FOR_MOUNT, NULL, sb_flags, 0);
}

struct fs_context *fs_context_for_reconfigure(struct dentry *root, unsigned int sb_flags, unsigned int sb_flags_mask)
{
	return fs_context_create(root->d_sb->s_type, FS_CONTEXT_FOR_RECONFIGURE, root, sb_flags, sb_flags_mask);
}

void put_fs_context(struct fs_context *fc)
{
	struct dentry *root = fc->root;

	fc->root = NULL;
	if (root) {
		struct super_block *sb = root->d_sb;

		dput(root);
		deactivate_super(sb);
	}
	if (fc->ops && fc->ops->free)
		fc->ops->free(fc);
	put_user_ns(fc->user_ns);
	kfree(fc->source);
	kfree(fc->subtype);
	kfree(fc->error);
	kfree(fc);
}

/* --- parameters that every file system has --- */

struct sb_word {
	const char *word;
	unsigned int flag;
	bool is_set;
};

static const struct sb_word sb_words[] = {
	{ "ro", SB_RDONLY, true }, { "rw", SB_RDONLY, false },
	{ "sync", SB_SYNCHRONOUS, true }, { "async", SB_SYNCHRONOUS, false },
	{ "dirsync", SB_DIRSYNC, true },
	{ "lazytime", SB_LAZYTIME, true }, { "nolazytime", SB_LAZYTIME, false },
	{ "mand", SB_MANDLOCK, true }, { "nomand", SB_MANDLOCK, false },
};

static bool parse_sb_word(struct fs_context *fc, const char *key)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sb_words); i++) {
		if (!streq(sb_words[i].word, key))
			continue;
		if (sb_words[i].is_set)
			fc->sb_flags |= sb_words[i].flag;
		else
			fc->sb_flags &= ~sb_words[i].flag;
		fc->sb_flags_mask |= sb_words[i].flag;
		return true;
	}
	return false;
}

static int parse_source(struct fs_context *fc, struct fs_parameter *param)
{
	if (!streq(param->key, "source"))
		return -ENOPARAM;
	if (param->type != FS_VALUE_STRING)
		return invalf(fc, "Non-string source");
	if (fc->source)
		return invalf(fc, "Multiple sources");
	fc->source = kstrdup(param->string, GFP_KERNEL);
	return fc->source ? 0 : -ENOMEM;
}

int vfs_parse_fs_param(struct fs_context *fc, struct fs_parameter *param)
{
	int err = -ENOPARAM;

	if (!param->key || !*param->key)
		return invalf(fc, "Unnamed parameter");
	if (param->type == FS_VALUE_FLAG && parse_sb_word(fc, param->key))
		return 0;
	if (fc->ops->parse_param)
		err = fc->ops->parse_param(fc, param);
	if (err != -ENOPARAM)
		return err;
	err = parse_source(fc, param);
	if (err != -ENOPARAM)
		return err;
	return invalf(fc, "%s: Unknown parameter '%s'", fc->fs_type->name, param->key);
}

int vfs_parse_fs_string(struct fs_context *fc, const char *key, const char *value, size_t len)
{
	struct fs_parameter param = { .key = key, .type = FS_VALUE_FLAG, .size = len };
	int err;

	if (value) {
		param.string = kstrndup(value, len, GFP_KERNEL);
		if (!param.string)
			return -ENOMEM;
		param.type = FS_VALUE_STRING;
	}
	err = vfs_parse_fs_param(fc, &param);
	kfree(param.string);
	return err;
}

/* "key=value,flag" split at commas that no backslash protects. The value keeps its backslashes. */
int generic_parse_monolithic(struct fs_context *fc, void *data)
{
	char *pos = data;
	int err = 0;

	while (pos && *pos && !err) {
		char *start = pos, *value;

		while (*pos && *pos != ',')
			pos += pos[0] == '\\' && pos[1] ? 2 : 1;
		if (*pos)
			*pos++ = 0;
		if (!*start)
			continue;
		value = strchr(start, '=');
		if (value == start)
			continue;
		if (value)
			*value++ = 0;
		err = vfs_parse_fs_string(fc, start, value, value ? strlen(value) : 0);
	}
	return err;
}

int vfs_get_tree(struct fs_context *fc)
{
	int err;

	if (fc->root)
		return -EBUSY;
	err = fc->ops->get_tree(fc);
	if (err)
		return err;
	if (!fc->root)
		return -EIO;
	return 0;
}

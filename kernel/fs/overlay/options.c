/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * options.c - mount options of overlay, as Linux names them.
 *
 * WHAT        lowerdir, upperdir and workdir name trees; userxattr and volatile choose how the upper is kept. Features that are
 *             not built (redirect_dir, metacopy, index, nfs_export, xino) are accepted only as "off" or "auto": asking for them
 *             is -EINVAL, never silently less.
 */
#include <lib/errno.h>
#include <lib/string.h>
#include <pages/slab.h>
#include <vfs/seq_file.h>
#include "overlay_impl.h"

struct ovl_config *ovl_context_config(struct fs_context *fc)
{
	return fc->fs_private;
}

void ovl_config_free(struct ovl_config *config)
{
	kfree(config->lowerdir);
	kfree(config->upperdir);
	kfree(config->workdir);
}

static int ovl_take_string(char **slot, struct fs_parameter *param)
{
	char *copy = param->string ? kstrdup(param->string, GFP_KERNEL) : NULL;

	if (!param->string)
		return -EINVAL;
	if (!copy)
		return -ENOMEM;
	kfree(*slot);
	*slot = copy;
	return 0;
}

/* Features that exist only in their off state. */
static bool ovl_is_off(const struct fs_parameter *param)
{
	if (!param->string)
		return false;
	if (!strcmp(param->key, "redirect_dir"))
		return !strcmp(param->string, "off") || !strcmp(param->string, "nofollow");
	if (!strcmp(param->key, "xino"))
		return !strcmp(param->string, "off") || !strcmp(param->string, "auto");
	if (!strcmp(param->key, "index") || !strcmp(param->key, "nfs_export") || !strcmp(param->key, "metacopy"))
		return !strcmp(param->string, "off");
	return !strcmp(param->key, "uuid") && (!strcmp(param->string, "on") || !strcmp(param->string, "off"));
}

static bool ovl_is_feature(const char *key)
{
	return !strcmp(key, "redirect_dir") || !strcmp(key, "xino") || !strcmp(key, "index") ||
	       !strcmp(key, "nfs_export") || !strcmp(key, "metacopy") || !strcmp(key, "uuid");
}

static int ovl_parse_param(struct fs_context *fc, struct fs_parameter *param)
{
	struct ovl_config *config = ovl_context_config(fc);

	if (!strcmp(param->key, "lowerdir"))
		return ovl_take_string(&config->lowerdir, param);
	if (!strcmp(param->key, "upperdir"))
		return ovl_take_string(&config->upperdir, param);
	if (!strcmp(param->key, "workdir"))
		return ovl_take_string(&config->workdir, param);
	if (!strcmp(param->key, "userxattr"))
		config->userxattr = true;
	else if (!strcmp(param->key, "volatile"))
		config->is_volatile = true;
	else if (!strcmp(param->key, "default_permissions"))
		config->default_permissions = true;
	else if (ovl_is_feature(param->key))
		return ovl_is_off(param) ? 0 : invalf(fc, "overlay: %s is not supported", param->key);
	else
		return -ENOPARAM;
	return 0;
}

static void ovl_context_free(struct fs_context *fc)
{
	struct ovl_config *config = ovl_context_config(fc);

	if (!config)
		return;
	ovl_config_free(config);
	kfree(config);
}

const struct fs_context_operations ovl_context_ops = {
	.free = ovl_context_free,
	.parse_param = ovl_parse_param,
	.get_tree = ovl_get_tree,
};

int ovl_show_options(struct seq_file *m, struct dentry *root)
{
	const struct ovl_config *config = &ovl_fs(root->d_sb)->config;

	seq_printf(m, ",lowerdir=");
	seq_escape(m, config->lowerdir, " \t\n\\");
	if (config->upperdir) {
		seq_printf(m, ",upperdir=");
		seq_escape(m, config->upperdir, " \t\n\\");
		seq_printf(m, ",workdir=");
		seq_escape(m, config->workdir, " \t\n\\");
	}
	if (config->default_permissions)
		seq_printf(m, ",default_permissions");
	if (config->is_volatile)
		seq_printf(m, ",volatile");
	if (config->userxattr)
		seq_printf(m, ",userxattr");
	return 0;
}

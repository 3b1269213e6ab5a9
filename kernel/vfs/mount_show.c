/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mount_show.c - what /proc/PID/mounts, mountinfo and mountstats print.
 *
 * WHAT        A listing belongs to one namespace and one root: mounts that are not below that root are left out.
 * LOCKING     mount_sem shared while a listing is made.
 */
#include <lib/err.h>
#include <lib/string.h>
#include <vfs/seq_file.h>
#include "mount_impl.h"

struct flag_word {
	u32 flag;
	const char *word;
};

static const struct flag_word sb_words[] = {
	{ SB_SYNCHRONOUS, ",sync" }, { SB_DIRSYNC, ",dirsync" }, { SB_MANDLOCK, ",mand" }, { SB_LAZYTIME, ",lazytime" },
};

static const struct flag_word mnt_words[] = {
	{ MNT_NOSUID, ",nosuid" }, { MNT_NODEV, ",nodev" }, { MNT_NOEXEC, ",noexec" }, { MNT_NOATIME, ",noatime" },
	{ MNT_NODIRATIME, ",nodiratime" }, { MNT_RELATIME, ",relatime" }, { MNT_NOSYMFOLLOW, ",nosymfollow" },
};

static void show_words(struct seq_file *m, u32 flags, const struct flag_word *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (flags & words[i].flag)
			seq_puts(m, words[i].word);
	}
}

static void show_type(struct seq_file *m, const struct super_block *sb)
{
	seq_escape(m, sb->s_type->name, " \t\n\\");
	if (sb->s_subtype) {
		seq_putc(m, '.');
		seq_escape(m, sb->s_subtype, " \t\n\\");
	}
}

static void show_device(struct seq_file *m, struct mount *mnt)
{
	const struct super_operations *op = mnt->mnt.mnt_sb->s_op;

	if (op->show_devname)
		op->show_devname(m, mnt->mnt.mnt_root);
	else
		seq_escape(m, mnt->mnt_devname, " \t\n\\#");
}

static void show_fs_options(struct seq_file *m, struct mount *mnt)
{
	const struct super_operations *op = mnt->mnt.mnt_sb->s_op;

	if (op->show_options)
		op->show_options(m, mnt->mnt.mnt_root);
}

static int show_mounts_line(struct seq_file *m, struct mount *mnt, const struct path *root)
{
	struct path path = { &mnt->mnt, mnt->mnt.mnt_root };
	struct super_block *sb = mnt->mnt.mnt_sb;
	int err;

	show_device(m, mnt);
	seq_putc(m, ' ');
	err = seq_path_root(m, &path, root, " \t\n\\");
	if (err)
		return err;
	seq_putc(m, ' ');
	show_type(m, sb);
	seq_puts(m, mnt_is_readonly(&mnt->mnt) ? " ro" : " rw");
	show_words(m, sb->s_flags, sb_words, ARRAY_SIZE(sb_words));
	show_words(m, mnt->mnt.mnt_flags, mnt_words, ARRAY_SIZE(mnt_words));
	show_fs_options(m, mnt);
	seq_puts(m, " 0 0\n");
	return 0;
}

static void show_propagation(struct seq_file *m, struct mount *mnt, const struct path *root)
{
	if (mnt->mnt.mnt_flags & MNT_SHARED)
		seq_printf(m, " shared:%i", mnt->mnt_group_id);
	if (mnt->mnt_master) {
		int master = mnt->mnt_master->mnt_group_id, dominating = get_dominating_id(mnt, root);

		seq_printf(m, " master:%i", master);
		if (dominating && dominating != master)
			seq_printf(m, " propagate_from:%i", dominating);
	}
	if (mnt->mnt.mnt_flags & MNT_UNBINDABLE)
		seq_puts(m, " unbindable");
}

static int show_mountinfo_line(struct seq_file *m, struct mount *mnt, const struct path *root)
{
	struct path path = { &mnt->mnt, mnt->mnt.mnt_root };
	struct super_block *sb = mnt->mnt.mnt_sb;
	int err;

	seq_printf(m, "%i %i %u:%u ", mnt->mnt_id, mnt->mnt_parent->mnt_id, MAJOR(sb->s_dev), MINOR(sb->s_dev));
	err = seq_dentry(m, mnt->mnt.mnt_root, " \t\n\\");
	if (err)
		return err;
	seq_putc(m, ' ');
	err = seq_path_root(m, &path, root, " \t\n\\");
	if (err)
		return err;
	seq_puts(m, mnt->mnt.mnt_flags & MNT_READONLY ? " ro" : " rw");
	show_words(m, mnt->mnt.mnt_flags, mnt_words, ARRAY_SIZE(mnt_words));
	show_propagation(m, mnt, root);
	seq_puts(m, " - ");
	show_type(m, sb);
	seq_putc(m, ' ');
	show_device(m, mnt);
	seq_puts(m, sb_rdonly(sb) ? " ro" : " rw");
	show_words(m, sb->s_flags, sb_words, ARRAY_SIZE(sb_words));
	show_fs_options(m, mnt);
	seq_putc(m, '\n');
	return 0;
}

static int show_mountstats_line(struct seq_file *m, struct mount *mnt, const struct path *root)
{
	struct path path = { &mnt->mnt, mnt->mnt.mnt_root };
	int err;

	seq_puts(m, "device ");
	show_device(m, mnt);
	seq_puts(m, " mounted on ");
	err = seq_path_root(m, &path, root, " \t\n\\");
	if (err)
		return err;
	seq_puts(m, " with fstype ");
	show_type(m, mnt->mnt.mnt_sb);
	if (mnt->mnt.mnt_sb->s_op->show_stats) {
		seq_putc(m, ' ');
		mnt->mnt.mnt_sb->s_op->show_stats(m, mnt->mnt.mnt_root);
	}
	seq_putc(m, '\n');
	return 0;
}

int mount_list_open(struct mount_list *list, struct mnt_namespace *ns, const struct path *root)
{
	list->ns = get_mnt_ns(ns);
	list->root = *root;
	path_get(&list->root);
	list->event = READ_ONCE(ns->event);
	return 0;
}

void mount_list_close(struct mount_list *list)
{
	path_put(&list->root);
	put_mnt_ns(list->ns);
}

enum mount_line { LINE_MOUNTS, LINE_MOUNTINFO, LINE_MOUNTSTATS };

static int show_line(struct seq_file *m, struct mount *mnt, const struct path *root, enum mount_line kind)
{
	if (kind == LINE_MOUNTS)
		return show_mounts_line(m, mnt, root);
	if (kind == LINE_MOUNTINFO)
		return show_mountinfo_line(m, mnt, root);
	return show_mountstats_line(m, mnt, root);
}

static int show_all(struct mount_list *list, struct seq_file *m, enum mount_line kind)
{
	struct mount *mnt;
	int err = 0;

	down_read(&mounts.sem);
	list_for_each_entry(mnt, &list->ns->list, mnt_list) {
		size_t before = m->count;

		err = show_line(m, mnt, &list->root, kind);
		if (err < 0)
			break;
		if (err > 0)	/* not below the reader's root */
			m->count = before;
		err = 0;
		if (seq_has_overflowed(m))
			break;
	}
	up_read(&mounts.sem);
	return err;
}

int mount_list_show_mounts(struct mount_list *list, struct seq_file *m)
{
	return show_all(list, m, LINE_MOUNTS);
}

int mount_list_show_mountinfo(struct mount_list *list, struct seq_file *m)
{
	return show_all(list, m, LINE_MOUNTINFO);
}

int mount_list_show_mountstats(struct mount_list *list, struct seq_file *m)
{
	return show_all(list, m, LINE_MOUNTSTATS);
}

struct wait_queue_head *mount_list_wait(struct mount_list *list)
{
	return &list->ns->poll;
}

bool mount_list_changed(struct mount_list *list)
{
	u64 event = READ_ONCE(list->ns->event);
	bool changed = event != list->event;

	list->event = event;
	return changed;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * d_path.c - from a place in the tree back to its name.
 *
 * WHAT        The path is built from its end to its start, under RCU, and built again if a rename or a
 *             mount moved meanwhile.
 * ERRORS      -ENAMETOOLONG: the buffer is too small.
 * TESTS       tests/guest/vfs/names_test.c
 */
#include <lib/err.h>
#include <lib/printf.h>
#include <sched/task.h>
#include <vfs/fs_struct.h>
#include "dcache_impl.h"
#include "mount_impl.h"

struct text {
	char *pos;	/* where the text starts now */
	int left;	/* bytes before pos; negative: it did not fit */
};

static void text_prepend(struct text *t, const char *s, int len)
{
	t->left -= len;
	if (t->left < 0)
		return;
	t->pos -= len;
	memcpy(t->pos, s, len);
}

/* The name may change under us: length first, and the caller checks rename_seq afterwards. */
static void text_prepend_name(struct text *t, const struct dentry *dentry)
{
	const char *name = READ_ONCE(dentry->d_name.name);
	u32 len = READ_ONCE(dentry->d_name.len);
	u32 i;

	t->left -= len + 1;
	if (t->left < 0)
		return;
	t->pos -= len + 1;
	t->pos[0] = '/';
	for (i = 0; i < len; i++) {
		char c = READ_ONCE(name[i]);

		if (!c)
			break;
		t->pos[1 + i] = c;
	}
}

enum walk_end { REACHED_ROOT, REACHED_OTHER_ROOT, REACHED_NO_MOUNT };

static enum walk_end prepend_upwards(struct text *t, const struct path *path, const struct path *root)
{
	struct dentry *dentry = path->dentry;
	struct mount *mnt = real_mount(path->mnt);

	while (dentry != root->dentry || &mnt->mnt != root->mnt) {
		if (dentry == mnt->mnt.mnt_root || IS_ROOT(dentry)) {
			struct mount *parent = READ_ONCE(mnt->mnt_parent);

			if (dentry != mnt->mnt.mnt_root)
				return REACHED_NO_MOUNT;
			if (parent == mnt)
				return READ_ONCE(mnt->mnt_ns) ? REACHED_OTHER_ROOT : REACHED_NO_MOUNT;
			dentry = READ_ONCE(mnt->mnt_mountpoint);
			mnt = parent;
			continue;
		}
		text_prepend_name(t, dentry);
		dentry = READ_ONCE(dentry->d_parent);
	}
	return REACHED_ROOT;
}

/* With the text after the path already in @t. */
static enum walk_end prepend_path(struct text *t, const struct path *path, const struct path *root)
{
	struct text start = *t;
	enum walk_end end;
	u32 rename, mounts;

	rcu_read_lock();
	do {
		*t = start;
		rename = read_seqbegin(&rename_seq);
		mounts = read_seqbegin(&mount_seq);
		end = prepend_upwards(t, path, root);
	} while (read_seqretry(&rename_seq, rename) || read_seqretry(&mount_seq, mounts));
	rcu_read_unlock();
	if (t->left == start.left)
		text_prepend(t, "/", 1);
	return end;
}

static char *text_result(const struct text *t)
{
	return t->left < 0 ? ERR_PTR(-ENAMETOOLONG) : t->pos;
}

char *d_path_from(const struct path *path, const struct path *root, char *buf, int buflen, bool *reachable)
{
	struct text t = { buf + buflen, buflen };

	text_prepend(&t, "", 1);
	*reachable = prepend_path(&t, path, root) == REACHED_ROOT;
	return text_result(&t);
}

char *d_path(const struct path *path, char *buf, int buflen)
{
	struct text t = { buf + buflen, buflen };
	struct path root;

	if (path->dentry->d_op && path->dentry->d_op->d_dname &&
	    (!IS_ROOT(path->dentry) || path->dentry != path->mnt->mnt_root))
		return path->dentry->d_op->d_dname(path->dentry, buf, buflen);
	text_prepend(&t, "", 1);
	if (d_unlinked(path->dentry))
		text_prepend(&t, " (deleted)", 10);
	get_fs_root(current->fs, &root);
	prepend_path(&t, path, &root);
	path_put(&root);
	return text_result(&t);
}

char *dentry_path_raw(struct dentry *dentry, char *buf, int buflen)
{
	struct text start = { buf + buflen, buflen }, t;
	u32 seq;

	text_prepend(&start, "", 1);
	rcu_read_lock();
	do {
		const struct dentry *d = dentry;

		t = start;
		seq = read_seqbegin(&rename_seq);
		for (; !IS_ROOT(d); d = READ_ONCE(d->d_parent))
			text_prepend_name(&t, d);
	} while (read_seqretry(&rename_seq, seq));
	rcu_read_unlock();
	if (t.left == start.left)
		text_prepend(&t, "/", 1);
	return text_result(&t);
}

char *dynamic_dname(char *buf, int buflen, const char *fmt, ...)
{
	va_list args;
	char temp[64];
	int len;

	va_start(args, fmt);
	len = vsnprintf(temp, sizeof(temp), fmt, args) + 1;
	va_end(args);
	if (len > (int)sizeof(temp) || len > buflen)
		return ERR_PTR(-ENAMETOOLONG);
	return memcpy(buf + buflen - len, temp, len);
}

char *simple_dname(struct dentry *dentry, char *buf, int buflen)
{
	struct text t = { buf + buflen, buflen };

	text_prepend(&t, "", 1);
	text_prepend(&t, " (deleted)", 10);
	text_prepend_name(&t, dentry);
	return text_result(&t);
}

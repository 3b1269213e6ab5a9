/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dir.c - reading a share's directories.
 *
 * WHAT        An open directory has an opened fid and a page of entries as the server packed them, which came with the last answer. A
 *             position is the server's offset of the next entry, 0 the start.
 * LOCKING     The directory's i_rwsem, shared, and the file's position lock.
 * ERRORS      -EIO for entries that are none.
 */
#include <lib/err.h>
#include <lib/errno.h>
#include <linux/fcntl.h>
#include <mm/iter.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <vfs/file.h>
#include "p9_impl.h"

#define READ_ATTEMPTS 10

struct p9_dir {
	struct p9_fid *fid; /* owned */
	struct page *page;  /* owned: entries from the server; NULL before the first */
	u32 len;	    /* bytes of them */
	u32 pos;	    /* where the entry at @next begins */
	loff_t next;	    /* the position that @pos stands for */
};

static int p9_dir_open(struct inode *inode, struct file *file)
{
	struct p9_dir *dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	int ret;

	if (!dir)
		return -ENOMEM;
	dir->fid = p9_walk(p9_base(inode), NULL, 0, NULL);
	ret = IS_ERR(dir->fid) ? PTR_ERR(dir->fid) : p9_open(dir->fid, O_RDONLY | O_DIRECTORY);
	if (!ret) {
		file->private_data = dir;
		return 0;
	}
	if (!IS_ERR(dir->fid))
		p9_fid_put(dir->fid);
	kfree(dir);
	return ret;
}

static void p9_dir_release(struct inode *inode, struct file *file)
{
	struct p9_dir *dir = file->private_data;

	p9_fid_put(dir->fid);
	if (dir->page)
		put_page(dir->page);
	kfree(dir);
}

/*
 * QEMU's server looks at every name that it has read; one that somebody on the host removed in between fails the whole request.
 * The next attempt does not see it any more.
 */
static ssize_t read_entries(struct p9_dir *dir, loff_t pos, struct page **page)
{
	ssize_t got;

	for (int attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
		got = p9_readdir(dir->fid, pos, page);
		if (got != -ENOENT)
			break;
	}
	return got;
}

/* Have entries from @pos on in the page. 0: the end, 1: there are some, -errno. */
static int p9_dir_fill(struct p9_dir *dir, loff_t pos)
{
	struct page *page;
	ssize_t got;

	if (dir->next == pos && dir->pos < dir->len)
		return 1;
	got = read_entries(dir, pos, &page);
	if (got < 0)
		return got;
	if (dir->page)
		put_page(dir->page);
	dir->page = page;
	dir->len = got;
	dir->pos = 0;
	dir->next = pos;
	return got > 0;
}

static int p9_dir_iterate(struct file *file, struct dir_context *ctx)
{
	struct p9_dir *dir = file->private_data;

	for (;;) {
		struct p9_wire wire;
		struct p9_dirent entry;
		int ret = p9_dir_fill(dir, ctx->pos);

		if (ret <= 0)
			return ret;
		wire = (struct p9_wire){ .data = page_address(dir->page), .pos = dir->pos, .end = dir->len };
		if (!wire_get_dirent(&wire, &entry))
			return -EIO;
		if (!dir_emit(ctx, entry.name, entry.name_len, entry.qid.path, entry.type))
			return 0;
		dir->pos = wire.pos;
		dir->next = entry.next_offset;
		if ((loff_t)entry.next_offset == ctx->pos)
			return -EIO; /* a server that would keep us here for ever */
		ctx->pos = entry.next_offset;
	}
}

static int p9_dir_fsync(struct file *file, loff_t start, loff_t end, bool datasync)
{
	struct p9_dir *dir = file->private_data;

	return p9_fsync(dir->fid, datasync);
}

const struct file_operations p9_dir_fops = {
	.llseek = default_llseek,
	.iterate = p9_dir_iterate,
	.open = p9_dir_open,
	.release = p9_dir_release,
	.fsync = p9_dir_fsync,
};

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * initramfs.c - unpacks the loader's first module, a cpio archive, into the root file system.
 *
 * WHAT        Entries become directories, files, links and device nodes with owner, mode and time as the archive says. Missing
 *             parent directories are made. The archive's memory goes to the page allocator afterwards.
 * INVARIANTS  R1  Nothing in the archive is trusted: a damaged one ends the unpacking with one line in the log; what was
 *                 unpacked before stays.
 *             R2  Files with several links are found again by {device, inode} in links, at most MAX_LINKS of them, until the
 *                 archive's trailer: the next archive's numbers are its own.
 *             R3  A later entry of another type takes the place of an earlier one of the same name; a symbolic link is never
 *                 followed as the last component.
 * ERRORS      An entry that cannot be made is left out; the first FAILURES_SAID are reported by name, the others counted.
 */
#include <arch/bootinfo.h>
#include <arch/memlayout.h>
#include <lib/cpio.h>
#include <lib/err.h>
#include <lib/string.h>
#include <log/printk.h>
#include <pages/pages_init.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <vfs/dentry.h>
#include <vfs/file.h>
#include <vfs/fs_struct.h>
#include <vfs/inode.h>
#include <vfs/namei.h>
#include "boot_impl.h"

#define MAX_LINKS 4096
#define FAILURES_SAID 20

struct hard_link {
	u32 ino, dev_major, dev_minor;
	char *path;
};

struct unpacker {
	struct hard_link *links; /* in an array that grows by doubling */
	u32 nr_links;
	u32 nr_trailers; /* whose archives' links are forgotten */
	u32 nr_entries, nr_failed;
	char path[CPIO_NAME_MAX + 2];
};

static int make_dir(const char *path, umode_t mode)
{
	struct path parent;
	struct dentry *dentry = kern_path_create(AT_FDCWD, path, &parent, LOOKUP_DIRECTORY);
	int err;

	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	err = vfs_mkdir(d_inode(parent.dentry), dentry, mode & 07777);
	done_path_create(&parent, dentry);
	return err;
}

/* Every directory above the last component; those that exist are left alone. */
static void make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int err;

		*slash = 0;
		err = make_dir(path, 0755);
		*slash = '/';
		if (err && err != -EEXIST)
			return;
	}
}

static int make_node(const char *path, const struct cpio_entry *e)
{
	struct path parent;
	struct dentry *dentry = kern_path_create(AT_FDCWD, path, &parent, 0);
	int err;

	if (IS_ERR(dentry))
		return (int)PTR_ERR(dentry);
	err = vfs_mknod(d_inode(parent.dentry), dentry, e->mode, MKDEV(e->rdev_major, e->rdev_minor));
	done_path_create(&parent, dentry);
	return err;
}

static int make_symlink(const char *path, const struct cpio_entry *e)
{
	char *target = kstrndup((const char *)e->data, e->data_len, GFP_KERNEL);
	struct path parent;
	struct dentry *dentry;
	int err;

	if (!target)
		return -ENOMEM;
	dentry = kern_path_create(AT_FDCWD, path, &parent, 0);
	err = PTR_ERR_OR_ZERO(dentry);
	if (!err) {
		err = vfs_symlink(d_inode(parent.dentry), dentry, target);
		done_path_create(&parent, dentry);
	}
	kfree(target);
	return err;
}

static int make_link(const char *old, const char *path)
{
	struct path from, parent;
	struct dentry *dentry;
	int err = kern_path(old, 0, &from);

	if (err)
		return err;
	/* What took the first name's place since is not what the archive links to; a fifo would never be opened. */
	if (!S_ISREG(d_inode(from.dentry)->i_mode)) {
		path_put(&from);
		return -EINVAL;
	}
	dentry = kern_path_create(AT_FDCWD, path, &parent, 0);
	err = PTR_ERR_OR_ZERO(dentry);
	if (!err) {
		err = vfs_link(from.dentry, d_inode(parent.dentry), dentry);
		done_path_create(&parent, dentry);
	}
	path_put(&from);
	return err;
}

static int write_file(const char *path, const struct cpio_entry *e)
{
	struct file *file = filp_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_LARGEFILE, e->mode & 07777);
	loff_t pos = 0;
	int err = 0;

	if (IS_ERR(file))
		return (int)PTR_ERR(file);
	while (!err && pos < e->data_len) {
		ssize_t n = kernel_write(file, e->data + pos, e->data_len - pos, &pos);

		if (n <= 0)
			err = n ? (int)n : -EIO;
	}
	fput(file);
	return err;
}

static const char *find_link(const struct unpacker *u, const struct cpio_entry *e)
{
	for (u32 i = 0; i < u->nr_links; i++) {
		const struct hard_link *l = &u->links[i];

		if (l->ino == e->ino && l->dev_major == e->dev_major && l->dev_minor == e->dev_minor)
			return l->path;
	}
	return NULL;
}

static int remember_link(struct unpacker *u, const struct cpio_entry *e)
{
	struct hard_link *grown;
	char *path;

	if (u->nr_links == MAX_LINKS)
		return -E2BIG;
	if (!(u->nr_links & (u->nr_links - 1))) {
		grown = krealloc(u->links, (u->nr_links ? 2 * u->nr_links : 1) * sizeof(*grown), GFP_KERNEL);
		if (!grown)
			return -ENOMEM;
		u->links = grown;
	}
	path = kstrdup(u->path, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	u->links[u->nr_links++] = (struct hard_link){ e->ino, e->dev_major, e->dev_minor, path };
	return 0;
}

static int set_attributes(const char *name, const struct cpio_entry *e)
{
	struct iattr attr = {
		.ia_valid = ATTR_UID | ATTR_GID | ATTR_MTIME | ATTR_MTIME_SET | ATTR_FORCE,
		.ia_uid = KUIDT_INIT(e->uid),
		.ia_gid = KGIDT_INIT(e->gid),
		.ia_mode = e->mode,
		.ia_mtime.tv_sec = e->mtime,
	};
	struct path path;
	int err = kern_path(name, 0, &path);

	if (err)
		return err;
	inode_lock(d_inode(path.dentry));
	err = notify_change(path.dentry, &attr);
	/* chown takes set-id bits away: the mode comes after it. */
	if (!err && !S_ISLNK(e->mode)) {
		attr.ia_valid = ATTR_MODE | ATTR_FORCE;
		err = notify_change(path.dentry, &attr);
	}
	inode_unlock(d_inode(path.dentry));
	path_put(&path);
	return err;
}

static void forget_links(struct unpacker *u)
{
	for (u32 i = 0; i < u->nr_links; i++)
		kfree(u->links[i].path);
	kfree(u->links);
	u->links = NULL;
	u->nr_links = 0;
}

/* R3. What has this name goes if it is no @mode; of mode 0 is nothing. A directory that is not empty stays, and the entry fails. */
static void make_room(const char *name, umode_t mode)
{
	struct path parent;
	struct dentry *dentry = kern_path_locked(name, &parent);
	const struct inode *inode;

	if (IS_ERR(dentry))
		return;
	inode = d_inode(dentry);
	if (inode && S_ISDIR(inode->i_mode) && !S_ISDIR(mode))
		vfs_rmdir(d_inode(parent.dentry), dentry);
	else if (inode && (S_ISLNK(mode) || ((inode->i_mode ^ mode) & S_IFMT)))
		vfs_unlink(d_inode(parent.dentry), dentry);
	inode_unlock(d_inode(parent.dentry));
	path_put(&parent);
	dput(dentry);
}

/* An entry that is a name more of @old: what has that name goes, and data, which may come with any of the names, are the file's. */
static int make_another_name(const struct unpacker *u, const char *old, const struct cpio_entry *e)
{
	int err = 0;

	if (strcmp(old, u->path)) {
		make_room(u->path, 0);
		err = make_link(old, u->path);
	}
	return err || !e->data_len ? err : write_file(u->path, e);
}

/* Hard links: the archive repeats the entry. The first is remembered when it is there, so one that cannot be made spoils no other. */
static int make_file(struct unpacker *u, const struct cpio_entry *e)
{
	const char *old = e->nlink > 1 ? find_link(u, e) : NULL;
	int err;

	if (old)
		return make_another_name(u, old, e);
	err = write_file(u->path, e);
	return err || e->nlink <= 1 ? err : remember_link(u, e);
}

static int make_entry_once(struct unpacker *u, const struct cpio_entry *e)
{
	int err;

	make_room(u->path, e->mode);
	if (S_ISDIR(e->mode)) {
		err = make_dir(u->path, e->mode);
		return err == -EEXIST ? 0 : err;
	}
	if (S_ISLNK(e->mode))
		return make_symlink(u->path, e);
	if (S_ISREG(e->mode))
		return make_file(u, e);
	if (!S_ISCHR(e->mode) && !S_ISBLK(e->mode) && !S_ISFIFO(e->mode) && !S_ISSOCK(e->mode))
		return -EINVAL;
	err = make_node(u->path, e);
	return err == -EEXIST ? 0 : err; /* /dev/console is there already */
}

static void unpack_entry(struct unpacker *u, const struct cpio_entry *e)
{
	const char *name = e->name;
	int err;

	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name++;
	if (!*name || !strcmp(name, "."))
		return;
	u->path[0] = '/';
	strscpy(u->path + 1, name, sizeof(u->path) - 1);
	err = make_entry_once(u, e);
	if (err == -ENOENT) {
		make_parents(u->path);
		err = make_entry_once(u, e);
	}
	if (!err)
		err = set_attributes(u->path, e);
	u->nr_entries++;
	if (err) {
		u->nr_failed++;
		if (u->nr_failed <= FAILURES_SAID)
			pr_err("initramfs: %s: error %d\n", u->path, err);
	}
}

static void free_unpacker(struct unpacker *u)
{
	forget_links(u);
	kfree(u);
}

/* What every root file system has, whatever the archive brings. */
static void make_default_entries(void)
{
	const struct cpio_entry console = { .mode = S_IFCHR | 0600, .rdev_major = 5, .rdev_minor = 1 };
	int err = make_dir("/dev", 0755);

	if (!err)
		err = make_node("/dev/console", &console);
	if (!err)
		err = make_dir("/root", 0700);
	if (err)
		pr_err("rootfs: error %d\n", err);
}

struct packing {
	const char *magic, *name;
	size_t len;
};

static const struct packing packings[] = {
	{ "\x1f\x8b", "gzip", 2 },	     { "BZh", "bzip2", 3 },		  { "\3757zXZ", "xz", 5 },
	{ "\x5d\0\0", "lzma", 3 },	     { "\x02\x21\x4c\x18", "lz4", 4 }, { "\x28\xb5\x2f\xfd", "zstd", 4 },
	{ "\x89LZO", "lzo", 4 },
};

/* The program that packed the @len bytes at @at, or NULL. */
static const char *packed_by(const u8 *at, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(packings); i++)
		if (len >= packings[i].len && !memcmp(at, packings[i].magic, packings[i].len))
			return packings[i].name;
	return NULL;
}

static void report_damage(const struct unpacker *u, const struct cpio_reader *reader, size_t start)
{
	const char *packing = packed_by(reader->data + start, reader->size - start);

	if (packing)
		pr_err("initramfs: packed by %s at byte %zu: give the kernel an archive that is not packed\n", packing, start);
	else
		pr_err("initramfs: damaged at byte %zu, after %u entries: not newc, cut short or overwritten\n", start, u->nr_entries);
}

static void unpack_module(struct unpacker *u, const struct boot_range *module)
{
	struct cpio_reader reader;
	struct cpio_entry entry;
	size_t start;
	int ret;

	cpio_reader_init(&reader, phys_to_virt(module->start), module->end - module->start);
	do {
		start = reader.pos;
		ret = cpio_next(&reader, &entry);
		if (u->nr_trailers != reader.nr_trailers)
			forget_links(u);
		u->nr_trailers = reader.nr_trailers;
		if (ret > 0)
			unpack_entry(u, &entry);
	} while (ret > 0);
	while (start < reader.size && !reader.data[start])
		start++;
	if (ret < 0)
		report_damage(u, &reader, start);
	pr_info("initramfs: %u entries, %u failed, %u passed over\n", u->nr_entries, u->nr_failed, reader.nr_skipped);
}

void initramfs_unpack(void)
{
	const struct boot_range *module = &boot_info.modules[0];
	struct unpacker *u;

	if (!vfs_init)
		return;
	current->fs = &init_fs;
	make_default_entries();
	u = boot_info.nr_modules ? kzalloc(sizeof(*u), GFP_KERNEL) : NULL;
	if (u) {
		unpack_module(u, module);
		free_unpacker(u);
		boot_free_late(module->start, module->end);
	} else if (boot_info.nr_modules) {
		pr_err("initramfs: no memory to unpack it\n");
	}
	current->fs = NULL;
}

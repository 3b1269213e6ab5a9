/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * root.c - the file systems: from the initramfs to the root that the command sees.
 *
 * WHAT        The host's directories arrive as shares, each a mount tag. The read-only ones are
 *             the layers of an overlay whose upper layer is a tmpfs, so that whatever is written
 *             stays in this machine's memory. The guest has its own /proc, /sys, /dev and /run.
 *             Without a share the initramfs itself is the root.
 * INVARIANTS  I1  Nothing here is what keeps the host's files safe: the host exports them
 *                 read-only. We mount them read-only to get early and clear errors.
 * ERRORS      A missing share ends the run. A kernel that lacks the overlay shows the share
 *             itself, read-only, with one line about it.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include "guest.h"
#include "sys.h"
#include "text.h"

#define NEW_ROOT  "/perennial/root"
#define UPPER     "/perennial/upper"
#define LAYERS    "/perennial/layer"
#define P9_COMMON "trans=virtio,version=9p2000.L,msize=262144,access=any,cache="

struct mount_point {
	const char *path;
	const char *type;
	unsigned long flags;
	const char *options;
	int mode;
};

static const struct mount_point early_mounts[] = {
	{ "/dev", "devtmpfs", MS_NOSUID, "mode=755", 0755 },
	{ "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "", 0555 },
	{ "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "", 0555 },
};

static const struct mount_point final_mounts[] = {
	{ "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "", 0555 },
	{ "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "", 0555 },
	{ "/sys/kernel/debug", "debugfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "", 0700 },
	{ "/dev", "devtmpfs", MS_NOSUID, "mode=755", 0755 },
	{ "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666", 0755 },
	{ "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", 01777 },
	{ "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755", 0755 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" },
	{ "/proc/self/fd/0", "/dev/stdin" },
	{ "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" },
};

/* Any of these is there on a root that can run programs. */
static const char *const probed_programs[] = { NEW_ROOT "/usr/bin/env", NEW_ROOT "/bin/busybox" };

#define NR(table) (sizeof(table) / sizeof((table)[0]))

static void try_mount(const struct mount_point *m, const char *prefix)
{
	struct line path;
	long error;

	line_init(&path);
	line_add(&path, prefix);
	line_add(&path, m->path);
	path.text[path.len] = 0;
	SYS(mkdir, path.text, m->mode);
	error = SYS(mount, m->type, path.text, m->type, m->flags, m->options);
	if (error < 0 && error != -EBUSY)
		say("cannot mount", m->path, error);
}

void root_mount_early(void)
{
	for (size_t i = 0; i < NR(early_mounts); i++)
		try_mount(&early_mounts[i], "");
}

static void mount_rest(const char *prefix)
{
	struct line path;

	for (size_t i = 0; i < NR(final_mounts); i++)
		try_mount(&final_mounts[i], prefix);
	for (size_t i = 0; i < NR(links); i++) {
		line_init(&path);
		line_add(&path, prefix);
		line_add(&path, links[i][1]);
		path.text[path.len] = 0;
		SYS(symlink, links[i][0], path.text);
	}
}

/* Mount the share @tag on @path with the options of its kind. Returns 0 or -errno. */
static long mount_share(const struct config *config, const char *tag, const char *path,
			int is_writable)
{
	unsigned long flags = MS_NODEV | (is_writable ? 0 : MS_RDONLY);

	if (text_equal(config->share_kind, "virtiofs"))
		return SYS(mount, tag, path, "virtiofs", flags, "");
	return SYS(mount, tag, path, "9p", flags,
		   is_writable ? P9_COMMON "mmap" : P9_COMMON "loose");
}

static void layer_path(struct line *path, int i)
{
	line_add(path, LAYERS);
	line_add_number(path, (uint64_t)i);
	path->text[path->len] = 0;
}

static void mount_layers(const struct config *config)
{
	for (int i = 0; i < config->nr_layers; i++) {
		struct line path;
		long error;

		line_init(&path);
		layer_path(&path, i);
		SYS(mkdir, path.text, 0755);
		error = mount_share(config, config->layers[i].tag, path.text, 0);
		if (error < 0)
			give_up_share("cannot mount the share", config->layers[i].tag, error);
	}
}

/* overlay's option string: the highest layer first. */
static void overlay_options(struct line *options, const struct config *config)
{
	line_init(options);
	line_add(options, "lowerdir=");
	for (int i = config->nr_layers - 1; i >= 0; i--) {
		layer_path(options, i);
		if (i)
			line_add(options, ":");
	}
	line_add(options, ",upperdir=" UPPER "/upper,workdir=" UPPER "/work");
	options->text[options->len] = 0;
}

static void mount_overlay(const struct config *config)
{
	struct line options, path;
	long error;

	SYS(mkdir, UPPER, 0755);
	error = SYS(mount, "tmpfs", UPPER, "tmpfs", 0, "mode=755");
	if (error < 0)
		say("cannot mount a tmpfs for what is written:", NULL, error);
	SYS(mkdir, UPPER "/upper", 0755);
	SYS(mkdir, UPPER "/work", 0755);
	overlay_options(&options, config);
	error = SYS(mount, "overlay", NEW_ROOT, "overlay", 0, options.text);
	if (error >= 0)
		return;
	say("this kernel cannot mount an overlay, the share is the root, read-only:", NULL, error);
	line_init(&path);
	layer_path(&path, config->nr_layers - 1);
	error = SYS(mount, path.text, NEW_ROOT, "none", MS_BIND | MS_REC, NULL);
	if (error < 0)
		error = mount_share(config, config->layers[config->nr_layers - 1].tag, NEW_ROOT, 0);
	if (error < 0)
		give_up_share("cannot make a root of the share", NULL, error);
}

/* Can a program be executed through what was mounted? A share may show files and refuse this. */
static void probe_execution(void)
{
	for (size_t i = 0; i < NR(probed_programs); i++) {
		char byte;
		long fd = SYS(open, probed_programs[i], O_RDONLY | O_CLOEXEC);
		long error = fd;

		if (fd == -ENOENT)
			continue;
		if (fd >= 0) {
			error = SYS(read, fd, &byte, 1);
			if (error == 1)
				error =
				    SYS(mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
			SYS(close, fd);
		}
		if (error < 0 && error > -4096)
			give_up_share("cannot execute programs through the share", NULL, error);
		return;
	}
}

/* Make each directory of @path that is missing. */
static void make_directories(const char *path)
{
	struct line part;

	line_init(&part);
	for (; *path; path++) {
		if (*path == '/' && part.len) {
			part.text[part.len] = 0;
			SYS(mkdir, part.text, 0755);
		}
		part.text[part.len++] = *path;
		if (part.len == sizeof(part.text) - 1)
			return;
	}
	part.text[part.len] = 0;
	SYS(mkdir, part.text, 0755);
}

static void mount_writable(const struct config *config)
{
	for (int i = 0; i < config->nr_writable; i++) {
		const struct share *share = &config->writable[i];
		long error;

		make_directories(share->path);
		error = mount_share(config, share->tag, share->path, 1);
		if (error < 0)
			give_up("cannot mount the writable share", share->path, error);
	}
}

static void switch_root(void)
{
	long error;

	for (size_t i = NR(early_mounts); i-- > 0;)
		SYS(umount2, early_mounts[i].path, MNT_DETACH);
	error = SYS(chdir, NEW_ROOT);
	if (error >= 0)
		error = SYS(mount, ".", "/", NULL, MS_MOVE, NULL);
	if (error < 0) {
		say("cannot move the root, entering it by chroot alone:", NULL, error);
		SYS(chdir, NEW_ROOT);
	}
	error = SYS(chroot, ".");
	if (error < 0)
		give_up("cannot enter the new root", NULL, error);
	SYS(chdir, "/");
}

/* What programs expect to find as XDG_RUNTIME_DIR. */
static void make_runtime_directory(const struct config *config)
{
	struct line path;

	line_init(&path);
	line_add(&path, "/run/user/");
	line_add_number(&path, config->uid);
	path.text[path.len] = 0;
	make_directories(path.text);
	SYS(chmod, path.text, 0700);
	SYS(chown, path.text, config->uid, config->gid);
}

void root_enter(const struct config *config)
{
	SYS(unlink, CONFIG_PATH);
	if (config->share_kind) {
		SYS(mkdir, NEW_ROOT, 0755);
		mount_layers(config);
		mount_overlay(config);
		probe_execution();
		mount_rest(NEW_ROOT);
		switch_root();
		mount_writable(config);
	} else {
		mount_rest("");
	}
	make_runtime_directory(config);
}

void root_flush(const struct config *config)
{
	if (!config->nr_writable)
		return;
	SYS(kill, -1, 9);
	SYS(sync);
	for (int i = config->nr_writable - 1; i >= 0; i--)
		SYS(umount2, config->writable[i].path, 0);
}

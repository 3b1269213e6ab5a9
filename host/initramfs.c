/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * initramfs.c - what the guest's kernel finds as its first root.
 *
 * WHAT        Our init, the configuration of this run and the modules that the kernel needs. With
 *             --initrd FILE, FILE's archive comes first and ours overrides its /init. Without a
 *             share and without FILE there is BusyBox too, under every name it goes by.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cpio.h"
#include "embedded.h"
#include "initramfs.h"
#include "protocol.h"
#include "report.h"
#include "unpack.h"

static const char etc_passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
				 "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
static const char etc_group[] = "root:x:0:\ntty:x:5:\nnogroup:x:65534:\n";

static const char *const first_dirs[] = { "dev", "proc", "sys", "run", "perennial" };
static const char *const busybox_dirs[] = { "bin",      "sbin", "usr", "usr/bin",
					    "usr/sbin", "etc",  "root" };

static void add_dirs(struct cpio *cpio, const char *const *dirs, size_t nr_dirs)
{
	for (size_t i = 0; i < nr_dirs; i++)
		cpio_add_dir(cpio, dirs[i], 0755);
}

/* An archive that is packed as a whole is unpacked here, so that the kernel need not know how. */
static void add_file_archive(struct cpio *cpio, const char *file)
{
	struct bytes packed = { 0 }, archive = { 0 };
	int error = bytes_read_file(&packed, file);

	if (error)
		die("--initrd %s: %s", file, strerror(-error));
	if (unpack_format(packed.at, packed.len)) {
		error = unpack(&archive, packed.at, packed.len);
		if (error)
			die("--initrd %s: cannot unpack it: %s", file, strerror(-error));
		bytes_fini(&packed);
	} else {
		archive = packed;
	}
	if (archive.len < 6 || (memcmp(archive.at, "070701", 6) && memcmp(archive.at, "070702", 6)))
		die("--initrd %s: is no cpio archive (newc format)", file);
	cpio_add_archive(cpio, archive.at, archive.len);
	bytes_fini(&archive);
}

static void add_applets(struct cpio *cpio)
{
	const char *line = (const char *)embedded_applets;
	const char *end = (const char *)embedded_applets_end;

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		char *path;

		if (!stop)
			stop = end;
		path = strndup(line, (size_t)(stop - line));
		if (*path && strcmp(path, "bin/busybox") && strcmp(path, "linuxrc"))
			cpio_add_symlink(cpio, path, "/bin/busybox");
		free(path);
		line = stop + 1;
	}
}

static void add_busybox(struct cpio *cpio)
{
	add_dirs(cpio, busybox_dirs, sizeof(busybox_dirs) / sizeof(busybox_dirs[0]));
	cpio_add_dir(cpio, "tmp", 01777);
	cpio_add_file(cpio, "bin/busybox", 0755, embedded_busybox,
		      (size_t)(embedded_busybox_end - embedded_busybox));
	add_applets(cpio);
	cpio_add_file(cpio, "etc/passwd", 0644, etc_passwd, sizeof(etc_passwd) - 1);
	cpio_add_file(cpio, "etc/group", 0644, etc_group, sizeof(etc_group) - 1);
}

static void add_modules(struct cpio *cpio, const struct module_set *modules)
{
	cpio_add_dir(cpio, &MODULES_PATH[1], 0755);
	for (int i = 0; i < modules->nr_modules; i++) {
		const struct module *m = &modules->modules[i];
		char *path = must_format("%s%s", &MODULES_PATH[1], m->name);

		cpio_add_file(cpio, path, 0644, m->object.at, m->object.len);
		free(path);
	}
}

void initramfs_build(struct bytes *out, const struct options *options, const struct bytes *config,
		     const struct module_set *modules)
{
	struct cpio cpio = { 0 };

	if (options->initrd)
		add_file_archive(&cpio, options->initrd);
	add_dirs(&cpio, first_dirs, sizeof(first_dirs) / sizeof(first_dirs[0]));
	cpio_add_device(&cpio, "dev/console", 0600, 5, 1);
	cpio_add_file(&cpio, "init", 0755, embedded_init,
		      (size_t)(embedded_init_end - embedded_init));
	cpio_add_file(&cpio, &CONFIG_PATH[1], 0600, config->at, config->len);
	if (modules)
		add_modules(&cpio, modules);
	if (options->share == SHARE_NONE && !options->initrd)
		add_busybox(&cpio);
	cpio_finish(&cpio);
	*out = cpio.bytes;
}

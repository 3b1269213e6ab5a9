/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_image.c - any kernel file, as the ELF image that QEMU starts by PVH.
 *
 * WHAT        An ELF file is passed on as it is. A bzImage is a boot sector, set-up code and a
 *             packed ELF image; we unpack that and keep it under the caller's cache directory,
 *             since unpacking costs most of a second. Under emulation this is far cheaper than
 *             to let the firmware and the image unpack themselves.
 *
 *             bzImage, as far as used (Documentation: the x86 boot protocol, version 2.08 on)
 *               offset  bytes
 *               0x1f1   1      number of set-up sectors of 512 bytes, 0 means 4
 *               0x202   4      "HdrS"
 *               0x206   2      protocol version
 *               0x20e   2      offset of the version string, less 0x200
 *               0x248   4      offset of the payload from the protected-mode code
 *               0x24c   4      length of the payload
 *
 *             A Linux kernel's modules are looked for where Debian's package has them beside
 *             boot/, and then in /lib/modules.
 * INVARIANTS  I1  A cache file is complete: it is written under another name and renamed.
 * ERRORS      Unreadable, unknown or damaged files end the command with one line.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bytes.h"
#include "kernel_image.h"
#include "report.h"
#include "unpack.h"

#define SECTOR           512u
#define HEADER_END       0x250u
#define PROTOCOL_PAYLOAD 0x208 /* the first with the payload fields */
#define RELEASE_MAX      128
#define VERSION_MARK     "Linux version "

static uint32_t get_u32(const struct bytes *b, size_t at)
{
	uint32_t value;

	memcpy(&value, b->at + at, 4);
	return value;
}

static uint16_t get_u16(const struct bytes *b, size_t at)
{
	uint16_t value;

	memcpy(&value, b->at + at, 2);
	return value;
}

static bool is_elf(const struct bytes *b)
{
	return b->len > sizeof(Elf64_Ehdr) && !memcmp(b->at, ELFMAG, SELFMAG);
}

static bool is_bzimage(const struct bytes *b)
{
	return b->len > HEADER_END && !memcmp(b->at + 0x202, "HdrS", 4);
}

static char *copy_word(const struct bytes *b, size_t at)
{
	size_t n = 0;

	while (at + n < b->len && n < RELEASE_MAX && b->at[at + n] > ' ')
		n++;
	return n ? strndup((const char *)b->at + at, n) : NULL;
}

static char *bzimage_release(const struct bytes *b)
{
	size_t at = get_u16(b, 0x20e);

	return at ? copy_word(b, at + 0x200) : NULL;
}

static char *elf_release(const struct bytes *b)
{
	const unsigned char *at = memmem(b->at, b->len, VERSION_MARK, strlen(VERSION_MARK));

	return at ? copy_word(b, (size_t)(at - b->at) + strlen(VERSION_MARK)) : NULL;
}

/* Where the packed payload is. NULL, or what is wrong with the image. */
static const char *bzimage_payload(const struct bytes *b, size_t *at, size_t *len)
{
	size_t sectors = b->at[0x1f1] ? b->at[0x1f1] : 4;

	*at = (sectors + 1) * SECTOR + get_u32(b, 0x248);
	*len = get_u32(b, 0x24c);
	if (get_u16(b, 0x206) < PROTOCOL_PAYLOAD)
		return "this bzImage is too old to say where its payload is";
	if (*at > b->len || *len > b->len - *at || !*len)
		return "damaged bzImage: its payload lies outside of the file";
	return NULL;
}

static void bzimage_unpack(struct bytes *elf, const struct bytes *b, const char *file)
{
	size_t at, len;
	const char *wrong = bzimage_payload(b, &at, &len), *format;
	int error;

	if (wrong)
		die("%s: %s", file, wrong);
	format = unpack_format(b->at + at, len);
	if (!format)
		die("%s: the payload is packed in a way this command does not know", file);
	error = unpack(elf, b->at + at, len);
	if (error)
		die("%s: cannot unpack the %s payload: %s", file, format, strerror(-error));
	if (!is_elf(elf))
		die("%s: the payload is not an ELF image", file);
	detail("unpacked %s (%s): %zu MB", file, format, elf->len >> 20);
}

/* ---- modules ---- */

static char *modules_in(const char *base, const char *release)
{
	char *dir = must_format("%s/lib/modules/%s", base, release);
	char *order = must_format("%s/modules.order", dir);
	bool exists = access(order, R_OK) == 0;

	free(order);
	if (exists)
		return dir;
	free(dir);
	return NULL;
}

static void find_modules(struct kernel_image *image, const char *file)
{
	char *copy, *dir, *base;

	if (!image->release || strchr(image->release, '/'))
		return;
	copy = strdup(file);
	dir = dirname(copy);
	base = must_format("%s/..", dir);
	image->modules = modules_in(base, image->release);
	if (!image->modules)
		image->modules = modules_in(dir, image->release);
	if (!image->modules)
		image->modules = modules_in("", image->release);
	free(copy);
	free(base);
}

/* ---- cache ---- */

static char *cache_directory(void)
{
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	char *dir;

	if (cache && *cache == '/')
		dir = must_format("%s/perennial", cache);
	else if (home && *home == '/')
		dir = must_format("%s/.cache/perennial", home);
	else
		return NULL;
	for (char *s = dir + 1; *s; s++)
		if (*s == '/') {
			*s = 0;
			mkdir(dir, 0700);
			*s = '/';
		}
	mkdir(dir, 0700);
	return dir;
}

/* A name that changes when the file does; NULL when nothing can be kept. */
static char *cache_path(const char *file)
{
	char *dir = cache_directory(), *path, *copy;
	struct stat st;

	if (!dir || stat(file, &st))
		return NULL;
	copy = strdup(file);
	path = must_format("%s/%s-%lx-%lx-%lx.elf", dir, basename(copy), (long)st.st_ino,
			   (long)st.st_size, st.st_mtim.tv_sec * 1000000000l + st.st_mtim.tv_nsec);
	free(copy);
	free(dir);
	return path;
}

/* I1. Returns true when the file is there. */
static bool cache_write(const char *path, const struct bytes *elf)
{
	char *temporary = must_format("%s.%d", path, getpid());
	int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && !bytes_write(elf, fd);

	if (fd >= 0)
		close(fd);
	if (ok)
		ok = !rename(temporary, path);
	if (!ok)
		unlink(temporary);
	free(temporary);
	return ok;
}

static void place_elf(struct kernel_image *image, char *cache, const struct bytes *elf)
{
	if (cache && cache_write(cache, elf)) {
		image->path = cache;
		return;
	}
	free(cache);
	image->fd = bytes_to_memfd(elf, "kernel");
	image->path = must_format("/proc/self/fd/%d", image->fd);
}

/* ---- public ---- */

static void read_kernel(struct bytes *b, const char *file)
{
	int error = bytes_read_file(b, file);

	if (error)
		die("cannot read the kernel %s: %s", file, strerror(-error));
	if (!is_elf(b) && !is_bzimage(b))
		die("%s is no kernel: neither an ELF file nor a bzImage", file);
}

void kernel_image_init(struct kernel_image *image, const char *file)
{
	struct bytes b = { 0 }, elf = { 0 };

	*image = (struct kernel_image){ .fd = -1 };
	read_kernel(&b, file);
	if (is_elf(&b)) {
		image->path = strdup(file);
		image->release = elf_release(&b);
	} else {
		char *cache = cache_path(file);

		image->release = bzimage_release(&b);
		if (cache && access(cache, R_OK) == 0) {
			image->path = cache;
		} else {
			bzimage_unpack(&elf, &b, file);
			place_elf(image, cache, &elf);
		}
	}
	find_modules(image, file);
	detail("kernel %s, modules %s", image->path, image->modules ? image->modules : "none");
	bytes_fini(&elf);
	bytes_fini(&b);
}

/* Beside the command where it was built, and where it was installed. */
static const char *const places[] = { "perennial.elf", "release/perennial.elf",
				      "../lib/perennial/perennial.elf" };

char *kernel_image_default(void)
{
	char self[PATH_MAX];
	const char *chosen = getenv("PERENNIAL_KERNEL");
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (chosen && *chosen)
		return strdup(chosen);
	if (n < 0)
		die("cannot find where this command is: %s", strerror(errno));
	self[n] = 0;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *copy = strdup(self);
		char *path = must_format("%s/%s", dirname(copy), places[i]);

		free(copy);
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	die("no kernel beside %s; build it (make) or name one with --kernel FILE", self);
}

void kernel_image_unpack_to(const char *file, const char *to)
{
	struct bytes b = { 0 }, elf = { 0 };
	int fd, error;

	read_kernel(&b, file);
	if (is_elf(&b))
		bytes_add(&elf, b.at, b.len);
	else
		bzimage_unpack(&elf, &b, file);
	fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	error = fd < 0 ? -errno : bytes_write(&elf, fd);
	if (error)
		die("cannot write %s: %s", to, strerror(-error));
	close(fd);
	bytes_fini(&elf);
	bytes_fini(&b);
}

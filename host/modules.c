/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * modules.c - the modules a foreign kernel needs, in the order in which they must be loaded.
 *
 * WHAT        Debian's kernels have virtio, 9p and overlay as modules. A package that was only
 *             unpacked has no modules.dep (depmod makes it on installation), but each module
 *             says in its .modinfo section what it depends on, and modules.order has the path of
 *             each. Names are compared with '-' and '_' being the same, as the kernel does.
 * INVARIANTS  I1  A module stands in the set once, after everything it depends on.
 * ERRORS      A module that is missing or damaged ends the command with one line.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "modules.h"
#include "report.h"
#include "unpack.h"

#define DEPTH_MAX 16

static bool same_name(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char x = a[i] == '-' ? '_' : a[i];
		char y = b[i] == '-' ? '_' : b[i];

		if (x != y)
			return false;
	}
	return true;
}

/* Find the line whose last part is @name.ko. Returns a copy of the line, or NULL. */
static char *find_line(const struct bytes *list, const char *name)
{
	const char *line = (const char *)list->at, *end = line + list->len;
	size_t name_len = strlen(name);

	while (line < end) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		const char *stop = next ? next : end;
		const char *slash = memrchr(line, '/', (size_t)(stop - line));
		const char *base = slash ? slash + 1 : line;

		if ((size_t)(stop - base) >= name_len + 3 && same_name(base, name, name_len) &&
		    !memcmp(base + name_len, ".ko", 3))
			return strndup(line, (size_t)(stop - line));
		line = stop + 1;
	}
	return NULL;
}

/* ---- a module file ---- */

static const char *const endings[] = { "", ".xz", ".zst", ".gz" };

/* modules.order names .ko; the file itself may be packed. */
static void read_object(struct bytes *object, const char *dir, const char *path)
{
	struct bytes packed = { 0 };
	int error = -ENOENT;
	char *full = NULL;

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]) && error == -ENOENT; i++) {
		free(full);
		full = must_format("%s/%s%s", dir, path, endings[i]);
		error = bytes_read_file(&packed, full);
	}
	if (error)
		die("cannot read the module %s/%s: %s", dir, path, strerror(-error));
	if (unpack_format(packed.at, packed.len)) {
		error = unpack(object, packed.at, packed.len);
		bytes_fini(&packed);
		if (error)
			die("cannot unpack the module %s: %s", full, strerror(-error));
	} else {
		*object = packed;
	}
	free(full);
}

/* Copy section header @index, whose bytes lie in the file. False when there is none. */
static bool section(const struct bytes *b, unsigned index, Elf64_Shdr *sh)
{
	Elf64_Ehdr eh;

	if (b->len < sizeof(eh))
		return false;
	memcpy(&eh, b->at, sizeof(eh));
	if (memcmp(eh.e_ident, ELFMAG, SELFMAG) || index >= eh.e_shnum ||
	    eh.e_shentsize != sizeof(*sh) || eh.e_shoff > b->len ||
	    (b->len - eh.e_shoff) / sizeof(*sh) <= index)
		return false;
	memcpy(sh, b->at + eh.e_shoff + index * sizeof(*sh), sizeof(*sh));
	return sh->sh_type == SHT_NOBITS ||
	       (sh->sh_offset <= b->len && sh->sh_size <= b->len - sh->sh_offset);
}

static bool section_named(const struct bytes *b, const char *name, Elf64_Shdr *sh)
{
	Elf64_Shdr names;
	Elf64_Ehdr eh;

	if (b->len < sizeof(eh))
		return false;
	memcpy(&eh, b->at, sizeof(eh));
	if (!section(b, eh.e_shstrndx, &names) || names.sh_type == SHT_NOBITS)
		return false;
	for (unsigned i = 0; section(b, i, sh); i++) {
		size_t room = sh->sh_name < names.sh_size ? names.sh_size - sh->sh_name : 0;

		if (room > strlen(name) && sh->sh_type != SHT_NOBITS &&
		    !strncmp((const char *)b->at + names.sh_offset + sh->sh_name, name, room))
			return true;
	}
	return false;
}

/* The value of @key in .modinfo ("key=value" strings), as a copy; NULL without. */
static char *modinfo(const struct bytes *object, const char *key)
{
	size_t key_len = strlen(key), at = 0;
	const char *text;
	Elf64_Shdr sh;

	if (!section_named(object, ".modinfo", &sh))
		return NULL;
	text = (const char *)object->at + sh.sh_offset;
	while (at < sh.sh_size) {
		size_t len = strnlen(text + at, sh.sh_size - at);

		if (len > key_len && !memcmp(text + at, key, key_len) && text[at + key_len] == '=')
			return strndup(text + at + key_len + 1, len - key_len - 1);
		at += len + 1;
	}
	return NULL;
}

/* ---- the set ---- */

static bool holds(const struct module_set *set, const char *name)
{
	for (int i = 0; i < set->nr_modules; i++)
		if (strlen(set->modules[i].name) == strlen(name) + 3 &&
		    same_name(set->modules[i].name, name, strlen(name)))
			return true;
	return false;
}

static bool is_builtin(const struct module_set *set, const char *name)
{
	char *line = find_line(&set->builtin, name);

	free(line);
	return line != NULL;
}

static void append(struct module_set *set, const char *path, struct bytes *object)
{
	const char *slash = strrchr(path, '/');

	set->modules =
	    must_realloc(set->modules, sizeof(*set->modules) * (size_t)(set->nr_modules + 1));
	set->modules[set->nr_modules++] =
	    (struct module){ .name = strdup(slash ? slash + 1 : path), .object = *object };
}

static void add(struct module_set *set, const char *name, int depth)
{
	struct bytes object = { 0 };
	char *path, *depends, *rest, *one;

	if (holds(set, name) || is_builtin(set, name))
		return;
	path = find_line(&set->order, name);
	if (!path)
		die("the kernel in %s has no module %s", set->dir, name);
	if (depth > DEPTH_MAX)
		die("the modules in %s depend on each other in a circle (%s)", set->dir, name);
	read_object(&object, set->dir, path);
	depends = modinfo(&object, "depends");
	for (rest = depends; (one = strsep(&rest, ","));)
		if (*one)
			add(set, one, depth + 1);
	free(depends);
	append(set, path, &object);
	free(path);
}

void module_set_init(struct module_set *set, const char *dir)
{
	char *order = must_format("%s/modules.order", dir);
	char *builtin = must_format("%s/modules.builtin", dir);
	int error;

	*set = (struct module_set){ .dir = dir };
	error = bytes_read_file(&set->order, order);
	if (error)
		die("cannot read %s: %s", order, strerror(-error));
	bytes_read_file(&set->builtin, builtin);
	free(order);
	free(builtin);
}

void module_set_fini(struct module_set *set)
{
	for (int i = 0; i < set->nr_modules; i++) {
		free(set->modules[i].name);
		bytes_fini(&set->modules[i].object);
	}
	free(set->modules);
	bytes_fini(&set->order);
	bytes_fini(&set->builtin);
}

bool module_set_offers(const struct module_set *set, const char *name)
{
	char *line = find_line(&set->order, name);

	free(line);
	return line || is_builtin(set, name);
}

void module_set_add(struct module_set *set, const char *name)
{
	add(set, name, 0);
}

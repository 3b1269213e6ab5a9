/* SPDX-License-Identifier: GPL-2.0-only */
/* modules.h - the modules a foreign kernel needs, in the order in which they must be loaded. */
#ifndef HOST_MODULES_H
#define HOST_MODULES_H

#include <stdbool.h>
#include "bytes.h"

struct module {
	char *name;          /* "virtio_console.ko" */
	struct bytes object; /* unpacked */
};

struct module_set {
	const char *dir;
	struct bytes order; /* modules.order, as lines */
	struct bytes builtin;
	struct module *modules;
	int nr_modules;
};

/* Read the lists of @dir (lib/modules/RELEASE). Dies when they cannot be read. */
void module_set_init(struct module_set *set, const char *dir);
void module_set_fini(struct module_set *set);

/* Does the kernel have it, as a module or built in? */
bool module_set_offers(const struct module_set *set, const char *name);

/* Add @name and, before it, what it depends on. Nothing if built in; dies if there is none. */
void module_set_add(struct module_set *set, const char *name);

#endif

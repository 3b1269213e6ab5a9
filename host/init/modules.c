/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * modules.c - load the modules that the launcher packed for a kernel that needs them.
 *
 * WHAT        The launcher has resolved dependencies: loading in the order of the configuration
 *             is enough. On a kernel with everything built in the list is empty. A module that
 *             fails is named, and we go on: what it was for fails with a line of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include "guest.h"
#include "sys.h"
#include "text.h"

static void load(const char *name)
{
	struct line path;
	long fd, error;

	line_init(&path);
	line_add(&path, MODULES_PATH);
	line_add(&path, name);
	path.text[path.len] = 0;
	fd = SYS(open, path.text, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		say("cannot open the module", name, fd);
		return;
	}
	error = SYS(finit_module, fd, "", 0);
	if (error < 0 && error != -EEXIST)
		say("cannot load the module", name, error);
	SYS(close, fd);
	SYS(unlink, path.text);
}

void modules_load(const struct config *config)
{
	for (int i = 0; i < config->nr_modules; i++)
		load(config->modules[i]);
}

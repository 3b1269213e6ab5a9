/* SPDX-License-Identifier: GPL-2.0-only */
/* initramfs.h - what the guest's kernel finds as its first root. */
#ifndef HOST_INITRAMFS_H
#define HOST_INITRAMFS_H

#include "bytes.h"
#include "modules.h"
#include "options.h"

/* Add the archive for this run to @out: init, @config, modules; @modules may be NULL. */
void initramfs_build(struct bytes *out, const struct options *options, const struct bytes *config,
		     const struct module_set *modules);

#endif

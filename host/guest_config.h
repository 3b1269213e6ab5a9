/* SPDX-License-Identifier: GPL-2.0-only */
/* guest_config.h - the configuration of one run, for the guest's first process. */
#ifndef HOST_GUEST_CONFIG_H
#define HOST_GUEST_CONFIG_H

#include "bytes.h"
#include "modules.h"
#include "options.h"
#include "share.h"
#include "terminal.h"

/* Add the records to @out (see protocol.h). @modules may be NULL. */
void guest_config_build(struct bytes *out, const struct options *options,
			const struct share_set *shares, const struct module_set *modules,
			const struct terminal *terminal);

#endif

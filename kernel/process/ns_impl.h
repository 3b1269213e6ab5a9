/* SPDX-License-Identifier: GPL-2.0-only */
/* ns_impl.h - between the files about namespaces. */
#pragma once

#include <lib/types.h>

/* Numbers that nsfs shows, from 0xf0000000 up. */
u32 ns_inum_alloc(void);
void ns_inum_free(u32 inum);

void pid_namespaces_init(void);

/* A bundle like @old that nobody else has; NULL: no memory. */
struct nsproxy *nsproxy_clone(struct nsproxy *old);
/* Make @nsp (consumed) the caller's. */
void nsproxy_install(struct nsproxy *nsp);

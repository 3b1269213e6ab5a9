/* SPDX-License-Identifier: GPL-2.0-only */
/* ns_impl.h - between the files about namespaces. */
#pragma once

#include <lib/types.h>

/* Numbers that nsfs shows, from 0xf0000000 up. */
u32 ns_inum_alloc(void);
void ns_inum_free(u32 inum);

void pid_namespaces_init(void);
void nsfs_init(void);

/* The namespace that @file of nsfs stands for, borrowed; NULL for other files. */
struct ns_ref *ns_ref_of_file(struct file *file);
/* Is @ns the same as @of or below it? */
bool pid_ns_is_in(struct pid_namespace *ns, struct pid_namespace *of);

/* A bundle like @old that nobody else has; NULL: no memory. */
struct nsproxy *nsproxy_clone(struct nsproxy *old);
/* Make @nsp (consumed) the caller's. */
void nsproxy_install(struct nsproxy *nsp);

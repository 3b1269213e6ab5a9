/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lib_port.h - what lib needs from above; each function has exactly one definer, found at link time.
 */
#ifndef LIB_LIB_PORT_H
#define LIB_LIB_PORT_H

#include <lib/types.h>

struct xa_node;

/* A zeroed struct xa_node or NULL. Defined by pages/. */
void *xa_node_alloc(gfp_t gfp);
/* Free @node after a grace period; its rcu member is the caller's to use. Defined by pages/. */
void xa_node_free_rcu(struct xa_node *node);
/* The name of the function or object that holds @addr, with offset and size, or NULL. Defined by log/. */
const char *symbol_lookup(unsigned long addr, unsigned long *off, unsigned long *size);
/* A KASSERT failed: panics. Defined by log/. */
__noreturn void assert_fail(const char *expr, const char *file, int line);
/* A WARN_ON was true: reports with a backtrace and goes on. Defined by log/. */
void warn_fail(const char *expr, const char *file, int line);

#endif

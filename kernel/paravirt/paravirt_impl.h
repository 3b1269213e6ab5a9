/* SPDX-License-Identifier: GPL-2.0-only */
/* paravirt_impl.h - between the back ends, the patcher and the tracer. */
#ifndef PARAVIRT_IMPL_H
#define PARAVIRT_IMPL_H

#include <paravirt/paravirt.h>

extern const struct pv_backend pv_native_backend;

/* Turns every site into what @backend wants; with @direct only into direct calls and jumps. */
void pv_patch_all(const struct pv_backend *backend, bool direct_only);
/* Puts counting stubs into pv_ops; they go on to the operations that were there. */
void pv_trace_start(void);

#endif

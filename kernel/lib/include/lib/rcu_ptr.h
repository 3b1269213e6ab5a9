/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rcu_ptr.h - publish and read a pointer that readers follow without a lock. The grace periods themselves
 * belong to sync/rcu.h; here is only the memory order of the pointer.
 */
#ifndef LIB_RCU_PTR_H
#define LIB_RCU_PTR_H

#include <lib/types.h>

/* Publish @v in @p: whatever was written to *v before is seen by whoever reads p with rcu_dereference(). */
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
/* For NULL, or for an object that is not reachable yet. */
#define RCU_INIT_POINTER(p, v) WRITE_ONCE(p, v)

/* Read inside a read-side section. The address dependency orders the reads that follow. */
#define rcu_dereference(p) READ_ONCE(p)
#define rcu_dereference_raw(p) READ_ONCE(p)
#define rcu_dereference_check(p, c) READ_ONCE(p)
/* Read by the writer, whose lock is @c's business. */
#define rcu_dereference_protected(p, c) (p)
/* Only the value matters, nobody follows it. */
#define rcu_access_pointer(p) READ_ONCE(p)

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* alloc_stall_impl.h - the one place where an allocation waits for others to free. */
#ifndef PAGES_ALLOC_STALL_IMPL_H
#define PAGES_ALLOC_STALL_IMPL_H

#include <pages/gfp.h>

/* One request's waiting; zeroed at its beginning. */
struct alloc_stall {
	u64 begin_ns;	     /* of the first wait; 0: none yet */
	u64 said_ns;	     /* when the log last named the caller, or the beginning */
	unsigned long freed; /* frames that the machine had freed when it last looked */
	u32 nr_waits;
	u32 nr_idle;	 /* waits in which nobody freed anything */
	u32 nr_idle_row; /* the last ones of them in a row */
};

/* Let others run and free, on @nodes best, a moment; count it; name the caller when that has taken too long. */
void alloc_stall_wait(struct alloc_stall *stall, u32 nodes, gfp_t gfp, unsigned int order);

#endif

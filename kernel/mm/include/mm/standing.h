/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standing.h - the memory that a process reserved for itself. Theory: standing.c; for users: docs/reserve.md.
 *
 * prctl(PR_PERENNIAL_RESERVE_SET, bytes, nodes, 0, 0): from now on this much is the process' own; 0 bytes gives it up. nodes: a bit each,
 * 0 is all. prctl(PR_PERENNIAL_RESERVE_GET, 0, 0, 0, 0): how much it has.
 */
#ifndef MM_STANDING_H
#define MM_STANDING_H

#include <lib/types.h>

struct mm;

/* Options of prctl(2) in a range of our own: "PN" and a number. */
#define PR_PERENNIAL_RESERVE_SET 0x504e0001
#define PR_PERENNIAL_RESERVE_GET 0x504e0002

/*
 * The prctl for the current process, which @owner stands for. 0, -EINVAL (nodes without memory), -EBUSY (another thread is at it),
 * -EPERM (RLIMIT_MEMLOCK without CAP_IPC_LOCK), -ENOMEM (the cap, or no such memory), -EMFILE, -EINTR.
 */
long mm_standing_set(const void *owner, unsigned long bytes, unsigned long nodes);
long mm_standing_bytes(void);
/* exec: the reserve of @owner's old memory serves the new. Nobody else runs in either. */
void mm_standing_move(struct mm *to, struct mm *from, const void *owner);
/* @mm has no user any more. */
void mm_standing_drop(struct mm *mm);
/* Is all that it has covered by its reserve? Then it is no victim of the OOM killer. RCU or a users reference. */
bool mm_standing_protects(const struct mm *mm);
/* Pages in all and not drawn; false: it has none. */
bool mm_standing_read(const struct mm *mm, unsigned long *size, unsigned long *left);

#endif

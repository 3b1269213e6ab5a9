/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standing.h - the memory that a process reserved for itself. Theory: standing.c; for users: docs/reserve.md.
 *
 * prctl(PR_PERENNIAL_RESERVE_SET, bytes, nodes, 0, 0): from now on this much is the process' own; 0 bytes gives it up. nodes: a bit each,
 * 0 is all. What fails changes nothing. prctl(PR_PERENNIAL_RESERVE_GET, 0, 0, 0, 0): how much it has.
 */
#ifndef MM_STANDING_H
#define MM_STANDING_H

#include <lib/types.h>

struct mm;

/* Options of prctl(2) in a range of our own: "PN" and a number. */
#define PR_PERENNIAL_RESERVE_SET 0x504e0001
#define PR_PERENNIAL_RESERVE_GET 0x504e0002

/*
 * The prctl for the current process, which @owner stands for. 0, -EINVAL (nodes without memory), -EBUSY (another thread, or process in the
 * same memory, is at it),
 * -EPERM (RLIMIT_MEMLOCK without CAP_IPC_LOCK), -ENOMEM (the cap, or no such memory), -EMFILE, -EINTR (killed), -EPARK.
 */
long mm_standing_set(const void *owner, unsigned long bytes, unsigned long nodes);
long mm_standing_bytes(void);
/*
 * exec: the reserve of @owner's old memory serves the new, in which nobody runs yet. Other processes may run in the old: the reserve stays
 * there when one of them opened it, or changes it at this moment.
 */
void mm_standing_move(struct mm *to, struct mm *from, const void *owner);
/* @mm has no user any more. */
void mm_standing_drop(struct mm *mm);
/*
 * Protected: what is mapped of it and its page tables are no more pages than its reserve. This says nothing about what else it has had
 * allocated (pipes, sockets, files in memory that are not mapped), and anybody may have a reserve. So whoever looks for a victim takes such
 * a process after all others, not never. RCU or a users reference.
 */
bool mm_standing_protects(const struct mm *mm);
/* Pages in all and not drawn; false: it has none. */
bool mm_standing_read(const struct mm *mm, unsigned long *size, unsigned long *left);

#endif

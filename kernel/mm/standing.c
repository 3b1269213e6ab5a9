/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standing.c - a process reserves memory for itself: who may, how much, and for how long
 *
 * WHAT        A struct mm_standing hangs on the memory of the process that asked (prctl). While it does, what the process' threads
 *             allocate (anonymous and stack pages, page tables, kernel stacks, objects) comes from it where the general pool has
 *             none to spare: without failing and without reclaim. A file's cache does not; nor what reclaim, run by one of them,
 *             allocates for itself; nor what other contexts do for the process. exec keeps it, fork does not pass it on, threads share it, and so does whoever else runs in the memory.
 * INVARIANTS  R1  One object is one reserve: open before it is found at mm->standing, closed when nobody can find it there any more, freed
 *                 when those who had found it are done. It is never opened again.
 *             R2  user->locked_pages has the size of each open reserve that was not set with CAP_IPC_LOCK.
 *             R3  mm->standing changes in the hands of who set mm->standing_is_busy, or when nobody else uses @mm (to exec's new memory,
 *                 from one that is given up).
 * LOCKING     mm->standing_is_busy, an atomic flag that nobody waits for: it is held over the wait in line, and given back when the call
 *             parks. An exec that finds it set leaves the reserve behind. Readers of mm->standing: RCU, until they are done with it.
 * ERRORS      standing.h
 * TESTS       tests/guest/mm/reserve_test.c, reserve_change_test.c
 */
#include "mm_impl.h"

#include <lib/err.h>
#include <linux/capability.h>
#include <linux/resource.h>
#include <mm/mm_port.h>
#include <mm/standing.h>
#include <pages/pages_port.h>
#include <pages/reserve.h>
#include <pages/zone.h>
#include <sched/cred.h>
#include <sync/rcu.h>

/* There are only so many reserves in all: small ones count as 1 MiB, so that one user does not take every place. */
#define COUNTED_LEAST 256ul

/* What a reserve counts in the locked memory of a user (a reference); NULL: in nobody's. */
struct count {
	struct user_struct *user;
	long nr_pages;
};

struct mm_standing {
	struct reserve reserve;
	const void *owner;  /* final: who may take it along through exec; compared, never followed */
	u32 nodes;	    /* final: where it was asked for */
	struct count count; /* R2; mm->standing_is_busy */
	struct rcu_head rcu;
};

/* What a task allocates for a file's cache, or to free memory for all, is not its process' own. */
struct reserve *task_standing_reserve(void)
{
	struct mm *mm = current->mm;
	struct mm_standing *standing = likely(mm) ? smp_load_acquire(&mm->standing) : NULL; /* pairs with publish() */

	return unlikely(standing) && !(current->flags & (PF_PAGE_CACHE | PF_MEMALLOC)) ? &standing->reserve : NULL;
}

/* --- who pays: the user's locked memory ------------------------------------------------------------- */

/* By how much @count exceeds @old, in place of which it comes. */
static long more_than(const struct count *count, const struct count *old)
{
	return count->user == old->user ? count->nr_pages - old->nr_pages : count->nr_pages;
}

/* Not after all. */
static void count_undo(const struct count *count, const struct count *old)
{
	if (!count->user)
		return;
	atomic_long_sub(more_than(count, old), &count->user->locked_pages);
	put_uid(count->user);
}

/* Count @nr_pages for the caller as @count, which takes the place of @old: count_replace() or count_undo() follows. */
static int count_in(struct count *count, const struct count *old, unsigned long nr_pages)
{
	unsigned long limit = process_rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	struct user_struct *user = current->cred->user;
	long more;

	*count = (struct count){ 0 };
	if (process_capable(CAP_IPC_LOCK))
		return 0;
	*count = (struct count){ .user = get_uid(user), .nr_pages = max(nr_pages, COUNTED_LEAST) };
	more = more_than(count, old);
	if ((unsigned long)atomic_long_add_return(more, &user->locked_pages) <= limit || more <= 0)
		return 0;
	count_undo(count, old);
	return -EPERM;
}

/* @count, which may be of nobody, stands for @old too. */
static void count_replace(const struct count *count, const struct count *old)
{
	if (!old->user)
		return;
	if (old->user != count->user)
		atomic_long_sub(old->nr_pages, &old->user->locked_pages);
	put_uid(old->user);
}

/* --- open and close ------------------------------------------------------------------------------------ */

static const struct count counts_nothing;

static struct mm_standing *standing_open(const void *owner, unsigned long nr_pages, u32 nodes)
{
	struct mm_standing *standing = kzalloc(sizeof(*standing), GFP_KERNEL);
	int err;

	if (!standing)
		return ERR_PTR(-ENOMEM);
	standing->owner = owner;
	standing->nodes = nodes;
	err = reserve_standing_open(&standing->reserve, nr_pages, nodes);
	if (!err)
		return standing;
	kfree(standing);
	return ERR_PTR(err);
}

static void standing_reclaim(struct rcu_head *head)
{
	kfree(container_of(head, struct mm_standing, rcu));
}

static const struct rcu_ops standing_rcu_ops = { .name = "mm_standing", .reclaim = standing_reclaim };

/* @next, or NULL, is what @mm has from now on (R3); what it had is closed. */
static void publish(struct mm *mm, struct mm_standing *next)
{
	struct mm_standing *old = mm->standing;

	smp_store_release(&mm->standing, next); /* pairs with task_standing_reserve(), mm_standing_read() */
	if (!old)
		return;
	reserve_standing_close(&old->reserve);
	count_replace(&counts_nothing, &old->count);
	call_rcu(&old->rcu, &standing_rcu_ops); /* R1 */
}

/* A new size, in place. On other nodes than before: a new reserve beside the old one, which then goes. */
static int resize(struct mm *mm, const void *owner, unsigned long nr_pages, u32 nodes)
{
	struct mm_standing *old = mm->standing, *standing = old;
	const struct count had = old ? old->count : counts_nothing;
	struct count count;
	int err = count_in(&count, &had, nr_pages);

	if (err)
		return err;
	if (old && old->nodes == nodes)
		err = reserve_standing_resize(&old->reserve, nr_pages, nodes);
	else
		err = PTR_ERR_OR_ZERO(standing = standing_open(owner, nr_pages, nodes));
	if (err) {
		count_undo(&count, &had);
		return err;
	}
	count_replace(&count, &had);
	if (old)
		old->count = counts_nothing;
	standing->count = count;
	if (standing != old)
		publish(mm, standing);
	return 0;
}

long mm_standing_set(const void *owner, unsigned long bytes, unsigned long nodes)
{
	unsigned long nr_pages = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	struct mm *mm = current->mm;
	int err = 0;

	nodes = nodes ? nodes : nodes_with_memory();
	if (nodes & ~(unsigned long)nodes_with_memory() || bytes > LONG_MAX)
		return -EINVAL;
	if (xchg(&mm->standing_is_busy, 1u))
		return -EBUSY;
	if (nr_pages)
		err = resize(mm, owner, nr_pages, nodes);
	else
		publish(mm, NULL);
	smp_store_release(&mm->standing_is_busy, 0u);
	return err;
}

long mm_standing_bytes(void)
{
	unsigned long size, left;

	return mm_standing_read(current->mm, &size, &left) ? (long)(size << PAGE_SHIFT) : 0;
}

/* --- its life ------------------------------------------------------------------------------------------ */

void mm_standing_move(struct mm *to, struct mm *from, const void *owner)
{
	struct mm_standing *standing;

	if (!READ_ONCE(from->standing) || xchg(&from->standing_is_busy, 1u))
		return;
	standing = from->standing;
	if (standing && standing->owner == owner) { /* not of the parent, in whose memory it runs */
		WRITE_ONCE(from->standing, NULL);
		smp_store_release(&to->standing, standing);
	}
	smp_store_release(&from->standing_is_busy, 0u);
}

void mm_standing_drop(struct mm *mm)
{
	if (unlikely(mm->standing))
		publish(mm, NULL);
}

/* --- what others ask ----------------------------------------------------------------------------------- */

bool mm_standing_read(const struct mm *mm, unsigned long *size, unsigned long *left)
{
	const struct mm_standing *standing;

	with_rcu();
	standing = smp_load_acquire(&mm->standing);
	if (!standing)
		return false;
	*size = READ_ONCE(standing->reserve.size);
	*left = reserve_left(&standing->reserve);
	return true;
}

bool mm_standing_protects(const struct mm *mm)
{
	unsigned long size, left;

	if (!mm_standing_read(mm, &size, &left))
		return false;
	return mm_rss(mm) + ((unsigned long)atomic_long_read(&mm->pgtables_bytes) >> PAGE_SHIFT) <= size;
}

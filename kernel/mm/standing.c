/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standing.c - a process reserves memory for itself: who may, how much, and for how long
 *
 * WHAT        A struct mm_standing hangs on the memory of the process that asked (prctl). While it is open, what the process' threads
 *             allocate (anonymous and stack pages, page tables, kernel stacks, objects) comes from it where the general pool has
 *             none to spare: without failing and without reclaim. A file's cache does not; nor does what other contexts do for
 *             the process. exec keeps it, fork does not pass it on, threads share it.
 * INVARIANTS  R1  mm->standing is set once, by one of its users, and leaves by exec or with the last user.
 *             R2  user->locked_pages has the size of each open reserve that was not opened with CAP_IPC_LOCK.
 *             R3  Only who holds is_busy opens and closes; is_open is true while frames may be drawn.
 * LOCKING     is_busy, an atomic flag that nobody waits for. Readers of mm->standing that are no users of @mm: RCU.
 * ERRORS      standing.h
 * TESTS       tests/guest/mm/reserve_test.c
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

struct mm_standing {
	struct reserve reserve;
	const void *owner;	  /* final: who may take it along through exec; compared, never followed */
	struct user_struct *user; /* R2: NULL when nothing is counted; is_busy */
	unsigned long nr_counted;
	u32 is_busy;		  /* atomic; R3 */
	bool is_open;
	struct rcu_head rcu;
};

struct reserve *task_standing_reserve(void)
{
	struct mm *mm = current->mm;
	struct mm_standing *standing = likely(mm) ? READ_ONCE(mm->standing) : NULL;

	return unlikely(standing) && smp_load_acquire(&standing->is_open) ? &standing->reserve : NULL;
}

/* --- who pays: the user's locked memory ------------------------------------------------------------- */

static int count_in(struct mm_standing *standing, unsigned long nr_pages)
{
	unsigned long limit = process_rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;
	struct user_struct *user = current->cred->user;

	if (process_capable(CAP_IPC_LOCK))
		return 0;
	nr_pages = max(nr_pages, COUNTED_LEAST);
	if ((unsigned long)atomic_long_add_return(nr_pages, &user->locked_pages) > limit) {
		atomic_long_sub(nr_pages, &user->locked_pages);
		return -EPERM;
	}
	standing->user = get_uid(user);
	standing->nr_counted = nr_pages;
	return 0;
}

static void count_out(struct mm_standing *standing)
{
	if (!standing->user)
		return;
	atomic_long_sub(standing->nr_counted, &standing->user->locked_pages);
	put_uid(standing->user);
	standing->user = NULL;
}

/* --- open and close ------------------------------------------------------------------------------------ */

static void close(struct mm_standing *standing)
{
	if (!standing->is_open)
		return;
	WRITE_ONCE(standing->is_open, false);
	reserve_standing_close(&standing->reserve);
	count_out(standing);
}

/* A new size replaces the old one: what is in use stays in use, but is not the reserve's any more. */
static int reopen(struct mm_standing *standing, unsigned long nr_pages, u32 nodes)
{
	int err;

	close(standing);
	if (!nr_pages)
		return 0;
	err = count_in(standing, nr_pages);
	if (err)
		return err;
	err = reserve_standing_open(&standing->reserve, nr_pages, nodes);
	if (err)
		count_out(standing);
	else
		smp_store_release(&standing->is_open, true);
	return err;
}

static struct mm_standing *get_or_make(struct mm *mm, const void *owner)
{
	struct mm_standing *standing = READ_ONCE(mm->standing), *none = NULL;

	if (standing)
		return standing;
	standing = kzalloc(sizeof(*standing), GFP_KERNEL);
	if (!standing)
		return NULL;
	standing->owner = owner;
	if (try_cmpxchg(&mm->standing, &none, standing)) /* R1 */
		return standing;
	kfree(standing);
	return none;
}

long mm_standing_set(const void *owner, unsigned long bytes, unsigned long nodes)
{
	struct mm_standing *standing;
	int err;

	nodes = nodes ? nodes : nodes_with_memory();
	if (nodes & ~(unsigned long)nodes_with_memory() || bytes > LONG_MAX)
		return -EINVAL;
	standing = get_or_make(current->mm, owner);
	if (!standing)
		return -ENOMEM;
	if (xchg(&standing->is_busy, 1u))
		return -EBUSY;
	err = reopen(standing, PAGE_ALIGN(bytes) >> PAGE_SHIFT, nodes);
	smp_store_release(&standing->is_busy, 0u);
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
	struct mm_standing *standing = READ_ONCE(from->standing);

	if (!standing || standing->owner != owner)
		return; /* none, or a child that runs in its parent's memory */
	WRITE_ONCE(from->standing, NULL);
	smp_store_release(&to->standing, standing);
}

static void standing_reclaim(struct rcu_head *head)
{
	kfree(container_of(head, struct mm_standing, rcu));
}

static const struct rcu_ops standing_rcu_ops = { .name = "mm_standing", .reclaim = standing_reclaim };

void mm_standing_drop(struct mm *mm)
{
	struct mm_standing *standing = mm->standing;

	if (likely(!standing))
		return;
	WRITE_ONCE(mm->standing, NULL);
	close(standing);
	call_rcu(&standing->rcu, &standing_rcu_ops);
}

/* --- what others ask ----------------------------------------------------------------------------------- */

bool mm_standing_read(const struct mm *mm, unsigned long *size, unsigned long *left)
{
	const struct mm_standing *standing;

	with_rcu();
	standing = READ_ONCE(mm->standing);
	if (!standing || !smp_load_acquire(&standing->is_open))
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

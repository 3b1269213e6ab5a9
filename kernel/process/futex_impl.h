/* SPDX-License-Identifier: GPL-2.0-only */
/* futex_impl.h - keys, buckets and waiters of futexes. */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <sync/edge.h>
#include <sync/spinlock.h>

struct mm;

/* What a futex is: an address in one mm, or a word of an object that several may map. */
struct futex_key {
	u64 object; /* mm->id, or the mapping's id */
	u64 index;  /* address, or page index in the object */
	u32 offset; /* in the page; bit 0: object is a mapping */
};

static inline bool futex_key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->index == b->index && a->offset == b->offset;
}

struct futex_bucket {
	struct spinlock lock; /* rank FUTEX; two in address order */
	u32 nr_waiters;	      /* lock; read without it by wakers */
	struct list_head waiters;
} __cacheline_aligned;

/* One thread waiting for one word. It is the thread's edge record, or one of futex_waitv's array. */
struct futex_waiter {
	struct list_head node;	     /* bucket->lock; first come, first served */
	struct futex_bucket *bucket; /* NULL once it was woken and unlinked; changed by a requeue under both locks */
	struct futex_key key;	     /* bucket->lock */
	u32 bitset;		     /* __final while queued */
	struct thread *thread;	     /* __final */
	struct edge_wait *edge;	     /* whose wake-up ends the wait */
	s32 index;		     /* result that the wake-up carries */
};

/* Key of the word at @addr. 0, -EINVAL (not aligned), -EFAULT. May sleep when @is_shared. */
int futex_key_get(uaddr_t addr, bool is_shared, bool for_write, struct futex_key *key) __must_check;
struct futex_bucket *futex_bucket_of(const struct futex_key *key);
void futex_enqueue_locked(struct futex_waiter *waiter, struct futex_bucket *bucket, const struct futex_key *key);
/* Take @waiter off its queue. False: somebody woke it meanwhile. */
bool futex_dequeue(struct futex_waiter *waiter);
/* Queue @waiter if the word at @addr still is @value. 0, -EAGAIN, -EFAULT. */
int futex_queue_if(struct futex_waiter *waiter, uaddr_t addr, u32 value, const struct futex_key *key);
void futex_init(void);

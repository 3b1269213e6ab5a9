/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex.c - sleeping on a word of user memory.
 *
 * WHAT        A hash table of buckets, each with its own lock, holds who waits for which word. A word is named by a key: for private
 *             futexes the mm and the address, for shared ones the object behind the page. No page is pinned.
 * INVARIANTS  U1  The word is compared under the bucket's lock, so a waker that changed it before sees the waiter or the waiter sees
 *                 the change.
 *             U2  A waiter is on a queue as long as waiter->bucket is not NULL; who unlinks it clears bucket and wakes it.
 *             U3  A wait that parks keeps its waiter queued: it is an edge wait (sync/edge.h), so its place, a wake-up and a requeue are kept.
 *             U4  Same-bucket order is arrival order; a requeue appends.
 * LOCKING     bucket->lock (rank FUTEX); two of them in address order. User words under it by _nosleep access only; on a fault
 *             drop, fault in, retry.
 * ERRORS      -EAGAIN the word changed; -ETIMEDOUT; -EINVAL; -EFAULT; -ENOSYS for the PI operations.
 * TESTS       tests/guest/process/futex_test.c
 */
#include "process_impl.h"
#include "futex_impl.h"
#include "exit_impl.h"
#include "timer_impl.h"
#include "timespec_impl.h"
#include <lib/hash.h>
#include <linux/futex.h>
#include <mm/iter.h>
#include <mm/mm.h>
#include <pages/slab.h>
#include <time/ktime.h>
#include <process/process_calls.h>

enum { FUTEX_HASH_BITS = 8, FUTEX_BUCKETS = 1 << FUTEX_HASH_BITS };

static struct {
	struct futex_bucket buckets[FUTEX_BUCKETS];
} futex_state;

void futex_init(void)
{
	for (int i = 0; i < FUTEX_BUCKETS; i++) {
		spin_lock_init(&futex_state.buckets[i].lock, RANK_FUTEX);
		INIT_LIST_HEAD(&futex_state.buckets[i].waiters);
	}
}

int futex_key_get(uaddr_t addr, bool is_shared, bool for_write, struct futex_key *key)
{
	unsigned long a = uaddr_raw(addr);
	struct mm_shared_key shared;
	int ret;

	if (a & 3)
		return -EINVAL;
	if (!access_ok(addr, 4))
		return -EFAULT;
	key->object = current->mm->id;
	key->index = a;
	key->offset = 0;
	if (!is_shared)
		return 0;
	ret = mm_get_shared_key(current->mm, a, for_write, &shared);
	if (ret)
		return ret;
	if (shared.mapping) {
		key->object = shared.id;
		key->index = shared.index;
		key->offset = (u32)(a & ~PAGE_MASK) | 1;
	}
	return 0;
}

struct futex_bucket *futex_bucket_of(const struct futex_key *key)
{
	u64 h = (key->index + key->offset) * 0x9e3779b97f4a7c15ull ^ key->object * 0xd6e8feb86659fd93ull;

	return &futex_state.buckets[h * 0x9e3779b97f4a7c15ull >> (64 - FUTEX_HASH_BITS)];
}

void futex_enqueue_locked(struct futex_waiter *waiter, struct futex_bucket *bucket, const struct futex_key *key)
{
	waiter->key = *key;
	list_add_tail(&waiter->node, &bucket->waiters);
	WRITE_ONCE(waiter->bucket, bucket);
}

static void unlink_locked(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket = waiter->bucket;

	lock_assert_held(&bucket->lock);
	list_del_init(&waiter->node);
	WRITE_ONCE(bucket->nr_waiters, bucket->nr_waiters - 1);
}

static void wake_one_locked(struct futex_waiter *waiter, struct wake_batch *batch)
{
	struct edge_wait *edge = waiter->edge;
	s32 index = waiter->index;

	unlink_locked(waiter);
	edge_wait_wake_batched(edge, index, batch);
	/* After this store the waiter may be gone; until then it waits for it. Pairs with futex_dequeue(). */
	smp_store_release(&waiter->bucket, NULL);
}

bool futex_dequeue(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket;

	while ((bucket = smp_load_acquire(&waiter->bucket))) {
		spin_lock(&bucket->lock);
		/* A requeue may have moved it meanwhile. */
		if (bucket == waiter->bucket) {
			unlink_locked(waiter);
			waiter->bucket = NULL;
			spin_unlock(&bucket->lock);
			return true;
		}
		spin_unlock(&bucket->lock);
	}
	return false;
}

/* ---- waking ---- */

static int wake_matching_locked(struct futex_bucket *bucket, const struct futex_key *key, int nr, u32 bitset,
				struct wake_batch *batch)
{
	struct futex_waiter *waiter, *next;
	int woken = 0;

	list_for_each_entry_safe(waiter, next, &bucket->waiters, node) {
		if (!futex_key_equal(&waiter->key, key) || !(waiter->bitset & bitset))
			continue;
		wake_one_locked(waiter, batch);
		if (++woken >= nr)
			break;
	}
	return woken;
}

/*
 * A section in which waiters are woken. The woken run only when the bucket is free again: they look at it to learn that the
 * waker is done with them.
 */
static void begin_waking(struct wake_batch *batch)
{
	batch->nr = 0;
	preempt_disable();
}

static void end_waking(struct wake_batch *batch)
{
	wake_batch_finish(batch);
	preempt_enable();
}

static int futex_wake(uaddr_t addr, bool is_shared, int nr, u32 bitset)
{
	struct wake_batch batch;
	struct futex_bucket *bucket;
	struct futex_key key;
	int ret;

	if (!bitset)
		return -EINVAL;
	ret = futex_key_get(addr, is_shared, false, &key);
	if (ret)
		return ret;
	bucket = futex_bucket_of(&key);
	smp_mb(); /* pairs with count_in(): the word was changed before the count is read */
	if (!READ_ONCE(bucket->nr_waiters))
		return 0;
	begin_waking(&batch);
	spin_lock(&bucket->lock);
	ret = wake_matching_locked(bucket, &key, nr, bitset, &batch);
	spin_unlock(&bucket->lock);
	end_waking(&batch);
	return ret;
}

void futex_wake_user(uaddr_t addr, int nr)
{
	(void)futex_wake(addr, true, nr, FUTEX_BITSET_MATCH_ANY);
}

static void lock_two(struct futex_bucket *a, struct futex_bucket *b, struct wake_batch *batch)
{
	begin_waking(batch);
	spin_lock_pair(&a->lock, &b->lock);
}

static void unlock_two(struct futex_bucket *a, struct futex_bucket *b, struct wake_batch *batch)
{
	spin_unlock_pair(&a->lock, &b->lock);
	end_waking(batch);
}

/* Make the page of a word present, outside of locks. */
static int fault_in_word(uaddr_t addr)
{
	u32 value;

	return get_user_u32(addr, &value);
}

/* The same for writing. The word is not stored to: others change it meanwhile. */
static int fault_in_word_writeable(uaddr_t addr)
{
	return fault_in_writeable(addr, sizeof(u32)) ? -EFAULT : 0;
}

static bool compare_holds(u32 op, s32 old, s32 arg, int *ret)
{
	switch (op) {
	case FUTEX_OP_CMP_EQ:
		return old == arg;
	case FUTEX_OP_CMP_NE:
		return old != arg;
	case FUTEX_OP_CMP_LT:
		return old < arg;
	case FUTEX_OP_CMP_GE:
		return old >= arg;
	case FUTEX_OP_CMP_LE:
		return old <= arg;
	case FUTEX_OP_CMP_GT:
		return old > arg;
	default:
		*ret = -ENOSYS;
		return false;
	}
}

static s32 sign_extend12(u32 v)
{
	return (s32)(v << 20) >> 20;
}

static int futex_wake_op(uaddr_t addr, bool is_shared, uaddr_t addr2, int nr, int nr2, u32 encoded)
{
	u32 op = encoded >> 28 & 7, cmp = encoded >> 24 & 15, old;
	s32 op_arg = sign_extend12(encoded >> 12 & 0xfff), cmp_arg = sign_extend12(encoded & 0xfff);
	struct futex_bucket *b1, *b2;
	struct wake_batch batch;
	struct futex_key key, key2;
	int ret, err = 0;

	if (encoded & ((u32)FUTEX_OP_OPARG_SHIFT << 28))
		op_arg = (s32)(1u << (op_arg & 31));
	ret = futex_key_get(addr, is_shared, false, &key);
	if (!ret)
		ret = futex_key_get(addr2, is_shared, true, &key2);
	if (ret)
		return ret;
	b1 = futex_bucket_of(&key);
	b2 = futex_bucket_of(&key2);
	for (;;) {
		lock_two(b1, b2, &batch);
		ret = user_futex_op_nosleep(op, op_arg, addr2, &old);
		if (ret != -EFAULT)
			break;
		unlock_two(b1, b2, &batch);
		ret = fault_in_word_writeable(addr2);
		if (ret)
			return ret;
	}
	if (!ret) {
		ret = wake_matching_locked(b1, &key, nr, FUTEX_BITSET_MATCH_ANY, &batch);
		if (compare_holds(cmp, (s32)old, cmp_arg, &err))
			ret += wake_matching_locked(b2, &key2, nr2, FUTEX_BITSET_MATCH_ANY, &batch);
	}
	unlock_two(b1, b2, &batch);
	return err ? err : ret;
}

static void move_waiter(struct futex_waiter *waiter, struct futex_bucket *to, const struct futex_key *key)
{
	if (waiter->bucket != to) {
		unlink_locked(waiter);
		WRITE_ONCE(to->nr_waiters, to->nr_waiters + 1);
	} else {
		list_del_init(&waiter->node);
	}
	futex_enqueue_locked(waiter, to, key);
}

static int futex_requeue(uaddr_t addr, bool is_shared, uaddr_t addr2, int nr_wake, int nr_move, const u32 *expected)
{
	struct futex_waiter *waiter, *next;
	struct futex_bucket *b1, *b2;
	struct wake_batch batch;
	struct futex_key key, key2;
	int ret, done = 0;
	u32 value;

	if (nr_wake < 0 || nr_move < 0)
		return -EINVAL;
	ret = futex_key_get(addr, is_shared, false, &key);
	if (!ret)
		ret = futex_key_get(addr2, is_shared, false, &key2);
	if (ret)
		return ret;
	b1 = futex_bucket_of(&key);
	b2 = futex_bucket_of(&key2);
	for (;;) {
		lock_two(b1, b2, &batch);
		if (!expected || !get_user_u32_nosleep(addr, &value))
			break;
		unlock_two(b1, b2, &batch);
		ret = fault_in_word(addr);
		if (ret)
			return ret;
	}
	if (expected && value != *expected) {
		unlock_two(b1, b2, &batch);
		return -EAGAIN;
	}
	list_for_each_entry_safe(waiter, next, &b1->waiters, node) {
		if (done - nr_wake >= nr_move)
			break;
		if (!futex_key_equal(&waiter->key, &key))
			continue;
		if (++done <= nr_wake)
			wake_one_locked(waiter, &batch);
		else if (!futex_key_equal(&key, &key2))
			move_waiter(waiter, b2, &key2);
	}
	unlock_two(b1, b2, &batch);
	return done;
}

/* ---- waiting ---- */

static const struct edge_wait_ops futex_edge_ops = { .name = "futex" };

/* The thread's own waiter; made once, freed with the task. */
static struct futex_waiter *own_waiter(void)
{
	struct futex_waiter *waiter = cur->futex;

	if (waiter)
		return waiter;
	waiter = kmem_cache_zalloc(process_state.futex_cache, GFP_KERNEL);
	if (!waiter)
		return NULL;
	INIT_LIST_HEAD(&waiter->node);
	waiter->thread = current_thread();
	cur->futex = waiter;
	return waiter;
}

/* Announce a waiter before the word is read; pairs with the barrier in futex_wake(). */
static void count_in(struct futex_bucket *bucket)
{
	spin_lock(&bucket->lock);
	WRITE_ONCE(bucket->nr_waiters, bucket->nr_waiters + 1);
	smp_mb();
}

static void count_out(struct futex_bucket *bucket)
{
	WRITE_ONCE(bucket->nr_waiters, bucket->nr_waiters - 1);
	spin_unlock(&bucket->lock);
}

/* Queue @waiter if the word at @addr still is @value. 0, -EAGAIN, -EFAULT. */
int futex_queue_if(struct futex_waiter *waiter, uaddr_t addr, u32 value, const struct futex_key *key)
{
	struct futex_bucket *bucket = futex_bucket_of(key);
	u32 seen;

	for (;;) {
		count_in(bucket);
		if (!get_user_u32_nosleep(addr, &seen))
			break;
		count_out(bucket);
		if (get_user_u32(addr, &seen))
			return -EFAULT;
		if (seen != value)
			return -EAGAIN;
	}
	if (seen != value) {
		count_out(bucket);
		return -EAGAIN;
	}
	futex_enqueue_locked(waiter, bucket, key);
	spin_unlock(&bucket->lock);
	return 0;
}

static int start_wait(struct edge_wait *edge, uaddr_t addr, bool is_shared, u32 value, u32 bitset)
{
	struct futex_waiter *waiter = own_waiter();
	struct futex_key key;
	int ret;

	if (!waiter)
		return -ENOMEM;
	ret = futex_key_get(addr, is_shared, false, &key);
	if (ret)
		return ret;
	waiter->edge = edge;
	waiter->bitset = bitset;
	waiter->index = 0;
	return futex_queue_if(waiter, addr, value, &key);
}

/* @deadline is an instant of @clock. 0, -EAGAIN, -EFAULT, -ETIMEDOUT, -ERESTARTSYS, -EPARK. */
static int futex_wait_until(uaddr_t addr, bool is_shared, u32 value, u32 bitset, int clock, u64 deadline)
{
	struct edge_wait *edge = edge_wait_begin(&futex_edge_ops);
	int ret;

	if (!edge_wait_is_resumed(edge)) {
		ret = start_wait(edge, addr, is_shared, value, bitset);
		if (ret) {
			edge_wait_end(edge);
			return ret;
		}
	}
	ret = clock_edge_sleep(edge, clock, deadline);
	if (ret == -EPARK)
		return ret;
	/* Also when woken: nobody else may touch the waiter any more (U2). If time or a signal came too, the wake-up counts. */
	if (!futex_dequeue(cur->futex))
		ret = 0;
	edge_wait_end(edge);
	return ret == -ETIME ? -ETIMEDOUT : ret;
}

/* restart_syscall after a signal without a handler: the deadline stays. */
static long futex_restart(struct restart_block *block)
{
	int ret = futex_wait_until(block->user_a, block->flags & 1, (u32)block->arg[0], (u32)block->arg[1],
				   block->clock, block->deadline_ns);

	return ret == -ERESTARTSYS ? -ERESTART_RESTARTBLOCK : ret;
}

static const struct restart_ops futex_restart_ops = { .name = "futex", .restart = futex_restart };

static int futex_wait(uaddr_t addr, bool is_shared, u32 value, u32 bitset, int clock, u64 deadline)
{
	int ret;

	if (!bitset)
		return -EINVAL;
	ret = futex_wait_until(addr, is_shared, value, bitset, clock, deadline);
	if (ret != -ERESTARTSYS || deadline == DEADLINE_NEVER)
		return ret;
	cur->restart_block = (struct restart_block){
		.ops = &futex_restart_ops,
		.deadline_ns = deadline,
		.clock = clock,
		.user_a = addr,
		.flags = is_shared,
		.arg = { value, bitset },
	};
	return -ERESTART_RESTARTBLOCK;
}

/* When a wait ends, on its clock: FUTEX_WAIT's time is relative, the others' absolute. */
static int futex_deadline(uaddr_t timeout, int cmd, u64 *deadline)
{
	struct timespec64 ts;
	u64 ns;

	*deadline = DEADLINE_NEVER;
	if (uaddr_is_null(timeout) || call_deadline_kept(deadline)) /* U3: nothing may fail while the waiter is queued */
		return 0;
	if (get_timespec64(&ts, timeout))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	ns = timespec64_to_ns(&ts);
	*deadline = cmd == FUTEX_WAIT ? call_deadline(ns) : call_deadline_at(ns);
	return 0;
}

static long futex_wait_call(uaddr_t addr, bool is_shared, u32 op, u32 val, uaddr_t timeout, u32 bitset)
{
	u64 deadline;
	int clock = op & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC;
	int ret = futex_deadline(timeout, op & FUTEX_CMD_MASK, &deadline);

	return ret ? ret : futex_wait(addr, is_shared, val, bitset, clock, deadline);
}

long sys_futex(uaddr_t addr, int op, u32 val, uaddr_t timeout, uaddr_t uaddr2, u32 val3)
{
	bool is_shared = !(op & FUTEX_PRIVATE_FLAG);
	int cmd = op & FUTEX_CMD_MASK;
	u32 val2 = (u32)uaddr_raw(timeout); /* the requeue forms pass a number there */

	if ((op & FUTEX_CLOCK_REALTIME) && cmd != FUTEX_WAIT_BITSET && cmd != FUTEX_WAIT_REQUEUE_PI &&
	    cmd != FUTEX_LOCK_PI2)
		return -ENOSYS;
	switch (cmd) {
	case FUTEX_WAIT:
		return futex_wait_call(addr, is_shared, op, val, timeout, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAIT_BITSET:
		return futex_wait_call(addr, is_shared, op, val, timeout, val3);
	case FUTEX_WAKE:
		return futex_wake(addr, is_shared, val, FUTEX_BITSET_MATCH_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(addr, is_shared, val, val3);
	case FUTEX_REQUEUE:
		return futex_requeue(addr, is_shared, uaddr2, val, val2, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(addr, is_shared, uaddr2, val, val2, &val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(addr, is_shared, uaddr2, val, val2, val3);
	default:
		return -ENOSYS; /* the PI operations: CAVEATS */
	}
}

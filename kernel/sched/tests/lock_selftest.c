/* SPDX-License-Identifier: GPL-2.0-only */
/* lock_selftest.c - spinlocks, mutexes, rwsems, RCU, SRCU under several processors. */
#include <lib/err.h>
#include <arch/cpu.h>
#include <pages/slab.h>
#include <sync/held.h>
#include <sync/mutex.h>
#include <sync/rcu.h>
#include <sync/rwsem.h>
#include <sync/seqlock.h>
#include <sync/srcu.h>
#include <time/ktime.h>
#include <sched/sched.h>
#include "selftest_impl.h"

#define ROUNDS 3000

/* A thread that is never run: what it holds and what it waits for. */
static void pretend(struct thread *thread, const void *held, const void *wanted)
{
	thread->sleep_held[0] = held;
	thread->nr_sleep_held = held ? 1 : 0;
	thread->wait_lock = wanted;
}

/* The victim waits for the common lock. One of its holders waits for a stranger's lock, the other for ours. */
void test_held_search(void)
{
	struct thread *thread = kzalloc(3 * sizeof(*thread), GFP_KERNEL);
	int common = 0, strange = 0;
	struct held_search search;
	struct mutex mutex;
	bool is_known;

	EXPECT(thread);
	if (!thread)
		return;
	mutex_init(&mutex, RANK_DEVICE);
	pretend(&thread[0], NULL, &common);
	pretend(&thread[1], &common, &strange);
	pretend(&thread[2], &common, &mutex);
	EXPECT(!held_search_begin(&search));
	mutex_lock(&mutex);
	is_known = held_search_begin(&search);
	EXPECT(is_known);
	EXPECT(!held_search_visit(&search, &thread[0]));
	EXPECT(!held_search_visit(&search, &thread[1]));
	EXPECT(held_search_visit(&search, &thread[2]) == &mutex);
	EXPECT(search.nr == 2);
	EXPECT(held_search_visit(&search, &thread[2]) == &mutex);
	EXPECT(search.nr == 2); /* not looked at again */
	EXPECT(held_search_visit(&search, &thread[0]) == &mutex);
	mutex_unlock(&mutex);
	kfree(thread);
}

/* What was granted for a lock ends with its release, also if that is not the last one taken; taking it again brings nothing back. */
void test_held_grant(void)
{
	const struct thread *thread = current_thread();
	struct mutex outer, inner;

	mutex_init(&outer, RANK_DEVICE);
	mutex_init(&inner, RANK_DEVICE);
	mutex_lock(&outer);
	mutex_lock_nested(&inner, 1);
	held_grant_begin(&outer);
	EXPECT(thread->granted == &outer);
	mutex_unlock(&outer);
	EXPECT(!thread->granted && thread->hand_over == &outer);
	mutex_unlock(&inner);
	mutex_lock(&outer);
	EXPECT(!thread->granted);
	held_grant_begin(&outer);
	held_grant_end();
	EXPECT(!thread->granted && !thread->hand_over);
	mutex_unlock(&outer);
	EXPECT(!thread->nr_sleep_held);
}

struct counted {
	struct spinlock spin;
	struct mutex mutex;
	struct rw_semaphore sem;
	u64 a, b; /* equal whenever the lock is free */
	u32 nr_readers;
	u32 most_readers;
};

static void init_counted(struct counted *c)
{
	*c = (struct counted){ 0 };
	spin_lock_init(&c->spin, RANK_LEAF);
	mutex_init(&c->mutex, RANK_DEVICE);
	init_rwsem(&c->sem, RANK_DEVICE);
}

static void step(struct counted *c)
{
	u64 a = READ_ONCE(c->a);

	EXPECT(a == READ_ONCE(c->b));
	WRITE_ONCE(c->a, a + 1);
	barrier();
	WRITE_ONCE(c->b, a + 1);
}

static void work_spin(struct crew *crew, u32 member)
{
	struct counted *c = crew->data;
	unsigned long flags;
	u32 i;

	for (i = 0; i < ROUNDS; i++) {
		spin_lock_irqsave(&c->spin, flags);
		step(c);
		spin_unlock_irqrestore(&c->spin, flags);
	}
}

static const struct crew_ops spin_ops = { .work = work_spin };

void test_spinlock(void)
{
	struct counted c;
	struct crew crew;

	init_counted(&c);
	crew_run(&crew, &spin_ops, 6, &c, true);
	EXPECT(c.a == 6 * ROUNDS && c.b == c.a);
	EXPECT(!spin_is_locked(&c.spin));
}

static void work_mutex(struct crew *crew, u32 member)
{
	struct counted *c = crew->data;
	u32 i;

	for (i = 0; i < ROUNDS / 4; i++) {
		mutex_lock(&c->mutex);
		step(c);
		if (i % 16 == member)
			sched_yield(); /* others pile up */
		if (i % 200 == member)
			sleep_ns(20000);
		mutex_unlock(&c->mutex);
		if (i % 32 == 0 && mutex_trylock(&c->mutex)) {
			c->nr_readers++;
			mutex_unlock(&c->mutex);
		}
	}
}

static const struct crew_ops mutex_ops = { .work = work_mutex };

void test_mutex(void)
{
	struct counted c;
	struct crew crew;

	init_counted(&c);
	crew_run(&crew, &mutex_ops, 6, &c, false);
	EXPECT(c.a == 6 * (ROUNDS / 4) && c.b == c.a);
	EXPECT(!mutex_is_locked(&c.mutex));
}

static void read_side(struct counted *c)
{
	u32 readers = xadd(&c->nr_readers, 1u) + 1;

	if (readers > READ_ONCE(c->most_readers))
		WRITE_ONCE(c->most_readers, readers);
	EXPECT(READ_ONCE(c->a) == READ_ONCE(c->b));
	if (readers == 1)
		sched_yield();
	EXPECT(READ_ONCE(c->a) == READ_ONCE(c->b));
	xadd(&c->nr_readers, (u32)-1);
}

static void work_rwsem(struct crew *crew, u32 member)
{
	struct counted *c = crew->data;
	u32 i;

	for (i = 0; i < ROUNDS / 4; i++) {
		if (i % 4 != member % 4) {
			down_read(&c->sem);
			read_side(c);
			up_read(&c->sem);
			continue;
		}
		down_write(&c->sem);
		EXPECT(READ_ONCE(c->nr_readers) == 0);
		step(c);
		if (i % 64 == 0)
			sched_yield();
		if (i % 8 == 0) {
			downgrade_write(&c->sem);
			read_side(c);
			up_read(&c->sem);
		} else {
			up_write(&c->sem);
		}
	}
}

static const struct crew_ops rwsem_ops = { .work = work_rwsem };

void test_rwsem(void)
{
	struct counted c;
	struct crew crew;

	init_counted(&c);
	crew_run(&crew, &rwsem_ops, 6, &c, false);
	EXPECT(c.a == c.b && c.a > 0);
	EXPECT(!rwsem_is_locked(&c.sem) && !rwsem_is_contended(&c.sem));
	EXPECT(down_write_trylock(&c.sem));
	EXPECT(!down_read_trylock(&c.sem));
	up_write(&c.sem);
}

/* ---- rwsem: readers that keep the lock from ever being free do not keep a writer out for ever ---- */

#define ENTRIES_ENOUGH 200 /* more than any bound on passing over */

struct passed_over {
	struct rw_semaphore sem;
	bool is_held, is_writer_in, may_enter;
	u32 nr_entries; /* readers that joined while the writer waited */
};

static u32 nr_in_line(struct rw_semaphore *sem)
{
	struct list_head *node;
	u32 nr = 0;

	with_spinlock(&sem->wait_lock);
	list_for_each(node, &sem->waiters)
		nr++;
	return nr;
}

/* Reads until the writer is in line, and then until newcomers wait too. */
static void hold_while_others_join(struct passed_over *p)
{
	down_read(&p->sem);
	WRITE_ONCE(p->is_held, true);
	while (nr_in_line(&p->sem) < 1)
		sched_yield();
	WRITE_ONCE(p->may_enter, true);
	while (nr_in_line(&p->sem) < 2 && READ_ONCE(p->nr_entries) < ENTRIES_ENOUGH)
		sched_yield();
	EXPECT(READ_ONCE(p->nr_entries) < ENTRIES_ENOUGH);
	EXPECT(!READ_ONCE(p->is_writer_in));
	up_read(&p->sem);
}

static void join_again_and_again(struct passed_over *p)
{
	while (!READ_ONCE(p->may_enter))
		sched_yield();
	while (!READ_ONCE(p->is_writer_in) && p->nr_entries < ENTRIES_ENOUGH) {
		down_read(&p->sem);
		WRITE_ONCE(p->nr_entries, p->nr_entries + 1);
		up_read(&p->sem);
	}
}

static void work_passed_over(struct crew *crew, u32 member)
{
	struct passed_over *p = crew->data;

	if (member == 0) {
		hold_while_others_join(p);
		return;
	}
	while (!READ_ONCE(p->is_held))
		sched_yield();
	if (member == 1) {
		join_again_and_again(p);
		return;
	}
	down_write(&p->sem);
	WRITE_ONCE(p->is_writer_in, true);
	up_write(&p->sem);
}

static const struct crew_ops passed_over_ops = { .work = work_passed_over };

void test_rwsem_passing(void)
{
	struct passed_over p = { 0 };
	struct crew crew;

	init_rwsem(&p.sem, RANK_DEVICE);
	crew_run(&crew, &passed_over_ops, 3, &p, false);
	EXPECT(p.is_writer_in && !rwsem_is_locked(&p.sem) && !rwsem_is_contended(&p.sem));
}

/* ---- RCU: readers must never see an object after its reclaim ---- */

#define ALIVE 0x11766541u
#define GONE  0xdeadbeefu

struct rcu_object {
	struct rcu_head rcu;
	u32 magic;
	u32 *nr_reclaimed;
};

struct rcu_test {
	struct rcu_object *object; /* RCU */
	u32 nr_reclaimed, nr_called;
	u64 nr_reads;
	u64 end_ns;
};

static void reclaim_object(struct rcu_head *head)
{
	struct rcu_object *object = container_of(head, struct rcu_object, rcu);

	WRITE_ONCE(object->magic, GONE);
	WRITE_ONCE(*object->nr_reclaimed, *object->nr_reclaimed + 1);
	kfree(object);
}

static const struct rcu_ops object_rcu_ops = { .name = "selftest", .reclaim = reclaim_object };

static struct rcu_object *new_object(struct rcu_test *t)
{
	struct rcu_object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	EXPECT(object != NULL);
	object->magic = ALIVE;
	object->nr_reclaimed = &t->nr_reclaimed;
	return object;
}

static void rcu_reader(struct rcu_test *t)
{
	while (ktime_get_ns() < t->end_ns) {
		struct rcu_object *object;
		u32 i;

		rcu_read_lock();
		object = rcu_dereference(t->object);
		for (i = 0; i < 20; i++) {
			EXPECT(READ_ONCE(object->magic) == ALIVE);
			cpu_relax();
		}
		rcu_read_unlock();
		xadd(&t->nr_reads, 1ull);
	}
}

static void rcu_updater(struct rcu_test *t)
{
	u32 i = 0;

	while (ktime_get_ns() < t->end_ns) {
		struct rcu_object *old = t->object, *new = new_object(t);

		rcu_assign_pointer(t->object, new);
		t->nr_called++;
		if (i++ % 8 == 0) {
			synchronize_rcu();
			reclaim_object(&old->rcu);
		} else {
			call_rcu(&old->rcu, &object_rcu_ops);
		}
		rcu_throttle();
	}
}

static void work_rcu(struct crew *crew, u32 member)
{
	if (member == 0)
		rcu_updater(crew->data);
	else
		rcu_reader(crew->data);
}

static const struct crew_ops rcu_test_ops = { .work = work_rcu };

void test_rcu(void)
{
	struct rcu_test t = { .end_ns = ktime_get_ns() + 200000000ull };
	struct crew crew;
	u64 periods = rcu_grace_periods();

	t.object = new_object(&t);
	crew_run(&crew, &rcu_test_ops, 4, &t, false);
	rcu_barrier();
	EXPECT(t.nr_reclaimed == t.nr_called);
	EXPECT(t.nr_called > 0 && t.nr_reads > 0);
	EXPECT(rcu_grace_periods() > periods);
	kfree(t.object);
	pr_info("rcu: %u updates, %llu reads, %llu grace periods\n", t.nr_called, (unsigned long long)t.nr_reads,
		(unsigned long long)(rcu_grace_periods() - periods));
}

/* ---- SRCU ---- */

struct srcu_test {
	struct srcu_domain domain;
	u32 value; /* 1 while readers may rely on it */
	u32 must_end;
};

static void srcu_reader(struct srcu_test *t)
{
	while (!READ_ONCE(t->must_end)) {
		int token = srcu_read_lock(&t->domain);
		u32 value = READ_ONCE(t->value);

		sleep_ns(50000);
		EXPECT(value != 1 || READ_ONCE(t->value) != 2);
		srcu_read_unlock(&t->domain, token);
	}
}

static void srcu_updater(struct srcu_test *t)
{
	u32 i;

	for (i = 0; i < 20; i++) {
		WRITE_ONCE(t->value, 1);
		sleep_ns(100000);
		WRITE_ONCE(t->value, 0); /* no new reader relies on it */
		synchronize_srcu(&t->domain);
		WRITE_ONCE(t->value, 2); /* now no reader at all */
		sleep_ns(50000);
		WRITE_ONCE(t->value, 0);
		synchronize_srcu(&t->domain); /* readers that saw 2 are gone */
	}
	WRITE_ONCE(t->must_end, 1);
}

static void work_srcu(struct crew *crew, u32 member)
{
	if (member == 0)
		srcu_updater(crew->data);
	else
		srcu_reader(crew->data);
}

static const struct crew_ops srcu_test_ops = { .work = work_srcu };

void test_srcu(void)
{
	struct srcu_test *t = kzalloc(sizeof(*t), GFP_KERNEL);
	struct crew crew;

	srcu_init(&t->domain);
	crew_run(&crew, &srcu_test_ops, 4, t, false);
	kfree(t);
}

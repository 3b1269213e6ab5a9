/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * workqueue.c - pools of workers, one a processor.
 *
 * WHAT        A pool is a queue of work items and the workers that run them on its processor. Usually one worker does; when
 *             items wait and no worker is idle (they sleep inside an item), the manager adds one, so that
 *             items cannot wait for each other for ever.
 * INVARIANTS  W1  work.pending == 1 from the claim by who queues it until a worker takes it off.
 *             W2  An item runs at most once at a time: while it runs it is queued on the pool where it runs.
 *             W3  A worker does not touch an item after it has called run(): the item may be gone.
 * LOCKING     pool->lock, rank WORKQUEUE, interrupts off.
 * LIFECYCLE   workers live for ever; at most POOL_MAX_WORKERS a pool.
 * ERRORS      No memory for another worker: items wait; the manager tries again.
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/printf.h>
#include <arch/cpu.h>
#include <log/printk.h>
#include <sync/kthread.h>
#include <sync/spinlock.h>
#include <sync/still.h>
#include <sync/wait.h>
#include <sync/workqueue.h>
#include <sched/sched.h>
#include <pages/slab.h>

#define POOL_MAX_WORKERS  16
#define MANAGER_DELAY_NS  2000000ull /* so long may items wait before a worker is added */
#define MANAGER_RETRY_NS  50000000ull

struct worker {
	struct work_pool *pool;
	struct work *running; /* pool->lock; an address only (W3) */
	struct list_head node; /* pool->workers */
};

struct work_pool {
	struct spinlock lock;
	struct list_head queue;
	struct list_head workers;
	u32 nr_workers, nr_idle;
	u32 cpu;
	struct wait_queue_head more;	/* idle workers */
	struct wait_queue_head flushed; /* work_flush() */
};

struct workqueues {
	struct wait_queue_head manager_wait;
	bool manager_asked;
};

static DEFINE_PERCPU(struct work_pool, work_pool);
static struct workqueues workqueues = { .manager_wait = WAIT_QUEUE_HEAD_INIT(workqueues.manager_wait) };

static struct work_pool *pool_of(u32 cpu)
{
	return per_cpu_ptr(&work_pool, cpu);
}

static bool is_running_locked(struct work_pool *pool, const struct work *work)
{
	struct worker *worker;

	list_for_each_entry(worker, &pool->workers, node) {
		if (worker->running == work)
			return true;
	}
	return false;
}

/* ---- queueing ---- */

static void insert_locked(struct work_pool *pool, struct work *work)
{
	work->cpu = pool->cpu;
	list_add_tail(&work->node, &pool->queue);
}

static void call_worker(struct work_pool *pool)
{
	if (READ_ONCE(pool->nr_idle)) {
		wake_up(&pool->more);
		return;
	}
	WRITE_ONCE(workqueues.manager_asked, true);
	wake_up(&workqueues.manager_wait);
}

/* W2: where it runs now, else on @cpu. */
static struct work_pool *insert(struct work *work, u32 cpu)
{
	struct work_pool *last = pool_of(work->cpu), *pool = pool_of(cpu);
	unsigned long flags;

	if (last != pool) {
		spin_lock_irqsave(&last->lock, flags);
		if (is_running_locked(last, work)) {
			insert_locked(last, work);
			spin_unlock_irqrestore(&last->lock, flags);
			return last;
		}
		spin_unlock_irqrestore(&last->lock, flags);
	}
	spin_lock_irqsave(&pool->lock, flags);
	insert_locked(pool, work);
	spin_unlock_irqrestore(&pool->lock, flags);
	return pool;
}

bool work_queue_on(u32 cpu, struct work *work)
{
	if (xchg(&work->pending, 1))
		return false;
	call_worker(insert(work, cpu));
	return true;
}

bool work_queue(struct work *work)
{
	bool queued;

	preempt_disable();
	queued = work_queue_on(smp_processor_id(), work);
	preempt_enable();
	return queued;
}

/* ---- workers ---- */

static struct work *take(struct worker *worker)
{
	struct work_pool *pool = worker->pool;
	struct work *work;

	with_spinlock_irqsave(&pool->lock);
	work = list_first_entry_or_null(&pool->queue, struct work, node);
	if (!work)
		return NULL;
	list_del_init(&work->node);
	worker->running = work;
	smp_store_release(&work->pending, 0); /* from here on it may be queued again */
	return work;
}

static void run_all(struct worker *worker)
{
	struct work_pool *pool = worker->pool;
	struct work *work;
	unsigned long flags;

	while ((work = take(worker)) != NULL) {
		work->ops->run(work);
		spin_lock_irqsave(&pool->lock, flags);
		worker->running = NULL;
		spin_unlock_irqrestore(&pool->lock, flags);
		if (wq_has_sleeper(&pool->flushed))
			wake_up_all(&pool->flushed);
		if (park_pending())
			return;
	}
}

static void count_idle(struct work_pool *pool, int change)
{
	with_spinlock_irqsave(&pool->lock);

	pool->nr_idle += change;
}

static void worker_run(void *arg)
{
	struct worker *worker = arg;
	struct work_pool *pool = worker->pool;

	for (;;) {
		kthread_park_point();
		count_idle(pool, 1);
		(void)wait_event_interruptible_exclusive(pool->more, !list_empty(&pool->queue));
		count_idle(pool, -1);
		run_all(worker);
	}
}

static const struct kthread_ops worker_ops = { .name = "worker", .run = worker_run };

static bool add_worker(struct work_pool *pool)
{
	struct worker *worker = kzalloc(sizeof(*worker), GFP_KERNEL);
	struct kthread *kthread;
	char name[THREAD_NAME_LEN];

	if (!worker)
		return false;
	scnprintf(name, sizeof(name), "work%u.%u", pool->cpu, pool->nr_workers);
	worker->pool = pool;
	kthread = kthread_create_on(&worker_ops, worker, name, pool->cpu, THREAD_SERVER | THREAD_WORKER);
	if (IS_ERR(kthread)) {
		kfree(worker);
		return false;
	}
	spin_lock_irq(&pool->lock);
	list_add_tail(&worker->node, &pool->workers);
	pool->nr_workers++;
	spin_unlock_irq(&pool->lock);
	kthread_start(kthread);
	return true;
}

static bool needs_worker(const struct work_pool *pool)
{
	return !list_empty(&pool->queue) && !READ_ONCE(pool->nr_idle) && pool->nr_workers < POOL_MAX_WORKERS;
}

/* True when a worker is still missing: no memory. */
static bool add_missing_workers(void)
{
	bool failed = false;
	int cpu;

	for_each_online_cpu(cpu) {
		if (needs_worker(pool_of(cpu)))
			failed |= !add_worker(pool_of(cpu));
	}
	return failed;
}

static void manager_run(void *arg)
{
	for (;;) {
		kthread_park_point();
		(void)wait_event_interruptible(workqueues.manager_wait, READ_ONCE(workqueues.manager_asked));
		if (park_pending())
			continue;
		if (sleep_interruptible_until(ktime_get_ns() + MANAGER_DELAY_NS) == -EPARK)
			continue; /* still asked, when stillness is over */
		WRITE_ONCE(workqueues.manager_asked, false);
		if (!add_missing_workers())
			continue;
		WRITE_ONCE(workqueues.manager_asked, true);
		(void)sleep_interruptible_until(ktime_get_ns() + MANAGER_RETRY_NS);
	}
}

static const struct kthread_ops manager_ops = { .name = "workers", .run = manager_run };

/* ---- waiting and cancelling ---- */

static bool is_busy(struct work *work)
{
	struct work_pool *pool = pool_of(READ_ONCE(work->cpu));

	with_spinlock_irqsave(&pool->lock);
	return READ_ONCE(work->pending) || is_running_locked(pool, work);
}

void work_flush(struct work *work)
{
	struct work_pool *pool = pool_of(READ_ONCE(work->cpu));

	might_sleep();
	while (is_busy(work)) {
		wait_event(pool->flushed, !is_busy(work) || pool != pool_of(READ_ONCE(work->cpu)));
		pool = pool_of(READ_ONCE(work->cpu));
	}
}

/* Take @work off the queue it is on. False: not there (running, idle, or about to be inserted). */
static bool try_remove(struct work *work)
{
	struct work_pool *pool = pool_of(READ_ONCE(work->cpu));

	with_spinlock_irqsave(&pool->lock);
	if (!READ_ONCE(work->pending) || list_empty(&work->node) || work->cpu != pool->cpu)
		return false;
	list_del_init(&work->node);
	smp_store_release(&work->pending, 0);
	return true;
}

bool work_cancel_sync(struct work *work)
{
	bool was_queued = false;

	while (READ_ONCE(work->pending)) {
		was_queued |= try_remove(work);
		cpu_relax();
	}
	work_flush(work);
	return was_queued;
}

/* ---- boot ---- */

void workqueue_init_early(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct work_pool *pool = pool_of(cpu);

		pool->cpu = cpu;
		spin_lock_init(&pool->lock, RANK_WORKQUEUE);
		INIT_LIST_HEAD(&pool->queue);
		INIT_LIST_HEAD(&pool->workers);
		init_waitqueue_head(&pool->more);
		init_waitqueue_head(&pool->flushed);
	}
}

void workqueue_start(void)
{
	struct kthread *manager = kthread_create_on(&manager_ops, NULL, "workers", KTHREAD_ANY_CPU, THREAD_SERVER);
	int cpu;

	KASSERT(!IS_ERR(manager));
	for_each_online_cpu(cpu)
		KASSERT(add_worker(pool_of(cpu)));
	kthread_start(manager);
}

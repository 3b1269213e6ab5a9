/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rcu.c - grace periods: when every reader that could have seen an object is gone.
 *
 * WHAT        A reader disables preemption, so a processor that switches threads, idles, runs user code or is
 *             interrupted with preemption enabled has no reader: it is quiescent. A grace period has a number; it is over
 *             when every online processor was quiescent after the number was published. One kernel thread
 *             runs grace periods and then the callbacks; a processor that keeps it waiting gets an IPI.
 * INVARIANTS  R1  seen == n on a processor means: no reader there began before period n was published.
 *             R2  Callbacks taken before period n is published run after n is over. Each runs once, first come first
 *                 served per processor.
 *             R3  call_rcu() takes no lock, allocates nothing and wakes nobody: the tick and the idle loop do.
 * LOCKING     rcu.lock (rank RCU): cycle numbers, requests. seen: the processor itself, with interrupts off.
 * LIFECYCLE   call_rcu -> pending list -> taken by a cycle -> grace period -> reclaim()
 * ERRORS      None. A period that takes longer than RCU_STALL_NS is reported once.
 * TESTS       boot selftest=sync
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <arch/cpu.h>
#include <arch/smp.h>
#include <sync/kthread.h>
#include <sync/rcu.h>
#include <sync/sync_port.h>
#include <sync/wait.h>

#define RCU_POLL_NS	  200000ull	/* how often a period looks for stragglers */
#define RCU_PATIENCE_NS	  4000000ull	/* before it interrupts them, when nobody waits */
#define RCU_STALL_NS	  10000000000ull
#define RCU_BACKLOG_HIGH  20000u	/* a caller that may sleep helps by waiting */
#define RCU_BACKLOG_RUSH  2000u		/* no patience from here on */

struct rcu_cpu {
	struct rcu_head *pending; /* a stack: pushed here, taken whole by the thread */
	u64 nr_queued;		  /* own */
	u64 seen;		  /* the last period this processor was quiescent in */
} __aligned(64);

struct rcu_state {
	u64 period;		  /* number of the current period; published with a full barrier */
	u64 period_done;
	struct spinlock lock;
	u64 cycle_begun;	  /* lock: cycles take callbacks when they begin */
	u64 cycle_done;		  /* lock */
	u64 cycle_wanted;	  /* lock: somebody sleeps until this one is done */
	u64 nr_reclaimed;
	bool is_idle;		  /* the thread waits for work */
	bool is_stall_reported;
	struct kthread *kthread;  /* NULL before rcu_start() */
	struct wait_queue_head work_wait;
	struct wait_queue_head done_wait;
};

static DEFINE_PERCPU(struct rcu_cpu, rcu_cpu);
static struct rcu_state rcu = {
	.period = 1,
	.period_done = 1,
	.lock = SPINLOCK_INIT(RANK_RCU),
	.work_wait = WAIT_QUEUE_HEAD_INIT(rcu.work_wait),
	.done_wait = WAIT_QUEUE_HEAD_INIT(rcu.done_wait),
};

void rcu_note_quiescent(void)
{
	this_cpu_write(rcu_cpu.seen, READ_ONCE(rcu.period)); /* R1; pairs with begin_period() */
}

bool rcu_wants_quiescent(void)
{
	return this_cpu_read(rcu_cpu.seen) != READ_ONCE(rcu.period);
}

void call_rcu(struct rcu_head *head, const struct rcu_ops *ops)
{
	struct rcu_cpu *cpu;
	struct rcu_head *old;

	head->ops = ops;
	preempt_disable();
	cpu = this_cpu_ptr(&rcu_cpu);
	old = READ_ONCE(cpu->pending);
	do {
		head->next = old;
	} while (!try_cmpxchg(&cpu->pending, &old, head));
	this_cpu_inc(rcu_cpu.nr_queued);
	preempt_enable();
}

static u64 nr_queued(void)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(&rcu_cpu, cpu)->nr_queued);
	return sum;
}

u64 rcu_backlog(void)
{
	u64 done = READ_ONCE(rcu.nr_reclaimed), queued = nr_queued();

	return queued > done ? queued - done : 0;
}

u64 rcu_grace_periods(void)
{
	return READ_ONCE(rcu.period_done);
}

static bool has_pending(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		if (READ_ONCE(per_cpu_ptr(&rcu_cpu, cpu)->pending))
			return true;
	}
	return false;
}

static bool has_work(void)
{
	return READ_ONCE(rcu.cycle_wanted) > READ_ONCE(rcu.cycle_done) || has_pending();
}

void rcu_tick(void)
{
	if (READ_ONCE(rcu.is_idle) && this_cpu_read(rcu_cpu.pending))
		wake_up(&rcu.work_wait);
}

/* ---- the thread ---- */

/* Take every processor's callbacks; the newest of each processor comes first. */
static void take_pending(struct rcu_head *taken[NR_CPUS])
{
	int cpu;

	for_each_possible_cpu(cpu)
		taken[cpu] = xchg(&per_cpu_ptr(&rcu_cpu, cpu)->pending, NULL);
}

static u64 begin_period(void)
{
	u64 period = rcu.period + 1;

	smp_mb(); /* what updaters removed before, readers after "seen" cannot find: pairs with rcu_note_quiescent() */
	smp_store_mb(rcu.period, period);
	return period;
}

/* Which online processors were not quiescent in @period yet? Our own is: we are not a reader. */
static cpumask_t stragglers(u64 period)
{
	cpumask_t late = CPUMASK_NONE;
	int cpu;

	for_each_online_cpu(cpu) {
		if (smp_load_acquire(&per_cpu_ptr(&rcu_cpu, cpu)->seen) < period)
			late.bits |= 1ull << cpu;
	}
	preempt_disable();
	late.bits &= ~(1ull << smp_processor_id());
	rcu_note_quiescent();
	preempt_enable();
	return late;
}

static void interrupt_stragglers(cpumask_t late)
{
	int cpu;

	for_each_cpu(cpu, &late)
		smp_send_reschedule(cpu); /* sched_ipi() notes the quiescent state or asks for a switch */
}

static bool is_urgent(void)
{
	return READ_ONCE(rcu.cycle_wanted) >= READ_ONCE(rcu.cycle_begun) || rcu_backlog() > RCU_BACKLOG_RUSH;
}

static void report_stall(cpumask_t late, u64 begun_ns)
{
	if (rcu.is_stall_reported || ktime_get_ns() - begun_ns < RCU_STALL_NS)
		return;
	rcu.is_stall_reported = true;
	printk("\0013rcu: a grace period waits for processors %#llx since 10 s\n", (unsigned long long)late.bits);
}

static void wait_period(u64 period)
{
	u64 begun = ktime_get_ns();
	cpumask_t late = stragglers(period);

	while (!cpumask_empty(&late)) {
		u64 now = ktime_get_ns();

		if (is_urgent() || now - begun > RCU_PATIENCE_NS)
			interrupt_stragglers(late);
		set_current_state(TASK_UNINTERRUPTIBLE | TASK_IDLE_WAIT);
		schedule_until(now + RCU_POLL_NS);
		late = stragglers(period);
		report_stall(late, begun);
	}
	smp_mb(); /* readers' accesses before their "seen" come before what callbacks do */
	WRITE_ONCE(rcu.period_done, period);
}

static struct rcu_head *reverse(struct rcu_head *head)
{
	struct rcu_head *list = NULL;

	while (head) {
		struct rcu_head *next = head->next;

		head->next = list;
		list = head;
		head = next;
	}
	return list;
}

static void run_callbacks(struct rcu_head *head)
{
	struct rcu_head *next;

	for (head = reverse(head); head; head = next) {
		next = head->next;
		head->ops->reclaim(head);
		WRITE_ONCE(rcu.nr_reclaimed, rcu.nr_reclaimed + 1);
	}
}

static void run_cycle(void)
{
	struct rcu_head *taken[NR_CPUS] = { NULL };
	unsigned long flags;
	int cpu;

	spin_lock_irqsave(&rcu.lock, flags);
	rcu.cycle_begun++;
	spin_unlock_irqrestore(&rcu.lock, flags);
	take_pending(taken);
	wait_period(begin_period());
	for_each_possible_cpu(cpu)
		run_callbacks(taken[cpu]);
	spin_lock_irqsave(&rcu.lock, flags);
	rcu.cycle_done++;
	spin_unlock_irqrestore(&rcu.lock, flags);
	wake_up_all(&rcu.done_wait);
}

static void wait_for_work(void)
{
	struct wait_queue_entry entry;

	wait_entry_init(&entry, 0);
	prepare_to_wait(&rcu.work_wait, &entry, TASK_UNINTERRUPTIBLE | TASK_IDLE_WAIT);
	smp_store_mb(rcu.is_idle, true); /* before the test; pairs with rcu_tick() after a push */
	if (!has_work())
		schedule();
	WRITE_ONCE(rcu.is_idle, false);
	finish_wait(&rcu.work_wait, &entry);
}

static void rcu_thread(void *arg)
{
	for (;;) {
		wait_for_work();
		if (has_work())
			run_cycle();
	}
}

static const struct kthread_ops rcu_thread_ops = { .name = "rcu", .run = rcu_thread };

void rcu_start(void)
{
	struct kthread *kthread = kthread_create_on(&rcu_thread_ops, NULL, "rcu", KTHREAD_ANY_CPU, THREAD_NO_PARK);

	KASSERT(!IS_ERR(kthread));
	rcu.kthread = kthread;
	kthread_start(kthread);
}

/* ---- waiters ---- */

/* Wait for a whole cycle that begins from now on. */
static void wait_cycle(void)
{
	unsigned long flags;
	u64 want;

	might_sleep();
	if (!rcu.kthread)
		return;
	KASSERT(current_thread() != kthread_thread(rcu.kthread));
	smp_mb(); /* the caller's removals before the cycle */
	spin_lock_irqsave(&rcu.lock, flags);
	want = rcu.cycle_begun + 1;
	if (rcu.cycle_wanted < want)
		rcu.cycle_wanted = want;
	spin_unlock_irqrestore(&rcu.lock, flags);
	wake_up(&rcu.work_wait);
	wait_event(rcu.done_wait, smp_load_acquire(&rcu.cycle_done) >= want);
}

void synchronize_rcu(void)
{
	if (num_online_cpus() == 1) { /* we are not a reader, and nobody else runs */
		might_sleep();
		return;
	}
	wait_cycle();
}

void rcu_barrier(void)
{
	wait_cycle();
}

void rcu_throttle(void)
{
	if (rcu_backlog() > RCU_BACKLOG_HIGH)
		wait_cycle();
}

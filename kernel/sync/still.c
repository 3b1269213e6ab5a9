/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * still.c - stillness: every task at the boundary, and held there.
 *
 * WHAT        A conductor asks in phases: user tasks, kernel threads, serving kernel threads, then (on request) the
 *             other processors. Asking sets TIF_PARK and wakes parkable waits; a thread that reaches
 *             park_here() sleeps in TASK_PARKED until still_end(). The conductor walks the registry until nobody
 *             is missing, or the time is over: then all go on and the first one missing is named.
 * INVARIANTS  S1  Nobody parks while holding a lock.
 *             S2  A thread is asked if and only if its class is below still.phase; new threads are asked at birth.
 *             S3  A walk that found nobody missing counts only if no new thread started meanwhile.
 *             S4  A thread that never ran (TASK_NEW) is not missing: who starts it is, or is parked.
 *             S5  A CPU that comes late to a hold, or sees late that it is over, does not take the next one for it: holds have numbers.
 * LOCKING     turn (rank STILL): one conductor at a time. phase, conductor, is_parked: registry lock.
 * ERRORS      -EBUSY with a report; -EINTR while waiting for the turn.
 * SEE         docs/adr/0020-call-and-parking.md
 */
#include <lib/assert.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <arch/cpu.h>
#include <arch/smp.h>
#include <sync/mutex.h>
#include <sync/still.h>
#include <sync/sync_port.h>
#include "still_impl.h"

#define STILL_POLL_NS 200000ull

/* Classes in the order in which they are asked. */
enum still_class { STILL_USER, STILL_KERNEL, STILL_SERVER, STILL_NR_CLASSES, STILL_EXEMPT };

struct still_state {
	struct mutex turn;
	u32 phase;		  /* classes below are asked; registry lock, read plainly by park_here() */
	struct thread *conductor; /* registry lock */
	u32 nr_started;		  /* atomic; S3 */
	bool cpus_held;
	u32 hold_nr;		   /* which hold of the CPUs was asked for last; the conductor's */
	u32 released_nr;	   /* this one and those before it are over */
	u32 arrived_nr[NR_CPUS]; /* in which hold each CPU was last */
};

static struct still_state still = { .turn = MUTEX_INIT(still.turn, RANK_STILL) };

static enum still_class class_of(const struct thread *thread)
{
	if (thread == still.conductor || (thread->flags & (THREAD_IDLE | THREAD_NO_PARK | THREAD_CONDUCTOR)))
		return STILL_EXEMPT;
	if (!(thread->flags & THREAD_KERNEL))
		return STILL_USER;
	return thread->flags & THREAD_SERVER ? STILL_SERVER : STILL_KERNEL;
}

static bool is_asked(const struct thread *thread)
{
	return class_of(thread) < READ_ONCE(still.phase);
}

void still_new_thread_locked(struct thread *thread)
{
	if (still.phase && is_asked(thread))
		thread_set_work(thread, TIF_PARK);
}

void still_thread_starting(struct thread *thread)
{
	smp_mb(); /* the state that count_missing() looks at before the phase; pairs with bring_class() */
	if (likely(!READ_ONCE(still.phase)))
		return;
	thread_registry_lock();
	xadd(&still.nr_started, 1u);
	still_new_thread_locked(thread); /* its work bits were cleared while it was being made */
	thread_registry_unlock();
}

bool still_is_active(void)
{
	return READ_ONCE(still.phase) != 0;
}

/*
 * A walk over all threads that wakes many. Who is woken wants the registry's lock at once, to park or to go on: so the wake-ups are made a few
 * at a time, with the lock dropped (sync_port.h). Threads that were passed go to the end of the registry. One that
 * is made meanwhile stands behind them, and was told at birth what the phase is; one that goes lets another be passed twice.
 */
struct registry_walk {
	u32 nr_left;
	struct wake_batch batch;
};

/* Takes the registry's lock; preemption is off until walk_end(). */
static void walk_begin(struct registry_walk *walk)
{
	struct thread *thread;

	walk->nr_left = 0;
	walk->batch.nr = 0;
	preempt_disable();
	thread_registry_lock();
	for_each_registered_thread(thread)
		walk->nr_left++;
}

static void walk_end(struct registry_walk *walk)
{
	thread_registry_unlock();
	wake_batch_finish(&walk->batch);
	preempt_enable();
}

/* The next thread, valid until the next call; NULL at the end. */
static struct thread *walk_next(struct registry_walk *walk)
{
	struct thread *thread;

	if (!walk->nr_left)
		return NULL;
	walk->nr_left--;
	if (walk->batch.nr == WAKE_BATCH_MAX) {
		walk_end(walk);
		walk->batch.nr = 0;
		preempt_disable();
		thread_registry_lock();
	}
	thread = list_first_entry(&thread_registry_list, struct thread, registry_node);
	list_move_tail(&thread->registry_node, &thread_registry_list);
	return thread;
}

/* Every processor looks at the work of the thread that it runs. */
static void kick_cpus(void)
{
	cpumask_t others;
	int cpu;

	preempt_disable();
	smp_mb(); /* the work bits before the interrupt; pairs with the exit to user mode reading them with interrupts off */
	others = cpumask_andnot(cpu_online_mask, CPUMASK_OF(smp_processor_id()));
	for_each_cpu(cpu, &others)
		smp_send_reschedule(cpu);
	preempt_enable();
}

/* Ask the threads of the class just below the phase. */
static void ask(enum still_class class)
{
	struct registry_walk walk;
	struct thread *thread;

	walk_begin(&walk);
	WRITE_ONCE(still.phase, class + 1);
	while ((thread = walk_next(&walk))) {
		if (class_of(thread) != class)
			continue;
		thread_set_work(thread, TIF_PARK);
		thread_wake_batched(thread, TASK_INTERRUPTIBLE | TASK_WAKEPARK, &walk.batch);
	}
	walk_end(&walk);
	kick_cpus();
}

static bool is_missing(const struct thread *thread)
{
	u32 state = thread_state(thread);

	return is_asked(thread) && !thread->is_parked && !(state & (TASK_NEW | TASK_DEAD));
}

static void describe(struct thread *thread, struct still_report *report)
{
	report->id = thread->id;
	strscpy(report->name, thread->name, sizeof(report->name));
	report->call_nr = thread->call.nr;
	report->state = thread_state(thread);
	report->device = READ_ONCE(thread->wait_device);
}

/* How many are missing; the first is described. With nobody missing the description of the walk before stays: who came last. */
static u32 count_missing(struct still_report *report)
{
	struct thread *thread;
	u32 started = READ_ONCE(still.nr_started);

	report->nr_missing = 0;
	report->nr_parked = 0;
	thread_registry_lock();
	for_each_registered_thread(thread) {
		report->nr_parked += thread->is_parked;
		if (!is_missing(thread))
			continue;
		if (!report->nr_missing++)
			describe(thread, report);
	}
	thread_registry_unlock();
	return report->nr_missing + (started != READ_ONCE(still.nr_started)); /* S3 */
}

static int bring_class(enum still_class class, u64 deadline_ns, struct still_report *report)
{
	ask(class);
	while (count_missing(report)) {
		if (ktime_get_ns() >= deadline_ns)
			return -EBUSY;
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_until(ktime_get_ns() + STILL_POLL_NS);
	}
	return 0;
}

static void release_all(void)
{
	struct registry_walk walk;
	struct thread *thread;

	walk_begin(&walk);
	WRITE_ONCE(still.phase, 0);
	while ((thread = walk_next(&walk))) {
		thread_clear_work(thread, TIF_PARK);
		if (thread->is_parked)
			thread_wake_batched(thread, TASK_PARKED, &walk.batch);
	}
	walk_end(&walk);
}

static void hold_cpu(void *arg)
{
	u32 nr = (u32)(unsigned long)arg;

	smp_store_release(&still.arrived_nr[smp_processor_id()], nr); /* pairs with all_arrived() */
	smp_cond_load_acquire(&still.released_nr, (s32)(VAL - nr) >= 0); /* S5 */
}

static const struct ipi_ops hold_cpu_ops = { .name = "still", .run = hold_cpu };

static bool all_arrived(const cpumask_t *cpus, u32 nr)
{
	int cpu;

	for_each_cpu(cpu, cpus)
		if (smp_load_acquire(&still.arrived_nr[cpu]) != nr)
			return false;
	return true;
}

static int hold_cpus(u64 deadline_ns)
{
	u32 nr = ++still.hold_nr;
	cpumask_t others;

	preempt_disable();
	others = cpumask_andnot(cpu_online_mask, CPUMASK_OF(smp_processor_id()));
	smp_call_function_mask(others, &hold_cpu_ops, (void *)(unsigned long)nr, false);
	while (!all_arrived(&others, nr)) {
		if (ktime_get_ns() >= deadline_ns) {
			smp_store_release(&still.released_nr, nr);
			preempt_enable();
			return -EBUSY;
		}
		cpu_relax();
	}
	local_irq_disable();
	still.cpus_held = true;
	return 0;
}

static void release_cpus(void)
{
	if (!still.cpus_held)
		return;
	still.cpus_held = false;
	smp_store_release(&still.released_nr, still.hold_nr);
	local_irq_enable();
	preempt_enable();
}

static int bring_all(u64 deadline_ns, enum still_depth depth, struct still_report *report)
{
	enum still_class class;
	int ret = 0;

	for (class = STILL_USER; class < STILL_NR_CLASSES && !ret; class++)
		ret = bring_class(class, deadline_ns, report);
	if (!ret && depth == STILL_CPUS)
		ret = hold_cpus(deadline_ns);
	return ret;
}

static void conductor_set(struct thread *thread)
{
	thread_registry_lock();
	still.conductor = thread;
	if (thread)
		thread_clear_work(thread, TIF_PARK);
	thread_registry_unlock();
}

int still_begin(u64 timeout_ns, enum still_depth depth, struct still_report *report)
{
	u64 begun = ktime_get_ns();
	int ret;

	rank_assert_none_held("still_begin");
	memset(report, 0, sizeof(*report));
	report->call_nr = CALL_NONE;
	/* A waiting conductor is asked by the running one, but does not answer before its turn: it is exempt. */
	current_thread()->flags |= THREAD_CONDUCTOR;
	ret = mutex_lock_killable(&still.turn);
	if (ret) {
		current_thread()->flags &= ~THREAD_CONDUCTOR;
		return ret;
	}
	conductor_set(current_thread());
	ret = bring_all(begun + timeout_ns, depth, report);
	report->took_ns = ktime_get_ns() - begun;
	if (ret)
		still_end();
	return ret;
}

const char *still_wait_name(const struct still_report *report)
{
	if (report->device)
		return "device";
	if (report->state & TASK_UNINTERRUPTIBLE)
		return "lock";
	if (report->state & TASK_INTERRUPTIBLE)
		return "level";
	return report->state & (TASK_STOPPED | TASK_PARKED) ? "boundary" : "running";
}

void still_end(void)
{
	KASSERT(still.conductor == current_thread());
	release_cpus();
	release_all();
	conductor_set(NULL);
	current_thread()->flags &= ~THREAD_CONDUCTOR;
	mutex_unlock(&still.turn);
}

void park_here(void)
{
	struct thread *thread = current_thread();

	rank_assert_none_held("parking"); /* S1 */
	thread_registry_lock();
	while (is_asked(thread)) {
		thread->is_parked = true;
		set_current_state(TASK_PARKED);
		thread_registry_unlock();
		schedule();
		thread_registry_lock();
	}
	thread->is_parked = false;
	__set_current_state(TASK_RUNNING);
	thread_clear_work(thread, TIF_PARK);
	thread_registry_unlock();
}

void kthread_park_point(void)
{
	if (unlikely(park_pending()))
		park_here();
}

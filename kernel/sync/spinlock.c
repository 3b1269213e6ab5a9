/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spinlock.c - the contended path of queued spinlocks.
 *
 * WHAT        The lock word holds a locked byte and the tail of a queue of waiting processors. A waiter puts a
 *             node of its own at the tail and spins on that node, so each release disturbs one processor.
 *             Only the head of the queue looks at the locked byte. Under a hypervisor nobody queues: a virtual
 *             processor whose turn it is may not be running, and all behind it would wait for its next time
 *             slice. Whoever runs and finds the lock free takes it. There the holder too may not be running, and who
 *             spins takes the time that it needs: after SPINS_BEFORE_SLEEP looks a waiter halts until a release kicks it.
 * INVARIANTS  I1  word == 0 if and only if the lock is free and nobody waits; only then does the fast path succeed.
 *                 (Under a hypervisor a waiter that lost nobody's turn may leave the sleepers byte set: the release clears it.)
 *             I2  A processor uses at most SPIN_NODES nodes at once: one a context (task, interrupt, nested
 *                 exception), because a waiter spins with preemption off.
 *             I3  No sleeper is forgotten: it notes what it sleeps on, then sets the sleepers byte, then looks at the locked byte; the
 *                 release clears both bytes at once, and if the first was set kicks everyone who has noted the lock. A kick
 *                 between setting the byte and halting ends the halt before it begins (smp_handle_nmi()).
 *             I4  A release does not touch the lock after it has cleared it: the next holder may free it.
 * LOCKING     Preemption is off. A node belongs to the processor until its successor has been told.
 * ERRORS      None; more nested contexts than nodes falls back to spinning on the word.
 */
#include <arch/arch_port.h>
#include <arch/cpufeature.h>
#include <arch/cpumask.h>
#include <arch/pv.h>
#include <arch/smp.h>
#include <sync/spinlock.h>

#define SPIN_NODES     4
/* A look under TCG costs half a microsecond, a halt and a kick some ten; most locks are free sooner. */
#define SPINS_BEFORE_SLEEP 50
#define SPIN_TAIL(cpu, index) ((u16)((((cpu) + 1) << 2) | (index)))

struct spin_node {
	struct spin_node *next;
	u32 is_head; /* stored with release by the predecessor */
};

struct spin_cpu {
	struct spin_node node[SPIN_NODES];
	u32 nr_used;
	const struct spinlock *asleep_on; /* read by whoever releases it */
};

static DEFINE_PERCPU(struct spin_cpu, spin_cpu);

static struct spin_node *tail_node(u16 tail)
{
	return &per_cpu_ptr(&spin_cpu, (tail >> 2) - 1)->node[tail & 3];
}

static void spin_on_word(struct spinlock *lock)
{
	while (!raw_spin_try(lock))
		smp_cond_load_relaxed(&lock->word, !VAL);
}

/* Halt until a release kicks us, or anything else happens. */
static void sleep_on_lock(struct spinlock *lock)
{
	const struct spinlock **asleep_on = &this_cpu_ptr(&spin_cpu)->asleep_on, *outer;
	unsigned long flags;

	local_irq_save(flags);
	outer = *asleep_on; /* of the context that our interrupt came to */
	WRITE_ONCE(*asleep_on, lock);
	pv_lock_wait(&lock->locked, !irqs_disabled_flags(flags)); /* I3 */
	WRITE_ONCE(*asleep_on, outer);
	local_irq_restore(flags);
}

static bool try_locked_byte(struct spinlock *lock)
{
	return !READ_ONCE(lock->locked) && !xchg(&lock->locked, 1);
}

static void spin_or_sleep(struct spinlock *lock)
{
	for (u32 nr = 1; !try_locked_byte(lock); nr++) {
		if (nr % SPINS_BEFORE_SLEEP)
			cpu_relax();
		else
			sleep_on_lock(lock);
	}
}

void __pvcall pv_lock_kick_sleepers(const void *lock)
{
	/* Not only those online: a starting CPU takes locks before it says that it is. */
	for (int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (READ_ONCE(per_cpu_ptr(&spin_cpu, cpu)->asleep_on) == lock)
			pv_lock_kick(cpu);
}

/* Wait until every processor before us has had the lock. */
static void wait_for_turn(struct spinlock *lock, struct spin_node *node, u16 tail)
{
	u16 before = xchg(&lock->tail, tail);

	if (!before)
		return;
	/* pairs with pass_turn(): the predecessor waits for this link */
	smp_store_release(&tail_node(before)->next, node);
	smp_cond_load_acquire(&node->is_head, VAL);
}

/* We hold the lock: leave the queue, and let the next one look at the locked byte. */
static void pass_turn(struct spinlock *lock, struct spin_node *node, u16 tail)
{
	u32 last = ((u32)tail << 16) | 1;
	struct spin_node *next;

	if (READ_ONCE(lock->word) == last && try_cmpxchg(&lock->word, &last, 1))
		return;
	next = smp_cond_load_acquire(&node->next, VAL);
	smp_store_release(&next->is_head, 1); /* pairs with wait_for_turn() */
}

noinline void spin_lock_slow(struct spinlock *lock)
{
	struct spin_cpu *cpu = this_cpu_ptr(&spin_cpu);
	struct spin_node *node;
	u32 index;
	u16 tail;

	if (cpu_has(FEATURE_HYPERVISOR)) {
		spin_or_sleep(lock);
		return;
	}
	index = cpu->nr_used++;
	node = &cpu->node[index];

	barrier(); /* an interrupt from here on uses the next node */
	if (index >= SPIN_NODES) {
		spin_on_word(lock);
		cpu->nr_used--;
		return;
	}
	tail = SPIN_TAIL(smp_processor_id(), index);
	node->next = NULL;
	node->is_head = 0;
	wait_for_turn(lock, node, tail);
	for (;;) {
		smp_cond_load_acquire(&lock->locked, !VAL);
		if (!xchg(&lock->locked, 1))
			break;
	}
	pass_turn(lock, node, tail);
	cpu->nr_used--;
}

void spin_lock_pair(struct spinlock *a, struct spinlock *b)
{
	if (a > b)
		swap(a, b);
	spin_lock(a);
	if (a != b)
		spin_lock_nested(b, 1);
}

void spin_unlock_pair(struct spinlock *a, struct spinlock *b)
{
	if (a != b)
		spin_unlock(a > b ? a : b);
	spin_unlock(a > b ? b : a);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spinlock.c - the contended path of queued spinlocks.
 *
 * WHAT        The lock word holds a locked byte and the tail of a queue of waiting processors. A waiter puts a
 *             node of its own at the tail and spins on that node, so each release disturbs one processor.
 *             Only the head of the queue looks at the locked byte. Under a hypervisor nobody queues: a virtual
 *             processor whose turn it is may not be running, and all behind it would wait for its next time
 *             slice. Whoever runs and finds the word free takes it.
 * INVARIANTS  I1  word == 0 if and only if the lock is free and nobody waits; only then does the fast path succeed.
 *             I2  A processor uses at most SPIN_NODES nodes at once: one a context (task, interrupt, nested
 *                 exception), because a waiter spins with preemption off.
 * LOCKING     Preemption is off. A node belongs to the processor until its successor has been told.
 * ERRORS      None; more nested contexts than nodes falls back to spinning on the word.
 */
#include <arch/cpufeature.h>
#include <sync/spinlock.h>

#define SPIN_NODES     4
#define SPIN_TAIL(cpu, index) ((u16)((((cpu) + 1) << 2) | (index)))

struct spin_node {
	struct spin_node *next;
	u32 is_head; /* stored with release by the predecessor */
};

struct spin_cpu {
	struct spin_node node[SPIN_NODES];
	u32 nr_used;
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
		spin_on_word(lock);
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

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page_stack.c - each CPU's free single frames, and what takes them back from it.
 *
 * WHAT        A CPU has a stack of frames for each zone of its own node: allocating pops, freeing pushes, with no lock and no atomic.
 *             An empty one is filled from its zone by a batch while the zone has plenty; a full one gives half back.
 *             drain_all_pages() empties all of them, each on its own CPU.
 * INVARIANTS  A1  A frame in a page_stack has refcount 0 and clean flags, and is not in nr_free.
 *             A2  is_busy is set by whoever changes the stack on its CPU; an interrupt that finds it
 *                 set leaves the stack alone and goes to the zone. Nobody else's CPU touches it.
 *             A3  The frames in a CPU's stack are of its own node's zone. Which node that is holds only with preemption off.
 * LOCKING     Stacks: preemption off and is_busy. Zones: zone->lock, interrupts off, rank ZONE.
 * ERRORS      NULL: nothing here, the zones are asked. Freeing says false when the frame belongs elsewhere.
 * TESTS       selftest=pages
 */
#include "buddy_impl.h"
#include "page_alloc_impl.h"

#include <pages/page_alloc.h>
#include <arch/cpu.h>
#include <arch/cpumask.h>
#include <arch/preempt.h>
#include <arch/smp.h>
#include <lib/assert.h>
#include <lib/string.h>

DEFINE_PERCPU(struct page_stacks, page_stacks);

/* This CPU's stack for @node's frames; NULL: an interrupted user is at it, or the CPU is another node's (A3). */
static struct page_stack *stack_begin(enum zone_type type, int node)
{
	struct page_stack *stack;

	preempt_disable();
	stack = &this_cpu_ptr(&page_stacks)->zone[type];
	if (unlikely(stack->is_busy || node != numa_node_id())) {
		preempt_enable();
		return NULL;
	}
	stack->is_busy = 1;
	barrier();
	return stack;
}

static void stack_end(struct page_stack *stack)
{
	barrier();
	stack->is_busy = 0;
	preempt_enable();
}

/* Fill an empty stack with a batch while the zone has plenty. */
static void stack_refill(struct page_stack *stack, struct zone *zone)
{
	unsigned long flags;
	struct page *page;

	if (zone->nr_free < zone->watermark[WMARK_LOW] + READ_ONCE(zone->reserved) + zone->pcp_batch)
		return;
	spin_lock_irqsave(&zone->lock, flags);
	while (stack->nr < (u32)zone->pcp_batch && zone_can_spare_locked(zone, 1, zone->watermark[WMARK_LOW])) {
		page = buddy_alloc_locked(zone, 0);
		if (!page)
			break;
		stack->page[stack->nr++] = page;
	}
	spin_unlock_irqrestore(&zone->lock, flags);
}

/* Give the coldest @n frames back to the zone. */
static void stack_flush(struct page_stack *stack, struct zone *zone, u32 n)
{
	unsigned long flags;

	spin_lock_irqsave(&zone->lock, flags);
	for (u32 i = 0; i < n; i++) {
		KASSERT(page_zone(stack->page[i]) == zone); /* A3 */
		buddy_free_locked(zone, stack->page[i], 0);
	}
	spin_unlock_irqrestore(&zone->lock, flags);
	stack->nr -= n;
	memmove(&stack->page[0], &stack->page[n], stack->nr * sizeof(stack->page[0]));
}

struct page *page_stack_alloc(int node, gfp_t gfp)
{
	struct zone *zone = numa.node[node].zonelist[0];
	struct page_stack *stack;
	struct page *page = NULL;

	if (unlikely(!zone || zone->type > gfp_zone(gfp)))
		return NULL;
	stack = stack_begin(zone->type, zone->node);
	if (unlikely(!stack))
		return NULL;
	if (unlikely(!stack->nr))
		stack_refill(stack, zone);
	if (likely(stack->nr))
		page = stack->page[--stack->nr];
	stack_end(stack);
	return page;
}

bool page_stack_free(struct page *page)
{
	struct zone *zone = page_zone(page);
	struct page_stack *stack;

	stack = stack_begin(zone->type, zone->node);
	if (unlikely(!stack))
		return false;
	if (unlikely(stack->nr >= (u32)zone->pcp_high))
		stack_flush(stack, zone, stack->nr / 2);
	stack->page[stack->nr++] = page;
	stack_end(stack);
	return true;
}

u32 zone_stacked_pages(const struct zone *zone, int cpu)
{
	return cpu_to_node(cpu) == zone->node ? READ_ONCE(per_cpu_ptr(&page_stacks, cpu)->zone[zone->type].nr) : 0;
}

static void drain_run(void *unused)
{
	for (int type = 0; type < MAX_NR_ZONES; type++) {
		struct page_stack *stack = stack_begin(type, numa_node_id());

		if (!stack)
			continue;
		if (stack->nr)
			stack_flush(stack, page_zone(stack->page[0]), stack->nr);
		stack_end(stack);
	}
}

void drain_own_pages(void)
{
	preempt_disable();
	drain_run(NULL);
	preempt_enable();
}

static const struct ipi_ops drain_ops = { .name = "drain_pages", .run = drain_run };

static bool holds_any(int cpu)
{
	const struct page_stacks *stacks = per_cpu_ptr(&page_stacks, cpu);

	for (int type = 0; type < MAX_NR_ZONES; type++)
		if (READ_ONCE(stacks->zone[type].nr))
			return true;
	return false;
}

/* A virtual CPU may have to be waited for until its host runs it: those that have nothing to give are left in peace. */
void drain_all_pages(void)
{
	cpumask_t holders = CPUMASK_NONE;
	int cpu;

	preempt_disable();
	for_each_cpu(cpu, &cpu_online_mask)
		if (holds_any(cpu))
			cpumask_set_cpu(cpu, &holders);
	smp_call_function_mask(holders, &drain_ops, NULL, true);
	drain_run(NULL);
	preempt_enable();
}

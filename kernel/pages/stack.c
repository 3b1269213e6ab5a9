/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stack.c - kernel stacks, and the ports by which arch gets memory.
 *
 * WHAT        A stack is THREAD_SIZE bytes of order-0 pages in the vmalloc window; the guard page of the
 *             range before it catches an overflow. Freed stacks are kept, still mapped, up to
 *             STACKS_KEPT; those beyond wait on a list until the next stack_alloc(), which may sleep,
 *             unmaps them: freeing works in any context. pages_shrink() lets go of both kinds.
 * INVARIANTS  T1  A kept stack has no user; its first word links it.
 * LOCKING     stacks.lock, rank LEAF, interrupts off.
 */
#include "vmalloc_impl.h"

#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <pages/stats.h>
#include <arch/arch_port.h>
#include <arch/early_mem.h>
#include <arch/thread.h>
#include <sync/spinlock.h>

#define STACKS_KEPT 32

struct free_stack {
	struct free_stack *next;
};

static struct {
	spinlock_t lock;
	struct free_stack *kept __guarded_by(&lock);
	u32 nr_kept __guarded_by(&lock);
	struct free_stack *surplus __guarded_by(&lock);
} stacks = { .lock = SPINLOCK_INIT(RANK_LEAF) };

static const struct object_type fpu_state_type = { .name = "fpu_state", .owner = "arch" };
static struct {
	struct kmem_cache *fpu_state;
	size_t fpu_state_size;
} ports;

static struct free_stack *take_surplus(void)
{
	struct free_stack *list;

	with_spinlock_irqsave(&stacks.lock);
	list = stacks.surplus;
	stacks.surplus = NULL;
	return list;
}

static void free_surplus(void)
{
	struct free_stack *stack = READ_ONCE(stacks.surplus) ? take_surplus() : NULL;

	while (stack) {
		struct free_stack *next = stack->next;

		vfree(stack);
		stack = next;
	}
}

/* Leave no kept stack: all are surplus now. */
static void give_up_kept(void)
{
	struct free_stack *stack;

	with_spinlock_irqsave(&stacks.lock);
	while ((stack = stacks.kept)) {
		stacks.kept = stack->next;
		stack->next = stacks.surplus;
		stacks.surplus = stack;
	}
	stacks.nr_kept = 0;
}

size_t pages_shrink(void)
{
	give_up_kept();
	free_surplus();
	vmalloc_purge();
	return kmem_cache_shrink_all();
}

static void *take_kept(void)
{
	struct free_stack *stack;

	with_spinlock_irqsave(&stacks.lock);
	stack = stacks.kept;
	if (stack) {
		stacks.kept = stack->next;
		stacks.nr_kept--;
	}
	return stack;
}

void *stack_alloc(gfp_t gfp, int node)
{
	void *stack = take_kept();

	free_surplus();
	if (!stack)
		stack = vmalloc_range(THREAD_SIZE, gfp, node);
	if (stack)
		mod_node_page_state(0, NR_KERNEL_STACK_KB, THREAD_SIZE / 1024);
	return stack;
}

void stack_free(void *stack)
{
	struct free_stack *entry = stack;

	if (!stack)
		return;
	mod_node_page_state(0, NR_KERNEL_STACK_KB, -(long)(THREAD_SIZE / 1024));
	with_spinlock_irqsave(&stacks.lock);
	if (stacks.nr_kept < STACKS_KEPT) {
		entry->next = stacks.kept;
		stacks.kept = entry;
		stacks.nr_kept++;
	} else {
		entry->next = stacks.surplus;
		stacks.surplus = entry;
	}
}

/* --- ports of arch ------------------------------------------------------------------------------- */

void *arch_stack_alloc(size_t size)
{
	return vmalloc_range(size, GFP_KERNEL | __GFP_ZERO, NUMA_NO_NODE);
}

void *arch_pages_alloc(size_t size)
{
	return alloc_pages_exact(size, GFP_KERNEL | __GFP_ZERO);
}

phys_addr_t pgtable_page_alloc(gfp_t gfp)
{
	struct page *page;

	if (early_mem_is_open())
		return early_alloc(PAGE_SIZE, PAGE_SIZE);
	page = alloc_pages(gfp | __GFP_ZERO, 0);
	return page ? page_to_phys(page) : 0;
}

void pgtable_page_free(phys_addr_t phys)
{
	free_pages(phys_to_page(phys), 0);
}

void *fpu_state_alloc(size_t size)
{
	if (!ports.fpu_state) {
		ports.fpu_state_size = size;
		ports.fpu_state = kmem_cache_create(&fpu_state_type, size, 64, SLAB_HWCACHE_ALIGN);
	}
	if (!ports.fpu_state || size > ports.fpu_state_size)
		return NULL;
	return kmem_cache_zalloc(ports.fpu_state, GFP_KERNEL);
}

void fpu_state_free(void *state)
{
	kmem_cache_free(ports.fpu_state, state);
}

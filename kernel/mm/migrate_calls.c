/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * migrate_calls.c - migrate_pages(2) and move_pages(2).
 *
 * WHAT        Find the process, decode the lists, and move page by page or node by node; or only tell where pages lie.
 * LOCKING     mmap_lock of the process for reading, one page or one stretch at a time.
 * ERRORS      as Linux 6.1. -EPARK between two of them; the call keeps how far it came.
 * TESTS       tests/guest/mm/policy_test.c; tests/guest/bad/sweep_test.c
 */
#include "mempolicy_impl.h"
#include "migrate.h"
#include "vma_impl.h"

#include <arch/uaccess.h>
#include <mm/mm_calls.h>
#include <mm/mm_port.h>
#include <pages/zone.h>
#include <sched/cred.h>
#include <sync/call.h>
#include <sync/still.h>

/* ---- migrate_pages ---- */

static unsigned int weight(u64 nodes)
{
	return hweight64(nodes);
}

/* The node of @to in the place, counted around, that @node has in @from. */
static int counterpart(int node, u64 from, u64 to)
{
	unsigned int place = weight(from & ((1ull << node) - 1)) % weight(to);

	while (place--)
		to &= to - 1;
	return __builtin_ctzll(to);
}

/*
 * The next move to make: best one whose target is not itself to be emptied later, so that no page moves twice. False: none is left.
 */
static bool next_move(u64 left, u64 from, u64 to, struct node_move *move)
{
	bool found = false;

	for (u64 rest = left; rest; rest &= rest - 1) {
		int node = __builtin_ctzll(rest), target;

		if (weight(from) != weight(to) && (to >> node & 1))
			continue;
		target = counterpart(node, from, to);
		if (target == node)
			continue;
		move->from = node;
		move->to = target;
		found = true;
		if (!(left >> target & 1))
			break;
	}
	return found;
}

/* Where a call stands: the node whose pages are on the way, and those that wait. */
struct migration {
	struct node_move move;
	u64 left;
	unsigned long at; /* 0: the move is to be chosen */
};

/* What an earlier pass left, or a fresh one. A handler's first step. */
static void migration_begin(struct migration *migration)
{
	u64 nodes;

	*migration = (struct migration){ .at = (unsigned long)call_take(0), .left = ~0ull };
	nodes = (u64)(unsigned long)call_take(1);
	if (!migration->at)
		return;
	migration->left = (u32)nodes;
	migration->move.from = (int)(nodes >> 32);
	migration->move.nr_failed = call_current()->done;
}

static void migration_keep(const struct migration *migration)
{
	call_keep(0, (void *)migration->at); /* not NULL: a stretch was looked at */
	call_keep(1, (void *)((unsigned long)migration->move.from << 32 | (u32)migration->left));
	call_current()->done = migration->move.nr_failed;
}

static long move_all_nodes(struct mm *mm, struct migration *migration, u64 from, u64 to)
{
	struct node_move *move = &migration->move;

	move->shared_too = capable(CAP_SYS_NICE);
	migration->left &= from;
	if (migration->at)
		move->to = counterpart(move->from, from, to);
	while (migration->at || next_move(migration->left, from, to, move)) {
		int err;

		migration->left &= ~(1ull << move->from);
		err = mm_move_node(mm, move, &migration->at);
		if (err == -EPARK)
			migration_keep(migration);
		if (err)
			return err;
		migration->at = 0;
	}
	return (long)move->nr_failed;
}

long sys_migrate_pages(pid_t pid, unsigned long maxnode, uaddr_t from, uaddr_t to)
{
	struct migration migration;
	struct user_nodes old, new;
	struct mm *mm;
	u64 memory = nodes_with_memory();
	bool beyond;
	long ret;

	migration_begin(&migration);
	ret = get_user_nodes(&old, from, maxnode);
	if (!ret)
		ret = get_user_nodes(&new, to, maxnode);
	if (ret)
		return ret;
	mm = process_get_mm_for_move(pid);
	if (IS_ERR(mm))
		return PTR_ERR(mm);
	beyond = user_nodes_beyond(&new, memory);
	if (beyond && !capable(CAP_SYS_NICE))
		ret = -EPERM;
	else if (!(new.bits[0] & memory))
		ret = -EINVAL;
	else
		ret = move_all_nodes(mm, &migration, old.bits[0] & memory, new.bits[0] & memory);
	mm_users_put(mm);
	return ret;
}

/* ---- move_pages ---- */

struct page_list {
	struct mm *mm;
	uaddr_t pages, nodes, status;
	bool shared_too;
};

static int get_page_addr(const struct page_list *list, unsigned long i, unsigned long *addr)
{
	u64 word;

	if (get_user_obj(&word, uaddr_add(list->pages, i * sizeof(word))))
		return -EFAULT;
	*addr = word & PAGE_MASK;
	return 0;
}

static int put_status(const struct page_list *list, unsigned long i, int status)
{
	return put_user_u32((u32)status, uaddr_add(list->status, i * sizeof(u32)));
}

/* One page more is done; may the call go on? Its next pass begins with the page after it. */
static int page_done(void)
{
	call_done_add(1);
	if (thread_fatal_signal_pending(current_thread()))
		return -EINTR;
	return should_park() ? -EPARK : 0;
}

static long tell_nodes(const struct page_list *list, unsigned long nr)
{
	int err = 0;

	for (unsigned long i = call_done(); i < nr && !err; i++) {
		unsigned long addr;
		struct vma *vma;
		int status;

		if (get_page_addr(list, i, &addr))
			return -EFAULT;
		mmap_read_lock(list->mm);
		vma = vma_lookup(list->mm, addr);
		status = vma ? node_at(vma, addr) : -EFAULT;
		mmap_read_unlock(list->mm);
		if (put_status(list, i, status))
			return -EFAULT;
		err = page_done();
	}
	return err;
}

/* One page to @node: its node afterwards, or why not. */
static int move_one(const struct page_list *list, unsigned long addr, int node)
{
	struct move_wish wish = { .place = { .node = node, .nodes = 1u << node }, .shared_too = list->shared_too };
	struct vma *vma;
	int ret;

	mmap_read_lock(list->mm);
	vma = vma_lookup(list->mm, addr);
	ret = vma && vma_is_migratable(vma) ? node_at(vma, addr) : -EFAULT;
	if (ret >= 0 && ret != node) {
		ret = move_page_at(vma, addr, &wish);
		ret = ret ? ret : node;
	}
	mmap_read_unlock(list->mm);
	return ret;
}

static int get_target(const struct page_list *list, unsigned long i)
{
	s32 node;

	if (get_user_obj(&node, uaddr_add(list->nodes, i * sizeof(node))))
		return -EFAULT;
	if (node < 0 || node >= MAX_NUMNODES || !(nodes_with_memory() >> node & 1))
		return -ENODEV;
	return node;
}

static long move_list(const struct page_list *list, unsigned long nr)
{
	int err = 0;

	for (unsigned long i = call_done(); i < nr && !err; i++) {
		unsigned long addr;
		int node, status;

		if (get_page_addr(list, i, &addr))
			return -EFAULT;
		node = get_target(list, i);
		if (node < 0)
			return node;
		status = move_one(list, addr, node);
		/* A page that would have to move and cannot ends the call: this one and the rest are not moved. */
		if (status == -ENOMEM)
			return nr - i;
		if (put_status(list, i, status))
			return -EFAULT;
		err = page_done();
	}
	return err;
}

long sys_move_pages(pid_t pid, unsigned long nr_pages, uaddr_t pages, uaddr_t nodes, uaddr_t status, int flags)
{
	struct page_list list = { .pages = pages, .nodes = nodes, .status = status,
				  .shared_too = flags & MPOL_MF_MOVE_ALL };
	long ret;

	if (flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if (list.shared_too && !capable(CAP_SYS_NICE))
		return -EPERM;
	list.mm = process_get_mm_for_move(pid);
	if (IS_ERR(list.mm))
		return PTR_ERR(list.mm);
	ret = uaddr_is_null(nodes) ? tell_nodes(&list, nr_pages) : move_list(&list, nr_pages);
	mm_users_put(list.mm);
	return ret;
}

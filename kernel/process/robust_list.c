/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * robust_list.c - a thread that dies holding futexes leaves a mark in them and wakes a waiter.
 *
 * WHAT        The program keeps a list of the locks a thread holds in its own memory; the thread registers the head. At exit and exec
 *             each entry whose word names the thread gets FUTEX_OWNER_DIED.
 * INVARIANTS  B1  The list is foreign bytes: at most ROBUST_LIST_LIMIT entries are followed, any address may fault, which ends the walk.
 * TESTS       tests/guest/process/waitv_test.c
 */
#include "process_impl.h"
#include "exit_impl.h"
#include <process/access.h>
#include <linux/futex.h>
#include <mm/iter.h>
#include <pages/slab.h>
#include <process/process_calls.h>

long sys_set_robust_list(uaddr_t head, size_t len)
{
	if (len != sizeof(struct robust_list_head))
		return -EINVAL;
	cur->robust_list = head;
	return 0;
}

long sys_get_robust_list(int pid, uaddr_t head, uaddr_t len)
{
	u64 value = uaddr_raw(cur->robust_list);
	struct task *task;

	if (pid) {
		task = find_get_task_by_vpid(pid);
		if (!task)
			return -ESRCH;
		if (!process_may_access(task, ACCESS_READ_REALCREDS)) {
			put_task(task);
			return -EPERM;
		}
		value = uaddr_raw(tproc(task)->robust_list);
		put_task(task);
	}
	if (put_user_u64(sizeof(struct robust_list_head), len))
		return -EFAULT;
	return put_user_u64(value, head);
}

/* One lock: if we hold it, say that its owner died. Nonzero: stop the walk. */
static int mark_dead(uaddr_t word, bool is_pi, bool is_pending)
{
	u32 value, next, seen;

	if (uaddr_raw(word) & 3)
		return -1;
	for (;;) {
		if (get_user_u32(word, &value))
			return -1;
		/* Unlocked but not yet woken, or taken over between: the waiter must not sleep for ever. */
		if (is_pending && !is_pi && !value) {
			futex_wake_user(word, 1);
			return 0;
		}
		if ((value & FUTEX_TID_MASK) != (u32)task_pid_vnr(current))
			return 0;
		next = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
		if (user_cmpxchg32_nosleep(word, value, next, &seen)) {
			if (fault_in_writeable(word, sizeof(value)))
				return -1;
			continue;
		}
		if (seen == value)
			break;
	}
	if (!is_pi && (value & FUTEX_WAITERS))
		futex_wake_user(word, 1);
	return 0;
}

static int fetch_entry(uaddr_t from, u64 *entry, bool *is_pi)
{
	if (get_user_u64(from, entry))
		return -1;
	*is_pi = *entry & 1;
	*entry &= ~1ull;
	return 0;
}

void exit_robust_list(struct task *task)
{
	uaddr_t head = cur->robust_list;
	u64 entry, pending, offset, next;
	bool is_pi, is_pending_pi, is_next_pi;
	int limit = ROBUST_LIST_LIMIT;

	cur->robust_list = UADDR_NULL;
	if (uaddr_is_null(head) || !task->mm)
		return;
	if (fetch_entry(head, &entry, &is_pi) ||
	    get_user_u64(uaddr_add(head, offsetof(struct robust_list_head, futex_offset)), &offset) ||
	    fetch_entry(uaddr_add(head, offsetof(struct robust_list_head, list_op_pending)), &pending, &is_pending_pi))
		return;
	while (entry != uaddr_raw(head) && limit--) {
		/* The next pointer first: the lock may be reused as soon as it is free. */
		int failed = fetch_entry(uaddr(entry), &next, &is_next_pi);

		if (entry != pending && mark_dead(uaddr(entry + offset), is_pi, false))
			return;
		if (failed)
			return;
		entry = next;
		is_pi = is_next_pi;
		cond_resched();
	}
	if (pending)
		mark_dead(uaddr(pending + offset), is_pending_pi, true);
}

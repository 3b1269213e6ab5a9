/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * thread.c - the registry of live threads.
 *
 * WHAT        Every thread from thread_init() to its death. Stillness and reports walk it.
 * INVARIANTS  A thread on the list has its structure intact; it leaves before its memory can go.
 * LOCKING     registry lock (rank REGISTRY), never taken in interrupts.
 */
#include <lib/list.h>
#include <lib/string.h>
#include <sync/spinlock.h>
#include <sync/thread.h>
#include "still_impl.h"

static DEFINE_SPINLOCK(registry_lock, RANK_REGISTRY);
struct list_head thread_registry_list = LIST_HEAD_INIT(thread_registry_list);

void thread_registry_lock(void)
{
	spin_lock(&registry_lock);
}

void thread_registry_unlock(void)
{
	spin_unlock(&registry_lock);
}

void thread_init(struct thread *thread, const char *name, u32 flags)
{
	strscpy(thread->name, name, sizeof(thread->name));
	thread->flags = flags;
	thread->state = TASK_NEW;
	thread->call.nr = CALL_NONE;
	INIT_LIST_HEAD(&thread->edge.node);
	INIT_LIST_HEAD(&thread->registry_node);
	thread_registry_lock();
	list_add_tail(&thread->registry_node, &thread_registry_list);
	still_new_thread_locked(thread);
	thread_registry_unlock();
}

void thread_leave(struct thread *thread)
{
	thread_registry_lock();
	list_del_init(&thread->registry_node);
	thread_registry_unlock();
}

void thread_starting(struct thread *thread)
{
	still_thread_starting(thread);
}

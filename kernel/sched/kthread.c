/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kthread.c - kernel threads.
 *
 * WHAT        A kernel thread is a task without address space whose life is one function. Whoever made it may ask it to end.
 * LIFECYCLE   kthread_create -> NEW --kthread_start--> runs ops->run() --returns--> exited completed, dead. The struct kthread
 *             goes with the task. The creator's handle is a reference of the task; kthread_stop() drops it.
 * LOCKING     should_stop: set once, read plainly; ordered by the wake-up.
 */
#include <lib/assert.h>
#include <lib/err.h>
#include <lib/errno.h>
#include <pages/slab.h>
#include <sync/completion.h>
#include <sync/kthread.h>
#include <sync/still.h>
#include <sched/cred.h>
#include <sched/sched.h>
#include "run_queue.h"
#include "task_impl.h"

struct kthread {
	const struct kthread_ops *ops;
	void *arg;
	struct task *task;
	bool should_stop;
	struct completion exited;
};

static void kthread_begin(void *arg)
{
	struct kthread *kthread = arg;

	kthread_park_point();
	kthread->ops->run(kthread->arg);
	if (!(current_thread()->flags & THREAD_KERNEL))
		return; /* it has become a user thread: arch goes on to user mode */
	complete(&kthread->exited);
	sched_exit_switch();
}

static const struct kthread_ops kthread_begin_ops = { .name = "kthread", .run = kthread_begin };

static void bind(struct task *task, u32 cpu)
{
	if (cpu == KTHREAD_ANY_CPU)
		return;
	task->cpus_allowed = CPUMASK_OF(cpu);
	task->cpus_requested = task->cpus_allowed;
	task->cpu = cpu;
	task->flags |= PF_NO_SETAFFINITY;
}

static int init_task(struct kthread *kthread, struct task *task, const char *name, u32 thread_flags)
{
	int ret = task_init(task, name, THREAD_KERNEL | thread_flags);

	if (ret)
		return ret;
	task->kthread = kthread;
	task->cred = get_cred(&init_cred);
	task->real_cred = get_cred(&init_cred);
	refcount_set(&task->refs, 2); /* its own and the handle */
	return 0;
}

struct kthread *kthread_create_on(const struct kthread_ops *ops, void *arg, const char *name, u32 cpu,
				  u32 thread_flags)
{
	struct kthread *kthread = kzalloc(sizeof(*kthread), GFP_KERNEL);
	struct task *task = kernel_task_alloc();

	if (!kthread || !task || init_task(kthread, task, name, thread_flags)) {
		kfree(kthread);
		kernel_task_free(task);
		return ERR_PTR(-ENOMEM);
	}
	kthread->ops = ops;
	kthread->arg = arg;
	kthread->task = task;
	init_completion(&kthread->exited);
	task->cpu = smp_processor_id();
	bind(task, cpu);
	arch_thread_setup_kernel(&task->thread, &kthread_begin_ops, kthread);
	return kthread;
}

struct kthread *kthread_create(const struct kthread_ops *ops, void *arg, const char *name)
{
	return kthread_create_on(ops, arg, name, KTHREAD_ANY_CPU, 0);
}

void kthread_start(struct kthread *kthread)
{
	wake_up_new_task(kthread->task);
}

struct kthread *kthread_run(const struct kthread_ops *ops, void *arg, const char *name)
{
	struct kthread *kthread = kthread_create(ops, arg, name);

	if (!IS_ERR(kthread))
		kthread_start(kthread);
	return kthread;
}

void kthread_stop(struct kthread *kthread)
{
	struct task *task = kthread->task;

	if (thread_state(&task->thread) == TASK_NEW)
		kthread_start(kthread);
	smp_store_mb(kthread->should_stop, true); /* before the wake-up; pairs with set_current_state() */
	wake_up_process(task);
	wait_for_completion(&kthread->exited);
	put_task(task);
}

bool kthread_should_stop(void)
{
	struct kthread *kthread = current->kthread;

	return kthread && READ_ONCE(kthread->should_stop);
}

struct thread *kthread_thread(struct kthread *kthread)
{
	return &kthread->task->thread;
}

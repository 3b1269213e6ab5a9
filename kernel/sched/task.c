/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task.c - the life of a struct task as far as the scheduler knows it, and the tasks that exist from the start.
 *
 * WHAT        Making, forking, ending and freeing of tasks; the boot thread and the idle threads.
 * LIFECYCLE   see sched/task.h. A kernel thread's memory belongs to this file (cache kernel_task); a task with a process
 *             part is freed by port free_task().
 * LOCKING     Before it is woken for the first time a task belongs to who makes it.
 */
#include <lib/assert.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <arch/arch_port.h>
#include <pages/alloc_fault.h>
#include <pages/page_alloc.h>
#include <pages/slab.h>
#include <pages/vmalloc.h>
#include <sync/rcu.h>
#include <sync/workqueue.h>
#include <time/ktime.h>
#include <sched/cred.h>
#include <sched/sched.h>
#include <sched/sched_port.h>
#include <sched/trace.h>
#include "run_queue.h"
#include "task_impl.h"

TRACEPOINT_DEFINE(sched_process_exit, (struct task *task), (task))

static const struct object_type kernel_task_type = { .name = "kernel_task", .owner = "sched" };

struct task_state {
	struct kmem_cache *kernel_tasks; /* made in sched_init() */
};

static struct task_state state;
struct task boot_task;
struct thread *const boot_thread_ptr = &boot_task.thread;

static void init_sched_part(struct task *task)
{
	task->policy = SCHED_NORMAL;
	task->se.weight = fair_weight_of_nice(0);
	task->se.slice_ns = SCHED_SLICE_NS;
	task->se.rr_left_ns = sched_rr_slice_ns();
	INIT_LIST_HEAD(&task->se.rt_node);
	dl_entity_init(task);
	task->cpus_allowed = CPUMASK_ALL;
	task->cpus_requested = CPUMASK_ALL;
}

static void init_common(struct task *task, const char *name, u32 thread_flags)
{
	init_sched_part(task);
	refcount_set(&task->refs, 1);
	spin_lock_init(&task->alloc_lock, RANK_TASK);
	if (thread_flags & THREAD_KERNEL)
		task->flags |= PF_KTHREAD;
	thread_init(&task->thread, name, thread_flags);
}

int task_init(struct task *task, const char *name, u32 thread_flags)
{
	void *stack = stack_alloc(GFP_KERNEL, NUMA_NO_NODE);

	if (!stack)
		return -ENOMEM;
	task->thread.stack = stack;
	arch_thread_set_stack(&task->thread, stack);
	init_common(task, name, thread_flags);
	return 0;
}

void task_fini(struct task *task)
{
	thread_leave(&task->thread);
	stack_free(task->thread.stack);
	task->thread.stack = NULL;
}

struct task *kernel_task_alloc(void)
{
	return kmem_cache_zalloc(state.kernel_tasks, GFP_KERNEL);
}

void kernel_task_free(struct task *task)
{
	kmem_cache_free(state.kernel_tasks, task);
}

static void task_reclaim(struct rcu_head *head)
{
	struct task *task = container_of(head, struct task, rcu);

	alloc_fault_set_nth(&task->thread, 0); /* nobody can write it any more */
	if (task->process) {
		free_task(task);
		return;
	}
	exit_creds(task);
	task_fini(task);
	kfree(task->kthread);
	kernel_task_free(task);
}

static const struct rcu_ops task_rcu_ops = { .name = "task", .reclaim = task_reclaim };

void put_task(struct task *task)
{
	if (refcount_dec_and_test(&task->refs))
		call_rcu(&task->rcu, &task_rcu_ops);
}

void get_task_comm(char *buf, struct task *task)
{
	task_lock(task);
	memcpy(buf, task->thread.name, THREAD_NAME_LEN);
	task_unlock(task);
}

void set_task_comm(struct task *task, const char *name)
{
	task_lock(task);
	strscpy(task->thread.name, name, THREAD_NAME_LEN);
	task_unlock(task);
}

char task_state_letter(const struct task *task)
{
	u32 now = READ_ONCE(task->thread.state);

	if (now & TASK_DEAD)
		return 'X';
	if (now & TASK_TRACED)
		return 't';
	if (now & TASK_STOPPED)
		return 'T';
	if (now & (TASK_UNINTERRUPTIBLE | TASK_PARKED))
		return now & TASK_IDLE_WAIT ? 'I' : now & TASK_PARKED ? 'S' : 'D';
	if (now & TASK_INTERRUPTIBLE)
		return 'S';
	return 'R';
}

/* ---- fork, exec, exit ---- */

static bool is_of_fair_policy(u32 policy)
{
	return policy == SCHED_NORMAL || policy == SCHED_BATCH || policy == SCHED_IDLE;
}

static void inherit_policy(struct task *child, const struct sched_request *parent)
{
	bool is_reset = parent->reset_on_fork, is_fair = is_of_fair_policy(parent->policy);

	child->policy = is_reset && !is_fair ? SCHED_NORMAL : parent->policy;
	child->rt_priority = is_reset ? 0 : parent->rt_priority;
	child->nice = !is_reset ? parent->nice : is_fair ? max(parent->nice, 0) : 0;
}

int sched_fork(struct task *child)
{
	struct task *parent = current;
	struct sched_request now;

	sched_get_request(parent, &now); /* at one instant: others change it meanwhile */
	if (now.policy == SCHED_DEADLINE && !now.reset_on_fork) /* nobody admitted a second one */
		return -EAGAIN;
	inherit_policy(child, &now);
	/* The boot thread and idle threads are bound to their CPU; what they make (the first program) is not. */
	child->cpus_allowed = parent->flags & PF_NO_SETAFFINITY ? CPUMASK_ALL : parent->cpus_allowed;
	child->cpus_requested = parent->flags & PF_NO_SETAFFINITY ? CPUMASK_ALL : parent->cpus_requested;
	child->cpu = smp_processor_id();
	child->se.weight = child->policy == SCHED_IDLE ? FAIR_WEIGHT_IDLE : fair_weight_of_nice(child->nice);
	return 0;
}

void wake_up_new_task(struct task *child)
{
	unsigned long flags;

	thread_starting(&child->thread);
	local_irq_save(flags);
	WRITE_ONCE(child->thread.state, TASK_RUNNING);
	activate_somewhere(child, true, false);
	local_irq_restore(flags);
	preempt_check();
}

void sched_exit_switch(void)
{
	struct task *task = current;

	trace_sched_process_exit(task);
	KASSERT(!task->mm);
	rank_assert_none_held("the end of a thread");
	thread_leave(&task->thread);
	/* The switch that finds TASK_DEAD drops the running thread's reference: a preemption must not be that switch. */
	local_irq_disable();
	set_current_state(TASK_DEAD);
	schedule();
	BUG();
}

/* ---- the first tasks ---- */

static void init_first(struct task *task, const char *name, u32 thread_flags, u32 cpu)
{
	init_common(task, name, THREAD_KERNEL | thread_flags);
	task->cpu = cpu;
	task->thread.state = TASK_RUNNING;
	task->cpus_allowed = CPUMASK_OF(cpu);
	task->flags |= PF_NO_SETAFFINITY;
	task->cred = task->real_cred = get_cred(&init_cred);
}

static struct task *make_idle(u32 cpu)
{
	struct task *idle = kernel_task_alloc();
	char name[THREAD_NAME_LEN];

	if (!idle)
		return NULL;
	idle->thread.stack = stack_alloc(GFP_KERNEL, cpu_to_node(cpu));
	if (!idle->thread.stack) {
		kernel_task_free(idle);
		return NULL;
	}
	arch_thread_set_stack(&idle->thread, idle->thread.stack);
	scnprintf(name, sizeof(name), "idle%u", cpu);
	init_first(idle, name, THREAD_IDLE, cpu);
	idle->flags |= PF_IDLE;
	idle->policy = SCHED_IDLE;
	return idle;
}

static void init_queue(u32 cpu, struct task *idle, struct task *curr)
{
	struct run_queue *rq = cpu_rq(cpu);

	rq->cpu = cpu;
	rq->fair.tree = RB_ROOT;
	rt_init(&rq->rt);
	dl_queue_init(rq);
	rq->idle = idle;
	rq->curr = curr;
	rq->clock_ns = sched_clock();
	rq->idle_since_ns = rq->clock_ns;
	curr->on_cpu = 1;
	curr->se.exec_start_ns = rq->clock_ns;
	timers_init_cpu(cpu);
	tick_init(rq);
}

struct thread *sched_create_idle(int cpu)
{
	struct task *idle = make_idle(cpu);

	if (!idle)
		return NULL;
	init_queue(cpu, idle, idle);
	return &idle->thread;
}

/* The boot thread is an ordinary task that happens to run: it may sleep, and ends when boot does. */
static void adopt_boot_thread(void)
{
	struct run_queue *rq = cpu_rq(0);
	struct task *idle = make_idle(0);

	KASSERT(idle);
	arch_thread_setup_kernel(&idle->thread, &idle_thread_ops, NULL);
	init_first(&boot_task, "boot", THREAD_NO_PARK, 0);
	refcount_set(&boot_task.refs, 2); /* static: never freed */
	init_queue(0, idle, &boot_task);
	boot_task.se.on_rq = true;
	rq->fair.curr = &boot_task.se;
	rq->nr_running = 1;
}

void sched_init(void)
{
	state.kernel_tasks = kmem_cache_create(&kernel_task_type, sizeof(struct task), 64,
					       SLAB_HWCACHE_ALIGN | SLAB_PANIC);
	cred_init();
	user_init();
	user_ns_init();
	workqueue_init_early();
	adopt_boot_thread();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sched.h - giving the processor away, and what the rest of the kernel may ask of the scheduler.
 */
#pragma once

#include <lib/types.h>
#include <arch/cpumask.h>
#include <arch/preempt.h>
#include <sync/sync_port.h>
#include <sched/task.h>

#define NICE_MIN	   (-20)
#define NICE_MAX	   19
#define MAX_RT_PRIO	   100
#define SCHED_SLICE_NS	   3000000ull	/* fair */
#define SCHED_RR_SLICE_MS  100		/* round robin, as the machine starts */

/* schedule() and schedule_until(): sync/sync_port.h. */

static __always_inline bool need_resched(void)
{
	return unlikely(thread_test_work(current_thread(), TIF_NEED_RESCHED));
}

/* Let others run if they should. May sleep. True when it did. */
bool cond_resched(void);
/* sched_yield(2). */
void sched_yield(void);
/* Sleep for a time, uninterruptible / until a signal, a park request or the time: the rest of wait_sleep()'s answers. */
void sleep_ns(u64 ns);
int sleep_interruptible_until(u64 deadline_ns);

/* Make @task runnable whatever TASK_NORMAL sleep it is in. True when this call did it. */
bool wake_up_process(struct task *task);
bool wake_up_state(struct task *task, u32 states);

/* fork: prepare the child's scheduling part from the current task. -EAGAIN: a deadline is not inherited. Child not visible yet. */
int sched_fork(struct task *child) __must_check;
/* The child runs for the first time. */
void wake_up_new_task(struct task *child);
/* exit: the current task never comes back. State becomes TASK_DEAD. Drops the task's own reference after the switch. */
__noreturn void sched_exit_switch(void);

/* A zeroed task gets its scheduling part, references, affinity and stack. -ENOMEM. */
int task_init(struct task *task, const char *name, u32 thread_flags) __must_check;
/* Undo task_init() for a task that never ran or is dead: stack, registry. The caller frees the memory. */
void task_fini(struct task *task);

/* How a task is to run. */
struct sched_request {
	u32 policy;
	u32 rt_priority; /* 0 but for FIFO and RR */
	s32 nice;
	bool reset_on_fork;
	u32 dl_flags;	      /* DEADLINE: SCHED_FLAG_RECLAIM, SCHED_FLAG_DL_OVERRUN; others are dropped */
	struct cbs_params dl; /* the same */
};

/* Are the values possible ones? */
bool sched_request_is_valid(const struct sched_request *request);
/* No rights are checked. -EINVAL values; SCHED_DEADLINE: -EPERM when @task may not run everywhere or none is
 * admitted at all, -EBUSY no bandwidth left, -ESRCH @task is dead. */
int sched_set_request(struct task *task, const struct sched_request *request) __must_check;
void sched_get_request(struct task *task, struct sched_request *request);
void sched_set_reset_on_fork(struct task *task, bool reset_on_fork);
/* The same for all policies but SCHED_DEADLINE. */
int sched_set_policy(struct task *task, u32 policy, u32 rt_priority, s32 nice, bool reset_on_fork) __must_check;
void sched_set_nice(struct task *task, s32 nice);
/* The priority as Linux counts it: a deadline -1, real-time 0..98, the others 100..139. Lower is more urgent. */
int sched_prio(const struct task *task);
/*
 * Restrict @task to @mask (and the online processors); moves it if need be, waits until it has left. -EINVAL: empty; -EBUSY: it
 * has a deadline, for which it was admitted to all processors.
 */
int sched_set_affinity(struct task *task, cpumask_t mask) __must_check;
cpumask_t sched_get_affinity(struct task *task);
/* /proc/sys/kernel/sched_rr_timeslice_ms: how long a task of SCHED_RR runs before its equals. */
extern int sched_rr_slice_ms;
static inline u64 sched_rr_slice_ns(void)
{
	return (u64)READ_ONCE(sched_rr_slice_ms) * 1000000;
}
/* The interval that sched_rr_get_interval reports. */
u64 sched_rr_interval_ns(struct task *task);

static inline u32 task_cpu(const struct task *task)
{
	return READ_ONCE(task->cpu);
}
/* Is it running at this instant? */
static inline bool task_is_running_now(const struct task *task)
{
	return READ_ONCE(task->on_cpu);
}
/* Wait until @task, which does not become runnable meanwhile, is off its processor (ptrace). False: it ran. */
bool wait_task_inactive(struct task *task, u32 state);

/* Exact CPU time, and its split into user and system. */
u64 task_sum_exec_ns(struct task *task);
void task_cputime(struct task *task, u64 *utime_ns, u64 *stime_ns);

/* /proc/stat, /proc/loadavg. */
u64 sched_nr_switches(void);
u32 sched_nr_running(void);
u32 sched_nr_iowait(void);
u64 sched_run_delay_ns(u32 cpu);
/* A wait for a device begins/ends: counts as iowait. */
static inline bool io_schedule_begin(void)
{
	bool old = current->in_iowait;

	current->in_iowait = true;
	return old;
}
static inline void io_schedule_end(bool old)
{
	current->in_iowait = old;
}

/* exec: little is cached yet, so move to an idle processor if others wait here. */
void sched_exec(void);
/* Boot: caches; the boot thread becomes an ordinary task. After the page allocator and the clock. */
void sched_init(void);
/* Boot: RCU, work queues, the tick, load average. The boot thread may sleep from here on. */
void sched_start(void);
/* Boot's last step: the boot thread ends. */
__noreturn void sched_idle(void);

/* After enabling interrupts outside of preempt_enable(): give way if somebody better waits. */
static __always_inline void preempt_check(void)
{
	if (unlikely(should_resched(0)) && !irqs_disabled()) {
		preempt_disable();
		preempt_enable();
	}
}

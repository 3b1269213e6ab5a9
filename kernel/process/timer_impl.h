/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timer_impl.h - clocks and timers of programs.
 *
 * struct posix_timers is made with a process's first timer and lives until its last thread ends.
 */
#pragma once

#include <lib/types.h>
#include <lib/idr.h>
#include <lib/time_units.h>
#include <sync/spinlock.h>
#include <time/timer.h>
#include <process/signal.h>

struct task;
struct pid;
struct signal_struct;
struct posix_timer;

/* One of ITIMER_VIRTUAL and ITIMER_PROF: CPU time of the group. Both 0: off. siglock. */
struct cpu_itimer {
	u64 expires_ns; /* absolute CPU time */
	u64 interval_ns;
};

struct posix_timers {
	struct timer real;	   /* ITIMER_REAL */
	u64 real_interval_ns;	   /* siglock */
	struct pid *tgid;	   /* owned: whom SIGALRM goes to */
	struct cpu_itimer virt, prof;
	struct list_head cpu_timers; /* struct posix_timer on CPU clocks; siglock */
	struct idr ids;		   /* siglock */
	bool watches_cpu;	   /* the tick has something to look at; siglock, read without it */
};

/* A clock as clockid_t names it: one of the fixed ones, or the CPU time of a process or thread. */
struct cpu_clock {
	bool is_thread;
	struct task *task; /* owned; NULL: not a CPU clock */
};

/* A POSIX timer. it_lock of Linux is siglock here. */
struct posix_timer {
	struct timer timer;
	struct posix_timers *owner;
	struct list_head node; /* owner->cpu_timers while on a CPU clock */
	int id;
	int clock;
	int base; /* siglock: the clock that expires_ns is on: a relative setting follows no steps of the real-time clock */
	int notify; /* SIGEV_* */
	int sig;
	u64 value;  /* sigev_value */
	struct pid *target; /* owned: thread or process */
	struct task *cpu_task; /* owned: whose CPU time, or NULL */
	bool cpu_is_thread;
	bool is_armed;
	bool is_deleted;
	u64 interval_ns;
	u64 expires_ns; /* on base, or the CPU clock */
	u64 overrun, overrun_last;
	u32 signal_seq; /* of the armed setting: an old signal does not re-arm a new one */
	struct sigqueue *sigqueue; /* owned */
	struct rcu_head rcu;
};

/* posix_timer.c */
struct posix_timers *posix_timers_get(void); /* the caller's, made if need be; NULL: no memory */
void posix_timer_fire_locked(struct posix_timer *timer);
/* The real-time clock was set: start what waits for an instant of it again. siglock held. */
void posix_timers_stepped_locked(struct posix_timers *timers);

/* cpu_timer.c */
/* A soft RLIMIT_CPU was set: the tick must watch it. */
void cpu_limit_changed(struct task *task);
/* A limit in seconds as signal->cpu_limit_ns. */
u64 cpu_limit_to_ns(unsigned long seconds);
/* CPU time of a thread or its whole group. */
u64 cpu_clock_read(struct task *task, bool is_thread);
/* User and system time of a whole group. */
void group_cputime(struct task *task, u64 *utime, u64 *stime);
/* Decode a negative clockid. 0 with a reference on clock->task, or -EINVAL. */
int cpu_clock_decode(int clockid, struct cpu_clock *clock);
void cpu_timers_init(void);
void cpu_timer_arm_locked(struct posix_timer *timer);
void cpu_timer_disarm_locked(struct posix_timer *timer);
void cpu_timers_watch_locked(struct signal_struct *signal);

/* clocks.c */
/* Now on @clock (fixed clocks only). */
u64 clock_now_ns(int clock);
/* Is it a fixed clock that can be slept on? */
bool clock_is_timer_clock(int clock);
/* Does setting the real-time clock move it? */
static inline bool clock_can_step(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_TAI;
}
/* An instant of @clock on the monotonic clock. */
u64 clock_to_monotonic(int clock, u64 ns);

/* clock_step.c */
/* How often the real-time clock was set. */
u32 clock_steps(void);
/* Sleep until the monotonic @deadline_ns, or until clock_steps() is not @nr_steps: 0 (look again), -ERESTARTSYS, -EPARK. */
int clock_step_sleep(u32 nr_steps, u64 deadline_ns);
/* edge_wait_sleep() until @clock shows @deadline_ns, through any steps of it. */
int clock_edge_sleep(struct edge_wait *edge, int clock, u64 deadline_ns);
void clock_steps_init(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/* report.h - a process as /proc shows it: figures gathered under its locks, so that the files only print. */
#pragma once

#include <process/signal.h>
#include <process/signal_struct.h>

struct task;
struct pid;

struct process_report {
	struct usage_sums usage;    /* of the group, or of the one thread */
	struct usage_sums children; /* waited for */
	ksigset_t pending, shared_pending, blocked, ignored, caught;
	u32 nr_queued;		    /* signals queued for the real user */
	int nr_threads;
	struct tty_struct *tty;	    /* identity only, for tty_report(); not a reference */
};

/* Fill @report about @task; @whole: its whole group. Zeros where the process is gone already. */
void process_report_read(struct task *task, bool whole, struct process_report *report);
/* Do files about @task belong to its user (dumpable), or to root? */
bool process_is_dumpable(struct task *task);
/* /proc/sys: what processes obey. */
struct process_settings {
	int suid_dumpable;	    /* SUID_DUMP_* of a program that gained rights or may not be read */
	int print_fatal_signals;    /* a word in the log about a program that a fault or an abort ends */
	int acct_percent[2];	    /* of free room: acct(2) goes on when there is so much, stops when there is not more */
	int acct_period_s;	    /* how often it looks */
};
extern struct process_settings process_settings;
/* kernel.threads-max. */
u32 process_max_threads(void);
void process_set_max_threads(u32 nr);
/* kernel.ns_last_pid of the caller's namespace. -EPERM, -EINVAL. */
int process_last_pid(void);
int process_set_last_pid(int nr) __must_check;

/* Threads alive, and tasks ever made. */
u32 process_nr_threads(void);
u64 total_forks(void);

/* The terminal driver's answer about a tty: its device number and foreground group as seen from @ns (-1: none). */
struct pid_namespace;
struct tty_report_ops {
	void (*report)(struct task *task, struct pid_namespace *ns, u32 *dev, int *foreground);
};
void tty_report_register(const struct tty_report_ops *ops);
/* 0 and -1 without a terminal or a driver. */
void tty_report(struct task *task, struct pid_namespace *ns, u32 *dev, int *foreground);

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alloc_fault.h - make allocations fail on purpose, so that every error path is tested.
 *
 * WHAT        Two capabilities, fail_page_alloc and failslab, each with the settings of a `struct fault_attr`, whose names and meanings are
 *             those of Linux (Documentation/fault-injection). Beside them a thread can be told to fail its nth allocation from now
 *             (/proc/PID/fail-nth), which goes before the general settings, not before those of a capability
 *             (ignore-gfp-wait, min-order, cache-filter).
 * INVARIANTS  F1  nr_reasons is the number of attributes with a probability plus the threads with an nth: while it is 0 an
 *                 allocation reads this one word and nothing else.
 *             F2  NOFAIL requests, requests inside a reservation and those of the boot never fail.
 * LOCKING     Settings are single words that writers race for harmlessly; who changes a probability is alone (sys/fault.c). A thread's nth
 *             changes atomically.
 */
#ifndef PAGES_ALLOC_FAULT_H
#define PAGES_ALLOC_FAULT_H

#include <pages/gfp.h>
#include <arch/atomic.h>
#include <log/ratelimit.h>

struct thread;
struct kmem_cache;

/* Where in the kernel the failing call may have come from. depth 0: not asked. */
struct fault_stack_filter {
	unsigned long depth; /* at most FAULT_STACK_MAX frames are looked at */
	unsigned long require_start, require_end; /* one of them is in here; 0 and ~0: anywhere */
	unsigned long reject_start, reject_end;	  /* none of them is in here */
};
#define FAULT_STACK_MAX 32

struct fault_attr {
	const char *name;
	unsigned long probability; /* percent */
	unsigned long interval;	   /* of so many eligible calls at most one fails */
	unsigned long verbose;	   /* 0: silent; 1: a message; 2: and a stack trace */
	atomic_t times;		   /* failures left; -1: no limit */
	atomic_t space;		   /* a budget in bytes: nothing fails before it is used up */
	atomic_t nr_calls;
	bool task_filter;	   /* only threads with make-it-fail */
	bool is_counted;	   /* F1 */
	struct fault_stack_filter stack;
	struct ratelimit ratelimit; /* of the messages; interval 0: none, as on Linux */
};

struct alloc_fault {
	atomic_t nr_reasons; /* F1 */
	struct fault_attr page, slab;
	bool page_ignore_highmem; /* accepted, means nothing: no page is high */
	bool page_ignore_wait;	  /* requests that may sleep do not fail */
	u32 page_min_order;	  /* smaller blocks do not fail */
	bool slab_ignore_wait;
	bool slab_cache_filter;	  /* only caches that were chosen (SLAB_FAILSLAB) */
	struct ratelimit own_ratelimit; /* of the messages about threads' own counts */
};
extern struct alloc_fault alloc_fault;

/* The probability of @attr was changed. */
void fault_attr_update(struct fault_attr *attr);
/* "interval,probability,space,times", as on the kernel's command line. -EINVAL. */
int fault_attr_parse(struct fault_attr *attr, char *text);

/* Allocations that @thread may still make before one fails; 0: none fails, or it did. */
u32 alloc_fault_nth(const struct thread *thread);
/* Of the allocations that @thread makes from now outside of interrupts, the @nth fails, once; 0: none. */
void alloc_fault_set_nth(struct thread *thread, u32 nth);

#endif

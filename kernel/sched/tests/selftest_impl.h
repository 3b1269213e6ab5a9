/* SPDX-License-Identifier: GPL-2.0-only */
/* selftest_impl.h - what the parts of selftest=sync and selftest=sched share. */
#pragma once

#include <lib/types.h>
#include <log/printk.h>
#include <sync/kthread.h>

/* A failed expectation: said, counted, the test goes on. */
#define EXPECT(cond)                                                                  \
	do {                                                                          \
		if (!(cond)) {                                                        \
			pr_err("selftest %s:%d: %s\n", __func__, __LINE__, #cond);    \
			selftest_fail();                                              \
		}                                                                     \
	} while (0)

void selftest_fail(void);
u32 selftest_failures(void);

#define CREW_MAX 8

struct crew;
struct crew_ops {
	struct kthread_ops thread; /* run = crew_member */
	void (*work)(struct crew *crew, u32 member);
};

/* Run ops->work() in @nr threads at once, and wait until all have ended. */
struct crew_member {
	struct crew *crew;
	u32 number;
};
struct crew {
	const struct crew_ops *ops;
	void *data;
	u32 nr;
	struct crew_member member[CREW_MAX];
	struct kthread *kthread[CREW_MAX];
};
void crew_run(struct crew *crew, const struct crew_ops *ops, u32 nr, void *data, bool bind_to_cpus);
void crew_start(struct crew *crew, const struct crew_ops *ops, u32 nr, void *data, bool bind_to_cpus);
void crew_join(struct crew *crew);

/* lock_selftest.c */
void test_spinlock(void);
void test_mutex(void);
void test_rwsem(void);
void test_rwsem_passing(void);
void test_held_search(void);
void test_held_grant(void);
void test_srcu(void);
void test_rcu(void);
/* wait_selftest.c */
void test_wait(void);
void test_completion(void);
void test_edge(void);
void test_timers(void);
void test_work(void);
void test_still(void);

/* SPDX-License-Identifier: GPL-2.0-only */
/* completion.h - "this has happened": a counted event that can be waited for. */
#pragma once

#include <sync/wait.h>

struct completion {
	u32 done; /* under wait.lock; U32_MAX = for ever */
	struct wait_queue_head wait;
};

#define COMPLETION_INIT(name)	 { .done = 0, .wait = WAIT_QUEUE_HEAD_INIT((name).wait) }
#define DECLARE_COMPLETION(name) struct completion name = COMPLETION_INIT(name)

static inline void init_completion(struct completion *c)
{
	c->done = 0;
	init_waitqueue_head(&c->wait);
}

static inline void reinit_completion(struct completion *c)
{
	c->done = 0;
}

/* One event for one waiter / for everybody from now on. Any context but NMI. */
void complete(struct completion *c);
void complete_all(struct completion *c);
/* Short wait. */
void wait_for_completion(struct completion *c);
/* Kind and deadline as in wait_sleep(): 0, -ERESTARTSYS, -EPARK, -ETIME. */
int wait_for_completion_kind(struct completion *c, enum wait_kind kind, u64 deadline_ns);
/* A device's answer; @device goes into still_begin()'s report. */
void wait_for_completion_device(struct completion *c, const char *device);
#define wait_for_completion_killable(c)	     wait_for_completion_kind((c), WAIT_KILLABLE, DEADLINE_NEVER)
#define wait_for_completion_interruptible(c) wait_for_completion_kind((c), WAIT_LEVEL, DEADLINE_NEVER)
bool try_wait_for_completion(struct completion *c);
static inline bool completion_done(const struct completion *c)
{
	return READ_ONCE(c->done) != 0;
}

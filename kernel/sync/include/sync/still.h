/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * still.h - the boundary law: bring every task to the user/kernel boundary, and hold it there.
 */
#pragma once

#include <lib/types.h>
#include <sync/thread.h>

enum still_depth {
	STILL_TASKS, /* user tasks, then kernel threads; interrupts, timers and RCU go on */
	STILL_CPUS,  /* also all processors but this one, interrupts off */
};

/* How it went: the thread that came last, or when still_begin() failed the first one that did not come. */
struct still_report {
	u32 id; /* 0: a kernel thread, or nobody was waited for */
	char name[THREAD_NAME_LEN];
	u32 call_nr;	       /* its system call or CALL_NONE */
	u32 state;	       /* TASK_*, as it was seen */
	const char *device;    /* the device it waits for, or NULL */
	u32 nr_missing;	       /* how many did not come */
	u32 nr_parked;
	u64 took_ns;
};

/*
 * Stop everything but the caller. 0, or -EBUSY when a task did not come to the boundary within @timeout_ns: then
 * everything goes on and @report names the first. -EINTR when the caller got a fatal signal while waiting for its turn.
 * The caller holds no lock; conductors take turns. May sleep.
 */
int still_begin(u64 timeout_ns, enum still_depth depth, struct still_report *report);
/* What the thread of @report did when it was last looked at: "running", "device", "lock", "level" or "boundary". */
const char *still_wait_name(const struct still_report *report);
/* Everything goes on. By the same thread. */
void still_end(void);
/* Is stillness asked for or reached? */
bool still_is_active(void);

/*
 * Hold the current task while stillness lasts. Called at the boundary only: by the system-call dispatcher after
 * -EPARK and by the exit-to-user work loop when TIF_PARK is set. Returns at once when nobody asks. No lock is held.
 */
void park_here(void);
/* The same for kernel threads, at the top of their loop. */
void kthread_park_point(void);
/* A long loop whose length a program chose: should it return -EPARK (after noting how far it came)? */
static inline bool should_park(void)
{
	return park_pending();
}

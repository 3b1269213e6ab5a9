/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * call.h - what earlier passes of the current system call achieved.
 *
 * WHAT        A system call that is asked to park returns -EPARK, the dispatcher holds the task and then calls
 *             the same handler again. What must not happen twice is kept here: bytes done, the absolute
 *             deadline, objects already made, requests in flight.
 * INVARIANTS  C1  The dispatcher calls call_begin() once a system call, pass counts up on each further pass.
 *             C2  A handler that leaves objects here, or its edge wait queued, takes them back before it returns anything but -EPARK.
 * LOCKING     Only the thread itself.
 */
#pragma once

#include <lib/types.h>

#define CALL_NONE	 (~0u) /* call.nr outside of a system call */
#define CALL_NR_OBJECTS	 2
#define DEADLINE_NEVER	 (~0ull)

struct call {
	u32 nr;	  /* the number as user space gave it, after ptrace and seccomp changed it */
	u32 pass; /* 0 on the first pass */
	u64 done;	 /* bytes or items that earlier passes achieved */
	u64 deadline_ns; /* absolute, monotonic; valid when has_deadline */
	bool has_deadline;
	u8 stage; /* a handler's own note of how far it came */
	void *objects[CALL_NR_OBJECTS];
};

struct thread;

/* The dispatcher: a new system call starts. The objects are empty already (C2). */
static __always_inline void call_begin(struct call *call, u32 nr)
{
	call->nr = nr;
	call->pass = 0;
	call->done = 0;
	call->has_deadline = false;
	call->stage = 0;
}
/* The call is over. */
static __always_inline void call_end(struct call *call)
{
	call->nr = CALL_NONE;
}
/* The current thread's call. */
struct call *call_current(void);
/* Is this a further pass, after a park? */
bool call_resumed(void);
/* The absolute deadline of a relative timeout: computed on the first pass, remembered for the others. */
u64 call_deadline(u64 relative_ns);
/* The same for an absolute monotonic time that must not be computed twice. */
u64 call_deadline_at(u64 absolute_ns);
/*
 * Did an earlier pass compute the deadline? Then it is in *@deadline_ns, and what it was computed from is not read again: the
 * program may have changed those words or unmapped them, and a call that fails half-way leaves what it queued behind.
 */
bool call_deadline_kept(u64 *deadline_ns);
/* How much earlier passes did. */
u64 call_done(void);
/* Note that @n more is done; returns the new total. */
u64 call_done_add(u64 n);
/* Leave an object for the next pass / take it back (NULL when there is none). */
void call_keep(u32 slot, void *object);
void *call_take(u32 slot);

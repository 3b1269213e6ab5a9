/* SPDX-License-Identifier: GPL-2.0-only */
/* call.c - the memory of the current system call. See call.h. */
#include <sync/call.h>
#include <sync/sync_port.h>
#include <sync/thread.h>

struct call *call_current(void)
{
	return &current_thread()->call;
}

bool call_resumed(void)
{
	return call_current()->pass > 0;
}

u64 call_deadline_at(u64 absolute_ns)
{
	struct call *call = call_current();

	if (!call->has_deadline) {
		call->deadline_ns = absolute_ns;
		call->has_deadline = true;
	}
	return call->deadline_ns;
}

u64 call_deadline(u64 relative_ns)
{
	struct call *call = call_current();
	u64 now;

	if (call->has_deadline)
		return call->deadline_ns;
	now = ktime_get_ns();
	return call_deadline_at(relative_ns >= DEADLINE_NEVER - now ? DEADLINE_NEVER : now + relative_ns);
}

bool call_deadline_kept(u64 *deadline_ns)
{
	const struct call *call = call_current();

	if (call->has_deadline)
		*deadline_ns = call->deadline_ns;
	return call->has_deadline;
}

u64 call_done(void)
{
	return call_current()->done;
}

u64 call_done_add(u64 n)
{
	struct call *call = call_current();

	call->done += n;
	return call->done;
}

void call_keep(u32 slot, void *object)
{
	call_current()->objects[slot] = object;
}

void *call_take(u32 slot)
{
	struct call *call = call_current();
	void *object = call->objects[slot];

	call->objects[slot] = NULL;
	return object;
}

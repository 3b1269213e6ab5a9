/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * select.c - poll and select: ask every file, sleep on all their queues, ask again.
 *
 * WHAT        A pass asks each file once. While no file was ready the table queues an entry of its own on every wait queue the
 *             files name; a wake-up of any of them ends the sleep. The second pass only asks.
 * INVARIANTS  I1  Entries leave all queues before the call returns, also with -EPARK; each holds a reference on its file.
 *             I2  An absolute deadline is computed on the first pass of the call and kept in struct call; the remaining time is
 *                 written back only when the call really ends.
 *             I3  An allocation that fails while queueing ends the call with -ENOMEM, never with a lost wake-up.
 * LOCKING     None of its own: entries live in the caller's table, `triggered` pairs with the state of the sleeping thread.
 * ERRORS      -EBADF (select), -EFAULT, -EINVAL, -ENOMEM, -EPARK, -ERESTARTNOHAND.
 * TESTS       tests/guest/ipc/poll_test.c
 */
#include <arch/uaccess.h>
#include <lib/bitops.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <lib/time_units.h>
#include <linux/eventpoll.h>
#include <linux/poll.h>
#include <asm/resource.h>
#include <pages/slab.h>
#include <sched/task.h>
#include <sync/call.h>
#include <sync/sync_port.h>
#include <sync/wait.h>
#include <time/ktime.h>
#include <vfs/fdtable.h>
#include <vfs/file.h>
#include <vfs/ipc_calls.h>
#include <vfs/poll.h>
#include <vfs/vfs_port.h>
#include "poll_impl.h"

#define POLL_INLINE_ENTRIES 12
#define POLL_CHUNK_ENTRIES  60

struct poll_queues;

struct poll_entry {
	struct wait_queue_entry wait;
	struct poll_queues *queues;
	struct wait_queue_head *wq;
	struct file *file; /* owned reference */
	u32 key;	   /* events this file was asked for */
};

struct poll_chunk {
	struct poll_chunk *next;
	u32 nr;
	struct poll_entry entries[POLL_CHUNK_ENTRIES];
};

struct poll_queues {
	struct poll_table table; /* first: queue() finds the rest from it */
	struct thread *thread;
	int triggered; /* a wake-up came; read and written once, ordered by set_current_state() */
	int error;     /* -ENOMEM while queueing */
	u32 nr_inline;
	struct poll_chunk *chunks;
	struct poll_entry inline_entries[POLL_INLINE_ENTRIES];
};

/* --- the table of queues ------------------------------------------------------------------------------- */

static bool poll_entry_wake(struct wait_queue_entry *wait, u32 events)
{
	struct poll_entry *entry = container_of(wait, struct poll_entry, wait);
	struct poll_queues *queues = entry->queues;

	if (events && !(events & entry->key))
		return false;
	WRITE_ONCE(queues->triggered, 1);
	return thread_wake(queues->thread, TASK_INTERRUPTIBLE);
}

static const struct wait_entry_ops poll_entry_ops = { .name = "poll", .wake = poll_entry_wake };

static struct poll_entry *poll_entry_alloc(struct poll_queues *queues)
{
	struct poll_chunk *chunk = queues->chunks;

	if (queues->nr_inline < POLL_INLINE_ENTRIES)
		return &queues->inline_entries[queues->nr_inline++];
	if (!chunk || chunk->nr == POLL_CHUNK_ENTRIES) {
		chunk = kmalloc(sizeof(*chunk), GFP_KERNEL);
		if (!chunk) {
			queues->error = -ENOMEM;
			return NULL;
		}
		chunk->nr = 0;
		chunk->next = queues->chunks;
		queues->chunks = chunk;
	}
	return &chunk->entries[chunk->nr++];
}

static void poll_queue(struct poll_table *table, struct file *file, struct wait_queue_head *wq)
{
	struct poll_queues *queues = container_of(table, struct poll_queues, table);
	struct poll_entry *entry = poll_entry_alloc(queues);

	if (!entry)
		return;
	entry->queues = queues;
	entry->wq = wq;
	entry->file = get_file(file);
	entry->key = table->events;
	wait_entry_init_ops(&entry->wait, &poll_entry_ops, 0);
	add_wait_queue(wq, &entry->wait);
}

static const struct poll_table_ops poll_queue_ops = { .queue = poll_queue };

static void poll_queues_init(struct poll_queues *queues)
{
	queues->table.ops = &poll_queue_ops;
	queues->table.events = ~0u;
	queues->thread = current_thread();
	queues->triggered = 0;
	queues->error = 0;
	queues->nr_inline = 0;
	queues->chunks = NULL;
}

static void poll_entry_free(struct poll_entry *entry)
{
	remove_wait_queue(entry->wq, &entry->wait);
	fput(entry->file);
}

static void poll_queues_fini(struct poll_queues *queues)
{
	for (u32 i = 0; i < queues->nr_inline; i++)
		poll_entry_free(&queues->inline_entries[i]);
	while (queues->chunks) {
		struct poll_chunk *chunk = queues->chunks;

		for (u32 i = 0; i < chunk->nr; i++)
			poll_entry_free(&chunk->entries[i]);
		queues->chunks = chunk->next;
		kfree(chunk);
	}
}

/* Sleep until an entry was triggered. 0: ask again; else -ETIME, -EPARK, -ERESTARTSYS. */
static int poll_sleep(struct poll_queues *queues, u64 deadline_ns)
{
	int ret = 0;

	set_current_state(TASK_INTERRUPTIBLE); /* pairs with poll_entry_wake(): state before triggered */
	if (!READ_ONCE(queues->triggered))
		ret = wait_sleep(WAIT_LEVEL, deadline_ns);
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(queues->triggered, 0);
	smp_mb(); /* triggered is cleared before the files are asked again */
	return ret;
}

/* --- one file ------------------------------------------------------------------------------------------ */

/* What @fd says of @events; EPOLLNVAL for a bad descriptor. */
static u32 poll_one(int number, u32 events, struct poll_table *table)
{
	struct fd f = fdget(number);
	u32 mask;

	if (!f.file)
		return EPOLLNVAL;
	if (table)
		table->events = events;
	mask = vfs_poll(f.file, table) & events;
	fdput(f);
	return mask;
}

/* --- poll ---------------------------------------------------------------------------------------------- */

/* Ask all; how many answered. Queueing stops at the first that did. */
static int poll_pass(struct pollfd *fds, u32 nr, struct poll_queues *queues, struct poll_table *table)
{
	int ready = 0;

	for (u32 i = 0; i < nr; i++) {
		struct pollfd *p = &fds[i];
		u32 events = (u16)p->events | EPOLLERR | EPOLLHUP;

		p->revents = p->fd < 0 ? 0 : poll_one(p->fd, events, table);
		if (p->revents) {
			ready++;
			table = NULL;
		}
	}
	return ready ? ready : queues->error;
}

static noinline int poll_wait_ready(struct pollfd *fds, u32 nr, u64 deadline_ns)
{
	struct poll_queues queues;
	int ret, slept = 0;

	poll_queues_init(&queues);
	ret = poll_pass(fds, nr, &queues, deadline_ns ? &queues.table : NULL);
	while (!ret && deadline_ns && !slept) {
		slept = poll_sleep(&queues, deadline_ns);
		ret = poll_pass(fds, nr, &queues, NULL);
	}
	poll_queues_fini(&queues);
	if (ret || slept == -ETIME)
		return ret;
	return slept;
}

#define POLL_STACK_FDS 16

/* @deadline_ns: 0 asks once. */
static long do_poll(uaddr_t ufds, u32 nr, u64 deadline_ns)
{
	struct pollfd few[POLL_STACK_FDS], *fds = few;
	long ret;

	if (nr > vfs_rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	if (nr > POLL_STACK_FDS) {
		fds = kvmalloc(nr * sizeof(*fds), GFP_KERNEL);
		if (!fds)
			return -ENOMEM;
	}
	ret = -EFAULT;
	if (copy_from_user(fds, ufds, nr * sizeof(*fds)))
		goto free_fds;
	ret = poll_wait_ready(fds, nr, deadline_ns);
	if (ret < 0)
		goto free_fds;
	for (u32 i = 0; i < nr; i++) {
		uaddr_t slot = uaddr_add(ufds, i * sizeof(*fds) + offsetof(struct pollfd, revents));

		if (put_user_u16(fds[i].revents, slot)) {
			ret = -EFAULT;
			break;
		}
	}
free_fds:
	if (fds != few)
		kvfree(fds);
	return ret;
}

/* 0: do not wait, DEADLINE_NEVER: for ever. */
static u64 poll_deadline_ms(int timeout_ms)
{
	if (timeout_ms < 0)
		return DEADLINE_NEVER;
	if (!timeout_ms)
		return 0;
	return call_deadline((u64)timeout_ms * NSEC_PER_MSEC);
}

long sys_poll(uaddr_t ufds, u32 nr, int timeout_ms)
{
	long ret = do_poll(ufds, nr, poll_deadline_ms(timeout_ms));

	/* Restarting must not begin the time anew: the deadline goes on where it was. */
	return ret == -ERESTARTSYS ? vfs_restart_poll(ufds, nr, poll_deadline_ms(timeout_ms)) : ret;
}

long poll_restart(uaddr_t ufds, u32 nr, u64 deadline_ns)
{
	long ret = do_poll(ufds, nr, deadline_ns);

	return ret == -ERESTARTSYS ? vfs_restart_poll(ufds, nr, deadline_ns) : ret;
}

static long poll_deadline_user(uaddr_t uts, bool is_usec, u64 *deadline_ns)
{
	struct {
		s64 sec, frac;
	} ts;

	*deadline_ns = DEADLINE_NEVER;
	/* A pass after a park has its temporary mask installed: it reads nothing again that could end it here. */
	if (uaddr_is_null(uts) || call_deadline_kept(deadline_ns))
		return 0;
	if (copy_from_user(&ts, uts, sizeof(ts)))
		return -EFAULT;
	if (is_usec) { /* select(2): microseconds may exceed a second */
		ts.sec += ts.frac / USEC_PER_SEC;
		ts.frac = (ts.frac % USEC_PER_SEC) * NSEC_PER_USEC;
	}
	if (ts.sec < 0 || ts.frac < 0 || ts.frac >= NSEC_PER_SEC)
		return -EINVAL;
	if (!ts.sec && !ts.frac)
		*deadline_ns = 0;
	else if (ts.sec < (s64)(DEADLINE_NEVER / NSEC_PER_SEC / 4))
		*deadline_ns = call_deadline(ts.sec * NSEC_PER_SEC + ts.frac);
	else
		*deadline_ns = call_deadline(DEADLINE_NEVER);
	return 0;
}

long poll_deadline_timespec(uaddr_t uts, u64 *deadline_ns)
{
	return poll_deadline_user(uts, false, deadline_ns);
}

/* Write back how much time is left. False: the program keeps the limit it gave. */
static bool poll_put_remaining(uaddr_t uts, bool is_usec, u64 deadline_ns)
{
	u64 now = ktime_get_ns(), left = deadline_ns > now ? deadline_ns - now : 0;
	struct {
		s64 sec, frac;
	} ts = { left / NSEC_PER_SEC, left % NSEC_PER_SEC };

	if (vfs_timeouts_are_sticky())
		return false;
	if (deadline_ns == DEADLINE_NEVER || !deadline_ns)
		return true;
	if (is_usec)
		ts.frac /= NSEC_PER_USEC;
	return !copy_to_user(uts, &ts, sizeof(ts)); /* a fault here is nobody's business */
}

/* The end of a call with a time limit. With the whole limit it must not start again: a signal without a handler ends it. */
static long poll_finish_time(long ret, uaddr_t uts, bool is_usec, u64 deadline_ns)
{
	if (ret == -ERESTARTSYS)
		ret = -ERESTARTNOHAND;
	if (uaddr_is_null(uts) || poll_put_remaining(uts, is_usec, deadline_ns))
		return ret;
	return ret == -ERESTARTNOHAND ? -EINTR : ret;
}

/* The same with a temporary mask. */
static long poll_finish(long ret, uaddr_t uts, bool is_usec, u64 deadline_ns)
{
	if (ret == -EPARK)
		return ret; /* the mask stays, the next pass sets the same one */
	vfs_restore_sigmask(ret == -ERESTARTSYS);
	return poll_finish_time(ret, uts, is_usec, deadline_ns);
}

long sys_ppoll(uaddr_t ufds, u32 nr, uaddr_t uts, uaddr_t sigmask, size_t sigsetsize)
{
	u64 deadline_ns;
	long ret = poll_deadline_user(uts, false, &deadline_ns);

	if (!ret && !call_resumed())
		ret = vfs_set_sigmask(sigmask, sigsetsize);
	if (ret)
		return ret;
	return poll_finish(do_poll(ufds, nr, deadline_ns), uts, false, deadline_ns);
}

/* --- select -------------------------------------------------------------------------------------------- */

#define SELECT_STACK_LONGS 32

/* Three sets asked about and three answers, @nr_longs words each, in one block. */
struct select_sets {
	u32 nr_fds;
	u32 nr_longs;
	unsigned long *bits;
	unsigned long few[6 * SELECT_STACK_LONGS / 6];
};

enum { SELECT_IN, SELECT_OUT, SELECT_EX, SELECT_RES };

static unsigned long *select_set(struct select_sets *sets, u32 which)
{
	return sets->bits + which * sets->nr_longs;
}

static const u32 select_events[3] = {
	[SELECT_IN] = EPOLLRDNORM | EPOLLRDBAND | EPOLLIN | EPOLLHUP | EPOLLERR,
	[SELECT_OUT] = EPOLLWRBAND | EPOLLWRNORM | EPOLLOUT | EPOLLERR,
	[SELECT_EX] = EPOLLPRI,
};

/* Ask about descriptor @fd; how many of its bits are set in the answer, or -EBADF. */
static int select_one(struct select_sets *sets, u32 fd, struct poll_table *table)
{
	u32 word = fd / BITS_PER_LONG, wanted = 0, mask;
	unsigned long bit = 1ul << (fd % BITS_PER_LONG);
	int found = 0;

	for (u32 which = 0; which < 3; which++)
		if (select_set(sets, which)[word] & bit)
			wanted |= select_events[which];
	mask = poll_one(fd, wanted | EPOLLNVAL, table);
	if (mask & EPOLLNVAL)
		return -EBADF;
	for (u32 which = 0; which < 3; which++) {
		if ((select_set(sets, which)[word] & bit) && (mask & select_events[which])) {
			select_set(sets, SELECT_RES + which)[word] |= bit;
			found++;
		}
	}
	return found;
}

static int select_pass(struct select_sets *sets, struct poll_queues *queues, struct poll_table *table)
{
	int ready = 0;

	for (u32 word = 0; word < sets->nr_longs; word++) {
		unsigned long all = select_set(sets, SELECT_IN)[word] | select_set(sets, SELECT_OUT)[word] |
				    select_set(sets, SELECT_EX)[word];

		for (; all; all &= all - 1) {
			u32 fd = word * BITS_PER_LONG + __builtin_ctzl(all);
			int found;

			if (fd >= sets->nr_fds)
				break;
			found = select_one(sets, fd, ready ? NULL : table);
			if (found < 0)
				return found;
			ready += found;
		}
	}
	return ready ? ready : queues->error;
}

static noinline int select_wait_ready(struct select_sets *sets, u64 deadline_ns)
{
	struct poll_queues queues;
	int ret, slept = 0;

	poll_queues_init(&queues);
	ret = select_pass(sets, &queues, deadline_ns ? &queues.table : NULL);
	while (!ret && deadline_ns && !slept) {
		slept = poll_sleep(&queues, deadline_ns);
		ret = select_pass(sets, &queues, NULL);
	}
	poll_queues_fini(&queues);
	if (ret || slept == -ETIME)
		return ret;
	return slept;
}

static long select_copy_in(struct select_sets *sets, const uaddr_t *users)
{
	size_t size = sets->nr_longs * sizeof(long);

	for (u32 which = 0; which < 3; which++) {
		if (uaddr_is_null(users[which]))
			memset(select_set(sets, which), 0, size);
		else if (copy_from_user(select_set(sets, which), users[which], size))
			return -EFAULT;
		memset(select_set(sets, SELECT_RES + which), 0, size);
	}
	return 0;
}

static long select_copy_out(struct select_sets *sets, const uaddr_t *users)
{
	for (u32 which = 0; which < 3; which++)
		if (!uaddr_is_null(users[which]) &&
		    copy_to_user(users[which], select_set(sets, SELECT_RES + which), sets->nr_longs * sizeof(long)))
			return -EFAULT;
	return 0;
}

static long do_select(int nr, const uaddr_t *users, u64 deadline_ns)
{
	struct select_sets sets;
	long ret;

	if (nr < 0)
		return -EINVAL;
	sets.nr_fds = min_t(u32, nr, files_max_fds(current));
	sets.nr_longs = DIV_ROUND_UP(sets.nr_fds, BITS_PER_LONG);
	sets.bits = sets.few;
	if (6 * sets.nr_longs > ARRAY_SIZE(sets.few)) {
		sets.bits = kvmalloc(6 * sets.nr_longs * sizeof(long), GFP_KERNEL);
		if (!sets.bits)
			return -ENOMEM;
	}
	ret = select_copy_in(&sets, users);
	if (!ret)
		ret = select_wait_ready(&sets, deadline_ns);
	if (ret >= 0 && select_copy_out(&sets, users))
		ret = -EFAULT;
	if (sets.bits != sets.few)
		kvfree(sets.bits);
	return ret;
}

long sys_select(int nr, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t utv)
{
	const uaddr_t users[3] = { in, out, ex };
	u64 deadline_ns;
	long ret = poll_deadline_user(utv, true, &deadline_ns);

	if (ret)
		return ret;
	ret = do_select(nr, users, deadline_ns);
	if (ret == -EPARK)
		return ret;
	return poll_finish_time(ret, utv, true, deadline_ns);
}

long sys_pselect6(int nr, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t uts, uaddr_t usig)
{
	const uaddr_t users[3] = { in, out, ex };
	struct {
		unsigned long mask;
		size_t size;
	} sig = { 0, 0 };
	u64 deadline_ns;
	long ret = poll_deadline_user(uts, false, &deadline_ns);

	if (!ret && !call_resumed() && !uaddr_is_null(usig) && copy_from_user(&sig, usig, sizeof(sig)))
		ret = -EFAULT;
	if (!ret && !call_resumed())
		ret = vfs_set_sigmask(uaddr(sig.mask), sig.size);
	if (ret)
		return ret;
	return poll_finish(do_select(nr, users, deadline_ns), uts, false, deadline_ns);
}

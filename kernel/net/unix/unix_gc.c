/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_gc.c - sockets that only messages hold: finding cycles, and breaking them.
 *
 * WHAT        A file in a message has a reference of the message's. A socket whose file is held by messages only can still be reached if
 *             one of these messages waits in a socket that can be reached. Sockets for which that is not so are garbage: they keep
 *             each other alive for ever. The collector empties their queues of messages with files, and then they go.
 * INVARIANTS  G1  nr_inflight is the number of references that messages (queued or on their way) hold on the socket's file.
 *             G2  A candidate has file_count == nr_inflight: nobody but messages holds it. Who holds a reference of another kind, a
 *                 program's descriptor or a call under way, makes it no candidate; so no receiver and no peeker works on a candidate.
 *             G3  gc_refs starts as nr_inflight and loses one for each message found in a candidate's queue. What is left comes from
 *                 outside the candidates: such a socket, and all that its queue leads to, is reachable.
 * LOCKING     gc.lock (rank UNIX_GC) for all counts and the whole marking; inside it each socket's sk.lock for its queues. Messages in
 *             garbage are taken out under both and freed after both.
 * LIFECYCLE   A release or a sender over the limit queues gc.work; a kernel thread runs one collection at a time.
 * ERRORS      unix_inflight_add -ETOOMANYREFS: the user has more files in flight than RLIMIT_NOFILE and no privilege.
 * TESTS       tests/guest/net/scm_test.c: cycles are collected
 */
#include "unix_impl.h"

#include <asm/resource.h>
#include <lib/errno.h>
#include <linux/capability.h>
#include <process/rlimit.h>
#include <sched/cred.h>
#include <sync/workqueue.h>
#include <vfs/file.h>

#define GC_THROTTLE_INFLIGHT 16000 /* beyond, senders of files wait for a collection */

enum gc_mark { GC_OTHER, GC_CANDIDATE, GC_REACHABLE };

static void gc_run(struct work *work);
static const struct work_ops gc_work_ops = { .name = "unix gc", .run = gc_run };

static struct {
	struct spinlock lock;	   /* rank UNIX_GC */
	struct list_head inflight; /* lock: sockets with nr_inflight > 0 */
	u32 nr_inflight;	   /* lock, read unlocked: files of all messages that are Unix sockets */
	struct work work;
} gc = { .lock = SPINLOCK_INIT(RANK_UNIX_GC), .inflight = LIST_HEAD_INIT(gc.inflight) };

/* The Unix socket that @file is, or NULL. Its file is held, so it is there. */
static struct unix_sock *unix_of_file(const struct file *file)
{
	struct socket *sock = socket_of_file(file);

	return sock && sock->ops && sock->ops->family == AF_UNIX && sock->sk ? unix_of(sock) : NULL;
}

/* --- counting ----------------------------------------------------------------------------------------------- */

static bool too_many(const struct user_struct *user)
{
	return (unsigned long)atomic_long_read(&user->unix_inflight) > rlimit(RLIMIT_NOFILE) &&
	       !ns_capable(&init_user_ns, CAP_SYS_RESOURCE) && !ns_capable(&init_user_ns, CAP_SYS_ADMIN);
}

static void count_locked(const struct scm_rights *rights)
{
	for (u32 i = 0; i < rights->count; i++) {
		struct unix_sock *u = unix_of_file(rights->files[i]);

		if (!u)
			continue;
		if (!u->nr_inflight++)
			list_add_tail(&u->inflight_node, &gc.inflight);
		WRITE_ONCE(gc.nr_inflight, gc.nr_inflight + 1);
	}
}

int unix_inflight_add(struct scm_rights *rights)
{
	if (too_many(rights->user))
		return -ETOOMANYREFS;
	atomic_long_add(rights->count, &rights->user->unix_inflight);
	spin_lock(&gc.lock);
	count_locked(rights);
	spin_unlock(&gc.lock);
	return 0;
}

void unix_inflight_remove(struct scm_rights *rights)
{
	atomic_long_sub(rights->count, &rights->user->unix_inflight);
	spin_lock(&gc.lock);
	for (u32 i = 0; i < rights->count; i++) {
		struct unix_sock *u = unix_of_file(rights->files[i]);

		if (!u)
			continue;
		KASSERT(u->nr_inflight); /* G1 */
		if (!--u->nr_inflight)
			list_del_init(&u->inflight_node);
		WRITE_ONCE(gc.nr_inflight, gc.nr_inflight - 1);
	}
	spin_unlock(&gc.lock);
}

struct scm_rights *unix_inflight_dup(const struct scm_rights *rights)
{
	struct scm_rights *copy = scm_rights_dup(rights);

	/* A collection that counted before these references were there has ended, and it found the reader's socket reachable (G2). */
	spin_lock(&gc.lock);
	spin_unlock(&gc.lock);
	return copy;
}

/* --- marking ------------------------------------------------------------------------------------------------ */

struct gc_scan;
struct gc_scan_ops {
	/* A message with files waits in a scanned socket @u. Its lock is held; the message may be unlinked. */
	void (*message)(struct gc_scan *scan, struct unix_sock *u, struct unix_msg *msg);
};
struct gc_scan {
	const struct gc_scan_ops *ops;
	struct list_head *list; /* sockets that become reachable, or messages to be freed */
};

static void scan_queue(struct gc_scan *scan, struct unix_sock *u)
{
	struct unix_msg *msg, *tmp;

	list_for_each_entry_safe(msg, tmp, &u->msgs, node) {
		if (msg->scm.rights)
			scan->ops->message(scan, u, msg);
	}
}

/* The messages of @u; of a listener, those of its embryos. gc.lock held. */
static void scan_socket(struct gc_scan *scan, struct unix_sock *u)
{
	struct unix_sock *embryo;

	spin_lock(&u->sk.lock);
	scan_queue(scan, u);
	list_for_each_entry(embryo, &u->embryos, embryo_node) {
		spin_lock_nested(&embryo->sk.lock, 1);
		scan_queue(scan, embryo);
		spin_unlock(&embryo->sk.lock);
	}
	spin_unlock(&u->sk.lock);
}

static void uncount_message(struct gc_scan *scan, struct unix_sock *u, struct unix_msg *msg)
{
	for (u32 i = 0; i < msg->scm.rights->count; i++) {
		struct unix_sock *child = unix_of_file(msg->scm.rights->files[i]);

		if (child && child->gc_mark == GC_CANDIDATE && child->gc_refs)
			child->gc_refs--; /* G3 */
	}
}

static void reach_message(struct gc_scan *scan, struct unix_sock *u, struct unix_msg *msg)
{
	for (u32 i = 0; i < msg->scm.rights->count; i++) {
		struct unix_sock *child = unix_of_file(msg->scm.rights->files[i]);

		if (!child || child->gc_mark != GC_CANDIDATE)
			continue;
		child->gc_mark = GC_REACHABLE;
		list_move_tail(&child->inflight_node, scan->list);
	}
}

static void condemn_message(struct gc_scan *scan, struct unix_sock *u, struct unix_msg *msg)
{
	unix_msg_unlink_locked(u, msg);
	list_add_tail(&msg->node, scan->list);
}

static const struct gc_scan_ops uncount_ops = { .message = uncount_message };
static const struct gc_scan_ops reach_ops = { .message = reach_message };
static const struct gc_scan_ops condemn_ops = { .message = condemn_message };

/* Sockets that nobody but messages holds move to @candidates. gc.lock held. */
static void pick_candidates(struct list_head *candidates)
{
	struct unix_sock *u, *tmp;

	list_for_each_entry_safe(u, tmp, &gc.inflight, inflight_node) {
		struct file *file = READ_ONCE(u->sk.file);

		u->gc_mark = GC_OTHER;
		if (!file || file_count(file) != (long)u->nr_inflight)
			continue;
		u->gc_mark = GC_CANDIDATE;
		u->gc_refs = u->nr_inflight;
		list_move_tail(&u->inflight_node, candidates);
	}
}

/* What has references from outside, and all it leads to, moves from @candidates to @reachable. gc.lock held. */
static void mark_reachable(struct list_head *candidates, struct list_head *reachable)
{
	struct gc_scan reach = { &reach_ops, reachable };
	struct unix_sock *u, *tmp;

	list_for_each_entry_safe(u, tmp, candidates, inflight_node) {
		if (!u->gc_refs)
			continue;
		u->gc_mark = GC_REACHABLE;
		list_move_tail(&u->inflight_node, reachable);
	}
	list_for_each_entry(u, reachable, inflight_node) /* grows behind the cursor's back, at its end */
		scan_socket(&reach, u);
}

/* Messages with files that wait in garbage go to @condemned. */
static void collect(struct list_head *condemned)
{
	struct gc_scan uncount = { &uncount_ops, NULL }, condemn = { &condemn_ops, condemned };
	struct list_head candidates = LIST_HEAD_INIT(candidates), reachable = LIST_HEAD_INIT(reachable);
	struct unix_sock *u;

	spin_lock(&gc.lock);
	pick_candidates(&candidates);
	list_for_each_entry(u, &candidates, inflight_node)
		scan_socket(&uncount, u);
	mark_reachable(&candidates, &reachable);
	list_for_each_entry(u, &candidates, inflight_node)
		scan_socket(&condemn, u);
	list_splice_tail(&candidates, &gc.inflight);
	list_splice_tail(&reachable, &gc.inflight);
	spin_unlock(&gc.lock);
}

static void gc_run(struct work *work)
{
	struct list_head condemned = LIST_HEAD_INIT(condemned);
	struct unix_msg *msg, *tmp;

	collect(&condemned);
	list_for_each_entry_safe(msg, tmp, &condemned, node)
		unix_msg_destroy(msg, true);
}

void unix_gc_kick(void)
{
	if (READ_ONCE(gc.nr_inflight))
		work_queue(&gc.work);
}

void unix_gc_throttle(void)
{
	if (likely(READ_ONCE(gc.nr_inflight) <= GC_THROTTLE_INFLIGHT))
		return;
	work_queue(&gc.work);
	work_flush(&gc.work);
}

void unix_gc_init(void)
{
	work_init(&gc.work, &gc_work_ops);
}

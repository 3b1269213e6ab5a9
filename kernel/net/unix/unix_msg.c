/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unix_msg.c - one message: its memory, its bytes, what travels with it.
 *
 * WHAT        A message is one allocation for header and the first bytes, and one more for the rest of a long one. It is filled before
 *             any lock is taken, so nobody waits for a sender's page fault.
 * INVARIANTS  M1  While a message lives, from->sk.wmem contains its truesize.
 *             M2  Files of a message are counted in flight exactly from unix_msg_attach() to unix_msg_take_files() or destruction.
 *             M3  truesize is what Linux charges for the same bytes, so as many messages fit a send buffer as there.
 * LOCKING     None for a message that is in no queue: it has one owner. In a queue, that queue's sk.lock.
 * ERRORS      NULL for no memory, -EFAULT, -ETOOMANYREFS.
 */
#include "unix_impl.h"

#include <lib/errno.h>
#include <lib/string.h>
#include <mm/iter.h>
#include <pages/page.h>
#include <pages/slab.h>
#include <process/pid.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <time/ktime.h>

/* Linux's packet header, and the block at the end of a packet's linear part. */
#define LINUX_PACKET_BYTES 256
#define LINUX_SHARED_BYTES 320

/* M3: the linear part is a power of two of at least 512 bytes, the rest whole pages. */
static u32 linux_truesize(size_t len, size_t linear_max)
{
	size_t linear = min(len, linear_max), bucket = 512;

	while (bucket < ALIGN(linear, 64) + LINUX_SHARED_BYTES)
		bucket *= 2;
	return bucket + LINUX_PACKET_BYTES + ALIGN(len - linear, PAGE_SIZE);
}

struct unix_msg *unix_msg_create(struct unix_sock *from, size_t len, size_t linear_max)
{
	size_t head_len = min_t(size_t, len, UNIX_HEAD_MAX);
	struct unix_msg *msg = kmalloc(sizeof(*msg) + head_len, GFP_KERNEL_ACCOUNT);

	if (unlikely(!msg))
		return NULL;
	msg->body = NULL;
	if (len > head_len) {
		msg->body = kvmalloc(len - head_len, GFP_KERNEL_ACCOUNT);
		if (unlikely(!msg->body)) {
			kfree(msg);
			return NULL;
		}
	}
	msg->len = len;
	msg->consumed = 0;
	msg->head_len = head_len;
	msg->truesize = linux_truesize(len, linear_max);
	msg->time_ns = 0;
	msg->is_urgent = false;
	scm_init(&msg->scm);
	msg->from = unix_get(from);
	sock_charge(&from->sk, msg->truesize);
	return msg;
}

void unix_msg_destroy(struct unix_msg *msg, bool deferred)
{
	sock_uncharge(&msg->from->sk, msg->truesize);
	unix_put(msg->from);
	if (unlikely(msg->scm.rights)) {
		unix_inflight_remove(msg->scm.rights);
		scm_rights_destroy(msg->scm.rights, deferred);
	}
	if (msg->scm.pid)
		put_pid(msg->scm.pid);
	if (unlikely(msg->body))
		kvfree(msg->body);
	kfree(msg);
}

int unix_msg_fill(struct unix_msg *msg, struct iter *from)
{
	if (!copy_from_iter_full(msg->head, msg->head_len, from))
		return -EFAULT;
	if (likely(!msg->body))
		return 0;
	if (copy_from_iter_full(msg->body, msg->len - msg->head_len, from))
		return 0;
	iter_revert(from, msg->head_len);
	return -EFAULT;
}

size_t unix_msg_copy_nosleep(const struct unix_msg *msg, size_t at, size_t len, struct iter *to)
{
	size_t done = 0;

	if (at < msg->head_len) {
		size_t want = min_t(size_t, len, msg->head_len - at);

		done = copy_to_iter_nosleep(msg->head + at, want, to);
		if (done < want || done == len)
			return done;
	}
	return done + copy_to_iter_nosleep(msg->body + (at + done - msg->head_len), len - done, to);
}

/* --- queues ------------------------------------------------------------------------------------------------ */

void unix_msg_append_locked(struct unix_sock *to, struct unix_msg *msg)
{
	list_add_tail(&msg->node, &to->msgs);
	WRITE_ONCE(to->nr_msgs, to->nr_msgs + 1);
	WRITE_ONCE(to->rx_seq, to->rx_seq + 1);
	if (unlikely(msg->scm.rights))
		WRITE_ONCE(to->sk.scm_fds, to->sk.scm_fds + msg->scm.rights->count);
}

void unix_msg_unlink_locked(struct unix_sock *u, struct unix_msg *msg)
{
	list_del(&msg->node);
	WRITE_ONCE(u->nr_msgs, u->nr_msgs - 1);
	if (unlikely(u->urgent == msg))
		WRITE_ONCE(u->urgent, NULL);
	if (unlikely(msg->scm.rights))
		WRITE_ONCE(u->sk.scm_fds, u->sk.scm_fds - msg->scm.rights->count);
}

void unix_purge(struct unix_sock *u)
{
	struct unix_msg *msg;

	for (;;) {
		spin_lock(&u->sk.lock);
		msg = list_first_entry_or_null(&u->msgs, struct unix_msg, node);
		if (msg)
			unix_msg_unlink_locked(u, msg);
		spin_unlock(&u->sk.lock);
		if (!msg)
			return;
		unix_msg_destroy(msg, true);
	}
}

/* --- what travels with the bytes ---------------------------------------------------------------------------- */

int unix_msg_attach(struct unix_msg *msg, struct scm_cookie *scm, bool with_files)
{
	int ret;

	if (scm->pid) {
		msg->scm.pid = get_pid(scm->pid);
		msg->scm.uid = scm->uid;
		msg->scm.gid = scm->gid;
	}
	if (likely(!with_files || !scm->rights))
		return 0;
	ret = unix_inflight_add(scm->rights);
	if (ret)
		return ret;
	msg->scm.rights = scm->rights;
	scm->rights = NULL;
	return 0;
}

void unix_msg_add_creds(struct unix_msg *msg, const struct unix_sock *to)
{
	if (msg->scm.pid)
		return;
	if (sock_option(&msg->from->sk, SOCK_OPT_PASSCRED) || sock_option(&to->sk, SOCK_OPT_PASSCRED) || !READ_ONCE(to->sk.file))
		scm_set_current(&msg->scm);
}

void unix_msg_take_files(struct unix_msg *msg, struct scm_cookie *scm, u32 flags)
{
	if (likely(!msg->scm.rights))
		return;
	if (flags & MSG_PEEK) {
		scm->rights = unix_inflight_dup(msg->scm.rights);
		return;
	}
	unix_inflight_remove(msg->scm.rights);
	scm->rights = msg->scm.rights;
	msg->scm.rights = NULL;
}

void unix_msg_copy_creds(const struct unix_msg *msg, struct scm_cookie *scm)
{
	scm->pid = get_pid(msg->scm.pid);
	scm->uid = msg->scm.uid;
	scm->gid = msg->scm.gid;
}

bool unix_msg_same_creds(const struct unix_msg *msg, const struct scm_cookie *scm)
{
	return msg->scm.pid == scm->pid && uid_eq(msg->scm.uid, scm->uid) && gid_eq(msg->scm.gid, scm->gid);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sock.c - the protocol's half of a socket: birth, accounting of what is in flight, waking.
 *
 * WHAT        struct sock is what every family's socket begins with. What a sender has in flight is charged to it and
 *             given back when the message is gone; room again wakes its writers.
 * INVARIANTS  see net/sock.h.
 * LOCKING     Wake-ups happen without sk->lock held where the caller can; they may happen with it (WAITQ lies inside).
 * TESTS       tests/guest/net/stream_test.c
 */
#include <asm/siginfo.h>
#include <asm/signal.h>
#include <linux/eventpoll.h>
#include <lib/errno.h>
#include <net/sock.h>
#include <process/pid.h>
#include <sched/cred.h>
#include <sched/task.h>
#include <vfs/file.h>
#include <vfs/vfs_port.h>

/* Linux's: room for 256 packets of 256 bytes with their overhead. */
#define DEFAULT_BUFFER_BYTES 212992

struct net_limits net_limits = {
	.wmem_default = DEFAULT_BUFFER_BYTES,
	.rmem_default = DEFAULT_BUFFER_BYTES,
	.wmem_max = DEFAULT_BUFFER_BYTES,
	.rmem_max = DEFAULT_BUFFER_BYTES,
	.somaxconn = SOMAXCONN,
	.optmem_max = 20480,
};

static struct {
	atomic64_t last_cookie;
} socks;

u64 net_next_cookie(void)
{
	return atomic64_inc_return(&socks.last_cookie);
}

void sock_init(struct sock *sk, const struct sock_ops *ops, int family, int type, int protocol)
{
	refcount_set(&sk->refs, 1);
	sk->ops = ops;
	sk->family = family;
	sk->type = type;
	sk->protocol = protocol;
	sk->state = SOCK_CLOSED;
	spin_lock_init(&sk->lock, RANK_UNIX_QUEUE);
	init_waitqueue_head(&sk->rd_wait);
	init_waitqueue_head(&sk->wr_wait);
	sk->sndbuf = READ_ONCE(net_limits.wmem_default);
	sk->rcvbuf = READ_ONCE(net_limits.rmem_default);
	sk->rcvlowat = 1;
	sk->peek_off = -1;
	sk->rcvtimeo_ns = sk->sndtimeo_ns = DEADLINE_NEVER;
}

void sock_fini(struct sock *sk)
{
	put_pid(sk->peer_pid);
	if (sk->peer_cred)
		put_cred(sk->peer_cred);
}

/* --- room -------------------------------------------------------------------------------------------------- */

static bool wmem_wait_is_over(const struct sock *sk)
{
	return atomic_read(&sk->wmem) < READ_ONCE(sk->sndbuf) || READ_ONCE(sk->err) ||
	       (READ_ONCE(sk->shutdown) & SEND_SHUTDOWN);
}

int sock_wait_wmem(struct sock *sk, bool is_nonblock)
{
	for (;;) {
		int ret = sock_error(sk);

		if (unlikely(ret))
			return ret;
		if (unlikely(READ_ONCE(sk->shutdown) & SEND_SHUTDOWN))
			return -EPIPE;
		if (likely(atomic_read(&sk->wmem) < READ_ONCE(sk->sndbuf)))
			return 0;
		if (is_nonblock)
			return -EAGAIN;
		ret = sock_wait(sk->wr_wait, wmem_wait_is_over(sk), sk->sndtimeo_ns, 0);
		if (ret)
			return ret;
	}
}

void sock_uncharge(struct sock *sk, u32 bytes)
{
	atomic_sub(bytes, &sk->wmem);
	if (!sock_has_room(sk))
		return;
	if (wq_has_sleeper(&sk->wr_wait))
		wake_up_queue(&sk->wr_wait, TASK_INTERRUPTIBLE | WAKE_SYNC, 1, EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND);
	if (unlikely(sk->fasync))
		kill_fasync(&sk->fasync, SIGIO, POLL_OUT);
}

/* --- waking ------------------------------------------------------------------------------------------------ */

void sock_data_ready(struct sock *sk)
{
	if (wq_has_sleeper(&sk->rd_wait))
		wake_up_queue(&sk->rd_wait, TASK_INTERRUPTIBLE | WAKE_SYNC, 1,
			      EPOLLIN | EPOLLPRI | EPOLLRDNORM | EPOLLRDBAND);
	if (unlikely(sk->fasync))
		kill_fasync(&sk->fasync, SIGIO, POLL_IN);
}

void sock_state_change(struct sock *sk, int band)
{
	if (wq_has_sleeper(&sk->rd_wait))
		wake_up_interruptible_all(&sk->rd_wait);
	if (waitqueue_active(&sk->wr_wait))
		wake_up_interruptible_all(&sk->wr_wait);
	if (unlikely(sk->fasync) && band)
		kill_fasync(&sk->fasync, SIGIO, band);
}

void sock_send_sigurg(struct sock *sk)
{
	struct file *file;

	spin_lock(&sk->lock);
	file = sk->file;
	if (file && !atomic_long_inc_not_zero(&file->f_count))
		file = NULL; /* on its way to release */
	spin_unlock(&sk->lock);
	if (!file)
		return;
	if (vfs_send_sigurg(file))
		kill_fasync(&sk->fasync, SIGURG, POLL_PRI);
	fput(file);
}

/* --- who is at the other end ------------------------------------------------------------------------------- */

static void set_peer(struct sock *sk, struct pid *pid, const struct cred *cred)
{
	struct pid *old_pid;
	const struct cred *old_cred;

	spin_lock(&sk->lock);
	old_pid = sk->peer_pid;
	old_cred = sk->peer_cred;
	sk->peer_pid = pid;
	sk->peer_cred = cred;
	spin_unlock(&sk->lock);
	put_pid(old_pid);
	if (old_cred)
		put_cred(old_cred);
}

void sock_set_peer_current(struct sock *sk)
{
	set_peer(sk, get_pid(task_tgid(current)), get_cred(current_cred()));
}

void sock_copy_peer(struct sock *sk, struct sock *from)
{
	struct pid *pid;
	const struct cred *cred;

	spin_lock(&from->lock);
	pid = get_pid(from->peer_pid);
	cred = from->peer_cred ? get_cred(from->peer_cred) : NULL;
	spin_unlock(&from->lock);
	set_peer(sk, pid, cred);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sockopt.c - the options of level SOL_SOCKET, which every family has.
 *
 * WHAT        Most options are one int that is stored or reported. What a family makes of it is its own affair: a Unix socket
 *             keeps SO_KEEPALIVE and its like without using them, as on Linux.
 * LOCKING     sk->lock for the peer's identity. Other options are single words, written without a lock and read whole
 *             by who needs them.
 * ERRORS      -ENOPROTOOPT for what is unknown or has no meaning here, -EINVAL, -EDOM, -EPERM, -EFAULT, -ENODATA.
 * TESTS       tests/guest/net/named_test.c: options
 */
#include <arch/uaccess.h>
#include <lib/bitops.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <lib/time_units.h>
#include <linux/capability.h>
#include <net/sock.h>
#include <net/socket.h>
#include <process/pid.h>
#include <sched/cred.h>
#include <sched/task.h>

#define MIN_SNDBUF 4608
#define MIN_RCVBUF 2304

/* Layout of struct timeval as SO_RCVTIMEO and SO_SNDTIMEO take it, old and new. */
struct sock_timeval {
	s64 tv_sec;
	s64 tv_usec;
};

/* The bit behind an option that is a plain switch, or -1. */
static int option_bit(int name)
{
	switch (name) {
	case SO_PASSCRED:
		return SOCK_OPT_PASSCRED;
	case SO_PASSSEC:
		return SOCK_OPT_PASSSEC;
	case SO_REUSEADDR:
		return SOCK_OPT_REUSEADDR;
	case SO_REUSEPORT:
		return SOCK_OPT_REUSEPORT;
	case SO_KEEPALIVE:
		return SOCK_OPT_KEEPALIVE;
	case SO_BROADCAST:
		return SOCK_OPT_BROADCAST;
	case SO_DONTROUTE:
		return SOCK_OPT_DONTROUTE;
	case SO_OOBINLINE:
		return SOCK_OPT_OOBINLINE;
	case SO_DEBUG:
		return SOCK_OPT_DEBUG;
	case SO_TIMESTAMP_OLD:
		return SOCK_OPT_TIMESTAMP;
	case SO_TIMESTAMPNS_OLD:
		return SOCK_OPT_TIMESTAMPNS;
	case SO_RXQ_OVFL:
		return SOCK_OPT_RXQ_OVFL;
	default:
		return -1;
	}
}

/* --- setting ----------------------------------------------------------------------------------------------- */

static void set_bit_to(struct sock *sk, int bit, bool on)
{
	if (on)
		set_bit(bit, &sk->options);
	else
		clear_bit(bit, &sk->options);
}

static int set_timeout(u64 *timeo_ns, uaddr_t val, int len)
{
	struct sock_timeval tv;

	if (len < (int)sizeof(tv))
		return -EINVAL;
	if (get_user_obj(&tv, val))
		return -EFAULT;
	if (tv.tv_usec < 0 || tv.tv_usec >= USEC_PER_SEC)
		return -EDOM;
	if (tv.tv_sec < 0)
		*timeo_ns = 0;
	else if ((!tv.tv_sec && !tv.tv_usec) || tv.tv_sec >= KTIME_SEC_MAX)
		*timeo_ns = DEADLINE_NEVER;
	else
		*timeo_ns = (u64)tv.tv_sec * NSEC_PER_SEC + (u64)tv.tv_usec * NSEC_PER_USEC;
	return 0;
}

static int set_linger(struct sock *sk, uaddr_t val, int len)
{
	struct linger linger;

	if (len < (int)sizeof(linger))
		return -EINVAL;
	if (get_user_obj(&linger, val))
		return -EFAULT;
	if (linger.l_onoff)
		sk->linger_seconds = linger.l_linger;
	set_bit_to(sk, SOCK_OPT_LINGER, linger.l_onoff);
	return 0;
}

/* The kernel keeps twice what it is asked for: the other half is overhead. */
static void set_sndbuf(struct sock *sk, u32 bytes)
{
	bytes = min_t(u32, bytes, INT_MAX / 2);
	WRITE_ONCE(sk->sndbuf, max_t(int, bytes * 2, MIN_SNDBUF));
	wake_up_interruptible_all(&sk->wr_wait);
}

static void set_rcvbuf(struct sock *sk, u32 bytes)
{
	bytes = min_t(u32, bytes, INT_MAX / 2);
	WRITE_ONCE(sk->rcvbuf, max_t(int, bytes * 2, MIN_RCVBUF));
}

static int set_priority(struct sock *sk, int value)
{
	if ((value < 0 || value > 6) && !ns_capable(&init_user_ns, CAP_NET_RAW) && !ns_capable(&init_user_ns, CAP_NET_ADMIN))
		return -EPERM;
	sk->priority = value;
	return 0;
}

static int set_privileged(struct sock *sk, int name, int value)
{
	if (!ns_capable(&init_user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (name == SO_SNDBUFFORCE)
		set_sndbuf(sk, max(value, 0));
	else if (name == SO_RCVBUFFORCE)
		set_rcvbuf(sk, max(value, 0));
	else
		sk->mark = value;
	return 0;
}

/* Options with one int. */
static int set_int(struct socket *sock, int name, int value)
{
	struct sock *sk = sock->sk;
	int bit = option_bit(name);

	if (bit >= 0) {
		set_bit_to(sk, bit, value);
		return 0;
	}
	switch (name) {
	case SO_SNDBUF:
		set_sndbuf(sk, min_t(u32, value, READ_ONCE(net_limits.wmem_max)));
		return 0;
	case SO_RCVBUF:
		set_rcvbuf(sk, min_t(u32, value, READ_ONCE(net_limits.rmem_max)));
		return 0;
	case SO_SNDBUFFORCE:
	case SO_RCVBUFFORCE:
	case SO_MARK:
		return set_privileged(sk, name, value);
	case SO_PRIORITY:
		return set_priority(sk, value);
	case SO_RCVLOWAT:
		WRITE_ONCE(sk->rcvlowat, value < 0 ? INT_MAX : value ? value : 1);
		return 0;
	case SO_PEEK_OFF:
		return sock->ops->set_peek_off ? sock->ops->set_peek_off(sock, value) : -EOPNOTSUPP;
	case SO_NO_CHECK:
		return 0; /* no family here has checksums */
	case SO_TYPE:
	case SO_PROTOCOL:
	case SO_DOMAIN:
	case SO_ERROR:
		return -ENOPROTOOPT;
	default:
		return -ENOPROTOOPT;
	}
}

int sock_setsockopt(struct socket *sock, int name, uaddr_t val, int len)
{
	struct sock *sk = sock->sk;
	u32 value;

	if (len < (int)sizeof(int))
		return -EINVAL;
	if (get_user_u32(val, &value))
		return -EFAULT;
	switch (name) {
	case SO_RCVTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
		return set_timeout(&sk->rcvtimeo_ns, val, len);
	case SO_SNDTIMEO_OLD:
	case SO_SNDTIMEO_NEW:
		return set_timeout(&sk->sndtimeo_ns, val, len);
	case SO_LINGER:
		return set_linger(sk, val, len);
	default:
		return set_int(sock, name, value);
	}
}

/* --- getting ----------------------------------------------------------------------------------------------- */

/* What an option's value is copied from. */
union option_value {
	int number;
	u64 cookie;
	struct linger linger;
	struct sock_timeval tv;
	struct ucred ucred;
	u32 meminfo[9];
};

static void get_timeout(u64 timeo_ns, struct sock_timeval *tv)
{
	*tv = (struct sock_timeval){ 0 };
	if (timeo_ns == DEADLINE_NEVER)
		return;
	tv->tv_sec = timeo_ns / NSEC_PER_SEC;
	tv->tv_usec = timeo_ns % NSEC_PER_SEC / NSEC_PER_USEC;
}

static void get_peer_cred(struct sock *sk, struct ucred *ucred)
{
	struct user_namespace *ns = current_user_ns();

	*ucred = (struct ucred){ .uid = (u32)-1, .gid = (u32)-1 };
	spin_lock(&sk->lock);
	ucred->pid = pid_vnr(sk->peer_pid);
	if (sk->peer_cred) {
		ucred->uid = from_kuid_munged(ns, sk->peer_cred->euid);
		ucred->gid = from_kgid_munged(ns, sk->peer_cred->egid);
	}
	spin_unlock(&sk->lock);
}

static const struct cred *peer_cred_get(struct sock *sk)
{
	const struct cred *cred = NULL;

	spin_lock(&sk->lock);
	if (sk->peer_cred)
		cred = get_cred(sk->peer_cred);
	spin_unlock(&sk->lock);
	return cred;
}

/* SO_PEERGROUPS has a length of its own. */
static int get_peer_groups(struct sock *sk, uaddr_t val, uaddr_t ulen, u32 room)
{
	const struct cred *cred = peer_cred_get(sk);
	struct user_namespace *ns = current_user_ns();
	u32 nr;
	int ret = 0;

	if (!cred)
		return -ENODATA;
	nr = cred->group_info->nr_groups;
	if (room < nr * sizeof(gid_t))
		ret = -ERANGE;
	for (u32 i = 0; !ret && i < nr; i++)
		ret = put_user_u32(from_kgid_munged(ns, cred->group_info->gid[i]), uaddr_add(val, i * sizeof(gid_t)));
	put_cred(cred);
	if (ret && ret != -ERANGE)
		return ret;
	return put_user_u32(nr * sizeof(gid_t), ulen) ? -EFAULT : ret;
}

/* A number that no other socket has or had. */
static u64 sock_cookie(struct sock *sk)
{
	u64 old = READ_ONCE(sk->cookie), fresh;

	if (old)
		return old;
	fresh = net_next_cookie();
	return __atomic_compare_exchange_n(&sk->cookie, &old, fresh, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ? fresh : old;
}

static void get_meminfo(struct sock *sk, u32 *meminfo)
{
	memset(meminfo, 0, sizeof(u32) * 9);
	meminfo[1] = READ_ONCE(sk->rcvbuf);	 /* SK_MEMINFO_RCVBUF */
	meminfo[2] = atomic_read(&sk->wmem);	 /* SK_MEMINFO_WMEM_ALLOC */
	meminfo[3] = READ_ONCE(sk->sndbuf);	 /* SK_MEMINFO_SNDBUF */
}

/* Value and size of an option that is one int. False: unknown. */
static bool get_int(struct socket *sock, int name, int *value)
{
	struct sock *sk = sock->sk;
	int bit = option_bit(name);

	if (bit >= 0) {
		*value = sock_option(sk, bit);
		return true;
	}
	switch (name) {
	case SO_TYPE:
		*value = sk->type;
		return true;
	case SO_DOMAIN:
		*value = sk->family;
		return true;
	case SO_PROTOCOL:
		*value = sk->protocol;
		return true;
	case SO_ERROR:
		*value = -sock_error(sk);
		return true;
	case SO_SNDBUF:
		*value = READ_ONCE(sk->sndbuf);
		return true;
	case SO_RCVBUF:
		*value = READ_ONCE(sk->rcvbuf);
		return true;
	case SO_PRIORITY:
		*value = sk->priority;
		return true;
	case SO_MARK:
		*value = sk->mark;
		return true;
	case SO_RCVLOWAT:
		*value = READ_ONCE(sk->rcvlowat);
		return true;
	case SO_SNDLOWAT:
		*value = 1;
		return true;
	case SO_ACCEPTCONN:
		*value = READ_ONCE(sk->state) == SOCK_LISTENING;
		return true;
	case SO_PEEK_OFF:
		*value = READ_ONCE(sk->peek_off);
		return sock->ops->set_peek_off;
	case SO_NO_CHECK:
	case SO_INCOMING_CPU:
		*value = 0;
		return true;
	default:
		return false;
	}
}

/* Size of the value, or -errno. */
static int get_value(struct socket *sock, int name, union option_value *value)
{
	struct sock *sk = sock->sk;

	switch (name) {
	case SO_LINGER:
		value->linger = (struct linger){ sock_option(sk, SOCK_OPT_LINGER), sk->linger_seconds };
		return sizeof(value->linger);
	case SO_RCVTIMEO_OLD:
	case SO_RCVTIMEO_NEW:
		get_timeout(sk->rcvtimeo_ns, &value->tv);
		return sizeof(value->tv);
	case SO_SNDTIMEO_OLD:
	case SO_SNDTIMEO_NEW:
		get_timeout(sk->sndtimeo_ns, &value->tv);
		return sizeof(value->tv);
	case SO_PEERCRED:
		get_peer_cred(sk, &value->ucred);
		return sizeof(value->ucred);
	case SO_COOKIE:
		value->cookie = sock_cookie(sk);
		return sizeof(value->cookie);
	case SO_MEMINFO:
		get_meminfo(sk, value->meminfo);
		return sizeof(value->meminfo);
	default:
		return get_int(sock, name, &value->number) ? (int)sizeof(value->number) : -ENOPROTOOPT;
	}
}

int sock_getsockopt(struct socket *sock, int name, uaddr_t val, uaddr_t ulen)
{
	union option_value value;
	u32 room;
	int size;

	if (get_user_u32(ulen, &room))
		return -EFAULT;
	if ((int)room < 0)
		return -EINVAL;
	if (name == SO_PEERGROUPS)
		return get_peer_groups(sock->sk, val, ulen, room);
	size = get_value(sock, name, &value);
	if (size < 0)
		return size;
	if (name == SO_COOKIE && room < sizeof(value.cookie))
		return -EINVAL;
	size = min_t(u32, size, room);
	if (copy_to_user(val, &value, size))
		return -EFAULT;
	return put_user_u32(size, ulen);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * signal.h - signals: what a process does about them, what waits for it, and how to send one.
 *
 * Three objects. struct sighand_struct: the 64 actions, shared by CLONE_SIGHAND; its siglock also guards
 * every queue and every job-control state of the processes that share it. struct signal_struct: one per thread
 * group, all that POSIX says of a process. The thread's own part (mask, private queue, alternate stack)
 * is in struct task_process.
 */
#pragma once

#include <lib/types.h>
#include <lib/list.h>
#include <arch/atomic.h>
#include <lib/uabi_signal.h>
#include <sync/spinlock.h>
#include <sync/refcount.h>
#include <sync/rcu.h>
#include <sync/wait.h>
#include <linux/signal.h>
#include <asm/siginfo.h>

struct task;
struct pid;
struct tty_struct;
struct pt_regs;
struct cred;
struct user_struct;

enum { NSIGNALS = 64 };

/* A set of signals; bit n-1 is signal n. The ABI's 8 bytes. */
typedef struct {
	u64 bits;
} ksigset_t;

static inline u64 sigmask(int sig)
{
	return 1ULL << (sig - 1);
}

static inline bool sigset_has(const ksigset_t *set, int sig)
{
	return set->bits & sigmask(sig);
}

#define SIG_KERNEL_ONLY_MASK (sigmask(SIGKILL) | sigmask(SIGSTOP))
#define SIG_STOP_MASK	     (sigmask(SIGSTOP) | sigmask(SIGTSTP) | sigmask(SIGTTIN) | sigmask(SIGTTOU))
#define SIG_SYNCHRONOUS_MASK                                                                                           \
	(sigmask(SIGSEGV) | sigmask(SIGBUS) | sigmask(SIGILL) | sigmask(SIGTRAP) | sigmask(SIGFPE) | sigmask(SIGSYS))

/* What the kernel keeps of a siginfo_t: the first 48 bytes; the rest is zero on its way out. */
struct ksiginfo {
	__SIGINFO;
};

/* Senders without a siginfo of their own. */
#define SEND_SIG_NOINFO ((struct ksiginfo *)0) /* from the calling process, kill(2) like */
#define SEND_SIG_PRIV	((struct ksiginfo *)1) /* from the kernel */

/* The kernel's form of the ABI's struct sigaction, 32 bytes. User addresses are numbers. */
struct k_sigaction {
	unsigned long handler;
	unsigned long flags;
	unsigned long restorer;
	ksigset_t mask;
};
ASSERT_SIZE(struct k_sigaction, 32);

struct sighand_struct {
	struct spinlock siglock; /* rank SIGHAND, taken with interrupts off */
	struct refcount refs;
	struct wait_queue_head signalfd_wait;
	struct k_sigaction action[NSIGNALS]; /* siglock */
	struct rcu_head rcu;
};

/* A queue and the set of what is in it; siglock. */
struct sigpending {
	struct list_head list;
	ksigset_t signal;
};

/* A queued signal. Counted against the receiver's RLIMIT_SIGPENDING unless preallocated for a timer. */
struct sigqueue {
	struct list_head list; /* siglock */
	u32 flags;
	struct user_struct *user; /* charged; NULL if it isn't */
	struct ksiginfo info;
};
enum { SIGQUEUE_PREALLOC = 1 };

/* For the caller: signal_pending() and fatal_signal_pending() of sync/thread.h. */

/*
 * Sending. All may be called with interrupts off and from interrupts, and never sleep.
 * 0, -EINVAL, -ESRCH, -EPERM (functions that check), -EAGAIN (queue limit, real-time signals with data).
 */
/* To one thread or to the whole group that @task is in (@type PIDTYPE_PID or other). No permission check. */
int send_signal_info(int sig, struct ksiginfo *info, struct task *task, int type);
/* To every process but the first one, from the kernel. */
void signal_all_processes(int sig);
/* The same to the group, checked against the caller's rights. */
int group_send_sig_info(int sig, struct ksiginfo *info, struct task *task, int type);
/* To every process of a group; success if one got it. */
int kill_pgrp_info(int sig, struct ksiginfo *info, struct pid *pgrp);
/* To a process (thread group). */
int kill_pid_info(int sig, struct ksiginfo *info, struct pid *pid);
/* From the kernel: @priv true bypasses rights, false acts as the caller. */
int kill_pgrp(struct pid *pgrp, int sig, int priv);
int kill_pid(struct pid *pid, int sig, int priv);
/* To one thread, from the kernel or the caller. */
int send_sig(int sig, struct task *task, int priv);
/* For SIGIO and friends: acts with the rights of who asked for the signal. */
int kill_pid_as_cred(int sig, struct ksiginfo *info, struct pid *pid, const struct cred *cred);

/* Synchronous faults of the caller: cannot be blocked or ignored; an init that doesn't handle them dies too. */
void force_sig(int sig);
void force_sig_fault(int sig, int code, unsigned long addr);
/* SIGSEGV for an access that protection key @key refused. */
void force_sig_pkey_fault(unsigned long addr, u32 key);
void force_sig_info(struct ksiginfo *info);
/* The caller cannot go on (bad signal frame): SIGSEGV, or death if @sig was SIGSEGV itself. */
void force_sigsegv(int sig);
/* The caller dies of @sig, whatever its handlers. */
void force_fatal_sig(int sig);

/* A preallocated entry (POSIX timers) is queued on @task or its group; siglock held. 1: ignored, 0: queued, or was still. */
struct sigqueue *sigqueue_alloc(void);
void sigqueue_free(struct sigqueue *q);
int send_sigqueue_locked(struct sigqueue *q, struct task *task, int type);

/* Has the caller blocked or ignored @sig? (tty job control) */
bool is_ignored(int sig);

/* Change or read an action. -EINVAL. */
int do_sigaction(int sig, const struct k_sigaction *act, struct k_sigaction *oact);
/* All handlers back to default (@force also the ignored ones): exec and kernel threads. */
void flush_signal_handlers(struct task *task, bool force);

/* Install a mask for the caller. SIGKILL and SIGSTOP never get in. */
void set_current_blocked(ksigset_t *set);
/* The same with siglock held; @bits without SIGKILL and SIGSTOP. */
void set_current_blocked_locked(u64 bits);
/* pselect, ppoll, epoll_pwait: read @umask (NULL is fine), install it until the call ends. -EINVAL, -EFAULT. */
int set_user_sigmask(uaddr_t umask, size_t size);
/* The matching end: @interrupted keeps the temporary mask until the signal was delivered. */
void restore_saved_sigmask_unless(bool interrupted);

/* Recompute the caller's TIF_SIGPENDING. siglock held. */
void recalc_sigpending_locked(void);
void recalc_sigpending(void);
/* Wake @task for a new signal; @fatal reaches it also in killable waits. siglock held. */
void signal_wake_up(struct task *task, bool fatal);

/* Take the next signal not in @mask off the caller's queues. 0: none. siglock held. */
int dequeue_signal_locked(const ksigset_t *mask, struct ksiginfo *info);
/* The same for signalfd and sigtimedwait; takes the lock. */
int dequeue_signal(const ksigset_t *mask, struct ksiginfo *info);
/* Pending, for the caller, in @mask? (poll of a signalfd) */
bool signal_pending_in(const ksigset_t *mask);

/* Pick what to deliver; handles stops, continues and fatal actions itself. */
struct ksignal {
	struct k_sigaction ka;
	struct ksiginfo info;
	int sig;
};
bool get_signal(struct ksignal *ksig);

/* Before return to user, interrupts on, when TIF_SIGPENDING or TIF_NOTIFY_SIGNAL is set: deliver or restart. */
void signal_deliver(struct pt_regs *regs);

/* siginfo of the wire. */
void siginfo_to_user_form(siginfo_t *to, const struct ksiginfo *from);
int copy_siginfo_to_user(uaddr_t to, const struct ksiginfo *from) __must_check;
int copy_siginfo_from_user(struct ksiginfo *to, uaddr_t from) __must_check;

/* Set of signals that would do nothing now: for /proc. */
void collect_signal_sets(struct task *task, ksigset_t *ignored, ksigset_t *caught);

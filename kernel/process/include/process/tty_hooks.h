/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty_hooks.h - what a controlling terminal must learn from its processes, and they from it.
 *
 * signal_struct.tty is borrowed: the terminal clears it from every process of its session before it goes
 * (session_clear_tty()). Everything is under siglock.
 */
#pragma once

#include <lib/types.h>
#include <arch/atomic.h>

struct pid;
struct task;
struct tty_struct;

/* What the rest of the world may know of a process' terminal. */
struct tty_ident {
	dev_t device;
	struct pid *pgrp; /* a reference to the foreground group, or NULL */
};

/* Registered once by the terminal driver. */
struct tty_process_ops {
	/* A session leader exits (@on_exit) or gives its terminal up; the caller is it. May sleep. */
	void (*disassociate)(bool on_exit);
	/* Fill @ident. Under a siglock. */
	void (*identify)(struct tty_struct *tty, struct tty_ident *ident);
};
void tty_process_register(const struct tty_process_ops *ops);
/* Calls the registered operation, if any. */
void tty_disassociate(bool on_exit);

/* Controlling terminal of the caller; borrowed under the caller's siglock. */
struct tty_struct *current_tty_locked(void);
/* Take @tty from every process of @session. */
void session_clear_tty(struct pid *session);
/* Make @tty the controlling terminal of the caller's process, or NULL. */
void process_set_tty(struct tty_struct *tty);
/*
 * @tty hung up: no process of @session has it any more; the leader gets SIGHUP and SIGCONT and remembers @pgrp, the
 * foreground group, for its own end.
 */
void session_hang_up(struct pid *session, struct tty_struct *tty, struct pid *pgrp);
/* What the caller remembers of that: a reference, or NULL; it forgets it. */
struct pid *process_take_old_pgrp(void);
/* The controlling terminal of @task (for /proc). False: it has none. */
bool task_tty_ident(struct task *task, struct tty_ident *ident);

/* /proc/sys/kernel/pty: pseudo-terminals there are, and may be in all. */
struct pty_limits {
	int max;     /* -ENOSPC */
	int reserve; /* of these only for devpts mounted from the first mount namespace */
	atomic_t nr; /* the owner counts: fs/devpts */
};
extern struct pty_limits pty_limits;

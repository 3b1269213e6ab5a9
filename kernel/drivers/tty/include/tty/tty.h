/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty.h - a terminal: settings, line discipline, the session it controls, and the open files.
 *
 * A struct tty_struct is what a program opens as /dev/ttyS0, /dev/hvc0 or /dev/pts/N. What moves its bytes is
 * behind struct tty_ops. The other end of a pseudo-terminal (the master) is no tty_struct: see pty.h.
 */
#ifndef TTY_TTY_H
#define TTY_TTY_H

#include <lib/bitmap.h>
#include <lib/list.h>
#include <lib/types.h>
#include <linux/termios.h>
#include <sync/mutex.h>
#include <sync/refcount.h>
#include <sync/spinlock.h>
#include <sync/wait.h>
#include <vfs/file.h>

struct pid;
struct pty;
struct seq_file;
struct tty_struct;

#define N_TTY_SIZE 4096u /* bytes of input not yet read; a line has one less, and its end */
#define TTY_HELD_SIZE 4096u /* bytes of output that wait for the driver */

/* What moves a terminal's bytes. Methods marked L are called with tty->lock held. */
struct tty_ops {
	const char *name;
	int (*open)(struct tty_struct *tty);	    /* L: first open file; may be NULL */
	void (*close)(struct tty_struct *tty);	    /* L: last one went; may be NULL */
	/* L: take up to @len bytes; how many were taken. Does not sleep. */
	size_t (*write)(struct tty_struct *tty, const u8 *bytes, size_t len);
	size_t (*write_room)(struct tty_struct *tty); /* without lock */
	/* Bytes taken and not on the wire yet; NULL: a write is done when it returns. */
	size_t (*unsent)(struct tty_struct *tty);
	/* L: the line discipline has room: feed it (n_tty_receive()) with what waits. */
	void (*pump)(struct tty_struct *tty);
	void (*flush_input)(struct tty_struct *tty);  /* L: drop what waits for pump() */
	void (*flush_output)(struct tty_struct *tty); /* L: drop what was taken and not sent */
	/* L: settings changed from @old; may correct tty->termios. NULL is fine. */
	void (*set_termios)(struct tty_struct *tty, const struct ktermios *old);
	/* L: TIOCPKT_* bits happened, for the master of a pty. NULL is fine. */
	void (*packet)(struct tty_struct *tty, u8 clear, u8 set);
	u32 (*get_modem)(struct tty_struct *tty); /* TIOCM_*; NULL: no modem lines */
	void (*set_modem)(struct tty_struct *tty, u32 bits);
	void (*set_break)(struct tty_struct *tty, bool is_on);
	void (*free)(struct tty_struct *tty); /* last reference; NULL: lives for ever */
};

/*
 * The line discipline's state. Input positions run freely; the byte is at position modulo N_TTY_SIZE:
 *
 *	tail ........ canon_head ........ head
 *	| whole lines | being typed       |		canonical
 *	| readable                        |		raw (canon_head is not used)
 */
struct n_tty {
	u8 *buf;			       /* __final: N_TTY_SIZE bytes */
	u8 *held;			       /* __final: TTY_HELD_SIZE bytes */
	DECLARE_BITMAP(line_end, N_TTY_SIZE);  /* tty->lock: this position ends a line */
	DECLARE_BITMAP(special, 256);	       /* tty->lock: input that needs a look */
	u32 tail, canon_head, head;	       /* tty->lock; read unlocked by waiters */
	u32 held_tail, held_head;	       /* tty->lock; the same */
	u32 column, canon_column;	       /* tty->lock: the cursor; where the typed line began */
	bool is_raw;			       /* tty->lock: bytes go in as they come */
	bool is_literal;		       /* tty->lock: LNEXT was typed */
	bool is_erasing;		       /* tty->lock: between the \ and / of ECHOPRT */
	bool is_pushed;			       /* tty->lock: the line's end was made by a change to canonical mode */
};

/* Who may read, or write, until done: a turn is kept over a park, a lock could not be. See turn.c. */
struct tty_turn {
	struct thread *owner; /* __atomic_field */
	bool is_parked;	      /* owner's */
	struct wait_queue_head wait;
};

struct tty_struct {
	refcount_t refs;
	const struct tty_ops *ops; /* __final */
	char name[16];		   /* __final: "ttyS0", "pts/3" */
	dev_t device;		   /* __final */
	struct pty *pty;	   /* __final: the pair this is the slave of, or NULL */
	void *driver_data;	   /* __final: the driver's own */
	struct list_head node;	   /* registered ones: see console.c */

	struct mutex lock;		       /* rank TTY */
	struct ktermios termios;	       /* lock; single words are read without */
	struct ktermios initial_termios;       /* __final */
	struct ktermios locked_termios;	       /* lock: bits that only CAP_SYS_ADMIN changes */
	struct winsize winsize;		       /* lock */
	struct n_tty disc;		       /* lock, see above */
	struct list_head files;		       /* lock: tty_file.node */
	u32 count;			       /* lock: open files; read without */
	bool is_exclusive;		       /* lock */
	bool is_stopped;		       /* lock; read without: output stands still */
	bool is_stopped_by_call;	       /* lock: by TCOOFF; only TCOON goes on */
	bool is_input_stopped;		       /* lock: we sent STOP for IXOFF */
	bool is_other_closed;		       /* lock; read without: the master is gone */

	struct tty_turn read_turn, write_turn;
	struct wait_queue_head read_wait;  /* input, hang-up */
	struct wait_queue_head write_wait; /* room, start, hang-up */
	struct fasync_struct *fasync;

	struct spinlock ctrl_lock; /* rank TTY_CONTROL */
	struct pid *session;	   /* owned; ctrl_lock */
	struct pid *pgrp;	   /* owned; ctrl_lock: the foreground group */
};

/* An open file of a terminal. */
struct tty_file {
	struct tty_struct *tty; /* owned */
	struct file *file;	/* borrowed: ours */
	struct list_head node;	/* tty->files; tty->lock */
	bool is_hung_up;	/* tty->lock; read without */
	bool is_console;	/* __final: opened as /dev/console; survives a hang-up */
};

/* Set up caller's memory (zeroed). One reference is the caller's. -ENOMEM. */
int tty_init_struct(struct tty_struct *tty, const struct tty_ops *ops, const char *name, dev_t device,
		    const struct ktermios *initial) __must_check;
/* Free what tty_init_struct() allocated: from ops->free. */
void tty_fini_struct(struct tty_struct *tty);
struct tty_struct *tty_get(struct tty_struct *tty);
void tty_put(struct tty_struct *tty);
/* The settings a terminal starts with. */
extern const struct ktermios tty_std_termios;

/* Attach @file to @tty: permission, first-open work, controlling terminal. A reference is taken. 0 or -errno. */
int tty_open_file(struct tty_struct *tty, struct file *file, bool is_console) __must_check;

/* Feed the discipline with @len bytes; how many it had room for. tty->lock held. */
size_t n_tty_receive(struct tty_struct *tty, const u8 *bytes, size_t len);
/* The driver has room again: echoes go on, writers wake. May sleep. */
void tty_output_ready(struct tty_struct *tty);
/* The line is gone: every open file sees the end, the session learns of it. May sleep. */
void tty_hangup(struct tty_struct *tty);
/* New window size; tells the foreground group. */
void tty_resize(struct tty_struct *tty, const struct winsize *size);

/* Terminals that exist for good, by the name a console= option gives. */
void tty_register(struct tty_struct *tty);
/* The file operations of every terminal but a master. */
extern const struct file_operations tty_fops;

/* Boot. */
void tty_init(void);

#endif

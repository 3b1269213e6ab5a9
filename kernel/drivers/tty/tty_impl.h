/* SPDX-License-Identifier: GPL-2.0-only */
/* tty_impl.h - what the files of this folder share. */
#ifndef TTY_TTY_IMPL_H
#define TTY_TTY_IMPL_H

#include <lib/errno.h>
#include <tty/tty.h>

struct iter;
struct poll_table;

static inline bool has_i(const struct tty_struct *tty, tcflag_t flags)
{
	return (READ_ONCE(tty->termios.c_iflag) & flags) != 0;
}

static inline bool has_o(const struct tty_struct *tty, tcflag_t flags)
{
	return (READ_ONCE(tty->termios.c_oflag) & flags) != 0;
}

static inline bool has_l(const struct tty_struct *tty, tcflag_t flags)
{
	return (READ_ONCE(tty->termios.c_lflag) & flags) != 0;
}

/* Lines are made of the input: canonical, and not left to the other end (EXTPROC). */
static inline bool is_canonical(const struct tty_struct *tty)
{
	return has_l(tty, ICANON) && !has_l(tty, EXTPROC);
}

static inline u8 cc_of(const struct tty_struct *tty, int which)
{
	return READ_ONCE(tty->termios.c_cc[which]);
}

static inline bool is_nonblock(const struct file *file)
{
	return (file->f_flags & O_NONBLOCK) != 0;
}

static inline struct tty_file *tty_file_of(const struct file *file)
{
	return file->private_data;
}

/* --- n_tty: tty->lock held unless noted --- */

/* Settings changed from @old (NULL: new terminal). */
void n_tty_settings_changed(struct tty_struct *tty, const struct ktermios *old);
/* Forget all input, the line being typed and its echo state. */
void n_tty_flush_input(struct tty_struct *tty);
/* Output. Bytes of @in that were taken; less than @len when the driver is full or stopped. */
size_t n_tty_write_some(struct tty_struct *tty, const u8 *in, size_t len);
/* Send what is held, as far as there is room. */
void n_tty_send_held(struct tty_struct *tty);
/* Bytes past output processing and flow control: START and STOP. */
void n_tty_send_now(struct tty_struct *tty, u8 c);
void n_tty_stop(struct tty_struct *tty);
void n_tty_start(struct tty_struct *tty);
/* Echo of @c: with ECHOCTL control characters as ^X / as it is, through output processing. */
void n_tty_echo(struct tty_struct *tty, u8 c);
void n_tty_echo_plain(struct tty_struct *tty, u8 c);
/* Bytes for the screen that are no text: cursor movement the discipline has accounted for itself. */
void n_tty_echo_bytes(struct tty_struct *tty, const char *bytes, u32 len);
/* ERASE, WERASE, KILL; REPRINT; the / that ends what ECHOPRT shows as erased. */
void n_tty_erase(struct tty_struct *tty, u8 c);
void n_tty_reprint(struct tty_struct *tty);
void n_tty_end_erasing(struct tty_struct *tty);
/* Without lock. Is there input for a read, or (@for_poll) as much as a poll waits for? */
bool n_tty_has_input(const struct tty_struct *tty, bool for_poll);
/* Bytes that FIONREAD tells. */
u32 n_tty_input_count(const struct tty_struct *tty);
/* Without lock: the read method. */
ssize_t n_tty_read(struct tty_file *tf, struct iter *to);

static inline u8 *n_tty_at(struct n_tty *d, u32 pos)
{
	return &d->buf[pos & (N_TTY_SIZE - 1)];
}

/* IXOFF: tell the other side to stop or go on, as the input fills and empties. */
void n_tty_pace_input(struct tty_struct *tty);

/* --- turns --- */
void turn_init(struct tty_turn *turn);
/* 0, -EAGAIN (@nonblock), -ERESTARTSYS, -EPARK. */
int turn_take(struct tty_turn *turn, bool nonblock) __must_check;
/* The end of a method that returns @ret: gives the turn back unless the call will come again. */
void turn_give(struct tty_turn *turn, ssize_t ret);

/* --- job control --- */
/* May the caller, if in the background, do this? 0, -EIO, -ERESTARTSYS (and @sig is sent). */
int tty_check_background(struct tty_struct *tty, int sig) __must_check;
/* Open without O_NOCTTY by a session leader without terminal. tty->lock held. */
void tty_acquire_at_open(struct tty_struct *tty, struct file *file);
/* The foreground group / the session with a reference, or NULL. */
struct pid *tty_get_pgrp(struct tty_struct *tty);
struct pid *tty_get_session(struct tty_struct *tty);
/* The caller's controlling terminal with a reference, or NULL. */
struct tty_struct *get_current_tty(void);
void tty_signal_foreground(struct tty_struct *tty, int sig);
/* Session and group are nobody's any more. */
void tty_forget_session(struct tty_struct *tty);
/* ioctls. @is_master: through the other end of the pair. -ENOIOCTLCMD: not one of these. */
long tty_job_ioctl(struct tty_struct *tty, struct file *file, bool is_master, unsigned int cmd, unsigned long arg);
void job_control_init(void);

/* --- settings --- */
long tty_termios_ioctl(struct tty_struct *tty, struct tty_file *tf, unsigned int cmd, unsigned long arg);
/* Wait until everything is on the wire: 0, -ERESTARTSYS, -EPARK. */
int tty_wait_sent(struct tty_struct *tty, const struct tty_file *tf) __must_check;
void tty_set_termios(struct tty_struct *tty, const struct ktermios *wanted);

/* --- files --- */
bool tty_is_hung_up(const struct tty_file *tf);
void tty_close_file(struct tty_file *tf);
/* What both ends of a pair answer the same way. */
long tty_common_ioctl(struct tty_struct *tty, struct file *file, bool is_master, unsigned int cmd, unsigned long arg);
long tty_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
void tty_note_access(struct file *file, bool is_write);
int tty_fasync_file(int fd, struct file *file, bool on, struct tty_struct *tty, struct fasync_struct **list);

/* --- consoles --- */
void console_init(void);
/* A borrowed terminal (they live for ever), or NULL. */
struct tty_struct *console_tty(void);
/* TIOCCONS: what is written to /dev/console goes to @file (NULL: back). -EBUSY. */
int console_redirect(struct file *file);
/* A reference to the file that takes the console's output, or NULL. */
struct file *console_redirected_to(void);
/* @tty is hung up: its file takes the console's output no more. */
void console_drop_redirect(struct tty_struct *tty);

void port_tty_init(void);
void pty_init(void);
int pty_open_slave(struct inode *inode, struct file *file);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * console.c - join the caller's descriptors to a running machine until its command has ended.
 *
 * WHAT        One poll loop over: the caller's stdin, stdout, stderr; the machine's three streams,
 *             its control port and its kernel log; signals; the time limit; QEMU itself.
 * INVARIANTS  I1  Control messages reach the guest in the order in which they were made.
 *             I2  The result is EXITED only when every byte of stdout and stderr that the guest
 *                 counted has been read and written on (or refused by a reader that is gone).
 *             I3  The terminal is raw only while we are in the foreground and not stopped.
 *             I4  A guest that is asked (by a signal, by a key that sends one) and does not answer
 * in ANSWER_LIMIT_MS is dead, and its machine is ended. A command whose terminal is gone has
 * HANGUP_LIMIT_MS. No signal to us is ever without effect. LIFECYCLE   booting --HELLO--> preparing
 * --STARTED--> running --EXIT--> draining --BYE--> off Any state ends early by FAIL, NO_SHARE, the
 * time limit, a signal, a panic, or QEMU.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include "console.h"
#include "report.h"
#include "stream.h"

#define OFF_LIMIT_MS    5000  /* a machine that said EXIT may take this long to power off */
#define PANIC_LIMIT_MS  3000  /* a machine that panics may go on printing for this long */
#define ANSWER_LIMIT_MS 10000 /* a guest's first process that lives answers in this time */
#define HANGUP_LIMIT_MS 10000 /* a command may take this long to end when its terminal is gone */
#define SIGNALS_TO_KILL 3
#define QEMU_TEXT_MAX   65536

enum watch {
	WATCH_CONTROL,
	WATCH_IN,
	WATCH_IN_TO,
	WATCH_OUT,
	WATCH_OUT_TO,
	WATCH_ERR,
	WATCH_ERR_TO,
	WATCH_LOG,
	WATCH_QEMU,
	WATCH_SIGNAL,
	WATCH_TERMINAL,
	WATCH_PROCESS,
	NR_WATCHES,
};

struct console {
	struct result *result;
	struct machine *machine;
	const struct terminal *terminal;
	struct kernel_log *log;
	int signal_fd;
	struct limits limits;
	int64_t end_ns; /* when to stop waiting for the power off */
	struct stream in, out, err;
	bool is_stdin_end_sent, is_out_gone_sent, is_err_gone_sent;
	struct bytes sending;
	size_t nr_sent;
	char incoming[sizeof(struct message_header) + MESSAGE_MAX];
	size_t nr_incoming;
	bool is_booted, is_started, has_exit, is_bye_sent, is_done, is_stop_wanted;
	struct message_exit exit;
	int nr_signals;
	int asked_signo, nr_unanswered;
	int64_t answer_ns,
	    hangup_ns; /* when the guest must have answered; when the command must have ended */
	bool is_hangup_watched, is_terminal_gone;
	struct pollfd fds[NR_WATCHES];
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000l + t.tv_nsec;
}

/* ---- control messages to the guest ---- */

static void send_message(struct console *c, uint32_t type, const void *payload, size_t len)
{
	struct message_header header = { .type = type, .len_bytes = (uint32_t)len };

	bytes_add(&c->sending, &header, sizeof(header));
	bytes_add(&c->sending, payload, len);
}

/* I1 */
static void write_control(struct console *c)
{
	ssize_t n = write(c->machine->port_fd[PORT_CONTROL], c->sending.at + c->nr_sent,
			  c->sending.len - c->nr_sent);

	if (n > 0)
		c->nr_sent += (size_t)n;
	if (c->nr_sent == c->sending.len)
		c->nr_sent = c->sending.len = 0;
}

static void send_window(struct console *c)
{
	struct message_window window;

	if (terminal_window(c->terminal, &window))
		send_message(c, MSG_WINDOW, &window, sizeof(window));
}

/* I4: @signo is what our exit status shows if there is no answer. */
static void expect_answer(struct console *c, int signo)
{
	c->asked_signo = signo;
	if (!c->nr_unanswered++)
		c->answer_ns = now_ns() + ANSWER_LIMIT_MS * 1000000l;
}

static void send_signal(struct console *c, int signo)
{
	struct message_signal message = { .signo = (uint32_t)signo };

	send_message(c, MSG_SIGNAL, &message, sizeof(message));
	expect_answer(c, signo);
}

static void handle_answer(struct console *c)
{
	if (c->nr_unanswered)
		c->nr_unanswered--;
	c->answer_ns = c->nr_unanswered ? now_ns() + ANSWER_LIMIT_MS * 1000000l : 0;
}

static void send_time(struct console *c)
{
	struct timespec t;
	struct message_time message;

	clock_gettime(CLOCK_REALTIME, &t);
	message = (struct message_time){ (uint64_t)t.tv_sec, (uint64_t)t.tv_nsec };
	send_message(c, MSG_TIME, &message, sizeof(message));
}

static void send_total(struct console *c, uint32_t type, uint64_t value)
{
	struct message_total message = { .value = value };

	send_message(c, type, &message, sizeof(message));
}

/* ---- ends ---- */

static void finish(struct console *c, enum outcome outcome)
{
	if (c->is_done)
		return;
	c->is_done = true;
	c->result->outcome = outcome;
	c->result->is_started = c->is_started;
	c->result->next_step = c->has_exit     ? "the command's output was delivered"
			       : c->is_started ? "the command ended"
			       : c->is_booted  ? "the command was started"
					       : "the guest said anything";
}

static void finish_signalled(struct console *c, int signo)
{
	c->result->status = 128 + signo;
	finish(c, OUTCOME_SIGNALLED);
}

static void finish_with_text(struct console *c, enum outcome outcome, const char *text, size_t len)
{
	snprintf(c->result->text, sizeof(c->result->text), "%.*s", (int)len, text);
	finish(c, outcome);
}

/* ---- stops ---- */

/* Before the command is there to get them, Ctrl-C and Ctrl-Z are for us. */
static void enter_raw(struct console *c)
{
	terminal_enter_raw(c->terminal, !c->is_started);
}

/* Stop as the command did, and go on as it shall. A stop that the kernel refuses to an orphaned
 * group is refused to the command too: it goes on at once. */
static void stop_with_command(struct console *c, int signo)
{
	sigset_t set;
	bool by_terminal = signo != SIGSTOP || c->is_stop_wanted;

	c->is_stop_wanted = false;
	terminal_leave_raw();
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	if (by_terminal) {
		raise(SIGTSTP);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		sigprocmask(SIG_BLOCK, &set, NULL);
	} else {
		raise(SIGSTOP);
	}
	enter_raw(c);
	send_window(c);
	if (c->is_started)
		send_signal(c, SIGCONT);
}

/* ---- control messages from the guest ---- */

static void handle_hello(struct console *c, const char *release, size_t len)
{
	c->is_booted = true;
	detail("the guest runs kernel %.*s", (int)len, release);
	send_time(c);
	send_window(c);
}

static void handle_message(struct console *c, uint32_t type, const char *payload, size_t len)
{
	struct message_signal signal = { 0 };

	switch (type) {
	case MSG_HELLO:
		handle_hello(c, payload, len);
		return;
	case MSG_NOTE:
		report("guest: %.*s", (int)len, payload);
		return;
	case MSG_FAIL:
		finish_with_text(c, OUTCOME_FAILED, payload, len);
		return;
	case MSG_NO_SHARE:
		finish_with_text(c, OUTCOME_NO_SHARE, payload, len);
		return;
	case MSG_STARTED:
		c->is_started = true;
		enter_raw(c);
		detail("the command was started");
		return;
	case MSG_STOPPED:
		memcpy(&signal, payload, len < sizeof(signal) ? len : sizeof(signal));
		stop_with_command(c, (int)signal.signo);
		return;
	case MSG_EXIT:
		memcpy(&c->exit, payload, len < sizeof(c->exit) ? len : sizeof(c->exit));
		c->has_exit = true;
		detail("the command ended with status %u", c->exit.status);
		return;
	case MSG_HERE:
		handle_answer(c);
		return;
	default:
		finish_with_text(c, OUTCOME_FAILED, "the guest sent an unknown message", 33);
	}
}

static void read_control(struct console *c)
{
	struct message_header header;
	ssize_t n = read(c->machine->port_fd[PORT_CONTROL], c->incoming + c->nr_incoming,
			 sizeof(c->incoming) - c->nr_incoming);

	if (n <= 0)
		return;
	c->nr_incoming += (size_t)n;
	while (c->nr_incoming >= sizeof(header) && !c->is_done) {
		size_t len;

		memcpy(&header, c->incoming, sizeof(header));
		len = sizeof(header) + header.len_bytes;
		if (header.len_bytes > MESSAGE_MAX) {
			finish_with_text(c, OUTCOME_FAILED, "the guest sent a message too long",
					 33);
			return;
		}
		if (c->nr_incoming < len)
			return;
		handle_message(c, header.type, c->incoming + sizeof(header), header.len_bytes);
		c->nr_incoming -= len;
		memmove(c->incoming, c->incoming + len, c->nr_incoming);
	}
}

/* ---- signals to us ---- */

/* What must end does; else the command decides. Programs take a hang-up as the word to read their
 * settings again, as often as it comes: that is not counted. */
static void handle_ending_signal(struct console *c, int signo)
{
	if (signo != SIGHUP)
		c->nr_signals++;
	if (c->is_started && !c->has_exit && c->nr_signals < SIGNALS_TO_KILL)
		send_signal(c, signo);
	else
		finish_signalled(c, signo);
}

/* Not every process of a closed terminal is sent a signal. */
static void check_terminal(struct console *c)
{
	if (c->is_terminal_gone || !c->is_hangup_watched || !terminal_is_gone(c->terminal))
		return;
	c->is_terminal_gone = true;
	c->hangup_ns = now_ns() + HANGUP_LIMIT_MS * 1000000l;
	handle_ending_signal(c, SIGHUP);
}

static void handle_signal(struct console *c, int signo)
{
	switch (signo) {
	case SIGWINCH:
		send_window(c);
		return;
	case SIGCONT:
		enter_raw(c);
		send_window(c);
		return;
	case SIGTSTP:
		c->is_stop_wanted = true;
		if (c->is_started && !c->has_exit)
			send_signal(c, SIGSTOP);
		else
			stop_with_command(c, SIGTSTP);
		return;
	case SIGUSR1:
	case SIGUSR2:
		if (c->is_started && !c->has_exit)
			send_signal(c, signo);
		return;
	default:
		handle_ending_signal(c, signo);
	}
}

static void read_signals(struct console *c)
{
	struct signalfd_siginfo info;

	while (read(c->signal_fd, &info, sizeof(info)) == sizeof(info))
		handle_signal(c, (int)info.ssi_signo);
}

static const int signals[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGTSTP,
			       SIGCONT, SIGUSR1, SIGUSR2, SIGWINCH };

static void watch_signals(struct console *c)
{
	struct sigaction old;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sigaction(signals[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaddset(&set, signals[i]);
	}
	c->is_hangup_watched = c->terminal->is_ours && sigismember(&set, SIGHUP) == 1;
	sigprocmask(SIG_BLOCK, &set, NULL);
	c->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (c->signal_fd < 0)
		die("cannot watch signals: %s", strerror(errno));
}

/* ---- the log and QEMU ---- */

static void read_log(struct console *c)
{
	char bytes[4096];
	ssize_t n;
	bool was_panic = c->log->is_panic;

	while ((n = read(c->machine->log_fd, bytes, sizeof(bytes))) > 0)
		kernel_log_add(c->log, bytes, (size_t)n);
	if (c->log->is_panic && !was_panic)
		c->end_ns = now_ns() + PANIC_LIMIT_MS * 1000000l;
}

static void read_qemu(struct console *c)
{
	char bytes[4096];
	ssize_t n;

	while ((n = read(c->machine->qemu_fd, bytes, sizeof(bytes))) > 0)
		if (c->result->qemu.len < QEMU_TEXT_MAX)
			bytes_add(&c->result->qemu, bytes, (size_t)n);
}

static void process_ended(struct console *c)
{
	read_control(c);
	read_log(c);
	read_qemu(c);
	finish(c, c->is_bye_sent ? OUTCOME_EXITED : OUTCOME_STOPPED);
}

/* ---- the loop ---- */

static void watch_all(struct console *c)
{
	struct pollfd *f = c->fds;
	bool may_type = c->is_booted && terminal_is_foreground(c->terminal);

	f[WATCH_CONTROL] =
	    (struct pollfd){ .fd = c->machine->port_fd[PORT_CONTROL], .events = POLLIN };
	if (c->sending.len)
		f[WATCH_CONTROL].events |= POLLOUT;
	stream_watch(&c->in, &f[WATCH_IN], &f[WATCH_IN_TO], may_type && stream_is_empty(&c->in));
	stream_watch(&c->out, &f[WATCH_OUT], &f[WATCH_OUT_TO], true);
	stream_watch(&c->err, &f[WATCH_ERR], &f[WATCH_ERR_TO], true);
	f[WATCH_LOG] = (struct pollfd){ .fd = c->machine->log_fd, .events = POLLIN };
	f[WATCH_QEMU] = (struct pollfd){ .fd = c->machine->qemu_fd, .events = POLLIN };
	f[WATCH_SIGNAL] = (struct pollfd){ .fd = c->signal_fd, .events = POLLIN };
	f[WATCH_TERMINAL] = (struct pollfd){ .fd = -1 };
	if (c->is_hangup_watched && !c->is_terminal_gone)
		f[WATCH_TERMINAL].fd = c->terminal->fd;
	f[WATCH_PROCESS] = (struct pollfd){ .fd = c->machine->pid_fd, .events = POLLIN };
}

/* The earlier of two times, of which 0 is never. */
static int64_t earlier(int64_t a, int64_t b)
{
	if (!a || !b)
		return a ? a : b;
	return a < b ? a : b;
}

/* Until the nearest of the limits; -1 when there is none. */
static int poll_timeout(const struct console *c)
{
	int64_t until = earlier(c->limits.run_ns, c->end_ns), left;

	until = earlier(until, earlier(c->answer_ns, c->hangup_ns));
	if (!c->is_booted)
		until = earlier(until, c->limits.boot_ns);
	if (!until)
		return -1;
	left = (until - now_ns()) / 1000000 + 1;
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static void check_limits(struct console *c)
{
	int64_t now = now_ns();

	if (c->end_ns && now >= c->end_ns)
		finish(c, c->is_bye_sent ? OUTCOME_EXITED : OUTCOME_STOPPED);
	if (c->answer_ns && now >= c->answer_ns && !c->is_done) {
		report("the guest does not answer; the machine is ended");
		finish_signalled(c, c->asked_signo);
	}
	if (c->hangup_ns && now >= c->hangup_ns)
		finish_signalled(c, SIGHUP);
	if (c->limits.run_ns && now >= c->limits.run_ns && !c->is_bye_sent)
		finish(c, OUTCOME_TIME_LIMIT);
	if (c->limits.boot_ns && now >= c->limits.boot_ns && !c->is_booted)
		finish(c, OUTCOME_NOT_BOOTED);
}

/* The ends of streams, each said once. */
static void check_streams(struct console *c)
{
	if (c->in.is_ended && stream_is_empty(&c->in) && !c->is_stdin_end_sent) {
		send_total(c, MSG_STDIN_END, c->in.nr_read);
		c->is_stdin_end_sent = true;
	}
	if (c->out.is_refused && !c->is_out_gone_sent) {
		send_total(c, MSG_OUTPUT_GONE, PORT_STDOUT);
		c->is_out_gone_sent = true;
	}
	if (c->err.is_refused && !c->is_err_gone_sent) {
		send_total(c, MSG_OUTPUT_GONE, PORT_STDERR);
		c->is_err_gone_sent = true;
	}
}

static bool has_all(const struct stream *s, uint64_t total)
{
	return stream_is_empty(s) && s->nr_read >= total;
}

/* I2 */
static void check_exit(struct console *c)
{
	if (!c->has_exit || c->is_bye_sent || !has_all(&c->out, c->exit.nr_stdout_bytes) ||
	    !has_all(&c->err, c->exit.nr_stderr_bytes))
		return;
	c->result->status = (int)c->exit.status;
	c->result->exec_errno = (int)c->exit.exec_errno;
	send_message(c, MSG_BYE, NULL, 0);
	c->is_bye_sent = true;
	c->end_ns = now_ns() + OFF_LIMIT_MS * 1000000l;
	terminal_leave_raw();
}

/* I4: who presses Ctrl-C wants an answer. */
static void move_keys(struct console *c, const struct pollfd *from, const struct pollfd *to)
{
	uint64_t nr_read = c->in.nr_read;
	size_t len;

	stream_move(&c->in, from, to);
	len = (size_t)(c->in.nr_read - nr_read);
	if (!c->is_started || !len || len > c->in.end ||
	    !terminal_has_signal_key((unsigned char *)c->in.bytes + c->in.end - len, len))
		return;
	send_message(c, MSG_ASK, NULL, 0);
	expect_answer(c, SIGINT);
}

static void handle_all(struct console *c)
{
	const struct pollfd *f = c->fds;

	if (f[WATCH_CONTROL].revents & POLLOUT)
		write_control(c);
	if (f[WATCH_CONTROL].revents & POLLIN)
		read_control(c);
	move_keys(c, &f[WATCH_IN], &f[WATCH_IN_TO]);
	stream_move(&c->out, &f[WATCH_OUT], &f[WATCH_OUT_TO]);
	stream_move(&c->err, &f[WATCH_ERR], &f[WATCH_ERR_TO]);
	if (f[WATCH_LOG].revents)
		read_log(c);
	if (f[WATCH_QEMU].revents)
		read_qemu(c);
	if (f[WATCH_SIGNAL].revents)
		read_signals(c);
	if (f[WATCH_TERMINAL].revents)
		check_terminal(c);
	if (f[WATCH_PROCESS].revents)
		process_ended(c);
}

void console_run(struct result *result, struct machine *machine, const struct terminal *terminal,
		 struct kernel_log *log, const struct limits *limits)
{
	struct console *c = must_alloc(sizeof(*c));

	*result = (struct result){ .outcome = OUTCOME_STOPPED };
	memset(c, 0, sizeof(*c));
	c->result = result;
	c->machine = machine;
	c->terminal = terminal;
	c->log = log;
	c->limits = *limits;
	stream_init(&c->in, 0, machine->port_fd[PORT_STDIN]);
	stream_init(&c->out, machine->port_fd[PORT_STDOUT], terminal_open_output(1));
	stream_init(&c->err, machine->port_fd[PORT_STDERR], terminal_open_output(2));
	watch_signals(c);
	enter_raw(c);
	while (!c->is_done) {
		check_streams(c);
		check_exit(c);
		watch_all(c);
		if (poll(c->fds, NR_WATCHES, poll_timeout(c)) >= 0)
			handle_all(c);
		check_limits(c);
	}
	terminal_leave_raw();
	close(c->signal_fd);
	if (c->out.to != 1)
		close(c->out.to);
	if (c->err.to != 2)
		close(c->err.to);
	bytes_fini(&c->sending);
	free(c);
}
